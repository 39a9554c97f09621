// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! One module out, another in: the swap with its journal, and what is done when it fails.

use std::time::Instant;

use crate::failure::{Left, LoadFailure, Reason};
use crate::full::not_touched;
use crate::journal::{Journal, JournalError, LoadedModule, RegionRecord};
use crate::kit::{Module, Partition};
use crate::loader::{Loader, Outcome, fail, no_such, overlay_name};
use crate::manager::FpgaManager;
use crate::prepare::Prepared;
use crate::recover::{ClearImage, put};
use crate::registers::Registers;
use crate::swap::{Event, Failed, Manner, Region, Step, StepError};

impl<M: FpgaManager, R: Registers> Loader<M, R> {
    /// Puts `module` into `partition`.
    ///
    /// # Errors
    /// [`LoadFailure`]; [`LoadFailure::left`] tells what is in the region.
    pub fn swap(&mut self, partition: &str, module: &str) -> Result<Outcome, LoadFailure> {
        let kit = self.kit;
        let partition = kit.partition(partition).ok_or_else(|| no_such("partition", partition))?;
        let module = partition.module(module).ok_or_else(|| no_such("module", module))?;
        self.admit()?;
        let prepared = self.read(Some(partition), &module.image)?;

        let mut journal = self.journal()?;
        self.static_runs(&mut journal)?;
        let old = self.content(&mut journal, partition)?;
        if let RegionRecord::Loaded(loaded) = &old
            && loaded.sha256 == module.image.sha256
        {
            return Ok(Outcome::AlreadyLoaded);
        }
        let swapped = self.exchange(&mut journal, partition, module, &prepared, &old);
        self.manager.unstage();
        match swapped {
            Ok(events) => Ok(Outcome::Loaded { checked: prepared.checked.clone(), events }),
            Err(failure) => Err(self.rescue(&mut journal, partition, failure)),
        }
    }

    /// Empties a partition: its greybox is loaded.
    ///
    /// # Errors
    /// [`LoadFailure`]; [`Reason::NoSuch`] when the kit has no greybox for it.
    pub fn unload(&mut self, partition: &str) -> Result<Outcome, LoadFailure> {
        let found = self.kit.partition(partition).ok_or_else(|| no_such("partition", partition))?;
        let blank = blank_of(found).ok_or_else(|| no_such("greybox in partition", partition))?;
        self.swap(partition, blank.name)
    }

    /// The swap itself, from the users of the old module to those of the new one.
    fn exchange(
        &mut self,
        journal: &mut Journal,
        partition: &'static Partition,
        module: &Module,
        prepared: &Prepared,
        old: &RegionRecord,
    ) -> Result<Vec<Event>, LoadFailure> {
        let clear = self.clear_for(journal, partition, old)?;
        let new = self.describe(journal, module)?;
        let manner = self.manner(partition, Some(module.name));
        self.ready(partition, &manner)?;
        let overlay = self.overlay_of(partition, module.name)?;
        self.manager.aim(Some(partition.name));
        for (bytes, sha256) in
            clear.iter().map(|c| (&c.bytes[..], &c.sha256)).chain([(&prepared.bytes[..], &new.sha256)])
        {
            self.manager.stage(bytes, sha256).map_err(not_touched)?;
        }

        let began = Instant::now();
        let freed = self.leases.free(partition.name, self.options.patience);
        let freed = freed.map_err(|e| fail(Reason::Step(StepError::Users(e)), Left::AsBefore, Vec::new()))?;
        let mut events = vec![Event { step: Step::StopUsers, took: began.elapsed() }];
        let began = Instant::now();
        let had_overlay = self.overlays.exists(&overlay_name(partition));
        if had_overlay {
            self.overlays
                .remove(&overlay_name(partition))
                .map_err(|e| fail(Reason::Step(StepError::Overlay(e)), Left::AsBefore, events.clone()))?;
            events.push(Event { step: Step::RemoveOverlay, took: began.elapsed() });
        }

        let loaded = self.replace(journal, partition, prepared, &new, old, manner, clear.as_ref());
        match loaded {
            Ok(steps) => events.extend(steps),
            Err(broken) => {
                let Broken { record, mut failed } = *broken;
                events.append(&mut failed.events);
                failed.events = events;
                if failed.undone
                    && had_overlay
                    && let Some(module) = old.module()
                {
                    // The old module is back; so are its drivers. The error that counts is the first.
                    let blob = self.overlay_of(partition, &module.name).ok().flatten();
                    let _ = self.bring_overlay(partition, blob.as_deref());
                }
                return Err(give_up(journal, partition, record, failed));
            }
        }

        let began = Instant::now();
        match self.bring_overlay(partition, overlay.as_deref()) {
            Ok(false) => {}
            Ok(true) => events.push(Event { step: Step::InsertOverlay, took: began.elapsed() }),
            Err(error) => {
                // The logic is good, its drivers are not: known, and nobody may reach it.
                let manner = self.manner(partition, None);
                let region = Region::new(&mut self.manager, &mut self.registers, partition, manner);
                let record =
                    if region.close_again() { RegionRecord::Parked(new) } else { RegionRecord::Unknown };
                let failed = Failed { error: StepError::Overlay(error), undone: false, events };
                return Err(give_up(journal, partition, record, failed));
            }
        }
        let began = Instant::now();
        put(journal, partition, RegionRecord::Loaded(new))?;
        events.push(Event { step: Step::Record, took: began.elapsed() });
        drop(freed);
        Ok(events)
    }

    /// Every register that the swap will need can be reached: found out before anything is touched.
    fn ready(&mut self, partition: &Partition, manner: &Manner) -> Result<(), LoadFailure> {
        let isolation = partition.isolation.iter().filter(|_| !manner.by_caller).filter_map(|i| i.address);
        let others = manner.reset.iter().map(|r| r.address).chain(manner.probe.iter().map(|p| p.address));
        for address in isolation.chain(others) {
            self.registers
                .reaches(address)
                .map_err(|e| fail(Reason::Step(StepError::Register(e)), Left::AsBefore, Vec::new()))?;
        }
        Ok(())
    }

    /// Decouple, clear, load, couple, with the journal ahead of every step that cannot be taken back. On failure: what is
    /// in the region now.
    #[expect(clippy::too_many_arguments, reason = "one step of `exchange`, split off for its length")]
    fn replace(
        &mut self,
        journal: &mut Journal,
        partition: &'static Partition,
        prepared: &Prepared,
        new: &LoadedModule,
        old: &RegionRecord,
        manner: Manner,
        clear: Option<&ClearImage>,
    ) -> Result<Vec<Event>, Box<Broken>> {
        let stopped = |error| Failed { error: StepError::Journal(error), undone: true, events: Vec::new() };
        let old_or = |failed: Failed, otherwise: RegionRecord| {
            let record = if failed.undone { old.clone() } else { otherwise };
            Box::new(Broken { record, failed })
        };
        let (manager, registers) = (&mut self.manager, &mut self.registers);
        let isolated = if let RegionRecord::Loaded(module) = old {
            set(journal, partition, RegionRecord::Isolating(module.clone()))
                .map_err(|e| old_or(stopped(e), RegionRecord::Unknown))?;
            Region::new(manager, registers, partition, manner).decouple()
        } else {
            Region::shut(manager, registers, partition, manner).isolate()
        };
        // Nothing was written to the device yet: what cannot be opened again is still the old module.
        let parked = || old.module().map_or(RegionRecord::Unknown, |m| RegionRecord::Parked(m.clone()));
        let isolated = isolated.map_err(|failed| old_or(failed, parked()))?;
        if let Err(error) = set(journal, partition, RegionRecord::Loading) {
            return Err(old_or(isolated.undo(StepError::Journal(error)), parked()));
        }
        let cleared = isolated.clear(clear.map(|c| (&c.bytes[..], &c.sha256)));
        let verified = cleared
            .and_then(|region| region.load(&prepared.bytes, &new.sha256))
            .map_err(|failed| old_or(failed, RegionRecord::Unknown))?;
        // Recorded before coupling: a crash between the two is found as verified, and only coupled again.
        if let Err(error) = set(journal, partition, RegionRecord::Verified(new.clone())) {
            let events = verified.park();
            let failed = Failed { events, undone: false, ..stopped(error) };
            return Err(Box::new(Broken { record: RegionRecord::Parked(new.clone()), failed }));
        }
        let coupled = verified.couple().map_err(|failed| {
            let record = match failed.error {
                // Another module answers: whatever is there, it is not what was asked for.
                StepError::Probed { .. } => RegionRecord::Unknown,
                _ => RegionRecord::Parked(new.clone()),
            };
            Box::new(Broken { record, failed })
        })?;
        Ok(coupled.into_events())
    }

    /// After a failure that leaves the region unknown: the blank, then the full image, as far as the caller allows.
    fn rescue(
        &mut self,
        journal: &mut Journal,
        partition: &'static Partition,
        mut failure: LoadFailure,
    ) -> LoadFailure {
        if failure.left != Left::Unknown {
            return failure;
        }
        let closed = self.kit.needs_clear || !self.options.blank_on_failure;
        if let Some(blank) = blank_of(partition).filter(|_| !closed)
            && let Ok(module) = self.describe(journal, blank)
            && let Ok(prepared) = self.read(Some(partition), &blank.image)
        {
            let manner = self.manner(partition, None);
            let region = Region::shut(&mut self.manager, &mut self.registers, partition, manner);
            let loaded = region
                .isolate()
                .and_then(|r| r.clear(None))
                .and_then(|r| r.load(&prepared.bytes, &blank.image.sha256));
            if let Ok(verified) = loaded {
                failure.events.extend(verified.park());
                if set(journal, partition, RegionRecord::Parked(module)).is_ok() {
                    failure.left = Left::Parked(blank.name.to_owned());
                    return failure;
                }
            }
        }
        if self.options.allow_full_reload
            && let Ok(Outcome::Loaded { events, .. }) = self.load_full(journal)
        {
            failure.events.extend(events);
            failure.left = Left::Reloaded;
        }
        failure
    }
}

/// A swap that failed, and what is in the region now.
struct Broken {
    record: RegionRecord,
    failed: Failed,
}

/// Records what a failed sequence left.
pub(crate) fn give_up(
    journal: &mut Journal,
    partition: &Partition,
    record: RegionRecord,
    failed: Failed,
) -> LoadFailure {
    let left = match &record {
        _ if failed.undone => Left::AsBefore,
        RegionRecord::Parked(module) => Left::Parked(module.name.clone()),
        _ => Left::Unknown,
    };
    // When this cannot be written, the file still says what was being done, and the next process puts that right: safe.
    // The error that counts is the first.
    let _ = set(journal, partition, record);
    fail(Reason::Step(failed.error), left, failed.events)
}

fn blank_of(partition: &'static Partition) -> Option<&'static Module> {
    partition.modules.iter().find(|m| m.greybox)
}

fn set(journal: &mut Journal, partition: &Partition, record: RegionRecord) -> Result<(), JournalError> {
    journal.update(|r| {
        r.regions.insert(partition.name.to_owned(), record);
    })
}
