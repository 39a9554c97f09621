// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! One process: the Tcl child, the console, the model, and the dispatch of every command.

pub(crate) mod console;
pub(crate) mod start;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::disk;
use crate::dry::{self, DryState};
use crate::faults::Faults;
use crate::host::{Host, Settings};
use crate::model::design::Design;
use crate::model::object::Registry;
use crate::model::project::Project;
use crate::model::props::Props;
use crate::release::Release;
use crate::run::jobs::Jobs;
use crate::session::console::{Console, Severity};
use crate::syntax::Table;
use crate::syntax::parse::{Args, parse};
use crate::tcl::bridge::{Bridge, Frame};
use crate::tcl::list;
use crate::util;

/// Why a command (or the whole script) stops.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stop {
    /// A Tcl error with this result.
    Error(String),
    /// `exit code` in the script.
    Exit(i32),
    /// The Tcl child died.
    Dead,
}

pub(crate) type Outcome = Result<String, Stop>;

/// A command error that carries its id, to be thrown as the Tcl result.
pub(crate) fn fail<T>(id: &str, text: impl AsRef<str>) -> Result<T, Stop> {
    Err(Stop::Error(format!("ERROR: [{id}] {}\n", text.as_ref())))
}

pub(crate) struct Session {
    pub(crate) host: Host,
    pub(crate) settings: Settings,
    pub(crate) release: Release,
    pub(crate) faults: Faults,
    pub(crate) console: Console,
    pub(crate) bridge: Bridge,
    /// The Tcl child's working directory.
    pub(crate) cwd: PathBuf,
    pub(crate) scratch: PathBuf,
    pub(crate) params: BTreeMap<String, String>,
    pub(crate) project: Option<Project>,
    pub(crate) designs: Vec<Design>,
    pub(crate) current_design: usize,
    pub(crate) registry: Registry,
    /// Properties of the objects of kind Extra.
    pub(crate) extras: BTreeMap<String, Props>,
    pub(crate) jobs: Jobs,
    /// Constraint file and line under evaluation.
    pub(crate) xdc_at: Option<(String, usize)>,
    /// Cell that the constraint file under evaluation is scoped to.
    pub(crate) xdc_cell: Option<String>,
    pub(crate) warned: BTreeSet<String>,
    /// A session that leaves nothing behind.
    pub(crate) dry: Option<DryState>,
    /// pr_verify read checkpoints without a project: what it left in memory may be closed once.
    pub(crate) verified: bool,
}

impl Session {
    /// Evaluates a Tcl script in the child, serving the commands that it calls.
    pub(crate) fn eval(&mut self, script: &str) -> Outcome {
        self.bridge.send('E', script);
        loop {
            match self.bridge.read() {
                Frame::Call(words) => match self.call(&words) {
                    Ok(result) => self.bridge.send('0', &result),
                    Err(Stop::Error(text)) => self.bridge.send('1', &text),
                    Err(stop) => return Err(stop),
                },
                Frame::Print(text) => self.console.print(&text),
                Frame::Done { code: 0, result, .. } => return Ok(result),
                Frame::Done { result, trace, .. } => {
                    return Err(Stop::Error(if trace.is_empty() { result } else { trace }));
                }
                Frame::Exit(code) => return Err(Stop::Exit(code)),
                Frame::Dead => return Err(Stop::Dead),
            }
        }
    }

    pub(crate) fn call(&mut self, words: &[String]) -> Outcome {
        let Some((name, rest)) = words.split_first() else { return Ok(String::new()) };
        if let Some(internal) = name.strip_prefix('%') {
            return self.internal(internal, rest);
        }
        let Some(command) = Table::get().find(name) else {
            return crate::cmd::untabled(self, name, rest);
        };
        let args = match parse(command, rest) {
            Ok(args) => args,
            Err(refusal) => return fail(refusal.id, refusal.text),
        };
        if args.help {
            self.console.line(&format!("{name}\n\nSyntax:\n{}", command.usage()));
            return Ok(String::new());
        }
        if let Some(text) = crate::syntax::values::wrong(name, &args) {
            return fail("Common 17-161", text);
        }
        // Seen of connect_debug_port in a constraint file whose nets are not there.
        let nets = command.positionals.iter().position(|p| p.name == "nets");
        if let (Some(at), true) = (nets, self.xdc_at.is_some())
            && args.positional.get(at).is_some_and(String::is_empty)
        {
            return fail("Common 17-162", "Invalid option value specified for '-nets'.");
        }
        self.journal(name, &args);
        self.other_faults(name)?;
        self.poll_jobs();
        if args.redirect.is_some() {
            self.console.capture();
        }
        self.console.quiet += u32::from(args.quiet);
        let outcome = crate::cmd::run(self, name, &args);
        self.console.quiet -= u32::from(args.quiet);
        if let Some((file, append)) = &args.redirect {
            let text = self.console.captured();
            self.redirect(file, *append, &text)?;
        }
        match outcome {
            Err(Stop::Error(_)) if args.quiet => Ok(String::new()),
            other => other,
        }
    }

    fn journal(&mut self, name: &str, args: &Args) {
        if !matches!(name, "get_property" | "send_msg_id" | "send_gid_msg") {
            let line = args.command_line(name);
            self.console.journal(&format!("{line}\n"));
        }
    }

    fn redirect(&mut self, file: &str, append: bool, text: &str) -> Result<(), Stop> {
        let path = self.path(file);
        let written = if append { disk::append(&path, text) } else { disk::write(&path, text) };
        match written {
            Ok(()) => Ok(()),
            Err(_) => fail("Common 17-37", self.no_directory(&path)),
        }
    }

    /// The text of [Common 17-37]: Vivado makes no directories for outputs.
    pub(crate) fn no_directory(&self, path: &Path) -> String {
        let parent = path.parent().unwrap_or(&self.cwd);
        format!(
            "Directory in which file {} is to be written does not exist [{}]",
            util::file_name(path),
            parent.display()
        )
    }

    fn internal(&mut self, name: &str, words: &[String]) -> Outcome {
        let word = |i: usize| words.get(i).map_or("", String::as_str);
        let number = |i: usize| word(i).parse().unwrap_or(0);
        if let Some(outcome) = dry::serve::internal(self, name, words) {
            return outcome;
        }
        match name {
            "cd" => self.cwd = PathBuf::from(word(0)),
            "xdc_at" => self.xdc_at = (!word(0).is_empty()).then(|| (word(0).to_owned(), number(1))),
            "xdc_refused" => {
                let text = format!(
                    "Command '{}' is not supported in the xdc constraint file. [{}:{}]",
                    word(0),
                    word(1),
                    word(2)
                );
                self.critical("Designutils 20-1307", &text);
            }
            "xdc_failed" => self.xdc_failed(word(0), word(1), number(2)),
            _ => {}
        }
        Ok(String::new())
    }

    /// An error inside a constraint file is a critical warning with its place.
    fn xdc_failed(&mut self, message: &str, file: &str, line: usize) {
        let first = message.trim_start_matches("ERROR: ").lines().next().unwrap_or_default();
        let (id, text) = first
            .strip_prefix('[')
            .and_then(|rest| rest.split_once("] "))
            .unwrap_or(("Designutils 20-1306", first));
        let (id, text) = (id.to_owned(), format!("{text} [{file}:{line}]"));
        self.critical(&id, &text);
    }

    pub(crate) fn info(&mut self, id: &str, text: impl AsRef<str>) {
        self.console.message(Severity::Info, id, text.as_ref());
    }

    /// A warning; inside a constraint file it tells the place.
    pub(crate) fn warning(&mut self, id: &str, text: impl AsRef<str>) {
        let text = self.placed(text.as_ref());
        self.console.message(Severity::Warning, id, &text);
    }

    pub(crate) fn critical(&mut self, id: &str, text: impl AsRef<str>) {
        self.console.message(Severity::Critical, id, text.as_ref());
    }

    /// Prints an error; the command then ends with [`Session::earlier`].
    pub(crate) fn error(&mut self, id: &str, text: impl AsRef<str>) {
        self.console.message(Severity::Error, id, text.as_ref());
    }

    pub(crate) fn earlier<T>(&self, command: &str) -> Result<T, Stop> {
        fail("Common 17-39", format!("'{command}' failed due to earlier errors."))
    }

    fn placed(&self, text: &str) -> String {
        match &self.xdc_at {
            Some((file, line)) => format!("{text} [{file}:{line}]"),
            None => text.to_owned(),
        }
    }

    /// Prints a line.
    pub(crate) fn say(&mut self, text: impl AsRef<str>) {
        if self.console.quiet == 0 {
            self.console.line(text.as_ref());
        }
    }

    /// One `[Sim 1-1]` warning a command that the model does not cover.
    pub(crate) fn not_modelled(&mut self, what: &str) {
        if self.warned.insert(what.to_owned()) {
            self.console.message(
                Severity::Warning,
                "Sim 1-1",
                &format!("'{what}' is not modelled: its arguments were checked, nothing was done."),
            );
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        util::absolute(&self.cwd, name)
    }

    /// `[Sat Nov 15 00:23:43 2025] text`.
    pub(crate) fn stamped(&mut self, text: &str) {
        let line = format!("[{}] {text}", util::asctime(util::local_now()));
        self.say(line);
    }

    pub(crate) fn project(&mut self) -> Result<&mut Project, Stop> {
        match &mut self.project {
            Some(project) => Ok(project),
            None => fail(
                "Common 17-53",
                "User Exception: No open project. Please create or open a project before executing this command.",
            ),
        }
    }

    pub(crate) fn design(&mut self) -> Result<&mut Design, Stop> {
        match self.designs.get_mut(self.current_design) {
            Some(design) => Ok(design),
            None => fail(
                "Common 17-53",
                "User Exception: No open design. Please open an elaborated, synthesized or implemented design before executing this command.",
            ),
        }
    }

    pub(crate) fn open_design(&self) -> Option<&Design> {
        self.designs.get(self.current_design)
    }

    /// Makes `design` the current one, in place of any of its name.
    pub(crate) fn add_design(&mut self, design: Design) {
        self.designs.retain(|d| d.name != design.name);
        self.designs.push(design);
        self.current_design = self.designs.len() - 1;
    }

    /// The Tcl word for a list of names.
    pub(crate) fn names<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> String {
        let mut names: Vec<_> = names.into_iter().collect();
        match names.len() {
            // A single object prints as its bare name.
            1 => names.pop().map(|n| n.as_ref().to_owned()).unwrap_or_default(),
            _ => list::join(names),
        }
    }
}
