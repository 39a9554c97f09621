// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pblock geometry against a second, naive formulation: site by site and row by row, with sets instead of bit rows.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::collections::{BTreeMap, BTreeSet, HashSet};

use dfxkit_fabric::device::{BlockType, ColumnKind, Device, Die};
use dfxkit_fabric::family::Family;
use dfxkit_fabric::floorplan::{Finding, analyse};
use dfxkit_fabric::pblock::{PblockSpec, SnappingMode};
use dfxkit_fabric::site::{SiteKind, SiteRange};
use dfxkit_fabric::svg::draw;
use proptest::prelude::*;

/// Kinds in the order slices, RAMB36, RAMB18, DSP, UltraRAM.
const KINDS: [SiteKind; 5] =
    [SiteKind::Slice, SiteKind::Ramb36, SiteKind::Ramb18, SiteKind::Dsp, SiteKind::Uram288];

/// Cells as (column, CLB row).
type Cells = BTreeSet<(usize, u32)>;

struct Naive<'a> {
    die: &'a Die,
    /// Ranged sites that exist: kind, column, place in the column's width, Y.
    sites: HashSet<(SiteKind, usize, u32, u32)>,
    ranged: HashSet<SiteKind>,
    rectangles: Vec<(usize, usize, u32, u32)>,
}

impl<'a> Naive<'a> {
    fn new(die: &'a Die, spec: &PblockSpec) -> Self {
        let mut n = Self { die, sites: HashSet::new(), ranged: HashSet::new(), rectangles: Vec::new() };
        for r in &spec.ranges {
            let Some(class) = die.site_classes().iter().find(|c| SiteKind::of(c.prefix) == r.kind) else {
                continue;
            };
            let columns: Vec<usize> = (0..die.columns().len())
                .filter(|&c| class.kinds.contains(&die.columns()[c].kind))
                .filter(|&c| (0..n.height()).any(|y| n.tile_there(c, y)))
                .collect();
            let width = columns.len() as u32 * class.per_column;
            let tall = class.per_row * die.rows();
            if columns.is_empty() || r.x0 >= width || r.y0 >= tall {
                continue;
            }
            n.ranged.insert(r.kind);
            let (x1, y1) = (r.x1.min(width - 1), r.y1.min(tall - 1));
            if r.kind == SiteKind::Slice {
                let at = |x: u32| columns[(x / class.per_column) as usize];
                n.rectangles.push((at(r.x0), at(x1), r.y0, y1));
            }
            for x in r.x0..=x1 {
                for y in r.y0..=y1 {
                    let c = columns[(x / class.per_column) as usize];
                    if n.rows_of(r.kind, c, y).all(|row| n.there(c, row)) {
                        n.sites.insert((r.kind, c, x % class.per_column, y));
                    }
                }
            }
        }
        n
    }

    fn height(&self) -> u32 {
        self.die.rows() * self.die.row_height()
    }

    fn kind(&self, c: usize) -> ColumnKind {
        self.die.columns()[c].kind
    }

    /// Height of the tile of a column, and how many sites of a kind are in it.
    fn tile(&self, c: usize) -> u32 {
        match self.kind(c) {
            ColumnKind::Bram | ColumnKind::Dsp | ColumnKind::DspClock => 5,
            ColumnKind::Uram => 15,
            _ => 1,
        }
    }

    fn rows_of(&self, kind: SiteKind, c: usize, y: u32) -> std::ops::Range<u32> {
        let per_tile = match kind {
            SiteKind::Slice | SiteKind::Ramb36 => 1,
            SiteKind::Uram288 => 4,
            _ => 2,
        };
        let (t, h) = (y / per_tile, self.tile(c));
        t * h..(t + 1) * h
    }

    /// Does the column exist in the row as what it is?
    fn there(&self, c: usize, y: u32) -> bool {
        let column = self.die.columns()[c];
        self.die.kind_at(y / self.die.row_height(), c) == Some(column.kind)
            && !self.die.holes().iter().any(|h| {
                (h.grid_x.0..=h.grid_x.1).contains(&column.grid_x()) && (h.clb_y.0..=h.clb_y.1).contains(&y)
            })
    }

    fn tile_there(&self, c: usize, y: u32) -> bool {
        let h = self.tile(c);
        (y / h * h..(y / h + 1) * h).all(|r| self.there(c, r))
    }

    fn is_site(&self, c: usize) -> bool {
        let k = self.kind(c);
        k.is_clb() || k.is_dsp() || matches!(k, ColumnKind::Bram | ColumnKind::Uram)
    }

    /// Sites of the tile in row `y`: is all of it ranged, is any?
    fn state(&self, c: usize, y: u32) -> (bool, bool) {
        let tile = y / self.tile(c);
        let has = |kind, place, y| self.sites.contains(&(kind, c, place, y));
        let slices = self.die.site_classes()[0].per_column;
        match self.kind(c) {
            k if k.is_clb() => {
                let n = (0..slices).filter(|&p| has(SiteKind::Slice, p, y)).count() as u32;
                (n == slices, n > 0)
            }
            k if k.is_dsp() => {
                let n = (0..2).filter(|i| has(SiteKind::Dsp, 0, 2 * tile + i)).count();
                (n == 2, n > 0)
            }
            ColumnKind::Bram => {
                let whole = has(SiteKind::Ramb36, 0, tile);
                let n = (0..2).filter(|i| has(SiteKind::Ramb18, 0, 2 * tile + i)).count();
                (whole || n == 2, whole || n > 0)
            }
            ColumnKind::Uram => {
                let n = (0..4).filter(|i| has(SiteKind::Uram288, 0, 4 * tile + i)).count();
                (n == 4, n > 0)
            }
            _ => (false, false),
        }
    }

    fn full(&self, c: usize, y: u32) -> bool {
        self.state(c, y).0
    }

    fn touched(&self, c: usize, y: u32) -> bool {
        self.state(c, y).1
    }

    /// May column `c` be missing at `y` without splitting its pair?
    fn soft(&self, inside: &Cells, c: usize, y: u32) -> bool {
        let cfg = self.die.holes().iter().any(|h| h.what == "CFG" && (h.clb_y.0..=h.clb_y.1).contains(&y));
        let allowed = match self.kind(c) {
            ColumnKind::Bram => {
                !self.ranged.contains(&SiteKind::Ramb36)
                    && !self.ranged.contains(&SiteKind::Ramb18)
                    && self.tile_there(c, y)
            }
            ColumnKind::Dsp => !self.ranged.contains(&SiteKind::Dsp) && self.tile_there(c, y),
            ColumnKind::CfgSpine => !cfg && self.there(c, y),
            _ => false,
        };
        allowed
            && c > 0
            && c + 1 < self.die.columns().len()
            && inside.contains(&(c - 1, y))
            && inside.contains(&(c + 1, y))
    }

    /// Usable cells and written cells, as (column, row).
    fn snapped(&self, on: bool) -> (Cells, Cells) {
        let mut groups: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (c, column) in self.die.columns().iter().enumerate() {
            groups.entry(column.group).or_default().push(c);
        }
        if self.die.family() == Family::Series7 {
            self.series7(&groups, on)
        } else {
            self.ultrascale(&groups)
        }
    }

    fn series7(&self, groups: &BTreeMap<u32, Vec<usize>>, on: bool) -> (Cells, Cells) {
        // Take away, one cell at a time, what has no reason to stay, until nothing changes.
        let cells = (0..self.die.columns().len()).flat_map(|c| (0..self.height()).map(move |y| (c, y)));
        let mut usable: Cells = cells.filter(|&(c, y)| self.full(c, y)).collect();
        let pairs: Vec<(usize, usize)> =
            groups.values().filter(|g| g.len() == 2).flat_map(|g| [(g[0], g[1]), (g[1], g[0])]).collect();
        let both = |inside: &Cells, c: usize, p: usize, y: u32| {
            let h = self.tile(c).max(self.tile(p));
            (y / h * h..(y / h + 1) * h).all(|r| inside.contains(&(c, r)) && inside.contains(&(p, r)))
        };
        loop {
            let stays = |&(c, y): &(usize, u32)| {
                pairs.iter().any(|&(a, p)| a == c && (both(&usable, c, p, y) || self.soft(&usable, p, y)))
            };
            let kept: Cells = usable.iter().copied().filter(stays).collect();
            if kept.len() == usable.len() {
                break;
            }
            usable = kept;
        }
        let mut written: Cells = BTreeSet::new();
        if on {
            for &(c, y) in &usable {
                written.insert((c, y));
                for &(_, p) in pairs.iter().filter(|p| p.0 == c) {
                    if self.kind(p) != ColumnKind::CfgSpine {
                        written.insert((p, y));
                    }
                }
            }
        } else {
            let cells = (0..self.die.columns().len()).flat_map(|c| (0..self.height()).map(move |y| (c, y)));
            written.extend(cells.filter(|&(c, y)| self.touched(c, y)));
        }
        (usable, written)
    }

    fn ultrascale(&self, groups: &BTreeMap<u32, Vec<usize>>) -> (Cells, Cells) {
        // Units: a group; an UltraRAM group takes in the next one when that begins with interconnect.
        let mut units: Vec<Vec<usize>> = Vec::new();
        for group in groups.values() {
            let open = self.kind(group[0]) == ColumnKind::Int;
            match units.last_mut() {
                Some(u) if open && u.iter().any(|&c| self.kind(c) == ColumnKind::Uram) && u.len() == 3 => {
                    u.extend(group);
                }
                _ => units.push(group.clone()),
            }
        }
        let ok = |u: &Vec<usize>| {
            let kinds: Vec<ColumnKind> = u.iter().map(|&c| self.kind(c)).collect();
            let allowed = |k: &ColumnKind| {
                k.is_clb()
                    || k.is_dsp()
                    || matches!(k, ColumnKind::Bram | ColumnKind::Uram)
                    || matches!(k, ColumnKind::Int | ColumnKind::Intf | ColumnKind::Hard)
            };
            kinds.iter().all(allowed)
                && kinds.first() != Some(&ColumnKind::Int)
                && kinds.last() != Some(&ColumnKind::Int)
                && (!kinds.contains(&ColumnKind::Uram) || kinds.len() > 3)
        };
        let height = |u: &Vec<usize>| u.iter().map(|&c| self.tile(c)).max().unwrap();
        let sites = |u: &Vec<usize>| u.iter().copied().filter(|&c| self.is_site(c)).collect::<Vec<_>>();
        let whole = |u: &Vec<usize>, y: u32| {
            let h = height(u);
            ok(u)
                && !sites(u).is_empty()
                && (y / h * h..(y / h + 1) * h).all(|r| sites(u).iter().all(|&c| self.full(c, r)))
        };
        // Each SLICE rectangle, trimmed to the tallest unit in it.
        let mut inside: Cells = BTreeSet::new();
        for &(c0, c1, y0, y1) in &self.rectangles {
            let tallest = units
                .iter()
                .filter(|u| u.iter().any(|c| (c0..=c1).contains(c)) && (y0..=y1).any(|y| whole(u, y)))
                .map(height)
                .max()
                .unwrap_or(1);
            for y in
                (y0..=y1).filter(|y| y / tallest * tallest >= y0 && (y / tallest + 1) * tallest - 1 <= y1)
            {
                inside.extend((c0..=c1).map(|c| (c, y)));
            }
        }
        let (mut usable, mut written) = (BTreeSet::new(), BTreeSet::new());
        for u in &units {
            let kept = |y: u32| {
                let h = height(u);
                (y / h * h..(y / h + 1) * h).all(|r| {
                    whole(u, r)
                        && u.iter().filter(|&&c| self.kind(c).is_clb()).all(|&c| inside.contains(&(c, r)))
                })
            };
            for y in (0..self.height()).filter(|&y| kept(y)) {
                for &c in u {
                    if self.is_site(c) {
                        usable.insert((c, y));
                    }
                    if self.is_site(c) || self.kind(c) == ColumnKind::Int {
                        written.insert((c, y));
                    }
                }
            }
            // Slices on a boundary inside the die, where the unit could go on beyond it.
            let row_h = self.die.row_height();
            let edge = |y: u32, beyond: u32| {
                y / row_h != beyond / row_h
                    && !kept(beyond)
                    && sites(u).iter().all(|&c| self.tile_there(c, beyond))
            };
            for y in (0..self.height()).filter(|&y| kept(y)) {
                if y > 0 && edge(y, y - 1) || y + 1 < self.height() && edge(y, y + 1) {
                    for &c in u.iter().filter(|&&c| self.kind(c).is_clb()) {
                        usable.remove(&(c, y));
                    }
                }
            }
        }
        (usable, written)
    }

    fn count(&self, usable: &Cells) -> [u32; 5] {
        KINDS.map(|k| {
            let of_kind = self.sites.iter().filter(|s| s.0 == k);
            of_kind
                .filter(|(kind, c, _, y)| self.rows_of(*kind, *c, *y).all(|r| usable.contains(&(*c, r))))
                .count() as u32
        })
    }

    /// Frame columns: block type, row, column, frames.
    fn frames(&self, written: &Cells) -> BTreeSet<(u32, u32, usize, u32)> {
        let row_h = self.die.row_height();
        let mut out = BTreeSet::new();
        for &(c, y) in written {
            let row = y / row_h;
            let n = self.die.frames_at(row, c);
            if n > 0 {
                out.insert((0, row, c, n));
            }
            let region = row * row_h..(row + 1) * row_h;
            if self.kind(c) == ColumnKind::Bram && region.clone().any(|r| self.touched(c, r)) {
                let index = self.die.bram_columns(row).position(|b| b == c).unwrap();
                out.insert((1, row, index, self.die.bram_content_frames()));
            }
        }
        out
    }
}

fn compare(part: &str, spec: &PblockSpec) -> Result<(), TestCaseError> {
    let device = Device::of_part(part).unwrap();
    let die = device.die().unwrap();
    let plan = analyse(&device, std::slice::from_ref(spec));
    let p = &plan.partitions[0];
    let naive = Naive::new(die, spec);
    let (usable, written) = naive.snapped(spec.snaps_on(die.family()));
    let r = &p.resources;
    prop_assert_eq!(
        [r.slice, r.ramb36, r.ramb18, r.dsp, r.uram],
        naive.count(&usable),
        "{} {:?}",
        part,
        spec
    );
    let frames: BTreeSet<_> = p
        .frames
        .columns()
        .iter()
        .map(|f| {
            let block = u32::from(f.block == BlockType::BramContent);
            (block, u32::from(f.row), usize::from(f.column), u32::from(f.frames))
        })
        .collect();
    prop_assert_eq!(frames, naive.frames(&written), "{} {:?}", part, spec);
    let total: u32 = naive.frames(&written).iter().map(|f| f.3).sum();
    prop_assert_eq!(p.frames.len(), total as usize);
    prop_assert_eq!(p.frames.addresses().count(), p.frames.len());
    prop_assert!(p.frames.addresses().all(|a| p.frames.contains(a)));
    // What snapping leaves is a Pblock that snapping leaves alone.
    if p.frames.is_empty() || spec.ranges.iter().any(|r| r.kind == SiteKind::Uram288) {
        return Ok(());
    }
    let again = PblockSpec { ranges: p.snapped.clone(), ..spec.clone() };
    let twice = &analyse(&device, &[again]).partitions[0];
    prop_assert_eq!((&twice.resources, &twice.snapped), (&p.resources, &p.snapped), "{} {:?}", part, spec);
    Ok(())
}

/// Ranges as people draw them: a rectangle of slices, other types over about the same place, some left out, some off by a few.
fn spec() -> impl Strategy<Value = (&'static str, PblockSpec)> {
    let part = prop::sample::select(vec![
        "xc7z010", "xc7z020", "xc7a35t", "xc7a100t", "xc7k70t", "xc7k325t", "xc7s15", "xcku040", "xczu1eg",
        "xczu3eg", "xczu7ev", "xck26",
    ]);
    let rectangle = (0_u32..140, 0_u32..300, 0_u32..50, 0_u32..130, any::<[u8; 8]>());
    (part, prop::collection::vec(rectangle, 1..3), any::<u8>()).prop_map(|(part, rectangles, flags)| {
        let family = Family::of_part(part).unwrap();
        let series7 = family == Family::Series7;
        let mut ranges = Vec::new();
        for (x, mut y, w, mut h, noise) in rectangles {
            if noise[0] & 3 != 0 {
                // Most Pblocks follow the tiles.
                (y, h) = (y / 5 * 5, h / 5 * 5 + 4);
            }
            if noise[0] & 0b1100 == 0 && series7 {
                (y, h) = (y / 50 * 50, h / 50 * 50 + 49);
            }
            ranges.push(SiteRange::new("SLICE", (x, x + w), (y, y + h)));
            let off = |n: u8| if n < 200 { 0 } else { u32::from(n) % 3 };
            let columns = |n: u8| (x / 24, x / 24 + u32::from(n % 4));
            if noise[1] & 3 != 0 {
                let ys = (y / 5 + off(noise[2]), (y + h) / 5);
                ranges.push(SiteRange::new("RAMB36", columns(noise[3]), ys));
                if noise[1] & 4 == 0 {
                    ranges.push(SiteRange::new("RAMB18", columns(noise[3]), (2 * ys.0, 2 * ys.1 + 1)));
                }
            }
            if noise[4] & 3 != 0 {
                let ys = (2 * (y / 5) + off(noise[5]), 2 * ((y + h) / 5) + 1);
                ranges.push(SiteRange::new(if series7 { "DSP48" } else { "DSP48E2" }, columns(noise[6]), ys));
            }
            if noise[7] % 4 == 0 && !series7 {
                ranges.push(SiteRange::new("URAM288", (0, 1), (4 * (y / 15), 4 * ((y + h) / 15) + 3)));
            }
        }
        let mut spec = PblockSpec::new("p", ranges);
        spec.snapping_mode =
            [None, Some(SnappingMode::On), Some(SnappingMode::Routing)][usize::from(flags % 3)];
        (part, spec)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn geometry_agrees_with_the_naive_one((part, spec) in spec()) {
        compare(part, &spec)?;
    }

    /// Any ranges, sensible or not, on any part: no panic, and no site or frame that is not there.
    #[test]
    fn arbitrary_ranges_end_well(
        part in prop::sample::select(vec!["xc7z020", "xcku115", "xcvu9p", "xczu28dr", "xc7v2000t", "xcsu35p"]),
        ranges in prop::collection::vec(
            (prop::sample::select(vec!["SLICE", "RAMB36", "RAMB18", "DSP48", "DSP48E2", "URAM288", "CLOCKREGION", "IOB", "X"]),
             0_u32..99_999, 0_u32..99_999, 0_u32..99_999, 0_u32..99_999), 0..6),
        reset in any::<Option<bool>>(),
    ) {
        let device = Device::of_part(part).unwrap();
        let ranges = ranges.iter().map(|(t, a, b, c, d)| SiteRange::new(t, (a % 400, b % 400), (*c, *d))).collect();
        let mut spec = PblockSpec::new("p", ranges);
        spec.reset_after_reconfig = reset;
        let plan = analyse(&device, &[spec.clone(), spec]);
        prop_assert!(draw(&plan, &[]).len() < 300_000);
        for p in &plan.partitions {
            for f in &p.findings {
                prop_assert!(!f.to_string().is_empty() && !f.source().is_empty());
                prop_assert!(Finding::CODES.contains(&f.code()));
            }
        }
    }
}

/// The slices that Vivado 2020.2 prohibits at clock-region boundaries (`PROHIBIT` in the late constraints of a public xczu3eg
/// checkpoint with nine partitions) are those of our snapped Pblocks' edge rows.
#[test]
fn edge_slices_of_a_real_checkpoint() {
    let pblocks = [
        (
            "shifter",
            "SLICE_X0Y0:SLICE_X13Y59 DSP48E2_X0Y0:DSP48E2_X0Y23 RAMB36_X0Y0:RAMB36_X1Y11",
            vec![(59, 1, 13)],
        ),
        ("leaf2", "SLICE_X38Y120:SLICE_X44Y179 DSP48E2_X3Y48:DSP48E2_X4Y71", vec![(120, 38, 44)]),
        (
            "leaf3",
            "SLICE_X0Y120:SLICE_X7Y179 DSP48E2_X0Y48:DSP48E2_X0Y71 RAMB36_X0Y24:RAMB36_X0Y35",
            vec![(120, 1, 6)],
        ),
        (
            "leaf4",
            "SLICE_X15Y0:SLICE_X19Y59 DSP48E2_X1Y0:DSP48E2_X1Y23 RAMB36_X2Y0:RAMB36_X2Y11",
            vec![(59, 15, 19)],
        ),
        (
            "leaf5",
            "SLICE_X29Y0:SLICE_X35Y59 DSP48E2_X2Y0:DSP48E2_X2Y23 RAMB36_X3Y0:RAMB36_X3Y11",
            vec![(59, 29, 35)],
        ),
        (
            "leaf6",
            "SLICE_X15Y120:SLICE_X19Y179 DSP48E2_X1Y48:DSP48E2_X1Y71 RAMB36_X2Y24:RAMB36_X2Y35",
            vec![(120, 15, 19)],
        ),
        ("leaf7", "SLICE_X30Y120:SLICE_X36Y179 RAMB36_X3Y24:RAMB36_X4Y35", vec![(120, 31, 36)]),
        ("page0", "SLICE_X43Y0:SLICE_X47Y59 RAMB36_X5Y0:RAMB36_X5Y11", vec![(59, 43, 47)]),
        (
            "bft",
            "SLICE_X0Y60:SLICE_X48Y119 DSP48E2_X0Y24:DSP48E2_X4Y47 RAMB36_X0Y12:RAMB36_X5Y23",
            vec![(60, 1, 47), (119, 1, 47)],
        ),
    ];
    let device = Device::of_part("xczu3eg-sbva484-2-e").unwrap();
    for (name, ranges, expected) in pblocks {
        let mut ranges = SiteRange::parse_list(ranges).unwrap();
        let ramb18 = ranges.iter().filter(|r| r.kind == SiteKind::Ramb36);
        let ramb18: Vec<_> =
            ramb18.map(|r| SiteRange::new("RAMB18", (r.x0, r.x1), (2 * r.y0, 2 * r.y1 + 1))).collect();
        ranges.extend(ramb18);
        let p = &analyse(&device, &[PblockSpec::new(name, ranges)]).partitions[0];
        let slices = p.snapped.iter().filter(|r| r.kind == SiteKind::Slice).collect::<Vec<_>>();
        let mut wanted_rows = Vec::new();
        for (row, x0, x1) in &expected {
            wanted_rows.push(*row);
            let there: BTreeSet<u32> =
                slices.iter().filter(|r| (r.y0..=r.y1).contains(row)).flat_map(|r| r.x0..=r.x1).collect();
            assert_eq!(there, (*x0..=*x1).collect::<BTreeSet<_>>(), "{name} row {row}");
        }
        let edge = p.findings.iter().find_map(|f| match f {
            Finding::EdgeOnClockRegion { rows, slices } => Some((rows.clone(), *slices)),
            _ => None,
        });
        let count = expected.iter().map(|(_, a, b)| b - a + 1).sum();
        assert_eq!(edge, Some((wanted_rows, count)), "{name}");
    }
}
