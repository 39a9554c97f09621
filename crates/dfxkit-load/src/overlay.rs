// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The overlay: one kit on one device.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dfxkit_handoff::hwh::{self, Hwh};
use dfxkit_handoff::kit::{File, FileKind};
use dfxkit_loader::{
    FpgaManager, Interrupt, Kit, Loader, Mapped, Options, Outcome, Reason, RegionRecord, Registers, Sha256,
    Shared, Swapper, Sysfs,
};

use crate::driver::{Driver, Hierarchy};
use crate::error::OverlayError;
use crate::interrupt::IpInterrupt;
use crate::ip::{Ip, Metadata, of_module, of_static};
use crate::kit::{self, OpenKit};
use crate::signature::{Keys, hex};
use crate::window::Window;

/// An overlay on the Linux FPGA manager and mapped registers.
pub type SystemOverlay = Overlay<Sysfs, Mapped>;

/// A kit on a device.
pub struct Overlay<M, R> {
    kit: OpenKit,
    root: PathBuf,
    loader: Loader<M, Shared<R>>,
    registers: Shared<R>,
    fixed: Option<Hwh>,
    drivers: Vec<Box<dyn Driver<R>>>,
    /// Path of a bound IP, and its driver's place.
    bound: BTreeMap<String, (Option<String>, usize)>,
    /// Path of a bound hierarchy, the partitions that it needs, and its driver's place.
    hierarchies: BTreeMap<String, (BTreeSet<String>, usize)>,
    /// What drivers refused since the last look.
    refusals: Vec<(String, String)>,
}

impl Overlay<Sysfs, Mapped> {
    /// Opens the kit in `dir` on this machine and loads its full image, unless the journal says that it runs already. Where
    /// the system has keys ([`Keys::of_system`]), the kit must be signed.
    ///
    /// # Errors
    /// [`OverlayError`].
    pub fn load(dir: &Path) -> Result<Self, OverlayError> {
        let root = Path::new("/");
        let kit = kit::open_signed(dir, &Keys::of_system(root)?)?;
        let mut overlay = Self::of(kit, root, Sysfs::open(root)?, Mapped::new(root), Options::default())?;
        overlay.loader.recover()?;
        if !overlay.static_runs()? {
            overlay.download()?;
        }
        Ok(overlay)
    }
}

impl<M: FpgaManager, R: Registers> Overlay<M, R> {
    /// Opens the kit in `dir` and programs nothing. The journal is kept below `root`.
    ///
    /// # Errors
    /// [`OverlayError`]; the static's hand-off file is read and must be the kit's.
    pub fn open(
        dir: &Path,
        root: &Path,
        manager: M,
        registers: R,
        options: Options,
    ) -> Result<Self, OverlayError> {
        Self::of(kit::open(dir)?, root, manager, registers, options)
    }

    /// The same of a kit that was opened, and its signature checked, before ([`kit::open_signed`]).
    ///
    /// # Errors
    /// [`OverlayError`].
    pub fn of(
        kit: OpenKit,
        root: &Path,
        manager: M,
        registers: R,
        options: Options,
    ) -> Result<Self, OverlayError> {
        let registers = Shared::new(registers);
        let loader = Loader::new(kit.tables, &kit.dir, root, manager, registers.clone(), options);
        let fixed =
            kit::find(&kit.manifest.fixed.files, FileKind::Hwh).map(|f| read_hwh(&kit.dir, f)).transpose()?;
        Ok(Self {
            kit,
            root: root.to_path_buf(),
            loader,
            registers,
            fixed,
            drivers: Vec::new(),
            bound: BTreeMap::new(),
            hierarchies: BTreeMap::new(),
            refusals: Vec::new(),
        })
    }

    /// The kit.
    pub fn kit(&self) -> &OpenKit {
        &self.kit
    }

    /// The loader below, for its options and prefetching.
    pub fn loader(&mut self) -> &mut Loader<M, Shared<R>> {
        &mut self.loader
    }

    /// True when the journal says that the kit's static runs.
    fn static_runs(&self) -> Result<bool, OverlayError> {
        Ok(self.loader.fixed().map_err(Reason::Journal).map_err(dfxkit_loader::LoadFailure::from)?
            == Some(self.kit.tables.static_id))
    }

    /// Loads the full image: every partition holds its power-up module.
    ///
    /// # Errors
    /// [`OverlayError`].
    pub fn download(&mut self) -> Result<Outcome, OverlayError> {
        self.unbind(None);
        let outcome = self.loader.load_static();
        self.rebind();
        Ok(outcome?)
    }

    /// A partition by name.
    ///
    /// # Errors
    /// [`OverlayError::NoSuch`].
    pub fn partition(&mut self, name: &str) -> Result<PartitionHandle<'_, M, R>, OverlayError> {
        match self.kit.tables.partition(name) {
            Some(partition) => Ok(PartitionHandle { overlay: self, name: partition.name }),
            None => Err(OverlayError::NoSuch {
                what: "partition",
                name: name.to_owned(),
                known: self.kit.tables.partitions.iter().map(|p| p.name.to_owned()).collect(),
            }),
        }
    }

    /// Puts a module into a partition: the name that PYNQ has for it. Drivers of the old module are unbound before, those
    /// of the new one bound after.
    ///
    /// # Errors
    /// [`OverlayError`].
    pub fn pr_download(&mut self, partition: &str, module: &str) -> Result<Outcome, OverlayError> {
        self.partition(partition)?.load(module)
    }

    /// The IP of the static and of every module that is loaded now.
    ///
    /// # Errors
    /// [`OverlayError`] when a module's hand-off file does not join.
    pub fn ip_dict(&self) -> Result<Metadata, OverlayError> {
        let mut list = self.fixed.as_ref().map(of_static).unwrap_or_default();
        if self.static_runs()? || self.loader.assumes_static() {
            for partition in self.kit.tables.partitions {
                if let Some(module) = self.loaded(partition.name)? {
                    list.extend(self.module_ip(partition.name, &module)?);
                }
            }
        }
        Ok(Metadata::of(list))
    }

    /// What a module would offer in a partition, without programming anything.
    ///
    /// # Errors
    /// [`OverlayError`].
    pub fn metadata(&self, partition: &str, module: &str) -> Result<Metadata, OverlayError> {
        Ok(Metadata::of(self.module_ip(partition, module)?))
    }

    /// Name of the module that is loaded and coupled; before the first swap the power-up module.
    fn loaded(&self, partition: &str) -> Result<Option<String>, OverlayError> {
        let record = self.loader.region(partition).map_err(Reason::Journal);
        Ok(match record.map_err(dfxkit_loader::LoadFailure::from)? {
            Some(RegionRecord::Loaded(m)) => Some(m.name),
            Some(_) => None,
            None => self.kit.tables.partition(partition).and_then(|p| p.power_up).map(str::to_owned),
        })
    }

    fn module_ip(&self, partition: &str, module: &str) -> Result<Vec<Ip>, OverlayError> {
        let modules = || self.kit.manifest.modules.iter().filter(|m| m.partition == partition);
        let found = modules().find(|m| m.name == module).ok_or_else(|| OverlayError::NoSuch {
            what: "module",
            name: module.to_owned(),
            known: modules().map(|m| m.name.clone()).collect(),
        })?;
        let (Some(fixed), Some(file)) = (&self.fixed, kit::find(&found.files, FileKind::Hwh)) else {
            return Ok(Vec::new());
        };
        let own = read_hwh(&self.kit.dir, file)?;
        let region = self.region_path(fixed, partition)?;
        let joined = hwh::join(fixed, &own, &region)
            .map_err(|error| OverlayError::Join { module: module.to_owned(), error: Box::new(error) })?;
        Ok(of_module(partition, &own, &joined.ranges, &joined.region))
    }

    /// The region of the hand-off file that a partition is: the cell path ends with its path, or with its flattened name.
    fn region_path(&self, fixed: &Hwh, partition: &str) -> Result<String, OverlayError> {
        let regions = fixed.partial_regions();
        let cell = self.kit.tables.partition(partition).map_or("", |p| p.cell);
        let ends =
            |tail: &str| cell.strip_suffix(tail).is_some_and(|head| head.is_empty() || head.ends_with('/'));
        let mut fitting = regions.iter().filter(|r| ends(&r.path) || ends(&r.instance));
        match (fitting.next(), fitting.next()) {
            (Some(region), None) => Ok(region.path.clone()),
            _ => Err(OverlayError::NoRegion {
                partition: partition.to_owned(),
                cell: cell.to_owned(),
                regions: regions.into_iter().map(|r| r.path).collect(),
            }),
        }
    }

    /// The registers of an IP: of a module until its partition is swapped.
    ///
    /// # Errors
    /// [`OverlayError::NoSuch`] also for IP of modules that are not loaded.
    pub fn window(&self, path: &str) -> Result<Window<R>, OverlayError> {
        let mut metadata = self.ip_dict()?;
        match metadata.ip.remove(path) {
            Some(ip) => self.window_of(ip),
            None => Err(OverlayError::NoSuch {
                what: "IP",
                name: path.to_owned(),
                known: metadata.ip.into_keys().collect(),
            }),
        }
    }

    fn window_of(&self, ip: Ip) -> Result<Window<R>, OverlayError> {
        let lease = ip.partition.as_deref().map(|p| self.loader.lease(p)).transpose()?;
        Ok(Window::new(Arc::new(ip), self.registers.clone(), lease))
    }

    /// The interrupt of an IP, through the UIO device whose window it lies in: of a module until its partition is swapped.
    ///
    /// # Errors
    /// [`OverlayError::NoSuch`], [`OverlayError::Interrupt`] when no UIO device has it.
    pub fn interrupt(&self, path: &str) -> Result<IpInterrupt, OverlayError> {
        let window = self.window(path)?;
        let interrupt = Interrupt::of_address(&self.root, window.ip().base)
            .map_err(|error| OverlayError::Interrupt { path: path.to_owned(), error })?;
        Ok(IpInterrupt::new(path.to_owned(), interrupt, window.lease().cloned()))
    }

    /// Adds a driver and binds it to what it knows and nobody drives yet. Later drivers are asked first.
    pub fn add_driver(&mut self, driver: Box<dyn Driver<R>>) {
        self.drivers.push(driver);
        self.rebind();
    }

    /// What could not be bound since the last call, with reasons.
    pub fn refusals(&mut self) -> Vec<(String, String)> {
        std::mem::take(&mut self.refusals)
    }

    /// Paths of IP that have a driver.
    pub fn bound(&self) -> impl Iterator<Item = &str> {
        self.bound.keys().map(String::as_str)
    }

    /// Paths of hierarchies that have a driver.
    pub fn bound_hierarchies(&self) -> impl Iterator<Item = &str> {
        self.hierarchies.keys().map(String::as_str)
    }

    /// Unbinds what is in a partition; none: everything.
    fn unbind(&mut self, partition: Option<&str>) {
        let drivers = &mut self.drivers;
        self.bound.retain(|path, (of, driver)| {
            let goes = partition.is_none() || of.as_deref() == partition;
            if goes {
                drivers[*driver].unbind(path);
            }
            !goes
        });
        self.hierarchies.retain(|path, (of, driver)| {
            let goes = partition.is_none_or(|p| of.contains(p));
            if goes {
                drivers[*driver].unbind(path);
            }
            !goes
        });
    }

    fn rebind_hierarchies(&mut self, metadata: &Metadata) {
        for path in metadata.hierarchies.keys() {
            if self.hierarchies.contains_key(path) {
                continue;
            }
            let below =
                |ip: &&Ip| ip.path.strip_prefix(path.as_str()).is_some_and(|rest| rest.starts_with('/'));
            let ip: Vec<&Ip> = metadata.ip.values().filter(below).collect();
            let hierarchy = Hierarchy { path, ip: &ip };
            for n in (0..self.drivers.len()).rev() {
                if !self.drivers[n].knows_hierarchy(&hierarchy) {
                    continue;
                }
                let windows: Result<Vec<_>, _> = ip.iter().map(|ip| self.window_of((*ip).clone())).collect();
                let bound = windows
                    .map_err(|e| e.to_string())
                    .and_then(|windows| self.drivers[n].bind_hierarchy(path, windows));
                match bound {
                    Ok(()) => {
                        let of = ip.iter().filter_map(|ip| ip.partition.clone()).collect();
                        self.hierarchies.insert(path.clone(), (of, n));
                        break;
                    }
                    Err(why) => self.refusals.push((path.clone(), why)),
                }
            }
        }
    }

    /// Binds everything that is there and has no driver.
    fn rebind(&mut self) {
        if self.drivers.is_empty() {
            return;
        }
        let metadata = match self.ip_dict() {
            Ok(metadata) => metadata,
            Err(error) => return self.refusals.push((String::new(), error.to_string())),
        };
        self.rebind_hierarchies(&metadata);
        for (path, ip) in metadata.ip {
            if self.bound.contains_key(&path) {
                continue;
            }
            for n in (0..self.drivers.len()).rev() {
                if !self.drivers[n].knows(&ip) {
                    continue;
                }
                let bound = self
                    .window_of(ip.clone())
                    .map_err(|e| e.to_string())
                    .and_then(|window| self.drivers[n].bind(window));
                match bound {
                    Ok(()) => {
                        self.bound.insert(path, (ip.partition, n));
                        break;
                    }
                    Err(why) => self.refusals.push((path.clone(), why)),
                }
            }
        }
    }
}

/// Drivers follow what a pool swaps.
impl<M: FpgaManager, R: Registers> Swapper for Overlay<M, R> {
    type Error = OverlayError;
    fn kit(&self) -> &'static Kit {
        self.kit.tables
    }
    fn held(&self, partition: &str) -> Result<Option<String>, OverlayError> {
        self.loaded(partition)
    }
    fn swap(&mut self, partition: &str, module: &str) -> Result<Outcome, OverlayError> {
        self.partition(partition)?.load(module)
    }
    fn prefetch(&mut self, partition: &str, module: &str) -> Result<(), OverlayError> {
        self.partition(partition)?.prefetch(module)
    }
    fn forget(&mut self, partition: &str, module: &str) {
        self.loader.forget(partition, module);
    }
}

/// One partition of an overlay.
pub struct PartitionHandle<'o, M, R> {
    overlay: &'o mut Overlay<M, R>,
    name: &'static str,
}

impl<M: FpgaManager, R: Registers> PartitionHandle<'_, M, R> {
    /// Name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Names of the modules that fit.
    pub fn modules(&self) -> impl Iterator<Item = &'static str> {
        self.overlay.kit.tables.partition(self.name).into_iter().flat_map(|p| p.modules).map(|m| m.name)
    }

    /// The module that is loaded and coupled.
    ///
    /// # Errors
    /// [`OverlayError`]: the journal.
    pub fn module(&self) -> Result<Option<String>, OverlayError> {
        self.overlay.loaded(self.name)
    }

    /// Puts a module into it. Drivers of the old module are unbound before, those of the new one bound after.
    ///
    /// # Errors
    /// [`OverlayError::Load`]; drivers are bound to whatever is there afterwards.
    pub fn load(&mut self, module: &str) -> Result<Outcome, OverlayError> {
        if self.module()?.as_deref() != Some(module) {
            self.overlay.unbind(Some(self.name));
        }
        let outcome = self.overlay.loader.swap(self.name, module);
        self.overlay.rebind();
        Ok(outcome?)
    }

    /// Empties it: its greybox is loaded.
    ///
    /// # Errors
    /// As [`PartitionHandle::load`].
    pub fn unload(&mut self) -> Result<Outcome, OverlayError> {
        self.overlay.unbind(Some(self.name));
        let outcome = self.overlay.loader.unload(self.name);
        self.overlay.rebind();
        Ok(outcome?)
    }

    /// Reads and checks a module's image ahead of time.
    ///
    /// # Errors
    /// As [`PartitionHandle::load`], and nothing is touched.
    pub fn prefetch(&mut self, module: &str) -> Result<(), OverlayError> {
        Ok(self.overlay.loader.prefetch(self.name, module)?)
    }
}

/// Reads a hand-off file that must be the one of the manifest: a stale one gives wrong addresses.
fn read_hwh(dir: &Path, file: &File) -> Result<Hwh, OverlayError> {
    let path = file.path.as_str().to_owned();
    let bytes = fs_err::read(dir.join(&path))?;
    let actual = hex(&Sha256::digest(&bytes));
    if actual != file.sha256 {
        return Err(OverlayError::Changed { path, expected: file.sha256.clone(), actual });
    }
    hwh::parse(&bytes).map_err(|error| OverlayError::Hwh { path, error: Box::new(error) })
}
