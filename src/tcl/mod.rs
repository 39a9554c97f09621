// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tcl for Vivado: quoting, typed contexts and templates, one script a step (or a wave of run steps).
//!
//! A script is a function of the description alone: no dates, no random values. What changes from run to run (the nonce of the END line)
//! comes in by `-tclargs`. Paths in it are absolute, since Vivado stores them so.

pub mod context;
mod generated;
#[cfg(test)]
mod lint;
mod portable;
mod project;
pub mod quote;
pub mod render;
pub mod templates;
#[cfg(test)]
mod tests;
mod update;

use camino::Utf8PathBuf;

pub use context::{GoldenCopy, GoldenFile};
pub use generated::{Generated, generated, write_generated};
pub use portable::portable;
pub use update::{pre_init_hook, user_pre_init};

use crate::design::Design;
use crate::plan::layout::Layout;
use crate::plan::{Plan, Step, StepKind};

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
    /// A hook or directive names a step that Vivado's runs do not have.
    #[error("{what}: no such step; known are {known}")]
    UnknownStep {
        /// Which setting.
        what: String,
        /// The steps.
        known: String,
    },
    /// Something that this flow cannot do.
    #[error("{what} cannot be built; use {instead}")]
    Unsupported {
        /// What.
        what: String,
        /// What can be.
        instead: String,
    },
    /// Steps that cannot share one script.
    #[error("no one script can do these steps: {steps}")]
    Mixed {
        /// The steps.
        steps: String,
    },
    /// A generated file could not be written.
    #[error("cannot write {path}: {source}")]
    Write {
        /// The file.
        path: Utf8PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// The script of one Vivado process: the project step, a verify step, or a wave of run steps of one project.
///
/// The project step's script needs the files of [`generated`] to be there. User's own templates in `templates/` beside the description are used
/// in place of ours (see [`templates`]).
pub fn script(design: &Design, plan: &Plan, layout: &Layout, steps: &[&Step]) -> Result<String, TclError> {
    render_script(&render::Renderer::new(&design.root)?, design, plan, layout, steps)
}

fn render_script(
    renderer: &render::Renderer,
    design: &Design,
    plan: &Plan,
    layout: &Layout,
    steps: &[&Step],
) -> Result<String, TclError> {
    match steps {
        [Step { kind: StepKind::Project, .. }] => {
            renderer.render(templates::CONVERGE, &project::converge(design, layout, steps)?)
        }
        [step @ Step { kind: StepKind::Verify { run, .. }, .. }] => {
            renderer.render(templates::VERIFY, &project::verify(design, layout, step, run))
        }
        wave if !wave.is_empty() && wave.iter().all(|s| s.kind.run().is_some()) => {
            renderer.render(templates::RUNS, &project::runs(design, plan, layout, wave))
        }
        other => Err(TclError::Mixed {
            steps: other.iter().map(|s| s.id.0.as_str()).collect::<Vec<_>>().join(", "),
        }),
    }
}
