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
mod nonproject;
mod portable;
mod project;
pub mod quote;
pub mod render;
mod stubs;
pub mod templates;
#[cfg(test)]
mod tests;
mod update;

use camino::Utf8PathBuf;

pub use context::{GoldenCopy, GoldenFile};
pub use generated::{Generated, generated, write_generated};
pub use portable::{portable, portable_steps};
pub(crate) use stubs::stub_texts;
pub use update::{pre_init_hook, user_pre_init};

use crate::design::{Design, Filling};
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
    render_script(&render::Renderer::new(&design.root)?, design, design, plan, layout, steps)
}

/// `origin` is the design with the paths where its sources lie now, whatever paths the script shall have.
fn render_script(
    renderer: &render::Renderer,
    design: &Design,
    origin: &Design,
    plan: &Plan,
    layout: &Layout,
    steps: &[&Step],
) -> Result<String, TclError> {
    let scripts = nonproject::Scripter { design, origin, layout };
    if let [step] = steps
        && layout.is_scripted(&step.kind)
    {
        return match &step.kind {
            StepKind::SynthStatic { .. } | StepKind::SynthModule { .. } => {
                renderer.render(templates::SYNTH, &scripts.synth(step)?)
            }
            StepKind::ImplParent { .. } => renderer.render(templates::PARENT, &scripts.parent(step)?),
            StepKind::ImplChild { configuration, run, .. } => {
                renderer.render(templates::CHILD, &scripts.child(step, configuration, run)?)
            }
            StepKind::ImplModule { partition, module, run } => {
                let filling = module.clone().map_or(Filling::Greybox(None), Filling::Module);
                renderer.render(templates::MODULE, &scripts.module(step, partition, &filling, run)?)
            }
            StepKind::AbstractShells { .. } => renderer.render(templates::SHELLS, &scripts.shells(step)),
            StepKind::Project | StepKind::Verify { .. } | StepKind::Gates | StepKind::Kit => {
                Err(TclError::Mixed { steps: step.id.0.clone() })
            }
        };
    }
    match steps {
        [Step { kind: StepKind::Project, .. }] => {
            renderer.render(templates::CONVERGE, &project::converge(design, layout, steps)?)
        }
        [step @ Step { kind: StepKind::Verify { run, .. }, .. }] => {
            renderer.render(templates::VERIFY, &project::verify(design, layout, step, run))
        }
        wave if !wave.is_empty()
            && wave.iter().all(|s| s.kind.run().is_some() && !layout.is_scripted(&s.kind)) =>
        {
            renderer.render(templates::RUNS, &project::runs(design, plan, layout, wave))
        }
        other => Err(TclError::Mixed {
            steps: other.iter().map(|s| s.id.0.as_str()).collect::<Vec<_>>().join(", "),
        }),
    }
}
