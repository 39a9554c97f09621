// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The verdict on a kit.

use std::io::{self, BufRead, Write};
use std::path::Path;

use serde::Serialize;

use super::error::KitError;
use super::manifest::{Manifest, Verdict};
use super::path::KitPath;
use super::{dir, unarchive};

/// What a kit may ask of the reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Files.
    pub files: u64,
    /// Bytes of one file. The largest full bitstream of a public part has about 250 MB an SLR stack.
    pub file_bytes: u64,
    /// Bytes of all files together.
    pub total_bytes: u64,
    /// Bytes of `kit.json`.
    pub manifest_bytes: u64,
    /// Bytes of `SHA256SUMS`.
    pub sums_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            files: 20_000,
            file_bytes: 2 << 30,
            total_bytes: 16 << 30,
            manifest_bytes: 16 << 20,
            sums_bytes: 8 << 20,
        }
    }
}

impl Limits {
    #[expect(clippy::unused_self, reason = "reads better at the call: limits.check(...)")]
    pub(super) fn check(&self, what: &'static str, limit: u64, actual: u64) -> Result<(), KitError> {
        if actual > limit { Err(KitError::Limit { what, limit, actual }) } else { Ok(()) }
    }
}

/// One part of the verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Part {
    /// `integrity`, `gate:<gate>`, or what a caller added.
    pub name: String,
    /// Its verdict.
    pub verdict: Verdict,
    /// What was found.
    pub detail: String,
}

/// What verification found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verification {
    /// `refused`: damaged, or a gate refused it. `unknown`: whole, but a gate had no evidence. `passed`: whole, and
    /// every gate passed when it was built.
    pub verdict: Verdict,
    /// True when the stand-in made the images; none when the manifest could not be read.
    pub simulated: Option<bool>,
    /// Name and version.
    pub kit: Option<String>,
    /// Identity of the static.
    pub static_identity: Option<String>,
    /// Files checked.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// The parts.
    pub parts: Vec<Part>,
    /// Directories that are not part of the kit and were not looked at.
    pub ignored: Vec<String>,
    /// The manifest, when the kit is whole.
    #[serde(skip)]
    pub manifest: Option<Manifest>,
}

impl Verification {
    pub(super) fn new(manifest: Option<Manifest>, problems: &[KitError], files: u64, bytes: u64) -> Self {
        let mut parts: Vec<Part> = problems
            .iter()
            .map(|p| Part { name: "integrity".to_owned(), verdict: Verdict::Refused, detail: p.to_string() })
            .collect();
        if problems.is_empty() {
            parts.push(Part {
                name: "integrity".to_owned(),
                verdict: Verdict::Passed,
                detail: format!("{files} files, {bytes} bytes, as SHA256SUMS and kit.json say"),
            });
        }
        for gate in manifest.iter().flat_map(|m| &m.gates) {
            parts.push(Part {
                name: format!("gate:{}", gate.gate),
                verdict: gate.verdict,
                detail: format!("{}: expected {}, actual {}", gate.subject, gate.expected, gate.actual),
            });
        }
        if manifest.as_ref().is_some_and(|m| m.gates.is_empty()) {
            parts.push(Part {
                name: "gates".to_owned(),
                verdict: Verdict::Unknown,
                detail: "the kit records no gate at all".to_owned(),
            });
        }
        Self {
            verdict: parts.iter().map(|p| p.verdict).max().unwrap_or(Verdict::Unknown),
            simulated: manifest.as_ref().map(|m| m.simulated),
            kit: manifest.as_ref().map(|m| format!("{} {}", m.project.name, m.project.version)),
            static_identity: manifest.as_ref().map(|m| m.fixed.identity.clone()),
            files,
            bytes,
            parts,
            ignored: Vec::new(),
            manifest: manifest.filter(|_| problems.is_empty()),
        }
    }

    /// Adds a part that somebody else found.
    pub fn add(&mut self, part: Part) {
        self.verdict = self.verdict.max(part.verdict);
        self.parts.push(part);
    }

    /// True when every file is as it was written, whatever the gates said then.
    pub fn is_whole(&self) -> bool {
        self.manifest.is_some()
    }
}

/// Verifies a kit directory, `.tar` or `.tar.zst`. Of a directory every problem is reported; of an archive the first
/// (behind it nothing can be trusted to be where it seems).
///
/// # Errors
/// Only [`KitError::Io`] and [`KitError::NotAKit`]: when nothing can be said about the kit.
pub fn verify(path: &Path, limits: &Limits) -> Result<Verification, KitError> {
    if fs_err::metadata(path)?.is_dir() {
        let walked = dir::check(path, limits)?;
        let mut verification =
            Verification::new(walked.manifest, &walked.problems, walked.files, walked.bytes);
        verification.ignored = walked.ignored;
        return Ok(verification);
    }
    verify_archive(io::BufReader::new(fs_err::File::open(path)?), limits)
}

/// Verifies the bytes of a `.tar` or `.tar.zst` as they come.
///
/// # Errors
/// As [`verify`].
pub fn verify_archive(input: impl BufRead, limits: &Limits) -> Result<Verification, KitError> {
    let mut count = 0_u64;
    let mut discard = |_: &KitPath| -> io::Result<Box<dyn Write>> {
        count += 1;
        Ok(Box::new(io::sink()))
    };
    let read = unarchive::read(input, limits, &mut discard);
    match read {
        Ok((manifest, bytes)) => Ok(Verification::new(Some(manifest), &[], count, bytes)),
        Err(problem) if problem.is_io() || matches!(problem, KitError::NotAKit { .. }) => Err(problem),
        Err(problem) => Ok(Verification::new(None, &[problem], count, 0)),
    }
}
