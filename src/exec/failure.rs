// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! How a build fails: a step that failed (others may go on), or trouble that ends the build.

use std::collections::VecDeque;
use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use serde::Serialize;

use super::finish::FinishError;
use super::lock::LockError;
use super::orphans::OrphanError;
use super::stale::{InputUnreadable, Reason};
use super::state::Tool;
use crate::exit::Exit;
use crate::gates::GateReport;
use crate::plan::layout::Layout;
use crate::plan::{Step, StepId};
use crate::tcl::TclError;
use crate::vivado::causes::Cause;
use crate::vivado::digest::{Digest, LogLine};
use crate::vivado::judge::Refused;
use crate::vivado::run::RunError;

/// Why one step failed.
#[derive(Debug, thiserror::Error)]
pub enum Why {
    /// Vivado did not do it.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Vivado could not be run to an end.
    #[error(transparent)]
    Run(RunError),
    /// A gate refused.
    #[error("{} refused what was built", gates(report))]
    Gate {
        /// The report.
        report: Box<GateReport>,
    },
    /// A step without Vivado failed.
    #[error(transparent)]
    Finish(#[from] FinishError),
    /// Its script could not be made.
    #[error(transparent)]
    Script(#[from] TclError),
}

fn gates(report: &GateReport) -> String {
    let refused = report.results.iter().filter(|r| r.verdict == crate::gates::Verdict::Refused);
    let names: std::collections::BTreeSet<&str> = refused.map(|r| r.gate.as_str()).collect();
    let names: Vec<&str> = names.into_iter().collect();
    match names.as_slice() {
        [] => "a gate".to_owned(),
        [one] => format!("the gate {one}"),
        many => format!("the gates {}", many.join(", ")),
    }
}

/// What a log says about a failure.
#[derive(Debug, Clone, Serialize)]
pub struct Excerpt {
    /// The log.
    pub log: Utf8PathBuf,
    /// Its first error.
    pub first_error: Option<LogLine>,
    /// Its last lines.
    pub tail: Vec<String>,
}

impl Excerpt {
    fn of(log: Utf8PathBuf, digest: &Digest) -> Self {
        Self {
            log,
            first_error: digest.first().cloned(),
            tail: VecDeque::iter(&digest.tail).cloned().collect(),
        }
    }
}

/// A failed step.
#[derive(Debug)]
pub struct StepFailure {
    /// Which.
    pub step: StepId,
    /// Why.
    pub why: Why,
    /// Logs, the most telling first.
    pub logs: Vec<Excerpt>,
    /// Known causes in them.
    pub causes: Vec<&'static Cause>,
    /// True when `pr_verify` ran and refused.
    pub pr_verify_refused: bool,
}

impl StepFailure {
    /// Without logs.
    pub(super) fn plain(step: &StepId, why: impl Into<Why>) -> Self {
        Self {
            step: step.clone(),
            why: why.into(),
            logs: Vec::new(),
            causes: Vec::new(),
            pr_verify_refused: false,
        }
    }

    /// With what the console and, for a run, the run's own log say.
    pub(super) fn with_logs(step: &Step, layout: &Layout, dir: &Utf8Path, why: Why, digest: &Digest) -> Self {
        let mut logs = Vec::new();
        let mut causes = Vec::new();
        if let Some(run) = step.kind.run()
            && let Some((log, own)) = run_log(&layout.run(run))
        {
            causes.extend(own.causes.iter().copied());
            logs.push(Excerpt::of(log, &own));
        }
        logs.push(Excerpt::of(dir.join("console.log"), digest));
        causes.extend(digest.causes.iter().copied());
        if let Why::Refused(refused) = &why {
            causes.extend(crate::vivado::causes::of_exit(refused.evidence().exit));
        }
        let mut seen = std::collections::BTreeSet::new();
        causes.retain(|c| seen.insert(c.name));
        Self { step: step.id.clone(), why, logs, causes, pr_verify_refused: digest.pr_verify_refused }
    }

    /// True when the log of the step's own run tells an error.
    pub(super) fn has_own_error(&self) -> bool {
        self.logs.len() > 1 && self.logs[0].first_error.is_some()
    }

    /// The exit code that it stands for: the first known cause's, else by its kind.
    pub fn exit(&self) -> u8 {
        match &self.why {
            Why::Gate { .. } => Exit::GATE,
            Why::Finish(e) => e.exit,
            Why::Script(_) => Exit::INPUT,
            Why::Run(RunError::NotInPath { .. } | RunError::NotAtPath { .. } | RunError::Io { .. }) => {
                Exit::ENVIRONMENT
            }
            Why::Run(RunError::Interrupted) => Exit::INTERRUPTED,
            Why::Refused(_) if self.pr_verify_refused => Exit::GATE,
            Why::Refused(_) | Why::Run(_) => self.causes.first().map_or(Exit::TOOL, |c| c.exit),
        }
    }
}

/// The log of a Vivado run: `runme.log`, or the `.vdi` or `.vds` when there is none.
pub(super) fn run_log(dir: &Utf8Path) -> Option<(Utf8PathBuf, Digest)> {
    let mut candidates = vec![dir.join("runme.log")];
    if let Ok(entries) = dir.read_dir_utf8() {
        let mut others: Vec<_> = entries.flatten().map(|e| e.path().to_owned()).collect();
        others.retain(|p| matches!(p.extension(), Some("vdi" | "vds")));
        others.sort();
        candidates.extend(others);
    }
    candidates.into_iter().find_map(|path| {
        let mut file = fs_err::File::open(&path).ok()?;
        let mut digest = Digest::default();
        let mut buffer = vec![0_u8; 64 * 1024];
        loop {
            match io::Read::read(&mut file, &mut buffer).ok()? {
                0 => break,
                n => digest.feed(&buffer[..n], &mut |_| {}),
            }
        }
        digest.finish(&mut |_| {});
        Some((path, digest))
    })
}

/// Whose a project is, in words.
pub fn maker(tool: Option<&Tool>) -> String {
    tool.map_or_else(|| "an unknown Vivado".to_owned(), ToString::to_string)
}

/// Why a build ends before its end.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// Targets or forced steps that the plan does not have.
    #[error("the plan has no step {}", names.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", "))]
    UnknownSteps {
        /// As given.
        names: Vec<String>,
    },
    /// Somebody else builds here.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// Processes of an earlier build are in the way.
    #[error(transparent)]
    Orphans(#[from] OrphanError),
    /// What goes into a step cannot be read.
    #[error(transparent)]
    Input(#[from] InputUnreadable),
    /// State could not be read or written.
    #[error("cannot {what}: {source}")]
    Io {
        /// To do what.
        what: &'static str,
        /// Why.
        source: io::Error,
    },
    /// A generated file could not be made.
    #[error(transparent)]
    Generated(#[from] TclError),
    /// The disk is nearly full.
    #[error(
        "only {} MiB are free on the disk of {directory}, and a build needs at least {} MiB",
        free >> 20,
        needed >> 20
    )]
    Disk {
        /// The build directory.
        directory: Utf8PathBuf,
        /// Bytes free.
        free: u64,
        /// Bytes wanted.
        needed: u64,
    },
    /// Results of Vivado would be replaced by those of another.
    #[error("the build directory holds a project of {}; building with {now} would replace it", maker(made_by.as_ref()))]
    WouldReplace {
        /// Whose they are; none when no record tells.
        made_by: Option<Tool>,
        /// Who would build now.
        now: Tool,
    },
    /// Vivado changed what must not change.
    #[error(
        "Vivado changed {path} of {step}, which was up to date and had not to run: recorded {expected}, now {actual}"
    )]
    Protected {
        /// The step whose output it is.
        step: StepId,
        /// Relative to the build directory.
        path: Utf8PathBuf,
        /// Recorded SHA-256.
        expected: String,
        /// SHA-256 now, or that it is missing.
        actual: String,
        /// Steps that ran meanwhile.
        ran: Vec<StepId>,
    },
    /// A step that just ran is stale again.
    #[error("{step} has just run and is stale again: {}", reasons.first().map_or(String::new(), ToString::to_string))]
    NotSettled {
        /// The step.
        step: StepId,
        /// Why.
        reasons: Vec<Reason>,
    },
    /// Processes could not be ended: their note stays, the next build looks for them again.
    #[error(transparent)]
    Group(#[from] crate::vivado::group::GroupError),
    /// The user asked to stop.
    #[error("interrupted; what is finished is recorded, `dfxkit build` goes on from there")]
    Interrupted,
}

impl BuildError {
    /// The exit code that it stands for.
    pub fn exit(&self) -> u8 {
        match self {
            BuildError::UnknownSteps { .. } => Exit::USAGE,
            BuildError::Input(_) | BuildError::Generated(_) => Exit::INPUT,
            BuildError::Lock(_)
            | BuildError::Orphans(_)
            | BuildError::Io { .. }
            | BuildError::Disk { .. }
            | BuildError::WouldReplace { .. }
            | BuildError::Group(_) => Exit::ENVIRONMENT,
            BuildError::NotSettled { reasons, .. }
                if matches!(reasons.first(), Some(Reason::InputChanged { .. })) =>
            {
                Exit::INPUT
            }
            BuildError::Protected { .. } | BuildError::NotSettled { .. } => Exit::TOOL,
            BuildError::Interrupted => Exit::INTERRUPTED,
        }
    }

    /// What to do next.
    pub fn help(&self) -> Vec<String> {
        match self {
            BuildError::UnknownSteps { .. } => vec!["`dfxkit plan` lists the steps".into()],
            BuildError::Lock(error) => error.help(),
            BuildError::Orphans(OrphanError::Elsewhere { host, file, .. }) => {
                vec![format!("look on {host}; when nothing runs there any more, remove {file}")]
            }
            BuildError::Disk { .. } => {
                vec!["free space, or put [build] directory on another disk".into()]
            }
            BuildError::WouldReplace { .. } => vec![
                "give [build] another directory, or remove this one".into(),
                "--replace builds here nevertheless and loses them".into(),
            ],
            BuildError::Protected { .. } => vec![
                "partial bitstreams are bound to the static that they were built with: nothing that ran now was recorded".into(),
                "close every other program that has the project open, then build again: the changed step and all that stand on it will run".into(),
            ],
            BuildError::NotSettled { reasons, .. } => match reasons.first() {
                Some(Reason::InputChanged { .. }) => {
                    vec!["it was edited while it was built: build again, what is finished stays".into()]
                }
                _ => vec!["does another program write into the build directory?".into()],
            },
            _ => Vec::new(),
        }
    }
}
