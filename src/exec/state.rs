// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Records of finished steps and a cache of hashes, in the build directory's `state/`.
//!
//! ```text
//! STEP.json       record: key, manifest, outputs with hashes, tool; written whole or not at all, after success only
//! STEP.started    nonce of the last start; a start without the record of the same nonce did not finish
//! tool.json       which Vivado the project in the build directory belongs to
//! project.xpr     copy of the last good project file, see super::mend
//! hashes.json     hashes by path, size, times and inode: a cache, safe to delete
//! lock            see super::lock
//! running/        see super::orphans
//! ```
//!
//! A damaged record is as good as none, and says so. Not caught: somebody who writes a valid record by hand.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::time::{SystemTime, UNIX_EPOCH};

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use crate::design::kept::Child;
use crate::plan::StepId;
use crate::plan::key::Manifest;
use crate::vivado::Vivado;
use crate::{atomic, hash};

/// Version of the record's format.
pub const FORMAT: u32 = 1;
/// A file that was changed less than this long before it was hashed may change again within the same time stamp: its hash is not
/// trusted by its stamp.
const RACY_NS: i128 = 2_000_000_000;

/// One output as it was when the step finished.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputRecord {
    /// Relative to the build directory.
    pub path: Utf8PathBuf,
    /// SHA-256, lower-case hexadecimal.
    pub sha256: String,
    /// Bytes.
    pub size: u64,
    /// Modification time, nanoseconds since 1970; for people, no decision rests on it.
    pub mtime_ns: i64,
}

/// Which Vivado.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tool {
    /// Release.
    pub release: String,
    /// Build number, when known.
    pub build: Option<String>,
    /// True for the stand-in.
    pub simulated: bool,
}

impl From<&Vivado> for Tool {
    fn from(vivado: &Vivado) -> Self {
        Self { release: vivado.release.to_string(), build: vivado.build.clone(), simulated: vivado.simulated }
    }
}

impl std::fmt::Display for Tool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let what = if self.simulated { "the stand-in for Vivado" } else { "Vivado" };
        write!(f, "{what} {}", self.release)
    }
}

/// The record of a finished step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// [`FORMAT`]
    pub format: u32,
    /// The step.
    pub step: String,
    /// Key of the manifest.
    pub key: String,
    /// What went in.
    pub manifest: Manifest,
    /// What came out.
    pub outputs: Vec<OutputRecord>,
    /// Which Vivado made it; for steps without Vivado the one whose results went in.
    pub tool: Tool,
    /// True when the stand-in made it.
    pub simulated: bool,
    /// Nonce of the call.
    pub nonce: String,
}

/// What is known of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    /// Never finished, and never started.
    Nothing,
    /// Its record is not readable.
    Damaged {
        /// Why.
        detail: String,
    },
    /// Finished. `unfinished`: it was started again later and did not finish.
    Record {
        /// The record.
        record: Box<Record>,
        /// True when a later start did not finish.
        unfinished: bool,
    },
    /// Started and never finished.
    Unfinished,
}

impl Known {
    /// The record, finished or not.
    pub fn record(&self) -> Option<&Record> {
        match self {
            Known::Record { record, .. } => Some(record),
            _ => None,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Stamp {
    size: u64,
    mtime_ns: i128,
    ctime_ns: i128,
    inode: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Hashed {
    stamp: Stamp,
    /// When the hashing began, by our clock.
    at_ns: i128,
    sha256: String,
}

/// The state directory.
#[derive(Debug)]
pub struct State {
    dir: Utf8PathBuf,
    hashes: RefCell<BTreeMap<Utf8PathBuf, Hashed>>,
}

impl State {
    /// Opens the state in a directory, which need not exist. Writes nothing.
    pub fn open(dir: impl Into<Utf8PathBuf>) -> Self {
        let dir = dir.into();
        let hashes = fs_err::read(dir.join("hashes.json"))
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default();
        Self { dir, hashes: RefCell::new(hashes) }
    }

    /// The directory.
    pub fn dir(&self) -> &Utf8Path {
        &self.dir
    }

    /// What is known of a step. Trouble with the file is part of the answer.
    pub fn known(&self, step: &StepId) -> Known {
        let started = match fs_err::read_to_string(self.started_path(step)) {
            Ok(nonce) => Some(nonce),
            Err(e) if e.kind() == io::ErrorKind::NotFound => None,
            // Something is there that cannot be read: better one run too many.
            Err(_) => Some(String::new()),
        };
        let bytes = match fs_err::read(self.record_path(step)) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                return if started.is_some() { Known::Unfinished } else { Known::Nothing };
            }
            Err(e) => return Known::Damaged { detail: e.to_string() },
        };
        match parse(step, &bytes) {
            Ok(record) => {
                let unfinished = started.is_some_and(|nonce| nonce != record.nonce);
                Known::Record { record: Box::new(record), unfinished }
            }
            Err(detail) => Known::Damaged { detail },
        }
    }

    /// Notes that a step starts: until [`State::finish`] with the same nonce it is unfinished.
    pub fn start(&self, step: &StepId, nonce: &str) -> io::Result<()> {
        atomic::write(&self.started_path(step), nonce.as_bytes())
    }

    /// Records a finished step.
    pub fn finish(&self, record: &Record) -> io::Result<()> {
        let text = serde_json::to_vec_pretty(record).map_err(io::Error::other)?;
        atomic::write(&self.record_path(&StepId(record.step.clone())), &text)
    }

    /// Takes a step's record away.
    pub fn forget(&self, step: &StepId) -> io::Result<()> {
        for path in [self.record_path(step), self.started_path(step)] {
            match fs_err::remove_file(path) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
                _ => {}
            }
        }
        Ok(())
    }

    /// SHA-256 of a file, from the cache when the file's stamp proves that it is the same.
    pub fn hash(&self, path: &Utf8Path) -> io::Result<String> {
        let stamp = stamp(path)?;
        if let Some(known) = self.hashes.borrow().get(path)
            && known.stamp == stamp
            && stamp.mtime_ns.max(stamp.ctime_ns) + RACY_NS < known.at_ns
        {
            return Ok(known.sha256.clone());
        }
        self.hash_anew(path)
    }

    /// SHA-256 of a file, always from its content.
    pub fn hash_anew(&self, path: &Utf8Path) -> io::Result<String> {
        let before = stamp(path)?;
        let at_ns = now_ns();
        let (sha256, _) = hash::sha256_file(path)?;
        if stamp(path)? == before {
            let entry = Hashed { stamp: before, at_ns, sha256: sha256.clone() };
            self.hashes.borrow_mut().insert(path.to_owned(), entry);
        }
        Ok(sha256)
    }

    /// Hashes an output for a record.
    pub fn output(&self, build: &Utf8Path, path: &Utf8Path) -> io::Result<OutputRecord> {
        let full = build.join(path);
        let sha256 = self.hash_anew(&full)?;
        let meta = fs_err::metadata(&full)?;
        let mtime_ns = meta.mtime().saturating_mul(1_000_000_000).saturating_add(meta.mtime_nsec());
        Ok(OutputRecord { path: path.to_owned(), sha256, size: meta.len(), mtime_ns })
    }

    /// Writes the cache of hashes; files that are gone fall out.
    pub fn save_hashes(&self) -> io::Result<()> {
        self.hashes.borrow_mut().retain(|path, _| path.exists());
        let text = serde_json::to_vec(&*self.hashes.borrow()).map_err(io::Error::other)?;
        atomic::write_if_changed(&self.dir.join("hashes.json"), &text).map(|_| ())
    }

    /// Whose the Vivado project in the build directory is; none when nobody has built here yet, or when it cannot be told.
    pub fn owner(&self) -> Option<Tool> {
        serde_json::from_slice(&fs_err::read(self.dir.join("tool.json")).ok()?).ok()
    }

    /// Notes whose the Vivado project is.
    pub fn set_owner(&self, tool: &Tool) -> io::Result<()> {
        let text = serde_json::to_vec(tool).map_err(io::Error::other)?;
        atomic::write_if_changed(&self.dir.join("tool.json"), &text).map(|_| ())
    }

    /// The children of the last build; none when nobody has built here yet, or when it cannot be told: then they are numbered anew.
    pub fn children(&self) -> Vec<Child> {
        let bytes = fs_err::read(self.dir.join("children.json")).ok();
        bytes.and_then(|b| serde_json::from_slice(&b).ok()).unwrap_or_default()
    }

    /// Notes the children of a build.
    pub fn set_children(&self, children: &[Child]) -> io::Result<()> {
        let text = serde_json::to_vec_pretty(children).map_err(io::Error::other)?;
        atomic::write_if_changed(&self.dir.join("children.json"), &text).map(|_| ())
    }

    /// Takes all records away, of whatever plan.
    pub fn forget_all(&self) -> io::Result<()> {
        for entry in fs_err::read_dir(&self.dir)? {
            let entry = entry?;
            let name = entry.file_name();
            let keep =
                ["hashes.json", "tool.json", "children.json", "lock", "lease"].iter().any(|k| name == *k);
            if !keep && entry.file_type()?.is_file() {
                fs_err::remove_file(entry.path())?;
            }
        }
        Ok(())
    }

    fn record_path(&self, step: &StepId) -> Utf8PathBuf {
        self.dir.join(format!("{}.json", step.file_name()))
    }

    fn started_path(&self, step: &StepId) -> Utf8PathBuf {
        self.dir.join(format!("{}.started", step.file_name()))
    }
}

fn parse(step: &StepId, bytes: &[u8]) -> Result<Record, String> {
    #[derive(Deserialize)]
    struct Head {
        format: u32,
    }
    let head: Head = serde_json::from_slice(bytes).map_err(|e| e.to_string())?;
    if head.format != FORMAT {
        return Err(format!("format {} where this dfxkit reads {FORMAT}", head.format));
    }
    let record: Record = serde_json::from_slice(bytes).map_err(|e| e.to_string())?;
    if record.step != step.0 {
        return Err(format!("it is the record of {}", record.step));
    }
    if record.manifest.key() != record.key {
        return Err("its key is not the key of its manifest".to_owned());
    }
    Ok(record)
}

fn stamp(path: &Utf8Path) -> io::Result<Stamp> {
    let meta = fs_err::metadata(path)?;
    let ns = |s: i64, n: i64| i128::from(s) * 1_000_000_000 + i128::from(n);
    Ok(Stamp {
        size: meta.len(),
        mtime_ns: ns(meta.mtime(), meta.mtime_nsec()),
        ctime_ns: ns(meta.ctime(), meta.ctime_nsec()),
        inode: meta.ino(),
    })
}

fn now_ns() -> i128 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |d| i128::try_from(d.as_nanos()).unwrap_or(i128::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::key;

    fn state() -> (tempfile::TempDir, State) {
        let dir = tempfile::tempdir().unwrap();
        let state = State::open(Utf8PathBuf::from_path_buf(dir.path().join("state")).unwrap());
        (dir, state)
    }

    fn record(nonce: &str) -> Record {
        let manifest = Manifest { format: key::FORMAT, entries: vec![("part".into(), "x".into())] };
        Record {
            format: FORMAT,
            step: "synth:a".into(),
            key: manifest.key(),
            manifest,
            outputs: vec![],
            tool: Tool { release: "2024.2".into(), build: None, simulated: false },
            simulated: false,
            nonce: nonce.into(),
        }
    }

    #[test]
    fn a_step_is_finished_by_the_record_of_its_last_start_only() {
        let (_dir, state) = state();
        let step = StepId("synth:a".into());
        assert_eq!(state.known(&step), Known::Nothing);
        state.start(&step, "1").unwrap();
        assert_eq!(state.known(&step), Known::Unfinished);
        state.finish(&record("1")).unwrap();
        assert!(matches!(state.known(&step), Known::Record { unfinished: false, .. }));
        state.start(&step, "2").unwrap();
        assert!(matches!(state.known(&step), Known::Record { unfinished: true, .. }));
        state.forget(&step).unwrap();
        assert_eq!(state.known(&step), Known::Nothing);
    }

    #[test]
    fn damage_is_told_and_never_a_crash() {
        let (_dir, state) = state();
        let step = StepId("synth:a".into());
        state.finish(&record("1")).unwrap();
        let path = state.record_path(&step);
        let good = fs_err::read_to_string(&path).unwrap();
        let damages = [
            (good[..good.len() / 2].to_owned(), "EOF"),
            (String::new(), "EOF"),
            (good.replace("\"format\": 1", "\"format\": 7"), "format 7"),
            (good.replace("synth:a", "synth:b"), "record of synth:b"),
            (good.replace("\"x\"", "\"y\""), "key"),
            ("\u{0}\u{1}".to_owned(), "expected value"),
        ];
        for (text, told) in damages {
            fs_err::write(&path, text).unwrap();
            match state.known(&step) {
                Known::Damaged { detail } => assert!(detail.contains(told), "{detail}"),
                other => panic!("{told}: {other:?}"),
            }
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
        #[test]
        fn any_bytes_in_a_record_are_an_answer(
            junk in proptest::collection::vec(proptest::num::u8::ANY, 0..200),
            at in 0_usize..400,
        ) {
            let step = StepId("synth:a".into());
            let good = serde_json::to_vec(&record("1")).unwrap();
            let mut mutated = good.clone();
            let at = at.min(mutated.len());
            mutated.splice(at..(at + junk.len() / 8).min(good.len()), junk.iter().copied());
            for bytes in [&junk, &mutated] {
                // Either it is refused, or it is a record that says of itself what it is.
                if let Ok(record) = parse(&step, bytes) {
                    proptest::prop_assert_eq!(record.manifest.key(), record.key);
                }
            }
        }
    }

    #[test]
    fn a_young_file_is_hashed_again_and_an_old_one_is_not() {
        let (dir, state) = state();
        let path = Utf8PathBuf::from_path_buf(dir.path().join("f")).unwrap();
        fs_err::write(&path, "one").unwrap();
        let one = state.hash(&path).unwrap();
        // Same size, and the time stamps may well be the same: only the racy rule catches it.
        fs_err::write(&path, "two").unwrap();
        assert_ne!(state.hash(&path).unwrap(), one);
        // Planting a wrong hash shows who is asked: the file while it is young, the cache later.
        let plant = |at_ns| {
            let entry = Hashed { stamp: stamp(&path).unwrap(), at_ns, sha256: "planted".into() };
            state.hashes.borrow_mut().insert(path.clone(), entry);
        };
        plant(now_ns());
        assert_ne!(state.hash(&path).unwrap(), "planted");
        plant(now_ns() + 10 * RACY_NS);
        assert_eq!(state.hash(&path).unwrap(), "planted");
        assert_ne!(state.hash_anew(&path).unwrap(), "planted");
    }

    #[test]
    fn the_cache_survives_and_forgets_what_is_gone() {
        let (dir, state) = state();
        let path = Utf8PathBuf::from_path_buf(dir.path().join("f")).unwrap();
        fs_err::write(&path, "one").unwrap();
        state.hash(&path).unwrap();
        state.save_hashes().unwrap();
        assert_eq!(State::open(state.dir()).hashes.borrow().len(), 1);
        fs_err::remove_file(&path).unwrap();
        state.save_hashes().unwrap();
        assert_eq!(State::open(state.dir()).hashes.borrow().len(), 0);
    }
}
