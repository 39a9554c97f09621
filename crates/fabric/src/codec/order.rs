// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Words of configuration data in whatever byte order the file keeps them.
//!
//! The data of a .bit file is not word aligned, so words are read byte by byte and nothing is copied.

use core::ops::Range;

/// The word that starts configuration, as the device sees it (UG470, UG570).
pub const SYNC: u32 = 0xaa99_5566;

/// How a file stores a 32-bit configuration word. Told by the bytes of the sync word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Order {
    /// Most significant byte first (`AA 99 55 66`): .bit files, `write_bitstream -bin_file`.
    Normal,
    /// Bytes of each word reversed (`66 55 99 AA`): what the Zynq-7000 device configuration port takes; Bootgen output.
    ByteSwapped,
    /// Bits of each word reversed (`66 AA 99 55`): `write_cfgmem -interface SMAPx32` without `-disablebitswap`.
    BitReversed,
    /// Bits of each byte reversed, bytes in place (`55 99 AA 66`): `write_cfgmem` for narrower SelectMAP ports.
    BitReversedBytes,
}

impl Order {
    /// All orders.
    pub const ALL: [Self; 4] = [Self::Normal, Self::ByteSwapped, Self::BitReversed, Self::BitReversedBytes];

    /// The bytes of the sync word in this order.
    pub const fn sync(self) -> [u8; 4] {
        self.encode(SYNC)
    }

    /// Word from file bytes.
    #[inline]
    pub const fn decode(self, bytes: [u8; 4]) -> u32 {
        match self {
            Self::Normal => u32::from_be_bytes(bytes),
            Self::ByteSwapped => u32::from_le_bytes(bytes),
            Self::BitReversed => u32::from_be_bytes(bytes).reverse_bits(),
            Self::BitReversedBytes => u32::from_le_bytes(bytes).reverse_bits(),
        }
    }

    /// File bytes of a word.
    #[inline]
    pub const fn encode(self, word: u32) -> [u8; 4] {
        match self {
            Self::Normal => word.to_be_bytes(),
            Self::ByteSwapped => word.to_le_bytes(),
            Self::BitReversed => word.reverse_bits().to_be_bytes(),
            Self::BitReversedBytes => word.reverse_bits().to_le_bytes(),
        }
    }

    /// Name for machines.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::ByteSwapped => "byte-swapped",
            Self::BitReversed => "bit-reversed",
            Self::BitReversedBytes => "bit-reversed-bytes",
        }
    }
}

/// A run of configuration words inside a file: borrowed bytes and their order.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    bytes: &'a [u8],
    order: Order,
}

impl<'a> Words<'a> {
    /// Words of `bytes`; up to three bytes after the last whole word are left out.
    pub const fn new(bytes: &'a [u8], order: Order) -> Self {
        let (bytes, _) = bytes.split_at(bytes.len() / 4 * 4);
        Self { bytes, order }
    }

    /// Number of words.
    pub const fn len(&self) -> usize {
        self.bytes.len() / 4
    }

    /// `true` when there is no word.
    pub const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The word at an index.
    #[inline]
    pub fn get(&self, index: usize) -> Option<u32> {
        let at = index.checked_mul(4)?;
        let four = self.bytes.get(at..at + 4)?;
        Some(self.order.decode([four[0], four[1], four[2], four[3]]))
    }

    /// A part of the run; `None` when the range is not within it.
    pub fn slice(&self, range: Range<usize>) -> Option<Self> {
        let bytes = self.bytes.get(range.start.checked_mul(4)?..range.end.checked_mul(4)?)?;
        Some(Self { bytes, order: self.order })
    }

    /// The words one after the other.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = u32> + DoubleEndedIterator + use<'a> {
        let order = self.order;
        self.bytes.as_chunks::<4>().0.iter().map(move |&b| order.decode(b))
    }

    /// The bytes as they stand in the file.
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Order of the bytes.
    pub const fn order(&self) -> Order {
        self.order
    }

    /// Copies the words out, as the device sees them. Copies as many as both sides have.
    pub fn copy_to(&self, out: &mut [u32]) {
        let four = self.bytes.as_chunks::<4>().0;
        match self.order {
            // One loop an order, so that each becomes a vector shuffle.
            Order::Normal => out.iter_mut().zip(four).for_each(|(o, &b)| *o = u32::from_be_bytes(b)),
            Order::ByteSwapped => out.iter_mut().zip(four).for_each(|(o, &b)| *o = u32::from_le_bytes(b)),
            order => out.iter_mut().zip(four).for_each(|(o, &b)| *o = order.decode(b)),
        }
    }

    /// `true` when both runs hold the same words, whatever their byte orders.
    pub fn same(&self, other: &Words<'_>) -> bool {
        if self.order == other.order {
            return self.bytes == other.bytes;
        }
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sync_words() {
        assert_eq!(Order::Normal.sync(), [0xaa, 0x99, 0x55, 0x66]);
        assert_eq!(Order::ByteSwapped.sync(), [0x66, 0x55, 0x99, 0xaa]);
        assert_eq!(Order::BitReversed.sync(), [0x66, 0xaa, 0x99, 0x55]);
        assert_eq!(Order::BitReversedBytes.sync(), [0x55, 0x99, 0xaa, 0x66]);
    }

    #[test]
    fn every_order_reads_what_it_writes() {
        for order in Order::ALL {
            let words = [0x0123_4567, SYNC, 0x8000_0001];
            let bytes: Vec<u8> = words.iter().flat_map(|&w| order.encode(w)).collect();
            let view = Words::new(&bytes, order);
            assert_eq!(view.iter().collect::<Vec<_>>(), words);
            assert_eq!((view.get(1), view.get(3)), (Some(SYNC), None));
            let mut out = [0; 3];
            view.copy_to(&mut out);
            assert_eq!(out, words);
            assert!(view.slice(1..4).is_none());
        }
    }
}
