// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Sites, timing paths, boards, rule decks and links that public scripts ask for.

use crate::Bench;

fn run(bench: &Bench, script: &str) -> crate::Ran {
    bench.write("s.tcl", script);
    bench.vivado(&["-mode", "batch", "-notrace", "-source", "s.tcl"])
}

const OPEN: &str = "
read_verilog {top.v count_up.v}
synth_design -top top -part xc7a100tcsg324-1
create_clock -period 10 -name clk [get_ports clk]
create_pblock pb
add_cells_to_pblock pb [get_cells inst_count]
resize_pblock pb -add {SLICE_X0Y50:SLICE_X11Y99 RAMB18_X0Y20:RAMB18_X0Y39}
";

#[test]
fn sites_tiles_and_regions_follow_from_the_floorplan() {
    let bench = Bench::new();
    run(
        &bench,
        &format!(
            "{OPEN}
puts \"SLICES [llength [get_sites -of_objects [get_pblocks pb] -filter {{SITE_TYPE =~ SLICE*}}]]\"
puts \"RAMB [llength [get_sites -of_objects [get_pblocks pb] RAMB18*]]\"
puts \"TYPE [get_property SITE_TYPE [get_sites RAMB18_X0Y20]] [llength [get_tiles -of_objects [get_sites SLICE_X0Y50]]]\"
"
        ),
    )
    .ends(0)
    .says(&["SLICES 600", "RAMB 20", "TYPE RAMB18 0", "'get_tiles' is not modelled"]);
}

#[test]
fn the_worst_path_has_the_slack_that_the_report_gives() {
    let bench = Bench::new();
    run(
        &bench,
        &format!(
            "{OPEN}
place_design
route_design
set path [get_timing_paths -max_paths 1 -nworst 1 -setup]
set slack [get_property SLACK $path]
set report [report_timing_summary -return_string]
puts \"SAME [string match *$slack* $report] [string is double -strict $slack] [llength $path]\"
puts \"HOLD [string is double -strict [get_property SLACK [get_timing_paths -hold]]]\"
"
        ),
    )
    .ends(0)
    .says(&["SAME 1 1 1", "HOLD 1"]);
}

#[test]
fn a_rule_deck_reports_only_its_own_checks() {
    let bench = Bench::new();
    run(
        &bench,
        "
read_verilog {top.v count_bb.v}
synth_design -top top -part xc7a100tcsg324-1
create_drc_ruledeck own
add_drc_checks -ruledeck own [get_drc_checks {UCIO-1}]
puts \"DECK [get_drc_ruledecks own]\"
puts \"OTHER [string match *INBB-3* [report_drc -ruledecks own -return_string]]\"
add_drc_checks -ruledeck own [get_drc_checks {INBB-3}]
puts \"OWN [string match *INBB-3* [report_drc -ruledecks own -return_string]]\"
",
    )
    .ends(0)
    .says(&["DECK own", "OTHER 0", "OWN 1"]);
}

#[test]
fn boards_have_their_part() {
    let bench = Bench::new();
    run(
        &bench,
        "
create_project p prj
set_property board_part xilinx.com:zcu102:part0:3.4 [current_project]
puts \"PART [get_property PART [current_project]] [llength [get_board_parts *zcu102*]]\"
",
    )
    .ends(0)
    .says(&["PART xczu9eg-ffvb1156-2-e"]);
}

#[test]
fn a_black_box_is_linked_by_the_name_of_its_module() {
    let bench = Bench::new();
    run(
        &bench,
        "
create_project -in_memory -part xc7a100tcsg324-1
read_verilog {top.v count_bb.v}
synth_design -top top -part xc7a100tcsg324-1
write_checkpoint static.dcp
close_project
create_project -in_memory -part xc7a100tcsg324-1
read_verilog count_up.v
synth_design -mode out_of_context -top count -part xc7a100tcsg324-1
write_checkpoint rm.dcp
close_project
create_project -in_memory -part xc7a100tcsg324-1
add_files {static.dcp rm.dcp}
link_design -top top -part xc7a100tcsg324-1
puts \"BOX [get_property IS_BLACKBOX [get_cells inst_count]]\"
",
    )
    .ends(0)
    .says(&["BOX 0"]);
}

#[test]
fn a_netlist_project_takes_its_top_from_the_checkpoint() {
    let bench = Bench::new();
    run(
        &bench,
        "
create_project -in_memory -part xc7a100tcsg324-1
read_verilog {top.v count_up.v}
synth_design -top top -part xc7a100tcsg324-1
write_checkpoint whole.dcp
close_project
create_project n net -part xc7a100tcsg324-1
set_property design_mode GateLvl [current_fileset]
add_files whole.dcp
launch_runs impl_1 -to_step route_design
wait_on_run impl_1
puts \"RUN [get_property STATUS [get_runs impl_1]]\"
",
    )
    .ends(0)
    .says(&["RUN route_design Complete!"]);
}

#[test]
fn a_module_in_a_block_design_has_the_interfaces_that_its_port_names_spell() {
    let bench = Bench::new();
    let axi: String = ["awaddr", "awvalid", "wdata", "wvalid", "bready", "araddr", "arvalid", "rready"]
        .iter()
        .map(|n| format!(", input [31:0] s_axi_{n}"))
        .chain(
            ["awready", "wready", "bvalid", "arready", "rdata", "rvalid"]
                .iter()
                .map(|n| format!(", output [31:0] s_axi_{n}")),
        )
        .collect();
    bench.write("m.v", &format!("module m(input clk{axi}); endmodule\n"));
    run(
        &bench,
        "
create_project p prj -part xc7z020clg400-1
add_files m.v
create_bd_design d
create_bd_cell -type module -reference m m_0
create_bd_cell -type ip -vlnv xilinx.com:ip:smartconnect:1.0 sc
connect_bd_intf_net [get_bd_intf_pins sc/M00_AXI] [get_bd_intf_pins m_0/s_axi]
puts \"JOINED [get_bd_intf_pins -of_objects [get_bd_intf_nets -of_objects [get_bd_intf_pins m_0/s_axi]]]\"
",
    )
    .ends(0)
    .says(&["JOINED", "/m_0/s_axi"]);
}
