// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The store: a directory with objects by hash and one directory a release.
//!
//! Objects are written to a temporary file in the store (see `writing`), flushed, made read-only, and renamed to their name without replacing
//! (which refuses an existing name); a release directory is finished under a temporary name and renamed, which refuses an existing release.

use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;

use camino::{Utf8Path, Utf8PathBuf};
use sha2::{Digest, Sha256};

use super::manifest::{FORMAT, FileEntry, Manifest, ManifestError};
use super::writing::{self, Writing};
use super::{GoldenError, lfs};
use crate::{atomic, hash};

/// The archive directory.
#[derive(Debug, Clone)]
pub struct Store {
    dir: Utf8PathBuf,
}

/// A release that was found and whose manifest reads. Its files are re-hashed when they are used.
#[derive(Debug, Clone)]
pub struct Golden {
    store: Store,
    /// The manifest.
    pub manifest: Manifest,
    /// Its text as it lies there: copies and signatures are of these bytes.
    text: String,
}

impl Store {
    /// The archive in `dir`, which need not exist yet.
    pub fn new(dir: impl Into<Utf8PathBuf>) -> Self {
        Self { dir: dir.into() }
    }

    /// Its directory.
    pub fn dir(&self) -> &Utf8Path {
        &self.dir
    }

    /// Names of the releases, sorted.
    pub fn releases(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        let entries = match fs_err::read_dir(&self.dir) {
            Ok(entries) => entries,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(names),
            Err(e) => return Err(e),
        };
        for entry in entries {
            let entry = entry?;
            if let Some(name) = entry.file_name().to_str().filter(|n| is_release_name(n))
                && entry.path().join("golden.toml").is_file()
            {
                names.push(name.to_owned());
            }
        }
        names.sort();
        Ok(names)
    }

    /// Reads a release.
    pub fn load(&self, release: &str) -> Result<Golden, GoldenError> {
        check_name(release)?;
        let path = self.manifest_path(release);
        let text = match fs_err::read_to_string(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                return Err(GoldenError::NotFound {
                    release: release.to_owned(),
                    store: self.dir.clone(),
                    known: self.releases()?,
                });
            }
            Err(e) => return Err(e.into()),
        };
        self.parse(release, text, &path)
    }

    /// A release of this store from the text of its manifest, which was read at `path`.
    pub(super) fn parse(&self, release: &str, text: String, path: &Utf8Path) -> Result<Golden, GoldenError> {
        let manifest = Manifest::parse(&text).map_err(|e| match e {
            ManifestError::Newer { found, readable_by } => {
                GoldenError::Newer { path: path.to_owned(), found, known: FORMAT, readable_by }
            }
            ManifestError::Edited(error) => GoldenError::Edited { path: path.to_owned(), error },
            ManifestError::Bad(message) => GoldenError::Manifest { path: path.to_owned(), message },
        })?;
        if manifest.release != release {
            return Err(GoldenError::Manifest {
                path: path.to_owned(),
                message: format!(
                    "it is of release {:?}, but lies in the place of {release:?}",
                    manifest.release
                ),
            });
        }
        Ok(Golden { store: self.clone(), manifest, text })
    }

    /// Where the content with a hash lies.
    pub fn object(&self, sha256: &str) -> Utf8PathBuf {
        self.dir.join("objects/sha256").join(&sha256[..2]).join(sha256)
    }

    /// Stores the content of a file; gives hash and size. Content that is there already is re-hashed instead of written.
    pub fn put_file(&self, path: &Utf8Path) -> Result<(String, u64), GoldenError> {
        let (sha256, size) = hash::sha256_file(path)?;
        if self.has_good(&sha256, path.file_name().unwrap_or_default(), size)? {
            return Ok((sha256, size));
        }
        let mut reader = fs_err::File::open(path)?;
        self.put(&mut reader, &sha256, size, path)?;
        Ok((sha256, size))
    }

    /// Stores the content of a file whose hash is known already. Reads once: the stored object when it is there (whatever became of the file since,
    /// the object is what was asked for), else the file, hashed while it is copied. A file with another content is an error.
    pub fn put_known(&self, path: &Utf8Path, sha256: &str, size: u64) -> Result<(), GoldenError> {
        if self.has_good(sha256, path.file_name().unwrap_or_default(), size)? {
            return Ok(());
        }
        self.put(&mut fs_err::File::open(path)?, sha256, size, path)
    }

    /// The content of a file whose hash is known, stored on the way: from the stored object when it is there, else from the file. Either is hashed,
    /// and read once.
    pub(super) fn take(&self, path: &Utf8Path, sha256: &str, size: u64) -> Result<Vec<u8>, GoldenError> {
        let object = self.object(sha256);
        let stored = object.exists();
        let bytes = fs_err::read(if stored { &object } else { path })?;
        let actual = hash::sha256(&bytes);
        if actual != sha256 {
            let role = if stored { "stored object" } else { "file (it changed after it was judged)" };
            return Err(GoldenError::Damaged {
                role: role.into(),
                name: path.file_name().unwrap_or_default().to_owned(),
                expected: sha256.to_owned(),
                expected_size: size,
                actual,
                actual_size: bytes.len() as u64,
            });
        }
        if !stored {
            self.put(&mut bytes.as_slice(), sha256, size, path)?;
        }
        Ok(bytes)
    }

    /// Stores bytes; gives hash and size.
    pub fn put_bytes(&self, bytes: &[u8], name: &Utf8Path) -> Result<(String, u64), GoldenError> {
        let sha256 = hash::sha256(bytes);
        let size = bytes.len() as u64;
        if !self.has_good(&sha256, name.as_str(), size)? {
            self.put(&mut &bytes[..], &sha256, size, name)?;
        }
        Ok((sha256, size))
    }

    /// True when the object is there with the right content; an error when it is there with another.
    fn has_good(&self, sha256: &str, name: &str, size: u64) -> Result<bool, GoldenError> {
        let path = self.object(sha256);
        if !path.exists() {
            return Ok(false);
        }
        let (actual, actual_size) = hash::sha256_file(&path)?;
        if actual == sha256 {
            return Ok(true);
        }
        if let Some(pointer) = lfs::pointer_at(&path) {
            return Err(GoldenError::Pointer {
                role: "stored object".into(),
                name: name.to_owned(),
                expected: sha256.to_owned(),
                points_to: pointer.sha256,
            });
        }
        Err(GoldenError::Damaged {
            role: "stored object".into(),
            name: name.to_owned(),
            expected: sha256.to_owned(),
            expected_size: size,
            actual,
            actual_size,
        })
    }

    fn put(
        &self,
        reader: &mut dyn Read,
        sha256: &str,
        size: u64,
        source: &Utf8Path,
    ) -> Result<(), GoldenError> {
        let place = self.object(sha256);
        let dir = place.parent().expect("an object lies two directories deep");
        fs_err::create_dir_all(dir)?;
        let writing = Writing::begin(&self.dir)?;
        let mut temp = tempfile::Builder::new().prefix(".put-").tempfile_in(writing.dir())?;
        let mut hasher = Sha256::new();
        let mut buffer = vec![0_u8; 256 * 1024];
        let mut written = 0_u64;
        loop {
            let n = reader.read(&mut buffer)?;
            if n == 0 {
                break;
            }
            hasher.update(&buffer[..n]);
            temp.write_all(&buffer[..n])?;
            written += n as u64;
        }
        let actual = hash::hex(&hasher.finalize());
        if actual != sha256 {
            return Err(GoldenError::Damaged {
                role: "file (it changed after it was judged)".into(),
                name: source.to_string(),
                expected: sha256.to_owned(),
                expected_size: size,
                actual,
                actual_size: written,
            });
        }
        temp.as_file().set_permissions(std::fs::Permissions::from_mode(0o444))?;
        temp.as_file().sync_all()?;
        match temp.persist_noclobber(&place) {
            Ok(_) => {}
            // Another archiver was faster with the same content.
            Err(e) if e.error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(e) => return Err(e.error.into()),
        }
        atomic::sync_dir(dir)?;
        Ok(())
    }

    /// Makes a release appear: its manifest is written under a temporary name and the directory renamed. `text` is the manifest as it shall lie
    /// there, byte for byte.
    pub(super) fn publish(&self, release: &str, text: &str) -> Result<(), GoldenError> {
        check_name(release)?;
        let writing = Writing::begin(&self.dir)?;
        let temp = writing.dir().join("release");
        fs_err::create_dir(&temp)?;
        let file = temp.join("golden.toml");
        atomic::write(&file, text.as_bytes())?;
        fs_err::set_permissions(&file, std::fs::Permissions::from_mode(0o444))?;
        fs_err::set_permissions(&temp, std::fs::Permissions::from_mode(0o755))?;
        atomic::sync_dir(&temp)?;
        let place = self.dir.join(release);
        // A directory that holds something is never replaced by rename(2); an empty one would be, and holds nothing to lose.
        match fs_err::rename(&temp, &place) {
            Ok(()) => Ok(atomic::sync_dir(&self.dir)?),
            Err(_) if place.exists() => Err(self.exists_error(release)),
            Err(e) => Err(e.into()),
        }
    }

    /// Removes what killed archives of this machine left unfinished; gives how many there were.
    pub fn sweep(&self) -> io::Result<usize> {
        writing::sweep(&self.dir)
    }

    /// Refuses a release name that is taken.
    pub(super) fn refuse_existing(&self, release: &str) -> Result<(), GoldenError> {
        check_name(release)?;
        if self.dir.join(release).exists() { Err(self.exists_error(release)) } else { Ok(()) }
    }

    fn exists_error(&self, release: &str) -> GoldenError {
        let written_by =
            self.load(release).map_or_else(|_| "an unknown program".to_owned(), |g| g.manifest.written_by);
        GoldenError::Exists { release: release.to_owned(), written_by }
    }

    /// Where the manifest of a release lies.
    pub fn manifest_path(&self, release: &str) -> Utf8PathBuf {
        self.dir.join(release).join("golden.toml")
    }
}

impl Golden {
    /// The release as it would be in another store.
    pub(super) fn at(&self, store: &Store) -> Self {
        Self { store: store.clone(), manifest: self.manifest.clone(), text: self.text.clone() }
    }

    /// The text of its manifest, as it lies in the store.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Re-hashes one file and gives its place in the store.
    pub fn verified(&self, file: &FileEntry) -> Result<Utf8PathBuf, GoldenError> {
        let path = self.store.object(&file.sha256);
        let (actual, actual_size) = match hash::sha256_file(&path) {
            Ok(found) => found,
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                return Err(GoldenError::Missing {
                    role: file.role.to_string(),
                    name: file.name.to_string(),
                    expected: file.sha256.clone(),
                });
            }
            Err(e) => return Err(e.into()),
        };
        if actual != file.sha256 || actual_size != file.size {
            if let Some(pointer) = lfs::pointer_at(&path) {
                return Err(GoldenError::Pointer {
                    role: file.role.to_string(),
                    name: file.name.to_string(),
                    expected: file.sha256.clone(),
                    points_to: pointer.sha256,
                });
            }
            return Err(GoldenError::Damaged {
                role: file.role.to_string(),
                name: file.name.to_string(),
                expected: file.sha256.clone(),
                expected_size: file.size,
                actual,
                actual_size,
            });
        }
        Ok(path)
    }

    /// Re-hashes one file and copies it to `to`, checking what was written.
    pub fn extract(&self, file: &FileEntry, to: &Utf8Path) -> Result<(), GoldenError> {
        let from = self.verified(file)?;
        if let Some(dir) = to.parent() {
            fs_err::create_dir_all(dir)?;
        }
        // A former copy may be read-only, and Vivado may hold links to it: replace, never write through.
        if to.exists() {
            fs_err::remove_file(to)?;
        }
        fs_err::copy(&from, to)?;
        fs_err::set_permissions(to, std::fs::Permissions::from_mode(0o644))?;
        let (actual, actual_size) = hash::sha256_file(to)?;
        if actual != file.sha256 {
            return Err(GoldenError::Damaged {
                role: format!("copy of the {}", file.role),
                name: to.to_string(),
                expected: file.sha256.clone(),
                expected_size: file.size,
                actual,
                actual_size,
            });
        }
        Ok(())
    }

    /// The store that it lies in.
    pub fn store(&self) -> &Store {
        &self.store
    }
}

fn is_release_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.len() <= 100
        && name != "objects"
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '+' | '-'))
}

/// Refuses names that cannot be a release (or would leave the archive).
pub fn check_name(name: &str) -> Result<(), GoldenError> {
    if is_release_name(name) { Ok(()) } else { Err(GoldenError::BadName { name: name.to_owned() }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> (tempfile::TempDir, Store) {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(Utf8PathBuf::from_path_buf(dir.path().join("golden")).unwrap());
        (dir, store)
    }

    #[test]
    fn objects_are_shared_read_only_and_checked() {
        let (_dir, store) = store();
        let (sha256, size) = store.put_bytes(b"golden", Utf8Path::new("x")).unwrap();
        assert_eq!(size, 6);
        assert_eq!(store.put_bytes(b"golden", Utf8Path::new("y")).unwrap().0, sha256);
        let object = store.object(&sha256);
        assert_eq!(fs_err::metadata(&object).unwrap().permissions().mode() & 0o777, 0o444);
        fs_err::remove_file(&object).unwrap();
        fs_err::write(&object, b"rotten").unwrap();
        assert!(matches!(store.put_bytes(b"golden", Utf8Path::new("z")), Err(GoldenError::Damaged { .. })));
    }

    #[test]
    fn names_cannot_leave_the_archive() {
        for bad in ["", ".", "..", "../x", "a/b", "objects", "-x", ".hidden", "a b"] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
        for good in ["1.0", "v2.3-rc1", "2024.2+build7"] {
            assert!(check_name(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn an_empty_archive_lists_nothing_and_says_what_is_not_there() {
        let (_dir, store) = store();
        assert!(store.releases().unwrap().is_empty());
        assert!(matches!(store.load("1.0"), Err(GoldenError::NotFound { known, .. }) if known.is_empty()));
    }
}
