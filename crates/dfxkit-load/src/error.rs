// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Why an overlay cannot be used.

use dfxkit_handoff::hwh::{HwhError, JoinError};
use dfxkit_loader::{LoadFailure, ManagerError};

use crate::kit::OpenError;
use crate::signature::SignatureError;

/// Why an overlay cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OverlayError {
    /// The kit cannot be opened.
    #[error(transparent)]
    Kit(#[from] OpenError),
    /// There is no FPGA manager.
    #[error(transparent)]
    Manager(#[from] ManagerError),
    /// A load failed.
    #[error(transparent)]
    Load(#[from] LoadFailure),
    /// A file of the kit cannot be read.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The keys of this system cannot be used.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// An interrupt cannot be waited for.
    #[error("interrupt of {path}: {error}")]
    Interrupt {
        /// IP.
        path: String,
        /// Why.
        error: std::io::Error,
    },
    /// The kit has no such thing.
    #[error("the kit has no {what} \"{name}\"; it has: {}", .known.join(", "))]
    NoSuch {
        /// `partition`, `module`, `IP`.
        what: &'static str,
        /// Asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// A file changed since the kit was made.
    #[error("{path}: SHA-256 expected {expected}, actual {actual}: the kit was changed")]
    Changed {
        /// File.
        path: String,
        /// From the manifest.
        expected: String,
        /// Actual.
        actual: String,
    },
    /// A hand-off file is not one.
    #[error("{path}: {error}")]
    Hwh {
        /// File.
        path: String,
        /// Why.
        error: Box<HwhError>,
    },
    /// Module and region do not fit; nothing of it is given an address.
    #[error("module \"{module}\" has no addresses: {error}")]
    Join {
        /// Module.
        module: String,
        /// Why.
        error: Box<JoinError>,
    },
    /// The static's hand-off file does not tell which region the partition is.
    #[error(
        "it is not known which region of the hand-off file partition \"{partition}\" (cell {cell}) is; regions: {}",
        .regions.join(", ")
    )]
    NoRegion {
        /// Partition.
        partition: String,
        /// Its cell.
        cell: String,
        /// Regions of the file.
        regions: Vec<String>,
    },
}
