// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Leases on regions: who uses one may hold it; a swap takes it away first.
//!
//! On a Zynq UltraScale+ an access to a decoupled slave hangs the whole chip, so an address is never handed out, only a
//! lease, and every access goes through [`Lease::with`], which holds off a swap for its length. Within a process a swap
//! revokes leases; one that is *pinned* ([`Lease::pin`]) makes the swap fail as busy instead. Between processes a lease is
//! a shared `flock(2)` on a file of the region and a swap needs it alone: it fails as busy while another process holds one,
//! and a process that dies lets go.
//!
//! What it cannot see: users that do not ask (drivers in the kernel, a `devmem` in a shell, DMA in flight).

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::patience::until;

/// Leases of one device in this process.
#[derive(Debug, Clone)]
pub struct Leases {
    dir: PathBuf,
    manager: String,
    slots: Arc<Mutex<BTreeMap<String, Slot>>>,
}

#[derive(Debug, Default)]
struct Slot {
    /// Grows with every swap; a lease of another epoch is revoked.
    epoch: u64,
    pins: usize,
    /// The shared lock, held while this process has used the region since the last swap.
    shared: Option<File>,
}

/// Why a lease is not given, or a region not freed.
#[derive(Debug)]
#[non_exhaustive]
pub enum LeaseError {
    /// A swap took the region away.
    Revoked {
        /// Partition.
        partition: String,
    },
    /// The region is not loaded and coupled, as far as the journal says.
    NotCoupled {
        /// Partition.
        partition: String,
        /// What it is.
        state: &'static str,
    },
    /// Held by this process (pinned), or by another one.
    Busy {
        /// Partition.
        partition: String,
        /// Who.
        holder: String,
    },
    /// The lock file cannot be used.
    Io {
        /// File.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}

impl std::fmt::Display for LeaseError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Revoked { partition } => {
                write!(f, "partition {partition} was swapped since: ask for its registers again")
            }
            Self::NotCoupled { partition, state } => {
                write!(f, "partition {partition} is {state}, expected loaded: nothing in it may be accessed")
            }
            Self::Busy { partition, holder } => write!(f, "partition {partition} is in use by {holder}"),
            Self::Io { path, error } => write!(f, "{}: {error}", path.display()),
        }
    }
}

impl std::error::Error for LeaseError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { error, .. } => Some(error),
            _ => None,
        }
    }
}

/// A region that nobody uses for as long as this lives.
#[derive(Debug)]
pub(crate) struct Freed(#[expect(dead_code, reason = "the lock goes with it")] File);

impl Leases {
    pub(crate) fn new(root: &Path, manager: &str) -> Self {
        Self { dir: root.join("run/dfxkit"), manager: manager.to_owned(), slots: Arc::default() }
    }

    fn slots(&self) -> MutexGuard<'_, BTreeMap<String, Slot>> {
        // A panic of a user inside `with` leaves nothing half done here.
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(&self, partition: &str) -> Result<(PathBuf, File), LeaseError> {
        let name: String = partition
            .bytes()
            .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02x}") })
            .collect();
        let path = self.dir.join(format!("{}.{name}.lease", self.manager));
        let open = || OpenOptions::new().create(true).truncate(false).read(true).write(true).open(&path);
        let file = open().or_else(|e| match e.kind() {
            io::ErrorKind::NotFound => fs::create_dir_all(&self.dir).and_then(|()| open()),
            _ => Err(e),
        });
        match file {
            Ok(file) => Ok((path, file)),
            Err(error) => Err(LeaseError::Io { path, error }),
        }
    }

    /// A lease on a region that the caller knows to be loaded and coupled.
    pub(crate) fn take(&self, partition: &str) -> Result<Lease, LeaseError> {
        let mut slots = self.slots();
        let slot = slots.entry(partition.to_owned()).or_default();
        if slot.shared.is_none() {
            let (path, file) = self.open(partition)?;
            match patiently(FORK, || file.try_lock_shared()) {
                Ok(()) => slot.shared = Some(file),
                Err(TryLockError::WouldBlock) => return Err(busy(partition, "a loader that swaps it")),
                Err(TryLockError::Error(error)) => return Err(LeaseError::Io { path, error }),
            }
        }
        Ok(Lease { leases: self.clone(), partition: partition.to_owned(), epoch: slot.epoch })
    }

    /// Revokes the leases of a region; the region is nobody's while the answer lives. Other processes are waited for.
    pub(crate) fn free(&self, partition: &str, patience: Duration) -> Result<Freed, LeaseError> {
        let mut slots = self.slots();
        let slot = slots.entry(partition.to_owned()).or_default();
        if slot.pins > 0 {
            return Err(busy(partition, &format!("{} pinned lease(s) of this process", slot.pins)));
        }
        let (path, file) = self.open(partition)?;
        // Our own shared lock would be in the way of our exclusive one.
        let shared = slot.shared.take();
        drop(shared);
        match patiently(patience.max(FORK), || file.try_lock()) {
            Ok(()) => {
                slot.epoch += 1;
                Ok(Freed(file))
            }
            Err(TryLockError::WouldBlock) => {
                // Another process uses it: nothing happens, and our own leases stay good.
                if let Ok((_, again)) = self.open(partition)
                    && again.try_lock_shared().is_ok()
                {
                    slot.shared = Some(again);
                } else {
                    slot.epoch += 1;
                }
                Err(busy(partition, "another process"))
            }
            Err(TryLockError::Error(error)) => Err(LeaseError::Io { path, error }),
        }
    }
}

/// A child process that was forked and has not reached its program yet holds our locks for a moment.
const FORK: Duration = Duration::from_millis(100);

fn patiently(patience: Duration, attempt: impl Fn() -> Result<(), TryLockError>) -> Result<(), TryLockError> {
    let taken = until(patience, Duration::from_millis(1), || match attempt() {
        Ok(()) => Ok(Some(())),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(error) => Err(error),
    })?;
    taken.map_err(|_| TryLockError::WouldBlock)
}

fn busy(partition: &str, holder: &str) -> LeaseError {
    LeaseError::Busy { partition: partition.to_owned(), holder: holder.to_owned() }
}

/// The right to use a region until the next swap.
#[derive(Debug, Clone)]
pub struct Lease {
    leases: Leases,
    partition: String,
    epoch: u64,
}

impl Lease {
    /// The partition.
    pub fn partition(&self) -> &str {
        &self.partition
    }

    fn revoked(&self) -> LeaseError {
        LeaseError::Revoked { partition: self.partition.clone() }
    }

    /// Runs `act` while no swap can begin. Keep it short, and do not ask for leases inside.
    ///
    /// # Errors
    /// [`LeaseError::Revoked`]: then `act` was not run.
    pub fn with<T>(&self, act: impl FnOnce() -> T) -> Result<T, LeaseError> {
        let slots = self.leases.slots();
        if slots.get(&self.partition).is_none_or(|s| s.epoch != self.epoch) {
            return Err(self.revoked());
        }
        let value = act();
        drop(slots);
        Ok(value)
    }

    /// True while no swap took the region.
    pub fn is_valid(&self) -> bool {
        self.with(|| ()).is_ok()
    }

    /// Makes swaps of the region fail as busy until the pin is dropped.
    ///
    /// # Errors
    /// [`LeaseError::Revoked`].
    pub fn pin(&self) -> Result<Pin, LeaseError> {
        let mut slots = self.leases.slots();
        match slots.get_mut(&self.partition).filter(|s| s.epoch == self.epoch) {
            Some(slot) => slot.pins += 1,
            None => return Err(self.revoked()),
        }
        Ok(Pin { lease: self.clone() })
    }
}

/// A region that is not swapped while this lives.
#[derive(Debug)]
pub struct Pin {
    lease: Lease,
}

impl Drop for Pin {
    fn drop(&mut self) {
        if let Some(slot) = self.lease.leases.slots().get_mut(&self.lease.partition) {
            slot.pins = slot.pins.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Duration, LeaseError, Leases};

    #[test]
    fn a_swap_revokes_and_a_pin_or_another_process_forbids() {
        let dir = tempfile::tempdir().expect("temp");
        let leases = Leases::new(dir.path(), "fpga0");
        let lease = leases.take("p").expect("free");
        assert_eq!(lease.with(|| 7).expect("valid"), 7);
        let pin = lease.pin().expect("valid");
        assert!(matches!(leases.free("p", Duration::ZERO), Err(LeaseError::Busy { .. })));
        drop(pin);
        let freed = leases.free("p", Duration::ZERO).expect("unpinned");
        assert!(matches!(lease.with(|| ()), Err(LeaseError::Revoked { .. })));
        assert!(matches!(leases.take("p"), Err(LeaseError::Busy { .. })), "being swapped");
        leases.take("q").expect("another region");
        drop(freed);
        let lease = leases.take("p").expect("free again");

        // Another process: its own table, the same files.
        let other = Leases::new(dir.path(), "fpga0");
        assert!(matches!(other.free("p", Duration::ZERO), Err(LeaseError::Busy { .. })));
        assert!(lease.is_valid());
        let theirs = other.take("p").expect("shared");
        assert!(matches!(leases.free("p", Duration::ZERO), Err(LeaseError::Busy { .. })));
        assert!(lease.is_valid() && theirs.is_valid(), "nothing was swapped");
    }
}
