// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! What Vivado left behind, read into [`crate::artifacts::Artifacts`]: from a build of ours ([`read_build`]) or from anybody's finished
//! project run tree ([`RunTree::read`], [`adopt`]), with no description at all.
//!
//! Everything is taken from evidence: logs, checkpoints, bitstream headers, `gen_run.xml`, the project file, in this order of trust. Which module
//! fills which partition is never guessed from a mangled file name alone. What is not there is listed with what it keeps from being made.
//! Not read: `.pb` databases, DCP internals beyond `dcp.xml` and stubs, non-project trees (no run directories).

mod adopt;
pub mod bit;
mod build;
pub mod dcp;
mod expect;
mod family;
pub mod hwh;
pub mod run;
pub mod state;
pub mod xpr;

use camino::{Utf8Path, Utf8PathBuf};
use serde::Serialize;

pub use adopt::{AdoptOptions, adopt};
pub use build::read_build;
pub use expect::{Makes, makes};
use hwh::HwhFile;
use run::Run;
use xpr::Xpr;

/// A run tree as it lies on disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunTree {
    /// The directory of the runs, absolute.
    pub dir: Utf8PathBuf,
    /// Name of the project: of the `.xpr`, or of the directory without `.runs`.
    pub project: String,
    /// The project file beside it.
    pub xpr_path: Option<Utf8PathBuf>,
    /// What it says.
    #[serde(skip)]
    pub xpr: Option<Xpr>,
    /// Runs by name.
    pub runs: Vec<Run>,
    /// Hand-off files of the project.
    pub hwh: Vec<HwhFile>,
    /// What was noticed on the way.
    pub notes: Vec<String>,
}

/// Why a tree cannot be read or used.
#[derive(Debug, thiserror::Error)]
pub enum RunTreeError {
    /// The file system.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// No directory.
    #[error("{0} is not a directory")]
    NotADirectory(Utf8PathBuf),
    /// The directory is one run, not the tree.
    #[error("{dir} is a single run; the tree of runs is {}", .dir.parent().unwrap_or(.dir))]
    SingleRun {
        /// The directory.
        dir: Utf8PathBuf,
    },
    /// Nothing that looks like a run.
    #[error(
        "no run directory in {dir}: expected directories such as impl_1 with logs, checkpoints or bitstreams"
    )]
    NoRuns {
        /// The directory.
        dir: Utf8PathBuf,
    },
    /// Runs, but none with reconfigurable partitions.
    #[error("no run in {dir} has reconfigurable partitions (looked at {}): not a DFX project, or its logs and checkpoints are gone", .runs.join(", "))]
    NoPartitions {
        /// The directory.
        dir: Utf8PathBuf,
        /// The implementation runs.
        runs: Vec<String>,
    },
    /// More than one static in the tree.
    #[error("the tree holds more than one parent run: {}", .runs.join(", "))]
    SeveralParents {
        /// The runs.
        runs: Vec<String>,
    },
    /// The parent asked for is not there.
    #[error("no parent run {wanted} in the tree; there is {}", .runs.join(", "))]
    NoSuchParent {
        /// As asked for.
        wanted: String,
        /// The parent runs.
        runs: Vec<String>,
    },
    /// Neither part nor top of the static can be told.
    #[error("nothing in run {run} tells its {what}: no log, no checkpoint, no bitstream")]
    Unidentified {
        /// The run.
        run: String,
        /// Part or top.
        what: &'static str,
    },
}

impl RunTree {
    /// Reads a tree: `P.runs/`, a directory `runs/`, or a project directory that holds one of these.
    pub fn read(dir: &Utf8Path) -> Result<Self, RunTreeError> {
        if !dir.is_dir() {
            return Err(RunTreeError::NotADirectory(dir.to_owned()));
        }
        let dir = runs_below(dir).unwrap_or_else(|| dir.to_owned());
        let mut runs = Vec::new();
        let mut single = false;
        for entry in dir.read_dir_utf8()? {
            let entry = entry?;
            let name = entry.file_name();
            if entry.path().is_dir() && !name.starts_with('.') {
                let run = Run::read(entry.path())?;
                if run.log_path.is_some()
                    || !run.checkpoints.is_empty()
                    || !run.bitstreams.is_empty()
                    || run.gen_run.is_some()
                {
                    runs.push(run);
                }
            } else {
                single |= [".vdi", ".vds"].iter().any(|e| name.ends_with(e)) || name == "runme.log";
            }
        }
        if runs.is_empty() {
            return Err(if single { RunTreeError::SingleRun { dir } } else { RunTreeError::NoRuns { dir } });
        }
        runs.sort_by(|a, b| a.name.cmp(&b.name));
        let parent = dir.parent().unwrap_or(&dir).to_owned();
        let stem = dir.file_name().and_then(|n| n.strip_suffix(".runs"));
        let xpr_path = find_xpr(&parent, stem);
        let mut notes = Vec::new();
        let xpr = xpr_path.as_ref().and_then(|p| match Xpr::read(p) {
            Ok(xpr) => Some(xpr),
            Err(e) => {
                notes.push(format!("{}: {e}", p.file_name().unwrap_or_default()));
                None
            }
        });
        let project = stem
            .or_else(|| xpr_path.as_ref().and_then(|p| p.file_stem()))
            .or_else(|| parent.file_name())
            .unwrap_or("adopted")
            .to_owned();
        let (hwh, unreadable) = hwh::find(&parent, &project);
        notes.extend(unreadable);
        for run in &runs {
            notes.extend(run.unreadable.iter().map(|u| format!("{}/{u}", run.name)));
        }
        Ok(Self { dir, project, xpr_path, xpr, runs, hwh, notes })
    }

    /// A run by name.
    pub fn run(&self, name: &str) -> Option<&Run> {
        self.runs.iter().find(|r| r.name == name)
    }
}

/// `P.runs` below a project directory, so that the project directory may be given too.
fn runs_below(dir: &Utf8Path) -> Option<Utf8PathBuf> {
    if dir.file_name().is_some_and(is_runs) {
        return None;
    }
    let entries = dir.read_dir_utf8().ok()?.flatten();
    let mut found: Vec<_> = entries
        .filter(|e| is_runs(e.file_name()))
        .map(|e| e.path().to_owned())
        .filter(|p| p.is_dir())
        .collect();
    // With several it is not ours to choose.
    if found.len() == 1 { found.pop() } else { None }
}

/// `P.runs`, or `runs`.
fn is_runs(name: &str) -> bool {
    name == "runs" || Utf8Path::new(name).extension() == Some("runs")
}

/// The project file: by the name of the runs directory, or the only one there.
fn find_xpr(dir: &Utf8Path, stem: Option<&str>) -> Option<Utf8PathBuf> {
    if let Some(path) = stem.map(|s| dir.join(format!("{s}.xpr"))).filter(|p| p.is_file()) {
        return Some(path);
    }
    let entries = dir.read_dir_utf8().ok()?.flatten();
    let mut found: Vec<_> =
        entries.map(|e| e.path().to_owned()).filter(|p| p.extension() == Some("xpr")).collect();
    if found.len() == 1 { found.pop() } else { None }
}
