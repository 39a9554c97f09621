// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Swaps through the kernel's FPGA regions: an overlay of the loader's own, over the region's bridge.

use std::collections::BTreeMap;
use std::path::Path;

use dfxkit_loader::{Loader, Mapped, Options, Outcome, Regions};

use crate::Scenario;
use crate::guest::{Guest, Seen};

pub(crate) const ALL: &[Scenario] = &[
    ("regions, ok", ok),
    ("regions, ENOENT", |g| {
        g.search_firmware(false);
        refused(g);
    }),
    ("regions, EINVAL", |g| by_the_driver(g, "init", -22)),
    ("regions, EIO", |g| by_the_driver(g, "write", -5)),
    ("regions, ETIMEDOUT", |g| by_the_driver(g, "complete", -110)),
    ("regions, EBUSY", |g| {
        g.tell("hold", "1");
        refused(g);
    }),
    ("regions, occupied by somebody else", occupied),
];

/// First word of the arguments of a process that swaps once and ends.
pub(crate) const CHILD: &str = "swap-by-region";

fn open(kit: &Path, root: &Path) -> Loader<Regions, Mapped> {
    let opened = dfxkit_load::kit::open(kit).expect("a kit");
    let named = BTreeMap::from([("p".to_owned(), "/fpga-region-p".to_owned())]);
    let regions = Regions::open(root, opened.tables, &named).expect("a kernel with regions");
    let options = Options { static_is_running: true, ..Options::default() };
    Loader::new(opened.tables, kit, root, regions, Mapped::new(root), options)
}

/// The loader over regions.
pub(crate) fn loader(g: &Guest) -> Loader<Regions, Mapped> {
    open(&g.target.kit(), &g.target.root())
}

/// `swap-by-region KIT ROOT MODULE`: what is killed elsewhere.
pub(crate) fn child(words: &[String]) {
    let [kit, root, module] = words else { panic!("{CHILD} KIT ROOT MODULE") };
    open(Path::new(kit), Path::new(root)).swap("p", module).expect("swapped");
}

fn ok(g: &Guest) {
    let open_loads = g.asked("open_bridge_loads");
    for module in ["b", "empty", "b"] {
        let outcome = loader(g).swap("p", module).unwrap_or_else(|e| panic!("{module}: {e}"));
        assert!(matches!(outcome, Outcome::Loaded { .. }), "{outcome:?}");
        let expected = Seen { journal: format!("loaded {module}"), coupled: true, held: module.to_owned() };
        assert_eq!(g.seen(), expected);
    }
    assert_eq!(g.asked("open_bridge_loads"), open_loads, "loaded behind a closed bridge");
    assert!(g.target.left_in_firmware().is_empty());
}

/// The kernel says no: closed and unknown, and the next swap brings a running module.
fn refused(g: &Guest) {
    let failure = loader(g).swap("p", "b").expect_err("the kernel says no");
    println!("uml:   {failure}");
    let seen = g.seen();
    assert!(!seen.coupled && seen.journal.starts_with("unknown"), "{seen:?}");
    assert!(g.target.left_in_firmware().is_empty());
    g.tell("fail", "none");
    g.tell("hold", "0");
    g.search_firmware(true);
    ok(g);
}

fn by_the_driver(g: &Guest, callback: &str, errno: i32) {
    g.tell("fail", callback);
    g.tell("error", &errno.to_string());
    refused(g);
}

/// A second overlay would close the running module's bridge when the kernel cleans it up: nothing is touched.
fn occupied(g: &Guest) {
    crate::overlay::by_somebody_else(g);
    let loads = g.asked("loads");
    let failure = loader(g).swap("p", "b").expect_err("occupied");
    assert!(failure.to_string().contains("occupied"), "{failure}");
    assert_eq!(g.asked("loads"), loads);
    assert_eq!(g.asked_flag("bridge_open"), Some(true), "the other's module runs on");
    let seen = g.seen();
    assert!(seen.coupled, "{seen:?}");
}
