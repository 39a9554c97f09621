// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Snapping: from what a Pblock covers to what a reconfigurable partition gets.
//!
//! 7 series (UG909, "Automatic Adjustments for Reconfigurable Partition Pblocks"; the rules hold for 106 public partial
//! bitstreams): an interconnect pair stays only when both of its columns are in, or the missing one is *soft*: block RAM or DSP of a
//! type that the Pblock ranges nowhere, or the configuration spine outside the rows of the configuration block, each with both
//! neighbours kept. A column paired with the clock spine, I/O, clock management, transceivers, the PS interface or a hole is
//! dropped with its pair. `SNAPPING_MODE ROUTING` is modelled like `ON`.
//!
//! UltraScale and UltraScale+: units are a CLB pair with its interconnect, block RAM or DSP with 5 CLBs on the other side,
//! UltraRAM with 15 on each side; a unit that is not wholly in is dropped, and a SLICE rectangle is trimmed in height to the tallest
//! unit in it. Measured: the slices that Vivado 2020.2 and 2022.2 name in their edge constraints and count as available in
//! `report_design_status` for 11 partitions of xcku040 and xczu3eg. A unit beside a hard block (PCIe, HDIO, configuration; with
//! an interface column between) stays; one that shares its group with I/O, transceivers or the PS is dropped here, though
//! Vivado may keep it when those sites are in the Pblock, too.

use std::ops::Range;

use super::cover::Cover;
use super::grid::{Grid, is_site_column, tile_height};
use super::rows::Rows;
use crate::device::ColumnKind;
use crate::family::Family;
use crate::site::SiteKind;

/// Why a column (in some rows) is not in the partition although the Pblock ranges it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DropCause {
    /// The other column of the interconnect pair or programmable unit is not ranged.
    PartnerNotRanged,
    /// The other column is one that cannot be reconfigured here: spine, I/O, transceiver, PS, or a hole.
    PartnerFixed,
    /// The tile (5 rows for block RAM and DSP, 15 for UltraRAM) or the rectangle is cut in height.
    Height,
}

/// Rows of a column that snapping takes away.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dropped {
    pub(crate) column: usize,
    pub(crate) rows: Rows,
    pub(crate) cause: DropCause,
}

/// The outcome of snapping.
#[derive(Debug, Clone)]
pub(crate) struct Snapped {
    /// By column: rows that logic of the partition can use.
    pub(crate) usable: Vec<Rows>,
    /// By column: rows that put the column's frames into the partial bitstream. Holds interconnect and soft columns, too.
    pub(crate) written: Vec<Rows>,
    /// By column: the slices of which row cannot be used because the Pblock's edge lies on a clock-region boundary inside the die.
    pub(crate) edge: Vec<Rows>,
    pub(crate) dropped: Vec<Dropped>,
}

/// Snap a cover; `on` is the effective `SNAPPING_MODE` (always on beyond 7 series).
pub(crate) fn snap(grid: &Grid, cover: &Cover, on: bool) -> Snapped {
    if grid.die.family() == Family::Series7 { series7(grid, cover, on) } else { ultrascale(grid, cover) }
}

fn empty(grid: &Grid) -> Snapped {
    let n = grid.die.columns().len();
    let none = vec![Rows::default(); n];
    Snapped { usable: none.clone(), written: none.clone(), edge: none, dropped: Vec::new() }
}

fn series7(grid: &Grid, cover: &Cover, on: bool) -> Snapped {
    let cfg = grid.hole_rows("CFG");
    let mut inside = cover.full.clone();
    // A soft column leans on its neighbours: when one of them is dropped, what it kept goes, too.
    let mut out = loop {
        let out = series7_pairs(grid, cover, cfg, &inside);
        if out.usable == inside {
            break out;
        }
        inside.clone_from(&out.usable);
    };
    for group in grid.groups().filter(|g| g.len() == 2) {
        let (w, e) = (group.start, group.start + 1);
        for (c, partner) in [(w, e), (e, w)] {
            let lost = cover.touched[c].minus(out.usable[c]);
            explain(grid, cover, c, partner, lost, &mut out.dropped);
        }
    }
    if !on {
        // Vivado takes the ranges as drawn; what is split stays unplaceable.
        out.written.clone_from(&cover.touched);
    }
    out
}

/// One round: the pairs that stay when `inside` is in.
fn series7_pairs(grid: &Grid, cover: &Cover, cfg: Rows, inside: &[Rows]) -> Snapped {
    let mut out = empty(grid);
    let spine = |c: usize| matches!(grid.kind(c), ColumnKind::CfgSpine);
    for group in grid.groups().filter(|g| g.len() == 2) {
        let (w, e) = (group.start, group.start + 1);
        let height = tile_height(grid.kind(w)).max(tile_height(grid.kind(e)));
        let both = inside[w].and(inside[e]).whole_tiles(height);
        // One column in and the other soft: no tile of a ranged type is involved.
        let soft_w = inside[e].and(soft(grid, cover, cfg, inside, w)).minus(both);
        let soft_e = inside[w].and(soft(grid, cover, cfg, inside, e)).minus(both);
        out.usable[w] = both.or(soft_e);
        out.usable[e] = both.or(soft_w);
        // The frames of a soft block RAM or DSP column belong to the kept pair; those of the spine stay static.
        let pair = both.or(soft_e).or(soft_w);
        out.written[w] = if spine(w) { Rows::default() } else { pair };
        out.written[e] = if spine(e) { Rows::default() } else { pair };
    }
    out
}

/// Rows in which a column may be missing from a 7-series Pblock without splitting its pair.
fn soft(grid: &Grid, cover: &Cover, cfg: Rows, inside: &[Rows], column: usize) -> Rows {
    let allowed = match grid.kind(column) {
        ColumnKind::Bram if !cover.ranges(SiteKind::Ramb36) && !cover.ranges(SiteKind::Ramb18) => {
            grid.present[column]
        }
        ColumnKind::Dsp if !cover.ranges(SiteKind::Dsp) => grid.present[column],
        ColumnKind::CfgSpine => grid.present[column].minus(cfg),
        _ => return Rows::default(),
    };
    if column == 0 || column + 1 >= inside.len() {
        return Rows::default();
    }
    allowed.and(inside[column - 1]).and(inside[column + 1])
}

/// Sort the lost rows of a column by cause.
fn explain(grid: &Grid, cover: &Cover, column: usize, partner: usize, lost: Rows, out: &mut Vec<Dropped>) {
    if lost.is_empty() {
        return;
    }
    let there = if is_site_column(grid.kind(partner)) { grid.present[partner] } else { Rows::default() };
    let fixed = lost.minus(there);
    let unranged = lost.and(there).minus(cover.full[partner]);
    let height = lost.minus(fixed).minus(unranged);
    for (rows, cause) in [
        (fixed, DropCause::PartnerFixed),
        (unranged, DropCause::PartnerNotRanged),
        (height, DropCause::Height),
    ] {
        if !rows.is_empty() {
            out.push(Dropped { column, rows, cause });
        }
    }
}

fn ultrascale(grid: &Grid, cover: &Cover) -> Snapped {
    let mut out = empty(grid);
    let units: Vec<Unit> = units(grid).collect();
    let whole: Vec<Rows> = units.iter().map(|u| u.whole(grid, cover)).collect();
    // A SLICE rectangle is trimmed to the tallest unit that it holds.
    let mut limit = vec![Rows::default(); grid.die.columns().len()];
    for &(c0, c1, y0, y1) in &cover.rectangles {
        let window = Rows::range(y0, y1);
        let tallest = units
            .iter()
            .zip(&whole)
            .filter(|(u, rows)| {
                u.columns.clone().any(|c| (c0..=c1).contains(&c)) && !rows.and(window).is_empty()
            })
            .map(|(u, _)| u.height)
            .max()
            .unwrap_or(1);
        let trimmed = window.whole_tiles(tallest);
        for rows in &mut limit[c0..=c1] {
            *rows = rows.or(trimmed);
        }
    }
    for (unit, &rows) in units.iter().zip(&whole) {
        let clbs = unit.columns.clone().filter(|&c| grid.kind(c).is_clb());
        let kept = clbs.fold(rows, |r, c| r.and(limit[c])).whole_tiles(unit.height);
        let edge = edges(grid, unit, kept);
        for c in unit.columns.clone() {
            let kind = grid.kind(c);
            if kind.is_clb() {
                out.edge[c] = edge;
            }
            if is_site_column(kind) {
                out.usable[c] = kept;
            }
            if is_site_column(kind) || kind == ColumnKind::Int {
                out.written[c] = kept;
            }
            let lost = cover.touched[c].minus(kept);
            if lost.is_empty() {
                continue;
            }
            // A hole (PS, LAGUNA) in place of another column of the unit is as fixed as an I/O column.
            let there = unit.sites(grid).fold(lost, |r, s| r.and(grid.present[s]));
            let fixed = if unit.free { lost.minus(there) } else { lost };
            let cut = lost.minus(fixed).and(rows);
            let rest = lost.minus(fixed).minus(cut);
            // Where every column of the unit is in, only its height can be the cause.
            let all = unit.sites(grid).fold(rest, |r, c| r.and(cover.full[c]));
            // Less than a unit above or below what is kept: cut by the height of the unit, not by a missing column.
            let near = |&(from, to): &(u32, u32)| {
                to - from + 1 < unit.height && (kept.any_in(from.saturating_sub(1), to + 1))
            };
            let remainder = rest.runs().filter(near).fold(all, |r, (from, to)| r.or(Rows::range(from, to)));
            for (rows, cause) in [
                (fixed, DropCause::PartnerFixed),
                (rest.minus(remainder), DropCause::PartnerNotRanged),
                (cut.or(remainder), DropCause::Height),
            ] {
                if !rows.is_empty() {
                    out.dropped.push(Dropped { column: c, rows, cause });
                }
            }
        }
    }
    out
}

/// A programmable unit: one group, or the two around an UltraRAM column.
pub(crate) struct Unit {
    pub(crate) columns: Range<usize>,
    /// Height in CLB rows: 1, 5 or 15.
    pub(crate) height: u32,
    /// Nothing in the unit is fixed.
    free: bool,
}

impl Unit {
    fn sites(&self, grid: &Grid) -> impl Iterator<Item = usize> {
        self.columns.clone().filter(|&c| is_site_column(grid.kind(c)))
    }

    /// Rows in which every site column of the unit is in, in whole units.
    fn whole(&self, grid: &Grid, cover: &Cover) -> Rows {
        let mut sites = self.sites(grid);
        let Some(first) = sites.next().filter(|_| self.free) else { return Rows::default() };
        sites.fold(cover.full[first], |r, c| r.and(cover.full[c])).whole_tiles(self.height)
    }
}

/// The units of a die, left to right.
pub(crate) fn units(grid: &Grid) -> impl Iterator<Item = Unit> {
    let mut groups = grid.groups().peekable();
    std::iter::from_fn(move || {
        let mut columns = groups.next()?;
        let kind = |c: usize| grid.kind(c);
        let mut joined = false;
        if columns.clone().any(|c| kind(c) == ColumnKind::Uram) {
            // The interconnect on the other side of the UltraRAM column is a group without a west column.
            if let Some(next) = groups.next_if(|g| kind(g.start) == ColumnKind::Int) {
                columns = columns.start..next.end;
                joined = true;
            }
        }
        let height = columns.clone().map(|c| tile_height(kind(c))).max().unwrap_or(1);
        let fixed = columns.clone().any(|c| {
            !is_site_column(kind(c))
                && !matches!(kind(c), ColumnKind::Int | ColumnKind::Intf | ColumnKind::Hard)
        });
        let open_west = kind(columns.start) == ColumnKind::Int;
        let open_east = columns.clone().last().is_some_and(|c| kind(c) == ColumnKind::Int);
        let half_uram = height == 15 && !joined;
        Some(Unit { height, free: !fixed && !open_west && !open_east && !half_uram, columns })
    })
}

/// Rows at a clock-region boundary inside the die on which a kept run of a unit ends: Vivado prohibits their slices
/// (`[Constraints 18-5648]`, seen in 2020.2 and 2022.2). Where a hole takes the unit's place beyond the boundary there is
/// nothing to expand into, and no row counts.
fn edges(grid: &Grid, unit: &Unit, kept: Rows) -> Rows {
    let row_h = grid.die.row_height();
    let there = unit.sites(grid).fold(Rows::range(0, grid.height - 1), |r, c| r.and(grid.present[c]));
    let mut out = Rows::default();
    for (from, to) in kept.runs() {
        if from % row_h == 0 && from > 0 && there.any_in(from - 1, from - 1) {
            out.insert(from, from);
        }
        if (to + 1) % row_h == 0 && there.any_in(to + 1, to + 1) {
            out.insert(to, to);
        }
    }
    out
}
