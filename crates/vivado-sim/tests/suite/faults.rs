// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Failures on demand, each by the variable and by a file beside the script.

use crate::{Bench, Ran};

/// Runs `script` with a fault given both ways, after `before` without it; `look` sees what each left.
fn both(before: &str, rule: &str, script: &str, look: impl Fn(&Bench, &Ran)) {
    for beside in [false, true] {
        let bench = if beside { Bench::new() } else { Bench::new().with("VIVADO_SIM_FAULTS", rule) };
        if !before.is_empty() {
            // What comes before the fault is made in a process without it.
            let plain = Bench::new();
            plain.script(before).ends(0);
            for entry in fs_err::read_dir(plain.path("")).unwrap().flatten() {
                if entry.path().is_file() {
                    fs_err::copy(entry.path(), bench.path(&entry.file_name().to_string_lossy())).unwrap();
                }
            }
        }
        if beside {
            bench.write("vivado-sim.faults", &format!("# on demand\n{}\n", rule.replace(';', "\n")));
        }
        let ran = bench.script(script);
        look(&bench, &ran);
    }
}

const PART: &str = "xc7z020clg400-1";
const DESIGN: &str = "create_project -in_memory -part xc7z020clg400-1\nread_verilog {top.v count_up.v}\nread_xdc {top.xdc pblocks.xdc}\nsynth_design -top top\n";

/// Checkpoints of a static and its module.
fn synthesized() -> String {
    format!(
        "create_project -in_memory -part {PART}\nread_verilog {{top.v count_bb.v}}\nsynth_design -top top\nwrite_checkpoint static.dcp\nclose_project\ncreate_project -in_memory -part {PART}\nread_verilog count_up.v\nsynth_design -mode out_of_context -top count\nwrite_checkpoint up.dcp\n"
    )
}

/// The static with its module, linked.
fn linked(rest: &str) -> String {
    format!(
        "create_project -in_memory -part {PART}\nadd_files {{static.dcp up.dcp top.xdc pblocks.xdc}}\nset_property SCOPED_TO_CELLS inst_count [get_files up.dcp]\nlink_design -top top -part {PART} -reconfig_partitions inst_count\n{rest}\n"
    )
}

#[test]
fn licences_parts_ports_and_checkpoints() {
    both("", "when=synth_design, fault=license", DESIGN, |_, ran| {
        ran.ends(1).says(&["ERROR: [Common 17-345]", "synth_design failed"]);
    });
    both("", "when=synth_design, fault=license_wait", &format!("{DESIGN}puts ON"), |_, ran| {
        ran.ends(0).says(&["Attempting to get a license", "ON"]).never(&["ERROR"]);
    });
    both("", "when=create_project, fault=part_unknown", DESIGN, |_, ran| {
        ran.ends(1).says(&["[Device 21-436]", "[Coretcl 2-106]"]);
    });
    both(&synthesized(), "when=link_design, fault=port_mismatch", &linked(""), |_, ran| {
        ran.ends(1).says(&["ERROR: [Netlist 29-77]", "link_design failed"]);
    });
    both(&synthesized(), "fault=newer_dcp", "open_checkpoint static.dcp", |_, ran| {
        ran.ends(1).says(&["ERROR: [Runs 36-378]"]);
    });
}

#[test]
fn placement_routing_timing_and_verification() {
    let through =
        linked("opt_design\nplace_design\nroute_design\nreport_timing_summary -file t.rpt\nputs ON");
    both(&synthesized(), "fault=pblock_overlap", &through, |_, ran| {
        ran.ends(1).says(&[
            "ERROR: [DRC HDPR-66] Reconfigurable Pblock must not overlap other pblocks.",
            "ERROR: [Vivado_Tcl 4-23]",
        ]);
    });
    both(&synthesized(), "when=place_design, fault=place", &through, |_, ran| {
        ran.ends(1).says(&["place_design failed"]).never(&["ON\n"]);
    });
    both(&synthesized(), "when=route_design, fault=route", &through, |_, ran| {
        ran.ends(1).says(&["route_design failed"]);
    });
    both(&synthesized(), "fault=timing", &through, |bench, ran| {
        ran.ends(0).says(&["CRITICAL WARNING: [Timing 38-282]", "ON"]);
        assert!(bench.read("t.rpt").contains("Timing constraints are not met."));
    });
    let verify = linked(
        "opt_design\nplace_design\nroute_design\nwrite_checkpoint a.dcp\nwrite_checkpoint b.dcp\nclose_project\npr_verify a.dcp b.dcp\nputs ON",
    );
    both(&synthesized(), "fault=wrong_golden", &verify, |_, ran| {
        ran.ends(1).says(&["ERROR: [Constraints 18-891] HDPRVerify-08", "ERROR: [Vivado 12-3515]"]);
    });
    both(&synthesized(), "fault=verify_zero", &verify, |_, ran| {
        ran.ends(0).says(&["Number of static tiles compared           = 0", "[Vivado 12-3253]", "ON"]);
    });
}

#[test]
fn processes_that_end_badly() {
    // A process that a signal ends has no exit code here.
    both("", "when=synth_design, fault=oom", DESIGN, |_, ran| {
        ran.ends(-1).never(&["[Common 17-206]"]);
    });
    both("", "when=synth_design, fault=crash", DESIGN, |_, ran| {
        ran.ends(139).says(&["Abnormal program termination (11)"]).never(&["[Common 17-206]"]);
    });
    both("", "when=synth_design, fault=exit0_errors", &format!("{DESIGN}puts ON"), |_, ran| {
        ran.ends(0).says(&["ERROR: [Sim 1-98]"]).never(&["ON"]);
    });
    // A script that only makes a project has no design command.
    both("", "fault=exit0_errors", &format!("create_project P ./P -part {PART}\nputs ON"), |_, ran| {
        ran.ends(0).says(&["ERROR: [Sim 1-98] internal fault in create_project"]).never(&["ON"]);
    });
    both(
        "",
        "when=add_files, fault=crash",
        &format!("create_project P ./P -part {PART}\nadd_files top.v\nputs ON"),
        |_, ran| {
            ran.ends(139).never(&["ON"]);
        },
    );
    both("", "when=synth_design, fault=flood", &format!("{DESIGN}puts ON"), |bench, ran| {
        ran.ends(0).says(&["ON"]);
        assert!(ran.console.len() > 10_000_000 && bench.read("vivado.log").len() > 10_000_000);
    });
}

#[test]
fn outputs_that_are_missing_stale_or_do_not_fit() {
    let write = format!("{DESIGN}write_checkpoint -force x.dcp\nputs ON");
    both("", "fault=no_output", &write, |bench, ran| {
        ran.ends(0).says(&["[Common 17-1381] The checkpoint '", "ON"]);
        assert!(!bench.path("x.dcp").exists());
    });
    both("set f [open x.dcp w]; puts $f old; close $f", "fault=stale_output", &write, |bench, ran| {
        ran.ends(0).says(&["ON"]);
        assert_eq!(bench.read("x.dcp"), "old\n");
    });
    both("", "fault=disk_full", &write, |bench, ran| {
        ran.ends(1).says(&["No space left on device"]);
        assert!(!bench.path("x.dcp").exists());
    });
}

/// A hanging process is there until it is killed; its log is there to look at.
#[test]
fn a_hang_hangs() {
    for beside in [false, true] {
        let bench = Bench::new();
        bench.write("script.tcl", DESIGN);
        if beside {
            bench.write("vivado-sim.faults", "when=synth_design, fault=hang\n");
        }
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_vivado-sim"));
        command
            .args(["-mode", "batch", "-notrace", "-source", "script.tcl"])
            .current_dir(bench.path(""))
            .stdout(std::process::Stdio::null());
        if !beside {
            command.env("VIVADO_SIM_FAULTS", "when=synth_design, fault=hang");
        }
        let mut child = command.spawn().unwrap();
        // It gets as far as the command that hangs, however long that takes here, and no further.
        let log = bench.path("vivado.log");
        while !fs_err::read_to_string(&log).unwrap_or_default().contains("Command: synth_design") {
            assert!(child.try_wait().unwrap().is_none(), "ended before the command that hangs");
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        std::thread::sleep(std::time::Duration::from_millis(200));
        assert!(child.try_wait().unwrap().is_none(), "it did not hang");
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

#[test]
fn the_pace_sleeps_a_fraction_of_real_durations_and_says_the_times() {
    let bench = Bench::new().with("VIVADO_SIM_PACE", "0.02");
    let from = std::time::Instant::now();
    bench.script(DESIGN).ends(0).says(&["synth_design completed successfully"]);
    let paced = from.elapsed();
    // No bound above: other work may slow it down. Below: the sleep is the least that it takes.
    assert!(paced.as_millis() > 200, "{paced:?}");
    // An answer that is no number is no pace.
    let odd = Bench::new().with("VIVADO_SIM_PACE", "fast");
    odd.script("puts ON").ends(0).says(&["ON"]);
}

#[test]
fn dates_are_local_time() {
    // Without a zone database a rule still is one.
    let bench = Bench::new().with("TZ", "XXX-5:30");
    let there = |ran: &Ran| {
        let line = ran.console.lines().find(|l| l.contains("Start of session at: ")).unwrap().to_owned();
        line.rsplit_once(' ').unwrap().0.rsplit_once(' ').unwrap().1.to_owned()
    };
    let seconds = |clock: &str| {
        let parts: Vec<i64> = clock.split(':').map(|p| p.parse().unwrap()).collect();
        parts[0] * 3600 + parts[1] * 60 + parts[2]
    };
    let here = seconds(&there(&bench.script("puts a")));
    let utc = seconds(&there(&Bench::new().with("TZ", "UTC0").script("puts a")));
    let apart = (here - utc).rem_euclid(86_400);
    assert!((5 * 3600 + 1800..5 * 3600 + 1860).contains(&apart), "{apart} seconds apart");
}
