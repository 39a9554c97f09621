// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Cells of a block design grouped, moved, ungrouped, copied; automation and addresses.

use crate::Bench;

const FLAT: &str = "
create_project -in_memory -part xczu9eg-ffvb1156-2-e
create_bd_design d
foreach {vlnv name} {zynq_ultra_ps_e:3.3 ps smartconnect:1.0 sc axi_gpio:2.0 gpio_0 axi_gpio:2.0 gpio_1 xlconstant:1.1 one} {
  create_bd_cell -type ip -vlnv xilinx.com:ip:$vlnv $name
}
connect_bd_intf_net [get_bd_intf_pins ps/M_AXI_HPM0_FPD] [get_bd_intf_pins sc/S00_AXI]
connect_bd_intf_net [get_bd_intf_pins sc/M00_AXI] [get_bd_intf_pins gpio_0/S_AXI]
connect_bd_intf_net [get_bd_intf_pins sc/M01_AXI] [get_bd_intf_pins gpio_1/S_AXI]
connect_bd_net [get_bd_pins gpio_0/s_axi_aclk] [get_bd_pins gpio_1/s_axi_aclk] [get_bd_pins ps/pl_clk0]
connect_bd_net [get_bd_pins one/dout] [get_bd_pins gpio_1/gpio_io_i]
";

fn run(script: &str) -> crate::Ran {
    let bench = Bench::new();
    bench.write("bd.tcl", &format!("{FLAT}{script}"));
    bench.vivado(&["-mode", "batch", "-notrace", "-source", "bd.tcl"])
}

#[test]
fn nets_are_named_after_their_driver() {
    run("puts \"NETS [lsort [get_bd_nets]] / [lsort [get_bd_intf_nets]]\"")
        .ends(0)
        .says(&["NETS /one_dout /ps_pl_clk0 / /ps_M_AXI_HPM0_FPD /sc_M00_AXI /sc_M01_AXI"]);
}

#[test]
fn a_group_gets_the_pins_that_its_nets_need_and_a_later_move_takes_them_away() {
    run("
group_bd_cells rp [get_bd_cells gpio_1]
puts \"GROUPED [lsort [get_bd_pins rp/*]] [get_bd_intf_pins rp/*]\"
move_bd_cells [get_bd_cells rp] [get_bd_cells one]
puts \"MOVED [lsort [get_bd_pins rp/*]] [lsort [get_bd_cells -hierarchical]]\"
puts \"INSIDE [get_bd_pins -of_objects [get_bd_nets -of_objects [get_bd_pins rp/one/dout]]]\"
ungroup_bd_cells [get_bd_cells rp]
puts \"FLAT [lsort [get_bd_cells]] [lsort [get_bd_nets]]\"
")
    .ends(0)
    .says(&[
        "GROUPED /rp/gpio_io_i /rp/s_axi_aclk /rp/S_AXI",
        "MOVED /rp/s_axi_aclk /gpio_0 /ps /rp /rp/gpio_1 /rp/one /sc",
        "INSIDE /rp/gpio_1/gpio_io_i /rp/one/dout",
        "FLAT /gpio_0 /gpio_1 /one /ps /sc /one_dout /ps_pl_clk0",
    ]);
}

#[test]
fn copies_count_on_and_keep_their_parameters() {
    run("
set_property CONFIG.CONST_VAL 5 [get_bd_cells one]
copy_bd_objs / [get_bd_cells {gpio_0 one}]
puts \"COPIES [lsort [get_bd_cells {gpio_* one*}]] [get_property CONFIG.CONST_VAL [get_bd_cells one1]]\"
create_bd_cell -type hier box
copy_bd_objs box [get_bd_cells one]
puts \"WITHIN [get_bd_cells box/*]\"
")
    .ends(0)
    .says(&["COPIES /gpio_0 /gpio_1 /gpio_2 /one /one1 5", "WITHIN /box/one"]);
}

#[test]
fn addresses_follow_the_interface_nets_through_interconnects_and_groups() {
    run("
group_bd_cells rp [get_bd_cells gpio_1]
assign_bd_address
puts \"SEGMENTS [lsort [get_bd_addr_segs]]\"
puts \"OF [get_bd_addr_segs -of_objects [get_bd_intf_pins gpio_0/S_AXI]] [get_bd_addr_spaces]\"
set_property range 4K [get_bd_addr_segs {ps/Data/SEG_gpio_1_Reg}]
puts \"RANGE [get_property RANGE [get_bd_addr_segs {ps/Data/SEG_gpio_1_Reg}]]\"
")
    .ends(0)
    .says(&[
        "SEGMENTS /ps/Data/SEG_gpio_0_Reg /ps/Data/SEG_gpio_1_Reg",
        "OF /gpio_0/S_AXI/Reg /ps/Data",
        "RANGE 0x00001000",
    ]);
}

#[test]
fn automation_joins_a_slave_and_pins_of_a_cell_go_outside() {
    run("
create_bd_cell -type ip -vlnv xilinx.com:ip:axi_timer:2.0 timer
apply_bd_automation -rule xilinx.com:bd_rule:axi4 -config {Master /ps/M_AXI_HPM1_FPD Clk Auto} [get_bd_intf_pins timer/S_AXI]
puts \"CELLS [lsort [get_bd_cells {ps8* rst*}]]\"
get_bd_pins gpio_0/gpio_io_o
make_bd_pins_external [get_bd_cells gpio_0]
puts \"PORTS [get_bd_ports] [get_property DIR [get_bd_ports gpio_io_o_0]]\"
")
    .ends(0)
    .says(&["CELLS /ps8_0_axi_periph /rst_ps8_0_99M", "PORTS /gpio_io_o_0 O"]);
}

#[test]
fn automation_maps_what_it_joins_and_relations_are_found() {
    run("
create_bd_cell -type ip -vlnv xilinx.com:ip:zynq_ultra_ps_e:3.3 zps
create_bd_cell -type ip -vlnv xilinx.com:ip:axi_gpio:2.0 io
apply_bd_automation -rule xilinx.com:bd_rule:axi4 -config [list Master /zps/M_AXI_HPM0_FPD Clk Auto] [get_bd_intf_pins io/S_AXI]
puts \"MAPPED [get_property OFFSET [get_bd_addr_segs zps/Data/SEG_io_Reg]]\"
puts \"OTHER [find_bd_objs -relation connected_to [get_bd_intf_pins io/S_AXI]]\"
make_bd_intf_pins_external -name LEDS [get_bd_intf_pins io/GPIO]
puts \"NAMED [get_bd_intf_ports LEDS] [find_bd_objs -relation connected_to [get_bd_intf_ports LEDS]]\"
group_bd_cells box [get_bd_cells io]
puts \"THROUGH [find_bd_objs -relation connected_to -thru_hier [get_bd_intf_ports LEDS]]\"
")
    .ends(0)
    .says(&[
        "at <0xA000_0000 [ 64K ]>",
        "MAPPED 0xA0000000",
        "OTHER /ps8_0_axi_periph/M00_AXI",
        "NAMED /LEDS /io/GPIO",
        "THROUGH /box/io/GPIO",
    ]);
}
