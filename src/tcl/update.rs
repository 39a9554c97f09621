// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Scripts of a remote update: a project of its own in which the parent is a name and a directory only, modules are synthesised, and
//! children are implemented on the golden checkpoints.
//!
//! The order of things: the project's script; the caller puts the golden run state into the parent's and the static synthesis's run
//! directories; the runs' script, which refuses to go on unless Vivado sees those two as finished; in each child, before `init_design`, the
//! hook that puts the golden checkpoints in their place; `pr_verify` against the golden routed checkpoint.
//! Not established without Vivado: that a project takes the state of runs from files put there. The script tests it before it launches anything.

use camino::Utf8PathBuf;

use super::TclError;
use super::context::{GoldenCopy, Header, Runs, Verify};
use super::project::converge;
use super::render::{Renderer, TclList};
use super::templates;
use crate::design::Design;
use crate::design::names::{PARENT_RUN, STATIC_SYNTH_RUN, child_run, module_synth_run, vivado_name};
use crate::design::{Filling, steps};
use crate::plan::layout::Layout;
use crate::plan::project::is_gate_level;

/// An update's project.
#[derive(Debug, Clone)]
pub struct UpdateScript<'a> {
    /// The derived design: its parent is the golden's stand-in, its children hold what is to be built.
    pub design: &'a Design,
    /// Where the update's project lies.
    pub layout: &'a Layout,
    /// The hook of [`pre_init_hook`], absolute.
    pub pre_init: Utf8PathBuf,
    /// Names on the END line.
    pub steps: Vec<String>,
}

impl UpdateScript<'_> {
    fn header(&self) -> Header {
        header(self.design, &self.steps)
    }
}

fn header(design: &Design, steps: &[String]) -> Header {
    Header { steps: steps.iter().collect(), ..super::project::header(design, &[]) }
}

/// Makes the update's project, or brings it to the description: as an ordinary one, with the hook on each child and without routed modules
/// taken from other configurations.
pub fn update_project_script(update: &UpdateScript<'_>) -> Result<String, TclError> {
    let mut context = converge(update.design, update.layout, &[])?;
    context.header = update.header();
    for configuration in &mut context.configurations {
        configuration.import_routed = false;
    }
    let hook = "STEPS.INIT_DESIGN.TCL.PRE";
    for run in &mut context.runs {
        if context.children.iter().any(|c| c.run == run.name) {
            let others = run.hooks.0.chunks(2).filter(|pair| pair[0] != hook).flatten().cloned();
            run.hooks = others.chain([hook.to_owned(), update.pre_init.to_string()]).collect::<TclList>();
        }
    }
    context.utilities.push(update.pre_init.clone());
    Renderer::new(&update.design.root)?.render(templates::CONVERGE, &context)
}

/// Synthesises the modules of all configurations and implements the children. The parent and the static's synthesis must stand as finished and
/// are not run: where Vivado does not see them so, the script stops before anything is launched.
pub fn update_runs_script(update: &UpdateScript<'_>) -> Result<String, TclError> {
    let design = update.design;
    // Those of the nominal parent too: Vivado follows the runs that a child waits for up to the modules of its parent, and would launch what is
    // not finished there, and the parent after it.
    let mut synthesis: Vec<String> = Vec::new();
    for filling in design.configurations.iter().flat_map(|c| c.fillings.values()) {
        if let Filling::Module(module) = filling
            && !is_gate_level(design, module)
        {
            let run = module_synth_run(&vivado_name(module));
            if !synthesis.contains(&run) {
                synthesis.push(run);
            }
        }
    }
    let context = Runs {
        header: update.header(),
        xpr: update.layout.xpr(),
        runs_dir: update.layout.runs(),
        synthesis,
        implementation: (0..design.children().count()).map(|n| child_run(n, PARENT_RUN)).collect(),
        held: vec![STATIC_SYNTH_RUN.into(), PARENT_RUN.into()],
        others: Vec::new(),
        // The hook itself replaces the parent's checkpoints; that they are the golden's is the caller's check, by hash.
        guarded: Vec::new(),
        jobs: design.spec.build.jobs.max(1),
    };
    Renderer::new(&design.root)?.render(templates::RUNS, &context)
}

/// The hook before `init_design` of the children. The user's own hook of that place is sourced after it (see [`user_pre_init`]).
pub fn pre_init_hook(design: &Design, golden: &GoldenCopy) -> Result<String, TclError> {
    Renderer::new(&design.root)?.render(templates::PRE_INIT, golden)
}

/// The user's hooks before `init_design`, absolute: what [`GoldenCopy::then`] must hold.
pub fn user_pre_init(design: &Design) -> Vec<Utf8PathBuf> {
    design
        .spec
        .build
        .hooks
        .iter()
        .filter(|(key, _)| steps::hook(key).is_some_and(|h| h.step == "init_design" && h.pre))
        .map(|(_, file)| design.root.join(file))
        .collect()
}

/// A `pr_verify` of one checkpoint against another.
#[derive(Debug, Clone)]
pub struct PrVerify {
    /// The reference: the golden's full routed checkpoint.
    pub initial: Utf8PathBuf,
    /// The child's full routed checkpoint.
    pub additional: Utf8PathBuf,
    /// File that `pr_verify` writes.
    pub verdict: Utf8PathBuf,
    /// Name on the END line.
    pub step: String,
}

/// The script of one `pr_verify`.
pub fn pr_verify_script(design: &Design, verify: &PrVerify) -> Result<String, TclError> {
    let context = Verify {
        header: header(design, std::slice::from_ref(&verify.step)),
        initial: verify.initial.clone(),
        additional: verify.additional.clone(),
        verdict: verify.verdict.clone(),
    };
    Renderer::new(&design.root)?.render(templates::VERIFY, &context)
}
