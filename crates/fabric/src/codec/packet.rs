// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Configuration packets, one after the other (UG470 "Configuration Packets"; the same on UltraScale and UltraScale+).
//!
//! Words outside a SYNC..DESYNC section are skipped; a file may hold several sections, and the first DESYNC is not the end.
//! Words inside a section that start no packet are handed out as [`Body::Raw`]: debug bitstreams hold raw zero words.

use core::fmt;
use core::ops::Range;

use super::order::{SYNC, Words};

/// A configuration register.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Register(pub u8);

impl Register {
    /// CRC check.
    pub const CRC: Self = Self(0);
    /// Frame address.
    pub const FAR: Self = Self(1);
    /// Frame data in.
    pub const FDRI: Self = Self(2);
    /// Command.
    pub const CMD: Self = Self(4);
    /// Control 0.
    pub const CTL0: Self = Self(5);
    /// Mask for the control registers.
    pub const MASK: Self = Self(6);
    /// Legacy output (debug bitstreams name the frame just written).
    pub const LOUT: Self = Self(8);
    /// Configuration options 0.
    pub const COR0: Self = Self(9);
    /// Multiple frame write.
    pub const MFWR: Self = Self(10);
    /// Initial value of the cipher.
    pub const CBC: Self = Self(11);
    /// Device id.
    pub const IDCODE: Self = Self(12);
    /// Configuration options 1.
    pub const COR1: Self = Self(14);
    /// Warm boot address.
    pub const WBSTAR: Self = Self(16);
    /// Watchdog.
    pub const TIMER: Self = Self(17);
    /// Written with 0 by `write_bitstream`; undocumented.
    pub const UNKNOWN_19: Self = Self(19);
    /// Control 1.
    pub const CTL1: Self = Self(24);
    /// 7 series: length of the encrypted data in words.
    pub const DWC: Self = Self(26);
    /// Data for the next die of a stacked part.
    pub const BOUT: Self = Self(30);
}

/// A value of the command register.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Command(pub u32);

impl Command {
    /// No operation.
    pub const NULL: Self = Self(0);
    /// Write configuration data.
    pub const WCFG: Self = Self(1);
    /// Multiple frame write.
    pub const MFW: Self = Self(2);
    /// Last frame; deasserts the GHIGH signal.
    pub const LFRM: Self = Self(3);
    /// Begin the startup sequence.
    pub const START: Self = Self(5);
    /// Reset the CRC register.
    pub const RCRC: Self = Self(7);
    /// Assert GHIGH.
    pub const AGHIGH: Self = Self(8);
    /// Switch the configuration clock: full bitstreams only.
    pub const SWITCH: Self = Self(9);
    /// Pulse GRESTORE.
    pub const GRESTORE: Self = Self(10);
    /// Begin the shutdown sequence.
    pub const SHUTDOWN: Self = Self(11);
    /// End of a section.
    pub const DESYNC: Self = Self(13);
}

/// A packet, with the index of its header word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet {
    /// Index of the header word within the words read.
    pub at: usize,
    /// What it is.
    pub body: Body,
}

/// The kinds of packets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// The sync word: a section begins.
    Sync,
    /// Consecutive no-operations.
    Nop {
        /// How many.
        count: usize,
    },
    /// A register write, of type 1 or 2.
    Write {
        /// The register.
        register: Register,
        /// Indices of the data words.
        data: Range<usize>,
    },
    /// A register read request.
    Read {
        /// The register.
        register: Register,
        /// Words asked for.
        words: usize,
    },
    /// Consecutive words that start no packet.
    Raw {
        /// Indices of the words.
        data: Range<usize>,
    },
}

/// A packet that claims more words than there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overrun {
    /// Index of the header word.
    pub at: usize,
    /// Words that the packet declares.
    pub declared: usize,
    /// Words that are left.
    pub left: usize,
}

impl fmt::Display for Overrun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the packet at word {} declares {} words, {} are left", self.at, self.declared, self.left)
    }
}

impl std::error::Error for Overrun {}

/// Iterator over the packets of configuration data.
#[derive(Debug, Clone)]
pub struct Packets<'a> {
    words: Words<'a>,
    at: usize,
    synced: bool,
    register: Register,
}

impl<'a> Packets<'a> {
    /// Packets of `words`, the search for a sync word starting at index `at`.
    pub const fn new(words: Words<'a>, at: usize) -> Self {
        Self { words, at, synced: false, register: Register(31) }
    }

    /// Index of the next word to be read.
    pub const fn position(&self) -> usize {
        self.at
    }

    /// Goes on at another word (after data that is not packets).
    pub const fn seek(&mut self, at: usize) {
        self.at = at;
    }

    fn count_while(&self, from: usize, same: impl Fn(u32) -> bool) -> usize {
        self.words.slice(from..self.words.len()).map_or(0, |w| w.iter().take_while(|&x| same(x)).count())
    }

    fn data(&mut self, header: usize, declared: usize) -> Result<Range<usize>, Overrun> {
        let start = header + 1;
        let left = self.words.len() - start;
        if declared > left {
            self.at = self.words.len();
            return Err(Overrun { at: header, declared, left });
        }
        self.at = start + declared;
        Ok(start..start + declared)
    }
}

impl Iterator for Packets<'_> {
    type Item = Result<Packet, Overrun>;

    fn next(&mut self) -> Option<Self::Item> {
        if !self.synced {
            let rest = self.words.slice(self.at..self.words.len())?;
            let Some(skip) = rest.iter().position(|w| w == SYNC) else {
                self.at = self.words.len();
                return None;
            };
            let at = self.at + skip;
            self.at = at + 1;
            self.synced = true;
            return Some(Ok(Packet { at, body: Body::Sync }));
        }
        let at = self.at;
        let header = self.words.get(at)?;
        let is_nop = |w: u32| w >> 27 == 0b0_0100;
        let body = match header >> 29 {
            1 => {
                let register = Register((header >> 13 & 0x1f) as u8);
                let count = (header & 0x7ff) as usize;
                match header >> 27 & 3 {
                    0 => {
                        let count = self.count_while(at, is_nop);
                        self.at = at + count;
                        Body::Nop { count }
                    }
                    1 => {
                        self.register = register;
                        self.at = at + 1;
                        Body::Read { register, words: count }
                    }
                    2 => {
                        self.register = register;
                        let data = match self.data(at, count) {
                            Ok(d) => d,
                            Err(e) => return Some(Err(e)),
                        };
                        if register == Register::CMD
                            && data
                                .clone()
                                .filter_map(|i| self.words.get(i))
                                .any(|w| Command(w & 0x1f) == Command::DESYNC)
                        {
                            self.synced = false;
                        }
                        Body::Write { register, data }
                    }
                    _ => {
                        self.at = at + 1;
                        Body::Raw { data: at..at + 1 }
                    }
                }
            }
            2 => {
                let count = (header & 0x07ff_ffff) as usize;
                match header >> 27 & 3 {
                    1 => {
                        self.at = at + 1;
                        Body::Read { register: self.register, words: count }
                    }
                    2 => match self.data(at, count) {
                        Ok(data) => Body::Write { register: self.register, data },
                        Err(e) => return Some(Err(e)),
                    },
                    _ => {
                        self.at = at + 1;
                        Body::Raw { data: at..at + 1 }
                    }
                }
            }
            _ => {
                let count = self.count_while(at, |w| !matches!(w >> 29, 1 | 2)).max(1);
                self.at = at + count;
                Body::Raw { data: at..at + count }
            }
        };
        Some(Ok(Packet { at, body }))
    }
}

#[cfg(test)]
mod tests {
    use super::super::order::Order;
    use super::*;

    fn bodies(words: &[u32]) -> Vec<Result<Body, Overrun>> {
        let bytes: Vec<u8> = words.iter().flat_map(|w| w.to_be_bytes()).collect();
        Packets::new(Words::new(&bytes, Order::Normal), 0).map(|p| p.map(|p| p.body)).collect()
    }

    #[test]
    fn sections_types_and_raw_words() {
        let w = [
            0xffff_ffff,
            SYNC,
            0x2000_0000,
            0x2000_0000,
            0x3000_8001,
            13,
            0x3000_8001,
            7,
            SYNC,
            0x3000_4000,
            0x5000_0002,
            1,
            2,
            0,
            0,
            0x2800_e001,
            0x3000_8001,
            13,
        ];
        let write = |r, data| Ok(Body::Write { register: Register(r), data });
        assert_eq!(
            bodies(&w),
            [
                Ok(Body::Sync),
                Ok(Body::Nop { count: 2 }),
                write(4, 5..6),
                Ok(Body::Sync),
                write(2, 10..10),
                write(2, 11..13),
                Ok(Body::Raw { data: 13..15 }),
                Ok(Body::Read { register: Register(7), words: 1 }),
                write(4, 17..18),
            ]
        );
    }

    #[test]
    fn a_packet_beyond_the_end_is_an_error_once() {
        let w = [SYNC, 0x5000_0009, 1];
        assert_eq!(bodies(&w), [Ok(Body::Sync), Err(Overrun { at: 1, declared: 9, left: 1 })]);
    }
}
