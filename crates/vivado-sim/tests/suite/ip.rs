// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The IP catalogue and IP of a project, as build scripts use them.

use vivado_sim::lint::Options;

use crate::Bench;

fn run(bench: &Bench, script: &str) -> crate::Ran {
    bench.write("s.tcl", script);
    bench.vivado(&["-mode", "batch", "-notrace", "-source", "s.tcl"])
}

#[test]
fn an_ip_is_a_file_with_its_parameters_and_has_a_run() {
    let bench = Bench::new();
    run(
        &bench,
        "
create_project p prj -part xc7a100tcsg324-1
create_ip -name clk_wiz -vendor xilinx.com -library ip -version 6.0 -module_name clk_main
set_property -dict {CONFIG.PRIM_IN_FREQ 100.000 CONFIG.USE_LOCKED false} [get_ips clk_main]
set xci [get_files clk_main.xci]
puts \"VALUE [get_property CONFIG.PRIM_IN_FREQ [get_ips clk_main]] [get_property IPDEF [get_ips clk_main]]\"
puts \"FILE [file tail $xci] [file tail [get_property IP_FILE [get_ips clk_main]]]\"
generate_target all [get_ips clk_main]
create_ip_run [get_ips clk_main]
launch_runs clk_main_synth_1
wait_on_run clk_main_synth_1
puts \"RUN [get_property PROGRESS [get_runs clk_main_synth_1]]\"
set f [open $xci]; set text [read $f]; close $f
puts \"XCI [string match *PRIM_IN_FREQ*100.000* $text]\"
close_project
create_project -in_memory -part xc7a100tcsg324-1
read_ip $xci
puts \"BACK [get_ips] [get_property CONFIG.PRIM_IN_FREQ [get_ips clk_main]]\"
synth_ip [get_ips clk_main]
puts \"DCP [file exists [file rootname $xci].dcp]\"
",
    )
    .ends(0)
    .says(&[
        "VALUE 100.000 xilinx.com:ip:clk_wiz:6.0",
        "FILE clk_main.xci clk_main.xci",
        "RUN 100%",
        "XCI 1",
        "BACK clk_main 100.000",
        "DCP 1",
    ]);
}

#[test]
fn the_catalogue_is_filtered_and_completes_versions() {
    let bench = Bench::new();
    run(
        &bench,
        "
create_project -in_memory -part xczu9eg-ffvb1156-2-e
puts \"ONE [get_ipdefs -all xilinx.com:ip:dfx_decoupler:*]\"
puts \"FILTER [llength [get_ipdefs -all -filter {NAME == axi_gpio && VENDOR == xilinx.com}]]\"
puts \"NONE [llength [get_ipdefs -all -quiet nobody.org:ip:nothing:*]]\"
create_bd_design d
create_bd_cell -type ip -vlnv xilinx.com:ip:axi_gpio g
create_bd_cell -type ip -vlnv xilinx.com:ip:axi_gpio:* h
puts \"VLNV [get_property VLNV [get_bd_cells g]] [get_property VLNV [get_bd_cells h]]\"
",
    )
    .ends(0)
    .says(&[
        "ONE xilinx.com:ip:dfx_decoupler:1.0",
        "FILTER 1",
        "NONE 0",
        "VLNV xilinx.com:ip:axi_gpio:2.0 xilinx.com:ip:axi_gpio:2.0",
    ]);
}

#[test]
fn a_packaged_ip_is_found_in_its_repository() {
    let bench = Bench::new();
    bench.write("leaf.v", "module leaf(input clk, output reg q); always @(posedge clk) q <= ~q; endmodule\n");
    run(
        &bench,
        "
create_project -in_memory -part xc7a100tcsg324-1
read_verilog leaf.v
set_property top leaf [current_fileset]
ipx::package_project -root_dir repo/leaf -vendor acme.com -library user -taxonomy /UserIP -import_files
set_property name leaf [ipx::current_core]
set_property version 1.2 [ipx::current_core]
ipx::create_xgui_files [ipx::current_core]
ipx::update_checksums [ipx::current_core]
ipx::save_core [ipx::current_core]
close_project
create_project -in_memory -part xc7a100tcsg324-1
set_property ip_repo_paths repo [current_project]
update_ip_catalog
puts \"FOUND [get_ipdefs -all acme.com:user:leaf:*]\"
create_bd_design d
create_bd_cell -type ip -vlnv acme.com:user:leaf l
puts \"CELL [get_property VLNV [get_bd_cells l]]\"
",
    )
    .ends(0)
    .says(&["FOUND acme.com:user:leaf:1.2", "CELL acme.com:user:leaf:1.2"]);
}

#[test]
fn the_dfx_controllers_interface_turns_words_around_for_the_icap() {
    let bench = Bench::new();
    run(
        &bench,
        "
create_project -in_memory -part xc7a100tcsg324-1
source [get_property REPOSITORY [get_ipdefs *dfx_controller:1.0]]/xilinx/dfx_controller_v1_0/tcl/api.tcl
set f [open in.bin wb]; puts -nonewline $f [binary format H* aa99556601020304]; close $f
dfx_controller_v1_0::format_bin_for_icap -i in.bin -o out.bin -bs 1
set f [open out.bin rb]; binary scan [read $f] H* hex; close $f
puts \"WORDS $hex\"
",
    )
    .ends(0)
    .says(&["WORDS 665599aa04030201"]);
}

#[test]
fn debug_cores_leave_a_probes_file_beside_the_bitstream() {
    let bench = Bench::new();
    bench.write(
        "io.xdc",
        "set_property SEVERITY {Warning} [get_drc_checks {NSTD-1 UCIO-1}]\ncreate_clock -period 10 [get_ports clk]\n",
    );
    run(
        &bench,
        "
read_verilog {top.v count_up.v}
read_xdc io.xdc
synth_design -top top -part xc7a100tcsg324-1
puts \"BEFORE [llength [get_debug_cores -quiet]]\"
create_debug_core u_ila_0 ila
set_property C_DATA_DEPTH 2048 [get_debug_cores u_ila_0]
connect_debug_port u_ila_0/clk [get_nets clk]
set_property port_width 1 [get_debug_ports u_ila_0/probe0]
connect_debug_port u_ila_0/probe0 [get_nets clk]
puts \"CORE [get_debug_cores] [get_property C_DATA_DEPTH [get_debug_cores u_ila_0]] [lsort [get_debug_ports u_ila_0/*]]\"
write_debug_probes -force probes.ltx
puts \"LTX [file exists probes.ltx]\"
",
    )
    .ends(0)
    .says(&["BEFORE 0", "CORE u_ila_0 2048 u_ila_0/clk u_ila_0/probe0", "LTX 1"]);
}

#[test]
fn the_lint_has_nothing_to_say_of_packaging_and_writes_nothing() {
    let bench = Bench::new();
    bench.write("leaf.v", "module leaf(input clk, output reg q); always @(posedge clk) q <= ~q; endmodule\n");
    bench.write(
        "s.tcl",
        "
create_project -in_memory -part xc7a100tcsg324-1
read_verilog leaf.v
set_property top leaf [current_fileset]
ipx::package_project -root_dir repo/leaf -vendor acme.com -library user -taxonomy /UserIP -import_files
ipx::save_core [ipx::current_core]
set_property ip_repo_paths repo [current_project]
update_ip_catalog
create_ip -name clk_wiz -vendor xilinx.com -library ip -module_name clk_main
set_property CONFIG.PRIM_IN_FREQ 100.000 [get_ips clk_main]
generate_target all [get_ips clk_main]
create_bd_design d
create_bd_cell -type ip -vlnv acme.com:user:leaf l
write_bd_tcl -force d.tcl
synth_design -top leaf -part xc7a100tcsg324-1
write_xdc -force out.xdc
source [get_property REPOSITORY [get_ipdefs *dfx_controller:1.0]]/xilinx/dfx_controller_v1_0/tcl/api.tcl
",
    );
    let options = Options {
        release: "2024.2".to_owned(),
        tclargs: Vec::new(),
        cwd: bench.path(""),
        tclsh: "tclsh".into(),
        seconds: 60,
    };
    let before = fs_err::read_dir(bench.path("")).unwrap().count();
    let report = vivado_sim::lint::run(&["s.tcl".into()], &options).unwrap();
    let found: Vec<String> = report.findings.iter().map(|f| format!("{} {}", f.line, f.message)).collect();
    assert_eq!(found, Vec::<String>::new());
    assert_eq!(fs_err::read_dir(bench.path("")).unwrap().count(), before);
}
