// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The floorplan check: Pblocks of a device in, resources, frames, predicted sizes and findings out. No Vivado needed.
//!
//! Exact on 7 series. On UltraScale and UltraScale+ resources are exact for CLB, block RAM, DSP and UltraRAM partitions, frames and size
//! are lower bounds (routing may leave the Pblock). On stacked parts a partition is checked on the die on which it begins.
//!
//! ```
//! use dfxkit_fabric::device::Device;
//! use dfxkit_fabric::floorplan::{SizeKind, analyse};
//! use dfxkit_fabric::pblock::PblockSpec;
//! use dfxkit_fabric::xdc::Xdc;
//!
//! let xdc = Xdc::read(
//!     "create_pblock pblock_inst\n\
//!      resize_pblock [get_pblocks pblock_inst] -add {SLICE_X0Y0:SLICE_X13Y49 DSP48_X0Y0:DSP48_X0Y19}\n\
//!      resize_pblock [get_pblocks pblock_inst] -add {RAMB18_X0Y0:RAMB18_X0Y19 RAMB36_X0Y0:RAMB36_X0Y9}\n\
//!      set_property RESET_AFTER_RECONFIG true [get_pblocks pblock_inst]\n\
//!      set_property SNAPPING_MODE ON [get_pblocks pblock_inst]\n",
//! );
//! let plan = analyse(&Device::of_part("xc7z010clg400-1")?, &PblockSpec::all_from_xdc(&xdc));
//! let p = &plan.partitions[0];
//! assert_eq!((p.resources.ramb36, p.frames.len()), (10, 400));
//! // The public partial bitstream of this Pblock has exactly this many bytes of configuration data.
//! assert_eq!((p.size.kind, p.size.bytes()), (SizeKind::Exact, 372_132));
//! # Ok::<(), dfxkit_fabric::device::NoDevice>(())
//! ```

mod check;
mod finding;
mod size;
mod utilisation;
mod wording;

pub use finding::{Finding, Severity};
pub use size::{Port, Size, SizeKind, ports};
pub use utilisation::{Forecast, Utilisation, UtilisationError, forecast};

use crate::device::{Device, Die};
use crate::family::Family;
use crate::pblock::cover::{Cover, count};
use crate::pblock::grid::Grid;
use crate::pblock::rows::Rows;
use crate::pblock::snap::{Snapped, snap};
use crate::pblock::{FrameColumns, PblockSpec};
use crate::site::{SiteKind, SiteRange};

/// Sites of a Pblock, and what they hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Resources {
    /// Slices.
    pub slice: u32,
    /// LUTs: 4 a slice on 7 series, 8 later.
    pub lut: u32,
    /// Flip-flops: 8 a slice on 7 series, 16 later.
    pub ff: u32,
    /// RAMB36 sites.
    pub ramb36: u32,
    /// RAMB18 sites; two of them are the same memory as one RAMB36.
    pub ramb18: u32,
    /// DSP sites.
    pub dsp: u32,
    /// UltraRAM sites.
    pub uram: u32,
}

impl Resources {
    pub(crate) fn from_counts(family: Family, n: [u32; 5]) -> Self {
        let luts = if family == Family::Series7 { 4 } else { 8 };
        Self {
            slice: n[0],
            lut: n[0] * luts,
            ff: n[0] * luts * 2,
            ramb36: n[1],
            ramb18: n[2],
            dsp: n[3],
            uram: n[4],
        }
    }

    /// Name and number of each resource, in the order of reports.
    pub fn entries(&self) -> [(&'static str, u32); 7] {
        [
            ("slice", self.slice),
            ("lut", self.lut),
            ("ff", self.ff),
            ("ramb36", self.ramb36),
            ("ramb18", self.ramb18),
            ("dsp", self.dsp),
            ("uram", self.uram),
        ]
    }
}

/// What is known of one partition.
#[derive(Debug, Clone)]
pub struct Partition {
    /// Name, as given.
    pub name: String,
    /// Die of a stacked part, 0 at the bottom; 0 otherwise.
    pub slr: u32,
    /// Sites that exist in the ranges as drawn.
    pub drawn: Resources,
    /// Sites that a module can use: after snapping, without the slices that Vivado gives up at clock-region boundaries.
    pub resources: Resources,
    /// The ranges that are left after snapping, as Vivado's `DERIVED_RANGES` (slices at clock-region boundaries included).
    pub snapped: Vec<SiteRange>,
    /// The frames of the Pblock. Exact on 7 series, a lower bound later.
    pub frames: FrameColumns,
    /// Predicted size of an uncompressed partial bitstream.
    pub size: Size,
    /// Time to load it, in milliseconds, by port name.
    pub load_ms: Vec<(&'static str, f64)>,
    /// What is wrong or worth knowing, worst first.
    pub findings: Vec<Finding>,
    /// Rows as drawn of each column that has any, for the picture.
    pub(crate) drawn_rows: Vec<(usize, Rows)>,
    /// Rows of each column whose frames are the partition's (interconnect included), for the picture.
    pub(crate) snapped_rows: Vec<(usize, Rows)>,
}

impl Partition {
    /// The worst severity among the findings.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(Finding::severity).max()
    }
}

/// The outcome of [`analyse`].
#[derive(Debug, Clone)]
pub struct Floorplan {
    /// The device.
    pub device: Device,
    /// One entry a Pblock, in the order given.
    pub partitions: Vec<Partition>,
}

impl Floorplan {
    /// The partition of that name.
    pub fn partition(&self, name: &str) -> Option<&Partition> {
        self.partitions.iter().find(|p| p.name == name)
    }
}

/// Check the Pblocks of a device. Every Pblock is taken as that of a reconfigurable partition.
pub fn analyse(device: &Device, pblocks: &[PblockSpec]) -> Floorplan {
    let stack = Stack::new(device);
    let ports = ports(device.family(), device.name());
    let mut partitions: Vec<Partition> =
        pblocks.iter().map(|spec| Work::new(&stack, spec).finish(&ports)).collect();
    check::pairs(pblocks, &mut partitions);
    for p in &mut partitions {
        p.findings.sort_by_key(|f| std::cmp::Reverse(f.severity()));
    }
    Floorplan { device: device.clone(), partitions }
}

/// The dies of a device as grids, bottom first.
pub(crate) struct Stack {
    grids: Vec<Grid>,
}

impl Stack {
    pub(crate) fn new(device: &Device) -> Self {
        Self { grids: device.slrs().iter().map(|&die| Grid::new(die)).collect() }
    }

    /// The die on which a range begins, the last one that it touches, and its lowest Y on the first.
    fn locate(&self, range: &SiteRange) -> (u32, u32, u32) {
        let (mut base, mut first) = (0, None);
        let last_die = self.grids.len() as u32 - 1;
        for (i, grid) in (0..).zip(&self.grids) {
            let height = grid.class(range.kind).map_or(0, |c| c.height);
            let end = base + height;
            let within = |y: u32| y < end || i == last_die;
            if first.is_none() && within(range.y0) {
                first = Some((i, base));
            }
            if let Some((f, b)) = first.filter(|_| within(range.y1)) {
                return (f, i, b);
            }
            base = end;
        }
        (0, 0, 0)
    }
}

/// A partition while it is checked.
pub(crate) struct Work<'a> {
    spec: &'a PblockSpec,
    grid: &'a Grid,
    slr: u32,
    reset: bool,
    snapping: bool,
    cover: Cover,
    snapped: Snapped,
    frames: FrameColumns,
    size: Size,
    findings: Vec<Finding>,
}

impl<'a> Work<'a> {
    fn new(stack: &'a Stack, spec: &'a PblockSpec) -> Self {
        let sites = |r: &&SiteRange| !matches!(r.kind, SiteKind::ClockRegion | SiteKind::Other);
        let places: Vec<_> = spec.ranges.iter().filter(sites).map(|r| (r, stack.locate(r))).collect();
        let slr = places.iter().map(|p| p.1.0).min().unwrap_or(0);
        let top = places.iter().map(|p| p.1.1).max().unwrap_or(0);
        let local: Vec<SiteRange> = places
            .iter()
            .filter(|p| p.1.0 == slr)
            .map(|(r, (_, _, base))| {
                let mut r = (*r).clone();
                r.y0 -= base;
                r.y1 -= base;
                if let Some(c) = stack.grids[slr as usize].class(r.kind).filter(|_| top > slr) {
                    r.y1 = r.y1.min(c.height - 1);
                }
                r
            })
            .collect();
        let grid = &stack.grids[slr as usize];
        let family = grid.die.family();
        let cover = Cover::new(grid, &local);
        let snapping = spec.snaps_on(family);
        let snapped = snap(grid, &cover, snapping);
        let complete = grid.die.lacks().is_empty()
            && top == slr
            && !spec.ranges.iter().any(|r| r.kind == SiteKind::ClockRegion);
        let frames = if grid.die.lacks().is_empty() {
            FrameColumns::new(grid, &cover, &snapped)
        } else {
            FrameColumns::default()
        };
        let reset = family.has_reset_after_reconfig() && spec.reset_after_reconfig == Some(true);
        let mut size = size::predict(grid.die, &frames, reset, complete);
        if let Some(less) =
            frames_without_soft(grid, &cover, &snapped).filter(|_| size.kind != SizeKind::Unknown)
        {
            // Soft columns are in the frames as the model has them; no public partial bitstream at hand shows one.
            size = size.or(size::predict(grid.die, &less, reset, complete));
        }
        if stack.grids.len() > 1 && size.kind != SizeKind::Unknown {
            // The wrapping of a stacked part's bitstreams is not in the facts used here.
            size.kind = SizeKind::LowerBound;
        }
        let mut work =
            Self { spec, grid, slr, reset, snapping, cover, snapped, frames, size, findings: Vec::new() };
        if top > slr {
            work.findings.push(Finding::SpansDies { dies: (slr, top) });
        }
        check::single(&mut work);
        work
    }

    pub(crate) fn die(&self) -> &'static Die {
        self.grid.die
    }

    fn finish(self, ports: &[Port]) -> Partition {
        let family = self.die().family();
        let n = self.snapped.usable.len();
        let rows = (0..n).map(|c| (c, self.snapped.usable[c].minus(self.snapped.edge[c])));
        // A tile of the edge columns is only lost for slices; other columns have no edge rows.
        let resources = Resources::from_counts(family, count(self.grid, &self.cover, rows));
        let drawn = Resources::from_counts(
            family,
            count(self.grid, &self.cover, self.cover.touched.iter().copied().enumerate()),
        );
        let bytes = self.size.bytes();
        let load_ms =
            if bytes == 0 { Vec::new() } else { ports.iter().map(|p| (p.name, p.load_ms(bytes))).collect() };
        let base = |kind| self.grid.class(kind).map_or(0, |c| c.height) * self.slr;
        let snapped = derived(self.grid, &self.cover, &self.snapped.usable)
            .into_iter()
            .map(|mut r| {
                let base = base(r.kind);
                r.y0 += base;
                r.y1 += base;
                r
            })
            .collect();
        Partition {
            name: self.spec.name.clone(),
            slr: self.slr,
            drawn,
            resources,
            snapped,
            frames: self.frames,
            size: self.size,
            load_ms,
            findings: self.findings,
            drawn_rows: sparse(&self.cover.touched),
            snapped_rows: sparse(&self.snapped.written),
        }
    }
}

/// 7 series: the frames without those of columns that no range touches, when there are such columns.
fn frames_without_soft(grid: &Grid, cover: &Cover, snapped: &Snapped) -> Option<FrameColumns> {
    let soft = |c: usize| !snapped.written[c].minus(cover.touched[c]).is_empty();
    if grid.die.family() != Family::Series7 || !(0..snapped.written.len()).any(soft) {
        return None;
    }
    let mut less = snapped.clone();
    for (rows, touched) in less.written.iter_mut().zip(&cover.touched) {
        *rows = rows.and(*touched);
    }
    Some(FrameColumns::new(grid, cover, &less))
}

/// The columns that have rows.
fn sparse(rows: &[Rows]) -> Vec<(usize, Rows)> {
    rows.iter().copied().enumerate().filter(|(_, r)| !r.is_empty()).collect()
}

/// The rows of each column as ranges: neighbouring columns of a kind with the same rows make one rectangle.
fn derived(grid: &Grid, cover: &Cover, kept: &[Rows]) -> Vec<SiteRange> {
    let mut out = Vec::new();
    for class in &grid.classes {
        if !cover.ranges(class.kind) {
            continue;
        }
        let rows_of = |i: usize| kept[class.columns[i]].and(cover.ranged_rows(class.kind, class.columns[i]));
        let mut i = 0;
        while i < class.columns.len() {
            let rows = rows_of(i);
            let mut j = i + 1;
            while j < class.columns.len() && rows_of(j) == rows {
                j += 1;
            }
            let (x0, x1) = (i as u32 * class.per_column, j as u32 * class.per_column - 1);
            for (from, to) in rows.runs() {
                let y0 = from / class.tile * class.per_tile;
                let y1 = (to + 1) / class.tile * class.per_tile - 1;
                out.push(SiteRange::new(class.prefix, (x0, x1), (y0, y1)));
            }
            i = j;
        }
    }
    out
}
