// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The plan: a typed DAG of steps that lead from a [`crate::design::Design`] to the kit. Pure: nothing is read or run here.
//!
//! A step says what it is, what goes in and what comes out; the executor ([`crate::exec`]) decides by the keys of
//! [`key`] which steps are stale. In project mode a Vivado project can be opened by one process at a time, so stale run steps
//! of one wave share one Vivado process (`launch_runs a b c -jobs N`); each still has a record, a verdict and a key of its own.

mod finish;
mod fragment;
mod includes;
pub mod key;
pub mod layout;
pub(crate) mod options;
pub(crate) mod outputs;
pub mod project;
mod shell;
pub mod show;
#[cfg(test)]
mod tests;

use camino::Utf8PathBuf;
use serde::Serialize;

/// Name of a step: `project`, `synth:static`, `synth:MODULE`, `impl:CONFIGURATION`, `shells`, `module:MODULE`, `greybox:PARTITION`,
/// `verify:CONFIGURATION`, `gates`, `kit`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct StepId(pub String);

impl std::fmt::Display for StepId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl StepId {
    /// The name as a file name: `:` becomes `-`.
    pub fn file_name(&self) -> String {
        self.0.replace(':', "-")
    }
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum StepKind {
    /// Makes the Vivado project, or brings an existing one to the description.
    Project,
    /// Synthesis of the static.
    SynthStatic {
        /// Vivado's run.
        run: String,
    },
    /// Out-of-context synthesis of a module.
    SynthModule {
        /// Module of the description.
        module: String,
        /// Vivado's run.
        run: String,
    },
    /// Implementation of the parent configuration.
    ImplParent {
        /// Configuration.
        configuration: String,
        /// Vivado's run.
        run: String,
    },
    /// Abstract shells of the partitions, from the parent's routed checkpoint.
    AbstractShells {
        /// Name that its log has among those of the runs.
        run: String,
    },
    /// Implementation of one module, or of a partition's greybox, on the abstract shell of its partition.
    ImplModule {
        /// Partition.
        partition: String,
        /// Module of the description; none for a greybox.
        module: Option<String>,
        /// Its run.
        run: String,
    },
    /// Implementation of a child configuration on the parent's locked static.
    ImplChild {
        /// Configuration.
        configuration: String,
        /// Vivado's run.
        run: String,
        /// The parent's run.
        parent_run: String,
    },
    /// `pr_verify` of a child against the parent, by a process of its own.
    Verify {
        /// The child configuration.
        configuration: String,
        /// The child's run.
        run: String,
    },
    /// Judging of everything (no Vivado).
    Gates,
    /// The kit (no Vivado).
    Kit,
}

impl StepKind {
    /// Short word for tables and JSON.
    pub fn word(&self) -> &'static str {
        match self {
            StepKind::Project => "project",
            StepKind::SynthStatic { .. } => "synth-static",
            StepKind::SynthModule { .. } => "synth-module",
            StepKind::ImplParent { .. } => "impl-parent",
            StepKind::AbstractShells { .. } => "abstract-shells",
            StepKind::ImplModule { .. } => "impl-module",
            StepKind::ImplChild { .. } => "impl-child",
            StepKind::Verify { .. } => "verify",
            StepKind::Gates => "gates",
            StepKind::Kit => "kit",
        }
    }

    /// The run of a run step: one of the Vivado project, or what stands for one where there is no project.
    pub fn run(&self) -> Option<&str> {
        match self {
            StepKind::SynthStatic { run }
            | StepKind::SynthModule { run, .. }
            | StepKind::ImplParent { run, .. }
            | StepKind::AbstractShells { run }
            | StepKind::ImplModule { run, .. }
            | StepKind::ImplChild { run, .. } => Some(run),
            _ => None,
        }
    }

    /// True when the step needs Vivado.
    pub fn needs_vivado(&self) -> bool {
        !matches!(self, StepKind::Gates | StepKind::Kit)
    }
}

/// One thing that goes into a step. Everything that can change a result is an input; the key is made of nothing else.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case", tag = "input")]
pub enum Input {
    /// Content of a file of the user.
    File {
        /// Name in manifests, relative to the description.
        name: Utf8PathBuf,
        /// Absolute path.
        path: Utf8PathBuf,
    },
    /// A named value: part, directive, tool build, text of the script.
    Value {
        /// Name.
        name: String,
        /// Value.
        value: String,
    },
    /// An output of another step, by its recorded hash.
    Output {
        /// The step that makes it.
        step: StepId,
        /// Which of its outputs, relative to the build directory.
        path: Utf8PathBuf,
    },
}

/// A file that a step must leave behind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Output {
    /// Relative to the build directory.
    pub path: Utf8PathBuf,
    /// False for files that only some designs give (`.ltx`); recorded when there.
    pub required: bool,
    /// True for a file that later steps rewrite too (the `.xpr`, at every launch): its presence counts, its content does not.
    pub volatile: bool,
}

impl Output {
    /// A file that must be there.
    pub fn required(path: impl Into<Utf8PathBuf>) -> Self {
        Self { path: path.into(), required: true, volatile: false }
    }

    /// A file that only some designs give.
    pub fn optional(path: impl Into<Utf8PathBuf>) -> Self {
        Self { path: path.into(), required: false, volatile: false }
    }
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Name.
    pub id: StepId,
    /// What it does.
    pub kind: StepKind,
    /// Steps whose outputs it reads.
    pub needs: Vec<StepId>,
    /// Steps that must be up to date before, but whose change does not make this one stale (the project file).
    pub after: Vec<StepId>,
    /// What goes in.
    pub inputs: Vec<Input>,
    /// What comes out.
    pub outputs: Vec<Output>,
}

/// The whole plan, in an order in which it can be run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// Steps, dependencies first.
    pub steps: Vec<Step>,
}

impl Plan {
    /// A step by name.
    pub fn step(&self, id: &str) -> Option<&Step> {
        self.steps.iter().find(|s| s.id.0 == id)
    }

    /// The steps that `targets` need, themselves included, in order; all when there are none. Unknown names come back as the error.
    pub fn closure(&self, targets: &[String]) -> Result<Vec<&Step>, Vec<String>> {
        if targets.is_empty() {
            return Ok(self.steps.iter().collect());
        }
        let unknown: Vec<String> = targets.iter().filter(|t| self.step(t).is_none()).cloned().collect();
        if !unknown.is_empty() {
            return Err(unknown);
        }
        let mut wanted: std::collections::BTreeSet<&str> = targets.iter().map(String::as_str).collect();
        // Dependencies stand before their users, so one walk from the end reaches everything.
        for step in self.steps.iter().rev() {
            if wanted.contains(step.id.0.as_str()) {
                wanted.extend(step.needs.iter().chain(&step.after).map(|d| d.0.as_str()));
            }
        }
        Ok(self.steps.iter().filter(|s| wanted.contains(s.id.0.as_str())).collect())
    }
}
