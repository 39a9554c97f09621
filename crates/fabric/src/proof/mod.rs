// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! What can be proven from bitstreams alone, without Vivado.
//!
//! [`prove`] takes the full bitstream of a parent, that of a child, and the child's partials, one a partition:
//! - `inputs`: the files are what they are given for, of one device, and their CRC words agree;
//! - `disjoint`: no frame is written by two partials;
//! - `footprint`: each partial stays inside the frames of its Pblock (only when the caller gives them);
//! - `static`: parent and child differ in no frame outside the partitions;
//! - `content`: the parent with a partial applied equals the child in every frame of that partial;
//! - `fingerprint`: the static routes through the partition, which a two-pass 7-series partial carries in its first pass, are those of the parent.
//!
//! [`match_static`] says with one full and one partial bitstream whether the partial belongs to that static.
//!
//! A check is *proven* when its evidence is in the files and holds, *refused* when it does not hold, *unknown* when the evidence is not there.
//! Nothing passes by default: an empty comparison is unknown. Not looked at: whether the partial's logic drives the partition's
//! pins as the static expects them (Vivado's `pr_verify` does), encrypted files, clearing bitstreams, and stacked parts.
//!
//! Source of the laws: public files, 13 of 13 pairs for `static`, 26 of 26 for `content`, 271 pairs for `fingerprint`, with 3,014 pairs of different
//! statics told apart.

mod fingerprint;
mod inputs;
mod prove;

use core::fmt;

pub use fingerprint::{MIN_BITS, Match, MatchVerdict, STATIC_MINORS, match_static};
pub use prove::{Input, Partial, prove};

use crate::device::{ColumnKind, Die, FrameAddress};
use crate::frames::Difference;

/// How many differences a check keeps.
pub const KEPT: usize = 16;

/// Answer of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// The evidence is in the files and holds.
    Proven,
    /// The evidence is not in the files.
    Unknown,
    /// The evidence is in the files and does not hold.
    Refused,
}

impl Verdict {
    /// Name for machines: `proven`, `unknown`, `refused`.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Proven => "proven",
            Self::Unknown => "unknown",
            Self::Refused => "refused",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// A frame that a check found to be wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrameDifference {
    /// Where.
    pub address: FrameAddress,
    /// Its address register value.
    pub far: u32,
    /// What the column holds there.
    pub column: Option<ColumnKind>,
    /// Clock region, as far as it is known: `X0Y2` on 7 series, `Y2` elsewhere.
    pub clock_region: Option<String>,
    /// First word that differs, with what was expected and what was found; `None` when the frame as such is wrong (written where
    /// it must not be).
    pub word: Option<(usize, u32, u32)>,
}

impl FrameDifference {
    fn new(die: &Die, index: usize, word: Option<(usize, u32, u32)>) -> Option<Self> {
        let address = die.frame_map()?.address(index)?;
        let column = die.fabric_column(address)?;
        Some(Self {
            address,
            far: die.encode(address)?,
            column: die.kind_at(u32::from(address.row), column),
            clock_region: die.clock_region(u32::from(address.row), column),
            word,
        })
    }

    fn of(die: &Die, d: Difference) -> Option<Self> {
        Self::new(die, d.index, Some((d.word, d.values.0, d.values.1)))
    }
}

impl fmt::Display for FrameDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (FAR {:08x}", self.address, self.far)?;
        if let Some(c) = self.column {
            write!(f, ", {c}")?;
        }
        if let Some(r) = &self.clock_region {
            write!(f, ", clock region {r}")?;
        }
        f.write_str(")")?;
        if let Some((word, expected, found)) = self.word {
            write!(f, " word {word}: expected {expected:08x}, found {found:08x}")?;
        }
        Ok(())
    }
}

/// One check of a proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// `inputs`, `disjoint`, `footprint`, `static`, `content`, `fingerprint`.
    pub name: &'static str,
    /// The file that the check is about, when it is about one: the name given with it.
    pub subject: Option<String>,
    /// Answer.
    pub verdict: Verdict,
    /// Whether the proof as a whole needs it. A fingerprint that is not in the files is no gap: `static` and `content` say more.
    pub required: bool,
    /// Frames compared.
    pub compared: usize,
    /// Frames that differ.
    pub differing: usize,
    /// One sentence.
    pub detail: String,
    /// The first [`KEPT`] of them.
    pub first: Vec<FrameDifference>,
}

/// Answer of [`prove`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// Refused when any check is; else unknown when a required one is; else proven.
    pub verdict: Verdict,
    /// The checks, those that could be made.
    pub checks: Vec<Check>,
}

impl Proof {
    fn of(checks: Vec<Check>) -> Self {
        let refused = checks.iter().any(|c| c.verdict == Verdict::Refused);
        let gap = checks.iter().any(|c| c.required && c.verdict == Verdict::Unknown);
        // Without the two laws that carry the proof there is none, whatever the other checks say.
        let carried = ["static", "content"].iter().all(|n| checks.iter().any(|c| c.name == *n));
        let verdict = match (refused, gap, carried) {
            (true, ..) => Verdict::Refused,
            (false, false, true) => Verdict::Proven,
            _ => Verdict::Unknown,
        };
        Self { verdict, checks }
    }
}
