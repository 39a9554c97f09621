// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The loader: checks, lock, journal and the swap, in this order.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::care::{Care, KitOverlays, Probe};
use crate::check::{CheckError, Checked};
use crate::devicetree::{OverlayError, Overlays, Source};
use crate::failure::{Left, LoadFailure, Reason};
use crate::journal::{Journal, JournalError, RegionRecord};
use crate::kit::{Kit, Partition};
use crate::lease::{Lease, LeaseError, Leases};
use crate::manager::FpgaManager;
use crate::prepare::Store;
use crate::registers::Registers;
use crate::sha256::Sha256;
use crate::swap::{Event, Manner, StepError};

/// What the caller answers for, and how long to wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The device was configured at boot with this kit's full image, by a boot loader that the journal did not see.
    pub static_is_running: bool,
    /// The caller isolates regions by its own means; registers of isolation IP are left alone.
    pub isolated_by_caller: bool,
    /// Load although a kit's gates did not all pass.
    pub accept_unproven: bool,
    /// Load although another program that loads images is running.
    pub accept_rivals: bool,
    /// After a load that failed twice, load the partition's blank (its greybox) and leave it decoupled. Not on families
    /// that need clearing: what clears a failed load is not known.
    pub blank_on_failure: bool,
    /// After a failure that leaves a region unknown, load the full image again. Every region loses its module.
    pub allow_full_reload: bool,
    /// A register of the static that must answer before a region is touched.
    pub static_probe: Option<Probe>,
    /// By partition: reset, id registers, overlays, ahead of what the kit says.
    pub care: BTreeMap<String, Care>,
    /// Whether the kit's own overlays are applied.
    pub kit_overlays: KitOverlays,
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
            accept_rivals: false,
            blank_on_failure: true,
            allow_full_reload: false,
            static_probe: None,
            care: BTreeMap::new(),
            kit_overlays: KitOverlays::default(),
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
    pub(crate) kit: &'static Kit,
    pub(crate) kit_dir: PathBuf,
    root: PathBuf,
    pub(crate) manager: M,
    pub(crate) registers: R,
    pub(crate) options: Options,
    pub(crate) overlays: Overlays,
    pub(crate) leases: Leases,
    pub(crate) store: Store,
}

/// The manager that everything is about; a second one would need its own journal.
const MANAGER: &str = "fpga0";

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
        Self {
            kit,
            kit_dir: kit_dir.to_path_buf(),
            root: root.to_path_buf(),
            manager,
            registers,
            options,
            overlays: Overlays::new(root),
            leases: Leases::new(root, MANAGER),
            store: Store::new(),
        }
    }

    /// Inserts overlays elsewhere than in the configfs below `root`; for tests and dry runs.
    #[must_use]
    pub fn with_overlays(mut self, overlays: Overlays) -> Self {
        self.overlays = overlays;
        self
    }

    /// The kit.
    pub fn kit(&self) -> &'static Kit {
        self.kit
    }

    /// The manager, for a look at it.
    pub fn manager(&self) -> &M {
        &self.manager
    }

    /// The registers, for a look at them.
    pub fn registers(&mut self) -> &mut R {
        &mut self.registers
    }

    /// What the caller answers for; a change counts from the next load on.
    pub fn options(&mut self) -> &mut Options {
        &mut self.options
    }

    /// What the journal knows of a region; none: nothing since boot.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn region(&self, partition: &str) -> Result<Option<RegionRecord>, JournalError> {
        Ok(self.journal()?.record().regions.get(partition).cloned())
    }

    /// The static that was loaded since boot, as far as the journal knows.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn fixed(&self) -> Result<Option<[u8; 32]>, JournalError> {
        Ok(self.journal()?.record().fixed)
    }

    /// True when the caller answers for the static of a boot loader.
    pub fn assumes_static(&self) -> bool {
        self.options.static_is_running
    }

    /// The right to use the registers of a region until its next swap.
    ///
    /// # Errors
    /// [`LeaseError::NotCoupled`] unless the journal says that it is loaded and coupled (before the first swap: unless the
    /// caller answers for the static and the kit knows the power-up module); [`LeaseError::Busy`]; a journal that cannot be
    /// read.
    pub fn lease(&self, partition: &str) -> Result<Lease, LoadFailure> {
        let partition = self.kit.partition(partition).ok_or_else(|| no_such("partition", partition))?;
        // Under the journal's lock: no swap can begin between the look and the lease.
        let journal = self.journal()?;
        self.static_known(&journal)?;
        let state = match journal.record().regions.get(partition.name) {
            Some(RegionRecord::Loaded(_)) => None,
            None if partition.power_up.is_some() => None,
            None => Some("unknown"),
            Some(other) => Some(other.state()),
        };
        match state {
            None => Ok(self.leases.take(partition.name)?),
            Some(state) => Err(LeaseError::NotCoupled { partition: partition.name.to_owned(), state }.into()),
        }
    }

    /// The overlay of a module, from the caller or from the kit; none: there is none, or it cannot be applied here and need
    /// not be. Touches nothing.
    pub(crate) fn overlay_of(
        &self,
        partition: &Partition,
        module: &str,
    ) -> Result<Option<Vec<u8>>, LoadFailure> {
        let available = self.overlays.available();
        let refuse =
            || fail(Reason::Step(StepError::Overlay(self.overlays.missing())), Left::AsBefore, Vec::new());
        if let Some(blob) = self.options.care.get(partition.name).and_then(|c| c.overlays.get(module)) {
            return if available { Ok(Some(blob.clone())) } else { Err(refuse()) };
        }
        let Some(file) = partition.module(module).and_then(|m| m.overlay.as_ref()) else { return Ok(None) };
        let symbols = || self.root.join("proc/device-tree/__symbols__").is_dir();
        match self.options.kit_overlays {
            KitOverlays::Never => return Ok(None),
            KitOverlays::WherePossible if !available || !symbols() => return Ok(None),
            KitOverlays::Required if !available => return Err(refuse()),
            KitOverlays::WherePossible | KitOverlays::Required => {}
        }
        let path = self.kit_dir.join(file.path);
        let bytes = std::fs::read(&path).map_err(|error| Reason::File { path, error })?;
        let refused = |error| LoadFailure::from(Reason::Refused { path: file.path.to_owned(), error });
        if bytes.len() as u64 != file.size {
            return Err(refused(CheckError::Size { expected: file.size, actual: bytes.len() as u64 }));
        }
        let actual = Sha256::digest(&bytes);
        if actual != file.sha256 {
            return Err(refused(CheckError::Digest { expected: file.sha256, actual }));
        }
        Ok(Some(bytes))
    }

    /// Applies an overlay. False: there is none.
    pub(crate) fn bring_overlay(
        &self,
        partition: &Partition,
        blob: Option<&[u8]>,
    ) -> Result<bool, OverlayError> {
        let Some(blob) = blob else { return Ok(false) };
        let name = overlay_name(partition);
        // After a crash it may be there already: ours, by its name, and of a module that may be another.
        self.overlays.remove(&name)?;
        self.overlays.insert(&name, Source::Blob(blob)).map(|()| true)
    }

    pub(crate) fn manner(&self, partition: &Partition, module: Option<&str>) -> Manner {
        let care = self.options.care.get(partition.name);
        let probe = module.and_then(|name| {
            let given = care.and_then(|c| c.probes.get(name)).copied();
            given.or_else(|| partition.module(name).and_then(|m| m.id))
        });
        Manner {
            drain_deadline: self.options.drain_deadline,
            by_caller: self.options.isolated_by_caller,
            reset: care.and_then(|c| c.reset).or(partition.reset),
            probe,
        }
    }

    pub(crate) fn journal(&self) -> Result<Journal, JournalError> {
        Journal::open(&self.root, MANAGER, self.options.patience)
    }

    /// May this kit be loaded here at all?
    pub(crate) fn admit(&self) -> Result<(), LoadFailure> {
        if self.kit.simulated && self.manager.is_real() {
            return Err(Reason::Simulated.into());
        }
        if self.kit.verdict != "passed" && !self.options.accept_unproven {
            return Err(Reason::Unproven { verdict: self.kit.verdict }.into());
        }
        match self.manager.rival().filter(|_| !self.options.accept_rivals) {
            Some(rival) => Err(Reason::Rival(rival).into()),
            None => Ok(()),
        }
    }

    fn static_known(&self, journal: &Journal) -> Result<(), Reason> {
        match journal.record().fixed {
            Some(actual) if actual != self.kit.static_id => {
                Err(Reason::StaticDiffers { expected: self.kit.static_id, actual })
            }
            None if !self.options.static_is_running => Err(Reason::StaticUnknown),
            _ => Ok(()),
        }
    }

    fn lose_all(&self, journal: &mut Journal) -> Result<(), JournalError> {
        let kit = self.kit;
        journal.update(|r| {
            r.fixed = None;
            r.regions = kit.partitions.iter().map(|p| (p.name.to_owned(), RegionRecord::Unknown)).collect();
        })
    }

    /// The journal's static is the kit's, and it answers. When it does not, somebody loaded another one: every region is
    /// unknown from then on.
    pub(crate) fn static_runs(&mut self, journal: &mut Journal) -> Result<(), LoadFailure> {
        self.static_known(journal)?;
        // A failed load that none of our records explains is somebody else's: any region may be hit.
        let record = journal.record();
        let own = |r: &RegionRecord| matches!(r, RegionRecord::Unknown | RegionRecord::Loading);
        if record.fixed.is_some()
            && !record.regions.values().any(own)
            && let Some(state) = self.manager.trouble()
        {
            self.lose_all(journal)?;
            return Err(Reason::Foreign { state }.into());
        }
        let Some(probe) = self.options.static_probe else { return Ok(()) };
        let answer = probe.look(&mut self.registers).map_err(|e| Reason::Step(StepError::Register(e)))?;
        if let Err(actual) = answer {
            self.lose_all(journal)?;
            let (address, expected) = (probe.address, probe.expected & probe.mask);
            return Err(Reason::StaticSilent { address, expected, actual }.into());
        }
        Ok(())
    }
}

/// Name of the one overlay of ours that a region may have.
pub(crate) fn overlay_name(partition: &Partition) -> String {
    let name: String = partition
        .name
        .bytes()
        .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("_{b:02x}") })
        .collect();
    format!("dfxkit-{name}")
}

pub(crate) fn no_such(what: &'static str, name: &str) -> LoadFailure {
    Reason::NoSuch { what, name: name.to_owned() }.into()
}

pub(crate) fn fail(reason: Reason, left: Left, events: Vec<Event>) -> LoadFailure {
    LoadFailure { touched: left != Left::AsBefore, reason: Box::new(reason), left, events }
}
