// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a floorplan check finds: typed, with a stable code, a severity, a sentence and the source of the rule.

use crate::family::Family;
use crate::pblock::DropCause;
use crate::site::{SiteKind, SiteRange};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; nothing to do.
    Note,
    /// Works, but costs something or hides a mistake.
    Warning,
    /// Vivado refuses it, or the partition cannot work as drawn.
    Error,
}

impl Severity {
    /// Name for machines: `note`, `warning`, `error`.
    pub fn id(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// One finding about a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finding {
    /// The Pblock has no range that can be used.
    NoRanges,
    /// A range reaches beyond the site numbers of the die.
    OutsideDevice {
        /// The range as written.
        range: SiteRange,
        /// Highest X and Y that the die has for this site type.
        max: (u32, u32),
    },
    /// The device has no site of this type.
    NoSuchSite {
        /// The range as written.
        range: SiteRange,
    },
    /// A range covers places where the fabric is replaced.
    Hole {
        /// The range as written.
        range: SiteRange,
        /// What is there: `PS`, `CFG`, `PCIE2`, `LAGUNA`, ..
        what: &'static str,
        /// Sites of the range that do not exist.
        missing: u32,
    },
    /// `RESET_AFTER_RECONFIG` with an edge inside a clock region.
    ResetUnaligned {
        /// First and last CLB row of the Pblock.
        rows: (u32, u32),
        /// The same, moved out to the clock-region boundaries.
        aligned: (u32, u32),
    },
    /// Columns whose interconnect partner is not ranged.
    SplitPair {
        /// SLICE (or other site) columns that are lost, as first X numbers with the site type.
        sites: Vec<String>,
        /// Are they dropped by snapping (`true`), or left in and unplaceable (`false`)?
        snapped: bool,
    },
    /// Columns that are dropped because their neighbour cannot be reconfigured.
    FixedNeighbour {
        /// The columns, as first X numbers with the site type.
        sites: Vec<String>,
    },
    /// Rows lost because the edge cuts a block RAM, DSP or UltraRAM tile (or unit).
    CutInHeight {
        /// The columns, as first X numbers with the site type.
        sites: Vec<String>,
        /// Lowest and highest CLB row that is lost.
        rows: (u32, u32),
    },
    /// Two partitions have a column in the same clock-region row.
    SharedColumn {
        /// The other partition.
        other: String,
        /// How many columns (of one clock-region row each).
        columns: usize,
        /// The clock-region rows, from the bottom.
        rows: Vec<u32>,
    },
    /// Two partitions range the same site.
    Overlap {
        /// The other partition.
        other: String,
        /// One range of each.
        ranges: (SiteRange, SiteRange),
    },
    /// A reconfigurable site type lies in the rectangle and is not ranged.
    UnrangedSiteType {
        /// The type.
        kind: SiteKind,
        /// Range that would take it in.
        range: SiteRange,
    },
    /// RAMB18 and RAMB36 do not range the same block RAM.
    RambMismatch {
        /// Block RAM tiles ranged as RAMB36.
        ramb36: u32,
        /// Block RAM tiles ranged (whole) as RAMB18.
        ramb18: u32,
    },
    /// A site type that must stay static on 7 series.
    NotReconfigurable {
        /// The range as written.
        range: SiteRange,
    },
    /// A clock-region range, which Vivado refuses for 7-series partitions.
    ClockRegionRange {
        /// The range as written.
        range: SiteRange,
    },
    /// Ranges that this check has no geometry for.
    NotChecked {
        /// The range as written.
        range: SiteRange,
    },
    /// UltraScale(+): the top or bottom edge lies on a clock-region boundary inside the die.
    EdgeOnClockRegion {
        /// CLB rows that lie on the boundary.
        rows: Vec<u32>,
        /// Slices that Vivado will not use there.
        slices: u32,
    },
    /// The partial bitstream is larger than the full one.
    LargerThanFull {
        /// Predicted size.
        partial: u64,
        /// Frame data of a full bitstream.
        full: u64,
        /// The part that `RESET_AFTER_RECONFIG` adds.
        because_of_reset: u64,
    },
    /// `RESET_AFTER_RECONFIG` on a family that has no such property.
    ResetOnWrongFamily {
        /// The family.
        family: Family,
    },
    /// `SNAPPING_MODE OFF` on a family that always snaps.
    SnappingAlwaysOn {
        /// The family.
        family: Family,
    },
    /// Nothing is left after snapping.
    Empty,
    /// The Pblock spans more than one die of a stacked part.
    SpansDies {
        /// Lowest and highest die.
        dies: (u32, u32),
    },
    /// The Pblock ranges sites, but the frames of this die are not public.
    NoFrameMap {
        /// What is unknown about the die.
        lacks: Vec<&'static str>,
    },
    /// A module needs nearly all, or more, of what the Pblock has.
    Capacity {
        /// The module.
        module: String,
        /// The resource: `lut`, `ff`, `ramb18`, `dsp`, `uram`.
        resource: &'static str,
        /// What the module uses.
        needed: u64,
        /// What the snapped Pblock has.
        available: u64,
    },
}

const UG909_SNAP: &str = "UG909, Automatic Adjustments for Reconfigurable Partition Pblocks";
const UG909_PBLOCKS: &str = "UG909, Create a Floorplan for the Reconfigurable Region";
const UG909_RESET: &str = "UG909, Apply Reset After Reconfiguration";
const UG909_7S: &str = "UG909, Design Requirements and Guidelines for 7 series";
const UG909_US: &str = "UG909, Design Considerations for UltraScale and UltraScale+";

impl Finding {
    /// Every code there is, in the order of the enum.
    pub const CODES: [&'static str; 23] = [
        "no-ranges",
        "outside-device",
        "no-such-site",
        "hole",
        "reset-unaligned",
        "split-pair",
        "fixed-neighbour",
        "cut-in-height",
        "shared-column",
        "overlap",
        "unranged-site-type",
        "ramb-mismatch",
        "not-reconfigurable",
        "clock-region-range",
        "not-checked",
        "edge-on-clock-region",
        "larger-than-full",
        "reset-on-wrong-family",
        "snapping-always-on",
        "empty",
        "spans-dies",
        "no-frame-map",
        "capacity",
    ];

    /// The stable short code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoRanges => "no-ranges",
            Self::OutsideDevice { .. } => "outside-device",
            Self::NoSuchSite { .. } => "no-such-site",
            Self::Hole { .. } => "hole",
            Self::ResetUnaligned { .. } => "reset-unaligned",
            Self::SplitPair { .. } => "split-pair",
            Self::FixedNeighbour { .. } => "fixed-neighbour",
            Self::CutInHeight { .. } => "cut-in-height",
            Self::SharedColumn { .. } => "shared-column",
            Self::Overlap { .. } => "overlap",
            Self::UnrangedSiteType { .. } => "unranged-site-type",
            Self::RambMismatch { .. } => "ramb-mismatch",
            Self::NotReconfigurable { .. } => "not-reconfigurable",
            Self::ClockRegionRange { .. } => "clock-region-range",
            Self::NotChecked { .. } => "not-checked",
            Self::EdgeOnClockRegion { .. } => "edge-on-clock-region",
            Self::LargerThanFull { .. } => "larger-than-full",
            Self::ResetOnWrongFamily { .. } => "reset-on-wrong-family",
            Self::SnappingAlwaysOn { .. } => "snapping-always-on",
            Self::Empty => "empty",
            Self::SpansDies { .. } => "spans-dies",
            Self::NoFrameMap { .. } => "no-frame-map",
            Self::Capacity { .. } => "capacity",
        }
    }

    /// How bad it is.
    pub fn severity(&self) -> Severity {
        match self {
            Self::OutsideDevice { .. }
            | Self::NoSuchSite { .. }
            | Self::SharedColumn { .. }
            | Self::Overlap { .. }
            | Self::NotReconfigurable { .. }
            | Self::ClockRegionRange { .. }
            | Self::NoRanges
            | Self::Empty => Severity::Error,
            Self::Capacity { needed, available, .. } if needed > available => Severity::Error,
            Self::Capacity { .. }
            | Self::ResetUnaligned { .. }
            | Self::SplitPair { .. }
            | Self::CutInHeight { .. }
            | Self::UnrangedSiteType { .. }
            | Self::RambMismatch { .. }
            | Self::EdgeOnClockRegion { .. }
            | Self::LargerThanFull { .. }
            | Self::ResetOnWrongFamily { .. }
            | Self::SnappingAlwaysOn { .. }
            | Self::SpansDies { .. } => Severity::Warning,
            Self::Hole { .. }
            | Self::FixedNeighbour { .. }
            | Self::NotChecked { .. }
            | Self::NoFrameMap { .. } => Severity::Note,
        }
    }

    /// Where the rule comes from: a section of a user guide, the id of Vivado's own message, or the measurement.
    pub fn source(&self) -> &'static str {
        match self {
            Self::NoRanges | Self::Empty => "Vivado DRC HDPR-18",
            Self::OutsideDevice { .. } | Self::NoSuchSite { .. } => "UG835, resize_pblock",
            Self::Hole { .. } => UG909_PBLOCKS,
            Self::ResetUnaligned { .. } | Self::LargerThanFull { .. } => UG909_RESET,
            Self::SplitPair { .. }
            | Self::FixedNeighbour { .. }
            | Self::CutInHeight { .. }
            | Self::SnappingAlwaysOn { .. } => UG909_SNAP,
            Self::SharedColumn { .. } => {
                "UG909, Design Criteria; Vivado DRC HDPR-25 and HDPR-39, [Constraints 18-5689]"
            }
            Self::Overlap { .. } => "Vivado DRC HDPR-66",
            Self::UnrangedSiteType { .. } => {
                "UG909, Create a Floorplan for the Reconfigurable Region; Vivado DRC HDPR-45"
            }
            Self::RambMismatch { .. } => "AMD's own DFX floorplans range both types alike",
            Self::NotReconfigurable { .. } => UG909_7S,
            Self::ClockRegionRange { .. } => "Vivado DRC HDPR-14 and HDPR-18",
            Self::NotChecked { .. } | Self::NoFrameMap { .. } => "limits of this check",
            Self::EdgeOnClockRegion { .. } => {
                "[Constraints 18-5648]; UG909, Design Considerations for UltraScale and UltraScale+"
            }
            Self::ResetOnWrongFamily { .. } => "Vivado DRC HDPR-32",
            Self::SpansDies { .. } => UG909_US,
            Self::Capacity { .. } => "report_utilization of the module against the snapped Pblock",
        }
    }

    /// The finding for lost columns.
    pub(crate) fn lost(cause: DropCause, sites: Vec<String>, rows: (u32, u32), snapped: bool) -> Self {
        match cause {
            DropCause::PartnerNotRanged => Self::SplitPair { sites, snapped },
            DropCause::PartnerFixed => Self::FixedNeighbour { sites },
            DropCause::Height => Self::CutInHeight { sites, rows },
        }
    }
}
