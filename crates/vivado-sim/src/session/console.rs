// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Console text, the log and the journal, `> file` capture, and messages with their counts, limits and rules.

use std::collections::BTreeMap;
use std::io::Write;

use fs_err::File;

use crate::dry::probe::Shared;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Severity {
    Info,
    Warning,
    Critical,
    Error,
}

impl Severity {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Info => "INFO",
            Self::Warning => "WARNING",
            Self::Critical => "CRITICAL WARNING",
            Self::Error => "ERROR",
        }
    }

    pub(crate) fn read(word: &str) -> Option<Self> {
        let word = word.to_ascii_uppercase().replace('_', " ");
        [Self::Info, Self::Warning, Self::Critical, Self::Error].into_iter().find(|s| s.word() == word)
    }
}

/// One `set_msg_config` rule.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rule {
    pub(crate) id: Option<String>,
    pub(crate) severity: Option<Severity>,
    pub(crate) strings: Vec<String>,
    pub(crate) new_severity: Option<Severity>,
    pub(crate) suppress: bool,
    pub(crate) limit: Option<u64>,
}

/// Messages of one id that are printed before Vivado turns the id off (its default).
const LIMIT: u64 = 100;

pub(crate) struct Console {
    out: Box<dyn Write>,
    log: Option<File>,
    journal: Option<File>,
    captures: Vec<String>,
    /// Nested -quiet calls; while above zero no message is printed.
    pub(crate) quiet: u32,
    counts: [u64; 4],
    seen: BTreeMap<String, u64>,
    pub(crate) rules: Vec<Rule>,
    /// Takes note of messages in a dry session.
    pub(crate) probe: Option<Shared>,
}

impl Console {
    pub(crate) fn new(out: Box<dyn Write>, log: Option<File>, journal: Option<File>) -> Self {
        Self {
            out,
            log,
            journal,
            captures: Vec::new(),
            quiet: 0,
            counts: [0; 4],
            seen: BTreeMap::new(),
            rules: Vec::new(),
            probe: None,
        }
    }

    /// Text as is. A broken pipe of the reader must not end a run, so write errors are passed over.
    pub(crate) fn print(&mut self, text: &str) {
        if let Some(capture) = self.captures.last_mut() {
            capture.push_str(text);
            return;
        }
        let _ = self.out.write_all(text.as_bytes());
        let _ = self.out.flush();
        self.log_only(text);
    }

    pub(crate) fn line(&mut self, text: &str) {
        self.print(&format!("{text}\n"));
    }

    pub(crate) fn log_only(&mut self, text: &str) {
        if let Some(log) = &mut self.log {
            let _ = log.write_all(text.as_bytes());
        }
    }

    pub(crate) fn console_only(&mut self, text: &str) {
        let _ = self.out.write_all(text.as_bytes());
        let _ = self.out.flush();
    }

    pub(crate) fn journal(&mut self, text: &str) {
        if let Some(journal) = &mut self.journal {
            let _ = journal.write_all(text.as_bytes());
        }
    }

    /// Starts to collect text for `> file`.
    pub(crate) fn capture(&mut self) {
        self.captures.push(String::new());
    }

    pub(crate) fn captured(&mut self) -> String {
        self.captures.pop().unwrap_or_default()
    }

    /// Prints a message through the rules and limits; returns the severity that it got.
    pub(crate) fn message(&mut self, severity: Severity, id: &str, text: &str) -> Severity {
        let mut severity = severity;
        let mut limit = LIMIT;
        for rule in &self.rules {
            let matches = rule.id.as_ref().is_none_or(|r| r == id || crate::util::glob(r, id))
                && rule.severity.is_none_or(|s| s == severity)
                && rule.strings.iter().all(|s| text.contains(s.as_str()));
            if matches {
                if rule.suppress {
                    return severity;
                }
                severity = rule.new_severity.unwrap_or(severity);
                limit = rule.limit.unwrap_or(limit);
            }
        }
        if self.quiet > 0 && severity < Severity::Error {
            return severity;
        }
        self.counts[severity as usize] += 1;
        let seen = self.seen.entry(id.to_owned()).or_default();
        *seen += 1;
        let seen = *seen;
        if self.quiet > 0 || seen > limit {
            return severity;
        }
        if let Some(probe) = &self.probe {
            probe.borrow_mut().message(severity, id, text);
        }
        self.line(&format!("{}: [{id}] {text}", severity.word()));
        if seen == limit {
            self.line(&format!(
                "INFO: [Common 17-14] Message '{id}' appears {limit} times and further instances of the messages will be disabled. Use the Tcl command set_msg_config to change the current settings."
            ));
        }
        severity
    }

    pub(crate) fn count(&self, severity: Severity) -> u64 {
        self.counts[severity as usize]
    }

    /// The line at the end of a design command; the counts are those of the whole process.
    pub(crate) fn totals(&self) -> String {
        format!(
            "{} Infos, {} Warnings, {} Critical Warnings and {} Errors encountered.",
            self.counts[0], self.counts[1], self.counts[2], self.counts[3]
        )
    }
}
