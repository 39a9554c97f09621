// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Reading bitstreams.

mod container;
mod crc;
mod order;
mod packet;
mod reader;
mod walk;

pub use container::{Container, ContainerError, Header, MAGIC};
pub use crc::Crc;
pub use order::{Order, SYNC, Words};
pub use packet::{Body, Command, Overrun, Packet, Packets, Register};
pub use reader::{Bitstream, CrcCheck, FrameWrite, Kind, Note, ReadError, Section};
