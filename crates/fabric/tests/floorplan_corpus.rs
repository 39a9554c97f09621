// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The floorplan against real artifacts: constraint files, partial bitstreams, reports and checkpoints of public projects.
//!
//! Read from `DFXKIT_CORPUS` (default `../../../shared/corpus` beside the checkout); skipped, and said so, when absent.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use dfxkit_fabric::device::{BlockType, Device, Die, FrameAddress};
use dfxkit_fabric::floorplan::{Finding, Partition, Severity, SizeKind, Utilisation, analyse, forecast};
use dfxkit_fabric::pblock::PblockSpec;
use dfxkit_fabric::xdc::{UnreadReason, Xdc};

#[expect(clippy::disallowed_methods, reason = "a test finds its corpus through the environment")]
fn corpus() -> Option<PathBuf> {
    let path = std::env::var_os("DFXKIT_CORPUS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus"), PathBuf::from);
    if path.join("INDEX.tsv").exists() {
        return Some(path);
    }
    println!("skipped: no corpus at {}", path.display());
    None
}

#[expect(clippy::disallowed_methods, reason = "fs_err is not among this crate's dependencies")]
fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn text(path: &Path) -> String {
    String::from_utf8_lossy(&read(path)).into_owned()
}

/// A second, deliberately simple reader of partial bitstreams: bytes of configuration data, and the frames written through FDRI.
struct Written {
    bytes: u64,
    fdri_words: u64,
    frames: BTreeSet<FrameAddress>,
}

fn written(die: &Die, file: &[u8]) -> Written {
    let length = |at: usize| usize::from(file[at]) << 8 | usize::from(file[at + 1]);
    let mut at = 2 + length(0) + 2;
    while file[at] != b'e' {
        at += 3 + length(at + 1);
    }
    let data = &file[at + 5..];
    let words: Vec<u32> =
        data.chunks_exact(4).map(|c| u32::from_be_bytes([c[0], c[1], c[2], c[3]])).collect();
    let map = die.frame_map().expect("a die of the corpus");
    let mut out = Written { bytes: data.len() as u64, fdri_words: 0, frames: BTreeSet::new() };
    let (mut i, mut synced, mut register, mut far) = (0, false, 0, 0);
    while i < words.len() {
        let word = words[i];
        i += 1;
        if !synced {
            synced = word == 0xAA99_5566;
            continue;
        }
        let count = match word >> 29 {
            1 => {
                register = word >> 13 & 0x3fff;
                word & 0x7ff
            }
            2 => word & 0x07ff_ffff,
            _ => continue,
        } as usize;
        if word >> 27 & 3 != 2 || count == 0 {
            continue;
        }
        let payload = &words[i..i + count];
        i += count;
        match register {
            1 => far = payload[count - 1],
            2 => {
                out.fdri_words += count as u64;
                let first = die.decode(far).expect("an address of the die");
                if first.block == BlockType::ResetMap {
                    continue;
                }
                // The last frame of a burst is a pad: it pushes the one before through the pipeline.
                let frames = count / die.words_per_frame() - 1;
                let position = map.position_of(first).expect("a frame of the die");
                for (run, _) in map.runs(position, frames) {
                    out.frames.extend(run.map(|index| map.address(index).unwrap()));
                }
            }
            4 if payload[count - 1] == 13 => synced = false,
            _ => {}
        }
    }
    out
}

/// Constraint file, Pblock, part, partial bitstream.
const SERIES7: &[(&str, &str, &str, &str)] = &[
    ("Pynq-Z2/cv_dfx_4_pr", "pblock_pr_0", "xc7z020", "z020_bdc_4rp_project/*impl_1/*_pr_0_*_partial.bit"),
    ("Pynq-Z2/cv_dfx_4_pr", "pblock_pr_1", "xc7z020", "z020_bdc_4rp_project/*impl_1/*_pr_1_*_partial.bit"),
    (
        "Pynq-Z2/cv_dfx_4_pr",
        "pblock_pr_fork",
        "xc7z020",
        "z020_bdc_4rp_project/*impl_1/*_pr_fork_*_partial.bit",
    ),
    (
        "Pynq-Z2/cv_dfx_4_pr",
        "pblock_pr_join",
        "xc7z020",
        "z020_bdc_4rp_project/*impl_1/*_pr_join_*_partial.bit",
    ),
    (
        "Pynq-Z1/prio/vivado/constraints/pr_0",
        "pblock_pr_0",
        "xc7z020",
        "us_plus_partial_prio/Pynq-Z1/*/pr_0_*.bit",
    ),
    (
        "@z020_pynq_gpio_pr/Pynq-Z1/gpio_pr/vivado/constraints/gpio_0",
        "pblock_gpio_0",
        "xc7z020",
        "z020_pynq_gpio_pr/Pynq-Z1/*/led_0.bit",
    ),
    ("@z010_icap_3cfg/Vivado_design/prConstraints", "pblock_inst", "xc7z010", "z010_icap_3cfg/*partial*.bit"),
    (
        "@dfx_logs_2024_2/UART_CALCI/dfx_playground/dfx_playground.runs/synth_1/.Xil/top_propImpl",
        "pblock_count",
        "xc7a100t",
        "dfx_logs_2024_2/*inst_count_*_partial.bit",
    ),
    (
        "@dfx_logs_2024_2/UART_CALCI/dfx_playground/dfx_playground.runs/synth_1/.Xil/top_propImpl",
        "pblock_inst_shift",
        "xc7a100t",
        "dfx_logs_2024_2/*inst_shift_*_partial.bit",
    ),
];

const ULTRASCALE: &[(&str, &str, &str, &str)] = &[
    (
        "@ku040_clear/Sources/xdc/top_kcu105",
        "pblock_inst_count",
        "xcku040",
        "ku040_clear/*count_*_partial.bit",
    ),
    (
        "ZCU104/prio/vivado/constraints/pr_1",
        "pblock_pr_1",
        "xczu7ev",
        "us_plus_partial_prio/ZCU104/*/pr_1_*.bit",
    ),
    (
        "@z020_pynq_gpio_pr/ZCU104/gpio_pr/vivado/constraints/gpio_0",
        "pblock_gpio_0",
        "xczu7ev",
        "z020_pynq_gpio_pr/ZCU104/*/led_0.bit",
    ),
];

/// Files whose path below the corpus matches a pattern of `*` and text.
fn find(root: &Path, pattern: &str) -> Vec<PathBuf> {
    let index = text(&root.join("INDEX.tsv"));
    let paths = index.lines().filter_map(|l| l.split('\t').next()).filter(|p| glob(pattern, p));
    let found: Vec<PathBuf> = paths.map(|p| root.join(p)).collect();
    assert!(!found.is_empty(), "nothing matches {pattern}");
    found
}

fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or("")) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        match rest.find(part) {
            Some(i) => rest = &rest[i + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

fn xdc_path(root: &Path, xdc: &str) -> PathBuf {
    match xdc.strip_prefix('@') {
        Some(p) => root.join(format!("{p}.xdc")),
        None => root.join(format!("xdc_floorplans/{xdc}.xdc")),
    }
}

fn partition(root: &Path, xdc: &str, pblock: &str, part: &str) -> Partition {
    let xdc = Xdc::read(&text(&xdc_path(root, xdc)));
    let plan = analyse(&Device::of_part(part).unwrap(), &PblockSpec::all_from_xdc(&xdc));
    plan.partition(pblock).unwrap_or_else(|| panic!("no {pblock}")).clone()
}

fn die(part: &str) -> &'static Die {
    Device::of_part(part).unwrap().die().unwrap()
}

/// 7 series: frames, words and bytes of every Pblock and partial that belong together are predicted exactly.
#[test]
fn series7_partials_are_predicted_exactly() {
    let Some(root) = corpus() else { return };
    let mut pairs = 0;
    for (xdc, pblock, part, bits) in SERIES7 {
        let p = partition(&root, xdc, pblock, part);
        for bit in find(&root, bits) {
            let w = written(die(part), &read(&bit));
            let name = bit.display();
            let predicted: BTreeSet<FrameAddress> = p.frames.addresses().collect();
            assert_eq!(predicted, w.frames, "frames of {pblock} against {name}");
            assert_eq!(p.size.fdri_words, w.fdri_words, "words of {pblock} against {name}");
            assert_eq!(
                (p.size.kind, p.size.bytes()),
                (SizeKind::Exact, w.bytes),
                "bytes of {pblock} against {name}"
            );
            pairs += 1;
        }
    }
    assert_eq!(pairs, 17);
}

/// UltraScale and UltraScale+: the Pblock's own frames are all written, and the size lies in the predicted range.
#[test]
fn ultrascale_partials_hold_the_pblocks_frames() {
    let Some(root) = corpus() else { return };
    let mut pairs = 0;
    for (xdc, pblock, part, bits) in ULTRASCALE {
        let p = partition(&root, xdc, pblock, part);
        for bit in find(&root, bits) {
            let w = written(die(part), &read(&bit));
            let missing: Vec<_> = p.frames.addresses().filter(|f| !w.frames.contains(f)).collect();
            println!(
                "{}: {} frames of {} written, {} bytes of {:?}",
                bit.display(),
                p.frames.len(),
                w.frames.len(),
                w.bytes,
                p.size.range
            );
            assert_eq!(missing, [], "frames of {pblock} not in {}", bit.display());
            assert_eq!(p.size.kind, SizeKind::LowerBound);
            assert!((p.size.range.0..=p.size.range.1).contains(&w.bytes), "{:?} {}", p.size, w.bytes);
            pairs += 1;
        }
    }
    assert_eq!(pairs, 5);
}

/// Vivado 2022.2 counts these sites as available (`report_design_status` of the KCU105 tutorial, ku040_clear).
#[test]
fn resources_agree_with_the_design_status_report() {
    let Some(root) = corpus() else { return };
    let report =
        text(&root.join(
            "ku040_clear/Implement/Config_shift_right_count_up_implement/reports/top_design_status.rpt",
        ));
    for module in ["inst_count", "inst_shift"] {
        let start = report.find(&format!("Reconfigurable Module: {module}")).unwrap();
        let number = |label: &str| -> u32 {
            let line = report[start..].lines().find(|l| l.trim_start().starts_with(label)).unwrap();
            line.rsplit("of ").next().unwrap().trim_end_matches(')').parse().unwrap()
        };
        let p =
            partition(&root, "@ku040_clear/Sources/xdc/top_kcu105", &format!("pblock_{module}"), "xcku040");
        let r = p.resources;
        assert_eq!(
            [r.slice, r.lut, r.ff, r.ramb36, r.ramb18, r.dsp],
            ["SLICE Usage", "LUT Usage", "FF Usage", "RAMB36E2 Usage", "RAMB18E2 Usage", "DSP48E2 Usage"]
                .map(number),
            "{module}"
        );
        assert!(
            p.findings.iter().any(|f| matches!(f, Finding::EdgeOnClockRegion { .. })),
            "{:?}",
            p.findings
        );
    }
}

/// The module of the 4-partition project against its Pblock: needs no more than there is, since Vivado placed it.
#[test]
fn forecast_of_a_real_module_fits() {
    let Some(root) = corpus() else { return };
    let u = Utilisation::parse(&text(&root.join("ku040_clear/Synth/count_up/count_utilization_synth.rpt")))
        .unwrap();
    assert_eq!((u.lut, u.ff), (8, 29));
    let p = partition(&root, "@ku040_clear/Sources/xdc/top_kcu105", "pblock_inst_count", "xcku040");
    let (list, findings) = forecast(&p, "count_up", &u);
    assert_eq!(list[0].available, 768);
    assert_eq!(findings, []);
    // Every report of the corpus reads, whatever release made it.
    for (name, luts) in [
        ("z020_bdc_4rp_project/*/video_cp_wrapper_utilization_placed.rpt", 1),
        ("dfx_logs_2024_2/*_utilization_placed.rpt", 1),
        ("dfx_logs_2024_2/*_utilization_synth.rpt", 0), // the modules are black boxes there
        ("rpt_tapasco/*util1.rpt", 1),
    ] {
        for path in find(&root, name).into_iter().filter(|p| !p.to_string_lossy().contains("clock")) {
            let u = Utilisation::parse(&text(&path)).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            assert!(u.lut >= luts, "{}", path.display());
        }
    }
}

/// Every constraint file of the corpus reads; every Pblock command in it is either understood or named.
#[test]
fn every_xdc_of_the_corpus_reads() {
    let Some(root) = corpus() else { return };
    let (mut files, mut pblocks, mut unread) = (0, 0, Vec::new());
    for path in find(&root, "*.xdc") {
        let source = text(&path);
        let xdc = Xdc::read(&source);
        files += 1;
        pblocks += xdc.pblocks.len();
        let created = source.lines().filter(|l| l.trim_start().starts_with("create_pblock")).count();
        assert_eq!(xdc.pblocks.len(), created, "{}", path.display());
        let resized = source.lines().filter(|l| l.trim_start().starts_with("resize_pblock")).count();
        let ranges: usize = xdc.pblocks.iter().map(|p| p.ranges.len()).sum();
        assert!(ranges >= resized, "{}: {ranges} ranges of {resized} commands", path.display());
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        unread.extend(xdc.unread.iter().map(|u| (name.clone(), u.line, u.reason.clone())));
    }
    println!("{files} files, {pblocks} Pblocks, unread: {unread:?}");
    assert!(files >= 60 && pblocks >= 60, "{files} files, {pblocks} Pblocks");
    // Which cells a filter selects is not in the file.
    let cells = |n: &str| {
        UnreadReason::Unresolved(format!(
            "[get_cells -hier -filter {{ORIG_REF_NAME == {n} || REF_NAME == {n}}}]"
        ))
    };
    let expected =
        [("hd_reconfig.xdc".into(), 4, cells("count")), ("hd_reconfig.xdc".into(), 6, cells("shift"))];
    assert_eq!(unread, expected);
}

/// Floorplans that their authors built with: no error among the findings, and on AMD's own for 7 series and the large
/// UltraScale(+) boards nothing to warn of but split columns.
#[test]
fn floorplans_that_were_built_have_no_errors() {
    let Some(root) = corpus() else { return };
    let labs = "@xdc_floorplans/lab2_ultrascale_basic_DFX_Flow";
    let mut partitions = 0;
    for (xdc, part) in [
        (format!("{labs}/led_shift_count_7s/Sources/xdc/pblocks_kc705"), "xc7k325t"),
        (format!("{labs}/led_shift_count_7s/Sources/xdc/pblocks_ac701"), "xc7a200t"),
        (format!("{labs}/led_shift_count_7s/Sources/xdc/pblocks_vc707"), "xc7vx485t"),
        (format!("{labs}/led_shift_count_7s/Sources/xdc/pblocks_vc709"), "xc7vx690t"),
        (format!("{labs}/dfx_project/Sources/xdc/pblocks_vcu118"), "xcvu9p"),
        (format!("{labs}/dfx_project/Sources/xdc/pblocks_vcu108"), "xcvu095"),
        (format!("{labs}/dfx_project/Sources/xdc/pblocks_kcu116"), "xcku5p"),
        ("lab1_dfx_projflow/lab/ZCU104/Sources/xdc/pblocks".to_owned(), "xczu7ev"),
        ("Pynq-Z2/cv_dfx_4_pr".to_owned(), "xc7z020"),
        ("Pynq-ZU/cv_dfx_4_pr".to_owned(), "xczu5eg"),
        ("KV260/cv_dfx_4_pr".to_owned(), "xck26"),
        ("Pynq-Z1/prio_linux/vivado/constraints/pr_1".to_owned(), "xc7z020"),
        ("VHDL/DFX/constraints/impl".to_owned(), "xc7z010"),
    ] {
        let text = Xdc::read(&text(&xdc_path(&root, &xdc)));
        let plan = analyse(&Device::of_part(part).unwrap(), &PblockSpec::all_from_xdc(&text));
        for p in &plan.partitions {
            assert!(p.worst() < Some(Severity::Error), "{xdc} {}: {:?}", p.name, p.findings);
            assert!(p.resources.slice > 0 && !p.frames.is_empty(), "{xdc} {}", p.name);
            let split =
                |f: &Finding| matches!(f, Finding::SplitPair { .. }) || f.severity() == Severity::Note;
            let own =
                ["kc705", "ac701", "vc707", "vc709", "vcu118", "vcu108"].iter().any(|b| xdc.ends_with(b));
            assert!(!own || p.findings.iter().all(split), "{xdc} {}: {:?}", p.name, p.findings);
            partitions += 1;
        }
    }
    assert_eq!(partitions, 30);
}
