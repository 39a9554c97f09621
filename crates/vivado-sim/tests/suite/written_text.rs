// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the stand-in writes as text is read back to the same design, project or block design.

use crate::Bench;

fn run(bench: &Bench, script: &str) -> crate::Ran {
    bench.write("s.tcl", script);
    bench.vivado(&["-mode", "batch", "-notrace", "-source", "s.tcl"])
}

#[test]
fn constraints_written_are_read_back() {
    let bench = Bench::new();
    run(
        &bench,
        "
read_verilog {top.v count_up.v}
synth_design -top top -part xc7a100tcsg324-1
create_clock -period 8.000 -name sys [get_ports clk]
set_property -dict {PACKAGE_PIN E3 IOSTANDARD LVCMOS33} [get_ports clk]
create_pblock pb
add_cells_to_pblock pb [get_cells inst_count]
resize_pblock pb -add SLICE_X0Y50:SLICE_X11Y99
set_property HD.RECONFIGURABLE 1 [get_cells inst_count]
set_property SNAPPING_MODE ON [get_pblocks pb]
write_checkpoint net.dcp
write_xdc -force all.xdc
puts \"TWICE [catch {write_xdc all.xdc}]\"
close_project
read_verilog {top.v count_up.v}
synth_design -top top -part xc7a100tcsg324-1
read_xdc all.xdc
puts \"PIN [get_property PACKAGE_PIN [get_ports clk]] [get_property IOSTANDARD [get_ports clk]]\"
puts \"CLOCK [get_clocks] [get_property PERIOD [get_clocks sys]]\"
puts \"PBLOCK [get_pblocks] [get_property GRID_RANGES [get_pblocks pb]] [get_cells -of_objects [get_pblocks pb]] [get_property SNAPPING_MODE [get_pblocks pb]]\"
puts \"RP [get_property HD.RECONFIGURABLE [get_cells inst_count]]\"
",
    )
    .ends(0)
    .says(&[
        "TWICE 1",
        "PIN E3 LVCMOS33",
        "CLOCK sys 8.000",
        "PBLOCK pb SLICE_X0Y50:SLICE_X11Y99 inst_count ON",
        "RP 1",
    ]);
}

#[test]
fn constraints_saved_go_to_the_target_file_of_the_project() {
    let bench = Bench::new();
    bench.write("pins.xdc", "set_property IOSTANDARD LVCMOS33 [get_ports clk]\n");
    run(
        &bench,
        "
create_project p prj -part xc7a100tcsg324-1
add_files {top.v count_up.v}
add_files -fileset constrs_1 pins.xdc
set_property target_constrs_file [file normalize pins.xdc] [current_fileset -constrset]
launch_runs synth_1 ; wait_on_run synth_1
open_run synth_1
set_property PACKAGE_PIN E3 [get_ports clk]
save_constraints
set f [open pins.xdc]; set text [read $f]; close $f
puts \"SAVED [string match {*PACKAGE_PIN E3*} $text] [string match {*LVCMOS33*} $text]\"
",
    )
    .ends(0)
    .says(&["SAVED 1 1"]);
}

#[test]
fn a_project_written_as_a_script_is_made_again() {
    let bench = Bench::new();
    bench.write("io.xdc", "create_clock -period 10 [get_ports clk]\n");
    run(
        &bench,
        "
create_project p first/prj -part xc7a100tcsg324-1
set_property PR_FLOW 1 [current_project]
add_files {top.v count_up.v}
add_files -fileset constrs_1 io.xdc
set_property top top [current_fileset]
create_partition_def -name pd -module count
create_reconfig_module -name up -partition_def [get_partition_defs pd] -top count
create_pr_configuration -name c1 -partitions {inst_count:up}
set_property PR_CONFIGURATION c1 [get_runs impl_1]
set_property strategy Performance_Explore [get_runs impl_1]
write_project_tcl -force again.tcl
close_project
",
    )
    .ends(0);
    run(
        &bench,
        "
set origin_dir_loc [pwd]
source again.tcl
puts \"FILES [lmap f [get_files -of_objects [get_filesets sources_1]] {file tail $f}] [lmap f [get_files -of_objects [get_filesets constrs_1]] {file tail $f}]\"
puts \"TOP [get_property top [current_fileset]] [get_property PR_FLOW [current_project]] [get_property PART [current_project]]\"
puts \"DFX [get_partition_defs] [get_reconfig_modules] [get_pr_configurations] [get_property PR_CONFIGURATION [get_runs impl_1]]\"
puts \"STRATEGY [get_property STRATEGY [get_runs impl_1]]\"
",
    )
    .ends(0)
    .says(&[
        "TOP top 1 xc7a100tcsg324-1",
        "DFX pd up c1 c1",
        "STRATEGY Performance_Explore",
        "io.xdc",
    ]);
}

#[test]
fn a_block_design_written_as_a_script_is_made_again() {
    let bench = Bench::new();
    run(
        &bench,
        "
create_project p first -part xczu9eg-ffvb1156-2-e
create_bd_design d
create_bd_port -dir I -type clk -freq_hz 100000000 clk
create_bd_port -dir O -from 3 -to 0 led
create_bd_cell -type ip -vlnv xilinx.com:ip:zynq_ultra_ps_e:3.3 ps
create_bd_cell -type hier h
create_bd_cell -type ip -vlnv xilinx.com:ip:axi_gpio:2.0 h/g
set_property CONFIG.C_GPIO_WIDTH 4 [get_bd_cells h/g]
create_bd_intf_pin -mode Slave -vlnv xilinx.com:interface:aximm_rtl:1.0 h/S
connect_bd_intf_net [get_bd_intf_pins h/S] [get_bd_intf_pins h/g/S_AXI]
connect_bd_intf_net [get_bd_intf_pins ps/M_AXI_HPM0_FPD] [get_bd_intf_pins h/S]
create_bd_pin -dir O -from 3 -to 0 h/o
connect_bd_net [get_bd_pins h/g/gpio_io_o] [get_bd_pins h/o]
connect_bd_net [get_bd_pins h/o] [get_bd_ports led]
assign_bd_address -offset 0xA0000000 -range 64K [get_bd_addr_segs h/g/S_AXI/Reg]
save_bd_design
write_bd_tcl -force d.tcl
close_project
create_project q second -part xczu9eg-ffvb1156-2-e
source d.tcl
puts \"CELLS [lsort [get_bd_cells -hierarchical]]\"
puts \"CONFIG [get_property CONFIG.C_GPIO_WIDTH [get_bd_cells h/g]] [get_property LEFT [get_bd_ports led]]\"
puts \"NETS [lsort [get_bd_pins -of_objects [get_bd_nets -of_objects [get_bd_ports led]]]]\"
puts \"SEG [get_property OFFSET [get_bd_addr_segs -of_objects [get_bd_addr_spaces ps/Data]]]\"
",
    )
    .ends(0)
    .says(&["CELLS /h /h/g /ps", "CONFIG 4 3", "NETS /h/o", "SEG 0xA0000000"]);
}

#[test]
fn a_vhdl_project_gets_a_vhdl_wrapper_that_synthesizes() {
    let bench = Bench::new();
    run(
        &bench,
        "
create_project p prj -part xc7z020clg400-1
set_property target_language VHDL [current_project]
create_bd_design sys
create_bd_port -dir I clk
create_bd_port -dir O -from 7 -to 0 led
create_bd_cell -type ip -vlnv xilinx.com:ip:xlconstant:1.1 c
connect_bd_net [get_bd_pins c/dout] [get_bd_ports led]
save_bd_design
set w [make_wrapper -files [get_files sys.bd] -top]
add_files $w
set_property top sys_wrapper [current_fileset]
launch_runs synth_1 ; wait_on_run synth_1
open_run synth_1
puts \"WRAPPER [file tail $w] [get_cells] [llength [get_ports led[*]]]\"
",
    )
    .ends(0)
    .says(&["WRAPPER sys_wrapper.vhd sys_i 8"]);
}
