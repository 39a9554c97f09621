// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Runs that fail, hooks, releases, scripts only, faults on demand.

use crate::Bench;

/// The project flow with a missing module, so that synth_1 fails; then what follows.
fn broken(release: &str, rest: &str) -> (Bench, crate::Ran) {
    let bench = Bench::new().with("VIVADO_SIM_RELEASE", release);
    let ran = bench.script(&format!(
        "create_project P ./P -part xc7z020clg400-1\nadd_files top.v\nset_property top top [current_fileset]\nlaunch_runs synth_1\n{rest}\n"
    ));
    (bench, ran)
}

#[test]
fn waiting_on_a_failed_run_throws_from_2023_on_and_warns_before() {
    let after = "wait_on_run synth_1\nputs \"AFTER [get_property STATUS [get_runs synth_1]] [get_property PROGRESS [get_runs synth_1]]\"";
    broken("2024.2", after)
        .1
        .ends(1)
        .says(&[
            "ERROR: [Vivado 12-13638] Failed runs(s) : 'synth_1'",
            "ERROR: [Common 17-39] 'wait_on_runs' failed due to earlier errors.",
        ])
        .never(&["AFTER"]);
    broken("2022.2", after)
        .1
        .ends(0)
        .says(&["WARNING: [Vivado 12-13638] Failed runs(s) : 'synth_1'", "AFTER synth_design ERROR 0%"]);
    broken("2020.2", after)
        .1
        .ends(0)
        .says(&["WARNING: [Vivado 12-8222] Failed run(s) : 'synth_1'", "AFTER synth_design ERROR"]);
    let relaunch = "catch {wait_on_run synth_1}\ncatch {launch_runs synth_1} a\nputs $a\ncatch {launch_runs impl_1} b\nputs $b\ncatch {open_run synth_1} c\nputs $c";
    broken("2024.2", relaunch).1.ends(0).says(&[
        "ERROR: [Common 17-69] Command failed: Run 'synth_1' needs to be reset before launching.",
        "ERROR: [Common 17-70] Application Exception: Failed to launch run 'impl_1' due to failures in the following run(s):\nsynth_1\nThese failed run(s) need to be reset prior to launching 'impl_1' again.",
        "ERROR: [Common 17-69] Command failed: Run 'synth_1' failed. Unable to open",
    ]);
}

fn flow(bench: &Bench, insert: &str) -> crate::Ran {
    let script = bench
        .read("project_flow.tcl")
        .replace("launch_runs impl_1", &format!("{insert}\nlaunch_runs impl_1"))
        .replace("wait_on_run ", "catch_wait ");
    bench.script(&format!("proc catch_wait {{run}} {{ if {{[catch {{wait_on_run $run}} message]}} {{ puts \"THROWN $message\" }} }}\n{script}"))
}

#[test]
fn hooks_run_in_the_run_directory_and_their_errors_fail_the_step() {
    let bench = Bench::new();
    bench.write(
        "pre.tcl",
        "puts \"HOOK in [file tail [pwd]]\"\nfile copy ../impl_1/top_routed_bb.dcp copied.dcp\n",
    );
    bench.write("post.tcl", "error \"hook is unhappy\"\n");
    let insert = "add_files -fileset utils_1 -norecurse [list $here/pre.tcl $here/post.tcl]\n\
        set_property STEPS.INIT_DESIGN.TCL.PRE [get_files pre.tcl -of [get_filesets utils_1]] [get_runs child_0_impl_1]\n\
        set_property STEPS.ROUTE_DESIGN.TCL.POST $here/post.tcl [get_runs child_1_impl_1]";
    flow(&bench, insert).says(&[
        "HOOK in child_0_impl_1",
        "RESULT child_0_impl_1 write_bitstream Complete! 100%",
        "RESULT child_1_impl_1 route_design ERROR",
    ]);
    assert!(bench.path("P/P.runs/child_0_impl_1/copied.dcp").exists());
    let dir = bench.path("P/P.runs/child_1_impl_1");
    assert!(bench.read("P/P.runs/child_1_impl_1/runme.log").contains("hook is unhappy\n    while executing"));
    assert!(dir.join(".route_design.error.rst").exists() && dir.join(".vivado.error.rst").exists());
    assert!(dir.join("top_routed_error.dcp").exists() && !dir.join("top.bit").exists());
}

#[test]
fn a_failed_parent_leaves_its_children_unstarted() {
    let bench = Bench::new().with("VIVADO_SIM_FAULTS", "when=impl_1/place_design, fault=place");
    flow(&bench, "").says(&[
        "RESULT impl_1 place_design ERROR",
        "RESULT child_0_impl_1 Scripts Generated 0%",
        "THROWN",
    ]);
}

#[test]
fn scripts_only_writes_and_starts_nothing() {
    let bench = Bench::new();
    bench
        .script(&format!("{}\n", bench.read("project_flow.tcl").split("launch_runs").next().unwrap().to_owned() + "launch_runs impl_1 -to_step write_bitstream -scripts_only\nputs [get_property STATUS [get_runs impl_1]]"))
        .ends(0)
        .says(&["Scripts Generated"]);
    assert!(
        bench
            .read("P/P.runs/impl_1/top.tcl")
            .contains("link_design -top top -part xc7z020clg400-1 -reconfig_partitions inst_count")
    );
}

#[test]
fn a_routed_run_can_be_launched_further() {
    let bench = Bench::new();
    let script = bench.read("project_flow.tcl").replace(
        "launch_runs impl_1 child_0_impl_1",
        "launch_runs impl_1 -to_step route_design\nwait_on_run impl_1\nputs \"FIRST [get_property STATUS [get_runs impl_1]] [get_property PROGRESS [get_runs impl_1]]\"\nlaunch_runs impl_1 child_0_impl_1",
    );
    bench.script(&script).ends(0).says(&[
        "FIRST route_design Complete! 100%",
        "RESULT impl_1 write_bitstream Complete! 100%",
        "RESULT child_0_impl_1 write_bitstream Complete!",
    ]);
}

#[test]
fn releases_differ_where_real_ones_do() {
    let bench = Bench::new().with("VIVADO_SIM_RELEASE", "2022.2");
    flow(&bench, "")
        .ends(0)
        .says(&["****** Vivado v2022.2 (64-bit)", "RESULT child_0_impl_1 write_bitstream Complete!"])
        .never(&["generate_parallel_reports"]);
    let log = bench.read("P/P.runs/impl_1/runme.log");
    assert!(log.contains("[Designutils 20-2277] Running 'update_design -black_box' on cell inst_count."));
    assert!(
        bench
            .read("P/P.runs/impl_1/top_drc_routed.rpt")
            .contains("| Rule | Severity | Description | Violations |")
    );
    let old = Bench::new().with("VIVADO_SIM_RELEASE", "2018.3");
    flow(&old, "").ends(0).says(&["RESULT child_0_impl_1 write_bitstream Complete!"]);
    assert!(
        old.read("P/P.runs/child_0_impl_1/child_0_impl_1_pr_verify.log")
            .contains("partition pins compared         = 0")
    );
    assert!(!old.read("P/P.runs/impl_1/top_utilization_placed.rpt").contains("Prohibited"));
    Bench::new()
        .with("VIVADO_SIM_RELEASE", "2031.1")
        .script("")
        .ends(1)
        .says(&["releases that can be played are 2017.4, 2018.2"]);
    // A checkpoint of a newer release is refused by an older one.
    let newer = Bench::new().with("VIVADO_SIM_RELEASE", "2025.2");
    newer.vivado(&["-mode", "batch", "-notrace", "-source", "nonproject.tcl"]).ends(0);
    let older = newer.with("VIVADO_SIM_RELEASE", "2022.2");
    older.script("open_checkpoint Checkpoint/static_route_design.dcp").ends(1).says(&[
        "ERROR: [Runs 36-378] The checkpoint ",
        "was created with 'Vivado v2025.2 (64-bit)', and cannot be opened in this version.",
    ]);
}

#[test]
fn faults_on_demand() {
    let state = |fault: &str| {
        let bench = Bench::new().with("VIVADO_SIM_FAULTS", fault);
        let ran = flow(&bench, "");
        (bench, ran)
    };
    let (bench, ran) = state("when=impl_1/*, fault=timing");
    ran.says(&["RESULT impl_1 write_bitstream Complete! 100% WNS=-", "CRITICAL WARNING: [Timing 38-282]"]);
    assert!(
        bench
            .read("P/P.runs/impl_1/top_timing_summary_routed.rpt")
            .contains("Timing constraints are not met.")
    );
    state("when=child_0_impl_1/route_design, fault=route").1.says(&[
        "RESULT child_0_impl_1 route_design ERROR",
        "RESULT child_1_impl_1 write_bitstream Complete!",
    ]);
    let (bench, ran) = state("when=child_0_impl_1/pr_verify, fault=wrong_golden");
    ran.says(&["RESULT child_0_impl_1 write_bitstream ERROR", "HDPRVerify-08"]);
    assert!(!bench.path("P/P.runs/child_0_impl_1/top.bit").exists());
    let (bench, ran) = state("when=impl_1/route_design, fault=oom");
    ran.says(&["RESULT impl_1 route_design ERROR"]);
    assert!(bench.read("P/P.runs/impl_1/runme.log").contains("Killed"));
    let (bench, ran) = state("when=impl_1/place_design, fault=crash");
    ran.says(&["RESULT impl_1 place_design ERROR"]);
    let dir = bench.path("P/P.runs/impl_1");
    assert!(!dir.join(".vivado.end.rst").exists() && !dir.join(".vivado.error.rst").exists());
    state("when=impl_1/*, fault=license").1.says(&["ERROR: [Common 17-345] A valid license was not found for feature 'Implementation' and/or device 'xc7z020'."]);
    let (bench, _) = state("when=impl_1/write_bitstream, fault=no_output");
    assert!(
        !bench.path("P/P.runs/impl_1/top.bit").exists()
            && bench.path("P/P.runs/impl_1/.vivado.end.rst").exists()
    );
    state("when=child_0_impl_1/write_bitstream, fault=disk_full")
        .1
        .says(&["No space left on device", "RESULT child_0_impl_1 write_bitstream ERROR"]);
    state("when=impl_1/place_design, fault=exit0_errors").1.says(&["ERROR: [Sim 1-98]"]);
    let beside = Bench::new();
    beside.write(
        "vivado-sim.faults",
        "# a comment\nwhen=open_checkpoint, fault=newer_dcp\nwhen=create_project, fault=part_unknown\n",
    );
    beside.script("create_project -in_memory -part xc7z020clg400-1").ends(1).says(&["[Coretcl 2-106]"]);
}

#[test]
fn a_run_is_taken_back_to_a_step_and_goes_on_from_there() {
    let bench = Bench::new();
    let script = bench.read("project_flow.tcl").replace(
        "foreach run {",
        "proc show {what} { puts \"$what [get_property STATUS [get_runs impl_1]] [get_property PROGRESS [get_runs impl_1]]\" }\n\
         puts \"RUNS $here\"\nset dir P/P.runs/impl_1\nset placed [file mtime $dir/top_placed.dcp]\n\
         reset_runs impl_1 -from_step route_design\nshow BACK\nputs \"FILES [file exists $dir/top_placed.dcp][file exists $dir/top_routed.dcp][file exists $dir/top.bit]\"\n\
         launch_runs impl_1 -to_step write_bitstream\nwait_on_run impl_1\nshow AGAIN\nputs \"FILES [file exists $dir/top_routed.dcp][file exists $dir/top.bit]\"\n\
         puts \"LOG [regexp -all -line {^Command: place_design} [read [open $dir/runme.log]]] [regexp -all -line {^Command: route_design} [read [open $dir/runme.log]]]\"\n\
         reset_runs impl_1 -prev_step\nshow PREVIOUS\nreset_runs impl_1 -from_step init_design\nshow START\n\
         catch {reset_runs impl_1 -from_step no_such_step} message\nputs $message\n\
         set copy [copy_run -name impl_copy impl_1]\nputs \"COPY $copy [get_property PR_CONFIGURATION $copy] [get_property STATUS $copy]\"\ncatch {copy_run -name impl_copy impl_1} message\nputs $message\n\
         launch_runs impl_copy\nwait_on_run impl_copy\nputs \"COPIED [get_property STATUS $copy]\"\n\
         foreach run {",
    );
    bench.script(&script).ends(0).says(&[
        "BACK phys_opt_design Complete! 100%",
        "FILES 100",
        "AGAIN write_bitstream Complete! 100%",
        "FILES 11",
        "LOG 1 2",
        "PREVIOUS route_design Complete! 100%",
        "START Not started 0%",
        "'no_such_step' is not a step of run 'impl_1'.",
        "COPY impl_copy config_1 Not started",
        "Run 'impl_copy' already exists.",
        "COPIED route_design Complete!",
    ]);
}
