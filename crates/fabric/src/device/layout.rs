// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! What holds for every die of a family: column kinds and their frames, sites a column, fields of a frame address.
//!
//! Frame counts come from the Project Combine databases (0BSD OR Apache-2.0) and reproduce the FDRI length of every public
//! full bitstream looked at. Address fields: UG470 (7 series), UG570 (UltraScale, UltraScale+).

use core::fmt;

use crate::family::Family;

/// Pad frames that a bitstream carries at the end of each clock-region row, in each block type.
pub const PAD_FRAMES: u32 = 2;

/// What a column of the fabric holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ColumnKind {
    /// Logic, SLICEL only.
    ClbL,
    /// Logic with SLICEM.
    ClbM,
    /// Block RAM: interconnect in block type 0, content in block type 1.
    Bram,
    /// DSP.
    Dsp,
    /// UltraScale: DSP with clock buffers beside it.
    DspClock,
    /// UltraRAM.
    Uram,
    /// UltraScale(+): interconnect of the group.
    Int,
    /// UltraScale(+): interface tile between interconnect and a hard block.
    Intf,
    /// UltraScale+: interface to the processing system.
    PsIntf,
    /// UltraScale(+): hard blocks by row (PCIe, CMAC, HDIO, configuration).
    Hard,
    /// I/O banks.
    Io,
    /// Clock management.
    Cmt,
    /// UltraScale(+): XIPHY beside I/O banks.
    Xiphy,
    /// Transceivers.
    Gt,
    /// 7 series: the clock spine.
    ClockSpine,
    /// 7 series: the configuration spine.
    CfgSpine,
    /// A kind whose frames nobody has published (RFSoC SDFEC and DFE, Spartan UltraScale+ HDIO-S); the letter of the data file.
    Unknown(char),
}

impl ColumnKind {
    /// The kind of a letter in the data file.
    pub(super) fn from_letter(c: char) -> Self {
        match c {
            'l' => Self::ClbL,
            'm' => Self::ClbM,
            'b' => Self::Bram,
            'd' => Self::Dsp,
            'D' => Self::DspClock,
            'u' => Self::Uram,
            'i' => Self::Int,
            'n' => Self::Intf,
            'p' => Self::PsIntf,
            'h' => Self::Hard,
            'o' => Self::Io,
            'c' => Self::Cmt,
            'x' => Self::Xiphy,
            'g' => Self::Gt,
            'k' => Self::ClockSpine,
            'f' => Self::CfgSpine,
            other => Self::Unknown(other),
        }
    }

    /// Frames of block type 0 that one clock-region row of such a column has; 0 when the family has no such
    /// column or its frames are not known.
    pub const fn frames(self, family: Family) -> u32 {
        match family {
            Family::Series7 => match self {
                Self::ClbL | Self::ClbM => 36,
                Self::Bram | Self::Dsp => 28,
                Self::CfgSpine | Self::ClockSpine | Self::Cmt => 30,
                Self::Io => 42,
                Self::Gt => 32,
                _ => 0,
            },
            Family::UltraScale => match self {
                Self::ClbL | Self::ClbM | Self::Gt => 12,
                Self::Bram | Self::Dsp => 4,
                Self::DspClock | Self::Intf => 6,
                Self::Int => 58,
                Self::Hard => 2,
                Self::Io => 10,
                Self::Xiphy => 16,
                _ => 0,
            },
            Family::UltraScalePlus => match self {
                Self::ClbL | Self::ClbM | Self::PsIntf => 16,
                Self::Bram => 6,
                Self::Dsp | Self::Io | Self::Gt => 8,
                Self::Uram => 9,
                Self::Int => 76,
                Self::Intf | Self::Xiphy => 4,
                Self::Hard => 10,
                Self::Cmt => 12,
                _ => 0,
            },
            Family::Versal => 0,
        }
    }

    /// `true` for the two logic kinds.
    pub const fn is_clb(self) -> bool {
        matches!(self, Self::ClbL | Self::ClbM)
    }

    /// `true` for DSP columns, with or without clock buffers.
    pub const fn is_dsp(self) -> bool {
        matches!(self, Self::Dsp | Self::DspClock)
    }

    /// Name for machines and messages: `clb-l`, `bram`, `int`, ...
    pub const fn id(self) -> &'static str {
        match self {
            Self::ClbL => "clb-l",
            Self::ClbM => "clb-m",
            Self::Bram => "bram",
            Self::Dsp => "dsp",
            Self::DspClock => "dsp-clock",
            Self::Uram => "uram",
            Self::Int => "int",
            Self::Intf => "intf",
            Self::PsIntf => "ps-intf",
            Self::Hard => "hard",
            Self::Io => "io",
            Self::Cmt => "cmt",
            Self::Xiphy => "xiphy",
            Self::Gt => "gt",
            Self::ClockSpine => "clock-spine",
            Self::CfgSpine => "cfg-spine",
            Self::Unknown(_) => "unknown",
        }
    }
}

impl fmt::Display for ColumnKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// Frames of block RAM content per block RAM column and row (block type 1).
pub const fn bram_content_frames(family: Family) -> u32 {
    match family {
        Family::Series7 | Family::UltraScale => 128,
        Family::UltraScalePlus => 256,
        Family::Versal => 0,
    }
}

/// A kind of site that Pblocks range, and where it sits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SiteClass {
    /// Prefix of the site name: `SLICE`, `RAMB36`, ...
    pub prefix: &'static str,
    /// Column kinds that carry it.
    pub kinds: &'static [ColumnKind],
    /// Sites side by side in one column (X numbers a column takes).
    pub per_column: u32,
    /// Sites one above the other in one clock-region row (Y numbers a row takes).
    pub per_row: u32,
}

use ColumnKind::{Bram, ClbL, ClbM, Dsp, DspClock, Uram};

const SITES_7S: [SiteClass; 4] = [
    SiteClass { prefix: "SLICE", kinds: &[ClbL, ClbM], per_column: 2, per_row: 50 },
    SiteClass { prefix: "RAMB36", kinds: &[Bram], per_column: 1, per_row: 10 },
    SiteClass { prefix: "RAMB18", kinds: &[Bram], per_column: 1, per_row: 20 },
    SiteClass { prefix: "DSP48", kinds: &[Dsp], per_column: 1, per_row: 20 },
];

const SITES_US: [SiteClass; 5] = [
    SiteClass { prefix: "SLICE", kinds: &[ClbL, ClbM], per_column: 1, per_row: 60 },
    SiteClass { prefix: "RAMB36", kinds: &[Bram], per_column: 1, per_row: 12 },
    SiteClass { prefix: "RAMB18", kinds: &[Bram], per_column: 1, per_row: 24 },
    SiteClass { prefix: "DSP48E2", kinds: &[Dsp, DspClock], per_column: 1, per_row: 24 },
    SiteClass { prefix: "URAM288", kinds: &[Uram], per_column: 1, per_row: 16 },
];

/// The site kinds of a family that a Pblock may range. Site X numbers skip columns that hold no such site anywhere on the die.
pub const fn site_classes(family: Family) -> &'static [SiteClass] {
    match family {
        Family::Series7 => &SITES_7S,
        Family::UltraScale | Family::UltraScalePlus => &SITES_US,
        Family::Versal => &[],
    }
}

/// One field of a frame address register value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Lowest bit.
    pub shift: u32,
    /// Width in bits.
    pub width: u32,
}

impl Field {
    /// The field's value in a register value.
    pub const fn get(self, far: u32) -> u32 {
        (far >> self.shift) & ((1 << self.width) - 1)
    }

    /// The register value with only this field set; `None` when `value` does not fit.
    pub const fn put(self, value: u32) -> Option<u32> {
        if value >> self.width == 0 { Some(value << self.shift) } else { None }
    }
}

/// Where the fields of the frame address register lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FarLayout {
    /// Block type: 0 fabric, 1 block RAM content, 2 the row map of `RESET_AFTER_RECONFIG`.
    pub block: Field,
    /// 7 series: 0 in the top half of the die, 1 in the bottom half.
    pub half: Option<Field>,
    /// Row, counted from the middle on 7 series, from the bottom elsewhere.
    pub row: Field,
    /// Column, left to right; in block type 1 counted over block RAM columns alone.
    pub column: Field,
    /// Frame within the column.
    pub minor: Field,
}

const FAR_7S: FarLayout = FarLayout {
    block: Field { shift: 23, width: 3 },
    half: Some(Field { shift: 22, width: 1 }),
    row: Field { shift: 17, width: 5 },
    column: Field { shift: 7, width: 10 },
    minor: Field { shift: 0, width: 7 },
};

const FAR_US: FarLayout = FarLayout {
    block: Field { shift: 23, width: 3 },
    half: None,
    row: Field { shift: 17, width: 6 },
    column: Field { shift: 7, width: 10 },
    minor: Field { shift: 0, width: 7 },
};

const FAR_USP: FarLayout = FarLayout {
    block: Field { shift: 24, width: 3 },
    half: None,
    row: Field { shift: 18, width: 6 },
    column: Field { shift: 8, width: 10 },
    minor: Field { shift: 0, width: 8 },
};

/// The frame address layout of a family; `None` for Versal.
pub const fn far_layout(family: Family) -> Option<&'static FarLayout> {
    match family {
        Family::Series7 => Some(&FAR_7S),
        Family::UltraScale => Some(&FAR_US),
        Family::UltraScalePlus => Some(&FAR_USP),
        Family::Versal => None,
    }
}
