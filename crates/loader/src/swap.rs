// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The swap of one region, its steps as types.
//!
//! ```text
//! Region<Coupled> ─decouple─► Region<Isolated> ─clear─► Region<Cleared> ─load─► Region<Verified> ─couple─► Region<Coupled>
//!        ▲  undo when a drain times out │           └─ any failure: the region is given up, still isolated ─┘
//!        └──────────────────────────────┘
//! ```
//!
//! `couple` exists for [`Verified`] alone, and only a successful load makes one: coupling an unknown region does not
//! compile.
//!
//! ```compile_fail,E0599
//! use dfxkit_loader::swap::{Isolated, Region};
//! fn couple_too_early<M: dfxkit_loader::FpgaManager, R: dfxkit_loader::Registers>(r: Region<'_, M, R, Isolated>) {
//!     let _ = r.couple();
//! }
//! ```
//!
//! Registers: decoupler 1 = decoupled, read back the same (PG375). Shutdown manager: write 1, drained when it reads 0xF
//! (PG377); the kernel's own driver writes the bit and does not wait.

use std::marker::PhantomData;
use std::time::{Duration, Instant};

use crate::kit::{ImageKind, IsolationKind, Partition};
use crate::manager::{FpgaManager, ManagerError};
use crate::registers::{RegisterError, Registers};

/// The region's module is in use.
#[derive(Debug)]
pub struct Coupled;
/// Nothing passes the region's boundary.
#[derive(Debug)]
pub struct Isolated;
/// Isolated, and the old module is cleared away where the family needs it.
#[derive(Debug)]
pub struct Cleared;
/// Isolated, with a module whose load the device confirmed.
#[derive(Debug)]
pub struct Verified;

/// A step, for logs and timings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// Shutdown managers drained.
    Drain,
    /// Decouplers closed.
    Decouple,
    /// Clearing image loaded.
    Clear,
    /// Image loaded and verified.
    Load,
    /// Decouplers opened, then shutdown managers.
    Couple,
}

/// A step that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Step.
    pub step: Step,
    /// How long it took.
    pub took: Duration,
}

/// How long, and how, to isolate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manner {
    /// Longest wait for transactions to end.
    pub drain_deadline: Duration,
    /// The caller isolates the region; registers are left alone.
    pub by_caller: bool,
}

/// Why a step failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum StepError {
    /// Isolation IP without a register, and the caller did not say that it isolates.
    NoRegister {
        /// Path of the IP.
        path: &'static str,
    },
    /// A register cannot be reached.
    Register(RegisterError),
    /// Transactions did not end in time.
    NotDrained {
        /// Path of the shutdown manager.
        path: &'static str,
        /// What it read last; 0xF is drained.
        actual: u32,
        /// How long was waited.
        waited: Duration,
    },
    /// A register does not read as written.
    ReadBack {
        /// Path of the IP.
        path: &'static str,
        /// Expected.
        expected: u32,
        /// Actual.
        actual: u32,
    },
    /// The manager failed.
    Manager(ManagerError),
}

impl std::fmt::Display for StepError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoRegister { path } => write!(
                f,
                "{path} has no register: it hangs on a pin (a GPIO, usually). Drive it yourself and set \
                 Options::isolated_by_caller"
            ),
            Self::Register(e) => e.fmt(f),
            Self::NotDrained { path, actual, waited } => write!(
                f,
                "{path} did not drain within {waited:?}: expected 0xf, actual {actual:#x}. Something still uses the region"
            ),
            Self::ReadBack { path, expected, actual } => {
                write!(f, "{path} does not read as written: expected {expected:#x}, actual {actual:#x}")
            }
            Self::Manager(e) => e.fmt(f),
        }
    }
}

impl std::error::Error for StepError {}

impl From<RegisterError> for StepError {
    fn from(e: RegisterError) -> Self {
        Self::Register(e)
    }
}

/// A region in state `S`.
pub struct Region<'a, M, R, S> {
    manager: &'a mut M,
    registers: &'a mut R,
    partition: &'static Partition,
    manner: Manner,
    events: Vec<Event>,
    state: PhantomData<S>,
}

/// A failed step: what is left is only the way out.
#[derive(Debug)]
pub struct Failed {
    /// Why.
    pub error: StepError,
    /// True when the old module is coupled as before.
    pub undone: bool,
    /// Steps made before.
    pub events: Vec<Event>,
}

impl<'a, M: FpgaManager, R: Registers> Region<'a, M, R, Coupled> {
    /// A region in use.
    pub fn new(
        manager: &'a mut M,
        registers: &'a mut R,
        partition: &'static Partition,
        manner: Manner,
    ) -> Self {
        Self { manager, registers, partition, manner, events: Vec::new(), state: PhantomData }
    }

    /// Drains and decouples. When a drain does not end, what was shut is opened again and the old module stays.
    ///
    /// # Errors
    /// [`Failed`].
    pub fn decouple(mut self) -> Result<Region<'a, M, R, Isolated>, Failed> {
        if self.manner.by_caller {
            return Ok(self.into_state());
        }
        if let Some(ip) = self.partition.isolation.iter().find(|i| i.address.is_none()) {
            return Err(self.fail(StepError::NoRegister { path: ip.path }, true));
        }
        let began = Instant::now();
        if let Err(error) = self.drain() {
            let undone = self.open(IsolationKind::ShutdownManager).is_ok();
            return Err(self.fail(error, undone));
        }
        self.event(Step::Drain, began);
        let began = Instant::now();
        if let Err(error) = self.close() {
            // Content is untouched: opening again gives the old module back.
            let undone = self.open(IsolationKind::Decoupler).is_ok()
                && self.open(IsolationKind::ShutdownManager).is_ok();
            return Err(self.fail(error, undone));
        }
        self.event(Step::Decouple, began);
        Ok(self.into_state())
    }

    /// Steps made.
    pub fn into_events(self) -> Vec<Event> {
        self.events
    }
}

impl<'a, M: FpgaManager, R: Registers> Region<'a, M, R, Isolated> {
    /// Clears the old module away: `clear` is the clearing image *of the module now loaded*, none where the family needs
    /// none. One repetition on failure; then the region is given up.
    ///
    /// # Errors
    /// [`Failed`]; the region stays isolated.
    pub fn clear(mut self, clear: Option<(&[u8], &[u8; 32])>) -> Result<Region<'a, M, R, Cleared>, Failed> {
        if let Some((image, sha256)) = clear {
            let began = Instant::now();
            if let Err(error) = self.program(image, sha256, ImageKind::Clear) {
                return Err(self.retreat(error));
            }
            self.event(Step::Clear, began);
        }
        Ok(self.into_state())
    }
}

impl<'a, M: FpgaManager, R: Registers> Region<'a, M, R, Cleared> {
    /// Loads the new module. One repetition on failure; then the region is given up.
    ///
    /// # Errors
    /// [`Failed`]; the region stays isolated.
    pub fn load(mut self, image: &[u8], sha256: &[u8; 32]) -> Result<Region<'a, M, R, Verified>, Failed> {
        let began = Instant::now();
        if let Err(error) = self.program(image, sha256, ImageKind::Partial) {
            return Err(self.retreat(error));
        }
        self.event(Step::Load, began);
        Ok(self.into_state())
    }
}

impl<'a, M: FpgaManager, R: Registers> Region<'a, M, R, Verified> {
    /// A region whose content was verified by an earlier process (the journal says so) and was not coupled.
    pub(crate) fn recovered(
        manager: &'a mut M,
        registers: &'a mut R,
        partition: &'static Partition,
        manner: Manner,
    ) -> Self {
        Self { manager, registers, partition, manner, events: Vec::new(), state: PhantomData }
    }

    /// Opens the region again. When a register does not read as written, everything is closed again.
    ///
    /// # Errors
    /// [`Failed`]; the region was isolated again as far as possible.
    pub fn couple(mut self) -> Result<Region<'a, M, R, Coupled>, Failed> {
        if self.manner.by_caller {
            return Ok(self.into_state());
        }
        let began = Instant::now();
        let opened =
            self.open(IsolationKind::Decoupler).and_then(|()| self.open(IsolationKind::ShutdownManager));
        if let Err(error) = opened {
            // Best effort: the error that counts is the first.
            let _ = self.close();
            return Err(self.fail(error, false));
        }
        self.event(Step::Couple, began);
        Ok(self.into_state())
    }
}

impl<'a, M: FpgaManager, R: Registers, S> Region<'a, M, R, S> {
    fn into_state<T>(self) -> Region<'a, M, R, T> {
        Region {
            manager: self.manager,
            registers: self.registers,
            partition: self.partition,
            manner: self.manner,
            events: self.events,
            state: PhantomData,
        }
    }

    fn event(&mut self, step: Step, began: Instant) {
        self.events.push(Event { step, took: began.elapsed() });
    }

    fn fail(self, error: StepError, undone: bool) -> Failed {
        Failed { error, undone, events: self.events }
    }

    /// A load failed. If the device cannot have been touched since the region was isolated, its content is what it was
    /// and it is opened again; otherwise it stays closed.
    fn retreat(mut self, error: ManagerError) -> Failed {
        let untouched = error.is_before_the_device() && !self.events.iter().any(|e| e.step == Step::Clear);
        let undone = untouched
            && (self.manner.by_caller
                || (self.open(IsolationKind::Decoupler).is_ok()
                    && self.open(IsolationKind::ShutdownManager).is_ok()));
        self.fail(StepError::Manager(error), undone)
    }

    fn program(&mut self, image: &[u8], sha256: &[u8; 32], kind: ImageKind) -> Result<(), ManagerError> {
        match self.manager.load(image, sha256, kind) {
            Err(first) if !first.is_before_the_device() => self.manager.load(image, sha256, kind),
            other => other,
        }
    }

    /// Registers of one kind, with their paths. Pins were refused or excused before.
    fn of_kind(&self, kind: IsolationKind) -> Vec<(&'static str, u64)> {
        let own = self.partition.isolation.iter().filter(|i| i.kind == kind);
        own.filter_map(|i| i.address.map(|a| (i.path, a))).collect()
    }

    /// Requests shutdown and waits for it.
    fn drain(&mut self) -> Result<(), StepError> {
        for (path, address) in self.of_kind(IsolationKind::ShutdownManager) {
            self.registers.write(address, 1)?;
            let began = Instant::now();
            loop {
                let actual = self.registers.read(address)?;
                if actual & 0xf == 0xf {
                    break;
                }
                let waited = began.elapsed();
                if waited >= self.manner.drain_deadline {
                    return Err(StepError::NotDrained { path, actual, waited });
                }
                std::thread::sleep(Duration::from_micros(50));
            }
        }
        Ok(())
    }

    /// Closes every decoupler and reads it back.
    pub(crate) fn close(&mut self) -> Result<(), StepError> {
        for (path, address) in self.of_kind(IsolationKind::Decoupler) {
            self.registers.write(address, 1)?;
            let actual = self.registers.read(address)? & 1;
            if actual != 1 {
                return Err(StepError::ReadBack { path, expected: 1, actual });
            }
        }
        Ok(())
    }

    /// Opens everything of one kind and reads it back.
    fn open(&mut self, kind: IsolationKind) -> Result<(), StepError> {
        for (path, address) in self.of_kind(kind) {
            self.registers.write(address, 0)?;
            let actual = self.registers.read(address)? & 1;
            if actual != 0 {
                return Err(StepError::ReadBack { path, expected: 0, actual });
            }
        }
        Ok(())
    }
}
