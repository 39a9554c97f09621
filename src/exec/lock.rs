// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! One build at a time in one build directory.
//!
//! On a local disk an advisory lock of the operating system is held on `state/lock`: it ends with the process, also after `kill -9`.
//! On network file systems such a lock can block for ever even when asked not to (traps 37); there a lease file is made with
//! `O_EXCL`. A lease of a dead process on this machine is taken over; one of another machine is refused, since nobody here can tell.

use std::io::{self, Read, Seek, Write};
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use crate::vivado::group;

/// A lock whose holder is gone can linger: a child that the holder was just forking has it too, until it becomes its program.
const LINGER: Duration = Duration::from_secs(2);

/// Who holds a lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Process.
    pub pid: i32,
    /// Start of the process in clock ticks since the boot: process ids are used again.
    pub start_ticks: u64,
    /// Machine.
    pub host: String,
    /// What it does.
    pub command: String,
}

impl Holder {
    /// This process.
    pub fn me(command: &str) -> Self {
        let pid = rustix::process::getpid().as_raw_nonzero().get();
        let start_ticks = group::stat(pid).map_or(0, |s| s.start_ticks);
        Self { pid, start_ticks, host: host(), command: command.to_owned() }
    }

    /// True when the process lives; none when it is on another machine.
    pub fn lives(&self) -> Option<bool> {
        (self.host == host())
            .then(|| group::stat(self.pid).is_some_and(|s| !s.zombie && s.start_ticks == self.start_ticks))
    }
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}`, process {} on {}", self.command, self.pid, self.host)
    }
}

/// This machine's name.
pub fn host() -> String {
    fs_err::read_to_string("/proc/sys/kernel/hostname")
        .map_or_else(|_| "unknown".to_owned(), |h| h.trim().to_owned())
}

/// How a lock is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// By the operating system.
    Advisory,
    /// By a file that is there.
    Lease,
}

/// Why there is no lock.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Somebody else builds here.
    #[error("another build runs in this build directory: {}", holder.as_ref().map_or("unknown".to_owned(), ToString::to_string))]
    Held {
        /// Who, when it can be told.
        holder: Option<Holder>,
        /// The file to look at; with a lease the one to remove when the holder is dead.
        file: Utf8PathBuf,
        /// How it is held.
        kind: Kind,
    },
    /// The lock could not be made.
    #[error("cannot lock the build directory: {0}")]
    Io(#[from] io::Error),
}

/// A held lock; ends when dropped.
#[derive(Debug)]
pub struct Lock {
    file: Option<std::fs::File>,
    lease: Option<Utf8PathBuf>,
}

impl Drop for Lock {
    fn drop(&mut self) {
        if let Some(file) = self.file.take() {
            // The holder's name goes with it; a reader that comes between sees an empty file, which means nobody.
            let _ = file.set_len(0);
        }
        if let Some(lease) = self.lease.take() {
            let _ = fs_err::remove_file(lease);
        }
    }
}

/// The kind of lock that a directory's file system allows.
pub fn kind_for(dir: &Utf8Path) -> Kind {
    // statfs(2): NFS, SMB, CIFS, SMB2, AFS, Coda, Lustre, Ceph, GPFS, FUSE (sshfs).
    const NETWORK: &[i64] = &[
        0x6969,
        0x517b,
        0xff53_4d42,
        0xfe53_4d42,
        0x5346_414f,
        0x7375_7245,
        0x0bd0_0bd0,
        0x00c3_6400,
        0x4750_4653,
        0x6573_5546,
    ];
    #[expect(clippy::unnecessary_cast, reason = "the type differs between targets")]
    match rustix::fs::statfs(dir.as_std_path()) {
        Ok(stat) if NETWORK.contains(&(stat.f_type as i64 & 0xffff_ffff)) => Kind::Lease,
        _ => Kind::Advisory,
    }
}

/// Takes the lock of a state directory, which must exist, or says who has it.
pub fn take(state: &Utf8Path, kind: Kind, me: &Holder) -> Result<Lock, LockError> {
    match kind {
        Kind::Advisory => advisory(&state.join("lock"), me),
        Kind::Lease => lease(&state.join("lease"), me),
    }
}

fn advisory(path: &Utf8Path, me: &Holder) -> Result<Lock, LockError> {
    let mut file =
        std::fs::OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
    let patience = Instant::now() + LINGER;
    loop {
        match file.try_lock() {
            Ok(()) => break,
            Err(std::fs::TryLockError::WouldBlock) => {
                let mut text = String::new();
                file.rewind()?;
                let _ = file.read_to_string(&mut text);
                let holder: Option<Holder> = serde_json::from_str(&text).ok();
                let lives = holder.as_ref().is_some_and(|h| h.lives() != Some(false));
                if lives || Instant::now() > patience {
                    return Err(LockError::Held { holder, file: path.to_owned(), kind: Kind::Advisory });
                }
                std::thread::sleep(Duration::from_millis(5));
            }
            Err(std::fs::TryLockError::Error(e)) => return Err(e.into()),
        }
    }
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(&serde_json::to_vec(me).map_err(io::Error::other)?)?;
    Ok(Lock { file: Some(file), lease: None })
}

fn lease(path: &Utf8Path, me: &Holder) -> Result<Lock, LockError> {
    let text = serde_json::to_vec(me).map_err(io::Error::other)?;
    // Twice: once more after the lease of a dead process was taken away.
    for _ in 0..2 {
        // The content must be there the moment the name is: write aside, then link, which fails when the name exists.
        let dir = path.parent().expect("a lease lies in the state directory");
        let mut aside = tempfile::NamedTempFile::new_in(dir)?;
        aside.write_all(&text)?;
        aside.as_file().sync_all()?;
        match std::fs::hard_link(aside.path(), path) {
            Ok(()) => return Ok(Lock { file: None, lease: Some(path.to_owned()) }),
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
            Err(e) => return Err(e.into()),
        }
        let holder: Option<Holder> =
            fs_err::read(path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        if holder.as_ref().and_then(Holder::lives) != Some(false) {
            return Err(LockError::Held { holder, file: path.to_owned(), kind: Kind::Lease });
        }
        // Two that come at once: the rename of one wins, the other's fails or hits the same dead lease's copy.
        let grave = dir.join(format!("lease.dead-{}", me.pid));
        if fs_err::rename(path, &grave).is_ok() {
            let buried: Option<Holder> =
                fs_err::read(&grave).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
            if buried != holder {
                // It was not the dead one any more: give it back.
                let _ = std::fs::hard_link(&grave, path);
            }
            let _ = fs_err::remove_file(&grave);
        }
    }
    Err(LockError::Held { holder: None, file: path.to_owned(), kind: Kind::Lease })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dir() -> (tempfile::TempDir, Utf8PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(dir.path().to_path_buf()).unwrap();
        (dir, path)
    }

    #[test]
    fn the_second_hears_who_is_first() {
        for kind in [Kind::Advisory, Kind::Lease] {
            let (_keep, dir) = dir();
            let me = Holder::me("dfxkit build");
            let first = take(&dir, kind, &me).unwrap();
            match take(&dir, kind, &me) {
                Err(LockError::Held { holder, .. }) => assert_eq!(holder, Some(me.clone())),
                other => panic!("{kind:?}: {other:?}"),
            }
            drop(first);
            take(&dir, kind, &me).unwrap();
        }
    }

    #[test]
    fn a_dead_lease_is_taken_over_and_a_foreign_one_is_not() {
        let (_keep, dir) = dir();
        let me = Holder::me("dfxkit build");
        // Same process id, but started at another time: somebody before us.
        let dead = Holder { start_ticks: me.start_ticks + 1, ..me.clone() };
        fs_err::write(dir.join("lease"), serde_json::to_vec(&dead).unwrap()).unwrap();
        drop(take(&dir, Kind::Lease, &me).unwrap());
        let foreign = Holder { host: "another-machine".into(), ..me.clone() };
        fs_err::write(dir.join("lease"), serde_json::to_vec(&foreign).unwrap()).unwrap();
        let error = take(&dir, Kind::Lease, &me).unwrap_err();
        assert!(error.to_string().contains("on another-machine"), "{error}");
        fs_err::write(dir.join("lease"), "garbage").unwrap();
        assert!(matches!(take(&dir, Kind::Lease, &me), Err(LockError::Held { holder: None, .. })));
    }

    #[test]
    fn a_lock_file_of_a_dead_process_is_no_lock() {
        let (_keep, dir) = dir();
        let me = Holder::me("dfxkit build");
        fs_err::write(dir.join("lock"), serde_json::to_vec(&me).unwrap()).unwrap();
        take(&dir, Kind::Advisory, &me).unwrap();
    }
}
