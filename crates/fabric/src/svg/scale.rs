// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! From columns and CLB rows to places in the picture.

use crate::device::{ColumnKind, Device, Die};

/// A rectangle of the picture.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) w: f64,
    pub(super) h: f64,
}

/// Space around the die: for the names of clock regions at the sides, for the title above.
pub(super) const SIDE: f64 = 64.0;
const TOP: f64 = 52.0;
/// Width of the die in the picture.
pub(super) const DIE: f64 = 1072.0;
/// Space between the dies of a stacked part.
const GAP: f64 = 10.0;

pub(super) struct Scale {
    dies: Vec<&'static Die>,
    /// By die: left edge of each column, and of the end.
    edges: Vec<Vec<f64>>,
    /// By die: top edge.
    tops: Vec<f64>,
    /// Height of a CLB row.
    row: f64,
    bottom: f64,
}

impl Scale {
    pub(super) fn new(device: &Device) -> Self {
        let dies = device.slrs().to_vec();
        let edges = dies.iter().map(|d| edges(d)).collect();
        let rows = |d: &Die| f64::from(d.rows() * d.row_height());
        let all: f64 = dies.iter().map(|d| rows(d)).sum();
        // Tall dies get more room, small ones are not blown up.
        let row = (2.4_f64).min(1150.0 / all).max(380.0 / all).min(3.4);
        let mut tops = vec![0.0; dies.len()];
        let mut y = TOP;
        for (i, die) in dies.iter().enumerate().rev() {
            tops[i] = y;
            y += rows(die) * row + GAP;
        }
        Self { dies, edges, tops, row, bottom: y - GAP }
    }

    pub(super) fn die(&self, slr: usize) -> &'static Die {
        self.dies[slr]
    }

    pub(super) fn dies(&self) -> usize {
        self.dies.len()
    }

    pub(super) fn bottom(&self) -> f64 {
        self.bottom
    }

    /// The place of columns `c0..=c1` and CLB rows `y0..=y1` of a die.
    pub(super) fn cells(&self, slr: usize, c0: usize, c1: usize, y0: u32, y1: u32) -> Place {
        let (edges, die) = (&self.edges[slr], self.dies[slr]);
        let rows = f64::from(die.rows() * die.row_height());
        let y = self.tops[slr] + (rows - f64::from(y1) - 1.0) * self.row;
        Place { x: SIDE + edges[c0], y, w: edges[c1 + 1] - edges[c0], h: f64::from(y1 - y0 + 1) * self.row }
    }
}

/// Left edges of the columns, scaled to the width of the picture.
fn edges(die: &Die) -> Vec<f64> {
    let weight = |k: ColumnKind| match k {
        ColumnKind::Int => 0.8,
        ColumnKind::Intf | ColumnKind::PsIntf => 0.4,
        ColumnKind::Bram | ColumnKind::Dsp | ColumnKind::DspClock | ColumnKind::Uram => 2.4,
        ColumnKind::Io | ColumnKind::Gt | ColumnKind::Hard => 2.6,
        _ => 2.0,
    };
    let mut out = vec![0.0];
    let mut sum = 0.0;
    for c in die.columns() {
        sum += weight(c.kind);
        out.push(sum);
    }
    for x in &mut out {
        *x *= DIE / sum;
    }
    out
}
