// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Device families and what each of them can do in a DFX flow.
//!
//! The family is read off the part string alone, so that it is known also for parts that have no frame map here.
//! What a family can do is taken from UG909 (Vivado DFX); frame sizes from the configuration guides (UG470, UG570) and
//! public bitstreams. Not known here: anything that differs between parts of one family.

use core::fmt;

use crate::part::PartName;

/// An AMD device family that Vivado's DFX flow supports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Family {
    /// Artix-7, Kintex-7, Virtex-7, Spartan-7 and Zynq-7000.
    Series7,
    /// Kintex and Virtex UltraScale.
    UltraScale,
    /// Kintex, Virtex, Artix and Spartan UltraScale+, Zynq UltraScale+, Kria and the UltraScale+ Alveo cards.
    UltraScalePlus,
    /// Versal. Its images are PDI files; no public frame map exists.
    Versal,
}

impl Family {
    /// All families, oldest first.
    pub const ALL: [Self; 4] = [Self::Series7, Self::UltraScale, Self::UltraScalePlus, Self::Versal];

    /// The family of a part string in any of its spellings (`xc7z020clg400-1`, `7z020clg400`,
    /// `xck26-sfvc784-2LV-c`, `xcku040`); `None` when the string is of no family known here.
    ///
    /// ```
    /// use dfxkit_fabric::Family;
    /// assert_eq!(Family::of_part("xc7z020clg400-1"), Some(Family::Series7));
    /// assert_eq!(Family::of_part("xcku115-flvb2104-2-e"), Some(Family::UltraScale));
    /// assert_eq!(Family::of_part("xcku11p-ffva1156-2-e"), Some(Family::UltraScalePlus));
    /// assert_eq!(Family::of_part("xcvc1902-vsvd1760-2MP-e-S"), Some(Family::Versal));
    /// assert_eq!(Family::of_part("6slx9cpg196"), None);
    /// ```
    pub fn of_part(part: &str) -> Option<Self> {
        PartName::parse(part).ok().and_then(|p| p.family())
    }

    /// The family of a device core (`7z020`, `ku040`, `zu3eg`; lower case, no `xc`).
    pub(crate) fn of_core(core: &str) -> Option<Self> {
        let (letters, rest) = split_letters(core);
        let (digits, tail) = split_digits(rest);
        if let Some(series) = core.strip_prefix('7') {
            let ok = ["s", "a", "k", "v", "z", "vx", "vh"].contains(&split_letters(series).0)
                && split_letters(series).1.starts_with(|c: char| c.is_ascii_digit());
            return ok.then_some(Self::Series7);
        }
        if core.starts_with("2v") && core.len() > 2 {
            return Some(Self::Versal);
        }
        if digits.is_empty() {
            return None;
        }
        match letters {
            "ku" | "vu" if tail.starts_with('p') || tail.starts_with('h') => Some(Self::UltraScalePlus),
            "au" | "su" if tail.starts_with('p') => Some(Self::UltraScalePlus),
            "ku" | "vu" if digits.len() == 3 => Some(Self::UltraScale),
            "zu" if ["cg", "eg", "ev", "dr", "teg", "tcg"]
                .contains(&tail.split('_').next().unwrap_or("")) =>
            {
                Some(Self::UltraScalePlus)
            }
            "k" if digits == "24" || digits == "26" => Some(Self::UltraScalePlus),
            "u" | "ux" => Some(Self::UltraScalePlus),
            "vc" | "ve" | "vm" | "vp" | "vr" | "vh" | "vn" => Some(Self::Versal),
            // Alveo V70 and V80.
            "v" if digits == "70" || digits == "80" => Some(Self::Versal),
            _ => None,
        }
    }

    /// `true` when the `RESET_AFTER_RECONFIG` Pblock property exists (UG909: 7 series only; later families
    /// always reset what they reconfigure).
    pub const fn has_reset_after_reconfig(self) -> bool {
        matches!(self, Self::Series7)
    }

    /// `true` when a module needs a clearing bitstream before the next one is loaded (UG909: UltraScale only, not +).
    pub const fn has_clearing_bitstreams(self) -> bool {
        matches!(self, Self::UltraScale)
    }

    /// `true` when the abstract shell flow exists (UG909: UltraScale+ and Versal).
    pub const fn has_abstract_shell(self) -> bool {
        matches!(self, Self::UltraScalePlus | Self::Versal)
    }

    /// `true` when only CLB, block RAM and DSP may be reconfigured (UG909, Design Criteria for 7 Series);
    /// elsewhere I/O, clocking and transceivers may be, too.
    pub const fn restricts_site_types(self) -> bool {
        matches!(self, Self::Series7)
    }

    /// `true` when Vivado snaps Pblocks to programmable units without being asked (not on 7 series, where
    /// `SNAPPING_MODE` is off until set).
    pub const fn snaps_by_default(self) -> bool {
        !matches!(self, Self::Series7)
    }

    /// `true` when routing of a partition may leave its Pblock (expanded routing; UltraScale and UltraScale+),
    /// so that a partial bitstream can write more than the Pblock's own frames.
    pub const fn expands_routing(self) -> bool {
        matches!(self, Self::UltraScale | Self::UltraScalePlus)
    }

    /// Extension of a device image: `bit`, or `pdi` for Versal.
    pub const fn image_extension(self) -> &'static str {
        if matches!(self, Self::Versal) { "pdi" } else { "bit" }
    }

    /// 32-bit words in a configuration frame (UG470: 101, UG570: 123 and 93); `None` for Versal.
    pub const fn words_per_frame(self) -> Option<usize> {
        match self {
            Self::Series7 => Some(101),
            Self::UltraScale => Some(123),
            Self::UltraScalePlus => Some(93),
            Self::Versal => None,
        }
    }

    /// Height of a clock-region row in CLBs; `None` for Versal.
    pub const fn row_height(self) -> Option<u32> {
        match self {
            Self::Series7 => Some(50),
            Self::UltraScale | Self::UltraScalePlus => Some(60),
            Self::Versal => None,
        }
    }

    /// Byte offset of the sync word from the start of the configuration data in files of `write_bitstream`
    /// (measured: 48 on 7 series, 80 on UltraScale and UltraScale+).
    pub const fn sync_offset(self) -> Option<usize> {
        match self {
            Self::Series7 => Some(48),
            Self::UltraScale | Self::UltraScalePlus => Some(80),
            Self::Versal => None,
        }
    }

    /// Name for machines: `7series`, `ultrascale`, `ultrascale+`, `versal`.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Series7 => "7series",
            Self::UltraScale => "ultrascale",
            Self::UltraScalePlus => "ultrascale+",
            Self::Versal => "versal",
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Series7 => "7 series",
            Self::UltraScale => "UltraScale",
            Self::UltraScalePlus => "UltraScale+",
            Self::Versal => "Versal",
        })
    }
}

/// Splits leading ASCII letters off.
pub(crate) fn split_letters(s: &str) -> (&str, &str) {
    s.split_at(s.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(s.len()))
}

/// Splits leading ASCII digits off.
pub(crate) fn split_digits(s: &str) -> (&str, &str) {
    s.split_at(s.find(|c: char| !c.is_ascii_digit()).unwrap_or(s.len()))
}
