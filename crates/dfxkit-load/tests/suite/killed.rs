// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The command killed (SIGKILL) at its system calls, by strace's fault injection; then run again with `recover`.
//!
//! Afterwards the partition must hold the old module coupled, the new one coupled, or be decoupled and not said to be
//! loaded. Some 60 points are tried; `DFXKIT_KILL_ALL=1` tries every system call of the swap. Skipped, with a message,
//! where strace is missing or may not trace.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};

use crate::support::{DECOUPLER, Target};

fn strace(t: &Target, options: &[&str]) -> Command {
    let mut command = Command::new("strace");
    command.args(["-qq", "-f"]).args(options).arg(env!("CARGO_BIN_EXE_dfxkit-load"));
    t.arguments(&mut command, &["swap", "p", "b"]);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

#[test]
fn killed_at_any_system_call_the_partition_is_known_or_closed() {
    let t = Target::new();
    let log = t.dir.path().join("trace");
    let traced = strace(&t, &["-o", log.to_str().expect("text")]).status();
    if !traced.is_ok_and(|s| s.success()) {
        eprintln!("SKIPPED: strace is missing or may not trace here; nothing was killed");
        return;
    }
    // Every call, as (name, how many of that name came up to it), which is how strace counts.
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut points = Vec::new();
    for line in fs_err::read_to_string(&log).expect("written").lines() {
        let call = line.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ');
        let Some((name, _)) = call.split_once('(') else { continue };
        if !name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_') {
            continue;
        }
        let count = seen.entry(name.to_owned()).or_default();
        *count += 1;
        points.push((name.to_owned(), *count, call.contains("journal") || call.contains("firmware")));
    }
    assert!(points.len() > 100, "a swap has more system calls than {}", points.len());
    #[expect(clippy::disallowed_methods, reason = "a test is told by the environment how much to try")]
    let all = std::env::var_os("DFXKIT_KILL_ALL").is_some_and(|v| v == "1");
    // The points that matter are in the second half: before it, the program starts and reads.
    let lock = points.iter().position(|(_, _, near)| *near).unwrap_or(0);
    let stride = if all { 1 } else { (points.len() - lock).div_ceil(60).max(1) };
    let mut outcomes: BTreeMap<&str, usize> = BTreeMap::new();
    let first = if all { 0 } else { lock };
    for (name, count, _) in points[first..].iter().step_by(stride) {
        t.write_root();
        let inject = format!("inject={name}:signal=KILL:when={count}");
        let died = strace(&t, &["-o", "/dev/null", "-e", &inject]).status().expect("strace ran above");
        let place = format!("killed at {name} number {count} ({died})");

        // A kernel's attribute has a value at every moment; a file that was opened to be written over is empty.
        t.mend_flags();
        let before = t.run(&["status"]).1["status"]["partitions"]["p"]["state"].clone();
        let (code, v) = t.run(&["recover"]);
        assert_eq!(code, 0, "{place}: {v}");
        let (_, v) = t.run(&["status"]);
        let partition = &v["status"]["partitions"]["p"];
        let coupled = t.register(DECOUPLER) == 0;
        // The plain-file manager holds what it was told last; before that, the power-up module.
        let held = if t.firmware().contains(&t.digest("b")) { "b" } else { "a" };
        let said = match partition["state"].as_str() {
            None => "a".to_owned(),
            Some("loaded") => partition["module"].as_str().unwrap_or("-").to_owned(),
            Some("unknown" | "parked") => String::new(),
            Some(other) => panic!("{place}: {other} after recovery"),
        };
        if coupled {
            assert_eq!(said, held, "{place}: coupled over what it is not said to be (before: {before})");
        } else {
            assert_eq!(said, "", "{place}: closed, and said to be usable (before: {before})");
        }
        *outcomes
            .entry(if !coupled {
                "closed and unknown"
            } else if held == "a" {
                "old, coupled"
            } else {
                "new, coupled"
            })
            .or_default() += 1;
        assert_eq!(t.left_in_firmware(), ["keep"], "{place}");
        assert_eq!(t.flags(), "0", "{place}");
        // Whatever it is, the next swap works.
        let (code, v) = t.run(&["swap", "p", "b"]);
        assert_eq!(code, 0, "{place}: {v}");
        assert_eq!(t.register(DECOUPLER), 0);
    }
    eprintln!("{} system calls, killed at {}: {outcomes:?}", points.len(), outcomes.values().sum::<usize>());
}
