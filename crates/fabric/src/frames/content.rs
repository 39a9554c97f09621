// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a bitstream writes into each frame, without copying; and comparison of frames.

use super::set::FrameSet;
use crate::codec::{FrameWrite, Words};
use crate::device::Die;
use crate::family::Family;

/// Which write to a frame counts when a file writes it more than once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pass {
    /// The first: in a two-pass `RESET_AFTER_RECONFIG` partial the static routes alone.
    First,
    /// The last: what the device holds afterwards.
    Last,
}

/// Content of the frames that a file writes: for each frame index the words of the file.
#[derive(Debug, Clone)]
pub struct Frames<'a> {
    die: &'static Die,
    words: Words<'a>,
    /// Word index of a frame's data plus one; 0 for a frame not written.
    at: Vec<u32>,
}

impl<'a> Frames<'a> {
    pub(crate) fn new(die: &'static Die, words: Words<'a>, writes: &[FrameWrite], pass: Pass) -> Self {
        let size = die.words_per_frame() as u32;
        let mut at = vec![0u32; die.frame_map().map_or(0, |m| m.len())];
        for w in writes {
            for (n, slot) in (0u32..).zip(at.iter_mut().skip(w.first as usize).take(w.count as usize)) {
                if *slot == 0 || pass == Pass::Last {
                    // MFWR repeats one frame; a burst steps through its data.
                    *slot = w.word + n * size + 1;
                }
            }
        }
        Self { die, words, at }
    }

    /// Die that the frame indices belong to.
    pub fn die(&self) -> &'static Die {
        self.die
    }

    /// The words of a frame; `None` when it is not written.
    pub fn get(&self, index: usize) -> Option<Words<'a>> {
        let at = (*self.at.get(index)? as usize).checked_sub(1)?;
        self.words.slice(at..at + self.die.words_per_frame())
    }

    /// `true` when the frame is written.
    pub fn contains(&self, index: usize) -> bool {
        self.at.get(index).is_some_and(|&a| a != 0)
    }

    /// The set of frames written.
    pub fn set(&self) -> FrameSet {
        let mut set = FrameSet::new(self.at.len());
        (0..self.at.len()).filter(|&i| self.at[i] != 0).for_each(|i| set.insert(i));
        set
    }
}

/// Bits of a frame that a comparison leaves out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mask {
    /// None: every bit counts.
    Exact,
    /// The error-correcting code of the frame. 7 series: the low 13 bits of word 50 (UG470). Where the code lies in an UltraScale or UltraScale+
    /// frame is not known here, so nothing is left out there.
    Ecc,
    /// The whole word that carries the code (7 series: word 50, which also holds the clock row's bits); nothing elsewhere.
    EccWord,
}

impl Mask {
    /// Word index and the bits that are left out, for a family.
    pub const fn hidden(self, family: Family) -> Option<(usize, u32)> {
        match (self, family) {
            (Self::Ecc, Family::Series7) => Some((50, 0x1fff)),
            (Self::EccWord, Family::Series7) => Some((50, u32::MAX)),
            _ => None,
        }
    }

    /// `true` when two frames hold the same bits where this mask looks.
    pub fn same(self, family: Family, a: Words<'_>, b: Words<'_>) -> bool {
        if a.same(&b) {
            return true;
        }
        let Some((word, bits)) = self.hidden(family) else { return false };
        a.len() == b.len()
            && a.iter().zip(b.iter()).enumerate().all(|(i, (x, y))| {
                let hidden = if i == word { bits } else { 0 };
                (x ^ y) & !hidden == 0
            })
    }
}

/// A frame in which two contents differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Difference {
    /// Frame index.
    pub index: usize,
    /// The first word that differs.
    pub word: usize,
    /// That word on the left, and on the right.
    pub values: (u32, u32),
}

/// The frames of `among` in which two contents differ. A frame that only one of them holds is no difference: look at the sets
/// first.
pub fn differences<'x>(
    left: &'x Frames<'_>,
    right: &'x Frames<'_>,
    among: &'x FrameSet,
    mask: Mask,
) -> impl Iterator<Item = Difference> + 'x {
    let family = left.die.family();
    among.iter().filter_map(move |index| difference(index, left.get(index)?, right.get(index)?, family, mask))
}

/// The first difference of two frames; `None` when they agree under the mask.
pub(crate) fn difference(
    index: usize,
    a: Words<'_>,
    b: Words<'_>,
    family: Family,
    mask: Mask,
) -> Option<Difference> {
    if mask.same(family, a, b) {
        return None;
    }
    let hidden = mask.hidden(family);
    let (word, values) = a.iter().zip(b.iter()).enumerate().find(|&(i, (x, y))| {
        let hide = hidden.filter(|h| h.0 == i).map_or(0, |h| h.1);
        (x ^ y) & !hide != 0
    })?;
    Some(Difference { index, word, values })
}
