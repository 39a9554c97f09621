// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `golden archive` and `golden push` killed at file-system calls: afterwards the old state is there or the complete new one, `golden check` says
//! which, and the repeated command completes.
//!
//! The kill is `strace`'s injection of SIGKILL before the N-th call of the main thread, which does all writing. Where `strace` is missing or may not trace,
//! the test says SKIPPED. A sample of about 40 points runs in the ordinary suite; `DFXKIT_CRASH_POINTS=600` (or `all`) takes more.
//! Killed processes stand for killed machines only as far as the order of calls goes: what a disk does with unflushed data is not seen here.

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
    let mut command = Command::new("strace");
    command.args(["-f", "--seccomp-bpf", "-e", &format!("trace={CALLS}")]).args(options);
    command.arg(program.get_program()).args(args).current_dir(bench.path()).env("NO_COLOR", "1");
    command.output()
}

/// Runs a command once under `strace` and gives the numbers, among the calls of its main thread, of the first and the last that name `place`.
fn span(bench: &Bench, args: &[&str], place: &Utf8Path) -> Option<(usize, usize)> {
    let log = bench.path().join("strace.log");
    let output = match strace(bench, &["-o", log.as_str()], args) {
        Ok(output) if output.status.success() => output,
        Ok(output) => {
            eprintln!("SKIPPED: strace may not trace here: {}", String::from_utf8_lossy(&output.stderr));
            return None;
        }
        Err(error) => {
            eprintln!("SKIPPED: strace cannot be run: {error}");
            return None;
        }
    };
    drop(output);
    let text = fs_err::read_to_string(&log).unwrap();
    let main = text.split_whitespace().next().unwrap().to_owned();
    let calls: Vec<&str> = text
        .lines()
        .filter_map(|l| l.strip_prefix(&main))
        .map(str::trim_start)
        .filter(|l| !l.starts_with(['+', '-']) && !l.starts_with("<... "))
        .collect();
    let names = |l: &&str| l.contains(&format!("\"{place}"));
    let first = calls.iter().position(|l| names(&l))? + 1;
    let last = calls.iter().rposition(|l| names(&l))? + 1;
    // Those on descriptors of `place` after the last that names it, too.
    Some((first, (last + 3).min(calls.len())))
}

/// Kills `args` at points between the first and the last call on `store`; `repeat_exits` when the release was complete already.
fn killed_everywhere(bench: &Bench, args: &[&str], store: &str, repeat_exits: i32) {
    let place = bench.path().join(store);
    let Some((first, last)) = span(bench, args, &place) else { return };
    let release = place.join("1.0/golden.toml");
    let manifest = fs_err::read(&release).unwrap();
    let all = last - first + 1;
    let step = (all / points_wanted()).max(1);
    let (mut old, mut new) = (0, 0);
    for n in (first..=last).step_by(step) {
        fs_err::remove_dir_all(&place).unwrap();
        let inject = format!("inject={CALLS}:signal=KILL:when={n}");
        let output = strace(bench, &["-o", "/dev/null", "-e", &inject], args).unwrap();
        let complete = release.is_file();
        // The last calls may fall after the end: then the command was through.
        assert!(!output.status.success() || complete, "call {n} of {args:?}");
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
        bench.run(&["golden", "check", "1.0", "--store", place.as_str()]).exits(0);
    }
    eprintln!(
        "{args:?}: killed at {} of {all} calls: {old} left the old state, {new} the new one",
        old + new
    );
    assert!(
        old > 0 && new > 0,
        "{old} old, {new} new: the points do not reach over the moment of the change"
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
