// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The loader killed at its system calls, on the real manager.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};

use crate::Scenario;
use crate::guest::Guest;

pub(crate) const ALL: &[Scenario] = &[("firmware, killed at system calls", killed)];

/// One more than the number of points that are tried in between when not all are.
const SAMPLE: usize = 60;

fn strace(g: &Guest, options: &[&str]) -> Command {
    let mut command = Command::new("/usr/bin/strace");
    command.args(["-qq", "-f"]).args(options).arg(env!("CARGO_BIN_EXE_dfxkit-load"));
    g.target.arguments(&mut command, &["swap", "p", "b"]);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn killed(g: &Guest) {
    let log = g.target.dir.path().join("trace");
    let traced = strace(g, &["-o", log.to_str().expect("text")]).status();
    if !traced.as_ref().is_ok_and(|s| s.success()) {
        println!("uml: SKIPPED: strace is missing or does not trace in the guest ({traced:?})");
        return;
    }
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut points = Vec::new();
    let mut near = None;
    for line in fs_err::read_to_string(&log).expect("written").lines() {
        let call = line.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ');
        let Some((name, _)) = call.split_once('(') else { continue };
        if !name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_') {
            continue;
        }
        let count = seen.entry(name.to_owned()).or_default();
        *count += 1;
        points.push((name.to_owned(), *count));
        if near.is_none() && (call.contains("journal") || call.contains("firmware")) {
            near = Some(points.len() - 1);
        }
    }
    // Before the journal is first touched the program starts and reads.
    let first = near.expect("a swap touches the journal");
    let stride = if g.all { 1 } else { (points.len() - first).div_ceil(SAMPLE).max(1) };
    let mut outcomes: BTreeMap<&str, usize> = BTreeMap::new();
    for (name, count) in points[first..].iter().step_by(stride) {
        g.reset();
        let inject = format!("inject={name}:signal=KILL:when={count}");
        let died = strace(g, &["-o", "/dev/null", "-e", &inject]).status().expect("strace ran above");
        let place = format!("killed at {name} number {count} ({died})");
        let (code, v) = g.target.run(&["recover"]);
        assert_eq!(code, 0, "{place}: {v}");
        let seen = g.seen();
        let said = seen.journal.strip_prefix("loaded ").or((seen.journal == "-").then_some("a"));
        let outcome = match (seen.coupled, said) {
            (true, Some(module)) => {
                assert_eq!(module, seen.held, "{place}: coupled over what it is not said to be");
                if module == "a" { "old, coupled" } else { "new, coupled" }
            }
            (false, None) => "closed and unknown",
            _ => panic!("{place}: {seen:?}"),
        };
        *outcomes.entry(outcome).or_default() += 1;
        assert_eq!(g.target.flags(), "0", "{place}");
        assert!(g.target.left_in_firmware().is_empty(), "{place}: {:?}", g.target.left_in_firmware());
        let (code, v) = g.target.run(&["swap", "p", "b"]);
        assert_eq!(code, 0, "{place}: {v}");
        assert_eq!((g.decoupler(), g.held().as_str()), (0, "b"), "{place}");
    }
    println!(
        "uml: {} system calls, killed at {}: {outcomes:?}",
        points.len(),
        outcomes.values().sum::<usize>()
    );
}
