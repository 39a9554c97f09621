// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Keys: what goes into a step, as a canonical manifest whose SHA-256 is the step's key.
//!
//! One walker makes the manifest; the key, `why` and `plan` all read it, so that the explanation cannot disagree with the
//! decision. Checkpoint bytes are not deterministic (they hold dates), so a step that ran again gives new output hashes and its users
//! become stale. Not caught: what the manifest does not name, for instance a licence server or environment variables of Vivado.

use std::io;

use camino::Utf8Path;
use serde::{Deserialize, Serialize};

use super::{Input, Step, StepId};
use crate::hash;

/// Version of the manifest's format; part of every key.
pub const FORMAT: u32 = 1;

/// Where the walker reads contents from.
pub trait Contents {
    /// SHA-256 of a file of the user.
    fn file(&self, path: &Utf8Path) -> io::Result<String>;
    /// Recorded SHA-256 of an output of a step; none when the step has no valid record.
    fn output(&self, step: &StepId, path: &Utf8Path) -> Option<String>;
}

/// What goes into a step: names and values, sorted by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`FORMAT`]
    pub format: u32,
    /// Names and values. Values of files and outputs are `sha256:..`, or say what is missing.
    pub entries: Vec<(String, String)>,
}

/// One difference between two manifests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Name of the entry.
    pub what: String,
    /// Value of the last run; none: the entry is new.
    pub old: Option<String>,
    /// Value now; none: the entry is gone.
    pub new: Option<String>,
}

impl Manifest {
    /// Walks the inputs of a step.
    pub fn of(step: &Step, contents: &impl Contents) -> io::Result<Self> {
        let mut entries = Vec::with_capacity(step.inputs.len());
        for input in &step.inputs {
            entries.push(match input {
                Input::File { name, path } => {
                    (format!("file {name}"), format!("sha256:{}", contents.file(path)?))
                }
                Input::Value { name, value } => (name.clone(), value.clone()),
                Input::Output { step, path } => {
                    let value = contents
                        .output(step, path)
                        .map_or_else(|| "not built".to_owned(), |h| format!("sha256:{h}"));
                    (format!("{step} -> {path}"), value)
                }
            });
        }
        entries.sort();
        entries.dedup();
        Ok(Self { format: FORMAT, entries })
    }

    /// The key: SHA-256 over a form in which no value can be mistaken for another (every string has its length before it).
    pub fn key(&self) -> String {
        let mut bytes = format!("dfxkit-manifest {}\n", self.format).into_bytes();
        for (name, value) in &self.entries {
            for text in [name, value] {
                bytes.extend_from_slice(text.len().to_string().as_bytes());
                bytes.push(b':');
                bytes.extend_from_slice(text.as_bytes());
                bytes.push(b'\n');
            }
        }
        hash::sha256(&bytes)
    }

    /// What differs from an older manifest, by name.
    pub fn changes_since(&self, old: &Manifest) -> Vec<Change> {
        let mut changes = Vec::new();
        if self.format != old.format {
            changes.push(Change {
                what: "manifest format".into(),
                old: Some(old.format.to_string()),
                new: Some(self.format.to_string()),
            });
        }
        let find = |entries: &[(String, String)], name: &str| {
            entries.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone())
        };
        for (name, value) in &self.entries {
            let before = find(&old.entries, name);
            if before.as_ref() != Some(value) {
                changes.push(Change { what: name.clone(), old: before, new: Some(value.clone()) });
            }
        }
        for (name, value) in &old.entries {
            if find(&self.entries, name).is_none() {
                changes.push(Change { what: name.clone(), old: Some(value.clone()), new: None });
            }
        }
        changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(entries: &[(&str, &str)]) -> Manifest {
        Manifest {
            format: FORMAT,
            entries: entries.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect(),
        }
    }

    #[test]
    fn no_shifting_of_bytes_between_entries_keeps_the_key() {
        assert_ne!(manifest(&[("a", "bc")]).key(), manifest(&[("ab", "c")]).key());
        assert_ne!(manifest(&[("a", "1:b\n1:c")]).key(), manifest(&[("a", "b"), ("c", "")]).key());
    }

    #[test]
    fn changes_name_old_and_new() {
        let changes = manifest(&[("part", "x"), ("new", "1")])
            .changes_since(&manifest(&[("gone", "2"), ("part", "y")]));
        assert_eq!(changes.len(), 3);
        assert_eq!(changes[0], Change { what: "part".into(), old: Some("y".into()), new: Some("x".into()) });
        assert_eq!(changes[2], Change { what: "gone".into(), old: Some("2".into()), new: None });
    }
}
