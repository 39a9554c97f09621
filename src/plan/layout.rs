// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where everything of a build lies. One place, because scripts, executor, run-tree reader, gates and kit must agree.
//!
//! ```text
//! build/                       [build] directory
//!   project/NAME.xpr           the Vivado project, NAME.runs/, NAME.gen/, NAME.srcs/
//!   runs/RUN/                  runs that are no runs of the project: all of the non-project flow, children on abstract shells
//!   shells/CELL.dcp            abstract shells of the partitions
//!   generated/                 files that dfxkit makes for Vivado: Pblock XDC, hooks; rewritten only when they change
//!   steps/STEP/                one directory a step: script.tcl, vivado.log, vivado.jou, console.log, run.sh
//!   state/                     records of finished steps, the lock, the running process
//!   report.json                verdicts of the last build
//!   kit/NAME-VERSION/          the kit
//! ```

use camino::{Utf8Path, Utf8PathBuf};

use super::{StepId, StepKind};
use crate::design::Design;
use crate::design::names::{PARENT_RUN, SHELLS_RUN, STATIC_SYNTH_RUN, mangle_cell, vivado_name};
use crate::spec::model::{Build, Flow, ShellKind};

/// Which runs are scripts from checkpoint to checkpoint instead of runs of a Vivado project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scripted {
    /// None.
    Nothing,
    /// Children and what they are put together from.
    Children,
    /// All: there is no project.
    Everything,
}

/// The places of one build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    build: Utf8PathBuf,
    project: String,
    kit: String,
    generated: Option<Utf8PathBuf>,
    scripted: Scripted,
}

impl Layout {
    /// The layout of a design's build.
    pub fn of(design: &Design) -> Self {
        Self::new(design.build_dir(), &design.spec.project.name, &design.spec.project.version)
            .for_build(&design.spec.build)
    }

    /// The same for the flow and the shell of a build.
    #[must_use]
    pub fn for_build(self, build: &Build) -> Self {
        let scripted = match (build.flow, build.shell) {
            (Flow::NonProject, _) => Scripted::Everything,
            (Flow::Project, ShellKind::Abstract) => Scripted::Children,
            (Flow::Project, ShellKind::Standard) => Scripted::Nothing,
        };
        Self { scripted, ..self }
    }

    /// A layout under any directory, of the project flow.
    pub fn new(build: impl Into<Utf8PathBuf>, project: &str, version: &str) -> Self {
        Self {
            build: build.into(),
            project: vivado_name(project),
            kit: format!("{project}-{version}"),
            generated: None,
            scripted: Scripted::Nothing,
        }
    }

    /// The same with another place for generated files.
    #[must_use]
    pub fn with_generated(self, dir: impl Into<Utf8PathBuf>) -> Self {
        Self { generated: Some(dir.into()), ..self }
    }

    /// The build directory, absolute.
    pub fn build(&self) -> &Utf8Path {
        &self.build
    }

    /// Name of the Vivado project.
    pub fn project_name(&self) -> &str {
        &self.project
    }

    /// True when there is a Vivado project.
    pub fn has_project(&self) -> bool {
        self.scripted != Scripted::Everything
    }

    /// True for a step that is a script from checkpoint to checkpoint, a process of its own.
    pub fn is_scripted(&self, kind: &StepKind) -> bool {
        match kind {
            StepKind::AbstractShells { .. } | StepKind::ImplModule { .. } => true,
            StepKind::ImplChild { .. } => self.scripted != Scripted::Nothing,
            StepKind::SynthStatic { .. } | StepKind::SynthModule { .. } | StepKind::ImplParent { .. } => {
                self.scripted == Scripted::Everything
            }
            StepKind::Project | StepKind::Verify { .. } | StepKind::Gates | StepKind::Kit => false,
        }
    }

    /// Directories whose content belongs to one Vivado: what another one made is of no use.
    pub fn of_one_vivado(&self) -> [Utf8PathBuf; 3] {
        [self.project_dir(), self.build.join("runs"), self.shells()]
    }

    /// Directory of the abstract shells.
    pub fn shells(&self) -> Utf8PathBuf {
        self.build.join("shells")
    }

    /// The abstract shell of a partition's cell.
    pub fn shell(&self, cell: &str) -> Utf8PathBuf {
        self.shells().join(format!("{}.dcp", mangle_cell(cell)))
    }

    /// Directory of the Vivado project.
    pub fn project_dir(&self) -> Utf8PathBuf {
        self.build.join("project")
    }

    /// The project file.
    pub fn xpr(&self) -> Utf8PathBuf {
        self.project_dir().join(format!("{}.xpr", self.project))
    }

    /// The run tree of the static, which `adopt` would take too.
    pub fn runs(&self) -> Utf8PathBuf {
        if self.scripted == Scripted::Everything {
            self.build.join("runs")
        } else {
            self.project_dir().join(format!("{}.runs", self.project))
        }
    }

    /// Directory of a run.
    pub fn run(&self, run: &str) -> Utf8PathBuf {
        let in_project = match self.scripted {
            Scripted::Nothing => run != SHELLS_RUN,
            Scripted::Children => run == STATIC_SYNTH_RUN || run == PARENT_RUN || run.ends_with("_synth_1"),
            Scripted::Everything => false,
        };
        if in_project { self.runs().join(run) } else { self.build.join("runs").join(run) }
    }

    /// Files made for Vivado.
    pub fn generated(&self) -> Utf8PathBuf {
        self.generated.clone().unwrap_or_else(|| self.build.join("generated"))
    }

    /// Directory of a step's script and logs.
    pub fn step(&self, id: &StepId) -> Utf8PathBuf {
        self.build.join("steps").join(id.file_name())
    }

    /// The file that a verify step's own `pr_verify` writes.
    pub fn verdict(&self, id: &StepId) -> Utf8PathBuf {
        self.step(id).join("pr_verify.log")
    }

    /// Records, lock, running process.
    pub fn state(&self) -> Utf8PathBuf {
        self.build.join("state")
    }

    /// The verdicts of the last build.
    pub fn report(&self) -> Utf8PathBuf {
        self.build.join("report.json")
    }

    /// The kit's directory.
    pub fn kit(&self) -> Utf8PathBuf {
        self.build.join("kit").join(&self.kit)
    }

    /// A path as steps name their outputs: relative to the build directory.
    pub fn relative(&self, path: &Utf8Path) -> Utf8PathBuf {
        path.strip_prefix(&self.build).unwrap_or(path).to_owned()
    }
}
