// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Swaps through `flags` and `firmware`: as it should be, and every way in which the kernel says no.

use crate::Scenario;
use crate::guest::{Guest, Seen};

pub(crate) const ALL: &[Scenario] = &[
    ("firmware, ok", ok),
    ("firmware, ENOENT", enoent),
    ("firmware, EINVAL", |g| refused_by_the_driver(g, "init", -22)),
    ("firmware, EIO", |g| refused_by_the_driver(g, "write", -5)),
    ("firmware, ETIMEDOUT", |g| refused_by_the_driver(g, "complete", -110)),
    ("firmware, EBUSY", ebusy),
    ("firmware, an error as a count", an_error_as_a_count),
];

fn old_and_coupled(g: &Guest) {
    let seen = g.seen();
    assert!(seen.coupled && seen.held == "a", "{seen:?}");
    assert!(["-", "loaded a"].contains(&seen.journal.as_str()), "{seen:?}");
}

fn nothing_left(g: &Guest) {
    assert_eq!(g.target.flags(), "0");
    assert!(g.target.left_in_firmware().is_empty(), "{:?}", g.target.left_in_firmware());
}

/// Whatever was, the next swap brings a running module.
fn next_works(g: &Guest) {
    g.tell("fail", "none");
    g.tell("hold", "0");
    g.tell("odd_count", "0");
    g.search_firmware(true);
    ok(g);
}

fn ok(g: &Guest) {
    let (code, v) = g.target.run(&["swap", "p", "b"]);
    assert_eq!(code, 0, "{v}");
    assert_eq!(g.seen(), Seen { journal: "loaded b".to_owned(), coupled: true, held: "b".to_owned() });
    assert_eq!(g.asked("flags"), 1, "the driver was told that it is partial");
    let size = fs_err::metadata(g.target.kit().join("modules/p/b.bin")).expect("there").len();
    assert_eq!(g.asked("bytes"), size);
    nothing_left(g);
}

fn enoent(g: &Guest) {
    g.search_firmware(false);
    let loads = g.asked("loads");
    let (code, v) = g.target.run(&["swap", "p", "b"]);
    assert_eq!(code, 1, "the kernel did not find the file, so nothing was touched: {v}");
    assert_eq!(g.asked("loads"), loads);
    old_and_coupled(g);
    nothing_left(g);
    next_works(g);
}

fn refused_by_the_driver(g: &Guest, callback: &str, errno: i32) {
    g.tell("fail", callback);
    g.tell("error", &errno.to_string());
    let (code, v) = g.target.run(&["swap", "p", "b"]);
    closed_and_unknown(g, code, &v);
    next_works(g);
}

fn closed_and_unknown(g: &Guest, code: i32, v: &serde_json::Value) {
    assert_eq!(code, 3, "{v}");
    let seen = g.seen();
    assert!(!seen.coupled, "{seen:?}");
    assert!(seen.journal.starts_with("unknown"), "{seen:?}");
    nothing_left(g);
}

fn ebusy(g: &Guest) {
    g.tell("hold", "1");
    let loads = g.asked("loads");
    let (code, v) = g.target.run(&["swap", "p", "b"]);
    assert!([1, 4].contains(&code), "somebody else has the manager, nothing was touched: {code} {v}");
    assert_eq!(g.asked("loads"), loads);
    old_and_coupled(g);
    nothing_left(g);
    next_works(g);
}

fn an_error_as_a_count(g: &Guest) {
    g.tell("fail", "write");
    // -EIO as an unsigned 32-bit number.
    g.tell("odd_count", "4294967291");
    let (code, v) = g.target.run(&["swap", "p", "b"]);
    closed_and_unknown(g, code, &v);
    next_works(g);
}
