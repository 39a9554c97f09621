// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Why a bitstream cannot be read, and what is odd about one that can.

use core::fmt;

use super::container::ContainerError;
use crate::device::NoDevice;

/// Why a bitstream cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadError {
    /// The file is no bitstream.
    Container(ContainerError),
    /// A packet claims more words than the file has: it is cut short or damaged.
    Packet {
        /// Byte offset of the packet's header word in the file.
        at: usize,
        /// Words that the packet declares.
        declared: usize,
        /// Words that are left.
        left: usize,
    },
    /// Streams nested deeper than any device stacks dies.
    Nesting {
        /// Byte offset of the innermost BOUT packet.
        at: usize,
    },
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Container(e) => e.fmt(f),
            Self::Packet { at, declared, left } => write!(
                f,
                "the packet at byte {at} declares {declared} words, {left} are left: the file is cut short or damaged; copy it again"
            ),
            Self::Nesting { at } => {
                write!(f, "streams are nested deeper than any device at byte {at}: the file is damaged")
            }
        }
    }
}

impl std::error::Error for ReadError {}

impl From<ContainerError> for ReadError {
    fn from(e: ContainerError) -> Self {
        Self::Container(e)
    }
}

/// Something about a bitstream that a reader of a report should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// No frame map: frames were not looked at.
    NoFrameMap(NoDevice),
    /// The die is known, but not the frames of all its columns.
    IncompleteMap {
        /// Die.
        die: &'static str,
    },
    /// A stacked part whose dies differ: frames were not looked at.
    DiesDiffer,
    /// The header names a part of one die, the data has the IDCODE of no part of that die.
    IdcodeDiffers {
        /// The header's part.
        part: String,
        /// IDCODE of that part.
        expected: u32,
        /// IDCODE in the file.
        found: u32,
    },
    /// Frame data for addresses that the device does not have.
    UnknownFrames {
        /// Address register value of the first.
        far: u32,
        /// Frames.
        count: usize,
    },
    /// FDRI data that is no whole number of frames; the rest was left out.
    SplitFrame {
        /// Byte offset in the file.
        at: usize,
        /// Words left over.
        words: usize,
    },
    /// Words in a section that start no packet.
    RawWords {
        /// Byte offset of the first.
        at: usize,
        /// How many.
        count: usize,
    },
    /// Bytes after the data that the header declares.
    TrailingBytes {
        /// How many.
        count: usize,
    },
    /// A section without DESYNC at its end.
    NoDesync,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoFrameMap(e) => e.fmt(f),
            Self::IncompleteMap { die } => {
                write!(f, "the frames of some columns of {die} are not public; frames were not looked at")
            }
            Self::DiesDiffer => f.write_str("a stacked part whose dies differ; frames were not looked at"),
            Self::IdcodeDiffers { part, expected, found } => {
                write!(f, "the header names {part} (IDCODE {expected:08x}), the data has IDCODE {found:08x}")
            }
            Self::UnknownFrames { far, count } => {
                write!(
                    f,
                    "{count} frames are written to addresses that the device does not have, the first at {far:08x}"
                )
            }
            Self::SplitFrame { at, words } => {
                write!(f, "frame data at byte {at} is no whole number of frames: {words} words left over")
            }
            Self::RawWords { at, count } => write!(f, "{count} words from byte {at} on start no packet"),
            Self::TrailingBytes { count } => write!(f, "{count} bytes follow the declared data"),
            Self::NoDesync => f.write_str("the last section has no DESYNC"),
        }
    }
}
