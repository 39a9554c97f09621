// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The sites of a die: which column a site number names, and in which CLB rows a column really is what it is elsewhere.

use super::rows::Rows;
use crate::device::{ColumnKind, Die};
use crate::site::SiteKind;

/// Sites of one kind on a die.
#[derive(Debug, Clone)]
pub(crate) struct Class {
    pub(crate) kind: SiteKind,
    /// Type name of this family, for instance `DSP48E2`.
    pub(crate) prefix: &'static str,
    /// X numbers a column takes.
    pub(crate) per_column: u32,
    /// Sites in one tile, one above the other.
    pub(crate) per_tile: u32,
    /// Height of a tile in CLB rows: 1, 5 or 15.
    pub(crate) tile: u32,
    /// The columns that carry the class, left to right: X number divided by `per_column` is the index.
    pub(crate) columns: Vec<usize>,
    /// Y numbers on the die.
    pub(crate) height: u32,
}

impl Class {
    /// X numbers on the die.
    pub(crate) fn width(&self) -> u32 {
        self.columns.len() as u32 * self.per_column
    }

    /// First X number of a column of the class.
    pub(crate) fn x_of(&self, column: usize) -> Option<u32> {
        let i = self.columns.binary_search(&column).ok()?;
        Some(i as u32 * self.per_column)
    }
}

/// A die seen as sites.
#[derive(Debug, Clone)]
pub(crate) struct Grid {
    pub(crate) die: &'static Die,
    pub(crate) classes: Vec<Class>,
    /// By column: the CLB rows where the column exists and no hole replaces it, in whole tiles.
    pub(crate) present: Vec<Rows>,
    /// CLB rows of the die.
    pub(crate) height: u32,
}

/// Height of a column kind's tile in CLB rows (UG909, programmable units): block RAM and DSP 5, UltraRAM 15.
pub(crate) fn tile_height(kind: ColumnKind) -> u32 {
    match kind {
        ColumnKind::Bram | ColumnKind::Dsp | ColumnKind::DspClock => 5,
        ColumnKind::Uram => 15,
        _ => 1,
    }
}

/// Kinds whose sites a Pblock of a partition may range on every family.
pub(crate) fn is_site_column(kind: ColumnKind) -> bool {
    kind.is_clb() || kind.is_dsp() || matches!(kind, ColumnKind::Bram | ColumnKind::Uram)
}

impl Grid {
    pub(crate) fn new(die: &'static Die) -> Self {
        let row_h = die.row_height();
        let height = die.rows() * row_h;
        let mut present = Vec::with_capacity(die.columns().len());
        for (c, column) in die.columns().iter().enumerate() {
            let mut rows = Rows::default();
            for row in 0..die.rows() {
                if die.kind_at(row, c) == Some(column.kind) {
                    rows.insert(row * row_h, (row + 1) * row_h - 1);
                }
            }
            for hole in die.holes() {
                if (hole.grid_x.0..=hole.grid_x.1).contains(&column.grid_x()) {
                    rows = rows.minus(Rows::range(hole.clb_y.0, hole.clb_y.1));
                }
            }
            present.push(rows.whole_tiles(tile_height(column.kind)));
        }
        let classes = die
            .site_classes()
            .iter()
            .map(|c| {
                let columns: Vec<usize> = (0..die.columns().len())
                    .filter(|&i| c.kinds.contains(&die.columns()[i].kind) && !present[i].is_empty())
                    .collect();
                let tile = c.kinds.iter().map(|&k| tile_height(k)).max().unwrap_or(1);
                Class {
                    kind: SiteKind::of(c.prefix),
                    prefix: c.prefix,
                    per_column: c.per_column,
                    per_tile: c.per_row * tile / row_h,
                    tile,
                    columns,
                    height: c.per_row * die.rows(),
                }
            })
            .collect();
        Self { die, classes, present, height }
    }

    pub(crate) fn class(&self, kind: SiteKind) -> Option<&Class> {
        self.classes.iter().find(|c| c.kind == kind)
    }

    pub(crate) fn kind(&self, column: usize) -> ColumnKind {
        self.die.columns()[column].kind
    }

    /// The columns of the group that shares an interconnect with `column`, as a range.
    pub(crate) fn group(&self, column: usize) -> std::ops::Range<usize> {
        let columns = self.die.columns();
        let g = columns[column].group;
        let from = columns.partition_point(|c| c.group < g);
        let to = columns.partition_point(|c| c.group <= g);
        from..to
    }

    /// All groups of the die, left to right.
    pub(crate) fn groups(&self) -> impl Iterator<Item = std::ops::Range<usize>> {
        let n = self.die.columns().len();
        let mut at = 0;
        std::iter::from_fn(move || {
            (at < n).then(|| {
                let g = self.group(at);
                at = g.end;
                g
            })
        })
    }

    /// Rows of the die in which `what` (`CFG`, `PS`, ..) replaces fabric anywhere.
    pub(crate) fn hole_rows(&self, what: &str) -> Rows {
        self.die
            .holes()
            .iter()
            .filter(|h| h.what == what)
            .fold(Rows::default(), |r, h| r.or(Rows::range(h.clb_y.0, h.clb_y.1)))
    }

    /// What replaces a column at a CLB row: the hole's name.
    pub(crate) fn hole_at(&self, column: usize, row: u32) -> Option<&'static str> {
        let gx = self.die.columns()[column].grid_x();
        self.die
            .holes()
            .iter()
            .find(|h| (h.grid_x.0..=h.grid_x.1).contains(&gx) && (h.clb_y.0..=h.clb_y.1).contains(&row))
            .map(|h| h.what)
    }
}

#[cfg(test)]
mod tests {
    use super::{Grid, Rows};
    use crate::device::{Device, dies};
    use crate::site::SiteKind;

    #[test]
    fn every_die_fits_the_row_set() {
        assert!(dies().iter().all(|d| d.rows() * d.row_height() <= Rows::CAPACITY));
    }

    /// Site counts of whole devices, from the vendor's own product tables (DS180, DS190, DS891).
    #[test]
    fn whole_device_counts() {
        for (part, slices, ramb36, dsp) in [
            ("xc7z020", 13_300, 140, 220),
            ("xc7z010", 4_400, 60, 80),
            ("xc7a100t", 15_850, 135, 240),
            ("xc7a50t", 8_150, 75, 120),
            ("xc7k325t", 50_950, 445, 840),
            ("xcku040", 30_300, 600, 1920),
            ("xczu3eg", 8_820, 216, 360),
            ("xczu7ev", 28_800, 312, 1728),
            ("xczu9eg", 34_260, 912, 2520),
        ] {
            let grid = Grid::new(Device::of_part(part).unwrap().die().unwrap());
            let count = |k: SiteKind| {
                let c = grid.class(k).unwrap();
                let rows: u32 = c.columns.iter().map(|&i| grid.present[i].count()).sum();
                rows / c.tile * c.per_tile * c.per_column
            };
            assert_eq!(
                (count(SiteKind::Slice), count(SiteKind::Ramb36), count(SiteKind::Dsp)),
                (slices, ramb36, dsp),
                "{part}"
            );
        }
    }
}
