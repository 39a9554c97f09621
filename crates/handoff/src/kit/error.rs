// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! What can be wrong with a kit.

use super::manifest::FORMAT;

/// A kit that is refused, or could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KitError {
    /// The file system failed; nothing is known about the kit.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// Neither a directory, a tar nor a zstd frame.
    #[error("{what} is no kit: expected a kit directory, a .tar or a .tar.zst that dfxkit wrote")]
    NotAKit {
        /// What it is instead.
        what: String,
    },
    /// A name that is not allowed in a kit.
    #[error("file name \"{path}\" is not allowed in a kit: {why}")]
    BadPath {
        /// The name, with odd bytes escaped.
        path: String,
        /// The rule.
        why: &'static str,
    },
    /// Two files of one name, also when only the case differs or one is the other's directory.
    #[error("\"{second}\" collides with \"{first}\"")]
    Collision {
        /// The first.
        first: String,
        /// The second.
        second: String,
    },
    /// A link, device, or another thing that is not a plain file.
    #[error("\"{path}\" is {what}; a kit holds plain files only")]
    NotAFile {
        /// Path.
        path: String,
        /// What it is.
        what: &'static str,
    },
    /// A file that `SHA256SUMS` does not list.
    #[error("\"{path}\" is not part of the kit: SHA256SUMS does not list it")]
    Unlisted {
        /// Path.
        path: String,
    },
    /// A file that should be there.
    #[error("\"{path}\" is listed but not there")]
    Missing {
        /// Path.
        path: String,
    },
    /// Content differs.
    #[error("\"{path}\" was changed: SHA-256 expected {expected}, actual {actual}")]
    Digest {
        /// Path.
        path: String,
        /// From `SHA256SUMS` or the manifest.
        expected: String,
        /// Computed, or the other of the two.
        actual: String,
    },
    /// Size differs from the manifest's.
    #[error("\"{path}\" has {actual} bytes, the manifest says {expected}")]
    Size {
        /// Path.
        path: String,
        /// From the manifest.
        expected: u64,
        /// Actual.
        actual: u64,
    },
    /// A limit was reached.
    #[error("{what}: {actual} is more than the limit of {limit}")]
    Limit {
        /// What is limited.
        what: &'static str,
        /// The limit.
        limit: u64,
        /// What was declared or found.
        actual: u64,
    },
    /// `SHA256SUMS` is not in the form that dfxkit writes.
    #[error("SHA256SUMS, line {line}: {why}")]
    Sums {
        /// Line, from 1.
        line: usize,
        /// The rule.
        why: &'static str,
    },
    /// The manifest is not valid JSON, or not this format.
    #[error("kit.json, line {line}, column {column}: {message}")]
    Json {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// The parser's words.
        message: String,
    },
    /// The manifest is of a newer format.
    #[error(
        "kit.json has format {format}, written by dfxkit {dfxkit}; this dfxkit reads up to format {}. Use dfxkit {dfxkit} or newer",
        FORMAT
    )]
    Newer {
        /// Its format.
        format: u64,
        /// The dfxkit that wrote it.
        dfxkit: String,
    },
    /// The manifest contradicts itself.
    #[error("kit.json: {0}")]
    Manifest(String),
    /// The archive is not what dfxkit writes.
    #[error("archive, byte {offset}: {why}")]
    Archive {
        /// Offset in the (decompressed) tar.
        offset: u64,
        /// The rule.
        why: &'static str,
    },
    /// The zstd frame is damaged.
    #[error("zstd: {0}")]
    Zstd(String),
}

impl KitError {
    /// True when nothing can be said about the kit because reading failed: a verdict would be a guess.
    pub fn is_io(&self) -> bool {
        matches!(self, Self::Io(_))
    }
}
