// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The non-project ("software") flow, its bitstreams and abstract shells.

use dfxkit_fabric::codec::Bitstream;
use dfxkit_fabric::proof::{Input, Partial, Verdict, prove};

use crate::Bench;

/// The verdict of the bit proof over three files.
fn verdict(bench: &Bench, parent: &str, child: &str, partial: &str) -> Verdict {
    let bytes = [parent, child, partial].map(|f| fs_err::read(bench.path(f)).unwrap());
    let [a, b, c] = [0, 1, 2].map(|i| Bitstream::parse(&bytes[i]).unwrap());
    let input = |bits| Input { name: "x", bits };
    prove(input(&a), input(&b), &[Partial { input: input(&c), footprint: None }]).verdict
}

#[test]
fn checkpoint_to_checkpoint_gives_a_verified_child() {
    let bench = Bench::new();
    let ran = bench.vivado(&["-mode", "batch", "-notrace", "-source", "nonproject.tcl"]);
    ran.ends(0).says(&[
        "INFO: [Vivado 12-3501] pr_verify Implement/c1/top_route_design.dcp Implement/c2/top_route_design.dcp",
        "INFO: [Vivado 12-3253] PR_VERIFY: check points Implement/c1/top_route_design.dcp and Implement/c2/top_route_design.dcp are compatible",
        "Locking instance: inst_count",
        "Partition \"pblock_inst_count\" has RESET_AFTER_RECONFIG = TRUE.",
    ]);
    let synth = bench.read("Synth/Static/top_synth_design.rds");
    assert!(synth.contains("CRITICAL WARNING: [Project 1-486] Could not resolve non-primitive black box cell 'count' instantiated as 'inst_count'"), "{synth}");
    assert!(bench.read("Implement/c1/top_link_design.log").contains("link_design completed successfully"));
    let bits = "Bitstreams";
    assert_eq!(
        verdict(
            &bench,
            &format!("{bits}/c1_full.bit"),
            &format!("{bits}/c2_full.bit"),
            &format!("{bits}/inst_count_down_partial.bit")
        ),
        Verdict::Proven
    );
    // The other module's partial does not give this child.
    assert_eq!(
        verdict(
            &bench,
            &format!("{bits}/c1_full.bit"),
            &format!("{bits}/c2_full.bit"),
            &format!("{bits}/inst_count_up_partial.bit")
        ),
        Verdict::Refused
    );
}

#[test]
fn two_implementations_of_one_static_are_not_compatible() {
    let bench = Bench::new();
    bench.vivado(&["-mode", "batch", "-notrace", "-source", "nonproject.tcl"]).ends(0);
    fs_err::rename(bench.path("Implement/c1/top_route_design.dcp"), bench.path("first.dcp")).unwrap();
    bench.vivado(&["-mode", "batch", "-notrace", "-source", "nonproject.tcl"]).ends(0);
    let ran = bench.script("pr_verify -full_check -initial first.dcp -additional Implement/c2/top_route_design.dcp -file v.log\n");
    ran.ends(1).says(&[
        "ERROR: [Constraints 18-891] HDPRVerify-08: design check point first.dcp places instance",
        "ERROR: [Vivado 12-3515]",
        "ERROR: [Common 17-39] 'pr_verify' failed due to earlier errors.\n\n    while executing\n\"pr_verify -full_check",
        "INFO: [Common 17-14] Message 'Constraints 18-891' appears 100 times",
        "    (file \"script.tcl\" line 1)",
    ]);
    // With a seed given, two implementations are one.
    let seeded = Bench::new().with("VIVADO_SIM_SEED", "7");
    seeded.vivado(&["-mode", "batch", "-notrace", "-source", "nonproject.tcl"]).ends(0);
    fs_err::rename(seeded.path("Implement/c1/top_route_design.dcp"), seeded.path("first.dcp")).unwrap();
    seeded.vivado(&["-mode", "batch", "-notrace", "-source", "nonproject.tcl"]).ends(0);
    seeded
        .script("pr_verify first.dcp Implement/c2/top_route_design.dcp\n")
        .ends(0)
        .says(&["[Vivado 12-3253]"]);
}

#[test]
fn a_greybox_and_an_abstract_shell() {
    let bench = Bench::new();
    let script = bench.read("nonproject.tcl").replace("xc7z020clg400-1", "xczu3eg-sbva484-1-e");
    bench.write("pblocks.xdc", "create_pblock pb\nadd_cells_to_pblock pb [get_cells inst_count]\nresize_pblock pb -add {SLICE_X10Y60:SLICE_X20Y119}\n");
    let (parent, child) = script.split_once("update_design -cell inst_count -black_box").unwrap();
    let shell = format!(
        "{parent}write_abstract_shell -cell inst_count -force shell.dcp\nupdate_design -cell inst_count -black_box{child}\
         create_project -in_memory -part $part\nadd_files shell.dcp\nadd_files Synth/down/count_synth.dcp\n\
         set_property SCOPED_TO_CELLS {{inst_count}} [get_files Synth/down/count_synth.dcp]\n\
         link_design -mode default -reconfig_partitions {{inst_count}} -part $part -top top\n\
         opt_design; place_design; route_design\nwrite_bitstream -force -cell inst_count Bitstreams/from_shell.bit\n\
         catch {{write_bitstream -force Bitstreams/full.bit}} message\nputs \"REFUSED $message\"\nclose_project\n\
         open_checkpoint Checkpoint/static_route_design.dcp\nupdate_design -cell inst_count -buffer_ports\nplace_design\nroute_design\n\
         write_bitstream -force Bitstreams/grey\n"
    );
    let ran = bench.script(&shell);
    ran.ends(0).says(&[
        "REFUSED ERROR: [Common 17-69] Command failed: a full image cannot be written from an abstract shell",
    ]);
    for file in ["from_shell.bit", "grey.bit", "grey_pb_partial.bit"] {
        assert!(bench.path(&format!("Bitstreams/{file}")).exists(), "{file}");
    }
    // A partial built in the shell is the one built on the full static.
    let data = |f: &str| Bitstream::parse(&fs_err::read(bench.path(f)).unwrap()).unwrap().written();
    assert_eq!(data("Bitstreams/from_shell.bit"), data("Bitstreams/inst_count_down_partial.bit"));
    assert_eq!(
        verdict(&bench, "Bitstreams/c1_full.bit", "Bitstreams/c2_full.bit", "Bitstreams/from_shell.bit"),
        Verdict::Proven
    );
}

#[test]
fn routed_modules_on_their_static_need_no_more_work() {
    let bench = Bench::new();
    bench.vivado(&["-mode", "batch", "-notrace", "-source", "nonproject.tcl"]).ends(0);
    // Reading starts a project in memory of its own accord; the routed module is merged, nothing is placed again.
    bench
        .script(
            "add_files Checkpoint/static_route_design.dcp\nadd_files Checkpoint/inst_count_up_route_design.dcp\n\
             set_property SCOPED_TO_CELLS {inst_count} [get_files Checkpoint/inst_count_up_route_design.dcp]\n\
             link_design -mode default -reconfig_partitions {inst_count} -part xc7z020clg400-1 -top top\n\
             write_bitstream -force -no_partial_bitfile Bitstreams/merged\n",
        )
        .ends(0);
    let data = |f: &str| {
        let bytes = fs_err::read(bench.path(f)).unwrap();
        let at = bytes.windows(4).position(|w| w == [0xaa, 0x99, 0x55, 0x66]).unwrap();
        bytes[at..].to_vec()
    };
    assert!(data("Bitstreams/merged.bit") == data("Bitstreams/c1_full.bit"));
    // A module that was only synthesised must be placed and routed first.
    bench
        .script(
            "add_files Checkpoint/static_route_design.dcp\nadd_files Synth/up/count_synth.dcp\n\
             set_property SCOPED_TO_CELLS {inst_count} [get_files Synth/up/count_synth.dcp]\n\
             link_design -reconfig_partitions {inst_count} -part xc7z020clg400-1 -top top\nwrite_bitstream -force x\n",
        )
        .ends(1)
        .says(&["write_bitstream is not supported on a design that is not implemented"]);
}

#[test]
fn headers_are_included_and_partitions_of_generate_loops_are_found() {
    let bench = Bench::new();
    fs_err::create_dir_all(bench.path("inc")).unwrap();
    bench.write("inc/sizes.vh", "`define WIDTH 6\nlocalparam EXTRA = 2;\n");
    bench.write(
        "many.v",
        "`include \"sizes.vh\"\nmodule many (input clk, output [`WIDTH*2-1:0] q);\n genvar i;\n generate for (i=0; i<2; i=i+1) begin : rpus\n\
         slot #(.W(`WIDTH)) rp (.clk(clk), .q(q[i*`WIDTH +: `WIDTH]));\n end endgenerate\nendmodule\n\
         module slot #(parameter W = 1) (input clk, output [W-1:0] q);\nendmodule\n",
    );
    bench
        .script(
            "read_verilog many.v\nset_property include_dirs [list [pwd]/inc] [current_fileset]\n\
             synth_design -top many -part xcku040-ffva1156-2-e\n\
             puts \"PORT [get_property REF_NAME [get_cells {rpus[1].rp}]] [llength [get_ports q*]] [llength [get_pins -of_objects [get_cells {rpus[0].rp}]]]\"\n",
        )
        .ends(0)
        .says(&["PORT slot 12 7", "[Project 1-560] Could not resolve non-primitive black box cell 'slot' instantiated as 'rpus[0].rp'. 2 instances of this cell are unresolved black boxes."]);
}
