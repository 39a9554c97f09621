// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The seal of a manifest: its last line is a comment with the SHA-256 of everything before it. A flipped bit, a cut or an edit by hand shows; against
//! who writes a new seal only a signature helps (see [`super::signatures`]).

use crate::hash;

const MARK: &str = "# sha256 of all lines above: ";

/// Why a text does not stand as it was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// No last line of that form: cut, or never sealed.
    #[error("it does not end in its seal: it was cut, or edited")]
    Missing,
    /// The seal is of another text.
    #[error("it was edited: expected sha256:{expected} over its lines, actual sha256:{actual}")]
    Broken {
        /// In the seal.
        expected: String,
        /// Of the text.
        actual: String,
    },
}

/// The text with its seal.
pub(super) fn seal(text: &str) -> String {
    format!("{text}{MARK}{}\n", hash::sha256(text.as_bytes()))
}

/// Checks the seal of a text.
pub(super) fn check(text: &str) -> Result<(), SealError> {
    let end = text.strip_suffix('\n').ok_or(SealError::Missing)?;
    let start = end.rfind('\n').map_or(0, |at| at + 1);
    let expected = end[start..].strip_prefix(MARK).ok_or(SealError::Missing)?;
    let actual = hash::sha256(&text.as_bytes()[..start]);
    if actual == expected { Ok(()) } else { Err(SealError::Broken { expected: expected.to_owned(), actual }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_change_of_a_sealed_text_shows() {
        let sealed = seal("format = 2\nx = 1\n");
        assert_eq!(check(&sealed), Ok(()));
        for cut in 0..sealed.len() {
            assert!(check(&sealed[..cut]).is_err(), "{cut}");
        }
        for at in 0..sealed.len() {
            let mut bytes = sealed.clone().into_bytes();
            bytes[at] ^= 1;
            if let Ok(text) = String::from_utf8(bytes) {
                assert!(check(&text).is_err(), "{at}: {text}");
            }
        }
        assert!(check(&format!("{sealed}y = 2\n")).is_err());
    }
}
