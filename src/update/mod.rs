// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Remote update: new modules built against the golden checkpoints of a release, years later. Both ways of the second Xillybus post on DFX, made safe.
//!
//! Without a project (`--flow non-project`): each step is a script that names the golden checkpoints itself, on the whole locked static or on archived
//! abstract shells. Nothing of the static can run, since no script of it exists.
//!
//! In a project: a Vivado project like the release's own, in a directory of its own; its static is
//! not built but put back from the archive, re-hashed; a hook that runs before `init_design` of every child puts the golden checkpoints in place
//! once more, so that whatever Vivado did to the parent's directory, the child reads the golden bytes; afterwards the bytes are hashed again.
//!
//! ```text
//! description + golden --compare--> derive --prepare--> project step --lay down--> module syntheses --ports--> children, pr_verify --compose--> gates, kit
//! ```
//!
//! - [`interface`]: does today's description still meet the golden?
//! - [`mod@derive`]: the design of the update
//! - [`prepare`]: its plan, in which the static's steps are the golden's files
//! - [`lay`]: putting the golden in place, and checking it afterwards
//! - [`size`]: sizes of partial bitstreams, where the family fixes them
//! - [`compose`]: the artifacts of the update: the golden's static with the new modules
//!
//! Assumed, since no Vivado was at hand: that a project whose run directories hold the state files of finished runs shows those runs as
//! finished. Where a Vivado does not, the script of the children stops before anything is launched (see `templates/project/runs.tcl.tera`).

pub mod compose;
pub mod derive;
pub mod interface;
pub mod lay;
pub mod prepare;
pub mod size;
#[cfg(test)]
mod tests;

use camino::Utf8PathBuf;

use crate::golden::GoldenError;
use crate::tcl::TclError;

/// Why an update cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum UpdateError {
    /// The request makes no design.
    #[error(transparent)]
    Derive(#[from] derive::DeriveError),
    /// The archive.
    #[error(transparent)]
    Golden(#[from] GoldenError),
    /// A script or hook.
    #[error(transparent)]
    Tcl(#[from] TclError),
    /// The file system.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The archive lacks a file without which nothing can be built.
    #[error("release {release} has no {role}: no module can be built on it")]
    Lacks {
        /// Release.
        release: String,
        /// Role.
        role: String,
    },
    /// The checkpoints of the release have other names than the runs of this description would give: post-route phys_opt differs.
    #[error("the release was built with {}post-route phys_opt, this description {} it: expected {expected}, actual {actual}",
        if .expected.contains("postroute") { "" } else { "no " }, if .actual.contains("postroute") { "has" } else { "has not" })]
    Names {
        /// File name of the golden.
        expected: String,
        /// File name that the description leads to.
        actual: String,
    },
    /// A golden file in the run tree is not the golden any more.
    #[error(
        "{path} is not the golden's any more: expected sha256:{expected}, actual {actual}; what was built on it is worth nothing"
    )]
    NotGolden {
        /// The file.
        path: Utf8PathBuf,
        /// Hash in the manifest.
        expected: String,
        /// Hash now.
        actual: String,
    },
}
