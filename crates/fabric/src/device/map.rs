// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every frame of a die in the order of a full bitstream.
//!
//! Two numberings are used. A frame's *index* counts frames alone and addresses a device image. Its *position* counts the
//! two pad frames at the end of each row as well and is what the address register steps through while data is written, so that
//! auto-increment is `position + 1`. Order: block type 0 of every row, then block type 1, rows in [`Die::row_order`].

use core::ops::Range;

use super::die::{BlockType, Die, FrameAddress};
use super::layout::PAD_FRAMES;

/// A clock-region row of one block type: frames that follow each other in a bitstream.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Segment {
    block: BlockType,
    row: u16,
    first_index: u32,
    first_position: u32,
    /// Frame offset of each column within the segment, and of the end.
    offsets: Vec<u32>,
}

impl Segment {
    fn frames(&self) -> u32 {
        self.offsets.last().copied().unwrap_or(0)
    }
}

/// Every frame of a die in the order of a full bitstream: block type 0 of every row, then block type 1, rows in [`Die::row_order`].
///
/// A frame's *index* counts frames alone and addresses a device image. Its *position* counts the two pad frames at the end of each row
/// as well and is what the address register steps through while data is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrameMap {
    segments: Vec<Segment>,
    frames: u32,
    positions: u32,
}

impl FrameMap {
    pub(super) fn new(die: &Die) -> Self {
        let mut map = Self { segments: Vec::new(), frames: 0, positions: 0 };
        for block in [BlockType::Fabric, BlockType::BramContent] {
            for row in die.row_order() {
                let mut offsets = vec![0u32];
                let mut sum = 0;
                let mut push = |n: u32| {
                    sum += n;
                    offsets.push(sum);
                };
                if block == BlockType::Fabric {
                    (0..die.columns_in_row(row)).for_each(|c| push(die.frames_at(row, c)));
                } else {
                    die.bram_columns(row).for_each(|_| push(die.bram_content_frames()));
                }
                let segment = Segment {
                    block,
                    row: row as u16,
                    first_index: map.frames,
                    first_position: map.positions,
                    offsets,
                };
                map.frames += segment.frames();
                map.positions += segment.frames() + PAD_FRAMES;
                map.segments.push(segment);
            }
        }
        map
    }

    /// Frames of the die, block types 0 and 1, pads not counted.
    pub fn len(&self) -> usize {
        self.frames as usize
    }

    /// Never true: every die has frames.
    pub fn is_empty(&self) -> bool {
        self.frames == 0
    }

    /// Frames and pad frames: the length of a full bitstream's FDRI data in frames.
    pub fn positions(&self) -> usize {
        self.positions as usize
    }

    /// Index of a frame; `None` when the die has no such frame (and always for [`BlockType::ResetMap`]).
    pub fn index_of(&self, address: FrameAddress) -> Option<usize> {
        let (segment, offset) = self.find(address)?;
        Some((segment.first_index + offset) as usize)
    }

    /// Position of a frame; `None` when the die has no such frame.
    pub fn position_of(&self, address: FrameAddress) -> Option<usize> {
        let (segment, offset) = self.find(address)?;
        Some((segment.first_position + offset) as usize)
    }

    /// Address of the frame with an index; `None` beyond the die.
    pub fn address(&self, index: usize) -> Option<FrameAddress> {
        let index = u32::try_from(index).ok().filter(|&i| i < self.frames)?;
        let at = self.segments.partition_point(|s| s.first_index + s.frames() <= index);
        let segment = self.segments.get(at)?;
        let offset = index - segment.first_index;
        // The last column that starts at or before the offset and is not empty.
        let column = segment.offsets.partition_point(|&o| o <= offset) - 1;
        Some(FrameAddress {
            block: segment.block,
            row: segment.row,
            column: column as u16,
            minor: (offset - segment.offsets[column]) as u16,
        })
    }

    /// The frames among `count` positions from `position` on, as runs of indices: pads drop out. The second number of each
    /// item is how many positions after `position` the run starts.
    pub fn runs(&self, position: usize, count: usize) -> impl Iterator<Item = (Range<usize>, usize)> {
        let end = position.saturating_add(count);
        let at = self.segments.partition_point(|s| (s.first_position + s.frames()) as usize <= position);
        self.segments.get(at..).unwrap_or(&[]).iter().map_while(move |s| {
            let first = s.first_position as usize;
            let last = first + s.frames() as usize;
            let (from, to) = (position.max(first), end.min(last));
            (from < to).then(|| {
                let index = s.first_index as usize + (from - first);
                (index..index + (to - from), from - position)
            })
        })
    }

    /// Position of the frame with an index; `None` beyond the die.
    pub fn position(&self, index: usize) -> Option<usize> {
        let index = u32::try_from(index).ok().filter(|&i| i < self.frames)?;
        let at = self.segments.partition_point(|s| s.first_index + s.frames() <= index);
        let segment = self.segments.get(at)?;
        Some((segment.first_position + index - segment.first_index) as usize)
    }

    /// Indices of all frames of one column in one row and block type; empty when the die has none.
    pub fn column_frames(&self, block: BlockType, row: u32, column: usize) -> Range<usize> {
        let Some(s) = self.segments.iter().find(|s| s.block == block && u32::from(s.row) == row) else {
            return 0..0;
        };
        match (s.offsets.get(column), s.offsets.get(column + 1)) {
            (Some(a), Some(b)) => (s.first_index + a) as usize..(s.first_index + b) as usize,
            _ => 0..0,
        }
    }

    /// Indices of all frames of one row and block type.
    pub fn row_frames(&self, block: BlockType, row: u32) -> Range<usize> {
        self.segments
            .iter()
            .find(|s| s.block == block && u32::from(s.row) == row)
            .map_or(0..0, |s| s.first_index as usize..(s.first_index + s.frames()) as usize)
    }

    fn find(&self, address: FrameAddress) -> Option<(&Segment, u32)> {
        let segment = self.segments.iter().find(|s| s.block == address.block && s.row == address.row)?;
        let column = usize::from(address.column);
        let (start, end) = (*segment.offsets.get(column)?, *segment.offsets.get(column + 1)?);
        let offset = start + u32::from(address.minor);
        (offset < end).then_some((segment, offset))
    }
}
