// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The scripts for people: with paths relative to the description's directory, in which they are to be run, so that they can be read,
//! compared and kept. Absolute stay paths that the user wrote so, and hooks sourced by the generated bitstream hook, which runs elsewhere.

use camino::{Utf8Path, Utf8PathBuf};

use super::generated::{Generated, render_generated};
use super::render::Renderer;
use super::{TclError, quote, render_script};
use crate::design::{Design, SourceFile};
use crate::plan::layout::Layout;
use crate::plan::project::{ToolKey, plan};
use crate::plan::{Plan, Step, StepKind};

/// One script per Vivado step, one for all runs as a single wave, the generated files, and a shell script that runs them in order. `dir` is where
/// they will lie, relative to the description or absolute.
pub fn portable(design: &Design, dir: &Utf8Path) -> Result<Vec<Generated>, TclError> {
    let relative = relative(design);
    let layout = Layout::of(&relative).with_generated(dir);
    // Keys are not looked at here: any tool will do.
    let tool = ToolKey { release: String::new(), build: None, simulated: false };
    let plan = plan(&relative, &layout, &tool);
    let scripts = Scripts { origin: design, design: &relative, layout: &layout, plan: &plan };
    let (mut files, order) = scripts.files(dir, &|_| true)?;
    files.push(Generated { path: dir.join("run.sh"), text: shell(dir, &order) });
    Ok(files)
}

/// The same for a part of any plan, without the shell script: what an update runs. `layout` is relative to the description too.
pub fn portable_steps(
    design: &Design,
    plan: &Plan,
    layout: impl Fn(&Design) -> Layout,
    wanted: &dyn Fn(&Step) -> bool,
    dir: &Utf8Path,
) -> Result<Vec<Generated>, TclError> {
    let relative = relative(design);
    let layout = layout(&relative).with_generated(dir);
    let scripts = Scripts { origin: design, design: &relative, layout: &layout, plan };
    Ok(scripts.files(dir, wanted)?.0)
}

struct Scripts<'a> {
    /// The design with the paths where sources can be read now.
    origin: &'a Design,
    /// The same with the paths that the scripts shall have.
    design: &'a Design,
    layout: &'a Layout,
    plan: &'a Plan,
}

impl Scripts<'_> {
    /// The files, and the names of the scripts in the order in which they are to be run.
    fn files(
        &self,
        dir: &Utf8Path,
        wanted: &dyn Fn(&Step) -> bool,
    ) -> Result<(Vec<Generated>, Vec<String>), TclError> {
        let (design, layout, plan) = (self.design, self.layout, self.plan);
        let renderer = Renderer::new(&self.origin.root)?;
        let mut files = Vec::new();
        let mut push = |name: String, steps: &[&Step]| -> Result<(), TclError> {
            let text = render_script(&renderer, design, self.origin, plan, layout, steps)?;
            files.push(Generated { path: dir.join(name), text });
            Ok(())
        };
        let mut order = Vec::new();
        for step in plan.steps.iter().filter(|s| s.kind.needs_vivado() && wanted(s)) {
            let name = format!("{}.tcl", step.id.file_name());
            push(name.clone(), &[step])?;
            if matches!(step.kind, StepKind::Project | StepKind::Verify { .. })
                || layout.is_scripted(&step.kind)
            {
                order.push(name);
            }
        }
        let in_project = |s: &&Step| s.kind.run().is_some() && !layout.is_scripted(&s.kind) && wanted(s);
        let runs: Vec<&Step> = plan.steps.iter().filter(in_project).collect();
        if !runs.is_empty() {
            push(ALL_RUNS.into(), &runs)?;
            order.insert(order.len().min(1), ALL_RUNS.into());
        }
        files.extend(render_generated(&renderer, design, layout, &self.origin.root)?);
        Ok((files, order))
    }
}

const ALL_RUNS: &str = "all-runs.tcl";

fn shell(dir: &Utf8Path, order: &[String]) -> String {
    let mut text = String::from(
        "#!/bin/sh\n# Made by dfxkit: everything in one go. Run it in the directory of the description.\n# dfxkit build does more: it \
         judges each step by its outputs and its log, and runs again only what has to.\nset -eu\n",
    );
    for name in order {
        let path = dir.join(name);
        text.push_str(&format!("vivado -mode batch -notrace -source {}\n", shell_word(path.as_str())));
    }
    text
}

/// One word of a POSIX shell.
fn shell_word(text: &str) -> String {
    if quote::word(text) == text { text.to_owned() } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

fn relative(design: &Design) -> Design {
    let mut design = design.clone();
    let root = std::mem::take(&mut design.root);
    let strip = |path: &Utf8Path| -> Utf8PathBuf { path.strip_prefix(&root).unwrap_or(path).to_owned() };
    design.file = strip(&design.file);
    // Hooks of ours, which are named absolute.
    for file in design.spec.build.hooks.values_mut() {
        *file = strip(Utf8Path::new(file)).into_string();
    }
    let files = |list: &mut Vec<SourceFile>| list.iter_mut().for_each(|f| f.path = strip(&f.path));
    files(&mut design.static_sources);
    files(&mut design.static_constraints);
    for module in design.modules.values_mut() {
        files(&mut module.sources);
        files(&mut module.constraints);
    }
    design
}
