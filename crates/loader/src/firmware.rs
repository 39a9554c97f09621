// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Files of ours where the kernel looks for firmware. Their names are unique: an old file of the same name is how wrong images
//! get loaded. Files of prefetched images stay; before one is used again it must be the same file, unchanged since (inode,
//! length, time of the last change), or it is written anew. Who has root and writes into it within one tick of that clock, at
//! the same length, is not seen.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::manager::ManagerError;
use crate::sha256::hex;

/// A file that goes away again with its last user.
#[derive(Debug)]
pub(crate) struct Staged {
    path: PathBuf,
    /// Name for the kernel.
    pub(crate) name: String,
    sha256: [u8; 32],
    /// What it looked like when it was written.
    looks: Option<Looks>,
}

/// Device, inode, bytes, seconds and nanoseconds of its last change: another file, or one that was written since, differs.
type Looks = (u64, u64, u64, i64, i64);

impl Staged {
    fn look(&self) -> Option<Looks> {
        fs::symlink_metadata(&self.path).ok().and_then(|m| looks(&m))
    }

    /// Still what was written.
    fn is_intact(&self) -> bool {
        self.looks.is_some() && self.look() == self.looks
    }
}

#[cfg(unix)]
fn looks(m: &fs::Metadata) -> Option<Looks> {
    use std::os::unix::fs::MetadataExt;
    Some((m.dev(), m.ino(), m.len(), m.ctime(), m.ctime_nsec()))
}

#[cfg(not(unix))]
fn looks(_: &fs::Metadata) -> Option<Looks> {
    None
}

impl Drop for Staged {
    fn drop(&mut self) {
        // Left behind it only takes space: its name is unique.
        let _ = fs::remove_file(&self.path);
    }
}

/// `lib/firmware` below a root, and what was put there ahead of a load.
#[derive(Debug)]
pub(crate) struct Firmware {
    dir: PathBuf,
    processes: PathBuf,
    ahead: Vec<Arc<Staged>>,
    /// Of prefetched images: they stay.
    kept: Vec<Arc<Staged>>,
}

impl Firmware {
    pub(crate) fn new(root: &Path) -> Self {
        let (dir, processes) = (root.join("lib/firmware"), root.join("proc"));
        Self { dir, processes, ahead: Vec::new(), kept: Vec::new() }
    }

    fn find(list: &[Arc<Staged>], sha256: &[u8; 32]) -> Option<Arc<Staged>> {
        list.iter().find(|s| s.sha256 == *sha256 && s.is_intact()).cloned()
    }

    /// Puts an image there for a load that comes soon.
    pub(crate) fn stage(&mut self, image: &[u8], sha256: &[u8; 32]) -> Result<(), ManagerError> {
        let staged = self.take(image, sha256)?;
        self.ahead.push(staged);
        Ok(())
    }

    /// Takes away what was put there and not used.
    pub(crate) fn unstage(&mut self) {
        self.ahead.clear();
    }

    /// Puts an image there for many loads. Best effort: without it every load does so.
    pub(crate) fn keep(&mut self, image: &[u8], sha256: &[u8; 32]) {
        if Self::find(&self.kept, sha256).is_none() {
            self.release(sha256);
            if let Ok(staged) = self.put(image, sha256) {
                self.kept.push(Arc::new(staged));
            }
        }
    }

    /// Lets such an image go.
    pub(crate) fn release(&mut self, sha256: &[u8; 32]) {
        self.kept.retain(|s| s.sha256 != *sha256);
    }

    /// The file of an image, put there now if it was not before or was changed since.
    pub(crate) fn take(&mut self, image: &[u8], sha256: &[u8; 32]) -> Result<Arc<Staged>, ManagerError> {
        if let Some(n) = self.ahead.iter().position(|s| s.sha256 == *sha256) {
            let staged = self.ahead.swap_remove(n);
            if staged.is_intact() {
                return Ok(staged);
            }
        }
        if let Some(staged) = Self::find(&self.kept, sha256) {
            return Ok(staged);
        }
        // What is there in its place is not ours any more, and its name is wanted.
        self.release(sha256);
        self.put(image, sha256).map(Arc::new)
    }

    fn put(&self, image: &[u8], sha256: &[u8; 32]) -> Result<Staged, ManagerError> {
        let name = format!("dfxkit-{}-{}.bin", &hex(sha256)[..12], std::process::id());
        let path = self.dir.join(&name);
        let fail = |what: &'static str| {
            let path = path.clone();
            move |error| ManagerError::Prepare { what, path, error }
        };
        // What an earlier process of our number left behind is ours to remove; anything else is not followed.
        match fs::symlink_metadata(&path) {
            Ok(_) => fs::remove_file(&path).map_err(fail("remove the old"))?,
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) => return Err(fail("look at")(e)),
        }
        let mut file = OpenOptions::new().write(true).create_new(true).open(&path).map_err(fail("make"))?;
        let mut staged = Staged { path: path.clone(), name, sha256: *sha256, looks: None };
        // Not synced: the kernel reads through the page cache, and after a crash of the machine the device is empty too.
        file.write_all(image).map_err(fail("write"))?;
        staged.looks = file.metadata().ok().and_then(|m| looks(&m));
        Ok(staged)
    }

    /// Removes files of ours whose owners are dead.
    pub(crate) fn tidy(&self) {
        let Ok(entries) = fs::read_dir(&self.dir) else { return };
        let own = std::process::id().to_string();
        let ours = |path: &PathBuf| {
            let name = path.file_name().and_then(|n| n.to_str()).unwrap_or("");
            name.strip_prefix("dfxkit-").and_then(|n| n.strip_suffix(".bin")).is_some_and(|n| {
                n.split_once('-').is_some_and(|(digest, process)| {
                    digest.len() == 12
                        && digest.bytes().all(|b| b.is_ascii_hexdigit())
                        && process.bytes().all(|b| b.is_ascii_digit())
                        && (process == own || !self.processes.join(process).exists())
                })
            })
        };
        for path in entries.filter_map(Result::ok).map(|e| e.path()).filter(ours) {
            if !self.ahead.iter().chain(&self.kept).any(|s| s.path == path) {
                // It only takes space.
                let _ = fs::remove_file(&path);
            }
        }
    }
}
