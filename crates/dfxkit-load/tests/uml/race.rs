// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Two processes at one manager that does not lock (linux-xlnx's `firmware`).

use std::process::Stdio;
use std::thread;

use crate::Scenario;
use crate::guest::Guest;
use crate::support::json;

pub(crate) const ALL: &[Scenario] =
    &[("the detector sees unlocked writers", detector), ("200 races of two loaders", races)];

/// Two writers of `firmware` that know nothing of each other: what the races below would look like without our lock.
fn detector(g: &Guest) {
    g.tell("nolock", "1");
    g.tell("us_per_kib", "2000");
    let root = g.target.root();
    for module in ["a", "b"] {
        let from = g.target.kit().join(format!("modules/p/{module}.bin"));
        fs_err::copy(from, root.join(format!("lib/firmware/{module}.bin"))).expect("copied");
    }
    let before = g.asked("overlapped");
    thread::scope(|s| {
        for module in ["a", "b"] {
            let file = root.join("sys/class/fpga_manager/fpga0/firmware");
            s.spawn(move || fs_err::write(file, format!("{module}.bin")).expect("taken"));
        }
    });
    assert!(g.asked("overlapped") > before, "two loads at once were not seen: the test below could not fail");
}

fn races(g: &Guest) {
    g.tell("nolock", "1");
    let (overlapped, loads) = (g.asked("overlapped"), g.asked("loads"));
    let mut swapped = 0;
    for round in 0..200 {
        let start = |module| {
            let mut command = g.target.command(&["swap", "p", module]);
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts")
        };
        let (first, second) = (start("a"), start("b"));
        for (module, child) in [("a", first), ("b", second)] {
            let output = child.wait_with_output().expect("ends");
            let v = json(&output);
            assert!(output.status.success(), "round {round}, {module}: {v}");
            swapped += u64::from(v["outcome"]["loaded"] == true);
        }
        let seen = g.seen();
        assert!(seen.coupled, "round {round}: {seen:?}");
        assert_eq!(seen.journal, format!("loaded {}", seen.held), "round {round}");
    }
    assert_eq!(g.asked("overlapped"), overlapped, "a load began inside another");
    assert_eq!(g.asked("loads") - loads, swapped, "a success that was none, or a load that nobody reported");
    println!("uml: 200 rounds, {swapped} loads, none inside another");
}
