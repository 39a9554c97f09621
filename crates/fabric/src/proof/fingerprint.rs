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
use crate::part::same_part;

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

/// Does a partial bitstream belong to the static of a full one?
///
/// 7 series, two-pass partials: the static routes through the partition, which the first pass carries on their own (CLB columns,
/// [`STATIC_MINORS`], the word with the error-correcting code left out), must all be in the full bitstream: match or mismatch. Elsewhere, or when
/// they are fewer than [`MIN_BITS`] bits: match when the full bitstream already holds the partial's content in every frame, else unknown.
///
/// In place of the full bitstream another partial of the same partition may be given, of which it is known that it belongs to the static:
/// their fingerprints must then be equal (70 of 70 public pairs of one static).
pub fn match_static(reference: &Bitstream<'_>, partial: &Bitstream<'_>) -> Match {
    let (die, map) = match comparable(reference, partial) {
        Ok(known) => known,
        Err(answer) => return answer,
    };
    if partial.kind() != Some(Kind::Partial) {
        return Match::unknown("the file to be matched is no partial bitstream");
    }
    let (Some(have), Some(first), Some(last)) =
        (reference.frames(Pass::Last), partial.frames(Pass::First), partial.frames(Pass::Last))
    else {
        return Match::unknown("there is no frame map for this device");
    };
    let written = partial.written();
    if reference.kind() == Some(Kind::Partial) {
        return match reference
            .frames(Pass::First)
            .filter(|_| has_static_pass(reference) && has_static_pass(partial))
        {
            Some(sibling) => siblings(die, map, (&sibling, &reference.written()), (&first, &written)),
            None => Match::unknown(
                "two partials can be compared only when both carry the static's routes in a pass of their own",
            ),
        };
    }
    if !reference.covers_die() {
        return Match::unknown("the static's file is no full bitstream");
    }
    let by_pass = has_static_pass(partial).then(|| contained_in(die, map, &have, &first, &written));
    match by_pass {
        Some(m) if m.verdict != MatchVerdict::Unknown => m,
        other => by_content(die, &have, &last, &written).or(other).unwrap_or_else(|| {
            Match::unknown(match die.family() {
                Family::Series7 => {
                    "the partial has one pass: it does not carry the static's routes on their own".to_owned()
                }
                f => format!("partials of {f} do not carry the static's routes on their own"),
            })
        }),
    }
}

/// The die that both files are for, or why they cannot be compared.
fn comparable(
    reference: &Bitstream<'_>,
    partial: &Bitstream<'_>,
) -> Result<(&'static Die, &'static FrameMap), Match> {
    if reference.is_encrypted() || partial.is_encrypted() {
        return Err(Match::unknown("encrypted data cannot be compared"));
    }
    if let (Some(&a), Some(&b)) = (reference.idcodes().first(), partial.idcodes().first())
        && !same_idcode(a, b)
    {
        let detail = format!("different devices: the static has IDCODE {a:08x}, the partial {b:08x}");
        return Err(Match::new(MatchVerdict::Mismatch, detail));
    }
    let (Some(die), Some(other)) = (reference.die(), partial.die()) else {
        return Err(Match::unknown("there is no frame map for this device"));
    };
    if die.name() != other.name() {
        let detail =
            format!("different dies: the static is for {}, the partial for {}", die.name(), other.name());
        return Err(Match::new(MatchVerdict::Mismatch, detail));
    }
    if let (Some(a), Some(b)) = (reference.part(), partial.part())
        && !same_part(a, b)
    {
        return Err(Match::new(
            MatchVerdict::Mismatch,
            format!("different parts: the static is for {a}, the partial for {b}"),
        ));
    }
    if reference.streams() > 1 || partial.streams() > 1 {
        return Err(Match::unknown("stacked parts are not compared"));
    }
    if reference.crc_ok() == Some(false) || partial.crc_ok() == Some(false) {
        return Err(Match::unknown("a CRC word differs from the data: one of the files is damaged"));
    }
    die.frame_map()
        .map(|map| (die, map))
        .ok_or_else(|| Match::unknown("there is no frame map for this device"))
}

/// A row map, and every frame written more than once.
fn has_static_pass(partial: &Bitstream<'_>) -> bool {
    let writes: usize = partial.writes().iter().map(|w| w.count as usize).sum();
    let frames = partial.written().len();
    partial.family() == Some(Family::Series7)
        && partial.reset_map().is_some()
        && frames > 0
        && writes >= 2 * frames
}

/// Frames of a set that hold static routes alone in the first pass.
fn static_frames<'x>(die: &'x Die, map: &'x FrameMap, set: &'x FrameSet) -> impl Iterator<Item = usize> + 'x {
    let columns =
        (0..die.rows()).flat_map(|row| (0..die.columns_in_row(row)).map(move |column| (row, column)));
    let clb = columns.filter(|&(row, column)| die.kind_at(row, column).is_some_and(|k| k.is_clb()));
    clb.flat_map(|(row, column)| {
        let frames = map.column_frames(BlockType::Fabric, row, column);
        frames.clone().filter(move |i| STATIC_MINORS.contains(&(i - frames.start)))
    })
    .filter(|&i| set.contains(i))
}

/// Fingerprints of two modules of one partition.
fn siblings(die: &Die, map: &FrameMap, a: (&Frames<'_>, &FrameSet), b: (&Frames<'_>, &FrameSet)) -> Match {
    if static_frames(die, map, a.1).ne(static_frames(die, map, b.1)) {
        return Match::unknown(
            "the two partials write different logic columns: they are of different partitions, or of different floorplans",
        );
    }
    let mut m = Match::unknown("");
    for index in static_frames(die, map, b.1) {
        let (Some(want), Some(have)) = (b.0.get(index), a.0.get(index)) else { continue };
        let (bits, mut missing) = contained(want, have);
        missing = missing.or(contained(have, want).1.map(|(word, h, w)| (word, w, h)));
        m.add(die, index, bits, missing);
    }
    m.conclude("hold other static routes than the other partial", "are the same in both partials")
}

/// Fingerprint of a partial in a full bitstream.
fn contained_in(
    die: &Die,
    map: &FrameMap,
    full: &Frames<'_>,
    first: &Frames<'_>,
    written: &FrameSet,
) -> Match {
    let mut m = Match::unknown("");
    for index in static_frames(die, map, written) {
        let (Some(want), Some(have)) = (first.get(index), full.get(index)) else { continue };
        let (bits, missing) = contained(want, have);
        m.add(die, index, bits, missing);
    }
    m.conclude("hold static routes that the full bitstream does not have", "are in the full bitstream")
}

impl Match {
    fn add(&mut self, die: &Die, index: usize, bits: usize, missing: Option<(usize, u32, u32)>) {
        self.compared += 1;
        self.bits += bits;
        if let Some(word) = missing {
            self.differing += 1;
            if self.first.len() < KEPT {
                self.first.extend(FrameDifference::new(die, index, Some(word)));
            }
        }
    }

    fn conclude(mut self, wrong: &str, right: &str) -> Self {
        (self.verdict, self.detail) = if self.differing > 0 {
            let (n, all) = (self.differing, self.compared);
            (
                MatchVerdict::Mismatch,
                format!("{n} of {all} frames {wrong}: the partial was built on another static"),
            )
        } else if self.bits < MIN_BITS {
            let n = self.bits;
            (
                MatchVerdict::Unknown,
                format!("static routes set only {n} bits in the partition; {MIN_BITS} are needed to tell"),
            )
        } else {
            (
                MatchVerdict::Match,
                format!("all {} bits of static routes in {} frames {right}", self.bits, self.compared),
            )
        };
        self
    }
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
