// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Vivado as a foreign tool: finding it, telling its release, running one batch process of it, and judging what that left.
//!
//! - [`find`]: where it is, and what was looked at when it is nowhere
//! - [`release`]: release and build, and which of them dfxkit takes
//! - [`run`]: one batch process in a process group of its own
//! - [`group`]: ending a whole process tree
//! - [`digest`]: reading a console log once, in bounded memory
//! - [`judge`]: sentinel, exit status, log and outputs must agree
//! - [`causes`]: what a known error line means
//! - [`mod@interrupt`] (Ctrl-C)
//!
//! Not here: which steps run and when (see [`crate::exec`]) and the scripts' text (see [`crate::tcl`]). Linux only: process
//! groups are read from `/proc`.

pub mod causes;
pub mod digest;
pub mod find;
pub mod group;
pub mod interrupt;
pub mod judge;
pub mod release;
pub mod run;

use serde::Serialize;

use release::Release;

/// A Vivado that was found and asked for its version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Vivado {
    /// The program and the arguments that always come first (the stand-in is `dfxkit __vivado-sim`).
    pub command: Vec<String>,
    /// Variables that it needs on top of the user's own.
    pub environment: Vec<(String, String)>,
    /// How it was found.
    pub origin: find::Origin,
    /// Release: `2024.2`.
    pub release: Release,
    /// Build number of `SW Build`, when it said one.
    pub build: Option<String>,
    /// True for the stand-in: everything that it makes is SIMULATED.
    pub simulated: bool,
}

impl Vivado {
    /// One line that identifies the tool; part of the key of every step that runs it.
    pub fn identity(&self) -> String {
        let build = self.build.as_deref().unwrap_or("unknown");
        let simulated = if self.simulated { " SIMULATED" } else { "" };
        format!("Vivado {} build {build}{simulated}", self.release)
    }

    /// The identity in the form that artifacts carry.
    pub fn tool_identity(&self) -> crate::artifacts::ToolIdentity {
        crate::artifacts::ToolIdentity {
            release: self.release.to_string(),
            build: self.build.clone(),
            simulated: self.simulated,
        }
    }
}
