// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Checking a release: every file is re-hashed, on all cores, those of its updates too; damage is named file by file, with what can still be built. Then
//! the contents are asked (see `contents`).

use std::collections::BTreeSet;

use serde::Serialize;

use super::manifest::{FileEntry, Role};
use super::parallel::on_all_cores;
use super::signatures::Answer;
use super::{Golden, GoldenError, Store, contents, updates};
use crate::gates::Verdict;

/// The result of a check.
#[derive(Debug, Clone, Serialize)]
pub struct Check {
    /// Release.
    pub release: String,
    /// Worst of all parts.
    pub verdict: Verdict,
    /// True when the stand-in made the release.
    pub simulated: bool,
    /// Files that were re-hashed.
    pub files: usize,
    /// Bytes that were re-hashed.
    pub bytes: u64,
    /// What was checked; every damaged file has a part of its own.
    pub parts: Vec<Part>,
    /// What the state of the files still allows.
    pub possible: Possible,
}

/// One part of a check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Part {
    /// What: `files`, `file`, `update`, `contents`, `identity`, `checkpoint`, `ports`, `pblock`, `frames`, `fingerprint`, `provenance`,
    /// `bit-proofs`, `signature`.
    pub name: String,
    /// Which.
    pub subject: String,
    /// Verdict.
    pub verdict: Verdict,
    /// Expected.
    pub expected: String,
    /// Found.
    pub actual: String,
}

/// What can still be done with a release.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Possible {
    /// Children can be built on the whole static: its locked checkpoint is whole.
    pub update: bool,
    /// Partitions for which modules can be built: on the whole static, or on an abstract shell that is whole.
    pub partitions: Vec<String>,
    /// `pr_verify` can be run: the routed checkpoint is whole.
    pub pr_verify: bool,
    /// The bit proofs can be run: the parent's full bitstream is whole.
    pub bit_proofs: bool,
    /// Modules (`partition/module`) whose partial bitstreams are whole.
    pub modules: Vec<String>,
    /// Updates whose files are all whole.
    pub updates: Vec<String>,
}

impl Part {
    /// A part.
    pub(super) fn new(
        name: &str,
        subject: impl Into<String>,
        verdict: Verdict,
        expected: impl Into<String>,
        actual: impl Into<String>,
    ) -> Self {
        Self {
            name: name.to_owned(),
            subject: subject.into(),
            verdict,
            expected: expected.into(),
            actual: actual.into(),
        }
    }
}

impl Check {
    /// Adds what the signatures are worth: who asks for a signature refuses what has none.
    pub fn add_signatures(&mut self, answers: &[Answer]) {
        for answer in answers {
            let expected = "a signature with the given key over what lies there";
            let (verdict, actual) = match &answer.result {
                Ok(name) => (Verdict::Passed, format!("signature {name}")),
                Err(why) => (Verdict::Refused, why.clone()),
            };
            self.parts.push(Part::new("signature", answer.target.to_string(), verdict, expected, actual));
        }
        self.verdict = self.parts.iter().map(|p| p.verdict).fold(Verdict::Passed, Verdict::and);
    }
}

/// Re-hashes all files of a release.
pub fn check(golden: &Golden) -> Check {
    let mut parts = Vec::new();
    let mut files = golden.manifest.files.clone();
    let mut kept: Vec<(String, std::ops::Range<usize>)> = Vec::new();
    let names = updates::names(golden).unwrap_or_else(|error| {
        parts.push(Part::new("update", "all", Verdict::Unknown, "a readable directory", error.to_string()));
        Vec::new()
    });
    for name in names {
        match updates::load(golden, &name) {
            // Subjects of their own: a module of an update is not the release's of the same name.
            Ok(update) => {
                let first = files.len();
                files.extend(
                    update
                        .files
                        .into_iter()
                        .map(|f| FileEntry { subject: format!("update {name}, {}", f.subject), ..f }),
                );
                kept.push((name, first..files.len()));
            }
            Err(error) => parts.push(Part {
                name: "update".into(),
                subject: name,
                verdict: Verdict::Refused,
                expected: "a readable entry".into(),
                actual: error.to_string(),
            }),
        }
    }
    let files = files.as_slice();
    let results = verify_all(golden, files);
    let mut bad: BTreeSet<usize> = BTreeSet::new();
    let mut good = 0;
    let mut bytes = 0;
    for (i, (file, result)) in files.iter().zip(results).enumerate() {
        let Some(error) = result else {
            good += 1;
            bytes += file.size;
            continue;
        };
        bad.insert(i);
        let subject = if file.subject.is_empty() {
            file.name.to_string()
        } else {
            format!("{}: {}", file.subject, file.name)
        };
        let (verdict, actual) = match &error {
            GoldenError::Missing { .. } => (Verdict::Refused, "missing".to_owned()),
            GoldenError::Pointer { .. } => {
                (Verdict::Refused, "a Git LFS pointer; `git lfs pull` fetches the file".to_owned())
            }
            GoldenError::Damaged { actual, actual_size, .. } => {
                (Verdict::Refused, format!("sha256:{actual}, {actual_size} bytes"))
            }
            other => (Verdict::Unknown, format!("could not be read: {other}")),
        };
        parts.push(Part {
            name: "file".into(),
            subject: format!("{} {subject}", file.role),
            verdict,
            expected: format!("sha256:{}, {} bytes", file.sha256, file.size),
            actual,
        });
    }
    parts.insert(
        0,
        Part {
            name: "files".into(),
            subject: golden.manifest.release.clone(),
            verdict: if good == files.len() {
                Verdict::Passed
            } else {
                parts.iter().map(|p| p.verdict).fold(Verdict::Passed, Verdict::and)
            },
            expected: format!("{} files as archived", files.len()),
            actual: format!("{good} files as archived"),
        },
    );
    let whole = |role: Role, subject: &str| {
        files.iter().enumerate().any(|(i, f)| f.role == role && f.subject == subject && !bad.contains(&i))
    };
    let parent = golden.manifest.static_design.configuration.clone().unwrap_or_default();
    let update = whole(Role::BlackboxDcp, "");
    let possible = Possible {
        update,
        partitions: golden
            .manifest
            .partitions
            .iter()
            .map(|p| p.name.clone())
            .filter(|name| update || whole(Role::AbstractShell, name))
            .collect(),
        updates: kept
            .into_iter()
            .filter(|(_, own)| own.clone().all(|i| !bad.contains(&i)))
            .map(|(n, _)| n)
            .collect(),
        pr_verify: whole(Role::RoutedDcp, ""),
        bit_proofs: golden
            .manifest
            .configurations
            .iter()
            .filter(|c| c.parent || c.name == parent)
            .any(|c| whole(Role::FullBit, &c.name)),
        modules: golden
            .manifest
            .modules
            .iter()
            .map(|m| format!("{}/{}", m.partition, m.name))
            .filter(|subject| whole(Role::PartialBit, subject))
            .collect(),
    };
    let verdict = parts.iter().map(|p| p.verdict).fold(Verdict::Passed, Verdict::and);
    Check {
        release: golden.manifest.release.clone(),
        verdict,
        simulated: golden.manifest.simulated,
        files: good,
        bytes,
        parts,
        possible,
    }
}

/// Goes on from whole files to what they say (see `contents`). Adds its parts to the check. Files that are damaged are not read: then this says unknown.
pub fn recheck(golden: &Golden, check: &mut Check) {
    if check.parts.iter().any(|p| p.name == "file") {
        check.parts.push(Part {
            name: "contents".into(),
            subject: golden.manifest.release.clone(),
            verdict: Verdict::Unknown,
            expected: "what the files say, and the bit proofs, as at the time of archiving".into(),
            actual: "not looked at: files are damaged".into(),
        });
        return;
    }
    check.parts.extend(contents::parts(golden));
    check.verdict = check.parts.iter().map(|p| p.verdict).fold(Verdict::Passed, Verdict::and);
}

/// Re-hashes objects by hash and size on all cores, as [`check`] does; gives how many are not as they should be. For benches.
pub fn rehash(store: &Store, objects: &[(String, u64)]) -> usize {
    on_all_cores(
        objects.len(),
        |i| objects[i].1,
        |i| !crate::hash::sha256_file(&store.object(&objects[i].0)).is_ok_and(|found| found == objects[i]),
    )
    .into_iter()
    .filter(|bad| *bad)
    .count()
}

/// Verifies files on all cores; the results are in the order of the files.
fn verify_all(golden: &Golden, files: &[FileEntry]) -> Vec<Option<GoldenError>> {
    on_all_cores(files.len(), |i| files[i].size, |i| golden.verified(&files[i]).err())
}
