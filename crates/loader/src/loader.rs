// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The loader: checks, lock, journal and the swap, in this order.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::check::{Checked, check};
use crate::failure::{LoadFailure, Reason};
use crate::journal::{Journal, JournalError, LoadedModule, RegionRecord};
use crate::kit::{Image, ImageKind, Kit, Module, Partition};
use crate::manager::{FpgaManager, ManagerError};
use crate::registers::Registers;
use crate::swap::{Event, Failed, Manner, Region, StepError};

/// What the caller answers for, and how long to wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The device was configured at boot with this kit's full image, by a boot loader that the journal did not see.
    pub static_is_running: bool,
    /// The caller isolates regions by its own means; registers are left alone.
    pub isolated_by_caller: bool,
    /// Load although a kit's gates did not all pass.
    pub accept_unproven: bool,
    /// Wait for another process at most so long.
    pub patience: Duration,
    /// Wait for transactions to end at most so long.
    pub drain_deadline: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            static_is_running: false,
            isolated_by_caller: false,
            accept_unproven: false,
            patience: Duration::from_secs(10),
            drain_deadline: Duration::from_secs(1),
        }
    }
}

/// What a load did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The image was loaded.
    Loaded {
        /// What was found about it.
        checked: Checked,
        /// The steps with their times.
        events: Vec<Event>,
    },
    /// The region held exactly this image already.
    AlreadyLoaded,
}

/// A kit, a device, and the way between.
#[derive(Debug)]
pub struct Loader<M, R> {
    kit: &'static Kit,
    kit_dir: PathBuf,
    root: PathBuf,
    manager: M,
    registers: R,
    options: Options,
}

impl<M: FpgaManager, R: Registers> Loader<M, R> {
    /// A loader for `kit`, whose files are below `kit_dir`. The journal is kept below `root` (`/` on a target).
    pub fn new(
        kit: &'static Kit,
        kit_dir: &Path,
        root: &Path,
        manager: M,
        registers: R,
        options: Options,
    ) -> Self {
        Self { kit, kit_dir: kit_dir.to_path_buf(), root: root.to_path_buf(), manager, registers, options }
    }

    /// The kit.
    pub fn kit(&self) -> &'static Kit {
        self.kit
    }

    /// The registers, for a look at them.
    pub fn registers(&mut self) -> &mut R {
        &mut self.registers
    }

    /// What the journal knows of a region; none: nothing since boot.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn region(&self, partition: &str) -> Result<Option<RegionRecord>, JournalError> {
        Ok(self.journal()?.record().regions.get(partition).cloned())
    }

    /// Loads the full image. Every region then holds the module that the full image puts there.
    ///
    /// Regions are not drained or decoupled for it: on a full load everything stops, and whoever asks for it has stopped
    /// the users of all regions before.
    ///
    /// # Errors
    /// [`LoadFailure`].
    pub fn load_static(&mut self) -> Result<Outcome, LoadFailure> {
        let kit = self.kit;
        let image = kit.full.as_ref().ok_or_else(|| no_such("full image", kit.name))?;
        self.admit()?;
        let (bytes, checked) = self.read(None, image)?;
        let mut journal = self.journal()?;
        let before = journal.record().clone();
        journal.update(|r| {
            r.fixed = None;
            r.regions = kit.partitions.iter().map(|p| (p.name.to_owned(), RegionRecord::Unknown)).collect();
        })?;
        let began = std::time::Instant::now();
        if let Err(error) = self.manager.load(&bytes, &image.sha256, ImageKind::Full) {
            let touched = !error.is_before_the_device();
            if !touched {
                journal.update(|r| *r = before)?;
            }
            return Err(LoadFailure { reason: Box::new(step(error)), touched, events: Vec::new() });
        }
        let took = began.elapsed();
        for partition in kit.partitions {
            let module = partition.power_up.and_then(|name| partition.module(name));
            let record = match module {
                Some(module) => RegionRecord::Loaded(self.describe(&journal, module)?),
                None => RegionRecord::Unknown,
            };
            journal.update(|r| {
                r.regions.insert(partition.name.to_owned(), record);
            })?;
        }
        journal.update(|r| r.fixed = Some(kit.static_id))?;
        Ok(Outcome::Loaded { checked, events: vec![Event { step: crate::swap::Step::Load, took }] })
    }

    /// Puts `module` into `partition`.
    ///
    /// # Errors
    /// [`LoadFailure`]; [`LoadFailure::touched`] tells whether the region is as it was.
    pub fn swap(&mut self, partition: &str, module: &str) -> Result<Outcome, LoadFailure> {
        let kit = self.kit;
        let partition = kit.partition(partition).ok_or_else(|| no_such("partition", partition))?;
        let module = partition.module(module).ok_or_else(|| no_such("module", module))?;
        self.admit()?;
        let (bytes, checked) = self.read(Some(partition), &module.image)?;

        let mut journal = self.journal()?;
        self.static_runs(&journal)?;
        let old = self.recover(&mut journal, partition)?;
        if let RegionRecord::Loaded(loaded) = &old
            && loaded.sha256 == module.image.sha256
        {
            return Ok(Outcome::AlreadyLoaded);
        }
        let clear = self.clear_for(&journal, partition, &old)?;
        let new = self.describe(&journal, module)?;

        journal.update(|r| {
            r.regions.insert(partition.name.to_owned(), RegionRecord::Loading);
        })?;
        let manner = self.manner();
        let region = Region::new(&mut self.manager, &mut self.registers, partition, manner);
        let cleared = region
            .decouple()
            .and_then(|isolated| isolated.clear(clear.as_ref().map(|c| (&c.bytes[..], &c.sha256))));
        let verified = match cleared.and_then(|region| region.load(&bytes, &module.image.sha256)) {
            Ok(verified) => verified,
            Err(failed) => return Err(give_up(&mut journal, partition, Some(&old), failed)),
        };
        // Recorded before coupling: a crash between the two is found as verified, and only coupled again.
        journal.update(|r| {
            r.regions.insert(partition.name.to_owned(), RegionRecord::Verified(new.clone()));
        })?;
        let coupled = match verified.couple() {
            Ok(coupled) => coupled,
            Err(failed) => return Err(give_up(&mut journal, partition, None, failed)),
        };
        let events = coupled.into_events();
        journal.update(|r| {
            r.regions.insert(partition.name.to_owned(), RegionRecord::Loaded(new));
        })?;
        Ok(Outcome::Loaded { checked, events })
    }

    fn manner(&self) -> Manner {
        Manner { drain_deadline: self.options.drain_deadline, by_caller: self.options.isolated_by_caller }
    }

    fn journal(&self) -> Result<Journal, JournalError> {
        Journal::open(&self.root, "fpga0", self.options.patience)
    }

    /// May this kit be loaded here at all?
    fn admit(&self) -> Result<(), LoadFailure> {
        if self.kit.simulated && self.manager.is_real() {
            return Err(Reason::Simulated.into());
        }
        if self.kit.verdict != "passed" && !self.options.accept_unproven {
            return Err(Reason::Unproven { verdict: self.kit.verdict }.into());
        }
        match self.manager.rival() {
            Some(rival) => Err(Reason::Rival(rival).into()),
            None => Ok(()),
        }
    }

    /// Reads and checks an image. The bytes that were checked are the ones that are loaded.
    fn read(&self, partition: Option<&Partition>, image: &Image) -> Result<(Vec<u8>, Checked), LoadFailure> {
        let path = self.kit_dir.join(image.path);
        let bytes = fs::read(&path).map_err(|error| Reason::File { path, error })?;
        let checked = check(self.kit, partition, image, &bytes)
            .map_err(|error| Reason::Refused { path: image.path.to_owned(), error })?;
        if !self.manager.takes(checked.order) {
            let (order, manager) = (checked.order.id(), self.manager.name());
            return Err(Reason::Order { order, manager }.into());
        }
        Ok((bytes, checked))
    }

    fn static_runs(&self, journal: &Journal) -> Result<(), Reason> {
        match journal.record().fixed {
            Some(actual) if actual != self.kit.static_id => {
                Err(Reason::StaticDiffers { expected: self.kit.static_id, actual })
            }
            None if !self.options.static_is_running => Err(Reason::StaticUnknown),
            _ => Ok(()),
        }
    }

    /// What the region holds, after putting right what a crash left.
    fn recover(
        &mut self,
        journal: &mut Journal,
        partition: &'static Partition,
    ) -> Result<RegionRecord, LoadFailure> {
        let record = journal.record().regions.get(partition.name).cloned();
        let manner = self.manner();
        match record {
            None => match partition.power_up.and_then(|name| partition.module(name)) {
                Some(module) => Ok(RegionRecord::Loaded(self.describe(journal, module)?)),
                None => Ok(RegionRecord::Unknown),
            },
            Some(RegionRecord::Loading) => {
                // Content unknown, and perhaps still coupled: close it before anything else.
                if !manner.by_caller {
                    Region::new(&mut self.manager, &mut self.registers, partition, manner).close().map_err(
                        |error| LoadFailure {
                            reason: Box::new(Reason::Step(error)),
                            touched: true,
                            events: Vec::new(),
                        },
                    )?;
                }
                journal.update(|r| {
                    r.regions.insert(partition.name.to_owned(), RegionRecord::Unknown);
                })?;
                Ok(RegionRecord::Unknown)
            }
            Some(RegionRecord::Verified(module)) => {
                let region = Region::recovered(&mut self.manager, &mut self.registers, partition, manner);
                if let Err(failed) = region.couple() {
                    return Err(give_up(journal, partition, None, failed));
                }
                let record = RegionRecord::Loaded(module);
                journal.update(|r| {
                    r.regions.insert(partition.name.to_owned(), record.clone());
                })?;
                Ok(record)
            }
            Some(other) => Ok(other),
        }
    }

    /// The clearing image of what the region holds (UltraScale), checked.
    fn clear_for(
        &self,
        journal: &Journal,
        partition: &Partition,
        old: &RegionRecord,
    ) -> Result<Option<ClearImage>, LoadFailure> {
        if !self.kit.needs_clear {
            return Ok(None);
        }
        let unknown = |why: String| LoadFailure::from(Reason::ClearUnknown { why });
        let RegionRecord::Loaded(module) = old else {
            return Err(unknown("the content of the region is unknown".to_owned()));
        };
        let Some(sha256) = module.clear else {
            return Err(unknown(format!("module \"{}\" was loaded without one", module.name)));
        };
        // The kit's own copy was checked as an image when it was kept; here the store's digest is checked again.
        let kept = journal.kept_clear(&sha256)?;
        let known = partition.modules.iter().filter_map(|m| m.clear.as_ref()).find(|c| c.sha256 == sha256);
        if let Some(image) = known {
            check(self.kit, Some(partition), image, &kept)
                .map_err(|error| Reason::Refused { path: image.path.to_owned(), error })?;
        }
        Ok(Some(ClearImage { bytes: kept, sha256 }))
    }

    /// What the journal will say of a module; its clearing image goes to the journal's store.
    fn describe(&self, journal: &Journal, module: &Module) -> Result<LoadedModule, LoadFailure> {
        let clear = match &module.clear {
            Some(image) if self.kit.needs_clear => {
                let (bytes, _) = self.read(None, image)?;
                journal.keep_clear(&bytes, &image.sha256)?;
                Some(image.sha256)
            }
            _ => None,
        };
        Ok(LoadedModule { name: module.name.to_owned(), sha256: module.image.sha256, clear })
    }
}

/// A clearing image that is ready to load.
struct ClearImage {
    bytes: Vec<u8>,
    sha256: [u8; 32],
}

fn no_such(what: &'static str, name: &str) -> LoadFailure {
    Reason::NoSuch { what, name: name.to_owned() }.into()
}

fn step(error: ManagerError) -> Reason {
    Reason::Step(StepError::Manager(error))
}

/// Records what a failed sequence left: the old module when it was undone, otherwise nothing that anybody knows.
fn give_up(
    journal: &mut Journal,
    partition: &Partition,
    old: Option<&RegionRecord>,
    failed: Failed,
) -> LoadFailure {
    let record = match old {
        Some(old) if failed.undone => old.clone(),
        _ => RegionRecord::Unknown,
    };
    // When this cannot be written, the file still says `loading`, which the next process takes for unknown: safe. The
    // error that counts is the first.
    let _ = journal.update(|r| {
        r.regions.insert(partition.name.to_owned(), record);
    });
    LoadFailure {
        reason: Box::new(Reason::Step(failed.error)),
        touched: !failed.undone,
        events: failed.events,
    }
}
