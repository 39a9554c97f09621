// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The project flow: parent, child and greybox child, and what their run directories hold.

use crate::{Bench, Ran};

fn built(bench: &Bench) -> Ran {
    bench.vivado(&["-mode", "batch", "-notrace", "-source", "project_flow.tcl"])
}

#[test]
fn parent_child_and_greybox_go_through_to_bitstreams() {
    let bench = Bench::new();
    let ran = built(&bench);
    ran.ends(0).says(&[
        "RESULT synth_1 synth_design Complete! 100%",
        "RESULT impl_1 write_bitstream Complete! 100%",
        "RESULT child_0_impl_1 write_bitstream Complete! 100%",
        "RESULT child_1_impl_1 write_bitstream Complete! 100%",
        "Launched count_up_synth_1, count_down_synth_1, synth_1...",
        "Waiting for impl_1 to finish...",
    ]);
    let runs = "P/P.runs";
    for file in [
        "impl_1/top_routed.dcp",
        "impl_1/top_routed_bb.dcp",
        "impl_1/inst_count_count_up_routed.dcp",
        "impl_1/top.bit",
        "impl_1/inst_count_count_up_partial.bit",
        "impl_1/.vivado.end.rst",
        "impl_1/.write_bitstream.end.rst",
        "impl_1/top_timing_summary_routed.rpt",
        "impl_1/gen_run.xml",
        "child_0_impl_1/inst_count_count_down_partial.bit",
        "child_0_impl_1/child_0_impl_1_pr_verify.log",
        "child_1_impl_1/inst_count_routed.dcp",
        "child_1_impl_1/inst_count_greybox_partial.bit",
        "count_down_synth_1/count.dcp",
        "synth_1/hd_reconfig.xdc",
        "synth_1/__synthesis_is_complete__",
    ] {
        assert!(bench.path(&format!("{runs}/{file}")).exists(), "{file} is missing");
    }
    assert!(!bench.path(&format!("{runs}/child_0_impl_1/top_routed_bb.dcp")).exists());
    let verify = bench.read(&format!("{runs}/child_0_impl_1/child_0_impl_1_pr_verify.log"));
    assert!(verify.contains("INFO: [Vivado 12-3253] PR_VERIFY: check points"), "{verify}");
    assert!(verify.contains("Number of partition pins compared         = 6"), "{verify}");
    let log = bench.read(&format!("{runs}/impl_1/runme.log"));
    assert!(log.lines().next().unwrap().contains("SIMULATED"));
    assert!(log.contains("*** Running vivado\n    with args -log top.vdi -applog -m64 -product Vivado"));
    let xpr = bench.read("P/P.xpr");
    for text in [
        "<Option Name=\"PRFlow\" Val=\"TRUE\"/>",
        "<PartitionInstMap PartitionInst=\"inst_count\" RM=\"count_down\"/>",
        "<GreyboxInst Name=\"inst_count\"/>",
    ] {
        assert!(xpr.contains(text), "{text}\n{xpr}");
    }
}

#[test]
fn a_reopened_project_has_its_state_and_properties_agree_with_reports() {
    let bench = Bench::new();
    built(&bench).ends(0);
    let ran = bench.script(
        "open_project P/P.xpr\n\
         puts \"S [get_property STATUS [get_runs impl_1]] [get_property NEEDS_REFRESH [get_runs child_0_impl_1]]\"\n\
         puts \"WNS=[get_property STATS.WNS [get_runs impl_1]]\"\n\
         puts \"RMS [get_property partition_cell_rms [get_pr_configurations config_2]]\"\n\
         puts \"FILES [llength [get_files -of_objects [get_filesets count_down]]]\"\n\
         open_run impl_1\n\
         puts \"RP [get_cells -hier -filter {HD.RECONFIGURABLE == 1}] [get_property REF_NAME [get_cells inst_count]]\"\n",
    );
    ran.ends(0).says(&[
        "S write_bitstream Complete! 0",
        "RMS inst_count:count_down",
        "FILES 1",
        "RP inst_count count",
    ]);
    let report = bench.read("P/P.runs/impl_1/top_timing_summary_routed.rpt");
    let wns = ran.console.lines().find_map(|l| l.strip_prefix("WNS=")).unwrap();
    assert!(report.contains(&format!("      {wns}        0.000")), "{wns}\n{report}");
}

#[test]
fn finished_runs_must_be_reset_and_edits_make_runs_stale() {
    let bench = Bench::new();
    built(&bench).ends(0);
    bench
        .script("open_project P/P.xpr\nlaunch_runs impl_1 -to_step write_bitstream\n")
        .ends(1)
        .says(&["ERROR: [Common 17-69] Command failed: Run 'impl_1' needs to be reset before launching."]);
    let source = bench.read("count_down.v").replace("4'hf", "4'he");
    bench.write("count_down.v", &source);
    bench
        .script(
            "open_project P/P.xpr\n\
             foreach r {count_down_synth_1 count_up_synth_1 synth_1 impl_1 child_0_impl_1 child_1_impl_1} {\n\
               puts \"$r [get_property NEEDS_REFRESH [get_runs $r]]\"\n}\n\
             reset_run count_down_synth_1\nreset_run child_0_impl_1\n\
             launch_runs child_0_impl_1 -to_step write_bitstream\nwait_on_run child_0_impl_1\n\
             puts [get_property STATUS [get_runs child_0_impl_1]]\n",
        )
        .ends(0)
        .says(&[
            "count_down_synth_1 1",
            "count_up_synth_1 0",
            "synth_1 0",
            "impl_1 0",
            "child_0_impl_1 1",
            "child_1_impl_1 0",
        ])
        .says(&["Launched count_down_synth_1...", "Launched child_0_impl_1...", "write_bitstream Complete!"])
        .never(&["Launched impl_1"]);
}

#[test]
fn post_route_phys_opt_renames_the_checkpoints() {
    let bench = Bench::new();
    let script = bench.read("project_flow.tcl").replace(
        "launch_runs impl_1",
        "set_property STEPS.POST_ROUTE_PHYS_OPT_DESIGN.IS_ENABLED true [get_runs {impl_1 child_0_impl_1 child_1_impl_1}]\nlaunch_runs impl_1",
    );
    bench.script(&script).ends(0).says(&["RESULT child_0_impl_1 write_bitstream Complete!"]);
    for file in ["impl_1/top_postroute_physopt_bb.dcp", "impl_1/inst_count_count_up_post_routed.dcp"] {
        assert!(bench.path(&format!("P/P.runs/{file}")).exists(), "{file}");
    }
    let verify = bench.read("P/P.runs/child_0_impl_1/child_0_impl_1_pr_verify.log");
    assert!(verify.contains("impl_1/top_postroute_physopt.dcp"), "{verify}");
}
