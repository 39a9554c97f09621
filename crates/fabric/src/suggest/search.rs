// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The search: minimal windows of every row span, then branch and bound over one window for each partition.
//!
//! A window is *minimal* when dropping its first or last unit leaves too little. Every feasible choice can be shrunk to
//! minimal windows without new conflicts and without more frames, so that only these need to be tried.

use std::ops::Range;

use super::{NoSuggestion, Request, Suggested, Suggestion};
use crate::device::{BlockType, ColumnKind, Device};
use crate::family::Family;
use crate::floorplan::Floorplan;
use crate::pblock::cover::{Cover, count};
use crate::pblock::grid::{Grid, is_site_column};
use crate::pblock::rows::Rows;
use crate::pblock::snap::{snap, units};
use crate::pblock::{PblockSpec, SnappingMode};
use crate::site::{SiteKind, SiteRange};

/// Steps of the search over several partitions.
const BUDGET: u64 = 3_000_000;

/// One or more neighbouring columns that belong to a Pblock together or not at all.
struct Granule {
    columns: Range<usize>,
    height: u32,
    /// May a window begin here? Not at the configuration spine, whose pair needs its west neighbour.
    begins: bool,
}

/// A die prepared for the search.
struct Board {
    slr: u32,
    grid: Grid,
    granules: Vec<Granule>,
    /// By column: rows that a module can use when the whole die is ranged.
    usable: Vec<Rows>,
    /// Sites in the whole-die cover, for counting.
    cover: Cover,
    /// By row and granule: frames of the granule in the row; `None` where another Pblock is.
    frames: Vec<Vec<Option<u32>>>,
}

/// A rectangle: granules by clock-region rows of one die.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Window {
    frames: u32,
    /// Units times rows that the rectangle spans: of two with the same frames the denser one is better to route.
    span: u32,
    rows: (u32, u32),
    granules: (u32, u32),
    slr: u32,
    /// Rows that the edge stays off a clock-region boundary inside the die.
    inset: u32,
}

impl Window {
    fn conflicts(&self, o: &Self) -> bool {
        self.slr == o.slr
            && self.rows.0 <= o.rows.1
            && o.rows.0 <= self.rows.1
            && self.granules.0 <= o.granules.1
            && o.granules.0 <= self.granules.1
    }
}

pub(super) fn run(
    device: &Device,
    requests: &[Request],
    taken: &Floorplan,
) -> Result<Suggestion, NoSuggestion> {
    let boards: Vec<Board> =
        (0..).zip(device.slrs()).map(|(slr, &die)| Board::new(slr, Grid::new(die), taken)).collect();
    let mut choices = Vec::new();
    for (i, request) in requests.iter().enumerate() {
        let mut windows = Vec::new();
        for board in &boards {
            board.windows(request.need.counts(), &mut windows);
        }
        if windows.is_empty() {
            return Err(NoSuggestion::TooLarge { name: request.name.clone(), need: request.need });
        }
        windows.sort_unstable();
        choices.push((i, windows));
    }
    // The partition that costs most is placed first.
    choices.sort_by_key(|(i, w)| (std::cmp::Reverse(w[0].frames), *i));
    let mut search = Search { choices: &choices, rest: Vec::new(), best: None, chosen: Vec::new(), steps: 0 };
    let least: Vec<u32> = choices.iter().map(|(_, w)| w[0].frames).collect();
    search.rest = (0..least.len()).map(|i| least[i + 1..].iter().sum()).collect();
    search.descend(0);
    let proven = search.steps < BUDGET;
    let Some((_, chosen)) = search.best else {
        return Err(if proven { NoSuggestion::NoRoom } else { NoSuggestion::GaveUp });
    };
    let mut partitions: Vec<Option<Suggested>> = requests.iter().map(|_| None).collect();
    for ((i, _), window) in choices.iter().zip(chosen) {
        let pblock = boards[window.slr as usize].pblock(&requests[*i].name, &window);
        partitions[*i] = Some(Suggested { pblock, frames: window.frames });
    }
    Ok(Suggestion { partitions: partitions.into_iter().flatten().collect(), proven })
}

struct Search<'a> {
    choices: &'a [(usize, Vec<Window>)],
    /// By depth: the least that the partitions after it can cost.
    rest: Vec<u32>,
    best: Option<(u32, Vec<Window>)>,
    chosen: Vec<Window>,
    steps: u64,
}

impl Search<'_> {
    fn descend(&mut self, cost: u32) {
        let depth = self.chosen.len();
        let Some((_, windows)) = self.choices.get(depth) else {
            self.best = Some((cost, self.chosen.clone()));
            return;
        };
        for w in windows {
            self.steps += 1;
            let total = cost + w.frames;
            let beaten = self.best.as_ref().is_some_and(|b| total + self.rest[depth] >= b.0);
            if beaten || self.steps >= BUDGET {
                return;
            }
            if self.chosen.iter().any(|c| c.conflicts(w)) {
                continue;
            }
            self.chosen.push(*w);
            self.descend(total);
            self.chosen.pop();
        }
    }
}

impl Board {
    fn new(slr: u32, grid: Grid, taken: &Floorplan) -> Self {
        let everything: Vec<SiteRange> = grid
            .classes
            .iter()
            .filter(|c| !c.columns.is_empty())
            .map(|c| SiteRange::new(c.prefix, (0, c.width() - 1), (0, c.height - 1)))
            .collect();
        let cover = Cover::new(&grid, &everything);
        let snapped = snap(&grid, &cover, true);
        let granules: Vec<Granule> = if grid.die.family() == Family::Series7 {
            grid.groups()
                .map(|columns| {
                    let spine = columns.clone().any(|c| grid.kind(c) == ColumnKind::CfgSpine);
                    Granule { columns, height: 1, begins: !spine }
                })
                .collect()
        } else {
            units(&grid).map(|u| Granule { columns: u.columns, height: u.height, begins: true }).collect()
        };
        let die = grid.die;
        let row_h = die.row_height();
        let mut frames = Vec::new();
        for row in 0..die.rows() {
            let (from, to) = (row * row_h, (row + 1) * row_h - 1);
            let mut of_row = Vec::with_capacity(granules.len());
            for g in &granules {
                let mut sum = 0;
                for c in g.columns.clone().filter(|&c| snapped.written[c].any_in(from, to)) {
                    sum += die.frames_at(row, c);
                    if die.kind_at(row, c) == Some(ColumnKind::Bram) {
                        sum += die.bram_content_frames();
                    }
                }
                let others = taken.partitions.iter().filter(|p| p.slr == slr).any(|p| {
                    p.frames.columns().iter().any(|f| {
                        f.block == BlockType::Fabric
                            && u32::from(f.row) == row
                            && g.columns.contains(&usize::from(f.column))
                    })
                });
                of_row.push((!others).then_some(sum));
            }
            frames.push(of_row);
        }
        Self { slr, granules, usable: snapped.usable, cover, frames, grid }
    }

    /// CLB rows of a row span with an inset at the boundaries inside the die.
    fn span(&self, rows: (u32, u32), inset: u32) -> (u32, u32) {
        let row_h = self.grid.die.row_height();
        let from = rows.0 * row_h + if rows.0 > 0 { inset } else { 0 };
        let to = (rows.1 + 1) * row_h - 1 - if rows.1 + 1 < self.grid.die.rows() { inset } else { 0 };
        (from, to)
    }

    /// All minimal windows that have what is needed.
    fn windows(&self, need: [u32; 4], out: &mut Vec<Window>) {
        let insets: &[u32] = if self.grid.die.family() == Family::Series7 { &[0] } else { &[1, 5, 15] };
        for r0 in 0..self.grid.die.rows() {
            for r1 in r0..self.grid.die.rows() {
                for &inset in insets {
                    self.sweep(need, (r0, r1), inset, out);
                }
            }
        }
    }

    /// The minimal windows of one row span and inset: two ends that only move right.
    fn sweep(&self, need: [u32; 4], rows: (u32, u32), inset: u32, out: &mut Vec<Window>) {
        let (from, to) = self.span(rows, inset);
        if from > to {
            return;
        }
        let whole = Rows::range(from, to);
        // Sites and frames of each granule; `None` where it must not be: another Pblock, or a unit taller than the inset.
        let items: Vec<Option<([u32; 4], u32)>> = (0..self.granules.len())
            .map(|g| {
                if inset > 0 && self.granules[g].height > inset {
                    return None;
                }
                let frames = (rows.0..=rows.1).map(|r| self.frames[r as usize][g]).sum::<Option<u32>>()?;
                Some((self.sites(g, whole), frames))
            })
            .collect();
        let (mut a, mut have, mut cost) = (0, [0_u32; 4], 0);
        for (b, item) in items.iter().enumerate() {
            let Some((sites, frames)) = item else {
                (a, have, cost) = (b + 1, [0; 4], 0);
                continue;
            };
            have = std::array::from_fn(|k| have[k] + sites[k]);
            cost += frames;
            let mut found = false;
            // Move the start right while what is needed stays in; it may rest only where a window can begin.
            let (mut best, mut x, mut left, mut sum) = (a, a, have, cost);
            let (mut best_have, mut best_cost) = (have, cost);
            while (0..4).all(|k| left[k] >= need[k]) {
                if self.granules[x].begins {
                    (found, best, best_have, best_cost) = (true, x, left, sum);
                }
                let Some((s, f)) = items[x].as_ref() else { break };
                if x == b {
                    break;
                }
                left = std::array::from_fn(|k| left[k] - s[k]);
                sum -= f;
                x += 1;
            }
            if found {
                (a, have, cost) = (best, best_have, best_cost);
                let span = (b - a + 1) as u32 * (rows.1 - rows.0 + 1);
                let granules = (a as u32, b as u32);
                out.push(Window { frames: cost, span, rows, granules, slr: self.slr, inset });
                // The next window must begin further right: one that begins here again would only be larger.
                if let Some((s, f)) = items[a].as_ref() {
                    have = std::array::from_fn(|k| have[k] - s[k]);
                    cost -= f;
                    a += 1;
                }
            }
        }
    }

    /// Slices, RAMB36, DSP and UltraRAM of a granule in the rows.
    fn sites(&self, granule: usize, rows: Rows) -> [u32; 4] {
        let kept = self.granules[granule].columns.clone().map(|c| (c, self.usable[c].and(rows)));
        let n = count(&self.grid, &self.cover, kept);
        [n[0], n[1], n[3], n[4]]
    }

    fn pblock(&self, name: &str, w: &Window) -> PblockSpec {
        let first = self.granules[w.granules.0 as usize].columns.start;
        let last = self.granules[w.granules.1 as usize].columns.end - 1;
        let (from, to) = self.span(w.rows, w.inset);
        let mut ranges = Vec::new();
        for class in &self.grid.classes {
            let inside: Vec<usize> = class
                .columns
                .iter()
                .copied()
                .filter(|c| (first..=last).contains(c))
                .filter(|&c| is_site_column(self.grid.kind(c)) && self.grid.present[c].any_in(from, to))
                .collect();
            let (Some(&a), Some(&b)) = (inside.first(), inside.last()) else { continue };
            let (Some(x0), Some(x1)) = (class.x_of(a), class.x_of(b)) else { continue };
            let base = class.height * self.slr;
            let y0 = base + from / class.tile * class.per_tile;
            let y1 = base + (to + 1) / class.tile * class.per_tile - 1;
            ranges.push(SiteRange::new(class.prefix, (x0, x1 + class.per_column - 1), (y0, y1)));
        }
        // SLICE first, then DSP, RAMB18, RAMB36, URAM288: the order in which Vivado writes them.
        ranges.sort_by_key(|r| match r.kind {
            SiteKind::Slice => 0,
            SiteKind::Dsp => 1,
            SiteKind::Ramb18 => 2,
            SiteKind::Ramb36 => 3,
            _ => 4,
        });
        let series7 = self.grid.die.family() == Family::Series7;
        PblockSpec {
            name: name.to_owned(),
            ranges,
            snapping_mode: series7.then_some(SnappingMode::On),
            reset_after_reconfig: series7.then_some(true),
            parent: None,
        }
    }
}
