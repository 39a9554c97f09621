// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where a store is: a directory, `s3://bucket/prefix` or `http(s)://server/path`. Addresses with a user name or password in them are refused
//! and not shown: they would end up in histories, logs and build scripts.

use std::fmt;

use camino::{Utf8Path, Utf8PathBuf};

use super::{RemoteError, Result};

/// Where a store is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A directory; a network file system counts.
    Directory(Utf8PathBuf),
    /// A bucket.
    S3 {
        /// Its name.
        bucket: String,
        /// Keys begin with it; without slashes at its ends, may be empty.
        prefix: String,
    },
    /// A path on an HTTP server, without a slash at its end.
    Http(String),
}

impl Location {
    /// Reads what a user gave. Directories are relative to `base`.
    pub fn parse(text: &str, base: &Utf8Path) -> Result<Self> {
        let Some((scheme, rest)) = text.split_once("://") else {
            return Ok(Self::Directory(base.join(text)));
        };
        let scheme = scheme.to_ascii_lowercase();
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let bad = |why: &str| {
            // Anything before an @ may be a password, which may hold a slash; so may what stands behind a question mark.
            let secret = rest.contains(['@', '?', '#']);
            let shown = if secret { format!("{scheme}://..") } else { text.to_owned() };
            Err(RemoteError::Address { shown, why: why.to_owned() })
        };
        // The user part of an address reaches to its last @, which a password may hold, too, and even a slash.
        if rest.contains('@') {
            return bad(
                "it holds a user name or password (an `@`); credentials come from the environment or the usual files",
            );
        }
        if rest.contains(['?', '#']) {
            return bad("it has a query or fragment");
        }
        if rest.contains(|c: char| c.is_whitespace() || c.is_control() || c == '\\') {
            return bad("it has blanks, control characters or backslashes");
        }
        if authority.is_empty() {
            return bad("it names no server or bucket");
        }
        let path = path.trim_matches('/');
        if path.split('/').any(|part| matches!(part, "." | "..") || (part.is_empty() && !path.is_empty())) {
            return bad("its path has an empty part, `.` or `..`");
        }
        match scheme.as_str() {
            "s3" => Ok(Self::S3 { bucket: authority.to_owned(), prefix: path.to_owned() }),
            "http" | "https" if path.is_empty() => Ok(Self::Http(format!("{scheme}://{authority}"))),
            "http" | "https" => Ok(Self::Http(format!("{scheme}://{authority}/{path}"))),
            "file" => bad("directories are given by their path alone"),
            _ => bad("stores are directories, s3:// and http(s)://"),
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory(dir) => dir.fmt(f),
            Self::S3 { bucket, prefix } if prefix.is_empty() => write!(f, "s3://{bucket}"),
            Self::S3 { bucket, prefix } => write!(f, "s3://{bucket}/{prefix}"),
            Self::Http(url) => f.write_str(url),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> std::result::Result<String, String> {
        Location::parse(text, Utf8Path::new("/base")).map(|l| l.to_string()).map_err(|e| e.to_string())
    }

    #[test]
    fn places() {
        assert_eq!(parse("nfs/golden").unwrap(), "/base/nfs/golden");
        assert_eq!(parse("s3://bucket").unwrap(), "s3://bucket");
        assert_eq!(parse("S3://bucket/a/b/").unwrap(), "s3://bucket/a/b");
        assert_eq!(parse("http://h:8080").unwrap(), "http://h:8080");
        assert_eq!(parse("https://h/a/b/").unwrap(), "https://h/a/b");
        for bad in [
            "s3://",
            "ftp://h/a",
            "file:///a",
            "http://h/a?x=1",
            "http://h/a#b",
            "http://h/../b",
            "http://h/a//b",
            "https://h/a b",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused_without_its_user(secret in "Zq[!-~]{4,20}", text in ".{0,40}") {
            let _ = parse(&text);
            for bad in [format!("https://u:{secret}@h/x"), format!("s3://{secret}@b"), format!("http://h/x?t={secret}")] {
                let error = parse(&bad).unwrap_err();
                proptest::prop_assert!(!error.contains(&secret), "{}", error);
            }
        }
    }

    #[test]
    fn a_secret_in_an_address_is_refused_and_not_shown() {
        for bad in [
            "https://me:hunter2@h/a",
            "https://hunter2@h",
            "s3://AKIA:hunter2@bucket/a",
            "https://me:x/hunter2@h/a",
            "http://h/a?token=hunter2",
        ] {
            let error = parse(bad).unwrap_err();
            assert!(!error.contains("hunter2") && !error.contains("me:"), "{error}");
        }
    }
}
