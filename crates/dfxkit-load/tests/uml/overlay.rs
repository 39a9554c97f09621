// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Modules by device-tree overlay: the kernel's region code closes the bridge, loads, opens it, and makes the devices. By
//! `path` and by `dtbo`, as it should be and in every way in which the kernel says no.

use std::path::{Path, PathBuf};
use std::process::Command;

use dfxkit_loader::{OverlayError, Overlays, Source};

use crate::Scenario;
use crate::guest::Guest;
use crate::points::Victim;

pub(crate) const ALL: &[Scenario] = &[
    ("overlay by path, ok", |g| ok(g, BY_PATH)),
    ("overlay by path, ENOENT", |g| image_missing(g, BY_PATH)),
    ("overlay by path, no such blob", blob_missing),
    ("overlay by path, EINVAL", |g| refused(g, BY_PATH, "init", -22)),
    ("overlay by path, EIO", |g| refused(g, BY_PATH, "write", -5)),
    ("overlay by path, ETIMEDOUT", |g| refused(g, BY_PATH, "complete", -110)),
    ("overlay by path, EBUSY", |g| busy(g, BY_PATH)),
    ("overlay by path, killed at system calls", |g| killed(g, BY_PATH)),
    ("overlay by dtbo, ok", |g| ok(g, BY_BLOB)),
    ("overlay by dtbo, ENOENT", |g| image_missing(g, BY_BLOB)),
    ("overlay by dtbo, no blob at all", no_blob_at_all),
    ("overlay by dtbo, EINVAL", |g| refused(g, BY_BLOB, "init", -22)),
    ("overlay by dtbo, EIO", |g| refused(g, BY_BLOB, "write", -5)),
    ("overlay by dtbo, ETIMEDOUT", |g| refused(g, BY_BLOB, "complete", -110)),
    ("overlay by dtbo, EBUSY", |g| busy(g, BY_BLOB)),
    ("overlay by dtbo, killed at system calls", |g| killed(g, BY_BLOB)),
];

/// First word of the arguments of a process that inserts one overlay and ends.
pub(crate) const CHILD: &str = "insert-overlay";
const BY_PATH: &str = "path";
const BY_BLOB: &str = "dtbo";
const NAME: &str = "dfxkit-p";
const IMAGE: &str = "by-overlay.bin";
const BLOB: &str = "overlay.dtbo";

fn overlays(g: &Guest) -> Overlays {
    Overlays::new(&g.target.root())
}

fn firmware(g: &Guest, name: &str) -> PathBuf {
    g.target.root().join("lib/firmware").join(name)
}

/// The image of `b` and the blob lie where the kernel looks.
fn stage(g: &Guest) {
    fs_err::copy(g.target.kit().join("modules/p/b.bin"), firmware(g, IMAGE)).expect("copied");
    fs_err::copy(g.made.join(BLOB), firmware(g, BLOB)).expect("copied");
}

fn insert(root: &Path, how: &str, blob: &[u8]) -> Result<(), OverlayError> {
    let source = if how == BY_PATH { Source::Path(BLOB) } else { Source::Blob(blob) };
    Overlays::new(root).insert(NAME, source)
}

fn insert_now(g: &Guest, how: &str) -> Result<(), OverlayError> {
    insert(&g.target.root(), how, &fs_err::read(g.made.join(BLOB)).expect("the host made it"))
}

/// `insert-overlay ROOT HOW BLOB`: what is killed below.
pub(crate) fn child(words: &[String]) {
    let [root, how, blob] = words else { panic!("{CHILD} ROOT HOW BLOB") };
    insert(Path::new(root), how, &fs_err::read(blob).expect("there")).expect("inserted");
}

fn bridge_is_open() -> bool {
    let state = fs_err::read_to_string("/sys/class/fpga_bridge/br0/state").expect("there");
    state.trim() == "enabled"
}

fn node_is_there() -> bool {
    Path::new("/sys/firmware/devicetree/base/fpga-region-p/ip").exists()
}

fn ok(g: &Guest, how: &str) {
    stage(g);
    let open_loads = g.asked("open_bridge_loads");
    insert_now(g, how).expect("applied");
    assert_eq!(g.held(), "b");
    assert!(bridge_is_open() && node_is_there());
    assert_eq!(g.asked("open_bridge_loads"), open_loads, "loaded behind a closed bridge");

    // A second one is not even tried: cleaning it up would close the running module's bridge.
    assert!(matches!(insert_now(g, how), Err(OverlayError::Occupied { .. })));
    assert!(bridge_is_open() && node_is_there());

    overlays(g).remove(NAME).expect("removed");
    assert!(!node_is_there());
}

/// Nothing of a failed overlay is left, and the next one works.
fn gone_and_next_works(g: &Guest, how: &str, result: &Result<(), OverlayError>) {
    let error = result.as_ref().expect_err("the kernel said no");
    println!("uml:   {error}");
    assert!(overlays(g).list().is_empty(), "{:?}", overlays(g).list());
    assert!(!node_is_there());
    g.tell("fail", "none");
    g.tell("hold", "0");
    ok(g, how);
}

fn image_missing(g: &Guest, how: &str) {
    stage(g);
    fs_err::remove_file(firmware(g, IMAGE)).expect("removed");
    let loads = g.asked("loads");
    let result = insert_now(g, how);
    assert_eq!(g.asked("loads"), loads);
    gone_and_next_works(g, how, &result);
}

fn blob_missing(g: &Guest) {
    let result = insert_now(g, BY_PATH);
    assert!(bridge_is_open(), "the region was not touched");
    gone_and_next_works(g, BY_PATH, &result);
}

fn no_blob_at_all(g: &Guest) {
    let result = insert(&g.target.root(), BY_BLOB, b"this is no flattened device tree");
    assert!(bridge_is_open(), "the region was not touched");
    gone_and_next_works(g, BY_BLOB, &result);
}

fn refused(g: &Guest, how: &str, callback: &str, errno: i32) {
    stage(g);
    g.tell("fail", callback);
    g.tell("error", &errno.to_string());
    let result = insert_now(g, how);
    assert!(!bridge_is_open(), "the kernel leaves the bridge of an unknown region closed");
    gone_and_next_works(g, how, &result);
}

fn busy(g: &Guest, how: &str) {
    stage(g);
    g.tell("hold", "1");
    let loads = g.asked("loads");
    let result = insert_now(g, how);
    assert_eq!(g.asked("loads"), loads);
    gone_and_next_works(g, how, &result);
}

fn killed(g: &Guest, how: &str) {
    let mut command = Command::new(std::env::current_exe().expect("known"));
    command.arg(CHILD).arg(g.target.root()).arg(how).arg(g.made.join(BLOB));
    let (mut applied, mut not) = (0, 0);
    let ready = || {
        g.reset();
        stage(g);
    };
    let judge = |place: &str| {
        // All or nothing, as the kernel says it: devices exist exactly where the module is in.
        assert_eq!(node_is_there(), bridge_is_open() && g.held() == "b", "{place}");
        *if node_is_there() { &mut applied } else { &mut not } += 1;
        overlays(g).remove(NAME).expect("removed");
        assert!(!node_is_there(), "{place}");
        insert_now(g, how).unwrap_or_else(|e| panic!("{place}: {e}"));
        assert_eq!(g.held(), "b", "{place}");
    };
    if let Some((_, kills)) = Victim::new(&command).kill(g, &["overlays"], ready, judge) {
        println!("uml: {how}: killed at {kills} system calls: {applied} applied, {not} not");
    }
}

/// An overlay that is not the loader's, on the region.
pub(crate) fn by_somebody_else(g: &Guest) {
    stage(g);
    let blob = fs_err::read(g.made.join(BLOB)).expect("the host made it");
    overlays(g).insert("somebody-else", Source::Blob(&blob)).expect("applied");
}
