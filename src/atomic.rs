// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Writing files so that a reader, or a crash, sees the old content or the new one and nothing between.
//!
//! Content goes to a temporary file in the same directory, is flushed to the disk, and is renamed over the name; then the
//! directory is flushed. On file systems that lie about fsync nothing can be promised.

use std::io::{self, Write};

use camino::Utf8Path;

/// Writes `bytes` to `path`, whole or not at all. Missing parent directories are made.
pub fn write(path: &Utf8Path, bytes: &[u8]) -> io::Result<()> {
    let dir = parent(path);
    fs_err::create_dir_all(dir)?;
    let mut temp = tempfile::Builder::new().prefix(".dfxkit-").suffix(".tmp").tempfile_in(dir)?;
    temp.write_all(bytes)?;
    temp.as_file().sync_all()?;
    set_ordinary_mode(temp.as_file())?;
    temp.persist(path.as_std_path()).map_err(|e| e.error)?;
    sync_dir(dir)
}

/// Writes `bytes` only when the file does not hold them already; true when it wrote. Keeps the time stamp of unchanged
/// files, on which Vivado's own NEEDS_REFRESH depends.
pub fn write_if_changed(path: &Utf8Path, bytes: &[u8]) -> io::Result<bool> {
    match fs_err::read(path) {
        Ok(old) if old == bytes => Ok(false),
        _ => write(path, bytes).map(|()| true),
    }
}

/// Flushes a directory, so that a rename in it survives a crash.
pub fn sync_dir(dir: &Utf8Path) -> io::Result<()> {
    fs_err::File::open(dir)?.sync_all()
}

fn parent(path: &Utf8Path) -> &Utf8Path {
    match path.parent() {
        Some(p) if !p.as_str().is_empty() => p,
        _ => Utf8Path::new("."),
    }
}

/// Temporary files are made with mode 600; what others should read gets the usual 644.
fn set_ordinary_mode(file: &std::fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_replaces_and_leaves_no_temporary_file() {
        let dir = tempfile::tempdir().unwrap();
        let base = camino::Utf8PathBuf::from_path_buf(dir.path().to_path_buf()).unwrap();
        let path = base.join("a/b.txt");
        write(&path, b"one").unwrap();
        write(&path, b"two").unwrap();
        assert_eq!(fs_err::read(&path).unwrap(), b"two");
        assert_eq!(fs_err::read_dir(base.join("a")).unwrap().count(), 1);
        assert!(!write_if_changed(&path, b"two").unwrap());
        assert!(write_if_changed(&path, b"three").unwrap());
    }
}
