// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Block designs: cells, ports, nets, as far as DFX scripts look at them; kept as JSON in the `.bd` file.
//!
//! IP is opaque: a cell has the pins that a script has named, and the parameters that it set. Interface ports are one
//! port each in the module that a block design stands for. The `.bd` of real Vivado is JSON of another shape: its
//! ports and components are read, its nets are not.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use dfxkit_hdl::Module;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::props::Props;
use crate::disk;
use crate::hdl::{Dir, Port};
use crate::util;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) enum BdKind {
    #[default]
    Ip,
    Hier,
    Module,
    Container,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct BdCell {
    pub(crate) kind: BdKind,
    pub(crate) vlnv: String,
    /// Module or block design that it is an instance of.
    pub(crate) reference: String,
    pub(crate) props: Props,
}

/// A pin or port, plain or interface.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct BdPin {
    pub(crate) dir: String,
    pub(crate) left: Option<i64>,
    pub(crate) right: Option<i64>,
    /// Type (`clk`, `rst`), or the VLNV of an interface.
    pub(crate) kind: String,
    pub(crate) interface: bool,
    pub(crate) props: Props,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct AddressSegment {
    pub(crate) name: String,
    pub(crate) space: String,
    pub(crate) slave: String,
    pub(crate) offset: u64,
    pub(crate) range: u64,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct BdDesign {
    pub(crate) name: String,
    /// Path (`/rp1/fifo`) to cell.
    pub(crate) cells: BTreeMap<String, BdCell>,
    /// Path to pin: cell pins (`/rp1/clk`) and ports (`/clk`).
    pub(crate) pins: BTreeMap<String, BdPin>,
    /// Net name to its members.
    pub(crate) nets: BTreeMap<String, Vec<String>>,
    /// Nets that join interfaces (also told by their members' pins).
    #[serde(default)]
    pub(crate) interface_nets: BTreeSet<String>,
    pub(crate) segments: Vec<AddressSegment>,
    /// Segments that automatic assignment leaves out.
    #[serde(default)]
    pub(crate) excluded: BTreeSet<String>,
    #[serde(default)]
    pub(crate) validated: bool,
}

impl BdDesign {
    pub(crate) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// The `.bd` text.
    pub(crate) fn text(&self) -> String {
        let value = serde_json::json!({ "SIMULATED": "written by vivado-sim", "design": { "design_info": { "name": self.name } }, "simulated": self });
        serde_json::to_string_pretty(&value).unwrap_or_default()
    }

    /// Reads a `.bd`: the stand-in's own, or what can be had of a real one.
    pub(crate) fn read(path: &Path) -> Option<Self> {
        let value: Value = serde_json::from_str(&disk::read_to_string(path).ok()?).ok()?;
        if let Some(own) = value.get("simulated") {
            return serde_json::from_value(own.clone()).ok();
        }
        let design = value.get("design")?;
        let stem = path.file_stem()?.to_string_lossy().into_owned();
        let name = design.pointer("/design_info/name").and_then(Value::as_str).unwrap_or(&stem);
        let mut out = Self::new(name);
        for (port, about) in design.get("ports").and_then(Value::as_object).into_iter().flatten() {
            let text = |k: &str| about.get(k).and_then(Value::as_str).map(str::to_owned);
            let number = |k: &str| text(k).and_then(|v| v.parse().ok());
            let pin = BdPin {
                dir: text("direction").unwrap_or_default(),
                left: number("left"),
                right: number("right"),
                kind: text("type").unwrap_or_default(),
                ..BdPin::default()
            };
            out.pins.insert(format!("/{port}"), pin);
        }
        for (port, about) in design.get("interface_ports").and_then(Value::as_object).into_iter().flatten() {
            let vlnv = about.get("vlnv").and_then(Value::as_str).unwrap_or_default();
            let pin = BdPin { dir: "IO".into(), kind: vlnv.into(), interface: true, ..BdPin::default() };
            out.pins.insert(format!("/{port}"), pin);
        }
        components(design, "", &mut out);
        Some(out)
    }

    pub(crate) fn is_port(path: &str) -> bool {
        path.matches('/').count() == 1
    }

    /// Whether a pin belongs to a hierarchical cell: it has a net on either side.
    pub(crate) fn on_boundary(&self, pin: &str) -> bool {
        let owner = pin.rsplit_once('/').map_or("", |(cell, _)| cell);
        self.cells.get(owner).is_some_and(|c| c.kind == BdKind::Hier)
    }

    pub(crate) fn ports(&self) -> impl Iterator<Item = (&str, &BdPin)> {
        self.pins.iter().filter(|(p, _)| Self::is_port(p)).map(|(p, pin)| (&p[1..], pin))
    }

    /// Containers with the variants that they can hold, the active one first.
    pub(crate) fn containers(&self) -> Vec<(String, Vec<String>)> {
        let stem = |w: &str| w.trim_end_matches(".bd").to_owned();
        self.cells
            .iter()
            .filter(|(_, c)| c.kind == BdKind::Container)
            .map(|(path, cell)| {
                let active =
                    cell.props.get("CONFIG.ACTIVE_SYNTH_BD").map_or_else(|| cell.reference.clone(), stem);
                let mut all = vec![active];
                for word in cell
                    .props
                    .get("CONFIG.LIST_SYNTH_BD")
                    .unwrap_or("")
                    .split([':', ' '])
                    .filter(|w| !w.is_empty())
                {
                    if !all.contains(&stem(word)) {
                        all.push(stem(word));
                    }
                }
                (path.trim_start_matches('/').to_owned(), all)
            })
            .collect()
    }

    /// Whether a container is a reconfigurable partition.
    pub(crate) fn is_dfx(&self, container: &str) -> bool {
        self.cells
            .get(&format!("/{container}"))
            .is_some_and(|c| c.props.truth("CONFIG.ENABLE_DFX").unwrap_or(false))
    }

    pub(super) fn declarations(&self) -> Vec<Port> {
        self.ports()
            .map(|(name, pin)| Port {
                name: name.to_owned(),
                dir: match pin.dir.to_ascii_uppercase().as_str() {
                    "I" => Dir::In,
                    "O" => Dir::Out,
                    _ if pin.interface && pin.dir.eq_ignore_ascii_case("slave") => Dir::In,
                    _ if pin.interface && pin.dir.eq_ignore_ascii_case("master") => Dir::Out,
                    _ => Dir::Inout,
                },
                range: pin.left.zip(pin.right).filter(|(l, r)| l != r || *l != 0),
            })
            .collect()
    }

    /// The modules that the block design stands for: itself, and one for each opaque cell.
    pub(crate) fn modules(&self, file: &str, name: &str) -> Vec<Module> {
        let module = |name: String, items: Vec<(String, String)>, ports: Vec<Port>, digest: String| {
            let ports = ports.iter().map(Port::declared).collect();
            let mut module = Module::opaque(&name, file, ports, items);
            (module.digest, module.empty, module.weight) = (digest, false, 20);
            module
        };
        let mut out = Vec::new();
        let mut items = Vec::new();
        for (path, cell) in &self.cells {
            let flat = path.trim_start_matches('/').replace('/', "_");
            let of = match cell.kind {
                BdKind::Module | BdKind::Ip => format!("{name}_{flat}_0"),
                BdKind::Container => format!(
                    "{}_inst_0",
                    self.containers()
                        .into_iter()
                        .find(|(p, _)| format!("/{p}") == *path)
                        .map_or_else(|| cell.reference.clone(), |(_, v)| v[0].clone())
                ),
                BdKind::Hier => format!("{flat}_imp"),
            };
            if cell.kind != BdKind::Container {
                // A module reference is wrapped like an IP, with the module as `inst` within.
                let wraps =
                    (cell.kind == BdKind::Module).then(|| (cell.reference.clone(), "inst".to_owned()));
                let digest = util::digest(&[format!("{} {} {:?}", cell.vlnv, cell.reference, cell.props)]);
                out.push(module(of.clone(), wraps.into_iter().collect(), Vec::new(), digest));
            }
            // Cells of one level in the tree; deeper ones keep their path as the name of the instance.
            items.push((of, path.trim_start_matches('/').to_owned()));
        }
        let digest = util::digest(&[format!("{:?} {:?}", self.nets, self.pins.keys().collect::<Vec<_>>())]);
        out.push(module(name.to_owned(), items, self.declarations(), digest));
        out
    }
}

fn components(parent: &Value, prefix: &str, out: &mut BdDesign) {
    for (name, about) in parent.get("components").and_then(Value::as_object).into_iter().flatten() {
        let path = format!("{prefix}/{name}");
        let text = |k: &str| about.get(k).and_then(Value::as_str).unwrap_or_default().to_owned();
        let kind = match about {
            _ if about.get("vlnv").is_some() => BdKind::Ip,
            _ if about.get("reference_info").is_some() => BdKind::Module,
            _ => BdKind::Hier,
        };
        out.cells.insert(
            path.clone(),
            BdCell { kind, vlnv: text("vlnv"), reference: text("reference"), ..BdCell::default() },
        );
        components(about, &path, out);
    }
}
