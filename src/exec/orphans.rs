// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a killed dfxkit left running: noted before each start, found and ended by the next build.
//!
//! `kill -9` of dfxkit leaves Vivado alive in its own process group, still writing into run directories that the next build is about
//! to reset. A note in `state/running/` holds the cookie that all its processes carry in their environment, so that nobody
//! else's process is ever ended: process ids alone are used again.

use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use super::lock;
use crate::vivado::group::{self, GroupError};

/// A note of a running Vivado process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Machine.
    pub host: String,
    /// The cookie in the environment of all its processes.
    pub cookie: String,
    /// First process and its group; none until it lives.
    pub leader: Option<i32>,
    /// Start of that process in clock ticks since the boot.
    pub start_ticks: Option<u64>,
    /// Steps that it works on.
    pub steps: Vec<String>,
}

/// Why orphans are in the way.
#[derive(Debug, thiserror::Error)]
pub enum OrphanError {
    /// A build on another machine was cut off, and its Vivado may still be at work there.
    #[error(
        "a build on {host} was cut off, and its Vivado (process {}) may still write into this build directory",
        leader.map_or("unknown".to_owned(), |l| l.to_string())
    )]
    Elsewhere {
        /// The machine.
        host: String,
        /// The process there.
        leader: Option<i32>,
        /// The note to remove once it is ended.
        file: Utf8PathBuf,
    },
    /// They do not end.
    #[error(transparent)]
    Group(#[from] GroupError),
    /// The notes cannot be read.
    #[error("cannot look for processes of an earlier build: {0}")]
    Io(#[from] io::Error),
}

fn dir(state: &Utf8Path) -> Utf8PathBuf {
    state.join("running")
}

fn file(state: &Utf8Path, cookie: &str) -> Utf8PathBuf {
    dir(state).join(format!("{cookie}.json"))
}

/// Notes a process: before its start without a leader, then once more with it.
pub fn note(state: &Utf8Path, cookie: &str, leader: Option<i32>, steps: &[String]) -> io::Result<()> {
    let note = Note {
        host: lock::host(),
        cookie: cookie.to_owned(),
        leader,
        start_ticks: leader.and_then(group::stat).map(|s| s.start_ticks),
        steps: steps.to_vec(),
    };
    let text = serde_json::to_vec(&note).map_err(io::Error::other)?;
    crate::atomic::write(&file(state, cookie), &text)
}

/// Takes a note away: all processes have ended.
pub fn clear(state: &Utf8Path, cookie: &str) -> io::Result<()> {
    match fs_err::remove_file(file(state, cookie)) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

/// Ends what earlier builds left running. Gives back how many processes were ended, by the steps that they worked on.
/// The caller holds the lock: no note is of a living build.
pub fn end_all(state: &Utf8Path) -> Result<Vec<(Vec<String>, usize)>, OrphanError> {
    let dir = dir(state);
    if !dir.is_dir() {
        return Ok(Vec::new());
    }
    let mut ended = Vec::new();
    for entry in fs_err::read_dir(&dir)? {
        let path = Utf8PathBuf::from_path_buf(entry?.path())
            .map_err(|p| io::Error::other(format!("{} is not UTF-8", p.display())))?;
        let Some(cookie) = path.file_name().and_then(|n| n.strip_suffix(".json")) else {
            // A temporary file of a write that was cut off.
            fs_err::remove_file(&path)?;
            continue;
        };
        let note: Option<Note> = serde_json::from_slice(&fs_err::read(&path)?).ok();
        if let Some(note) = note.as_ref().filter(|n| n.host != lock::host()) {
            return Err(OrphanError::Elsewhere { host: note.host.clone(), leader: note.leader, file: path });
        }
        // A leader that lives since the noted tick is ours even if it cleaned its environment.
        let leader = note.as_ref().and_then(|n| n.leader);
        let own = leader.and_then(group::stat).is_some_and(|s| {
            s.group == s.pid && note.as_ref().and_then(|n| n.start_ticks) == Some(s.start_ticks)
        });
        let grace = std::time::Duration::from_secs(5);
        let count = group::end(cookie, leader, own, grace, &|| false)?;
        if count > 0 {
            ended.push((note.map(|n| n.steps).unwrap_or_default(), count));
        }
        fs_err::remove_file(&path)?;
    }
    Ok(ended)
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::CommandExt;

    use super::*;

    fn state() -> (tempfile::TempDir, Utf8PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(dir.path().to_path_buf()).unwrap();
        (dir, path)
    }

    #[test]
    fn an_orphan_is_ended_and_a_stranger_with_its_number_is_not() {
        let (_keep, state) = state();
        let spawn = |cookie: &str| {
            std::process::Command::new("sleep")
                .arg("600")
                .env(group::COOKIE, cookie)
                .process_group(0)
                .spawn()
                .unwrap()
        };
        let cookie = format!("orphan-{}", std::process::id());
        let mut orphan = spawn(&cookie);
        let mut stranger = spawn("somebody-else");
        let id = |c: &std::process::Child| i32::try_from(c.id()).unwrap();
        note(&state, &cookie, Some(id(&orphan)), &["impl:x".into()]).unwrap();
        // A note whose leader's number now belongs to somebody else, who started at another time.
        let other = format!("{cookie}-other");
        note(&state, &other, Some(id(&stranger)), &[]).unwrap();
        let path = file(&state, &other);
        let mut forged: Note = serde_json::from_slice(&fs_err::read(&path).unwrap()).unwrap();
        forged.start_ticks = forged.start_ticks.map(|t| t + 1);
        fs_err::write(&path, serde_json::to_vec(&forged).unwrap()).unwrap();

        assert_eq!(end_all(&state).unwrap(), [(vec!["impl:x".to_owned()], 1)]);
        orphan.wait().unwrap();
        assert!(group::stat(id(&stranger)).is_some_and(|s| !s.zombie), "the stranger lives");
        stranger.kill().unwrap();
        stranger.wait().unwrap();
        assert_eq!(end_all(&state).unwrap(), []);
    }

    #[test]
    fn another_machine_is_asked_about() {
        let (_keep, state) = state();
        note(&state, "abc", Some(7), &[]).unwrap();
        let path = file(&state, "abc");
        let text = fs_err::read_to_string(&path).unwrap().replace(&lock::host(), "elsewhere");
        fs_err::write(&path, text).unwrap();
        let error = end_all(&state).unwrap_err();
        assert!(matches!(error, OrphanError::Elsewhere { .. }));
        assert!(error.to_string().contains("elsewhere"), "{error}");
    }
}
