// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! FPGA regions of the mainline kernel: an overlay that gives a region a `firmware-name` makes the kernel close the region's
//! bridges, program it and open them again (Documentation/devicetree/bindings/fpga/fpga-region).
//!
//! It needs overlays in configfs (linux-xlnx has them, or a small module out of the tree; mainline has not) and a region for
//! each partition in the device tree. The overlay is made here, targets the region by its path, and stays while the module is
//! loaded: removing it closes the bridges. Where bridges are in the device tree, the kernel isolates too; the loader's own
//! steps (drain, decouple) come first all the same, because the kernel writes the shutdown bit and does not wait.
//!
//! The kernel opens the bridges itself when its load succeeded: a process that dies just then leaves a region that is open and
//! recorded as being loaded, until the next start closes it. Clearing images are refused.
//!
//! **One overlay a region.** A second one is refused by the kernel, and cleaning that up closes the bridges of the running
//! module (measured on 6.1). So a region that holds a `firmware-name` which is not ours is refused before.
//!
//! Regions are found by the labels that dfxkit's own overlays use: `fpga_full`, and `fpga_PR0` and so on in the order of the
//! kit's partitions (`/proc/device-tree/__symbols__`, there when the base tree was compiled with `-@`), or named by the caller.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use dfxkit_fabric::codec::Order;

use crate::devicetree::{Overlays, Source};
use crate::fdt::region_overlay;
use crate::firmware::Firmware;
use crate::kit::{ImageKind, Kit};
use crate::manager::{FpgaManager, ManagerError};
use crate::rival::Lookout;
use crate::sysfs::{operating, read_line, room, takes, trouble};

/// Regions in the device tree of the system below a root directory.
#[derive(Debug)]
pub struct Regions {
    root: PathBuf,
    manager: PathBuf,
    name: String,
    overlays: Overlays,
    firmware: Firmware,
    lookout: Lookout,
    /// Paths in the device tree; none: of the whole device.
    paths: BTreeMap<Option<&'static str>, String>,
    aim: Option<&'static str>,
}

impl Regions {
    /// The regions for `kit`, with the manager `fpga0`. `named`: paths by partition, ahead of the labels.
    ///
    /// # Errors
    /// [`ManagerError::NoManager`] without an FPGA manager, or without overlays in configfs.
    pub fn open(
        root: &Path,
        kit: &'static Kit,
        named: &BTreeMap<String, String>,
    ) -> Result<Self, ManagerError> {
        let manager = root.join("sys/class/fpga_manager/fpga0");
        let overlays = root.join("sys/kernel/config/device-tree/overlays");
        for path in [manager.join("state"), overlays] {
            if !path.exists() {
                return Err(ManagerError::NoManager { path });
            }
        }
        let symbols = root.join("proc/device-tree/__symbols__");
        let label = |label: String| {
            let bytes = fs::read(symbols.join(label)).ok()?;
            let path = String::from_utf8(bytes).ok()?;
            Some(path.trim_end_matches('\0').to_owned()).filter(|p| p.starts_with('/'))
        };
        let mut paths = BTreeMap::new();
        if let Some(path) = label("fpga_full".to_owned()) {
            paths.insert(None, path);
        }
        for (n, partition) in kit.partitions.iter().enumerate() {
            let own = named.get(partition.name).cloned();
            if let Some(path) = own.or_else(|| label(format!("fpga_PR{n}"))) {
                paths.insert(Some(partition.name), path);
            }
        }
        let name = read_line(&manager.join("name"));
        let firmware = Firmware::new(root);
        let (overlays, lookout) = (Overlays::new(root), Lookout::new(root));
        Ok(Self { root: root.to_path_buf(), manager, name, overlays, firmware, lookout, paths, aim: None })
    }

    /// Inserts overlays elsewhere than in the configfs below the root; for tests.
    #[must_use]
    pub fn with_overlays(mut self, overlays: Overlays) -> Self {
        self.overlays = overlays;
        self
    }

    /// Path of a partition's region; none: of the whole device's.
    ///
    /// # Errors
    /// [`ManagerError::Refused`].
    fn path(&self, partition: Option<&'static str>) -> Result<&str, ManagerError> {
        self.paths.get(&partition).map(String::as_str).ok_or_else(|| {
            ManagerError::Refused(match partition {
                Some(name) => format!(
                    "the device tree has no region for partition {name} (labels fpga_PR0, fpga_PR1 ... in the order of the \
                     kit's partitions): name its path"
                ),
                None => "the device tree has no region with the label fpga_full".to_owned(),
            })
        })
    }

    /// A region that somebody else programmed must not be touched.
    fn vacant(&self, path: &str, own: &str) -> Result<(), ManagerError> {
        let property =
            self.root.join("proc/device-tree").join(path.trim_start_matches('/')).join("firmware-name");
        if !self.overlays.exists(own) && property.exists() {
            return Err(ManagerError::Refused(format!(
                "region {path} is occupied: an overlay that is not ours gave it a firmware-name. A second one would be \
                 refused by the kernel and close the running module's bridges; remove the first"
            )));
        }
        Ok(())
    }
}

/// Name of the overlay that programs a region.
fn overlay_name(partition: Option<&str>) -> String {
    let plain = |b: u8| {
        if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("_{b:02x}") }
    };
    partition.map_or_else(
        || "dfxkit-full".to_owned(),
        |p| format!("dfxkit-region-{}", p.bytes().map(plain).collect::<String>()),
    )
}

impl FpgaManager for Regions {
    fn name(&self) -> String {
        format!("{} by FPGA regions ({})", self.name, self.manager.display())
    }

    fn takes(&self, order: Order) -> bool {
        takes(&self.name, order)
    }

    fn is_real(&self) -> bool {
        true
    }

    fn rival(&self) -> Option<String> {
        self.lookout.find()
    }

    fn aim(&mut self, partition: Option<&'static str>) {
        self.aim = partition;
    }

    fn stage(&mut self, image: &[u8], sha256: &[u8; 32]) -> Result<(), ManagerError> {
        let path = self.path(self.aim)?;
        self.vacant(path, &overlay_name(self.aim))?;
        room(&self.root, &self.name, image.len() as u64)?;
        self.firmware.stage(image, sha256)
    }

    fn unstage(&mut self) {
        self.firmware.unstage();
    }

    fn keep(&mut self, image: &[u8], sha256: &[u8; 32]) {
        self.firmware.keep(image, sha256);
    }

    fn release(&mut self, sha256: &[u8; 32]) {
        self.firmware.release(sha256);
    }

    fn trouble(&self) -> Option<String> {
        trouble(&self.manager)
    }

    fn load(&mut self, image: &[u8], sha256: &[u8; 32], kind: ImageKind) -> Result<(), ManagerError> {
        if kind == ImageKind::Clear {
            // The kernel opens the bridges behind it, over a region that holds nothing.
            return Err(ManagerError::Refused(
                "a clearing image cannot be loaded through an FPGA region".to_owned(),
            ));
        }
        let path = self.path(self.aim)?.to_owned();
        let own = overlay_name(self.aim);
        self.vacant(&path, &own)?;
        let staged = self.firmware.take(image, sha256)?;
        // From here on the region's bridges may be closed: no error below may say that nothing was touched.
        let failed = |e: &dyn std::error::Error| ManagerError::Other(e.to_string());
        let mut obsolete = vec![own.clone()];
        if kind == ImageKind::Full {
            let regions = self.paths.keys().copied().flatten();
            obsolete.splice(0..0, regions.map(|p| overlay_name(Some(p))));
        }
        for name in obsolete {
            self.overlays.remove(&name).map_err(|e| failed(&e))?;
        }
        let blob = region_overlay(&path, &staged.name, kind != ImageKind::Full);
        self.overlays.insert(&own, Source::Blob(&blob)).map_err(|e| {
            let state = read_line(&self.manager.join("state"));
            ManagerError::Other(format!(
                "the kernel did not program region {path}: {e} (manager state: {state})"
            ))
        })?;
        operating(&self.manager)
    }

    fn tidy(&mut self, _loading: bool) {
        self.firmware.tidy();
    }
}
