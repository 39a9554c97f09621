// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Joins a reconfigurable module's own address map to its region in the static.
//!
//! The rule, checked on five public pairs with eleven apertures: the module's `MASTERBUSINTERFACE` is the name of the
//! region's slave interface. The static's memory range with that instance and slave interface is the aperture. An
//! address inside the aperture is absolute, else it is an offset from the aperture's base; the whole range must fit.
//! PYNQ 4.0 lacks the rule and reports physical address 0 for offsets, which on a Zynq is DDR.

use serde::Serialize;

use super::error::JoinError;
use super::model::{Hwh, MemKind, MemRange};

/// An address window of a region.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Aperture {
    /// Slave interface of the region.
    pub interface: String,
    /// First address.
    pub base: u64,
    /// Last address.
    pub high: u64,
    /// Who sees it: `<module>/<interface>` of each master.
    pub masters: Vec<String>,
}

/// How an address was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Placement {
    /// The module's file held the absolute address.
    Absolute,
    /// The module's file held an offset; the aperture's base was added.
    Relocated,
}

/// One address range of the module after the join.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JoinedRange {
    /// Path in the joined hierarchy: `<region>/<module>`.
    pub path: String,
    /// VLNV of the module.
    pub vlnv: Option<super::model::Vlnv>,
    /// Slave interface of the region that leads there.
    pub interface: String,
    /// Slave interface of the module.
    pub slave_interface: String,
    /// Address block of the module, to find its registers.
    pub address_block: String,
    /// First absolute address.
    pub base: u64,
    /// Last absolute address.
    pub high: u64,
    /// Registers or memory.
    pub kind: MemKind,
    /// How the address was found.
    pub placement: Placement,
    /// The masters that see it there.
    pub masters: Vec<String>,
}

/// A module in its region.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Joined {
    /// Path of the region.
    pub region: String,
    /// Block design name of the module.
    pub module: String,
    /// Address windows of the region.
    pub apertures: Vec<Aperture>,
    /// Every address range of the module.
    pub ranges: Vec<JoinedRange>,
    /// Interfaces of the region with an aperture in which this module answers nothing: reading there hangs or faults.
    pub unanswered: Vec<String>,
}

/// Joins `rm` to `region` (full name, path or instance) of `fixed`, the static.
///
/// # Errors
/// [`JoinError`]: unknown or not a partial region, another device, no aperture for an interface, a range that does not
/// fit, two ranges at one address.
pub fn join(fixed: &Hwh, rm: &Hwh, region: &str) -> Result<Joined, JoinError> {
    let regions = fixed.partial_regions();
    let known = || regions.iter().map(|r| r.path.clone()).collect::<Vec<_>>();
    let module = fixed.module(region).ok_or_else(|| JoinError::NoRegion {
        design: fixed.system.name.clone(),
        wanted: region.to_owned(),
        known: known(),
    })?;
    let region = regions
        .iter()
        .find(|r| r.instance == module.instance)
        .ok_or_else(|| JoinError::NotPartial { full_name: module.full_name.clone(), known: known() })?;
    let (expected, actual) = (fixed.system.device_package(), rm.system.device_package());
    if expected != actual {
        return Err(JoinError::OtherDevice { expected, actual });
    }

    let mut ranges: Vec<JoinedRange> = Vec::new();
    // Only the maps of the boundary: what a master inside the module sees is its own affair.
    for own in rm.external_interfaces.iter().flat_map(|i| &i.memory_map) {
        let inner = rm
            .instance(&own.instance)
            .ok_or_else(|| JoinError::UnknownInstance { instance: own.instance.clone() })?;
        for (aperture, base, high, placement) in place(region, own)? {
            let new = JoinedRange {
                path: format!("{}/{}", region.path, inner.path()),
                vlnv: inner.vlnv.clone(),
                interface: aperture.interface.clone(),
                slave_interface: own.slave_interface.clone(),
                address_block: own.address_block.clone(),
                base,
                high,
                kind: own.kind.clone(),
                placement,
                masters: aperture.masters.clone(),
            };
            if let Some(other) = ranges.iter().find(|o| o.base <= high && base <= o.high) {
                return Err(JoinError::Overlap {
                    first: other.path.clone(),
                    second: new.path,
                    address: base.max(other.base),
                });
            }
            ranges.push(new);
        }
    }
    let mut unanswered: Vec<String> = region
        .apertures
        .iter()
        .map(|a| &a.interface)
        .filter(|i| !ranges.iter().any(|r| &r.interface == *i))
        .cloned()
        .collect();
    unanswered.dedup();
    Ok(Joined {
        region: region.path.clone(),
        module: rm.system.name.clone(),
        apertures: region.apertures.clone(),
        ranges,
        unanswered,
    })
}

/// The absolute places of one range: one for each aperture of its interface (two masters may see a region at
/// different addresses).
fn place<'r>(
    region: &'r super::isolation::PartialRegion,
    own: &MemRange,
) -> Result<Vec<(&'r Aperture, u64, u64, Placement)>, JoinError> {
    let apertures: Vec<&Aperture> =
        region.apertures.iter().filter(|a| a.interface == own.master_interface).collect();
    let Some(first) = apertures.first() else {
        return Err(JoinError::NoAperture {
            region: region.path.clone(),
            module: own.instance.clone(),
            interface: own.master_interface.clone(),
            known: region.apertures.iter().map(|a| a.interface.clone()).collect(),
        });
    };
    let refuse = |a: &Aperture| JoinError::DoesNotFit {
        module: own.instance.clone(),
        interface: own.master_interface.clone(),
        base: own.base,
        high: own.high,
        aperture_base: a.base,
        aperture_high: a.high,
    };
    let holding: Vec<&&Aperture> =
        apertures.iter().filter(|a| (a.base..=a.high).contains(&own.base)).collect();
    if holding.is_empty() {
        return apertures
            .iter()
            .map(|a| {
                let base = a.base.checked_add(own.base);
                let high = a.base.checked_add(own.high).filter(|high| *high <= a.high);
                base.zip(high).map(|(b, h)| (*a, b, h, Placement::Relocated)).ok_or_else(|| refuse(a))
            })
            .collect();
    }
    let fitting: Vec<_> = holding
        .iter()
        .filter(|a| own.high <= a.high)
        .map(|a| (**a, own.base, own.high, Placement::Absolute))
        .collect();
    if fitting.is_empty() { Err(refuse(first)) } else { Ok(fitting) }
}
