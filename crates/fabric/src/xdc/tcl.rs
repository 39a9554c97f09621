// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The lexical part of the XDC reader: Tcl text to commands and words, with positions.
//!
//! Follows the Tcl(n) rules for comments, continuation lines, braces, quotes, brackets and `$` substitution. It
//! substitutes nothing itself. After an unclosed brace, quote or bracket nothing can be read any more, as in Tcl.

/// A place in the text: line and column from 1, the column in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in bytes, from 1.
    pub column: u32,
}

impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// One command: its words and its source text.
#[derive(Debug, Clone)]
pub(super) struct Command {
    pub(super) at: Position,
    pub(super) words: Vec<Word>,
    /// Source text of the command, without surrounding white space.
    pub(super) text: String,
    pub(super) fault: Option<Fault>,
}

/// A word before substitution.
#[derive(Debug, Clone)]
pub(super) struct Word {
    pub(super) at: Position,
    /// Bytes before the value in the source (1 for an opening brace or quote) when the word is one literal that stands in
    /// the source as it is, on one line: then a place in the value is a place in the text.
    pub(super) verbatim: Option<u32>,
    pub(super) parts: Vec<Part>,
}

/// A piece of a word.
#[derive(Debug, Clone)]
pub(super) enum Part {
    Text(String),
    Variable(String),
    Script(Vec<Command>),
}

/// Why a command has no reliable words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// A brace, quote or bracket is never closed; the rest of the text was not read.
    Unclosed,
    /// Characters follow a closing brace or quote.
    Trailing,
    /// `{*}` or brackets nested deeper than [`DEPTH`].
    Unsupported,
}

/// Deepest nesting of brackets that is read.
const DEPTH: u32 = 40;

/// All commands of a text.
pub(super) fn commands(text: &str) -> Vec<Command> {
    let mut p = Parser { text, bytes: text.as_bytes(), i: 0, line: 1, line_start: 0, dead: false };
    p.script(false, 0)
}

struct Parser<'a> {
    text: &'a str,
    bytes: &'a [u8],
    i: usize,
    line: u32,
    line_start: usize,
    /// Set at an unclosed construct: the rest of the text has no meaning.
    dead: bool,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.i).copied()
    }

    fn at(&self) -> Position {
        Position { line: self.line, column: (self.i - self.line_start + 1) as u32 }
    }

    /// Step over one byte, counting lines.
    fn bump(&mut self) {
        if self.peek() == Some(b'\n') {
            self.line += 1;
            self.line_start = self.i + 1;
        }
        self.i += 1;
    }

    /// Length of a backslash-newline at the cursor (with a carriage return between), or 0.
    fn continuation(&self) -> usize {
        match self.bytes.get(self.i..) {
            Some([b'\\', b'\n', ..]) => 2,
            Some([b'\\', b'\r', b'\n', ..]) => 3,
            _ => 0,
        }
    }

    /// Skip blanks and continuation lines; newlines too when `all`.
    fn blanks(&mut self, all: bool) {
        loop {
            let c = self.continuation();
            if c > 0 {
                (0..c).for_each(|_| self.bump());
                continue;
            }
            match self.peek() {
                Some(b' ' | b'\t' | b'\r' | 0x0b | 0x0c) => self.bump(),
                Some(b'\n' | b';') if all => self.bump(),
                _ => return,
            }
        }
    }

    fn comment(&mut self) {
        while let Some(c) = self.peek() {
            let n = self.continuation();
            if n > 0 {
                (0..n).for_each(|_| self.bump());
            } else if c == b'\\' && self.i + 1 < self.bytes.len() {
                self.bump();
                self.bump();
            } else if c == b'\n' {
                return;
            } else {
                self.bump();
            }
        }
    }

    fn script(&mut self, nested: bool, depth: u32) -> Vec<Command> {
        let mut out = Vec::new();
        while !self.dead {
            self.blanks(true);
            match self.peek() {
                None => break,
                Some(b']') if nested => break,
                Some(b'#') => self.comment(),
                Some(_) => out.push(self.command(nested, depth)),
            }
        }
        out
    }

    fn command(&mut self, nested: bool, depth: u32) -> Command {
        let (at, start) = (self.at(), self.i);
        let (mut words, mut fault) = (Vec::new(), None);
        loop {
            self.blanks(false);
            match self.peek() {
                None | Some(b'\n' | b';') => break,
                Some(b']') if nested => break,
                Some(_) => {}
            }
            match self.word(nested, depth) {
                Ok(w) => words.push(w),
                Err(f) => fault = fault.or(Some(f)),
            }
            if self.dead {
                self.i = self.bytes.len();
                break;
            }
        }
        let end = self.i.min(self.bytes.len());
        let text = self.text.get(start..end).unwrap_or_default().trim().to_owned();
        Command { at, words, text, fault }
    }

    fn word(&mut self, nested: bool, depth: u32) -> Result<Word, Fault> {
        let (at, start) = (self.at(), self.i);
        let mut fault = None;
        let mut parts = Vec::new();
        match self.peek() {
            Some(b'{') => {
                while self.bytes[self.i..].starts_with(b"{*}") && !self.ends_word(self.i + 3, nested) {
                    self.i += 3;
                    fault = Some(Fault::Unsupported);
                }
                if self.peek() == Some(b'{') {
                    parts.push(Part::Text(self.braced()?));
                } else {
                    self.pieces(&mut parts, false, nested, depth, &mut fault)?;
                }
            }
            Some(b'"') => {
                self.bump();
                self.pieces(&mut parts, true, nested, depth, &mut fault)?;
            }
            _ => self.pieces(&mut parts, false, nested, depth, &mut fault)?,
        }
        if !self.ends_word(self.i, nested) {
            // Tcl refuses the command here; read on so that the rest of the text keeps its meaning.
            let mut rest = Vec::new();
            self.pieces(&mut rest, false, nested, depth, &mut fault)?;
            return Err(Fault::Trailing);
        }
        if let Some(f) = fault {
            return Err(f);
        }
        let verbatim = match parts.as_slice() {
            [Part::Text(t)] if !t.contains('\n') => {
                let source = &self.bytes[start..self.i];
                let is_at = |&n: &usize| {
                    source.get(n..).is_some_and(|s| s.starts_with(t.as_bytes()) && s.len() - t.len() == n)
                };
                (0..2).find(is_at).map(|n| n as u32)
            }
            _ => None,
        };
        Ok(Word { at, verbatim, parts })
    }

    fn ends_word(&self, i: usize, nested: bool) -> bool {
        match self.bytes.get(i) {
            None | Some(b' ' | b'\t' | b'\r' | b'\n' | b';' | 0x0b | 0x0c) => true,
            Some(b'\\') => matches!(self.bytes.get(i + 1..), Some([b'\n', ..] | [b'\r', b'\n', ..])),
            Some(b']') => nested,
            Some(_) => false,
        }
    }

    fn braced(&mut self) -> Result<String, Fault> {
        self.bump();
        let (mut depth, mut out) = (1_u32, Vec::new());
        while let Some(c) = self.peek() {
            let n = self.continuation();
            if n > 0 {
                (0..n).for_each(|_| self.bump());
                while matches!(self.peek(), Some(b' ' | b'\t')) {
                    self.bump();
                }
                out.push(b' ');
                continue;
            }
            match c {
                b'\\' if self.i + 1 < self.bytes.len() => {
                    out.push(c);
                    self.bump();
                }
                b'{' => depth += 1,
                b'}' => {
                    depth -= 1;
                    if depth == 0 {
                        self.bump();
                        return Ok(String::from_utf8_lossy(&out).into_owned());
                    }
                }
                _ => {}
            }
            out.extend(self.peek());
            self.bump();
        }
        self.dead = true;
        Err(Fault::Unclosed)
    }

    /// The parts of a bare or quoted word, up to its end; for a quoted one past the closing quote.
    fn pieces(
        &mut self,
        parts: &mut Vec<Part>,
        quoted: bool,
        nested: bool,
        depth: u32,
        fault: &mut Option<Fault>,
    ) -> Result<(), Fault> {
        let mut text = Vec::new();
        let flush = |text: &mut Vec<u8>, parts: &mut Vec<Part>| {
            if !text.is_empty() {
                parts.push(Part::Text(String::from_utf8_lossy(text).into_owned()));
                text.clear();
            }
        };
        while let Some(c) = self.peek() {
            if !quoted && self.ends_word(self.i, nested) {
                break;
            }
            match c {
                b'"' if quoted => {
                    self.bump();
                    flush(&mut text, parts);
                    return Ok(());
                }
                b'[' => {
                    flush(&mut text, parts);
                    self.bump();
                    if depth >= DEPTH {
                        self.dead = true;
                        return Err(Fault::Unsupported);
                    }
                    let script = self.script(true, depth + 1);
                    if self.dead || self.peek() != Some(b']') {
                        self.dead = true;
                        return Err(Fault::Unclosed);
                    }
                    self.bump();
                    parts.push(Part::Script(script));
                }
                b'$' => {
                    self.bump();
                    match self.variable()? {
                        Some(name) => {
                            flush(&mut text, parts);
                            parts.push(Part::Variable(name));
                        }
                        None => text.push(b'$'),
                    }
                }
                b'\\' => {
                    let n = self.continuation();
                    if n > 0 {
                        (0..n).for_each(|_| self.bump());
                        text.push(b' ');
                    } else {
                        self.bump();
                        match self.peek() {
                            Some(b'n') => text.push(b'\n'),
                            Some(b't') => text.push(b'\t'),
                            Some(b'x' | b'u' | b'0'..=b'7') => *fault = Some(Fault::Unsupported),
                            Some(other) => text.push(other),
                            None => text.push(b'\\'),
                        }
                        if self.peek().is_some() {
                            self.bump();
                        }
                    }
                }
                _ => {
                    text.push(c);
                    self.bump();
                }
            }
        }
        flush(&mut text, parts);
        if quoted {
            self.dead = true;
            return Err(Fault::Unclosed);
        }
        Ok(())
    }

    /// After a `$`: the variable's name, `None` when the dollar sign stands for itself.
    fn variable(&mut self) -> Result<Option<String>, Fault> {
        let start = self.i;
        if self.peek() == Some(b'{') {
            let Some(len) = self.bytes[self.i..].iter().position(|&b| b == b'}') else {
                self.dead = true;
                return Err(Fault::Unclosed);
            };
            let name = String::from_utf8_lossy(&self.bytes[start + 1..start + len]).into_owned();
            (0..=len).for_each(|_| self.bump());
            return Ok(Some(name));
        }
        while matches!(self.peek(), Some(c) if c.is_ascii_alphanumeric() || c == b'_' || c == b':') {
            self.bump();
        }
        if self.peek() == Some(b'(') && self.i > start {
            while let Some(c) = self.peek() {
                self.bump();
                if c == b')' {
                    break;
                }
            }
        }
        let name = String::from_utf8_lossy(&self.bytes[start..self.i]).into_owned();
        Ok((!name.is_empty()).then_some(name))
    }
}
