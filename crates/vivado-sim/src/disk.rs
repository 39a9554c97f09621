// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The one door to the file system.
//!
//! A real session goes straight through. While a thread holds a [`DryDisk`], every write of that thread stays in memory and
//! every read sees what was written there before what is on the disk: a script can be run to its end and the
//! directory tree is as it was, byte for byte.
//!
//! Limits of the dry disk: paths are compared by text (absolute, `.` and `..` taken out), so one file under two
//! names through a symbolic link is two files; times and permissions are not kept.

mod layer;

use std::cell::RefCell;
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use layer::Layer;

thread_local! {
    static LAYER: RefCell<Option<Layer>> = const { RefCell::new(None) };
}

/// Keeps this thread's writes in memory until it is dropped; all of them are then forgotten.
pub(crate) struct DryDisk(());

impl DryDisk {
    /// Starts the dry disk of this thread, empty.
    pub(crate) fn start() -> Self {
        LAYER.with_borrow_mut(|l| *l = Some(Layer::default()));
        Self(())
    }
}

impl Drop for DryDisk {
    fn drop(&mut self) {
        LAYER.with_borrow_mut(|l| *l = None);
    }
}

/// `dry` on the layer when there is one, else `real`.
fn either<T>(dry: impl FnOnce(&mut Layer) -> T, real: impl FnOnce() -> T) -> T {
    LAYER.with_borrow_mut(|layer| match layer {
        Some(layer) => dry(layer),
        None => real(),
    })
}

pub(crate) fn read(path: impl AsRef<Path>) -> io::Result<Vec<u8>> {
    either(|l| l.read(path.as_ref()), || fs_err::read(path.as_ref()))
}

pub(crate) fn read_to_string(path: impl AsRef<Path>) -> io::Result<String> {
    either(
        |l| String::from_utf8(l.read(path.as_ref())?).map_err(io::Error::other),
        || fs_err::read_to_string(path.as_ref()),
    )
}

pub(crate) fn write(path: impl AsRef<Path>, bytes: impl AsRef<[u8]>) -> io::Result<()> {
    either(
        |l| l.write(path.as_ref(), bytes.as_ref().to_vec()),
        || fs_err::write(path.as_ref(), bytes.as_ref()),
    )
}

/// Writes at the end of a file, which need not be there yet.
pub(crate) fn append(path: impl AsRef<Path>, bytes: impl AsRef<[u8]>) -> io::Result<()> {
    let path = path.as_ref();
    either(
        |l| {
            let mut whole = if l.is_file(path) { l.read(path)? } else { Vec::new() };
            whole.extend_from_slice(bytes.as_ref());
            l.write(path, whole)
        },
        || {
            let mut file = fs_err::OpenOptions::new().create(true).append(true).open(path)?;
            io::Write::write_all(&mut file, bytes.as_ref())
        },
    )
}

pub(crate) fn create_dir_all(path: impl AsRef<Path>) -> io::Result<()> {
    either(|l| l.create_dir_all(path.as_ref()), || fs_err::create_dir_all(path.as_ref()))
}

pub(crate) fn remove_dir_all(path: impl AsRef<Path>) -> io::Result<()> {
    either(
        |l| {
            l.remove(path.as_ref());
            Ok(())
        },
        || fs_err::remove_dir_all(path.as_ref()),
    )
}

pub(crate) fn remove_file(path: impl AsRef<Path>) -> io::Result<()> {
    let path = path.as_ref();
    either(
        |l| {
            if !l.is_file(path) {
                return Err(io::Error::new(io::ErrorKind::NotFound, format!("no file {}", path.display())));
            }
            l.remove(path);
            Ok(())
        },
        || fs_err::remove_file(path),
    )
}

/// Moves a file or a directory with all in it.
pub(crate) fn rename(from: impl AsRef<Path>, to: impl AsRef<Path>) -> io::Result<()> {
    let (from, to) = (from.as_ref(), to.as_ref());
    either(
        |l| {
            l.copy(from, to)?;
            l.remove(from);
            Ok(())
        },
        || fs_err::rename(from, to),
    )
}

/// Copies one file; gives its size in bytes.
pub(crate) fn copy(from: impl AsRef<Path>, to: impl AsRef<Path>) -> io::Result<u64> {
    let (from, to) = (from.as_ref(), to.as_ref());
    either(
        |l| {
            let bytes = l.read(from)?;
            let size = bytes.len() as u64;
            l.write(to, bytes)?;
            Ok(size)
        },
        || fs_err::copy(from, to),
    )
}

/// Copies a directory with all in it, on the dry disk.
pub(crate) fn copy_tree(from: &Path, to: &Path) -> io::Result<()> {
    either(|l| l.copy(from, to), || Err(io::Error::other("directories are copied on the dry disk only")))
}

/// What a directory holds: whole paths, sorted.
pub(crate) fn read_dir(path: impl AsRef<Path>) -> io::Result<Vec<PathBuf>> {
    let path = path.as_ref();
    either(
        |l| l.list(path),
        || {
            let mut entries =
                fs_err::read_dir(path)?.map(|e| Ok(e?.path())).collect::<io::Result<Vec<_>>>()?;
            entries.sort();
            Ok(entries)
        },
    )
}

pub(crate) fn exists(path: impl AsRef<Path>) -> bool {
    let path = path.as_ref();
    either(|l| l.is_file(path) || l.is_dir(path), || path.exists())
}

pub(crate) fn is_file(path: impl AsRef<Path>) -> bool {
    either(|l| l.is_file(path.as_ref()), || path.as_ref().is_file())
}

pub(crate) fn is_dir(path: impl AsRef<Path>) -> bool {
    either(|l| l.is_dir(path.as_ref()), || path.as_ref().is_dir())
}

/// Size of a file in bytes and the time of its last change in seconds since the epoch; zeros when there is none.
pub(crate) fn stat(path: impl AsRef<Path>) -> (u64, u64) {
    let path = path.as_ref();
    if let Some(own) = LAYER.with_borrow(|l| l.as_ref().and_then(|l| l.stat(path))) {
        return own;
    }
    let Ok(real) = path.metadata() else { return (0, 0) };
    let time = real.modified().ok().and_then(|t| t.duration_since(UNIX_EPOCH).ok());
    (real.len(), time.map_or(0, |t| t.as_secs()))
}

/// Whether a path is there only in memory: its content, when it is a file.
pub(crate) fn dry_content(path: &Path) -> Option<Vec<u8>> {
    LAYER.with_borrow(|l| l.as_ref().and_then(|l| l.own(path)))
}

#[cfg(test)]
mod tests {
    use super::{
        DryDisk, append, copy, create_dir_all, exists, is_dir, is_file, read_dir, read_to_string,
        remove_dir_all, remove_file, rename, write,
    };

    #[test]
    fn a_dry_disk_shows_what_was_written_and_leaves_the_real_one_alone() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs_err::create_dir_all(at("old/deep")).unwrap();
        fs_err::write(at("old/deep/a"), "real").unwrap();
        fs_err::write(at("keep"), "real").unwrap();
        {
            let _dry = DryDisk::start();
            assert_eq!(read_to_string(at("old/deep/a")).unwrap(), "real");
            write(at("keep"), "dry").unwrap();
            append(at("keep"), "+").unwrap();
            assert_eq!(read_to_string(at("keep")).unwrap(), "dry+");
            assert!(write(at("none/x"), "").is_err(), "no directory is made by a write");
            create_dir_all(at("new/sub")).unwrap();
            write(at("new/sub/x"), "1").unwrap();
            assert!(is_dir(at("new")) && is_file(at("new/sub/x")));
            rename(at("old"), at("moved")).unwrap();
            assert!(!exists(at("old")) && !exists(at("old/deep/a")));
            assert_eq!(read_to_string(at("moved/deep/a")).unwrap(), "real");
            copy(at("keep"), at("moved/k")).unwrap();
            assert_eq!(read_dir(at("moved")).unwrap(), [at("moved/deep"), at("moved/k")]);
            remove_dir_all(at("moved")).unwrap();
            create_dir_all(at("old")).unwrap();
            assert_eq!(
                read_dir(at("old")).unwrap(),
                Vec::<std::path::PathBuf>::new(),
                "what was removed stays so"
            );
            remove_file(at("keep")).unwrap();
            assert!(!exists(at("keep")) && remove_file(at("keep")).is_err());
            assert_eq!(read_dir(dir.path()).unwrap(), [at("new"), at("old")]);
        }
        assert_eq!(read_to_string(at("keep")).unwrap(), "real");
        assert_eq!(read_dir(dir.path()).unwrap(), [at("keep"), at("old")]);
        assert!(is_file(at("old/deep/a")) && !exists(at("new")));
    }
}
