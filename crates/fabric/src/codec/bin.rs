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
    if let (Order::Normal, Order::ByteSwapped) | (Order::ByteSwapped, Order::Normal) = (words.order(), order)
    {
        swap(from, out);
        return;
    }
    let pairs = out.as_chunks_mut::<4>().0.iter_mut().zip(from.as_chunks::<4>().0);
    pairs.for_each(|(o, &i)| *o = order.encode(words.order().decode(i)));
}

/// Changes the byte order of data where it stands, so that a large file needs no second buffer. Bytes after the last whole word stay.
///
/// ```
/// use dfxkit_fabric::codec::{Order, reorder_in_place};
/// let mut data = [0xaa, 0x99, 0x55, 0x66, 1, 2];
/// reorder_in_place(&mut data, Order::Normal, Order::ByteSwapped);
/// assert_eq!(data, [0x66, 0x55, 0x99, 0xaa, 1, 2]);
/// ```
pub fn reorder_in_place(bytes: &mut [u8], from: Order, to: Order) {
    let words = bytes.as_chunks_mut::<4>().0.iter_mut();
    match (from, to) {
        _ if from == to => {}
        (Order::Normal, Order::ByteSwapped) | (Order::ByteSwapped, Order::Normal) => {
            words.for_each(|b| b.reverse());
        }
        _ => words.for_each(|b| *b = to.encode(from.decode(*b))),
    }
}

/// Reverses the bytes of every word, four words at a time: as 16-bit halves, which baseline x86-64 can shift and shuffle but not byte-reverse
/// as a whole. A fifth faster than `swap_bytes` on words there, the same elsewhere.
fn swap(from: &[u8], out: &mut [u8]) {
    let (fours, rest) = from.as_chunks::<16>();
    let (out, out_rest) = out.as_chunks_mut::<16>();
    for (o, i) in out.iter_mut().zip(fours) {
        let halves: [u16; 8] =
            core::array::from_fn(|k| u16::from_ne_bytes([i[2 * k], i[2 * k + 1]]).swap_bytes());
        for (k, pair) in o.as_chunks_mut::<2>().0.iter_mut().enumerate() {
            *pair = halves[k ^ 1].to_ne_bytes();
        }
    }
    for (o, &i) in out_rest.as_chunks_mut::<4>().0.iter_mut().zip(rest.as_chunks::<4>().0) {
        *o = u32::from_ne_bytes(i).swap_bytes().to_ne_bytes();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_order_into_every_other() {
        let words: Vec<u32> = (0..23u32).map(|i| i.wrapping_mul(0x9e37_79b1)).collect();
        for from in Order::ALL {
            let bytes: Vec<u8> = words.iter().flat_map(|&w| from.encode(w)).collect();
            for to in Order::ALL {
                let mut out = vec![0; bytes.len() + 3];
                reorder(Words::new(&bytes, from), to, &mut out);
                let want: Vec<u8> = words.iter().flat_map(|&w| to.encode(w)).chain([0; 3]).collect();
                assert_eq!(out, want, "{} to {}", from.id(), to.id());
                let mut same = [&bytes[..], &[0; 3]].concat();
                reorder_in_place(&mut same, from, to);
                assert_eq!(same, want, "{} to {} in place", from.id(), to.id());
            }
        }
    }
}
