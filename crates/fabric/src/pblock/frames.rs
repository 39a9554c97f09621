// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The configuration frames of a Pblock, as whole columns of clock-region rows.

use super::cover::Cover;
use super::grid::Grid;
use super::snap::Snapped;
use crate::device::{BlockType, ColumnKind, Die, FrameAddress, PAD_FRAMES};

/// All frames of one column in one clock-region row and block type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FrameColumn {
    /// Block type: fabric, or block RAM content.
    pub block: BlockType,
    /// Clock-region row, from the bottom of the die.
    pub row: u16,
    /// Column from the left; in block RAM content counted over block RAM columns alone.
    pub column: u16,
    /// Number of frames; their minors are `0..frames`.
    pub frames: u16,
}

/// The frames of a Pblock: sorted by block type, row and column.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FrameColumns(Vec<FrameColumn>);

impl FrameColumns {
    pub(crate) fn new(grid: &Grid, cover: &Cover, snapped: &Snapped) -> Self {
        let die = grid.die;
        let row_h = die.row_height();
        let mut out = Vec::new();
        for row in 0..die.rows() {
            let (from, to) = (row * row_h, (row + 1) * row_h - 1);
            let mut bram = 0;
            for c in 0..die.columns_in_row(row) {
                let is_bram = die.kind_at(row, c) == Some(ColumnKind::Bram);
                if snapped.written[c].any_in(from, to) {
                    let column =
                        |block, column, frames| FrameColumn { block, row: row as u16, column, frames };
                    let n = die.frames_at(row, c) as u16;
                    if n > 0 {
                        out.push(column(BlockType::Fabric, c as u16, n));
                    }
                    // A soft block RAM column (no block RAM ranged) has interconnect frames alone.
                    if is_bram && cover.touched[c].any_in(from, to) {
                        out.push(column(BlockType::BramContent, bram, die.bram_content_frames() as u16));
                    }
                }
                bram += u16::from(is_bram);
            }
        }
        out.sort_unstable();
        Self(out)
    }

    #[cfg(test)]
    pub(crate) fn from_columns(mut columns: Vec<FrameColumn>) -> Self {
        columns.sort_unstable();
        Self(columns)
    }

    /// The columns, in order of block type, row and column.
    pub fn columns(&self) -> &[FrameColumn] {
        &self.0
    }

    /// Number of frames.
    pub fn len(&self) -> usize {
        self.0.iter().map(|c| usize::from(c.frames)).sum()
    }

    /// `true` without a frame.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Every frame address.
    pub fn addresses(&self) -> impl Iterator<Item = FrameAddress> {
        self.0.iter().flat_map(|c| {
            (0..c.frames).map(|minor| FrameAddress { block: c.block, row: c.row, column: c.column, minor })
        })
    }

    /// Is the frame one of these?
    pub fn contains(&self, a: FrameAddress) -> bool {
        let i = self.0.binary_search_by_key(&(a.block, a.row, a.column), |c| (c.block, c.row, c.column));
        i.is_ok_and(|i| a.minor < self.0[i].frames)
    }

    /// The columns that both sets hold.
    pub fn shared(&self, other: &Self) -> Vec<FrameColumn> {
        self.0.iter().filter(|c| other.0.binary_search(c).is_ok()).copied().collect()
    }

    /// Contiguous runs: neighbouring columns of one row and block type make one burst of a partial bitstream.
    pub(crate) fn runs(&self, die: &Die) -> Vec<Run> {
        let mut out: Vec<Run> = Vec::new();
        for c in &self.0 {
            let last_of_row = match c.block {
                BlockType::BramContent => die.bram_columns(u32::from(c.row)).count(),
                _ => die.columns_in_row(u32::from(c.row)),
            };
            let ends_row = usize::from(c.column) + 1 == last_of_row;
            match out.last_mut() {
                Some(r) if (r.block, r.row) == (c.block, c.row) && r.next == c.column => {
                    r.frames += u32::from(c.frames);
                    r.next += 1;
                    r.ends_row = ends_row;
                }
                _ => out.push(Run {
                    block: c.block,
                    row: c.row,
                    next: c.column + 1,
                    frames: u32::from(c.frames),
                    ends_row,
                }),
            }
        }
        out
    }
}

/// One burst: frames that follow each other.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Run {
    block: BlockType,
    row: u16,
    next: u16,
    pub(crate) frames: u32,
    ends_row: bool,
}

impl Run {
    /// Pad frames that the burst carries: one, or two at the end of a row.
    pub(crate) fn pads(&self) -> u32 {
        if self.ends_row { PAD_FRAMES } else { 1 }
    }
}
