// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Changes to a block design: cells, pins, nets, groups, replacement, automation.

use super::{absolute, current, failed, words};
use crate::cmd::{files, query};
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
                let scope = crate::hdl::elab::scope(module, &crate::hdl::expr::Scope::new());
                for port in crate::hdl::elab::ports(module, &scope) {
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
    let design = current(s)?;
    for (name, pin) in pins {
        design.pins.insert(format!("{path}/{name}"), pin);
    }
    design.cells.insert(
        path.clone(),
        BdCell { kind, vlnv: args.value("vlnv").unwrap_or_default().to_owned(), reference, props },
    );
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

pub(super) fn connect(s: &mut Session, command: &str, args: &Args) -> Outcome {
    let members = words(s, args);
    if members.is_empty() {
        return failed(format!("{command} needs pins or ports."));
    }
    let given = args.value("intf_net").or_else(|| args.value("net")).map(|n| absolute(s, n));
    let design = current(s)?;
    let own = |m: &String| design.nets.iter().find(|(_, all)| all.contains(m)).map(|(n, _)| n.clone());
    let name = given
        .or_else(|| members.iter().find_map(own))
        .unwrap_or_else(|| format!("{}_1", members[0].replacen('/', "", 1).replace('/', "_")));
    let net = design.nets.entry(name.clone()).or_default();
    for member in members {
        if !net.contains(&member) {
            net.push(member);
        }
    }
    Ok(query::found(s, Kind::BdNet, vec![name]))
}

pub(super) fn create_net(s: &mut Session, args: &Args) -> Outcome {
    let name = absolute(s, args.at(0));
    current(s)?.nets.entry(name.clone()).or_default();
    Ok(query::found(s, Kind::BdNet, vec![name]))
}

pub(super) fn disconnect(s: &mut Session, args: &Args) -> Outcome {
    let gone = words(s, args);
    for net in current(s)?.nets.values_mut() {
        net.retain(|m| !gone.contains(m));
    }
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
}

pub(super) fn delete(s: &mut Session, args: &Args) -> Outcome {
    let gone = words(s, args);
    let design = current(s)?;
    let hit = |path: &str| {
        gone.iter().any(|g| path == g || path.strip_prefix(g.as_str()).is_some_and(|r| r.starts_with('/')))
    };
    design.cells.retain(|p, _| !hit(p));
    design.pins.retain(|p, _| !hit(p));
    design.nets.retain(|n, _| !gone.contains(n));
    for members in design.nets.values_mut() {
        members.retain(|m| !hit(m));
    }
    Ok(String::new())
}

pub(super) fn group(s: &mut Session, args: &Args) -> Outcome {
    let hier = absolute(s, args.at(0));
    let cells: Vec<String> = args.words_from(1).iter().map(|w| absolute(s, w)).collect();
    let design = current(s)?;
    if !design.cells.contains_key(&hier) {
        design.cells.insert(hier.clone(), BdCell { kind: BdKind::Hier, ..BdCell::default() });
    }
    for cell in &cells {
        let local = cell.rsplit('/').next().unwrap_or(cell).to_owned();
        rename(design, cell, &format!("{hier}/{local}"));
    }
    // Nets that cross the new boundary get a pin there, named after the pin inside.
    let below = format!("{hier}/");
    for (name, members) in design.nets.clone() {
        let (inside, outside): (Vec<String>, Vec<String>) =
            members.iter().cloned().partition(|m| m.starts_with(&below));
        if inside.is_empty() || outside.is_empty() {
            continue;
        }
        let pin = format!("{below}{}", inside[0].rsplit('/').next().unwrap_or_default());
        let like = design.pins.get(&inside[0]).cloned().unwrap_or_default();
        let dir = if like.dir.is_empty() { "I".to_owned() } else { like.dir.clone() };
        design.pins.insert(pin.clone(), BdPin { dir, ..like });
        design.nets.insert(name.clone(), outside.into_iter().chain([pin.clone()]).collect());
        design.nets.insert(
            format!("{hier}/{}", name.trim_start_matches('/')),
            inside.into_iter().chain([pin]).collect(),
        );
    }
    Ok(query::found(s, Kind::BdCell, vec![hier]))
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

pub(super) fn external(s: &mut Session, command: &str, args: &Args) -> Outcome {
    let interface = command.contains("intf");
    let mut made = Vec::new();
    for pin in words(s, args) {
        let design = current(s)?;
        let like = design.pins.get(&pin).cloned().unwrap_or_default();
        let base = pin.rsplit('/').next().unwrap_or(&pin).to_owned();
        let port = format!("/{base}_0");
        let dir = if like.dir.is_empty() { "IO".to_owned() } else { like.dir.clone() };
        design.pins.insert(port.clone(), BdPin { dir, interface, ..like });
        design.nets.entry(format!("/{base}_0")).or_default().extend([pin, port.clone()]);
        made.push(port);
    }
    Ok(query::found(s, if interface { Kind::BdIntfPort } else { Kind::BdPort }, made))
}

pub(super) fn automation(s: &mut Session, args: &Args) -> Outcome {
    let rule = args.value("rule").unwrap_or_default().to_owned();
    let objects = words(s, args);
    let design = current(s)?;
    if rule.contains("processing_system7") {
        for port in ["DDR", "FIXED_IO"] {
            design.pins.insert(
                format!("/{port}"),
                BdPin { dir: "Master".into(), interface: true, ..BdPin::default() },
            );
        }
    } else if rule.contains("axi4") || rule.contains("clkrst") {
        // The master's cell gives the interconnect and the reset block their names.
        let config = args.list("config").join(" ");
        let master = config
            .split_whitespace()
            .skip_while(|w| *w != "Master")
            .nth(1)
            .unwrap_or("/ps7_0")
            .trim_start_matches('/')
            .split('/')
            .next()
            .unwrap_or("ps7_0")
            .to_owned();
        for (name, vlnv) in [
            (format!("/{master}_axi_periph"), "xilinx.com:ip:axi_interconnect:2.1"),
            (format!("/rst_{master}_100M"), "xilinx.com:ip:proc_sys_reset:5.0"),
        ] {
            design.cells.entry(name).or_insert_with(|| BdCell { vlnv: vlnv.to_owned(), ..BdCell::default() });
        }
    }
    let _ = objects;
    Ok(String::new())
}
