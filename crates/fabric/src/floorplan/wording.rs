// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a finding says to people: one sentence, and what to do.

use std::fmt;

use super::Finding;

impl Finding {
    /// What to do about it, when there is something to do.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::NoRanges | Self::Empty => "give the Pblock at least one SLICE range of whole interconnect pairs".into(),
            Self::OutsideDevice { range, max } => {
                format!("the highest site of this type is {}_X{}Y{}", range.type_name, max.0, max.1)
            }
            Self::NoSuchSite { range } => format!("remove {range}"),
            Self::ResetUnaligned { aligned, .. } => {
                format!("let the SLICE ranges span Y{} to Y{}, or leave RESET_AFTER_RECONFIG off", aligned.0, aligned.1)
            }
            Self::SplitPair { snapped: false, .. } => {
                "set SNAPPING_MODE ON, or move the edge so that both columns of each pair are in or out".into()
            }
            Self::SplitPair { .. } => "move the edge by one column if you count on these sites".into(),
            Self::CutInHeight { .. } => {
                "start and end at multiples of 5 CLB rows beside block RAM and DSP, of 15 beside UltraRAM".into()
            }
            Self::SharedColumn { other, .. } | Self::Overlap { other, .. } => {
                format!("move this Pblock or `{other}` so that no column of one clock region belongs to both")
            }
            Self::UnrangedSiteType { range, .. } => format!("add {range}"),
            Self::RambMismatch { .. } => "range RAMB18 and RAMB36 over the same tiles: RAMB18 Y is twice RAMB36 Y".into(),
            Self::NotReconfigurable { range } => format!("keep {} in the static design", range.type_name),
            Self::ClockRegionRange { .. } => "write SLICE, DSP48, RAMB18 and RAMB36 ranges".into(),
            Self::EdgeOnClockRegion { .. } => {
                "keep the edge a few rows off the boundary: the same frames are written, and routing can expand".into()
            }
            Self::LargerThanFull { because_of_reset, .. } if *because_of_reset > 0 => {
                "leave RESET_AFTER_RECONFIG off and reset the module yourself, or make the partition smaller".into()
            }
            Self::LargerThanFull { .. } => "load the full bitstream instead, or make the partition smaller".into(),
            Self::ResetOnWrongFamily { .. } => "remove RESET_AFTER_RECONFIG: modules are always reset on this family".into(),
            Self::SnappingAlwaysOn { .. } => "remove SNAPPING_MODE: this family always snaps".into(),
            Self::SpansDies { .. } => "keep a partition within one die".into(),
            Self::Capacity { .. } => "make the Pblock larger: `dfxkit floorplan --suggest` finds the smallest that fits".into(),
            Self::Hole { .. } | Self::FixedNeighbour { .. } | Self::NotChecked { .. } | Self::NoFrameMap { .. } => {
                return None;
            }
        })
    }
}

fn some(list: &[String]) -> String {
    match list {
        [] => "no column".into(),
        l if l.len() <= 6 => l.join(", "),
        l => format!("{} and {} more", l[..5].join(", "), l.len() - 5),
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRanges => f.write_str("the Pblock has no range that can be used"),
            Self::OutsideDevice { range, .. } => write!(f, "{range} reaches beyond the device"),
            Self::NoSuchSite { range } => write!(f, "the device has no {} sites ({range})", range.type_name),
            Self::Hole { range, what, missing } => {
                write!(f, "{missing} sites of {range} do not exist: {what} takes their place")
            }
            Self::ResetUnaligned { rows, .. } => write!(
                f,
                "RESET_AFTER_RECONFIG needs whole clock regions in height, and the Pblock spans CLB rows {} to {}",
                rows.0, rows.1
            ),
            Self::SplitPair { sites, snapped: true } => {
                write!(
                    f,
                    "snapping drops {}: the other half of the interconnect pair is not in the Pblock",
                    some(sites)
                )
            }
            Self::SplitPair { sites, snapped: false } => write!(
                f,
                "{} cannot be placed: the edge splits their interconnect pair, and SNAPPING_MODE is off",
                some(sites)
            ),
            Self::FixedNeighbour { sites } => {
                write!(
                    f,
                    "left out: {} (the neighbouring column cannot be reconfigured with it)",
                    some(sites)
                )
            }
            Self::CutInHeight { sites, rows } => write!(
                f,
                "rows are lost (between CLB rows {} and {}): the edge cuts a tile of {}",
                rows.0,
                rows.1,
                some(sites)
            ),
            Self::SharedColumn { other, columns, rows } => {
                let rows: Vec<String> = rows.iter().map(u32::to_string).collect();
                write!(
                    f,
                    "`{other}` has {columns} of the same columns in clock-region row {}",
                    rows.join(", ")
                )
            }
            Self::Overlap { other, ranges } => {
                write!(f, "{} and {} of `{other}` share sites", ranges.0, ranges.1)
            }
            Self::UnrangedSiteType { kind, range } => {
                write!(f, "{kind} columns lie in the rectangle and are not ranged ({range})")
            }
            Self::RambMismatch { ramb36, ramb18 } => {
                write!(f, "{ramb36} block RAMs are ranged as RAMB36 but {ramb18} as RAMB18 pairs")
            }
            Self::NotReconfigurable { range } => {
                write!(f, "{} sites cannot be reconfigured on 7 series ({range})", range.type_name)
            }
            Self::ClockRegionRange { range } => {
                write!(f, "{range}: Vivado refuses clock regions for 7-series partitions")
            }
            Self::NotChecked { range } => {
                write!(f, "{range} was not checked: no geometry of {} here", range.type_name)
            }
            Self::EdgeOnClockRegion { rows, slices } => {
                let rows: Vec<String> = rows.iter().map(|r| format!("Y{r}")).collect();
                write!(
                    f,
                    "an edge lies on a clock-region boundary ({}): routing is limited there and {slices} slices stay unused",
                    rows.join(", ")
                )
            }
            Self::LargerThanFull { partial, full, .. } => {
                write!(
                    f,
                    "the partial bitstream will have {partial} bytes, more than the {full} of a full one"
                )
            }
            Self::ResetOnWrongFamily { family } => {
                write!(f, "RESET_AFTER_RECONFIG does not exist on {family}")
            }
            Self::SnappingAlwaysOn { family } => write!(f, "SNAPPING_MODE OFF has no effect on {family}"),
            Self::Empty => f.write_str("nothing is left of the Pblock after snapping"),
            Self::SpansDies { dies } => {
                write!(
                    f,
                    "the Pblock spans dies {} to {}; only its part on die {} was checked",
                    dies.0, dies.1, dies.0
                )
            }
            Self::Capacity { module, resource, needed, available } => {
                write!(f, "`{module}` needs {needed} {resource} and the Pblock has {available}")
            }
            Self::NoFrameMap { lacks } => {
                write!(
                    f,
                    "frames and size are unknown: no public frame map of this die ({})",
                    lacks.join(", ")
                )
            }
        }
    }
}
