// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Files of ours where the kernel looks for firmware. Their names are unique: an old file of the same name is how wrong images
//! get loaded.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::manager::ManagerError;
use crate::sha256::hex;

/// A file that goes away again.
#[derive(Debug)]
pub(crate) struct Staged {
    path: PathBuf,
    /// Name for the kernel.
    pub(crate) name: String,
    sha256: [u8; 32],
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
    ahead: Vec<Staged>,
}

impl Firmware {
    pub(crate) fn new(root: &Path) -> Self {
        Self { dir: root.join("lib/firmware"), ahead: Vec::new() }
    }

    /// Puts an image there for a load that comes soon.
    pub(crate) fn stage(&mut self, image: &[u8], sha256: &[u8; 32]) -> Result<(), ManagerError> {
        if !self.ahead.iter().any(|s| s.sha256 == *sha256) {
            let staged = self.put(image, sha256)?;
            self.ahead.push(staged);
        }
        Ok(())
    }

    /// Takes away what was put there and not used.
    pub(crate) fn unstage(&mut self) {
        self.ahead.clear();
    }

    /// The file of an image, put there now if it was not before.
    pub(crate) fn take(&mut self, image: &[u8], sha256: &[u8; 32]) -> Result<Staged, ManagerError> {
        match self.ahead.iter().position(|s| s.sha256 == *sha256) {
            Some(n) => Ok(self.ahead.swap_remove(n)),
            None => self.put(image, sha256),
        }
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
        let staged = Staged { path: path.clone(), name, sha256: *sha256 };
        // Not synced: the kernel reads through the page cache, and after a crash of the machine the device is empty too.
        file.write_all(image).map_err(fail("write"))?;
        Ok(staged)
    }

    /// Removes files of ours whose owners are dead: we hold the lock, and have staged nothing yet.
    pub(crate) fn tidy(&self) {
        let Ok(entries) = fs::read_dir(&self.dir) else { return };
        let ours = |path: &PathBuf| {
            let name = path.file_name().and_then(|n| n.to_str()).unwrap_or("");
            name.strip_prefix("dfxkit-").and_then(|n| n.strip_suffix(".bin")).is_some_and(|n| {
                n.split_once('-').is_some_and(|(digest, process)| {
                    digest.len() == 12
                        && digest.bytes().all(|b| b.is_ascii_hexdigit())
                        && process.bytes().all(|b| b.is_ascii_digit())
                })
            })
        };
        for path in entries.filter_map(Result::ok).map(|e| e.path()).filter(ours) {
            if !self.ahead.iter().any(|s| s.path == path) {
                // It only takes space.
                let _ = fs::remove_file(&path);
            }
        }
    }
}
