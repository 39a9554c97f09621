// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Push: objects first, each read back and hashed; the manifest last, created only where none is; then updates and signatures, in the same order.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::PoisonError;

use serde::Serialize;

use super::{
    Created, Found, RemoteError, Result, Summary, Write, hash, manifest_key, object_key, some_at_once,
};
use crate::golden::beside::{self, Shelf};
use crate::golden::manifest::FileEntry;
use crate::golden::{Golden, GoldenError, updates};

/// How often an object is sent before it is given up.
const TRIES: u32 = 3;

/// What a push did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pushed {
    /// Release.
    pub release: String,
    /// Objects sent.
    pub copied: usize,
    /// Bytes sent.
    pub bytes: u64,
    /// Objects that were there already.
    pub already: usize,
    /// Objects that were there under their name with another content, of a push that was cut off or of a fault; they were sent again.
    pub repaired: usize,
    /// True when the store had everything already.
    pub unchanged: bool,
}

/// Sends a release to a store.
pub fn push(golden: &Golden, to: &dyn Write) -> Result<Pushed> {
    let release = &golden.manifest.release;
    let text = golden.text().as_bytes();
    let key = manifest_key(release);
    let there = match to.read(&key)? {
        Some(bytes) => same(golden, to, &bytes).map(|()| true)?,
        None => false,
    };
    if !there {
        to.ready()?;
    }
    let done =
        Pushed { release: release.clone(), copied: 0, bytes: 0, already: 0, repaired: 0, unchanged: there };
    let done = Mutex::new(done);
    objects(golden, to, &golden.manifest.files, there, &done)?;
    if !there && let Created::There(bytes) = to.create(&key, text)? {
        same(golden, to, &bytes)?;
    }
    for shelf in Shelf::ALL {
        for name in beside::names(golden, shelf).map_err(GoldenError::from)? {
            let text = beside::read(golden, shelf, &name)?;
            let key = format!("{release}/{}/{name}.{}", shelf.folder(), shelf.extension());
            let taken = |theirs: &[u8]| {
                if theirs == text.as_bytes() {
                    return Ok(());
                }
                Err(RemoteError::Taken {
                    release: release.clone(),
                    place: to.name().to_owned(),
                    what: shelf.what(),
                    name: name.clone(),
                    hashes: Box::new([text.as_bytes(), theirs].map(crate::hash::sha256)),
                })
            };
            let found = to.read(&key)?;
            if let Some(theirs) = &found {
                taken(theirs)?;
            }
            if shelf == Shelf::Updates {
                objects(golden, to, &updates::load(golden, &name)?.files, found.is_some(), &done)?;
            }
            if found.is_none() {
                if there {
                    to.ready()?;
                }
                if let Created::There(theirs) = to.create(&key, text.as_bytes())? {
                    taken(&theirs)?;
                }
                done.lock().unwrap_or_else(PoisonError::into_inner).unchanged = false;
            }
        }
    }
    Ok(done.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// Refuses a manifest that is there and differs, saying whose it is.
fn same(golden: &Golden, to: &dyn Write, theirs: &[u8]) -> Result<()> {
    if theirs == golden.text().as_bytes() {
        return Ok(());
    }
    Err(RemoteError::Exists {
        release: golden.manifest.release.clone(),
        place: to.name().to_owned(),
        ours: Box::new(Summary::of(golden.text().as_bytes())),
        theirs: Box::new(Summary::of(theirs)),
    })
}

/// Sends what is not there. `vouched` says that an entry naming these objects is there: they were hashed before it came, so their size is looked at
/// alone; `verify-remote` hashes them again.
fn objects(
    golden: &Golden,
    to: &dyn Write,
    files: &[FileEntry],
    vouched: bool,
    done: &Mutex<Pushed>,
) -> Result<()> {
    let unique: BTreeMap<&str, &FileEntry> = files.iter().map(|f| (f.sha256.as_str(), f)).collect();
    let unique: Vec<&FileEntry> = unique.into_values().collect();
    some_at_once(&unique, |file| {
        let key = object_key(&file.sha256);
        let found = to.stat(&key)?;
        let good = found == Some(file.size) && (vouched || arrived(to, &key, file)?.is_none());
        if good {
            done.lock().unwrap_or_else(PoisonError::into_inner).already += 1;
            return Ok(());
        }
        let path = golden.verified(file)?;
        send(to, &key, &path, file)?;
        let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
        done.copied += 1;
        done.bytes += file.size;
        done.repaired += usize::from(found.is_some());
        done.unchanged = false;
        Ok(())
    })
}

fn send(to: &dyn Write, key: &str, path: &camino::Utf8Path, file: &FileEntry) -> Result<()> {
    let mut tries = 0;
    loop {
        tries += 1;
        to.send(key, path, file.size)?;
        let Some((actual, actual_size)) = arrived(to, key, file)? else { return Ok(()) };
        if tries >= TRIES {
            return Err(RemoteError::Arrived {
                name: format!("{} ({})", file.role, file.name),
                which: "did not arrive whole in",
                place: to.name().to_owned(),
                found: Box::new(Found {
                    expected: file.sha256.clone(),
                    expected_size: file.size,
                    actual,
                    actual_size,
                }),
                tries,
            });
        }
    }
}

/// Reads an object back; none when it is what it should be, else hash and size of what is there.
fn arrived(to: &dyn Write, key: &str, file: &FileEntry) -> Result<Option<(String, u64)>> {
    let found = hash(to, key)?.unwrap_or_else(|| ("none".to_owned(), 0));
    Ok((found.0 != file.sha256 || found.1 != file.size).then_some(found))
}
