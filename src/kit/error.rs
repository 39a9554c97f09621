// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Why a kit is not written.

use camino::Utf8PathBuf;
use dfxkit_handoff::kit::KitError as FormatError;

use crate::exit::Exit;

/// A kit that cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KitError {
    /// The file system failed.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// There is no full bitstream, so nothing says what the partial ones belong to.
    #[error("a kit needs the full bitstream of the parent, and run \"{run}\" has none")]
    NoStatic {
        /// The parent's run.
        run: String,
    },
    /// A gate refused what was built.
    #[error("no kit is made of what a gate refused: {}", .gates.join("; "))]
    Refused {
        /// The gates, with what they expected and found.
        gates: Vec<String>,
    },
    /// A bitstream cannot be read.
    #[error("{path}: {message}")]
    Unreadable {
        /// File.
        path: Utf8PathBuf,
        /// Why.
        message: String,
    },
    /// A file changed since it was judged.
    #[error("{path} changed since the gates judged it: SHA-256 expected {expected}, actual {actual}")]
    Changed {
        /// File.
        path: Utf8PathBuf,
        /// When it was judged.
        expected: String,
        /// Now.
        actual: String,
    },
    /// A bitstream is not what the run tree says it is.
    #[error("{path}: {what} expected {expected}, actual {actual}")]
    WrongImage {
        /// File.
        path: Utf8PathBuf,
        /// `kind`, `part`, `IDCODE`.
        what: &'static str,
        /// Expected.
        expected: String,
        /// Actual.
        actual: String,
    },
    /// Two names would give one file in the kit.
    #[error("\"{first}\" and \"{second}\" would both be {path} in the kit: rename one")]
    Collision {
        /// First.
        first: String,
        /// Second.
        second: String,
        /// Path in the kit.
        path: String,
    },
    /// The description and the block design disagree.
    #[error(
        "partition \"{partition}\": the description says that its decoupler is at {described:#x}, the static's .hwh says {found:#x}"
    )]
    DecouplerDiffers {
        /// Partition.
        partition: String,
        /// From the description.
        described: u64,
        /// From the hand-off file.
        found: u64,
    },
    /// dfx-mgr would not read what it is given.
    #[error("dfx-mgr would not read {what}: {limit}")]
    DfxMgr {
        /// File or name.
        what: String,
        /// What there is, and what it takes.
        limit: String,
    },
    /// A template of ours is broken.
    #[error("template {name}: {message}")]
    Template {
        /// Template.
        name: &'static str,
        /// The engine's words.
        message: String,
    },
    /// What stands at the destination is not ours to replace.
    #[error(
        "{path} exists and is not a whole kit of dfxkit: {why}. Nothing was written; move it away, or choose another directory"
    )]
    Occupied {
        /// Destination.
        path: Utf8PathBuf,
        /// Why.
        why: String,
    },
    /// The kit that was written does not verify: a fault of dfxkit.
    #[error("the kit that was written does not verify, so it was not put in place: {0}")]
    NotWhole(String),
    /// The format refused something.
    #[error("{0}")]
    Format(#[from] FormatError),
}

impl KitError {
    /// Exit code of a command that fails with it, one of [`Exit`].
    pub fn exit(&self) -> u8 {
        match self {
            Self::Io(_) | Self::Format(FormatError::Io(_)) => Exit::ENVIRONMENT,
            Self::Collision { .. }
            | Self::DecouplerDiffers { .. }
            | Self::Occupied { .. }
            | Self::DfxMgr { .. }
            | Self::NoStatic { .. } => Exit::INPUT,
            _ => Exit::GATE,
        }
    }

    /// What to do next.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::Changed { .. } => Some("build again, then make the kit"),
            Self::WrongImage { .. } => Some("`dfxkit bit info FILE` shows what the file says of itself"),
            Self::DecouplerDiffers { .. } => {
                Some("correct the address in the description, or leave it out: the .hwh knows it")
            }
            Self::DfxMgr { .. } => Some(
                "shorten names, give the module fewer address ranges, or take \"dfx-mgr\" out of kit.formats",
            ),
            _ => None,
        }
    }
}
