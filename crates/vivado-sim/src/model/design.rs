// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! An open design: ports, cells, Pblocks, constraints, and how far implementation has come.
//!
//! The same structure is the private member of a simulated checkpoint, so a design survives a write and a read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::props::Props;
use crate::hdl::Port;
use crate::util;

/// How far a design has come; later stages compare greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub(crate) enum Stage {
    #[default]
    Elaborated,
    Synthesized,
    Linked,
    Optimized,
    Placed,
    Routed,
}

impl Stage {
    /// The `Design State` of report headers.
    pub(crate) fn report(self) -> &'static str {
        match self {
            Self::Elaborated => "Elaborated",
            Self::Synthesized | Self::Linked => "Synthesized",
            Self::Optimized => "Optimized",
            Self::Placed => "Fully Placed",
            Self::Routed => "Fully Routed",
        }
    }
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Cell {
    pub(crate) module: String,
    pub(crate) ports: Vec<Port>,
    pub(crate) black_box: bool,
    pub(crate) grey_box: bool,
    pub(crate) primitive: bool,
    pub(crate) reconfigurable: bool,
    /// What the cell holds, when it was filled from a checkpoint: that netlist's digest.
    pub(crate) content: Option<String>,
    /// Seed of the placement of the content, kept when a routed module is imported.
    pub(crate) content_seed: Option<String>,
    /// File name of the checkpoint that filled it.
    pub(crate) source: Option<String>,
    pub(crate) weight: u64,
    pub(crate) props: Props,
    pub(crate) file: String,
    pub(crate) line: usize,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Pblock {
    pub(crate) name: String,
    pub(crate) cells: Vec<String>,
    /// Site ranges in the order added, as typed.
    pub(crate) ranges: Vec<String>,
    pub(crate) props: Props,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Clock {
    pub(crate) name: String,
    pub(crate) period: f64,
    pub(crate) sources: Vec<String>,
}

/// The numbers of the timing summary, nanoseconds. `None` figures are reported as NA.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Timing {
    pub(crate) wns: Option<f64>,
    pub(crate) tns: Option<f64>,
    pub(crate) setup_failing: u64,
    pub(crate) setup_total: u64,
    pub(crate) whs: Option<f64>,
    pub(crate) ths: Option<f64>,
    pub(crate) hold_failing: u64,
    pub(crate) hold_total: u64,
    pub(crate) wpws: Option<f64>,
    pub(crate) tpws: Option<f64>,
    pub(crate) pulse_failing: u64,
    pub(crate) pulse_total: u64,
}

impl Timing {
    pub(crate) fn met(&self) -> bool {
        [self.wns, self.whs, self.wpws].iter().all(|v| v.is_none_or(|v| v >= 0.0))
    }
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Design {
    /// Name of the open design; not kept in a checkpoint.
    #[serde(skip)]
    pub(crate) name: String,
    pub(crate) release: String,
    pub(crate) build: String,
    pub(crate) part: String,
    pub(crate) board_part: String,
    pub(crate) top: String,
    pub(crate) out_of_context: bool,
    pub(crate) ports: Vec<Port>,
    pub(crate) cells: BTreeMap<String, Cell>,
    pub(crate) pblocks: Vec<Pblock>,
    pub(crate) clocks: Vec<Clock>,
    pub(crate) props: Props,
    /// Properties of ports, pins, nets and the like: `kind name` to bag.
    pub(crate) object_props: BTreeMap<String, Props>,
    pub(crate) stage: Stage,
    /// Digest of the static netlist: the top's sources without what is in reconfigurable cells.
    pub(crate) netlist: String,
    pub(crate) weight: u64,
    /// Seed of the static's placement and routes: two designs with one seed have one static implementation.
    pub(crate) seed: Option<String>,
    pub(crate) locked: bool,
    /// The cell that an abstract shell is for.
    pub(crate) shell_for: Option<String>,
    /// A routed cell checkpoint (`write_checkpoint -cell`).
    pub(crate) cell_checkpoint: bool,
    pub(crate) from_run: bool,
    /// Constraint files as read: path and text.
    pub(crate) constraints: Vec<(String, String)>,
    pub(crate) timing: Option<Timing>,
    pub(crate) route_errors: u64,
    /// Parameters that were not at their defaults when the checkpoint was written.
    #[serde(default)]
    pub(crate) params: BTreeMap<String, String>,
    /// The top instantiates a block design: a hwdef is written.
    pub(crate) has_block_design: bool,
}

impl Design {
    pub(crate) fn reconfigurable(&self) -> impl Iterator<Item = (&String, &Cell)> {
        self.cells.iter().filter(|(_, c)| c.reconfigurable)
    }

    /// Takes out everything below a cell and makes it black.
    pub(crate) fn black_box(&mut self, path: &str) {
        let below = format!("{path}/");
        self.cells.retain(|p, _| !p.starts_with(&below));
        if let Some(cell) = self.cells.get_mut(path) {
            cell.black_box = true;
            cell.grey_box = false;
            cell.content = None;
            cell.content_seed = None;
            cell.source = None;
            cell.weight = 0;
        }
    }

    pub(crate) fn pblock_of(&self, cell: &str) -> Option<&Pblock> {
        self.pblocks.iter().find(|p| p.cells.iter().any(|c| c == cell))
    }

    pub(crate) fn pblock_mut(&mut self, name: &str) -> Option<&mut Pblock> {
        self.pblocks.iter_mut().find(|p| p.name == name)
    }

    /// Digest of what is in every reconfigurable cell, and of the static.
    pub(crate) fn content_digest(&self) -> String {
        let mut parts = vec![self.netlist.clone()];
        for (path, cell) in self.reconfigurable() {
            parts.push(format!("{path}={}", cell.content.as_deref().unwrap_or("-")));
        }
        util::digest(&parts)
    }

    /// LUT and register counts: derived from the weight of the sources, so that they move with the code.
    pub(crate) fn resources(&self) -> (u64, u64) {
        let weight = self.weight + self.cells.values().map(|c| c.weight).sum::<u64>();
        let grey: u64 = self
            .cells
            .values()
            .filter(|c| c.grey_box)
            .flat_map(|c| &c.ports)
            .filter(|p| p.dir == crate::hdl::Dir::Out)
            .map(Port::width)
            .sum();
        (3 * weight + grey, 2 * weight)
    }
}
