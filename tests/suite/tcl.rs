// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `dfxkit tcl` on the examples and on a user's own templates.

use std::process::Command;

use crate::support::Bench;

const EXAMPLES: [&str; 3] = ["conv-pynq-z2", "pr-block-kc705", "two-partitions-kcu105"];

#[test]
fn all_scripts_of_the_examples_are_written_whole_and_without_machine_paths() {
    for example in EXAMPLES {
        let bench = Bench::example(example);
        let run = bench.run(&["tcl", "-o", "scripts"]);
        run.exits(0);
        let names: Vec<&str> = run.stdout.lines().collect();
        for name in ["project.tcl", "synth-static.tcl", "all-runs.tcl", "pblocks.xdc", "run.sh"] {
            assert!(names.contains(&name), "{example}: {name} not in {names:?}");
        }
        for name in names {
            let text = bench.read(&format!("scripts/{name}"));
            assert!(!text.contains(bench.path().as_str()), "{example}/{name} holds a path of this machine");
            assert!(text.ends_with('\n'), "{example}/{name}");
            if name.strip_suffix(".tcl").is_some() {
                complete(&text);
            }
        }
        // Nothing but the scripts was made.
        assert!(!bench.path().join("build").exists());
        // The same again writes nothing new.
        let before = bench.read("scripts/project.tcl");
        bench.run(&["tcl", "-o", "scripts"]).exits(0);
        assert_eq!(bench.read("scripts/project.tcl"), before);
    }
}

/// `info complete` of a real Tcl.
fn complete(text: &str) {
    let dir = tempfile::tempdir().unwrap();
    let (script, checker) = (dir.path().join("s.tcl"), dir.path().join("c.tcl"));
    fs_err::write(&script, text).unwrap();
    fs_err::write(&checker, "set c [open [lindex $argv 0]]\nexit [expr {![info complete [read $c]]}]\n")
        .unwrap();
    let Ok(output) = Command::new("tclsh").arg(&checker).arg(&script).output() else {
        eprintln!("SKIPPED: no tclsh on PATH");
        return;
    };
    assert!(output.status.success(), "not complete:\n{text}");
}

#[test]
fn one_step_is_printed() {
    let bench = Bench::example("pr-block-kc705");
    let run = bench.run(&["tcl", "impl:base"]);
    run.exits(0);
    assert!(run.stdout.contains("set implementation [list impl_1]"), "{}", run.stdout);
    assert!(run.stdout.contains("open_project build/project/pr_block.xpr"), "{}", run.stdout);
    let json = bench.run(&["tcl", "project", "--message-format", "json"]);
    json.exits(0);
    let result = json.json().into_iter().find(|o| o["type"] == "result").unwrap();
    assert!(result["script"].as_str().unwrap().contains("create_reconfig_module -name blink"));
}

#[test]
fn an_unknown_step_is_told_with_the_known_ones() {
    let bench = Bench::example("pr-block-kc705");
    let run = bench.run(&["tcl", "synth:blnk"]);
    run.exits(2);
    assert!(run.stderr.contains("synth-blink"), "{}", run.stderr);
    bench.run(&["tcl"]).exits(2);
}

#[test]
fn a_template_of_the_user_takes_the_place_of_ours_and_is_named() {
    let bench = Bench::example("pr-block-kc705");
    bench.write("templates/project/verify.tcl.tera", "puts {{ initial }}\n");
    let run = bench.run(&["tcl", "verify:second"]);
    run.exits(0);
    assert_eq!(run.stdout, "puts build/project/pr_block.runs/impl_1/top_routed.dcp\n");
    assert!(run.stderr.contains("templates/project/verify.tcl.tera"), "{}", run.stderr);
    bench.write("templates/project/verify.tcl.tera", "puts {{ initail }}\n");
    let run = bench.run(&["tcl", "verify:second"]);
    run.exits(1);
    assert!(run.stderr.contains("verify.tcl.tera") && run.stderr.contains("initail"), "{}", run.stderr);
}

#[test]
fn lint_names_file_and_line_of_mistakes_and_passes_our_own_scripts() {
    let bench = Bench::example("pr-block-kc705");
    bench.run(&["tcl", "-o", "scripts"]).exits(0);
    bench.run(&["tcl", "lint", "scripts/project.tcl", "scripts/synth-static.tcl"]).exits(0);
    bench.write(
        "bad.tcl",
        "create_project p ./p -part xc7z020clg400-1\nlaunch_runs impl_1 -jbos 4\nplace_desing\n",
    );
    let run = bench.run(&["tcl", "lint", "bad.tcl", "--message-format", "json"]);
    run.exits(1);
    let found: Vec<(u64, String)> = run
        .json()
        .iter()
        .filter(|v| v["type"] == "finding")
        .map(|v| (v["line"].as_u64().unwrap(), v["kind"].as_str().unwrap().to_owned()))
        .collect();
    assert_eq!(found, [(2, "bad-arguments".to_owned()), (3, "unknown-command".to_owned())]);
}
