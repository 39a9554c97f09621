// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Address segments of block designs: `assign_bd_address`, `create_bd_addr_seg`, spaces, exclusion.
//!
//! Which master sees which slave is followed along the interface nets, through interconnects and the boundaries of
//! hierarchical cells. Ranges of opaque IP are not known: a segment without a given range is 64K.

use std::collections::BTreeSet;

use super::hierarchy::{Signal, signals};
use super::{absolute, current, words};
use crate::cmd::query;
use crate::model::bd::{AddressSegment, BdDesign, BdKind};
use crate::model::object::Kind;
use crate::session::{Outcome, Session, Stop};
use crate::syntax::parse::Args;
use crate::tcl::list;

const DEFAULT_RANGE: u64 = 0x1_0000;

/// IP that passes transactions on: what is behind it counts.
const PASSING: [&str; 12] = [
    "axi_interconnect",
    "smartconnect",
    "axi_noc",
    "dfx_decoupler",
    "pr_decoupler",
    "dfx_axi_shutdown_manager",
    "axi_register_slice",
    "axi_clock_converter",
    "axi_dwidth_converter",
    "axi_protocol_converter",
    "axi_crossbar",
    "axi_firewall",
];

/// Numbers of address arguments: hexadecimal, decimal, or with K, M, G, T.
pub(super) fn size(text: &str) -> Option<u64> {
    let text = text.trim();
    if let Some(hex) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        return u64::from_str_radix(&hex.replace('_', ""), 16).ok();
    }
    let unit = match text.chars().last()? {
        'K' | 'k' => 10,
        'M' | 'm' => 20,
        'G' | 'g' => 30,
        'T' | 't' => 40,
        _ => return text.parse().ok(),
    };
    text[..text.len() - 1].parse::<u64>().ok()?.checked_shl(unit)
}

fn split(pin: &str) -> (&str, &str) {
    pin.rsplit_once('/').unwrap_or(("", pin))
}

/// The address space of a master interface.
pub(super) fn space_of(design: &BdDesign, pin: &str) -> String {
    let (cell, local) = split(pin);
    let vlnv = design.cells.get(cell).map_or("", |c| c.vlnv.as_str());
    let one = ["processing_system7", "zynq_ultra_ps_e", "microblaze", "jtag_axi"];
    if one.iter().any(|n| vlnv.contains(n)) { format!("{cell}/Data") } else { format!("{cell}/{local}") }
}

/// The slave segment behind an interface pin or port.
pub(super) fn segment_of(design: &BdDesign, pin: &str) -> String {
    let (cell, _) = split(pin);
    let memory = design.cells.get(cell).is_some_and(|c| c.vlnv.contains(":axi_bram_ctrl"));
    format!("{pin}/{}", if memory { "Mem0" } else { "Reg" })
}

fn reach(design: &BdDesign, all: &[Signal], from: &str, seen: &mut BTreeSet<String>, out: &mut Vec<String>) {
    for signal in all.iter().filter(|s| s.pins.iter().any(|p| p == from)) {
        for pin in signal.pins.iter().filter(|p| *p != from && !design.on_boundary(p)) {
            if design.drives(pin) || !seen.insert(pin.clone()) {
                continue;
            }
            let (cell, _) = split(pin);
            let vlnv = design.cells.get(cell).map_or("", |c| c.vlnv.as_str());
            if PASSING.iter().any(|n| vlnv.contains(&format!(":{n}:")) || vlnv.ends_with(&format!(":{n}"))) {
                let onward: Vec<String> = design
                    .pins
                    .iter()
                    .filter(|(p, i)| i.interface && split(p).0 == cell && design.drives(p))
                    .map(|(p, _)| p.clone())
                    .collect();
                for next in onward {
                    reach(design, all, &next, seen, out);
                }
            } else {
                out.push(pin.clone());
            }
        }
    }
}

/// Every (space, slave segment) pair that the nets make reachable.
fn reachable(design: &BdDesign) -> Vec<(String, String)> {
    let all: Vec<Signal> = signals(design)
        .into_iter()
        .filter(|s| s.pins.iter().any(|p| design.pins.get(p).is_some_and(|i| i.interface)))
        .collect();
    let mut out = Vec::new();
    for (pin, about) in design.pins.iter().filter(|(p, i)| i.interface && design.drives(p)) {
        let (cell, _) = split(pin);
        let owner = design.cells.get(cell);
        let passing = owner.is_some_and(|c| PASSING.iter().any(|n| c.vlnv.contains(&format!(":{n}"))));
        let stream = about.kind.contains("axis") || pin.to_lowercase().contains("axis");
        if passing || stream || design.on_boundary(pin) || owner.is_some_and(|c| c.kind == BdKind::Container)
        {
            continue;
        }
        let mut found = Vec::new();
        reach(design, &all, pin, &mut BTreeSet::from([pin.clone()]), &mut found);
        let space = space_of(design, pin);
        let memory_mapped = |p: &&String| {
            let lower = split(p).1.to_lowercase();
            lower.contains("axi") || lower.contains("lmb") || lower.contains("ini") || BdDesign::is_port(p)
        };
        out.extend(found.iter().filter(memory_mapped).map(|p| (space.clone(), segment_of(design, p))));
    }
    out
}

/// Slave segments that an interface pin gives and that a master reaches without an address so far.
pub(super) fn slaves_of(design: &BdDesign, pin: &str) -> Vec<String> {
    let below = format!("{pin}/");
    let mut out: Vec<String> = reachable(design)
        .into_iter()
        .filter(|(space, slave)| {
            let name = segment_name(space, slave);
            slave.starts_with(&below) && design.segments.iter().all(|g| g.name != name)
        })
        .map(|(_, slave)| slave)
        .collect();
    out.dedup();
    out
}

/// `find_bd_objs -relation connected_to`: what is on the nets of the given pins and ports, through hierarchies
/// when `-thru_hier` asks for it. Other relations are not modelled.
pub(super) fn related(s: &mut Session, args: &Args) -> Outcome {
    if !args.value("relation").is_some_and(|r| r.eq_ignore_ascii_case("connected_to")) {
        s.not_modelled("find_bd_objs");
        return Ok(String::new());
    }
    let given = words(s, args);
    let through = args.flag("thru_hier") || args.value("boundary_type") == Some("both");
    let design = current(s)?;
    let mut out: Vec<String> = Vec::new();
    let mut todo = given.clone();
    while let Some(member) = todo.pop() {
        for other in design.nets.values().filter(|all| all.contains(&member)).flatten() {
            if given.contains(other) || out.contains(other) {
                continue;
            }
            out.push(other.clone());
            if through && design.on_boundary(other) {
                todo.push(other.clone());
            }
        }
    }
    if through {
        out.retain(|m| !design.on_boundary(m));
    }
    let interface = |m: &String| design.pins.get(m).is_some_and(|p| p.interface);
    let kinds: Vec<Kind> = out
        .iter()
        .map(|m| match (BdDesign::is_port(m), interface(m)) {
            (true, true) => Kind::BdIntfPort,
            (true, false) => Kind::BdPort,
            (false, true) => Kind::BdIntfPin,
            (false, false) => Kind::BdPin,
        })
        .collect();
    for (name, kind) in out.iter().zip(kinds) {
        s.registry.note(kind, name);
    }
    Ok(Session::names(out))
}

/// The addresses of what was below a cell, seen from the ports of the design made of that cell.
pub(super) fn inherit(design: &mut BdDesign, from: &BdDesign, cell: &str) {
    for (space, slave) in reachable(design) {
        let outer = format!("{cell}{slave}");
        if let Some(known) = from.segments.iter().find(|g| g.slave == outer) {
            let name = segment_name(&space, &slave);
            put(design, name, &space, &slave, Some(known.offset), known.range);
        }
    }
}

/// Spaces of the design.
pub(super) fn spaces(design: &BdDesign) -> Vec<String> {
    let mut out: Vec<String> = reachable(design).into_iter().map(|(space, _)| space).collect();
    out.extend(design.segments.iter().map(|g| g.space.clone()));
    out.sort();
    out.dedup();
    out
}

/// Where automatic offsets of a space start.
fn base(design: &BdDesign, space: &str) -> u64 {
    let vlnv = design.cells.get(split(space).0).map_or("", |c| c.vlnv.as_str());
    match vlnv {
        v if v.contains("zynq_ultra_ps_e") => 0xA000_0000,
        v if v.contains("versal_cips") || v.contains("ps_wizard") => 0x201_0000_0000,
        _ => 0x4000_0000,
    }
}

/// `SEG_<cell>_<segment>`: the interface between them is not in the name.
fn segment_name(space: &str, slave: &str) -> String {
    let mut parts = slave.trim_start_matches('/').rsplit('/');
    let last = parts.next().unwrap_or("Reg");
    let interface = parts.next().unwrap_or_default();
    let cell = parts.next().unwrap_or(interface);
    format!("{space}/SEG_{cell}_{last}")
}

fn put(
    design: &mut BdDesign,
    name: String,
    space: &str,
    slave: &str,
    offset: Option<u64>,
    range: u64,
) -> String {
    let start = base(design, space);
    design.segments.retain(|g| g.name != name);
    let next = design
        .segments
        .iter()
        .filter(|g| g.space == space && g.offset >= start)
        .map(|g| g.offset.saturating_add(g.range))
        .max()
        .unwrap_or(start);
    design.segments.push(AddressSegment {
        name: name.clone(),
        space: space.to_owned(),
        slave: slave.to_owned(),
        offset: offset.unwrap_or(next.next_multiple_of(range.max(1))),
        range,
    });
    name
}

/// `assign_bd_address`: the given segments, or everything reachable that has no address yet.
pub(super) fn assign(s: &mut Session, args: &Args) -> Outcome {
    let mut range = args.value("range").and_then(size);
    let mut offset = args.value("offset").and_then(size);
    // -dict {offset .. range ..}, as often as the segment is mapped: the first mapping counts.
    if let [first, second, third, fourth, ..] = args.list("dict").as_slice() {
        for (name, value) in [(first, second), (third, fourth)] {
            match name.as_str() {
                "offset" => offset = size(value),
                "range" => range = size(value),
                _ => {}
            }
        }
    }
    let target = args.value("target_address_space").map(|t| absolute(s, &list::split_loose(t).join("")));
    let slaves = words(s, args);
    let design = current(s)?;
    let known = reachable(design);
    let mut made = Vec::new();
    if slaves.is_empty() {
        for (space, slave) in known.iter().filter(|(space, _)| target.as_ref().is_none_or(|t| t == space)) {
            let name = segment_name(space, slave);
            if design.segments.iter().all(|g| g.name != name) && !design.excluded.contains(&name) {
                made.push(put(design, name, space, slave, None, DEFAULT_RANGE));
            }
        }
    }
    for slave in slaves {
        // A segment that is assigned already is given again by its SEG_ name.
        if let Some(old) = design.segments.iter_mut().find(|g| g.name == slave) {
            old.offset = offset.unwrap_or(old.offset);
            old.range = range.unwrap_or(old.range);
            made.push(slave);
            continue;
        }
        let mut into: Vec<String> = match &target {
            Some(target) => vec![target.clone()],
            None => known.iter().filter(|(_, to)| *to == slave).map(|(space, _)| space.clone()).collect(),
        };
        into.dedup();
        if into.is_empty() {
            // Nothing shows the master: the segment is kept without a space.
            into.push(String::new());
        }
        for space in into {
            let name = segment_name(&space, &slave);
            made.push(put(design, name, &space, &slave, offset, range.unwrap_or(DEFAULT_RANGE)));
        }
    }
    for segment in design.segments.iter().filter(|g| made.contains(&g.name)).cloned().collect::<Vec<_>>() {
        let text = format!(
            "Slave segment '{}' is being assigned into address space '{}' at <{} [ {} ]>.",
            segment.slave,
            segment.space,
            grouped(segment.offset),
            human(segment.range)
        );
        s.say(text);
    }
    Ok(query::found(s, Kind::BdAddrSeg, made))
}

/// `0xA000_0000`: hexadecimal in groups of four digits, two groups at least.
fn grouped(offset: u64) -> String {
    let mut digits = format!("{offset:X}");
    while digits.len() < 8 || !digits.len().is_multiple_of(4) {
        digits.insert(0, '0');
    }
    let groups: Vec<&str> = (0..digits.len()).step_by(4).map(|i| &digits[i..i + 4]).collect();
    format!("0x{}", groups.join("_"))
}

fn human(range: u64) -> String {
    for (unit, shift) in [("T", 40), ("G", 30), ("M", 20), ("K", 10)] {
        if range >> shift > 0 && range.trailing_zeros() >= shift {
            return format!("{}{unit}", range >> shift);
        }
    }
    range.to_string()
}

/// `create_bd_addr_seg -range r -offset o <space> <slave segment> <name>`.
pub(super) fn create(s: &mut Session, args: &Args) -> Outcome {
    let range = args.value("range").and_then(size).unwrap_or(DEFAULT_RANGE);
    let offset = args.value("offset").and_then(size);
    let space = absolute(s, args.at(0).trim());
    let slave = absolute(s, args.at(1).trim());
    let local = args.at(2).trim().to_owned();
    let design = current(s)?;
    let name = if local.is_empty() { segment_name(&space, &slave) } else { format!("{space}/{local}") };
    let name = put(design, name, &space, &slave, offset, range);
    Ok(query::found(s, Kind::BdAddrSeg, vec![name]))
}

/// `exclude_bd_addr_seg`, `include_bd_addr_seg`.
pub(super) fn exclude(s: &mut Session, command: &str, args: &Args) -> Result<String, Stop> {
    let target = args.value("target_address_space").map(|t| absolute(s, t.trim()));
    let names = words(s, args);
    let design = current(s)?;
    for name in names {
        let full = match &target {
            Some(space) => segment_name(space, &name),
            None => name,
        };
        if command.starts_with("exclude") {
            design.segments.retain(|g| g.name != full);
            design.excluded.insert(full);
        } else {
            design.excluded.remove(&full);
        }
    }
    Ok(String::new())
}
