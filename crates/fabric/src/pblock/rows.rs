// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! A set of CLB rows of one column, as bits: what Pblock geometry is computed with.

/// Words of the set: 704 rows, more than the 660 of the tallest die.
const WORDS: usize = 11;

/// CLB rows of one column, counted from the bottom of the die.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Rows([u64; WORDS]);

impl Rows {
    /// Rows that fit.
    pub(crate) const CAPACITY: u32 = 64 * WORDS as u32;

    pub(crate) fn range(from: u32, to: u32) -> Self {
        let mut r = Self::default();
        r.insert(from, to);
        r
    }

    /// Add the rows `from..=to`; rows beyond the capacity are ignored.
    pub(crate) fn insert(&mut self, from: u32, to: u32) {
        let to = to.min(Self::CAPACITY - 1);
        if from > to {
            return;
        }
        let (a, b) = ((from / 64) as usize, (to / 64) as usize);
        for (i, word) in self.0.iter_mut().enumerate().take(b + 1).skip(a) {
            let low = if i == a { u64::MAX << (from % 64) } else { u64::MAX };
            let high = if i == b { u64::MAX >> (63 - to % 64) } else { u64::MAX };
            *word |= low & high;
        }
    }

    pub(crate) fn and(self, o: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] & o.0[i]))
    }

    pub(crate) fn or(self, o: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] | o.0[i]))
    }

    pub(crate) fn minus(self, o: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] & !o.0[i]))
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0.iter().all(|&w| w == 0)
    }

    pub(crate) fn count(self) -> u32 {
        self.0.iter().map(|w| w.count_ones()).sum()
    }

    #[cfg(test)]
    pub(crate) fn has(self, row: u32) -> bool {
        row < Self::CAPACITY && self.0[(row / 64) as usize] >> (row % 64) & 1 == 1
    }

    /// Is any row of `from..=to` in the set?
    pub(crate) fn any_in(self, from: u32, to: u32) -> bool {
        !self.and(Self::range(from, to)).is_empty()
    }

    /// The tiles of `height` rows (aligned from row 0) that are in the set with every row.
    pub(crate) fn whole_tiles(self, height: u32) -> Self {
        if height == 1 {
            return self;
        }
        let mut out = Self::default();
        for (from, to) in self.runs() {
            let (a, b) = (from.div_ceil(height), (to + 1) / height);
            if a < b {
                out.insert(a * height, b * height - 1);
            }
        }
        out
    }

    /// Maximal runs of rows, lowest first, both ends included.
    pub(crate) fn runs(self) -> impl Iterator<Item = (u32, u32)> {
        let mut next = 0;
        std::iter::from_fn(move || {
            let from = self.next(next, true)?;
            let to = self.next(from, false).unwrap_or(Self::CAPACITY) - 1;
            next = to + 1;
            Some((from, to))
        })
    }

    pub(crate) fn first(self) -> Option<u32> {
        self.next(0, true)
    }

    pub(crate) fn last(self) -> Option<u32> {
        let i = self.0.iter().rposition(|&w| w != 0)?;
        Some(64 * i as u32 + 63 - self.0[i].leading_zeros())
    }

    /// The first row at or after `from` that is in the set (`true`) or not in it (`false`).
    fn next(self, from: u32, wanted: bool) -> Option<u32> {
        let mut i = (from / 64) as usize;
        let mut mask = u64::MAX << (from % 64);
        while i < WORDS {
            let word = if wanted { self.0[i] } else { !self.0[i] } & mask;
            if word != 0 {
                return Some(64 * i as u32 + word.trailing_zeros());
            }
            mask = u64::MAX;
            i += 1;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::Rows;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn agrees_with_a_set(spans in proptest::collection::vec((0_u32..700, 0_u32..90), 0..6), h in 1_u32..16) {
            let mut rows = Rows::default();
            let mut set = std::collections::BTreeSet::new();
            for (a, n) in spans {
                rows.insert(a, a + n);
                set.extend((a..=a + n).filter(|&r| r < Rows::CAPACITY));
            }
            prop_assert_eq!(rows.count() as usize, set.len());
            prop_assert_eq!((rows.first(), rows.last()), (set.first().copied(), set.last().copied()));
            let from_runs: Vec<u32> = rows.runs().flat_map(|(a, b)| a..=b).collect();
            prop_assert_eq!(from_runs, set.iter().copied().collect::<Vec<_>>());
            let tiles = rows.whole_tiles(h);
            for r in 0..Rows::CAPACITY {
                let t = r / h * h;
                prop_assert_eq!(tiles.has(r), (t..t + h).all(|q| set.contains(&q)), "row {}", r);
            }
        }
    }
}
