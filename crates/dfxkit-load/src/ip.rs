// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! IP with absolute addresses: of the static as its processor sees it, of modules by the join with their region.

use std::collections::BTreeMap;

use dfxkit_handoff::hwh::{Hwh, JoinedRange, MemKind, MemRange, Register};
use serde::Serialize;

/// One address range of an IP.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ip {
    /// Path in the hierarchy, without leading slash: `conv/axi_gpio_0`. A further range of one IP: `path/<block>`.
    pub path: String,
    /// `xilinx.com:ip:axi_gpio:2.0`; none: containers.
    pub vlnv: Option<String>,
    /// Partition that it belongs to; none: the static.
    pub partition: Option<String>,
    /// First absolute address.
    pub base: u64,
    /// Last absolute address.
    pub high: u64,
    /// True for memory, false for registers.
    pub memory: bool,
    /// Registers by name, as the hand-off file lists them.
    pub registers: Vec<Register>,
}

impl Ip {
    /// A register by name.
    pub fn register(&self, name: &str) -> Option<&Register> {
        self.registers.iter().find(|r| r.name == name)
    }
}

/// What a design offers: its IP by path.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Metadata {
    /// By path.
    pub ip: BTreeMap<String, Ip>,
    /// Hierarchies: every prefix of a path, with the paths directly below.
    pub hierarchies: BTreeMap<String, Vec<String>>,
}

impl Metadata {
    pub(crate) fn of(list: impl IntoIterator<Item = Ip>) -> Self {
        let mut ip = BTreeMap::new();
        for mut one in list {
            if ip.contains_key(&one.path) {
                // A second aperture of the same IP: told apart by its address.
                one.path = format!("{}/{:#x}", one.path, one.base);
            }
            ip.insert(one.path.clone(), one);
        }
        let mut hierarchies: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for path in ip.keys() {
            let mut rest = path.as_str();
            while let Some((parent, _)) = rest.rsplit_once('/') {
                let children = hierarchies.entry(parent.to_owned()).or_default();
                if !children.iter().any(|c| c == rest) {
                    children.push(rest.to_owned());
                }
                rest = parent;
            }
        }
        Self { ip, hierarchies }
    }
}

fn registers(hwh: &Hwh, instance: &str, block: &str, interface: &str) -> Vec<Register> {
    let Some(module) = hwh.instance(instance) else { return Vec::new() };
    let found = module
        .address_blocks
        .iter()
        .find(|b| b.name == block && b.interface == interface)
        .or_else(|| module.address_blocks.iter().find(|b| b.name == block));
    found.map(|b| b.registers.iter().filter(|r| r.enabled).cloned().collect()).unwrap_or_default()
}

/// The static's IP as its processor sees it (without a processor: as any master does). Windows into regions are left out:
/// what answers there depends on the module.
pub(crate) fn of_static(hwh: &Hwh) -> Vec<Ip> {
    let regions = hwh.partial_regions();
    let mut ranges: Vec<&MemRange> = match hwh.processing_system() {
        Some(ps) => ps.memory_map.iter().collect(),
        None => hwh.memory_ranges().map(|(_, r)| r).collect(),
    };
    let mut seen = Vec::new();
    ranges.retain(|r| {
        let new = !seen.contains(&(&r.instance, r.base)) && !regions.iter().any(|g| g.instance == r.instance);
        seen.push((&r.instance, r.base));
        new
    });
    ranges
        .into_iter()
        .filter_map(|r| hwh.instance(&r.instance).map(|m| (r, m)))
        .map(|(r, m)| Ip {
            path: m.path().to_owned(),
            vlnv: m.vlnv.as_ref().map(|v| v.0.clone()),
            partition: None,
            base: r.base,
            high: r.high,
            memory: r.kind == MemKind::Memory,
            registers: registers(hwh, &r.instance, &r.address_block, &r.slave_interface),
        })
        .collect()
}

/// A module's IP at the addresses of its region.
pub(crate) fn of_module(partition: &str, module: &Hwh, ranges: &[JoinedRange], region: &str) -> Vec<Ip> {
    ranges
        .iter()
        .map(|r| {
            let inner = r.path.strip_prefix(region).unwrap_or(&r.path).trim_start_matches('/');
            let instance = module.module(inner).map_or("", |m| m.instance.as_str());
            Ip {
                path: r.path.clone(),
                vlnv: r.vlnv.as_ref().map(|v| v.0.clone()),
                partition: Some(partition.to_owned()),
                base: r.base,
                high: r.high,
                memory: r.kind == MemKind::Memory,
                registers: registers(module, instance, &r.address_block, &r.slave_interface),
            }
        })
        .collect()
}
