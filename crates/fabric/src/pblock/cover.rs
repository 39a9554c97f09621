// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Site ranges laid on a die: what a Pblock covers before any snapping.

use super::grid::{Class, Grid};
use super::rows::Rows;
use crate::device::ColumnKind;
use crate::site::{SiteKind, SiteRange};

/// What a Pblock ranges on a die, column by column.
#[derive(Debug, Clone)]
pub(crate) struct Cover {
    /// By column, by place of the site in its tile (7-series slices: west and east; block RAM: the RAMB36, the lower and the
    /// upper RAMB18; DSP and UltraRAM: bottom to top): the CLB rows of the tiles whose site there is ranged and exists.
    pub(crate) sites: Vec<[Rows; 4]>,
    /// By column: rows of tiles in which at least one site is ranged.
    pub(crate) touched: Vec<Rows>,
    /// By column: rows of tiles that are ranged whole.
    pub(crate) full: Vec<Rows>,
    /// Is a kind ranged anywhere by the Pblock? In the order of [`SiteKind::COUNTED`].
    ranged: [bool; 5],
    /// SLICE ranges as columns and CLB rows: `(first column, last column, first row, last row)`, clipped to the die.
    pub(crate) rectangles: Vec<(usize, usize, u32, u32)>,
    /// What is odd about single ranges.
    pub(crate) remarks: Vec<Remark>,
}

/// Something odd about one range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Remark {
    /// The range reaches beyond the numbers of the die: highest X and Y there are.
    Outside { range: SiteRange, max: (u32, u32) },
    /// Sites that do not exist because something replaces the fabric there.
    Hole { range: SiteRange, what: &'static str, missing: u32 },
    /// The die has no site of this kind at all.
    NoSuchSite { range: SiteRange },
}

impl Cover {
    pub(crate) fn new(grid: &Grid, ranges: &[SiteRange]) -> Self {
        let n = grid.die.columns().len();
        let mut cover = Self {
            sites: vec![[Rows::default(); 4]; n],
            touched: vec![Rows::default(); n],
            full: vec![Rows::default(); n],
            ranged: [false; 5],
            rectangles: Vec::new(),
            remarks: Vec::new(),
        };
        for range in ranges {
            if matches!(range.kind, SiteKind::ClockRegion | SiteKind::Other) {
                continue;
            }
            let fits = |c: &&Class| c.prefix == range.type_name && !c.columns.is_empty();
            match grid.class(range.kind).filter(fits) {
                Some(class) => cover.lay(grid, class, range),
                None => cover.remarks.push(Remark::NoSuchSite { range: range.clone() }),
            }
        }
        for column in 0..n {
            let sites = &cover.sites[column];
            let kind = grid.kind(column);
            // The places of a tile whose sites make it touched, and the sets of which one makes it whole.
            let (touched, full) = match kind {
                k if k.is_clb() && slices_per_clb(grid) == 1 => (sites[0], sites[0]),
                k if k.is_clb() || k.is_dsp() => (sites[0].or(sites[1]), sites[0].and(sites[1])),
                ColumnKind::Bram => {
                    let halves = (sites[1].or(sites[2]), sites[1].and(sites[2]));
                    (sites[0].or(halves.0), sites[0].or(halves.1))
                }
                ColumnKind::Uram => (
                    sites[0].or(sites[1]).or(sites[2]).or(sites[3]),
                    sites[0].and(sites[1]).and(sites[2]).and(sites[3]),
                ),
                _ => continue,
            };
            cover.touched[column] = touched;
            cover.full[column] = full;
        }
        cover
    }

    /// Does the Pblock range sites of this kind anywhere?
    pub(crate) fn ranges(&self, kind: SiteKind) -> bool {
        SiteKind::COUNTED.iter().position(|&k| k == kind).is_some_and(|i| self.ranged[i])
    }

    /// Rows of a column's tiles in which every site of the kind is ranged.
    pub(crate) fn ranged_rows(&self, kind: SiteKind, column: usize) -> Rows {
        let sites = &self.sites[column];
        match kind {
            SiteKind::Ramb36 => sites[0],
            SiteKind::Ramb18 => sites[1].and(sites[2]),
            _ => self.full[column],
        }
    }

    fn lay(&mut self, grid: &Grid, class: &Class, range: &SiteRange) {
        let max = (class.width() - 1, class.height - 1);
        if range.x1 > max.0 || range.y1 > max.1 {
            self.remarks.push(Remark::Outside { range: range.clone(), max });
        }
        if range.x0 > max.0 || range.y0 > max.1 {
            return;
        }
        let (x1, y1) = (range.x1.min(max.0), range.y1.min(max.1));
        if let Some(i) = SiteKind::COUNTED.iter().position(|&k| k == class.kind) {
            self.ranged[i] = true;
        }
        if class.kind == SiteKind::Slice {
            let (first, last) = (range.x0 / class.per_column, x1 / class.per_column);
            self.rectangles.push((class.columns[first as usize], class.columns[last as usize], range.y0, y1));
        }
        let mut holes: Vec<(&'static str, u32)> = Vec::new();
        for x in range.x0..=x1 {
            let column = class.columns[(x / class.per_column) as usize];
            for k in 0..class.per_tile {
                // Tiles t whose site `t * per_tile + k` lies in y0..=y1.
                let from = range.y0.saturating_sub(k).div_ceil(class.per_tile);
                let Some(to) = y1.checked_sub(k).map(|y| y / class.per_tile) else { continue };
                if from > to {
                    continue;
                }
                let wanted = Rows::range(from * class.tile, (to + 1) * class.tile - 1);
                let there = wanted.and(grid.present[column]);
                let missing = wanted.minus(there);
                if let Some(row) = missing.first() {
                    let what = grid.hole_at(column, row).unwrap_or("transceivers");
                    let sites = missing.count() / class.tile;
                    match holes.iter_mut().find(|h| h.0 == what) {
                        Some(h) => h.1 += sites,
                        None => holes.push((what, sites)),
                    }
                }
                let place = place(class.kind, class.per_column, x, k);
                self.sites[column][place] = self.sites[column][place].or(there);
            }
        }
        for (what, missing) in holes {
            self.remarks.push(Remark::Hole { range: range.clone(), what, missing });
        }
    }
}

/// The place of a site in its tile, as [`Cover::sites`] counts them: `x` its X number, `k` its height in the tile.
fn place(kind: SiteKind, per_column: u32, x: u32, k: u32) -> usize {
    match kind {
        SiteKind::Slice => (x % per_column) as usize,
        SiteKind::Ramb18 => 1 + k as usize,
        _ => k as usize,
    }
}

/// Slices of one CLB: 2 on 7 series, 1 later.
pub(crate) fn slices_per_clb(grid: &Grid) -> u32 {
    grid.class(SiteKind::Slice).map_or(1, |c| c.per_column)
}

/// Sites of each kind, in the order of [`SiteKind::COUNTED`], that are ranged and lie in the given rows of columns.
pub(crate) fn count(grid: &Grid, cover: &Cover, kept: impl IntoIterator<Item = (usize, Rows)>) -> [u32; 5] {
    let mut out = [0_u32; 5];
    for (c, rows) in kept {
        if rows.is_empty() {
            continue;
        }
        let kind = grid.kind(c);
        let n = |i: usize| cover.sites[c][i].and(rows).count();
        match kind {
            k if k.is_clb() => out[0] += n(0) + n(1),
            k if k.is_dsp() => out[3] += (n(0) + n(1)) / 5,
            ColumnKind::Bram => {
                out[1] += n(0) / 5;
                out[2] += (n(1) + n(2)) / 5;
            }
            ColumnKind::Uram => out[4] += (0..4).map(n).sum::<u32>() / 15,
            _ => {}
        }
    }
    out
}
