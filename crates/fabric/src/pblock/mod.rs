// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pblock geometry: site ranges to columns and CLB rows, snapping, and the frames of a partial bitstream.
//!
//! Known: SLICE, DSP48, RAMB18, RAMB36 and URAM288 ranges on the dies of [`crate::device`]. Not known: clock-region ranges on
//! UltraScale(+), I/O, transceiver, clocking and LAGUNA sites, and sites that a smaller part of a shared die leaves out
//! (xc7a35t is an xc7a50t die): counts are those of the die.

pub(crate) mod cover;
mod frames;
pub(crate) mod grid;
pub(crate) mod rows;
pub(crate) mod snap;

use std::fmt;

pub use frames::{FrameColumn, FrameColumns};
pub use snap::DropCause;

use crate::family::Family;
use crate::site::SiteRange;
use crate::xdc::{Xdc, XdcPblock};

/// The `SNAPPING_MODE` property of a Pblock (UG912).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SnappingMode {
    /// The ranges are used as drawn (7 series default).
    Off,
    /// The ranges are shrunk to whole interconnect pairs.
    On,
    /// Like `On`, and the Pblock may span I/O, configuration and clock columns for routing.
    Routing,
    /// `FINE_GRAINED`, seen in platforms; treated like `On` here.
    FineGrained,
    /// `NESTED`, for child Pblocks of nested DFX; treated like `On` here.
    Nested,
}

impl SnappingMode {
    /// The mode of a property text, any case; `None` when Vivado has no such value.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text.to_ascii_uppercase().as_str() {
            "OFF" | "FALSE" | "0" => Self::Off,
            "ON" | "TRUE" | "1" => Self::On,
            "ROUTING" => Self::Routing,
            "FINE_GRAINED" => Self::FineGrained,
            "NESTED" => Self::Nested,
            _ => return None,
        })
    }

    /// The property value.
    pub fn name(self) -> &'static str {
        match self {
            Self::Off => "OFF",
            Self::On => "ON",
            Self::Routing => "ROUTING",
            Self::FineGrained => "FINE_GRAINED",
            Self::Nested => "NESTED",
        }
    }
}

impl fmt::Display for SnappingMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The Pblock of one reconfigurable partition, as drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PblockSpec {
    /// Name of the partition (or of the Pblock).
    pub name: String,
    /// Ranges, corners included.
    pub ranges: Vec<SiteRange>,
    /// `SNAPPING_MODE`, when set.
    pub snapping_mode: Option<SnappingMode>,
    /// `RESET_AFTER_RECONFIG`, when set.
    pub reset_after_reconfig: Option<bool>,
    /// `PARENT`, when set: the Pblock that this one lies in (nested DFX); such a pair may overlap.
    pub parent: Option<String>,
}

impl PblockSpec {
    /// A Pblock of ranges, without properties.
    ///
    /// ```
    /// use dfxkit_fabric::{pblock::PblockSpec, site::SiteRange};
    /// let ranges = SiteRange::parse_list("SLICE_X36Y50:SLICE_X39Y99")?;
    /// assert_eq!(PblockSpec::new("pr_0", ranges).snaps_on(dfxkit_fabric::Family::Series7), false);
    /// # Ok::<(), dfxkit_fabric::site::RangeError>(())
    /// ```
    pub fn new(name: &str, ranges: Vec<SiteRange>) -> Self {
        Self { name: name.to_owned(), ranges, snapping_mode: None, reset_after_reconfig: None, parent: None }
    }

    /// The Pblock of a constraint file. Properties with a value that Vivado would refuse count as not set.
    pub fn from_xdc(p: &XdcPblock) -> Self {
        Self {
            name: p.name.clone(),
            ranges: p.ranges.iter().map(|r| r.value.clone()).collect(),
            snapping_mode: p.property("SNAPPING_MODE").and_then(SnappingMode::parse),
            reset_after_reconfig: p.flag("RESET_AFTER_RECONFIG"),
            parent: p.property("PARENT").filter(|s| !s.is_empty() && *s != "ROOT").map(str::to_owned),
        }
    }

    /// All Pblocks of a constraint file.
    pub fn all_from_xdc(xdc: &Xdc) -> Vec<Self> {
        xdc.pblocks.iter().map(Self::from_xdc).collect()
    }

    /// Is the Pblock snapped on this family? 7 series: only when `SNAPPING_MODE` says so; later families always (UG909).
    pub fn snaps_on(&self, family: Family) -> bool {
        family.snaps_by_default() || !matches!(self.snapping_mode, None | Some(SnappingMode::Off))
    }

    /// Does a module start from its initial values? Always so beyond 7 series (UG909).
    pub fn resets_on(&self, family: Family) -> bool {
        !family.has_reset_after_reconfig() || self.reset_after_reconfig == Some(true)
    }
}
