// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The error-correcting code inside a 7-series frame (UG470: word 50, low 13 bits).
//!
//! A Hamming code: every bit of the frame has a number, bits 0 to 11 of the code are the sum of the numbers of all set bits, and bit 12 is
//! the parity of all set bits and of the code. Numbers start at 0x320 and leave out the two words around the powers of two 0x400 and 0x800.
//! Checked on all frames of block type 0 of four public full bitstreams (xc7z010, xc7z020 twice, xc7a50t): only two frames of one CMT column in use
//! carry another code. Block RAM content (block type 1) is not protected by it. The codes of UltraScale and UltraScale+ are not known here.

/// Word of a 7-series frame that holds the code, in its low 13 bits.
pub const WORD: usize = 50;
/// Bits of that word that are the code.
pub const BITS: u32 = 0x1fff;

/// The code of a 7-series frame of 101 words; what stands in its place is not looked at.
pub fn series7(frame: &[u32]) -> u32 {
    let (mut sum, mut ones) = (0u32, 0u32);
    for (i, &word) in frame.iter().enumerate() {
        let mut bits = if i == WORD { word & !BITS } else { word };
        let skipped = u32::from(i >= 7) + u32::from(i >= 38);
        let number = 0x320 + 32 * (i as u32 + skipped);
        ones += bits.count_ones();
        while bits != 0 {
            sum ^= number + bits.trailing_zeros();
            bits &= bits - 1;
        }
    }
    let low = sum & 0xfff;
    low | (((ones + low.count_ones()) % 2) << 12)
}
