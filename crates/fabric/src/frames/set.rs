// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! A set of frames of one die, by frame index.

use core::ops::Range;

/// A set of frame indices of one die. Sets of one die have the same [`capacity`](Self::capacity).
///
/// ```
/// use dfxkit_fabric::frames::FrameSet;
/// let mut a = FrameSet::new(100);
/// a.insert_range(10..20);
/// a.insert(63);
/// assert_eq!((a.len(), a.contains(63), a.contains(64)), (11, true, false));
/// assert_eq!(a.runs().collect::<Vec<_>>(), [10..20, 63..64]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FrameSet {
    bits: Vec<u64>,
    capacity: usize,
}

impl FrameSet {
    /// An empty set of frames below `capacity`.
    pub fn new(capacity: usize) -> Self {
        Self { bits: vec![0; capacity.div_ceil(64)], capacity }
    }

    /// The set of all frames below `capacity`.
    pub fn all(capacity: usize) -> Self {
        let mut s = Self::new(capacity);
        s.insert_range(0..capacity);
        s
    }

    /// Number of frames that the die has.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Adds a frame; one beyond the die is not added.
    pub fn insert(&mut self, index: usize) {
        if index < self.capacity {
            self.bits[index / 64] |= 1 << (index % 64);
        }
    }

    /// Adds frames; those beyond the die are not added.
    pub fn insert_range(&mut self, range: Range<usize>) {
        let (mut at, end) = (range.start, range.end.min(self.capacity));
        while at < end {
            let (word, low) = (at / 64, at % 64);
            let n = (64 - low).min(end - at);
            self.bits[word] |= (u64::MAX >> (64 - n)) << low;
            at += n;
        }
    }

    /// `true` when the frame is in the set.
    pub fn contains(&self, index: usize) -> bool {
        index < self.capacity && self.bits[index / 64] >> (index % 64) & 1 == 1
    }

    /// Number of frames in the set.
    pub fn len(&self) -> usize {
        self.bits.iter().map(|b| b.count_ones() as usize).sum()
    }

    /// `true` when no frame is in the set.
    pub fn is_empty(&self) -> bool {
        self.bits.iter().all(|&b| b == 0)
    }

    /// The frames of both sets.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        self.zip(other, |a, b| a | b)
    }

    /// The frames that are in both sets.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        self.zip(other, |a, b| a & b)
    }

    /// The frames of this set that are not in the other.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        self.zip(other, |a, b| a & !b)
    }

    /// The frames of the die that are not in the set.
    #[must_use]
    pub fn complement(&self) -> Self {
        Self::all(self.capacity).difference(self)
    }

    fn zip(&self, other: &Self, f: impl Fn(u64, u64) -> u64) -> Self {
        let capacity = self.capacity.max(other.capacity);
        let word = |s: &Self, i| s.bits.get(i).copied().unwrap_or(0);
        let bits = (0..capacity.div_ceil(64)).map(|i| f(word(self, i), word(other, i))).collect();
        Self { bits, capacity }
    }

    /// The frame indices, ascending.
    pub fn iter(&self) -> impl Iterator<Item = usize> {
        self.runs().flatten()
    }

    /// Maximal runs of consecutive indices, ascending.
    pub fn runs(&self) -> impl Iterator<Item = Range<usize>> {
        let mut at = 0;
        core::iter::from_fn(move || {
            let start = self.next(at, true)?;
            let end = self.next(start, false).unwrap_or(self.capacity);
            at = end;
            Some(start..end)
        })
    }

    /// The first index from `from` on that is (or is not) in the set.
    fn next(&self, from: usize, member: bool) -> Option<usize> {
        let flip = if member { 0 } else { u64::MAX };
        let mut word = from / 64;
        let mut bits = (self.bits.get(word)? ^ flip) & (u64::MAX << (from % 64));
        while bits == 0 {
            word += 1;
            bits = self.bits.get(word)? ^ flip;
        }
        let index = word * 64 + bits.trailing_zeros() as usize;
        (index < self.capacity).then_some(index)
    }
}

impl FromIterator<usize> for FrameSet {
    /// A set just large enough for the largest index.
    fn from_iter<T: IntoIterator<Item = usize>>(iter: T) -> Self {
        let all: Vec<usize> = iter.into_iter().collect();
        let mut s = Self::new(all.iter().max().map_or(0, |m| m + 1));
        for i in all {
            s.insert(i);
        }
        s
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(s: &FrameSet) -> Vec<(usize, usize)> {
        s.runs().map(|r| (r.start, r.end)).collect()
    }

    #[test]
    fn set_algebra_and_runs() {
        let mut a = FrameSet::new(200);
        a.insert_range(60..130);
        let mut b = FrameSet::new(200);
        b.insert_range(100..300);
        assert_eq!((a.len(), b.len()), (70, 100));
        assert_eq!(spans(&a.union(&b)), [(60, 200)]);
        assert_eq!(spans(&a.intersection(&b)), [(100, 130)]);
        assert_eq!(a.difference(&b).len(), 40);
        assert_eq!(spans(&a.complement()), [(0, 60), (130, 200)]);
        assert_eq!(FrameSet::new(0).runs().count(), 0);
        assert_eq!(spans(&FrameSet::all(64)), [(0, 64)]);
        assert_eq!(spans(&[3usize, 5, 4].into_iter().collect::<FrameSet>()), [(3, 6)]);
    }
}
