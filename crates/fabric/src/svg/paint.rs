// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Colours and patterns of the picture.

use crate::device::ColumnKind;

/// How a kind of column is painted.
pub(super) struct Swatch {
    pub(super) name: &'static str,
    pub(super) fill: &'static str,
    pub(super) kinds: &'static [ColumnKind],
}

/// All kinds, in the order of the legend. Interconnect is part of the ground and has no entry of its own.
pub(super) const KINDS: &[Swatch] = &[
    Swatch { name: "CLB (SLICEL)", fill: "#e9eef4", kinds: &[ColumnKind::ClbL] },
    Swatch { name: "CLB (SLICEM)", fill: "#d8e2ee", kinds: &[ColumnKind::ClbM] },
    Swatch { name: "Block RAM", fill: "#cdb9ea", kinds: &[ColumnKind::Bram] },
    Swatch { name: "DSP", fill: "#a9dcc0", kinds: &[ColumnKind::Dsp, ColumnKind::DspClock] },
    Swatch { name: "UltraRAM", fill: "#f4c79f", kinds: &[ColumnKind::Uram] },
    Swatch {
        name: "Interconnect",
        fill: "#f7f8fa",
        kinds: &[ColumnKind::Int, ColumnKind::Intf, ColumnKind::PsIntf],
    },
    Swatch { name: "I/O", fill: "#f6e29a", kinds: &[ColumnKind::Io, ColumnKind::Xiphy] },
    Swatch { name: "Transceivers", fill: "#f2b3a8", kinds: &[ColumnKind::Gt] },
    Swatch { name: "Clocking", fill: "#c3cbd6", kinds: &[ColumnKind::Cmt, ColumnKind::ClockSpine] },
    Swatch { name: "Configuration", fill: "#d9c8b4", kinds: &[ColumnKind::CfgSpine] },
    Swatch { name: "Hard blocks", fill: "#c9b9a6", kinds: &[ColumnKind::Hard] },
];

/// Index into [`KINDS`].
pub(super) fn swatch(kind: ColumnKind) -> Option<usize> {
    KINDS.iter().position(|s| s.kinds.contains(&kind))
}

/// Colours of partitions, readable on the ground and apart from each other also for the colour-blind.
pub(super) const PALETTE: [&str; 8] =
    ["#d1495b", "#2e6fb7", "#e08e1b", "#26806a", "#7b4ea8", "#0f8fa8", "#8a5a2b", "#b23a88"];

/// Patterns for written frames.
pub(super) const DEFS: &str = "<defs>\
<pattern id=\"hatch0\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">\
<path d=\"M0 0v5\" stroke=\"#1d2733\" stroke-opacity=\".6\" stroke-width=\"1.4\"/></pattern>\
<pattern id=\"hatch1\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(-45)\">\
<path d=\"M0 0v5\" stroke=\"#7a1f2b\" stroke-opacity=\".6\" stroke-width=\"1.4\"/></pattern></defs>";
