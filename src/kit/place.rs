// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Puts a finished directory in its place by one rename.

use camino::{Utf8Path, Utf8PathBuf};
use rustix::fs::{CWD, RenameFlags, renameat_with};

use super::error::KitError;
use crate::atomic::sync_dir;

/// A directory that is being written, beside its place. Removed when it is dropped before [`Draft::place`].
#[derive(Debug)]
pub(super) struct Draft {
    dir: Utf8PathBuf,
    target: Utf8PathBuf,
}

impl Draft {
    /// An empty directory beside `target`, named after it and this process: two writers never share a draft, so that what
    /// is renamed is what was verified. Drafts of processes that are gone are removed.
    pub(super) fn new(target: &Utf8Path) -> Result<Self, KitError> {
        let parent = parent(target);
        let prefix = format!(".{}.dfxkit-new-", target.file_name().unwrap_or("kit"));
        fs_err::create_dir_all(parent)?;
        remove_stale(parent, &prefix)?;
        let dir = parent.join(format!("{prefix}{}", std::process::id()));
        remove(&dir)?;
        fs_err::create_dir(&dir)?;
        Ok(Self { dir, target: target.to_owned() })
    }

    /// Where to write.
    pub(super) fn dir(&self) -> &Utf8Path {
        &self.dir
    }

    /// Writes a file below it, through to the disk.
    pub(super) fn file(&self, name: &str, bytes: &[u8]) -> Result<(), KitError> {
        use std::io::Write as _;
        let path = self.dir.join(name);
        if let Some(parent) = path.parent() {
            fs_err::create_dir_all(parent)?;
        }
        let mut file = fs_err::OpenOptions::new().write(true).create_new(true).open(&path)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        Ok(())
    }

    /// Takes its place. What was there before (the caller has judged it) is exchanged in one step and then removed.
    pub(super) fn place(self) -> Result<(), KitError> {
        sync_tree(&self.dir)?;
        if self.target.symlink_metadata().is_ok() {
            let exchanged = renameat_with(
                CWD,
                self.dir.as_std_path(),
                CWD,
                self.target.as_std_path(),
                RenameFlags::EXCHANGE,
            );
            if exchanged.is_err() {
                // A file system that cannot exchange: the old one steps aside first, and a crash between leaves it there
                // under another name, whole.
                let aside = parent(&self.target)
                    .join(format!(".{}.dfxkit-old", self.target.file_name().unwrap_or("kit")));
                remove(&aside)?;
                fs_err::rename(&self.target, &aside)?;
                fs_err::rename(&self.dir, &self.target)?;
                remove(&aside)?;
            }
        } else {
            fs_err::rename(&self.dir, &self.target)?;
        }
        sync_dir(parent(&self.target))?;
        Ok(())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // After an exchange this is the old kit, otherwise a draft that nobody needs. Left behind, the next run removes it.
        let _ = remove(&self.dir);
    }
}

fn parent(path: &Utf8Path) -> &Utf8Path {
    match path.parent() {
        Some(p) if !p.as_str().is_empty() => p,
        _ => Utf8Path::new("."),
    }
}

fn remove(dir: &Utf8Path) -> Result<(), KitError> {
    match fs_err::remove_dir_all(dir) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(e.into()),
        _ => Ok(()),
    }
}

/// Removes drafts whose process is gone. On a file system that another machine writes to, a draft of that machine can
/// look stale; its writer then fails, and nothing wrong gets into place.
fn remove_stale(parent: &Utf8Path, prefix: &str) -> Result<(), KitError> {
    for entry in fs_err::read_dir(parent)? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(process) = name.to_str().and_then(|n| n.strip_prefix(prefix)) else { continue };
        let gone =
            process.bytes().all(|b| b.is_ascii_digit()) && !Utf8Path::new("/proc").join(process).exists();
        if gone {
            remove(&parent.join(name.to_string_lossy().as_ref()))?;
        }
    }
    Ok(())
}

fn sync_tree(dir: &Utf8Path) -> Result<(), KitError> {
    for entry in walkdir::WalkDir::new(dir).contents_first(true) {
        let entry = entry.map_err(std::io::Error::from)?;
        if entry.file_type().is_dir() {
            fs_err::File::open(entry.path())?.sync_all()?;
        }
    }
    Ok(())
}
