// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! One deliberate mistake each, and the message that real Vivado has for it.

use crate::Bench;

const PART: &str = "xc7z020clg400-1";

/// Runs a script that must fail with these texts.
fn fails(script: &str, wanted: &[&str]) {
    Bench::new().script(script).ends(1).says(wanted);
}

/// A project with the partition defined, for mistakes after that.
fn dfx(rest: &str) -> String {
    format!(
        "create_project P ./P -part {PART}\nset_property PR_FLOW 1 [current_project]\nadd_files {{top.v count_up.v}}\n\
         add_files -fileset constrs_1 {{top.xdc pblocks.xdc}}\nset_property top top [current_fileset]\n\
         create_partition_def -name pd_count -module count\n\
         create_reconfig_module -name count_up -partition_def [get_partition_defs pd_count] -define_from count\n\
         create_pr_configuration -name config_1 -partitions [list inst_count:count_up]\n\
         set_property PR_CONFIGURATION config_1 [get_runs impl_1]\n{rest}\n"
    )
}

#[test]
fn option_parser() {
    fails(
        "close_project /a/b.xpr",
        &[
            "ERROR: [Common 17-165] Too many positional options when parsing '/a/b.xpr', please type 'close_project -help' for usage info.",
        ],
    );
    fails(
        "open_project -foo x",
        &["ERROR: [Common 17-170] Unknown option '-foo', please type 'open_project -help' for usage info."],
    );
    fails(
        "create_partition_def -name",
        &[
            "ERROR: [Common 17-163] Missing value for option 'name', please type 'create_partition_def -help' for usage info.",
        ],
    );
    fails("-quiet x", &["invalid command name \"-quiet\""]);
    fails(
        "no_such_command 1",
        &[
            "invalid command name \"no_such_command\"\n    while executing\n\"no_such_command 1\"\n    (file \"script.tcl\" line 1)",
        ],
    );
    fails("get_p", &["ambiguous command name \"get_p\""]);
    // -quiet silences errors of the command, not of its options.
    Bench::new()
        .script("open_project -quiet none.xpr\nputs GOES_ON")
        .ends(0)
        .says(&["GOES_ON"])
        .never(&["ERROR"]);
    fails("open_project -quiet -foo x", &["[Common 17-170]"]);
}

#[test]
fn projects_and_files() {
    fails(
        "create_project p -part xc7nothing",
        &[
            "WARNING: [Device 21-436] No parts matched 'xc7nothing'",
            "ERROR: [Coretcl 2-106] Specified part could not be found.",
        ],
    );
    fails(
        &format!("create_project a -in_memory -part {PART}\ncreate_project b -in_memory -part {PART}"),
        &[
            "ERROR: [Coretcl 2-99] Project a is currently open. Please close the project before executing this command",
        ],
    );
    fails(
        &format!("create_project p ./p -part {PART}\nopen_project p/p.xpr"),
        &["ERROR: [Coretcl 2-101] Project '", "p.xpr' is already open."],
    );
    fails(
        &format!("create_project p ./p -part {PART}\nclose_project\ncreate_project p ./p -part {PART}"),
        &["already exists, use -force to overwrite"],
    );
    fails("open_project none.xpr", &["ERROR: [Coretcl 2-27] Can't find specified project."]);
    fails(
        &format!("create_project p -in_memory -part {PART}\nadd_files none.xdc"),
        &[
            "ERROR: [Vivado 12-172] File or Directory '",
            "none.xdc' does not exist",
            "ERROR: [Common 17-39] 'add_files' failed due to earlier errors.",
        ],
    );
    fails(
        &format!("create_project p -in_memory -part {PART}\nread_verilog none.v"),
        &["ERROR: [Runs 36-287] File does not exist or is not accessible:'"],
    );
    fails("current_project", &["ERROR: [Common 17-53] User Exception: No open project."]);
    fails("opt_design", &["ERROR: [Common 17-53] User Exception: No open design."]);
    Bench::new()
        .script(&format!(
            "create_project p -in_memory -part {PART}\nadd_files top.v\nadd_files top.v\nputs ON"
        ))
        .ends(0)
        .says(&[
            "WARNING: [filemgmt 56-12] File '",
            "already exists in the project, skipping this file",
            "ON",
        ]);
}

#[test]
fn properties_and_objects() {
    fails(
        &format!("create_project p -in_memory -part {PART}\nset_property TOP x [get_runs nothing]"),
        &[
            "WARNING: ",
            "ERROR: [Common 17-55] 'set_property' expects at least one object.\nResolution: If [get_<value>] was used",
        ],
    );
    fails(
        "get_property NAME plain_word",
        &["ERROR: [Common 17-161] Invalid option value 'plain_word' specified for 'object'."],
    );
    fails(
        "open_checkpoint none.dcp",
        &["ERROR: [Common 17-69] Command failed: File 'none.dcp' does not exist"],
    );
    let design = format!(
        "create_project -in_memory -part {PART}\nread_verilog {{top.v count_up.v}}\nsynth_design -top top\n"
    );
    fails(
        &format!("{design}write_checkpoint nodir/x.dcp"),
        &["ERROR: [Common 17-37] Directory in which file x.dcp is to be written does not exist ["],
    );
    fails(
        &format!("{design}write_checkpoint x.dcp\nwrite_checkpoint x.dcp"),
        &["already exists, use -force"],
    );
    fails(
        &format!("{design}write_bitstream x.bit"),
        &["ERROR: [Common 17-69] Command failed: write_bitstream is not supported"],
    );
    fails(
        &format!("{design}write_checkpoint -force t.dcp\nread_checkpoint -cell inst_count t.dcp"),
        &[
            "ERROR: [Project 1-257] Command is only supported on a black-box instance. Cell 'inst_count' is not a black-box.",
        ],
    );
    fails(
        &format!("{design}set_property NONSENSE 1 [get_cells inst_count]"),
        &[
            "ERROR: [Netlist 29-160] Cannot set property 'NONSENSE', because the property does not exist for objects of type 'cell'.",
        ],
    );
    Bench::new()
        .script(&format!(
            "{design}get_cells none\nget_ports none\nget_pins none/x\nget_files none\nget_nets none"
        ))
        .ends(0)
        .says(&[
            "WARNING: [Vivado 12-180] No cells matched 'none'.",
            "WARNING: [Vivado 12-584] No ports matched 'none'.",
            "[Vivado 12-508]",
            "[Vivado 12-818]",
            "[Vivado 12-507]",
        ]);
}

#[test]
fn constraints() {
    let bench = Bench::new();
    bench.write(
        "bad.xdc",
        "if {1} { set x 1 }\nset_property PACKAGE_PIN A1 [get_ports none]\ncreate_pblock pb\nadd_cells_to_pblock pb [get_cells -quiet none]\nset_property NONSENSE 1 [get_cells inst_count]\ncreate_clock -period 5 [get_ports none]\n",
    );
    bench
        .script(&format!("create_project -in_memory -part {PART}\nread_verilog {{top.v count_up.v}}\nsynth_design -top top\nread_xdc bad.xdc\nputs ON"))
        .ends(0)
        .says(&[
            "CRITICAL WARNING: [Designutils 20-1307] Command 'if' is not supported in the xdc constraint file. [",
            "bad.xdc:1]",
            "WARNING: [Vivado 12-584] No ports matched 'none'. [",
            "CRITICAL WARNING: [Common 17-55] 'set_property' expects at least one object. [",
            "bad.xdc:2]",
            "CRITICAL WARNING: [Vivado 12-1433] Expecting a non-empty list of cells to be added to the pblock.",
            "bad.xdc:4]",
            "CRITICAL WARNING: [Netlist 29-160]",
            "CRITICAL WARNING: [Vivado 12-4739] create_clock:No valid object(s) found for",
            "ON",
        ]);
}

#[test]
fn synthesis_and_link() {
    fails(
        &format!("create_project -in_memory -part {PART}\nread_verilog top.v\nsynth_design -top top"),
        &[
            "ERROR: [Synth 8-439] module 'count' not found [",
            "top.v:7]",
            "synth_design failed",
            "ERROR: [Common 17-69] Command failed: Vivado Synthesis failed",
        ],
    );
    let bench = Bench::new();
    bench.write("bad.v", "module bad(input a);\n  assign b = (a;\nendmodule\n");
    bench
        .script(&format!("create_project -in_memory -part {PART}\nread_verilog bad.v\nsynth_design -top bad"))
        .ends(1)
        .says(&["ERROR: [Synth 8-2715] syntax error near endmodule [", "bad.v:3]"]);
    fails(
        &format!("create_project -in_memory -part {PART}\nlink_design -top t"),
        &["ERROR: [Project 1-68] No files found to match top module 't'"],
    );
    let static_dcp = format!(
        "create_project -in_memory -part {PART}\nread_verilog {{top.v count_bb.v}}\nsynth_design -top top\nwrite_checkpoint -force static.dcp\nclose_project\n"
    );
    let bench = Bench::new();
    bench.write(
        "wide.v",
        "module count(input clk, input rst_n, output [7:0] count_out); assign count_out = 8'h1; endmodule\n",
    );
    bench
        .script(&format!(
            "{static_dcp}create_project -in_memory -part {PART}\nread_verilog wide.v\nsynth_design -top count -mode out_of_context\nwrite_checkpoint -force wide.dcp\nclose_project\n\
             create_project -in_memory -part {PART}\nadd_files {{static.dcp wide.dcp}}\nset_property SCOPED_TO_CELLS inst_count [get_files wide.dcp]\nlink_design -top top -part {PART} -reconfig_partitions inst_count"
        ))
        .ends(1)
        .says(&["ERROR: [Netlist 29-77] Could not replace (cell 'count_bb', library 'work', file 'NOFILE') with (cell 'count', library 'work', file '", "because of a port interface mismatch; in strict mode, no extra ports are allowed. 4 ports are missing on the original cell.", "'count_out[4]'"]);
    // A wrong cell stays black, and a black cell stops opt_design.
    fails(
        &format!(
            "{static_dcp}create_project -in_memory -part {PART}\nread_verilog count_up.v\nsynth_design -top count -mode out_of_context\nwrite_checkpoint -force up.dcp\nclose_project\n\
             create_project -in_memory -part {PART}\nadd_files {{static.dcp up.dcp}}\nset_property SCOPED_TO_CELLS inst_cnt [get_files up.dcp]\nlink_design -top top -part {PART} -reconfig_partitions inst_count\nopt_design"
        ),
        &[
            "WARNING: [Project 1-514] Invalid cell name 'inst_cnt' for checkpoint '",
            "ERROR: [DRC INBB-3] Black Box Instances: Cell 'inst_count' of type 'count' has undefined contents and is considered a black box.  The contents of this cell must be defined for opt_design to complete successfully.",
            "INFO: [Project 1-461] DRC finished with 1 Errors",
            "ERROR: [Vivado_Tcl 4-78] Error(s) found during DRC. Opt_design not run.",
            "opt_design failed",
            "ERROR: [Common 17-39] 'opt_design' failed due to earlier errors.\n\n    while executing\n\"opt_design\"\n    (file \"script.tcl\" line",
        ],
    );
}

#[test]
fn partitions_need_pblocks_and_ports_need_pins() {
    let bench = Bench::new();
    let script = bench.read("nonproject.tcl");
    bench.write("pblocks.xdc", "\n");
    bench
        .script(&script)
        .ends(1)
        .says(&["ERROR: [Vivado_Tcl 4-23] Error(s) found during DRC. Placer not run."]);
    let bench = Bench::new();
    bench.write("top.xdc", "create_clock -period 8 [get_ports clk]\n");
    bench.script(&script).ends(1).says(&[
        "ERROR: [DRC NSTD-1] Unspecified I/O Standard:",
        "ERROR: [DRC UCIO-1] Unconstrained Logical Port:",
        "ERROR: [Vivado 12-1345] Error(s) found during DRC. Bitgen not run.",
        "ERROR: [Common 17-39] 'write_bitstream' failed due to earlier errors.",
    ]);
    let lowered = script.replace("write_bitstream -force -no_partial_bitfile Bitstreams/c1_full", "set_property SEVERITY {Warning} [get_drc_checks NSTD-1]\nset_property SEVERITY {Warning} [get_drc_checks UCIO-1]\nwrite_bitstream -force -no_partial_bitfile Bitstreams/c1_full");
    bench.script(&lowered).ends(0).says(&["WARNING: [DRC NSTD-1]", "DRC finished with 0 Errors, 2 Warnings"]);
}

#[test]
fn dfx_objects() {
    let plain = format!("create_project P ./P -part {PART}\n");
    fails(
        &format!("{plain}create_partition_def -name a -module b"),
        &[
            "You must first define the project as a Partial Reconfiguration (PR) project by setting the PR_FLOW property",
        ],
    );
    fails(&dfx("set_property PR_FLOW 0 [current_project]"), &["PR_FLOW cannot be unset"]);
    fails(
        &dfx("create_pr_configuration -name c2 -partitions [list inst_count:nothing]"),
        &["Reconfigurable module 'nothing' does not exist."],
    );
    fails(
        &dfx("create_pr_configuration -name c2 -partitions [list inst_cnt:count_up]"),
        &["Partition instance 'inst_cnt' was not found in the design."],
    );
    fails(
        &dfx("create_pr_configuration -name config_1 -greyboxes inst_count"),
        &["PR configuration 'config_1' already exists."],
    );
    fails(
        &dfx("create_run c -parent_run impl_1 -flow {Vivado Implementation 2024} -pr_config none"),
        &["PR configuration 'none' does not exist."],
    );
    fails(
        &dfx("create_run c -parent_run impl_1 -flow {Vivado Implementation 2031}"),
        &["Flow 'Vivado Implementation 2031' is not available"],
    );
    fails(
        &dfx("set_property STEPS.NO_SUCH.IS_ENABLED 1 [get_runs impl_1]"),
        &["ERROR: [Common 17-54] The object 'run' does not have a property 'STEPS.NO_SUCH.IS_ENABLED'."],
    );
    fails(&dfx("wait_on_run impl_1"), &["has not been launched. Unable to wait."]);
    fails(&dfx("open_run impl_1"), &["Run 'impl_1' has not been launched. Unable to open"]);
    fails(
        &format!("create_project P ./P -part {PART}\nlaunch_runs synth_1"),
        &["No Verilog or VHDL sources found in project"],
    );
}
