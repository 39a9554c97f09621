// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Partial regions of a static design, and the IP that isolates them.

use std::collections::BTreeSet;

use serde::Serialize;

use super::interrupts::PinRef;
use super::join::Aperture;
use super::model::{Hwh, Module, Vlnv};

/// How Vivado wrote a partial region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dialect {
    /// `BDTYPE="RBD"`: a partition definition of the project flow (to about 2020.2).
    Rbd,
    /// `BDTYPE="BLOCK_CONTAINER"` with `ENABLE_DFX`: a block design container (2020.2 on).
    BlockContainer,
}

/// A place in the static that modules are loaded into.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PartialRegion {
    /// Path without leading slash.
    pub path: String,
    /// Flattened instance name.
    pub instance: String,
    /// Dialect.
    pub dialect: Dialect,
    /// The block design that the static was built with.
    pub default_design: Option<String>,
    /// Block designs that may be loaded, as far as the file says (containers only; without `.bd`).
    pub candidates: Vec<String>,
    /// Address windows into the region.
    pub apertures: Vec<Aperture>,
    /// Paths of the isolation modules that guard it.
    pub guarded_by: Vec<String>,
}

/// Kind of an isolation module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum IsolationKind {
    /// DFX decoupler (PG375), or its name before 2020.1, PR decoupler: register 0, bit 0.
    Decoupler,
    /// DFX AXI shutdown manager (PG377): register 0, drained when it reads 0xF.
    ShutdownManager,
}

/// A decoupler or shutdown manager.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Isolation {
    /// Path without leading slash.
    pub path: String,
    /// Kind.
    pub kind: IsolationKind,
    /// VLNV.
    pub vlnv: Option<Vlnv>,
    /// Base of its registers as the processor sees them; none: it is driven by [`Isolation::pin`].
    pub address: Option<u64>,
    /// What drives its `decouple` pin, when it has no register interface.
    pub pin: Option<PinRef>,
    /// Paths of the regions behind it.
    pub guards: Vec<String>,
}

pub(super) fn is_decoupler(ip: &str) -> bool {
    matches!(ip, "dfx_decoupler" | "pr_decoupler")
}

fn kind(module: &Module) -> Option<IsolationKind> {
    match module.ip_name() {
        ip if is_decoupler(ip) => Some(IsolationKind::Decoupler),
        "dfx_axi_shutdown_manager" | "pr_axi_shutdown_manager" => Some(IsolationKind::ShutdownManager),
        _ => None,
    }
}

fn dialect(module: &Module) -> Option<Dialect> {
    match module.bd_type.as_deref() {
        Some("RBD") => Some(Dialect::Rbd),
        Some("BLOCK_CONTAINER")
            if module.parameter("ENABLE_DFX").is_some_and(|v| v.eq_ignore_ascii_case("true") || v == "1") =>
        {
            Some(Dialect::BlockContainer)
        }
        _ => None,
    }
}

impl Hwh {
    /// The partial regions, in file order.
    pub fn partial_regions(&self) -> Vec<PartialRegion> {
        let isolation = self.isolation();
        self.modules
            .iter()
            .filter_map(|m| dialect(m).map(|d| (m, d)))
            .map(|(m, dialect)| PartialRegion {
                path: m.path().to_owned(),
                instance: m.instance.clone(),
                dialect,
                default_design: m.bd.clone(),
                candidates: m
                    .parameter("LIST_SYNTH_BD")
                    .into_iter()
                    .flat_map(|list| list.split(':'))
                    .filter(|bd| !bd.is_empty())
                    .map(|bd| bd.strip_suffix(".bd").unwrap_or(bd).to_owned())
                    .collect(),
                apertures: self.apertures(&m.instance),
                guarded_by: isolation
                    .iter()
                    .filter(|i| i.guards.iter().any(|g| g == m.path()))
                    .map(|i| i.path.clone())
                    .collect(),
            })
            .collect()
    }

    /// The address windows that lead to an instance, as every master of the design sees them; equal windows once.
    pub fn apertures(&self, instance: &str) -> Vec<Aperture> {
        let mut apertures: Vec<Aperture> = Vec::new();
        for (owner, range) in self.memory_ranges().filter(|(_, r)| r.instance == instance) {
            let master = format!("{owner}/{}", range.master_interface);
            let same = apertures.iter_mut().find(|a| {
                a.interface == range.slave_interface && a.base == range.base && a.high == range.high
            });
            match same {
                Some(aperture) => {
                    if !aperture.masters.contains(&master) {
                        aperture.masters.push(master);
                    }
                }
                None => apertures.push(Aperture {
                    interface: range.slave_interface.clone(),
                    base: range.base,
                    high: range.high,
                    masters: vec![master],
                }),
            }
        }
        apertures
    }

    /// Decouplers and shutdown managers, in file order.
    pub fn isolation(&self) -> Vec<Isolation> {
        self.modules
            .iter()
            .filter_map(|m| kind(m).map(|k| (m, k)))
            .map(|(m, kind)| {
                let pin = m.port("decouple").and_then(|p| p.connections.first()).map(|c| PinRef {
                    module: self.instance(&c.instance).map_or("", |m| m.path()).to_owned(),
                    port: c.port.clone(),
                });
                Isolation {
                    path: m.path().to_owned(),
                    kind,
                    vlnv: m.vlnv.clone(),
                    address: self.register_base(m),
                    pin,
                    guards: self.guards(m),
                }
            })
            .collect()
    }

    /// Base of an isolation module's own registers: not of the guarded interface that passes through it.
    fn register_base(&self, module: &Module) -> Option<u64> {
        let own = |interface: &str| match kind(module) {
            Some(IsolationKind::Decoupler) => interface.eq_ignore_ascii_case("s_axi_reg"),
            _ => interface.eq_ignore_ascii_case("s_axi_ctrl"),
        };
        self.apertures(&module.instance).iter().find(|a| own(&a.interface)).map(|a| a.base)
    }

    /// Regions that an isolation module touches; if it touches none, those behind the isolation modules that it touches
    /// (a chain). Both sides count: public designs use the decoupler either way round, with the region on the `rp_`
    /// side (as PG375 draws it) or on the `s_` side (when the region is the slave).
    fn guards(&self, start: &Module) -> Vec<String> {
        let mut guarded = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut queue = vec![start];
        while let Some(module) = queue.pop() {
            if !seen.insert(module.instance.as_str()) {
                continue;
            }
            let neighbours = self.isolated_neighbours(module);
            let regions = neighbours.iter().filter(|n| dialect(n).is_some()).map(|n| n.path().to_owned());
            let before = guarded.len();
            guarded.extend(regions);
            if guarded.len() == before {
                queue.extend(neighbours.into_iter().filter(|n| kind(n).is_some()));
            }
        }
        guarded.into_iter().collect()
    }

    /// Modules at the other end of an isolation module's guarded interfaces (not of its own registers), over interface
    /// nets, and for a decoupler over single wires too.
    fn isolated_neighbours(&self, module: &Module) -> Vec<&Module> {
        let decoupler = kind(module) == Some(IsolationKind::Decoupler);
        let guarded = |name: &str| {
            let name = name.to_ascii_lowercase();
            if decoupler {
                !name.starts_with("s_axi_reg") && (name.starts_with("rp_") || name.starts_with("s_"))
            } else {
                !name.starts_with("s_axi_ctrl")
            }
        };
        let buses: Vec<&str> = module
            .interfaces
            .iter()
            .filter(|i| guarded(&i.name) && !i.bus.is_empty() && i.bus != "__NOC__")
            .map(|i| i.bus.as_str())
            .collect();
        let wires: BTreeSet<&str> = module
            .ports
            .iter()
            .filter(|p| decoupler && guarded(&p.name) && !matches!(p.role.as_str(), "clk" | "rst"))
            .flat_map(|p| p.connections.iter().map(|c| c.instance.as_str()))
            .collect();
        self.modules
            .iter()
            .filter(|m| m.instance != module.instance)
            .filter(|m| {
                wires.contains(m.instance.as_str())
                    || m.interfaces.iter().any(|i| buses.contains(&i.bus.as_str()))
            })
            .collect()
    }
}
