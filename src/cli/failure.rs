// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! How a command fails: an exit code, a message, hints, and the data for JSON.

use crate::exit::Exit;

/// A failure of a command, rendered once by [`super::Shell::failure`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// One of [`Exit`].
    pub exit: u8,
    /// What went wrong; empty when everything was said already (diagnostics printed).
    pub message: String,
    /// Facts.
    pub notes: Vec<String>,
    /// What to do next.
    pub help: Vec<String>,
}

impl Failure {
    /// With an exit code.
    pub fn new(exit: u8, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), notes: Vec::new(), help: Vec::new() }
    }
    /// The input is at fault.
    pub fn input(message: impl Into<String>) -> Self {
        Self::new(Exit::INPUT, message)
    }
    /// The command line is at fault.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::USAGE, message)
    }
    /// Vivado or another tool failed.
    pub fn tool(message: impl Into<String>) -> Self {
        Self::new(Exit::TOOL, message)
    }
    /// A gate refused.
    pub fn gate(message: impl Into<String>) -> Self {
        Self::new(Exit::GATE, message)
    }
    /// The environment is at fault.
    pub fn environment(message: impl Into<String>) -> Self {
        Self::new(Exit::ENVIRONMENT, message)
    }
    /// Everything was said already; only the exit code is left.
    pub fn said(exit: u8) -> Self {
        Self::new(exit, "")
    }
    /// Adds a fact.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }
    /// Adds what to do next.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help.push(text.into());
        self
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}
