// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `suggest` against a search that tries every rectangle of site numbers and asks `analyse` about each.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::collections::BTreeMap;

use dfxkit_fabric::device::{ColumnKind, Device, dies};
use dfxkit_fabric::family::Family;
use dfxkit_fabric::floorplan::{Finding, Partition, Severity, analyse};
use dfxkit_fabric::pblock::{PblockSpec, SnappingMode};
use dfxkit_fabric::site::SiteRange;
use dfxkit_fabric::suggest::{Need, NoSuggestion, Request, suggest};
use proptest::prelude::*;

fn device(part: &str) -> Device {
    Device::of_part(part).unwrap()
}

fn satisfies(p: &Partition, n: Need) -> bool {
    let r = &p.resources;
    r.slice >= n.slice && r.ramb36 >= n.ramb36 && r.dsp >= n.dsp && r.uram >= n.uram
}

/// Nothing wrong but, where much is asked for, the size.
fn legal(p: &Partition) -> bool {
    let size = |f: &&Finding| !matches!(f, Finding::LargerThanFull { .. });
    p.findings.iter().filter(size).all(|f| f.severity() < Severity::Warning)
}

/// Every legal rectangle of a die: its frames and what it holds. Built from slice numbers and CLB rows alone, with every site type
/// between the outer slices (and one column beyond them) ranged or not.
fn every_rectangle(device: &Device) -> Vec<(usize, Need)> {
    let die = device.die().unwrap();
    let series7 = die.family() == Family::Series7;
    let row_h = die.row_height();
    let columns = die.columns();
    let numbers = |prefix: &str| -> BTreeMap<usize, u32> {
        // Column to first X number: the columns that hold the site at least once.
        let class = die.site_classes().iter().find(|c| c.prefix == prefix).unwrap();
        let there = |c: usize| {
            (0..die.rows() * row_h).step_by(15).any(|y| {
                die.kind_at(y / row_h, c).is_some_and(|k| class.kinds.contains(&k))
                    && !die.holes().iter().any(|h| {
                        (h.grid_x.0..=h.grid_x.1).contains(&columns[c].grid_x())
                            && (h.clb_y.0..=h.clb_y.1).contains(&y)
                    })
            })
        };
        (0..columns.len()).filter(|&c| there(c)).zip((0..).step_by(class.per_column as usize)).collect()
    };
    let slices = numbers("SLICE");
    let (b36, dsp) = (numbers("RAMB36"), numbers(if series7 { "DSP48" } else { "DSP48E2" }));
    let width = u32::from(series7);
    let dsp_name = if series7 { "DSP48" } else { "DSP48E2" };
    let insets: &[u32] = if series7 { &[0] } else { &[0, 1, 5] };
    let mut out = Vec::new();
    for (&c0, &x0) in &slices {
        for (&c1, &x1) in slices.range(c0..) {
            for r0 in 0..die.rows() {
                for r1 in r0..die.rows() {
                    for &inset in insets {
                        let y0 = r0 * row_h + if r0 > 0 { inset } else { 0 };
                        let y1 = (r1 + 1) * row_h - 1 - if r1 + 1 < die.rows() { inset } else { 0 };
                        for (west, east) in [(0, 0), (0, 2), (2, 0), (2, 2)] {
                            let inside = |m: &BTreeMap<usize, u32>| -> Option<(u32, u32)> {
                                let mut it = m.range(c0.saturating_sub(west)..=c1 + east).map(|(_, &x)| x);
                                let first = it.next()?;
                                Some((first, it.next_back().unwrap_or(first)))
                            };
                            let mut ranges = vec![SiteRange::new("SLICE", (x0, x1 + width), (y0, y1))];
                            if let Some(x) = inside(&b36) {
                                ranges.push(SiteRange::new("RAMB36", x, (y0 / 5, y1 / 5)));
                                ranges.push(SiteRange::new("RAMB18", x, (y0 / 5 * 2, y1 / 5 * 2 + 1)));
                            }
                            if let Some(x) = inside(&dsp) {
                                ranges.push(SiteRange::new(dsp_name, x, (y0 / 5 * 2, y1 / 5 * 2 + 1)));
                            }
                            let mut spec = PblockSpec::new("p", ranges);
                            if series7 {
                                spec.snapping_mode = Some(SnappingMode::On);
                                spec.reset_after_reconfig = Some(true);
                            }
                            let plan = analyse(device, &[spec]);
                            let p = &plan.partitions[0];
                            if legal(p) {
                                let r = p.resources;
                                let have =
                                    Need { slice: r.slice, ramb36: r.ramb36, dsp: r.dsp, uram: r.uram };
                                out.push((p.frames.len(), have));
                            }
                        }
                    }
                }
            }
        }
    }
    assert!(die.columns().iter().all(|c| c.kind != ColumnKind::Uram));
    out
}

/// One partition: the answer is legal, has what is needed, and no legal rectangle has fewer frames.
#[test]
fn no_legal_rectangle_has_fewer_frames() {
    for part in ["xc7z010", "xc7s15", "xczu1eg"] {
        let device = device(part);
        let all = every_rectangle(&device);
        assert!(all.len() > 50, "{part}: {}", all.len());
        let (mut found, mut none) = (0, 0);
        for i in 0..400_u32 {
            // A spread of needs, from a few slices to more than there is.
            let need = Need {
                slice: (i * 37 % 23) * (i % 17) * 18 + 1,
                ramb36: (i * 7 % 11) * (i % 4),
                dsp: (i * 5 % 13) * (i % 3) * 2,
                uram: 0,
            };
            let fits =
                |have: &Need| have.slice >= need.slice && have.ramb36 >= need.ramb36 && have.dsp >= need.dsp;
            let least = all.iter().filter(|(_, have)| fits(have)).map(|(n, _)| *n).min();
            match suggest(&device, &[Request { name: "p".into(), need }], &[]) {
                Ok(s) => {
                    let plan = analyse(&device, &[s.partitions[0].pblock.clone()]);
                    let p = &plan.partitions[0];
                    assert!(legal(p), "{part} {need:?}: {:?} {:?}", s, p.findings);
                    assert!(satisfies(p, need), "{part} {need:?}: {:?}", p.resources);
                    assert_eq!(p.frames.len(), s.partitions[0].frames as usize, "{part} {need:?} {s:?}");
                    assert_eq!(least, Some(p.frames.len()), "{part} {need:?} {s:?}");
                    assert!(s.proven);
                    found += 1;
                }
                Err(e) => {
                    assert!(matches!(e, NoSuggestion::TooLarge { .. }), "{e:?}");
                    assert_eq!(least, None, "{part} {need:?}");
                    none += 1;
                }
            }
        }
        println!("{part}: {} legal rectangles, {found} answers, {none} too large", all.len());
        assert!(found > 100 && none > 10, "{part}: {found} {none}");
    }
}

/// Several partitions: legal together, nothing shared, also with Pblocks that are there already.
#[test]
fn several_partitions_share_nothing() {
    for part in ["xc7z020", "xc7a100t", "xcku040", "xczu3eg", "xcvu9p"] {
        let device = device(part);
        let request = |name: &str, slice, ramb36, dsp| Request {
            name: name.into(),
            need: Need { slice, ramb36, dsp, uram: 0 },
        };
        let first = suggest(&device, &[request("old", 300, 2, 4)], &[]).unwrap().partitions.remove(0).pblock;
        let requests = [request("a", 500, 4, 0), request("b", 300, 0, 8), request("c", 200, 0, 0)];
        let s = suggest(&device, &requests, std::slice::from_ref(&first)).unwrap();
        assert!(s.proven, "{part}");
        let mut specs: Vec<PblockSpec> = s.partitions.iter().map(|p| p.pblock.clone()).collect();
        assert_eq!(specs.iter().map(|s| s.name.as_str()).collect::<Vec<_>>(), ["a", "b", "c"]);
        specs.push(first);
        let plan = analyse(&device, &specs);
        for (p, r) in plan.partitions.iter().zip(&requests) {
            assert!(legal(p), "{part}: {:?}", p.findings);
            assert!(satisfies(p, r.need), "{part} {}: {:?}", r.name, p.resources);
        }
    }
}

/// Two partitions at once on a small die: no pair of legal, disjoint single windows has fewer frames in all. The single windows
/// come from asking for ever larger needs around what is already taken.
#[test]
fn two_partitions_cost_no_more_than_one_after_the_other() {
    let device = device("xc7z010");
    for (a, b) in [(200, 300), (400, 400), (900, 100), (1500, 1200)] {
        let need = |slice, ramb36| Need { slice, ramb36, dsp: 0, uram: 0 };
        let (ra, rb) =
            (Request { name: "a".into(), need: need(a, 2) }, Request { name: "b".into(), need: need(b, 0) });
        let together = suggest(&device, &[ra.clone(), rb.clone()], &[]).unwrap();
        let sum: u32 = together.partitions.iter().map(|p| p.frames).sum();
        for (x, y) in [(&ra, &rb), (&rb, &ra)] {
            let first = suggest(&device, std::slice::from_ref(x), &[]).unwrap().partitions.remove(0);
            if let Ok(second) = suggest(&device, std::slice::from_ref(y), &[first.pblock]) {
                assert!(sum <= first.frames + second.partitions[0].frames);
            }
        }
    }
}

#[test]
fn says_why_there_is_none() {
    let device = device("xc7z010");
    let request = |slice| Request { name: "p".into(), need: Need { slice, ..Need::default() } };
    assert_eq!(suggest(&device, &[], &[]), Err(NoSuggestion::Nothing));
    assert_eq!(suggest(&device, &[request(0)], &[]), Err(NoSuggestion::Nothing));
    assert!(matches!(suggest(&device, &[request(9000)], &[]), Err(NoSuggestion::TooLarge { .. })));
    let half = request(2400);
    assert_eq!(suggest(&device, &[half.clone(), half], &[]), Err(NoSuggestion::NoRoom));
    let uram = Request { name: "u".into(), need: Need { uram: 1, ..Need::default() } };
    assert!(matches!(suggest(&device, &[uram], &[]), Err(NoSuggestion::TooLarge { .. })));
}

/// Every die answers a modest wish, and what it answers is legal.
#[test]
fn every_die_answers() {
    for die in dies().iter().filter(|d| d.lacks().is_empty()) {
        let name = die.parts()[0].name;
        let core = name.split('.').next().unwrap();
        let Ok(device) = Device::of_part(core) else { continue };
        let need = Need { slice: 100, ramb36: 2, dsp: 4, uram: 0 };
        let s = suggest(&device, &[Request { name: "p".into(), need }], &[])
            .unwrap_or_else(|e| panic!("{core}: {e}"));
        let plan = analyse(&device, &[s.partitions[0].pblock.clone()]);
        let p = &plan.partitions[0];
        assert!(legal(p), "{core}: {:?} {s:?}", p.findings);
        assert!(satisfies(p, need), "{core}: {:?} {s:?}", p.resources);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn answers_are_legal_and_sufficient(
        part in prop::sample::select(vec!["xc7z020", "xc7k325t", "xc7vx485t", "xcku040", "xczu7ev", "xczu19eg", "xck26", "xcku115", "xcvu11p"]),
        slice in 1_u32..4000, ramb36 in 0_u32..60, dsp in 0_u32..200, uram in 0_u32..20, n in 1_usize..3,
    ) {
        let device = device(part);
        let uram = if matches!(part, "xczu7ev" | "xck26" | "xczu19eg" | "xcvu11p") { uram } else { 0 };
        let need = Need { slice, ramb36, dsp, uram };
        let requests: Vec<_> = (0..n).map(|i| Request { name: format!("p{i}"), need }).collect();
        if let Ok(s) = suggest(&device, &requests, &[]) {
            let specs: Vec<_> = s.partitions.iter().map(|p| p.pblock.clone()).collect();
            let plan = analyse(&device, &specs);
            for (p, s) in plan.partitions.iter().zip(&s.partitions) {
                prop_assert!(legal(p), "{:?} {:?}", p.findings, s);
                prop_assert!(satisfies(p, need), "{:?} {:?}", p.resources, s);
                prop_assert_eq!(p.frames.len(), s.frames as usize);
            }
        }
    }
}
