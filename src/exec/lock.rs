// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! One writer at a time: in a build directory (builds, updates, archiving) and in the archive of a checkout (archive, push, pull, kept updates).
//!
//! On a local disk an advisory lock of the operating system is held: it ends with the process, also after `kill -9`.
//! On network file systems such a lock can block for ever even when asked not to (traps 37); there a lease file is made (module `lease`).
//! Who comes second hears who is first (command, process, machine, since when), or waits, as it asked.
//!
//! What this does not do: releases and objects of an archive are right without any lock (they appear by one link or rename each); the lock keeps two
//! commands of one checkout from doing the same work twice, and a build from being archived while it changes.

mod holder;
mod lease;
#[cfg(test)]
mod tests;

use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::MetadataExt;
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};

pub use holder::{Holder, host};

use crate::vivado::interrupt::Interrupt;

/// A lock whose holder is gone can linger: a child that the holder was just forking has it too, until it becomes its program.
const LINGER: Duration = Duration::from_secs(2);

/// How often who waits looks again.
const POLL: Duration = Duration::from_millis(200);

/// How a lock is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// By the operating system.
    Advisory,
    /// By a file that is there.
    Lease,
}

/// What is locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// A build directory.
    Build,
    /// An archive.
    Store,
}

/// A place with a lock.
#[derive(Debug, Clone)]
pub struct Place {
    dir: Utf8PathBuf,
    subject: Subject,
    kind: Kind,
}

impl Place {
    /// A build directory, by its state directory, which must exist.
    pub fn build(state: &Utf8Path) -> Self {
        Self { dir: state.to_owned(), subject: Subject::Build, kind: kind_for(state) }
    }

    /// An archive, which must exist.
    pub fn store(dir: &Utf8Path) -> Self {
        Self { dir: dir.to_owned(), subject: Subject::Store, kind: kind_for(dir) }
    }

    /// As if the file system were another one; for tests.
    #[must_use]
    pub fn with_kind(mut self, kind: Option<Kind>) -> Self {
        self.kind = kind.unwrap_or(self.kind);
        self
    }

    /// Hidden in archives, whose releases are directories with names of their own.
    fn file(&self, kind: Kind) -> Utf8PathBuf {
        self.dir.join(match (self.subject, kind) {
            (Subject::Build, Kind::Advisory) => "lock",
            (Subject::Build, Kind::Lease) => "lease",
            (Subject::Store, Kind::Advisory) => ".lock",
            (Subject::Store, Kind::Lease) => ".lease",
        })
    }
}

/// Whether to wait for who is first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Wait {
    /// Refuse at once.
    #[default]
    No,
    /// For so long.
    For(Duration),
    /// Until it ends.
    Forever,
}

/// Why there is no lock.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Somebody else works here.
    #[error("{}: {}", held(*subject, holder.as_deref(), file), holder.as_ref().map_or("unknown".to_owned(), ToString::to_string))]
    Held {
        /// What is locked.
        subject: Subject,
        /// Who, when it can be told.
        holder: Option<Box<Holder>>,
        /// The file to look at; with a lease the one to remove when the holder is dead.
        file: Utf8PathBuf,
        /// How it is held.
        kind: Kind,
    },
    /// Ctrl-C while waiting.
    #[error("interrupted while waiting for a lock")]
    Interrupted,
    /// The lock could not be made.
    #[error("cannot lock {file}: {source}")]
    Io {
        /// The lock's file.
        file: Utf8PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl LockError {
    /// What to do next.
    pub fn help(&self) -> Vec<String> {
        let Self::Held { file, kind, .. } = self else { return Vec::new() };
        let mut help = vec!["wait for it with --wait, or --wait=SECONDS".to_owned()];
        if *kind == Kind::Lease {
            help.push(format!(
                "a lease that its holder renews no more ends by itself after {} minutes; when you know that the holder is dead, remove {file}",
                lease::STALE.as_secs() / 60
            ));
        }
        help
    }
}

fn held(subject: Subject, holder: Option<&Holder>, file: &Utf8Path) -> String {
    match subject {
        Subject::Build if holder.is_none_or(Holder::builds) => {
            "another build runs in this build directory".to_owned()
        }
        Subject::Build => "another command works in this build directory".to_owned(),
        Subject::Store => {
            format!("another command works in the archive {}", file.parent().unwrap_or(file))
        }
    }
}

/// A held lock; ends when dropped.
#[derive(Debug)]
pub struct Lock {
    /// Kept for its end.
    _advisory: Option<Advisory>,
    lease: Option<lease::Lease>,
}

#[derive(Debug)]
struct Advisory {
    file: std::fs::File,
    /// Removed at the end: an archive is somebody's checkout, where nothing of this may stay.
    remove: Option<Utf8PathBuf>,
}

impl Lock {
    /// Interrupts somebody when the lock is lost: only a lease can be, when its holder was stopped for so long that another took it over.
    pub fn guard(&self, interrupt: &Interrupt) {
        if let Some(lease) = &self.lease {
            lease.guard(interrupt);
        }
    }
}

impl Drop for Advisory {
    fn drop(&mut self) {
        // The holder's name goes with it; a reader that comes between sees an empty file, which means nobody.
        let _ = self.file.set_len(0);
        // While it is held: who opened the file before looks whether its name still leads there.
        if let Some(path) = &self.remove {
            let _ = fs_err::remove_file(path);
        }
    }
}

/// The kind of lock that a directory's file system allows.
pub fn kind_for(dir: &Utf8Path) -> Kind {
    #[expect(clippy::unnecessary_cast, reason = "the type differs between targets")]
    match rustix::fs::statfs(dir.as_std_path()) {
        Ok(stat) => kind_of(stat.f_type as i64),
        // A lease works everywhere.
        Err(_) => Kind::Lease,
    }
}

/// The kind of lock for a file system's magic number of statfs(2).
pub fn kind_of(magic: i64) -> Kind {
    const NETWORK: &[i64] = &[
        0x6969,      // NFS
        0x517b,      // SMB
        0xff53_4d42, // CIFS
        0xfe53_4d42, // SMB 2
        0x5346_414f, // AFS (OpenAFS, kAFS)
        0x6b41_4653, // kAFS
        0x7375_7245, // Coda
        0x0bd0_0bd0, // Lustre
        0x00c3_6400, // Ceph
        0x4750_4653, // GPFS
        0x1983_0326, // BeeGFS
        0xaad7_aaea, // PanFS
        0x2003_0528, // OrangeFS
        0x0102_1997, // 9P (virtual machines, WSL)
        0x786f_4256, // shared folders of VirtualBox
        0xbacb_acbc, // and of VMware
        0x6573_5546, // FUSE: sshfs and others; what lies behind cannot be told
    ];
    if NETWORK.contains(&(magic & 0xffff_ffff)) { Kind::Lease } else { Kind::Advisory }
}

/// Takes the lock of a state directory, which must exist, or says who has it.
pub fn take(state: &Utf8Path, kind: Kind, me: &Holder) -> Result<Lock, LockError> {
    once(&Place { dir: state.to_owned(), subject: Subject::Build, kind }, me)
}

/// Takes a lock, waiting for who is first as asked; `told` hears of it once, when waiting begins.
pub fn acquire(
    place: &Place,
    me: &Holder,
    wait: Wait,
    interrupt: &Interrupt,
    told: &mut dyn FnMut(&LockError),
) -> Result<Lock, LockError> {
    let begun = Instant::now();
    let mut first = true;
    loop {
        let error = match once(place, me) {
            Err(error @ LockError::Held { .. }) => error,
            other => return other,
        };
        match wait {
            Wait::No => return Err(error),
            Wait::For(limit) if begun.elapsed() >= limit => return Err(error),
            Wait::For(_) | Wait::Forever => {}
        }
        if std::mem::take(&mut first) {
            told(&error);
        }
        if interrupt.is_raised() {
            return Err(LockError::Interrupted);
        }
        std::thread::sleep(POLL);
    }
}

fn once(place: &Place, me: &Holder) -> Result<Lock, LockError> {
    if place.kind == Kind::Advisory {
        match advisory(place, me) {
            // A file system that knows no locks: a lease does.
            Err(LockError::Io { source, .. }) if source.kind() == io::ErrorKind::Unsupported => {}
            other => return other,
        }
    }
    let path = place.file(Kind::Lease);
    match lease::Lease::take(&path, me).map_err(|source| LockError::Io { file: path.clone(), source })? {
        Ok(lease) => Ok(Lock { _advisory: None, lease: Some(lease) }),
        Err(holder) => Err(LockError::Held {
            subject: place.subject,
            holder: holder.map(Box::new),
            file: path,
            kind: Kind::Lease,
        }),
    }
}

fn advisory(place: &Place, me: &Holder) -> Result<Lock, LockError> {
    let path = place.file(Kind::Advisory);
    let io = |source| LockError::Io { file: path.clone(), source };
    let patience = Instant::now() + LINGER;
    let mut file = loop {
        let mut file = std::fs::OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(io)?;
        match file.try_lock() {
            Ok(()) => {
                // Its last holder may have removed the name in between: then somebody else may lock a new file of that name.
                let mine = file.metadata().map_err(io)?;
                match fs_err::metadata(&path) {
                    Ok(there) if (there.ino(), there.dev()) == (mine.ino(), mine.dev()) => break file,
                    _ => {}
                }
            }
            Err(std::fs::TryLockError::WouldBlock) => {
                let mut text = String::new();
                file.rewind().map_err(io)?;
                let _ = file.read_to_string(&mut text);
                let holder: Option<Holder> = serde_json::from_str(&text).ok();
                let lives = holder.as_ref().is_some_and(|h| h.lives() != Some(false));
                if lives || Instant::now() > patience {
                    return Err(LockError::Held {
                        subject: place.subject,
                        holder: holder.map(Box::new),
                        file: path,
                        kind: Kind::Advisory,
                    });
                }
                std::thread::sleep(Duration::from_millis(5));
            }
            Err(std::fs::TryLockError::Error(e)) => return Err(io(e)),
        }
    };
    let remove = (place.subject == Subject::Store).then(|| path.clone());
    file.set_len(0).map_err(io)?;
    file.rewind().map_err(io)?;
    let text = serde_json::to_vec(me).map_err(io::Error::other).map_err(io)?;
    file.write_all(&text).map_err(io)?;
    Ok(Lock { _advisory: Some(Advisory { file, remove }), lease: None })
}
