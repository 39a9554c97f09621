// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The readers of Vivado's reports and logs against real ones, and against arbitrary text.

use dfxkit::gates::log::{Outcome, Severity};
use dfxkit::gates::timing_summary::{Nanoseconds, Sentence};
use dfxkit::gates::{Verdict, drc, header, log, pr_verify, route_status, timing_summary, utilisation};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use crate::support::corpus;

/// A file of the corpus; none (said on stderr) without the corpus.
fn real(path: &str) -> Option<String> {
    let file = corpus()?.join(path);
    Some(String::from_utf8_lossy(&fs_err::read(file).expect("the corpus is complete")).into_owned())
}

const CFU: &str = "dfx_logs_2024_2/CFU_Playground/runs/child_0_impl_2";
const UART: &str = "dfx_logs_2024_2/UART_CALCI/dfx_playground/dfx_playground.runs";
const Z020: &str = "z020_bdc_4rp_project/cv_dfx_4_pr.runs";
const KU040: &str = "ku040_clear/Implement/Config_shift_right_count_up_implement/reports";

#[test]
fn timing_that_is_met() {
    let Some(text) = real(&format!("{UART}/impl_1/top_timing_summary_routed.rpt")) else { return };
    let t = timing_summary::read(&text).unwrap();
    assert_eq!(t.setup.worst, Nanoseconds::parse("2.136"));
    assert_eq!(t.setup.endpoints, Some(57));
    assert_eq!(t.hold.worst, Nanoseconds::parse("0.251"));
    assert_eq!(t.pulse_width.worst, Nanoseconds::parse("2.000"));
    assert_eq!(t.pulse_width.endpoints, Some(54));
    assert_eq!(t.sentence, Sentence::Met);
    assert_eq!(t.unclocked, Some(4));
    assert!(!t.violated());
    assert_eq!(t.header.release.as_deref(), Some("2024.2"));
    assert_eq!(t.header.build.as_deref(), Some("5239630"));
    assert_eq!(t.header.device.as_deref(), Some("7a100t-csg324"));
    assert_eq!(t.header.state.as_deref(), Some("Routed"));
}

#[test]
fn timing_that_is_not_met() {
    let Some(text) = real("rpt_tapasco/report-examples/correct-timing.rpt") else { return };
    let t = timing_summary::read(&text).unwrap();
    assert_eq!(t.setup.worst, Nanoseconds::parse("-5.703"));
    assert_eq!(t.setup.total, Nanoseconds::parse("-879452.562"));
    assert_eq!((t.setup.failing, t.setup.endpoints), (Some(388_664), Some(549_923)));
    assert_eq!(t.sentence, Sentence::NotMet);
    assert!(t.violated());
    assert_eq!(t.header.release.as_deref(), Some("2015.2"));
    // The same report without its summary is no evidence.
    let cut = real("rpt_tapasco/report-examples/invalid-timing1.rpt").unwrap();
    assert_eq!(timing_summary::read(&cut), Err(timing_summary::TimingError::NoSummary));
    let ku040 = timing_summary::read(&real(&format!("{KU040}/top_timing_summary.rpt")).unwrap()).unwrap();
    assert_eq!(ku040.setup.worst, Nanoseconds::parse("8.316"));
    assert_eq!(ku040.header.release.as_deref(), Some("2022.2"));
}

#[test]
fn route_statuses() {
    for (path, logical, routable) in [
        (format!("{CFU}/top_tut_route_status.rpt"), 14_083, 9_038),
        (format!("{UART}/impl_1/top_route_status.rpt"), 144, 79),
        (format!("{Z020}/child_0_impl_1/video_cp_wrapper_route_status.rpt"), 118_513, 70_287),
        (format!("{Z020}/impl_1/video_cp_wrapper_route_status.rpt"), 114_368, 68_388),
    ] {
        let Some(text) = real(&path) else { return };
        let r = route_status::read(&text).unwrap();
        assert_eq!(
            (r.logical, r.routable, r.fully_routed),
            (Some(logical), Some(routable), Some(routable)),
            "{path}"
        );
        assert!(r.complete());
    }
}

#[test]
fn utilisation_in_both_column_sets() {
    let Some(text) = real(&format!("{CFU}/top_tut_utilization_placed.rpt")) else { return };
    let new = utilisation::read(&text);
    let luts = new.site("Slice LUTs").unwrap();
    assert!(luts.prohibited.is_some() && luts.used > 0.0, "{luts:?}");
    assert!(new.totals().iter().all(|(_, u)| u.is_some()), "{:?}", new.totals());
    let old = utilisation::read(&real("rpt_tapasco/report-examples/correct-util1.rpt").unwrap());
    let luts = old.site("Slice LUTs").unwrap();
    assert_eq!((luts.used, luts.available, luts.prohibited), (557.0, Some(433_200.0), None));
    assert_eq!(luts.section, "Slice Logic");
    let ku = utilisation::read(&real(&format!("{KU040}/top_utilization_route_design.rpt")).unwrap());
    assert_eq!(ku.totals()[0].1.map(|u| (u.used, u.prohibited)), Some((10.0, Some(56.0))));
}

#[test]
fn drc_in_both_words() {
    let Some(text) = real(&format!("{CFU}/top_tut_drc_routed.rpt")) else { return };
    let checks = drc::read(&text).unwrap();
    assert_eq!((checks.found, checks.rules.len()), (38, 9));
    assert_eq!(checks.ruledeck.as_deref(), Some("default"));
    let violations = drc::read(&real(&format!("{KU040}/top_drc_bitstream_checks.rpt")).unwrap()).unwrap();
    assert_eq!((violations.found, violations.rules[0].rule.as_str()), (1, "REQP-1766"));
    assert_eq!(drc::read(&real(&format!("{UART}/impl_1/top_drc_routed.rpt")).unwrap()).unwrap().found, 0);
    let methodology =
        drc::read(&real(&format!("{UART}/impl_1/top_methodology_drc_routed.rpt")).unwrap()).unwrap();
    assert_eq!(methodology.rules[0].severity, Severity::CriticalWarning);
    for run in ["impl_1", "child_0_impl_1"] {
        let z020 =
            drc::read(&real(&format!("{Z020}/{run}/video_cp_wrapper_drc_routed.rpt")).unwrap()).unwrap();
        assert!(z020.rules.iter().any(|r| r.rule == "AVAL-46" && r.severity == Severity::CriticalWarning));
        assert_eq!(z020.header.release.as_deref(), Some("2020.2.2"));
    }
    let cut: String = text.lines().take(30).collect::<Vec<_>>().join("\n");
    assert!(matches!(drc::read(&cut), Err(drc::DrcError::Sum { found: 38, .. })));
}

#[test]
fn pr_verify_of_real_children() {
    let Some(file) = real(&format!("{CFU}/child_0_impl_2_pr_verify.log")) else { return };
    let found = pr_verify::read(&file);
    assert_eq!(found.len(), 1);
    let (a, b) = &found[0].summaries[0];
    assert_eq!(
        (a.tiles, a.sites, a.cells, a.nodes, a.pips),
        (Some(204), Some(1_995), Some(12_270), Some(118_414), Some(108_508))
    );
    assert_eq!((a.modules, a.pins, b.pips), (Some(1), Some(6), Some(108_508)));
    assert!(found[0].full_check);
    assert!(found[0].initial.as_deref().unwrap().ends_with("impl_2/top_tut_routed.dcp"));
    assert_eq!(found[0].judge().0, Verdict::Passed);
    // The same in the log of the run.
    let log = pr_verify::read(&real(&format!("{CFU}/top_tut.vdi")).unwrap());
    assert_eq!(log.len(), 1);
    assert_eq!(log[0].summaries, found[0].summaries);
    let z020 = pr_verify::read(&real(&format!("{Z020}/child_0_impl_1/video_cp_wrapper.vdi")).unwrap());
    assert_eq!((z020[0].summaries[0].0.pins, z020[0].summaries[0].0.tiles), (Some(977), Some(7_729)));
    assert_eq!(z020[0].judge().0, Verdict::Passed);
    assert!(pr_verify::read(&real(&format!("{Z020}/impl_1/video_cp_wrapper.vdi")).unwrap()).is_empty());
    let ku040 = pr_verify::read(&real("ku040_clear/pr_verify_results.log").unwrap());
    assert_eq!(ku040.len(), 1);
    assert_eq!(
        ku040[0].judge(),
        (
            Verdict::Passed,
            "compatible: 2 modules, 24 pins; static 6355 tiles, 19 sites, 56 cells, 936 nodes, 863 pips"
                .into()
        )
    );
}

/// A success of two comparisons, figures as measured.
fn verified(additional: &str, blocks: usize) -> String {
    let block = "INFO: [Constraints 18-1020] PR Verify Summary:
DCP1: impl_1/top_routed.dcp
  Number of reconfigurable modules compared = 1
  Number of partition pins compared         = 6
  Number of static tiles compared           = 204
  Number of static sites compared           = 1995
  Number of static cells compared           = 12270
  Number of static routed nodes compared    = 118414
  Number of static routed pips compared     = 108508

DCP2: child/top_routed.dcp
  Number of reconfigurable modules compared = 1
  Number of partition pins compared         = 6
  Number of static tiles compared           = 204
  Number of static sites compared           = 1995
  Number of static cells compared           = 12270
  Number of static routed nodes compared    = 118414
  Number of static routed pips compared     = 108508
INFO: [Vivado 12-3253] PR_VERIFY: check points impl_1/top_routed.dcp and child/top_routed.dcp are compatible
";
    format!(
        "Command: pr_verify -full_check -initial impl_1/top_routed.dcp -additional {additional}\n{}",
        block.repeat(blocks)
    )
}

#[test]
fn vacuous_and_incomplete_verifications_do_not_pass() {
    let judge = |text: &str| pr_verify::read(text)[0].judge();
    let good = verified("child/top_routed.dcp", 1);
    assert_eq!(judge(&good).0, Verdict::Passed);
    assert_eq!(judge(&verified("{a.dcp b.dcp}", 2)).0, Verdict::Passed);
    // One of two additional checkpoints is not reported.
    let (verdict, why) = judge(&verified("{a.dcp b.dcp}", 1));
    assert_eq!((verdict, why.contains("1 of 2")), (Verdict::Unknown, true), "{why}");
    // Zero counts on both sides.
    for (name, value) in [
        ("static tiles compared           ", "204"),
        ("static cells compared           ", "12270"),
        ("static routed pips compared     ", "108508"),
        ("reconfigurable modules compared ", "1\n"),
    ] {
        let zero = good.replace(
            &format!("{name}= {value}"),
            &format!("{name}= 0{}", if value.ends_with('\n') { "\n" } else { "" }),
        );
        assert_ne!(zero, good, "{name}");
        let (verdict, why) = judge(&zero);
        assert_eq!((verdict, why.contains("vacuous")), (Verdict::Refused, true), "{name}: {why}");
    }
    // Zero partition pins on both sides are normal on some designs; on one side they are not.
    assert_eq!(
        judge(&good.replace("pins compared         = 6", "pins compared         = 0")).0,
        Verdict::Passed
    );
    assert_eq!(
        judge(&good.replacen("pins compared         = 6", "pins compared         = 0", 1)).0,
        Verdict::Refused
    );
    // A full static against an abstract shell: unequal.
    let (verdict, why) = judge(&good.replacen("= 12270", "= 270", 1));
    assert_eq!(
        (verdict, why.contains("unequal number of static cells: 270")),
        (Verdict::Refused, true),
        "{why}"
    );
    // The sentence without counts, and counts without the sentence.
    let sentence_only = format!("{}\n{}", good.lines().next().unwrap(), good.lines().last().unwrap());
    assert_eq!(judge(&sentence_only).0, Verdict::Unknown);
    assert_eq!(judge(good.split("INFO: [Vivado 12-3253]").next().unwrap()).0, Verdict::Unknown);
    assert_eq!(
        judge(&good.replace("  Number of static sites compared           = 1995\n", "")).0,
        Verdict::Unknown
    );
    // Real texts of failures.
    let moved = "ERROR: [Constraints 18-891] HDPRVerify-08: design check point A places instance X at site SLICE_X118Y125, yet design check point B does not. Both check point must have the same static placement result\n";
    let incompatible = "ERROR: [Vivado 12-3515] PR_VERIFY: check points A and B are not compatible\n";
    let (verdict, why) =
        judge(&format!("{}{moved}{incompatible}", good.split("INFO: [Vivado 12-3253]").next().unwrap()));
    assert_eq!((verdict, why.contains("HDPRVerify-08")), (Verdict::Refused, true), "{why}");
    // An error beside a success sentence still refuses.
    assert_eq!(judge(&format!("{good}{incompatible}")).0, Verdict::Refused);
}

#[test]
fn a_real_run_log() {
    let Some(text) = real(&format!("{CFU}/runme.log")) else { return };
    let l = log::read(&text);
    assert_eq!(
        (l.release.as_deref(), l.build.as_deref(), l.simulated),
        (Some("2024.2"), Some("5239630"), false)
    );
    assert_eq!(l.of(Severity::Error).count(), 0);
    assert_eq!(l.with_id("Timing 38-282").count(), 1);
    assert_eq!(l.estimate.as_deref(), Some("WNS=-3.624 | TNS=-572.658| WHS=0.054  | THS=0.000"));
    assert_eq!(l.verdict().0, Verdict::Refused, "timing failed");
    let place = l.steps.iter().find(|s| s.name == "place_design").unwrap();
    assert_eq!((place.outcome, place.elapsed_ms.is_some()), (Outcome::Completed, true));
    assert!(l.licences.iter().any(|x| x.granted && x.feature == "Implementation" && x.device == "xc7a35ti"));
    assert_eq!(l.cell_checkpoints[0].cell, "inst_count");
    assert_eq!(l.bitstreams_written, ["top_tut.bit", "inst_count_count_down_partial.bit"]);
    let link = l.commands_named("link_design").next().unwrap();
    assert_eq!(link.words().last().unwrap(), "inst_count");
    let uart = log::read(&real(&format!("{UART}/impl_1/runme.log")).unwrap());
    assert_eq!(uart.verdict().0, Verdict::Passed, "{:?}", uart.verdict());
    let z020 = log::read(&real(&format!("{Z020}/impl_1/video_cp_wrapper.vdi")).unwrap());
    assert!(z020.estimate.as_deref().unwrap().starts_with("WNS=0.066 "), "{:?}", z020.estimate);
    assert_eq!(z020.disabled, [("Project 1-454".to_owned(), 122)]);
    assert_eq!(
        z020.of(Severity::CriticalWarning).map(|m| m.id.as_str()).collect::<Vec<_>>(),
        ["DRC AVAL-46"]
    );
    assert_eq!(z020.verdict().0, Verdict::Passed);
    // What Vivado itself counts at the end of the child's log.
    let child = log::read(&real(&format!("{Z020}/child_0_impl_1/video_cp_wrapper.vdi")).unwrap());
    assert_eq!(child.with_id("Vivado 12-1842").count(), 5);
}

#[test]
fn failing_logs_are_judged_failed() {
    let Some(text) = real("failing_logs/proj.runs/impl_1/runme.log") else { return };
    let l = log::read(&text);
    let (verdict, why) = l.verdict();
    assert_eq!(verdict, Verdict::Refused);
    assert!(why.contains("[DRC 23-20] Rule violation (NSTD-1)"), "{why}");
    assert_eq!(l.release.as_deref(), Some("2015.3"));
    assert_eq!(l.of(Severity::Error).count(), 4);
    let l = log::read(&real("failing_logs/vivado.log").unwrap());
    let (verdict, why) = l.verdict();
    assert_eq!(verdict, Verdict::Refused);
    assert!(why.starts_with("line 1593: ERROR: [DRC INBB-3]"), "{why}");
    assert_eq!(l.steps.iter().filter(|s| s.name == "opt_design" && s.outcome == Outcome::Failed).count(), 2);
    // A pr_verify that never ran: its checkpoint does not exist.
    let verifications = pr_verify::read(&real("failing_logs/vivado.log").unwrap());
    assert!(verifications.iter().any(|v| v.errors.iter().any(|e| e.id == "Runs 36-527")));
    assert!(verifications.iter().filter(|v| !v.errors.is_empty()).all(|v| v.judge().0 == Verdict::Refused));
}

#[test]
fn every_report_and_log_of_the_corpus_can_be_read() {
    let Some(corpus) = corpus() else { return };
    let mut read = 0;
    for entry in walkdir::WalkDir::new(&corpus) {
        let entry = entry.unwrap();
        let Some(extension) = entry.path().extension().and_then(|e| e.to_str()) else { continue };
        if !matches!(extension, "rpt" | "log" | "vdi" | "vds") {
            continue;
        }
        let text = String::from_utf8_lossy(&fs_err::read(entry.path()).unwrap()).into_owned();
        everything(&text);
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.contains("route_status") {
            assert!(route_status::read(&text).is_ok(), "{name}");
        }
        if name.contains("utilization") && !name.contains("clock_utilization") {
            assert!(!utilisation::read(&text).rows.is_empty(), "{name}");
        }
        if name.contains("_drc") {
            assert!(drc::read(&text).is_ok(), "{name}: {:?}", drc::read(&text));
        }
        if extension == "rpt"
            && !name.contains("route_status")
            && !name.contains("synth1")
            && !name.contains("design_status")
        {
            assert!(header::read(&text).release.is_some(), "{name}");
        }
        read += 1;
    }
    assert!(read > 30, "{read}");
}

/// Every reader on one text.
fn everything(text: &str) {
    let _ = timing_summary::read(text);
    let _ = route_status::read(text);
    let _ = utilisation::read(text);
    let _ = drc::read(text);
    let _ = header::read(text);
    let l = log::read(text);
    let _ = (l.verdict(), pr_verify::in_log(text, &l));
    for v in pr_verify::read(text) {
        let _ = v.judge();
    }
}

/// Pieces that the readers look for, so that arbitrary text gets deep into them.
const PIECES: &[&str] = &[
    "| Design Timing Summary\n",
    "WNS(ns)  TNS(ns)  WHS(ns)  WPWS(ns)\n",
    "-------\n",
    "-1.0 NA 0.1 -\n",
    "# of nets with routing errors : 0 :\n",
    "# of ",
    "+---+\n",
    "| Rule | Severity | Description | Checks |\n",
    "| Site Type | Used |\n",
    "| a | 1 |\n",
    "Checks found: 1\n",
    "Command: ",
    "pr_verify -initial ",
    "{a b} ",
    "}{\"",
    "INFO: [Constraints 18-1020] x\n",
    "DCP1: a\n",
    "DCP2: b\n",
    "DCP9: c\n",
    "  Number of static tiles compared = 1\n",
    "ERROR: [",
    "Vivado 12-3253",
    "] ",
    "INFO: [Common 17-14] Message '",
    "'",
    "    while executing\n",
    "place_design",
    ": Time (s): cpu = 00:00:01 ; elapsed = ",
    "99:99:99999999999999999999",
    " failed\n",
    "\n",
    ":",
    "| Tool Version : Vivado v.2024.2\n",
    "WARNING: [A 1-1] [x:1]\n",
    "é",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, rng_seed: RngSeed::Fixed(2), ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_text_never_panics(text in "\\PC{0,400}") {
        everything(&text);
    }

    #[test]
    fn text_made_of_their_own_pieces_never_panics(pieces in prop::collection::vec((prop::sample::select(PIECES), "\\PC{0,6}"), 0..60)) {
        let text: String = pieces.into_iter().flat_map(|(a, b)| [a.to_owned(), b]).collect();
        everything(&text);
    }

    #[test]
    fn a_cut_or_damaged_verification_never_passes_by_accident(at in 0_usize..1300, length in 1_usize..40) {
        // Whatever is cut out of the middle: the result is the full one, or it is not passed, or only text outside the evidence went.
        let good = verified("child/top_routed.dcp", 1);
        let cut: String = good.chars().enumerate().filter(|(i, _)| *i < at || *i >= at + length).map(|(_, c)| c).collect();
        for v in pr_verify::read(&cut) {
            if v.judge().0 == Verdict::Passed {
                let (a, b) = &v.summaries[0];
                prop_assert!(a.cells == b.cells && a.cells > Some(0) && !v.compatible.is_empty());
            }
        }
    }
}
