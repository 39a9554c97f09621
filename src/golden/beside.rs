// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Files that come to a release later and lie beside its manifest: updates and signatures. Each is written whole or not at all, read-only, and
//! never overwritten, like the release itself.
//!
//! ```text
//! golden/RELEASE/updates/NAME.toml        an update that was built on it
//! golden/RELEASE/signatures/NAME.json     a signature over it
//! ```

use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;

use camino::Utf8PathBuf;

use super::store::check_name;
use super::writing::Writing;
use super::{Golden, GoldenError};
use crate::atomic;

/// A folder beside the manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shelf {
    /// Updates.
    Updates,
    /// Signatures.
    Signatures,
}

impl Shelf {
    /// All of them, in the order in which they are copied.
    pub const ALL: [Self; 2] = [Self::Updates, Self::Signatures];

    /// Name of the folder.
    pub const fn folder(self) -> &'static str {
        match self {
            Self::Updates => "updates",
            Self::Signatures => "signatures",
        }
    }

    /// Extension of its files.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Updates => "toml",
            Self::Signatures => "json",
        }
    }

    /// What one file is, for people.
    pub const fn what(self) -> &'static str {
        match self {
            Self::Updates => "update",
            Self::Signatures => "signature",
        }
    }
}

/// Where a file lies.
pub fn place(golden: &Golden, shelf: Shelf, name: &str) -> Utf8PathBuf {
    let dir = golden.store().dir().join(&golden.manifest.release).join(shelf.folder());
    dir.join(format!("{name}.{}", shelf.extension()))
}

/// Names of the files of a shelf, sorted.
pub fn names(golden: &Golden, shelf: Shelf) -> io::Result<Vec<String>> {
    let dir = golden.store().dir().join(&golden.manifest.release).join(shelf.folder());
    let mut names = Vec::new();
    match fs_err::read_dir(&dir) {
        Ok(entries) => {
            for entry in entries {
                let file = entry?.file_name();
                let ending = format!(".{}", shelf.extension());
                let name = file.to_str().and_then(|n| n.strip_suffix(ending.as_str()));
                names.extend(name.filter(|n| check_name(n).is_ok()).map(str::to_owned));
            }
        }
        Err(e) if e.kind() == io::ErrorKind::NotFound => {}
        Err(e) => return Err(e),
    }
    names.sort();
    Ok(names)
}

/// Refuses a name that is no name or is taken.
pub fn refuse_existing(golden: &Golden, shelf: Shelf, name: &str) -> Result<(), GoldenError> {
    check_name(name)?;
    if place(golden, shelf, name).exists() { Err(taken(golden, shelf, name)) } else { Ok(()) }
}

fn taken(golden: &Golden, shelf: Shelf, name: &str) -> GoldenError {
    GoldenError::Taken { release: golden.manifest.release.clone(), what: shelf.what(), name: name.to_owned() }
}

/// The text of a file as it lies there.
pub fn read(golden: &Golden, shelf: Shelf, name: &str) -> Result<String, GoldenError> {
    check_name(name)?;
    Ok(fs_err::read_to_string(place(golden, shelf, name))?)
}

/// Writes a file, whole or not at all, never over another.
pub fn write(golden: &Golden, shelf: Shelf, name: &str, text: &str) -> Result<(), GoldenError> {
    check_name(name)?;
    let path = place(golden, shelf, name);
    let dir = path.parent().expect("it lies in its folder");
    fs_err::create_dir_all(dir)?;
    let writing = Writing::begin(golden.store().dir())?;
    let mut temp = tempfile::Builder::new().prefix(".put-").tempfile_in(writing.dir())?;
    temp.write_all(text.as_bytes())?;
    temp.as_file().set_permissions(std::fs::Permissions::from_mode(0o444))?;
    temp.as_file().sync_all()?;
    match temp.persist_noclobber(&path) {
        Ok(_) => {}
        Err(e) if e.error.kind() == io::ErrorKind::AlreadyExists => return Err(taken(golden, shelf, name)),
        Err(e) => return Err(e.error.into()),
    }
    atomic::sync_dir(dir)?;
    if let Some(parent) = dir.parent() {
        atomic::sync_dir(parent)?;
    }
    Ok(())
}
