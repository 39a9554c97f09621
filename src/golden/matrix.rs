// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which partial bitstreams of which releases and updates may be loaded on a device that holds a release.
//!
//! Computed from identities and proofs, never from names: a partial belongs to the black-boxed checkpoint that it was built on; where that is the release's
//! own, the recorded verdicts of its gates decide. On another static the bits are asked: routes of the static that contradict mean no. Routes that agree
//! mean unknown, not yes: timing over the boundary was proven for the other checkpoint only.

use dfxkit_fabric::codec::Bitstream;
use dfxkit_fabric::proof::{MatchVerdict, match_static};
use serde::Serialize;

use super::manifest::{FileEntry, Role};
use super::{Golden, GoldenError, updates};
use crate::gates::Verdict;

/// One partial on the release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cell {
    /// Release that the partial was built for.
    pub of_release: String,
    /// Update, when it is of one.
    pub of_update: Option<String>,
    /// `partition/module`
    pub module: String,
    /// SHA-256 of the partial.
    pub sha256: String,
    /// Passed: may be loaded. Refused: must not.
    pub verdict: Verdict,
    /// Why.
    pub reason: String,
}

/// The matrix of one release against everything in its store. Releases and updates that do not read are errors.
pub fn matrix(golden: &Golden) -> Result<Vec<Cell>, GoldenError> {
    let mut cells = Vec::new();
    for name in golden.store().releases()? {
        let other = golden.store().load(&name)?;
        let gates = &other.manifest.gates;
        let recorded = gates.iter().map(|g| g.verdict).fold(Verdict::Passed, Verdict::and);
        let recorded = if gates.is_empty() { Verdict::Unknown } else { recorded };
        for file in partials(&other.manifest.files) {
            cells.push(cell(golden, &other, None, file, recorded)?);
        }
        for update in updates::names(&other)? {
            let update = updates::load(&other, &update)?;
            for file in partials(&update.files) {
                cells.push(cell(golden, &other, Some(&update.name), file, update.verdict())?);
            }
        }
    }
    Ok(cells)
}

fn partials(files: &[FileEntry]) -> impl Iterator<Item = &FileEntry> {
    files.iter().filter(|f| f.role == Role::PartialBit)
}

fn cell(
    golden: &Golden,
    other: &Golden,
    update: Option<&str>,
    file: &FileEntry,
    recorded: Verdict,
) -> Result<Cell, GoldenError> {
    let (verdict, reason) = judge(golden, other, file, recorded)?;
    Ok(Cell {
        of_release: other.manifest.release.clone(),
        of_update: update.map(str::to_owned),
        module: file.subject.clone(),
        sha256: file.sha256.clone(),
        verdict,
        reason,
    })
}

fn judge(
    golden: &Golden,
    other: &Golden,
    file: &FileEntry,
    recorded: Verdict,
) -> Result<(Verdict, String), GoldenError> {
    let (m, o) = (&golden.manifest, &other.manifest);
    if m.part != o.part {
        return Ok((Verdict::Refused, format!("expected part {}, actual {}", m.part, o.part)));
    }
    let blackbox = |x: &super::Manifest| x.file(Role::BlackboxDcp, "").map(|f| f.sha256.clone());
    if blackbox(m).is_some() && blackbox(m) == blackbox(o) {
        let reason = match recorded {
            Verdict::Passed => "built on this very static, and every gate passed",
            Verdict::Unknown => "built on this very static, but a gate had no evidence",
            Verdict::Refused => "built on this very static, but a gate refused it",
        };
        return Ok((recorded, reason.to_owned()));
    }
    let Some(full) = m.file(Role::FullBit, m.parent_name()) else {
        return Ok((Verdict::Unknown, "the release has no full bitstream".into()));
    };
    let read =
        |g: &Golden, f: &FileEntry| -> Result<Vec<u8>, GoldenError> { Ok(fs_err::read(g.verified(f)?)?) };
    let (full, partial) = (read(golden, full)?, read(other, file)?);
    let (Ok(full), Ok(partial)) =
        (Bitstream::parse_as(&full, Some(&m.part)), Bitstream::parse_as(&partial, Some(&m.part)))
    else {
        return Ok((Verdict::Unknown, "built on another static, and its bits do not read".into()));
    };
    let found = match_static(&full, &partial);
    Ok(match found.verdict {
        MatchVerdict::Mismatch => {
            (Verdict::Refused, format!("built on another static, whose routes contradict: {}", found.detail))
        }
        MatchVerdict::Match => (
            Verdict::Unknown,
            "built on another static; the routes agree, timing over the boundary is not proven".into(),
        ),
        MatchVerdict::Unknown => (Verdict::Unknown, format!("built on another static: {}", found.detail)),
    })
}
