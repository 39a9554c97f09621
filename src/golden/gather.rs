// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The files of a release on their way into the store: named first, stored on all cores at the end. No content is read twice: what the store has is
//! re-hashed and its origin left alone, what it has not is hashed while it is copied, and what is looked into is stored from memory.

use std::collections::BTreeSet;

use camino::Utf8PathBuf;

use super::manifest::{FileEntry, Role};
use super::parallel::on_all_cores;
use super::{GoldenError, Store};
use crate::artifacts::Artifact;

/// Files of a release or an update.
pub(super) struct Files<'a> {
    store: &'a Store,
    /// What was named so far, in order.
    pub(super) entries: Vec<FileEntry>,
    origins: Vec<Option<Utf8PathBuf>>,
    /// Hashes of objects that are known to be in the store, whole.
    stored: BTreeSet<String>,
}

impl<'a> Files<'a> {
    pub(super) fn new(store: &'a Store) -> Self {
        Self { store, entries: Vec::new(), origins: Vec::new(), stored: BTreeSet::new() }
    }

    /// Names an artifact, if there is one; its hash is known.
    pub(super) fn add(&mut self, role: Role, subject: &str, artifact: Option<&Artifact>) {
        let Some(artifact) = artifact else { return };
        let entry = FileEntry {
            role,
            subject: subject.to_owned(),
            name: artifact.path.file_name().unwrap_or("file").into(),
            sha256: artifact.sha256.clone(),
            size: artifact.size,
        };
        self.push(entry, Some(artifact.path.clone()));
    }

    /// Names an entry whose content comes from `origin`, or is stored already.
    pub(super) fn push(&mut self, entry: FileEntry, origin: Option<Utf8PathBuf>) {
        if origin.is_none() {
            self.stored.insert(entry.sha256.clone());
        }
        self.entries.push(entry);
        self.origins.push(origin);
    }

    /// Stores and names bytes; nothing when there are none.
    pub(super) fn add_bytes(
        &mut self,
        role: Role,
        subject: &str,
        name: &str,
        bytes: &[u8],
    ) -> Result<(), GoldenError> {
        if bytes.is_empty() {
            return Ok(());
        }
        let (sha256, size) = self.store.put_bytes(bytes, name.into())?;
        let entry = FileEntry { role, subject: subject.to_owned(), name: name.into(), sha256, size };
        self.push(entry, None);
        Ok(())
    }

    /// The content of an artifact that was named, read and stored at once.
    pub(super) fn content(&mut self, artifact: &Artifact) -> Result<Vec<u8>, GoldenError> {
        let bytes = self.store.take(&artifact.path, &artifact.sha256, artifact.size)?;
        self.stored.insert(artifact.sha256.clone());
        Ok(bytes)
    }

    /// Stores what is not stored yet, each content once, on all cores. The first failure by order of the files is the answer.
    pub(super) fn store(&mut self) -> Result<(), GoldenError> {
        let mut open: Vec<(&FileEntry, &Utf8PathBuf)> = Vec::new();
        for (entry, origin) in self.entries.iter().zip(&self.origins) {
            if let Some(origin) = origin
                && self.stored.insert(entry.sha256.clone())
            {
                open.push((entry, origin));
            }
        }
        let put = |i: usize| {
            let (entry, origin) = open[i];
            self.store.put_known(origin, &entry.sha256, entry.size).err()
        };
        let results = on_all_cores(open.len(), |i| open[i].0.size, put);
        results.into_iter().flatten().next().map_or(Ok(()), Err)
    }
}
