// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Scripts against their expected texts (`tests/expected/tcl`; `SNAPSHOTS=overwrite` renews them), and through a real Tcl.

use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};
use snapbox::{Data, assert_data_eq};

use super::*;
use crate::design::testing::{Builder, one_partition, two_partitions};
use crate::plan::project::{ToolKey, plan};
use crate::spec::model::{Module, RunOptions};

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

fn designs() -> Vec<(&'static str, Design)> {
    vec![
        ("one-partition", one_partition("/demo")),
        ("two-partitions", two_partitions("/demo")),
        ("options", options()),
        ("weird-names", weird()),
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
    let wave: Vec<&Step> = plan.steps.iter().filter(|s| s.kind.run().is_some()).collect();
    out.push(("all-runs.tcl".into(), script(design, &plan, &layout, &wave).unwrap()));
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
            let body = if name == "one-partition" { text } else { main_of(&text) };
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
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("program.tcl");
    fs_err::write(&path, program).unwrap();
    let Ok(output) = Command::new("tclsh").arg(&path).args(args).env("LC_ALL", "C").output() else {
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
