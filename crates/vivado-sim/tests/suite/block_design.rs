// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Block design containers as partitions.

use crate::Bench;

#[test]
fn a_container_becomes_a_partition_with_its_variants_as_modules() {
    let bench = Bench::new();
    let ran = bench.vivado(&["-mode", "batch", "-notrace", "-source", "bdc.tcl"]);
    ran.ends(0).says(&[
        "MODULES rp1rm1_inst_0 rp1rm2_inst_0",
        "RESULT write_bitstream Complete! write_bitstream Complete!",
        "INFO: [Vivado 12-4896] Successfully created Hardware Platform: ",
    ]);
    for file in [
        "P/P.runs/impl_1/design_1_wrapper.bit",
        "P/P.runs/impl_1/design_1_i_rp1_rp1rm1_inst_0_partial.bit",
        "P/P.runs/child_0_impl_1/design_1_i_rp1_rp1rm2_inst_0_partial.bit",
        "P/P.runs/rp1rm2_inst_0_synth_1/rp1rm2_inst_0.dcp",
        "P/P.runs/impl_1/design_1_wrapper.hwdef",
        "P/P.gen/sources_1/bd/design_1/bd/rp1rm2_inst_0/hw_handoff/rp1rm2_inst_0.hwh",
        "design.xsa",
    ] {
        assert!(bench.path(file).exists(), "{file} is missing");
    }
    let hwh = bench.read("P/P.gen/sources_1/bd/design_1/hw_handoff/design_1.hwh");
    let document = roxmltree::Document::parse(hwh.trim_start_matches('\u{feff}')).unwrap();
    let root = document.root_element();
    assert!(root.attribute("VIVADOVERSION").unwrap().contains("SIMULATED"));
    let range = root.descendants().find(|n| n.has_tag_name("MEMRANGE")).unwrap();
    assert_eq!(
        (range.attribute("BASEVALUE"), range.attribute("HIGHVALUE")),
        (Some("0xA0000000"), Some("0xA000FFFF"))
    );
    assert!(root.descendants().any(|n| n.attribute("BDTYPE") == Some("BLOCK_CONTAINER")));
}
