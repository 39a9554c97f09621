// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The swap of one region, its steps as types.
//!
//! ```text
//! Region<Coupled> ─decouple─► Region<Isolated> ─clear─► Region<Cleared> ─load─► Region<Verified> ─couple─► Region<Coupled>
//!        ▲  undo when a drain times out │  ▲        └─ any failure: the region is given up, still isolated ─┘
//!        └──────────────────────────────┘  └─isolate─ Region<Shut>
//! ```
//!
//! `couple` exists for [`Verified`] alone, and only a successful load makes one: coupling an unknown region does not
//! compile. A region that was closed before ([`Shut`]: unknown, or parked) stays closed through every failure.
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
use crate::patience::until;
use crate::registers::{RegisterError, Registers};

mod step;
pub use step::{Event, Failed, Manner, Step, StepError};

/// The region's module is in use.
#[derive(Debug)]
pub struct Coupled;
/// The region is closed, and what is in it may be unknown: it must not be opened before a load.
#[derive(Debug)]
pub struct Shut;
/// Nothing passes the region's boundary.
#[derive(Debug)]
pub struct Isolated;
/// Isolated, and the old module is cleared away where the family needs it.
#[derive(Debug)]
pub struct Cleared;
/// Isolated, with a module whose load the device confirmed.
#[derive(Debug)]
pub struct Verified;

/// A region in state `S`.
pub struct Region<'a, M, R, S> {
    manager: &'a mut M,
    registers: &'a mut R,
    partition: &'static Partition,
    manner: Manner,
    events: Vec<Event>,
    /// It was coupled when the swap began, with a module that is known: undoing opens it again. Otherwise nothing does.
    reopen: bool,
    state: PhantomData<S>,
}

impl<'a, M: FpgaManager, R: Registers> Region<'a, M, R, Coupled> {
    /// A region in use, whose content is known.
    pub fn new(
        manager: &'a mut M,
        registers: &'a mut R,
        partition: &'static Partition,
        manner: Manner,
    ) -> Self {
        Self { manager, registers, partition, manner, events: Vec::new(), reopen: true, state: PhantomData }
    }

    /// Drains, decouples and asserts reset. When that does not succeed, what was shut is opened again and the old module
    /// stays.
    ///
    /// # Errors
    /// [`Failed`].
    pub fn decouple(self) -> Result<Region<'a, M, R, Isolated>, Failed> {
        self.isolated()
    }

    /// Steps made.
    pub fn into_events(self) -> Vec<Event> {
        self.events
    }

    /// Closes a region again whose module turned out to be unusable. Best effort; true when it is closed.
    pub(crate) fn close_again(mut self) -> bool {
        self.manner.by_caller || self.close().is_ok()
    }
}

impl<'a, M: FpgaManager, R: Registers> Region<'a, M, R, Shut> {
    /// A region that is closed, or whose content is not known.
    pub fn shut(
        manager: &'a mut M,
        registers: &'a mut R,
        partition: &'static Partition,
        manner: Manner,
    ) -> Self {
        Self { manager, registers, partition, manner, events: Vec::new(), reopen: false, state: PhantomData }
    }

    /// Closes it, however it is, drains, and asserts reset. It stays closed when this fails.
    ///
    /// # Errors
    /// [`Failed`].
    pub fn isolate(mut self) -> Result<Region<'a, M, R, Isolated>, Failed> {
        if !self.manner.by_caller
            && let Err(error) = self.close()
        {
            return Err(self.fail(error, true));
        }
        self.isolated()
    }

    /// Closes it and does nothing else.
    pub(crate) fn only_close(mut self) -> Result<(), StepError> {
        if self.manner.by_caller { Ok(()) } else { self.close() }
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

    /// Nothing was written to the device: gives the old module back, if it was in use.
    pub(crate) fn undo(mut self, error: StepError) -> Failed {
        let undone = !self.reopen || self.reopen_all();
        self.fail(error, undone)
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
    /// A region whose content an earlier process knew (the journal says so) and did not couple.
    pub(crate) fn recovered(
        manager: &'a mut M,
        registers: &'a mut R,
        partition: &'static Partition,
        manner: Manner,
    ) -> Self {
        Self { manager, registers, partition, manner, events: Vec::new(), reopen: false, state: PhantomData }
    }

    /// Steps made, when the region is left closed on purpose.
    pub(crate) fn park(self) -> Vec<Event> {
        self.events
    }

    /// Releases reset, opens the region again and looks at its id register. When a register does not read as written, or
    /// another module answers, everything is closed again.
    ///
    /// # Errors
    /// [`Failed`]; the region was isolated again as far as possible.
    pub fn couple(mut self) -> Result<Region<'a, M, R, Coupled>, Failed> {
        match self.opened() {
            Ok(()) => Ok(self.into_state()),
            Err(error) => {
                // Best effort: the error that counts is the first.
                if !self.manner.by_caller {
                    let _ = self.close();
                }
                Err(self.fail(error, false))
            }
        }
    }

    fn opened(&mut self) -> Result<(), StepError> {
        if let Some(reset) = self.manner.reset {
            let began = Instant::now();
            std::thread::sleep(reset.hold);
            reset.set(self.registers, false)?;
            self.event(Step::Release, began);
        }
        if !self.manner.by_caller {
            let began = Instant::now();
            self.open(IsolationKind::Decoupler)?;
            self.open(IsolationKind::ShutdownManager)?;
            self.event(Step::Couple, began);
        }
        if let Some(probe) = self.manner.probe {
            let began = Instant::now();
            if let Err(actual) = probe.look(self.registers)? {
                let (address, expected) = (probe.address, probe.expected & probe.mask);
                return Err(StepError::Probed { address, expected, actual });
            }
            self.event(Step::Probe, began);
        }
        Ok(())
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
            reopen: self.reopen,
            state: PhantomData,
        }
    }

    pub(crate) fn event(&mut self, step: Step, began: Instant) {
        self.events.push(Event { step, took: began.elapsed() });
    }

    fn fail(self, error: StepError, undone: bool) -> Failed {
        Failed { error, undone, events: self.events }
    }

    /// Drain, decouple, reset. Content is untouched by all of them, so opening again gives a known module back.
    fn isolated(mut self) -> Result<Region<'a, M, R, Isolated>, Failed> {
        match self.isolate_all() {
            Ok(()) => Ok(self.into_state()),
            Err(error) => {
                // A pin was refused before anything was written.
                let untouched = matches!(error, StepError::NoRegister { .. });
                let undone = untouched || !self.reopen || self.reopen_all();
                Err(self.fail(error, undone))
            }
        }
    }

    fn isolate_all(&mut self) -> Result<(), StepError> {
        if !self.manner.by_caller {
            if let Some(ip) = self.partition.isolation.iter().find(|i| i.address.is_none()) {
                return Err(StepError::NoRegister { path: ip.path });
            }
            let began = Instant::now();
            self.drain()?;
            self.event(Step::Drain, began);
            let began = Instant::now();
            self.close()?;
            self.event(Step::Decouple, began);
        }
        if let Some(reset) = self.manner.reset {
            let began = Instant::now();
            reset.set(self.registers, true)?;
            self.event(Step::Reset, began);
        }
        Ok(())
    }

    /// Opens everything for a module that is known to be untouched; true when it worked.
    fn reopen_all(&mut self) -> bool {
        let released = self.manner.reset.is_none_or(|reset| reset.set(self.registers, false).is_ok());
        let opened = self.manner.by_caller
            || (self.open(IsolationKind::Decoupler).is_ok()
                && self.open(IsolationKind::ShutdownManager).is_ok());
        released && opened
    }

    /// A load failed. If the device cannot have been touched since the region was isolated, its content is what it was
    /// and it is as it was; otherwise it stays closed.
    fn retreat(mut self, error: ManagerError) -> Failed {
        let untouched = error.is_before_the_device() && !self.events.iter().any(|e| e.step == Step::Clear);
        let undone = untouched && (!self.reopen || self.reopen_all());
        self.fail(StepError::Manager(error), undone)
    }

    fn program(&mut self, image: &[u8], sha256: &[u8; 32], kind: ImageKind) -> Result<(), ManagerError> {
        self.manager.aim(Some(self.partition.name));
        match self.manager.load(image, sha256, kind) {
            Err(first) if !first.is_before_the_device() => {
                self.manager.load(image, sha256, kind).map_err(|second| {
                    // The first attempt reached the device, whatever the second did.
                    if second.is_before_the_device() { first } else { second }
                })
            }
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
            let mut actual = 0;
            let drained = until(self.manner.drain_deadline, Duration::from_micros(50), || {
                actual = self.registers.read(address)?;
                Ok::<_, RegisterError>((actual & 0xf == 0xf).then_some(()))
            })?;
            drained.map_err(|waited| StepError::NotDrained { path, actual, waited })?;
        }
        Ok(())
    }

    /// Closes every decoupler and reads it back.
    fn close(&mut self) -> Result<(), StepError> {
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
