// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Device-tree overlays through configfs, as linux-xlnx offers it: `device-tree/overlays/<name>/{dtbo,path,status}`.
//!
//! Facts that shaped it: the blob goes in by one `write(2)`; old kernels answer success although the overlay failed, so
//! `status` is compared as a whole line ("unapplied" holds "applied"); a failed overlay must be removed; a second overlay
//! on an occupied region is refused by the kernel, and *cleaning that up closes the bridges of the running module* (measured
//! on 6.1), so it is never tried: each region has one overlay name of ours, and an existing directory is an error.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Where overlays are inserted.
#[derive(Debug, Clone)]
pub struct Overlays {
    dir: PathBuf,
    /// A plain directory stands in for configfs: attributes are made here, not by a kernel.
    emulated: bool,
}

/// What an overlay is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source<'s> {
    /// The compiled blob.
    Blob(&'s [u8]),
    /// A file name below the firmware search path.
    Path(&'s str),
}

/// Why an overlay is not as it should be.
#[derive(Debug)]
#[non_exhaustive]
pub enum OverlayError {
    /// The kernel has no overlays in configfs.
    NoConfigfs {
        /// Directory that is not there.
        path: PathBuf,
    },
    /// An overlay of that name is there already.
    Occupied {
        /// Its directory.
        path: PathBuf,
    },
    /// A file operation failed.
    Io {
        /// What was being done.
        what: &'static str,
        /// File.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The kernel took it and did not apply it.
    NotApplied {
        /// Its directory.
        path: PathBuf,
        /// What `status` says.
        status: String,
    },
}

impl std::fmt::Display for OverlayError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoConfigfs { path } => write!(
                f,
                "there is no {}: this kernel has no device-tree overlays in configfs (linux-xlnx has; mainline has not), \
                 or configfs is not mounted",
                path.display()
            ),
            Self::Occupied { path } => write!(
                f,
                "{} exists: the region has an overlay. A second one would be refused by the kernel and close the running \
                 module's bridges when cleaned up, so it is not tried",
                path.display()
            ),
            Self::Io { what, path, error } => write!(f, "cannot {what} {}: {error}", path.display()),
            Self::NotApplied { path, status } => write!(
                f,
                "{}: expected status applied, actual {status}; the kernel's log says why (dmesg)",
                path.display()
            ),
        }
    }
}

impl std::error::Error for OverlayError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { error, .. } => Some(error),
            _ => None,
        }
    }
}

impl Overlays {
    /// The overlays of the system below `root`.
    pub fn new(root: &Path) -> Self {
        Self { dir: root.join("sys/kernel/config/device-tree/overlays"), emulated: false }
    }

    /// A plain directory that answers like a kernel which applies everything; for tests and dry runs.
    pub fn emulated(root: &Path) -> Self {
        Self { emulated: true, ..Self::new(root) }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// True when the kernel has overlays in configfs.
    pub fn available(&self) -> bool {
        self.dir.is_dir()
    }

    /// The error for a kernel that has none.
    pub(crate) fn missing(&self) -> OverlayError {
        OverlayError::NoConfigfs { path: self.dir.clone() }
    }

    /// True when an overlay of that name exists, applied or not.
    pub fn exists(&self, name: &str) -> bool {
        self.path(name).exists()
    }

    /// Names of all overlays, ours or not.
    pub fn list(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(&self.dir) else { return Vec::new() };
        let mut names: Vec<String> =
            entries.filter_map(Result::ok).map(|e| e.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// Inserts an overlay and makes sure that it is applied. On failure it is removed again.
    ///
    /// # Errors
    /// [`OverlayError`].
    pub fn insert(&self, name: &str, source: Source<'_>) -> Result<(), OverlayError> {
        let path = self.path(name);
        if !self.available() {
            return Err(self.missing());
        }
        match fs::create_dir(&path) {
            Ok(()) => {}
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
                return Err(OverlayError::Occupied { path });
            }
            Err(error) => return Err(OverlayError::Io { what: "make", path, error }),
        }
        let applied = self.fill(&path, source);
        if applied.is_err() {
            // It is ours and new, so no running module can depend on it. The error that counts is the first.
            let _ = self.remove(name);
        }
        applied
    }

    fn fill(&self, path: &Path, source: Source<'_>) -> Result<(), OverlayError> {
        if self.emulated {
            for (file, text) in [("dtbo", ""), ("path", ""), ("status", "applied\n")] {
                let file = path.join(file);
                fs::write(&file, text).map_err(fail("make", &file))?;
            }
        }
        let (file, bytes) = match source {
            Source::Blob(bytes) => (path.join("dtbo"), bytes),
            Source::Path(name) => (path.join("path"), name.as_bytes()),
        };
        let mut open = OpenOptions::new().write(true).open(&file).map_err(fail("open", &file))?;
        // One call: a second would be a second overlay. A count beyond what was given is an errno in disguise.
        let taken = open.write(bytes).map_err(fail("write", &file))?;
        drop(open);
        if taken != bytes.len() {
            let error = io::Error::other(format!("it took {taken} bytes of {}", bytes.len()));
            return Err(OverlayError::Io { what: "write", path: file, error });
        }
        let status = path.join("status");
        let status = fs::read_to_string(&status).map_err(fail("read", &status))?;
        if status.trim_end() == "applied" {
            Ok(())
        } else {
            Err(OverlayError::NotApplied { path: path.to_path_buf(), status: status.trim().to_owned() })
        }
    }

    /// Removes an overlay; none there: nothing to do.
    ///
    /// # Errors
    /// [`OverlayError::Io`].
    pub fn remove(&self, name: &str) -> Result<(), OverlayError> {
        let path = self.path(name);
        let removed = if self.emulated { fs::remove_dir_all(&path) } else { fs::remove_dir(&path) };
        match removed {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other.map_err(fail("remove", &path)),
        }
    }
}

fn fail(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> OverlayError + use<> {
    let path = path.to_path_buf();
    move |error| OverlayError::Io { what, path, error }
}

#[cfg(test)]
mod tests {
    use super::{OverlayError, Overlays, Source};

    #[test]
    fn one_overlay_a_name_and_nothing_is_left_after_a_failure() {
        let dir = tempfile::tempdir().expect("temp");
        let overlays = Overlays::emulated(dir.path());
        let refused = overlays.insert("x", Source::Blob(b"b")).expect_err("no configfs");
        assert!(matches!(refused, OverlayError::NoConfigfs { .. }), "{refused}");
        fs_err::create_dir_all(dir.path().join("sys/kernel/config/device-tree/overlays")).expect("made");
        overlays.insert("x", Source::Blob(b"b")).expect("applied");
        assert!(matches!(overlays.insert("x", Source::Path("p")), Err(OverlayError::Occupied { .. })));
        assert_eq!(overlays.list(), ["x"]);
        overlays.remove("x").expect("removed");
        overlays.remove("x").expect("nothing to do");

        // A directory without attributes: no configfs behind it. What was made is taken away again.
        let strict = Overlays::new(dir.path());
        assert!(matches!(strict.insert("y", Source::Blob(b"b")), Err(OverlayError::Io { .. })));
        assert!(strict.list().is_empty());
    }
}
