// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The command line itself: usage errors, help, completions, manual pages.

use crate::support::Bench;

#[test]
fn a_wrong_command_is_a_usage_error() {
    let run = Bench::new().run(&["bulid"]);
    run.exits(2);
    assert!(run.stderr.contains("build"), "{}", run.stderr);
}

#[test]
fn completions_name_the_commands() {
    let run = Bench::new().run(&["completions", "bash"]);
    run.exits(0);
    assert!(run.stdout.contains("golden"));
}

#[test]
fn manual_pages_are_written() {
    let bench = Bench::new();
    bench.run(&["man"]).exits(0);
    assert!(bench.read("man/dfxkit.1").contains("dfxkit"));
    assert!(bench.read("man/dfxkit-build.1").contains("build"));
}

#[test]
fn data_that_does_not_reach_stdout_is_no_success() {
    let full = || fs_err::OpenOptions::new().write(true).open("/dev/full").unwrap().into_parts().0;
    let bench = Bench::new();
    let mut command = bench.command(&["schema"]);
    let output = command.stdout(full()).output().unwrap();
    assert_eq!(output.status.code(), Some(5));
    assert!(String::from_utf8(output.stderr).unwrap().contains("cannot write to stdout"));
}
