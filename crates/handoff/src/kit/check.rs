// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The checks that directories and archives share.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read, Write};

use sha2::{Digest, Sha256};

use super::error::KitError;
use super::manifest::Manifest;
use super::sums::{Sums, hex};
use super::verify::Limits;
use super::{MANIFEST, SUMS};

/// What a file must be.
#[derive(Debug, Clone)]
struct Expected {
    digest: String,
    /// From the manifest; none for files that only `SHA256SUMS` lists.
    size: Option<u64>,
}

/// Knows what must be there, and what was.
pub(super) struct Checker {
    limits: Limits,
    expected: BTreeMap<String, Expected>,
    seen: BTreeSet<String>,
    bytes: u64,
}

impl Checker {
    /// From the two files that come first.
    pub(super) fn new(
        limits: &Limits,
        sums: &[u8],
        manifest: &[u8],
    ) -> Result<(Self, Sums, Manifest), KitError> {
        let sums = Sums::parse(sums)?;
        limits.check("number of files", limits.files, sums.len() as u64)?;
        let own = hex(&Sha256::digest(manifest));
        match sums.get(MANIFEST) {
            None => return Err(KitError::Unlisted { path: MANIFEST.to_owned() }),
            Some(expected) if expected != own => {
                return Err(KitError::Digest {
                    path: MANIFEST.to_owned(),
                    expected: expected.to_owned(),
                    actual: own,
                });
            }
            Some(_) => {}
        }
        let manifest = Manifest::parse(manifest)?;
        let mut expected: BTreeMap<String, Expected> = sums
            .iter()
            .map(|(path, digest)| (path.to_string(), Expected { digest: digest.to_owned(), size: None }))
            .collect();
        let mut total = 0_u64;
        for file in manifest.files() {
            let path = file.path.as_str();
            let entry = expected.get_mut(path).ok_or_else(|| KitError::Unlisted { path: path.to_owned() })?;
            if entry.digest != file.sha256 {
                return Err(KitError::Digest {
                    path: path.to_owned(),
                    expected: entry.digest.clone(),
                    actual: file.sha256.clone(),
                });
            }
            limits.check("size of a file", limits.file_bytes, file.size)?;
            total = total.saturating_add(file.size);
            entry.size = Some(file.size);
        }
        limits.check("size of all files", limits.total_bytes, total)?;
        let seen = BTreeSet::from([MANIFEST.to_owned()]);
        Ok((Self { limits: limits.clone(), expected, seen, bytes: 0 }, sums, manifest))
    }

    /// Checks one file: listed, not seen before, of the right size and content; a copy goes to `out`.
    pub(super) fn file(
        &mut self,
        path: &str,
        size: u64,
        content: &mut dyn Read,
        out: &mut dyn Write,
    ) -> Result<(), KitError> {
        let expected =
            self.expected.get(path).ok_or_else(|| KitError::Unlisted { path: path.to_owned() })?.clone();
        if !self.seen.insert(path.to_owned()) {
            return Err(KitError::Collision { first: path.to_owned(), second: path.to_owned() });
        }
        if let Some(declared) = expected.size.filter(|s| *s != size) {
            return Err(KitError::Size { path: path.to_owned(), expected: declared, actual: size });
        }
        self.limits.check("size of a file", self.limits.file_bytes, size)?;
        self.bytes = self.bytes.saturating_add(size);
        self.limits.check("size of all files", self.limits.total_bytes, self.bytes)?;
        let (digest, actual) = copy_and_hash(&mut content.take(size), out)?;
        if actual != size {
            return Err(KitError::Size { path: path.to_owned(), expected: size, actual });
        }
        if digest != expected.digest {
            return Err(KitError::Digest {
                path: path.to_owned(),
                expected: expected.digest,
                actual: digest,
            });
        }
        Ok(())
    }

    /// Paths that were listed and not seen.
    pub(super) fn missing(&self) -> Vec<String> {
        self.expected.keys().filter(|p| !self.seen.contains(*p)).cloned().collect()
    }

    /// True when the path is listed (or is the list).
    pub(super) fn lists(&self, path: &str) -> bool {
        path == SUMS || self.expected.contains_key(path)
    }

    /// True when a listed file lies below this directory.
    pub(super) fn needs_directory(&self, path: &str) -> bool {
        let prefix = format!("{path}/");
        self.expected.range(prefix.clone()..).next().is_some_and(|(p, _)| p.starts_with(&prefix))
    }

    /// Bytes of the files seen.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }
}

/// Copies to the end; the digest and the number of bytes.
pub(super) fn copy_and_hash(from: &mut dyn Read, to: &mut dyn Write) -> io::Result<(String, u64)> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0_u8; 128 * 1024];
    let mut size = 0_u64;
    loop {
        let n = match from.read(&mut buffer) {
            Ok(0) => return Ok((hex(&hasher.finalize()), size)),
            Ok(n) => n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(e),
        };
        hasher.update(&buffer[..n]);
        to.write_all(&buffer[..n])?;
        size += n as u64;
    }
}
