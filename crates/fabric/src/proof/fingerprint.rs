// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Does a partial belong to a static? Told from one full and one partial bitstream.
//!
//! The first pass of a two-pass 7-series partial (`RESET_AFTER_RECONFIG`, tools from 2018.3 on) holds, in minors 2 to 23 of the CLB columns, only
//! the static routes that cross the partition (minors 24 and 25 are all ones there, the others hold defaults). Every module of one static carries the same ones, and the static's full bitstream has every
//! bit of them, whatever module it was built with (271 of 271 public pairs); another static's has not (0 of 3,014). The word with the
//! frame's error-correcting code is left out.
//!
//! Where there is no such pass (UltraScale, UltraScale+, one-pass partials) one thing can still be told: when the full bitstream
//! already holds the partial's content in every frame, they were built together. Anything else is unknown there.

use super::{FrameDifference, KEPT};
use crate::codec::{Bitstream, Kind, Words};
use crate::device::{BlockType, Die, FrameMap, same_idcode};
use crate::family::Family;
use crate::frames::{FrameSet, Frames, Mask, Pass, differences};

/// Set bits that a fingerprint must have to count as evidence. By chance a static route's bit is set in some other static's bitstream far
/// less than every second time, so that 64 bits leave a chance below one in 10^19; fingerprints of the corpus have 630 to 5,490.
pub const MIN_BITS: usize = 64;

/// Minors of a CLB column that hold the static's routes alone in the first pass (measured: xc7z010, xc7z020, xc7a100t).
pub const STATIC_MINORS: core::ops::RangeInclusive<usize> = 2..=23;

/// Answer of [`match_static`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MatchVerdict {
    /// The partial belongs to the static of the full bitstream.
    Match,
    /// It does not.
    Mismatch,
    /// The files do not tell.
    Unknown,
}

impl MatchVerdict {
    /// Name for machines: `match`, `mismatch`, `unknown`.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Match => "match",
            Self::Mismatch => "mismatch",
            Self::Unknown => "unknown",
        }
    }
}

/// What [`match_static`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// Answer.
    pub verdict: MatchVerdict,
    /// Frames compared.
    pub compared: usize,
    /// Frames that contradict.
    pub differing: usize,
    /// Bits of the fingerprint: bits set in the frames compared.
    pub bits: usize,
    /// One sentence.
    pub detail: String,
    /// The first frames that contradict.
    pub first: Vec<FrameDifference>,
}

impl Match {
    fn new(verdict: MatchVerdict, detail: impl Into<String>) -> Self {
        Self { verdict, compared: 0, differing: 0, bits: 0, detail: detail.into(), first: Vec::new() }
    }

    fn unknown(detail: impl Into<String>) -> Self {
        Self::new(MatchVerdict::Unknown, detail)
    }
}

/// Does a partial bitstream belong to the static of a full one? See the [module docs](self) for what is looked at.
pub fn match_static(full: &Bitstream<'_>, partial: &Bitstream<'_>) -> Match {
    if full.is_encrypted() || partial.is_encrypted() {
        return Match::unknown("encrypted data cannot be compared");
    }
    if let (Some(&a), Some(&b)) = (full.idcodes().first(), partial.idcodes().first())
        && !same_idcode(a, b)
    {
        let detail = format!("different devices: the static has IDCODE {a:08x}, the partial {b:08x}");
        return Match::new(MatchVerdict::Mismatch, detail);
    }
    let (Some(die), Some(other)) = (full.die(), partial.die()) else {
        return Match::unknown("there is no frame map for this device");
    };
    if die.name() != other.name() {
        let detail =
            format!("different dies: the static is for {}, the partial for {}", die.name(), other.name());
        return Match::new(MatchVerdict::Mismatch, detail);
    }
    if full.streams() > 1 || partial.streams() > 1 {
        return Match::unknown("stacked parts are not compared");
    }
    if !full.covers_die() {
        return Match::unknown("the static's file is no full bitstream");
    }
    if partial.kind() != Some(Kind::Partial) {
        return Match::unknown("the other file is no partial bitstream");
    }
    if full.crc_ok() == Some(false) || partial.crc_ok() == Some(false) {
        return Match::unknown("a CRC word differs from the data: one of the files is damaged");
    }
    let (Some(map), Some(full), Some(first), Some(last)) =
        (die.frame_map(), full.frames(Pass::Last), partial.frames(Pass::First), partial.frames(Pass::Last))
    else {
        return Match::unknown("there is no frame map for this device");
    };
    let written = partial.written();
    let by_pass =
        (die.family() == Family::Series7 && partial.reset_map().is_some() && two_passes(partial, &written))
            .then(|| fingerprint(die, map, &full, &first, &written));
    match by_pass {
        Some(m) if m.verdict != MatchVerdict::Unknown => m,
        other => by_content(die, &full, &last, &written).unwrap_or_else(|| {
            other.unwrap_or_else(|| {
                Match::unknown(match die.family() {
                    Family::Series7 => {
                        "the partial has one pass: it does not carry the static's routes on their own"
                            .to_owned()
                    }
                    f => format!("partials of {f} do not carry the static's routes on their own"),
                })
            })
        }),
    }
}

/// Every frame is written more than once.
fn two_passes(partial: &Bitstream<'_>, written: &FrameSet) -> bool {
    let writes: usize = partial.writes().iter().map(|w| w.count as usize).sum();
    writes >= 2 * written.len() && !written.is_empty()
}

fn fingerprint(
    die: &Die,
    map: &FrameMap,
    full: &Frames<'_>,
    first: &Frames<'_>,
    written: &FrameSet,
) -> Match {
    let mut m = Match::unknown("");
    for row in 0..die.rows() {
        for column in 0..die.columns_in_row(row) {
            if !die.kind_at(row, column).is_some_and(|k| k.is_clb()) {
                continue;
            }
            let frames = map.column_frames(BlockType::Fabric, row, column);
            for index in
                frames.clone().filter(|i| STATIC_MINORS.contains(&(i - frames.start)) && written.contains(*i))
            {
                let (Some(want), Some(have)) = (first.get(index), full.get(index)) else { continue };
                m.compared += 1;
                let (bits, missing) = contained(want, have);
                m.bits += bits;
                if let Some(word) = missing {
                    m.differing += 1;
                    if m.first.len() < KEPT {
                        m.first.extend(FrameDifference::new(die, index, Some(word)));
                    }
                }
            }
        }
    }
    (m.verdict, m.detail) = if m.differing > 0 {
        let detail = format!(
            "{} of {} frames hold static routes that the full bitstream does not have: the partial was built on another static",
            m.differing, m.compared
        );
        (MatchVerdict::Mismatch, detail)
    } else if m.bits < MIN_BITS {
        let detail =
            format!("static routes set only {} bits in the partition; {MIN_BITS} are needed to tell", m.bits);
        (MatchVerdict::Unknown, detail)
    } else {
        let detail = format!(
            "all {} bits of static routes in {} frames are in the full bitstream",
            m.bits, m.compared
        );
        (MatchVerdict::Match, detail)
    };
    m
}

/// Bits set in `want`, and the first word of it with a bit that `have` has not. The word with the code is left out.
fn contained(want: Words<'_>, have: Words<'_>) -> (usize, Option<(usize, u32, u32)>) {
    let hidden = Mask::EccWord.hidden(Family::Series7).map(|h| h.0);
    let (mut bits, mut missing) = (0, None);
    for (i, (w, h)) in want.iter().zip(have.iter()).enumerate() {
        if Some(i) == hidden {
            continue;
        }
        bits += w.count_ones() as usize;
        if w & !h != 0 && missing.is_none() {
            missing = Some((i, w, h));
        }
    }
    (bits, missing)
}

/// `Some` match when the full bitstream holds the partial's very content, and that is not next to nothing.
fn by_content(die: &Die, full: &Frames<'_>, last: &Frames<'_>, written: &FrameSet) -> Option<Match> {
    let mut bits = 0;
    for index in written.iter() {
        bits += last.get(index)?.iter().map(u32::count_ones).sum::<u32>() as usize;
    }
    if bits < MIN_BITS || differences(full, last, written, Mask::Exact).next().is_some() {
        return None;
    }
    let compared = written.len();
    let detail =
        format!("the full bitstream holds this partial's content in all {compared} frames of {}", die.name());
    Some(Match { compared, bits, ..Match::new(MatchVerdict::Match, detail) })
}
