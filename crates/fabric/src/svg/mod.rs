// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The picture of a floorplan: one SVG text, self-contained, scalable, below 300 KB on the largest device.
//!
//! Shows the die with its columns by kind, what replaces the fabric, clock regions, each Pblock as drawn (dashed) and as it is after
//! snapping (filled), and the frames that given bitstreams write (hatched). Column widths are a drawing convention, not
//! geometry. What lies on other dies of a stacked part than the first is drawn without overlay.

mod legend;
mod paint;
mod scale;

use std::fmt::Write;

use crate::device::{BlockType, FrameAddress};
use crate::floorplan::{Floorplan, Partition};
use crate::pblock::rows::Rows;
use legend::{Legend, summary};
use paint::{KINDS, PALETTE, swatch};
use scale::{DIE, Place, SIDE, Scale};

/// Frames of one bitstream (or of several), to be laid over the picture.
#[derive(Debug, Clone, Default)]
pub struct Overlay {
    /// What the legend calls it.
    pub label: String,
    /// The frames; an order is not needed.
    pub frames: Vec<FrameAddress>,
}

/// Right edge of the die.
const RIGHT: f64 = SIDE + DIE;

/// Draw a floorplan.
///
/// ```
/// use dfxkit_fabric::{device::Device, floorplan::analyse, pblock::PblockSpec, site::SiteRange, svg::draw};
/// let ranges = SiteRange::parse_list("SLICE_X36Y50:SLICE_X43Y99")?;
/// let plan = analyse(&Device::of_part("xc7z020clg400-1").expect("known"), &[PblockSpec::new("pr_0", ranges)]);
/// let svg = draw(&plan, &[]);
/// assert!(svg.starts_with("<svg xmlns=") && svg.contains(">pr_0<") && svg.len() < 300_000);
/// # Ok::<(), dfxkit_fabric::site::RangeError>(())
/// ```
pub fn draw(plan: &Floorplan, overlays: &[Overlay]) -> String {
    let scale = Scale::new(&plan.device);
    let mut out = String::with_capacity(64 * 1024);
    let table = 26.0 * (plan.partitions.len() as f64 + 1.0);
    let legend_y = scale.bottom() + 34.0;
    let legend = Legend::new(plan, overlays);
    let table_y = legend_y + 24.0 * legend.lines as f64 + 14.0;
    let height = table_y + if plan.partitions.is_empty() { 10.0 } else { table + 16.0 };
    let width = RIGHT + SIDE;
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" role=\"img\" \
         font-family=\"system-ui,-apple-system,Segoe UI,Roboto,Helvetica,Arial,sans-serif\">"
    );
    let _ = write!(out, "<title>Floorplan of {}</title>", escape(plan.device.name()));
    out.push_str(paint::DEFS);
    let _ = write!(out, "<rect width=\"{width:.0}\" height=\"{height:.0}\" fill=\"#fff\"/>");
    let _ = write!(
        out,
        "<text x=\"{:.0}\" y=\"34\" font-size=\"20\" font-weight=\"600\" fill=\"#1d2733\">{}</text>\
         <text x=\"{:.0}\" y=\"34\" font-size=\"13\" fill=\"#5b6673\" text-anchor=\"end\">{}, {} partition{}</text>",
        SIDE,
        escape(plan.device.name()),
        RIGHT,
        plan.device.family(),
        plan.partitions.len(),
        if plan.partitions.len() == 1 { "" } else { "s" },
    );
    for slr in 0..plan.device.slrs().len() {
        fabric(&mut out, &scale, slr);
    }
    for (i, overlay) in overlays.iter().enumerate() {
        written(&mut out, &scale, overlay, i);
    }
    for (i, p) in plan.partitions.iter().enumerate() {
        partition(&mut out, &scale, p, PALETTE[i % PALETTE.len()]);
    }
    for slr in 0..plan.device.slrs().len() {
        regions(&mut out, &scale, slr);
    }
    legend.write(&mut out, legend_y);
    if !plan.partitions.is_empty() {
        summary(&mut out, plan, table_y);
    }
    out.push_str("</svg>\n");
    out
}

/// XML text: the five special characters, and nothing that XML forbids.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// A number with a thin space at every thousand.
fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push('\u{2009}');
        }
        out.push(c);
    }
    out
}

/// A rectangle as a piece of path data.
fn rect(path: &mut String, p: Place) {
    let _ = write!(path, "M{:.1} {:.1}h{:.1}v{:.1}h{:.1}z", p.x, p.y, p.w, p.h, -p.w);
}

/// Columns by kind, then what replaces them.
fn fabric(out: &mut String, scale: &Scale, slr: usize) {
    let die = scale.die(slr);
    let row_h = die.row_height();
    let mut paths: Vec<String> = vec![String::new(); KINDS.len()];
    for c in 0..die.columns().len() {
        // Runs of clock-region rows in which the column is of one kind.
        let mut row = 0;
        while row < die.rows() {
            let kind = die.kind_at(row, c);
            let from = row;
            while row < die.rows() && die.kind_at(row, c) == kind {
                row += 1;
            }
            if let Some(i) = kind.and_then(swatch) {
                rect(&mut paths[i], scale.cells(slr, c, c, from * row_h, row * row_h - 1));
            }
        }
    }
    for (path, swatch) in paths.iter().zip(KINDS).filter(|(p, _)| !p.is_empty()) {
        let _ = write!(out, "<path fill=\"{}\" d=\"{path}\"/>", swatch.fill);
    }
    for hole in die.holes() {
        if matches!(hole.what, "noIO" | "edge") {
            continue;
        }
        let inside = |c: &crate::device::Column| (hole.grid_x.0..=hole.grid_x.1).contains(&c.grid_x());
        let (Some(a), Some(b)) =
            (die.columns().iter().position(inside), die.columns().iter().rposition(inside))
        else {
            continue;
        };
        let p = scale.cells(slr, a, b, hole.clb_y.0, hole.clb_y.1);
        let _ = write!(
            out,
            "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"#aeb6c0\"/>",
            p.x, p.y, p.w, p.h
        );
        if p.w > 26.0 && p.h > 14.0 {
            label(out, p.x + p.w / 2.0, p.y + p.h / 2.0 + 4.0, 12.0, "#46505c", hole.what);
        }
    }
}

/// Clock-region boundaries and names, and the frame of the die.
fn regions(out: &mut String, scale: &Scale, slr: usize) {
    let die = scale.die(slr);
    let row_h = die.row_height();
    let last = die.columns().len() - 1;
    let all = scale.cells(slr, 0, last, 0, die.rows() * row_h - 1);
    let mut lines = String::new();
    for row in 1..die.rows() {
        let p = scale.cells(slr, 0, last, 0, row * row_h - 1);
        let _ = write!(lines, "M{:.1} {:.1}h{:.1}", all.x, p.y, all.w);
    }
    let split = die.clock_split().map(|c| scale.cells(slr, c as usize, last, 0, 0).x);
    if let Some(x) = split {
        let _ = write!(lines, "M{x:.1} {:.1}v{:.1}", all.y, all.h);
    }
    let _ = write!(
        out,
        "<path d=\"{lines}\" fill=\"none\" stroke=\"#1d2733\" stroke-opacity=\".55\" stroke-width=\"1\" stroke-dasharray=\"2 3\"/>\
         <rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"none\" stroke=\"#1d2733\" stroke-width=\"1.5\"/>",
        all.x, all.y, all.w, all.h
    );
    for row in 0..die.rows() {
        let p = scale.cells(slr, 0, last, row * row_h, (row + 1) * row_h - 1);
        let y = p.y + p.h / 2.0 + 4.0;
        let mut side = |x: f64, anchor: &str, name: &str| {
            let _ = write!(
                out,
                "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"12\" fill=\"#5b6673\" text-anchor=\"{anchor}\">{name}</text>"
            );
        };
        let names = (die.clock_region(row, 0), die.clock_region(row, last));
        side(all.x - 8.0, "end", &names.0.unwrap_or_default());
        if split.is_some() {
            side(all.x + all.w + 8.0, "start", &names.1.unwrap_or_default());
        } else {
            side(all.x + all.w + 8.0, "start", &format!("{}..{}", row * row_h, (row + 1) * row_h - 1));
        }
    }
    if scale.dies() > 1 {
        label(out, all.x + all.w / 2.0, all.y + all.h - 6.0, 12.0, "#5b6673", &format!("SLR{slr}"));
    }
}

/// A label that stays readable on any ground.
fn label(out: &mut String, x: f64, y: f64, size: f64, fill: &str, text: &str) {
    let _ = write!(
        out,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"{size:.1}\" fill=\"{fill}\" text-anchor=\"middle\" \
         stroke=\"#fff\" stroke-width=\"3\" stroke-opacity=\".8\" paint-order=\"stroke\">{}</text>",
        escape(text)
    );
}

/// Frames of bitstreams, hatched, whole columns of a clock region merged.
fn written(out: &mut String, scale: &Scale, overlay: &Overlay, i: usize) {
    let die = scale.die(0);
    let row_h = die.row_height();
    let n = die.columns().len();
    let mut hit = vec![false; n * die.rows() as usize];
    for f in &overlay.frames {
        if f.block == BlockType::ResetMap {
            continue;
        }
        if let Some(c) = die.fabric_column(*f).filter(|_| u32::from(f.row) < die.rows()) {
            hit[usize::from(f.row) * n + c] = true;
        }
    }
    let mut path = String::new();
    for row in 0..die.rows() {
        let cells = &hit[row as usize * n..(row as usize + 1) * n];
        let mut c = 0;
        while c < n {
            if !cells[c] {
                c += 1;
                continue;
            }
            let from = c;
            while c < n && cells[c] {
                c += 1;
            }
            rect(&mut path, scale.cells(0, from, c - 1, row * row_h, (row + 1) * row_h - 1));
        }
    }
    if !path.is_empty() {
        let _ = write!(
            out,
            "<path d=\"{path}\" fill=\"url(#hatch{})\" stroke=\"#1d2733\" stroke-opacity=\".35\" stroke-width=\".6\">\
             <title>written by {}</title></path>",
            i % 2,
            escape(&overlay.label)
        );
    }
}

/// Rectangles of neighbouring columns with the same rows, as path data; the largest one's place.
fn shapes(scale: &Scale, slr: usize, rows: &[Rows]) -> (String, Option<Place>) {
    let (mut path, mut largest) = (String::new(), None::<Place>);
    let mut c = 0;
    while c < rows.len() {
        let from = c;
        while c < rows.len() && rows[c] == rows[from] {
            c += 1;
        }
        for (y0, y1) in rows[from].runs() {
            let p = scale.cells(slr, from, c - 1, y0, y1);
            rect(&mut path, p);
            if largest.is_none_or(|l| l.w * l.h < p.w * p.h) {
                largest = Some(p);
            }
        }
    }
    (path, largest)
}

/// Rows by column.
fn dense(scale: &Scale, slr: usize, rows: &[(usize, Rows)]) -> Vec<Rows> {
    let mut out = vec![Rows::default(); scale.die(slr).columns().len()];
    for &(c, r) in rows {
        out[c] = r;
    }
    out
}

/// Interconnect columns between ranged ones look ranged, too.
fn bridged(scale: &Scale, slr: usize, rows: &[(usize, Rows)]) -> Vec<Rows> {
    let kinds = scale.die(slr).columns();
    let rows = dense(scale, slr, rows);
    let site = |c: usize| crate::pblock::grid::is_site_column(kinds[c].kind);
    (0..rows.len())
        .map(|c| {
            if site(c) {
                return rows[c];
            }
            let west = (0..c).rev().find(|&w| site(w)).map_or(Rows::default(), |w| rows[w]);
            let east = (c + 1..rows.len()).find(|&e| site(e)).map_or(Rows::default(), |e| rows[e]);
            west.and(east)
        })
        .collect()
}

/// A partition's name: across it, along it, or beside it, whichever has room.
fn name_tag(out: &mut String, at: Place, name: &str) {
    let width = |size: f64| 0.58 * size * name.chars().count().max(1) as f64;
    let (x, y) = (at.x + at.w / 2.0, at.y + at.h / 2.0);
    let size = 15.0_f64.min(at.w / width(1.0)).max(11.0);
    if width(size) <= at.w {
        return label(out, x, y + size / 3.0, size, "#101820", name);
    }
    let size = 14.0_f64.min(at.h / width(1.0)).max(11.0);
    if width(size) <= at.h && at.w >= size {
        let _ = write!(out, "<g transform=\"rotate(-90 {x:.1} {y:.1})\">");
        label(out, x, y + size / 3.0, size, "#101820", name);
        out.push_str("</g>");
        return;
    }
    let beside = width(11.0) / 2.0 + 5.0;
    let right = at.x + at.w + beside;
    let x = if right + beside < RIGHT { right } else { at.x - beside };
    label(out, x, y + 4.0, 11.0, "#101820", name);
}

fn partition(out: &mut String, scale: &Scale, p: &Partition, colour: &str) {
    let slr = p.slr as usize;
    let drawn = shapes(scale, slr, &bridged(scale, slr, &p.drawn_rows));
    let snapped = shapes(scale, slr, &dense(scale, slr, &p.snapped_rows));
    let _ = write!(
        out,
        "<g><title>{}: {} slices, {} RAMB36, {} DSP, {} frames, {} bytes ({})</title>",
        escape(&p.name),
        p.resources.slice,
        p.resources.ramb36,
        p.resources.dsp,
        p.frames.len(),
        p.size.bytes(),
        p.size.kind.id()
    );
    let _ = write!(out, "<path d=\"{}\" fill=\"{colour}\" fill-opacity=\".42\"/>", snapped.0);
    let _ = write!(
        out,
        "<path d=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.6\" stroke-dasharray=\"5 3\"/>",
        drawn.0
    );
    if let Some(at) = snapped.1.or(drawn.1) {
        name_tag(out, at, &p.name);
    }
    out.push_str("</g>");
}

#[cfg(test)]
mod tests;
