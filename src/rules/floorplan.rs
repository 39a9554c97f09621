// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The Pblocks of a description against the device: `dfxkit_fabric` judges, and its findings become diagnostics here.
//!
//! Pblocks come from the description or, for partitions without one, from the XDC files of the static design. A Pblock with a
//! range that cannot be read is left out: it has its own problem. Findings that are worth knowing and nothing more (`hole`, `fixed-neighbour`,
//! `no-frame-map`) are shown by `dfxkit floorplan` only.

use std::ops::Range;

use camino::Utf8PathBuf;
use dfxkit_fabric::device::Device;
use dfxkit_fabric::floorplan::{Finding, analyse};
use dfxkit_fabric::pblock::{PblockSpec, SnappingMode};
use dfxkit_fabric::site::SiteRange;
use dfxkit_fabric::xdc::{Position, Xdc};

use super::files::{ConstraintText, Files};
use super::{Cx, xdc};
use crate::diag::{CodeInfo, Problem};
use crate::spec::Document;
use crate::spec::model::{self, Spec};

/// What is known of the floorplan.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// Why nothing is known of the device, when there are Pblocks.
    pub(super) no_device: Option<String>,
    pblocks: Vec<Judged>,
    /// Cells that the XDC files add to a Pblock, as far as they could be read.
    cells_in_xdc: Vec<String>,
}

#[derive(Debug)]
struct Judged {
    partition: String,
    drawn: Drawn,
    findings: Vec<Finding>,
}

/// A Pblock with its places.
#[derive(Debug)]
struct Drawn {
    spec: PblockSpec,
    file: Utf8PathBuf,
    /// The place of the Pblock.
    whole: Range<usize>,
    /// The place of each range; in XDC not always in the file of the Pblock.
    ranges: Vec<(SiteRange, Utf8PathBuf, Range<usize>)>,
    in_xdc: bool,
}

impl Plan {
    /// Judges all Pblocks of a description.
    pub(super) fn of(doc: &Document, spec: &Spec, files: &Files) -> Self {
        let joined = Joined::of(files);
        let drawn: Vec<(String, Drawn)> = spec
            .partitions
            .iter()
            .filter_map(|(name, p)| {
                let drawn = match &p.pblock {
                    Some(pblock) => in_description(doc, name, pblock),
                    None => in_xdc(files, &joined, name, &p.cell),
                };
                Some((name.clone(), drawn?))
            })
            .collect();
        let cells_in_xdc: Vec<String> =
            joined.xdc.pblocks.iter().flat_map(|p| &p.cells).map(|c| c.value.clone()).collect();
        if drawn.is_empty() {
            return Self { cells_in_xdc, ..Self::default() };
        }
        let device = match Device::of_part(&spec.project.part) {
            Ok(device) => device,
            // A part that is none has its own problem.
            Err(why) => {
                let known = dfxkit_fabric::Family::of_part(&spec.project.part).is_some();
                return Self { no_device: known.then(|| why.to_string()), pblocks: Vec::new(), cells_in_xdc };
            }
        };
        let specs: Vec<PblockSpec> = drawn.iter().map(|(_, d)| d.spec.clone()).collect();
        let judged = analyse(&device, &specs).partitions;
        let pblocks = drawn
            .into_iter()
            .zip(judged)
            .map(|((partition, drawn), judged)| Judged { partition, drawn, findings: judged.findings })
            .collect();
        Self { no_device: None, pblocks, cells_in_xdc }
    }
}

fn in_description(doc: &Document, partition: &str, pblock: &model::Pblock) -> Option<Drawn> {
    let path = ["partitions", partition, "pblock", "ranges"];
    let ranges: Vec<(SiteRange, Utf8PathBuf, Range<usize>)> = doc
        .strings(&path)
        .into_iter()
        .map(|(text, span)| {
            super::ranges::is_sound(text)
                .then(|| SiteRange::parse(text).ok())
                .flatten()
                .map(|r| (r, doc.file().to_owned(), span))
        })
        .collect::<Option<_>>()?;
    if ranges.is_empty() {
        return None; // a problem of its own
    }
    let mut spec = PblockSpec::new(partition, ranges.iter().map(|(r, _, _)| r.clone()).collect());
    spec.snapping_mode = pblock.snapping_mode.map(|mode| match mode {
        model::SnappingMode::Off => SnappingMode::Off,
        model::SnappingMode::On => SnappingMode::On,
        model::SnappingMode::Routing => SnappingMode::Routing,
    });
    spec.reset_after_reconfig = pblock.reset_after_reconfig;
    let whole = doc.key_span(&path)?;
    Some(Drawn { spec, file: doc.file().to_owned(), whole, ranges, in_xdc: false })
}

fn in_xdc(files: &Files, joined: &Joined, partition: &str, cell: &str) -> Option<Drawn> {
    let pblock = joined.xdc.pblocks.iter().find(|p| p.cells.iter().any(|c| c.value == cell))?;
    let mut spec = PblockSpec::from_xdc(pblock);
    partition.clone_into(&mut spec.name);
    let (file, at) = joined.place(files, pblock.at)?;
    let ranges = pblock
        .ranges
        .iter()
        .filter_map(|r| {
            let (file, at) = joined.place(files, r.at)?;
            Some((r.value.clone(), file.shown.clone(), range_at(file, &r.value, at)))
        })
        .collect();
    Some(Drawn { spec, file: file.shown.clone(), whole: word_at(file, at), ranges, in_xdc: true })
}

/// The XDC files of the static design, read as one text: a Pblock may be made in one file and drawn in another.
struct Joined {
    xdc: Xdc,
    /// First line of each file, from 1.
    starts: Vec<u32>,
}

impl Joined {
    fn of(files: &Files) -> Self {
        let (mut text, mut starts, mut line) = (String::new(), Vec::new(), 1);
        for file in &files.static_xdc {
            starts.push(line);
            text.push_str(&file.text);
            text.push('\n');
            line += u32::try_from(file.text.matches('\n').count()).unwrap_or(u32::MAX / 2) + 1;
        }
        Self { xdc: Xdc::read(&text), starts }
    }

    /// The file of a place, and the place in it.
    fn place<'a>(&self, files: &'a Files, at: Position) -> Option<(&'a ConstraintText, Position)> {
        let n = self.starts.iter().rposition(|start| *start <= at.line)?;
        let position = Position { line: at.line - self.starts[n] + 1, column: at.column };
        files.static_xdc.get(n).map(|file| (file, position))
    }
}

/// The place of a range in the list that begins at a position; the list's first word when the range is written in another way.
fn range_at(file: &ConstraintText, range: &SiteRange, at: Position) -> Range<usize> {
    let list = word_at(file, at);
    let text = range.to_string();
    let rest = &file.text[list.start..];
    let line = &rest[..rest.find('\n').unwrap_or(rest.len())];
    line.find(&text).map_or(list.clone(), |n| list.start + n..list.start + n + text.len())
}

/// The word at a position, for a label.
fn word_at(file: &ConstraintText, at: Position) -> Range<usize> {
    let line_start: usize =
        file.text.split_inclusive('\n').take(at.line.saturating_sub(1) as usize).map(str::len).sum();
    let mut start = (line_start + at.column.saturating_sub(1) as usize).min(file.text.len());
    while !file.text.is_char_boundary(start) {
        start -= 1;
    }
    let rest = &file.text[start..];
    let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '}' | ']' | '"')).unwrap_or(rest.len());
    start..start + end
}

/// Reports the findings that are meant by a code.
pub(super) fn report(
    cx: &Cx<'_>,
    code: &'static CodeInfo,
    meant: impl Fn(&Finding) -> bool,
    out: &mut Vec<Problem>,
) {
    judge(cx, code, meant, |_| true, out);
}

/// Reports the findings that are meant by a code, in Pblocks of XDC files only: rules with this one have looked at those of the description.
pub(super) fn report_xdc(
    cx: &Cx<'_>,
    code: &'static CodeInfo,
    meant: impl Fn(&Finding) -> bool,
    out: &mut Vec<Problem>,
) {
    judge(cx, code, meant, |j| j.drawn.in_xdc, out);
}

fn judge(
    cx: &Cx<'_>,
    code: &'static CodeInfo,
    meant: impl Fn(&Finding) -> bool,
    which: impl Fn(&Judged) -> bool,
    out: &mut Vec<Problem>,
) {
    let Some(plan) = cx.floorplan else { return };
    for (n, judged) in plan.pblocks.iter().enumerate().filter(|(_, j)| which(j)) {
        for finding in judged.findings.iter().filter(|f| meant(f)) {
            if follows(judged, finding) || second_of_pair(plan, n, judged, finding, &which) {
                continue;
            }
            let drawn = &judged.drawn;
            let place = range_of(finding)
                .and_then(|range| drawn.ranges.iter().find(|(r, _, _)| r == range))
                .map(|(_, file, span)| (file.clone(), span.clone(), "this range"));
            let (file, span, label) =
                place.unwrap_or_else(|| (drawn.file.clone(), drawn.whole.clone(), "in this Pblock"));
            let mut problem = Problem::new(code, format!("Pblock of `{}`: {finding}", judged.partition))
                .at(file, span, label)
                .note(finding.source());
            if let Some(other) =
                other_of(finding).and_then(|o| plan.pblocks.iter().find(|j| j.partition == o))
            {
                problem =
                    problem.and_at(other.drawn.file.clone(), other.drawn.whole.clone(), "the other one");
            }
            if let Some(help) = finding.help() {
                problem = problem.help(help);
            }
            out.push(problem);
        }
    }
}

/// The DSP sites changed their name between families. Written with the other one they are not ranged, and their pairs are split: the
/// problem of the name says what to write.
fn follows(judged: &Judged, finding: &Finding) -> bool {
    let misnamed = |f: &Finding| match f {
        Finding::NoSuchSite { range } | Finding::NotReconfigurable { range } => {
            range.type_name.starts_with("DSP48")
        }
        _ => false,
    };
    // Ranges that reach beyond the device leave nothing, which they say themselves.
    let outside = |f: &Finding| matches!(f, Finding::OutsideDevice { .. });
    if matches!(finding, Finding::NoRanges) && judged.findings.iter().any(outside) {
        return true;
    }
    let meant = matches!(finding, Finding::UnrangedSiteType { .. } | Finding::SplitPair { .. });
    meant && judged.findings.iter().any(misnamed)
}

/// A pair is found from both sides, and is said once; a column is not said to be shared when sites are.
fn second_of_pair(
    plan: &Plan,
    n: usize,
    judged: &Judged,
    finding: &Finding,
    which: impl Fn(&Judged) -> bool,
) -> bool {
    let Some(other) = other_of(finding) else { return false };
    let overlaps =
        judged.findings.iter().any(|f| matches!(f, Finding::Overlap { other: o, .. } if o == other));
    let shared = matches!(finding, Finding::SharedColumn { .. }) && overlaps;
    shared || plan.pblocks.iter().skip(n + 1).any(|j| j.partition == other && which(j))
}

fn other_of(finding: &Finding) -> Option<&str> {
    match finding {
        Finding::SharedColumn { other, .. } | Finding::Overlap { other, .. } => Some(other),
        _ => None,
    }
}

/// The range that a finding is about.
fn range_of(finding: &Finding) -> Option<&SiteRange> {
    match finding {
        Finding::OutsideDevice { range, .. }
        | Finding::NoSuchSite { range }
        | Finding::Hole { range, .. }
        | Finding::NotReconfigurable { range }
        | Finding::ClockRegionRange { range }
        | Finding::NotChecked { range } => Some(range),
        Finding::Overlap { ranges, .. } => Some(&ranges.0),
        _ => None,
    }
}

/// True when the Pblock of a cell in the XDC files is read well enough to be judged, or there is none.
pub(super) fn is_read(cx: &Cx<'_>, cell: &str) -> bool {
    let read = |plan: &Plan| plan.cells_in_xdc.iter().any(|c| c == cell);
    xdc::pblock_of(cx, cell).is_none() || cx.floorplan.is_some_and(read)
}
