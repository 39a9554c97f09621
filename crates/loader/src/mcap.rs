// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! MCAP: the configuration port of UltraScale and UltraScale+ behind PCIe, in a vendor-specific extended capability of the
//! device's configuration space (XAPP1338; PG156, PG213; layout as in the XVSEC driver's `xvsec_mcap_us.h`).
//!
//! Slow (3 to 6 MB/s in typical systems, XAPP1338), and always there: it needs nothing in the fabric. Words go by value.
//!
//! Limits: no full image (the PCIe block is part of what it replaces; Tandem's second stage is not driven). End of startup
//! (EOS) may still be set from before, so that it says little by itself: give the module an id register to be looked at
//! ([`crate::Care::probes`]). Another program that writes to the capability (the XVSEC driver) is not seen. Tried on a model
//! of the registers, not on a board.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use dfxkit_fabric::codec::Order;

use crate::icap::{no_full, words_of};
use crate::kit::ImageKind;
use crate::manager::{FpgaManager, ManagerError};
use crate::patience::until;
use crate::registers::{RegisterError, Registers};

/// The configuration space of a PCIe device, as `/sys/bus/pci/devices/<address>/config` gives it. Addresses are offsets.
#[derive(Debug)]
pub struct PciConfig {
    file: File,
    path: PathBuf,
}

impl PciConfig {
    /// Of the device at `address` (`0000:01:00.0`) of the system below `root`. The part behind 64 bytes needs root.
    ///
    /// # Errors
    /// [`ManagerError::Prepare`].
    pub fn open(root: &Path, address: &str) -> Result<Self, ManagerError> {
        let path = root.join("sys/bus/pci/devices").join(address.replace('/', "_")).join("config");
        match OpenOptions::new().read(true).write(true).open(&path) {
            Ok(file) => Ok(Self { file, path }),
            Err(error) => Err(ManagerError::Prepare { what: "open", path, error }),
        }
    }

    fn wrong(&self, address: u64, error: &io::Error) -> RegisterError {
        RegisterError { address, why: format!("{}: {error}", self.path.display()) }
    }
}

impl Registers for PciConfig {
    fn read(&mut self, address: u64) -> Result<u32, RegisterError> {
        let mut word = [0; 4];
        // One aligned read of four bytes is one access of 32 bits (drivers/pci/pci-sysfs.c).
        match self.file.read_exact_at(&mut word, address) {
            Ok(()) => Ok(u32::from_le_bytes(word)),
            Err(error) => Err(self.wrong(address, &error)),
        }
    }
    fn write(&mut self, address: u64, value: u32) -> Result<(), RegisterError> {
        match self.file.write_at(&value.to_le_bytes(), address) {
            Ok(4) => Ok(()),
            Ok(n) => Err(self.wrong(address, &io::Error::other(format!("took {n} bytes of 4")))),
            Err(error) => Err(self.wrong(address, &error)),
        }
    }
}

const EXTENDED: u64 = 0x100;
const VENDOR_SPECIFIC: u32 = 0x000b;
const MCAP_ID: u32 = 0x0001;
/// Of the capability's registers.
const HEADER: u64 = 0x04;
const STATUS: u64 = 0x10;
const CONTROL: u64 = 0x14;
const WRITE_DATA: u64 = 0x18;

const STATUS_ERROR: u32 = 1;
const STATUS_EOS: u32 = 1 << 1;
const STATUS_OVERFLOW: u32 = 1 << 8;
/// Somebody else configures the device.
const STATUS_ACCESS: u32 = 1 << 24;

const ENABLE: u32 = 1;
const READ_ENABLE: u32 = 1 << 1;
const RESET: u32 = 1 << 4;
const MODULE_RESET: u32 = 1 << 5;
const REQUEST: u32 = 1 << 8;
const DESIGN_SWITCH: u32 = 1 << 12;
const WRITE_ENABLE: u32 = 1 << 16;

/// A no-operation for the configuration logic (UG570, type 1 packets).
const NOOP: u32 = 0x2000_0000;
const NOOPS: usize = 100;

/// MCAP of one device.
#[derive(Debug)]
pub struct Mcap<C> {
    config: C,
    at: u64,
    patience: Duration,
    pause: Duration,
}

impl Mcap<PciConfig> {
    /// MCAP of the PCIe device at `address` (`0000:01:00.0`).
    ///
    /// # Errors
    /// [`ManagerError`] when the device is not there, or has no MCAP.
    pub fn open(root: &Path, address: &str) -> Result<Self, ManagerError> {
        Self::find(PciConfig::open(root, address)?)
    }
}

impl<C: Registers> Mcap<C> {
    /// Finds the capability.
    ///
    /// # Errors
    /// [`ManagerError::Refused`] when there is none.
    pub fn find(mut config: C) -> Result<Self, ManagerError> {
        let broken = |e: RegisterError| ManagerError::Refused(format!("the configuration space: {e}"));
        let mut at = EXTENDED;
        // At most as many as fit: a ring would never end.
        for _ in 0..(0x1000 - EXTENDED) / 8 {
            let header = config.read(at).map_err(broken)?;
            if header & 0xffff == VENDOR_SPECIFIC
                && config.read(at + HEADER).map_err(broken)? & 0xffff == MCAP_ID
            {
                let (patience, pause) = (Duration::from_millis(200), Duration::from_millis(20));
                return Ok(Self { config, at, patience, pause });
            }
            at = u64::from(header >> 20 & 0xffc);
            if at < EXTENDED {
                break;
            }
        }
        Err(ManagerError::Refused(
            "the device has no MCAP (a vendor-specific extended capability with id 1): switch it on in the PCIe core \
             (MCAP enablement), and run as root, which sees the extended configuration space"
                .to_owned(),
        ))
    }

    /// How long the end of startup may take, and how long to wait between two looks; 200 ms and 20 ms.
    #[must_use]
    pub fn patience(mut self, patience: Duration, pause: Duration) -> Self {
        (self.patience, self.pause) = (patience, pause);
        self
    }

    fn read(&mut self, offset: u64) -> Result<u32, ManagerError> {
        self.config.read(self.at + offset).map_err(|e| ManagerError::Other(e.to_string()))
    }

    fn write(&mut self, offset: u64, value: u32) -> Result<(), ManagerError> {
        self.config.write(self.at + offset, value).map_err(|e| ManagerError::Other(e.to_string()))
    }

    /// Asks for the port, when somebody else has it.
    fn acquire(&mut self, control: u32) -> Result<(), ManagerError> {
        let mut status = self.read(STATUS)?;
        if status & STATUS_ACCESS == 0 {
            return Ok(());
        }
        self.write(CONTROL, control | ENABLE | REQUEST)?;
        let patience = self.patience;
        let given = until(patience, Duration::from_micros(50), || {
            status = self.read(STATUS)?;
            Ok((status & STATUS_ACCESS == 0).then_some(()))
        })?;
        given.map_err(|waited| {
            // Best effort: nothing was written to the port.
            let _ = self.write(CONTROL, control & !(ENABLE | REQUEST));
            ManagerError::Busy { waited }
        })
    }

    fn stream(&mut self, words: impl Iterator<Item = u32>) -> Result<(), ManagerError> {
        for word in words {
            self.write(WRITE_DATA, word)?;
        }
        let (patience, pause) = (self.patience, self.pause);
        let mut first = true;
        let ended = until(patience, pause, || {
            if !std::mem::take(&mut first) {
                for _ in 0..NOOPS {
                    self.write(WRITE_DATA, NOOP)?;
                }
            }
            let status = self.read(STATUS)?;
            Ok((status & (STATUS_EOS | STATUS_ERROR | STATUS_OVERFLOW) != 0).then_some(status))
        })?;
        let (what, status) = match ended {
            Ok(status) if status & (STATUS_ERROR | STATUS_OVERFLOW) == 0 => return Ok(()),
            Ok(status) => ("an error or an overflow of its FIFO", status),
            Err(_) => ("no end of startup", self.read(STATUS)?),
        };
        Err(ManagerError::NotOperating {
            state: format!("MCAP reports {what}"),
            status: format!("status register {status:#x}"),
        })
    }
}

impl<C: Registers> FpgaManager for Mcap<C> {
    fn name(&self) -> String {
        format!("MCAP (capability at {:#x})", self.at)
    }
    fn takes(&self, _order: Order) -> bool {
        // Words go by value.
        true
    }
    fn is_real(&self) -> bool {
        true
    }
    fn rival(&self) -> Option<String> {
        None
    }
    fn load(&mut self, image: &[u8], _sha256: &[u8; 32], kind: ImageKind) -> Result<(), ManagerError> {
        no_full(kind)?;
        let stream = words_of(image)?;
        let before = self.read(CONTROL)?;
        self.acquire(before)?;
        let off = RESET | MODULE_RESET | READ_ENABLE | DESIGN_SWITCH;
        self.write(CONTROL, before & !off | WRITE_ENABLE | ENABLE | REQUEST)?;
        let streamed = self.stream(stream.words().iter());
        if streamed.is_err() {
            // The port must not hang on half an image. The error that counts is the first.
            let _ = self.write(CONTROL, before | RESET | MODULE_RESET | ENABLE | REQUEST);
        }
        // The switch says that the design of the bitstream runs; a clearing image brings none.
        let switch = if streamed.is_ok() && kind == ImageKind::Partial { DESIGN_SWITCH } else { 0 };
        let restored = self.write(CONTROL, before | switch);
        streamed.and(restored)
    }
}
