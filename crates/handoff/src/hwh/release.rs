// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! A hand-off file as it may leave the building: without paths of the machine that it was made on.
//!
//! Vivado writes the absolute path of an IP core's document into `<DOCUMENT SOURCE="..."/>` when the core lies in a repository of the user
//! (seen in a public 2020.2 file). Only the file's name stays. Everything else is kept byte for byte, so that parsers see the same
//! design. Not known: whether other elements of other releases hold paths; none of the files looked at does.

use std::borrow::Cow;

/// The bytes without absolute paths in `SOURCE` attributes of `DOCUMENT` elements; the same bytes when there are none.
///
/// ```
/// use dfxkit_handoff::hwh::without_build_paths;
/// let file = br#"<DOCUMENT SOURCE="/home/me/ip/docs/dvi2rgb.pdf"/>"#;
/// assert_eq!(without_build_paths(file).as_ref(), br#"<DOCUMENT SOURCE="dvi2rgb.pdf"/>"#);
/// ```
pub fn without_build_paths(bytes: &[u8]) -> Cow<'_, [u8]> {
    const OPEN: &[u8] = b"<DOCUMENT SOURCE=\"";
    let mut out: Vec<u8> = Vec::new();
    let mut kept = 0;
    let mut at = 0;
    while let Some(found) = find(&bytes[at..], OPEN) {
        let start = at + found + OPEN.len();
        let Some(length) = bytes[start..].iter().position(|b| *b == b'"') else { break };
        let value = &bytes[start..start + length];
        if is_absolute(value) {
            let name = value.iter().rposition(|b| matches!(b, b'/' | b'\\')).map_or(0, |i| i + 1);
            out.extend_from_slice(&bytes[kept..start]);
            out.extend_from_slice(&value[name..]);
            kept = start + length;
        }
        at = start + length;
    }
    if kept == 0 {
        return Cow::Borrowed(bytes);
    }
    out.extend_from_slice(&bytes[kept..]);
    Cow::Owned(out)
}

/// `/x`, `C:\x`, `C:/x`, `\\host\x`; not `http://`.
fn is_absolute(value: &[u8]) -> bool {
    matches!(value, [b'/', ..] | [b'\\', b'\\', ..])
        || matches!(value, [d, b':', b'/' | b'\\', ..] if d.is_ascii_alphabetic())
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|w| w == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_absolute_paths_of_documents_are_cut() {
        let file = b"<A SOURCE=\"/x/y\"/><DOCUMENT SOURCE=\"http://a/b.pdf\"/><DOCUMENT SOURCE=\"C:\\ip\\b.pdf\"/><DOCUMENT SOURCE=\"/o";
        let expected = b"<A SOURCE=\"/x/y\"/><DOCUMENT SOURCE=\"http://a/b.pdf\"/><DOCUMENT SOURCE=\"b.pdf\"/><DOCUMENT SOURCE=\"/o";
        assert_eq!(without_build_paths(file).as_ref(), &expected[..]);
    }

    #[test]
    fn a_clean_file_is_not_copied() {
        assert!(matches!(without_build_paths(b"<DOCUMENT SOURCE=\"x.pdf\"/>"), Cow::Borrowed(_)));
        assert!(matches!(without_build_paths(b""), Cow::Borrowed(_)));
    }
}
