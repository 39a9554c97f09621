// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Site ranges of the Pblocks in a description, with their places. Plain rectangles: no device is known here.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range as Span;

use super::Cx;

/// No device has coordinates beyond this; it keeps the arithmetic small.
const LARGEST: u32 = 99_999;

/// One entry of `ranges`.
#[derive(Debug)]
pub(super) struct Written {
    /// As written.
    pub(super) text: String,
    /// Its place.
    pub(super) span: Span<usize>,
    /// What it means, or why it means nothing.
    pub(super) parsed: Result<Range, String>,
}

/// `TYPE_XaYb:TYPE_XcYd`, corners as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) kind: String,
    pub(super) x: (u32, u32),
    pub(super) y: (u32, u32),
}

/// A rectangle with ordered corners, both inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rect {
    pub(super) x: (u32, u32),
    pub(super) y: (u32, u32),
}

impl Range {
    fn parse(text: &str) -> Result<Self, String> {
        let (first, second) = text.split_once(':').ok_or_else(|| "no `:` between two sites".to_owned())?;
        let (kind, x0, y0) = site(first).map_err(|why| format!("{first:?}: {why}"))?;
        let (other, x1, y1) = site(second).map_err(|why| format!("{second:?}: {why}"))?;
        if kind != other {
            return Err(format!("two site types: {kind} and {other}"));
        }
        Ok(Self { kind: kind.to_owned(), x: (x0, x1), y: (y0, y1) })
    }

    pub(super) fn rect(&self) -> Rect {
        let order = |(a, b): (u32, u32)| (a.min(b), a.max(b));
        Rect { x: order(self.x), y: order(self.y) }
    }

    /// What two ranges share, if they range over the same resource. RAMB18 and RAMB36 are the same memory.
    pub(super) fn shared(&self, other: &Self) -> Option<Shared> {
        let half = |r: &Self| if r.kind == "RAMB36" { r.rect().in_half_rows() } else { r.rect() };
        let memory = |r: &Self| matches!(r.kind.as_str(), "RAMB18" | "RAMB36");
        let kind = if memory(self) && memory(other) { "RAMB18" } else { self.kind.as_str() };
        if self.kind != other.kind && !(memory(self) && memory(other)) {
            return None;
        }
        let (a, b) = (half(self), half(other));
        let x = (a.x.0.max(b.x.0), a.x.1.min(b.x.1));
        let y = (a.y.0.max(b.y.0), a.y.1.min(b.y.1));
        (x.0 <= x.1 && y.0 <= y.1).then(|| Shared { kind: kind.to_owned(), rect: Rect { x, y } })
    }
}

impl Rect {
    /// The rectangle of RAMB36 sites in rows of RAMB18: row Y holds 2Y and 2Y+1.
    pub(super) fn in_half_rows(&self) -> Self {
        Self { x: self.x, y: (self.y.0 * 2, self.y.1 * 2 + 1) }
    }

    fn holds(&self, x: u32, y: u32) -> bool {
        (self.x.0..=self.x.1).contains(&x) && (self.y.0..=self.y.1).contains(&y)
    }
}

/// Sites that two ranges have in common.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Shared {
    kind: String,
    rect: Rect,
}

impl fmt::Display for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (k, Rect { x, y }) = (&self.kind, self.rect);
        write!(f, "{k}_X{}Y{}:{k}_X{}Y{}", x.0, y.0, x.1, y.1)
    }
}

/// True when a range is read and its corners are in order.
pub(super) fn is_sound(text: &str) -> bool {
    Range::parse(text).is_ok_and(|r| r.x.0 <= r.x.1 && r.y.0 <= r.y.1)
}

/// `TYPE_XnYm` taken apart.
fn site(text: &str) -> Result<(&str, u32, u32), String> {
    let expected = || "expected TYPE_XnYm".to_owned();
    let (kind, at) = text.rsplit_once("_X").ok_or_else(expected)?;
    let (x, y) = at.split_once('Y').ok_or_else(expected)?;
    let word = |s: &str| {
        s.starts_with(|c: char| c.is_ascii_uppercase())
            && s.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
    };
    let number = |s: &str| -> Result<u32, String> {
        let digits = !s.is_empty() && s.len() <= 6 && s.bytes().all(|b| b.is_ascii_digit());
        let n: u32 = s.parse().ok().filter(|_| digits).ok_or_else(expected)?;
        if n > LARGEST { Err("no device is that large".to_owned()) } else { Ok(n) }
    };
    if !word(kind) {
        return Err(expected());
    }
    Ok((kind, number(x)?, number(y)?))
}

/// The ranges of one partition. Blank strings and control characters are problems of their own and left out.
pub(super) fn of(cx: &Cx<'_>, partition: &str) -> Vec<Written> {
    cx.doc
        .strings(&["partitions", partition, "pblock", "ranges"])
        .into_iter()
        .filter(|(text, _)| !text.trim().is_empty() && !text.contains(char::is_control))
        .map(|(text, span)| Written { text: text.to_owned(), span, parsed: Range::parse(text) })
        .collect()
}

/// The ranges of each partition, in order.
pub(super) fn by_partition<'a>(cx: &Cx<'a>) -> Vec<(&'a str, Vec<Written>)> {
    cx.spec.partitions.keys().map(|p| (p.as_str(), of(cx, p))).collect()
}

/// All ranges.
pub(super) fn all(cx: &Cx<'_>) -> Vec<Written> {
    by_partition(cx).into_iter().flat_map(|(_, ranges)| ranges).collect()
}

/// True when two sets of rectangles cover the same points.
pub(super) fn same_area(a: &[Rect], b: &[Rect]) -> bool {
    // Coverage changes only at edges, so that one point between any two edges speaks for all.
    let edges = |of: fn(&Rect) -> (u32, u32)| -> BTreeSet<u32> {
        a.iter().chain(b).map(of).flat_map(|(low, high)| [low, high + 1]).collect()
    };
    let (xs, ys) = (edges(|r| r.x), edges(|r| r.y));
    let covered = |set: &[Rect], x, y| set.iter().any(|r| r.holds(x, y));
    xs.iter().all(|&x| ys.iter().all(|&y| covered(a, x, y) == covered(b, x, y)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(text: &str) -> Range {
        Range::parse(text).unwrap()
    }

    #[test]
    fn ranges_are_read_or_say_why_not() {
        assert_eq!(
            range("DSP48E2_X0Y96:DSP48E2_X1Y105"),
            Range { kind: "DSP48E2".into(), x: (0, 1), y: (96, 105) }
        );
        for bad in [
            "",
            "SLICE_X0Y0",
            "SLICE_X0Y0:RAMB36_X0Y0",
            "slice_X0Y0:slice_X1Y1",
            "SLICE_X0:SLICE_X1Y1",
            "SLICE_X-1Y0:SLICE_X1Y1",
            "SLICE_X0Y0:SLICE_X9999999Y1",
            "SLICE_X0Y0:SLICE_X1Y1 ",
        ] {
            assert!(Range::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn memories_of_both_names_are_one_resource() {
        let shared = range("RAMB18_X0Y2:RAMB18_X0Y5").shared(&range("RAMB36_X0Y2:RAMB36_X0Y9")).unwrap();
        assert_eq!(shared.to_string(), "RAMB18_X0Y4:RAMB18_X0Y5");
        assert!(range("SLICE_X0Y0:SLICE_X1Y1").shared(&range("DSP48_X0Y0:DSP48_X1Y1")).is_none());
        assert!(range("SLICE_X0Y0:SLICE_X1Y1").shared(&range("SLICE_X2Y0:SLICE_X3Y1")).is_none());
    }

    #[test]
    fn areas_are_compared_as_unions() {
        let r = |text: &str| range(text).rect();
        let split = [r("RAMB18_X0Y0:RAMB18_X0Y9"), r("RAMB18_X0Y10:RAMB18_X0Y19")];
        assert!(same_area(&split, &[r("RAMB36_X0Y0:RAMB36_X0Y9").in_half_rows()]));
        assert!(!same_area(&split, &[r("RAMB36_X0Y0:RAMB36_X0Y8").in_half_rows()]));
        assert!(same_area(&[], &[]));
    }
}
