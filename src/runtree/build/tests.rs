// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! A build in which every planned output is there, and what is said when one is not.

use super::*;
use crate::artifacts::NeededFor;
use crate::design::testing::Builder;
use crate::gates::{Verdict, judge};
use crate::plan::project::{ToolKey, plan};

struct Built {
    _dir: tempfile::TempDir,
    design: Design,
    plan: Plan,
    layout: Layout,
}

/// A build in which every planned output is there, with its own name as content.
fn built() -> Built {
    let dir = tempfile::tempdir().unwrap();
    let root = Utf8PathBuf::from_path_buf(dir.path().canonicalize().unwrap()).unwrap();
    let design = Builder::new(&root, "xc7z020clg400-1")
        .partition("conv", "system_i/conv", "conv_rp", &["SLICE_X50Y50:SLICE_X57Y99"])
        .module("conv-8bit", "conv")
        .module("conv-16bit", "conv")
        .greybox("blank", "conv")
        .configuration("base", true, &[("conv", "conv-8bit")])
        .configuration("second", false, &[("conv", "conv-16bit")])
        .configuration("empty", false, &[("conv", "blank")])
        .build();
    for file in design.all_files() {
        fs_err::create_dir_all(file.path.parent().unwrap()).unwrap();
        fs_err::write(&file.path, file.name.as_str()).unwrap();
    }
    let layout = Layout::of(&design);
    let tool = ToolKey { release: "2024.2".into(), build: Some("1".into()), simulated: true };
    let plan = plan(&design, &layout, &tool);
    for step in &plan.steps {
        let dir = step.kind.run().map(|r| layout.run(r));
        if let Some(dir) = &dir {
            fs_err::create_dir_all(dir).unwrap();
            for stamp in ["init_design", "place_design", "route_design", "write_bitstream"] {
                fs_err::write(dir.join(format!(".{stamp}.begin.rst")), "").unwrap();
            }
            fs_err::write(dir.join("runme.log"), "a log").unwrap();
        }
        for output in &step.outputs {
            let path = layout.build().join(&output.path);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(&path, output.path.as_str()).unwrap();
        }
    }
    Built { _dir: dir, design, plan, layout }
}

fn read(b: &Built) -> Artifacts {
    let tool = ToolIdentity { release: "2024.2".into(), build: Some("1".into()), simulated: true };
    read_build(&b.design, &b.plan, &b.layout, &tool).unwrap()
}

#[test]
fn everything_that_the_plan_promises_is_found() {
    let b = built();
    let a = read(&b);
    let needed: Vec<_> = a.missing.iter().filter(|m| m.needed_for != NeededFor::Convenience).collect();
    assert!(needed.is_empty(), "{needed:?}");
    assert_eq!(a.static_set.run, "impl_1");
    assert!(
        a.static_set.full_bit.is_some()
            && a.static_set.routed_dcp.is_some()
            && a.static_set.blackbox_dcp.is_some()
    );
    let names: Vec<_> =
        a.modules.iter().map(|m| (m.name.as_str(), m.vivado_name.as_str(), m.greybox)).collect();
    assert_eq!(
        names,
        [("conv-8bit", "conv_8bit", false), ("conv-16bit", "conv_16bit", false), ("blank", "greybox", true)]
    );
    assert_eq!(a.modules[2].partial_bit.as_ref().unwrap().name(), "system_i_conv_greybox_partial.bit");
    assert_eq!(a.modules[2].routed_dcp.as_ref().unwrap().name(), "system_i_conv_routed.dcp");
    // The verdict of the verify step, not the run's own.
    let second = a.configurations.iter().find(|c| c.name == "second").unwrap();
    assert_eq!(second.pr_verify.as_ref().unwrap().name(), "pr_verify.log");
    assert_eq!(second.reports.len(), 4);
    assert_eq!(a.logs.len(), 6, "three implementations, the static, two modules");
    assert!(a.sources.iter().any(|(name, _)| name == "rtl/conv-8bit.v"));
}

#[test]
fn missing_and_left_over_files_are_refused() {
    let b = built();
    let gates = crate::spec::model::Gates::default();
    let outputs = |b: &Built, run: &str| {
        let report = judge(&read(b), &gates);
        report.results.into_iter().find(|r| r.gate == "outputs" && r.subject == run).unwrap()
    };
    assert_eq!(outputs(&b, "impl_1").verdict, Verdict::Passed);
    // Bytes that are no bitstream do not pass the identity gate, whatever their names.
    let report = judge(&read(&b), &gates);
    assert!(report.results.iter().any(|r| r.gate == "identity" && r.verdict == Verdict::Refused));

    let partial = b.layout.run("child_0_impl_1").join("system_i_conv_conv_16bit_partial.bit");
    let old = std::time::SystemTime::now() - std::time::Duration::from_hours(1);
    fs_err::OpenOptions::new().write(true).open(&partial).unwrap().set_modified(old).unwrap();
    let result = outputs(&b, "child_0_impl_1");
    assert_eq!(result.verdict, Verdict::Refused);
    assert!(result.actual.contains("older than .write_bitstream.begin.rst"), "{}", result.actual);
    fs_err::remove_file(&partial).unwrap();
    fs_err::remove_file(b.layout.run("child_0_impl_1").join("top_drc_routed.rpt")).unwrap();
    assert_eq!(read(&b).missing.len(), 1, "an optional output is not missed");
    let result = outputs(&b, "child_0_impl_1");
    assert!(result.actual.contains("system_i_conv_conv_16bit_partial.bit is missing"), "{}", result.actual);
}

#[test]
fn gates_that_are_off_say_so_and_are_unknown() {
    let b = built();
    let gates = crate::spec::model::Gates { timing: false, ..crate::spec::model::Gates::default() };
    let report = judge(&read(&b), &gates);
    let timing: Vec<_> = report.results.iter().filter(|r| r.gate == "timing").collect();
    assert_eq!(timing.len(), 1);
    assert_eq!((timing[0].verdict, timing[0].off), (Verdict::Unknown, true));
    assert!(timing[0].actual.contains("timing = false"), "{}", timing[0].actual);
}
