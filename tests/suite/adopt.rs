// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Real run trees of other people's projects.

mod damaged;
mod files;

use dfxkit::artifacts::{Artifacts, NeededFor};
use dfxkit::gates::{GateReport, Verdict};
use dfxkit::runtree::{self, AdoptOptions, RunTree, RunTreeError};
use dfxkit::spec::model::Gates;

use crate::support::{Bench, corpus};

const Z020: &str = "z020_bdc_4rp_project/cv_dfx_4_pr.runs";
const UART: &str = "dfx_logs_2024_2/UART_CALCI/dfx_playground/dfx_playground.runs";
const CFU: &str = "dfx_logs_2024_2/CFU_Playground/runs";

fn adopted(path: &str) -> Option<(Artifacts, GateReport)> {
    let tree = RunTree::read(&corpus()?.join(path)).unwrap();
    let artifacts = runtree::adopt(&tree, &AdoptOptions::default()).unwrap();
    let report = dfxkit::gates::judge(&artifacts, &Gates::default());
    Some((artifacts, report))
}

#[test]
fn the_four_partition_project_of_2020_2() {
    let Some((a, report)) = adopted(Z020) else { return };
    assert_eq!((a.project.as_str(), a.part.as_str()), ("cv_dfx_4_pr", "xc7z020clg400-1"));
    assert_eq!(
        (a.tool.release.as_str(), a.tool.build.as_deref(), a.tool.simulated),
        ("2020.2.2", Some("3118627"), false)
    );
    let partitions: Vec<_> = a.partitions.iter().map(|p| (p.name.as_str(), p.cell.as_str())).collect();
    assert_eq!(
        partitions,
        [
            ("pr_0", "video_cp_i/composable/pr_0"),
            ("pr_1", "video_cp_i/composable/pr_1"),
            ("pr_fork", "video_cp_i/composable/pr_fork"),
            ("pr_join", "video_cp_i/composable/pr_join"),
        ]
    );
    assert_eq!(a.modules.len(), 8);
    assert!(a.modules.iter().all(|m| m.partial_bit.is_some() && m.hwh.is_some() && !m.greybox));
    let fast = a.modules.iter().find(|m| m.name == "composable_pr_0_fast_fifo").unwrap();
    assert_eq!(
        (fast.partition.as_str(), fast.run.as_str(), fast.configuration.as_str()),
        ("pr_0", "child_0_impl_1", "config_2")
    );
    assert!(a.static_set.full_bit.is_some());
    assert_eq!(a.static_set.hwh.as_ref().unwrap().name(), "video_cp.hwh");
    assert_eq!(
        a.configurations.iter().map(|c| (c.name.as_str(), c.parent)).collect::<Vec<_>>(),
        [("config_1", true), ("config_2", false)]
    );
    // Ports of a partition, out of a routed cell checkpoint.
    let join = a.partitions[3].port_stub.as_ref().unwrap();
    assert!(join.contains("input [4:0]s_axi_control_araddr;") && !join.contains("Copyright"), "{join}");

    let of =
        |gate: &str| report.results.iter().filter(|r| r.gate == gate).map(|r| r.verdict).collect::<Vec<_>>();
    assert_eq!(of("pr-verify"), [Verdict::Passed]);
    assert_eq!(of("route"), [Verdict::Passed; 2]);
    assert_eq!(of("identity"), [Verdict::Passed]);
    // Parent and child are proven from the bitstreams themselves.
    assert_eq!(of("bit-proofs"), [Verdict::Passed; 2], "{report:#?}");
    // No timing report in the tree: the log's estimate is not taken for one.
    assert_eq!(of("timing"), [Verdict::Unknown; 2]);
    assert_eq!(of("critical-warnings"), [Verdict::Unknown; 2]);
    assert_ne!(report.verdict, Verdict::Refused);
    let makes = runtree::makes(&a);
    assert!(makes.kit && !makes.golden);
    assert!(makes.golden_needs.contains(&"impl_1/video_cp_wrapper_routed_bb.dcp".to_owned()), "{makes:?}");
    // Two configurations of the project were never run here.
    let never: Vec<_> =
        a.missing.iter().filter(|m| m.what.starts_with("the run of")).map(|m| m.run.as_str()).collect();
    assert_eq!(never, ["child_1_impl_1", "child_2_impl_1"]);
}

#[test]
fn a_tree_whose_project_file_is_of_another_design() {
    let Some((a, report)) = adopted(UART) else { return };
    // The runs are of an Arty, the project was set to a Zynq later.
    assert_eq!(a.part, "xc7a100tcsg324-1");
    assert_eq!(
        a.partitions.iter().map(|p| p.cell.as_str()).collect::<Vec<_>>(),
        ["inst_count", "inst_shift"]
    );
    assert_eq!(a.modules.iter().map(|m| m.name.as_str()).collect::<Vec<_>>(), ["count_down", "shift_left"]);
    assert_eq!(a.configurations[0].name, "impl_1", "the project file's config_mul is not of this run");
    assert!(a.notes.iter().any(|n| n.contains("xc7z020clg400-1")), "{:?}", a.notes);
    assert!(a.notes.iter().any(|n| n.contains("system_dfx.hwh") && n.contains("not taken")), "{:?}", a.notes);
    assert!(
        a.static_set.hwh.is_none()
            && a.static_set.routed_dcp.is_some()
            && a.static_set.blackbox_dcp.is_some()
    );
    // The full bitstream was not checked in: no kit.
    let makes = runtree::makes(&a);
    assert_eq!(makes.kit_needs, ["impl_1/top.bit"]);
    assert!(a.missing.iter().any(|m| m.what == "top.bit" && m.needed_for == NeededFor::Kit));
    let outputs = report.results.iter().find(|r| r.gate == "outputs").unwrap();
    assert_eq!(outputs.verdict, Verdict::Refused);
    let timing = report.results.iter().find(|r| r.gate == "timing").unwrap();
    assert_eq!(timing.verdict, Verdict::Passed);
    assert!(timing.actual.starts_with("WNS 2.136; WHS 0.251; WPWS 2.000"), "{}", timing.actual);
    assert_eq!(report.results.iter().find(|r| r.gate == "identity").unwrap().verdict, Verdict::Passed);
}

#[test]
fn a_child_without_its_parent() {
    let Some((a, report)) = adopted(CFU) else { return };
    assert_eq!(a.static_set.run, "impl_2");
    assert_eq!(
        a.configurations.iter().map(|c| (c.run.as_str(), c.parent)).collect::<Vec<_>>(),
        [("child_0_impl_2", false)]
    );
    let makes = runtree::makes(&a);
    assert!(!makes.kit && !makes.golden);
    assert!(makes.kit_needs.contains(&"impl_2/the run's directory".to_owned()), "{makes:?}");
    let verdict = |gate: &str| report.results.iter().find(|r| r.gate == gate).unwrap();
    // No timing report, but the log says that timing failed: refused, with the line.
    assert_eq!(verdict("timing").verdict, Verdict::Refused);
    assert!(verdict("timing").actual.contains("[Timing 38-282]"));
    assert_eq!(verdict("pr-verify").verdict, Verdict::Passed);
    assert_eq!(verdict("route").verdict, Verdict::Passed);
}

#[test]
fn what_is_no_dfx_tree_is_said() {
    let Some(corpus) = corpus() else { return };
    let read = |path: &str| RunTree::read(&corpus.join(path));
    assert!(matches!(read(&format!("{Z020}/impl_1")), Err(RunTreeError::SingleRun { .. })));
    assert!(matches!(read("ku040_clear/Sources"), Err(RunTreeError::NoRuns { .. })));
    assert!(matches!(read("nowhere"), Err(RunTreeError::NotADirectory(_))));
    // The project directory may be given too.
    assert_eq!(read("z020_bdc_4rp_project").unwrap().runs.len(), 2);
    let failed = read("failing_logs/proj.runs").unwrap();
    let error = runtree::adopt(&failed, &AdoptOptions::default()).unwrap_err();
    assert!(matches!(error, RunTreeError::NoPartitions { .. }), "{error}");
    // The command says besides what became of the runs.
    let run = Bench::new().run(&["adopt", corpus.join("failing_logs/proj.runs").as_str()]);
    assert!(run.exits(1).stderr.contains("note: impl_1: failed, by its log; line "), "{}", run.stderr);
    assert!(run.stderr.contains("Unspecified I/O Standard"), "{}", run.stderr);
}

#[test]
fn reviewed_warnings_pass_and_unused_reviews_are_named() {
    let Some(corpus) = corpus() else { return };
    let runs = corpus.join(Z020);
    let bench = Bench::new();
    bench.write("dfx.toml", "[[gates.allow]]\nid = \"DRC AVAL-46\"\nreason = \"0.008 percent below range, measured on the board\"\n");
    let args = ["adopt", runs.as_str(), "--dry-run", "--message-format", "json"];
    let run = bench.run(&[&args[..], &["--reviewed", "dfx.toml", "--allow", "Foo 1-1=never seen"]].concat());
    let json = run.exits(0).json().pop().unwrap();
    assert_eq!(json["verdict"], "unknown", "timing is still unknown");
    let results = json["report"]["results"].as_array().unwrap();
    let critical: Vec<_> = results.iter().filter(|r| r["gate"] == "critical-warnings").collect();
    assert!(critical.iter().all(|r| r["verdict"] == "passed"), "{critical:#?}");
    assert!(
        critical.iter().any(|r| r["actual"].as_str().unwrap().contains("Foo 1-1 (never seen)")),
        "{critical:#?}"
    );
    let run = bench.run(&["adopt", runs.as_str(), "--dry-run", "--allow", "nonsense"]);
    assert!(run.exits(2).stderr.contains("ID=REASON"), "{}", run.stderr);
    let run = bench.run(&["adopt", "nowhere"]);
    assert!(run.exits(1).stderr.contains("is not a directory"), "{}", run.stderr);
}

#[test]
fn what_is_there_and_what_is_not_is_printed() {
    let Some(corpus) = corpus() else { return };
    let run = Bench::new().run(&["adopt", corpus.join(UART).as_str()]);
    run.exits(4);
    let texts = [
        "full bitstream      missing",
        "partial bitstreams  2 of 2",
        "timing summary      yes",
        "kit: no, for want of impl_1/top.bit",
        "dfx_playground.xpr is set to part xc7z020clg400-1, the runs are of xc7a100tcsg324-1",
    ];
    for text in texts {
        assert!(
            run.stdout.contains(text),
            "{text}:
{}",
            run.stdout
        );
    }
    let run = Bench::new().run(&["adopt", corpus.join(CFU).as_str(), "--message-format", "json"]);
    let json = run.exits(4).json().pop().unwrap();
    assert_eq!(
        (&json["verdict"], &json["kit"], &json["makes"]["kit"]),
        (&"refused".into(), &serde_json::Value::Null, &false.into())
    );
}

#[test]
fn real_outputs_become_a_kit_that_checks_itself() {
    let Some(corpus) = corpus() else { return };
    let runs = corpus.join(Z020);
    let bench = Bench::new();
    let run = bench.run(&["adopt", runs.as_str(), "-o", "kit", "--no-archive", "--message-format", "json"]);
    let result = run.exits(0).json().pop().unwrap();
    assert_eq!(result["verdict"], "unknown");
    assert_eq!(result["kit"], bench.path().join("kit").as_str());
    let sums = std::process::Command::new("sha256sum")
        .args(["--quiet", "-c", "SHA256SUMS"])
        .current_dir(bench.path().join("kit"))
        .status();
    assert!(sums.unwrap().success());
    // The verdicts are in the kit, and it is marked.
    let manifest: serde_json::Value = serde_json::from_str(&bench.read("kit/kit.json")).unwrap();
    let text = manifest.to_string();
    assert!(text.contains("pr-verify") && text.contains("no timing summary of run impl_1"), "{text}");
    assert_eq!(manifest["verdict"], "unknown", "{manifest:#}");
    assert!(!text.contains(runs.as_str()) && !text.contains("/home/"), "machine paths in the kit");
    assert!(bench.run(&["kit", "verify", "kit"]).exits(0).stdout.contains("unknown"));
    // Adopting again changes nothing, and there is no golden archive without the checkpoints.
    let args = ["adopt", runs.as_str(), "-o", "kit", "--no-archive", "--golden", "r1", "--allow-unknown"];
    let golden = bench.run(&args);
    assert!(golden.exits(4).stderr.contains("checkpoint"), "{}", golden.stderr);
    assert!(!bench.path().join("golden/releases/r1").exists());
}
