// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Below the die: what colours and lines mean, and one line a partition.

use std::fmt::Write;

use super::paint::{KINDS, PALETTE, Swatch};
use super::scale::SIDE;
use super::{Overlay, RIGHT, escape, grouped};
use crate::floorplan::{Floorplan, SizeKind};

/// What the legend holds.
pub(super) struct Legend {
    entries: Vec<(String, String)>,
    pub(super) lines: usize,
}

/// Width of a legend entry.
const ENTRY: f64 = 168.0;
/// Entries in a line: as many as the die is wide.
const PER_LINE: usize = 6;

impl Legend {
    pub(super) fn new(plan: &Floorplan, overlays: &[Overlay]) -> Self {
        let present = |s: &Swatch| {
            plan.device.slrs().iter().any(|d| d.columns().iter().any(|c| s.kinds.contains(&c.kind)))
        };
        let mut entries: Vec<(String, String)> = KINDS
            .iter()
            .filter(|s| present(s))
            .map(|s| {
                (format!("fill=\"{}\" stroke=\"#8b95a1\" stroke-width=\".6\"", s.fill), s.name.to_owned())
            })
            .collect();
        entries.push(("fill=\"#aeb6c0\"".into(), "no fabric".into()));
        if !plan.partitions.is_empty() {
            let c = PALETTE[0];
            let dashed =
                format!("fill=\"none\" stroke=\"{c}\" stroke-width=\"1.6\" stroke-dasharray=\"5 3\"");
            entries.push((dashed, "Pblock as drawn".into()));
            entries.push((format!("fill=\"{c}\" fill-opacity=\".42\""), "after snapping".into()));
        }
        for (i, o) in overlays.iter().enumerate() {
            let hatch = format!("fill=\"url(#hatch{})\" stroke=\"#1d2733\" stroke-width=\".6\"", i % 2);
            let name: String = o.label.chars().take(110).collect();
            entries.push((hatch, format!("written: {name}")));
        }
        let short = entries.len() - overlays.len();
        let lines = short.div_ceil(PER_LINE) + overlays.len();
        Self { entries, lines }
    }

    pub(super) fn write(&self, out: &mut String, y: f64) {
        let (mut line, mut place) = (0_usize, 0_usize);
        for (style, name) in &self.entries {
            let long = name.starts_with("written: ");
            if place >= PER_LINE || long && place > 0 {
                (line, place) = (line + 1, 0);
            }
            let (x, y) = (SIDE + place as f64 * ENTRY, y + 24.0 * line as f64);
            let _ = write!(
                out,
                "<rect x=\"{x:.1}\" y=\"{:.1}\" width=\"22\" height=\"14\" {style}/>\
                 <text x=\"{:.1}\" y=\"{:.1}\" font-size=\"12.5\" fill=\"#2b3642\">{}</text>",
                y - 11.0,
                x + 29.0,
                y,
                escape(name)
            );
            place = if long { PER_LINE } else { place + 1 };
        }
    }
}

/// The table below: one line a partition.
pub(super) fn summary(out: &mut String, plan: &Floorplan, y: f64) {
    let (x, w) = (SIDE, RIGHT - SIDE);
    let at = |i: usize| x + w * [0.0, 0.36, 0.46, 0.56, 0.66, 0.76, 0.9, 1.0][i];
    let mut line = |y: f64, cells: [String; 8], weight: &str| {
        for (i, cell) in cells.iter().enumerate() {
            let anchor = if i == 0 { "start" } else { "end" };
            let x = if i == 0 { at(0) + 20.0 } else { at(i) };
            let _ = write!(
                out,
                "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"12.5\" fill=\"#2b3642\" font-weight=\"{weight}\" text-anchor=\"{anchor}\">{}</text>",
                escape(cell)
            );
        }
    };
    let head = ["Partition", "Slices", "RAMB36", "DSP", "URAM", "Frames", "Bytes", "Findings"];
    line(y, head.map(str::to_owned), "600");
    for (i, p) in plan.partitions.iter().enumerate() {
        let r = &p.resources;
        let sign = match p.size.kind {
            SizeKind::LowerBound => "\u{2265} ",
            _ => "",
        };
        let bytes =
            if p.size.bytes() == 0 { "?".into() } else { format!("{sign}{}", grouped(p.size.bytes())) };
        let cells = [
            p.name.clone(),
            grouped(r.slice.into()),
            grouped(r.ramb36.into()),
            grouped(r.dsp.into()),
            r.uram.to_string(),
            grouped(p.frames.len() as u64),
            bytes,
            p.findings.len().to_string(),
        ];
        line(y + 26.0 * (i as f64 + 1.0), cells, "400");
    }
    for (i, _) in plan.partitions.iter().enumerate() {
        let _ = write!(
            out,
            "<rect x=\"{x:.1}\" y=\"{:.1}\" width=\"12\" height=\"12\" fill=\"{}\" fill-opacity=\".7\"/>",
            y + 26.0 * (i as f64 + 1.0) - 10.5,
            PALETTE[i % PALETTE.len()]
        );
    }
}
