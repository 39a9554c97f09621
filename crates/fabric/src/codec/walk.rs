// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Walks the packets of a stream and plays the configuration logic: address register, frame buffer, CRC. See [`super::reader`].

use core::ops::Range;

use super::crc::Crc;
use super::note::{Note, ReadError};
use super::order::Words;
use super::packet::{Body, Command, Packets, Register};
use super::reader::{Bitstream, CrcCheck, FrameWrite, Section};
use crate::device::{BlockType, Die, FrameMap};
use crate::family::Family;

/// Dies are stacked four high at most.
const MAX_NESTING: u16 = 8;

/// The first IDCODE written, without looking into frame data.
pub(super) fn first_idcode(words: Words<'_>, sync: usize) -> Option<u32> {
    Packets::new(words, sync).map_while(Result::ok).find_map(|p| match p.body {
        Body::Write { register: Register::IDCODE, data } => {
            words.get(data.start).filter(|_| !data.is_empty())
        }
        _ => None,
    })
}

/// Reads all streams of a file.
pub(super) fn walk(b: &mut Bitstream<'_>, sync: usize) -> Result<(), ReadError> {
    let die = b.die();
    if die.is_none()
        && let Some(device) = b.device()
    {
        let first = device.slrs()[0];
        b.notes.push(if first.frame_map().is_none() {
            Note::IncompleteMap { die: first.name() }
        } else {
            Note::DiesDiffer
        });
    }
    let (words, family) = (b.words, b.family);
    let mut stream = Stream::new(b, words, 0, 0, die, family);
    stream.run(sync)
}

/// The address register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// A position of the frame map.
    Position(usize),
    /// The row map, block type 2.
    ResetMap,
    /// An address that the device does not have.
    Unknown(u32),
}

/// The frame buffer: word index (in the file) of a frame that is not committed yet.
#[derive(Debug, Clone, Copy)]
struct Held {
    word: usize,
    /// A FAR write does not empty the buffer: the burst was one frame long, or a multiple frame write is under way.
    keep: bool,
    /// A multiple frame write has used it.
    written: bool,
}

struct Stream<'b, 'a> {
    b: &'b mut Bitstream<'a>,
    words: Words<'a>,
    /// Word index of this stream's word 0 in the file's words.
    base: usize,
    depth: u16,
    die: Option<&'static Die>,
    map: Option<&'static FrameMap>,
    frame: Option<usize>,
    crc: Crc,
    /// The CRC is of a known kind and no encrypted data came between.
    crc_known: bool,
    at: At,
    held: Option<Held>,
}

impl<'b, 'a> Stream<'b, 'a> {
    fn new(
        b: &'b mut Bitstream<'a>,
        words: Words<'a>,
        base: usize,
        depth: u16,
        die: Option<&'static Die>,
        family: Option<Family>,
    ) -> Self {
        let frame = die.map(Die::words_per_frame).or(family.and_then(Family::words_per_frame));
        let map = die.and_then(Die::frame_map);
        Self {
            b,
            words,
            base,
            depth,
            die,
            map,
            frame,
            crc: Crc::new(),
            crc_known: true,
            at: At::Unknown(0),
            held: None,
        }
    }

    fn run(&mut self, sync: usize) -> Result<(), ReadError> {
        let mut packets = Packets::new(self.words, sync);
        while let Some(packet) = packets.next() {
            let packet = match packet {
                Ok(p) => p,
                // What follows encrypted data need not be packets.
                Err(_) if self.b.encrypted => break,
                Err(o) => return Err(self.b.overrun(self.base, o)),
            };
            match packet.body {
                Body::Sync => {
                    self.held = None;
                    let at = self.base + packet.at;
                    self.b.sections.push(Section { at, stream: self.depth, ..Section::default() });
                }
                Body::Nop { .. } | Body::Read { .. } => {}
                Body::Raw { data } => self.raw(data),
                Body::Write { register, data } => {
                    let next = self.write(register, data)?;
                    if let Some(next) = next {
                        packets.seek(next);
                    }
                }
            }
        }
        Ok(())
    }

    /// A register write. `Some` word index to go on at when what follows is not packets.
    fn write(&mut self, register: Register, data: Range<usize>) -> Result<Option<usize>, ReadError> {
        let Some(value) = self.words.get(data.start).filter(|_| !data.is_empty()) else { return Ok(None) };
        let words = self.words.slice(data.clone()).expect("a packet's data lies within the words");
        if self.crc_known && !matches!(register, Register::CRC | Register::LOUT | Register::BOUT) {
            if words.len() == 1 {
                self.crc.update(register.0, value);
            } else {
                self.crc.update_run(register.0, words);
            }
        }
        match register {
            Register::CRC => self.check_crc(data.start, value),
            Register::CMD => words.iter().for_each(|w| self.command(Command(w & 0x1f))),
            Register::FAR => {
                self.held = self.held.filter(|h| h.keep);
                self.set_address(value);
            }
            Register::FDRI => self.frame_data(data),
            Register::MFWR => self.multiple(),
            // A device stacks a few dies; a file with more values than that is not worth remembering.
            Register::IDCODE if self.b.idcodes.len() < 16 && !self.b.idcodes.contains(&value) => {
                self.b.idcodes.push(value);
            }
            Register::LOUT => self.b.lout += 1,
            Register::CBC if words.len() >= 4 => {
                self.b.encrypted = true;
                self.crc_known = false;
                // 7 series goes on with the length in DWC; elsewhere the rest of the file is opaque.
                if self.b.family.is_some_and(|f| f != Family::Series7) {
                    return Ok(Some(self.words.len()));
                }
            }
            Register::DWC if self.b.encrypted => {
                return Ok(Some(data.end.saturating_add(value as usize).min(self.words.len())));
            }
            Register::BOUT => self.nested(data)?,
            _ => {}
        }
        Ok(None)
    }

    fn check_crc(&mut self, at: usize, stored: u32) {
        if self.crc_known {
            let at = self.b.byte(self.base + at);
            self.b.crc.push(CrcCheck { at, stored, computed: self.crc.value() });
            self.crc = Crc::new();
        }
    }

    fn command(&mut self, command: Command) {
        match command {
            Command::RCRC => self.crc = Crc::new(),
            Command::WCFG => self.held = None,
            Command::MFW => {
                if let Some(held) = &mut self.held {
                    held.keep = true;
                }
            }
            _ => {}
        }
        if let Some(s) = self.b.sections.last_mut() {
            if !s.commands.contains(&command) {
                s.commands.push(command);
            }
            if command == Command::DESYNC {
                s.closed = true;
                self.held = None;
            }
        }
    }

    fn set_address(&mut self, far: u32) {
        self.at = match self.die.and_then(|d| d.decode(far)) {
            Some(a) if a.block == BlockType::ResetMap => At::ResetMap,
            Some(a) => self.map.and_then(|m| m.position_of(a)).map_or(At::Unknown(far), At::Position),
            None => At::Unknown(far),
        };
    }

    fn frame_data(&mut self, data: Range<usize>) {
        self.b.fdri_words += data.len();
        if let Some(s) = self.b.sections.last_mut() {
            s.fdri_words += data.len();
        }
        if self.at == At::ResetMap {
            self.b.reset_map.get_or_insert(self.base + data.start..self.base + data.end);
            return;
        }
        let Some(frame) = self.frame else { return };
        let (count, rest) = (data.len() / frame, data.len() % frame);
        if rest != 0 {
            let at = self.b.byte(self.base + data.start);
            self.b.notes.push(Note::SplitFrame { at, words: rest });
        }
        self.frames_in(self.base + data.start, count);
    }

    /// `count` frames arrive, their data from word `word` on.
    fn frames_in(&mut self, word: usize, count: usize) {
        let Some(frame) = self.frame.filter(|_| count > 0) else { return };
        if let Some(held) = self.held.take()
            && !held.written
        {
            self.commit(held.word, 1, false);
            self.step(1);
        }
        self.commit(word, count - 1, false);
        self.step(count - 1);
        self.held = Some(Held { word: word + (count - 1) * frame, keep: count == 1, written: false });
    }

    fn multiple(&mut self) {
        self.b.mfwr += 1;
        if let Some(held) = &mut self.held {
            let word = held.word;
            held.written = true;
            self.commit(word, 1, true);
        }
    }

    /// Writes frames at the current address.
    fn commit(&mut self, word: usize, count: usize, multiple: bool) {
        if count == 0 {
            return;
        }
        match (self.at, self.map, self.frame) {
            (At::Position(position), Some(map), Some(frame)) if self.depth == 0 => {
                let section = (self.b.sections.len().max(1) - 1) as u16;
                for (run, skipped) in map.runs(position, count) {
                    self.b.writes.push(FrameWrite {
                        first: run.start as u32,
                        count: run.len() as u32,
                        word: (word + skipped * frame) as u32,
                        section,
                        multiple,
                    });
                }
                let beyond = (position + count).saturating_sub(map.positions().max(position));
                if beyond > 0 {
                    self.unknown(0, beyond);
                }
            }
            (At::Unknown(far), Some(_), _) if self.depth == 0 => self.unknown(far, count),
            _ => {}
        }
    }

    fn unknown(&mut self, address: u32, frames: usize) {
        for note in &mut self.b.notes {
            if let Note::UnknownFrames { count, .. } = note {
                *count += frames;
                return;
            }
        }
        self.b.notes.push(Note::UnknownFrames { far: address, count: frames });
    }

    fn step(&mut self, count: usize) {
        if let At::Position(p) = &mut self.at {
            *p = p.saturating_add(count);
        }
    }

    /// Words that start no packet: pads of a debug file, or something to be told.
    fn raw(&mut self, data: Range<usize>) {
        let words = self.words.slice(data.clone()).expect("raw words lie within the words");
        if let Some(frame) = self.frame
            && self.held.is_some()
            && words.bytes().iter().all(|&b| b == 0)
            && data.len().is_multiple_of(frame)
        {
            // They count as frame data in the CRC, too: with them both CRC words of a debug file agree.
            self.crc.update_run(Register::FDRI.0, words);
            self.frames_in(self.base + data.start, data.len() / frame);
            return;
        }
        if !self.b.encrypted {
            let at = self.b.byte(self.base + data.start);
            for note in &mut self.b.notes {
                if let Note::RawWords { count, .. } = note {
                    *count += data.len();
                    return;
                }
            }
            self.b.notes.push(Note::RawWords { at, count: data.len() });
        }
    }

    /// A stream for another die, as one packet's data.
    fn nested(&mut self, data: Range<usize>) -> Result<(), ReadError> {
        if self.depth + 1 >= MAX_NESTING {
            return Err(ReadError::Nesting { at: self.b.byte(self.base + data.start) });
        }
        let words = self.words.slice(data.clone()).expect("a packet's data lies within the words");
        self.b.streams = self.b.streams.max(self.depth + 2);
        let (die, family) = (self.die, self.b.family);
        Stream::new(self.b, words, self.base + data.start, self.depth + 1, die, family).run(0)
    }
}
