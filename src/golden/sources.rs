// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! All sources and constraints of a release as one tar that is the same for the same files: sorted by name, no owner, no times, mode 644.
//!
//! Names are those of the description; `..` becomes `__`, so that unpacking stays in its directory and two files stay two.

use std::io;

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

/// A name inside the tar, and in manifests.
pub fn stored_name(name: &Utf8Path) -> Utf8PathBuf {
    name.components()
        .filter_map(|c| match c {
            Utf8Component::Normal(part) => Some(part),
            Utf8Component::ParentDir => Some("__"),
            _ => None,
        })
        .collect()
}

/// Writes the tar of files (name as described, absolute path) and texts; gives the writer back. Of two files that have one stored name the first counts.
pub fn write_tar<W: io::Write>(
    to: W,
    files: &[(Utf8PathBuf, Utf8PathBuf)],
    texts: &[(&str, &[u8])],
) -> io::Result<W> {
    let mut entries: Vec<(Utf8PathBuf, Entry<'_>)> = texts
        .iter()
        .map(|(name, text)| (Utf8PathBuf::from(*name), Entry::Text(text)))
        .chain(files.iter().map(|(name, path)| (stored_name(name), Entry::File(path))))
        .collect();
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    entries.dedup_by(|b, a| a.0 == b.0);
    let mut tar = tar::Builder::new(to);
    tar.mode(tar::HeaderMode::Deterministic);
    for (name, entry) in entries {
        let mut header = tar::Header::new_ustar();
        header.set_mode(0o644);
        header.set_mtime(0);
        header.set_uid(0);
        header.set_gid(0);
        match entry {
            Entry::Text(text) => {
                header.set_size(text.len() as u64);
                tar.append_data(&mut header, &name, text)?;
            }
            Entry::File(path) => {
                let file = fs_err::File::open(path)?;
                header.set_size(file.metadata()?.len());
                tar.append_data(&mut header, &name, file)?;
            }
        }
    }
    tar.into_inner()
}

enum Entry<'a> {
    Text(&'a [u8]),
    File(&'a Utf8Path),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_files_give_the_same_bytes_whatever_their_order_times_and_modes() {
        use std::os::unix::fs::PermissionsExt;
        let keep = tempfile::tempdir().unwrap();
        let dir = Utf8Path::from_path(keep.path()).unwrap();
        let long = format!("rtl/{}x.v", "deep/".repeat(40));
        let files: Vec<(Utf8PathBuf, Utf8PathBuf)> = ["b.v", "a.v", "../a.v", long.as_str()]
            .iter()
            .enumerate()
            .map(|(n, name)| {
                let path = dir.join(n.to_string());
                fs_err::write(&path, name.as_bytes()).unwrap();
                (Utf8PathBuf::from(*name), path)
            })
            .collect();
        let texts: [(&str, &[u8]); 1] = [("dfx.toml", b"[project]\n")];
        let first = write_tar(Vec::new(), &files, &texts).unwrap();
        let mut turned = files.clone();
        turned.reverse();
        fs_err::set_permissions(&files[0].1, std::fs::Permissions::from_mode(0o600)).unwrap();
        fs_err::write(&files[1].1, "a.v").unwrap();
        assert_eq!(write_tar(Vec::new(), &turned, &texts).unwrap(), first);
        let mut archive = tar::Archive::new(first.as_slice());
        let read: Vec<(String, u64, u64)> = archive
            .entries()
            .unwrap()
            .map(|e| {
                let e = e.unwrap();
                let path = e.path().unwrap().to_string_lossy().into_owned();
                (path, e.header().mtime().unwrap(), e.header().uid().unwrap())
            })
            .collect();
        let names: Vec<&str> = read.iter().map(|r| r.0.as_str()).collect();
        assert_eq!(names, ["__/a.v", "a.v", "b.v", "dfx.toml", long.as_str()]);
        assert!(read.iter().all(|r| r.1 == 0 && r.2 == 0));
    }
}
