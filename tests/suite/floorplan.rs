// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `dfxkit floorplan` end to end.

use serde_json::Value;

use crate::support::{Bench, Run, corpus};

const XDC: &str = "\
create_pblock pblock_inst
add_cells_to_pblock [get_pblocks pblock_inst] [get_cells -quiet [list top_i/rp]]
resize_pblock [get_pblocks pblock_inst] -add {SLICE_X0Y0:SLICE_X13Y49 DSP48_X0Y0:DSP48_X0Y19}
resize_pblock [get_pblocks pblock_inst] -add {RAMB18_X0Y0:RAMB18_X0Y19 RAMB36_X0Y0:RAMB36_X0Y9}
set_property RESET_AFTER_RECONFIG true [get_pblocks pblock_inst]
set_property SNAPPING_MODE ON [get_pblocks pblock_inst]
";

fn object(run: &Run, kind: &str) -> Value {
    run.json()
        .into_iter()
        .find(|o| o["type"] == kind)
        .unwrap_or_else(|| panic!("no {kind} in {}", run.stdout))
}

#[test]
fn a_constraint_file_and_a_part() {
    let bench = Bench::new();
    bench.write("p.xdc", XDC);
    let run =
        bench.run(&["floorplan", "--xdc", "p.xdc", "--part", "xc7z010clg400-1", "--message-format", "json"]);
    let result = object(run.exits(0), "result");
    assert_eq!((result["device"].as_str(), result["family"].as_str()), (Some("xc7z010"), Some("7series")));
    let p = &result["partitions"][0];
    assert_eq!(p["name"], "pblock_inst");
    assert_eq!(p["frames"], 400);
    assert_eq!((&p["partial_bytes"], &p["partial_bytes_kind"]), (&372_132.into(), &"exact".into()));
    assert_eq!(p["load_ms"]["icap"], 0.93);
    assert_eq!(p["resources"]["ramb36"], 10);
    assert_eq!(p["at"]["line"], 1);
    let text = bench.run(&["floorplan", "--xdc", "p.xdc", "--part", "xc7z010clg400-1"]);
    assert!(text.exits(0).stdout.contains("372,132"), "{}", text.stdout);
}

#[test]
fn an_error_is_found_with_its_rule_and_the_exit_code_says_so() {
    let bench = Bench::new();
    bench.write("a.xdc", XDC);
    bench.write("b.xdc", "create_pblock two\nresize_pblock two -add {SLICE_X12Y0:SLICE_X15Y49 GTPE2_CHANNEL_X0Y0}\nif {1} {}\n");
    let args = ["floorplan", "--xdc", "a.xdc", "--xdc", "b.xdc", "--part", "xc7z010clg400-1"];
    let run = bench.run(&[&args[..], &["--message-format", "json"]].concat());
    let result = object(run.exits(1), "result");
    let codes = |i: usize| -> Vec<&str> {
        result["partitions"][i]["findings"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|f| f["code"].as_str())
            .collect()
    };
    assert!(codes(0).contains(&"overlap") && codes(1).contains(&"overlap"));
    assert!(codes(1).contains(&"not-reconfigurable"));
    // The second file's own lines.
    assert_eq!(result["partitions"][1]["at"]["file"], "b.xdc");
    assert_eq!(result["partitions"][1]["at"]["line"], 1);
    assert_eq!((&result["unread"][0]["file"], &result["unread"][0]["line"]), (&"b.xdc".into(), &3.into()));
    let text = bench.run(&args);
    assert!(text.exits(1).stdout.contains("error[overlap] two (b.xdc:1)"), "{}", text.stdout);
    assert!(text.stderr.contains("b.xdc:3"), "{}", text.stderr);
}

#[test]
fn pblocks_of_the_static_are_told_apart() {
    let bench = Bench::new();
    let extra = "create_pblock empty\ncreate_pblock ctl\nadd_cells_to_pblock ctl [get_cells top_i/ctl]\n\
                 resize_pblock ctl -add {SLICE_X14Y50:SLICE_X17Y60}\n\
                 set_property HD.RECONFIGURABLE true [get_cells top_i/rp]\n";
    bench.write("p.xdc", &format!("{XDC}{extra}"));
    let run = bench.run(&["floorplan", "--xdc", "p.xdc", "--part", "xc7z010", "--message-format", "json"]);
    let result = object(run.exits(0), "result");
    assert_eq!(result["partitions"].as_array().unwrap().len(), 1);
    assert_eq!(result["not_partitions"][0]["name"], "empty");
    assert_eq!(result["not_partitions"][1]["reason"], "none of its cells is HD.RECONFIGURABLE");
}

#[test]
fn a_picture() {
    let bench = Bench::new();
    bench.write("p.xdc", XDC);
    let args = ["floorplan", "--xdc", "p.xdc", "--part", "xc7z010clg400-1", "--svg", "out/p.svg"];
    bench.run(&args).exits(0);
    let svg = bench.read("out/p.svg");
    assert!(svg.starts_with("<svg ") && svg.contains("pblock_inst") && svg.len() < 300_000);
}

#[test]
fn a_suggestion_passes_its_own_check() {
    let bench = Bench::new();
    bench.write("p.xdc", XDC);
    let args = [
        "floorplan",
        "--xdc",
        "p.xdc",
        "--part",
        "xc7z010clg400-1",
        "--suggest",
        "--need",
        "conv:lut=800,bram=2,dsp=3",
        "--need",
        "fir:slice=100",
        "--message-format",
        "json",
    ];
    let run = bench.run(&args);
    let suggestion = object(run.exits(0), "suggestion");
    assert_eq!(suggestion["proven"], true);
    let list = suggestion["suggestions"].as_array().unwrap();
    assert_eq!(list.len(), 2);
    assert!(list[0]["resources"]["slice"].as_u64().unwrap() >= 250, "80 % of the LUTs: {}", list[0]);
    let text: String = list.iter().map(|s| s["xdc"].as_str().unwrap()).collect();
    bench.write("s.xdc", &text);
    let again = [
        "floorplan",
        "--xdc",
        "p.xdc",
        "--xdc",
        "s.xdc",
        "--part",
        "xc7z010clg400-1",
        "--message-format",
        "json",
    ];
    let result = object(bench.run(&again).exits(0), "result");
    for p in result["partitions"].as_array().unwrap() {
        let findings = p["findings"].as_array().unwrap();
        assert!(findings.iter().all(|f| f["severity"] == "note"), "{p}");
    }
    assert_eq!(result["partitions"][1]["frames"], list[0]["frames"]);
}

#[test]
fn a_report_is_forecast_against_its_pblock() {
    let bench = Bench::new();
    bench.write("p.xdc", XDC);
    let report = |luts: u32| {
        format!(
            "| Site Type | Used | Fixed | Available | Util% |\n| Slice LUTs | {luts} | 0 | 17600 | 1 |\n\
             | Slice Registers | 10 | 0 | 35200 | 1 |\n"
        )
    };
    bench.write("small.rpt", &report(100));
    bench.write("large.rpt", &report(9000));
    let run = |file: &str| {
        let of = format!("pblock_inst={file}");
        bench.run(&[
            "floorplan",
            "--xdc",
            "p.xdc",
            "--part",
            "xc7z010",
            "--report",
            &of,
            "--message-format",
            "json",
        ])
    };
    let small = object(run("small.rpt").exits(0), "result");
    assert_eq!(small["partitions"][0]["forecast"][0]["resources"]["lut"]["needed"], 100);
    let large = object(run("large.rpt").exits(1), "result");
    let findings = large["partitions"][0]["findings"].as_array().unwrap();
    assert!(findings.iter().any(|f| f["code"] == "capacity"), "{findings:?}");
}

#[test]
fn wrong_uses_are_said() {
    let bench = Bench::new();
    bench.write("p.xdc", XDC);
    bench.run(&["floorplan", "--xdc", "p.xdc"]).exits(2);
    bench.run(&["floorplan", "--part", "xcvc1902-vsvd1760-2MP-e-S"]).exits(1);
    let no_need = bench.run(&["floorplan", "--part", "xc7z010", "--suggest"]);
    assert!(no_need.exits(2).stderr.contains("--need"), "{}", no_need.stderr);
    let bad = bench.run(&["floorplan", "--part", "xc7z010", "--suggest", "--need", "a:luts=1,cows=2"]);
    assert!(bad.exits(2).stderr.contains("cows"), "{}", bad.stderr);
    let large = bench.run(&["floorplan", "--part", "xc7z010", "--suggest", "--need", "a:slice=99999"]);
    assert!(large.exits(1).stderr.contains("99999"), "{}", large.stderr);
    bench.write("x.bit", "no bitstream");
    bench.run(&["floorplan", "--part", "xc7z010", "--bit", "x.bit"]).exits(1);
}

#[test]
fn real_partials_lie_in_their_pblocks() {
    let Some(corpus) = corpus() else { return };
    let bench = Bench::new();
    let xdc = corpus.join("xdc_floorplans/Pynq-Z2/cv_dfx_4_pr.xdc");
    let dir = corpus.join("z020_bdc_4rp_project/cv_dfx_4_pr.runs/impl_1");
    let bit = dir.join("video_cp_i_composable_pr_join_composable_pr_join_subtract_partial.bit");
    let run = bench.run(&[
        "floorplan",
        "--xdc",
        xdc.as_str(),
        "--part",
        "xc7z020clg400-1",
        "--bit",
        bit.as_str(),
        "--svg",
        "-",
        "--message-format",
        "json",
    ]);
    run.exits(0);
    let first: Value = serde_json::from_str(run.stdout.lines().next().unwrap()).unwrap();
    assert_eq!(first["bitstreams"][0]["inside"]["pblock_pr_join"], 144);
    assert_eq!(first["bitstreams"][0]["outside"], 0);
    assert!(run.stdout.contains("written by video_cp_i_composable_pr_join"));
    // A bitstream of another part is refused, not drawn.
    let other = corpus.join("z010_icap_3cfg/bitstreams/adder/full_adder.bit");
    bench.run(&["floorplan", "--part", "xc7z020", "--bit", other.as_str()]).exits(1);
}

/// The examples' own floorplans: nothing to complain about.
#[test]
fn the_examples_have_clean_floorplans() {
    for (example, partition, frames, kind) in [
        ("conv-pynq-z2", "conv", 800, "exact"),
        ("pr-block-kc705", "block", 1600, "range"),
        ("two-partitions-kcu105", "count", 596, "lower-bound"),
    ] {
        let run = Bench::example(example).run(&["floorplan", "--message-format", "json"]);
        let result = object(run.exits(0), "result");
        let p = &result["partitions"][0];
        assert_eq!((p["name"].as_str(), p["frames"].as_u64()), (Some(partition), Some(frames)), "{example}");
        assert_eq!(p["partial_bytes_kind"], kind, "{example}");
        for p in result["partitions"].as_array().unwrap() {
            let findings = p["findings"].as_array().unwrap();
            assert!(findings.iter().all(|f| f["severity"] == "note"), "{example}: {p}");
        }
    }
}

/// A partition without `pblock` in the description: the static's constraint files are looked through for its cell.
#[test]
fn a_pblock_in_the_statics_constraints_is_found() {
    let bench = Bench::example("conv-pynq-z2");
    let toml = bench.read("dfx.toml");
    let (head, tail) = toml.split_once("[partitions.conv.pblock]").unwrap();
    let (_, tail) = tail.split_once("[modules.").unwrap();
    bench.write("dfx.toml", &format!("{head}[modules.{tail}"));
    let pins = bench.read("xdc/pins.xdc");
    let pblock = "create_pblock pb\nadd_cells_to_pblock [get_pblocks pb] [get_cells -quiet [list system_i/conv]]\n\
                  resize_pblock pb -add {SLICE_X56Y0:SLICE_X59Y49}\nset_property SNAPPING_MODE ON [get_pblocks pb]\n";
    bench.write("xdc/pins.xdc", &format!("{pins}\n{pblock}"));
    let run = bench.run(&["floorplan", "--message-format", "json"]);
    let result = object(run.exits(0), "result");
    let p = &result["partitions"][0];
    assert_eq!((p["name"].as_str(), p["resources"]["slice"].as_u64()), (Some("conv"), Some(200)));
    assert_eq!(p["at"]["file"], "xdc/pins.xdc");
    assert_eq!(p["at"]["line"].as_u64(), Some(pins.lines().count() as u64 + 2));
}

#[test]
fn the_page_names_every_finding() {
    let page = fs_err::read_to_string(crate::support::repository().join("docs/floorplan.md")).unwrap();
    for code in dfxkit_fabric::floorplan::Finding::CODES {
        assert!(page.contains(&format!("| `{code}` |")), "docs/floorplan.md does not tell of `{code}`");
    }
}
