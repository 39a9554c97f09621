// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a region needs around a swap beyond its kit: a reset, an id register to look at, a device-tree overlay.
//!
//! A kit knows what its description said (a hand-off file does not tell which GPIO bit resets a module); the caller may bring
//! more, or other, in [`crate::Options::care`], which goes first. What nobody gave is not done, and no event says that it was.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::patience::until;
use crate::registers::{RegisterError, Registers};

/// A reset that is held while a region is empty: bits of one register, a GPIO usually.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reset {
    /// Physical address of the register.
    pub address: u64,
    /// Its bits.
    pub mask: u32,
    /// True when ones reset.
    pub active_high: bool,
    /// How long it stays asserted after the load: a few clocks of the module's slowest clock.
    pub hold: Duration,
}

impl Reset {
    /// Asserts or releases; other bits of the register keep their values.
    pub(crate) fn set(&self, registers: &mut impl Registers, on: bool) -> Result<(), RegisterError> {
        let before = registers.read(self.address)?;
        let ones = on == self.active_high;
        registers.write(self.address, if ones { before | self.mask } else { before & !self.mask })
    }
}

/// A register that must read a known value: an id or version register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Probe {
    /// Physical address.
    pub address: u64,
    /// Bits that count.
    pub mask: u32,
    /// Their value.
    pub expected: u32,
    /// How long it may take to become so; zero: one look.
    pub patience: Duration,
}

impl Probe {
    /// Looks until the value is there or patience ends. `Ok(Err(actual))`: it is another.
    pub(crate) fn look(&self, registers: &mut impl Registers) -> Result<Result<(), u32>, RegisterError> {
        let mut actual = 0;
        let found = until(self.patience, Duration::from_micros(50), || {
            actual = registers.read(self.address)? & self.mask;
            Ok((actual == self.expected & self.mask).then_some(()))
        })?;
        Ok(found.map_err(|_| actual))
    }
}

/// Whether the device-tree overlays that a kit brings are applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KitOverlays {
    /// Where they can be: the kernel has overlays in configfs, and its own device tree has symbols, which they refer to.
    #[default]
    WherePossible,
    /// Never.
    Never,
    /// A module whose overlay cannot be applied is not loaded.
    Required,
}

/// What one region needs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Care {
    /// Its reset.
    pub reset: Option<Reset>,
    /// By module: a register that only this module answers.
    pub probes: BTreeMap<String, Probe>,
    /// By module: a compiled device-tree overlay (`.dtbo`) that is applied while it is loaded. It must not name a
    /// firmware: the loader programs, the overlay only brings drivers.
    pub overlays: BTreeMap<String, Vec<u8>>,
}
