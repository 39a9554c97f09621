// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Partial and clearing bitstreams.

use core::ops::Range;

use super::emit::Emit;
use super::{BitWriter, Marks, WriteError};
use crate::codec::{Command, Register};
use crate::device::{BlockType, ColumnKind, FrameAddress, PAD_FRAMES};
use crate::family::Family;
use crate::frames::{FrameSet, Pass};

/// What marks a static column in the row map: word 50 of its frame, the code in the low 13 bits (measured on xc7z020 and xc7a100t partials).
const STATIC_COLUMN: (usize, u32) = (50, 0xe000_09bc);

/// Consecutive frames within one row, and whether they reach its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Burst {
    indices: Range<usize>,
    ends_row: bool,
}

impl Burst {
    /// Pads: one, or two at the end of a row.
    fn pads(&self) -> usize {
        1 + usize::from(self.ends_row)
    }
}

impl BitWriter {
    /// A partial bitstream that writes a set of frames (frames beyond the die are left out).
    ///
    /// 7 series: one pass, as without `RESET_AFTER_RECONFIG`. UltraScale: two sections, the second writes one frame of each CLB column again.
    /// UltraScale+: four sections; the first and the last write one frame of each CLB column (zero, then its content), the
    /// second the first interconnect column of each row, the third everything.
    pub fn partial(&self, frames: &FrameSet, mut source: impl FnMut(FrameAddress, &mut [u32])) -> Vec<u8> {
        let mut e = Emit::default();
        match self.family() {
            Family::Series7 => self.partial_series7(&mut e, frames, &mut source),
            Family::UltraScale => {
                self.main_section(&mut e, frames, &mut source);
                Self::gap(&mut e);
                self.small_section(&mut e, &self.one_frame_a_column(frames), &mut source);
            }
            _ => {
                let small = self.one_frame_a_column(frames);
                self.small_section(&mut e, &small, &mut |_, _| ());
                Self::gap(&mut e);
                self.interconnect_section(&mut e, frames);
                Self::gap(&mut e);
                self.main_section(&mut e, frames, &mut source);
                Self::gap(&mut e);
                self.small_section(&mut e, &small, &mut source);
            }
        }
        e.nops(16);
        self.finish(e, Marks { partial: true, ..Marks::default() })
    }

    /// A 7-series partial with `RESET_AFTER_RECONFIG` as tools from 2018.3 on write it: the row map, then every frame twice. The first pass
    /// ([`Pass::First`]) holds the static routes alone, the second the module.
    ///
    /// ```
    /// # use dfxkit_fabric::{codec::Bitstream, device::Device, frames::{FrameSet, Pass}, write::BitWriter};
    /// let writer = BitWriter::new(&Device::of_part("xc7z020")?)?;
    /// let mut frames = FrameSet::new(writer.die().frame_map().map_or(0, |m| m.len()));
    /// frames.insert_range(700..736);
    /// let file = writer.two_pass(&frames, |pass, _, words| words[0] = if pass == Pass::First { 1 } else { 2 })?;
    /// let read = Bitstream::parse(&file)?;
    /// let word = |pass| read.frames(pass).and_then(|f| f.get(700)?.get(0));
    /// assert_eq!((word(Pass::First), word(Pass::Last), read.written()), (Some(1), Some(2), frames));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn two_pass(
        &self,
        frames: &FrameSet,
        mut source: impl FnMut(Pass, FrameAddress, &mut [u32]),
    ) -> Result<Vec<u8>, WriteError> {
        if !self.family().has_reset_after_reconfig() {
            return Err(WriteError::Family { what: "RESET_AFTER_RECONFIG partial", family: self.family() });
        }
        let mut e = self.start();
        e.nops(1);
        e.command(Command::RCRC);
        e.nops(2);
        e.write(Register::IDCODE, self.idcode);
        e.command(Command::WCFG);
        e.nops(1);
        e.write(Register::FAR, 0x0100_0000);
        e.nops(1);
        self.row_map(&mut e, frames);
        e.crc();
        e.command(Command::SHUTDOWN);
        e.nops(1);
        e.crc();
        e.nops(4);
        e.command(Command::NULL);
        Self::control0(&mut e, 0x100, 0x100);
        Self::control0(&mut e, 0x400, 0x400);
        let bursts = self.bursts(frames);
        for pass in [Pass::First, Pass::Last] {
            for burst in &bursts {
                self.burst_series7(&mut e, burst, |a, words| source(pass, a, words));
            }
        }
        e.command(Command::GRESTORE);
        e.nops(1);
        Self::control0(&mut e, 0x100, 0);
        e.command(Command::START);
        e.nops(1);
        e.write(Register::FAR, self.end_address());
        e.crc();
        e.command(Command::DESYNC);
        e.nops(16);
        Ok(self.finish(e, Marks { partial: true, ..Marks::default() }))
    }

    /// A clearing bitstream (UltraScale): the given frames, then a section of SHUTDOWN and AGHIGH. Vivado writes one or two frames of each
    /// column that the module touches.
    pub fn clear(
        &self,
        frames: &FrameSet,
        mut source: impl FnMut(FrameAddress, &mut [u32]),
    ) -> Result<Vec<u8>, WriteError> {
        if !self.family().has_clearing_bitstreams() {
            return Err(WriteError::Family { what: "clearing bitstream", family: self.family() });
        }
        let mut e = Emit::default();
        self.small_section(&mut e, frames, &mut source);
        Self::gap(&mut e);
        self.open_section(&mut e);
        e.write(Register::COR0, 0x3880_3fe5);
        e.command(Command::SHUTDOWN);
        e.nops(1);
        e.crc();
        e.nops(20);
        e.command(Command::AGHIGH);
        e.nops(100);
        self.close_section(&mut e);
        e.nops(16);
        Ok(self.finish(e, Marks { partial: true, clear: true, ..Marks::default() }))
    }

    /// Frames as bursts: consecutive, and within one row and block type.
    pub(super) fn bursts(&self, frames: &FrameSet) -> Vec<Burst> {
        let map = self.map();
        let mut out = Vec::new();
        for run in frames.runs() {
            let mut at = run.start;
            while at < run.end.min(map.len()) {
                let a = map.address(at).expect("an index below the map's length");
                let row_end = map.row_frames(a.block, u32::from(a.row)).end;
                let end = run.end.min(row_end);
                out.push(Burst { indices: at..end, ends_row: end == row_end });
                at = end;
            }
        }
        out
    }

    pub(super) fn far(&self, index: usize) -> u32 {
        let address = self.map().address(index).expect("an index below the map's length");
        self.die.encode(address).expect("every frame of a die has an address")
    }

    /// FAR, WCFG, FDRI: the order of UltraScale(+) and of full bitstreams.
    pub(super) fn burst(&self, e: &mut Emit, burst: &Burst, mut source: impl FnMut(usize, &mut [u32])) {
        let size = self.die.words_per_frame();
        e.write(Register::FAR, self.far(burst.indices.start));
        e.command(Command::WCFG);
        e.nops(1);
        e.data_header(Register::FDRI, (burst.indices.len() + burst.pads()) * size);
        let mut frame = vec![0; size];
        for index in burst.indices.clone() {
            frame.fill(0);
            source(index, &mut frame);
            e.data(Register::FDRI, &frame);
        }
        e.zeros(Register::FDRI, burst.pads() * size);
    }

    /// WCFG, FAR, FDRI with a type-2 packet: the order of 7-series partials.
    fn burst_series7(&self, e: &mut Emit, burst: &Burst, mut source: impl FnMut(FrameAddress, &mut [u32])) {
        let size = self.die.words_per_frame();
        e.command(Command::WCFG);
        e.nops(1);
        e.write(Register::FAR, self.far(burst.indices.start));
        e.nops(1);
        e.long_header(Register::FDRI, (burst.indices.len() + burst.pads()) * size);
        let mut frame = vec![0; size];
        for index in burst.indices.clone() {
            frame.fill(0);
            source(self.map().address(index).expect("a frame of the die"), &mut frame);
            e.data(Register::FDRI, &frame);
        }
        e.zeros(Register::FDRI, burst.pads() * size);
    }

    fn control0(e: &mut Emit, mask: u32, value: u32) {
        e.write(Register::MASK, mask);
        e.write(Register::CTL0, value);
    }

    /// UltraScale+ alone.
    fn control1(&self, e: &mut Emit, value: u32) {
        if self.family() == Family::UltraScalePlus {
            e.write(Register::MASK, 0x2_0000);
            e.write(Register::CTL1, value);
        }
    }

    fn partial_series7(
        &self,
        e: &mut Emit,
        frames: &FrameSet,
        source: &mut impl FnMut(FrameAddress, &mut [u32]),
    ) {
        self.sync(e);
        e.nops(1);
        e.command(Command::RCRC);
        e.nops(2);
        e.write(Register::IDCODE, self.idcode);
        e.command(Command::NULL);
        Self::control0(e, 0x400, 0x400);
        for burst in self.bursts(frames) {
            self.burst_series7(e, &burst, &mut *source);
        }
        Self::control0(e, 0x100, 0);
        e.command(Command::START);
        e.nops(2);
        e.write(Register::FAR, self.end_address());
        e.crc();
        e.command(Command::DESYNC);
    }

    /// A frame a column and two pads a row: word 50 marks the columns that stay static. Columns of the partition are zero, and so are
    /// those that lie in a hole (the last column of the PS interface apart).
    fn row_map(&self, e: &mut Emit, frames: &FrameSet) {
        let (map, size) = (self.map(), self.die.words_per_frame());
        let columns: usize = (0..self.die.rows()).map(|r| self.die.columns_in_row(r)).sum();
        let pads = self.die.rows() as usize * PAD_FRAMES as usize;
        e.long_header(Register::FDRI, (columns + pads) * size);
        let mut frame = vec![0; size];
        for row in self.die.row_order() {
            for column in 0..self.die.columns_in_row(row) {
                let inside = map.column_frames(BlockType::Fabric, row, column).any(|i| frames.contains(i));
                let clear = inside || self.in_hole(row, column);
                frame[STATIC_COLUMN.0] = if clear { 0 } else { STATIC_COLUMN.1 };
                e.data(Register::FDRI, &frame);
            }
            e.zeros(Register::FDRI, PAD_FRAMES as usize * size);
        }
    }

    fn in_hole(&self, row: u32, column: usize) -> bool {
        let height = self.die.row_height();
        let (column, low, high) = (column as u32, row * height, (row + 1) * height - 1);
        self.die.holes().iter().any(|h| {
            let last = if h.what == "PS" { h.grid_x.1.saturating_sub(1) } else { h.grid_x.1 };
            matches!(h.what, "PS" | "CFG")
                && (h.grid_x.0..=last).contains(&column)
                && h.clb_y.0 <= low
                && high <= h.clb_y.1
        })
    }

    /// Sync to IDCODE of an UltraScale(+) section.
    fn open_section(&self, e: &mut Emit) {
        self.sync(e);
        e.nops(132);
        e.command(Command::RCRC);
        e.nops(2);
        e.write(Register::IDCODE, self.idcode);
    }

    fn close_section(&self, e: &mut Emit) {
        e.write(Register::FAR, self.end_address());
        e.crc();
        e.command(Command::DESYNC);
    }

    /// What lies between two sections beside the next sync pattern.
    fn gap(e: &mut Emit) {
        e.nops(16);
    }

    /// Frames and nothing else: no start-up.
    fn small_section(
        &self,
        e: &mut Emit,
        frames: &FrameSet,
        source: &mut impl FnMut(FrameAddress, &mut [u32]),
    ) {
        self.open_section(e);
        e.command(Command::NULL);
        Self::control0(e, 0x500, 0x400);
        self.control1(e, 0x2_0000);
        let map = self.map();
        for burst in self.bursts(frames) {
            self.burst(e, &burst, |i, words| source(map.address(i).expect("a frame of the die"), words));
        }
        self.control1(e, 0);
        self.close_section(e);
    }

    /// All frames, with shutdown before and start-up after.
    fn main_section(
        &self,
        e: &mut Emit,
        frames: &FrameSet,
        source: &mut impl FnMut(FrameAddress, &mut [u32]),
    ) {
        self.shutdown_section(e);
        e.command(Command::NULL);
        Self::control0(e, 0x500, 0x500);
        self.control1(e, 0);
        let map = self.map();
        for burst in self.bursts(frames) {
            self.burst(e, &burst, |i, words| source(map.address(i).expect("a frame of the die"), words));
        }
        e.command(Command::GRESTORE);
        e.nops(1);
        Self::control0(e, 0x100, 0);
        e.command(Command::LFRM);
        e.nops(20);
        e.command(Command::START);
        e.nops(1);
        self.close_section(e);
    }

    fn shutdown_section(&self, e: &mut Emit) {
        self.open_section(e);
        e.write(Register::COR0, 0x3800_3fe5);
        e.command(Command::SHUTDOWN);
        e.nops(1);
        e.crc();
        e.nops(20);
    }

    fn interconnect_section(&self, e: &mut Emit, frames: &FrameSet) {
        self.shutdown_section(e);
        e.command(Command::AGHIGH);
        e.nops(100);
        e.command(Command::NULL);
        Self::control0(e, 0x500, 0x400);
        self.control1(e, 0);
        let mut set = FrameSet::new(frames.capacity());
        for row in 0..self.die.rows() {
            if let Some((_, range)) = self.columns(frames, row).find(|(k, _)| *k == ColumnKind::Int) {
                set.insert_range(range);
            }
        }
        for burst in self.bursts(&set) {
            self.burst(e, &burst, |_, _| ());
        }
        self.close_section(e);
    }

    /// Columns of a row all of whose frames are in the set.
    fn columns(&self, frames: &FrameSet, row: u32) -> impl Iterator<Item = (ColumnKind, Range<usize>)> {
        let (die, map) = (self.die, self.map());
        (0..die.columns_in_row(row)).filter_map(move |c| {
            let range = map.column_frames(BlockType::Fabric, row, c);
            let whole = !range.is_empty() && range.clone().all(|i| frames.contains(i));
            whole.then_some((die.kind_at(row, c)?, range))
        })
    }

    /// One frame of each CLB column of the set: minor 7 on UltraScale, 13 on UltraScale+ (measured: 2 to 13).
    fn one_frame_a_column(&self, frames: &FrameSet) -> FrameSet {
        let minor = if self.family() == Family::UltraScale { 7 } else { 13 };
        let mut set = FrameSet::new(frames.capacity());
        for row in 0..self.die.rows() {
            for (_, range) in self.columns(frames, row).filter(|(k, _)| k.is_clb()) {
                set.insert(range.start + minor);
            }
        }
        set
    }
}
