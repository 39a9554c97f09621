// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Printing: data to stdout, talk to stderr, both in the chosen message format.

use std::io::{self, IsTerminal, Write};
use std::sync::OnceLock;

use serde::Serialize;
use serde_json::json;

use super::{Env, Failure, MessageFormat};
use crate::diag::render::{self, Sources};
use crate::diag::{Problem, Severity};

/// A line on stderr. A reader that is gone is no reason to end a build: `eprintln!` would panic.
macro_rules! talk {
    ($($text:tt)*) => {{
        let _ = writeln!(io::stderr().lock(), $($text)*);
    }};
}

/// Where a command prints.
#[derive(Debug)]
pub struct Shell {
    format: MessageFormat,
    colour: bool,
    /// Why some of the data did not reach stdout.
    lost: OnceLock<io::Error>,
}

impl Shell {
    pub(super) fn new(format: MessageFormat, colour: clap::ColorChoice, env: &Env) -> Self {
        let colour = match colour {
            clap::ColorChoice::Always => true,
            clap::ColorChoice::Never => false,
            clap::ColorChoice::Auto => {
                env.var("NO_COLOR").is_none() && env.var("TERM") != Some("dumb") && io::stderr().is_terminal()
            }
        };
        Self { format, colour, lost: OnceLock::new() }
    }

    /// True when stdout carries JSON lines.
    pub fn is_json(&self) -> bool {
        self.format == MessageFormat::Json
    }

    /// Prints text to stdout, in human format only. A closed pipe is the reader's choice.
    pub fn out(&self, text: impl AsRef<str>) {
        if !self.is_json() {
            self.raw_out(text);
        }
    }

    /// Prints text to stdout in every format: for data that is itself the product (a script, a schema).
    pub fn raw_out(&self, text: impl AsRef<str>) {
        let mut stdout = io::stdout().lock();
        let written = writeln!(stdout, "{}", text.as_ref()).and_then(|()| stdout.flush());
        if let Err(e) = written
            && e.kind() != io::ErrorKind::BrokenPipe
        {
            let _ = self.lost.set(e);
        }
    }

    /// Why data did not reach stdout, if so (a full disk): the command did not do its work then. A closed pipe is the reader's choice.
    pub(super) fn lost(&self) -> Option<&io::Error> {
        self.lost.get()
    }

    /// Prints one JSON object on one line of stdout, in JSON format only.
    pub fn json(&self, value: &impl Serialize) {
        if self.is_json() {
            let line = serde_json::to_string(value).expect("our own types have string keys only");
            self.raw_out(line);
        }
    }

    /// Talk for people on stderr: what is going on. In JSON format an event object on stdout.
    pub fn status(&self, verb: &str, text: impl AsRef<str>) {
        if self.is_json() {
            self.json(&json!({"type": "event", "event": verb, "text": text.as_ref()}));
        } else if self.colour {
            talk!("\x1b[1;32m{verb:>12}\x1b[0m {}", text.as_ref());
        } else {
            talk!("{verb:>12} {}", text.as_ref());
        }
    }

    /// A warning that belongs to no file.
    pub fn warn(&self, text: impl AsRef<str>) {
        if self.is_json() {
            self.json(&json!({"type": "warning", "message": text.as_ref()}));
        } else if self.colour {
            talk!("\x1b[1;33mwarning\x1b[0m: {}", text.as_ref());
        } else {
            talk!("warning: {}", text.as_ref());
        }
    }

    /// Prints diagnostics, in order, and a closing count.
    pub fn problems(&self, problems: &[Problem], sources: &Sources) {
        for problem in problems {
            if self.is_json() {
                self.json(&render::json(problem, sources));
            } else {
                talk!("{}\n", render::human(problem, sources, self.colour));
            }
        }
        let count = |s: Severity| problems.iter().filter(|p| p.severity == s).count();
        let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
        if !self.is_json() && errors + warnings > 0 {
            let plural = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
            talk!("{}, {}", plural(errors, "error"), plural(warnings, "warning"));
        }
    }

    /// Renders a failure.
    pub fn failure(&self, failure: &Failure) {
        if self.is_json() {
            self.json(&json!({"type": "failure", "exit": failure.exit, "message": failure.message, "notes": failure.notes, "help": failure.help}));
            return;
        }
        if failure.message.is_empty() {
            return;
        }
        if self.colour {
            talk!("\x1b[1;31merror\x1b[0m: {}", failure.message);
        } else {
            talk!("error: {}", failure.message);
        }
        for note in &failure.notes {
            talk!("  note: {note}");
        }
        for help in &failure.help {
            talk!("  help: {help}");
        }
    }
}
