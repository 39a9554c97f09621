// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The engine's traits for a real design: scripts from the templates, gates and kit from the run tree.

use camino::{Utf8Path, Utf8PathBuf};
use dfxkit_handoff::kit::Limits;

use super::finish::{Finish, FinishError, Scripts};
use super::report::Report;
use crate::artifacts::{Artifacts, ToolIdentity};
use crate::design::Design;
use crate::exit::Exit;
use crate::gates::{self, GateReport, Verdict};
use crate::kit::{self, KitInput};
use crate::plan::layout::Layout;
use crate::plan::{Plan, Step};
use crate::runtree::{self, RunTreeError};
use crate::tcl::{self, TclError};

/// A design with its plan and places.
#[derive(Debug, Clone, Copy)]
pub struct DesignFlow<'a> {
    /// The design.
    pub design: &'a Design,
    /// Its plan.
    pub plan: &'a Plan,
    /// Its places.
    pub layout: &'a Layout,
}

impl Scripts for DesignFlow<'_> {
    fn generated(&self) -> Result<Vec<(Utf8PathBuf, Vec<u8>)>, TclError> {
        let files = tcl::generated(self.design, self.layout)?;
        Ok(files.into_iter().map(|f| (f.path, f.text.into_bytes())).collect())
    }

    fn script(&self, steps: &[&Step]) -> Result<String, TclError> {
        tcl::script(self.design, self.plan, self.layout, steps)
    }
}

/// Reads what a finished build left and judges it.
pub fn judged(flow: DesignFlow<'_>, tool: &ToolIdentity) -> Result<Artifacts, RunTreeError> {
    let mut artifacts = runtree::read_build(flow.design, flow.plan, flow.layout, tool)?;
    artifacts.gates = gates::judge::judge(&artifacts, &flow.design.spec.gates);
    Ok(artifacts)
}

/// Gates and kit of a design.
#[derive(Debug)]
pub struct DesignFinish<'a> {
    flow: DesignFlow<'a>,
    tool: ToolIdentity,
    artifacts: Option<Artifacts>,
}

impl<'a> DesignFinish<'a> {
    /// For what `tool` built.
    pub fn new(flow: DesignFlow<'a>, tool: ToolIdentity) -> Self {
        Self { flow, tool, artifacts: None }
    }

    fn read(&mut self) -> Result<&Artifacts, FinishError> {
        let artifacts = judged(self.flow, &self.tool).map_err(|e| FinishError {
            exit: Exit::TOOL,
            message: format!("cannot read what the build left: {e}"),
            notes: Vec::new(),
            help: Vec::new(),
        })?;
        Ok(self.artifacts.insert(artifacts))
    }
}

impl Finish for DesignFinish<'_> {
    fn gates(&mut self) -> Result<GateReport, FinishError> {
        let path = self.flow.layout.report();
        let artifacts = self.read()?;
        Report::of(artifacts).write(&path).map_err(|e| FinishError {
            exit: Exit::ENVIRONMENT,
            message: format!("cannot write the report: {e}"),
            notes: Vec::new(),
            help: Vec::new(),
        })?;
        Ok(artifacts.gates.clone())
    }

    fn kit(&mut self) -> Result<(), FinishError> {
        if self.artifacts.is_none() {
            self.read()?;
        }
        let artifacts = self.artifacts.as_ref().expect("read above");
        // The gates step was up to date, but the files were judged anew just now: what they refuse is not shipped.
        if artifacts.gates.verdict == Verdict::Refused {
            return Err(FinishError {
                exit: Exit::GATE,
                message: "the gates refuse what lies in the run directories".into(),
                notes: Vec::new(),
                help: vec!["`dfxkit build --force gates` writes the report anew".into()],
            });
        }
        let formats = &self.flow.design.spec.kit.formats;
        // The archive's time stamps are 0 here; `dfxkit kit build` takes SOURCE_DATE_EPOCH.
        let input = KitInput {
            care: kit::Care::of(self.flow.design),
            sources: crate::vcs::git_state(&self.flow.design.root),
            ..KitInput::new(artifacts, formats)
        };
        let dir = self.flow.layout.kit();
        set_aside(&dir).map_err(|e| FinishError {
            exit: Exit::ENVIRONMENT,
            message: format!("cannot set the damaged kit aside: {e}"),
            notes: Vec::new(),
            help: Vec::new(),
        })?;
        kit::write(&input, &dir).map(|_| ()).map_err(|e| FinishError {
            exit: e.exit(),
            message: e.to_string(),
            notes: Vec::new(),
            help: e.help().map(str::to_owned).into_iter().collect(),
        })
    }
}

/// The kit's place in the build directory is the build's own: what stands there and is no whole kit (somebody edited a file, or
/// added one) makes room for the kit. Nothing is lost: it is kept beside it as `NAME-VERSION.damaged`, the last one.
fn set_aside(dir: &Utf8Path) -> std::io::Result<()> {
    let Ok(meta) = fs_err::symlink_metadata(dir) else { return Ok(()) };
    let whole = meta.is_dir()
        && dfxkit_handoff::kit::verify(dir.as_std_path(), &Limits::default()).is_ok_and(|v| v.is_whole());
    if whole || (meta.is_dir() && fs_err::read_dir(dir)?.next().is_none()) {
        return Ok(());
    }
    let aside = Utf8PathBuf::from(format!("{dir}.damaged"));
    match fs_err::symlink_metadata(&aside) {
        Ok(old) if old.is_dir() => fs_err::remove_dir_all(&aside)?,
        Ok(_) => fs_err::remove_file(&aside)?,
        Err(_) => {}
    }
    fs_err::rename(dir, &aside)
}
