// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The full image: everything that was is gone, and every region holds its power-up module.

use std::collections::BTreeMap;
use std::time::Instant;

use crate::exchange::give_up;
use crate::failure::{Left, LoadFailure, Reason};
use crate::journal::{Journal, RegionRecord};
use crate::kit::{Image, ImageKind};
use crate::loader::{Loader, Outcome, fail, no_such, overlay_name};
use crate::manager::{FpgaManager, ManagerError};
use crate::prepare::Prepared;
use crate::recover::put;
use crate::registers::Registers;
use crate::swap::{Event, Region, Step, StepError};

impl<M: FpgaManager, R: Registers> Loader<M, R> {
    /// Loads the full image. Every region then holds the module that the full image puts there.
    ///
    /// Regions that are in use are drained and decoupled first. One that does not let go stops it; one that is unknown
    /// does not.
    ///
    /// # Errors
    /// [`LoadFailure`].
    pub fn load_static(&mut self) -> Result<Outcome, LoadFailure> {
        self.admit()?;
        let mut journal = self.journal()?;
        self.load_full(&mut journal)
    }

    pub(crate) fn load_full(&mut self, journal: &mut Journal) -> Result<Outcome, LoadFailure> {
        let kit = self.kit;
        let image = kit.full.as_ref().ok_or_else(|| no_such("full image", kit.name))?;
        let prepared = self.read(None, image)?;
        self.manager.aim(None);
        self.manager.stage(&prepared.bytes, &image.sha256).map_err(not_touched)?;
        let loaded = self.load_staged(journal, &prepared, image);
        self.manager.unstage();
        loaded
    }

    fn load_staged(
        &mut self,
        journal: &mut Journal,
        prepared: &Prepared,
        image: &Image,
    ) -> Result<Outcome, LoadFailure> {
        let kit = self.kit;
        let before = journal.record().clone();
        let began = Instant::now();
        let mut freed = Vec::new();
        for partition in kit.partitions {
            freed.push(self.leases.free(partition.name, self.options.patience)?);
        }
        let mut events = vec![Event { step: Step::StopUsers, took: began.elapsed() }];
        if before.fixed == Some(kit.static_id) {
            self.shut_all(journal)?;
        }
        let began = Instant::now();
        for partition in kit.partitions {
            let removed = self.overlays.remove(&overlay_name(partition));
            removed.map_err(|e| fail(Reason::Step(StepError::Overlay(e)), Left::Unknown, Vec::new()))?;
        }
        events.push(Event { step: Step::RemoveOverlay, took: began.elapsed() });
        journal.update(|r| {
            r.fixed = None;
            r.regions = kit.partitions.iter().map(|p| (p.name.to_owned(), RegionRecord::Unknown)).collect();
        })?;
        let began = Instant::now();
        self.manager.aim(None);
        if let Err(error) = self.manager.load(&prepared.bytes, &image.sha256, ImageKind::Full) {
            // The regions were closed, and nobody opened them again: unknown, unless none was closed.
            let untouched = error.is_before_the_device() && before.fixed != Some(kit.static_id);
            if untouched {
                journal.update(|r| *r = before)?;
            } else if error.is_before_the_device() {
                journal.update(|r| {
                    r.fixed = before.fixed;
                    r.regions = before.regions.into_iter().map(|(p, record)| (p, closed(record))).collect();
                })?;
            }
            let left = if untouched { Left::AsBefore } else { Left::Unknown };
            return Err(fail(Reason::Step(StepError::Manager(error)), left, events));
        }
        events.push(Event { step: Step::Load, took: began.elapsed() });
        let mut regions = BTreeMap::new();
        for partition in kit.partitions {
            let module = partition.power_up.and_then(|name| partition.module(name));
            let record = match module {
                Some(module) => RegionRecord::Loaded(self.describe(journal, module)?),
                None => RegionRecord::Unknown,
            };
            regions.insert(partition.name.to_owned(), record);
        }
        journal.update(|r| {
            r.fixed = Some(kit.static_id);
            r.regions = regions;
        })?;
        for partition in kit.partitions {
            if let Some(name) = partition.power_up {
                if before.fixed == Some(kit.static_id) {
                    // They were closed by us above, so registers can be reached; the new static's are open by themselves.
                    let manner = self.manner(partition, Some(name));
                    let region = Region::recovered(&mut self.manager, &mut self.registers, partition, manner);
                    if let Err(failed) = region.couple() {
                        return Err(give_up(journal, partition, RegionRecord::Unknown, failed));
                    }
                }
                let blob = self.overlay_of(partition, name)?;
                self.bring_overlay(partition, blob.as_deref())
                    .map_err(|e| fail(Reason::Step(StepError::Overlay(e)), Left::Reloaded, Vec::new()))?;
            }
        }
        Ok(Outcome::Loaded { checked: prepared.checked.clone(), events })
    }

    /// Drains and closes every region before a full load. The journal says of each that it is closed, so that one which
    /// does not let go leaves no other that is closed and said to be usable.
    fn shut_all(&mut self, journal: &mut Journal) -> Result<(), LoadFailure> {
        for partition in self.kit.partitions {
            let Some(RegionRecord::Loaded(module)) = journal.record().regions.get(partition.name).cloned()
            else {
                continue;
            };
            put(journal, partition, RegionRecord::Isolating(module.clone()))?;
            let manner = self.manner(partition, None);
            let region = Region::new(&mut self.manager, &mut self.registers, partition, manner);
            match region.decouple() {
                Ok(_) => put(journal, partition, RegionRecord::Parked(module))?,
                Err(failed) => {
                    let record = if failed.undone {
                        RegionRecord::Loaded(module)
                    } else {
                        RegionRecord::Parked(module)
                    };
                    let mut failure = give_up(journal, partition, record, failed);
                    let parked = |r: &RegionRecord| matches!(r, RegionRecord::Parked(_));
                    if failure.left == Left::AsBefore && journal.record().regions.values().any(parked) {
                        // Others were closed before this one refused: they wait for the next load.
                        failure.left = Left::Parked("what it held".to_owned());
                        failure.touched = true;
                    }
                    return Err(failure);
                }
            }
        }
        Ok(())
    }
}

/// A load that was refused before anything else.
pub(crate) fn not_touched(error: ManagerError) -> LoadFailure {
    fail(Reason::Step(StepError::Manager(error)), Left::AsBefore, Vec::new())
}

/// The record of a region that was closed and not touched otherwise.
fn closed(record: RegionRecord) -> RegionRecord {
    match record {
        RegionRecord::Loaded(module) => RegionRecord::Parked(module),
        other => other,
    }
}
