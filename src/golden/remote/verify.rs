// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `verify-remote`: every object of a release is streamed and hashed where it comes from, and judged: passed, refused (another content) or missing.
//! What could not be looked at is unknown. Bitstreams are not proven here: that needs the files, see `golden pull` and `golden check`.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use super::{Read, RemoteError, Result, Summary, hash, manifest_key, object_key, pull, some_at_once};
use crate::gates::Verdict;
use crate::golden::beside::Shelf;
use crate::golden::manifest::FileEntry;
use crate::golden::{GoldenError, Store, updates};

/// What was found of a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// Release.
    pub release: String,
    /// Worst of all.
    pub verdict: Verdict,
    /// Its manifest: passed, refused (does not read, or differs from the one here) or missing.
    pub manifest: ObjectState,
    /// More on the manifest, when it is not as it should be.
    pub detail: Option<String>,
    /// Objects, each once.
    pub objects: Vec<Object>,
    /// False when the server lists nothing, so that updates and signatures could not be looked for.
    pub listed: bool,
}

/// An object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Object {
    /// Role and name of the file that it is; of an update with the update's name.
    pub name: String,
    /// What was found.
    pub state: ObjectState,
    /// Expected hash.
    pub expected: String,
    /// Expected size.
    pub expected_size: u64,
    /// Found hash; none when missing or unknown.
    pub actual: Option<String>,
    /// Found size.
    pub actual_size: Option<u64>,
    /// Why it is unknown.
    pub why: Option<String>,
}

/// What was found of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ObjectState {
    /// As it should be.
    Passed,
    /// Could not be looked at.
    Unknown,
    /// Not there.
    Missing,
    /// Another content.
    Refused,
}

impl ObjectState {
    fn verdict(self) -> Verdict {
        match self {
            Self::Passed => Verdict::Passed,
            Self::Unknown => Verdict::Unknown,
            Self::Missing | Self::Refused => Verdict::Refused,
        }
    }

    /// For people.
    pub fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Unknown => "unknown",
            Self::Missing => "missing",
            Self::Refused => "refused",
        }
    }
}

/// Hashes what a store has of a release. `local` is the archive here: a release that is in it, too, must have the same manifest, and tells what belongs
/// to it when the manifest is not there yet.
pub fn verify(from: &dyn Read, release: &str, local: &Store) -> Result<Verified> {
    crate::golden::store::check_name(release)?;
    let here = local.load(release).ok();
    let (manifest, detail, golden) = match pull::remote(from, release, local) {
        Ok(golden) => match here {
            Some(here) if here.text() != golden.text() => {
                let [ours, theirs] = [&here, &golden].map(|g| Summary::of(g.text().as_bytes()));
                let detail = format!("expected as in {}: {ours}, actual {theirs}", local.dir());
                (ObjectState::Refused, Some(detail), Some(golden))
            }
            _ => (ObjectState::Passed, None, Some(golden)),
        },
        Err(RemoteError::NotFound { known, .. }) => {
            (ObjectState::Missing, Some(format!("releases there: {known}")), here)
        }
        Err(RemoteError::Golden(
            error @ (GoldenError::Manifest { .. } | GoldenError::Newer { .. } | GoldenError::BadName { .. }),
        )) => (ObjectState::Refused, Some(error.to_string()), here),
        Err(error) => return Err(error),
    };
    let mut files: BTreeMap<String, (String, FileEntry)> = BTreeMap::new();
    let mut bad = Vec::new();
    let mut listed = true;
    if let Some(golden) = &golden {
        let mut add = |of: &str, list: &[FileEntry]| {
            for f in list {
                let name = format!("{of}{} ({})", f.role, f.name);
                files.entry(f.sha256.clone()).or_insert((name, f.clone()));
            }
        };
        add("", &golden.manifest.files);
        for shelf in Shelf::ALL {
            let Some(names) = from.list(&format!("{release}/{}", shelf.folder()))? else {
                listed = false;
                continue;
            };
            if shelf != Shelf::Updates {
                continue;
            }
            for name in names.iter().filter_map(|n| n.strip_suffix(".toml")) {
                let key = format!("{release}/updates/{name}.toml");
                let Some(bytes) = from.read(&key)? else { continue };
                let text = String::from_utf8_lossy(&bytes);
                match updates::parse(golden, name, &text, key.as_str().into()) {
                    Ok(update) => add(&format!("update {name}, "), &update.files),
                    Err(error) => bad.push(Object {
                        name: format!("update {name}"),
                        state: ObjectState::Refused,
                        expected: "a readable entry".into(),
                        expected_size: bytes.len() as u64,
                        actual: Some(crate::hash::sha256(&bytes)),
                        actual_size: Some(bytes.len() as u64),
                        why: Some(error.to_string()),
                    }),
                }
            }
        }
    }
    let mut objects = hash_all(from, files.into_values().collect())?;
    objects.extend(bad);
    let states = objects.iter().map(|o| o.state).chain([manifest]);
    let states = states.chain((!listed).then_some(ObjectState::Unknown));
    let verdict = states.map(ObjectState::verdict).fold(Verdict::Passed, Verdict::and);
    Ok(Verified { release: release.to_owned(), verdict, manifest, detail, objects, listed })
}

fn hash_all(from: &dyn Read, files: Vec<(String, FileEntry)>) -> Result<Vec<Object>> {
    let found = Mutex::new(vec![None; files.len()]);
    let numbered: Vec<(usize, (String, FileEntry))> = files.into_iter().enumerate().collect();
    some_at_once(&numbered, |(i, (name, file))| {
        let (state, actual, why) = match hash(from, &object_key(&file.sha256)) {
            Ok(Some(found)) if found.0 == file.sha256 && found.1 == file.size => {
                (ObjectState::Passed, Some(found), None)
            }
            Ok(Some(found)) => (ObjectState::Refused, Some(found), None),
            Ok(None) => (ObjectState::Missing, None, None),
            // The others may still be told.
            Err(error) => (ObjectState::Unknown, None, Some(error.to_string())),
        };
        let (actual, actual_size) = actual.unzip();
        found.lock().unwrap_or_else(PoisonError::into_inner)[*i] = Some(Object {
            name: name.clone(),
            state,
            expected: file.sha256.clone(),
            expected_size: file.size,
            actual,
            actual_size,
            why,
        });
        Ok(())
    })?;
    Ok(found.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter().flatten().collect())
}

/// Names of the releases to look at: as asked, or all that the store lists.
pub fn names(from: &dyn Read, asked: &[String]) -> Result<Vec<String>> {
    if !asked.is_empty() {
        return Ok(asked.to_vec());
    }
    super::releases(from)?.ok_or_else(|| RemoteError::Failed {
        place: from.name().to_owned(),
        what: "list",
        key: manifest_key("*"),
        answer: "the server lists nothing: name the releases".into(),
    })
}
