// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! A kit as a directory: every problem of it in one walk.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::check::Checker;
use super::error::KitError;
use super::manifest::Manifest;
use super::path::KitPath;
use super::verify::Limits;
use super::{LOADER_TARGET, MANIFEST, SIGNATURE, SUMS};

/// What a directory holds.
pub(super) struct Walked {
    pub(super) manifest: Option<Manifest>,
    pub(super) problems: Vec<KitError>,
    pub(super) ignored: Vec<String>,
    pub(super) bytes: u64,
    pub(super) files: u64,
}

/// Checks a directory. An error is a failure of the file system; what is wrong with the kit is in the result.
pub(super) fn check(root: &Path, limits: &Limits) -> Result<Walked, KitError> {
    let mut walked = Walked { manifest: None, problems: Vec::new(), ignored: Vec::new(), bytes: 0, files: 0 };
    let head = [(SUMS, limits.sums_bytes), (MANIFEST, limits.manifest_bytes)]
        .map(|(name, limit)| small_file(root, name, limit));
    let [Ok(sums), Ok(manifest)] = head else {
        for problem in head.into_iter().filter_map(Result::err) {
            if problem.is_io() {
                return Err(problem);
            }
            walked.problems.push(problem);
        }
        return Ok(walked);
    };
    let (mut checker, _, manifest) = match Checker::new(limits, &sums, &manifest) {
        Ok(ready) => ready,
        Err(problem) => {
            walked.problems.push(problem);
            return Ok(walked);
        }
    };
    walked.manifest = Some(manifest);
    walked.files = 2;

    let mut queue: Vec<(PathBuf, String)> = vec![(root.to_path_buf(), String::new())];
    let mut entries = 0_u64;
    while let Some((dir, prefix)) = queue.pop() {
        let mut names: Vec<_> = fs_err::read_dir(&dir)?.collect::<Result<_, _>>()?;
        names.sort_by_key(|e| e.file_name());
        for entry in names {
            entries += 1;
            if let Err(problem) = limits.check("number of entries", limits.files.saturating_mul(2), entries) {
                walked.problems.push(problem);
                return Ok(walked);
            }
            let name = entry.file_name();
            let path = format!("{prefix}{}", name.to_string_lossy());
            if path == SUMS || path == MANIFEST {
                continue;
            }
            // A signature of the list cannot be in the list; whoever has the key checks it.
            if path == SIGNATURE && entry.file_type()?.is_file() {
                walked.ignored.push(path);
                continue;
            }
            // Of the entry itself: a link is a link, wherever it leads.
            let meta = fs_err::symlink_metadata(entry.path())?;
            if meta.is_dir() {
                if path == LOADER_TARGET {
                    walked.ignored.push(path);
                } else if checker.needs_directory(&path) {
                    queue.push((entry.path(), format!("{path}/")));
                } else {
                    walked.problems.push(KitError::Unlisted { path });
                }
                continue;
            }
            if let Err(problem) = KitPath::new(&path) {
                walked.problems.push(problem);
                continue;
            }
            if !meta.is_file() {
                let what = if meta.is_symlink() { "a symbolic link" } else { "no plain file" };
                walked.problems.push(KitError::NotAFile { path, what });
                continue;
            }
            if !checker.lists(&path) {
                walked.problems.push(KitError::Unlisted { path });
                continue;
            }
            let mut file = fs_err::File::open(entry.path())?;
            match checker.file(&path, meta.len(), &mut file, &mut io::sink()) {
                Ok(()) => walked.files += 1,
                Err(problem) if problem.is_io() => return Err(problem),
                Err(problem) => walked.problems.push(problem),
            }
        }
    }
    walked.problems.extend(checker.missing().into_iter().map(|path| KitError::Missing { path }));
    walked.bytes = checker.bytes();
    Ok(walked)
}

/// Reads a small plain file of the kit's own.
pub(super) fn small_file(root: &Path, name: &str, limit: u64) -> Result<Vec<u8>, KitError> {
    let path = root.join(name);
    let meta = match fs_err::symlink_metadata(&path) {
        Ok(meta) => meta,
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            return Err(KitError::Missing { path: name.to_owned() });
        }
        Err(e) => return Err(e.into()),
    };
    if !meta.is_file() {
        return Err(KitError::NotAFile { path: name.to_owned(), what: "no plain file" });
    }
    Limits::default().check("size of a file", limit, meta.len())?;
    let mut bytes = Vec::new();
    fs_err::File::open(&path)?.take(limit + 1).read_to_end(&mut bytes)?;
    Limits::default().check("size of a file", limit, bytes.len() as u64)?;
    Ok(bytes)
}
