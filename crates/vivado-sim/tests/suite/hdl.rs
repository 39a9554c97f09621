// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Sources with many constructs of the languages: no false faults, all instances.

use crate::Bench;

#[test]
fn many_constructs_are_read() {
    let bench = Bench::new();
    bench
        .script(
            "create_project -in_memory -part xc7z020clg400-1\nread_verilog -sv constructs.sv\nsynth_design -top top\n\
             puts \"SV [lsort [get_cells -hier -filter {REF_NAME == sub}]]\"\nputs \"N [get_property REF_NAME [get_cells l1]]\"\nclose_project\n\
             create_project -in_memory -part xc7z020clg400-1\nread_vhdl constructs.vhd\nsynth_design -top leaf\n\
             puts \"VHDL [lsort [get_cells -hier *]] [llength [get_ports d*]]\"\n",
        )
        .ends(0)
        .says(&[
            "SV {l1/g_for[0].c0.u_c0} {l1/g_for[1].genblk1.u_cd} {l1/g_for[2].genblk1.u_cd} l1/g_if.u_sub {l1/genblk3[0].u_nolabel} {l1/genblk3[1].u_nolabel} {l1/u_arr[0]} {l1/u_arr[1]} {l1/u_arr[2]} {l1/u_arr[3]} l1/u_attr",
            "N leaf",
            "VHDL b1.u7 g1.u5 {g2[0].u6} {g2[1].u6} u1 u2 u3 u4 8",
        ]);
}
