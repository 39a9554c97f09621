// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Diagnostics as values: a [`Problem`] has a stable code, labels into the user's own files, notes and help.
//!
//! Problems are made anywhere, collected in a `Vec` (all problems of a stage, never only the first), and rendered in one
//! place ([`render`]). Each code's page stands with its definition ([`CodeInfo`]); `dfxkit explain CODE` prints it.
//! Not here: which problems exist (see [`crate::rules`]) and where they are printed (see [`crate::cli`]).

pub mod render;

use std::ops::Range;

use camino::Utf8PathBuf;
use serde::Serialize;

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing; nothing is refused.
    Note,
    /// Probably wrong; nothing is refused.
    Warning,
    /// Refused: nothing runs while it stands.
    Error,
}

/// What is known of a diagnostic code. One `static` per code, beside the check that uses it.
#[derive(Debug, PartialEq, Eq)]
pub struct CodeInfo {
    /// The stable code, `DFX` and four digits. Never reused.
    pub code: &'static str,
    /// A short kebab-case name.
    pub name: &'static str,
    /// The severity it normally has.
    pub severity: Severity,
    /// The page that `explain` prints, in Markdown: what it means, why it matters, an example, what to do.
    pub page: &'static str,
}

/// A span in a file of the user, with what there is to say about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Label {
    /// The file, as the user would name it.
    pub file: Utf8PathBuf,
    /// Byte range in that file.
    pub span: Range<usize>,
    /// What is to be said at this place.
    pub text: String,
    /// The place of the problem itself (one per problem), as against a related place.
    pub primary: bool,
}

/// A replacement in the user's own file that would cure the problem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Suggestion {
    /// The file to change.
    pub file: Utf8PathBuf,
    /// Byte range to replace.
    pub span: Range<usize>,
    /// The text to put there.
    pub replacement: String,
    /// One line that says what the change does, for instance `did you mean`.
    pub text: String,
}

/// One diagnostic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Which.
    pub code: &'static CodeInfo,
    /// How bad; normally the code's own.
    pub severity: Severity,
    /// One line, lower case, no full stop.
    pub message: String,
    /// Places in files.
    pub labels: Vec<Label>,
    /// Facts that help to understand: expected, actual, source of the rule.
    pub notes: Vec<String>,
    /// What to do next.
    pub help: Vec<String>,
    /// A change that would cure it.
    pub suggestion: Option<Suggestion>,
}

impl Problem {
    /// A problem with the code's own severity and nothing else yet.
    pub fn new(code: &'static CodeInfo, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity,
            message: message.into(),
            labels: Vec::new(),
            notes: Vec::new(),
            help: Vec::new(),
            suggestion: None,
        }
    }

    /// Adds the place of the problem.
    #[must_use]
    pub fn at(mut self, file: impl Into<Utf8PathBuf>, span: Range<usize>, text: impl Into<String>) -> Self {
        self.labels.push(Label { file: file.into(), span, text: text.into(), primary: true });
        self
    }

    /// Adds a related place.
    #[must_use]
    pub fn and_at(
        mut self,
        file: impl Into<Utf8PathBuf>,
        span: Range<usize>,
        text: impl Into<String>,
    ) -> Self {
        self.labels.push(Label { file: file.into(), span, text: text.into(), primary: false });
        self
    }

    /// Adds a fact.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    /// Adds what to do next.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help.push(text.into());
        self
    }

    /// Adds a change that would cure it.
    #[must_use]
    pub fn suggest(mut self, suggestion: Suggestion) -> Self {
        self.suggestion = Some(suggestion);
        self
    }
}

/// True when nothing may run.
pub fn has_errors(problems: &[Problem]) -> bool {
    problems.iter().any(|p| p.severity == Severity::Error)
}
