// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The error catalogue of DFX builds (the fact sheet's section 6.5), row by row: a script with that one mistake says that message.
//!
//! Not among them: `[Common 17-70] Application Exception` for faults inside Vivado itself (no script can ask for
//! one); `[Device 21-9575]` of 2026.1, a release that the stand-in does not play.

use std::collections::BTreeSet;

use crate::Bench;

const PART: &str = "xc7z020clg400-1";

/// One row: what is told, the releases to play one after the other, and their scripts (in one directory).
struct Row {
    name: &'static str,
    /// Files written before: name and text.
    files: Vec<(&'static str, String)>,
    faults: &'static str,
    /// Release and script of each process.
    runs: Vec<(&'static str, String)>,
    /// Exit code of the last one.
    code: i32,
    /// Said by the last one.
    wanted: Vec<&'static str>,
}

impl Row {
    fn new(name: &'static str, script: impl Into<String>, wanted: &[&'static str]) -> Self {
        Self {
            name,
            files: Vec::new(),
            faults: "",
            runs: vec![("2024.2", script.into())],
            code: 1,
            wanted: wanted.to_vec(),
        }
    }

    fn ends(mut self, code: i32) -> Self {
        self.code = code;
        self
    }

    fn file(mut self, name: &'static str, text: impl Into<String>) -> Self {
        self.files.push((name, text.into()));
        self
    }

    fn faults(mut self, faults: &'static str) -> Self {
        self.faults = faults;
        self
    }

    fn release(mut self, release: &'static str) -> Self {
        if let Some(last) = self.runs.last_mut() {
            last.0 = release;
        }
        self
    }

    /// A process before.
    fn after(mut self, release: &'static str, script: impl Into<String>) -> Self {
        self.runs.insert(self.runs.len() - 1, (release, script.into()));
        self
    }
}

fn memory() -> String {
    format!("create_project -in_memory -part {PART}\n")
}

fn design() -> String {
    format!("{}read_verilog {{top.v count_up.v}}\nsynth_design -top top\n", memory())
}

/// Checkpoints of the static and of both modules.
fn synthesized() -> String {
    let mut text = String::new();
    for (name, files, top, mode) in [
        ("static", "top.v count_bb.v", "top", ""),
        ("up", "count_up.v", "count", "-mode out_of_context"),
        ("down", "count_down.v", "count", "-mode out_of_context"),
    ] {
        text += &format!(
            "{}read_verilog {{{files}}}\nsynth_design {mode} -top {top} -part {PART}\nwrite_checkpoint -force {name}.dcp\nclose_project\n",
            memory()
        );
    }
    text
}

/// The static with a module linked and routed, written as `name`.
fn routed(name: &str, module: &str, part: &str) -> String {
    format!(
        "create_project -in_memory -part {part}\nadd_files {{static.dcp {module}.dcp top.xdc pblocks.xdc}}\nset_property SCOPED_TO_CELLS inst_count [get_files {module}.dcp]\nlink_design -top top -part {part} -reconfig_partitions inst_count\nopt_design\nplace_design\nroute_design\nwrite_checkpoint -force {name}.dcp\nclose_project\n"
    )
}

fn project(rest: &str) -> String {
    format!(
        "create_project P ./P -part {PART}\nadd_files {{top.v count_up.v}}\nset_property top top [current_fileset]\n{rest}\n"
    )
}

fn rows() -> Vec<Row> {
    let linked = |dcp: &str, cell: &str| {
        format!(
            "{}{}add_files {{static.dcp {dcp}.dcp top.xdc pblocks.xdc}}\nset_property SCOPED_TO_CELLS {cell} [get_files {dcp}.dcp]\nlink_design -top top -part {PART} -reconfig_partitions inst_count\n",
            synthesized(),
            memory()
        )
    };
    let wide =
        "module count(input clk, input rst_n, output [7:0] count_out); assign count_out = 8'h1; endmodule\n";
    let two = "module two(input clk, input rst_n, output [3:0] a, output [3:0] b);\n  count one (.clk(clk), .rst_n(rst_n), .count_out(a));\n  count other (.clk(clk), .rst_n(rst_n), .count_out(b));\nendmodule\n";
    let failed = project("remove_files count_up.v\nlaunch_runs synth_1\n");
    vec![
        Row::new("part unknown", "create_project p -part xc7nothing", &[
            "WARNING: [Device 21-436] No parts matched 'xc7nothing'",
            "ERROR: [Coretcl 2-106] Specified part could not be found.",
        ]),
        Row::new("licence", design(), &["ERROR: [Common 17-345] A valid license was not found for feature 'Synthesis' and/or device 'xc7z020'."])
            .faults("fault=license"),
        Row::new("ports of a module differ",
            format!(
                "{}{}read_verilog wide.v\nsynth_design -top count -mode out_of_context\nwrite_checkpoint -force wide.dcp\nclose_project\n{}add_files {{static.dcp wide.dcp}}\nset_property SCOPED_TO_CELLS inst_count [get_files wide.dcp]\nlink_design -top top -part {PART} -reconfig_partitions inst_count",
                synthesized(),
                memory(),
                memory()
            ),
            &[
            "ERROR: [Netlist 29-77] Could not replace (cell 'count_bb', library 'work', file 'NOFILE') with (cell 'count', library 'work', file '",
            "because of a port interface mismatch; in strict mode, no extra ports are allowed. 4 ports are missing on the original cell. ",
        ])
        .file("wide.v", wide),
        Row::new("static synthesis, one black box", format!("{}read_verilog {{top.v count_bb.v}}\nsynth_design -top top", memory()), &["CRITICAL WARNING: [Project 1-486] Could not resolve non-primitive black box cell 'count' instantiated as 'inst_count' ["]).ends(0),
        Row::new("static synthesis, two", format!("{}read_verilog {{two.v count_bb.v}}\nsynth_design -top two", memory()), &["CRITICAL WARNING: [Project 1-560] Could not resolve non-primitive black box cell 'count' instantiated as '", "2 instances of this cell are unresolved black boxes. ["]).file("two.v", two).ends(0),
        Row::new("no such scoped cell", linked("up", "inst_cnt"), &["WARNING: [Project 1-514] Invalid cell name 'inst_cnt' for checkpoint '"]).ends(0),
        Row::new("partition without module", format!("{}{}add_files static.dcp\nlink_design -top top -part {PART} -reconfig_partitions inst_count\nopt_design", synthesized(), memory()), &[
            "ERROR: [DRC INBB-3] Black Box Instances: Cell 'inst_count' of type '",
            "has undefined contents and is considered a black box.  The contents of this cell must be defined for opt_design to complete successfully.",
            "INFO: [Project 1-461] DRC finished with 1 Errors",
            "ERROR: [Vivado_Tcl 4-78] Error(s) found during DRC. Opt_design not run.",
        ]),
        Row::new("partition without Pblock", format!("{}opt_design\nplace_design", linked("up", "inst_count")), &["ERROR: [Vivado_Tcl 4-23] Error(s) found during DRC. Placer not run."]).file("pblocks.xdc", "\n"),
        Row::new("ports without pins", format!("{}opt_design\nplace_design\nroute_design\nwrite_bitstream x.bit", linked("up", "inst_count")), &[
            "ERROR: [DRC NSTD-1] Unspecified I/O Standard: ",
            "ERROR: [DRC UCIO-1] Unconstrained Logical Port: ",
            "ERROR: [Vivado 12-1345] Error(s) found during DRC. Bitgen not run.",
            "ERROR: [Common 17-39] 'write_bitstream' failed due to earlier errors.",
        ])
        .file("top.xdc", "create_clock -period 8 [get_ports clk]\n"),
        Row::new("wrong golden static", format!("{}{}{}pr_verify -full_check a.dcp b.dcp", synthesized(), routed("a", "up", PART), routed("b", "down", PART)), &[
            "ERROR: [Constraints 18-891] HDPRVerify-08: design check point a.dcp places instance ",
            "ERROR: [Vivado 12-3515] PR_VERIFY: check points a.dcp and b.dcp are not compatible",
        ]),
        Row::new("another part", format!("{}{}{}pr_verify a.dcp b.dcp", synthesized(), routed("a", "up", PART), format!("{}{}", synthesized(), routed("b", "up", PART)).replace(PART, "xc7z010clg400-1")), &["ERROR: [Constraints 18-884] HDPRVerify-01: design check point a.dcp is using device xc7z020"]).file("pblocks.xdc", "create_pblock pblock_count\nadd_cells_to_pblock [get_pblocks pblock_count] [get_cells inst_count]\nresize_pblock [get_pblocks pblock_count] -add {SLICE_X0Y0:SLICE_X9Y49}\n"),
        Row::new("checkpoint of a newer release", "open_checkpoint static.dcp", &["ERROR: [Runs 36-378] The checkpoint ", "was created with 'Vivado v2024.2 (64-bit)', and cannot be opened in this version."]).release("2020.2").after("2024.2", synthesized()),
        Row::new("other parameters", "open_checkpoint x.dcp", &["INFO: [Constraints 18-5170] The checkpoint was created with non-default parameter values which do not match the current Vivado settings.  Mismatching parameters are:\n    place.sliceLegEffortLimit"]).after("2024.2", format!("set_param place.sliceLegEffortLimit 2000\n{}write_checkpoint x.dcp", design())).ends(0),
        Row::new("missing checkpoint", "open_checkpoint x.dcp", &["ERROR: [Common 17-69] Command failed: File 'x.dcp' does not exist"]),
        Row::new("missing checkpoint of a cell", format!("{}read_verilog {{top.v count_bb.v}}\nsynth_design -top top\nread_checkpoint -cell inst_count x.dcp", memory()), &["ERROR: [Common 17-69] Command failed: File 'x.dcp' does not exist"]),
        Row::new("missing file", format!("{}add_files none.xdc", memory()), &["ERROR: [Vivado 12-172] File or Directory '", "none.xdc' does not exist"]),
        Row::new("missing constraints", format!("{}read_xdc none.xdc", design()), &["ERROR: [Vivado 12-172] File or Directory '"]),
        Row::new("missing HDL", format!("{}read_verilog none.v", memory()), &["ERROR: [Runs 36-287] File does not exist or is not accessible:'/", "none.v'"]),
        Row::new("no directory for a checkpoint", format!("{}write_checkpoint dcp/synth-rp.dcp", design()), &["ERROR: [Common 17-37] Directory in which file synth-rp.dcp is to be written does not exist [/", "/dcp]"]),
        Row::new("no directory for a bitstream", format!("{}opt_design\nplace_design\nroute_design\nwrite_bitstream bits/x.bit", linked("up", "inst_count")), &["ERROR: [Common 17-37] Directory in which file x.bit is to be written does not exist [/"]),
        Row::new("no design", format!("{}place_design", memory()), &["ERROR: [Common 17-53] User Exception: No open design. Please open an elaborated, synthesized or implemented design before executing this command."]),
        Row::new("no project", "add_files -fileset sources_1 top.v\nclose_project\ncurrent_project", &["ERROR: [Common 17-53] User Exception: No open project."]),
        Row::new("runs of a project in memory", format!("{}launch_runs synth_1", memory()), &["ERROR: [Common 17-53] User Exception: No open project. Please use Save Project As to save your work and re-do this operation."]),
        Row::new("project still open", format!("create_project pr_led -in_memory -part {PART}\ncreate_project b -force -part {PART}"), &["ERROR: [Coretcl 2-99] Project pr_led is currently open. Please close the project before executing this command"]),
        Row::new("project open already", project("open_project P/P.xpr"), &["ERROR: [Coretcl 2-101] Project '/", "P.xpr' is already open."]),
        Row::new("missing project", "open_project none.xpr", &["ERROR: [Coretcl 2-27] Can't find specified project."]),
        Row::new("directory in use", format!("{}close_project\nfile delete -force P/P.runs\nclose [open P/P.runs w]\ncreate_project P ./P -part {PART} -force", project("")), &["ERROR: [Project 1-161] Failed to remove the directory '/", "P.runs'. The directory might be in use by some other process."]),
        Row::new("project of a newer release", "open_project P/P.xpr\nset_property top x [current_fileset]", &["ERROR: [Project 1-228] Project 'P' is read-only"]).release("2020.2").after("2024.2", project("")),
        Row::new("wrong top", format!("{}{}add_files static.dcp\nlink_design -top tpu_top_wrapper -part {PART}", synthesized(), memory()), &["ERROR: [Project 1-68] No files found to match top module 'tpu_top_wrapper'"]),
        Row::new("cell is filled", format!("{}write_checkpoint -force t.dcp\nread_checkpoint -cell inst_count t.dcp", design()), &["ERROR: [Project 1-257] Command is only supported on a black-box instance. Cell 'inst_count' is not a black-box."]),
        Row::new("surplus argument", "close_project /x/pr_led.xpr", &["ERROR: [Common 17-165] Too many positional options when parsing '/x/pr_led.xpr', please type 'close_project -help' for usage info."]),
        Row::new("unknown option", "open_project -foo x", &["ERROR: [Common 17-170] Unknown option '-foo', please type 'open_project -help' for usage info."]),
        Row::new("missing value", "create_partition_def -name", &["ERROR: [Common 17-163] Missing value for option 'name', please type 'create_partition_def -help' for usage info."]),
        Row::new("bad value", format!("{}opt_design -directive Foo", design()), &["ERROR: [Common 17-161] Invalid option value 'Foo' specified for '-directive'."]),
        Row::new("bad value in constraints", format!("{}read_xdc bad.xdc", design()), &["CRITICAL WARNING: [Common 17-162] Invalid option value specified for '-nets'. [/", "bad.xdc:2]"]).file("bad.xdc", "# a\nconnect_debug_port u/probe0 [get_nets -quiet none]\ncreate_clock -period 5 [get_ports clk]\n").ends(0),
        Row::new("property of nothing", project("set_property top x [get_runs -quiet none]"), &["ERROR: [Common 17-55] 'set_property' expects at least one object.\nResolution: If [get_<value>] was used to populate the object, check to make sure this command returns at least one valid object."]),
        Row::new("property of nothing in constraints", format!("{}read_xdc bad.xdc", design()), &["CRITICAL WARNING: [Common 17-55] 'set_property' expects at least one object. [/", "bad.xdc:1]"]).file("bad.xdc", "set_property PACKAGE_PIN A1 [get_ports -quiet none]\n").ends(0),
        Row::new("cell not found in a Pblock", format!("{}read_xdc bad.xdc", design()), &["CRITICAL WARNING: [Vivado 12-1433] Expecting a non-empty list of cells to be added to the pblock.  Please verify the correctness of the <cells> argument. [/", "bad.xdc:2]"]).file("bad.xdc", "create_pblock pb\nadd_cells_to_pblock pb [get_cells -quiet none]\n").ends(0),
        Row::new("nothing found", format!("{}get_cells none\nget_ports none\nget_nets none\nget_pins none/x\nget_files none\nget_nets -of_objects [get_ports -quiet none]", design()), &[
            "WARNING: [Vivado 12-180] No cells matched 'none'.",
            "WARNING: [Vivado 12-584] No ports matched 'none'.",
            "WARNING: [Vivado 12-507] No nets matched 'none'.",
            "WARNING: [Vivado 12-508] No pins matched 'none/x'.",
            "WARNING: [Vivado 12-818] No files matched 'none'",
            "WARNING: [Vivado 12-1023] No nets matched for command 'get_nets -of_objects",
        ])
        .ends(0),
        Row::new("Tcl in constraints", format!("{}read_xdc bad.xdc", design()), &["CRITICAL WARNING: [Designutils 20-1307] Command 'if' is not supported in the xdc constraint file. [/", "bad.xdc:1]"]).file("bad.xdc", "if {1} {create_pblock x}\n").ends(0),
        Row::new("stale synthesis", project("launch_runs impl_1\nwait_on_run impl_1\nset f [open count_up.v a]\nputs $f {// changed}\nclose $f\nlaunch_runs impl_1 -to_step write_bitstream\nputs AFTER"), &["WARNING: [Project 1-478] Design 'synth_1' is stale and will not be used when launching 'impl_1'", "AFTER"]).ends(0),
        Row::new("stale step", project("launch_runs impl_1\nwait_on_run impl_1\nset_property strategy Performance_Explore [get_runs impl_1]\nlaunch_runs impl_1 -to_step write_bitstream\nputs AFTER"), &["WARNING: [Vivado 12-872] Run step 'Design Initialization' is out-of-date.", "AFTER"]).ends(0),
        Row::new("failed run, 2022.2", format!("{failed}wait_on_run synth_1"), &["WARNING: [Vivado 12-13638] Failed runs(s) : 'synth_1'"]).release("2022.2").ends(0),
        Row::new("failed run, 2023.2", format!("{failed}wait_on_run synth_1"), &["ERROR: [Vivado 12-13638] Failed runs(s) : 'synth_1'"]).release("2023.2"),
        Row::new("launch after a failed run", format!("{failed}catch {{wait_on_run synth_1}}\nlaunch_runs impl_1"), &["ERROR: [Common 17-70] Application Exception: Failed to launch run 'impl_1' due to failures in the following run(s):\nsynth_1\nThese failed run(s) need to be reset prior to launching 'impl_1' again."]),
        Row::new("unknown command", "foo 1", &["invalid command name \"foo\"\n    while executing\n\"foo 1\"\n    (file \"script.tcl\" line 1)"]),
    ]
}

/// The ids of the section, as the fact sheet lists them.
const IDS: &str = "Device 21-436,Coretcl 2-106,Common 17-345,Netlist 29-77,Project 1-486,Project 1-560,Project 1-514,DRC INBB-3,Project 1-461,Vivado_Tcl 4-78,Vivado_Tcl 4-23,Vivado 12-1345,Common 17-39,DRC NSTD-1,DRC UCIO-1,Constraints 18-891,Vivado 12-3515,Constraints 18-884,Runs 36-378,Constraints 18-5170,Common 17-69,Vivado 12-172,Runs 36-287,Common 17-37,Common 17-53,Coretcl 2-99,Coretcl 2-101,Coretcl 2-27,Project 1-161,Project 1-228,Project 1-68,Project 1-257,Common 17-165,Common 17-170,Common 17-163,Common 17-161,Common 17-162,Common 17-55,Vivado 12-1433,Vivado 12-180,Vivado 12-584,Vivado 12-507,Vivado 12-508,Vivado 12-818,Vivado 12-1023,Designutils 20-1307,Project 1-478,Vivado 12-872,Vivado 12-13638,Common 17-70";

#[test]
fn every_row_of_the_catalogue_is_said_by_a_script_with_that_mistake() {
    let rows = rows();
    let told: String = rows.iter().flat_map(|r| r.wanted.iter().copied()).collect();
    let missing: BTreeSet<&str> = IDS.split(',').filter(|id| !told.contains(&format!("[{id}]"))).collect();
    assert_eq!(missing, BTreeSet::new(), "ids without a row");
    let mut wrong = Vec::new();
    for row in rows {
        let bench = Bench::new().with("VIVADO_SIM_FAULTS", row.faults);
        for (name, text) in &row.files {
            bench.write(name, text);
        }
        let (last, before) = row.runs.split_last().unwrap();
        for (release, script) in before {
            bench.release(release, script).ends(0);
        }
        let ran = bench.release(last.0, &last.1);
        let unsaid: Vec<&&str> = row.wanted.iter().filter(|w| !ran.console.contains(**w)).collect();
        if ran.code != row.code || !unsaid.is_empty() {
            let tail: Vec<&str> = ran.console.lines().rev().take(25).collect();
            let tail: Vec<&str> = tail.into_iter().rev().collect();
            wrong.push(format!(
                "{}: exit {} (wanted {}), not said: {unsaid:#?}\n{}",
                row.name,
                ran.code,
                row.code,
                tail.join("\n")
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
