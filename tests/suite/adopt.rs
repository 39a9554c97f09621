// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Real run trees of other people's projects.

use dfxkit::artifacts::{Artifacts, NeededFor};
use dfxkit::gates::{GateReport, GateResult, Verdict};
use dfxkit::runtree::bit::BitFile;
use dfxkit::runtree::dcp::Dcp;
use dfxkit::runtree::xpr::{GenRun, Xpr};
use dfxkit::runtree::{self, AdoptOptions, RunTree, RunTreeError};
use dfxkit::spec::model::Gates;
use dfxkit_fabric::codec::MAGIC;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use crate::support::{Bench, copy_tree, corpus};

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
}

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

#[test]
fn every_checkpoint_of_the_corpus_tells_what_it_is() {
    let Some(corpus) = corpus() else { return };
    let mut read = 0;
    for entry in walkdir::WalkDir::new(&corpus) {
        let path = camino::Utf8PathBuf::from_path_buf(entry.unwrap().into_path()).unwrap();
        if path.extension() == Some("dcp") {
            let dcp = Dcp::read(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
            assert!(dcp.part.is_some() && dcp.top.is_some(), "{path}");
            read += 1;
        }
    }
    assert!(read >= 14, "{read}");
    let of = |path: &str| Dcp::read(&corpus.join(path)).unwrap();
    let bb = of(&format!("{UART}/impl_1/top_routed_bb.dcp"));
    assert_eq!(bb.blackboxes, ["inst_count", "inst_shift"]);
    assert_eq!(
        (bb.release.as_deref(), bb.build.as_deref(), bb.part.as_deref()),
        (Some("2024.2"), Some("5239630"), Some("xc7a100tcsg324-1"))
    );
    assert_eq!((bb.implemented, bb.out_of_context, bb.reconfigurable), (true, false, false));
    assert_eq!(bb.board.as_deref(), Some("digilentinc.com:arty-a7-100:part0:1.1"));
    let cell = of(&format!("{UART}/impl_1/inst_count_count_down_routed.dcp"));
    assert_eq!((cell.reconfigurable, cell.out_of_context, cell.top.as_deref()), (true, true, Some("count")));
    assert!(cell.stub.unwrap().contains("output [3:0]count_out;"));
    let synth = of(&format!("{UART}/synth_1/top.dcp"));
    assert_eq!((synth.implemented, synth.blackboxes.len()), (false, 2));
    // An abstract shell names the one partition that is open, and no tool.
    let shell = of("dcp_abstract_shell/fig1_b/bft8/2400/3eg/page_0_abstract_shell.dcp");
    assert_eq!(
        (shell.blackboxes.as_slice(), shell.release),
        (&["design_1_i/page_0/inst".to_owned()][..], None)
    );
}

#[test]
fn project_files_tell_runs_and_configurations() {
    let Some(corpus) = corpus() else { return };
    let xpr = Xpr::read(&corpus.join("z020_bdc_4rp_project/cv_dfx_4_pr.xpr")).unwrap();
    assert!(xpr.dfx);
    assert_eq!(xpr.part.as_deref(), Some("xc7z020clg400-1"));
    assert_eq!(
        xpr.partition_defs.iter().map(|d| (d.name.as_str(), d.modules.len())).collect::<Vec<_>>(),
        [("pr_0", 3), ("pr_1", 2), ("pr_fork", 2), ("pr_join", 4)]
    );
    assert_eq!((xpr.parent_of("child_0_impl_1"), xpr.parent_of("impl_1")), (Some("impl_1"), None));
    // Greyboxes are in their own list.
    let cells = &xpr.configuration("config_4").unwrap().cells;
    assert_eq!(cells.iter().filter(|(_, m)| m.is_none()).count(), 3);
    let gen_run = GenRun::read(&corpus.join(Z020).join("impl_1/gen_run.xml")).unwrap();
    assert_eq!(
        (gen_run.configuration.as_deref(), gen_run.part.as_deref()),
        (Some("config_1"), Some("xc7z020clg400-1"))
    );
    assert_eq!(gen_run.files.iter().filter(|(t, _)| t == "BG-PARTITION-CELL-BIT").count(), 4);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, rng_seed: RngSeed::Fixed(5), ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_are_refused_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), text in "\\PC{0,200}") {
        let path = camino::Utf8Path::new("x");
        let _ = Dcp::from_reader(std::io::Cursor::new(&bytes));
        let _ = BitFile::from_bytes(path, &bytes);
        let _ = BitFile::from_bytes(path, &[&MAGIC[..], &bytes].concat());
        for wrapped in [text.clone(), format!("<Project><Runs><Run Id=\"{text}\"/></Runs></Project>"), format!("<Checkpoint>{text}</Checkpoint>")] {
            let _ = Xpr::from_text(&wrapped);
            let _ = Dcp::from_xml(&wrapped);
        }
        let _ = dfxkit::runtree::state::of_names(text.split(' '));
    }

    #[test]
    fn a_damaged_checkpoint_never_panics(at in 0_usize..10_471, byte in any::<u8>(), cut in 0_usize..10_471) {
        if let Some(corpus) = corpus() {
            let mut bytes = fs_err::read(corpus.join(UART).join("synth_1/top.dcp")).unwrap();
            let _ = Dcp::from_reader(std::io::Cursor::new(&bytes[..cut.min(bytes.len())]));
            let at = at.min(bytes.len() - 1);
            bytes[at] = byte;
            let _ = Dcp::from_reader(std::io::Cursor::new(&bytes));
        }
    }
}
