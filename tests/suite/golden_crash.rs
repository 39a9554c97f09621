// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `golden archive` and `golden push` killed at file-system calls: afterwards the old state is there or the complete new one, `golden check` says
//! which, and the repeated command completes.
//!
//! The kill is `strace`'s injection of SIGKILL before the N-th call of the main thread, which does all writing on a machine of one core (`taskset` makes it one). Where `strace` is missing or may not trace,
//! the test says SKIPPED. A sample of about 40 points runs in the ordinary suite; `DFXKIT_CRASH_POINTS=600` (or `all`) takes more.
//! Killed processes stand for killed machines only as far as the order of calls goes: what a disk does with unflushed data is not seen here.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use camino::Utf8Path;

use crate::support::Bench;

const CALLS: &str = "file,desc";

/// Points a command is killed at.
fn points_wanted() -> usize {
    #[expect(clippy::disallowed_methods, reason = "a test is told by the environment how much to do")]
    match std::env::var("DFXKIT_CRASH_POINTS").as_deref() {
        Ok("all") => usize::MAX,
        Ok(n) => n.parse::<usize>().expect("DFXKIT_CRASH_POINTS is a number or `all`").div_ceil(2),
        Err(_) => 20,
    }
}

fn strace(bench: &Bench, options: &[&str], args: &[&str]) -> std::io::Result<std::process::Output> {
    let program = bench.command(args);
    // On one core there is one thread, and the points are the same in every run.
    let mut command = Command::new("taskset");
    command.args(["-c", "0", "strace", "-f", "-e", &format!("trace={CALLS}")]).args(options);
    command.arg(program.get_program()).args(args).current_dir(bench.path()).env("NO_COLOR", "1");
    command.output()
}

/// Runs a command once under `strace` and gives the calls of its main thread from the first that names `place` to the last, each as name and number
/// among the calls of that name, which is how `strace` counts.
fn calls_on(bench: &Bench, args: &[&str], place: &Utf8Path) -> Option<Vec<(String, usize)>> {
    let log = bench.path().join("strace.log");
    match strace(bench, &["-o", log.as_str()], args) {
        Ok(output) if output.status.success() => {}
        Ok(output) => {
            eprintln!("SKIPPED: strace may not trace here: {}", String::from_utf8_lossy(&output.stderr));
            return None;
        }
        Err(error) => {
            eprintln!("SKIPPED: strace cannot be run: {error}");
            return None;
        }
    }
    let text = fs_err::read_to_string(&log).unwrap();
    let main = text.split_whitespace().next().unwrap().to_owned();
    let lines: Vec<&str> = text
        .lines()
        .filter_map(|l| l.strip_prefix(&main))
        .map(str::trim_start)
        .filter(|l| !l.starts_with(['+', '-']) && !l.starts_with("<... "))
        .collect();
    let names = |l: &&str| l.contains(&format!("\"{place}"));
    let first = lines.iter().position(&names)?;
    // Those on descriptors of the place after the last that names it, too.
    let last = (lines.iter().rposition(names)? + 3).min(lines.len());
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut calls = Vec::new();
    for (i, line) in lines[..last].iter().enumerate() {
        let name = line.split('(').next().unwrap();
        let count = counts.entry(name).or_default();
        *count += 1;
        if i >= first {
            calls.push((name.to_owned(), *count));
        }
    }
    Some(calls)
}

/// Kills `args` at points between the first and the last call on `store`; `repeat_exits` when the release was complete already.
fn killed_everywhere(bench: &Bench, args: &[&str], store: &str, repeat_exits: i32) {
    let place = bench.path().join(store);
    // Once before, so that caches of hashes are as they will be at every later run: they trust no file that is younger than two seconds.
    std::thread::sleep(std::time::Duration::from_millis(2100));
    bench.run(args).exits(0);
    fs_err::remove_dir_all(&place).unwrap();
    let Some(calls) = calls_on(bench, args, &place) else { return };
    let release = place.join("1.0/golden.toml");
    let manifest = fs_err::read(&release).unwrap();
    let all = calls.len();
    let wanted = points_wanted().min(all);
    let (mut old, mut new, mut past) = (0, 0, 0);
    // The last calls always: there lies the moment of the change.
    let spread = (0..wanted).map(|i| i * all / wanted).chain(all.saturating_sub(6)..all);
    for at in spread.collect::<BTreeSet<_>>() {
        fs_err::remove_dir_all(&place).unwrap();
        let (name, count) = &calls[at];
        let n = format!("{at} ({name} {count})");
        let inject = format!("inject={name}:signal=KILL:when={count}");
        let output = strace(bench, &["-o", "/dev/null", "-e", &inject], args).unwrap();
        let complete = release.is_file();
        if output.status.success() {
            // The number of calls differs by a few from run to run: this one ended before the point.
            assert!(complete, "call {n} of {args:?}: it ended well and left nothing");
            past += 1;
            continue;
        }
        let check = bench.run(&["golden", "check", "1.0", "--store", place.as_str()]);
        if complete {
            new += 1;
            assert_eq!(
                fs_err::read(&release).unwrap().len(),
                manifest.len(),
                "call {n}: the manifest is cut"
            );
            assert_eq!(check.code, 0, "call {n} of {args:?}: {check:?}");
        } else {
            old += 1;
            assert_eq!(check.code, 1, "call {n} of {args:?}: {check:?}");
            assert!(check.stderr.contains("not in the archive"), "call {n}: {}", check.stderr);
        }
        bench.run(args).exits(if complete { repeat_exits } else { 0 });
        if !complete {
            let left =
                fs_err::read_dir(&place).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
            let left: Vec<String> = left.filter(|n| n.starts_with(".writing-")).collect();
            assert!(left.is_empty(), "call {n} of {args:?}: {left:?} was not cleared away");
        }
        bench.run(&["golden", "check", "1.0", "--store", place.as_str()]).exits(0);
    }
    eprintln!(
        "{args:?}: killed at {} of {all} calls: {old} left the old state, {new} the new one; {past} points were past the end",
        old + new
    );
    assert!(
        old > 0 && new + past > 0 && past * 5 < old + new,
        "{old} old, {new} new, {past} past the end: the points do not reach over the moment of the change"
    );
}

#[test]
fn a_killed_archive_or_push_leaves_the_old_state_or_the_whole_new_one() {
    let bench = Bench::example("pr-block-kc705");
    bench.run(&["build", "--vivado", "sim"]).exits(0);
    // A release that is there stays: refused with 1 when it was complete already.
    killed_everywhere(&bench, &["golden", "archive", "1.0", "--allow-simulated"], "golden", 1);
    if !bench.path().join("golden/1.0").is_dir() {
        return;
    }
    killed_everywhere(&bench, &["golden", "push", "1.0", "nfs"], "nfs", 0);
}
