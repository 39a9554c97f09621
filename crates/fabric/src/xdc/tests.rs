// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Unit tests of the XDC reader; the corpus is read in `tests/floorplan_corpus.rs`.

use super::{Position, UnreadReason, Xdc};
use proptest::prelude::*;

fn ranges(xdc: &Xdc, name: &str) -> Vec<String> {
    xdc.pblock(name).unwrap().ranges.iter().map(|r| r.value.to_string()).collect()
}

#[test]
fn the_usual_form() {
    let xdc = Xdc::read(
        "# Pblocks\n\
         create_pblock pblock_inst_count\n\
         add_cells_to_pblock [get_pblocks pblock_inst_count] [get_cells -quiet [list a/b inst_count]]\n\
         resize_pblock [get_pblocks pblock_inst_count] -add {SLICE_X1Y240:SLICE_X5Y267}\n\
         resize_pblock [get_pblocks pblock_inst_count] -add \\\n   {DSP48E2_X0Y96:DSP48E2_X0Y105 RAMB18_X0Y96:RAMB18_X0Y105}\n\
         set_property SNAPPING_MODE ON [get_pblocks pblock_inst_count]   ;# mainly 7 series\n\
         set_property PACKAGE_PIN A1 [get_ports {led[0]}]; create_clock -period 5 [get_ports clk]\n\
         set_property HD.RECONFIGURABLE true [get_cells a/b]\n",
    );
    assert_eq!(xdc.unread, []);
    let p = &xdc.pblocks[0];
    assert_eq!(p.at, Position { line: 2, column: 1 });
    assert_eq!(p.cells.iter().map(|c| c.value.as_str()).collect::<Vec<_>>(), ["a/b", "inst_count"]);
    assert_eq!(p.ranges.len(), 3);
    assert_eq!(p.ranges[0].at, Position { line: 4, column: 53 });
    assert_eq!(p.ranges[1].at, Position { line: 6, column: 5 });
    assert_eq!(p.ranges[2].at, Position { line: 6, column: 34 });
    assert_eq!(p.property("SNAPPING_MODE"), Some("ON"));
    assert_eq!(p.properties["SNAPPING_MODE"].at.line, 7);
    assert_eq!(xdc.reconfigurable[0].value, "a/b");
    assert_eq!(xdc.passed_over.get("create_clock"), Some(&1));
    assert_eq!(xdc.passed_over.get("set_property PACKAGE_PIN"), Some(&1));
}

#[test]
fn variables_dicts_globs_and_bare_names() {
    let xdc = Xdc::read(
        "create_pblock rp_a\ncreate_pblock {rp_b}\n\
         set both [get_pblocks rp_*]; set crp [get_cells x/y]\n\
         set_property -dict [list RESET_AFTER_RECONFIG {true} IS_SOFT 0] $both\n\
         set_property -dict {SNAPPING_MODE ROUTING} [get_pblocks -quiet rp_b]\n\
         set_property -name CONTAIN_ROUTING -value 1 -objects [get_pblocks rp_a]\n\
         add_cells_to_pblock rp_a $crp\n\
         resize_pblock rp_a -add \"SLICE_X0Y0:SLICE_X1Y1 SLICE_X4Y4\"\n\
         resize_pblock -add [list RAMB36_X0Y0:RAMB36_X0Y9] [get_pblocks rp_b]\n",
    );
    assert_eq!(xdc.unread, []);
    assert!(xdc.pblocks.iter().all(|p| p.flag("RESET_AFTER_RECONFIG") == Some(true)));
    assert_eq!(xdc.pblock("rp_b").unwrap().property("SNAPPING_MODE"), Some("ROUTING"));
    assert_eq!(xdc.pblock("rp_a").unwrap().flag("CONTAIN_ROUTING"), Some(true));
    assert_eq!(xdc.pblock("rp_a").unwrap().cells[0].value, "x/y");
    assert_eq!(ranges(&xdc, "rp_a"), ["SLICE_X0Y0:SLICE_X1Y1", "SLICE_X4Y4:SLICE_X4Y4"]);
    assert_eq!(ranges(&xdc, "rp_b"), ["RAMB36_X0Y0:RAMB36_X0Y9"]);
}

#[test]
fn removal_and_replacement() {
    let xdc = Xdc::read(
        "create_pblock a\nresize_pblock a -add {SLICE_X0Y0:SLICE_X9Y9 DSP48_X0Y0:DSP48_X0Y3}\n\
         resize_pblock a -remove {SLICE_X0Y5:SLICE_X9Y9}\n\
         create_pblock b\nresize_pblock b -add {SLICE_X0Y0:SLICE_X9Y9}\n\
         resize_pblock b -add {SLICE_X2Y0:SLICE_X3Y1} -replace\n\
         create_pblock c\nresize_pblock c -add {CLOCKREGION_X0Y0:CLOCKREGION_X1Y1}\n\
         resize_pblock c -remove {SLICE_X2Y0:SLICE_X3Y1}\n\
         delete_pblocks [get_pblocks b]\ncreate_pblock d\n",
    );
    assert_eq!(ranges(&xdc, "a"), ["SLICE_X0Y0:SLICE_X9Y4", "DSP48_X0Y0:DSP48_X0Y3"]);
    assert!(xdc.pblock("b").is_none() && xdc.pblock("d").is_some());
    assert_eq!(xdc.unread.len(), 1);
    assert_eq!(xdc.unread[0].reason, UnreadReason::Removal("SLICE_X2Y0:SLICE_X3Y1".into()));
}

#[test]
fn names_what_it_cannot_read() {
    for (text, line, reason) in [
        ("\nif {1} { create_pblock x }", 2, UnreadReason::Unknown),
        ("foreach p [get_pblocks] {\n resize_pblock $p -add SLICE_X0Y0 }", 1, UnreadReason::Unknown),
        ("resize_pblock nope -add SLICE_X0Y0", 1, UnreadReason::NoSuchPblock("nope".into())),
        ("set_property SNAPPING_MODE ON [get_pblocks nope]", 1, UnreadReason::NoSuchPblock("nope".into())),
        ("create_pblock a; create_pblock a", 1, UnreadReason::Duplicate("a".into())),
        ("create_pblock a\nresize_pblock a -add_rect {1 2 3 4}", 2, UnreadReason::Option("-add_rect".into())),
        ("create_pblock {a", 1, UnreadReason::Unclosed),
        ("create_pblock a\nadd_cells_to_pblock a [get_cells -filter X", 2, UnreadReason::Unclosed),
        ("create_pblock {a}b", 1, UnreadReason::Malformed),
        ("create_pblock a\nresize_pblock a -add $r", 2, UnreadReason::Unresolved("$r".into())),
        ("swap_pblock_locs a b", 1, UnreadReason::Unknown),
        ("$cmd create_pblock a", 1, UnreadReason::Unknown),
        ("source more.tcl", 1, UnreadReason::Unknown),
    ] {
        let xdc = Xdc::read(text);
        assert_eq!(xdc.unread.len(), 1, "{text}: {:?}", xdc.unread);
        assert_eq!((xdc.unread[0].line, &xdc.unread[0].reason), (line, &reason), "{text}");
        assert!(!xdc.unread[0].to_string().is_empty());
    }
    let xdc = Xdc::read("create_pblock a\nresize_pblock a -add SLICE_X0Yz");
    assert!(matches!(&xdc.unread[0].reason, UnreadReason::Range(e) if e.at == 9), "{:?}", xdc.unread);
}

#[test]
fn deep_nesting_and_expansion_end_well() {
    for text in ["[".repeat(100_000), "{".repeat(100_000), "{*}".repeat(100_000), "\"[\"".repeat(50_000)] {
        let xdc = Xdc::read(&text);
        assert_eq!(xdc.unread.len(), 1);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn arbitrary_text_never_panics(text in ".{0,300}") {
        let _ = Xdc::read(&text);
    }

    /// Texts of Tcl's own special characters and the reader's own words.
    #[test]
    fn tcl_like_text_never_panics(tokens in proptest::collection::vec(
        prop::sample::select(vec![
            "create_pblock ", "resize_pblock ", "a ", "[get_pblocks a]", "-add ", "{", "}", "[", "]", "\"", "\\", "\n", ";",
            "$", "${", "#", "SLICE_X0Y0:SLICE_X1Y1 ", "-dict ", "set_property ", "set ", "list ", "-remove ", "{*}", "é", "(", ")",
        ]), 0..60)) {
        let _ = Xdc::read(&tokens.concat());
    }

    /// What is written in the usual form is read back.
    #[test]
    fn usual_form_round_trip(x in 0_u32..99, y in 0_u32..300, w in 0_u32..50, h in 0_u32..99, n in "[a-z][a-z0-9_]{0,12}") {
        let range = format!("SLICE_X{x}Y{y}:SLICE_X{}Y{}", x + w, y + h);
        let text = format!("create_pblock {n}\nresize_pblock [get_pblocks {n}] -add {{{range}}}\n");
        let xdc = Xdc::read(&text);
        prop_assert!(xdc.unread.is_empty());
        prop_assert_eq!(xdc.pblocks[0].ranges[0].value.to_string(), range);
    }
}
