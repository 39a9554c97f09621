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

/// Every file below `dir` with its content, and every directory.
fn tree(dir: &std::path::Path) -> std::collections::BTreeMap<std::path::PathBuf, Option<Vec<u8>>> {
    let mut out = std::collections::BTreeMap::new();
    let mut open = vec![dir.to_path_buf()];
    while let Some(at) = open.pop() {
        for entry in fs_err::read_dir(&at).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path.clone());
                out.insert(path, None);
            } else {
                out.insert(path.clone(), Some(fs_err::read(&path).unwrap()));
            }
        }
    }
    out
}

#[test]
fn all_generated_scripts_of_the_examples_run_clean_in_the_lint_and_nothing_is_written() {
    for example in EXAMPLES {
        let bench = Bench::example(example);
        bench.run(&["tcl", "-o", "scripts"]).exits(0);
        let plan = bench.run(&["plan", "--message-format", "json"]);
        plan.exits(0);
        let scripts: Vec<String> = plan
            .json()
            .iter()
            .flat_map(|v| v["steps"].as_array().cloned().unwrap_or_default())
            .map(|s| format!("scripts/{}.tcl", s["id"].as_str().unwrap().replace(':', "-")))
            .filter(|s| bench.path().join(s).exists())
            .collect();
        assert!(scripts.len() > 6, "{scripts:?}");
        let before = tree(bench.path().as_ref());
        let mut args = vec!["tcl", "lint", "--message-format", "json"];
        args.extend(scripts.iter().map(String::as_str));
        let run = bench.run(&args);
        run.exits(0);
        let lines = run.json();
        let result = lines.last().unwrap();
        assert_eq!((&result["findings"], &result["simulated"]), (&0.into(), &true.into()), "{}", run.stdout);
        assert_eq!(result["scripts"], scripts.len(), "{result}");
        assert!(result["executed"].as_u64().unwrap() > 500, "{result}");
        // All in one script, as somebody without dfxkit would run them.
        bench.run(&["tcl", "lint", "scripts/project.tcl", "scripts/all-runs.tcl"]).exits(0);
        assert!(tree(bench.path().as_ref()) == before, "{example}: something was written");
    }
}

#[test]
fn lint_names_file_and_line_of_mistakes_and_what_to_do() {
    let bench = Bench::new();
    bench.write("inner.tcl", "# helpers\nproc go {} {\n  launch_runs impl_1 -jbos 4\n}\n");
    bench.write(
        "bad.tcl",
        "source inner.tcl\ncreate_project p ./p -part xc7z020clg400-1\ngo\nplace_desing\nif {0} {\n  wait_on_run -nope x\n}\nputs [lindex $argv 0]$argc\n",
    );
    let before = tree(bench.path().as_ref());
    let run = bench.run(&["tcl", "lint", "bad.tcl", "--message-format", "json", "--", "one", "-two"]);
    run.exits(1);
    let found: Vec<String> = run
        .json()
        .iter()
        .filter(|v| v["type"] == "finding")
        .map(|v| {
            format!(
                "{}:{} {} {} {}",
                v["file"].as_str().unwrap(),
                v["line"],
                v["severity"],
                v["kind"],
                v["id"]
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            r#"bad.tcl:4 "error" "unknown-command" null"#,
            r#"bad.tcl:6 "error" "bad-arguments" "Common 17-170""#,
            r#"inner.tcl:3 "error" "bad-arguments" "Common 17-170""#
        ]
    );
    assert_eq!(run.json().last().unwrap()["verdict"], "refused");
    let run = bench.run(&["tcl", "lint", "bad.tcl"]);
    run.exits(1);
    for text in [
        "bad.tcl:4: error: unknown-command: invalid command name \"place_desing\"\n    help: did you mean `place_design`?",
        "inner.tcl:3: error: bad-arguments: [Common 17-170] Unknown option '-jbos', please type 'launch_runs -help' for usage info.",
    ] {
        assert!(run.stdout.contains(text), "{text}\n{}", run.stdout);
    }
    bench.run(&["tcl", "lint", "--release", "2017.1", "bad.tcl"]).exits(2);
    bench.run(&["tcl", "lint", "none.tcl"]).exits(1);
    // A look without running is no pass.
    bench.write("good.tcl", "puts hi\n");
    for (script, code) in [("good.tcl", 5), ("bad.tcl", 1)] {
        let lost = bench
            .command(&["tcl", "lint", script])
            .env("VIVADO_SIM_TCLSH", "/nowhere/tclsh")
            .output()
            .unwrap();
        assert_eq!(lost.status.code(), Some(code), "{script}: {}", String::from_utf8_lossy(&lost.stderr));
    }
    fs_err::remove_file(bench.path().join("good.tcl")).unwrap();
    assert!(tree(bench.path().as_ref()) == before);
}
