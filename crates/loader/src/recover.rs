// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a crash or an earlier failure left: found by the journal, put right before anything else.

use crate::check::check;
use crate::exchange::give_up;
use crate::failure::{Left, LoadFailure, Reason};
use crate::journal::{Journal, LoadedModule, RegionRecord};
use crate::kit::{Module, Partition};
use crate::loader::{Loader, fail};
use crate::manager::FpgaManager;
use crate::registers::Registers;
use crate::swap::{Region, StepError};

/// A clearing image that is ready to load.
pub(crate) struct ClearImage {
    pub(crate) bytes: Vec<u8>,
    pub(crate) sha256: [u8; 32],
}

impl<M: FpgaManager, R: Registers> Loader<M, R> {
    /// Puts right what a crash left in any region, and nothing else: a region whose swap had not reached the device is
    /// opened again with its old module, one whose new module was verified is opened, any other is closed and recorded as
    /// unknown. Returns the partitions that were put right, with what they are now.
    ///
    /// # Errors
    /// [`LoadFailure`]; a region that cannot be closed is an error, and stays recorded as it was.
    pub fn recover(&mut self) -> Result<Vec<(&'static str, RegionRecord)>, LoadFailure> {
        let mut journal = self.journal()?;
        let mut changed = Vec::new();
        self.manager.tidy(false);
        if journal.record().fixed.is_some_and(|fixed| fixed != self.kit().static_id) {
            // Another kit's regions: their registers are not ours to know.
            return Ok(changed);
        }
        for partition in self.kit().partitions {
            let crashed = matches!(
                journal.record().regions.get(partition.name),
                Some(RegionRecord::Isolating(_) | RegionRecord::Loading | RegionRecord::Verified(_))
            );
            if crashed {
                changed.push((partition.name, self.content(&mut journal, partition)?));
            }
        }
        Ok(changed)
    }

    /// What the region holds, after putting right what a crash left.
    pub(crate) fn content(
        &mut self,
        journal: &mut Journal,
        partition: &'static Partition,
    ) -> Result<RegionRecord, LoadFailure> {
        let record = journal.record().regions.get(partition.name).cloned();
        match record {
            None => match partition.power_up.and_then(|name| partition.module(name)) {
                Some(module) => Ok(RegionRecord::Loaded(self.describe(journal, module)?)),
                None => Ok(RegionRecord::Unknown),
            },
            Some(RegionRecord::Loading) => {
                // Content unknown: close it before anything else.
                let manner = self.manner(partition, None);
                Region::shut(&mut self.manager, &mut self.registers, partition, manner)
                    .only_close()
                    .map_err(|e| after_crash(Reason::Step(e)))?;
                self.manager.tidy(true);
                put(journal, partition, RegionRecord::Unknown)?;
                Ok(RegionRecord::Unknown)
            }
            Some(RegionRecord::Isolating(module) | RegionRecord::Verified(module)) => {
                let manner = self.manner(partition, Some(&module.name));
                let region = Region::recovered(&mut self.manager, &mut self.registers, partition, manner);
                if let Err(failed) = region.couple() {
                    let why = &failed.error;
                    // The module is there, but cannot be reached: known, and closed as far as possible.
                    let record = match why {
                        StepError::Probed { .. } => RegionRecord::Unknown,
                        _ => RegionRecord::Parked(module),
                    };
                    return Err(give_up(journal, partition, record, failed));
                }
                let blob = self.overlay_of(partition, &module.name)?;
                self.bring_overlay(partition, blob.as_deref())
                    .map_err(|e| fail(Reason::Step(StepError::Overlay(e)), Left::AsBefore, Vec::new()))?;
                let record = RegionRecord::Loaded(module);
                put(journal, partition, record.clone())?;
                Ok(record)
            }
            Some(other) => Ok(other),
        }
    }

    /// The clearing image of what the region holds (UltraScale), checked.
    pub(crate) fn clear_for(
        &self,
        journal: &Journal,
        partition: &Partition,
        old: &RegionRecord,
    ) -> Result<Option<ClearImage>, LoadFailure> {
        if !self.kit().needs_clear {
            return Ok(None);
        }
        let unknown = |why: String| LoadFailure::from(Reason::ClearUnknown { why });
        let (RegionRecord::Loaded(module) | RegionRecord::Parked(module)) = old else {
            return Err(unknown("the content of the region is unknown".to_owned()));
        };
        let Some(sha256) = module.clear else {
            return Err(unknown(format!("module \"{}\" was loaded without one", module.name)));
        };
        // The kit's own copy was checked as an image when it was kept; here the store's digest is checked again.
        let kept = journal.kept_clear(&sha256)?;
        let known = partition.modules.iter().filter_map(|m| m.clear.as_ref()).find(|c| c.sha256 == sha256);
        if let Some(image) = known {
            check(self.kit(), Some(partition), image, &kept)
                .map_err(|error| Reason::Refused { path: image.path.to_owned(), error })?;
        }
        Ok(Some(ClearImage { bytes: kept, sha256 }))
    }

    /// What the journal will say of a module; its clearing image goes to the journal's store.
    pub(crate) fn describe(&self, journal: &Journal, module: &Module) -> Result<LoadedModule, LoadFailure> {
        let clear = match &module.clear {
            Some(image) if self.kit().needs_clear => {
                let prepared = self.read(None, image)?;
                journal.keep_clear(&prepared.bytes, &image.sha256)?;
                Some(image.sha256)
            }
            _ => None,
        };
        Ok(LoadedModule { name: module.name.to_owned(), sha256: module.image.sha256, clear })
    }
}

/// Writes one region's record.
pub(crate) fn put(
    journal: &mut Journal,
    partition: &Partition,
    record: RegionRecord,
) -> Result<(), LoadFailure> {
    journal.update(|r| {
        r.regions.insert(partition.name.to_owned(), record);
    })?;
    Ok(())
}

fn after_crash(reason: Reason) -> LoadFailure {
    fail(reason, Left::Unknown, Vec::new())
}
