// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Two ways to the internal configuration port that need no FPGA manager: a character device that streams to ICAP (a PCIe
//! board with Xillybus or XDMA in the static), and AXI HWICAP (PG134) by its registers.
//!
//! Both take partial and clearing images only: a full image cannot come through logic that it replaces. Neither port is
//! Linux's, so nobody but the loader's own lock keeps others away. On Zynq devices PCAP and ICAP exclude each other
//! (`DEVCFG.CTRL[PCAP_PR]` selects); that is not done here.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use dfxkit_fabric::codec::{Bitstream, Order, reorder};

use crate::kit::ImageKind;
use crate::manager::{FpgaManager, ManagerError};
use crate::patience::until;
use crate::registers::Registers;

pub(crate) fn words_of(image: &[u8]) -> Result<Bitstream<'_>, ManagerError> {
    Bitstream::parse(image).map_err(|e| ManagerError::Refused(format!("it is no readable bitstream: {e}")))
}

pub(crate) fn no_full(kind: ImageKind) -> Result<(), ManagerError> {
    if kind == ImageKind::Full {
        return Err(ManagerError::Refused(
            "a full image cannot be loaded through ICAP, which is part of what it replaces: use JTAG or the flash"
                .to_owned(),
        ));
    }
    Ok(())
}

/// A character device whose bytes go to ICAP.
///
/// It tells nothing back: `Ok` means that the driver took every byte. Whether the device configured is seen by an id
/// register of the module ([`crate::Care::probes`]), which should be given with this back end.
#[derive(Debug, Clone)]
pub struct CharDevice {
    path: PathBuf,
    order: Order,
}

impl CharDevice {
    /// The device at `path`, whose logic wants words in `order` (ICAP wants its bits swapped within bytes on most families;
    /// whether the static does that is the design's affair, so it must be said).
    pub fn new(path: &Path, order: Order) -> Self {
        Self { path: path.to_path_buf(), order }
    }
}

impl FpgaManager for CharDevice {
    fn name(&self) -> String {
        format!("ICAP behind {}, {} order", self.path.display(), self.order.id())
    }
    fn takes(&self, _order: Order) -> bool {
        // Reordered here.
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
        let mut bytes = vec![0; stream.words().len() * 4];
        reorder(stream.words(), self.order, &mut bytes);
        let open = OpenOptions::new().write(true).open(&self.path);
        let mut file =
            open.map_err(|error| ManagerError::Prepare { what: "open", path: self.path.clone(), error })?;
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            match file.write(rest) {
                Ok(0) => return Err(odd(rest.len(), 0)),
                // A count beyond what was given is an error in disguise, not progress.
                Ok(taken) if taken > rest.len() => return Err(odd(rest.len(), taken)),
                Ok(taken) => rest = &rest[taken..],
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(ManagerError::Load { error, state: "not told".to_owned() }),
            }
        }
        file.flush().map_err(|error| ManagerError::Load { error, state: "not told".to_owned() })
    }
}

fn odd(given: usize, taken: usize) -> ManagerError {
    ManagerError::OddCount { given, taken, state: "not told".to_owned() }
}

/// AXI HWICAP in the static, by its registers (PG134).
#[derive(Debug, Clone)]
pub struct HwIcap<R> {
    registers: R,
    base: u64,
    patience: Duration,
}

/// Write FIFO, control, status, write FIFO vacancy (PG134, register space).
const WF: u64 = 0x100;
const CR: u64 = 0x10c;
const SR: u64 = 0x110;
const WFV: u64 = 0x114;
const CR_WRITE: u32 = 1;
const CR_FIFO_CLEAR: u32 = 4;
const CR_RESET: u32 = 8;
const SR_DONE: u32 = 1;
const SR_EOS: u32 = 4;
/// Low when the device refused the data.
const SR_CFGERR_N: u32 = 0x100;

impl<R: Registers> HwIcap<R> {
    /// The core at physical address `base`.
    pub fn new(registers: R, base: u64) -> Self {
        Self { registers, base, patience: Duration::from_secs(1) }
    }

    /// How long each wait may take; a second by default.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    fn read(&mut self, offset: u64) -> Result<u32, ManagerError> {
        self.registers.read(self.base + offset).map_err(|e| ManagerError::Other(e.to_string()))
    }

    fn write(&mut self, offset: u64, value: u32) -> Result<(), ManagerError> {
        self.registers.write(self.base + offset, value).map_err(|e| ManagerError::Other(e.to_string()))
    }

    fn wait(&mut self, what: &str, ready: impl Fn(u32) -> bool, offset: u64) -> Result<u32, ManagerError> {
        let (base, patience) = (self.base, self.patience);
        let mut value = 0;
        // No pause: a transfer of the FIFO takes microseconds.
        let found = until(patience, Duration::ZERO, || {
            value = self.read(offset)?;
            Ok::<_, ManagerError>(ready(value).then_some(value))
        })?;
        found.map_err(|waited| {
            ManagerError::Other(format!(
                "HWICAP at {base:#x}: {what} did not come within {waited:?}; register {offset:#x} reads {value:#x}"
            ))
        })
    }
}

impl<R: Registers> FpgaManager for HwIcap<R> {
    fn name(&self) -> String {
        format!("AXI HWICAP at {:#x}", self.base)
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
        self.write(CR, CR_RESET)?;
        self.write(CR, CR_FIFO_CLEAR)?;
        let mut words = stream.words().iter().peekable();
        while words.peek().is_some() {
            let free = self.wait("room in the write FIFO", |free| free > 0, WFV)?;
            for word in words.by_ref().take(free as usize) {
                self.write(WF, word)?;
            }
            self.write(CR, CR_WRITE)?;
            // The core clears the bit when the FIFO has gone to the port.
            self.wait("the end of a transfer", |cr| cr & CR_WRITE == 0, CR)?;
        }
        let status = self.wait("DONE", |sr| sr & SR_DONE != 0, SR)?;
        if status & SR_CFGERR_N == 0 || status & SR_EOS == 0 {
            let status = format!("SR {status:#x}: CFGERR_N and EOS should be 1");
            return Err(ManagerError::NotOperating { state: "configuration error".to_owned(), status });
        }
        Ok(())
    }
}
