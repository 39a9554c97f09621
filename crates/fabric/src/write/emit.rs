// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Packets as bytes, with the running CRC.

use crate::codec::{Command, Crc, Order, Register, SYNC, Words};

/// No-operation word.
const NOP: u32 = 0x2000_0000;
/// Longest type-1 packet.
const TYPE_1: usize = 0x7ff;

/// Configuration data being written, in normal byte order.
#[derive(Debug, Default)]
pub(super) struct Emit {
    out: Vec<u8>,
    crc: Crc,
}

impl Emit {
    fn word(&mut self, word: u32) {
        self.out.extend(word.to_be_bytes());
    }

    /// Dummy words, bus width detection, sync word.
    pub(super) fn sync(&mut self, dummies: usize) {
        (0..dummies).for_each(|_| self.word(u32::MAX));
        for w in [0x0000_00bb, 0x1122_0044, u32::MAX, u32::MAX, SYNC] {
            self.word(w);
        }
    }

    pub(super) fn nops(&mut self, count: usize) {
        (0..count).for_each(|_| self.word(NOP));
    }

    fn header(register: Register, count: usize) -> u32 {
        0x3000_0000 | u32::from(register.0) << 13 | count as u32
    }

    /// A one-word register write.
    pub(super) fn write(&mut self, register: Register, value: u32) {
        self.word(Self::header(register, 1));
        self.word(value);
        self.crc.update(register.0, value);
    }

    pub(super) fn command(&mut self, command: Command) {
        self.write(Register::CMD, command.0);
        if command == Command::RCRC {
            self.crc = Crc::new();
        }
    }

    /// The CRC of everything so far.
    pub(super) fn crc(&mut self) {
        self.word(Self::header(Register::CRC, 1));
        self.word(self.crc.value());
        self.crc = Crc::new();
    }

    /// Header of a write of many words: type 1 when it fits, else an empty type 1 and a type 2.
    pub(super) fn data_header(&mut self, register: Register, words: usize) {
        if words <= TYPE_1 {
            self.word(Self::header(register, words));
        } else {
            self.long_header(register, words);
        }
    }

    /// An empty type 1 and a type 2, whatever the length: what 7-series partials have.
    pub(super) fn long_header(&mut self, register: Register, words: usize) {
        self.word(Self::header(register, 0));
        self.word(0x5000_0000 | words as u32);
    }

    /// Data words after a header.
    pub(super) fn data(&mut self, register: Register, words: &[u32]) {
        let start = self.out.len();
        self.out.extend(words.iter().flat_map(|w| w.to_be_bytes()));
        self.crc.update_run(register.0, Words::new(&self.out[start..], Order::Normal));
    }

    /// Zero data words after a header.
    pub(super) fn zeros(&mut self, register: Register, words: usize) {
        let start = self.out.len();
        self.out.resize(start + 4 * words, 0);
        self.crc.update_run(register.0, Words::new(&self.out[start..], Order::Normal));
    }

    /// The data in a byte order.
    pub(super) fn into_data(mut self, order: Order) -> Vec<u8> {
        if order != Order::Normal {
            for four in self.out.as_chunks_mut::<4>().0 {
                *four = order.encode(u32::from_be_bytes(*four));
            }
        }
        self.out
    }
}
