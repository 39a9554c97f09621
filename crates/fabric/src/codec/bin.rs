// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Raw `.bin` data in the byte order that a target takes.
//!
//! The Zynq-7000 device configuration port wants every word reversed and takes a partial in the wrong order in silence; ZynqMP firmware takes
//! either order. Everything else (ICAP, MCAP, SelectMAP) takes the order of the .bit file.

use super::order::{Order, Words};
use super::reader::Bitstream;
use crate::part::PartName;

/// Who loads a `.bin` file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Target {
    /// `zynq-fpga`, the FPGA manager of Zynq-7000: words reversed.
    Zynq7000,
    /// `zynqmp-fpga`, the FPGA manager of Zynq UltraScale+ and Kria: takes both orders; words reversed, as Bootgen writes them.
    ZynqMp,
    /// Anything else: the order of the .bit file.
    Other,
}

impl Target {
    /// The target that a part is loaded by; [`Target::Other`] for one without a processing system.
    ///
    /// ```
    /// use dfxkit_fabric::codec::{Order, Target};
    /// assert_eq!(Target::of_part("7z020clg400").order(), Order::ByteSwapped);
    /// assert_eq!(Target::of_part("xck26-sfvc784-2LV-c"), Target::ZynqMp);
    /// assert_eq!(Target::of_part("xcku040-ffva1156-2-e").order(), Order::Normal);
    /// ```
    pub fn of_part(part: &str) -> Self {
        let Ok(name) = PartName::parse(part) else { return Self::Other };
        match name.core() {
            c if c.starts_with("7z") => Self::Zynq7000,
            c if c.starts_with("zu") || c == "k24" || c == "k26" => Self::ZynqMp,
            _ => Self::Other,
        }
    }

    /// Byte order of the file.
    pub const fn order(self) -> Order {
        match self {
            Self::Zynq7000 | Self::ZynqMp => Order::ByteSwapped,
            Self::Other => Order::Normal,
        }
    }
}

impl Bitstream<'_> {
    /// The configuration data without header, in a byte order. One allocation, of the size of the data.
    ///
    /// ```
    /// use dfxkit_fabric::codec::{Bitstream, Order};
    /// # let file: Vec<u8> = [0xffu8; 8].into_iter().chain([0xaa, 0x99, 0x55, 0x66]).collect();
    /// let bin = Bitstream::parse(&file)?.to_bin(Order::ByteSwapped);
    /// assert_eq!(bin[8..], [0x66, 0x55, 0x99, 0xaa]);
    /// # Ok::<(), dfxkit_fabric::codec::ReadError>(())
    /// ```
    pub fn to_bin(&self, order: Order) -> Vec<u8> {
        let words = self.words();
        let mut out = vec![0; words.bytes().len()];
        reorder(words, order, &mut out);
        out
    }
}

/// Writes words in a byte order. `out` gets as many whole words as both sides have: a large file can be converted piece by piece.
pub fn reorder(words: Words<'_>, order: Order, out: &mut [u8]) {
    let from = words.bytes();
    let n = from.len().min(out.len()) / 4 * 4;
    let (from, out) = (&from[..n], &mut out[..n]);
    if words.order() == order {
        out.copy_from_slice(from);
        return;
    }
    let pairs = out.as_chunks_mut::<4>().0.iter_mut().zip(from.as_chunks::<4>().0);
    match (words.order(), order) {
        (Order::Normal, Order::ByteSwapped) | (Order::ByteSwapped, Order::Normal) => {
            pairs.for_each(|(o, &i)| *o = u32::from_ne_bytes(i).swap_bytes().to_ne_bytes());
        }
        (from, to) => pairs.for_each(|(o, &i)| *o = to.encode(from.decode(i))),
    }
}
