// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The steps that need no Vivado, gates and kit, as the engine sees them; and where scripts come from.
//!
//! Traits, so that the engine knows neither gates nor kits nor templates, and so that its tests can bring their own.

use camino::Utf8PathBuf;

use crate::gates::GateReport;
use crate::plan::Step;
use crate::tcl::TclError;

/// Makes what Vivado processes read.
pub trait Scripts {
    /// Files that dfxkit makes for Vivado (Pblock constraints, hooks): absolute path and content.
    fn generated(&self) -> Result<Vec<(Utf8PathBuf, Vec<u8>)>, TclError>;
    /// The script of one process for one step or a wave of run steps.
    fn script(&self, steps: &[&Step]) -> Result<String, TclError>;
}

/// Does the steps without Vivado.
pub trait Finish {
    /// Judges the finished runs and writes the report.
    fn gates(&mut self) -> Result<GateReport, FinishError>;
    /// Makes the kit.
    fn kit(&mut self) -> Result<(), FinishError>;
}

/// Why such a step failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FinishError {
    /// One of [`crate::exit::Exit`].
    pub exit: u8,
    /// What went wrong.
    pub message: String,
    /// Facts.
    pub notes: Vec<String>,
    /// What to do next.
    pub help: Vec<String>,
}
