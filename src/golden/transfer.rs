// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Push and pull: a release copied from one store to another, object by object, hash-checked when read and when written.
//!
//! Resumable: objects that are there already with the right content are not copied again, and the release appears by its manifest, last. A
//! release of the same name with another content is refused; with the same content there is nothing to do. Stores are directories (a
//! network file system counts); those on the network are [`super::remote`]'s.

use serde::Serialize;

use super::beside::{self, Shelf};
use super::manifest::FileEntry;
use super::{Golden, GoldenError, Store, updates};

/// What a transfer did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Transfer {
    /// Release.
    pub release: String,
    /// Objects copied.
    pub copied: usize,
    /// Bytes copied.
    pub bytes: u64,
    /// Objects that were there already.
    pub already: usize,
    /// True when the other side had the whole release already.
    pub unchanged: bool,
}

/// Copies a release to another store.
pub fn transfer(golden: &Golden, to: &Store) -> Result<Transfer, GoldenError> {
    let release = &golden.manifest.release;
    let there = match to.load(release) {
        Ok(other) if other.manifest == golden.manifest && other.text() == golden.text() => true,
        Ok(other) => {
            return Err(GoldenError::Exists {
                release: release.clone(),
                written_by: other.manifest.written_by,
            });
        }
        Err(GoldenError::NotFound { .. }) => false,
        Err(error) => return Err(error),
    };
    to.sweep()?;
    let mut done = Transfer { release: release.clone(), copied: 0, bytes: 0, already: 0, unchanged: there };
    objects(golden, to, &golden.manifest.files, &mut done)?;
    if !there {
        to.publish(release, golden.text())?;
    }
    // What lies beside it after the release, each whole before its entry.
    let other = golden.at(to);
    for shelf in Shelf::ALL {
        let there = beside::names(&other, shelf)?;
        for name in beside::names(golden, shelf)? {
            let text = beside::read(golden, shelf, &name)?;
            if there.contains(&name) {
                if beside::read(&other, shelf, &name)? != text {
                    beside::refuse_existing(&other, shelf, &name)?;
                }
                continue;
            }
            if shelf == Shelf::Updates {
                objects(golden, to, &updates::load(golden, &name)?.files, &mut done)?;
            }
            beside::write(&other, shelf, &name, &text)?;
            done.unchanged = false;
        }
    }
    Ok(done)
}

fn objects(golden: &Golden, to: &Store, files: &[FileEntry], done: &mut Transfer) -> Result<(), GoldenError> {
    let mut seen = std::collections::BTreeSet::new();
    for file in files {
        if !seen.insert(&file.sha256) {
            continue;
        }
        if to.object(&file.sha256).exists() {
            // Re-hashes the other side's object: a damaged one is refused, not trusted for its name.
            golden.at(to).verified(file)?;
            done.already += 1;
            continue;
        }
        let path = golden.store().object(&file.sha256);
        if !path.exists() {
            golden.verified(file)?;
        }
        // Hashed while it is copied: a damaged source never arrives.
        if let Err(error) = to.put_known(&path, &file.sha256, file.size) {
            // Whose fault it is: the archive's own object says it better.
            golden.verified(file)?;
            return Err(error);
        }
        done.copied += 1;
        done.bytes += file.size;
        done.unchanged = false;
    }
    Ok(())
}
