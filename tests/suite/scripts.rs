// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The generated scripts on the stand-in, without the engine: a fresh project, and one that has to be brought to a changed description
//! while its finished runs stay. What the stand-in accepts is SIMULATED; what real Vivado does beyond it is not tested here.

use std::collections::BTreeMap;
use std::process::Command;

use crate::support::{Bench, Run};

/// A project with its scripts, and the stand-in.
struct Project {
    bench: Bench,
}

impl Project {
    /// A copy of an example with scripts; none when there is no `tclsh`.
    fn of(example: &str) -> Option<Self> {
        if Command::new("tclsh").arg("/dev/null").output().is_err() {
            eprintln!("SKIPPED: no tclsh on PATH");
            return None;
        }
        let project = Self { bench: Bench::example(example) };
        project.regenerate();
        Some(project)
    }

    fn regenerate(&self) {
        self.bench.run(&["tcl", "-o", "scripts"]).exits(0);
    }

    fn source(&self, script: &str) -> Run {
        self.source_on("2024.2", script)
    }

    fn source_on(&self, release: &str, script: &str) -> Run {
        let path = format!("scripts/{script}.tcl");
        let output = self
            .bench
            .command(&[
                "__vivado-sim",
                "-mode",
                "batch",
                "-notrace",
                "-nojournal",
                "-nolog",
                "-source",
                &path,
                "-tclargs",
                "N",
            ])
            .env("VIVADO_SIM_RELEASE", release)
            .env("LC_ALL", "C")
            .output()
            .unwrap();
        Run {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs a script that must reach its end.
    #[track_caller]
    fn done(&self, script: &str) -> Run {
        let run = self.source(script);
        run.exits(0);
        assert!(
            run.stdout.lines().any(|l| l.starts_with("dfxkit:: END ") && l.ends_with(" N")),
            "{}",
            run.stdout
        );
        assert!(!run.stdout.lines().any(|l| l.starts_with("ERROR:")), "{}", run.stdout);
        run
    }

    fn edit(&self, from: &str, to: &str) {
        let text = self.bench.read("dfx.toml");
        assert!(text.contains(from), "{from}");
        self.bench.write("dfx.toml", &text.replace(from, to));
        self.regenerate();
    }

    /// Every checkpoint of the run tree with its content.
    fn checkpoints(&self) -> BTreeMap<String, Vec<u8>> {
        walkdir::WalkDir::new(self.bench.path().join("build/project"))
            .into_iter()
            .map(Result::unwrap)
            .filter(|e| e.path().extension().is_some_and(|x| x == "dcp"))
            .map(|e| {
                let name = e.path().strip_prefix(self.bench.path()).unwrap().display().to_string();
                (name, fs_err::read(e.path()).unwrap())
            })
            .collect()
    }

    fn xpr(&self, name: &str) -> String {
        self.bench.read(&format!("build/project/{name}.xpr"))
    }
}

#[test]
fn every_example_builds_on_the_stand_in() {
    for example in ["conv-pynq-z2", "pr-block-kc705", "two-partitions-kcu105"] {
        let Some(project) = Project::of(example) else { return };
        project.done("project");
        let runs = project.done("all-runs");
        assert!(runs.stdout.contains("dfxkit:: run impl_1 status {write_bitstream Complete!} progress 100%"));
        // What the plan declares is what comes out.
        let plan = project.bench.run(&["plan", "--message-format", "json"]);
        if plan.code == 0 {
            let steps = plan.json().into_iter().find_map(|o| o.get("steps").cloned()).unwrap();
            for step in steps.as_array().unwrap() {
                let kind = step["kind"].as_str().unwrap();
                if !kind.starts_with("impl") && !kind.starts_with("synth") {
                    continue;
                }
                for output in step["outputs"].as_array().unwrap() {
                    let path = output.as_str().unwrap();
                    let optional = camino::Utf8Path::new(path).extension() == Some("ltx");
                    assert!(
                        optional || project.bench.path().join("build").join(path).is_file(),
                        "{example}: no {path}"
                    );
                }
            }
        }
    }
}

#[test]
fn the_project_step_again_changes_nothing_that_is_finished() {
    let Some(project) = Project::of("pr-block-kc705") else { return };
    project.done("project");
    project.done("all-runs");
    let before = project.checkpoints();
    let again = project.done("project");
    assert!(
        again.stdout.contains("dfxkit:: run child_0_impl_1 status {write_bitstream Complete!} progress 100%")
    );
    assert_eq!(project.checkpoints(), before);
}

#[test]
fn a_new_module_keeps_what_is_finished_and_builds_alone() {
    let Some(project) = Project::of("pr-block-kc705") else { return };
    project.done("project");
    project.done("all-runs");
    let before = project.checkpoints();
    let text = project.bench.read("dfx.toml") + "\n[configurations.third]\nmodules = { block = \"prbs\" }\n";
    project.bench.write("dfx.toml", &text);
    project.regenerate();
    project.done("project");
    assert_eq!(project.checkpoints(), before);
    project.done("synth-prbs");
    project.done("impl-third");
    let after = project.checkpoints();
    assert!(before.iter().all(|(name, bytes)| after.get(name) == Some(bytes)));
    assert!(
        after.keys().any(|n| n.ends_with("child_1_impl_1/pr_block_ins_prbs_routed.dcp")),
        "{:?}",
        after.keys()
    );
    project.done("verify-third");
    assert!(project.bench.read("build/steps/verify-third/pr_verify.log").contains("are compatible"));
}

#[test]
fn a_module_that_is_gone_leaves_the_project() {
    let Some(project) = Project::of("two-partitions-kcu105") else { return };
    project.done("project");
    assert!(project.xpr("two_partitions").contains("shift_left"));
    project.edit("shift = \"shift-left\"", "shift = \"shift-right\"");
    let text = project.bench.read("dfx.toml");
    let start = text.find("[modules.shift-left]").unwrap();
    let end = start + text[start..].find("\n\n").unwrap();
    project.bench.write("dfx.toml", &format!("{}{}", &text[..start], &text[end..]));
    project.regenerate();
    project.done("project");
    assert!(!project.xpr("two_partitions").contains("shift_left"));
    project.done("all-runs");
}

#[test]
fn options_come_and_go() {
    let Some(project) = Project::of("pr-block-kc705") else { return };
    project.done("project");
    let plain = project.bench.read("dfx.toml");
    project.bench.write("hooks/place.tcl", "puts \"HOOK in [file tail [pwd]]\"\n");
    project.bench.write(
        "dfx.toml",
        &format!(
            "{plain}\n[build]\nbin-file = true\nbitstream = {{ \"BITSTREAM.GENERAL.COMPRESS\" = \"TRUE\" }}\n[build.implementation]\nstrategy = \"Performance_Explore\"\ndirectives = {{ route_design = \"Explore\" }}\n[build.hooks]\nplace_design.pre = \"hooks/place.tcl\"\n"
        ),
    );
    project.regenerate();
    project.done("project");
    let runs = project.done("all-runs");
    assert!(runs.stdout.contains("HOOK in impl_1"), "{}", runs.stdout);
    assert!(project.bench.path().join("build/project/pr_block.runs/impl_1/top.bin").is_file());
    project.bench.write("dfx.toml", &plain);
    project.regenerate();
    project.done("project");
    let xpr = project.xpr("pr_block");
    for gone in ["hooks/place.tcl", "Performance_Explore", "\"Explore\"", "bitstream.tcl"] {
        assert!(!xpr.contains(gone), "{gone} is still in the project");
    }
}

/// The worst that can happen: a child built on another static than the one that was shipped.
#[test]
fn a_changed_static_does_not_run_again_behind_a_childs_back() {
    let Some(project) = Project::of("pr-block-kc705") else { return };
    project.done("project");
    project.done("all-runs");
    let parent = |all: BTreeMap<String, Vec<u8>>| -> BTreeMap<String, Vec<u8>> {
        all.into_iter().filter(|(n, _)| n.contains("/impl_1/") || n.contains("/synth_1/")).collect()
    };
    let before = parent(project.checkpoints());
    let top = project.bench.read("rtl/static/top.v");
    project.bench.write("rtl/static/top.v", &format!("{top}\n// another static\n"));
    let run = project.done("impl-second");
    assert!(run.stdout.contains("Launched child_0_impl_1..."), "{}", run.stdout);
    assert_eq!(parent(project.checkpoints()), before);
    // A parent that is not finished stops the child before anything is launched.
    fs_err::remove_dir_all(project.bench.path().join("build/project/pr_block.runs/impl_1")).unwrap();
    let run = project.source("impl-second");
    run.exits(1);
    assert!(run.stdout.contains("run impl_1 must keep its results"), "{}", run.stdout);
    assert!(!run.stdout.contains("Launched"), "{}", run.stdout);
}

#[test]
fn a_failed_run_is_told_with_its_log_and_can_be_run_again() {
    let Some(project) = Project::of("pr-block-kc705") else { return };
    project.done("project");
    let source = project.bench.read("rtl/chaser/pr_block.v");
    project.bench.write("rtl/chaser/pr_block.v", "module pr_block (\n");
    let run = project.source("synth-chaser");
    run.exits(1);
    assert!(run.stdout.contains("dfxkit:: run chaser_synth_1 status {synth_design ERROR}"), "{}", run.stdout);
    assert!(run.stdout.contains(
        "ERROR: [dfxkit 1-1] synth:chaser: not finished: chaser_synth_1 (synth_design ERROR, log "
    ));
    assert!(!run.stdout.contains("dfxkit:: END"));
    project.bench.write("rtl/chaser/pr_block.v", &source);
    project.done("synth-chaser");
}

#[test]
fn an_unreadable_project_is_kept_aside_and_made_anew() {
    let Some(project) = Project::of("pr-block-kc705") else { return };
    project.done("project");
    project.bench.write("build/project/pr_block.xpr", "torn");
    let run = project.done("project");
    assert!(run.stdout.contains("dfxkit:: note {the project cannot be opened"), "{}", run.stdout);
    assert_eq!(project.bench.read("build/project.unreadable/pr_block.xpr"), "torn");
    project.done("all-runs");
}

#[test]
fn another_release_is_refused_before_anything_is_touched() {
    let Some(project) = Project::of("pr-block-kc705") else { return };
    let run = project.source_on("2023.2", "project");
    run.exits(1);
    assert!(
        run.stdout.contains("this is Vivado 2023.2, the description is bound to 2024.2"),
        "{}",
        run.stdout
    );
    assert!(!project.bench.path().join("build").exists());
}

/// Up to 2022.2 waiting for a failed run only warns, from 2023.1 it throws; names and files differ too.
#[test]
fn scripts_hold_on_old_and_new_releases() {
    for release in ["2018.3", "2022.2", "2025.2"] {
        let Some(project) = Project::of("two-partitions-kcu105") else { return };
        project.edit("vivado = \"2024.2\"", &format!("vivado = \"{release}\""));
        for script in ["project", "all-runs", "verify-grey", "project"] {
            project.source_on(release, script).exits(0);
        }
        project.bench.write("rtl/count_down/count.v", "module count (\n");
        let run = project.source_on(release, "all-runs");
        run.exits(1);
        assert!(
            run.stdout.contains("not finished: count_down_synth_1 (synth_design ERROR"),
            "{release}: {}",
            run.stdout
        );
        assert!(!run.stdout.contains("dfxkit:: END"), "{release}");
    }
}
