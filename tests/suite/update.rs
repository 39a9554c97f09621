// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The non-project flow end to end on the stand-in: whole builds, updates on golden checkpoints and on abstract shells, what is refused before
//! Vivado, faults, another Vivado, and `kill -9`. (Updates in a project: [`super::golden`].)

use std::os::unix::process::ExitStatusExt;

use camino::Utf8Path;
use serde_json::Value;

use crate::support::{Bench, Run};

fn edit(bench: &Bench, name: &str, from: &str, to: &str) {
    let text = bench.read(name);
    assert!(text.contains(from), "{name} has no {from:?}");
    bench.write(name, &text.replace(from, to));
}

/// An example with something in its `[build]`.
fn example(name: &str, build: &str) -> Bench {
    let bench = Bench::example(name);
    let text = bench.read("dfx.toml");
    let text = if text.contains("\n[build]\n") { text } else { format!("{text}\n[build]\n") };
    bench.write("dfx.toml", &text.replace("\n[build]\n", &format!("\n[build]\n{build}\n")));
    bench
}

/// The two-partition example on an UltraScale+ part, where abstract shells exist.
fn ultrascale_plus(build: &str) -> Bench {
    let bench = example("two-partitions-kcu105", build);
    let text = bench.read("dfx.toml").replace("xcku040-ffva1156-2-e", "xczu3eg-sbva484-1-e");
    let mut parts = text.split("pblock = { ranges = [");
    let mut out = parts.next().unwrap().to_owned();
    for (part, range) in parts.zip(["SLICE_X5Y65:SLICE_X12Y114", "SLICE_X17Y65:SLICE_X24Y114"]) {
        let rest = part.split_once("] }").unwrap().1;
        out += &format!("pblock = {{ ranges = [\"{range}\"] }}{rest}");
    }
    bench.write("dfx.toml", &out);
    bench
}

fn sim(bench: &Bench, args: &[&str]) -> Run {
    let mut all = args.to_vec();
    all.extend(["--vivado", "sim", "--message-format", "json"]);
    bench.run(&all)
}

fn release(bench: &Bench) {
    sim(bench, &["build"]).exits(0);
    bench.run(&["golden", "archive", "1.0", "--allow-simulated"]).exits(0);
}

fn update(bench: &Bench, args: &[&str]) -> Run {
    let mut all = vec!["update", "--golden", "1.0"];
    all.extend(args);
    sim(bench, &all)
}

/// Steps that a run started, sorted: processes run side by side.
fn started(run: &Run) -> Vec<String> {
    let mut steps: Vec<String> = run
        .json()
        .iter()
        .filter(|v| v["event"] == "step-started")
        .map(|v| v["step"].as_str().unwrap().to_owned())
        .collect();
    steps.sort();
    steps
}

fn result(run: &Run) -> Value {
    run.json().into_iter().rfind(|v| v["type"] == "result").unwrap_or_else(|| panic!("no result: {run:?}"))
}

fn kit(bench: &Bench, run: &Run) -> Value {
    let dir = result(run)["kit"].as_str().unwrap().to_owned();
    let verify = bench.run(&["kit", "verify", &dir, "--message-format", "json"]);
    assert_eq!(verify.json().pop().unwrap()["verdict"], "passed", "{}", verify.stdout);
    serde_json::from_str(&fs_err::read_to_string(format!("{dir}/kit.json")).unwrap()).unwrap()
}

#[test]
fn the_examples_are_built_without_a_project_and_an_edit_runs_only_what_it_touches() {
    for example_name in ["conv-pynq-z2", "pr-block-kc705", "two-partitions-kcu105"] {
        let bench = example(example_name, "flow = \"non-project\"");
        let run = sim(&bench, &["build"]);
        run.exits(0);
        assert_eq!(result(&run)["verdict"], "passed", "{example_name}: {}", result(&run));
        assert!(!bench.path().join("build/project").exists(), "{example_name}: there is a project");
        assert_eq!(started(&sim(&bench, &["build"])), Vec::<String>::new(), "{example_name}");
        if example_name == "pr-block-kc705" {
            edit(&bench, "rtl/chaser/pr_block.v", "pattern << 1", "pattern << 2");
            let again = sim(&bench, &["build"]);
            let expected = ["gates", "impl:second", "kit", "synth:chaser", "verify:second"];
            assert_eq!(started(&again), expected);
        }
    }
}

#[test]
fn every_script_of_the_flow_passes_the_linter() {
    for build in
        ["flow = \"non-project\"", "shell = \"abstract\"", "flow = \"non-project\"\nshell = \"abstract\""]
    {
        let bench = ultrascale_plus(build);
        bench.run(&["tcl", "-o", "scripts"]).exits(0);
        // In the order in which the shell script beside them runs them: the linter plays one after the other, in memory.
        let order = bench.read("scripts/run.sh");
        let scripts: Vec<&str> =
            order.lines().filter_map(|l| l.split_once("-source ")).map(|(_, script)| script).collect();
        assert!(scripts.len() > 8, "{scripts:?}");
        for script in &scripts {
            assert!(
                !bench.read(script).contains(bench.path().as_str()),
                "{script} holds a path of this machine"
            );
        }
        let mut lint = vec!["tcl", "lint"];
        lint.extend(scripts);
        bench.run(&lint).exits(0);
    }
    // The flow can be asked for alone; the scripts are run in order.
    let bench = Bench::example("pr-block-kc705");
    let printed = bench.run(&["tcl", "--flow", "non-project", "impl:second"]);
    printed.exits(0);
    assert!(
        printed.stdout.contains("dfxkit::checkpoint build/runs/impl_1/top_routed_bb.dcp"),
        "{}",
        printed.stdout
    );
}

#[test]
fn an_update_without_a_project_runs_no_step_of_the_static_and_is_proven() {
    // The release came from a project: the checkpoints are the same.
    let bench = Bench::example("pr-block-kc705");
    release(&bench);
    edit(&bench, "rtl/static/top.v", "// A clock buffer", "// Now a clock buffer");
    let dry = update(&bench, &["--flow", "non-project", "--dry-run", "prbs"]);
    let planned = dry.json().pop().unwrap();
    let of_static: Vec<&str> = planned["steps"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|s| s["golden"] == true)
        .inspect(|s| assert_eq!(s["stale"], false))
        .map(|s| s["id"].as_str().unwrap())
        .collect();
    assert_eq!(of_static, ["impl:golden"]);

    let run = update(&bench, &["--flow", "non-project", "--archive", "prbs-1", "prbs"]);
    run.exits(0);
    assert_eq!(started(&run), ["impl:update_1", "synth:prbs", "verify:update_1"]);
    let found = result(&run);
    assert_eq!(found["verdict"], "passed", "{found}");
    assert_eq!(found["drift"], serde_json::json!(["changed rtl/static/top.v"]));
    assert_eq!(found["release_change"], Value::Null);
    let kit_json = kit(&bench, &run);
    assert_eq!(kit_json["static"]["golden"], "1.0", "{kit_json}");
    // The partial belongs to the static of the release, frame by frame.
    let full = "build/project/pr_block.runs/impl_1/top.bit";
    let partial = format!("{}/modules/block/prbs.bit", found["kit"].as_str().unwrap());
    let child = "build/update-non-project/1.0/runs/child_0_impl_1/top.bit";
    bench.run(&["bit", "prove", "--parent", full, "--child", child, "--partial", &partial]).exits(0);
    // The same checkpoint as in the release was read.
    let archived = dfxkit::hash::sha256(
        &fs_err::read(bench.path().join("build/project/pr_block.runs/impl_1/top_routed_bb.dcp")).unwrap(),
    );
    let read = bench.path().join("build/update-non-project/1.0/runs/impl_1/top_routed_bb.dcp");
    assert_eq!(dfxkit::hash::sha256(&fs_err::read(&read).unwrap()), archived);
    assert!(bench.read("golden/1.0/updates/prbs-1.toml").contains("changed rtl/static/top.v"));
    // The scripts of the update alone: clean on the checkpoints that lie there.
    let tcl = ["tcl", "--golden", "1.0", "--flow", "non-project", "--module", "prbs", "-o", "scripts"];
    bench.run(&tcl).exits(0);
    let scripts = ["synth-prbs", "impl-update_1", "verify-update_1"].map(|s| format!("scripts/{s}.tcl"));
    assert!(!bench.path().join("scripts/impl-golden.tcl").exists());
    assert!(bench.read(&scripts[1]).contains("build/update-non-project/1.0/runs/impl_1/top_routed_bb.dcp"));
    let mut lint = vec!["tcl", "lint"];
    lint.extend(scripts.iter().map(String::as_str));
    bench.run(&lint).exits(0);
    // Nothing changed: nothing runs. A touched golden file is put back before anything is built on it.
    assert_eq!(started(&update(&bench, &["--flow", "non-project", "prbs"])), Vec::<String>::new());
    fs_err::write(&read, "another static").unwrap();
    update(&bench, &["--flow", "non-project", "prbs"]).exits(0);
    assert_eq!(dfxkit::hash::sha256(&fs_err::read(&read).unwrap()), archived);
}

#[test]
fn a_release_without_a_project_is_updated_without_one_and_says_so() {
    let bench = example("pr-block-kc705", "flow = \"non-project\"");
    release(&bench);
    // The flow of the description.
    let run = update(&bench, &["prbs"]);
    run.exits(0);
    assert_eq!(started(&run), ["impl:update_1", "synth:prbs", "verify:update_1"]);
    let refused = bench.run(&["update", "--golden", "1.0", "--vivado", "sim", "--flow", "project", "prbs"]);
    refused.exits(4);
    assert!(refused.stderr.contains("--flow non-project builds on its checkpoints"), "{}", refused.stderr);
}

#[test]
fn a_rebuilt_module_does_not_take_the_clearing_file_of_the_one_that_is_loaded() {
    let bench = Bench::example("two-partitions-kcu105");
    release(&bench);
    edit(&bench, "rtl/count_up/count.v", "endmodule", "// newer\nwire newer = 1'b1;\nendmodule");
    for flow in ["non-project", "project"] {
        let run = update(&bench, &["--flow", flow, "count-up"]);
        run.exits(0);
        let kit_json = kit(&bench, &run);
        let dir = result(&run)["kit"].as_str().unwrap().to_owned();
        let clear = |name: &str| {
            let path = Utf8Path::new(&dir).join("modules/count").join(name);
            dfxkit::hash::sha256(&fs_err::read(path).unwrap())
        };
        // A device that was just powered up holds the release's module: its own clearing file, not the new one's.
        let golden =
            bench.path().join("build/project/two_partitions.runs/impl_1/u_count_count_up_partial_clear.bit");
        assert_eq!(
            clear("count-up@1.0_clear.bit"),
            dfxkit::hash::sha256(&fs_err::read(golden).unwrap()),
            "{flow}"
        );
        assert!(Utf8Path::new(&dir).join("modules/count/count-up_clear.bit").is_file(), "{flow}");
        let count = kit_json["partitions"].as_array().unwrap().iter().find(|p| p["name"] == "count").unwrap();
        assert_eq!(count["power_up"], "count-up@1.0", "{flow}");
    }
}

#[test]
fn abstract_shells_are_archived_and_modules_are_built_on_them() {
    let bench = ultrascale_plus("abstract-shells = true");
    release(&bench);
    assert_eq!(bench.read("golden/1.0/golden.toml").matches("role = \"abstract-shell\"").count(), 2);
    for (flow, project) in [("project", true), ("non-project", false)] {
        let run =
            update(&bench, &["--flow", flow, "--shell", "abstract", "count-up", "count-down", "shift-left"]);
        run.exits(0);
        let mut expected = vec![
            "impl:update_1",
            "impl:update_2",
            "module:count-down",
            "module:count-up",
            "module:shift-left",
            "synth:count-down",
            "synth:count-up",
            "synth:shift-left",
            "verify:update_1",
            "verify:update_2",
        ];
        if project {
            expected.insert(5, "project");
        }
        assert_eq!(started(&run), expected);
        assert_eq!(result(&run)["verdict"], "passed", "{}", result(&run));
        kit(&bench, &run);
        let dir = if project { "build/update-abstract/1.0" } else { "build/update-non-project-abstract/1.0" };
        // The module was verified against its shell, the configuration against the whole release; never one against the other.
        let on_shell = bench.read(&format!("{dir}/runs/count_up-shell_1/count_up-shell_1_pr_verify.log"));
        assert!(
            on_shell.contains("/shells/u_count.dcp") && on_shell.contains("are compatible"),
            "{on_shell}"
        );
        let whole = bench.read(&format!("{dir}/steps/verify-update_1/pr_verify.log"));
        assert!(whole.contains("/impl_1/top_routed.dcp") && !whole.contains("shell"), "{whole}");
        // What was put together holds the release's own module beside the new one: proven whole.
        let report: Value = serde_json::from_str(&bench.read(&format!("{dir}/report.json"))).unwrap();
        let proofs: Vec<&Value> =
            report["results"].as_array().unwrap().iter().filter(|r| r["gate"] == "bit-proofs").collect();
        assert_eq!(proofs.len(), 3, "{proofs:?}");
        assert!(proofs.iter().all(|p| p["verdict"] == "passed"), "{proofs:?}");
    }
}

#[test]
fn children_on_abstract_shells_are_put_together_and_the_static_stays() {
    let bench = ultrascale_plus("");
    sim(&bench, &["build"]).exits(0);
    edit(&bench, "dfx.toml", "[build]\n", "[build]\nshell = \"abstract\"\n");
    let run = sim(&bench, &["build"]);
    run.exits(0);
    let ran = started(&run);
    assert!(!ran.iter().any(|s| s == "impl:up-right" || s.starts_with("synth:")), "{ran:?}");
    for step in ["shells", "module:count-down", "greybox:count", "impl:down-left", "impl:grey"] {
        assert!(ran.iter().any(|s| s == step), "{step} not in {ran:?}");
    }
    assert_eq!(result(&run)["verdict"], "passed", "{}", result(&run));
    // One module more or less touches that module's own steps.
    edit(&bench, "rtl/count_down/count.v", "endmodule", "wire newer = 1'b1;\nendmodule");
    let expected =
        ["gates", "impl:down-left", "kit", "module:count-down", "synth:count-down", "verify:down-left"];
    assert_eq!(started(&sim(&bench, &["build"])), expected);
}

#[test]
fn what_cannot_be_built_on_is_refused_before_vivado() {
    let bench = Bench::example("pr-block-kc705");
    release(&bench);
    let refused = |args: &[&str], code: i32, text: &str| {
        let mut all = vec!["update", "--golden", "1.0", "--vivado", "sim"];
        all.extend(args);
        let run = bench.run(&all);
        run.exits(code);
        assert!(run.stderr.contains(text), "{text}: {}", run.stderr);
        assert!(
            !bench
                .path()
                .join("build")
                .read_dir_utf8()
                .unwrap()
                .any(|e| e.unwrap().file_name().starts_with("update")),
            "{args:?}: something was built"
        );
    };
    refused(&["--shell", "abstract", "prbs"], 1, "7 series has no abstract shell");
    // The same points as in a project.
    let description = bench.read("dfx.toml");
    for (from, to, what) in [
        ("xc7k325tffg900-2", "xc7k325tffg900-1", "part: expected"),
        ("cell = \"pr_block_ins\"", "cell = \"pr_block_other\"", "cell of partition block: expected"),
        (
            "SLICE_X100Y50:SLICE_X123Y149",
            "SLICE_X100Y50:SLICE_X121Y149",
            "Pblock of partition block: expected",
        ),
    ] {
        edit(&bench, "dfx.toml", from, to);
        refused(&["--flow", "non-project", "prbs"], 4, what);
        bench.write("dfx.toml", &description);
    }
    for module in ["blink", "chaser", "prbs"] {
        edit(
            &bench,
            &format!("rtl/{module}/pr_block.v"),
            "output reg  [7:0] pattern",
            "output reg  [9:0] pattern",
        );
    }
    refused(
        &["--flow", "non-project", "prbs"],
        4,
        "output [7:0] pattern, actual rtl/prbs/pr_block.v:8: output [9:0] pattern",
    );
    // An archive without shells, on a part that has them.
    let bench = ultrascale_plus("");
    release(&bench);
    let run =
        bench.run(&["update", "--golden", "1.0", "--vivado", "sim", "--shell", "abstract", "count-down"]);
    run.exits(4);
    assert!(run.stderr.contains("archived without abstract shells"), "{}", run.stderr);
}

fn with_faults(bench: &Bench, args: &[&str], faults: &str) -> Run {
    let mut all = vec!["update", "--golden", "1.0", "--vivado", "sim", "--flow", "non-project"];
    all.extend(args);
    let output = bench.command(&all).env("VIVADO_SIM_FAULTS", faults).output().unwrap();
    Run {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn faults_of_an_update_are_told_and_never_reach_a_kit() {
    let bench = Bench::example("pr-block-kc705");
    release(&bench);
    let kits = bench.path().join("build/update-non-project/1.0/kit");
    for (faults, code, text) in [
        ("when=impl-update_1/pr_verify,fault=wrong_golden", 4, "HDPRVerify-08"),
        ("when=impl-update_1/route_design,fault=route", 3, "Route 35-7"),
        ("when=impl-update_1/link_design,fault=port_mismatch", 1, "Netlist 29-77"),
        ("when=verify-update_1/pr_verify,fault=wrong_golden", 4, "HDPRVerify-08"),
        ("when=verify-update_1/pr_verify,fault=verify_zero", 4, "gate pr-verify refused"),
        ("when=impl-update_1/route_design,fault=timing", 4, "gate timing refused"),
    ] {
        // Every fault on a fresh child.
        let runs = bench.path().join("build/update-non-project");
        if runs.exists() {
            fs_err::remove_dir_all(&runs).unwrap();
        }
        let run = with_faults(&bench, &["prbs"], faults);
        run.exits(code);
        assert!(run.stderr.contains(text), "{faults}: {}", run.stderr);
        assert!(!kits.exists(), "{faults}: there is a kit");
    }
}

#[test]
fn a_fault_on_an_abstract_shell_is_told_too() {
    let bench = ultrascale_plus("abstract-shells = true");
    release(&bench);
    for (faults, code, text) in [
        ("when=module-count-down/pr_verify,fault=wrong_golden", 4, "HDPRVerify-08"),
        ("when=impl-update_1/pr_verify,fault=wrong_golden", 4, "HDPRVerify-08"),
        ("when=module-count-down/route_design,fault=timing", 4, "gate timing refused module:count-down"),
        ("when=module-count-down/pr_verify,fault=verify_zero", 4, "gate pr-verify refused module:count-down"),
    ] {
        let runs = bench.path().join("build/update-non-project-abstract");
        if runs.exists() {
            fs_err::remove_dir_all(&runs).unwrap();
        }
        let run = with_faults(&bench, &["--shell", "abstract", "count-down"], faults);
        run.exits(code);
        assert!(run.stderr.contains(text), "{faults}: {}", run.stderr);
        assert!(!runs.join("1.0/kit").exists(), "{faults}: there is a kit");
    }
}

#[test]
fn another_vivado_is_refused_and_with_leave_recorded_everywhere() {
    for flow in ["project", "non-project"] {
        let bench = Bench::example("pr-block-kc705");
        release(&bench);
        // A Vivado of another release, which the stand-in plays.
        let text = format!(
            "#!/bin/sh\nVIVADO_SIM_RELEASE=2025.2 exec {} __vivado-sim \"$@\"\n",
            env!("CARGO_BIN_EXE_dfxkit")
        );
        let program = bench.write_program("vivado", &text);
        let newer = |args: &[&str]| {
            let mut all = vec!["update", "--golden", "1.0", "--vivado", program.as_str(), "--flow", flow];
            all.extend(args);
            bench.run(&all)
        };
        let refused = newer(&["prbs"]);
        assert!(refused.code == 4 || refused.code == 5, "{refused:?}");
        assert!(refused.stderr.contains("2024.2") && refused.stderr.contains("2025.2"), "{}", refused.stderr);
        assert!(
            !bench.path().join("build/update").exists()
                && !bench.path().join("build/update-non-project").exists()
        );

        let run =
            newer(&["--allow-release-change", "--archive", "prbs-1", "--message-format", "json", "prbs"]);
        run.exits(0);
        let found = result(&run);
        assert_eq!(found["verdict"], "unknown", "{flow}: {found}");
        assert_eq!(found["release_change"]["release"], "2024.2", "{found}");
        // In the report, in the kit, in the archive: with both names.
        let report = fs_err::read_to_string(found["report"].as_str().unwrap()).unwrap();
        let kit_json =
            fs_err::read_to_string(format!("{}/kit.json", found["kit"].as_str().unwrap())).unwrap();
        for text in [report, kit_json, bench.read("golden/1.0/updates/prbs-1.toml")] {
            assert!(
                text.contains("release-change") && text.contains("2024.2") && text.contains("2025.2"),
                "{text}"
            );
        }
        // What is not about the change was judged, and passed.
        let report: Value =
            serde_json::from_str(&fs_err::read_to_string(found["report"].as_str().unwrap()).unwrap())
                .unwrap();
        for r in report["results"].as_array().unwrap().iter().filter(|r| r["gate"] != "release-change") {
            assert_eq!(r["verdict"], "passed", "{flow}: {r}");
        }
    }
}

#[test]
fn a_killed_update_goes_on_and_gives_the_same_kit() {
    let bench = ultrascale_plus("abstract-shells = true");
    release(&bench);
    let args = [
        "update",
        "--golden",
        "1.0",
        "--vivado",
        "sim",
        "--flow",
        "non-project",
        "--shell",
        "abstract",
        "count-down",
    ];
    let mut killed = 0;
    for point in [2, 5, 8, 11, 15, 19, 23, 27] {
        let status =
            bench.command(&args).env("DFXKIT_TEST_CRASH_AT", point.to_string()).output().unwrap().status;
        if status.signal() == Some(9) {
            killed += 1;
        } else {
            assert!(status.success(), "point {point}: {status:?}");
        }
    }
    assert!(killed >= 3, "only {killed} of the points were reached");
    let run = update(&bench, &["--flow", "non-project", "--shell", "abstract", "count-down"]);
    run.exits(0);
    assert_eq!(result(&run)["verdict"], "passed", "{}", result(&run));
    kit(&bench, &run);
    assert_eq!(
        started(&update(&bench, &["--flow", "non-project", "--shell", "abstract", "count-down"])),
        Vec::<String>::new()
    );
}

#[test]
fn a_module_put_before_others_runs_alone() {
    for flow in ["project", "non-project"] {
        let bench = example("conv-pynq-z2", &format!("flow = \"{flow}\""));
        sim(&bench, &["build"]).exits(0);
        let before = kept_runs(&bench);
        // A copy of the second module, in front of it.
        let text = bench.read("dfx.toml");
        let at = text.find("[modules.conv3x3-16bit]").expect("the example has this module");
        let end = at + text[at + 1..].find("\n[").expect("another table follows") + 2;
        let copy = text[at..end].replace("conv3x3-16bit", "conv3x3-more");
        bench.write("dfx.toml", &format!("{}{copy}{}", &text[..at], &text[at..]));
        let run = sim(&bench, &["build"]);
        run.exits(0);
        let mut ran = started(&run);
        ran.retain(|s| s != "project");
        assert_eq!(ran, ["gates", "impl:child_4", "kit", "synth:conv3x3-more", "verify:child_4"], "{flow}");
        // Every other child is where it was.
        let after = kept_runs(&bench);
        assert!(before.iter().all(|c| after.contains(c)), "{flow}: {before:?} {after:?}");
        assert_eq!(after.len(), before.len() + 1);
        bench.run(&["verify"]).exits(0);
        assert_eq!(started(&sim(&bench, &["build"])), Vec::<String>::new());
    }
}

fn kept_runs(bench: &Bench) -> Vec<Value> {
    serde_json::from_str(&bench.read("build/state/children.json")).unwrap()
}
