// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The checks before anything is touched. Pure: bytes and tables in, a verdict out.
//!
//! Kernel and device do not make them for partial images: on Zynq-7000 a partial in the wrong byte order or for another
//! part is accepted in silence, and a partial of another static can drive contention (UG909).

use dfxkit_fabric::codec::{Bitstream, Command, Kind, Note, Order, ReadError};

use crate::kit::{Image, ImageKind, Kit, Partition};
use crate::sha256::{Sha256, hex};

/// What was found about an image that passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// Byte order of its data.
    pub order: Order,
    /// Frames that it writes; none: the device's frame map is not known, so the frames were *not* checked.
    pub frames: Option<usize>,
    /// False when the kit has no frame ranges for the partition, or the device has no frame map.
    pub frames_checked: bool,
    /// False when the kit has no IDCODE.
    pub device_checked: bool,
}

/// Why an image is refused.
#[derive(Debug)]
#[non_exhaustive]
pub enum CheckError {
    /// Size differs.
    Size {
        /// From the kit.
        expected: u64,
        /// Actual.
        actual: u64,
    },
    /// Content differs.
    Digest {
        /// From the kit.
        expected: [u8; 32],
        /// Actual.
        actual: [u8; 32],
    },
    /// Made for another static.
    Static {
        /// The kit's.
        expected: [u8; 32],
        /// The image's.
        actual: [u8; 32],
    },
    /// No bitstream, or cut short.
    Unreadable(ReadError),
    /// Bytes behind the data, or no end of configuration.
    Ragged(String),
    /// Another kind than asked for.
    Kind {
        /// Asked for.
        expected: ImageKind,
        /// What header and commands say.
        actual: String,
    },
    /// For another device.
    Device {
        /// The kit's IDCODE.
        expected: u32,
        /// The image's; none: it writes none.
        actual: Option<u32>,
    },
    /// Encrypted: nothing about it can be checked.
    Encrypted,
    /// It writes frames outside its partition.
    Frames {
        /// Partition.
        partition: &'static str,
        /// First such frame address.
        first: u32,
        /// How many.
        outside: usize,
    },
    /// It writes no frame at all.
    Empty,
    /// A check sum in it is not that of its content. The device would stop at it too, with half an image loaded.
    Crc,
}

impl std::fmt::Display for CheckError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Size { expected, actual } => write!(f, "it has {actual} bytes, expected {expected}"),
            Self::Digest { expected, actual } => {
                write!(f, "it was changed: SHA-256 expected {}, actual {}", hex(expected), hex(actual))
            }
            Self::Static { expected, actual } => {
                write!(f, "it belongs to another static: expected {}, actual {}", hex(expected), hex(actual))
            }
            Self::Unreadable(e) => write!(f, "it is no readable bitstream: {e}"),
            Self::Ragged(why) => write!(f, "it is not whole: {why}"),
            Self::Kind { expected, actual } => write!(f, "expected a {expected} image, actual: {actual}"),
            Self::Device { expected, actual: Some(actual) } => write!(
                f,
                "it is for another device: IDCODE expected {expected:#010x}, actual {actual:#010x} (revision not compared)"
            ),
            Self::Device { expected, actual: None } => {
                write!(f, "it names no device: expected IDCODE {expected:#010x}")
            }
            Self::Encrypted => f.write_str("it is encrypted, so nothing about it can be checked"),
            Self::Frames { partition, first, outside } => {
                write!(f, "it writes {outside} frames outside partition {partition}, first {first:#010x}")
            }
            Self::Empty => f.write_str("it writes no frame"),
            Self::Crc => f.write_str(
                "a check sum in it does not fit its content: it was damaged before the kit was made",
            ),
        }
    }
}

impl std::error::Error for CheckError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unreadable(e) => Some(e),
            _ => None,
        }
    }
}

/// Mask that leaves the revision out of an IDCODE.
const IDCODE_MASK: u32 = 0x0fff_ffff;

/// Checks `bytes` against what the kit says of `image`. `partition` is none for a full image.
///
/// # Errors
/// [`CheckError`], the first rule that is broken.
pub fn check(
    kit: &Kit,
    partition: Option<&Partition>,
    image: &Image,
    bytes: &[u8],
) -> Result<Checked, CheckError> {
    if bytes.len() as u64 != image.size {
        return Err(CheckError::Size { expected: image.size, actual: bytes.len() as u64 });
    }
    let actual = Sha256::digest(bytes);
    if actual != image.sha256 {
        return Err(CheckError::Digest { expected: image.sha256, actual });
    }
    if image.static_id != kit.static_id {
        return Err(CheckError::Static { expected: kit.static_id, actual: image.static_id });
    }
    let stream = Bitstream::parse_as(bytes, Some(kit.part)).map_err(CheckError::Unreadable)?;
    if stream.is_encrypted() {
        return Err(CheckError::Encrypted);
    }
    if !stream.data().len().is_multiple_of(4) {
        // The drivers refuse it (or pad it with what they find): zynq-fpga takes whole words only.
        let odd = stream.data().len();
        return Err(CheckError::Ragged(format!("its data have {odd} bytes, expected a multiple of 4")));
    }
    for note in stream.notes() {
        if matches!(
            note,
            Note::NoDesync
                | Note::TrailingBytes { .. }
                | Note::SplitFrame { .. }
                | Note::UnknownFrames { .. }
        ) {
            return Err(CheckError::Ragged(note.to_string()));
        }
    }
    if stream.crc_ok() == Some(false) {
        return Err(CheckError::Crc);
    }
    check_kind(&stream, image.kind)?;
    let device_checked = check_device(kit, &stream)?;
    let frames_checked = match partition {
        Some(partition) if image.kind != ImageKind::Full => check_frames(partition, &stream)?,
        _ => false,
    };
    let frames = stream.die().and_then(|d| d.frame_map()).map(|_| stream.written().len());
    if frames == Some(0) && image.kind != ImageKind::Clear {
        return Err(CheckError::Empty);
    }
    Ok(Checked { order: stream.order(), frames, frames_checked, device_checked })
}

/// Header and commands must say the same kind, and it must be the one asked for.
fn check_kind(stream: &Bitstream<'_>, expected: ImageKind) -> Result<(), CheckError> {
    let refuse = |actual: &str| Err(CheckError::Kind { expected, actual: actual.to_owned() });
    let found = match stream.kind() {
        Some(Kind::Full) => ImageKind::Full,
        Some(Kind::Partial) => ImageKind::Partial,
        Some(Kind::Clear) => ImageKind::Clear,
        None => return refuse("neither header nor commands tell"),
    };
    if found != expected {
        return refuse(&format!("a {found} image"));
    }
    let switches = stream.sections().iter().any(|s| s.commands.contains(&Command::SWITCH));
    if switches != (expected == ImageKind::Full) {
        return refuse(if switches {
            "its commands are those of a full image, whatever its header says"
        } else {
            "its commands are not those of a full image"
        });
    }
    Ok(())
}

fn check_device(kit: &Kit, stream: &Bitstream<'_>) -> Result<bool, CheckError> {
    let Some(expected) = kit.idcode else { return Ok(false) };
    let Some(first) = stream.idcodes().first() else {
        return Err(CheckError::Device { expected, actual: None });
    };
    if first & IDCODE_MASK == expected & IDCODE_MASK {
        Ok(true)
    } else {
        Err(CheckError::Device { expected, actual: Some(*first) })
    }
}

fn check_frames(partition: &Partition, stream: &Bitstream<'_>) -> Result<bool, CheckError> {
    let Some((die, map)) = stream.die().and_then(|d| d.frame_map().map(|m| (d, m))) else { return Ok(false) };
    if partition.frames.is_empty() {
        return Ok(false);
    }
    let mut outside = 0;
    let mut first = 0;
    for index in stream.written().iter() {
        let far = map.address(index).and_then(|a| die.encode(a));
        let inside = far.is_some_and(|far| partition.frames.iter().any(|(a, b)| (*a..=*b).contains(&far)));
        if !inside {
            if outside == 0 {
                first = far.unwrap_or(u32::MAX);
            }
            outside += 1;
        }
    }
    if outside > 0 {
        return Err(CheckError::Frames { partition: partition.name, first, outside });
    }
    Ok(true)
}
