// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! From options to an overlay: keys, the kit, what programs, what is brought along.

use std::path::Path;

use dfxkit_fabric::codec::Order;
use dfxkit_load::{Keys, Overlay, OverlayError, SignatureError, kit};
use dfxkit_loader::{
    CharDevice, FpgaManager, HwIcap, ImageKind, Kit, ManagerError, Mapped, Mcap, Regions, Sysfs,
};

use crate::args::{Arguments, address};

/// Whatever programs, with mapped registers.
pub(crate) type AnyOverlay = Overlay<Box<dyn FpgaManager>, Mapped>;

/// The keys of the options and of the system.
pub(crate) fn keys(a: &Arguments) -> Result<Keys, SignatureError> {
    let mut keys = Keys::of_system(&a.root)?;
    for key in &a.keys {
        keys.add(key)?;
    }
    Ok(keys)
}

/// What `--manager rehearsal` drives: nothing. Checks, lock, journal, registers and the order of steps are the true ones; an
/// image is taken and forgotten.
#[derive(Debug)]
struct Rehearsal;

impl FpgaManager for Rehearsal {
    fn name(&self) -> String {
        "REHEARSAL: no device; images are checked and go nowhere".to_owned()
    }
    fn takes(&self, _order: Order) -> bool {
        true
    }
    fn is_real(&self) -> bool {
        false
    }
    fn rival(&self) -> Option<String> {
        None
    }
    fn load(&mut self, _: &[u8], _: &[u8; 32], _: ImageKind) -> Result<(), ManagerError> {
        Ok(())
    }
}

/// The overlay that the options describe.
pub(crate) fn open(a: &Arguments) -> Result<AnyOverlay, OverlayError> {
    let opened = kit::open_signed(&a.kit, &keys(a)?)?;
    let manager = manager(a, opened.tables)?;
    let mut options = a.options.clone();
    for (partition, module, file) in &a.overlays {
        let care = options.care.entry(partition.clone()).or_default();
        care.overlays.insert(module.clone(), fs_err::read(file)?);
    }
    Overlay::of(opened, &a.root, manager, Mapped::new(&a.root), options)
}

fn manager(a: &Arguments, tables: &'static Kit) -> Result<Box<dyn FpgaManager>, ManagerError> {
    let root: &Path = &a.root;
    let regions = || Regions::open(root, tables, &a.regions);
    let wrong = |what: &str| ManagerError::Refused(format!("--manager {what}; see --help"));
    let Some(text) = a.manager.as_deref() else {
        return match Sysfs::open(root) {
            Ok(sysfs) => Ok(Box::new(sysfs)),
            // Regions are the second choice: when they cannot be had either, the first error says more.
            Err(first) => regions().map(|r| Box::new(r) as Box<dyn FpgaManager>).map_err(|_| first),
        };
    };
    let (kind, rest) = text.split_once(':').unwrap_or((text, ""));
    Ok(match (kind, rest) {
        ("sysfs", "") => Box::new(Sysfs::open(root)?),
        ("regions", "") => Box::new(regions()?),
        // The journal of a true system must not say that something was loaded which was not.
        ("rehearsal", "") if root != Path::new("/") => Box::new(Rehearsal),
        ("rehearsal", "") => return Err(wrong("rehearsal: give it a --root of its own")),
        ("icap", rest) if !rest.is_empty() => {
            let (device, order) = match rest.rsplit_once(':') {
                None => (rest, Order::Normal),
                Some((device, name)) => {
                    let order = Order::ALL
                        .into_iter()
                        .find(|o| o.id() == name)
                        .ok_or_else(|| wrong(&format!("{text}: no byte order \"{name}\"")))?;
                    (device, order)
                }
            };
            Box::new(CharDevice::new(&root.join(device.trim_start_matches('/')), order))
        }
        ("hwicap", rest) => {
            let base = address(rest).ok_or_else(|| wrong(&format!("{text}: expected an address")))?;
            Box::new(HwIcap::new(Mapped::new(root), base))
        }
        ("mcap", device) if !device.is_empty() => Box::new(Mcap::open(root, device)?),
        _ => {
            return Err(wrong(&format!(
                "{text}: expected sysfs, regions, icap:DEVICE, hwicap:ADDRESS, mcap:ADDRESS or rehearsal"
            )));
        }
    })
}
