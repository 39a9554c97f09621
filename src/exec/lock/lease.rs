// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Leases: a lock that is a file, for file systems whose locks are not to be relied on.
//!
//! The file is written aside and linked to its name (`link` refuses a name that exists, also on NFS), so that its content is there the moment the name
//! is. The holder touches it every [`BEAT`]. Who finds one asks whether the holder lives: on the same boot of the same machine that is certain, and
//! a dead holder's lease is taken over at once. Anybody else's is taken over once it was not touched for [`STALE`], by the clock of the file server (the
//! time stamp of a file made just now). A holder that was stopped for longer finds its lease taken and interrupts its work.
//!
//! Taking over: an heir is named by linking a second file whose name is the hash of the dead lease; only the heir may replace that lease, so two
//! that come at once cannot both. An heir that died has an heir of its own.

use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use super::Holder;
use crate::hash;
use crate::vivado::interrupt::Interrupt;

/// How often a holder touches its lease.
pub(super) const BEAT: Duration = Duration::from_secs(15);

/// A lease that nobody can ask about is dead when it was not touched for so long. Many beats, and longer than NFS clients cache attributes (a minute).
pub(super) const STALE: Duration = Duration::from_mins(5);

/// A held lease; ends when dropped.
#[derive(Debug)]
pub(super) struct Lease {
    path: Utf8PathBuf,
    id: (u64, u64),
    guarded: Arc<Mutex<Vec<Interrupt>>>,
    /// Dropping the sender ends the thread.
    stop: Option<std::sync::mpsc::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// What lies at a name.
struct Found {
    bytes: Vec<u8>,
    holder: Option<Holder>,
    dead: bool,
}

impl Lease {
    /// Takes the lease, or says who has it.
    pub(super) fn take(path: &Utf8Path, me: &Holder) -> io::Result<Result<Self, Option<Holder>>> {
        Self::take_beating(path, me, BEAT)
    }

    /// As [`Lease::take`], with another beat; for tests.
    pub(super) fn take_beating(
        path: &Utf8Path,
        me: &Holder,
        beat: Duration,
    ) -> io::Result<Result<Self, Option<Holder>>> {
        let dir = path.parent().expect("a lease lies in a directory");
        let mut aside = tempfile::Builder::new().prefix(".lease-").tempfile_in(dir)?;
        aside.write_all(&serde_json::to_vec(me).map_err(io::Error::other)?)?;
        aside.as_file().sync_all()?;
        // A lease can go between the link and the look; each turn is one that went.
        for _ in 0..8 {
            if link(&aside, path)? {
                return Self::held(path, aside, beat).map(Ok);
            }
            let Some(found) = look(path, aside.as_file())? else { continue };
            if !found.dead {
                return Ok(Err(found.holder));
            }
            match inherit(path, &aside, found)? {
                Heir::Me(claims) => {
                    let file = aside.as_file().try_clone()?;
                    aside.persist(path).map_err(|e| e.error)?;
                    for claim in claims {
                        let _ = fs_err::remove_file(claim);
                    }
                    return Self::beating(path, file, beat).map(Ok);
                }
                Heir::Other(holder) => return Ok(Err(holder)),
                Heir::Gone => {}
            }
        }
        Ok(Err(None))
    }

    fn held(path: &Utf8Path, aside: tempfile::NamedTempFile, beat: Duration) -> io::Result<Self> {
        let file = aside.as_file().try_clone()?;
        // The name aside goes, the lease's own stays.
        drop(aside);
        Self::beating(path, file, beat)
    }

    fn beating(path: &Utf8Path, file: std::fs::File, beat: Duration) -> io::Result<Self> {
        let meta = file.metadata()?;
        let id = (meta.ino(), meta.dev());
        let guarded: Arc<Mutex<Vec<Interrupt>>> = Arc::default();
        let (stop, stopped) = std::sync::mpsc::channel::<()>();
        let (path, watched) = (path.to_owned(), Arc::clone(&guarded));
        let place = path.clone();
        let thread = std::thread::Builder::new().name("lease".into()).spawn(move || {
            while stopped.recv_timeout(beat) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                if is_at(&place, id) == Some(false) {
                    for interrupt in watched.lock().unwrap_or_else(PoisonError::into_inner).iter() {
                        interrupt.raise();
                    }
                    return;
                }
                // A server that does not answer now may do so at the next beat.
                let _ = touch(&file);
            }
        })?;
        Ok(Self { path, id, guarded, stop: Some(stop), thread: Some(thread) })
    }

    pub(super) fn guard(&self, interrupt: &Interrupt) {
        self.guarded.lock().unwrap_or_else(PoisonError::into_inner).push(interrupt.clone());
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        // Never another's.
        if is_at(&self.path, self.id) == Some(true) {
            let _ = fs_err::remove_file(&self.path);
        }
    }
}

/// True when the name leads to the file; none when that cannot be told now.
fn is_at(path: &Utf8Path, id: (u64, u64)) -> Option<bool> {
    match fs_err::metadata(path) {
        Ok(meta) => Some((meta.ino(), meta.dev()) == id),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Some(false),
        Err(_) => None,
    }
}

/// Sets the time stamp by the clock of the file server.
fn touch(file: &std::fs::File) -> io::Result<()> {
    let now = rustix::fs::Timespec { tv_sec: 0, tv_nsec: rustix::fs::UTIME_NOW };
    rustix::fs::futimens(file, &rustix::fs::Timestamps { last_access: now, last_modification: now })?;
    Ok(())
}

/// Links the file to a name; false when the name is taken.
fn link(aside: &tempfile::NamedTempFile, name: &Utf8Path) -> io::Result<bool> {
    let before = aside.as_file().metadata()?.nlink();
    match std::fs::hard_link(aside.path(), name) {
        Ok(()) => Ok(true),
        // An NFS server's answer can be lost and the repeated call find its own work: the count of links tells.
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
            Ok(aside.as_file().metadata()?.nlink() > before)
        }
        Err(e) => Err(e),
    }
}

/// Looks at a lease; `now` is a file whose time stamp is made the present.
fn look(path: &Utf8Path, now: &std::fs::File) -> io::Result<Option<Found>> {
    use std::io::Read;
    // Opened, not only asked for: that makes an NFS client look at the server.
    let mut file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(e),
    };
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let holder: Option<Holder> = serde_json::from_slice(&bytes).ok();
    let dead = match holder.as_ref().and_then(Holder::lives) {
        Some(lives) => !lives,
        // One that does not say since when was made by a program that does not touch it.
        None if holder.as_ref().is_some_and(|h| h.since == 0) => false,
        None => {
            touch(now)?;
            let age = now.metadata()?.modified()?.duration_since(file.metadata()?.modified()?);
            age.is_ok_and(|age| age > STALE)
        }
    };
    Ok(Some(Found { bytes, holder, dead }))
}

/// Who replaces a dead lease.
enum Heir {
    /// This process; the claims to remove afterwards.
    Me(Vec<Utf8PathBuf>),
    /// Another.
    Other(Option<Holder>),
    /// The lease is another one by now.
    Gone,
}

fn inherit(path: &Utf8Path, aside: &tempfile::NamedTempFile, dead: Found) -> io::Result<Heir> {
    let mut claims = Vec::new();
    let mut wills = vec![dead.bytes];
    loop {
        let will = wills.last().expect("begins with one");
        let claim = Utf8PathBuf::from(format!("{path}.heir-{}", &hash::sha256(will)[..16]));
        if link(aside, &claim)? {
            claims.push(claim);
            // Somebody may have inherited, worked and gone since the look: then this claim is of the past.
            let current = look(path, aside.as_file())?;
            if current.is_some_and(|c| wills.contains(&c.bytes)) {
                return Ok(Heir::Me(claims));
            }
            let _ = fs_err::remove_file(claims.last().expect("just pushed"));
            return Ok(Heir::Gone);
        }
        match look(&claim, aside.as_file())? {
            None => return Ok(Heir::Gone),
            Some(found) if found.dead => {
                claims.push(claim);
                wills.push(found.bytes);
            }
            Some(found) => return Ok(Heir::Other(found.holder)),
        }
    }
}
