// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Rendering of problems: rustc-style text for people, one JSON object a line for programs.
//!
//! JSON shape of a diagnostic: `{"type":"diagnostic","code","name","severity","message","labels":[{"file","line","column",
//! "end_line","end_column","text","primary"}],"notes":[..],"help":[..],"suggestion":{..}|null}`; lines and columns count from 1,
//! columns in characters.

use std::collections::BTreeMap;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Patch, Renderer, Snippet};
use camino::Utf8PathBuf;
use serde_json::{Value, json};

use super::{Problem, Severity};

/// The texts of the files that labels point into.
#[derive(Debug, Default, Clone)]
pub struct Sources {
    texts: BTreeMap<Utf8PathBuf, String>,
}

impl Sources {
    /// Adds or replaces the text of a file.
    pub fn add(&mut self, file: impl Into<Utf8PathBuf>, text: impl Into<String>) {
        self.texts.insert(file.into(), text.into());
    }

    fn get(&self, file: &Utf8PathBuf) -> Option<&str> {
        self.texts.get(file).map(String::as_str)
    }
}

/// Text for people; with terminal colours when `colour`.
pub fn human(problem: &Problem, sources: &Sources, colour: bool) -> String {
    let level = match problem.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let mut group = Group::with_title(level.primary_title(problem.message.as_str()).id(problem.code.code));
    let mut files: Vec<&Utf8PathBuf> = Vec::new();
    // The primary label's file first: the reader looks there.
    for label in
        problem.labels.iter().filter(|l| l.primary).chain(problem.labels.iter().filter(|l| !l.primary))
    {
        if !files.contains(&&label.file) {
            files.push(&label.file);
        }
    }
    for file in files {
        let Some(text) = sources.get(file) else {
            group = group.element(Level::NOTE.message(format!("in {file}")));
            continue;
        };
        let mut snippet = Snippet::source(text).path(file.as_str());
        for label in problem.labels.iter().filter(|l| &l.file == file) {
            let kind = if label.primary { AnnotationKind::Primary } else { AnnotationKind::Context };
            snippet = snippet.annotation(kind.span(clamp(&label.span, text)).label(label.text.as_str()));
        }
        group = group.element(snippet);
    }
    for note in &problem.notes {
        group = group.element(Level::NOTE.message(note.as_str()));
    }
    for help in &problem.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    let mut report: Vec<Group<'_>> = vec![group];
    if let Some(s) = &problem.suggestion
        && let Some(text) = sources.get(&s.file)
    {
        let snippet = Snippet::source(text)
            .path(s.file.as_str())
            .patch(Patch::new(clamp(&s.span, text), s.replacement.as_str()));
        report.push(Level::HELP.secondary_title(s.text.as_str()).element(snippet));
    }
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    renderer.render(&report)
}

/// One JSON object (see the module text).
pub fn json(problem: &Problem, sources: &Sources) -> Value {
    let labels: Vec<Value> = problem
        .labels
        .iter()
        .map(|l| {
            let text = sources.get(&l.file).unwrap_or("");
            let (line, column) = line_column(text, l.span.start);
            let (end_line, end_column) = line_column(text, l.span.end);
            json!({"file": l.file, "line": line, "column": column, "end_line": end_line, "end_column": end_column, "text": l.text, "primary": l.primary})
        })
        .collect();
    json!({
        "type": "diagnostic",
        "code": problem.code.code,
        "name": problem.code.name,
        "severity": problem.severity,
        "message": problem.message,
        "labels": labels,
        "notes": problem.notes,
        "help": problem.help,
        "suggestion": problem.suggestion.as_ref().map(|s| json!({"file": s.file, "start": s.span.start, "end": s.span.end, "replacement": s.replacement, "text": s.text})),
    })
}

/// Line and column, both from 1, columns in characters, of a byte offset.
pub fn line_column(text: &str, offset: usize) -> (usize, usize) {
    let offset = floor_boundary(text, offset);
    let before = &text[..offset];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |l| l.chars().count()) + 1;
    (line, column)
}

fn floor_boundary(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

/// A span that surely lies in the text and on character boundaries: rendering must not panic over a stale span.
fn clamp(span: &Range<usize>, text: &str) -> Range<usize> {
    let start = floor_boundary(text, span.start);
    start..floor_boundary(text, span.end).max(start)
}
