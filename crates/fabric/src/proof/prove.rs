// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The proof of a child against its parent.

use super::inputs::inputs;
use super::{Check, FrameDifference, KEPT, MatchVerdict, Proof, Verdict, match_static};
use crate::codec::Bitstream;
use crate::device::Die;
use crate::frames::{FrameSet, Frames, Mask, Pass, differences};

/// A full bitstream with the name it is reported by.
#[derive(Debug, Clone, Copy)]
pub struct Input<'x, 'a> {
    /// Name in reports, usually the path.
    pub name: &'x str,
    /// The file, read.
    pub bits: &'x Bitstream<'a>,
}

/// A partial bitstream with its name and, if the caller knows it, the frames of its Pblock.
#[derive(Debug, Clone, Copy)]
pub struct Partial<'x, 'a> {
    /// The file.
    pub input: Input<'x, 'a>,
    /// Frames of the partition by the floorplan. 7 series: exact. UltraScale(+): a lower bound, since routing may expand.
    pub footprint: Option<&'x FrameSet>,
}

/// Proves that a child is its parent with the partials applied, and nothing else. See the [module docs](super) for the checks.
///
/// ```no_run
/// use dfxkit_fabric::codec::Bitstream;
/// use dfxkit_fabric::proof::{Input, Partial, Verdict, prove};
/// # let (parent, child, partial): (Vec<u8>, Vec<u8>, Vec<u8>) = Default::default();
/// let (parent, child, partial) = (Bitstream::parse(&parent)?, Bitstream::parse(&child)?, Bitstream::parse(&partial)?);
/// let proof = prove(
///     Input { name: "parent.bit", bits: &parent },
///     Input { name: "child.bit", bits: &child },
///     &[Partial { input: Input { name: "rp.bit", bits: &partial }, footprint: None }],
/// );
/// assert_eq!(proof.verdict, Verdict::Proven);
/// # Ok::<(), dfxkit_fabric::codec::ReadError>(())
/// ```
pub fn prove(parent: Input<'_, '_>, child: Input<'_, '_>, partials: &[Partial<'_, '_>]) -> Proof {
    let (inputs, comparable) = inputs(parent, child, partials);
    let mut checks = vec![inputs];
    let Some(die) = parent.bits.die().filter(|_| comparable) else { return Proof::of(checks) };
    let (Some(p), Some(c)) = (parent.bits.frames(Pass::Last), child.bits.frames(Pass::Last)) else {
        return Proof::of(checks);
    };
    let written: Vec<FrameSet> = partials.iter().map(|x| x.input.bits.written()).collect();
    checks.extend(disjoint(die, partials, &written));
    checks.extend(partials.iter().zip(&written).filter_map(|(x, w)| footprint(die, x, w)));
    checks.push(statics(die, &p, &c, &written));
    for (x, w) in partials.iter().zip(&written) {
        checks.push(content(die, &c, x, w));
    }
    for x in partials {
        checks.push(fingerprint(parent, x));
    }
    Proof::of(checks)
}

pub(super) fn check(
    name: &'static str,
    subject: Option<&str>,
    verdict: Verdict,
    compared: usize,
    detail: String,
) -> Check {
    Check {
        name,
        subject: subject.map(str::to_owned),
        verdict,
        required: true,
        compared,
        differing: 0,
        detail,
        first: Vec::new(),
    }
}

/// Fills in the frames of a set as wrong; returns the check refused when there are any.
fn wrong(die: &Die, mut check: Check, set: &FrameSet, detail: impl FnOnce(usize) -> String) -> Check {
    check.differing = set.len();
    if check.differing > 0 {
        check.verdict = Verdict::Refused;
        check.detail = detail(check.differing);
        check.first = set.iter().take(KEPT).filter_map(|i| FrameDifference::new(die, i, None)).collect();
    }
    check
}

fn disjoint(die: &Die, partials: &[Partial<'_, '_>], written: &[FrameSet]) -> Option<Check> {
    if partials.len() < 2 {
        return None;
    }
    let (mut seen, mut twice) = (FrameSet::new(0), FrameSet::new(0));
    let mut pair = None;
    for (n, set) in written.iter().enumerate() {
        let both = seen.intersection(set);
        if !both.is_empty() && pair.is_none() {
            let other = written[..n].iter().position(|o| !o.intersection(set).is_empty()).unwrap_or(0);
            pair = Some((partials[other].input.name, partials[n].input.name));
        }
        twice = twice.union(&both);
        seen = seen.union(set);
    }
    let detail = format!("{} partials write {} frames, none twice", partials.len(), seen.len());
    let c = check("disjoint", None, Verdict::Proven, seen.len(), detail);
    let (a, b) = pair.unwrap_or(("", ""));
    Some(wrong(die, c, &twice, |n| {
        format!(
            "{n} frames are written by more than one partial, first by {a} and {b}: give one partial a partition"
        )
    }))
}

fn footprint(die: &Die, partial: &Partial<'_, '_>, written: &FrameSet) -> Option<Check> {
    let footprint = partial.footprint?;
    let outside = written.difference(footprint);
    let detail = format!("all {} frames written lie in the {} of the Pblock", written.len(), footprint.len());
    let c = check("footprint", Some(partial.input.name), Verdict::Proven, written.len(), detail);
    if die.family().expands_routing() && !outside.is_empty() {
        // Expanded routing may leave the Pblock; how far is not known without Vivado.
        let detail = format!(
            "{} frames lie outside the Pblock; expanded routing may do that on {}",
            outside.len(),
            die.family()
        );
        return Some(Check {
            verdict: Verdict::Unknown,
            required: false,
            differing: outside.len(),
            detail,
            ..c
        });
    }
    Some(wrong(die, c, &outside, |n| {
        format!("{n} of {} frames written lie outside the Pblock", written.len())
    }))
}

/// Outside is what no partial writes, whatever the Pblocks are: parent and partials together must give every frame of the child.
fn statics(die: &Die, p: &Frames<'_>, c: &Frames<'_>, written: &[FrameSet]) -> Check {
    let none = FrameSet::new(die.frame_map().map_or(0, |m| m.len()));
    let outside = written.iter().fold(none, |all, w| all.union(w)).complement();
    let compared = outside.len();
    let mut differing = differences(p, c, &outside, Mask::Exact);
    let first: Vec<_> = differing.by_ref().take(KEPT).filter_map(|d| FrameDifference::of(die, d)).collect();
    let count = first.len() + differing.count();
    let (verdict, detail) = if count > 0 {
        let detail = format!(
            "parent and child differ in {count} of {compared} frames outside the given partials: either a partial is missing, or the child was not built on this parent's static"
        );
        (Verdict::Refused, detail)
    } else if compared == 0 {
        (
            Verdict::Unknown,
            "the partials write every frame of the device: there is no static to compare".to_owned(),
        )
    } else {
        (Verdict::Proven, format!("parent and child agree in all {compared} frames outside the partitions"))
    };
    Check { differing: count, first, ..check("static", None, verdict, compared, detail) }
}

fn content(die: &Die, c: &Frames<'_>, partial: &Partial<'_, '_>, written: &FrameSet) -> Check {
    let name = partial.input.name;
    let Some(last) = partial.input.bits.frames(Pass::Last).filter(|_| !written.is_empty()) else {
        return check("content", Some(name), Verdict::Unknown, 0, "the partial writes no frame".to_owned());
    };
    let compared = written.len();
    let mut differing = differences(c, &last, written, Mask::Exact);
    let first: Vec<_> = differing.by_ref().take(KEPT).filter_map(|d| FrameDifference::of(die, d)).collect();
    let count = first.len() + differing.count();
    let (verdict, detail) = if count > 0 {
        let detail = format!(
            "{count} of {compared} frames differ from the child: the parent with this partial loaded is not the child"
        );
        (Verdict::Refused, detail)
    } else {
        (Verdict::Proven, format!("all {compared} frames equal the child's"))
    };
    Check { differing: count, first, ..check("content", Some(name), verdict, compared, detail) }
}

fn fingerprint(parent: Input<'_, '_>, partial: &Partial<'_, '_>) -> Check {
    let m = match_static(parent.bits, partial.input.bits);
    let verdict = match m.verdict {
        MatchVerdict::Match => Verdict::Proven,
        MatchVerdict::Mismatch => Verdict::Refused,
        MatchVerdict::Unknown => Verdict::Unknown,
    };
    Check {
        required: false,
        differing: m.differing,
        first: m.first,
        ..check("fingerprint", Some(partial.input.name), verdict, m.compared, m.detail)
    }
}
