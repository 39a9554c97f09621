// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Habits of public DFX scripts, each in a script of our own.

use crate::Bench;

fn run(bench: &Bench, script: &str) -> crate::Ran {
    bench.write("s.tcl", script);
    bench.vivado(&["-mode", "batch", "-notrace", "-source", "s.tcl"])
}

#[test]
fn an_index_in_brackets_needs_no_braces() {
    let bench = Bench::new();
    bench.write("io.xdc", "set_property PACKAGE_PIN A1 [get_ports led[0]]\n");
    run(
        &bench,
        "
read_verilog {top.v count_up.v}
synth_design -top top -part xc7a100tcsg324-1
read_xdc io.xdc
set i 2
puts \"PORTS [get_ports led[1]] [get_ports led[$i]] [llength [get_ports led[*]]]\"
puts \"PIN [get_property PACKAGE_PIN [get_ports led[0]]]\"
puts \"LIST [list a/b[3].c d[7:0]]\"
puts \"STILL [catch {no_such_command}] [catch {3 4}]\"
",
    )
    .ends(0)
    .says(&["PORTS led[1] led[2] 4", "PIN A1", "LIST {a/b[3].c} {d[7:0]}", "STILL 1 1"]);
}

#[test]
fn the_tcl_library_packages_that_vivado_ships_are_there() {
    let bench = Bench::new();
    bench.write("c.json", r#"{"rps": [{"cell": "a/b", "n": 2}], "on": true, "s": "x\ty"}"#);
    run(
        &bench,
        "
package require json
package require fileutil
package require cmdline
set d [json::json2dict [fileutil::cat c.json]]
puts \"JSON [dict get [lindex [dict get $d rps] 0] cell] [dict get $d on] [string length [dict get $d s]]\"
puts \"BAD [catch {json::json2dict {{\\\"a\\\": }}}]\"
file mkdir deep/er ; fileutil::writeFile deep/er/x.tcl 1
puts \"FOUND [fileutil::findByPattern deep *.tcl]\"
set argv {-part p -v rest}
array set o [cmdline::getoptions argv {{part.arg none {the part}} {v {talk}} {n.arg 3 {number}}}]
puts \"OPTIONS $o(part) $o(v) $o(n) $argv [catch {set a -x; cmdline::getoptions a {{v {talk}}}}]\"
",
    )
    .ends(0)
    .says(&["JSON a/b true 3", "BAD 1", "FOUND deep/er/x.tcl", "OPTIONS p 1 3 rest 1"]);
}

#[test]
fn a_script_finds_the_release_that_it_was_written_by() {
    for release in ["2017.4", "2019.2", "2021.1", "2024.1"] {
        let bench = Bench::new().with("VIVADO_SIM_RELEASE", release);
        run(&bench, &format!("if {{[string first {release} [version -short]] == -1}} {{ exit 3 }}")).ends(0);
    }
}

#[test]
fn a_block_design_in_memory_lies_in_the_working_directory() {
    let bench = Bench::new();
    run(
        &bench,
        "
create_project -in_memory -part xc7z020clg400-1
create_bd_design sys
create_bd_port -dir I clk
save_bd_design
generate_target all [get_files .srcs/sources_1/bd/sys/sys.bd]
make_wrapper -files [get_files .srcs/sources_1/bd/sys/sys.bd] -top
read_verilog .gen/sources_1/bd/sys/hdl/sys_wrapper.v
synth_design -top sys_wrapper
puts \"CELLS [get_cells]\"
",
    )
    .ends(0)
    .says(&["CELLS sys_i"]);
}

#[test]
fn configuration_memory_files_hold_the_bitstream() {
    let bench = Bench::new();
    run(
        &bench,
        "
read_verilog {top.v count_up.v}
read_xdc top.xdc
synth_design -top top -part xc7a35tcsg324-1
opt_design ; place_design ; route_design
foreach check {NSTD-1 UCIO-1} { set_property SEVERITY Warning [get_drc_checks $check] }
write_bitstream -bin_file -force top.bit
write_cfgmem -force -format BIN -interface SMAPx32 -disablebitswap -loadbit {up 0x0 top.bit} pcap.bin
write_cfgmem -force -format mcs -interface spix4 -size 16 -loadbit {up 0x0 top.bit up 0x800000 top.bit} flash
puts \"AGAIN [catch {write_cfgmem -format mcs -interface spix4 -loadbit {up 0x0 top.bit} flash}]\"
puts \"SMALL [catch {write_cfgmem -force -format mcs -size 1 -loadbit {up 0x0 top.bit} small}]\"
",
    )
    .ends(0)
    .says(&["AGAIN 1", "SMALL 1"]);
    let plain = fs_err::read(bench.path("top.bin")).unwrap();
    let swapped = fs_err::read(bench.path("pcap.bin")).unwrap();
    let back: Vec<u8> = swapped.chunks(4).flat_map(|w| w.iter().rev().copied()).collect();
    assert_eq!(plain, back);
    let mcs = bench.read("flash.mcs");
    assert_eq!(mcs.lines().last(), Some(":00000001FF"));
    let bytes: usize =
        mcs.lines().filter(|l| &l[7..9] == "00").map(|l| usize::from_str_radix(&l[1..3], 16).unwrap()).sum();
    assert_eq!(bytes, 2 * plain.len());
}

#[test]
fn pblocks_of_nested_partitions_lie_within_their_parents() {
    let bench = Bench::new();
    bench.write(
        "nested.v",
        "module top (input clk, output q); outer rp (.clk(clk), .q(q)); endmodule\n\
         module outer (input clk, output q); inner sub (.clk(clk), .q(q)); endmodule\n\
         module inner (input clk, output q); assign q = clk; endmodule\n",
    );
    run(
        &bench,
        "
read_verilog nested.v
synth_design -top top -part xczu9eg-ffvb1156-2-e
foreach {cell range} {rp SLICE_X10Y60:SLICE_X40Y179 rp/sub SLICE_X12Y60:SLICE_X20Y119} {
  create_pblock pb_[string map {/ _} $cell]
  add_cells_to_pblock pb_[string map {/ _} $cell] [get_cells $cell]
  resize_pblock pb_[string map {/ _} $cell] -add $range
}
set_property HD.RECONFIGURABLE 1 [get_cells rp/sub]
opt_design ; place_design
puts PLACED
create_pblock other
add_cells_to_pblock other [get_cells rp]
resize_pblock other -add SLICE_X12Y60:SLICE_X13Y61
",
    )
    .ends(0)
    .says(&["PLACED"]);
}

#[test]
fn what_pr_verify_read_may_be_closed_as_a_project_once() {
    let bench = Bench::new();
    run(
        &bench,
        "
read_verilog {top.v count_up.v}
synth_design -top top -part xc7a35tcsg324-1
set_property HD.RECONFIGURABLE 1 [get_cells inst_count]
create_pblock pb ; add_cells_to_pblock pb [get_cells inst_count]
resize_pblock pb -add SLICE_X0Y0:SLICE_X9Y49
opt_design ; place_design ; route_design
write_checkpoint a.dcp ; write_checkpoint b.dcp
close_project
pr_verify a.dcp b.dcp
close_project
puts \"TWICE [catch {close_project}]\"
",
    )
    .ends(0)
    .says(&["TWICE 1"]);
}

#[test]
fn an_open_synthesis_run_has_the_constraints_of_the_project() {
    let bench = Bench::new();
    bench.write(
        "plan.xdc",
        "create_pblock pb\nadd_cells_to_pblock pb [get_cells inst_count]\nresize_pblock pb -add SLICE_X0Y50:SLICE_X11Y99\nset_property HD.RECONFIGURABLE 1 [get_cells inst_count]\n",
    );
    run(
        &bench,
        "
create_project p prj -part xc7a100tcsg324-1
add_files {top.v count_bb.v}
add_files -fileset constrs_1 plan.xdc
set_property top top [current_fileset]
puts \"DEFAULTS [get_property STEPS.SYNTH_DESIGN.ARGS.FLATTEN_HIERARCHY [get_runs synth_1]] [get_property STEPS.PLACE_DESIGN.ARGS.DIRECTIVE [get_runs impl_1]]\"
puts \"TOP [find_top]\"
launch_runs synth_1
wait_on_run synth_1
close_project
create_project -in_memory -part xc7a100tcsg324-1
read_verilog count_up.v
synth_design -mode out_of_context -top count -part xc7a100tcsg324-1
write_checkpoint up.dcp
close_project
open_project prj/p.xpr
open_run synth_1
puts \"PLAN [get_pblocks] [get_cells -of_objects [get_pblocks pb]]\"
read_checkpoint -cell inst_count up.dcp
opt_design
place_design
route_design
puts \"ROUTED [get_property IS_BLACKBOX [get_cells inst_count]]\"
",
    )
    .ends(0)
    .says(&["DEFAULTS rebuilt Default", "TOP top", "PLAN pb inst_count", "ROUTED 0"]);
}

#[test]
fn a_referenced_module_lies_below_its_wrapper() {
    let bench = Bench::new();
    run(
        &bench,
        "
create_project p prj -part xc7z020clg400-1
add_files count_up.v
create_bd_design sys
create_bd_port -dir I clk
create_bd_cell -type module -reference count count_0
connect_bd_net [get_bd_ports clk] [get_bd_pins count_0/clk]
save_bd_design
add_files [make_wrapper -files [get_files sys.bd] -top]
set_property top sys_wrapper [current_fileset]
synth_design -top sys_wrapper
puts \"REF [get_property REF_NAME [get_cells sys_i/count_0]] [get_property REF_NAME [get_cells sys_i/count_0/inst]]\"
",
    )
    .ends(0)
    .says(&["REF sys_count_0_0 count"]);
}
