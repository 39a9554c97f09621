// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Devices: from a part string or an IDCODE to dies, their geometry and their frames.
//!
//! Covers the dies of `data/dies.txt` (7 series, UltraScale, UltraScale+). Not known: Versal (no public frame map), the frames
//! of RFSoC SDFEC/DFE columns and Spartan UltraScale+ HDIO-S ([`Die::lacks`]), clock-region boundaries in X on UltraScale(+), and which SLR
//! of a stacked part a nested bitstream stream belongs to.
//!
//! ```
//! use dfxkit_fabric::device::{BlockType, Device, FrameAddress};
//! let device = Device::of_part("xc7z020clg400-1")?;
//! let die = device.die().expect("not a stacked part");
//! assert_eq!((die.rows(), die.words_per_frame()), (3, 101));
//! let map = die.frame_map().expect("every column's frames are known");
//! assert_eq!(map.positions() * die.words_per_frame(), 1_010_808);
//! // Row 2 is the top half of this die: half bit 0, register row 0.
//! let first = FrameAddress { block: BlockType::Fabric, row: 2, column: 0, minor: 0 };
//! assert_eq!((die.encode(first), map.index_of(first)), (Some(0), Some(0)));
//! # Ok::<(), dfxkit_fabric::device::NoDevice>(())
//! ```

mod data;
mod die;
mod layout;
mod map;

use core::fmt;

pub use die::{BlockType, Column, Die, FrameAddress, HardColumn, Hole, PartEntry, Side};
pub use layout::{
    ColumnKind, FarLayout, Field, PAD_FRAMES, SiteClass, bram_content_frames, far_layout, site_classes,
};
pub use map::FrameMap;

use crate::family::Family;
use crate::part::{PartError, PartName};

/// All dies known here.
pub fn dies() -> &'static [Die] {
    data::dies()
}

/// A device: one die, or the dies of a stacked part.
#[derive(Debug, Clone)]
pub struct Device {
    name: String,
    slrs: Vec<&'static Die>,
    idcode: Option<u32>,
}

/// Why there is no frame map for a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoDevice {
    /// The part string cannot be read.
    Part(PartError),
    /// The family has no public frame map (Versal).
    Family {
        /// Device name.
        device: String,
        /// Its family.
        family: Family,
    },
    /// The device is not in the data file; its family is known when the name has the shape of one.
    Unknown {
        /// Device name.
        device: String,
        /// Its family, when the name tells.
        family: Option<Family>,
    },
    /// A file without a part whose IDCODE is of no device known here (stacked parts among them).
    Idcode {
        /// The value.
        idcode: u32,
    },
}

impl fmt::Display for NoDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Part(e) => e.fmt(f),
            Self::Family { device, family } => {
                write!(
                    f,
                    "no frame map for {device}: none is public for {family}; frames and Pblocks of this part cannot be checked"
                )
            }
            Self::Unknown { device, family: Some(family) } => {
                write!(
                    f,
                    "no frame map for {device}: {family}, but not among the {} dies known here",
                    dies().len()
                )
            }
            Self::Idcode { idcode } => {
                write!(
                    f,
                    "no frame map: the file names no part, and its IDCODE {idcode:08x} is not among those known here; give the part"
                )
            }
            Self::Unknown { device, family: None } => {
                write!(f, "no frame map for {device}: not a part of 7 series, UltraScale or UltraScale+")
            }
        }
    }
}

impl std::error::Error for NoDevice {}

impl From<PartError> for NoDevice {
    fn from(e: PartError) -> Self {
        Self::Part(e)
    }
}

impl Device {
    /// The device of a part string in any spelling.
    ///
    /// ```
    /// use dfxkit_fabric::device::{Device, NoDevice};
    /// assert_eq!(Device::of_part("7a35tcpg236")?.die().map(|d| d.name()), Some("xc7a50t"));
    /// assert_eq!(Device::of_part("xcvu9p-flga2104-1-e")?.slrs().len(), 3);
    /// assert!(matches!(Device::of_part("xcvc1902-vsvd1760-2MP-e-S"), Err(NoDevice::Family { .. })));
    /// # Ok::<(), NoDevice>(())
    /// ```
    pub fn of_part(part: &str) -> Result<Self, NoDevice> {
        let parsed = PartName::parse(part)?;
        let name = parsed.device();
        let family = parsed.family();
        if family == Some(Family::Versal) {
            return Err(NoDevice::Family { device: name, family: Family::Versal });
        }
        Self::of_core(parsed.core(), &name).ok_or(NoDevice::Unknown { device: name, family })
    }

    fn of_core(core: &str, name: &str) -> Option<Self> {
        let (mut slrs, mut idcode) = (Vec::new(), None);
        for die in dies() {
            for part in die.parts().iter().filter(|p| part_core(p.name).0 == core) {
                if let Some(slr) = part_core(part.name).1 {
                    slrs.push((slr, die));
                } else if slrs.is_empty() {
                    slrs.push((0, die));
                }
                idcode = idcode.or(part.idcode);
            }
        }
        slrs.sort_by_key(|s| s.0);
        slrs.dedup_by_key(|s| s.0);
        let slrs: Vec<_> = slrs.into_iter().map(|s| s.1).collect();
        (!slrs.is_empty()).then(|| Self { name: name.to_owned(), slrs, idcode })
    }

    /// The devices whose bitstreams may carry this IDCODE, revision (top nibble) not looked at. More than one part can share
    /// an IDCODE (`xczu3eg`, `xczu3cg`); they then share the die, too.
    pub fn of_idcode(idcode: u32) -> Vec<Self> {
        dies()
            .iter()
            .flat_map(|die| die.parts().iter().map(move |p| (die, p)))
            .filter(|(_, p)| p.idcode.is_some_and(|i| same_idcode(i, idcode)))
            .map(|(die, p)| Self { name: p.name.to_owned(), slrs: vec![die], idcode: p.idcode })
            .collect()
    }

    /// Device name with vendor prefix: `xc7z020`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Family.
    pub fn family(&self) -> Family {
        self.slrs[0].family()
    }

    /// The die of a device that has only one; `None` for a stacked part.
    pub fn die(&self) -> Option<&'static Die> {
        (self.slrs.len() == 1).then(|| self.slrs[0])
    }

    /// All dies, D0 first; at least one.
    pub fn slrs(&self) -> &[&'static Die] {
        &self.slrs
    }

    /// IDCODE that bitstreams of the part carry, where known.
    pub fn idcode(&self) -> Option<u32> {
        self.idcode
    }
}

/// `true` when two IDCODE values name the same device: the revision in the top nibble is masked off.
pub const fn same_idcode(a: u32, b: u32) -> bool {
    a & 0x0fff_ffff == b & 0x0fff_ffff
}

/// Device core and SLR number of a name in the data file (`xcvu9p.d1` -> `vu9p`, 1). Variants with a grade letter or an
/// underscore suffix (`xc7a35ti`, `xcku060_civ`) come out with it.
fn part_core(name: &str) -> (&str, Option<u32>) {
    let (name, slr) = match name.rsplit_once(".d") {
        Some((n, s)) => (n, s.parse().ok()),
        None => (name, None),
    };
    let core = ["xqr", "xc", "xa", "xq"].into_iter().find_map(|p| name.strip_prefix(p)).unwrap_or(name);
    (core, slr)
}
