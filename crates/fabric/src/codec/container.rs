// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a file is, and where its configuration data lies: the .bit header, raw .bin data, and the things that are
//! often found under those names and are neither (git-LFS pointers, text, gzip and zip files, boot images).
//!
//! Header: a fixed 13-byte preamble, then fields of a one-letter key: `a` design and attributes, `b` part, `c` date, `d` time (each with
//! a 16-bit length and a NUL at its end), `e` the data with a 32-bit length. Read by key, in any order; the data is not word aligned in the file.

use core::fmt;

use super::order::{Order, SYNC};

/// The preamble of a .bit file.
pub const MAGIC: [u8; 13] = [0x00, 0x09, 0x0f, 0xf0, 0x0f, 0xf0, 0x0f, 0xf0, 0x0f, 0xf0, 0x00, 0x00, 0x01];

/// How far into the data a sync word is looked for. Measured: 48 or 80 bytes; custom `.bin` files may pad more.
const SYNC_WITHIN: usize = 64 * 1024;

/// The header of a .bit file. Strings are borrowed; bytes that are no UTF-8 end a string early.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Header<'a> {
    /// Field `a` whole: `top;UserID=0XFFFFFFFF;PARTIAL=TRUE;Version=2024.2`.
    pub design_field: &'a str,
    /// Field `b`: `7z020clg400`, `xck26-sfvc784-2LV-c`.
    pub part: &'a str,
    /// Field `c`: `2024/11/15`.
    pub date: &'a str,
    /// Field `d`: `00:26:02`.
    pub time: &'a str,
}

impl<'a> Header<'a> {
    /// The design's name: field `a` up to the first `;`.
    pub fn design(&self) -> &'a str {
        self.design_field.split(';').next().unwrap_or("")
    }

    /// The attributes of field `a` as key and value, in file order.
    pub fn attributes(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        self.design_field
            .split(';')
            .skip(1)
            .filter(|s| !s.is_empty())
            .map(|s| s.split_once('=').unwrap_or((s, "")))
    }

    /// An attribute by key; case of the key does not matter.
    pub fn attribute(&self, key: &str) -> Option<&'a str> {
        self.attributes().find(|(k, _)| k.eq_ignore_ascii_case(key)).map(|(_, v)| v)
    }

    fn flag(&self, key: &str) -> bool {
        self.attribute(key).is_some_and(|v| v.eq_ignore_ascii_case("TRUE"))
    }

    /// `PARTIAL=TRUE`. Old partial bitstreams lack it.
    pub fn partial(&self) -> bool {
        self.flag("PARTIAL")
    }

    /// `CLEAR=TRUE`: a clearing bitstream.
    pub fn clear(&self) -> bool {
        self.flag("CLEAR")
    }

    /// `COMPRESS=TRUE`.
    pub fn compressed(&self) -> bool {
        self.flag("COMPRESS")
    }

    /// `UserID`, as written: `0XFFFFFFFF`.
    pub fn user_id(&self) -> Option<&'a str> {
        self.attribute("UserID")
    }

    /// `Version`: the Vivado release, as written (`2020.2.2`, `2021.1_AR76780`).
    pub fn version(&self) -> Option<&'a str> {
        self.attribute("Version")
    }
}

/// A file opened: header if there is one, and the configuration data.
#[derive(Debug, Clone)]
pub struct Container<'a> {
    /// The .bit header; `None` for a raw .bin file.
    pub header: Option<Header<'a>>,
    /// Configuration data, dummy words before the sync word included.
    pub data: &'a [u8],
    /// Byte offset of `data` in the file.
    pub data_offset: usize,
    /// Byte order of the data.
    pub order: Order,
    /// Byte offset of the first sync word within `data`.
    pub sync_offset: usize,
    /// Bytes of the file after the declared data.
    pub trailing: usize,
}

/// Why a file is no bitstream that can be read here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContainerError {
    /// The file is empty.
    Empty,
    /// A git-LFS pointer: the bitstream itself was not fetched.
    LfsPointer {
        /// Size of the real file in bytes, as the pointer says.
        size: Option<u64>,
    },
    /// A text file.
    Text {
        /// Its first line, shortened.
        first_line: String,
    },
    /// A gzip file.
    Gzip,
    /// A zip file.
    Zip,
    /// A Versal PDI or a boot image (`BOOT.BIN`).
    BootImage,
    /// The .bit header ends early or has an unknown field.
    Header {
        /// Byte offset in the file.
        at: usize,
        /// What was expected there.
        expected: &'static str,
    },
    /// The file is shorter than its header says.
    Truncated {
        /// Bytes of data that the header declares.
        declared: usize,
        /// Bytes of data that the file holds.
        present: usize,
    },
    /// A family with 16-bit packets (Spartan-3, Spartan-6) or older: named, not decoded.
    OldFamily {
        /// The header's part field.
        part: String,
    },
    /// No sync word in any known byte order.
    NoSync {
        /// Bytes of data searched.
        searched: usize,
    },
}

impl fmt::Display for ContainerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the file is empty; expected a .bit or .bin file"),
            Self::LfsPointer { size: Some(size) } => {
                write!(
                    f,
                    "this is a git-LFS pointer to a file of {size} bytes, not the file; run `git lfs pull`"
                )
            }
            Self::LfsPointer { size: None } => {
                f.write_str("this is a git-LFS pointer, not the file; run `git lfs pull`")
            }
            Self::Text { first_line } => write!(f, "this is a text file ({first_line:?}), not a bitstream"),
            Self::Gzip => f.write_str("this is a gzip file; unpack it first"),
            Self::Zip => f.write_str("this is a zip file; unpack it first"),
            Self::BootImage => f.write_str(
                "this is a boot image or Versal PDI; only .bit and .bin configuration data is decoded",
            ),
            Self::Header { at, expected } => {
                write!(f, "the .bit header is damaged at byte {at}: expected {expected}")
            }
            Self::Truncated { declared, present } => write!(
                f,
                "the file is cut short: its header declares {declared} bytes of data, {present} are there; copy it again"
            ),
            Self::OldFamily { part } => {
                write!(
                    f,
                    "part `{part}` is of a family with 16-bit configuration packets; such files are named, not decoded"
                )
            }
            Self::NoSync { searched } => {
                write!(
                    f,
                    "no sync word (AA995566 in any byte order) in {searched} bytes; this is no configuration data"
                )
            }
        }
    }
}

impl std::error::Error for ContainerError {}

impl<'a> Container<'a> {
    /// Finds header and data, and the byte order of the data.
    pub fn open(file: &'a [u8]) -> Result<Self, ContainerError> {
        if file.is_empty() {
            return Err(ContainerError::Empty);
        }
        if file.starts_with(&MAGIC) {
            let (header, data_offset, declared) = header(file)?;
            let rest = &file[data_offset..];
            if is_old(header.part) {
                return Err(ContainerError::OldFamily { part: header.part.to_owned() });
            }
            let Some(data) = rest.get(..declared) else {
                return Err(ContainerError::Truncated { declared, present: rest.len() });
            };
            let (sync_offset, order) =
                find_sync(data).ok_or(ContainerError::NoSync { searched: data.len() })?;
            let trailing = rest.len() - declared;
            return Ok(Self { header: Some(header), data, data_offset, order, sync_offset, trailing });
        }
        if let Some(e) = something_else(file) {
            return Err(e);
        }
        let (sync_offset, order) = find_sync(file)
            .ok_or_else(|| text(file).unwrap_or(ContainerError::NoSync { searched: file.len() }))?;
        Ok(Self { header: None, data: file, data_offset: 0, order, sync_offset, trailing: 0 })
    }
}

/// Spartan-3, Spartan-6 and their predecessors. Virtex-4 to -6 have the packets of their successors; Versal parts (`2ve3858-...`)
/// are written with a dash.
fn is_old(part: &str) -> bool {
    let part = part.to_ascii_lowercase();
    ["2s", "3s", "6s"].iter().any(|p| part.starts_with(p)) || part.starts_with("2v") && !part.contains('-')
}

fn header(file: &[u8]) -> Result<(Header<'_>, usize, usize), ContainerError> {
    let mut header = Header::default();
    let mut at = MAGIC.len();
    loop {
        let short = |expected| ContainerError::Header { at, expected };
        let key = *file.get(at).ok_or_else(|| short("a field key"))?;
        if key == b'e' {
            let len = file.get(at + 1..at + 5).ok_or_else(|| short("a 32-bit data length"))?;
            let len = u32::from_be_bytes([len[0], len[1], len[2], len[3]]) as usize;
            return Ok((header, at + 5, len));
        }
        let len = file.get(at + 1..at + 3).ok_or_else(|| short("a 16-bit field length"))?;
        let len = usize::from(u16::from_be_bytes([len[0], len[1]]));
        let field = file.get(at + 3..at + 3 + len).ok_or_else(|| short("a field within the file"))?;
        match key {
            b'a' => header.design_field = string(field),
            b'b' => header.part = string(field),
            b'c' => header.date = string(field),
            b'd' => header.time = string(field),
            _ => return Err(short("a field key a to e")),
        }
        at += 3 + len;
    }
}

/// Text up to the first NUL, as far as it is UTF-8.
fn string(field: &[u8]) -> &str {
    let field = field.split(|&b| b == 0).next().unwrap_or(&[]);
    match core::str::from_utf8(field) {
        Ok(s) => s,
        Err(e) => core::str::from_utf8(&field[..e.valid_up_to()]).unwrap_or(""),
    }
}

fn find_sync(data: &[u8]) -> Option<(usize, Order)> {
    let head = &data[..data.len().min(SYNC_WITHIN)];
    let (at, four) = head.windows(4).enumerate().find(|(_, w)| Order::ALL.iter().any(|o| o.sync() == **w))?;
    let order = Order::ALL.into_iter().find(|o| o.decode([four[0], four[1], four[2], four[3]]) == SYNC)?;
    Some((at, order))
}

fn something_else(file: &[u8]) -> Option<ContainerError> {
    if file.starts_with(b"version https://git-lfs.github.com/spec/") {
        let text = String::from_utf8_lossy(&file[..file.len().min(1024)]);
        let size = text.lines().find_map(|l| l.strip_prefix("size ")).and_then(|s| s.trim().parse().ok());
        return Some(ContainerError::LfsPointer { size });
    }
    if file.starts_with(&[0x1f, 0x8b]) {
        return Some(ContainerError::Gzip);
    }
    if file.starts_with(b"PK\x03\x04") {
        return Some(ContainerError::Zip);
    }
    // Both kinds of boot header hold the letters XLNX, as a little-endian word, near the start.
    if file[..file.len().min(64)].windows(4).any(|w| w == b"XNLX") {
        return Some(ContainerError::BootImage);
    }
    None
}

/// `Some` when the start of the file is printable text.
fn text(file: &[u8]) -> Option<ContainerError> {
    let head = &file[..file.len().min(256)];
    let printable = |b: &u8| matches!(b, b'\t' | b'\n' | b'\r' | 0x20..=0x7e);
    head.iter().all(printable).then(|| {
        let line = String::from_utf8_lossy(head).lines().next().unwrap_or("").chars().take(60).collect();
        ContainerError::Text { first_line: line }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(fields: &[(u8, &[u8])], data: &[u8]) -> Vec<u8> {
        let mut f = MAGIC.to_vec();
        for (k, v) in fields {
            f.push(*k);
            f.extend((v.len() as u16).to_be_bytes());
            f.extend(*v);
        }
        f.push(b'e');
        f.extend((data.len() as u32).to_be_bytes());
        f.extend(data);
        f
    }

    const DATA: [u8; 12] = [0xff, 0xff, 0xff, 0xff, 0xaa, 0x99, 0x55, 0x66, 0x20, 0, 0, 0];

    #[test]
    fn fields_in_any_order() {
        let f = file(
            &[
                (b'd', b"10:00:00\0"),
                (b'b', b"7z020clg400\0"),
                (b'a', b"top;UserID=0XFFFFFFFF;PARTIAL=TRUE;Version=2020.2\0"),
            ],
            &DATA,
        );
        let c = Container::open(&f).unwrap();
        let h = c.header.unwrap();
        assert_eq!((h.design(), h.part, h.date, h.time), ("top", "7z020clg400", "", "10:00:00"));
        assert_eq!((h.partial(), h.clear(), h.compressed()), (true, false, false));
        assert_eq!((h.user_id(), h.version()), (Some("0XFFFFFFFF"), Some("2020.2")));
        assert_eq!((c.sync_offset, c.order, c.trailing), (4, Order::Normal, 0));
    }

    #[test]
    fn damaged_headers_are_named() {
        let f = file(&[(b'b', b"7z020clg400\0")], &DATA);
        for n in 0..f.len() {
            let e = Container::open(&f[..n]).unwrap_err();
            if n > MAGIC.len() {
                assert!(
                    matches!(e, ContainerError::Header { .. } | ContainerError::Truncated { .. }),
                    "{n}: {e:?}"
                );
            }
        }
        let odd = file(&[(b'x', b"y")], &DATA);
        assert_eq!(
            Container::open(&odd).unwrap_err(),
            ContainerError::Header { at: 13, expected: "a field key a to e" }
        );
    }

    #[test]
    fn what_is_not_a_bitstream_is_named() {
        for (bytes, want) in [
            (b"".as_slice(), ContainerError::Empty),
            (
                b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 4045678\n",
                ContainerError::LfsPointer { size: Some(4_045_678) },
            ),
            (b"\x1f\x8b\x08\0", ContainerError::Gzip),
            (b"PK\x03\x04abc", ContainerError::Zip),
            (b"Placeholder\nfile", ContainerError::Text { first_line: "Placeholder".into() }),
            (&[0u8; 40], ContainerError::NoSync { searched: 40 }),
        ] {
            assert_eq!(Container::open(bytes).unwrap_err(), want);
        }
        let old = file(&[(b'b', b"6slx9cpg196\0")], &DATA);
        assert_eq!(
            Container::open(&old).unwrap_err(),
            ContainerError::OldFamily { part: "6slx9cpg196".into() }
        );
    }
}
