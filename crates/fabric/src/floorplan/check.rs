// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The rules: from the geometry of one Pblock, or of two, to findings.

use std::collections::BTreeMap;

use super::size::{full_bytes, predict};
use super::{Finding, Partition, SizeKind, Work};
use crate::device::{BlockType, ColumnKind};
use crate::family::Family;
use crate::pblock::cover::Remark;
use crate::pblock::grid::{Class, Grid};
use crate::pblock::rows::Rows;
use crate::pblock::{DropCause, PblockSpec, SnappingMode};
use crate::site::{SiteKind, SiteRange};

/// Rules that need one Pblock alone.
pub(super) fn single(w: &mut Work) {
    let family = w.die().family();
    properties(w, family);
    ranges(w, family);
    let usable = w.snapped.usable.iter().any(|r| !r.is_empty());
    if w.cover.touched.iter().all(|r| r.is_empty()) {
        if !w.spec.ranges.iter().any(|r| matches!(r.kind, SiteKind::ClockRegion | SiteKind::Other)) {
            w.findings.push(Finding::NoRanges);
        }
        return;
    }
    if !usable {
        w.findings.push(Finding::Empty);
    }
    lost_columns(w);
    unranged(w);
    ramb(w);
    reset_alignment(w);
    edge(w);
    too_large(w);
    if !w.die().lacks().is_empty() {
        w.findings.push(Finding::NoFrameMap { lacks: w.die().lacks().to_vec() });
    }
}

fn properties(w: &mut Work, family: Family) {
    if w.spec.reset_after_reconfig == Some(true) && !family.has_reset_after_reconfig() {
        w.findings.push(Finding::ResetOnWrongFamily { family });
    }
    if w.spec.snapping_mode == Some(SnappingMode::Off) && family.snaps_by_default() {
        w.findings.push(Finding::SnappingAlwaysOn { family });
    }
}

fn ranges(w: &mut Work, family: Family) {
    for range in &w.spec.ranges {
        let range = range.clone();
        match range.kind {
            SiteKind::ClockRegion if family == Family::Series7 => {
                w.findings.push(Finding::ClockRegionRange { range });
            }
            SiteKind::Other if family.restricts_site_types() => {
                w.findings.push(Finding::NotReconfigurable { range });
            }
            SiteKind::ClockRegion | SiteKind::Other => w.findings.push(Finding::NotChecked { range }),
            _ => {}
        }
    }
    for remark in w.cover.remarks.clone() {
        w.findings.push(match remark {
            Remark::Outside { range, max } => Finding::OutsideDevice { range, max },
            Remark::Hole { range, what, missing } => Finding::Hole { range, what, missing },
            Remark::NoSuchSite { range } => Finding::NoSuchSite { range },
        });
    }
}

/// A column by the first site in it: `SLICE_X48`.
fn label(grid: &Grid, column: usize) -> String {
    let found = grid.classes.iter().find_map(|c| c.x_of(column).map(|x| (c.prefix, x)));
    found.map_or_else(|| format!("column {column}"), |(prefix, x)| format!("{prefix}_X{x}"))
}

fn lost_columns(w: &mut Work) {
    let mut by_cause: BTreeMap<DropCause, (Vec<usize>, Rows)> = BTreeMap::new();
    for d in &w.snapped.dropped {
        let entry = by_cause.entry(d.cause).or_default();
        if !entry.0.contains(&d.column) {
            entry.0.push(d.column);
        }
        entry.1 = entry.1.or(d.rows);
    }
    for (cause, (columns, rows)) in by_cause {
        let sites = columns.iter().map(|&c| label(w.grid, c)).collect();
        let span = (rows.first().unwrap_or(0), rows.last().unwrap_or(0));
        w.findings.push(Finding::lost(cause, sites, span, w.snapping));
    }
}

/// Site types that lie inside a SLICE rectangle and are not ranged there.
fn unranged(w: &mut Work) {
    let grid = w.grid;
    for kind in [SiteKind::Ramb36, SiteKind::Dsp, SiteKind::Uram288] {
        let Some(class) = grid.class(kind) else { continue };
        let (mut columns, mut rows) = (Vec::new(), Rows::default());
        for &(c0, c1, y0, y1) in &w.cover.rectangles {
            let window = Rows::range(y0, y1).whole_tiles(class.tile);
            for &c in class.columns.iter().filter(|&&c| c0 < c && c < c1) {
                let missing = window.and(grid.present[c]).minus(w.cover.touched[c]);
                if !missing.is_empty() {
                    columns.push(c);
                    rows = rows.or(missing);
                }
            }
        }
        if let (Some(&a), Some(&b)) = (columns.iter().min(), columns.iter().max())
            && let Some(range) = as_range(class, a, b, rows)
        {
            w.findings.push(Finding::UnrangedSiteType { kind, range });
        }
    }
}

/// The rectangle of a class over columns `a..=b` and the span of `rows`.
fn as_range(class: &Class, a: usize, b: usize, rows: Rows) -> Option<SiteRange> {
    let (x0, x1) = (class.x_of(a)?, class.x_of(b)? + class.per_column - 1);
    let y0 = rows.first()? / class.tile * class.per_tile;
    let y1 = (rows.last()? + 1) / class.tile * class.per_tile - 1;
    Some(SiteRange::new(class.prefix, (x0, x1), (y0, y1)))
}

fn ramb(w: &mut Work) {
    let (mut n36, mut n18, mut same) = (0, 0, true);
    for c in (0..w.cover.sites.len()).filter(|&c| w.grid.kind(c) == ColumnKind::Bram) {
        let [whole, lower, upper, _] = w.cover.sites[c];
        n36 += whole.count() / 5;
        n18 += lower.and(upper).count() / 5;
        same &= whole == lower && whole == upper;
    }
    if !same {
        w.findings.push(Finding::RambMismatch { ramb36: n36, ramb18: n18 });
    }
}

fn reset_alignment(w: &mut Work) {
    if !w.reset {
        return;
    }
    let row_h = w.die().row_height();
    let mut all = Rows::default();
    let mut aligned = true;
    for (c, &touched) in w.cover.touched.iter().enumerate() {
        all = all.or(touched);
        for row in 0..w.die().rows() {
            let region = Rows::range(row * row_h, (row + 1) * row_h - 1);
            let here = touched.and(region);
            aligned &= here.is_empty() || here == w.grid.present[c].and(region);
        }
    }
    if let (false, Some(from), Some(to)) = (aligned, all.first(), all.last()) {
        let out = (from / row_h * row_h, (to / row_h + 1) * row_h - 1);
        w.findings.push(Finding::ResetUnaligned { rows: (from, to), aligned: out });
    }
}

fn edge(w: &mut Work) {
    let rows = w.snapped.edge.iter().fold(Rows::default(), |r, e| r.or(*e));
    if rows.is_empty() {
        return;
    }
    let slices = (0..w.snapped.edge.len()).map(|c| w.snapped.edge[c].and(w.cover.sites[c][0]).count()).sum();
    let rows = rows.runs().flat_map(|(a, b)| a..=b).collect();
    w.findings.push(Finding::EdgeOnClockRegion { rows, slices });
}

fn too_large(w: &mut Work) {
    let Some(full) = full_bytes(w.die()) else { return };
    if w.size.kind != SizeKind::Unknown && w.size.bytes() > full {
        let plain = predict(w.die(), &w.frames, false, true).bytes();
        let because_of_reset = if w.reset { w.size.bytes().saturating_sub(plain) } else { 0 };
        w.findings.push(Finding::LargerThanFull { partial: w.size.bytes(), full, because_of_reset });
    }
}

/// Rules between two Pblocks: shared sites, shared columns. `specs` and `partitions` go together.
pub(super) fn pairs(specs: &[PblockSpec], partitions: &mut [Partition]) {
    for i in 0..specs.len() {
        for j in i + 1..specs.len() {
            let (a, b) = (&specs[i], &specs[j]);
            let nested = |p: &PblockSpec, q: &PblockSpec| p.parent.as_deref() == Some(q.name.as_str());
            if nested(a, b) || nested(b, a) {
                continue;
            }
            let overlap = a
                .ranges
                .iter()
                .find_map(|r| b.ranges.iter().find(|s| r.overlaps(s)).map(|s| (r.clone(), s.clone())));
            if let Some((r, s)) = overlap {
                let (to_a, to_b) = ((r.clone(), s.clone()), (s, r));
                partitions[i].findings.push(Finding::Overlap { other: b.name.clone(), ranges: to_a });
                partitions[j].findings.push(Finding::Overlap { other: a.name.clone(), ranges: to_b });
                continue;
            }
            if partitions[i].slr != partitions[j].slr {
                continue;
            }
            let mut shared = partitions[i].frames.shared(&partitions[j].frames);
            shared.retain(|c| c.block == BlockType::Fabric);
            if shared.is_empty() {
                continue;
            }
            let mut rows: Vec<u32> = shared.iter().map(|c| u32::from(c.row)).collect();
            rows.sort_unstable();
            rows.dedup();
            let columns = shared.len();
            let of_a = Finding::SharedColumn { other: b.name.clone(), columns, rows: rows.clone() };
            partitions[i].findings.push(of_a);
            partitions[j].findings.push(Finding::SharedColumn { other: a.name.clone(), columns, rows });
        }
    }
}
