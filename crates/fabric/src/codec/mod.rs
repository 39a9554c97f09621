// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Reading bitstreams: container, packets, CRC, frame writes; and raw data in other byte orders.
//!
//! [`Bitstream::parse`] does all of it; [`Container`], [`Packets`] and [`Crc`] are its parts. Nothing of the file is copied. Families: 7 series,
//! UltraScale and UltraScale+ in full; Virtex-4 to -6 packets and CRC without frames; Spartan-3/6, Versal PDI and boot images are named, not decoded.
//! Encrypted data is recognised and left alone.
//!
//! # How data words become frame writes
//! - FDRI data goes through a one-frame buffer: a frame is committed to the current address when the next one arrives, and the address
//!   then steps to the next position (frames, then two pads at each row end). The last frame of a burst is therefore dropped: it is a pad.
//! - MFWR commits the buffered frame to the current address, so that after an MFW command the last frame of a burst is data.
//! - WCFG and DESYNC empty the buffer. A FAR write empties it too, unless the burst was one frame long: in per-frame-CRC files the FAR
//!   write follows its FDRI.
//! - Raw zero words of whole frames after FDRI data (debug files) are pads, and count as FDRI data in the CRC.
//! - The last write to a frame wins ([`Pass::Last`](crate::frames::Pass)).
//!
//! # Limits
//! Frames split over two packets are not put together ([`Note::SplitFrame`]). Which die of a stacked part a nested stream belongs to is not known:
//! only the frames of the first stream are kept, and only when all dies of the part are alike. CRC words are compared with the data; one that
//! differs does not make a file unreadable.
//!
//! ```
//! use dfxkit_fabric::codec::{Bitstream, Kind};
//! # use dfxkit_fabric::{device::Device, write::{BitWriter, HeaderFields}};
//! # let device = Device::of_part("xc7z010clg400-1")?;
//! # let fields = HeaderFields::new("top", "7z010clg400", "2024/01/01", "00:00:00", "2024.2");
//! # let file = BitWriter::new(&device)?.header(&fields)?.full(|_, _| ());
//! let bits = Bitstream::parse(&file)?;
//! assert_eq!(bits.header().map(|h| h.design()), Some("top"));
//! assert_eq!((bits.kind(), bits.crc_ok()), (Some(Kind::Full), Some(true)));
//! assert_eq!((bits.fdri_words(), bits.written().len()), (520_352, 5_144));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bin;
mod container;
mod crc;
mod note;
mod order;
mod packet;
mod reader;
mod walk;

pub use bin::{Target, reorder, reorder_in_place};
pub use container::{Container, ContainerError, Header, MAGIC};
pub use crc::Crc;
pub use note::{Note, ReadError};
pub use order::{Order, SYNC, Words};
pub use packet::{Body, Command, Overrun, Packet, Packets, Register};
pub use reader::{Bitstream, CrcCheck, FrameWrite, Kind, Section};
