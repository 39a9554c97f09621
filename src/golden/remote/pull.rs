// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pull: objects first, each hashed when it arrives; the manifest last. A download that was cut off goes on where it stopped, also after the process
//! was killed: what has come lies in `.getting/` of the archive until it is whole.

use std::collections::BTreeMap;
use std::io::{self, Seek, Write as _};
use std::sync::{Mutex, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};
use serde::Serialize;

use super::{
    Found, Read, RemoteError, Result, Sink, Summary, manifest_key, object_key, releases, some_at_once,
};
use crate::golden::beside::{self, Shelf};
use crate::golden::manifest::FileEntry;
use crate::golden::{Golden, GoldenError, Store, updates};

/// How often the bytes of an object may turn out wrong before it is given up.
const TRIES: u32 = 3;

/// How often an object is asked for while nothing more of it comes.
const STALLS: u32 = 4;

/// What a pull did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pulled {
    /// Release.
    pub release: String,
    /// Objects fetched.
    pub copied: usize,
    /// Bytes of these objects.
    pub bytes: u64,
    /// Bytes of them that an earlier pull had left behind.
    pub resumed: u64,
    /// Objects that were here already.
    pub already: usize,
    /// True when everything was here already.
    pub unchanged: bool,
    /// False when the server lists nothing, so that updates and signatures could not be looked for.
    pub listed: bool,
}

/// Fetches a release into an archive.
pub fn pull(from: &dyn Read, release: &str, to: &Store) -> Result<Pulled> {
    crate::golden::store::check_name(release)?;
    let golden = remote(from, release, to)?;
    let here = match to.load(release) {
        Ok(here) if here.text() == golden.text() => true,
        Ok(here) => {
            return Err(RemoteError::Exists {
                release: release.to_owned(),
                place: to.dir().to_string(),
                ours: Box::new(Summary::of(golden.text().as_bytes())),
                theirs: Box::new(Summary::of(here.text().as_bytes())),
            });
        }
        Err(GoldenError::NotFound { .. }) => false,
        Err(error) => return Err(error.into()),
    };
    let done = Mutex::new(Pulled {
        release: release.to_owned(),
        copied: 0,
        bytes: 0,
        resumed: 0,
        already: 0,
        unchanged: here,
        listed: true,
    });
    objects(from, &golden, &golden.manifest.files, &done)?;
    if !here {
        to.publish(release, golden.text())?;
    }
    for shelf in Shelf::ALL {
        let Some(names) = from.list(&format!("{release}/{}", shelf.folder()))? else {
            done.lock().unwrap_or_else(PoisonError::into_inner).listed = false;
            continue;
        };
        let here = beside::names(&golden, shelf).map_err(GoldenError::from)?;
        for file in names {
            let Some(name) = file.strip_suffix(&format!(".{}", shelf.extension())) else { continue };
            if crate::golden::store::check_name(name).is_err() {
                continue;
            }
            let Some(bytes) = from.read(&format!("{release}/{}/{file}", shelf.folder()))? else { continue };
            let text = text(from, &file, bytes)?;
            if here.iter().any(|n| n == name) {
                let ours = beside::read(&golden, shelf, name)?;
                if ours != text {
                    return Err(RemoteError::Taken {
                        release: release.to_owned(),
                        place: to.dir().to_string(),
                        what: shelf.what(),
                        name: name.to_owned(),
                        hashes: Box::new([text.as_bytes(), ours.as_bytes()].map(crate::hash::sha256)),
                    });
                }
            }
            if shelf == Shelf::Updates {
                let update = updates::parse(
                    &golden,
                    name,
                    &text,
                    &Utf8PathBuf::from(format!("{}/{file}", from.name())),
                )?;
                objects(from, &golden, &update.files, &done)?;
            }
            if !here.iter().any(|n| n == name) {
                beside::write(&golden, shelf, name, &text)?;
                done.lock().unwrap_or_else(PoisonError::into_inner).unchanged = false;
            }
        }
    }
    // Empty when everything is whole; what belongs to another release that was cut off stays.
    let _ = fs_err::remove_dir(getting(to));
    Ok(done.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// Reads a release's manifest from a store, as it will be in the archive `to`.
pub(super) fn remote(from: &dyn Read, release: &str, to: &Store) -> Result<Golden> {
    let key = manifest_key(release);
    let Some(bytes) = from.read(&key)? else {
        let known = match releases(from)? {
            None => "unknown, the server lists nothing".to_owned(),
            Some(names) if names.is_empty() => "none".to_owned(),
            Some(names) => names.join(", "),
        };
        return Err(RemoteError::NotFound {
            release: release.to_owned(),
            place: from.name().to_owned(),
            known,
        });
    };
    let text = text(from, &key, bytes)?;
    Ok(to.parse(release, text, &Utf8PathBuf::from(format!("{}/{key}", from.name())))?)
}

fn text(from: &dyn Read, key: &str, bytes: Vec<u8>) -> Result<String> {
    String::from_utf8(bytes).map_err(|_| {
        RemoteError::Golden(GoldenError::Manifest {
            path: format!("{}/{key}", from.name()).into(),
            message: "it is not UTF-8".into(),
        })
    })
}

fn getting(to: &Store) -> Utf8PathBuf {
    to.dir().join(".getting")
}

fn objects(from: &dyn Read, golden: &Golden, files: &[FileEntry], done: &Mutex<Pulled>) -> Result<()> {
    let to = golden.store();
    let unique: BTreeMap<&str, &FileEntry> = files.iter().map(|f| (f.sha256.as_str(), f)).collect();
    let unique: Vec<&FileEntry> = unique.into_values().collect();
    fs_err::create_dir_all(getting(to)).map_err(GoldenError::from)?;
    some_at_once(&unique, |file| {
        if to.object(&file.sha256).exists() {
            // A damaged one is named, not replaced: somebody must look at this disk.
            golden.verified(file)?;
            done.lock().unwrap_or_else(PoisonError::into_inner).already += 1;
            return Ok(());
        }
        let resumed = fetch(from, to, file)?;
        let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
        done.copied += 1;
        done.bytes += file.size;
        done.resumed += resumed;
        done.unchanged = false;
        Ok(())
    })
}

/// Fetches one object; gives how many bytes of it were here already.
fn fetch(from: &dyn Read, to: &Store, file: &FileEntry) -> Result<u64> {
    let key = object_key(&file.sha256);
    let path = getting(to).join(&file.sha256);
    let io = |e: io::Error| RemoteError::from(GoldenError::from(e));
    let have = || fs_err::metadata(&path).map_or(0, |m| m.len());
    let begun = have();
    let mut resumed = if begun <= file.size { begun } else { 0 };
    let (mut tries, mut stalls) = (1, 0);
    loop {
        let before = have();
        if before > file.size {
            fs_err::remove_file(&path).map_err(io)?;
            continue;
        }
        if before < file.size || file.size == 0 {
            let mut part = Part::open(&path).map_err(io)?;
            let got = from.fetch(&key, before, &mut part);
            part.file.sync_all().map_err(io)?;
            if part.offset != Some(before) {
                resumed = 0;
            }
            match got {
                Ok(true) => {}
                Ok(false) => {
                    let _ = fs_err::remove_file(&path);
                    return Err(RemoteError::Missing {
                        name: format!("{} ({})", file.role, file.name),
                        place: from.name().to_owned(),
                        expected: file.sha256.clone(),
                    });
                }
                Err(error) => {
                    stalls = if have() > before { 0 } else { stalls + 1 };
                    if stalls >= STALLS {
                        return Err(error);
                    }
                    continue;
                }
            }
            if have() < file.size {
                // It ended early without an error: servers and proxies do that.
                stalls = if have() > before { 0 } else { stalls + 1 };
                if stalls < STALLS {
                    continue;
                }
            }
        }
        match place(to, &path, file) {
            Ok(()) => return Ok(resumed),
            Err(GoldenError::Damaged { actual, actual_size, .. }) => {
                fs_err::remove_file(&path).map_err(io)?;
                resumed = 0;
                if tries >= TRIES {
                    return Err(RemoteError::Arrived {
                        name: format!("{} ({})", file.role, file.name),
                        which: "does not come whole from",
                        place: from.name().to_owned(),
                        found: Box::new(Found {
                            expected: file.sha256.clone(),
                            expected_size: file.size,
                            actual,
                            actual_size,
                        }),
                        tries,
                    });
                }
                tries += 1;
                stalls = 0;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Puts a whole download into the archive, hashing what is on the disk.
fn place(to: &Store, path: &Utf8Path, file: &FileEntry) -> std::result::Result<(), GoldenError> {
    to.put_known(path, &file.sha256, file.size)?;
    fs_err::remove_file(path)?;
    Ok(())
}

/// An unfinished download.
struct Part {
    file: std::fs::File,
    /// Where the answer began.
    offset: Option<u64>,
}

impl Part {
    fn open(path: &Utf8Path) -> io::Result<Self> {
        let file = std::fs::OpenOptions::new().write(true).create(true).truncate(false).open(path)?;
        Ok(Self { file, offset: None })
    }
}

impl Sink for Part {
    fn begin(&mut self, offset: u64) -> io::Result<()> {
        self.offset = Some(offset);
        self.file.set_len(offset)?;
        self.file.seek(io::SeekFrom::Start(offset))?;
        Ok(())
    }
    fn piece(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)
    }
}
