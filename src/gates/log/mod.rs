// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The log of a Vivado process: messages, commands, steps with times, licences, Tcl errors, and what it all means.
//!
//! `vivado.log`, `<top>.vdi`, `<top>.vds` and `runme.log` are all read; shapes measured on 2015.3 to 2024.2. Vivado stops printing a message
//! after 100 of its kind, so counts are lower bounds then (see [`Log::disabled`]). Times of steps are those that the log prints; short
//! steps print none. What a log cannot tell: whether timing is met (an estimate is not the timing summary), whether files are still there.

mod line;

use serde::Serialize;

use super::Verdict;
use super::header::{self, SIMULATED};
pub use line::{Message, Severity, tcl_words};

/// An echoed command: `Command: place_design -directive Explore`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Echo {
    /// Line in the log, from 1.
    pub line: usize,
    /// As printed.
    pub text: String,
}

impl Echo {
    /// Its words, the name first.
    pub fn words(&self) -> Vec<String> {
        tcl_words(&self.text)
    }
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// `.. completed successfully`
    Completed,
    /// `.. failed`
    Failed,
    /// The log does not say.
    Unknown,
}

/// A step: a Vivado command that logs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// `place_design`
    pub name: String,
    /// Line of its command, or of its first trace when there is no echo.
    pub line: usize,
    /// How it ended.
    pub outcome: Outcome,
    /// Line that says so.
    pub end_line: Option<usize>,
    /// Processor time in milliseconds.
    pub cpu_ms: Option<u64>,
    /// Wall-clock time in milliseconds.
    pub elapsed_ms: Option<u64>,
}

/// A Tcl error that carries no `ERROR:` prefix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TclError {
    /// Line of the text.
    pub line: usize,
    /// The text: `invalid command name "foo"`.
    pub text: String,
}

/// A line about a licence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Licence {
    /// Line in the log.
    pub line: usize,
    /// `Implementation`
    pub feature: String,
    /// `xc7a35ti`
    pub device: String,
    /// True when it was got, false when none was found.
    pub granted: bool,
}

/// A checkpoint read for a cell: `Reading design checkpoint '..' for cell '..'`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CellCheckpoint {
    /// Path on the build machine.
    pub path: String,
    /// Cell path.
    pub cell: String,
}

/// A log.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Log {
    /// `2024.2`
    pub release: Option<String>,
    /// `5239630`
    pub build: Option<String>,
    /// True when the stand-in wrote it.
    pub simulated: bool,
    /// All messages in order.
    pub messages: Vec<Message>,
    /// Echoed commands in order.
    pub commands: Vec<Echo>,
    /// Steps in order.
    pub steps: Vec<Step>,
    /// Tcl errors without prefix.
    pub tcl_errors: Vec<TclError>,
    /// Message ids that Vivado stopped printing after 100, with the line that says so.
    pub disabled: Vec<(String, usize)>,
    /// Licences.
    pub licences: Vec<Licence>,
    /// Checkpoints read for cells.
    pub cell_checkpoints: Vec<CellCheckpoint>,
    /// Checkpoints written (`[Common 17-1381]`), paths on the build machine.
    pub checkpoints_written: Vec<String>,
    /// Files that `Writing bitstream F...` names.
    pub bitstreams_written: Vec<String>,
    /// The last timing estimate: `WNS=2.136 | TNS=0.000 | ..`. Not a verdict.
    pub estimate: Option<String>,
    /// Line of `Exiting Vivado`.
    pub exit_line: Option<usize>,
    /// Line and text of a death: `Killed`, `Abnormal program termination`.
    pub death: Option<(usize, String)>,
    /// Lines in all.
    pub lines: usize,
}

/// Reads a log. Any text is a log; one without a trace of Vivado has an unknown verdict.
pub fn read(text: &str) -> Log {
    let mut log = Log::default();
    let mut previous = (0, "");
    for (index, raw) in text.lines().enumerate() {
        let (number, line) = (index + 1, raw.trim_end());
        log.lines = number;
        if let Some(message) = line::message(line, number) {
            log.take_message(message);
        } else {
            log.take_line(line, number, previous);
        }
        if !line.trim().is_empty() {
            previous = (number, line);
        }
    }
    log
}

impl Log {
    fn take_message(&mut self, message: Message) {
        let text = message.text.as_str();
        match message.id.as_str() {
            "Common 17-14" => {
                if let Some(id) = line::quoted(text, "Message") {
                    self.disabled.push((id.to_owned(), message.line));
                }
            }
            "Common 17-349" | "Common 17-345" => self.licences.push(Licence {
                line: message.line,
                feature: line::quoted(text, "feature").unwrap_or_default().to_owned(),
                device: line::quoted(text, "device").unwrap_or_default().to_owned(),
                granted: message.id == "Common 17-349",
            }),
            "Project 1-454" => {
                if let (Some(path), Some(cell)) =
                    (line::quoted(text, "checkpoint"), line::quoted(text, "for cell"))
                {
                    self.cell_checkpoints
                        .push(CellCheckpoint { path: path.to_owned(), cell: cell.to_owned() });
                }
            }
            "Common 17-1381" => {
                self.checkpoints_written.extend(line::quoted(text, "checkpoint").map(str::to_owned));
            }
            "Common 17-206" => self.exit_line = Some(message.line),
            _ if text.contains("Timing Summary | WNS=") => {
                self.estimate = text.find("WNS=").map(|i| text[i..].trim_end_matches('|').trim().to_owned());
            }
            _ => {}
        }
        self.messages.push(message);
    }

    fn take_line(&mut self, line: &str, number: usize, previous: (usize, &str)) {
        if let Some(text) = line.strip_prefix("Command: ") {
            self.commands.push(Echo { line: number, text: text.trim().to_owned() });
            let name = text.split_whitespace().next().unwrap_or_default();
            self.open_step(name, number);
        } else if let Some((name, cpu, elapsed)) = line::time(line) {
            let step = self.step(name, number, |s| s.elapsed_ms.is_none());
            (step.cpu_ms, step.elapsed_ms) = (Some(cpu), Some(elapsed));
        } else if let Some(name) = line.strip_suffix(" completed successfully") {
            self.close_step(name, number, Outcome::Completed);
        } else if let Some(name) = line.strip_suffix(" failed") {
            self.close_step(name, number, Outcome::Failed);
        } else if let Some(file) = line.strip_prefix("Writing bitstream ") {
            self.bitstreams_written.push(file.trim_end_matches("...").trim_start_matches("./").to_owned());
        } else if line == "    while executing" || line == "    invoked from within" {
            // The text of the error stands above; one with the prefix was taken as a message.
            let continued = previous.1.starts_with(' ') || previous.1.starts_with('"');
            if !continued && !previous.1.is_empty() && !previous.1.starts_with("ERROR: ") {
                self.tcl_errors.push(TclError { line: previous.0, text: previous.1.to_owned() });
            }
        } else if line.contains(" Killed ") && line.contains("RDI_PROG")
            || line.starts_with("Abnormal program termination")
            || line.starts_with("segfault in ")
        {
            self.death.get_or_insert_with(|| (number, line.to_owned()));
        } else if self.release.is_none() || self.build.is_none() {
            self.take_banner(line);
        }
        if line.contains(SIMULATED) && (line.starts_with('#') || line.starts_with('*')) {
            self.simulated = true;
        }
    }

    /// `# Vivado v2024.2 (64-bit)` of a log file, `****** Vivado v2024.2 (64-bit)` of a console; `SW Build 5239630 on ..`.
    fn take_banner(&mut self, line: &str) {
        let Some(text) = line.trim_start().strip_prefix(['#', '*']) else { return };
        let text = text.trim_start_matches('*').trim_start();
        if let Some(rest) = text.strip_prefix("Vivado v") {
            self.release = self.release.take().or_else(|| header::release(rest));
        } else if text.starts_with("SW Build ") {
            self.build = self.build.take().or_else(|| header::word_after(text, "Build"));
        }
    }

    fn open_step(&mut self, name: &str, line: usize) {
        if line::command_name(name) {
            self.steps.push(Step {
                name: name.to_owned(),
                line,
                outcome: Outcome::Unknown,
                end_line: None,
                cpu_ms: None,
                elapsed_ms: None,
            });
        }
    }

    /// The last step of that name that `open` still takes, or a new one: old releases do not echo every command.
    fn step(&mut self, name: &str, line: usize, open: impl Fn(&Step) -> bool) -> &mut Step {
        let at = self.steps.iter().rposition(|s| s.name == name && open(s)).unwrap_or_else(|| {
            self.open_step(name, line);
            self.steps.len() - 1
        });
        &mut self.steps[at]
    }

    fn close_step(&mut self, name: &str, line: usize, outcome: Outcome) {
        if line::command_name(name) {
            let step = self.step(name, line, |s| s.outcome == Outcome::Unknown);
            (step.outcome, step.end_line) = (outcome, Some(line));
        }
    }

    /// Messages of one severity.
    pub fn of(&self, severity: Severity) -> impl Iterator<Item = &Message> {
        self.messages.iter().filter(move |m| m.severity == severity)
    }

    /// Messages with an id.
    pub fn with_id<'a>(&'a self, id: &'a str) -> impl Iterator<Item = &'a Message> {
        self.messages.iter().filter(move |m| m.id == id)
    }

    /// Echoes of one command.
    pub fn commands_named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Echo> {
        self.commands.iter().filter(move |c| c.text.split_whitespace().next() == Some(name))
    }

    /// The first thing that went wrong, with its line.
    pub fn first_error(&self) -> Option<(usize, String)> {
        let messages = self.of(Severity::Error).map(|m| (m.line, m.headline()));
        let tcl = self.tcl_errors.iter().map(|e| (e.line, e.text.clone()));
        let death = self.death.iter().cloned();
        let steps = self.steps.iter().filter(|s| s.outcome == Outcome::Failed);
        let steps = steps.map(|s| (s.end_line.unwrap_or(s.line), format!("{} failed", s.name)));
        messages.chain(tcl).chain(death).chain(steps).min_by_key(|(line, _)| *line)
    }

    /// What the log says of its process, and why: refused with the first error, passed when it ran to `Exiting Vivado` with at least one
    /// step completed, else unknown.
    pub fn verdict(&self) -> (Verdict, String) {
        if let Some((line, text)) = self.first_error() {
            return (Verdict::Refused, format!("line {line}: {text}"));
        }
        if let Some(message) = self.with_id("Timing 38-282").next() {
            return (Verdict::Refused, format!("line {}: {}", message.line, message.headline()));
        }
        if self.exit_line.is_none() {
            return (
                Verdict::Unknown,
                "the log does not end with `Exiting Vivado`: cut off, or still running".into(),
            );
        }
        let done = self.steps.iter().filter(|s| s.outcome == Outcome::Completed).count();
        if done == 0 {
            return (Verdict::Unknown, "no step is reported as completed".into());
        }
        (Verdict::Passed, format!("{done} steps completed, no error"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_tcl_errors_have_no_prefix() {
        let log = read(
            "****** Vivado v2024.2 (64-bit)\n  **** SW Build 5239630 on Fri\nfoo\ninvalid command name \"foo\"\n    while executing\n\"foo\"\n    (file \"x.tcl\" line 1)\nINFO: [Common 17-206] Exiting Vivado at ...\n",
        );
        assert_eq!(log.tcl_errors, [TclError { line: 4, text: "invalid command name \"foo\"".into() }]);
        assert_eq!(log.verdict().0, Verdict::Refused);
        assert_eq!((log.release.as_deref(), log.build.as_deref()), (Some("2024.2"), Some("5239630")));
    }

    #[test]
    fn an_error_with_prefix_counts_once() {
        let log = read(
            "ERROR: [Common 17-39] 'opt_design' failed due to earlier errors.\n\n    while executing\n\"opt_design\"\n    invoked from within\n\"x\"\n",
        );
        assert_eq!(log.tcl_errors, []);
        assert_eq!(log.first_error().unwrap().0, 1);
    }

    #[test]
    fn a_cut_off_log_is_unknown() {
        let text = "Command: place_design\nplace_design completed successfully\n";
        assert_eq!(read(text).verdict().0, Verdict::Unknown);
        let ended = format!("{text}INFO: [Common 17-206] Exiting Vivado at Sat Nov 15 00:26:08 2025...\n");
        assert_eq!(read(&ended).verdict().0, Verdict::Passed);
        assert_eq!(read("").verdict().0, Verdict::Unknown);
    }

    #[test]
    fn a_killed_process_is_a_failure() {
        let log = read("rdiArgs.sh: line 312: 32165 Killed \"$RDI_PROG\" \"$@\"\n");
        assert_eq!(log.verdict().0, Verdict::Refused);
    }

    #[test]
    fn the_stand_in_is_recognised() {
        assert!(read("# SIMULATED by a stand-in\n# Vivado v2024.2 (64-bit)\n").simulated);
        assert!(!read("INFO: [X 1-1] SIMULATED\n").simulated);
    }
}
