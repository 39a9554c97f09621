// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! What can go wrong with an archive.

use camino::Utf8PathBuf;

use super::SealError;

/// An error of the golden archive. Every refusal names expected and actual.
#[derive(Debug, thiserror::Error)]
pub enum GoldenError {
    /// The file system.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The release is there already; it is never overwritten.
    #[error(
        "release {release} is already in the archive, written by {written_by}; a golden is never overwritten"
    )]
    Exists {
        /// Release.
        release: String,
        /// What wrote it.
        written_by: String,
    },
    /// A file beside the release, of this name, is there already.
    #[error(
        "{what} {name} of release {release} is already in the archive; what is there is never overwritten"
    )]
    Taken {
        /// Release.
        release: String,
        /// `update`, `signature`.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// No such release.
    #[error("release {release} is not in the archive {store}; there: {}", if .known.is_empty() { "none".to_owned() } else { .known.join(", ") })]
    NotFound {
        /// Release asked for.
        release: String,
        /// Directory of the archive.
        store: Utf8PathBuf,
        /// Releases that are there.
        known: Vec<String>,
    },
    /// A name that cannot be a release.
    #[error(
        "{name:?} cannot name a release: use letters, digits, '.', '_', '+' and '-', beginning with a letter or digit, and not 'objects'"
    )]
    BadName {
        /// The name.
        name: String,
    },
    /// The manifest does not read.
    #[error("{path}: {message}")]
    Manifest {
        /// The file.
        path: Utf8PathBuf,
        /// What is wrong.
        message: String,
    },
    /// The manifest is of a newer format.
    #[error(
        "{path}: format {found} is newer than this dfxkit reads ({known}); use dfxkit {readable_by} or newer"
    )]
    Newer {
        /// The file.
        path: Utf8PathBuf,
        /// Its format.
        found: u32,
        /// The newest format that this program reads.
        known: u32,
        /// Version of dfxkit that can read it.
        readable_by: String,
    },
    /// The manifest is not what was written.
    #[error("{path}: {error}")]
    Edited {
        /// The file.
        path: Utf8PathBuf,
        /// How that shows.
        error: SealError,
    },
    /// A stored file is not there.
    #[error("{role} ({name}) is missing from the archive: expected object sha256:{expected}")]
    Missing {
        /// Role of the file.
        role: String,
        /// Its name.
        name: String,
        /// Expected hash.
        expected: String,
    },
    /// In the place of a stored file lies a pointer of Git LFS.
    #[error("{role} ({name}) is not here: a Git LFS pointer lies in its place, expected object sha256:{expected}{}", if points_to == expected { ", which it points to".to_owned() } else { format!(", and it points to another, sha256:{points_to}") })]
    Pointer {
        /// Role of the file.
        role: String,
        /// Its name.
        name: String,
        /// Expected hash.
        expected: String,
        /// Hash of what the pointer stands for.
        points_to: String,
    },
    /// A stored file differs from its manifest.
    #[error(
        "{role} ({name}) is damaged: expected sha256:{expected} of {expected_size} bytes, found sha256:{actual} of {actual_size} bytes"
    )]
    Damaged {
        /// Role of the file.
        role: String,
        /// Its name.
        name: String,
        /// Expected hash.
        expected: String,
        /// Expected size in bytes.
        expected_size: u64,
        /// Actual hash.
        actual: String,
        /// Actual size in bytes.
        actual_size: u64,
    },
    /// What was built may not be archived.
    #[error("not archived: {reason}")]
    Refused {
        /// Why, with expected and actual.
        reason: String,
        /// What to do.
        help: String,
    },
}
