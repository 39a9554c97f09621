// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! One die: its columns, clock-region rows, holes, and the coding of its frame addresses.
//!
//! Rows are counted from the bottom of the die, columns from the left, both from 0, on every family. Only the coding of a frame
//! address register value knows that 7-series rows are counted from the middle.

use core::fmt;
use std::sync::OnceLock;

use super::layout::{ColumnKind, FarLayout, SiteClass, bram_content_frames, far_layout, site_classes};
use super::map::FrameMap;
use crate::family::Family;

/// Which side of its group's interconnect a column lies on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// West of the interconnect.
    West,
    /// UltraScale(+): the interconnect column itself.
    Middle,
    /// East of the interconnect.
    East,
}

/// A column of the fabric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// What it holds (in rows that are not cut short).
    pub kind: ColumnKind,
    /// The group that shares one interconnect pair, counted from the left. 7 series: two columns a group.
    pub group: u32,
    /// Side of the group.
    pub side: Side,
}

impl Column {
    /// Position in grid columns, two a group, as [`Hole::grid_x`] and [`HardColumn::grid_x`] count them:
    /// west even; east odd; the interconnect column counts with the east.
    pub const fn grid_x(self) -> u32 {
        2 * self.group + if matches!(self.side, Side::West) { 0 } else { 1 }
    }
}

/// A rectangle where the fabric is replaced by something else (PS, CFG, PCIe, LAGUNA, GT, `noIO`, `edge`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hole {
    /// What is there: `PS`, `CFG`, `PCIE2`, `PCIE3`, `GT`, `noIO`, `LAGUNA`, `edge`.
    pub what: &'static str,
    /// First and last grid column ([`Column::grid_x`]); on 7 series the same as the column index.
    pub grid_x: (u32, u32),
    /// First and last row of CLBs from the bottom of the die.
    pub clb_y: (u32, u32),
}

/// UltraScale(+): what a hard, I/O or transceiver column holds in each clock-region row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HardColumn {
    /// Grid column ([`Column::grid_x`]).
    pub grid_x: u32,
    /// The first entry is the kind (`hard`, `io`, `gt`), then one entry a row from the bottom (`pcie`, `cfg`, `hpio`, `none`, ...).
    pub(super) rows: Vec<&'static str>,
}

impl HardColumn {
    /// Kind of the column: `hard`, `io` or `gt`.
    pub fn kind(&self) -> &'static str {
        self.rows.first().copied().unwrap_or("")
    }

    /// What it holds by clock-region row, bottom first; shorter than the die where the source says nothing of upper rows.
    pub fn rows(&self) -> &[&'static str] {
        self.rows.get(1..).unwrap_or(&[])
    }
}

/// A 7-series row that is cut short by a transceiver column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cut {
    pub(super) row: u32,
    pub(super) columns: u32,
    pub(super) last: ColumnKind,
}

/// A part name of a die, and the IDCODE its bitstreams carry, where known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartEntry {
    /// Lower-case device name with vendor prefix; a suffix `.d0` names one die of a stacked part.
    pub name: &'static str,
    /// IDCODE register value, revision (top nibble) as first published.
    pub idcode: Option<u32>,
}

/// Block types of frame addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum BlockType {
    /// Block type 0: logic, routing, everything but block RAM content.
    Fabric,
    /// Block type 1: block RAM content.
    BramContent,
    /// Block type 2: the row map that a `RESET_AFTER_RECONFIG` partial writes first; not part of a device image.
    ResetMap,
}

impl BlockType {
    /// The number in the address register.
    pub const fn number(self) -> u32 {
        match self {
            Self::Fabric => 0,
            Self::BramContent => 1,
            Self::ResetMap => 2,
        }
    }
}

/// The address of one configuration frame, independent of the family's register layout.
///
/// Ordered by block type, row, column, minor: rows bottom to top. The order of a bitstream is that of [`FrameMap`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FrameAddress {
    /// Block type.
    pub block: BlockType,
    /// Clock-region row from the bottom of the die.
    pub row: u16,
    /// Column from the left; in [`BlockType::BramContent`] counted over block RAM columns alone.
    pub column: u16,
    /// Frame within the column.
    pub minor: u16,
}

impl fmt::Display for FrameAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "type {} row {} column {} minor {}", self.block.number(), self.row, self.column, self.minor)
    }
}

/// One die and everything known of its configuration geometry.
///
/// Rows are clock-region rows counted from the bottom of the die, columns are counted from the left, both from 0, on every family. Only
/// [`encode`](Self::encode) and [`decode`](Self::decode) know that a 7-series address register counts rows from the middle.
#[derive(Debug)]
pub struct Die {
    pub(super) name: &'static str,
    pub(super) family: Family,
    pub(super) rows: u32,
    pub(super) top_row: Option<u32>,
    pub(super) clock_split: Option<u32>,
    pub(super) columns: Vec<Column>,
    pub(super) cuts: Vec<Cut>,
    pub(super) parts: Vec<PartEntry>,
    pub(super) holes: Vec<Hole>,
    pub(super) hard: Vec<HardColumn>,
    pub(super) lacks: Vec<&'static str>,
    map: OnceLock<FrameMap>,
}

impl Die {
    pub(super) fn empty(name: &'static str, family: Family, rows: u32) -> Self {
        Self {
            name,
            family,
            rows,
            top_row: None,
            clock_split: None,
            columns: Vec::new(),
            cuts: Vec::new(),
            parts: Vec::new(),
            holes: Vec::new(),
            hard: Vec::new(),
            lacks: Vec::new(),
            map: OnceLock::new(),
        }
    }

    /// Name of the die: its largest part (`xc7a50t` also makes the 7a35t), with `.d0` for a die of stacked parts.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Family.
    pub fn family(&self) -> Family {
        self.family
    }

    /// Number of clock-region rows.
    pub fn rows(&self) -> u32 {
        self.rows
    }

    /// Height of a clock-region row in CLBs (50 or 60).
    pub fn row_height(&self) -> u32 {
        self.family.row_height().expect("no Versal die is in the data file")
    }

    /// 32-bit words in a frame (101, 123 or 93).
    pub fn words_per_frame(&self) -> usize {
        self.family.words_per_frame().expect("no Versal die is in the data file")
    }

    /// All columns, left to right. On 7 series some rows have fewer: [`columns_in_row`](Self::columns_in_row).
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Number of columns that a row has (block type 0); 0 for a row beyond the die.
    pub fn columns_in_row(&self, row: u32) -> usize {
        if row >= self.rows {
            return 0;
        }
        self.cut(row).map_or(self.columns.len(), |c| c.columns as usize)
    }

    /// What a column holds in a row; `None` where the row is cut short, or beyond the die.
    pub fn kind_at(&self, row: u32, column: usize) -> Option<ColumnKind> {
        let n = self.columns_in_row(row);
        match self.cut(row) {
            _ if column >= n => None,
            Some(cut) if column + 1 == n => Some(cut.last),
            _ => Some(self.columns[column].kind),
        }
    }

    /// Frames of block type 0 of a column in a row; 0 where there is no column.
    pub fn frames_at(&self, row: u32, column: usize) -> u32 {
        self.kind_at(row, column).map_or(0, |k| k.frames(self.family))
    }

    /// Frames of block type 1 of each block RAM column in a row (128 or 256).
    pub fn bram_content_frames(&self) -> u32 {
        bram_content_frames(self.family)
    }

    /// The block RAM columns of a row, left to right: index `n` of the result is column `n` of block type 1.
    pub fn bram_columns(&self, row: u32) -> impl Iterator<Item = usize> {
        (0..self.columns_in_row(row)).filter(move |&c| self.kind_at(row, c) == Some(ColumnKind::Bram))
    }

    /// The fabric column that a frame address belongs to: the column itself in block types 0 and 2, the `n`-th block RAM column in
    /// block type 1. `None` beyond the die.
    pub fn fabric_column(&self, address: FrameAddress) -> Option<usize> {
        let (row, column) = (u32::from(address.row), usize::from(address.column));
        match address.block {
            BlockType::BramContent => self.bram_columns(row).nth(column),
            BlockType::Fabric | BlockType::ResetMap => (column < self.columns_in_row(row)).then_some(column),
        }
    }

    /// Name of the clock region of a column in a row (`X0Y2`); `None` beyond the die.
    ///
    /// 7 series: X changes at the clock spine, so it is exact. UltraScale(+): the boundaries of clock regions in X are not in the facts
    /// used here, and only the row is given, as `Y2`.
    pub fn clock_region(&self, row: u32, column: usize) -> Option<String> {
        if row >= self.rows || column >= self.columns.len() {
            return None;
        }
        Some(match self.clock_split {
            Some(split) => format!("X{}Y{row}", u32::from(column >= split as usize)),
            None => format!("Y{row}"),
        })
    }

    /// 7 series: the column where clock regions X0 and X1 meet (first column of X1).
    pub fn clock_split(&self) -> Option<u32> {
        self.clock_split
    }

    /// 7 series: the first row of the top half, from the bottom.
    pub fn top_row(&self) -> Option<u32> {
        self.top_row
    }

    /// Rectangles where the fabric is replaced.
    pub fn holes(&self) -> &[Hole] {
        &self.holes
    }

    /// UltraScale(+): what the hard, I/O and transceiver columns hold, by row.
    pub fn hard_columns(&self) -> &[HardColumn] {
        &self.hard
    }

    /// Part names made of this die.
    pub fn parts(&self) -> &[PartEntry] {
        &self.parts
    }

    /// Column kinds whose frames nobody has published; when not empty the die has no [`frame_map`](Self::frame_map).
    pub fn lacks(&self) -> &[&'static str] {
        &self.lacks
    }

    /// Kinds of sites that Pblocks range on this family.
    pub fn site_classes(&self) -> &'static [SiteClass] {
        site_classes(self.family)
    }

    /// Every frame of the die in bitstream order; `None` when some column's frames are unknown ([`lacks`](Self::lacks)).
    pub fn frame_map(&self) -> Option<&FrameMap> {
        self.lacks.is_empty().then(|| self.map.get_or_init(|| FrameMap::new(self)))
    }

    /// Layout of the frame address register.
    pub fn far_layout(&self) -> &'static FarLayout {
        far_layout(self.family).expect("no Versal die is in the data file")
    }

    /// Rows in bitstream order: 7 series the top half outward, then the bottom half outward; bottom to top elsewhere.
    pub fn row_order(&self) -> impl Iterator<Item = u32> + use<> {
        let top = self.top_row.unwrap_or(0);
        (top..self.rows).chain((0..top).rev())
    }

    /// Frame address register value of an address; `None` when a field does not fit. Whether the frame exists is not
    /// looked at: see [`FrameMap::index_of`].
    pub fn encode(&self, address: FrameAddress) -> Option<u32> {
        let layout = self.far_layout();
        let row = u32::from(address.row);
        let (half, row) = match (layout.half, self.top_row) {
            (Some(half), Some(top)) if row >= top => (half.put(0)?, row - top),
            (Some(half), Some(top)) => (half.put(1)?, top - 1 - row),
            _ => (0, row),
        };
        Some(
            layout.block.put(address.block.number())?
                | half
                | layout.row.put(row)?
                | layout.column.put(u32::from(address.column))?
                | layout.minor.put(u32::from(address.minor))?,
        )
    }

    /// The address that a frame address register value names; `None` for a block type or a row that the die does not have.
    /// Column and minor are not checked: see [`FrameMap::index_of`].
    pub fn decode(&self, far: u32) -> Option<FrameAddress> {
        let layout = self.far_layout();
        let block = match layout.block.get(far) {
            0 => BlockType::Fabric,
            1 => BlockType::BramContent,
            2 => BlockType::ResetMap,
            _ => return None,
        };
        let row = layout.row.get(far);
        let row = match (layout.half, self.top_row) {
            (Some(half), Some(top)) if half.get(far) == 0 => top + row,
            (Some(_), Some(top)) => top.checked_sub(1 + row)?,
            _ => row,
        };
        (row < self.rows).then_some(FrameAddress {
            block,
            row: row as u16,
            column: layout.column.get(far) as u16,
            minor: layout.minor.get(far) as u16,
        })
    }

    fn cut(&self, row: u32) -> Option<Cut> {
        self.cuts.iter().copied().find(|c| c.row == row)
    }
}
