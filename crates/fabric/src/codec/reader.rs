// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! A bitstream read: which frames it writes, in what order, from which words of the file; CRC; what kind of file it is.
//!
//! How packets become frame writes is told in the docs of [`super`] and done in [`super::walk`].

use core::ops::Range;

use super::container::{Container, Header};
use super::note::{Note, ReadError};
use super::order::{Order, Words};
use super::packet::{Command, Overrun};
use super::walk;
use crate::device::{Device, Die, NoDevice};
use crate::family::Family;
use crate::frames::{FrameSet, Frames, Pass};

/// A CRC word of the file beside the CRC of the data before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CrcCheck {
    /// Byte offset of the CRC word in the file.
    pub at: usize,
    /// The word in the file.
    pub stored: u32,
    /// The CRC of the data.
    pub computed: u32,
}

impl CrcCheck {
    /// `true` when they agree.
    pub const fn agrees(&self) -> bool {
        self.stored == self.computed
    }
}

/// What a file is loaded for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A whole device.
    Full,
    /// One partition.
    Partial,
    /// UltraScale: clears a module before the next one is loaded.
    Clear,
}

/// Consecutive frames written from consecutive words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameWrite {
    /// Index of the first frame in its die's [`FrameMap`](crate::device::FrameMap).
    pub first: u32,
    /// Number of frames.
    pub count: u32,
    /// Word index of the first frame's data within [`Bitstream::words`].
    pub word: u32,
    /// Section that writes them.
    pub section: u16,
    /// `true` for a multiple frame write.
    pub multiple: bool,
}

/// One SYNC..DESYNC section.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Section {
    /// Word index of the sync word.
    pub at: usize,
    /// Nesting: 0 for the file itself, 1 and up for streams inside BOUT packets.
    pub stream: u16,
    /// Commands, each once, in order of first appearance.
    pub commands: Vec<Command>,
    /// FDRI words.
    pub fdri_words: usize,
    /// `true` when DESYNC was met.
    pub closed: bool,
}

/// A bitstream, read. Borrows the file; see the [module docs](crate::codec) for how its packets become frame writes.
#[derive(Debug, Clone)]
pub struct Bitstream<'a> {
    pub(super) header: Option<Header<'a>>,
    pub(super) words: Words<'a>,
    /// Byte offset of word 0 in the file.
    pub(super) base: usize,
    pub(super) data: &'a [u8],
    pub(super) part: Option<String>,
    pub(super) family: Option<Family>,
    pub(super) device: Option<Device>,
    pub(super) idcodes: Vec<u32>,
    pub(super) crc: Vec<CrcCheck>,
    pub(super) sections: Vec<Section>,
    pub(super) writes: Vec<FrameWrite>,
    pub(super) reset_map: Option<Range<usize>>,
    pub(super) fdri_words: usize,
    pub(super) mfwr: usize,
    pub(super) lout: usize,
    pub(super) encrypted: bool,
    pub(super) streams: u16,
    pub(super) notes: Vec<Note>,
}

impl<'a> Bitstream<'a> {
    /// Reads a .bit or .bin file. The part comes from the header, or from the IDCODE when there is none.
    pub fn parse(file: &'a [u8]) -> Result<Self, ReadError> {
        Self::parse_as(file, None)
    }

    /// Reads a file, taking the part from the caller instead of from the file (for .bin files whose IDCODE is not known here).
    pub fn parse_as(file: &'a [u8], part: Option<&str>) -> Result<Self, ReadError> {
        let c = Container::open(file)?;
        let skew = c.sync_offset % 4;
        let words = Words::new(&c.data[skew..], c.order);
        let base = c.data_offset + skew;
        let named = part.or(c.header.as_ref().map(|h| h.part)).filter(|p| !p.is_empty()).map(str::to_owned);
        let mut b = Self {
            words,
            base,
            data: c.data,
            part: named,
            family: None,
            device: None,
            idcodes: Vec::new(),
            crc: Vec::new(),
            sections: Vec::new(),
            writes: Vec::new(),
            reset_map: None,
            fdri_words: 0,
            mfwr: 0,
            lout: 0,
            encrypted: false,
            streams: 1,
            notes: Vec::new(),
            header: c.header,
        };
        if c.trailing > 0 {
            b.notes.push(Note::TrailingBytes { count: c.trailing });
        }
        b.find_device(c.sync_offset / 4);
        walk::walk(&mut b, c.sync_offset / 4)?;
        b.compare_idcode();
        if !b.encrypted && b.sections.last().is_some_and(|s| !s.closed) {
            b.notes.push(Note::NoDesync);
        }
        Ok(b)
    }

    fn find_device(&mut self, sync: usize) {
        if let Some(part) = &self.part {
            self.family = Family::of_part(part);
            match Device::of_part(part) {
                Ok(d) => self.device = Some(d),
                Err(e) => self.notes.push(Note::NoFrameMap(e)),
            }
            return;
        }
        let Some(idcode) = walk::first_idcode(self.words, sync) else { return };
        let mut candidates = Device::of_idcode(idcode).into_iter();
        if let Some(first) = candidates.next() {
            self.family = Some(first.family());
            self.device = Some(first);
        } else {
            self.notes.push(Note::NoFrameMap(NoDevice::Idcode { idcode }));
        }
    }

    fn compare_idcode(&mut self) {
        let (Some(part), Some(device), Some(&found)) = (&self.part, &self.device, self.idcodes.first())
        else {
            return;
        };
        // Bitstreams of a cut-down part may carry the IDCODE of another part of the same die (seen: xcau10p with that of the xcau15p).
        let same_die = device.slrs().iter().flat_map(|d| d.parts()).filter_map(|p| p.idcode);
        if let Some(expected) = device.idcode()
            && !same_die.into_iter().any(|i| crate::device::same_idcode(i, found))
        {
            self.notes.push(Note::IdcodeDiffers { part: part.clone(), expected, found });
        }
    }

    /// The .bit header; `None` for a .bin file.
    pub fn header(&self) -> Option<&Header<'a>> {
        self.header.as_ref()
    }

    /// Part, from the header or the caller; `None` for a .bin file: see [`device`](Self::device).
    pub fn part(&self) -> Option<&str> {
        self.part.as_deref()
    }

    /// Family, from the part or the IDCODE.
    pub fn family(&self) -> Option<Family> {
        self.family
    }

    /// Device, from the part or the IDCODE; `None` when no frame map is known (a [`Note`] says why). Parts that share a die may
    /// share an IDCODE; the device of a .bin file is then one of them.
    pub fn device(&self) -> Option<&Device> {
        self.device.as_ref()
    }

    /// The die whose frames [`frames`](Self::frames) and [`written`](Self::written) speak of: the device's only one, or the common die of a
    /// stacked part's first stream. `None` when there is no frame map.
    pub fn die(&self) -> Option<&'static Die> {
        let slrs = self.device.as_ref()?.slrs();
        let first = *slrs.first()?;
        (slrs.iter().all(|d| d.name() == first.name()) && first.frame_map().is_some()).then_some(first)
    }

    /// Byte order of the data.
    pub fn order(&self) -> Order {
        self.words.order()
    }

    /// All words of the data, from the word grid of the first sync word.
    pub fn words(&self) -> Words<'a> {
        self.words
    }

    /// Configuration data as it stands in the file, without header.
    pub fn data(&self) -> &'a [u8] {
        self.data
    }

    /// Byte range of [`words`](Self::words) in the file.
    pub fn word_bytes(&self) -> Range<usize> {
        self.base..self.base + self.words.bytes().len()
    }

    /// IDCODE register values written, each once, in order.
    pub fn idcodes(&self) -> &[u32] {
        &self.idcodes
    }

    /// Every CRC word of the file, with the CRC of the data. Empty when the file checks none, or is encrypted.
    pub fn crc(&self) -> &[CrcCheck] {
        &self.crc
    }

    /// `Some(true)` when every CRC word agrees, `Some(false)` when one differs, `None` when none was checked.
    pub fn crc_ok(&self) -> Option<bool> {
        (!self.crc.is_empty()).then(|| self.crc.iter().all(CrcCheck::agrees))
    }

    /// Sections, in file order.
    pub fn sections(&self) -> &[Section] {
        &self.sections
    }

    /// Frame writes, in the order they take effect, of the file's own stream. Those of nested streams (stacked parts) are left out:
    /// which die they belong to is not known.
    pub fn writes(&self) -> &[FrameWrite] {
        &self.writes
    }

    /// Streams: 1, or the number of dies for a stacked part.
    pub fn streams(&self) -> usize {
        usize::from(self.streams)
    }

    /// Word indices of the block-type-2 row map that a `RESET_AFTER_RECONFIG` partial begins with.
    pub fn reset_map(&self) -> Option<Range<usize>> {
        self.reset_map.clone()
    }

    /// FDRI data words, of all sections and streams.
    pub fn fdri_words(&self) -> usize {
        self.fdri_words
    }

    /// Multiple frame writes.
    pub fn multiple_frame_writes(&self) -> usize {
        self.mfwr
    }

    /// `true` for a debug bitstream: it names each frame through the LOUT register.
    pub fn is_debug(&self) -> bool {
        self.lout > 1
    }

    /// `true` when the data or a part of it is encrypted; nothing is then known of its frames.
    pub fn is_encrypted(&self) -> bool {
        self.encrypted
    }

    /// `true` when frames are written by multiple frame writes, or the header says so.
    pub fn is_compressed(&self) -> bool {
        self.mfwr > 0 || self.header.as_ref().is_some_and(Header::compressed)
    }

    /// Full, partial or clearing; `None` when neither header nor commands tell.
    ///
    /// By the header's `CLEAR` and `PARTIAL`; without them by the commands: SWITCH is met in full bitstreams alone, AGHIGH without
    /// GRESTORE in clearing ones; and else by whether every frame of the die is written.
    pub fn kind(&self) -> Option<Kind> {
        let has = |c| self.sections.iter().any(|s| s.commands.contains(&c));
        match &self.header {
            Some(h) if h.clear() => Some(Kind::Clear),
            Some(h) if h.partial() => Some(Kind::Partial),
            _ if self.encrypted => None,
            _ if has(Command::SWITCH) => Some(Kind::Full),
            _ if has(Command::AGHIGH) && !has(Command::GRESTORE) => Some(Kind::Clear),
            _ if has(Command::WCFG) && self.die().is_some() => {
                Some(if self.covers_die() { Kind::Full } else { Kind::Partial })
            }
            _ => None,
        }
    }

    /// `true` when every frame of the die is written.
    pub fn covers_die(&self) -> bool {
        self.die().and_then(Die::frame_map).is_some_and(|m| self.written().len() == m.len())
    }

    /// What a reader of a report should know.
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// The set of frames written, block types 0 and 1; empty when there is no frame map.
    pub fn written(&self) -> FrameSet {
        let len = self.die().and_then(Die::frame_map).map_or(0, |m| m.len());
        let mut set = FrameSet::new(len);
        for w in &self.writes {
            set.insert_range(w.first as usize..(w.first + w.count) as usize);
        }
        set
    }

    /// Content of the frames by the first or the last write to each; `None` when there is no frame map.
    pub fn frames(&self, pass: Pass) -> Option<Frames<'a>> {
        Some(Frames::new(self.die()?, self.words, &self.writes, pass))
    }

    pub(super) fn byte(&self, word: usize) -> usize {
        self.base + 4 * word
    }

    pub(super) fn overrun(&self, base: usize, o: Overrun) -> ReadError {
        ReadError::Packet { at: self.byte(base + o.at), declared: o.declared, left: o.left }
    }
}
