// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Habits of public scripts: imports, long property forms, project restore scripts, block-design scripts, loops over runs.

use crate::Bench;

#[test]
fn imports_named_arguments_and_routes_before_bitstreams() {
    let bench = Bench::new();
    bench
        .script(
            "set src [pwd]\ncreate_project shop ./shop -part xc7z020clg400-1\n\
             set_property board_part tul.com.tw:pynq-z2:part0:1.0 [current_project]\n\
             add_files -norecurse [list $src/top.v $src/count_up.v ]\nimport_files -force -norecurse\n\
             import_files -fileset constrs_1 -force -norecurse $src/top.xdc\nimport_files -fileset constrs_1 -norecurse $src/pblocks.xdc\n\
             update_compile_order -fileset sources_1\nset_property PR_FLOW 1 [current_project] \n\
             create_partition_def -name slot -module count\nset obj [get_partition_defs slot]\n\
             set_property -name \"name\" -value \"slot\" -objects $obj\nset_property -name \"use_blackbox_stub\" -value \"1\" -objects $obj\n\
             create_reconfig_module -name count -partition_def $obj -define_from count\n\
             create_reconfig_module -name other -partition_def $obj \n\
             import_files -norecurse $src/count_down.v -of_objects [get_reconfig_modules other]\n\
             create_pr_configuration -name full -partitions [list inst_count:count ]\n\
             create_pr_configuration -name half -partitions [list inst_count:other ]\n\
             set_property PR_CONFIGURATION full [get_runs impl_1]\n\
             create_run child_0_impl_1 -parent_run impl_1 -flow {Vivado Implementation 2023} -pr_config half\n\
             launch_runs synth_1 -jobs 16\nwait_on_run synth_1\n\
             open_run synth_1 -name synth_1 -pr_config [current_pr_configuration]\n\
             launch_runs impl_1 child_0_impl_1 -jobs 16\nwait_on_run child_0_impl_1\n\
             open_run impl_1\nwrite_bitstream -file [pwd]/bit_full\nopen_run child_0_impl_1\nwrite_bitstream -file [pwd]/bit_half_partial -cell inst_count\n\
             puts \"FAMILY [get_property FAMILY [get_parts [get_property PART_NAME [current_board_part]]]]\"\nstart_gui\n",
        )
        .ends(0)
        .says(&["FAMILY zynq"]);
    for file in [
        "bit_full.bit",
        "bit_half_partial.bit",
        "shop/shop.srcs/constrs_1/imports",
        "shop/shop.runs/impl_1/top_routed_bb.dcp",
    ] {
        assert!(bench.path(file).exists(), "{file}");
    }
    assert!(!bench.read("shop/shop.runs/synth_1/top.tcl").contains("count_up.v"));
}

#[test]
fn a_restore_script_builds_the_project_again() {
    let bench = Bench::new();
    bench
        .script(
            "set origin_dir \".\"\nset _xil_proj_name_ \"again\"\n\
             create_project ${_xil_proj_name_} ./${_xil_proj_name_} -part xc7z020clg400-1\nset proj_dir [get_property directory [current_project]]\n\
             set obj [current_project]\nset_property -name \"default_lib\" -value \"xil_defaultlib\" -objects $obj\nset_property -name \"pr_flow\" -value \"1\" -objects $obj\n\
             if {[string equal [get_filesets -quiet sources_1] \"\"]} { create_fileset -srcset sources_1 }\n\
             set obj [get_filesets sources_1]\nset files [list [file normalize \"${origin_dir}/top.v\"]]\nadd_files -norecurse -fileset $obj $files\n\
             set file \"$origin_dir/top.v\"\nset file [file normalize $file]\nset file_obj [get_files -of_objects [get_filesets sources_1] [list \"*$file\"]]\n\
             set_property -name \"file_type\" -value \"SystemVerilog\" -objects $file_obj\n\
             set obj [get_filesets sources_1]\nset_property -name \"top\" -value \"top\" -objects $obj\nset_property -name \"top_auto_set\" -value \"0\" -objects $obj\n\
             if {[string equal [get_filesets -quiet constrs_1] \"\"]} { create_fileset -constrset constrs_1 }\n\
             set obj [get_filesets constrs_1]\nset file \"[file normalize \"$origin_dir/top.xdc\"]\"\nset file_added [add_files -norecurse -fileset $obj [list $file]]\n\
             create_partition_def -name pd -module count\n\
             create_reconfig_module -name up -partition_def [get_partition_defs pd]\nset obj [get_reconfig_modules up]\nset_property -name \"module_name\" -value \"count\" -objects $obj\n\
             add_files -norecurse -of_objects [get_reconfig_modules up] [file normalize count_up.v]\n\
             create_pr_configuration -name c1 -partitions {inst_count:up}\nset obj [get_pr_configurations c1]\nset_property -name \"auto_import\" -value \"1\" -objects $obj\n\
             set_property -name \"partition_cell_rms\" -value \"inst_count:up\" -objects $obj\n\
             if {[string equal [get_runs -quiet synth_1] \"\"]} { create_run -name synth_1 -part xc7z020clg400-1 -flow {Vivado Synthesis 2024} -strategy \"Vivado Synthesis Defaults\" -report_strategy {No Reports} -constrset constrs_1 } else { set_property strategy \"Vivado Synthesis Defaults\" [get_runs synth_1]\n set_property flow \"Vivado Synthesis 2024\" [get_runs synth_1] }\n\
             set obj [get_runs synth_1]\nset_property set_report_strategy_name 1 $obj\nset_property report_strategy {Vivado Synthesis Default Reports} $obj\n\
             if { [ string equal [get_report_configs -of_objects [get_runs synth_1] synth_1_synth_report_utilization_0] \"\" ] } { create_report_config -report_name synth_1_synth_report_utilization_0 -report_type report_utilization:1.0 -steps synth_design -runs synth_1 }\n\
             set obj [get_report_configs -of_objects [get_runs synth_1] synth_1_synth_report_utilization_0]\nset_property -name \"options.max_paths\" -value \"10\" -objects $obj\n\
             current_run -synthesis [get_runs synth_1]\ncreate_run -name child -part xc7z020clg400-1 -flow {Vivado Implementation 2024} -strategy \"Vivado Implementation Defaults\" -constrset constrs_1 -parent_run impl_1 -pr_config c1\n\
             create_dashboard_gadget -name {drc_1} -type drc\nset obj [get_dashboard_gadgets [ list \"drc_1\" ] ]\nset_property -name \"reports\" -value \"impl_1#x\" -objects $obj\nmove_dashboard_gadget -name {drc_1} -row 2 -col 0\n\
             foreach r [get_runs -filter {IS_IMPLEMENTATION && PARENT == impl_1}] { puts \"CHILD $r\" }\n\
             foreach rm [get_reconfig_modules -of_objects [get_partition_defs pd]] { puts \"RM $rm [get_property module_name $rm] [get_property partition_def $rm]\" }\n",
        )
        .ends(0)
        .says(&["CHILD child", "RM up count pd"])
        .never(&["ERROR"]);
}

#[test]
fn a_generated_block_design_script_finds_its_objects() {
    let bench = Bench::new();
    bench
        .script(
            "set scripts_vivado_version 2024.2\nif { [string first $scripts_vivado_version [version -short]] == -1 } { error wrong }\n\
             if { [get_projects -quiet] eq \"\" } { create_project b b -part xc7z020clg400-1 }\n\
             if { [current_bd_design -quiet] eq \"\" && [get_files -quiet sys.bd] eq \"\" } { create_bd_design sys\n current_bd_design sys }\n\
             foreach vlnv {xilinx.com:ip:axi_gpio:* xilinx.com:ip:processing_system7:5.5} { if {[get_ipdefs -all $vlnv] eq \"\"} { error \"no $vlnv\" } }\n\
             set parentCell [get_bd_cells /]\nset parentObj [get_bd_cells $parentCell]\nif {[get_property TYPE $parentObj] ne \"hier\"} {error type}\n\
             set oldCurInst [current_bd_instance .]\ncurrent_bd_instance $parentObj\n\
             set DDR [ create_bd_intf_port -mode Master -vlnv xilinx.com:interface:ddrx_rtl:1.0 DDR ]\n\
             set clk [ create_bd_port -dir I -type clk -freq_hz 100000000 clk ]\n\
             set hier_obj [create_bd_cell -type hier sub]\ncurrent_bd_instance $hier_obj\n\
             create_bd_intf_pin -mode Slave -vlnv xilinx.com:interface:aximm_rtl:1.0 S_AXI\ncreate_bd_pin -dir I -type clk aclk\n\
             set gpio [ create_bd_cell -type ip -vlnv xilinx.com:ip:axi_gpio axi_gpio_0 ]\nset_property -dict [list CONFIG.C_ALL_INPUTS {1}] $gpio\n\
             connect_bd_intf_net -intf_net Conn1 [get_bd_intf_pins S_AXI] [get_bd_intf_pins axi_gpio_0/S_AXI]\n\
             connect_bd_net -net aclk_1 [get_bd_pins aclk] [get_bd_pins axi_gpio_0/s_axi_aclk]\ncurrent_bd_instance $oldCurInst\n\
             create_bd_cell -type module -reference top top_0\n\
             connect_bd_net [get_bd_ports clk] [get_bd_pins sub/aclk]\n\
             set ps [create_bd_cell -type ip -vlnv xilinx.com:ip:processing_system7:5.5 ps]\n\
             assign_bd_address -offset 0x41200000 -range 0x00010000 -target_address_space [get_bd_addr_spaces ps/Data] [get_bd_addr_segs sub/axi_gpio_0/S_AXI/Reg] -force\n\
             puts \"CELLS [lsort [get_bd_cells -hierarchical]] IN [get_property CONFIG.C_ALL_INPUTS [get_bd_cells sub/axi_gpio_0]]\"\n\
             validate_bd_design\nsave_bd_design\nmake_wrapper -files [get_files sys.bd] -top -import\nputs \"TOPS [get_files *_wrapper.v]\"\n\
             common::send_gid_msg -ssname BD::TCL -id 2052 -severity \"CRITICAL WARNING\" \"told\"\n",
        )
        .ends(0)
        .says(&["CELLS /ps /sub /sub/axi_gpio_0 /top_0 IN 1", "sys_wrapper.v", "CRITICAL WARNING: [BD::TCL 103-2052] told"])
        .never(&["ERROR"]);
}
