// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Words to values: substitution of variables and of the few commands that may stand in brackets.

use std::collections::HashSet;

use super::eval::{Outcome, Reader, literal, option, shorten};
use super::tcl::{Command, Part, Word};
use super::{UnreadReason, XdcPblock};

/// What a word stands for.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Text(String),
    List(Vec<String>),
    Pblocks(Vec<String>),
    Cells(Vec<String>),
    /// Needs the design: the source text of what is not known.
    Opaque(String),
}

impl Value {
    pub(super) fn items(&self) -> Option<Vec<String>> {
        match self {
            Self::Text(t) => Some(list(t)),
            Self::List(l) | Self::Pblocks(l) | Self::Cells(l) => Some(l.clone()),
            Self::Opaque(_) => None,
        }
    }

    pub(super) fn text(&self) -> Option<String> {
        match self {
            Self::Text(t) => Some(t.clone()),
            Self::List(l) => Some(l.join(" ")),
            _ => None,
        }
    }

    pub(super) fn source(&self) -> String {
        match self {
            Self::Opaque(t) | Self::Text(t) => t.clone(),
            Self::List(l) | Self::Pblocks(l) | Self::Cells(l) => l.join(" "),
        }
    }
}

impl Reader {
    pub(super) fn value(&self, word: &Word) -> Value {
        match word.parts.as_slice() {
            [] => Value::Text(String::new()),
            [Part::Text(t)] => Value::Text(t.clone()),
            [Part::Variable(v)] => self.variable(v),
            [Part::Script(s)] => self.result(s),
            parts => {
                let mut text = String::new();
                for p in parts {
                    let v = match p {
                        Part::Text(t) => Value::Text(t.clone()),
                        Part::Variable(v) => self.variable(v),
                        Part::Script(s) => self.result(s),
                    };
                    match v.text() {
                        Some(t) => text.push_str(&t),
                        None => return Value::Opaque(v.source()),
                    }
                }
                Value::Text(text)
            }
        }
    }

    fn variable(&self, name: &str) -> Value {
        let plain = name.trim_start_matches("::");
        self.variables.get(plain).cloned().unwrap_or_else(|| Value::Opaque(format!("${name}")))
    }

    /// The result of a bracketed script: that of its last command.
    fn result(&self, script: &[Command]) -> Value {
        let Some(c) = script.last() else { return Value::Text(String::new()) };
        let opaque = || Value::Opaque(format!("[{}]", shorten(&c.text)));
        if c.fault.is_some() || script.len() > 1 {
            return opaque();
        }
        let args = c.words.get(1..).unwrap_or_default();
        match literal(c.words.first()).as_deref() {
            Some("list") => {
                let mut out = Vec::new();
                for a in args {
                    match self.value(a) {
                        Value::Text(t) => out.push(t),
                        v => match v.items() {
                            Some(l) => out.extend(l),
                            None => return opaque(),
                        },
                    }
                }
                Value::List(out)
            }
            Some("get_pblocks" | "get_pblock") => self.get_pblocks(args).unwrap_or_else(opaque),
            Some("get_cells" | "get_cell") => self.patterns(args).map_or_else(opaque, Value::Cells),
            Some("lindex") => {
                let one = args
                    .first()
                    .map(|a| self.value(a))
                    .filter(|_| literal(args.get(1)).as_deref() == Some("0"));
                match one {
                    Some(Value::Pblocks(l)) => Value::Pblocks(l.into_iter().take(1).collect()),
                    Some(Value::Cells(l)) => Value::Cells(l.into_iter().take(1).collect()),
                    _ => opaque(),
                }
            }
            _ => opaque(),
        }
    }

    /// The patterns of a `get_..` command, `None` when a filter or an object decides.
    fn patterns(&self, args: &[Word]) -> Option<Vec<String>> {
        let mut out = Vec::new();
        for a in args {
            let v = self.value(a);
            match &v {
                Value::Text(t) if t.starts_with('-') => {
                    let harmless =
                        ["-quiet", "-verbose", "-hierarchical", "-nocase"].iter().any(|o| option(t, o));
                    if !harmless {
                        return None;
                    }
                }
                v => out.extend(v.items()?),
            }
        }
        Some(out)
    }

    fn get_pblocks(&self, args: &[Word]) -> Option<Value> {
        let patterns = self.patterns(args)?;
        if patterns.is_empty() {
            return Some(Value::Pblocks(self.xdc.pblocks.iter().map(|p| p.name.clone()).collect()));
        }
        let (mut out, mut seen) = (Vec::new(), HashSet::new());
        for pattern in patterns {
            if pattern.contains(['*', '?']) {
                for p in self.xdc.pblocks.iter().filter(|p| glob(&pattern, &p.name)) {
                    if seen.insert(p.name.clone()) {
                        out.push(p.name.clone());
                    }
                }
            } else if seen.insert(pattern.clone()) {
                // Kept also when there is no such Pblock, so that the command that uses it can say so.
                out.push(pattern);
            }
        }
        Some(Value::Pblocks(out))
    }

    /// The Pblocks that a word names, all of which must exist.
    pub(super) fn named(&self, v: &Value) -> Outcome<Vec<String>> {
        let names = match v {
            Value::Opaque(t) => return Err(UnreadReason::Unresolved(t.clone())),
            Value::Cells(l) => return Err(UnreadReason::Option(l.join(" "))),
            other => other.items().unwrap_or_default(),
        };
        match names.iter().find(|n| !self.index.contains_key(n.as_str())) {
            Some(missing) => Err(UnreadReason::NoSuchPblock(missing.clone())),
            None => Ok(names),
        }
    }

    pub(super) fn pblock_mut(&mut self, name: &str) -> Option<&mut XdcPblock> {
        self.xdc.pblocks.get_mut(*self.index.get(name)?)
    }
}

/// Tcl's glob matching without character classes: `*` and `?`.
pub(super) fn glob(pattern: &str, text: &str) -> bool {
    let (p, t) = (pattern.as_bytes(), text.as_bytes());
    let (mut i, mut j, mut star) = (0, 0, None);
    while j < t.len() {
        if p.get(i) == Some(&b'*') {
            star = Some((i, j));
            i += 1;
        } else if i < p.len() && (p[i] == b'?' || p[i] == t[j]) {
            i += 1;
            j += 1;
        } else if let Some((si, sj)) = star {
            (i, j) = (si + 1, sj + 1);
            star = Some((si, sj + 1));
        } else {
            return false;
        }
    }
    p[i..].iter().all(|&c| c == b'*')
}

/// The elements of a Tcl list: white space separates, braces and quotes group.
fn list(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let b = text.as_bytes();
    let mut i = 0;
    while i < b.len() {
        if b[i].is_ascii_whitespace() {
            i += 1;
            continue;
        }
        let (open, close) = match b[i] {
            b'{' => (Some(b'{'), b'}'),
            b'"' => (None, b'"'),
            _ => {
                let end = b[i..].iter().position(u8::is_ascii_whitespace).map_or(b.len(), |n| i + n);
                out.push(String::from_utf8_lossy(&b[i..end]).replace('\\', ""));
                i = end;
                continue;
            }
        };
        let (start, mut depth) = (i + 1, 1_u32);
        i += 1;
        while i < b.len() {
            if b[i] == b'\\' {
                i += 1;
            } else if b[i] == close {
                depth -= 1;
                if depth == 0 {
                    break;
                }
            } else if Some(b[i]) == open {
                depth += 1;
            }
            i += 1;
        }
        out.push(String::from_utf8_lossy(&b[start..i.min(b.len())]).into_owned());
        i += 1;
    }
    out
}
