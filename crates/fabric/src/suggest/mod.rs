// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Suggest: for required resources the legal rectangular Pblock with the fewest frames, for several partitions at once.
//!
//! Searched are all rectangles of whole interconnect pairs (programmable units) by whole clock regions: any coverage of a column
//! in a clock region costs all of its frames, so that less height would save nothing. On UltraScale(+) the edges stay one unit off
//! clock-region boundaries inside the die. For one partition the answer is the minimum; for several it is, too, unless the search
//! ran out of its budget, which [`Suggestion::proven`] tells. Of equal answers the one that spans least is taken. Pblocks that are no rectangle are not considered, nor are timing,
//! routing and the place of I/O.
//!
//! ```
//! use dfxkit_fabric::device::Device;
//! use dfxkit_fabric::floorplan::{Severity, analyse};
//! use dfxkit_fabric::suggest::{Need, Request, suggest};
//!
//! let device = Device::of_part("xc7z020clg400-1")?;
//! let need = Need { slice: 700, ramb36: 8, dsp: 12, uram: 0 };
//! let answer = suggest(&device, &[Request { name: "conv".into(), need }], &[]).expect("it fits");
//! let plan = analyse(&device, &[answer.partitions[0].pblock.clone()]);
//! let p = &plan.partitions[0];
//! assert!(p.resources.slice >= 700 && p.resources.ramb36 >= 8 && p.resources.dsp >= 12);
//! assert!(p.worst() < Some(Severity::Warning));
//! # Ok::<(), dfxkit_fabric::device::NoDevice>(())
//! ```

mod search;

use std::error::Error;
use std::fmt;

use crate::device::Device;
use crate::family::Family;
use crate::floorplan::{Finding, Utilisation, analyse};
use crate::pblock::PblockSpec;

/// Sites that a partition must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Need {
    /// Slices.
    pub slice: u32,
    /// Block RAM tiles (RAMB36; two RAMB18 make one).
    pub ramb36: u32,
    /// DSP sites.
    pub dsp: u32,
    /// UltraRAM sites.
    pub uram: u32,
}

impl Need {
    /// The sites for a module's resources when at most `fill` percent (1 to 100) of the Pblock's LUTs and flip-flops are to be
    /// used; block RAM, DSP and UltraRAM may be used up.
    ///
    /// ```
    /// use dfxkit_fabric::{Family, floorplan::Utilisation, suggest::Need};
    /// let u = Utilisation { lut: 1000, ff: 900, ramb18: 3, dsp: 2, uram: 0 };
    /// let n = Need::of(Family::Series7, &u, 80);
    /// assert_eq!((n.slice, n.ramb36, n.dsp), (313, 2, 2));
    /// ```
    pub fn of(family: Family, u: &Utilisation, fill: u32) -> Self {
        let per_slice: u64 = if family == Family::Series7 { 4 } else { 8 };
        let slices = u.lut.div_ceil(per_slice).max(u.ff.div_ceil(2 * per_slice));
        let fill = u64::from(fill.clamp(1, 100));
        let fit = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
        Self {
            slice: fit((u.lut * 100)
                .div_ceil(per_slice * fill)
                .max((u.ff * 100).div_ceil(2 * per_slice * fill))
                .max(slices)),
            ramb36: fit(u.ramb18.div_ceil(2)),
            dsp: fit(u.dsp),
            uram: fit(u.uram),
        }
    }

    pub(crate) fn counts(self) -> [u32; 4] {
        [self.slice, self.ramb36, self.dsp, self.uram]
    }
}

/// A partition to be placed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Name of the partition.
    pub name: String,
    /// What it must have.
    pub need: Need,
}

/// The Pblock found for one partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggested {
    /// The Pblock; on 7 series with `SNAPPING_MODE ON`, and with `RESET_AFTER_RECONFIG` unless that would make the partial
    /// bitstream larger than a full one.
    pub pblock: PblockSpec,
    /// Its frames.
    pub frames: u32,
}

/// The Pblocks found, in the order of the requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// One entry a request.
    pub partitions: Vec<Suggested>,
    /// `true` when no other choice of rectangles has fewer frames in all; `false` when the search was cut short.
    pub proven: bool,
}

/// Why there is no suggestion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoSuggestion {
    /// No request, or one that needs nothing.
    Nothing,
    /// The frames of a die are not public.
    NoFrameMap(Vec<&'static str>),
    /// A partition does not fit anywhere, even alone.
    TooLarge {
        /// The partition.
        name: String,
        /// What it needs.
        need: Need,
    },
    /// Each partition fits alone, but not all of them together.
    NoRoom,
    /// The search was cut short before it found a choice for all of them.
    GaveUp,
}

impl fmt::Display for NoSuggestion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("nothing is asked for: give each partition at least one site"),
            Self::NoFrameMap(l) => write!(f, "no public frame map of this die ({})", l.join(", ")),
            Self::TooLarge { name, need } => write!(
                f,
                "no rectangle of the device has room for `{name}` ({} slices, {} RAMB36, {} DSP, {} UltraRAM)",
                need.slice, need.ramb36, need.dsp, need.uram
            ),
            Self::NoRoom => {
                f.write_str("each partition fits alone, but no choice of rectangles holds all of them")
            }
            Self::GaveUp => f.write_str(
                "no choice for all partitions was found within the search budget; place the largest yourself",
            ),
        }
    }
}

impl Error for NoSuggestion {}

/// Find Pblocks for `requests` on `device` that share no frame with each other or with `taken`.
pub fn suggest(
    device: &Device,
    requests: &[Request],
    taken: &[PblockSpec],
) -> Result<Suggestion, NoSuggestion> {
    if requests.is_empty() || requests.iter().any(|r| r.need == Need::default()) {
        return Err(NoSuggestion::Nothing);
    }
    if let Some(die) = device.slrs().iter().find(|d| !d.lacks().is_empty()) {
        return Err(NoSuggestion::NoFrameMap(die.lacks().to_vec()));
    }
    let mut out = search::run(device, requests, &analyse(device, taken))?;
    for s in &mut out.partitions {
        // Writing every frame twice must not make the partial bitstream larger than a full one.
        let plan = analyse(device, std::slice::from_ref(&s.pblock));
        let reset = |f: &Finding| matches!(f, Finding::LargerThanFull { because_of_reset, .. } if *because_of_reset > 0);
        if plan.partitions.iter().any(|p| p.findings.iter().any(reset)) {
            s.pblock.reset_after_reconfig = Some(false);
        }
    }
    Ok(out)
}
