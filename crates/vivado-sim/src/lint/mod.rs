// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The lint of Vivado scripts: [`run`] runs them on the stand-in without writing anything; [`look`] reads them without
//! running. What [`run`] did not execute (branches not taken, procedures not called) it covers by [`look`].
//!
//! Limits: the stand-in's netlist is read from HDL alone, so what hangs on real synthesis results is not judged
//! beyond names; after a failure, what follows from it is told as a note.

pub(crate) mod advice;
mod help;
mod look;
mod tcl;
mod words;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::disk::{self, DryDisk};
use crate::dry::probe::{Noticed, Place, Probe, Shared, What};
use crate::dry::{Ended, Setting};
use crate::release::Release;
use crate::session::Session;
use crate::session::console::Severity as Said;
use crate::util;

pub use look::look;

/// What kind of mistake a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Kind {
    /// Neither a Vivado command (or unique prefix of one), nor Tcl's, nor a procedure of the scripts.
    UnknownCommand,
    /// A prefix that fits several commands.
    AmbiguousCommand,
    /// An option that the command does not have, a missing value, too many or too few arguments.
    BadArguments,
    /// A value that an option or property does not take, or a property that an object does not have.
    BadValue,
    /// A file that is not there or cannot be read.
    MissingFile,
    /// An object that does not exist, or not yet.
    UnknownObject,
    /// A command that comes before what it needs, or after what it should precede.
    Order,
    /// Another refusal or warning of a Vivado command.
    Vivado,
    /// An error of Tcl itself, or one that the script raises.
    Script,
    /// A bound on commands or time was hit: a loop that does not end.
    Loop,
}

impl Kind {
    /// Name for machines.
    pub const fn id(self) -> &'static str {
        match self {
            Self::UnknownCommand => "unknown-command",
            Self::AmbiguousCommand => "ambiguous-command",
            Self::BadArguments => "bad-arguments",
            Self::BadValue => "bad-value",
            Self::MissingFile => "missing-file",
            Self::UnknownObject => "unknown-object",
            Self::Order => "order",
            Self::Vivado => "vivado",
            Self::Script => "script",
            Self::Loop => "loop",
        }
    }
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Vivado would go on without a mark of failure; most likely a mistake.
    Warning,
    /// Vivado says CRITICAL WARNING and goes on.
    CriticalWarning,
    /// The script would end here, or Vivado says ERROR.
    Error,
}

impl Severity {
    /// Name for people and machines.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::CriticalWarning => "critical-warning",
            Self::Error => "error",
        }
    }
}

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Script or constraint file: as given, or relative to the working directory when below it.
    pub file: String,
    /// Line, from 1; 0 when it is not known.
    pub line: usize,
    /// How bad it is.
    pub severity: Severity,
    /// Kind of mistake.
    pub kind: Kind,
    /// Vivado's message id, where it has one: `Common 17-170`.
    pub id: Option<String>,
    /// What Vivado would say, or what is wrong.
    pub message: String,
    /// What to do next; empty when the message says it.
    pub help: String,
}

/// Something that was not judged, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// As in [`Finding::file`].
    pub file: String,
    /// First and last lines of the places concerned, from 1; empty when it is not known.
    pub lines: Vec<(usize, usize)>,
    /// What was not judged.
    pub message: String,
}

/// What [`run`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// By file in the order of execution, then by line.
    pub findings: Vec<Finding>,
    /// What was not judged.
    pub notes: Vec<Note>,
    /// Vivado commands executed.
    pub executed: u64,
    /// Script files read, sourced ones included.
    pub files: usize,
    /// The release played.
    pub release: &'static str,
}

/// How [`run`] is to run.
#[derive(Debug, Clone)]
pub struct Options {
    /// Release to play (`2024.2`).
    pub release: String,
    /// The script's `$argv`.
    pub tclargs: Vec<String>,
    /// Working directory, absolute.
    pub cwd: PathBuf,
    /// The Tcl 8.6 interpreter.
    pub tclsh: PathBuf,
    /// Bound for the whole run, in seconds.
    pub seconds: u64,
}

/// Why nothing could be run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LintError {
    /// A release that the stand-in does not play.
    #[error("release '{given}' is not one that can be played: {known}")]
    Release {
        /// As asked for.
        given: String,
        /// The releases there are.
        known: String,
    },
    /// No Tcl interpreter.
    #[error("{0}")]
    Tclsh(String),
}

/// Runs `scripts` one after the other, as `vivado -source a -source b` would, and gives all that is wrong in them. A script
/// that calls `exit` ends its session: the next one begins a new one over the same (imaginary) disk.
///
/// Nothing is written, no process is started but the Tcl interpreter, in which the scripts have no command that could.
///
/// # Errors
/// When the release is unknown or the interpreter cannot be started. A script that cannot be read is a finding.
pub fn run(scripts: &[PathBuf], options: &Options) -> Result<Report, LintError> {
    let release = Release::find(&options.release)
        .ok_or_else(|| LintError::Release { given: options.release.clone(), known: Release::names() })?;
    let setting = Setting {
        release,
        tclsh: options.tclsh.clone(),
        cwd: options.cwd.clone(),
        tclargs: options.tclargs.clone(),
        seconds: options.seconds,
    };
    let _dry = DryDisk::start();
    let probe = Rc::new(RefCell::new(Probe::new(setting.seconds)));
    let mut session: Option<Session> = None;
    for script in scripts {
        let path = util::absolute(&options.cwd, &util::text(script));
        if let Err(error) = disk::read(&path) {
            let place = Place { file: util::text(&path), line: 0 };
            probe.borrow_mut().note(&place, What::Unreadable, None, error.to_string());
            continue;
        }
        let mut current = match session.take() {
            Some(session) => session,
            None => open(&setting, &probe)?,
        };
        if current.dry_script(&path) == Ended::Open {
            session = Some(current);
        } else {
            probe.borrow_mut().new_session();
        }
        if probe.borrow().out_of_time() {
            break;
        }
    }
    drop(session);
    let probe = probe.borrow();
    Ok(report(&probe, scripts, options, release))
}

/// A new session that knows the commands.
fn open(setting: &Setting, probe: &Shared) -> Result<Session, LintError> {
    let mut session =
        Session::dry(setting, &setting.cwd, Rc::clone(probe)).map_err(|e| LintError::Tclsh(e.to_string()))?;
    session.dry_define("top").map_err(|stop| {
        LintError::Tclsh(format!("'{}' does not run as Tcl 8.6: {stop:?}", setting.tclsh.display()))
    })?;
    Ok(session)
}

fn report(probe: &Probe, scripts: &[PathBuf], options: &Options, release: Release) -> Report {
    let given: Vec<(String, String)> = scripts
        .iter()
        .map(|s| (util::text(&util::absolute(&options.cwd, &util::text(s))), util::text(s)))
        .collect();
    let shown = |file: &str| -> String {
        if let Some((_, as_given)) = given.iter().find(|(path, _)| path == file) {
            return as_given.clone();
        }
        Path::new(file).strip_prefix(&options.cwd).map_or_else(|_| file.to_owned(), util::text)
    };
    let mut findings = Vec::new();
    let mut notes = Vec::new();
    for noticed in &probe.noticed {
        match finding(noticed, &shown) {
            Some(finding) => findings.push(finding),
            None => notes.push(Note {
                file: shown(&noticed.place.file),
                lines: Some(noticed.place.line).filter(|l| *l > 0).map(|l| (l, l)).into_iter().collect(),
                message: match &noticed.id {
                    Some(id) => format!("[{id}] {}", noticed.text),
                    None => noticed.text.clone(),
                },
            }),
        }
    }
    // What was not executed is looked at.
    let texts: Vec<(&str, &str)> =
        probe.scripts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let looked = look::look_at(&texts);
    let executed: BTreeSet<(&str, usize)> =
        probe.executed.iter().map(|p| (p.file.as_str(), p.line)).collect();
    for mut seen in looked.findings {
        let told = |f: &Finding| f.file == shown(&seen.file) && f.line == seen.line;
        if executed.contains(&(seen.file.as_str(), seen.line)) || findings.iter().any(told) {
            continue;
        }
        if matches!(seen.kind, Kind::Order | Kind::UnknownObject) {
            seen.severity = Severity::Warning;
        }
        seen.file = shown(&seen.file);
        findings.push(seen);
    }
    for (file, _) in &texts {
        let missed: BTreeSet<usize> = looked
            .commands
            .iter()
            .filter(|(name, line)| name == file && !executed.contains(&(name.as_str(), *line)))
            .map(|(_, line)| *line)
            .collect();
        let known: BTreeSet<usize> =
            looked.commands.iter().filter(|(name, _)| name == file).map(|(_, line)| *line).collect();
        if !missed.is_empty() {
            notes.push(Note {
                file: shown(file),
                lines: ranges(&missed, &known),
                message: "not executed (branches not taken, procedures not called, or after an end): words and options were checked, the effect is unknown".to_owned(),
            });
        }
    }
    let order = |file: &str| given.iter().position(|(_, g)| g == file).unwrap_or(usize::MAX);
    findings.sort_by(|a, b| (order(&a.file), &a.file, a.line).cmp(&(order(&b.file), &b.file, b.line)));
    notes.sort_by(|a, b| (order(&a.file), &a.file, &a.lines).cmp(&(order(&b.file), &b.file, &b.lines)));
    Report { findings, notes, executed: probe.calls, files: probe.scripts.len(), release: release.name }
}

/// Lines of `missed` as ranges; a range ends where a line of `known` that is not missed lies between.
fn ranges(missed: &BTreeSet<usize>, known: &BTreeSet<usize>) -> Vec<(usize, usize)> {
    let mut out: Vec<(usize, usize)> = Vec::new();
    let mut open = false;
    for line in known {
        if !missed.contains(line) {
            open = false;
            continue;
        }
        match out.last_mut() {
            Some(last) if open => last.1 = *line,
            _ => out.push((*line, *line)),
        }
        open = true;
    }
    out
}

/// A finding, or `None` for what is a note.
fn finding(noticed: &Noticed, shown: &dyn Fn(&str) -> String) -> Option<Finding> {
    let id = noticed.id.as_deref().unwrap_or_default();
    let (mut kind, mut text) = help::of(id, &noticed.text);
    let severity = match noticed.what {
        What::Vivado(Said::Error) => Severity::Error,
        What::Vivado(Said::Critical) => Severity::CriticalWarning,
        What::Vivado(_) | What::CaughtArguments => Severity::Warning,
        What::Advice => {
            kind = Kind::Order;
            text = String::new();
            Severity::Warning
        }
        What::Command => {
            let ambiguous = noticed.text.starts_with("ambiguous");
            kind = if ambiguous { Kind::AmbiguousCommand } else { Kind::UnknownCommand };
            text = if ambiguous { "write more of the name".to_owned() } else { help::nearest(id) };
            Severity::Error
        }
        What::Script => {
            kind = Kind::Script;
            text = help::script(&noticed.text);
            Severity::Error
        }
        What::Exit => {
            kind = Kind::Script;
            "give it the arguments (after `--`), files and variables that it looks for".clone_into(&mut text);
            Severity::Error
        }
        What::Unreadable => {
            kind = Kind::MissingFile;
            "look at the path; it counts from the working directory".clone_into(&mut text);
            Severity::Error
        }
        What::Bound => {
            kind = Kind::Loop;
            "look at the loop's condition, or raise --time-limit".clone_into(&mut text);
            Severity::Warning
        }
        What::NotRun | What::Consequence | What::NotModelled => return None,
    };
    Some(Finding {
        file: shown(&noticed.place.file),
        line: noticed.place.line,
        severity,
        kind,
        id: noticed.id.clone().filter(|_| !matches!(noticed.what, What::Command)).filter(|i| !i.is_empty()),
        message: noticed.text.trim_end().to_owned(),
        help: text,
    })
}
