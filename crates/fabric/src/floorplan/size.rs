// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! How large a partial bitstream will be, and how long it takes to load.
//!
//! 7 series: the law of 131 public partial bitstreams (uncompressed). Each run of neighbouring columns is one burst with one pad
//! frame (two where the run ends a row); with `RESET_AFTER_RECONFIG` a map of the whole device comes first and every frame is written
//! twice (tools 2018.3 to 2024.2; 2015.3 wrote it once). UltraScale and UltraScale+: routing may leave the Pblock, so the
//! Pblock's own frames are a lower bound only. Bytes are those of the configuration data, without the header of a .bit file.

use crate::device::Die;
use crate::family::Family;
use crate::pblock::FrameColumns;

/// How sure a predicted size is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SizeKind {
    /// The file will have exactly this size.
    Exact,
    /// The file's size lies in the range: releases of the tools differ, or a site type inside the Pblock is not ranged and
    /// whether the frames of its columns are written is not known for sure.
    Range,
    /// At least the lower end; the upper end is what public partitions have shown, not a promise.
    LowerBound,
    /// Nothing can be said: ranges were left out, or there are no frames.
    Unknown,
}

impl SizeKind {
    /// Name for machines.
    pub fn id(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Range => "range",
            Self::LowerBound => "lower-bound",
            Self::Unknown => "unknown",
        }
    }
}

/// A predicted size of a partial bitstream's configuration data, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// How sure it is.
    pub kind: SizeKind,
    /// Words written to the frame data register (pads and passes counted); for a lower bound those of the Pblock's own frames.
    pub fdri_words: u64,
    /// The lower and the upper end. Equal when exact; 0 when unknown.
    pub range: (u64, u64),
}

impl Size {
    /// One of two predictions: a range from the lower to the higher.
    #[must_use]
    pub(crate) fn or(self, other: Self) -> Self {
        let range = (self.range.0.min(other.range.0), self.range.1.max(other.range.1));
        Self { kind: SizeKind::Range, range, fdri_words: self.fdri_words }
    }

    /// The number to plan with: the exact size, the larger one of a range, the lower end of a lower bound.
    pub fn bytes(&self) -> u64 {
        if self.kind == SizeKind::LowerBound { self.range.0 } else { self.range.1 }
    }
}

/// Largest growth by expanded routing seen in public UltraScale(+) partitions, in percent of the Pblock's own frames: 173 for
/// three column pairs of xcku040, 137 and 111 for larger Pblocks of xczu7ev. Not a limit of the tools.
const EXPANSION_PERCENT: u64 = 180;

/// Command words around the bursts of an UltraScale(+) partial: more than any public one has.
const US_COMMAND_BYTES: u64 = 4096;

/// The size of a partial bitstream that writes these frames. `reset` is `RESET_AFTER_RECONFIG` (7 series).
pub(crate) fn predict(die: &Die, frames: &FrameColumns, reset: bool, complete: bool) -> Size {
    if frames.is_empty() || !complete {
        return Size { kind: SizeKind::Unknown, fdri_words: 0, range: (0, 0) };
    }
    let runs = frames.runs(die);
    let wpf = die.words_per_frame() as u64;
    let once: u64 = runs.iter().map(|r| u64::from(r.frames + r.pads())).sum();
    if die.family() != Family::Series7 {
        // Without the pads: expansion may join bursts.
        let words = wpf * frames.len() as u64;
        let lower = 4 * words;
        let upper = lower * EXPANSION_PERCENT / 100 + US_COMMAND_BYTES;
        return Size { kind: SizeKind::LowerBound, fdri_words: words, range: (lower, upper) };
    }
    let n = runs.len() as u64;
    if reset {
        let map: u64 = (0..die.rows()).map(|r| die.columns_in_row(r) as u64 + 2).sum();
        let words = wpf * (2 * once + map);
        let bytes = 4 * words + 324 + 32 * 2 * n;
        Size { kind: SizeKind::Exact, fdri_words: words, range: (bytes, bytes) }
    } else {
        let words = wpf * once;
        let fixed = 4 * words + 32 * n;
        Size { kind: SizeKind::Range, fdri_words: words, range: (fixed + 224, fixed + 584) }
    }
}

/// Bytes of frame data in a full bitstream of the die, to compare with; `None` when some column's frames are unknown.
pub(crate) fn full_bytes(die: &Die) -> Option<u64> {
    Some(4 * (die.frame_map()?.positions() * die.words_per_frame()) as u64)
}

/// A configuration port and its throughput.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Port {
    /// Name: `icap`, `pcap`, `selectmap`, `jtag`, `mcap`.
    pub name: &'static str,
    /// Bytes a second.
    pub bytes_per_second: f64,
    /// Where the figure comes from.
    pub source: &'static str,
}

impl Port {
    /// Milliseconds that a file of so many bytes takes, transfer alone.
    pub fn load_ms(&self, bytes: u64) -> f64 {
        bytes as f64 / self.bytes_per_second * 1000.0
    }
}

const UG909_7S: &str = "UG909, Configuration Performance: 32 bit at 100 MHz";
const UG909_US: &str = "UG909, Configuration Performance: 32 bit at 200 MHz";
const JTAG: Port = Port {
    name: "jtag",
    bytes_per_second: 8.25e6,
    source: "UG909, Configuration Performance: 1 bit at 66 MHz",
};

/// The ports of a device and their throughput. `name` is the device (`xc7z020`): Zynq-7000 has the PCAP, too.
pub fn ports(family: Family, name: &str) -> Vec<Port> {
    let zynq = name.contains("7z");
    match family {
        Family::Series7 => {
            let mut out = vec![Port { name: "icap", bytes_per_second: 400e6, source: UG909_7S }];
            if zynq {
                let source = "AMD's own figure for non-secure PCAP transfers; 400 MB/s is the port's limit";
                out.push(Port { name: "pcap", bytes_per_second: 145e6, source });
            } else {
                out.push(Port { name: "selectmap", bytes_per_second: 400e6, source: UG909_7S });
            }
            out.push(JTAG);
            out
        }
        Family::UltraScale | Family::UltraScalePlus => vec![
            Port { name: "icap", bytes_per_second: 800e6, source: UG909_US },
            Port { name: "mcap", bytes_per_second: 800e6, source: UG909_US },
            JTAG,
        ],
        Family::Versal => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{SizeKind, full_bytes, ports, predict};
    use crate::device::{BlockType, ColumnKind, Device};
    use crate::pblock::{FrameColumn, FrameColumns};

    /// A Pblock of 46,500 slices, 780 DSP and 380 RAMB36 on the xc7k325t (465 CLB, 39 DSP and 38 block RAM columns of one clock
    /// region each) has 23,760 frames: 9.61 MB, 24.0 ms at 400 MB/s; with `RESET_AFTER_RECONFIG` 19.5 MB, more than the full
    /// bitstream's 11.44 MB. The figures are those of a published example; its ranges are not published, so that the
    /// columns here are simply the first ones.
    #[test]
    fn a_large_partition_of_the_k325t() {
        let device = Device::of_part("xc7k325t").unwrap();
        let die = device.die().unwrap();
        let (mut clb, mut dsp, mut bram) = (465, 39, 38);
        let mut columns = Vec::new();
        for row in 0..die.rows() {
            let mut index = 0;
            for c in 0..die.columns_in_row(row) {
                let kind = die.kind_at(row, c).unwrap();
                let left = match kind {
                    k if k.is_clb() => &mut clb,
                    k if k.is_dsp() => &mut dsp,
                    ColumnKind::Bram => &mut bram,
                    _ => continue,
                };
                index += u16::from(kind == ColumnKind::Bram);
                if *left == 0 {
                    continue;
                }
                *left -= 1;
                let column = |block, column, frames| FrameColumn { block, row: row as u16, column, frames };
                columns.push(column(BlockType::Fabric, c as u16, die.frames_at(row, c) as u16));
                if kind == ColumnKind::Bram {
                    columns.push(column(BlockType::BramContent, index - 1, 128));
                }
            }
        }
        let frames = FrameColumns::from_columns(columns);
        assert_eq!(frames.len(), 23_760);
        let plain = predict(die, &frames, false, true);
        assert_eq!(plain.kind, SizeKind::Range);
        assert!((9_605_000..9_620_000).contains(&plain.bytes()), "{plain:?}");
        let icap = ports(device.family(), device.name())[0];
        assert!((24.0..24.1).contains(&icap.load_ms(plain.bytes())), "{}", icap.load_ms(plain.bytes()));
        let reset = predict(die, &frames, true, true);
        assert_eq!(reset.kind, SizeKind::Exact);
        assert!((19_400_000..19_600_000).contains(&reset.bytes()), "{reset:?}");
        assert_eq!(full_bytes(die), Some(11_441_280));
        assert!(reset.bytes() > 11_441_280 && plain.bytes() < 11_441_280);
        assert_eq!(predict(die, &frames, true, false).kind, SizeKind::Unknown);
    }
}
