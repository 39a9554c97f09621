// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tcl for Vivado: quoting, typed contexts and templates, one script a step (or a wave of run steps).

pub mod quote;

use crate::design::Design;
use crate::plan::layout::Layout;
use crate::plan::{Plan, Step};

/// Why a script could not be rendered.
#[derive(Debug, thiserror::Error)]
pub enum TclError {
    /// A template is broken or asks for a value that is not there.
    #[error("template {template}: {message}")]
    Template {
        /// Name of the template.
        template: String,
        /// What the engine says.
        message: String,
    },
    /// A value holds a character that no Tcl word can carry into Vivado.
    #[error("{what} holds a NUL character, which Tcl cannot carry")]
    Nul {
        /// Which value.
        what: String,
    },
}

/// The script of one Vivado process: the project step, a verify step, or a wave of run steps of one project.
pub fn script(
    _design: &Design,
    _plan: &Plan,
    _layout: &Layout,
    _steps: &[&Step],
) -> Result<String, TclError> {
    Ok(String::new())
}
