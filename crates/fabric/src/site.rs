// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Site names and site ranges, as they stand in `resize_pblock -add {..}` and in `pblock.ranges` of dfx.toml.
//!
//! A range is `TYPE_XaYb:TYPE_XcYd` (both corners included, any order) or a single site `TYPE_XaYb`
//! (UG835, `resize_pblock`). Ranges of `CLOCKREGION_..` are read too. Types that this crate has no geometry
//! for (IOB, GT, BUFG, PCIE, LAGUNA and so on) are kept by name, so that the floorplan can say what it did not check.

use std::error::Error;
use std::fmt;

/// The kind of a site, as far as the Pblock geometry knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SiteKind {
    /// `SLICE`: one slice of a CLB.
    Slice,
    /// `DSP48` (7 series) and `DSP48E2` (UltraScale, UltraScale+).
    Dsp,
    /// `RAMB18`: half of a block RAM tile.
    Ramb18,
    /// `RAMB36`: a whole block RAM tile.
    Ramb36,
    /// `URAM288`, UltraScale+ only.
    Uram288,
    /// `CLOCKREGION`: a whole clock region.
    ClockRegion,
    /// Any other site type: read, kept by name, without geometry.
    Other,
}

impl SiteKind {
    /// The four or five kinds that a report lists, in its order.
    pub const COUNTED: [Self; 5] = [Self::Slice, Self::Ramb36, Self::Ramb18, Self::Dsp, Self::Uram288];

    /// The kind that a site type name stands for.
    pub fn of(type_name: &str) -> Self {
        match type_name {
            "SLICE" => Self::Slice,
            "DSP48" | "DSP48E1" | "DSP48E2" => Self::Dsp,
            "RAMB18" => Self::Ramb18,
            "RAMB36" => Self::Ramb36,
            "URAM288" => Self::Uram288,
            "CLOCKREGION" => Self::ClockRegion,
            _ => Self::Other,
        }
    }

    /// A family-neutral name of the kind; the lower-case key of reports is [`Self::key`].
    pub fn name(self) -> &'static str {
        match self {
            Self::Slice => "SLICE",
            Self::Dsp => "DSP48",
            Self::Ramb18 => "RAMB18",
            Self::Ramb36 => "RAMB36",
            Self::Uram288 => "URAM288",
            Self::ClockRegion => "CLOCKREGION",
            Self::Other => "other",
        }
    }

    /// The key of the kind in JSON results and on the command line: `slice`, `dsp`, `ramb18`, `ramb36`, `uram`.
    pub fn key(self) -> &'static str {
        match self {
            Self::Slice => "slice",
            Self::Dsp => "dsp",
            Self::Ramb18 => "ramb18",
            Self::Ramb36 => "ramb36",
            Self::Uram288 => "uram",
            Self::ClockRegion => "clockregion",
            Self::Other => "other",
        }
    }
}

impl fmt::Display for SiteKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One rectangle of sites of one type, corners included, `x0 <= x1` and `y0 <= y1`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SiteRange {
    /// What the type name stands for.
    pub kind: SiteKind,
    /// The type name as written, for instance `DSP48E2`.
    pub type_name: String,
    /// Lowest X of the range, in site numbers of this type.
    pub x0: u32,
    /// Lowest Y of the range.
    pub y0: u32,
    /// Highest X of the range, included.
    pub x1: u32,
    /// Highest Y of the range, included.
    pub y1: u32,
}

/// What is wrong with a range text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RangeFault {
    /// There is no text at all.
    Empty,
    /// A corner is not of the form `TYPE_X<number>Y<number>`.
    NotASite,
    /// A coordinate does not fit (at most 99,999).
    Coordinate,
    /// The two corners name different site types.
    TypesDiffer,
    /// More than one colon.
    TooManyCorners,
}

/// A range text that cannot be read: what is wrong, where in the text, and the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RangeError {
    /// What is wrong.
    pub fault: RangeFault,
    /// Byte offset in `text` at which the fault lies.
    pub at: usize,
    /// The text as given.
    pub text: String,
}

impl fmt::Display for RangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.fault {
            RangeFault::Empty => "is empty",
            RangeFault::NotASite => "has a corner that is no site name",
            RangeFault::Coordinate => "has a coordinate above 99999",
            RangeFault::TypesDiffer => "joins two different site types",
            RangeFault::TooManyCorners => "has more than two corners",
        };
        write!(
            f,
            "the site range `{}` {what} (at character {}): write it as TYPE_XaYb:TYPE_XcYd, \
             for instance SLICE_X50Y50:SLICE_X57Y99",
            self.text,
            self.at + 1
        )
    }
}

impl Error for RangeError {}

impl SiteRange {
    /// A range from its parts; corners in any order.
    pub fn new(type_name: &str, x: (u32, u32), y: (u32, u32)) -> Self {
        Self {
            kind: SiteKind::of(type_name),
            type_name: type_name.to_owned(),
            x0: x.0.min(x.1),
            y0: y.0.min(y.1),
            x1: x.0.max(x.1),
            y1: y.0.max(y.1),
        }
    }

    /// Read one range. Surrounding white space is allowed.
    ///
    /// ```
    /// use dfxkit_fabric::site::{SiteKind, SiteRange};
    /// let r = SiteRange::parse("SLICE_X50Y50:SLICE_X57Y99")?;
    /// assert_eq!((r.kind, r.x0, r.x1, r.y0, r.y1), (SiteKind::Slice, 50, 57, 50, 99));
    /// assert_eq!(r.to_string(), "SLICE_X50Y50:SLICE_X57Y99");
    /// assert_eq!(SiteRange::parse("SLICE_X50Y50:RAMB36_X1Y1").unwrap_err().at, 13);
    /// # Ok::<(), dfxkit_fabric::site::RangeError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, RangeError> {
        let err = |fault, at| RangeError { fault, at, text: text.to_owned() };
        let start = text.len() - text.trim_start().len();
        let body = text.trim();
        if body.is_empty() {
            return Err(err(RangeFault::Empty, 0));
        }
        let mut corners = body.split(':');
        let first = corners.next().unwrap_or_default();
        let a = site(first).map_err(|(fault, at)| err(fault, start + at))?;
        let second_at = start + first.len() + 1;
        let b = match corners.next() {
            None => a,
            Some(second) => site(second).map_err(|(fault, at)| err(fault, second_at + at))?,
        };
        if let Some(third) = corners.next() {
            return Err(err(
                RangeFault::TooManyCorners,
                text.len() - third.len() - (text.len() - start - body.len()),
            ));
        }
        if a.0 != b.0 {
            return Err(err(RangeFault::TypesDiffer, second_at));
        }
        Ok(Self::new(a.0, (a.1, b.1), (a.2, b.2)))
    }

    /// Read a white-space separated list of ranges, as in `-add {A:B C:D}`; stops at the first that is wrong.
    pub fn parse_list(text: &str) -> Result<Vec<Self>, RangeError> {
        text.split_whitespace().map(Self::parse).collect()
    }

    /// Number of sites in the rectangle, whether the device has them or not.
    pub fn area(&self) -> u64 {
        u64::from(self.x1 - self.x0 + 1) * u64::from(self.y1 - self.y0 + 1)
    }

    /// Does the rectangle contain the site `(x, y)` of its type?
    pub fn contains(&self, x: u32, y: u32) -> bool {
        (self.x0..=self.x1).contains(&x) && (self.y0..=self.y1).contains(&y)
    }

    /// Do two ranges of one type share a site?
    pub fn overlaps(&self, other: &Self) -> bool {
        self.type_name == other.type_name
            && self.x0 <= other.x1
            && other.x0 <= self.x1
            && self.y0 <= other.y1
            && other.y0 <= self.y1
    }

    /// This rectangle without `hole` (of the same type): zero to four rectangles that share no site.
    ///
    /// ```
    /// use dfxkit_fabric::site::SiteRange;
    /// let r = SiteRange::parse("SLICE_X0Y0:SLICE_X9Y9")?;
    /// let left = r.without(&SiteRange::parse("SLICE_X2Y2:SLICE_X3Y3")?);
    /// assert_eq!(left.iter().map(SiteRange::area).sum::<u64>(), 96);
    /// # Ok::<(), dfxkit_fabric::site::RangeError>(())
    /// ```
    pub fn without(&self, hole: &Self) -> Vec<Self> {
        if !self.overlaps(hole) {
            return vec![self.clone()];
        }
        let mut out = Vec::new();
        let mut piece = |x0: u32, y0: u32, x1: u32, y1: u32| {
            out.push(Self { x0, y0, x1, y1, kind: self.kind, type_name: self.type_name.clone() });
        };
        if self.y0 < hole.y0 {
            piece(self.x0, self.y0, self.x1, hole.y0 - 1);
        }
        if hole.y1 < self.y1 {
            piece(self.x0, hole.y1 + 1, self.x1, self.y1);
        }
        let (y0, y1) = (self.y0.max(hole.y0), self.y1.min(hole.y1));
        if self.x0 < hole.x0 {
            piece(self.x0, y0, hole.x0 - 1, y1);
        }
        if hole.x1 < self.x1 {
            piece(hole.x1 + 1, y0, self.x1, y1);
        }
        out
    }
}

impl fmt::Display for SiteRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let t = &self.type_name;
        write!(f, "{t}_X{}Y{}:{t}_X{}Y{}", self.x0, self.y0, self.x1, self.y1)
    }
}

/// Split `TYPE_X12Y34`; the fault and its offset otherwise.
fn site(text: &str) -> Result<(&str, u32, u32), (RangeFault, usize)> {
    let cut = text.rfind("_X").ok_or((RangeFault::NotASite, 0))?;
    let (type_name, rest) = (&text[..cut], &text[cut + 2..]);
    let name_ok = type_name.starts_with(|c: char| c.is_ascii_uppercase())
        && type_name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    if !name_ok {
        return Err((RangeFault::NotASite, 0));
    }
    let y_at = rest.find('Y').ok_or((RangeFault::NotASite, cut + 2))?;
    let x = number(&rest[..y_at]).map_err(|fault| (fault, cut + 2))?;
    let y = number(&rest[y_at + 1..]).map_err(|fault| (fault, cut + 3 + y_at))?;
    Ok((type_name, x, y))
}

/// A coordinate: decimal digits, at most five significant ones.
fn number(text: &str) -> Result<u32, RangeFault> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(RangeFault::NotASite);
    }
    match text.parse::<u32>() {
        Ok(n) if n <= 99_999 => Ok(n),
        _ => Err(RangeFault::Coordinate),
    }
}

#[cfg(test)]
mod tests {
    use super::{RangeFault, SiteKind, SiteRange};

    #[test]
    fn reads_every_form_of_the_corpus() {
        for (text, kind, area) in [
            ("SLICE_X0Y0:SLICE_X13Y49", SiteKind::Slice, 700),
            ("DSP48E2_X7Y98:DSP48E2_X10Y117", SiteKind::Dsp, 80),
            (" RAMB18_X2Y29:RAMB18_X2Y20 ", SiteKind::Ramb18, 10),
            ("URAM288_X0Y48:URAM288_X0Y63", SiteKind::Uram288, 16),
            ("CLOCKREGION_X1Y4:CLOCKREGION_X1Y4", SiteKind::ClockRegion, 1),
            ("SLICE_X3Y4", SiteKind::Slice, 1),
            ("GTHE4_CHANNEL_X0Y4:GTHE4_CHANNEL_X0Y7", SiteKind::Other, 4),
        ] {
            let r = SiteRange::parse(text).unwrap();
            assert_eq!((r.kind, r.area()), (kind, area), "{text}");
            assert_eq!(SiteRange::parse(&r.to_string()).unwrap(), r);
        }
    }

    #[test]
    fn says_what_is_wrong_and_where() {
        for (text, fault, at) in [
            ("", RangeFault::Empty, 0),
            ("  ", RangeFault::Empty, 0),
            ("SLICE", RangeFault::NotASite, 0),
            ("SLICE_X1", RangeFault::NotASite, 7),
            ("SLICE_X1Y2:", RangeFault::NotASite, 11),
            ("SLICE_X1Yb:SLICE_X2Y2", RangeFault::NotASite, 9),
            ("SLICE_X1Y2:DSP48_X2Y2", RangeFault::TypesDiffer, 11),
            ("SLICE_X1Y999999:SLICE_X2Y2", RangeFault::Coordinate, 9),
            ("SLICE_X1Y2:SLICE_X2Y2:SLICE_X3Y3", RangeFault::TooManyCorners, 22),
            ("  slice_X1Y2", RangeFault::NotASite, 2),
        ] {
            let e = SiteRange::parse(text).unwrap_err();
            assert_eq!((e.fault, e.at), (fault, at), "{text}: {e}");
        }
    }

    #[test]
    fn subtraction_agrees_with_a_count_of_every_site() {
        let outer = SiteRange::parse("SLICE_X2Y3:SLICE_X7Y9").unwrap();
        for (x, y, w, h) in
            [(0, 0, 3, 4), (3, 4, 2, 2), (0, 0, 20, 20), (7, 9, 1, 1), (2, 5, 6, 1), (9, 9, 2, 2)]
        {
            let hole = SiteRange::new("SLICE", (x, x + w - 1), (y, y + h - 1));
            let left = outer.without(&hole);
            for sx in 0..12 {
                for sy in 0..14 {
                    let n = left.iter().filter(|r| r.contains(sx, sy)).count();
                    let want = usize::from(outer.contains(sx, sy) && !hole.contains(sx, sy));
                    assert_eq!(n, want, "{hole} at {sx},{sy}");
                }
            }
        }
    }
}
