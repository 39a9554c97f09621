// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Bitstreams of a kit, each read again before it goes in.

use camino::Utf8Path;
use dfxkit_fabric::codec::{Bitstream, Kind, Note, Order};
use dfxkit_fabric::frames::FrameSet;
use dfxkit_fabric::same_part;

use super::error::KitError;
use crate::artifacts::Artifact;
use crate::hash;

/// What a bitstream turned out to be.
#[derive(Debug, Clone)]
pub(super) struct Image {
    /// The file.
    pub(super) bytes: Vec<u8>,
    /// SHA-256 of the configuration data, without the header and its date.
    pub(super) payload: String,
    /// First IDCODE that it writes.
    pub(super) idcode: Option<u32>,
    /// Frames that it writes; none when the device's frame map is not known or the data is encrypted.
    pub(super) frames: Option<FrameSet>,
    /// Frame address runs of [`Image::frames`] in the device's order, for the manifest.
    pub(super) die: Option<&'static dfxkit_fabric::device::Die>,
}

/// Reads an artifact and makes sure that it is still what was judged, of the kind and for the part that is said.
pub(super) fn read(artifact: &Artifact, kind: Kind, part: &str, simulated: bool) -> Result<Image, KitError> {
    let path = &artifact.path;
    let bytes = fs_err::read(path)?;
    let actual = hash::sha256(&bytes);
    if actual != artifact.sha256 {
        return Err(KitError::Changed { path: path.clone(), expected: artifact.sha256.clone(), actual });
    }
    let wrong = |what, expected: String, actual: String| KitError::WrongImage {
        path: path.clone(),
        what,
        expected,
        actual,
    };
    let stream = Bitstream::parse_as(&bytes, Some(part))
        .map_err(|e| KitError::Unreadable { path: path.clone(), message: e.to_string() })?;
    if let Some(header) = stream.header()
        && !same_part(header.part, part)
    {
        return Err(wrong("part", part.to_owned(), header.part.to_owned()));
    }
    let marked = stream
        .header()
        .and_then(|h| h.attribute("SIMULATED"))
        .is_some_and(|v| v.eq_ignore_ascii_case("TRUE"));
    if marked && !simulated {
        return Err(wrong(
            "maker",
            "Vivado".to_owned(),
            "the stand-in (the header says SIMULATED)".to_owned(),
        ));
    }
    for note in stream.notes() {
        match note {
            Note::IdcodeDiffers { expected, found, .. } => {
                return Err(wrong("IDCODE", format!("{expected:#010x}"), format!("{found:#010x}")));
            }
            Note::NoDesync | Note::TrailingBytes { .. } => {
                return Err(KitError::Unreadable { path: path.clone(), message: note.to_string() });
            }
            _ => {}
        }
    }
    match stream.kind() {
        Some(found) if found == kind => {}
        // Encrypted full images tell nothing: the header alone speaks, and it denies neither.
        None if stream.is_encrypted() => {}
        found => {
            let name = |k: Kind| format!("{k:?}").to_lowercase();
            return Err(wrong("kind", name(kind), found.map_or_else(|| "not told".to_owned(), name)));
        }
    }
    let die = stream.die().filter(|d| d.frame_map().is_some() && !stream.is_encrypted());
    let image = Image {
        payload: hash::sha256(stream.data()),
        idcode: stream.idcodes().first().copied(),
        frames: die.map(|_| stream.written()),
        die,
        bytes: Vec::new(),
    };
    drop(stream);
    Ok(Image { bytes, ..image })
}

/// The configuration data alone, each word in the byte order that the Linux FPGA managers of Zynq take (reversed).
///
/// The ZynqMP firmware takes both orders, so one form serves both. The result is read back and compared.
pub(super) fn to_bin(path: &Utf8Path, image: &Image) -> Result<Vec<u8>, KitError> {
    let fault = |message: String| KitError::Unreadable { path: path.to_owned(), message };
    let stream = Bitstream::parse(&image.bytes).map_err(|e| fault(e.to_string()))?;
    let bin = stream.to_bin(Order::ByteSwapped);
    let back = Bitstream::parse(&bin).map_err(|e| fault(e.to_string()))?;
    if back.order() != Order::ByteSwapped || !back.words().same(&stream.words()) {
        return Err(fault("the .bin made of it does not read back the same".to_owned()));
    }
    Ok(bin)
}
