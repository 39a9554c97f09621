// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Two commands in one checkout: they refuse each other, saying who is first, or wait; a killed one blocks nobody. With locks of the operating system
//! and with leases, as on network file systems.

use std::process::{Child, Stdio};

use camino::Utf8Path;
use dfxkit::exec::lock::{self, Holder, Kind, Lock, Place, Wait};
use dfxkit::vivado::interrupt::Interrupt;

use crate::support::{Bench, Run};

const KINDS: [Kind; 2] = [Kind::Advisory, Kind::Lease];

fn built() -> Bench {
    let bench = Bench::example("pr-block-kc705");
    bench.run(&["build", "--vivado", "sim"]).exits(0);
    bench
}

fn start(bench: &Bench, kind: Kind, args: &[&str]) -> Child {
    let mut command = bench.command(args);
    if kind == Kind::Lease {
        command.env("DFXKIT_TEST_LOCKS", "lease");
    }
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn end(child: Child) -> Run {
    let output = child.wait_with_output().unwrap();
    Run {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn hold(place: Place, kind: Kind, command: &str) -> Lock {
    let place = place.with_kind(Some(kind));
    lock::acquire(&place, &Holder::me(command), Wait::No, &Interrupt::manual(), &mut |_| ()).unwrap()
}

fn hidden(dir: &Utf8Path) -> Vec<String> {
    let names = fs_err::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
    names.filter(|n| n.starts_with('.')).collect()
}

#[test]
fn who_comes_second_is_told_who_is_first_or_waits() {
    let bench = built();
    bench.run(&["golden", "archive", "1.0", "--allow-simulated"]).exits(0);
    bench.run(&["golden", "push", "1.0", "there"]).exits(0);
    let golden = bench.path().join("golden");
    let state = bench.path().join("build/state");
    let me = Holder::me("x");
    for kind in KINDS {
        let commands: [&[&str]; 4] = [
            &["golden", "archive", "1.1", "--allow-simulated"],
            &["golden", "push", "1.0", "there"],
            &["golden", "pull", "1.0", "there"],
            &["build", "--vivado", "sim"],
        ];
        for args in commands {
            let place = || if args[0] == "build" { Place::build(&state) } else { Place::store(&golden) };
            let first = hold(place(), kind, "dfxkit golden archive 9.9");
            let refused = end(start(&bench, kind, args));
            refused.exits(5);
            let who = format!("`dfxkit golden archive 9.9`, process {} on {}, since 2", me.pid, me.host);
            assert!(refused.stderr.contains(&who), "{args:?}: {}", refused.stderr);
            assert!(refused.stderr.contains("--wait"), "{args:?}: {}", refused.stderr);
            let limited: Vec<&str> = args.iter().copied().chain(["--wait=1"]).collect();
            let refused = end(start(&bench, kind, &limited));
            refused.exits(5);
            assert!(refused.stderr.contains("Waiting"), "{args:?}: {}", refused.stderr);
            // The last word counts.
            let no: Vec<&str> = args.iter().copied().chain(["--wait", "--no-wait"]).collect();
            end(start(&bench, kind, &no)).exits(5);
            let waiting: Vec<&str> = args.iter().copied().chain(["--wait"]).collect();
            let second = start(&bench, kind, &waiting);
            std::thread::sleep(std::time::Duration::from_millis(300));
            drop(first);
            end(second).exits(0);
            assert_eq!(hidden(&golden), Vec::<String>::new(), "{args:?}");
        }
        // What this pass made goes, for the next kind.
        fs_err::remove_dir_all(golden.join("1.1")).unwrap();
    }
}

#[test]
fn of_two_archives_at_once_one_archives_and_the_other_hears_of_it() {
    let bench = built();
    for (kind, release) in KINDS.iter().zip(["1.0", "2.0"]) {
        let args = ["golden", "archive", release, "--allow-simulated", "--wait"];
        let mut ends: Vec<Run> =
            [start(&bench, *kind, &args), start(&bench, *kind, &args)].into_iter().map(end).collect();
        ends.sort_by_key(|r| r.code);
        ends[0].exits(0);
        ends[1].exits(1);
        assert!(ends[1].stderr.contains("never overwritten"), "{}", ends[1].stderr);
        bench.run(&["golden", "check", release]).exits(0);
    }
}

#[test]
fn a_killed_holder_blocks_nobody() {
    let bench = built();
    let golden = bench.path().join("golden");
    let state = bench.path().join("build/state");
    fs_err::create_dir_all(&golden).unwrap();
    // As `kill -9` leaves them: the files, with a process that is gone.
    let me = Holder::me("dfxkit golden archive 1.0");
    let dead = serde_json::to_vec(&Holder { start_ticks: me.start_ticks + 1, ..me }).unwrap();
    for file in [golden.join(".lock"), golden.join(".lease"), state.join("lock"), state.join("lease")] {
        fs_err::write(&file, &dead).unwrap();
    }
    for (kind, release) in KINDS.iter().zip(["1.0", "1.1"]) {
        end(start(&bench, *kind, &["golden", "archive", release, "--allow-simulated"])).exits(0);
    }
    assert_eq!(hidden(&golden), Vec::<String>::new());
}
