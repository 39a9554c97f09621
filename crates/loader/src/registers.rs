// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Access to memory-mapped registers of isolation IP.
//!
//! Only the trait is here. On a Zynq a back end maps `/dev/mem` or a UIO device; that needs `unsafe` and comes with the
//! loader's own back ends later. Until then [`NoRegisters`] says plainly that there is none.

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
}

impl<R: Registers + ?Sized> Registers for &mut R {
    fn read(&mut self, address: u64) -> Result<u32, RegisterError> {
        (**self).read(address)
    }
    fn write(&mut self, address: u64, value: u32) -> Result<(), RegisterError> {
        (**self).write(address, value)
    }
}
