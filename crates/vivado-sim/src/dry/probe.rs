// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a dry session notices: where each command stood, what was said there, what was not done.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::session::console::Severity;

/// One probe serves a script's session and those of the runs that it launches.
pub(crate) type Shared = Rc<RefCell<Probe>>;

/// A line of a script or constraint file; line 0 is nowhere.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) file: String,
    pub(crate) line: usize,
}

/// What kind of thing was noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    /// A message or a thrown error of a Vivado command.
    Vivado(Severity),
    /// A Vivado command's bad arguments, inside a `catch`.
    CaughtArguments,
    /// A command that nobody has.
    Command,
    /// An error of Tcl itself or of the script's own.
    Script,
    /// A script file that cannot be read.
    Unreadable,
    /// A bound on commands or time was hit.
    Bound,
    /// The script ended itself with a code other than 0.
    Exit,
    /// Allowed by Vivado, and most likely not what was meant.
    Advice,
    /// Something that a dry run does not do, or what followed from it.
    NotRun,
    /// What follows from an earlier failure.
    Consequence,
    /// A command that the model does not cover.
    NotModelled,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Noticed {
    pub(crate) place: Place,
    pub(crate) what: What,
    pub(crate) id: Option<String>,
    pub(crate) text: String,
}

/// Said in every flow with partitions, and right there.
const EXPECTED: [&str; 4] = ["Project 1-486", "Project 1-560", "Common 17-206", "Sim 1-60"];

/// Said after the errors that they sum up.
const SUMS: [&str; 5] =
    ["Synth 8-6156", "Vivado_Tcl 4-78", "Vivado_Tcl 4-23", "Vivado 12-1345", "Vivado 12-3515"];

/// Messages that a design with missing sources brings by itself.
const OF_INCOMPLETE: [&str; 14] = [
    "Synth 8-439",
    "Project 1-68",
    "Project 1-514",
    "Vivado 12-180",
    "Vivado 12-584",
    "Vivado 12-507",
    "Vivado 12-508",
    "Vivado 12-818",
    "Vivado 12-1433",
    "Vivado 12-4739",
    "Common 17-55",
    "DRC INBB-3",
    "Vivado_Tcl 4-78",
    "Synth 8-3301",
];

/// Commands that open what others need.
const PROJECT_OPENERS: [&str; 2] = ["create_project", "open_project"];
const DESIGN_OPENERS: [&str; 4] = ["link_design", "open_checkpoint", "synth_design", "open_run"];

pub(crate) struct Probe {
    pub(crate) noticed: Vec<Noticed>,
    /// Where Vivado commands were executed.
    pub(crate) executed: BTreeSet<Place>,
    /// Scripts read, by path.
    pub(crate) scripts: BTreeMap<String, String>,
    /// Vivado commands executed.
    pub(crate) calls: u64,
    /// Top-level commands begun of the script under way.
    pub(crate) commands: usize,
    /// The place of the command under way.
    pub(crate) at: Place,
    /// The same in the script, when a constraint file is under way.
    pub(crate) script_at: Place,
    /// Whether the command under way is inside a `catch`.
    pub(crate) caught: bool,
    /// Whether a word of the command under way comes from a failure.
    pub(crate) tainted: bool,
    /// ERROR messages printed by the command under way.
    pub(crate) printed: usize,
    /// Launched runs under way, with the place of their launch.
    runs: Vec<(String, Place)>,
    project_failed: Option<Place>,
    design_failed: Option<Place>,
    /// Names that failed commands should have made.
    unmade: BTreeMap<String, Place>,
    /// The first input that was missing.
    incomplete: Option<Place>,
    /// The last error that the script caught.
    pub(crate) last_caught: Option<(Place, String, String)>,
    /// A program's output was asked for and is not known.
    pub(crate) outputs_unknown: bool,
    end: Instant,
}

impl Probe {
    pub(crate) fn new(seconds: u64) -> Self {
        Self {
            noticed: Vec::new(),
            executed: BTreeSet::new(),
            scripts: BTreeMap::new(),
            calls: 0,
            commands: 0,
            at: Place::default(),
            script_at: Place::default(),
            caught: false,
            tainted: false,
            printed: 0,
            runs: Vec::new(),
            project_failed: None,
            design_failed: None,
            unmade: BTreeMap::new(),
            incomplete: None,
            last_caught: None,
            outputs_unknown: false,
            end: Instant::now() + Duration::from_secs(seconds),
        }
    }

    /// Seconds that are left, never 0.
    pub(crate) fn left(&self) -> u64 {
        self.end.saturating_duration_since(Instant::now()).as_secs().max(1)
    }

    pub(crate) fn out_of_time(&self) -> bool {
        Instant::now() >= self.end
    }

    /// Forgets what an ended session had open.
    pub(crate) fn new_session(&mut self) {
        self.project_failed = None;
        self.design_failed = None;
    }

    pub(crate) fn enter_run(&mut self, run: &str) {
        let place = self.resolved(&self.at.clone());
        self.runs.push((run.to_owned(), place));
    }

    pub(crate) fn leave_run(&mut self) {
        if let Some((_, place)) = self.runs.pop() {
            self.at = place;
        }
    }

    pub(crate) fn in_run(&self) -> bool {
        !self.runs.is_empty()
    }

    /// A place in what the stand-in wrote itself is that of the launch.
    fn resolved(&self, place: &Place) -> Place {
        match self.runs.last() {
            Some((_, launch)) if place.file.is_empty() => launch.clone(),
            _ => place.clone(),
        }
    }

    pub(crate) fn note(&mut self, place: &Place, what: What, id: Option<&str>, text: impl Into<String>) {
        let resolved = self.resolved(place);
        let mut text = text.into();
        if let (Some((run, _)), true) = (self.runs.last(), place.file.is_empty()) {
            text = format!("run {run}: {text}");
        }
        let noticed = Noticed { place: resolved, what, id: id.map(str::to_owned), text };
        if !self.noticed.contains(&noticed) {
            self.noticed.push(noticed);
        }
    }

    /// A message of the console.
    pub(crate) fn message(&mut self, severity: Severity, id: &str, text: &str) {
        if severity == Severity::Error {
            self.printed += 1;
        }
        let summed = self.printed > 1 && SUMS.contains(&id);
        if severity == Severity::Info || EXPECTED.contains(&id) || summed {
            return;
        }
        let place = self.at.clone();
        if id == "Sim 1-1" {
            return self.note(&place, What::NotModelled, None, text);
        }
        let in_own_run = self.in_run() && place.file.is_empty();
        if in_own_run && severity == Severity::Warning || self.caught && !in_own_run {
            return;
        }
        self.judge(&place, What::Vivado(severity), id, text);
    }

    /// An error that a command threw; gives whether it was told before as printed messages.
    pub(crate) fn thrown(&mut self, name: &str, words: &[String], id: &str, text: &str) {
        let place = self.at.clone();
        if name.starts_with("create_") {
            for word in words.iter().filter(|w| !w.starts_with('-')) {
                self.unmade.entry(word.clone()).or_insert_with(|| place.clone());
            }
        }
        if PROJECT_OPENERS.contains(&name) {
            self.project_failed = Some(place.clone());
        }
        if DESIGN_OPENERS.contains(&name) {
            self.design_failed = Some(place.clone());
        }
        if matches!(id, "Vivado 12-172" | "Runs 36-287")
            || text.contains("does not exist or is not accessible")
        {
            self.incomplete.get_or_insert_with(|| place.clone());
        }
        // "failed due to earlier errors": those were told.
        if self.printed > 0 && matches!(id, "Common 17-39" | "Common 17-69" | "Vivado 12-13638") {
            return;
        }
        self.judge(&place, What::Vivado(Severity::Error), id, text);
    }

    /// The script ends because of what it caught: that was the mistake.
    pub(crate) fn tell_caught(&mut self) {
        if let Some((place, id, text)) = self.last_caught.take() {
            self.judge(&place, What::Vivado(Severity::Error), &id, &text);
        }
    }

    pub(crate) fn succeeded(&mut self, name: &str) {
        if PROJECT_OPENERS.contains(&name) {
            self.project_failed = None;
        }
        if DESIGN_OPENERS.contains(&name) {
            self.design_failed = None;
        }
    }

    /// Notes a message, or that it follows from an earlier failure.
    fn judge(&mut self, place: &Place, what: What, id: &str, text: &str) {
        let cause = self.cause(id, text);
        let Some(cause) = cause else { return self.note(place, what, Some(id), text) };
        let from = if cause == *place || cause.line == 0 {
            "follows from an earlier failure".to_owned()
        } else {
            format!(
                "follows from the failure at line {} of {}",
                cause.line,
                crate::util::file_name(cause.file.as_ref())
            )
        };
        self.note(place, What::Consequence, Some(id), format!("{text} ({from})"));
    }

    fn cause(&self, id: &str, text: &str) -> Option<Place> {
        if self.tainted {
            return Some(Place::default());
        }
        if id == "Common 17-53" {
            let needed = if text.contains("No open design") {
                self.design_failed.as_ref()
            } else if text.contains("No open project") {
                self.project_failed.as_ref()
            } else {
                self.incomplete.as_ref()
            };
            return needed.cloned();
        }
        if OF_INCOMPLETE.contains(&id)
            && let Some(place) = &self.incomplete
        {
            return Some(place.clone());
        }
        let quoted = text.split('\'').skip(1).step_by(2);
        quoted.filter_map(|name| self.unmade.get(name)).find(|p| **p != self.at).cloned()
    }

    /// A bound ended the top-level command under way.
    pub(crate) fn bound_hit(&mut self, text: &str) {
        let place = self.at.clone();
        let text = if self.out_of_time() {
            "the time for the whole dry run is over: what follows was not executed".to_owned()
        } else if text.contains("limit exceeded") {
            "this top-level command did not end within its bound of commands and seconds (a loop that waits?): the rest of it was not executed".to_owned()
        } else {
            format!("this top-level command was given up: {}", text.lines().next().unwrap_or_default())
        };
        self.note(&place, What::Bound, None, text);
    }
}
