// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a command says: lines for people, one JSON document for machines.

use serde_json::{Value, json};

/// Result of a command.
#[derive(Debug)]
pub(crate) struct Report {
    lines: Vec<String>,
    error: Option<String>,
    json: Value,
}

impl Report {
    pub(crate) fn new(command: &str) -> Self {
        Self { lines: Vec::new(), error: None, json: json!({ "schema": 1, "command": command, "ok": true }) }
    }

    pub(crate) fn line(&mut self, line: impl Into<String>) {
        self.lines.push(line.into());
    }

    pub(crate) fn lines(&mut self, lines: Vec<String>) {
        self.lines.extend(lines);
    }

    pub(crate) fn set(&mut self, key: &str, value: impl Into<Value>) {
        self.json[key] = value.into();
    }

    pub(crate) fn fail(&mut self, why: impl Into<String>) {
        let why = why.into();
        self.json["ok"] = false.into();
        self.json["error"] = why.clone().into();
        self.error = Some(why);
    }

    pub(crate) fn is_ok(&self) -> bool {
        self.error.is_none()
    }

    pub(crate) fn print(&self, json: bool) {
        use std::io::Write;
        // A reader that went away (`| head`) is no failure of ours.
        let mut out = std::io::stdout().lock();
        if json {
            let _ = writeln!(out, "{}", self.json);
        } else {
            for line in &self.lines {
                let _ = writeln!(out, "{line}");
            }
        }
        if let (Some(error), false) = (&self.error, json) {
            eprintln!("error: {error}");
        }
    }
}
