// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Scripts against their expected texts (`tests/expected/tcl`; `SNAPSHOTS=overwrite` renews them), and through a real Tcl.

use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};
use snapbox::{Data, assert_data_eq};

use super::*;
use crate::design::testing::{Builder, one_partition, two_partitions};
use crate::plan::project::{ToolKey, plan};
use crate::spec::model::{Build, Flow, Module, RunOptions, ShellKind};

fn tool() -> ToolKey {
    ToolKey { release: "2024.2".into(), build: Some("5239630".into()), simulated: false }
}

/// Names that would be code if they were not quoted.
fn weird() -> Design {
    Builder::new("/de mo/[exit]{$x", "xc7k325tffg900-2")
        .partition("p q", "core[0].pr/u{1}", "rp", &["SLICE_X0Y0:SLICE_X9Y49"])
        .with(|spec| {
            spec.project.name = "we[ird] \"name\"".into();
            spec.static_design.sources =
                vec!["rtl/a b.v".into(), "rtl/#c$d.v".into(), "rtl/日本;.v".into(), "rtl/brace}.v".into()];
            spec.static_design.include_dirs = vec!["inc dir".into(), "inc{".into()];
            spec.static_design.defines.insert("TEXT".into(), "\"a [b]\" \\".into());
            spec.static_design.generics.insert("W".into(), "8".into());
            spec.build.jobs = 3;
        })
        .module_with(
            "m;1",
            Module {
                partition: "p q".into(),
                sources: vec!["rtl/m 1.v".into()],
                constraints: vec!["xdc/m_ooc.xdc".into()],
                ..Module::default()
            },
        )
        .module_with(
            "m$2",
            Module {
                partition: "p q".into(),
                top: Some("other".into()),
                sources: vec!["rtl/m 1.v".into(), "ip/x.xci".into()],
                ..Module::default()
            },
        )
        .build()
}

/// Hooks, strategies, directives, bitstream properties, a block-design script, a module given as a checkpoint.
fn options() -> Design {
    let mut design = one_partition("/demo");
    let sources = vec!["bd/system.tcl".to_owned(), "rtl/top.v".to_owned()];
    design = Builder::new("/demo", "xczu9eg-ffvb1156-2-e")
        .partition("conv", "system_i/conv", "conv_rp", &[])
        .module("a", "conv")
        .module_with(
            "b",
            Module { partition: "conv".into(), sources: vec!["dcp/b.dcp".into()], ..Module::default() },
        )
        .with(|spec| {
            spec.project = design.spec.project.clone();
            spec.project.part = "xczu9eg-ffvb1156-2-e".into();
            spec.project.vivado = None;
            spec.static_design.top = "system_wrapper".into();
            spec.static_design.sources = sources;
            let b = &mut spec.build;
            b.synth =
                RunOptions { strategy: Some("Flow_PerfOptimized_high".into()), ..RunOptions::default() };
            b.implementation.strategy = Some("Performance_Explore".into());
            b.implementation.directives.insert("place-design".into(), "ExtraNetDelay_high".into());
            b.implementation.directives.insert("post_route_phys_opt_design".into(), "Explore".into());
            b.hooks.insert("place_design.pre".into(), "hooks/before place.tcl".into());
            b.hooks.insert("write_bitstream.pre".into(), "hooks/bits.tcl".into());
            b.hooks.insert("synth_design.post".into(), "hooks/synth.tcl".into());
            b.bin_file = true;
            b.bitstream.insert("BITSTREAM.GENERAL.COMPRESS".into(), "TRUE".into());
            b.bitstream.insert("BITSTREAM.CONFIG.USERID".into(), "0xDEADBEEF".into());
        })
        .build();
    design
}

/// Two cells of one RTL module: one partition definition, and only the first module comes out of the static's hierarchy.
fn shared_module() -> Design {
    Builder::new("/demo", "xc7z020clg400-1")
        .partition("left", "u_left", "slot", &["SLICE_X0Y0:SLICE_X9Y49"])
        .partition("right", "u_right", "slot", &["SLICE_X50Y0:SLICE_X59Y49"])
        .module("add", "left")
        .module("mul", "right")
        .module("sub", "left")
        .build()
}

/// Without a project: hooks, directives, bitstream properties, a netlist, constraints of every kind, names that need quotes, a greybox.
fn non_project() -> Design {
    Builder::new("/demo", "xcku040-ffva1156-2-e")
        .partition("count", "u_count", "count", &["SLICE_X0Y0:SLICE_X9Y49"])
        .partition("shift", "core[0].u shift", "shift", &["SLICE_X20Y0:SLICE_X29Y49"])
        .module("up", "count")
        .module_with(
            "down",
            Module {
                partition: "count".into(),
                sources: vec!["rtl/down a.v".into(), "rtl/b.sv".into()],
                constraints: vec!["xdc/down_ooc.xdc".into(), "xdc/down.tcl".into()],
                include_dirs: vec!["inc".into()],
                ..Module::default()
            },
        )
        .module_with(
            "left",
            Module { partition: "shift".into(), sources: vec!["dcp/left.dcp".into()], ..Module::default() },
        )
        .greybox("blank", "shift")
        .configuration("base", true, &[("count", "up"), ("shift", "left")])
        .configuration("second", false, &[("count", "down"), ("shift", "left")])
        .configuration("third", false, &[("count", "down"), ("shift", "blank")])
        .with(|spec| {
            spec.build.flow = Flow::NonProject;
            spec.project.board = Some("a.b:c:part0:1.0".into());
            spec.static_design.generics.insert("W".into(), "8".into());
            let b = &mut spec.build;
            b.implementation.directives.insert("place-design".into(), "ExtraNetDelay_high".into());
            b.implementation.directives.insert("post_route_phys_opt_design".into(), "Explore".into());
            b.hooks.insert("place_design.pre".into(), "hooks/before place.tcl".into());
            b.hooks.insert("write_bitstream.pre".into(), "hooks/bits.tcl".into());
            b.hooks.insert("module_synth_design.post".into(), "hooks/synth.tcl".into());
            b.bin_file = true;
            b.bitstream.insert("BITSTREAM.GENERAL.COMPRESS".into(), "TRUE".into());
        })
        .build()
}

/// Children put together from modules built on abstract shells; the rest in a project.
fn abstract_shells() -> Design {
    two_partitions_on("/demo", "xczu3eg-sbva484-1-e", |b| b.shell = ShellKind::Abstract)
}

/// The same without a project.
fn non_project_abstract() -> Design {
    two_partitions_on("/demo", "xczu3eg-sbva484-1-e", |b| {
        b.shell = ShellKind::Abstract;
        b.flow = Flow::NonProject;
    })
}

/// A greybox beside a module in the second configuration.
fn two_partitions_on(root: &str, part: &str, change: impl FnOnce(&mut Build)) -> Design {
    Builder::new(root, part)
        .partition("count", "u_count", "count", &["SLICE_X5Y65:SLICE_X12Y114"])
        .partition("shift", "u_shift", "shift", &["SLICE_X17Y65:SLICE_X24Y114"])
        .module("up", "count")
        .module("down", "count")
        .module("left", "shift")
        .greybox("blank", "shift")
        .configuration("base", true, &[("count", "up"), ("shift", "left")])
        .configuration("second", false, &[("count", "down"), ("shift", "left")])
        .configuration("third", false, &[("count", "up"), ("shift", "blank")])
        .with(|spec| change(&mut spec.build))
        .build()
}

fn designs() -> Vec<(&'static str, Design)> {
    vec![
        ("one-partition", one_partition("/demo")),
        ("two-partitions", two_partitions("/demo")),
        ("options", options()),
        ("weird-names", weird()),
        ("shared-module", shared_module()),
        ("non-project", non_project()),
        ("abstract-shells", abstract_shells()),
        ("non-project-abstract", non_project_abstract()),
    ]
}

/// Every script of a plan, by the file name it is kept under: all Vivado steps on their own, all runs as one wave, and the generated files.
fn scripts(design: &Design) -> Vec<(String, String)> {
    let layout = Layout::of(design);
    let plan = plan(design, &layout, &tool());
    let mut out = Vec::new();
    for step in plan.steps.iter().filter(|s| s.kind.needs_vivado()) {
        out.push((format!("{}.tcl", step.id.file_name()), script(design, &plan, &layout, &[step]).unwrap()));
    }
    let wave: Vec<&Step> =
        plan.steps.iter().filter(|s| s.kind.run().is_some() && !layout.is_scripted(&s.kind)).collect();
    if !wave.is_empty() {
        out.push(("all-runs.tcl".into(), script(design, &plan, &layout, &wave).unwrap()));
    }
    for file in generated(design, &layout).unwrap() {
        out.push((file.path.file_name().unwrap().to_owned(), file.text));
    }
    out
}

#[test]
fn scripts_are_as_expected() {
    let expected = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/expected/tcl");
    for (name, design) in designs() {
        for (file, text) in scripts(&design) {
            // The prelude and the procedures are the same everywhere: one copy is kept, of one script of each kind.
            let path = expected.join(name).join(&file);
            let whole =
                name == "one-partition" || (name == "non-project-abstract" && file == "impl-base.tcl");
            let body = if whole { text } else { main_of(&text) };
            assert_data_eq!(body, Data::read_from(path.as_std_path(), None).raw());
        }
    }
}

/// A script without its procedures: from the values of the prelude on, then from the main part.
fn main_of(text: &str) -> String {
    let mut out = String::new();
    let mut in_proc = false;
    for line in text.lines() {
        if line.starts_with("proc ") {
            in_proc = true;
        }
        if !in_proc {
            out.push_str(line);
            out.push('\n');
        }
        if line == "}" {
            in_proc = false;
        }
    }
    out
}

/// Writes all scripts of a design into a directory.
fn written(dir: &Utf8Path, name: &str, design: &Design) -> Vec<Utf8PathBuf> {
    let write = |(file, text): (String, String)| {
        let path = dir.join(name).join(file);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(&path, text).unwrap();
        path
    };
    scripts(design).into_iter().map(write).collect()
}

fn tclsh(program: &str, args: &[&str]) -> Option<std::process::Output> {
    tclsh_in("C.UTF-8", program, args)
}

fn tclsh_in(locale: &str, program: &str, args: &[&str]) -> Option<std::process::Output> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("program.tcl");
    fs_err::write(&path, program).unwrap();
    let Ok(output) = Command::new("tclsh").arg(&path).args(args).env("LC_ALL", locale).output() else {
        eprintln!("SKIPPED: no tclsh on PATH");
        return None;
    };
    Some(output)
}

fn utf8_dir(dir: &tempfile::TempDir) -> &Utf8Path {
    Utf8Path::from_path(dir.path()).unwrap()
}

#[test]
fn every_script_is_complete() {
    let dir = tempfile::tempdir().unwrap();
    let files: Vec<Utf8PathBuf> =
        designs().iter().flat_map(|(name, design)| written(utf8_dir(&dir), name, design)).collect();
    assert!(files.len() > 30, "{}", files.len());
    let args: Vec<&str> = files.iter().map(|f| f.as_str()).collect();
    if let Some(output) = tclsh(include_str!("testdata/complete.tcl"), &args) {
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

/// The scripts are run, with Vivado's commands recorded: what Vivado would be told on a fresh project, word for word.
#[test]
fn vivado_is_told_what_is_expected() {
    let dir = tempfile::tempdir().unwrap();
    let expected = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/expected/tcl");
    for (name, design) in designs() {
        for path in written(utf8_dir(&dir), name, &design) {
            let stem = path.file_stem().unwrap();
            if !["project", "all-runs", "pblocks", "bitstream"].contains(&stem) {
                continue;
            }
            let Some(output) = tclsh(include_str!("testdata/record.tcl"), &[path.as_str(), "nonce-1"]) else {
                return;
            };
            let said = String::from_utf8(output.stdout).unwrap();
            assert!(
                output.status.success(),
                "{name}/{stem}: {said}\n{}",
                String::from_utf8_lossy(&output.stderr)
            );
            if stem == "project" || stem == "all-runs" {
                assert!(said.ends_with(" nonce-1\nexit 0\n"), "{said}");
            }
            let path = expected.join(name).join(format!("{stem}.calls"));
            assert_data_eq!(said, Data::read_from(path.as_std_path(), None).raw());
        }
    }
}

/// The hook is plain Tcl: it is run as it is.
#[test]
fn the_golden_hook_puts_checked_files_and_refuses_others() {
    let dir = tempfile::tempdir().unwrap();
    let root = utf8_dir(&dir);
    let archive = root.join("ar [chive]");
    fs_err::create_dir_all(&archive).unwrap();
    fs_err::create_dir_all(root.join("runs/impl_1")).unwrap();
    fs_err::create_dir_all(root.join("runs/child_0_impl_1")).unwrap();
    fs_err::write(archive.join("bb$.dcp"), b"golden").unwrap();
    fs_err::write(root.join("runs/impl_1/top_routed_bb.dcp"), b"another static").unwrap();
    let design = one_partition(root);
    let file = |size, hash: &[u8]| GoldenFile {
        from: archive.join("bb$.dcp"),
        to: "../impl_1/top_routed_bb.dcp".into(),
        size,
        sha256: crate::hash::sha256(hash),
    };
    let run = |golden: &GoldenCopy| {
        let hook = pre_init_hook(&design, golden).unwrap();
        let path = root.join("hook.tcl");
        fs_err::write(&path, hook).unwrap();
        Command::new("tclsh")
            .arg(&path)
            .current_dir(root.join("runs/child_0_impl_1"))
            .env("LC_ALL", "C")
            .output()
    };
    let placed = || fs_err::read_to_string(root.join("runs/impl_1/top_routed_bb.dcp")).unwrap();
    let Ok(wrong_size) = run(&GoldenCopy { files: vec![file(7, b"golden")], then: Vec::new() }) else {
        eprintln!("SKIPPED: no tclsh on PATH");
        return;
    };
    assert!(!wrong_size.status.success());
    assert!(String::from_utf8_lossy(&wrong_size.stderr).contains("has 6 bytes, the archive says 7"));
    let wrong_hash = run(&GoldenCopy { files: vec![file(6, b"other")], then: Vec::new() }).unwrap();
    assert!(!wrong_hash.status.success());
    assert!(String::from_utf8_lossy(&wrong_hash.stderr).contains("the archive says"));
    assert_eq!(placed(), "another static");
    let good = run(&GoldenCopy { files: vec![file(6, b"golden")], then: Vec::new() }).unwrap();
    assert!(good.status.success(), "{}", String::from_utf8_lossy(&good.stderr));
    assert_eq!(placed(), "golden");
    assert!(String::from_utf8_lossy(&good.stdout).starts_with("dfxkit:: golden top_routed_bb.dcp "));
    assert_eq!(fs_err::read_dir(root.join("runs/impl_1")).unwrap().count(), 1, "no temporary file stays");
}

#[test]
fn nul_and_broken_templates_are_refused_by_name() {
    let mut design = one_partition("/demo");
    design.spec.static_design.defines.insert("A".into(), "x\0y".into());
    let layout = Layout::of(&design);
    let plan = plan(&design, &layout, &tool());
    let steps = [plan.step("project").unwrap()];
    let error = script(&design, &plan, &layout, &steps).unwrap_err();
    assert!(matches!(&error, TclError::Nul { what } if what.contains("defines")), "{error}");

    let dir = tempfile::tempdir().unwrap();
    let root = utf8_dir(&dir);
    let own = root.join("templates/project/verify.tcl.tera");
    fs_err::create_dir_all(own.parent().unwrap()).unwrap();
    let design = one_partition(root);
    let layout = Layout::of(&design);
    let plan = crate::plan::project::plan(&design, &layout, &tool());
    let steps = [plan.step("verify:child_1").unwrap()];
    // The user's own is used, with our quoting.
    fs_err::write(&own, "puts {{ verdict }}\nputs {{ header.project }}\n").unwrap();
    let text = script(&design, &plan, &layout, &steps).unwrap();
    assert_eq!(text, format!("puts {}\nputs demo\n", quote::word(layout.verdict(&steps[0].id).as_str())));
    // What is not there is an error that names the template.
    fs_err::write(&own, "puts {{ no_such_value }}\n").unwrap();
    let error = script(&design, &plan, &layout, &steps).unwrap_err();
    assert!(error.to_string().contains("verify.tcl.tera"), "{error}");
    fs_err::write(&own, "puts {{ verdict \n").unwrap();
    let error = script(&design, &plan, &layout, &steps).unwrap_err();
    assert!(matches!(&error, TclError::Template { template, .. } if template.contains("verify")), "{error}");
}

/// Where Tcl takes bytes for characters, Vivado's commands would be handed other names than Tcl's own.
#[test]
fn names_beyond_ascii_are_refused_in_a_locale_without_utf8() {
    let dir = tempfile::tempdir().unwrap();
    let files = written(utf8_dir(&dir), "weird-names", &weird());
    let project = files.iter().find(|f| f.file_stem() == Some("project")).unwrap();
    let Some(output) = tclsh_in("C", include_str!("testdata/record.tcl"), &[project.as_str()]) else {
        return;
    };
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("ERROR: [dfxkit 1-1] project: paths hold characters beyond ASCII"), "{said}");
    assert!(!said.contains("create_project"), "{said}");
    // Plain names do not care.
    let files = written(utf8_dir(&dir), "one", &one_partition("/demo"));
    let project = files.iter().find(|f| f.file_stem() == Some("project")).unwrap();
    let output = tclsh_in("C", include_str!("testdata/record.tcl"), &[project.as_str()]).unwrap();
    assert!(output.status.success());
}

#[test]
fn steps_that_share_no_script_are_refused() {
    let design = one_partition("/demo");
    let layout = Layout::of(&design);
    let plan = plan(&design, &layout, &tool());
    let all: Vec<&Step> = plan.steps.iter().collect();
    assert!(matches!(script(&design, &plan, &layout, &all), Err(TclError::Mixed { .. })));
    assert!(matches!(script(&design, &plan, &layout, &[]), Err(TclError::Mixed { .. })));
}
