// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which partial bitstreams of which releases and updates may be loaded on a device that holds a release.
//!
//! Computed from identities and proofs, never from names: a partial belongs to the black-boxed checkpoint that it was built on; where that is the release's
//! own, the recorded verdicts of its gates and the bit proofs, run again, decide. On another static routes of the static that
//! contradict mean no. Routes that agree mean unknown, not yes: timing over the boundary was proven for the other checkpoint only.

use dfxkit_fabric::codec::Bitstream;
use dfxkit_fabric::proof::{MatchVerdict, match_static};
use serde::Serialize;

use super::manifest::{FileEntry, Manifest, ModuleEntry, Role};
use super::updates::{self, Update};
use super::{Golden, GoldenError, restore};
use crate::gates::judge::judge_files;
use crate::gates::{GateResult, Verdict};

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
        let of_release = Origin {
            golden: &other,
            modules: &other.manifest.modules,
            recorded: &other.manifest.gates,
            proven: proofs(golden, &other, None),
        };
        for file in partials(&other.manifest.files) {
            cells.push(of_release.cell(golden, None, file)?);
        }
        for update in updates::names(&other)? {
            let update = updates::load(&other, &update)?;
            let of_update = Origin {
                golden: &other,
                modules: &update.modules,
                recorded: &update.gates,
                proven: proofs(golden, &other, Some(&update)),
            };
            for file in partials(&update.files) {
                cells.push(of_update.cell(golden, Some(&update.name), file)?);
            }
        }
    }
    Ok(cells)
}

fn partials(files: &[FileEntry]) -> impl Iterator<Item = &FileEntry> {
    files.iter().filter(|f| f.role == Role::PartialBit)
}

/// SHA-256 of the checkpoint that modules of a release are built on.
fn blackbox(m: &Manifest) -> Option<&str> {
    m.file(Role::BlackboxDcp, "").map(|f| f.sha256.as_str())
}

/// What the files of a release or an update prove now, where it is of the same static; nothing elsewhere.
fn proofs(golden: &Golden, other: &Golden, update: Option<&Update>) -> Vec<GateResult> {
    if blackbox(&golden.manifest) != blackbox(&other.manifest) {
        return Vec::new();
    }
    judge_files(&match update {
        Some(update) => restore::update_artifacts(other, update),
        None => restore::artifacts(other),
    })
}

/// Where partials come from: a release or an update.
struct Origin<'a> {
    golden: &'a Golden,
    modules: &'a [ModuleEntry],
    recorded: &'a [GateResult],
    proven: Vec<GateResult>,
}

impl Origin<'_> {
    fn cell(&self, golden: &Golden, update: Option<&str>, file: &FileEntry) -> Result<Cell, GoldenError> {
        let (verdict, reason) = judge(golden, self, file)?;
        Ok(Cell {
            of_release: self.golden.manifest.release.clone(),
            of_update: update.map(str::to_owned),
            module: file.subject.clone(),
            sha256: file.sha256.clone(),
            verdict,
            reason,
        })
    }

    /// The worst of what was recorded; unknown when nothing was.
    fn recorded(&self) -> Verdict {
        self.recorded.iter().map(|g| g.verdict).reduce(Verdict::and).unwrap_or(Verdict::Unknown)
    }

    /// What is proven now of the configuration that holds a module, and of the identity of all files. The first that is not passed says why.
    fn proven(&self, subject: &str) -> (Verdict, String) {
        let configuration = self
            .modules
            .iter()
            .find(|m| subject.split_once('/') == Some((m.partition.as_str(), m.name.as_str())))
            .map(|m| m.configuration.as_str());
        let own = self
            .proven
            .iter()
            .filter(|r| r.gate != "bit-proofs" || configuration == Some(r.subject.as_str()));
        let worst = own.clone().map(|r| r.verdict).reduce(Verdict::and).unwrap_or(Verdict::Unknown);
        let why = own.clone().find(|r| r.verdict == worst).map_or_else(String::new, |r| r.actual.clone());
        let proven = own.clone().any(|r| r.gate == "bit-proofs");
        if proven {
            (worst, why)
        } else {
            (worst.and(Verdict::Unknown), "nothing proves its bits".to_owned())
        }
    }
}

fn judge(golden: &Golden, of: &Origin<'_>, file: &FileEntry) -> Result<(Verdict, String), GoldenError> {
    let (m, o) = (&golden.manifest, &of.golden.manifest);
    if m.part != o.part {
        return Ok((Verdict::Refused, format!("expected part {}, actual {}", m.part, o.part)));
    }
    // Whole first: what is recorded is recorded of these very bytes.
    let partial = match of.golden.verified(file) {
        Ok(path) => fs_err::read(path)?,
        Err(e @ (GoldenError::Missing { .. } | GoldenError::Damaged { .. })) => {
            return Ok((Verdict::Refused, e.to_string()));
        }
        Err(e) => return Err(e),
    };
    let found = match full(golden)? {
        Some(full) => by_bits(&full, &partial, &m.part),
        None => Err("the release has no full bitstream".to_owned()),
    };
    if blackbox(m).is_some() && blackbox(m) == blackbox(o) {
        if let Ok((MatchVerdict::Mismatch, detail)) = &found {
            return Ok((
                Verdict::Refused,
                format!("recorded as built on this very static, but its routes contradict: {detail}"),
            ));
        }
        let (proven, why) = of.proven(&file.subject);
        return Ok(match (of.recorded(), proven) {
            (Verdict::Refused, _) => {
                (Verdict::Refused, "built on this very static, but a gate refused it".to_owned())
            }
            (_, Verdict::Refused) => (
                Verdict::Refused,
                format!("recorded as built on this very static, but its bits refuse it: {why}"),
            ),
            (Verdict::Unknown, _) => {
                (Verdict::Unknown, "built on this very static, but a gate had no evidence".to_owned())
            }
            (_, Verdict::Unknown) => (Verdict::Unknown, format!("built on this very static, but {why}")),
            (Verdict::Passed, Verdict::Passed) => (
                Verdict::Passed,
                "built on this very static, every gate passed, and its bits prove it".to_owned(),
            ),
        });
    }
    let bits = |x: &Manifest| x.static_design.fingerprint.clone();
    let same = if bits(m).is_some() && bits(m) == bits(o) {
        "another static of the same bits"
    } else {
        "another static"
    };
    Ok(match found {
        Ok((MatchVerdict::Mismatch, detail)) => {
            (Verdict::Refused, format!("built on {same}, whose routes contradict: {detail}"))
        }
        Ok((MatchVerdict::Match, _)) => (
            Verdict::Unknown,
            format!("built on {same}; the routes agree, timing over the boundary is not proven"),
        ),
        Ok((MatchVerdict::Unknown, why)) | Err(why) => (Verdict::Unknown, format!("built on {same}: {why}")),
    })
}

/// The parent's full bitstream; none when there is none that is whole.
fn full(golden: &Golden) -> Result<Option<Vec<u8>>, GoldenError> {
    let m = &golden.manifest;
    let Some(file) = m.file(Role::FullBit, m.parent_name()) else { return Ok(None) };
    match golden.verified(file) {
        Ok(path) => Ok(Some(fs_err::read(path)?)),
        Err(GoldenError::Missing { .. } | GoldenError::Damaged { .. }) => Ok(None),
        Err(e) => Err(e),
    }
}

/// What the bits say, or why they say nothing.
fn by_bits(full: &[u8], partial: &[u8], part: &str) -> Result<(MatchVerdict, String), String> {
    let (full, partial) = (Bitstream::parse_as(full, Some(part)), Bitstream::parse_as(partial, Some(part)));
    let (Ok(full), Ok(partial)) = (full, partial) else { return Err("its bits do not read".to_owned()) };
    let found = match_static(&full, &partial);
    Ok((found.verdict, found.detail))
}
