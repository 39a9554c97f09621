// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! One pass over a console log while it grows: severities, the first error, the sentinel, run states, the last lines.
//!
//! Memory is bounded whatever the log does (a run can print gigabytes): long lines are cut, only the last lines are kept. Not
//! here: what the lines mean for success (see [`super::judge`]); a full reader of logs is `dfxkit log`.

use std::collections::VecDeque;

use indexmap::IndexMap;
use serde::Serialize;

use super::causes::{self, Cause};

/// Bytes of a line that are looked at; the rest is dropped.
const LINE: usize = 16 * 1024;
/// Characters of a line that are kept for showing.
const SHOWN: usize = 500;
/// Last lines that are kept.
const TAIL: usize = 15;
/// Marks every line that our scripts print for us.
const MARK: &str = "dfxkit:: ";

/// A line of a log, with its number from 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogLine {
    /// Number from 1.
    pub line: u64,
    /// Text, cut when very long.
    pub text: String,
}

/// State of a Vivado run as a script reported it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunState {
    /// `STATUS`: `route_design Complete!`.
    pub status: String,
    /// `PROGRESS`: `100%`.
    pub progress: String,
}

/// A sentinel: which steps the script says are done, and the nonce of the call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct End {
    /// Steps.
    pub steps: Vec<String>,
    /// Nonce.
    pub nonce: String,
}

/// What a line told, for progress.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// A run's state, when it changed.
    Run {
        /// Vivado's run.
        run: String,
        /// Its state.
        state: RunState,
    },
}

/// What was seen so far.
#[derive(Debug, Clone, Default)]
pub struct Digest {
    /// Complete lines.
    pub lines: u64,
    /// Lines with `ERROR:`.
    pub errors: u64,
    /// The first of them.
    pub first_error: Option<LogLine>,
    /// Lines with `CRITICAL WARNING:`.
    pub critical_warnings: u64,
    /// The first error of Tcl itself: these have no `ERROR:` (traps 5). The line is the message before `while executing`.
    pub tcl_error: Option<LogLine>,
    /// Runs and their last state.
    pub runs: IndexMap<String, RunState>,
    /// Sentinels.
    pub ends: Vec<End>,
    /// True when a script said that `pr_verify` refused.
    pub pr_verify_refused: bool,
    /// The last lines.
    pub tail: VecDeque<String>,
    /// Known causes of trouble, in the order in which their lines came.
    pub causes: Vec<&'static Cause>,
    partial: Vec<u8>,
    cut: bool,
    before: String,
}

impl Digest {
    /// Takes the next piece of the log; calls `seen` for lines that tell progress.
    pub fn feed(&mut self, bytes: &[u8], seen: &mut dyn FnMut(Seen)) {
        for piece in bytes.split_inclusive(|b| *b == b'\n') {
            let (text, ended) = match piece.strip_suffix(b"\n") {
                Some(text) => (text, true),
                None => (piece, false),
            };
            let room = LINE.saturating_sub(self.partial.len());
            self.cut |= text.len() > room;
            self.partial.extend_from_slice(&text[..text.len().min(room)]);
            if ended {
                self.end_line(seen);
            }
        }
    }

    /// Takes a last line without line end.
    pub fn finish(&mut self, seen: &mut dyn FnMut(Seen)) {
        if !self.partial.is_empty() {
            self.end_line(seen);
        }
    }

    /// The first error of either kind.
    pub fn first(&self) -> Option<&LogLine> {
        match (&self.first_error, &self.tcl_error) {
            (Some(a), Some(b)) => Some(if a.line <= b.line { a } else { b }),
            (a, b) => a.as_ref().or(b.as_ref()),
        }
    }

    fn end_line(&mut self, seen: &mut dyn FnMut(Seen)) {
        let bytes = std::mem::take(&mut self.partial);
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim_end_matches('\r');
        self.lines += 1;
        let cut = self.cut;
        let kept = || {
            let mut kept: String = text.chars().take(SHOWN).collect();
            if cut || kept.len() < text.len() {
                kept.push_str(" ..");
            }
            kept
        };
        if text.starts_with("ERROR:") {
            self.errors += 1;
            if self.first_error.is_none() {
                self.first_error = Some(LogLine { line: self.lines, text: kept() });
            }
        } else if text.starts_with("CRITICAL WARNING:") {
            self.critical_warnings += 1;
        } else if text.trim() == "while executing" && text.starts_with(' ') {
            if self.tcl_error.is_none() {
                let message = std::mem::take(&mut self.before);
                self.tcl_error = Some(LogLine { line: self.lines.saturating_sub(1), text: message });
            }
        } else if let Some(rest) = text.strip_prefix(MARK) {
            self.mark(rest, seen);
        }
        if let Some(cause) = causes::of_line(text)
            && !self.causes.iter().any(|c| std::ptr::eq(*c, cause))
        {
            self.causes.push(cause);
        }
        if !text.trim().is_empty() {
            let kept = kept();
            self.before.clone_from(&kept);
            if self.tail.len() == TAIL {
                self.tail.pop_front();
            }
            self.tail.push_back(kept);
        }
        self.cut = false;
    }

    fn mark(&mut self, rest: &str, seen: &mut dyn FnMut(Seen)) {
        let Some(words) = words(rest) else { return };
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["run", run, "status", status, "progress", progress, ..] => {
                let state = RunState { status: (*status).into(), progress: (*progress).into() };
                if self.runs.get(*run) != Some(&state) {
                    self.runs.insert((*run).to_owned(), state.clone());
                    seen(Seen::Run { run: (*run).to_owned(), state });
                }
            }
            ["END", steps @ .., nonce] => self.ends.push(End {
                steps: steps.iter().flat_map(|s| s.split_whitespace()).map(str::to_owned).collect(),
                nonce: (*nonce).to_owned(),
            }),
            ["pr_verify", "refused", ..] => self.pr_verify_refused = true,
            _ => {}
        }
    }
}

/// Splits a line into Tcl list words: bare, `{braced}` or `"quoted"`, with backslashes taken off in the last two forms' manner of
/// `[list]`. None when the line is no list.
fn words(text: &str) -> Option<Vec<String>> {
    let mut out = Vec::new();
    let mut chars = text.chars().peekable();
    loop {
        while chars.next_if(|c| c.is_whitespace()).is_some() {}
        let Some(&first) = chars.peek() else { return Some(out) };
        let mut word = String::new();
        if first == '{' {
            chars.next();
            let mut depth = 1_u32;
            loop {
                let c = chars.next()?;
                match c {
                    '\\' => {
                        word.push(c);
                        word.push(chars.next()?);
                        continue;
                    }
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    _ => {}
                }
                if depth == 0 {
                    break;
                }
                word.push(c);
            }
        } else {
            let quoted = first == '"' && chars.next().is_some();
            while let Some(c) = chars.next_if(|c| if quoted { *c != '"' } else { !c.is_whitespace() }) {
                word.push(if c == '\\' { chars.next()? } else { c });
            }
            if quoted {
                chars.next()?;
            }
        }
        out.push(word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(text: &str) -> Digest {
        let mut digest = Digest::default();
        // Pieces of one byte: a growing file is read at any place.
        for byte in text.as_bytes() {
            digest.feed(&[*byte], &mut |_| {});
        }
        digest.finish(&mut |_| {});
        digest
    }

    #[test]
    fn errors_of_vivado_and_of_tcl() {
        let d = digest("INFO: [x 1-1] a\nERROR: [DRC INBB-3] Black\nERROR: two\n");
        assert_eq!((d.lines, d.errors), (3, 2));
        assert_eq!(d.first().unwrap().line, 2);
        let d =
            digest("invalid command name \"foo\"\n    while executing\n\"foo\"\n    (file \"x.tcl\" line 1)");
        assert_eq!(d.errors, 0);
        assert_eq!(d.first().unwrap().text, "invalid command name \"foo\"");
        assert_eq!(d.tail.len(), 4);
    }

    #[test]
    fn states_and_sentinels() {
        let mut seen = Vec::new();
        let mut d = Digest::default();
        let line = "dfxkit:: run impl_1 status {Running Place Design...} progress 40%\n";
        d.feed(line.as_bytes(), &mut |s| seen.push(s));
        d.feed(line.as_bytes(), &mut |s| seen.push(s));
        assert_eq!(seen.len(), 1, "only changes are told");
        assert_eq!(d.runs["impl_1"].status, "Running Place Design...");
        d.feed(b"dfxkit:: END synth:static synth:a abc\ndfxkit:: END {impl:x impl:y} def\n", &mut |_| {});
        assert_eq!(d.ends[0].steps, ["synth:static", "synth:a"]);
        assert_eq!(d.ends[1], End { steps: vec!["impl:x".into(), "impl:y".into()], nonce: "def".into() });
    }

    #[test]
    fn memory_is_bounded() {
        let mut d = Digest::default();
        for _ in 0..100 {
            d.feed(&vec![b'x'; 1 << 16], &mut |_| {});
        }
        assert!(d.partial.len() <= LINE);
        for n in 0..1000 {
            d.feed(format!("\nline {n}").as_bytes(), &mut |_| {});
        }
        assert_eq!(d.tail.len(), TAIL);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_taken(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..2000), text in "dfxkit:: .{0,80}\n") {
            let mut d = Digest::default();
            d.feed(&bytes, &mut |_| {});
            d.feed(text.as_bytes(), &mut |_| {});
            d.finish(&mut |_| {});
        }
    }
}
