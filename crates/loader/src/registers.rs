// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Access to memory-mapped registers of isolation IP.
//!
//! The trait, and [`NoRegisters`], which says plainly that there is no way to them. `Mapped` (on Linux) maps UIO devices or
//! `/dev/mem`.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Reads and writes 32-bit registers by physical address.
///
/// An implementation must access the bus once per call, in order, with full 32-bit width.
pub trait Registers {
    /// Reads.
    ///
    /// # Errors
    /// [`RegisterError`] when the address cannot be reached.
    fn read(&mut self, address: u64) -> Result<u32, RegisterError>;
    /// Writes.
    ///
    /// # Errors
    /// [`RegisterError`] when the address cannot be reached.
    fn write(&mut self, address: u64, value: u32) -> Result<(), RegisterError>;
    /// Is there a way to this register? Does not access it.
    ///
    /// # Errors
    /// [`RegisterError`] when it is known that an access would fail.
    fn reaches(&mut self, _address: u64) -> Result<(), RegisterError> {
        Ok(())
    }
}

/// Why a register cannot be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterError {
    /// Physical address.
    pub address: u64,
    /// Why.
    pub why: String,
}

impl std::fmt::Display for RegisterError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "register {:#x}: {}", self.address, self.why)
    }
}

impl std::error::Error for RegisterError {}

/// No way to registers: every access fails.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoRegisters;

impl NoRegisters {
    fn refuse(address: u64) -> RegisterError {
        RegisterError {
            address,
            why: "this program has no access to registers; give the loader a back end for `Registers`, or isolate \
                  the region yourself and set `Options::isolated_by_caller`"
                .to_owned(),
        }
    }
}

impl Registers for NoRegisters {
    fn read(&mut self, address: u64) -> Result<u32, RegisterError> {
        Err(Self::refuse(address))
    }
    fn write(&mut self, address: u64, _value: u32) -> Result<(), RegisterError> {
        Err(Self::refuse(address))
    }
    fn reaches(&mut self, address: u64) -> Result<(), RegisterError> {
        Err(Self::refuse(address))
    }
}

/// Registers that a loader and the windows of its leases use together, one access at a time.
#[derive(Debug, Default)]
pub struct Shared<R>(Arc<Mutex<R>>);

impl<R> Shared<R> {
    /// Shares `registers`.
    pub fn new(registers: R) -> Self {
        Self(Arc::new(Mutex::new(registers)))
    }

    fn lock(&self) -> MutexGuard<'_, R> {
        // An access leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Uses the registers themselves.
    pub fn with<T>(&self, act: impl FnOnce(&mut R) -> T) -> T {
        act(&mut self.lock())
    }
}

impl<R> Clone for Shared<R> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<R: Registers> Registers for Shared<R> {
    fn read(&mut self, address: u64) -> Result<u32, RegisterError> {
        self.lock().read(address)
    }
    fn write(&mut self, address: u64, value: u32) -> Result<(), RegisterError> {
        self.lock().write(address, value)
    }
    fn reaches(&mut self, address: u64) -> Result<(), RegisterError> {
        self.lock().reaches(address)
    }
}

impl<R: Registers + ?Sized> Registers for &mut R {
    fn read(&mut self, address: u64) -> Result<u32, RegisterError> {
        (**self).read(address)
    }
    fn write(&mut self, address: u64, value: u32) -> Result<(), RegisterError> {
        (**self).write(address, value)
    }
    fn reaches(&mut self, address: u64) -> Result<(), RegisterError> {
        (**self).reaches(address)
    }
}

impl<R: Registers + ?Sized> Registers for Box<R> {
    fn read(&mut self, address: u64) -> Result<u32, RegisterError> {
        (**self).read(address)
    }
    fn write(&mut self, address: u64, value: u32) -> Result<(), RegisterError> {
        (**self).write(address, value)
    }
    fn reaches(&mut self, address: u64) -> Result<(), RegisterError> {
        (**self).reaches(address)
    }
}
