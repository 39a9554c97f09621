// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Changes to a block design: cells, pins, nets, groups, replacement, automation.

use super::find::named_pin;
use super::{absolute, current, failed, words};
use crate::cmd::{files, ip, query};
use crate::model::bd::{BdCell, BdDesign, BdKind, BdPin};
use crate::model::object::Kind;
use crate::model::props::Props;
use crate::session::{Outcome, Session};
use crate::syntax::parse::Args;

pub(super) fn create_cell(s: &mut Session, args: &Args) -> Outcome {
    let path = absolute(s, args.value("name").unwrap_or(args.at(0)));
    let kind = match args.value("type").unwrap_or("ip").to_lowercase().as_str() {
        "hier" => BdKind::Hier,
        "module" => BdKind::Module,
        "container" => BdKind::Container,
        _ => BdKind::Ip,
    };
    let reference = args.value("reference").unwrap_or_default().trim_end_matches(".bd").to_owned();
    if current(s)?.cells.contains_key(&path) {
        return failed(format!("cell '{path}' already exists."));
    }
    let mut pins: Vec<(String, BdPin)> = Vec::new();
    let p = s.project()?;
    match kind {
        BdKind::Container => {
            let Some(of) = p.block_designs.iter().find(|d| d.name == reference) else {
                return failed(format!("block design '{reference}' does not exist."));
            };
            pins.extend(of.ports().map(|(n, pin)| (n.to_owned(), pin.clone())));
        }
        BdKind::Module => {
            let library =
                p.fileset("sources_1").and_then(|f| files::library(f, "synthesis").ok()).unwrap_or_default();
            if let Some(module) = library.get(&reference) {
                for port in crate::hdl::ports(&library.known_ports(module, &dfxkit_hdl::Overrides::default()))
                {
                    let dir = port.dir.property()[..1].to_owned();
                    let dir = if port.dir == crate::hdl::Dir::Inout { "IO".to_owned() } else { dir };
                    pins.push((
                        port.name.clone(),
                        BdPin {
                            dir,
                            left: port.range.map(|r| r.0),
                            right: port.range.map(|r| r.1),
                            ..BdPin::default()
                        },
                    ));
                }
            } else {
                s.warning("Sim 1-70", format!("module '{reference}' was not found in the sources: its pins are taken as they are named."));
            }
        }
        _ => {}
    }
    let mut props = Props::default();
    if kind == BdKind::Container {
        props.set("CONFIG.ACTIVE_SYNTH_BD", format!("{reference}.bd"));
        props.set("CONFIG.LIST_SYNTH_BD", format!("{reference}.bd"));
    }
    let vlnv = args.value("vlnv").map(|v| ip::complete(s, v)).unwrap_or_default();
    let design = current(s)?;
    for (name, pin) in pins {
        design.pins.insert(format!("{path}/{name}"), pin);
    }
    design.cells.insert(path.clone(), BdCell { kind, vlnv, reference, props });
    Ok(query::found(s, Kind::BdCell, vec![path]))
}

pub(super) fn create_pin(s: &mut Session, command: &str, args: &Args) -> Outcome {
    let path = absolute(s, args.at(0));
    let number = |n: &str| args.value(n).and_then(|v| v.parse().ok());
    let interface = command.contains("intf");
    let mut pin = BdPin {
        dir: args.value(if interface { "mode" } else { "dir" }).unwrap_or("IO").to_owned(),
        left: number("from"),
        right: number("to"),
        kind: args.value(if interface { "vlnv" } else { "type" }).unwrap_or_default().to_owned(),
        interface,
        props: Props::default(),
    };
    if let Some(freq) = args.value("freq_hz") {
        pin.props.set("CONFIG.FREQ_HZ", freq);
    }
    current(s)?.pins.insert(path.clone(), pin);
    let kind = match command {
        "create_bd_port" => Kind::BdPort,
        "create_bd_pin" => Kind::BdPin,
        "create_bd_intf_port" => Kind::BdIntfPort,
        _ => Kind::BdIntfPin,
    };
    Ok(query::found(s, kind, vec![path]))
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// The level of the hierarchy that a net between these pins and ports is on: `here` when they leave it open.
fn level(design: &BdDesign, members: &[String], here: String) -> String {
    let levels = |m: &String| {
        let cell = parent(m);
        let outside = if BdDesign::is_port(m) { "" } else { parent(cell) };
        let inside = design.on_boundary(m).then(|| cell.to_owned());
        std::iter::once(outside.to_owned()).chain(inside).collect::<Vec<_>>()
    };
    let mut common = members.first().map(levels).unwrap_or_default();
    common.retain(|l| members.iter().all(|m| levels(m).contains(l)));
    if common.is_empty() || common.contains(&here) { here } else { common.swap_remove(0) }
}

pub(super) fn connect(s: &mut Session, command: &str, args: &Args) -> Outcome {
    let members = words(s, args);
    if members.is_empty() {
        return failed(format!("{command} needs pins or ports."));
    }
    let given = args.value("intf_net").or_else(|| args.value("net")).map(|n| absolute(s, n));
    let here = s.project()?.bd_instance.clone();
    let design = current(s)?;
    let level = given.as_ref().map_or_else(|| level(design, &members, here), |n| parent(n).to_owned());
    let kind = if command.contains("intf") { Kind::BdIntfPin } else { Kind::BdPin };
    for member in &members {
        if !design.pins.contains_key(member) {
            named_pin(design, kind, member);
        }
    }
    let own = |m: &String| {
        // A pin of a hierarchical cell is on two nets: the one of this level counts.
        let here = |n: &str| n.rsplit_once('/').map_or("", |(l, _)| l) == level;
        let all: Vec<&String> =
            design.nets.iter().filter(|(_, all)| all.contains(m)).map(|(n, _)| n).collect();
        all.iter()
            .find(|n| here(n))
            .or_else(|| all.first().filter(|_| !design.on_boundary(m)))
            .map(|n| (*n).clone())
    };
    let name =
        given.or_else(|| members.iter().find_map(own)).unwrap_or_else(|| design.net_name(&level, &members));
    if command.contains("intf") {
        design.interface_nets.insert(name.clone());
    }
    let net = design.nets.entry(name.clone()).or_default();
    for member in members {
        if !net.contains(&member) {
            net.push(member);
        }
    }
    Ok(query::found(s, Kind::BdNet, vec![name]))
}

pub(super) fn create_net(s: &mut Session, command: &str, args: &Args) -> Outcome {
    let name = absolute(s, args.at(0));
    let design = current(s)?;
    design.nets.entry(name.clone()).or_default();
    if command.contains("intf") {
        design.interface_nets.insert(name.clone());
    }
    Ok(query::found(s, Kind::BdNet, vec![name]))
}

/// `disconnect_bd_net <net> <pins>`: the pins leave that net.
pub(super) fn disconnect(s: &mut Session, args: &Args) -> Outcome {
    let words = words(s, args);
    let design = current(s)?;
    let (net, gone) = match words.split_first() {
        Some((first, rest)) if design.nets.contains_key(first) => (Some(first.clone()), rest.to_vec()),
        _ => (None, words),
    };
    for (name, members) in &mut design.nets {
        if net.as_ref().is_none_or(|n| n == name) {
            members.retain(|m| !gone.contains(m));
        }
    }
    design.nets.retain(|n, members| !members.is_empty() || net.as_ref() != Some(n));
    Ok(String::new())
}

/// Renames everything at or below a path.
pub(super) fn rename(design: &mut BdDesign, from: &str, to: &str) {
    let moved = |path: &str| -> String {
        match path.strip_prefix(from) {
            Some("") => to.to_owned(),
            Some(rest) if rest.starts_with('/') => format!("{to}{rest}"),
            _ => path.to_owned(),
        }
    };
    design.cells = std::mem::take(&mut design.cells).into_iter().map(|(p, c)| (moved(&p), c)).collect();
    design.pins = std::mem::take(&mut design.pins).into_iter().map(|(p, c)| (moved(&p), c)).collect();
    for members in design.nets.values_mut() {
        for member in members {
            *member = moved(member);
        }
    }
    design.nets = std::mem::take(&mut design.nets).into_iter().map(|(n, m)| (moved(&n), m)).collect();
    for segment in &mut design.segments {
        segment.space = moved(&segment.space);
        segment.slave = moved(&segment.slave);
        segment.name = moved(&segment.name);
    }
}

pub(super) fn delete(s: &mut Session, args: &Args) -> Outcome {
    let gone = words(s, args);
    let design = current(s)?;
    let hit = |path: &str| {
        gone.iter().any(|g| path == g || path.strip_prefix(g.as_str()).is_some_and(|r| r.starts_with('/')))
    };
    design.cells.retain(|p, _| !hit(p));
    design.pins.retain(|p, _| !hit(p));
    design.nets.retain(|n, _| !gone.contains(n) && !hit(n));
    design.interface_nets.retain(|n| !gone.contains(n) && !hit(n));
    design.segments.retain(|g| !gone.contains(&g.name) && !hit(&g.space) && !hit(&g.slave));
    for members in design.nets.values_mut() {
        members.retain(|m| !hit(m));
    }
    // A net that loses its last pin goes with it.
    design.nets.retain(|_, members| !members.is_empty());
    Ok(String::new())
}

pub(super) fn replace(s: &mut Session, args: &Args) -> Outcome {
    let (old, new) = (absolute(s, args.at(0).trim()), absolute(s, args.at(1).trim()));
    let design = current(s)?;
    for members in design.nets.values_mut() {
        for member in members {
            if let Some(rest) = member.strip_prefix(&old).filter(|r| r.starts_with('/')) {
                *member = format!("{new}{rest}");
            }
        }
    }
    // What masters saw behind the old cell they see behind the new one.
    for segment in &mut design.segments {
        if let Some(rest) = segment.slave.strip_prefix(&old).filter(|r| r.starts_with('/')) {
            segment.slave = format!("{new}{rest}");
        }
    }
    if args.flag("preserve_name") {
        delete_path(design, &old);
        rename(design, &new, &old);
    }
    Ok(String::new())
}

pub(super) fn delete_path(design: &mut BdDesign, path: &str) {
    let hit = |p: &str| p == path || p.strip_prefix(path).is_some_and(|r| r.starts_with('/'));
    design.cells.retain(|p, _| !hit(p));
    design.pins.retain(|p, _| !hit(p));
}
