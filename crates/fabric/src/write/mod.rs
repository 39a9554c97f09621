// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Writing bitstreams: full, compressed, partial, two-pass `RESET_AFTER_RECONFIG` partial and clearing.
//!
//! What is written has the packets, sizes and CRC of what `write_bitstream` writes for the same frames (sections, register values and lengths
//! measured on files of Vivado 2017.2 to 2025.1), so that reading it gives the same frames and every CRC agrees. It is meant for stand-ins and
//! tests: register values are those of a default design (no SPI width, no start-up options), and no meaning is given to frame content. Not known:
//! the sequence of a UltraScale(+) full bitstream of a stacked part, and what Vivado puts into the small sections of an UltraScale+ partial
//! beyond what [`BitWriter::partial`] says.
//!
//! ```
//! use dfxkit_fabric::codec::Bitstream;
//! use dfxkit_fabric::device::Device;
//! use dfxkit_fabric::frames::Pass;
//! use dfxkit_fabric::write::{BitWriter, HeaderFields};
//!
//! let device = Device::of_part("xc7z010clg400-1")?;
//! let fields = HeaderFields::new("top", "7z010clg400", "2024/01/01", "00:00:00", "2024.2");
//! let file = BitWriter::new(&device)?.header(&fields)?.full(|address, words| words[0] = address.minor.into());
//! let read = Bitstream::parse(&file)?;
//! assert_eq!((read.crc_ok(), read.covers_die()), (Some(true), true));
//! assert_eq!(read.frames(Pass::Last).and_then(|f| f.get(7)?.get(0)), Some(7));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod compress;
mod emit;
mod partial;

use core::fmt;

use crate::codec::{Command, MAGIC, Order, Register};
use crate::device::{Device, Die, FrameAddress, FrameMap};
use crate::family::Family;
use emit::Emit;

/// Why nothing can be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WriteError {
    /// A stacked part: the nesting of its streams is not modelled for writing.
    Stacked {
        /// Device.
        device: String,
    },
    /// The frames of the die are not all known.
    NoFrameMap {
        /// Die.
        die: &'static str,
    },
    /// The IDCODE of the device is not known: give one with [`BitWriter::with_idcode`].
    NoIdcode {
        /// Device.
        device: String,
    },
    /// A header field that cannot be stored: too long (65,534 bytes), or with a NUL in it, or with a `;` in a value.
    Field {
        /// Name of the field.
        field: &'static str,
    },
    /// This kind of file does not exist in the family.
    Family {
        /// What was asked for.
        what: &'static str,
        /// The device's family.
        family: Family,
    },
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stacked { device } => {
                write!(f, "{device} is a stacked part; bitstreams are written for single dies")
            }
            Self::NoFrameMap { die } => write!(f, "the frames of some columns of {die} are not public"),
            Self::NoIdcode { device } => write!(f, "the IDCODE of {device} is not known; give one"),
            Self::Field { field } => write!(f, "header field {field} is too long or holds a NUL or `;`"),
            Self::Family { what, family } => write!(f, "there is no {what} on {family}"),
        }
    }
}

impl std::error::Error for WriteError {}

/// What the header of a .bit file says. `PARTIAL`, `CLEAR` and `COMPRESS` are added by the kind of file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderFields {
    /// Name of the top module.
    pub design: String,
    /// Part as the header writes it: [`PartName::header_form`](crate::PartName::header_form).
    pub part: String,
    /// `YYYY/MM/DD`.
    pub date: String,
    /// `HH:MM:SS`.
    pub time: String,
    /// `UserID`; Vivado's default is `0XFFFFFFFF`.
    pub user_id: String,
    /// `Version`: the tool's release.
    pub version: String,
    /// Attributes after `Version`, for instance a mark that a stand-in made the file.
    pub extra: Vec<(String, String)>,
}

impl HeaderFields {
    /// Fields with the default `UserID` and no extra attribute.
    pub fn new(design: &str, part: &str, date: &str, time: &str, version: &str) -> Self {
        Self {
            design: design.to_owned(),
            part: part.to_owned(),
            date: date.to_owned(),
            time: time.to_owned(),
            user_id: "0XFFFFFFFF".to_owned(),
            version: version.to_owned(),
            extra: Vec::new(),
        }
    }

    fn check(&self) -> Result<(), WriteError> {
        let values = [
            ("design", &self.design),
            ("part", &self.part),
            ("date", &self.date),
            ("time", &self.time),
            ("user_id", &self.user_id),
            ("version", &self.version),
        ];
        let extra = self.extra.iter().flat_map(|(k, v)| [("extra", k), ("extra", v)]);
        let mut total = 0;
        for (field, v) in values.into_iter().chain(extra) {
            total += v.len() + 12;
            if v.contains('\0') || v.contains(';') || total > 65_000 {
                return Err(WriteError::Field { field });
            }
        }
        Ok(())
    }

    fn bytes(&self, family: Family, marks: Marks) -> Vec<u8> {
        let mut design = self.design.clone();
        let mut add = |key: &str, value: &str| {
            design.push(';');
            design.push_str(key);
            design.push('=');
            design.push_str(value);
        };
        // 7 series writes PARTIAL after UserID, later families before it.
        let first = family != Family::Series7;
        if marks.partial && first {
            add("PARTIAL", "TRUE");
        }
        if marks.compressed {
            add("COMPRESS", "TRUE");
        }
        add("UserID", &self.user_id);
        if marks.partial && !first {
            add("PARTIAL", "TRUE");
        }
        add("Version", &self.version);
        if marks.clear {
            add("CLEAR", "TRUE");
        }
        for (k, v) in &self.extra {
            add(k, v);
        }
        let mut out = MAGIC.to_vec();
        for (key, value) in [(b'a', &design), (b'b', &self.part), (b'c', &self.date), (b'd', &self.time)] {
            out.push(key);
            out.extend((value.len() as u16 + 1).to_be_bytes());
            out.extend(value.as_bytes());
            out.push(0);
        }
        out
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Marks {
    partial: bool,
    clear: bool,
    compressed: bool,
}

/// Writes bitstreams of one device. Frame content comes from a function that fills a zeroed frame: it gets the address and
/// `words_per_frame` words.
#[derive(Debug, Clone)]
pub struct BitWriter {
    die: &'static Die,
    idcode: u32,
    header: Option<HeaderFields>,
    order: Order,
}

impl BitWriter {
    /// A writer of raw data (no header) in normal byte order, with the device's own IDCODE.
    pub fn new(device: &Device) -> Result<Self, WriteError> {
        let name = || device.name().to_owned();
        let idcode = device.idcode().ok_or_else(|| WriteError::NoIdcode { device: name() });
        Self::with_idcode(device, 0).and_then(|w| idcode.map(|idcode| Self { idcode, ..w }))
    }

    /// A writer with an IDCODE of the caller's.
    pub fn with_idcode(device: &Device, idcode: u32) -> Result<Self, WriteError> {
        let die = device.die().ok_or_else(|| WriteError::Stacked { device: device.name().to_owned() })?;
        if die.frame_map().is_none() {
            return Err(WriteError::NoFrameMap { die: die.name() });
        }
        Ok(Self { die, idcode, header: None, order: Order::Normal })
    }

    /// Puts a .bit header in front.
    pub fn header(mut self, fields: &HeaderFields) -> Result<Self, WriteError> {
        fields.check()?;
        self.header = Some(fields.clone());
        Ok(self)
    }

    /// Byte order of the data. A .bit file has [`Order::Normal`].
    #[must_use]
    pub fn order(mut self, order: Order) -> Self {
        self.order = order;
        self
    }

    /// The die whose frames are written.
    pub fn die(&self) -> &'static Die {
        self.die
    }

    /// A full bitstream, uncompressed.
    pub fn full(&self, mut source: impl FnMut(FrameAddress, &mut [u32])) -> Vec<u8> {
        let map = self.map();
        let mut e = self.start();
        self.full_preamble(&mut e, false);
        e.write(Register::FAR, 0);
        e.command(Command::WCFG);
        e.nops(1);
        let size = self.die.words_per_frame();
        e.data_header(Register::FDRI, map.positions() * size);
        let mut frame = vec![0; size];
        let mut position = 0;
        for index in 0..map.len() {
            let at = map.position(index).expect("an index below the map's length");
            e.zeros(Register::FDRI, (at - position) * size);
            frame.fill(0);
            source(map.address(index).expect("an index below the map's length"), &mut frame);
            e.data(Register::FDRI, &frame);
            position = at + 1;
        }
        e.zeros(Register::FDRI, (map.positions() - position) * size);
        self.full_end(&mut e, false);
        self.finish(e, Marks::default())
    }

    fn map(&self) -> &'static FrameMap {
        self.die.frame_map().expect("checked when the writer was made")
    }

    fn family(&self) -> Family {
        self.die.family()
    }

    /// The dummy words, bus width pattern and sync word.
    fn start(&self) -> Emit {
        let mut e = Emit::default();
        self.sync(&mut e);
        e
    }

    fn sync(&self, e: &mut Emit) {
        let dummies = if self.family() == Family::Series7 { 8 } else { 16 };
        e.sync(dummies);
    }

    /// Address that ends a file: beyond every device.
    fn end_address(&self) -> u32 {
        if self.family() == Family::UltraScalePlus { 0x07fc_0000 } else { 0x03be_0000 }
    }

    fn full_preamble(&self, e: &mut Emit, compressed: bool) {
        let series7 = self.family() == Family::Series7;
        e.nops(if series7 { 1 } else { 2 });
        e.write(Register::TIMER, 0);
        e.write(Register::WBSTAR, 0);
        e.command(Command::NULL);
        e.nops(1);
        e.command(Command::RCRC);
        e.nops(2);
        if !series7 {
            e.write(Register::FAR, 0);
        }
        e.write(Register::UNKNOWN_19, 0);
        e.write(Register::COR0, if series7 { 0x0200_3fe5 } else { 0x3800_3fe5 });
        e.write(Register::COR1, if series7 { 0 } else { 0x0040_0000 });
        e.write(Register::IDCODE, self.idcode);
        e.command(Command::SWITCH);
        e.nops(1);
        e.write(Register::MASK, if series7 { 0x401 } else { 0x001 });
        e.write(Register::CTL0, if series7 { 0x501 } else { 0x101 });
        let ctl1 = if compressed { 0x1000 } else { 0 };
        e.write(Register::MASK, ctl1);
        e.write(Register::CTL1, ctl1);
        e.nops(8);
    }

    fn full_end(&self, e: &mut Emit, compressed: bool) {
        let series7 = self.family() == Family::Series7;
        e.crc();
        e.nops(2);
        e.command(Command::GRESTORE);
        e.nops(if series7 { 1 } else { 2 });
        e.command(Command::LFRM);
        if compressed && series7 {
            e.write(Register::MASK, 0x1000);
            e.write(Register::CTL1, 0);
        }
        e.nops(if series7 { 100 } else { 20 });
        if compressed && !series7 {
            e.write(Register::MASK, 0x1000);
            e.write(Register::CTL1, 0);
        }
        e.command(Command::START);
        e.nops(1);
        e.write(Register::FAR, self.end_address());
        let ctl0 = if series7 { 0x501 } else { 0x101 };
        e.write(Register::MASK, ctl0);
        e.write(Register::CTL0, ctl0);
        e.crc();
        e.nops(2);
        e.command(Command::DESYNC);
        e.nops(400);
    }

    /// Header, data length and data.
    fn finish(&self, e: Emit, marks: Marks) -> Vec<u8> {
        let data = e.into_data(self.order);
        let Some(header) = &self.header else { return data };
        let mut out = header.bytes(self.family(), marks);
        out.push(b'e');
        out.extend((data.len() as u32).to_be_bytes());
        out.extend(data);
        out
    }
}
