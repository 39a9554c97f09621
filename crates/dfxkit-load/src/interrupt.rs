// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Interrupts of IP, through UIO. Those of a module end with the next swap of its partition.

use std::time::{Duration, Instant};

use dfxkit_loader::{Interrupt, Lease, LeaseError};

/// An interrupt of one IP.
#[derive(Debug)]
pub struct IpInterrupt {
    path: String,
    interrupt: Interrupt,
    /// None: the static, which no swap takes away.
    lease: Option<Lease>,
}

/// Why nothing was waited for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InterruptError {
    /// The module was swapped away.
    #[error(transparent)]
    Lease(#[from] LeaseError),
    /// The device failed.
    #[error("interrupt of {path}: {error}")]
    Io {
        /// IP.
        path: String,
        /// Why.
        error: std::io::Error,
    },
}

/// A swap is noticed at the latest so long after it began.
const SLICE: Duration = Duration::from_millis(20);

impl IpInterrupt {
    pub(crate) fn new(path: String, interrupt: Interrupt, lease: Option<Lease>) -> Self {
        Self { path, interrupt, lease }
    }

    /// Path of its IP.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Unmasks it and waits. The number of interrupts since it was asked for (it wraps), or none when patience ended. Waiting
    /// holds no swap off: it ends with [`InterruptError::Lease`] then.
    ///
    /// # Errors
    /// [`InterruptError`].
    pub fn wait(&mut self, patience: Duration) -> Result<Option<u32>, InterruptError> {
        let began = Instant::now();
        self.valid()?;
        let failed = |path: &str, error| InterruptError::Io { path: path.to_owned(), error };
        self.interrupt.unmask().map_err(|e| failed(&self.path, e))?;
        loop {
            let left = patience.saturating_sub(began.elapsed());
            let came = self.interrupt.wait_unmasked(left.min(SLICE)).map_err(|e| failed(&self.path, e))?;
            // Also when one came: it may be the last word of a module that is gone.
            self.valid()?;
            if came.is_some() || left.is_zero() {
                return Ok(came);
            }
        }
    }

    fn valid(&self) -> Result<(), LeaseError> {
        self.lease.as_ref().map_or(Ok(()), |lease| lease.with(|| ()))
    }
}
