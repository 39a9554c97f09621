// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The `get_bd_` commands and the properties of block-design objects.

use super::address::{segment_of, size, space_of, spaces};
use super::edit::rename;
use super::{current, words};
use crate::cmd::query;
use crate::model::bd::{AddressSegment, BdDesign, BdKind, BdPin};
use crate::model::filter;
use crate::model::object::Kind;
use crate::model::pin_direction;
use crate::model::project::Project;
use crate::session::{Outcome, Session, Stop};
use crate::syntax::parse::Args;
use crate::util;

pub(super) fn designs(s: &mut Session, args: &Args) -> Outcome {
    let patterns = args.words_from(0);
    let names: Vec<String> = s
        .project()?
        .block_designs
        .iter()
        .map(|d| d.name.clone())
        .filter(|n| patterns.is_empty() || patterns.iter().any(|p| util::glob(p, n)))
        .collect();
    if names.is_empty() {
        s.warning("Sim 1-3", "No block designs matched.");
    }
    Ok(query::found(s, Kind::BdDesign, names))
}

/// The get_bd_ commands on the current design.
pub(super) fn get(s: &mut Session, command: &str, args: &Args) -> Outcome {
    let kind = match command {
        "get_bd_cells" => Kind::BdCell,
        "get_bd_pins" => Kind::BdPin,
        "get_bd_intf_pins" => Kind::BdIntfPin,
        "get_bd_ports" => Kind::BdPort,
        "get_bd_intf_ports" => Kind::BdIntfPort,
        "get_bd_nets" | "get_bd_intf_nets" => Kind::BdNet,
        _ => Kind::BdAddrSeg,
    };
    let patterns = words(s, args);
    let instance = s.project()?.bd_instance.clone();
    let of = args.list("of_objects");
    let design = current(s)?;
    let mut names: Vec<String> = match kind {
        Kind::BdCell => design.cells.keys().cloned().collect(),
        Kind::BdPin | Kind::BdIntfPin => design
            .pins
            .iter()
            .filter(|(p, pin)| !BdDesign::is_port(p) && pin.interface == (kind == Kind::BdIntfPin))
            .map(|(p, _)| p.clone())
            .collect(),
        Kind::BdPort | Kind::BdIntfPort => design
            .pins
            .iter()
            .filter(|(p, pin)| BdDesign::is_port(p) && pin.interface == (kind == Kind::BdIntfPort))
            .map(|(p, _)| p.clone())
            .collect(),
        Kind::BdNet => {
            let interface = command == "get_bd_intf_nets";
            design.nets.keys().filter(|n| design.is_interface_net(n) == interface).cloned().collect()
        }
        _ if command == "get_bd_addr_spaces" => spaces(design),
        // Segments and spaces of opaque IP exist as soon as they are named.
        _ => design.segments.iter().map(|g| g.name.clone()).collect(),
    };
    if !of.is_empty() {
        let nets: Vec<String> = design
            .nets
            .iter()
            .filter(|(n, all)| of.contains(n) || all.iter().any(|m| of.contains(m)))
            .map(|(n, _)| n.clone())
            .collect();
        let ends: Vec<String> = nets.iter().filter_map(|n| design.nets.get(n)).flatten().cloned().collect();
        if kind == Kind::BdAddrSeg {
            names = addresses(design, command, &of);
        }
        names.retain(|n| match kind {
            Kind::BdAddrSeg => true,
            Kind::BdNet => nets.contains(n),
            Kind::BdCell => of
                .iter()
                .flat_map(|o| if nets.contains(o) { ends.clone() } else { vec![o.clone()] })
                .any(|o| o.rsplit_once('/').is_some_and(|(c, _)| c == n)),
            _ => ends.contains(n) || of.iter().any(|o| n.rsplit_once('/').is_some_and(|(c, _)| c == o)),
        });
    } else if patterns.is_empty() && kind == Kind::BdCell && !args.flag("hierarchical") {
        names.retain(|n| n.rsplit_once('/').is_some_and(|(parent, _)| parent == instance));
    }
    if !patterns.is_empty() {
        let mut out = Vec::new();
        for pattern in &patterns {
            if pattern == "/" && kind == Kind::BdCell {
                out.push("/".to_owned());
                continue;
            }
            let local = pattern.rsplit('/').next().unwrap_or(pattern);
            let hits: Vec<String> = names
                .iter()
                .filter(|n| {
                    if args.flag("hierarchical") {
                        util::glob(local, n.rsplit('/').next().unwrap_or(n))
                    } else {
                        util::glob(pattern, n) && pattern.matches('/').count() == n.matches('/').count()
                            || *n == pattern
                    }
                })
                .cloned()
                .collect();
            if hits.is_empty() && !pattern.contains(['*', '?']) && !args.flag("hierarchical") {
                // A port is found as a pin too: scripts that wire by name rely on it.
                let interface = kind == Kind::BdIntfPin;
                let port = matches!(kind, Kind::BdPin | Kind::BdIntfPin)
                    && BdDesign::is_port(pattern)
                    && design.pins.get(pattern).is_some_and(|p| p.interface == interface);
                if port {
                    out.push(pattern.clone());
                } else {
                    out.extend(named_pin(design, kind, pattern));
                }
            }
            out.extend(hits);
        }
        names = out;
    }
    if let Some(text) = args.value("filter") {
        let text = text.to_owned();
        let p = s.project()?;
        names.retain(|n| {
            filter::matches(&text, &mut |prop| property(p, kind, n, &prop.to_uppercase())).unwrap_or(false)
        });
    }
    if names.is_empty() {
        let line = args.command_line(command);
        s.warning(
            "BD 5-235",
            format!("No {} matched '{line}'", command.trim_start_matches("get_bd_").replace('_', " ")),
        );
        return Ok(String::new());
    }
    Ok(query::found(s, kind, names))
}

/// Address spaces or segments of cells, interface pins and spaces.
fn addresses(design: &BdDesign, command: &str, of: &[String]) -> Vec<String> {
    let mut out = Vec::new();
    for object in of {
        let own = |p: &&String| *p == object || p.rsplit_once('/').is_some_and(|(cell, _)| cell == object);
        let pins = design.pins.iter().filter(|(p, i)| i.interface && own(p)).map(|(p, _)| p);
        for pin in pins {
            let master = design.drives(pin) != BdDesign::is_port(pin);
            if command == "get_bd_addr_spaces" && design.drives(pin) {
                out.push(space_of(design, pin));
            } else if command == "get_bd_addr_segs" && !master {
                out.push(segment_of(design, pin));
            }
        }
        if command == "get_bd_addr_segs" {
            let mine = |g: &&AddressSegment| g.space == *object;
            out.extend(design.segments.iter().filter(mine).map(|g| g.name.clone()));
        }
    }
    out.sort();
    out.dedup();
    out
}

/// A pin of an opaque cell that a script names comes into being; so does an address segment.
pub(super) fn named_pin(design: &mut BdDesign, kind: Kind, path: &str) -> Option<String> {
    if kind == Kind::BdAddrSeg {
        return Some(path.to_owned());
    }
    if !matches!(kind, Kind::BdPin | Kind::BdIntfPin) {
        return None;
    }
    let (cell, local) = path.rsplit_once('/')?;
    let owner = design.cells.get(cell)?;
    if owner.kind == BdKind::Hier {
        return None;
    }
    let known = matches!(owner.kind, BdKind::Container | BdKind::Module)
        && design.pins.keys().any(|p| p.rsplit_once('/').is_some_and(|(c, _)| c == cell));
    let prefix = format!("{}_", local.to_lowercase());
    let behind: Vec<(String, String)> = design
        .pins
        .iter()
        .filter_map(|(p, i)| {
            let (owner, name) = p.rsplit_once('/')?;
            let rest = name.to_lowercase().strip_prefix(&prefix)?.to_owned();
            (owner == cell).then(|| (rest, i.dir.clone()))
        })
        .collect();
    if known && kind == Kind::BdIntfPin && owner.kind == BdKind::Module && !behind.is_empty() {
        // Ports of one prefix are an interface: the side that drives the address or the data is the master.
        let leading = ["awaddr", "araddr", "tdata", "tvalid", "awvalid", "arvalid"];
        let out = behind.iter().any(|(n, d)| leading.contains(&n.as_str()) && d == "O");
        let dir = if out { "Master" } else { "Slave" }.to_owned();
        design.pins.insert(path.to_owned(), BdPin { dir, interface: true, ..BdPin::default() });
        return Some(path.to_owned());
    }
    if known {
        return None;
    }
    let interface = kind == Kind::BdIntfPin;
    let dir = pin_direction(local, &owner.vlnv, interface).to_owned();
    design.pins.insert(path.to_owned(), BdPin { dir, interface, ..BdPin::default() });
    Some(path.to_owned())
}

/// A property of a block-design object; names are upper case.
pub(crate) fn property(p: &Project, kind: Kind, name: &str, prop: &str) -> Option<String> {
    if kind == Kind::BdDesign {
        return (prop == "FILE_NAME").then(|| format!("{name}.bd"));
    }
    let design = p.block_designs.iter().find(|d| Some(&d.name) == p.current_bd.as_ref())?;
    let local = || name.rsplit('/').next().unwrap_or(name).to_owned();
    Some(match (kind, prop) {
        (_, "NAME") => local(),
        (_, "PATH") => name.to_owned(),
        (Kind::BdCell, "TYPE") if name == "/" => "hier".to_owned(),
        (Kind::BdCell, "VLNV") => design.cells.get(name)?.vlnv.clone(),
        (Kind::BdCell, "TYPE") => match design.cells.get(name)?.kind {
            BdKind::Hier => "hier",
            BdKind::Container => "container",
            BdKind::Module | BdKind::Ip => "ip",
        }
        .to_owned(),
        (Kind::BdCell, "PARENT") => match name.rsplit_once('/') {
            Some((parent, _)) if !parent.is_empty() => parent.to_owned(),
            _ => "/".to_owned(),
        },
        (Kind::BdCell, _) if name == "/" => String::new(),
        (Kind::BdCell, _) => design.cells.get(name)?.props.get(prop)?.to_owned(),
        (Kind::BdAddrSeg, _) => {
            let segment = design.segments.iter().find(|g| g.name == name)?;
            match prop {
                "OFFSET" => format!("0x{:08X}", segment.offset),
                "RANGE" => format!("0x{:08X}", segment.range),
                _ => return None,
            }
        }
        (Kind::BdNet, _) => return None,
        (_, "DIR") => design.pins.get(name)?.dir.clone(),
        (_, "MODE") => design.pins.get(name)?.dir.clone(),
        (_, "LEFT") => design.pins.get(name)?.left?.to_string(),
        (_, "RIGHT") => design.pins.get(name)?.right?.to_string(),
        (_, "TYPE" | "VLNV") => design.pins.get(name)?.kind.clone(),
        _ => design.pins.get(name)?.props.get(prop)?.to_owned(),
    })
}

/// Sets one; renaming a cell or port gives its new path.
pub(crate) fn set(
    s: &mut Session,
    kind: Kind,
    name: &str,
    prop: &str,
    value: &str,
) -> Result<Option<String>, Stop> {
    if kind == Kind::BdDesign {
        return Ok(None);
    }
    let design = current(s)?;
    if prop == "NAME" {
        let to = format!(
            "{}/{}",
            name.rsplit_once('/').map(|(p, _)| p).unwrap_or_default(),
            value.trim_start_matches('/')
        );
        rename(design, name, &to);
        return Ok(Some(to));
    }
    match kind {
        Kind::BdCell => {
            if let Some(cell) = design.cells.get_mut(name) {
                cell.props.set(prop, value);
            }
        }
        Kind::BdAddrSeg => {
            if !design.segments.iter().any(|g| g.name == name) {
                // Assigned automatically: its name tells the space and the slave's cell.
                let (space, seg) = name.rsplit_once('/').unwrap_or(("", name));
                let cell = seg.trim_start_matches("SEG_").rsplit_once('_').map_or(seg, |(c, _)| c);
                design.segments.push(AddressSegment {
                    name: name.to_owned(),
                    space: space.to_owned(),
                    slave: format!("/{cell}"),
                    offset: 0,
                    range: 0x1_0000,
                });
            }
            if let Some(segment) = design.segments.iter_mut().find(|g| g.name == name) {
                match prop {
                    "OFFSET" => segment.offset = size(value).unwrap_or(segment.offset),
                    "RANGE" => segment.range = size(value).unwrap_or(segment.range),
                    _ => {}
                }
            }
        }
        _ => {
            if let Some(pin) = design.pins.get_mut(name) {
                pin.props.set(prop, value);
            }
        }
    }
    Ok(None)
}
