// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where unfinished files of the archive lie: one directory a writer, named after the process, so that the next archive can tell what a killed
//! one left from what a living one is writing.
//!
//! ```text
//! golden/.writing-PID-TICKS-xxxxxx@HOST/    PID started TICKS clock ticks after the boot of HOST
//! ```
//!
//! No lock: on network file systems there is none to rely on (traps 37). What another host left is never touched, since nobody here can tell
//! whether it lives; it does no harm and can be removed by hand.

use std::io;

use camino::{Utf8Path, Utf8PathBuf};

use crate::exec::lock::Holder;

const PREFIX: &str = ".writing-";

/// A writer's directory; removed when dropped.
#[derive(Debug)]
pub(super) struct Writing {
    dir: tempfile::TempDir,
    path: Utf8PathBuf,
}

impl Writing {
    /// Makes one in a store, which is made when it is not there.
    pub(super) fn begin(store: &Utf8Path) -> io::Result<Self> {
        fs_err::create_dir_all(store)?;
        let me = Holder::me("");
        let dir = tempfile::Builder::new()
            .prefix(&format!("{PREFIX}{}-{}-", me.pid, me.start_ticks))
            .suffix(&format!("@{}", me.host))
            .tempdir_in(store)?;
        let path = Utf8PathBuf::from_path_buf(dir.path().to_path_buf())
            .map_err(|_| io::Error::other("the archive's path is not UTF-8"))?;
        Ok(Self { dir, path })
    }

    /// Its path.
    pub(super) fn dir(&self) -> &Utf8Path {
        debug_assert_eq!(self.dir.path(), self.path.as_std_path());
        &self.path
    }
}

/// Removes what writers of this host left that are dead; gives how many. Living writers and those of other hosts are left alone.
pub(super) fn sweep(store: &Utf8Path) -> io::Result<usize> {
    let entries = match fs_err::read_dir(store) {
        Ok(entries) => entries,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(e) => return Err(e),
    };
    let mut removed = 0;
    for entry in entries {
        let entry = entry?;
        let dead = entry.file_name().to_str().and_then(holder).is_some_and(|h| h.lives() == Some(false));
        if dead {
            match fs_err::remove_dir_all(entry.path()) {
                // Two that sweep at once.
                Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
                _ => removed += 1,
            }
        }
    }
    Ok(removed)
}

/// Who a directory belongs to, by its name.
fn holder(name: &str) -> Option<Holder> {
    let (process, host) = name.strip_prefix(PREFIX)?.split_once('@')?;
    let mut parts = process.splitn(3, '-');
    let pid = parts.next()?.parse().ok()?;
    let start_ticks = parts.next()?.parse().ok()?;
    Some(Holder::of(pid, start_ticks, host))
}

/// The name that a writer of another process would have; for tests.
#[cfg(test)]
pub(super) fn name_of(holder: &Holder) -> String {
    format!("{PREFIX}{}-{}-abcdef@{}", holder.pid, holder.start_ticks, holder.host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_dead_left_goes_and_nothing_else() {
        let keep = tempfile::tempdir().unwrap();
        let store = Utf8Path::from_path(keep.path()).unwrap();
        let me = Holder::me("");
        let living = Writing::begin(store).unwrap();
        fs_err::write(living.dir().join("half"), "x").unwrap();
        let dead = Holder { start_ticks: me.start_ticks + 1, ..me.clone() };
        let foreign = Holder { host: "another-machine".into(), ..dead.clone() };
        for (h, file) in [(&dead, "a"), (&foreign, "b")] {
            fs_err::create_dir_all(store.join(name_of(h))).unwrap();
            fs_err::write(store.join(name_of(h)).join(file), "left").unwrap();
        }
        fs_err::create_dir(store.join("1.0")).unwrap();
        assert_eq!(sweep(store).unwrap(), 1);
        assert!(!store.join(name_of(&dead)).exists());
        assert!(store.join(name_of(&foreign)).join("b").is_file());
        assert!(living.dir().join("half").is_file() && store.join("1.0").is_dir());
        let path = living.dir().to_owned();
        drop(living);
        assert!(!path.exists());
        assert_eq!(sweep(&store.join("none")).unwrap(), 0);
    }
}
