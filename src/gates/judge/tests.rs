// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Each gate on made-up evidence: what passes, what refuses, what stays unknown.

use camino::Utf8PathBuf;

use super::{judge, pr_verify_result, short_paths};
use crate::artifacts::{Artifact, Artifacts, ConfigurationSet, RunLog, StaticSet, ToolIdentity};
use crate::gates::{GateReport, GateResult, Verdict};
use crate::spec::model::{AllowedMessage, Gates};

const MET: &str = "\
| Tool Version : Vivado v.2024.2 (lin64) Build 5239630 Fri Nov 08
| Design       : top
| Design State : Routed

| Design Timing Summary
| ---------------------

    WNS(ns)      TNS(ns)  TNS Failing Endpoints  TNS Total Endpoints      WHS(ns)      THS(ns)  THS Failing Endpoints  THS Total Endpoints     WPWS(ns)     TPWS(ns)  TPWS Failing Endpoints  TPWS Total Endpoints
    -------      -------  ---------------------  -------------------      -------      -------  ---------------------  -------------------     --------     --------  ----------------------  --------------------
      2.136        0.000                      0                   57        0.251        0.000                      0                   57        2.000        0.000                       0                    54

All user specified timing constraints are met.
";

const LOG: &str = "\
****** Vivado v2024.2 (64-bit)
  **** SW Build 5239630 on Fri Nov 08 22:34:34 MST 2024
Command: route_design
route_design completed successfully
INFO: [Common 17-206] Exiting Vivado at Sat Nov 15 00:26:08 2025...
";

/// A parent run with evidence files as given.
struct Bench {
    _dir: tempfile::TempDir,
    root: Utf8PathBuf,
    artifacts: Artifacts,
}

impl Bench {
    fn new(log: &str, reports: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::from_path_buf(dir.path().to_owned()).unwrap();
        let file = |name: &str, text: &str| {
            let path = root.join(name);
            fs_err::write(&path, text).unwrap();
            Artifact::of(&path).unwrap()
        };
        let configuration = ConfigurationSet {
            name: "base".into(),
            run: "impl_1".into(),
            run_dir: root.clone(),
            parent: true,
            modules: Vec::new(),
            full_bit: None,
            routed_dcp: None,
            pr_verify: None,
            reports: reports.iter().map(|(name, text)| file(name, text)).collect(),
        };
        let artifacts = Artifacts {
            project: "p".into(),
            version: "1".into(),
            part: "xc7z020clg400-1".into(),
            tool: ToolIdentity { release: "2024.2".into(), build: Some("5239630".into()), simulated: false },
            static_set: StaticSet {
                top: "top".into(),
                configuration: Some("base".into()),
                run: "impl_1".into(),
                full_bit: None,
                routed_dcp: None,
                blackbox_dcp: None,
                hwh: None,
                ltx: None,
            },
            partitions: Vec::new(),
            modules: Vec::new(),
            configurations: vec![configuration],
            sources: Vec::new(),
            golden: None,
            on_shells: Vec::new(),
            static_tool: None,
            adopted: false,
            logs: vec![RunLog {
                run: "impl_1".into(),
                configuration: Some("base".into()),
                file: file("runme.log", log),
            }],
            missing: Vec::new(),
            notes: Vec::new(),
            gates: GateReport::new(Vec::new()),
        };
        Self { _dir: dir, root, artifacts }
    }

    fn gate(&self, gate: &str, gates: &Gates) -> GateResult {
        let report = judge(&self.artifacts, gates);
        report.results.into_iter().find(|r| r.gate == gate).unwrap()
    }

    fn verdict(&self, gate: &str) -> (Verdict, String) {
        let result = self.gate(gate, &Gates::default());
        (result.verdict, result.actual)
    }
}

fn timing(report: &str, log: &str) -> (Verdict, String) {
    Bench::new(log, &[("top_timing_summary_routed.rpt", report)]).verdict("timing")
}

#[test]
fn timing_is_judged_by_its_report() {
    assert_eq!(timing(MET, LOG), (Verdict::Passed, "WNS 2.136; WHS 0.251; WPWS 2.000".into()));
    // One figure of the twelve is enough, whatever the sentence says.
    for (from, to) in [("  2.136 ", " -0.001 "), (" 0.251 ", " -0.251"), (" 2.000 ", "-2.000 ")] {
        let bad = MET.replacen(from, to, 1);
        assert_ne!(bad, MET);
        assert_eq!(timing(&bad, LOG).0, Verdict::Refused, "{from}");
    }
    let failing = MET.replace(
        "                      0                   57        0.251",
        "                      3                   57        0.251",
    );
    assert_eq!(timing(&failing, LOG).0, Verdict::Refused);
    // Nothing timed, a cut report, a design that was not routed: unknown, never passed.
    let na = MET
        .replace("2.136        0.000                      0                   57", "NA NA NA NA")
        .replace("0.251        0.000                      0                   57", "NA NA NA NA")
        .replace("2.000        0.000                       0                    54", "NA NA NA NA");
    assert_eq!(timing(&na, LOG).0, Verdict::Unknown);
    let none = MET.replace(
        "All user specified timing constraints are met.",
        "There are no user specified timing constraints.",
    );
    assert_eq!(timing(&none, LOG).0, Verdict::Unknown);
    assert_eq!(timing(MET.split("All user").next().unwrap(), LOG).0, Verdict::Unknown);
    assert_eq!(timing(&MET.replace("Routed", "Synthesized"), LOG).0, Verdict::Unknown);
    assert_eq!(timing("", LOG).0, Verdict::Unknown);
    // The log speaks against the report: they are not of one run.
    let missed = format!(
        "{LOG}CRITICAL WARNING: [Timing 38-282] The design failed to meet the timing requirements.\n"
    );
    assert_eq!(timing(MET, &missed).0, Verdict::Refused);
    // A report made after post-route optimisation is newer than that line.
    let later = Bench::new(&missed, &[("top_timing_summary_postroute_physopted.rpt", MET)]);
    assert_eq!(later.verdict("timing").0, Verdict::Passed);
    // Without a report only the log is there, and it can refuse but not pass.
    assert_eq!(Bench::new(LOG, &[]).verdict("timing").0, Verdict::Unknown);
    assert_eq!(Bench::new(&missed, &[]).verdict("timing").0, Verdict::Refused);
}

#[test]
fn critical_warnings_need_a_review() {
    let warned = LOG.replace("route_design completed", "CRITICAL WARNING: [Constraints 18-5648] edge of pblock_conv [/home/u/p/x.xdc:3]\nroute_design completed");
    let bench = Bench::new(&warned, &[]);
    let result = bench.gate("critical-warnings", &Gates::default());
    assert_eq!(result.verdict, Verdict::Refused);
    assert!(
        result.actual.starts_with("1 not reviewed: 1 x [Constraints 18-5648] (line 4: "),
        "{}",
        result.actual
    );
    assert!(!result.actual.contains("/home/u"), "{}", result.actual);
    let allow = |id: &str, contains: Option<&str>| Gates {
        allow: vec![AllowedMessage {
            id: id.into(),
            contains: contains.map(str::to_owned),
            reason: "checked".into(),
        }],
        ..Gates::default()
    };
    assert_eq!(bench.gate("critical-warnings", &allow("Constraints 18-5648", None)).verdict, Verdict::Passed);
    assert_eq!(
        bench.gate("critical-warnings", &allow("Constraints 18-5648", Some("pblock_conv"))).verdict,
        Verdict::Passed
    );
    assert_eq!(
        bench.gate("critical-warnings", &allow("Constraints 18-5648", Some("pblock_other"))).verdict,
        Verdict::Refused
    );
    assert_eq!(bench.gate("critical-warnings", &allow("Constraints 18-564", None)).verdict, Verdict::Refused);
    // An entry that matches nothing is named.
    let report = judge(&Bench::new(LOG, &[]).artifacts, &allow("Constraints 18-5648", None));
    let unused = report.results.iter().find(|r| r.subject == "reviewed list").unwrap();
    assert!(unused.actual.contains("Constraints 18-5648 (checked)"), "{}", unused.actual);
    // Nobody reviewed somebody else's tree: unknown, not refused.
    let mut adopted = Bench::new(&warned, &[]);
    adopted.artifacts.adopted = true;
    assert_eq!(adopted.verdict("critical-warnings").0, Verdict::Unknown);
}

#[test]
fn errors_refuse_and_a_cut_log_is_unknown() {
    let error = LOG.replace(
        "route_design completed successfully",
        "ERROR: [Common 17-69] Command failed: x\nroute_design failed",
    );
    assert_eq!(Bench::new(&error, &[]).verdict("critical-warnings").0, Verdict::Refused);
    let cut = LOG.split("INFO: [Common 17-206]").next().unwrap();
    assert_eq!(Bench::new(cut, &[]).verdict("critical-warnings").0, Verdict::Unknown);
    let mut without = Bench::new(LOG, &[]);
    without.artifacts.logs.clear();
    assert_eq!(without.verdict("critical-warnings").0, Verdict::Unknown);
    // The evidence is gone since it was recorded.
    let gone = Bench::new(LOG, &[("top_timing_summary_routed.rpt", MET)]);
    fs_err::remove_file(gone.root.join("top_timing_summary_routed.rpt")).unwrap();
    assert_eq!(gone.verdict("timing").0, Verdict::Unknown);
    assert_eq!(gone.verdict("outputs").0, Verdict::Refused);
}

#[test]
fn a_severe_rule_of_the_drc_report_counts_once() {
    let drc = |severity: &str| {
        format!(
            "             Checks found: 2\n+--+\n| Rule | Severity | Description | Checks |\n+--+\n| HDPR-66 | {severity} | Pblock overlap | 2 |\n+--+\n"
        )
    };
    let of = |severity: &str, log: &str| {
        Bench::new(log, &[("top_drc_routed.rpt", &drc(severity))]).verdict("critical-warnings")
    };
    assert_eq!(of("Warning", LOG).0, Verdict::Passed);
    assert_eq!(of("Error", LOG).0, Verdict::Refused);
    let (verdict, actual) = of("Critical Warning", LOG);
    assert_eq!(
        (verdict, actual.starts_with("2 not reviewed: 2 x [DRC HDPR-66]")),
        (Verdict::Refused, true),
        "{actual}"
    );
    let both = LOG.replace(
        "route_design completed",
        "CRITICAL WARNING: [DRC HDPR-66] Pblock overlap\nroute_design completed",
    );
    assert!(of("Critical Warning", &both).1.starts_with("1 not reviewed"));
}

#[test]
fn one_part_one_release_one_maker() {
    let of = |report: &str| Bench::new(LOG, &[("top_timing_summary_routed.rpt", report)]).verdict("identity");
    assert_eq!(of(MET).0, Verdict::Passed);
    assert_eq!(
        of(&MET.replace("v.2024.2", "v.2024.1")),
        (Verdict::Refused, "it was made by Vivado 2024.1".into())
    );
    assert_eq!(
        of(&MET.replace("5239630", "5239631")),
        (Verdict::Refused, "it was made by build 5239631".into())
    );
    assert_eq!(of(&MET.replace("08\n", "08 SIMULATED\n")), (Verdict::Refused, "it is SIMULATED".into()));
    assert_eq!(of(&MET.replace("| Design       : top", "| Design       : other")).0, Verdict::Refused);
    assert_eq!(
        of(&MET.replace("| Design State", "| Device       : 7z010-clg400\n| Design State")),
        (Verdict::Refused, "it is of part 7z010-clg400".into())
    );
    assert_eq!(
        of(&MET.replace("| Design State", "| Device       : 7z020-clg400\n| Design State")).0,
        Verdict::Passed
    );
}

#[test]
fn nothing_judged_is_not_passed() {
    let mut bench = Bench::new("", &[]);
    bench.artifacts.configurations.clear();
    bench.artifacts.logs.clear();
    assert_eq!(judge(&bench.artifacts, &Gates::default()).verdict, Verdict::Unknown);
    let off = Gates {
        timing: false,
        route: false,
        critical_warnings: false,
        pr_verify: false,
        bit_proofs: false,
        allow: Vec::new(),
    };
    let report = judge(&Bench::new(LOG, &[]).artifacts, &off);
    assert_eq!(report.verdict, Verdict::Unknown);
    assert_eq!(report.results.iter().filter(|r| r.off).count(), 5);
}

#[test]
fn paths_of_the_build_machine_do_not_leave_it() {
    assert_eq!(
        short_paths("File '/home/u/p.runs/impl_1/top.dcp' [/home/u/x/y.xdc:3] of a/b/c and 1/2, é"),
        "File '../impl_1/top.dcp' [../x/y.xdc:3] of a/b/c and 1/2, é"
    );
    assert_eq!(short_paths("/dev/null"), "/dev/null");
    assert_eq!(short_paths(""), "");
}

/// A verification file; `echo` is the line that some releases may leave out.
fn verification(echo: &str, initial: &str, additional: &str) -> GateResult {
    let counts = "  Number of reconfigurable modules compared = 1
  Number of partition pins compared         = 6
  Number of static tiles compared           = 204
  Number of static sites compared           = 1995
  Number of static cells compared           = 12270
  Number of static routed nodes compared    = 118414
  Number of static routed pips compared     = 108508
";
    let text = format!(
        "{echo}INFO: [Constraints 18-1020] PR Verify Summary:\nDCP1: {initial}\n{counts}\nDCP2: {additional}\n{counts}INFO: [Vivado 12-3253] PR_VERIFY: check points {initial} and {additional} are compatible\n"
    );
    let reference = ["impl_1/top_routed.dcp".to_owned()];
    pr_verify_result(
        "second",
        &crate::gates::pr_verify::read(&text),
        &reference,
        "child_0_impl_1/top_routed.dcp",
        None,
    )
}

#[test]
fn the_right_checkpoints_must_have_been_compared() {
    let (parent, child) = ("/x/p.runs/impl_1/top_routed.dcp", "/x/p.runs/child_0_impl_1/top_routed.dcp");
    let echo = |a: &str, b: &str| {
        format!("Command: pr_verify -full_check -initial {a} -additional {b} -file v.log\n")
    };
    assert_eq!(verification(&echo(parent, child), parent, child).verdict, Verdict::Passed);
    assert_eq!(verification("", parent, child).verdict, Verdict::Passed, "the summary names them too");
    // The black-boxed static, another child, the parent with itself.
    let other = "/x/p.runs/impl_1/top_routed_bb.dcp";
    for echo in [String::new(), echo(other, child)] {
        let result = verification(&echo, other, child);
        assert_eq!(
            (result.verdict, result.actual.as_str()),
            (Verdict::Refused, "compared with impl_1/top_routed_bb.dcp instead")
        );
    }
    let result = verification(&echo(parent, parent), parent, parent);
    assert_eq!(result.verdict, Verdict::Refused);
    assert_eq!(verification("", parent, "/x/p.runs/child_1_impl_1/top_routed.dcp").verdict, Verdict::Refused);
    assert_eq!(pr_verify_result("second", &[], &[], "a/b", None).verdict, Verdict::Unknown);
}
