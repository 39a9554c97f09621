// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The shape of a description: every key known, of the right type, there when it must be, every word one of its list.
//!
//! Collects all faults of the tree in one walk. What values mean is not looked at.

use indexmap::IndexMap;

use super::document::{Document, Entry, Fault, FaultKind, Node, Value};
use super::keys::{KeyDef, Kind, Need, ROOT, TableDef, Word};

/// All faults of shape, in the order of the walk.
pub fn check(document: &Document) -> Vec<Fault> {
    let mut walk = Walk { text: document.text(), faults: Vec::new() };
    if let Value::Table(table) = &document.root().value {
        walk.table(&ROOT, table, &document.root().span, "");
    }
    walk.faults
}

struct Walk<'a> {
    text: &'a str,
    faults: Vec<Fault>,
}

impl Walk<'_> {
    fn table(
        &mut self,
        def: &TableDef,
        table: &IndexMap<String, Entry>,
        span: &std::ops::Range<usize>,
        path: &str,
    ) {
        for (name, entry) in table {
            match def.key(name) {
                Some(key) => self.value(&key.kind, &entry.node, &join(path, name)),
                None => self.faults.push(Fault {
                    span: entry.key_span.clone(),
                    kind: FaultKind::UnknownKey {
                        key: name.clone(),
                        table: path.to_owned(),
                        known: def.keys.iter().map(|k| k.name).collect(),
                    },
                }),
            }
        }
        for key in def.keys.iter().filter(|k| k.need == Need::Required && !table.contains_key(k.name)) {
            self.faults.push(Fault {
                span: span.clone(),
                kind: FaultKind::MissingKey {
                    key: key.name,
                    table: path.to_owned(),
                    doc: key.doc,
                    example: example_of(key),
                },
            });
        }
    }

    fn value(&mut self, kind: &Kind, node: &Node, path: &str) {
        match (kind, &node.value) {
            (Kind::Text, Value::Text(text)) => self.text(text, node, path),
            (Kind::Bool, Value::Bool(_)) => {}
            (Kind::Integer { min, max }, Value::Integer(n)) => {
                if !n.is_some_and(|n| (*min..=*max).contains(&n)) {
                    self.faults.push(Fault {
                        span: node.span.clone(),
                        kind: FaultKind::OutOfRange {
                            path: path.to_owned(),
                            found: self.written(node),
                            min: *min,
                            max: *max,
                        },
                    });
                }
            }
            (Kind::Word(words), Value::Text(text)) => self.word(words, text, node, path),
            (Kind::TextList, Value::Array(items)) => {
                for (n, item) in items.iter().enumerate() {
                    let path = join(path, &n.to_string());
                    match &item.value {
                        Value::Text(text) => self.text(text, item, &path),
                        _ => self.wrong_type("a string".to_owned(), item, &path),
                    }
                }
            }
            (Kind::WordList(words), Value::Array(items)) => {
                for (n, item) in items.iter().enumerate() {
                    let path = join(path, &n.to_string());
                    match &item.value {
                        Value::Text(text) => self.word(words, text, item, &path),
                        _ => self.wrong_type("a string".to_owned(), item, &path),
                    }
                }
            }
            (Kind::TextMap, Value::Table(table)) => {
                for (name, entry) in table {
                    let path = join(path, name);
                    self.control(name, &entry.key_span, &path);
                    match &entry.node.value {
                        Value::Text(text) => self.control(text, &entry.node.span, &path),
                        Value::Integer(Some(_)) => {}
                        _ => self.wrong_type("a string or an integer".to_owned(), &entry.node, &path),
                    }
                }
            }
            (Kind::Table(def), Value::Table(table)) => self.table(def, table, &node.span, path),
            (Kind::NamedTables(def), Value::Table(tables)) => {
                for (name, entry) in tables {
                    let path = join(path, name);
                    self.control(name, &entry.key_span, &path);
                    match &entry.node.value {
                        Value::Table(table) => self.table(def, table, &entry.node.span, &path),
                        _ => self.wrong_type("a table".to_owned(), &entry.node, &path),
                    }
                }
            }
            (Kind::TableList(def), Value::Array(items)) => {
                for (n, item) in items.iter().enumerate() {
                    let path = join(path, &n.to_string());
                    match &item.value {
                        Value::Table(table) => self.table(def, table, &item.span, &path),
                        _ => self.wrong_type("a table".to_owned(), item, &path),
                    }
                }
            }
            _ => self.wrong_type(kind.expected(), node, path),
        }
        if let (Kind::TextList | Kind::WordList(_), Value::Text(_)) = (kind, &node.value)
            && let Some(Fault { kind: FaultKind::WrongType { fix, .. }, .. }) = self.faults.last_mut()
        {
            *fix = Some(format!("[{}]", self.text.get(node.span.clone()).unwrap_or("")));
        }
        if let (Kind::Bool, Value::Text(text)) = (kind, &node.value)
            && matches!(text.as_str(), "true" | "false")
            && let Some(Fault { kind: FaultKind::WrongType { fix, .. }, .. }) = self.faults.last_mut()
        {
            *fix = Some(text.clone());
        }
    }

    fn wrong_type(&mut self, expected: String, node: &Node, path: &str) {
        // A number or a boolean where text is wanted only lacks its quotes.
        let fix = (expected == "a string"
            && matches!(node.value, Value::Integer(_) | Value::Bool(_) | Value::Float))
        .then(|| format!("\"{}\"", self.written(node)));
        self.faults.push(Fault {
            span: node.span.clone(),
            kind: FaultKind::WrongType {
                path: path.to_owned(),
                expected,
                found: node.value.type_name(),
                fix,
            },
        });
    }

    fn word(&mut self, words: &[Word], text: &str, node: &Node, path: &str) {
        if words.iter().any(|(w, _)| *w == text) {
            return;
        }
        self.faults.push(Fault {
            span: node.span.clone(),
            kind: FaultKind::UnknownWord {
                path: path.to_owned(),
                found: text.to_owned(),
                allowed: words.iter().map(|(w, _)| *w).collect(),
            },
        });
    }

    fn text(&mut self, text: &str, node: &Node, path: &str) {
        if text.trim().is_empty() {
            let kind = FaultKind::Empty { path: path.to_owned() };
            self.faults.push(Fault { span: node.span.clone(), kind });
        } else {
            self.control(text, &node.span, path);
        }
    }

    fn control(&mut self, text: &str, span: &std::ops::Range<usize>, path: &str) {
        if let Some(character) = text.chars().find(|c| c.is_control()) {
            let kind = FaultKind::Control { path: path.to_owned(), character };
            self.faults.push(Fault { span: span.clone(), kind });
        }
    }

    fn written(&self, node: &Node) -> String {
        self.text.get(node.span.clone()).unwrap_or("").to_owned()
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn example_of(key: &KeyDef) -> String {
    match key.kind {
        Kind::Table(def) | Kind::NamedTables(def) | Kind::TableList(def) if key.example.is_empty() => {
            def.header.to_owned()
        }
        _ => format!("{} = {}", key.name, key.example),
    }
}
