// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `build`, `plan`, `why` and `doctor` from the outside: the program on an example, with the embedded stand-in in place of Vivado.

use std::collections::BTreeMap;
use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use serde_json::Value;

use crate::support::{Bench, Run};

const EXAMPLE: &str = "conv-pynq-z2";

/// The program with the stand-in, the same dates in all files that it makes, and no Vivado of this machine in sight.
fn command(bench: &Bench, args: &[&str]) -> Command {
    let mut command = bench.command(args);
    command.env("PATH", "/usr/bin:/bin").env("HOME", bench.path()).env("VIVADO_SIM_SEED", "1");
    command
}

fn run(bench: &Bench, args: &[&str]) -> Run {
    ended(command(bench, args))
}

fn ended(mut command: Command) -> Run {
    let output = command.output().unwrap();
    Run {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

const BUILD: [&str; 5] = ["build", "--vivado", "sim", "--message-format", "json"];

/// Builds; gives the steps that ran.
#[track_caller]
fn build(bench: &Bench) -> Vec<String> {
    steps_with(&run(bench, &BUILD).exits(0).json(), "done")
}

fn result(lines: &[Value]) -> &Value {
    lines.iter().find(|l| l["type"] == "result").expect("a build ends with a result")
}

fn steps_with(lines: &[Value], outcome: &str) -> Vec<String> {
    let steps = result(lines)["steps"].as_array().unwrap();
    let steps = steps.iter().filter(|s| s["outcome"] == outcome);
    steps.map(|s| s["id"].as_str().unwrap().to_owned()).collect()
}

/// Every file of the kit with the hash of what a device or a person gets of it: a bitstream from its sync word on, since Vivado
/// writes the time into the header; for the same reason without the manifest and the sums, which hold hashes of whole files.
fn kit(bench: &Bench) -> BTreeMap<String, String> {
    let dir = bench.path().join("build/kit/conv-1.0.0");
    let mut kit = BTreeMap::new();
    for entry in walkdir::WalkDir::new(&dir).into_iter().map(Result::unwrap) {
        let path = camino::Utf8Path::from_path(entry.path()).unwrap();
        let name = path.strip_prefix(&dir).unwrap().to_string();
        if !entry.file_type().is_file()
            || ["kit.json", "provenance.intoto.json", "sbom.cdx.json", "SHA256SUMS"].contains(&name.as_str())
        {
            continue;
        }
        let mut bytes = fs_err::read(path).unwrap();
        if path.extension() == Some("bit") {
            let sync = bytes.windows(4).position(|w| w == [0xaa, 0x99, 0x55, 0x66]).expect("a sync word");
            bytes.drain(..sync);
        }
        kit.insert(name, dfxkit::hash::sha256(&bytes));
    }
    assert!(kit.len() > 6, "{kit:?}");
    kit
}

/// The kit of an undisturbed build, made once for all tests.
fn undisturbed() -> &'static BTreeMap<String, String> {
    static KIT: OnceLock<BTreeMap<String, String>> = OnceLock::new();
    KIT.get_or_init(|| {
        let bench = Bench::example(EXAMPLE);
        build(&bench);
        kit(&bench)
    })
}

/// Asserts that a kit is that of an undisturbed build, naming what differs and nothing else.
#[track_caller]
fn is_undisturbed(bench: &Bench, when: &str) {
    let (have, want) = (kit(bench), undisturbed());
    let differ: Vec<&String> =
        have.keys().chain(want.keys()).filter(|name| have.get(*name) != want.get(*name)).collect();
    assert!(differ.is_empty(), "{when}: {differ:?}");
}

#[test]
fn an_example_becomes_a_kit_and_a_second_build_does_nothing() {
    let bench = Bench::example(EXAMPLE);
    let first = run(&bench, &BUILD);
    let lines = first.exits(0).json();
    let result = result(&lines);
    assert_eq!(result["simulated"], true);
    assert_eq!(result["verdict"], "passed", "{result}");
    assert_eq!(steps_with(&lines, "done").len(), result["steps"].as_array().unwrap().len());
    assert!(lines.iter().any(|l| l["event"] == "step-started" && l["step"] == "impl:base"));
    assert!(lines.iter().any(|l| l["event"] == "run-state" && l["run"] == "impl_1"));
    let before = kit(&bench);
    let sums = Command::new("sha256sum")
        .args(["--check", "--quiet", "--strict", "SHA256SUMS"])
        .current_dir(bench.path().join("build/kit/conv-1.0.0"))
        .status()
        .unwrap();
    assert!(sums.success());

    assert_eq!(build(&bench), [""; 0]);
    assert_eq!(kit(&bench), before);
    // Nor when nobody says which Vivado: that of the last build is assumed for looking.
    let plan = run(&bench, &["plan"]);
    assert!(plan.exits(0).stdout.contains(" 0 would run"), "{}", plan.stdout);
}

#[test]
fn simulated_is_said_first_and_last() {
    let bench = Bench::example(EXAMPLE);
    let built = run(&bench, &["build", "--vivado", "sim"]);
    let lines: Vec<&str> = built.exits(0).stderr.lines().collect();
    assert!(lines.first().unwrap().contains("SIMULATED"), "{}", built.stderr);
    assert!(lines.last().unwrap().contains("SIMULATED"), "{}", built.stderr);
    assert_eq!(built.stdout, "", "what a build says is talk");
}

#[test]
fn a_reader_that_goes_away_does_not_end_a_build() {
    let bench = Bench::example(EXAMPLE);
    let mut command = command(&bench, &["build", "--vivado", "sim"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop((child.stdout.take(), child.stderr.take()));
    assert_eq!(child.wait().unwrap().code(), Some(0));
    is_undisturbed(&bench, "nobody listened");
}

#[test]
fn an_edit_runs_what_stands_on_it_alone() {
    let bench = Bench::example(EXAMPLE);
    build(&bench);
    let source = "rtl/conv16/conv_rp.v";
    bench.write(source, &format!("{}\nmodule added_for_the_test; endmodule\n", bench.read(source)));
    let why = run(&bench, &["why", "conv3x3-16bit", "--message-format", "json"]).exits(0).json();
    assert_eq!(why[0]["step"], "synth:conv3x3-16bit");
    assert_eq!(why[0]["reasons"][0]["what"], format!("file {source}"));
    assert_ne!(why[0]["reasons"][0]["old"], why[0]["reasons"][0]["new"]);
    let human = run(&bench, &["why", "child_1"]);
    assert!(human.exits(0).stdout.contains(&format!("file {source}")), "down to the cause: {}", human.stdout);
    assert_eq!(build(&bench), ["synth:conv3x3-16bit", "impl:child_1", "verify:child_1", "gates", "kit"]);
    assert_eq!(build(&bench), [""; 0]);
    // A static that runs again is never silent.
    let anew = "the static is implemented anew";
    assert!(!run(&bench, &["plan"]).stderr.contains(anew));
    bench.write("rtl/static/top.v", &format!("{}// changed\n", bench.read("rtl/static/top.v")));
    assert!(run(&bench, &["plan"]).exits(0).stderr.contains(anew));
    let built = run(&bench, &["build", "--vivado", "sim"]);
    assert!(built.exits(0).stderr.contains(anew), "{}", built.stderr);
}

#[test]
fn a_kit_that_somebody_damaged_is_not_up_to_date() {
    let bench = Bench::example(EXAMPLE);
    build(&bench);
    let before = kit(&bench);
    fs_err::remove_dir_all(bench.path().join("build/kit")).unwrap();
    assert_eq!(build(&bench), ["kit"]);
    assert_eq!(kit(&bench), before);
    // The loader that somebody built in it is no part of it.
    bench.write("build/kit/conv-1.0.0/loader/target/debug/load-kit", "a program");
    assert_eq!(build(&bench), [""; 0]);
    for (file, text) in [("README.txt", "changed"), ("NOTES.txt", "added")] {
        let path = format!("build/kit/conv-1.0.0/{file}");
        bench.write(&path, text);
        assert_eq!(build(&bench), ["kit"], "{file}");
        assert_eq!(kit(&bench), before, "{file}");
        assert_eq!(bench.read(&format!("build/kit/conv-1.0.0.damaged/{file}")), text, "nothing is lost");
    }
}

#[test]
fn a_project_that_moved_forgets_the_files_that_a_module_dropped() {
    let bench = Bench::new();
    let example = crate::support::repository().join("examples").join(EXAMPLE);
    crate::support::copy_tree(&example, &bench.path().join("one place"));
    let at = |place: &str| {
        let file = format!("{place}/dfx.toml");
        steps_with(&run(&bench, &[&BUILD[..], &["-f", &file]].concat()).exits(0).json(), "done")
    };
    assert_eq!(at("one place").len(), 14);
    fs_err::rename(bench.path().join("one place"), bench.path().join("another")).unwrap();
    let sources = bench.path().join("another/rtl/conv16");
    fs_err::rename(sources.join("conv_rp.v"), sources.join("renamed.v")).unwrap();
    assert_eq!(
        at("another"),
        ["project", "synth:conv3x3-16bit", "impl:child_1", "verify:child_1", "gates", "kit"]
    );
}

#[test]
fn a_scaffold_for_an_unknown_board_says_what_is_missing() {
    let bench = Bench::new();
    assert!(!run(&bench, &["new", "known"]).exits(0).stderr.contains("pins"));
    let made = run(&bench, &["new", "other", "--part", "xc7a100tcsg324-1"]);
    assert!(made.exits(0).stderr.contains("other/xdc/pins.xdc"), "{}", made.stderr);
}

#[test]
fn a_directory_that_vivado_cannot_name_is_refused_before_anything_runs() {
    let bench = Bench::new();
    let example = crate::support::repository().join("examples").join(EXAMPLE);
    for name in ["back\\slash", "new\nline"] {
        crate::support::copy_tree(&example, &bench.path().join(name));
        let built = run(&bench, &["build", "--vivado", "sim", "-f", &format!("{name}/dfx.toml")]);
        assert!(built.exits(1).stderr.contains("rename the directory"), "{}", built.stderr);
        assert!(!bench.path().join(name).join("build").exists());
    }
}

#[test]
fn without_vivado_the_stand_in_is_offered_and_not_taken() {
    let bench = Bench::example(EXAMPLE);
    let built = run(&bench, &["build"]);
    built.exits(5);
    assert!(built.stderr.contains("--vivado sim"), "{}", built.stderr);
    assert!(built.stderr.contains("/opt/Xilinx/Vivado/2024.2/bin/vivado"), "{}", built.stderr);
    assert!(!bench.path().join("build").exists());
    let built = run(&bench, &["build", "--vivado", "./no/vivado"]);
    assert!(built.exits(5).stderr.contains("no such file"), "{}", built.stderr);
}

#[test]
fn another_release_than_the_bound_one_is_refused() {
    let bench = Bench::example(EXAMPLE);
    let text = bench.read("dfx.toml").replace("vivado = \"2024.2\"", "vivado = \"2023.1\"");
    bench.write("dfx.toml", &text);
    let fake = crate::support::repository().join("tests/fakes/vivado.sh");
    let built = run(&bench, &["build", "--vivado", fake.as_str()]);
    assert!(built.exits(5).stderr.contains("bound to Vivado 2023.1"), "{}", built.stderr);
}

#[test]
fn a_dry_run_runs_nothing() {
    let bench = Bench::example(EXAMPLE);
    let dry = run(&bench, &["build", "--dry-run", "conv3x3-8bit", "--message-format", "json"]);
    let steps = dry.exits(0).json()[0]["steps"].clone();
    let ids: Vec<&str> = steps.as_array().unwrap().iter().map(|s| s["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["project", "synth:conv3x3-8bit"]);
    assert!(!bench.path().join("build").exists());
}

#[test]
fn a_plan_can_be_drawn() {
    let bench = Bench::example(EXAMPLE);
    let dot = run(&bench, &["plan", "--dot"]);
    let text = &dot.exits(0).stdout;
    assert!(text.starts_with("digraph plan {") && text.trim_end().ends_with('}'), "{text}");
    assert!(text.contains("\"impl:base\" -> \"impl:child_1\""), "{text}");
}

#[test]
fn an_unknown_target_gets_a_suggestion() {
    let bench = Bench::example(EXAMPLE);
    let built = run(&bench, &["build", "--vivado", "sim", "impl:bsae"]);
    assert!(built.exits(2).stderr.contains("did you mean `impl:base`?"), "{}", built.stderr);
}

/// A build with failures on demand; the exit code, what is said, and that the next build cures it.
#[track_caller]
fn fails(faults: &str, code: i32, says: &[&str], failed: &str) {
    let bench = Bench::example(EXAMPLE);
    let mut command = command(&bench, &["build", "--vivado", "sim", "--timeout", "1"]);
    command.env("VIVADO_SIM_FAULTS", faults);
    let built = ended(command);
    built.exits(code);
    for text in says {
        assert!(built.stderr.contains(text), "no `{text}` in:\n{}", built.stderr);
    }
    let plan = run(&bench, &["plan", "--message-format", "json"]).exits(0).json();
    let steps = plan[0]["steps"].as_array().unwrap();
    let step = steps.iter().find(|s| s["id"] == failed).unwrap();
    assert_eq!(step["stale"], true, "a failed step is not recorded");
    build(&bench);
    is_undisturbed(&bench, faults);
}

#[test]
fn no_licence_is_the_environment() {
    fails("when=synth_1/synth_design, fault=license", 5, &["licence"], "synth:static");
}

#[test]
fn other_ports_are_the_input() {
    fails("when=impl_1/link_design, fault=port_mismatch", 1, &["[Netlist 29-77]", "ports"], "impl:base");
}

#[test]
fn a_killed_run_is_told_as_one() {
    fails("when=child_0_impl_1/place_design, fault=oom", 5, &["memory"], "impl:child_1");
}

#[test]
fn a_run_that_says_done_and_writes_nothing_is_not_done() {
    fails("when=child_0_impl_1/write_bitstream, fault=no_output", 3, &["impl:child_1"], "impl:child_1");
}

#[test]
fn a_route_failure_shows_the_runs_own_log() {
    fails("when=impl_1/route_design, fault=route", 3, &["impl_1/runme.log"], "impl:base");
}

#[test]
fn a_timing_failure_is_a_gates_matter() {
    let bench = Bench::example(EXAMPLE);
    let mut command = command(&bench, &BUILD);
    command.env("VIVADO_SIM_FAULTS", "when=impl_1/route_design, fault=timing");
    let built = ended(command);
    let lines = built.exits(4).json();
    assert_eq!(result(&lines)["verdict"], "refused");
    assert_eq!(result(&lines)["kit"], Value::Null);
    assert!(!bench.path().join("build/kit").exists());
}

/// Starts a build that hangs in a step, and waits until it does.
fn hanging(bench: &Bench, faults: &str) -> Child {
    let mut command = command(bench, &["build", "--vivado", "sim"]);
    command.env("VIVADO_SIM_FAULTS", faults).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let begin = bench.path().join("build/project/conv.runs/impl_1/.place_design.begin.rst");
    while !begin.exists() {
        assert!(child.try_wait().unwrap().is_none(), "the build ended by itself");
        std::thread::sleep(Duration::from_millis(10));
    }
    child
}

/// Processes that work below a directory.
fn at_work_in(bench: &Bench) -> Vec<String> {
    let dir = bench.path();
    let entries = fs_err::read_dir("/proc").unwrap().flatten();
    entries
        .filter(|e| std::fs::read_link(e.path().join("cwd")).is_ok_and(|cwd| cwd.starts_with(&dir)))
        .filter_map(|e| fs_err::read_to_string(e.path().join("stat")).ok())
        .filter(|stat| !stat.contains(") Z "))
        .collect()
}

const HANG: &str = "when=impl_1/place_design, fault=hang";

#[test]
fn ctrl_c_ends_everything_and_the_next_build_goes_on() {
    let bench = Bench::example(EXAMPLE);
    let mut child = hanging(&bench, HANG);
    assert!(at_work_in(&bench).len() > 1, "dfxkit and the stand-in");
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let status = child.wait().unwrap();
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(status.code(), Some(130), "{said}");
    assert!(said.contains("interrupted"), "{said}");
    assert_eq!(at_work_in(&bench), [""; 0]);
    let rest = build(&bench);
    assert_eq!(rest.first().map(String::as_str), Some("impl:base"), "what was finished is not done again");
    assert_eq!(build(&bench), [""; 0]);
}

#[test]
fn kill_9_leaves_orphans_that_the_next_build_ends() {
    let bench = Bench::example(EXAMPLE);
    let mut child = hanging(&bench, HANG);
    child.kill().unwrap();
    assert_eq!(child.wait().unwrap().signal(), Some(9));
    assert!(!at_work_in(&bench).is_empty(), "the stand-in lives on");
    let lines = run(&bench, &BUILD).exits(0).json();
    assert!(lines.iter().any(|l| l["event"] == "orphans-ended"), "{lines:?}");
    assert_eq!(at_work_in(&bench), [""; 0]);
    is_undisturbed(&bench, "killed");
}

/// The points are enumerated one by one against the fake (see `resume`); here every fifteenth, against the whole product.
#[cfg(debug_assertions)] // a release build has no crash points
#[test]
fn kill_9_anywhere_and_then_a_build_give_the_same_kit() {
    let mut killed = 0;
    for point in (4..).step_by(15) {
        let bench = Bench::example(EXAMPLE);
        let mut command = command(&bench, &BUILD);
        let status = command.env("DFXKIT_TEST_CRASH_AT", point.to_string()).output().unwrap().status;
        if status.success() {
            break;
        }
        assert_eq!(status.signal(), Some(9), "point {point}: {status}");
        killed += 1;
        build(&bench);
        is_undisturbed(&bench, &format!("killed at point {point}"));
    }
    assert!(killed > 3, "only {killed} kills");
}

#[test]
fn doctor_says_what_is_there() {
    let bench = Bench::example(EXAMPLE);
    let doctor = run(&bench, &["doctor", "--message-format", "json"]);
    let lines = doctor.exits(0).json();
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["verdict"], "unknown", "no Vivado here: {}", lines[0]);
    let parts = lines[0]["parts"].as_array().unwrap();
    let verdict = |name: &str| parts.iter().find(|p| p["name"] == name).unwrap()["verdict"].clone();
    for name in ["description", "tclsh", "stand-in", "sha256sum", "disk"] {
        assert_eq!(verdict(name), "passed", "{name}: {doctor:?}");
    }
    assert_eq!(verdict("vivado"), "unknown");
}
