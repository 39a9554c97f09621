// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every finding has a Pblock that triggers it, and a neighbour that does not.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::collections::BTreeSet;

use dfxkit_fabric::device::Device;
use dfxkit_fabric::floorplan::{Finding, Floorplan, Severity, SizeKind, Utilisation, analyse, forecast};
use dfxkit_fabric::pblock::PblockSpec;
use dfxkit_fabric::site::{SiteKind, SiteRange};
use dfxkit_fabric::xdc::Xdc;

/// A floorplan from ranges, with properties written as `NAME VALUE` in brackets behind them.
fn plan(part: &str, pblocks: &[&str]) -> Floorplan {
    let mut text = String::new();
    for (i, p) in pblocks.iter().enumerate() {
        let (ranges, properties) = p.split_once('[').unwrap_or((p, ""));
        text += &format!("create_pblock p{i}\nresize_pblock p{i} -add {{{ranges}}}\n");
        for property in properties.trim_end_matches(']').split(',').filter(|s| !s.is_empty()) {
            text += &format!("set_property {property} [get_pblocks p{i}]\n");
        }
    }
    let xdc = Xdc::read(&text);
    assert_eq!(xdc.unread, [], "{text}");
    analyse(&Device::of_part(part).unwrap(), &PblockSpec::all_from_xdc(&xdc))
}

fn codes(plan: &Floorplan) -> BTreeSet<&'static str> {
    plan.partitions[0].findings.iter().map(Finding::code).collect()
}

/// A legal Pblock of xc7z020: whole pairs, whole clock region, every type ranged.
const GOOD: &str = "SLICE_X54Y0:SLICE_X65Y49[SNAPPING_MODE ON,RESET_AFTER_RECONFIG 1]";

/// Code, part, Pblocks with the finding, Pblocks without.
const CASES: &[(&str, &str, &[&str], &[&str])] = &[
    ("no-ranges", "xc7z020", &["SLICE_X900Y0:SLICE_X901Y1"], &[GOOD]),
    ("outside-device", "xc7z020", &["SLICE_X112Y0:SLICE_X114Y49"], &["SLICE_X112Y0:SLICE_X113Y149"]),
    ("no-such-site", "xc7z020", &["URAM288_X0Y0:URAM288_X0Y3"], &[GOOD]),
    ("no-such-site", "xc7z020", &["DSP48E2_X0Y0:DSP48E2_X0Y3"], &["DSP48_X0Y0:DSP48_X0Y3"]),
    ("hole", "xc7z020", &["SLICE_X0Y40:SLICE_X9Y60"], &["SLICE_X0Y0:SLICE_X9Y49"]),
    (
        "reset-unaligned",
        "xc7z020",
        &["SLICE_X56Y50:SLICE_X59Y74[RESET_AFTER_RECONFIG true]"],
        &["SLICE_X56Y50:SLICE_X59Y74[RESET_AFTER_RECONFIG false]"],
    ),
    ("split-pair", "xc7z020", &["SLICE_X54Y0:SLICE_X57Y49"], &["SLICE_X56Y0:SLICE_X59Y49"]),
    ("fixed-neighbour", "xc7z020", &["SLICE_X48Y0:SLICE_X49Y49"], &["SLICE_X56Y0:SLICE_X59Y49"]),
    (
        "cut-in-height",
        "xcku040",
        &["SLICE_X1Y0:SLICE_X4Y22 RAMB36_X0Y0:RAMB36_X0Y3 RAMB18_X0Y0:RAMB18_X0Y7 DSP48E2_X0Y0:DSP48E2_X0Y7"],
        &["SLICE_X1Y0:SLICE_X4Y19 RAMB36_X0Y0:RAMB36_X0Y3 RAMB18_X0Y0:RAMB18_X0Y7 DSP48E2_X0Y0:DSP48E2_X0Y7"],
    ),
    (
        "shared-column",
        "xc7z020",
        &["SLICE_X56Y50:SLICE_X59Y74", "SLICE_X56Y75:SLICE_X59Y99"],
        &["SLICE_X56Y50:SLICE_X59Y99", "SLICE_X56Y100:SLICE_X59Y149"],
    ),
    (
        "overlap",
        "xc7z020",
        &["SLICE_X56Y50:SLICE_X59Y99", "SLICE_X59Y99:SLICE_X63Y120"],
        &["SLICE_X56Y50:SLICE_X59Y99[PARENT p1]", "SLICE_X56Y50:SLICE_X63Y99"],
    ),
    ("unranged-site-type", "xc7z020", &["SLICE_X50Y0:SLICE_X59Y49"], &["SLICE_X56Y0:SLICE_X59Y49"]),
    (
        "ramb-mismatch",
        "xc7z020",
        &["SLICE_X0Y0:SLICE_X9Y49 RAMB36_X0Y0:RAMB36_X0Y9"],
        &["SLICE_X0Y0:SLICE_X9Y49 RAMB36_X0Y0:RAMB36_X0Y9 RAMB18_X0Y0:RAMB18_X0Y19"],
    ),
    ("not-reconfigurable", "xc7z020", &["BUFGCTRL_X0Y0:BUFGCTRL_X0Y1"], &[GOOD]),
    ("clock-region-range", "xc7z020", &["CLOCKREGION_X0Y0:CLOCKREGION_X0Y0"], &[GOOD]),
    ("not-checked", "xczu7ev", &["CLOCKREGION_X1Y4:CLOCKREGION_X1Y4"], &["SLICE_X1Y245:SLICE_X2Y250"]),
    ("edge-on-clock-region", "xcku040", &["SLICE_X1Y60:SLICE_X2Y100"], &["SLICE_X1Y61:SLICE_X2Y100"]),
    ("edge-on-clock-region", "xcku040", &["SLICE_X1Y70:SLICE_X2Y119"], &["SLICE_X1Y0:SLICE_X2Y299"]),
    (
        "larger-than-full",
        "xc7s15",
        &[
            "SLICE_X0Y0:SLICE_X39Y49 DSP48_X0Y0:DSP48_X0Y19 RAMB36_X0Y0:RAMB36_X0Y9 RAMB18_X0Y0:RAMB18_X0Y19[RESET_AFTER_RECONFIG 1]",
        ],
        &["SLICE_X0Y0:SLICE_X39Y49 DSP48_X0Y0:DSP48_X0Y19 RAMB36_X0Y0:RAMB36_X0Y9 RAMB18_X0Y0:RAMB18_X0Y19"],
    ),
    (
        "reset-on-wrong-family",
        "xcku040",
        &["SLICE_X1Y1:SLICE_X2Y9[RESET_AFTER_RECONFIG 1]"],
        &["SLICE_X1Y1:SLICE_X2Y9"],
    ),
    (
        "snapping-always-on",
        "xcku040",
        &["SLICE_X1Y1:SLICE_X2Y9[SNAPPING_MODE OFF]"],
        &["SLICE_X1Y1:SLICE_X2Y9[SNAPPING_MODE ON]"],
    ),
    ("empty", "xc7z020", &["SLICE_X54Y0:SLICE_X55Y49[SNAPPING_MODE ON]"], &[GOOD]),
    ("spans-dies", "xcvu9p", &["SLICE_X1Y290:SLICE_X2Y310"], &["SLICE_X1Y301:SLICE_X2Y310"]),
    ("no-frame-map", "xczu28dr", &["SLICE_X1Y241:SLICE_X2Y250"], &[]),
];

#[test]
fn every_code_is_triggered_and_not_by_its_neighbour() {
    let mut seen = BTreeSet::new();
    for (code, part, with, without) in CASES {
        let bad = plan(part, with);
        assert!(codes(&bad).contains(code), "{code} on {part}: {:?}", bad.partitions[0].findings);
        if !without.is_empty() {
            let good = plan(part, without);
            assert!(!codes(&good).contains(code), "{code} on {part}: {:?}", good.partitions[0].findings);
        }
        seen.insert(*code);
        for f in &bad.partitions[0].findings {
            assert!(!f.to_string().is_empty() && !f.source().is_empty());
            assert!(f.severity() == Severity::Note || f.help().is_some(), "{f}");
        }
    }
    seen.insert("capacity"); // Below: it needs a utilisation report.
    assert_eq!(seen, Finding::CODES.into_iter().collect());
    assert_eq!(
        codes(&plan("xc7z020", &[GOOD])).len(),
        1,
        "{:?}",
        plan("xc7z020", &[GOOD]).partitions[0].findings
    );
}

#[test]
fn capacity_is_a_warning_when_tight_and_an_error_when_short() {
    let plan = plan("xc7z020", &["SLICE_X56Y0:SLICE_X59Y49"]);
    let p = &plan.partitions[0];
    assert_eq!(p.resources.lut, 800);
    for (lut, ff, severity) in [
        (700, 100, None),
        (760, 100, Some(Severity::Warning)),
        (800, 1601, Some(Severity::Error)),
        (801, 0, Some(Severity::Error)),
    ] {
        let (list, findings) = forecast(p, "m", &Utilisation { lut, ff, ..Utilisation::default() });
        assert_eq!(list[0].percent(), Some(lut as f64 / 8.0));
        assert_eq!(findings.iter().map(Finding::severity).max(), severity, "{lut} {ff}: {findings:?}");
    }
    let (_, findings) = forecast(p, "m", &Utilisation { dsp: 1, ..Utilisation::default() });
    assert_eq!(findings[0].to_string(), "`m` needs 1 dsp and the Pblock has 0");
}

/// What the unranged finding proposes does take the type in.
#[test]
fn the_proposed_range_cures_the_finding() {
    for (part, slices) in [
        ("xc7z020", "SLICE_X26Y50:SLICE_X47Y149"),
        ("xc7k325t", "SLICE_X0Y0:SLICE_X99Y99"),
        ("xczu7ev", "SLICE_X66Y185:SLICE_X75Y228"),
        ("xck26", "SLICE_X40Y125:SLICE_X60Y175"),
    ] {
        let mut ranges = slices.to_owned();
        let before = plan(part, &[&ranges]);
        let proposed: Vec<SiteRange> = before.partitions[0]
            .findings
            .iter()
            .filter_map(|f| match f {
                Finding::UnrangedSiteType { range, .. } => Some(range.clone()),
                _ => None,
            })
            .collect();
        assert!(!proposed.is_empty(), "{part}");
        for r in &proposed {
            ranges += &format!(" {r}");
            if r.kind == SiteKind::Ramb36 {
                ranges += &format!(" {}", SiteRange::new("RAMB18", (r.x0, r.x1), (2 * r.y0, 2 * r.y1 + 1)));
            }
        }
        let after = plan(part, &[&ranges]);
        let codes = codes(&after);
        assert!(
            !codes.contains("unranged-site-type") && !codes.contains("ramb-mismatch"),
            "{part} {ranges}: {codes:?}"
        );
        // UltraScale(+): a rectangle with taller units may lose rows at its edges.
        let slices = |p: &Floorplan| p.partitions[0].resources.slice;
        assert!(slices(&after) >= slices(&before) || !part.starts_with("xc7"), "{part}");
    }
}

/// Site numbers of a stacked part count through its dies; what comes back counts the same way.
#[test]
fn stacked_parts_count_through_their_dies() {
    let plan = plan("xcvu9p", &["SLICE_X2Y301:SLICE_X3Y310", "SLICE_X2Y1:SLICE_X3Y10"]);
    let [upper, lower] = [&plan.partitions[0], &plan.partitions[1]];
    assert_eq!((upper.slr, lower.slr), (1, 0));
    assert_eq!(upper.resources, lower.resources);
    assert_eq!(upper.frames, lower.frames);
    assert_eq!(upper.snapped[0].to_string(), "SLICE_X2Y301:SLICE_X3Y310");
    assert_eq!(upper.findings, lower.findings);
    assert_eq!(upper.size.kind, SizeKind::LowerBound);
}

/// A type that is not ranged inside the rectangle: its columns' frames may or may not be written, and the size says so.
#[test]
fn soft_columns_make_the_size_a_range() {
    let properties = "[SNAPPING_MODE ON,RESET_AFTER_RECONFIG 1]";
    let soft = plan("xc7z020", &[&format!("SLICE_X26Y50:SLICE_X47Y149{properties}")]);
    let p = &soft.partitions[0];
    assert_eq!(p.size.kind, SizeKind::Range);
    // Two columns of 28 frames in two rows, twice, are not written in the smaller case; their pads and bursts are.
    assert!(p.size.range.1 - p.size.range.0 > 2 * 4 * 28 * 404 - 4000, "{:?}", p.size);
    let exact = plan("xc7z020", &[&format!("SLICE_X28Y50:SLICE_X31Y149{properties}")]);
    assert_eq!(exact.partitions[0].size.kind, SizeKind::Exact);
}

/// Without snapping a split pair stays in the bitstream and is of no use; with it, it is left out.
#[test]
fn snapping_off_and_on_series7() {
    let slices = "SLICE_X54Y0:SLICE_X59Y49"; // X54 is the east half of a block RAM pair.
    let off = plan("xc7z020", &[slices]);
    let on = plan("xc7z020", &[&format!("{slices}[SNAPPING_MODE ROUTING]")]);
    let (off, on) = (&off.partitions[0], &on.partitions[0]);
    assert_eq!(off.resources, on.resources);
    assert_eq!((off.frames.len(), on.frames.len()), (3 * 36, 2 * 36));
    assert_eq!(off.drawn.slice, 300);
    assert!(matches!(&off.findings[0], Finding::SplitPair { snapped: false, .. }), "{:?}", off.findings);
    assert!(matches!(&on.findings[0], Finding::SplitPair { snapped: true, .. }), "{:?}", on.findings);
    assert_eq!(off.size.range.1 - off.size.range.0, 360);
}
