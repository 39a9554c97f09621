// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where everything of a build lies. One place, because scripts, executor, run-tree reader, gates and kit must agree.
//!
//! ```text
//! build/                       [build] directory
//!   project/NAME.xpr           the Vivado project, NAME.runs/, NAME.gen/, NAME.srcs/
//!   generated/                 files that dfxkit makes for Vivado: Pblock XDC, hooks; rewritten only when they change
//!   steps/STEP/                one directory a step: script.tcl, vivado.log, vivado.jou, console.log, run.sh
//!   state/                     records of finished steps, the lock, the running process
//!   report.json                verdicts of the last build
//!   kit/NAME-VERSION/          the kit
//! ```

use camino::{Utf8Path, Utf8PathBuf};

use super::StepId;
use crate::design::Design;
use crate::design::names::vivado_name;

/// The places of one build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    build: Utf8PathBuf,
    project: String,
    kit: String,
    generated: Option<Utf8PathBuf>,
}

impl Layout {
    /// The layout of a design's build.
    pub fn of(design: &Design) -> Self {
        Self::new(design.build_dir(), &design.spec.project.name, &design.spec.project.version)
    }

    /// A layout under any directory.
    pub fn new(build: impl Into<Utf8PathBuf>, project: &str, version: &str) -> Self {
        Self {
            build: build.into(),
            project: vivado_name(project),
            kit: format!("{project}-{version}"),
            generated: None,
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

    /// Directory of the Vivado project.
    pub fn project_dir(&self) -> Utf8PathBuf {
        self.build.join("project")
    }

    /// The project file.
    pub fn xpr(&self) -> Utf8PathBuf {
        self.project_dir().join(format!("{}.xpr", self.project))
    }

    /// The run tree, which `adopt` would take too.
    pub fn runs(&self) -> Utf8PathBuf {
        self.project_dir().join(format!("{}.runs", self.project))
    }

    /// Directory of a run.
    pub fn run(&self, run: &str) -> Utf8PathBuf {
        self.runs().join(run)
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
