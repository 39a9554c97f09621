// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Names of files in a kit.

use serde::{Deserialize, Serialize};

use super::error::KitError;

/// A relative path that means the same everywhere: parts of `A-Z a-z 0-9 . _ - + @ = ,` separated by `/`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KitPath(String);

impl KitPath {
    /// Longest path in bytes; with the kit's own name before it, it still fits a plain tar header.
    pub const MAX: usize = 180;
    /// Longest part in bytes: what the name field of a plain tar header holds.
    pub const MAX_PART: usize = 99;

    /// Checks a path.
    ///
    /// # Errors
    /// [`KitError::BadPath`] with the rule that it breaks.
    pub fn new(path: &str) -> Result<Self, KitError> {
        let bad = |why| Err(KitError::BadPath { path: path.escape_default().to_string(), why });
        if path.is_empty() {
            return bad("it is empty");
        }
        if path.len() > Self::MAX {
            return bad("it is longer than 180 bytes");
        }
        for part in path.split('/') {
            if part.is_empty() {
                return bad("it is absolute or has an empty part");
            }
            if part.len() > Self::MAX_PART {
                return bad("a part is longer than 99 bytes");
            }
            if part == "." || part == ".." {
                return bad("\".\" and \"..\" lead elsewhere");
            }
            if part.starts_with('-') || part.ends_with('.') {
                return bad(
                    "a part starts with \"-\" or ends with \".\", which other programs read otherwise",
                );
            }
            if !part.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-+@=,".contains(&b)) {
                return bad("only letters, digits and . _ - + @ = , are allowed");
            }
        }
        Ok(Self(path.to_owned()))
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// One part made from any name: characters that are not allowed become `_`. Two names can give one part: the
    /// caller checks for collisions.
    pub fn part_from(name: &str) -> String {
        let mut part: String = name
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || "._-+@=,".contains(c) { c } else { '_' })
            .take(Self::MAX_PART - 16)
            .collect();
        if part.starts_with('-') || part.starts_with('.') {
            part.replace_range(0..1, "_");
        }
        while part.ends_with('.') {
            part.pop();
            part.push('_');
        }
        if part.is_empty() { "_".to_owned() } else { part }
    }
}

impl TryFrom<String> for KitPath {
    type Error = KitError;
    fn try_from(path: String) -> Result<Self, KitError> {
        Self::new(&path)
    }
}

impl From<KitPath> for String {
    fn from(path: KitPath) -> String {
        path.0
    }
}

impl std::fmt::Display for KitPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Refuses names that are one name on some file system: equal, equal but for case, or one the directory of the other.
pub(super) fn collisions<'p>(paths: impl IntoIterator<Item = &'p KitPath>) -> Result<(), KitError> {
    let mut seen: std::collections::BTreeMap<String, &str> = std::collections::BTreeMap::new();
    for path in paths {
        let key = path.0.to_ascii_lowercase();
        if let Some(first) = seen.insert(key, &path.0) {
            return Err(KitError::Collision { first: first.to_owned(), second: path.0.clone() });
        }
    }
    // Directories too: `A/x` and `a/y` are one directory on some file systems, two on others.
    let mut directories: std::collections::BTreeMap<String, &str> = std::collections::BTreeMap::new();
    for path in seen.values() {
        for (at, _) in path.match_indices('/') {
            let dir = &path[..at];
            let key = dir.to_ascii_lowercase();
            if let Some(file) = seen.get(&key) {
                return Err(KitError::Collision { first: (*file).to_owned(), second: (*path).to_owned() });
            }
            let first = *directories.entry(key).or_insert(dir);
            if first != dir {
                return Err(KitError::Collision { first: first.to_owned(), second: dir.to_owned() });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{KitPath, collisions};

    #[test]
    fn what_leads_elsewhere_is_refused() {
        for bad in [
            "",
            "/etc/passwd",
            "../x",
            "a/../b",
            "a//b",
            "a/",
            "./a",
            "a\\b",
            "C:x",
            "a b",
            "a\nb",
            "é",
            "-rf",
            "a/-x",
            "a.",
            "a\0",
        ] {
            assert!(KitPath::new(bad).is_err(), "{bad:?}");
        }
        assert!(KitPath::new(&"a".repeat(100)).is_err());
        for good in ["kit.json", "modules/conv/conv3x3-8bit_clear.bit", "loader/.gitignore"] {
            assert_eq!(KitPath::new(good).expect(good).as_str(), good);
        }
    }

    #[test]
    fn any_name_becomes_an_allowed_part() {
        for name in ["", "..", "-x", "a/b[0]", "système", "x.", &"y".repeat(300)] {
            let part = KitPath::part_from(name);
            KitPath::new(&part).unwrap_or_else(|e| panic!("{name:?} -> {part:?}: {e}"));
        }
    }

    #[test]
    fn one_name_on_some_file_system_is_a_collision() {
        let paths =
            |list: &[&str]| list.iter().map(|p| KitPath::new(p).expect("allowed")).collect::<Vec<_>>();
        assert!(collisions(&paths(&["a/b", "a/c", "ab"])).is_ok());
        for bad in [&["a", "a"][..], &["a", "A"], &["a", "a/b"], &["A/x", "a"], &["A/x", "a/y"]] {
            assert!(collisions(&paths(bad)).is_err(), "{bad:?}");
        }
    }
}
