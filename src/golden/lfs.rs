// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Git LFS: an archive may lie in a Git repository whose large files are kept by Git LFS. Without `git lfs pull` a checkout then has small text files, the
//! pointers, in the place of the objects. They are told from damage, since the cure is another one.
//!
//! The form is that of the Git LFS specification (docs/spec.md of the git-lfs project): lines of `key value`, `version` first, less than 1024 bytes.

use camino::Utf8Path;

/// What a pointer points to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pointer {
    /// SHA-256 of the content.
    pub sha256: String,
    /// Its size in bytes.
    pub size: u64,
}

/// Reads a pointer; none when the bytes are something else.
pub fn parse(bytes: &[u8]) -> Option<Pointer> {
    let text = std::str::from_utf8(bytes).ok().filter(|t| t.len() < 1024)?;
    let mut lines = text.lines();
    if !lines.next()?.starts_with("version https://git-lfs.github.com/spec/") {
        return None;
    }
    let (mut sha256, mut size) = (None, None);
    for line in lines {
        match line.split_once(' ')? {
            ("oid", oid) => sha256 = oid.strip_prefix("sha256:").map(str::to_owned),
            ("size", n) => size = n.parse().ok(),
            _ => {}
        }
    }
    Some(Pointer { sha256: sha256?, size: size? })
}

/// Looks whether a file is a pointer; none also when it cannot be read.
pub(super) fn pointer_at(path: &Utf8Path) -> Option<Pointer> {
    if fs_err::metadata(path).ok()?.len() >= 1024 {
        return None;
    }
    parse(&fs_err::read(path).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_and_others() {
        let oid = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393";
        let text = format!("version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize 12345\n");
        assert_eq!(parse(text.as_bytes()), Some(Pointer { sha256: oid.to_owned(), size: 12345 }));
        for bad in
            ["", "version 1\noid sha256:ab\nsize 1\n", &text[..60], &format!("{text}{}", "x y\n".repeat(300))]
        {
            assert_eq!(parse(bad.as_bytes()), None, "{bad}");
        }
        assert_eq!(parse(&[0xff, 0xfe]), None);
    }
}
