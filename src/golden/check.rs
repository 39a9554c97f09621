// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Checking a release: every file is re-hashed, on all cores; damage is named file by file, with what can still be built. Then the contents are asked:
//! part and Vivado of every file, and the bit proofs.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde::Serialize;

use super::manifest::{FileEntry, Role};
use super::{Golden, GoldenError, Store, restore, updates};
use crate::gates::Verdict;
use crate::gates::judge::judge_files;

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
    /// What: `files`, `file`, `identity`, `bit-proofs`.
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Possible {
    /// Children can be built: the locked static is whole.
    pub update: bool,
    /// `pr_verify` can be run: the routed checkpoint is whole.
    pub pr_verify: bool,
    /// The bit proofs can be run: the parent's full bitstream is whole.
    pub bit_proofs: bool,
    /// Modules (`partition/module`) whose partial bitstreams are whole.
    pub modules: Vec<String>,
}

/// Re-hashes all files of a release.
pub fn check(golden: &Golden) -> Check {
    let mut parts = Vec::new();
    let mut files = golden.manifest.files.clone();
    for name in updates::names(golden).unwrap_or_default() {
        match updates::load(golden, &name) {
            // Subjects of their own: a module of an update is not the release's of the same name.
            Ok(update) => files.extend(
                update
                    .files
                    .into_iter()
                    .map(|f| FileEntry { subject: format!("update {name}, {}", f.subject), ..f }),
            ),
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
    let possible = Possible {
        update: whole(Role::BlackboxDcp, ""),
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

/// Goes on from whole files to what they say: checkpoints, bitstreams, reports and hand-off files are of one part and one Vivado, and the bitstreams
/// prove one another. Adds its parts to the check. Files that are damaged are not read: then this says unknown.
pub fn recheck(golden: &Golden, check: &mut Check) {
    if check.verdict != Verdict::Passed {
        check.parts.push(Part {
            name: "contents".into(),
            subject: golden.manifest.release.clone(),
            verdict: Verdict::Unknown,
            expected: "identity and bit proofs as at the time of archiving".into(),
            actual: "not looked at: files are damaged".into(),
        });
        return;
    }
    for result in judge_files(&restore::artifacts(golden)) {
        check.parts.push(Part {
            name: result.gate,
            subject: result.subject,
            verdict: result.verdict,
            expected: result.expected,
            actual: result.actual,
        });
    }
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

/// Does `work` on every index, on all cores; the results are in order.
fn on_all_cores<T: Send + Default>(
    count: usize,
    size: impl Fn(usize) -> u64,
    work: impl Fn(usize) -> T + Sync,
) -> Vec<T> {
    let results: Mutex<Vec<T>> = Mutex::new((0..count).map(|_| T::default()).collect());
    let next = AtomicUsize::new(0);
    // Big files first, so that no core is left with the biggest at the end.
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by_key(|&i| std::cmp::Reverse(size(i)));
    let threads = std::thread::available_parallelism().map_or(1, NonZeroUsize::get).min(count.max(1));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(&i) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let result = work(i);
                    results.lock().unwrap_or_else(std::sync::PoisonError::into_inner)[i] = result;
                }
            });
        }
    });
    results.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
}
