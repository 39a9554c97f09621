// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `SHA256SUMS`: the list that `sha256sum -c` reads, in one exact form so that no bit of it is without meaning.

use std::collections::BTreeMap;

use super::error::KitError;
use super::path::{KitPath, collisions};
use super::{LOADER_TARGET, SUMS};

/// Digest of every file of a kit but `SHA256SUMS` itself, in the order of their names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sums(BTreeMap<KitPath, String>);

impl Sums {
    /// Reads the list: lines of 64 lower-case hexadecimal digits, two blanks, a [`KitPath`], a line feed; in ascending
    /// order of the paths.
    ///
    /// # Errors
    /// [`KitError::Sums`] with the line, [`KitError::BadPath`], [`KitError::Collision`].
    pub fn parse(bytes: &[u8]) -> Result<Self, KitError> {
        let fault = |line, why| KitError::Sums { line, why };
        let text = std::str::from_utf8(bytes).map_err(|_| fault(1, "not text"))?;
        let text =
            text.strip_suffix('\n').ok_or_else(|| fault(text.lines().count(), "no line feed at the end"))?;
        let mut sums = BTreeMap::new();
        for (n, line) in text.split('\n').enumerate() {
            let n = n + 1;
            let (digest, path) =
                line.split_once("  ").ok_or_else(|| fault(n, "expected \"<sha256>  <path>\""))?;
            if !is_digest(digest) {
                return Err(fault(n, "the digest is not 64 lower-case hexadecimal digits"));
            }
            let path = KitPath::new(path)?;
            if path.as_str() == SUMS || path.as_str().starts_with(LOADER_TARGET) {
                return Err(fault(n, "this name cannot be part of a kit"));
            }
            if sums.last_key_value().is_some_and(|(last, _)| *last >= path) {
                return Err(fault(n, "not in ascending order, or listed twice"));
            }
            sums.insert(path, digest.to_owned());
        }
        collisions(sums.keys())?;
        Ok(Self(sums))
    }

    /// Adds a file.
    ///
    /// # Errors
    /// [`KitError::Collision`] when the name is there already.
    pub fn insert(&mut self, path: KitPath, digest: String) -> Result<(), KitError> {
        debug_assert!(is_digest(&digest));
        if let Some((first, _)) = self.0.get_key_value(&path) {
            return Err(KitError::Collision { first: first.to_string(), second: path.to_string() });
        }
        self.0.insert(path, digest);
        collisions(self.0.keys())
    }

    /// The file's text.
    pub fn render(&self) -> String {
        let mut text = String::new();
        for (path, digest) in &self.0 {
            text.push_str(&format!("{digest}  {path}\n"));
        }
        text
    }

    /// Digest of one file.
    pub fn get(&self, path: &str) -> Option<&str> {
        self.0.iter().find(|(p, _)| p.as_str() == path).map(|(_, d)| d.as_str())
    }

    /// Paths and digests, ascending.
    pub fn iter(&self) -> impl Iterator<Item = (&KitPath, &str)> {
        self.0.iter().map(|(p, d)| (p, d.as_str()))
    }

    /// Number of files.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True for a list of nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// 64 lower-case hexadecimal digits.
pub(super) fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, b| {
        let _ = write!(out, "{b:02x}");
        out
    })
}

#[cfg(test)]
mod tests {
    use super::Sums;

    const DIGEST: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn one_exact_form() {
        let good = format!("{DIGEST}  a\n{DIGEST}  b/c\n");
        assert_eq!(Sums::parse(good.as_bytes()).expect("good").render(), good);
        for bad in [
            String::new(),
            "\n".to_owned(),
            format!("{DIGEST}  a"),
            format!("{DIGEST} *a\n"),
            format!("{}  a\n", DIGEST.to_uppercase()),
            format!("{DIGEST}  a\r\n"),
            format!("{DIGEST}  b\n{DIGEST}  a\n"),
            format!("{DIGEST}  a\n{DIGEST}  a\n"),
            format!("{DIGEST}  a\n\n"),
            format!("{DIGEST}  SHA256SUMS\n"),
            format!("{DIGEST}  ../a\n"),
            format!("{DIGEST}   a\n"),
        ] {
            assert!(Sums::parse(bad.as_bytes()).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn every_flipped_bit_of_the_list_changes_its_meaning_or_is_refused() {
        let good = format!("{DIGEST}  a\n{DIGEST}  b/c\n").into_bytes();
        let meaning = Sums::parse(&good).expect("good");
        for bit in 0..good.len() * 8 {
            let mut flipped = good.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(Sums::parse(&flipped).map_or(true, |m| m != meaning), "bit {bit}");
        }
    }
}
