// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The text of a description as a tree in which every key and value knows its place.
//!
//! The tree is our own, owned and small, so that nothing to the right depends on the TOML crate. Integers keep their value only when
//! they fit 64 bits. Limits: comments and the spelling of values are not kept (edits are byte patches on the text).

use std::ops::Range;

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::IndexMap;
use toml::de::{DeTable, DeValue};

/// A value with its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Byte range in the text. Of a table with a header: the header.
    pub span: Range<usize>,
    /// The value.
    pub value: Value,
}

/// A TOML value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A string, unescaped.
    Text(String),
    /// An integer; none when it does not fit.
    Integer(Option<i128>),
    /// A boolean.
    Bool(bool),
    /// A float: no key of ours takes one.
    Float,
    /// A date or time: no key of ours takes one.
    Datetime,
    /// An array, also an array of tables.
    Array(Vec<Node>),
    /// A table, inline or with a header.
    Table(IndexMap<String, Entry>),
}

impl Value {
    /// What it is, for messages.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Text(_) => "a string",
            Self::Integer(_) => "an integer",
            Self::Bool(_) => "a boolean",
            Self::Float => "a float",
            Self::Datetime => "a date",
            Self::Array(_) => "an array",
            Self::Table(_) => "a table",
        }
    }
}

/// A key with its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Byte range of the key.
    pub key_span: Range<usize>,
    /// The value.
    pub node: Node,
}

/// A fault of the text or of its shape: data, without wording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub span: Range<usize>,
    /// What.
    pub kind: FaultKind,
}

/// See [`Fault`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FaultKind {
    /// The file is not UTF-8; the offset of the first wrong byte.
    NotUtf8 {
        /// Offset in the file.
        offset: usize,
    },
    /// TOML's grammar is broken.
    Syntax {
        /// What the parser says.
        message: String,
    },
    /// A key or table stands twice.
    DuplicateKey {
        /// The key, as written.
        key: String,
        /// The first one, when it can be told.
        first: Option<Range<usize>>,
    },
    /// A key that no table of this kind has.
    UnknownKey {
        /// The key.
        key: String,
        /// Dotted path of the table; empty for the top level.
        table: String,
        /// The keys it may have.
        known: Vec<&'static str>,
    },
    /// A value of another type than the key takes.
    WrongType {
        /// Dotted path.
        path: String,
        /// What the key takes.
        expected: String,
        /// What stands there.
        found: &'static str,
        /// The value rewritten to the right type, when that is plain.
        fix: Option<String>,
    },
    /// A key that must be there is not.
    MissingKey {
        /// The key.
        key: &'static str,
        /// Dotted path of its table; empty for the top level.
        table: String,
        /// What the key is for.
        doc: &'static str,
        /// A line that would cure it.
        example: String,
    },
    /// A word that is none of the allowed ones.
    UnknownWord {
        /// Dotted path.
        path: String,
        /// The word.
        found: String,
        /// The allowed ones.
        allowed: Vec<&'static str>,
    },
    /// An integer outside its range.
    OutOfRange {
        /// Dotted path.
        path: String,
        /// As written.
        found: String,
        /// Smallest allowed.
        min: i128,
        /// Largest allowed.
        max: i128,
    },
    /// An empty string, or only blanks, where text is needed.
    Empty {
        /// Dotted path.
        path: String,
    },
    /// A control character in a string or a key.
    Control {
        /// Dotted path.
        path: String,
        /// The character.
        character: char,
    },
}

/// The text, its tree, and what was wrong while reading it.
#[derive(Debug, Clone)]
pub struct Document {
    file: Utf8PathBuf,
    text: String,
    root: Node,
    faults: Vec<Fault>,
}

impl Document {
    /// Reads a text. Never fails: the faults are in [`Document::faults`].
    pub fn parse(file: impl Into<Utf8PathBuf>, bytes: &[u8]) -> Self {
        let file = file.into();
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(error) => {
                let offset = error.valid_up_to();
                let text = String::from_utf8_lossy(bytes).into_owned();
                // Everything before the offset is valid, so that the offset is the same in the lossy text.
                let span = within(offset..offset + char::REPLACEMENT_CHARACTER.len_utf8(), &text);
                let fault = Fault { span, kind: FaultKind::NotUtf8 { offset } };
                let root = Node { span: 0..0, value: Value::Table(IndexMap::new()) };
                return Self { file, text, root, faults: vec![fault] };
            }
        };
        let (table, errors) = DeTable::parse_recoverable(&text);
        let root = Node { span: 0..0, value: Value::Table(table_of(table.get_ref())) };
        let mut faults: Vec<Fault> = Vec::new();
        for error in errors {
            let span = within(error.span().unwrap_or(0..0), &text);
            let kind = if error.message() == "duplicate key" {
                FaultKind::DuplicateKey { key: text[span.clone()].to_owned(), first: first_of(&text, &span) }
            } else {
                FaultKind::Syntax { message: error.message().to_owned() }
            };
            let fault = Fault { span, kind };
            if !faults.contains(&fault) {
                faults.push(fault);
            }
        }
        Self { file, text, root, faults }
    }

    /// The file, as the user names it.
    pub fn file(&self) -> &Utf8Path {
        &self.file
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Faults of the text itself: not UTF-8, syntax, keys that stand twice.
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// True when the tree is only a part of what the user meant: checks of its meaning would mislead.
    pub fn is_broken(&self) -> bool {
        self.faults.iter().any(|f| !matches!(f.kind, FaultKind::DuplicateKey { .. }))
    }

    /// The whole tree.
    pub fn root(&self) -> &Node {
        &self.root
    }

    /// The value at a path; array elements by their number from 0.
    pub fn node(&self, path: &[&str]) -> Option<&Node> {
        let mut node = &self.root;
        for step in path {
            node = match &node.value {
                Value::Table(table) => &table.get(*step)?.node,
                Value::Array(array) => array.get(step.parse::<usize>().ok()?)?,
                _ => return None,
            };
        }
        Some(node)
    }

    /// The place of a key.
    pub fn key_span(&self, path: &[&str]) -> Option<Range<usize>> {
        let (last, parent) = path.split_last()?;
        match &self.node(parent)?.value {
            Value::Table(table) => table.get(*last).map(|e| e.key_span.clone()),
            _ => self.node(path).map(|n| n.span.clone()),
        }
    }

    /// The place of a value. Of a table with a header: the header.
    pub fn value_span(&self, path: &[&str]) -> Option<Range<usize>> {
        self.node(path).map(|n| n.span.clone())
    }

    /// The place of a value, or of the nearest table around it that is there.
    pub fn nearest_span(&self, path: &[&str]) -> Range<usize> {
        (0..=path.len()).rev().find_map(|n| self.value_span(&path[..n])).unwrap_or(0..0)
    }

    /// A string with its place; none when there is none or it is no string.
    pub fn string(&self, path: &[&str]) -> Option<(&str, Range<usize>)> {
        match self.node(path)? {
            Node { span, value: Value::Text(text) } => Some((text, span.clone())),
            _ => None,
        }
    }

    /// The strings of an array with their places; empty when there is none.
    pub fn strings(&self, path: &[&str]) -> Vec<(&str, Range<usize>)> {
        let Some(Node { value: Value::Array(items), .. }) = self.node(path) else { return Vec::new() };
        items
            .iter()
            .filter_map(|n| match &n.value {
                Value::Text(text) => Some((text.as_str(), n.span.clone())),
                _ => None,
            })
            .collect()
    }

    /// Keys of a table with their places; empty when there is none.
    pub fn keys(&self, path: &[&str]) -> Vec<(&str, Range<usize>)> {
        let Some(Node { value: Value::Table(table), .. }) = self.node(path) else { return Vec::new() };
        table.iter().map(|(k, e)| (k.as_str(), e.key_span.clone())).collect()
    }
}

/// A span that lies in the text, on character boundaries.
fn within(span: Range<usize>, text: &str) -> Range<usize> {
    let floor = |mut at: usize| {
        at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = floor(span.start);
    start..floor(span.end).max(start)
}

/// The place where a key that stands twice stood first: the same header further up, or the same key at the start of a line
/// since the last header.
fn first_of(text: &str, second: &Range<usize>) -> Option<Range<usize>> {
    let key = &text[second.clone()];
    let line_start = text[..second.start].rfind('\n').map_or(0, |n| n + 1);
    let line_end = text[second.end..].find('\n').map_or(text.len(), |n| second.end + n);
    let line = text[line_start..line_end].trim();
    let mut offset = 0;
    let mut found = None;
    for earlier in text[..line_start].split_inclusive('\n') {
        let trimmed = earlier.trim();
        if line.starts_with('[') {
            if trimmed == line {
                let at = offset + earlier.find(key)?;
                found = Some(at..at + key.len());
            }
        } else if trimmed.starts_with('[') {
            found = None;
        } else if let Some(rest) = trimmed.strip_prefix(key)
            && rest.trim_start().starts_with(['=', '.'])
        {
            let at = offset + earlier.find(key)?;
            found = Some(at..at + key.len());
        }
        offset += earlier.len();
    }
    found
}

fn table_of(table: &DeTable<'_>) -> IndexMap<String, Entry> {
    table
        .iter()
        .map(|(key, value)| {
            let entry = Entry {
                key_span: key.span(),
                node: Node { span: value.span(), value: value_of(value.get_ref()) },
            };
            (key.get_ref().to_string(), entry)
        })
        .collect()
}

fn value_of(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(s) => Value::Text(s.to_string()),
        DeValue::Integer(i) => Value::Integer(i128::from_str_radix(i.as_str(), i.radix()).ok()),
        DeValue::Float(_) => Value::Float,
        DeValue::Boolean(b) => Value::Bool(*b),
        DeValue::Datetime(_) => Value::Datetime,
        DeValue::Array(a) => {
            Value::Array(a.iter().map(|n| Node { span: n.span(), value: value_of(n.get_ref()) }).collect())
        }
        DeValue::Table(t) => Value::Table(table_of(t)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_values_know_their_places() {
        let text = "[modules.a]\ntop = \"x\"\nsources = [\"p\", \"q\"]\n";
        let doc = Document::parse("dfx.toml", text.as_bytes());
        assert!(doc.faults().is_empty());
        assert_eq!(&text[doc.key_span(&["modules", "a"]).unwrap()], "a");
        assert_eq!(&text[doc.value_span(&["modules", "a"]).unwrap()], "[modules.a]");
        assert_eq!(&text[doc.value_span(&["modules", "a", "sources", "1"]).unwrap()], "\"q\"");
        assert_eq!(doc.string(&["modules", "a", "top"]).unwrap().0, "x");
        assert_eq!(&text[doc.nearest_span(&["modules", "a", "no", "such"])], "[modules.a]");
    }

    #[test]
    fn several_syntax_errors_come_at_once() {
        let doc = Document::parse("dfx.toml", b"a = \nb = 1\nc = = 2\n[d\n");
        assert!(doc.is_broken());
        assert!(doc.faults().len() >= 3, "{:?}", doc.faults());
    }

    #[test]
    fn a_key_that_stands_twice_names_the_first() {
        let text = "[project]\nname = \"a\"\nname = \"b\"\n[x]\n[y]\n[x]\n";
        let doc = Document::parse("dfx.toml", text.as_bytes());
        assert!(!doc.is_broken());
        let firsts: Vec<_> = doc
            .faults()
            .iter()
            .map(|f| match &f.kind {
                FaultKind::DuplicateKey { first, .. } => first.clone().unwrap().start,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(firsts, [10, 33]);
    }

    #[test]
    fn a_file_that_is_not_utf8_says_where() {
        let doc = Document::parse("dfx.toml", b"a = \"\xff\"");
        assert_eq!(doc.faults()[0].kind, FaultKind::NotUtf8 { offset: 5 });
    }
}
