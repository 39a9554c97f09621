// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! A real tree with something wrong in it: every fault is found, and named.

use dfxkit::artifacts::Artifacts;
use dfxkit::gates::{GateReport, GateResult, Verdict};
use dfxkit::runtree::{self, AdoptOptions, RunTree, RunTreeError};
use dfxkit::spec::model::Gates;

use crate::support::{Bench, copy_tree, corpus};

/// A copy of the four-partition tree that can be damaged, without the files of other kinds.
fn copied() -> Option<(Bench, camino::Utf8PathBuf)> {
    let from = corpus()?.join("z020_bdc_4rp_project");
    let bench = Bench::new();
    let to = bench.path().join("project");
    copy_tree(&from, &to);
    for entry in walkdir::WalkDir::new(&to) {
        let path = entry.unwrap().into_path();
        let mut mode = fs_err::metadata(&path).unwrap().permissions();
        // The corpus is read-only, its copy must not be.
        std::os::unix::fs::PermissionsExt::set_mode(&mut mode, if path.is_dir() { 0o755 } else { 0o644 });
        fs_err::set_permissions(&path, mode).unwrap();
    }
    Some((bench, to.join("cv_dfx_4_pr.runs")))
}

fn judged(runs: &camino::Utf8Path) -> (Artifacts, GateReport) {
    let tree = RunTree::read(runs).unwrap();
    let artifacts = runtree::adopt(&tree, &AdoptOptions::default()).unwrap();
    let report = dfxkit::gates::judge(&artifacts, &Gates::default());
    (artifacts, report)
}

fn of<'r>(report: &'r GateReport, gate: &str, subject: &str) -> &'r GateResult {
    report
        .results
        .iter()
        .find(|r| r.gate == gate && r.subject == subject)
        .unwrap_or_else(|| panic!("{gate} {subject}: {report:#?}"))
}

#[test]
fn a_partial_of_another_module_is_refused_by_the_proof() {
    let Some((_bench, runs)) = copied() else { return };
    // Same partition, same size, same header but the time: only the frames tell.
    fs_err::copy(
        runs.join("impl_1/video_cp_i_composable_pr_join_composable_pr_join_subtract_partial.bit"),
        runs.join("child_0_impl_1/video_cp_i_composable_pr_join_composable_pr_join_absdiff_partial.bit"),
    )
    .unwrap();
    let (_, report) = judged(&runs);
    let proof = of(&report, "bit-proofs", "config_2");
    assert_eq!(proof.verdict, Verdict::Refused);
    assert!(
        proof.actual.contains("content of child_0_impl_1/video_cp_i_composable_pr_join"),
        "{}",
        proof.actual
    );
    assert_eq!(of(&report, "bit-proofs", "config_1").verdict, Verdict::Passed);
}

#[test]
fn files_that_are_not_what_they_should_be_are_refused() {
    let Some((_bench, runs)) = copied() else { return };
    let partial = |rm: &str| runs.join(format!("impl_1/video_cp_i_composable_pr_{rm}_partial.bit"));
    // Cut short, emptied, replaced by the full one; a report of another Vivado; a checkpoint that is none.
    let bytes = fs_err::read(partial("0_composable_pr_0_dilate_erode")).unwrap();
    fs_err::write(partial("0_composable_pr_0_dilate_erode"), &bytes[..bytes.len() / 2]).unwrap();
    fs_err::write(partial("1_composable_pr_1_dilate_erode"), "").unwrap();
    fs_err::copy(runs.join("impl_1/video_cp_wrapper.bit"), partial("fork_composable_pr_fork_duplicate"))
        .unwrap();
    let drc = runs.join("child_0_impl_1/video_cp_wrapper_drc_routed.rpt");
    let text = fs_err::read_to_string(&drc).unwrap().replace("v.2020.2.2", "v.2021.1");
    fs_err::write(&drc, text).unwrap();
    fs_err::write(
        runs.join("child_0_impl_1/video_cp_i_composable_pr_join_composable_pr_join_absdiff_routed.dcp"),
        "none",
    )
    .unwrap();
    let (_, report) = judged(&runs);
    let identity = |file: &str| {
        let r = of(&report, "identity", file);
        assert_eq!(r.verdict, Verdict::Refused);
        r.actual.clone()
    };
    assert!(
        identity("impl_1/video_cp_i_composable_pr_0_composable_pr_0_dilate_erode_partial.bit")
            .contains("cut short")
    );
    assert!(
        identity("impl_1/video_cp_i_composable_pr_fork_composable_pr_fork_duplicate_partial.bit")
            .contains("it is a full one")
    );
    assert!(identity("child_0_impl_1/video_cp_wrapper_drc_routed.rpt").contains("Vivado 2021.1"));
    assert!(
        identity("child_0_impl_1/video_cp_i_composable_pr_join_composable_pr_join_absdiff_routed.dcp")
            .contains("not a checkpoint")
    );
    let outputs = of(&report, "outputs", "impl_1");
    assert_eq!(
        (outputs.verdict, outputs.actual.contains("_1_dilate_erode_partial.bit is empty")),
        (Verdict::Refused, true),
        "{outputs:?}"
    );
}

#[test]
fn a_bitstream_that_belongs_to_nothing_is_named_and_not_taken() {
    let Some((_bench, runs)) = copied() else { return };
    let stray = runs.join("impl_1/pr_join_old_partial.bit");
    fs_err::copy(
        runs.join("impl_1/video_cp_i_composable_pr_join_composable_pr_join_subtract_partial.bit"),
        stray,
    )
    .unwrap();
    let (a, report) = judged(&runs);
    assert!(
        a.notes.iter().any(|n| n.contains("pr_join_old_partial.bit (partial, design video_cp_wrapper")),
        "{:?}",
        a.notes
    );
    assert_eq!(a.modules.len(), 8);
    assert_ne!(report.verdict, Verdict::Refused);
}

#[test]
fn a_verification_against_another_reference_is_refused() {
    let Some((_bench, runs)) = copied() else { return };
    let log = runs.join("child_0_impl_1/video_cp_wrapper.vdi");
    let text = fs_err::read_to_string(&log).unwrap();
    let (before, after) = text.split_once("Command: pr_verify").unwrap();
    let other = after.replacen("impl_1/video_cp_wrapper_routed.dcp", "impl_9/video_cp_wrapper_routed.dcp", 1);
    fs_err::write(&log, format!("{before}Command: pr_verify{other}")).unwrap();
    let tree = RunTree::read(&runs).unwrap();
    // By its verification the child has another parent now, which the project does not know: there are two statics.
    let error = runtree::adopt(&tree, &AdoptOptions::default()).unwrap_err();
    assert!(
        matches!(&error, RunTreeError::SeveralParents { runs } if *runs == ["impl_1", "impl_9"]),
        "{error}"
    );
    let options = AdoptOptions { parent: Some("impl_1".into()), ..AdoptOptions::default() };
    assert_eq!(runtree::adopt(&tree, &options).unwrap().configurations.len(), 1);
    // Vacuous: no static cell was compared.
    let vacuous = text.replace(
        "Number of static cells compared           = 67172",
        "Number of static cells compared           = 0",
    );
    assert_ne!(vacuous, text);
    fs_err::write(&log, vacuous).unwrap();
    let (_, report) = judged(&runs);
    let verified = of(&report, "pr-verify", "config_2");
    assert_eq!(
        (verified.verdict, verified.actual.contains("vacuous")),
        (Verdict::Refused, true),
        "{verified:?}"
    );
    // Cut out altogether: unknown, not passed.
    fs_err::write(&log, before).unwrap();
    let (a, report) = judged(&runs);
    assert_eq!(of(&report, "pr-verify", "config_2").verdict, Verdict::Unknown);
    assert!(a.missing.iter().any(|m| m.what == "child_0_impl_1_pr_verify.log"));
}

#[test]
fn a_tree_without_project_file_and_logs_is_read_as_far_as_it_goes() {
    let Some((_bench, runs)) = copied() else { return };
    fs_err::remove_file(runs.join("../cv_dfx_4_pr.xpr")).unwrap();
    // The logs still tell cells and modules.
    let (a, report) = judged(&runs);
    assert_eq!((a.partitions.len(), a.modules.len()), (4, 8));
    assert_eq!(a.configurations[0].name, "config_1", "gen_run.xml tells the configuration");
    assert_ne!(report.verdict, Verdict::Refused);
    for run in ["impl_1", "child_0_impl_1"] {
        fs_err::remove_file(runs.join(run).join("video_cp_wrapper.vdi")).unwrap();
    }
    let tree = RunTree::read(&runs).unwrap();
    let error = runtree::adopt(&tree, &AdoptOptions::default()).unwrap_err();
    assert!(matches!(error, RunTreeError::NoPartitions { .. }), "nothing tells the cells: {error}");
}

#[test]
fn a_child_without_full_bitstream_is_not_proven() {
    let Some((_bench, runs)) = copied() else { return };
    fs_err::remove_file(runs.join("child_0_impl_1/video_cp_wrapper.bit")).unwrap();
    let (_, report) = judged(&runs);
    let proof = of(&report, "bit-proofs", "config_2");
    assert_eq!(proof.verdict, Verdict::Unknown);
    assert!(
        proof.actual.contains("4 of 4 partials carry the routes of the parent's static"),
        "{}",
        proof.actual
    );
    // A partial whose frames were garbled does not count as one of this static.
    let partial =
        runs.join("child_0_impl_1/video_cp_i_composable_pr_join_composable_pr_join_absdiff_partial.bit");
    let mut bytes = fs_err::read(&partial).unwrap();
    let start = bytes.len() / 8;
    for byte in bytes[start..start * 3].iter_mut().filter(|b| **b != 0) {
        *byte = byte.rotate_left(3);
    }
    fs_err::write(&partial, bytes).unwrap();
    let (_, report) = judged(&runs);
    let proof = of(&report, "bit-proofs", "config_2");
    assert_ne!(proof.verdict, Verdict::Passed);
    assert!(!proof.actual.contains("4 of 4"), "{}", proof.actual);
}

#[test]
fn a_flipped_bit_in_a_partial_is_refused_by_its_crc() {
    let Some((_bench, runs)) = copied() else { return };
    let name = "child_0_impl_1/video_cp_i_composable_pr_0_composable_pr_0_fast_fifo_partial.bit";
    let mut bytes = fs_err::read(runs.join(name)).unwrap();
    bytes[400_000] ^= 0x10;
    fs_err::write(runs.join(name), bytes).unwrap();
    let (_, report) = judged(&runs);
    assert_eq!(report.verdict, Verdict::Refused);
    let identity = report.results.iter().find(|r| r.gate == "identity").unwrap();
    assert_eq!(identity.verdict, Verdict::Refused);
    assert!(identity.subject.ends_with("fast_fifo_partial.bit"), "{identity:?}");
    assert!(identity.actual.contains("CRC"), "{identity:?}");
}
