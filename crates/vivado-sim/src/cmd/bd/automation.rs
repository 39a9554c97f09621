// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! What Vivado connects by itself: pins made external, board, clock and AXI automation.
//!
//! Names as the public scripts that follow an automation use them: `ps7_0_axi_periph`, `rst_ps7_0_100M`,
//! `rst_ps8_0_99M`. Board interfaces are not known here: a rule for one connects the pin to a port of that name.

use super::address::{assign, slaves_of};
use super::find::named_pin;
use super::{absolute, current, words};
use crate::cmd::query;
use crate::model::bd::{BdCell, BdDesign, BdKind, BdPin};
use crate::model::object::Kind;
use crate::session::{Outcome, Session};
use crate::syntax::parse::Args;
use crate::tcl::list;

fn local(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Joins pins on the net that one of them has, else on a new one.
fn join(design: &mut BdDesign, members: &[&str]) {
    let members: Vec<String> = members.iter().map(|m| (*m).to_owned()).collect();
    let own = design.nets.iter().find(|(_, all)| members.iter().any(|m| all.contains(m)));
    let name = own.map_or_else(|| design.net_name("", &members), |(n, _)| n.clone());
    let net = design.nets.entry(name).or_default();
    for member in members {
        if !net.contains(&member) {
            net.push(member);
        }
    }
}

fn pin(design: &mut BdDesign, path: String, interface: bool) -> String {
    if !design.pins.contains_key(&path) {
        named_pin(design, if interface { Kind::BdIntfPin } else { Kind::BdPin }, &path);
    }
    path
}

/// `make_bd_pins_external`, `make_bd_intf_pins_external`: of a cell, all its pins of the kind that have no net.
pub(super) fn external(s: &mut Session, command: &str, args: &Args) -> Outcome {
    let interface = command.contains("intf");
    let wanted = args.value("name").map(str::to_owned);
    let mut made = Vec::new();
    for word in words(s, args) {
        let design = current(s)?;
        let connected = |d: &BdDesign, p: &str| d.nets.values().any(|all| all.iter().any(|m| m == p));
        let pins: Vec<String> = if design.cells.contains_key(&word) {
            let own = |p: &&String| p.rsplit_once('/').is_some_and(|(cell, _)| cell == word);
            let all = design.pins.iter().filter(|(p, i)| own(p) && i.interface == interface);
            all.map(|(p, _)| p.clone()).filter(|p| !connected(design, p)).collect()
        } else {
            vec![word]
        };
        for pin in pins {
            let like = design.pins.get(&pin).cloned().unwrap_or_default();
            let base = wanted.clone().map_or_else(|| format!("/{}_0", local(&pin)), |n| format!("/{n}"));
            let mut port = base.clone();
            let mut number = 0;
            while design.pins.contains_key(&port) {
                number += 1;
                port = format!("{}{number}", base.trim_end_matches(|c: char| c.is_ascii_digit()));
            }
            design.pins.insert(port.clone(), BdPin { interface, ..like });
            join(design, &[&pin, &port]);
            made.push(port);
        }
    }
    Ok(query::found(s, if interface { Kind::BdIntfPort } else { Kind::BdPort }, made))
}

fn cell(design: &mut BdDesign, path: &str, vlnv: &str) {
    let new = || BdCell { kind: BdKind::Ip, vlnv: vlnv.to_owned(), ..BdCell::default() };
    design.cells.entry(path.to_owned()).or_insert_with(new);
}

/// What automation calls the processor of a cell, and the frequency in the name of its reset block.
fn short(design: &BdDesign, cell: &str) -> (String, &'static str) {
    match design.cells.get(cell).map_or("", |c| c.vlnv.as_str()) {
        v if v.contains("processing_system7") => ("ps7_0".to_owned(), "100M"),
        v if v.contains("zynq_ultra_ps_e") => ("ps8_0".to_owned(), "99M"),
        _ => (local(cell).to_owned(), "100M"),
    }
}

/// The AXI rule: master, interconnect, slave, with clock and reset.
fn axi(design: &mut BdDesign, master: &str, slave: &str) {
    let (owner, _) = master.rsplit_once('/').unwrap_or(("", master));
    let (name, frequency) = short(design, owner);
    let interconnect = format!("/{name}_axi_periph");
    let reset = format!("/rst_{name}_{frequency}");
    cell(design, &interconnect, "xilinx.com:ip:axi_interconnect:2.1");
    cell(design, &reset, "xilinx.com:ip:proc_sys_reset:5.0");
    let master = pin(design, master.to_owned(), true);
    let entry = pin(design, format!("{interconnect}/S00_AXI"), true);
    join(design, &[&master, &entry]);
    let used = design
        .nets
        .values()
        .flatten()
        .filter(|m| m.starts_with(&format!("{interconnect}/M")) && m.ends_with("_AXI"))
        .count();
    let onward = pin(design, format!("{interconnect}/M{used:02}_AXI"), true);
    let slave = pin(design, slave.to_owned(), true);
    join(design, &[&onward, &slave]);
    if let Some(found) = design.cells.get_mut(&interconnect) {
        found.props.set("CONFIG.NUM_MI", (used + 1).to_string());
    }
    let clock = match design.cells.get(owner).map_or("", |c| c.vlnv.as_str()) {
        v if v.contains("processing_system7") => "FCLK_CLK0",
        v if v.contains("zynq_ultra_ps_e") => "pl_clk0",
        _ => return,
    };
    let source = pin(design, format!("{owner}/{clock}"), false);
    let (target, _) = slave.rsplit_once('/').unwrap_or(("", ""));
    for sink in
        [format!("{interconnect}/ACLK"), format!("{target}/s_axi_aclk"), format!("{reset}/slowest_sync_clk")]
    {
        let sink = pin(design, sink, false);
        join(design, &[&source, &sink]);
    }
    let source = pin(design, format!("{reset}/peripheral_aresetn"), false);
    for sink in [format!("{interconnect}/ARESETN"), format!("{target}/s_axi_aresetn")] {
        let sink = pin(design, sink, false);
        join(design, &[&source, &sink]);
    }
}

/// `apply_bd_automation -rule r -config {..} objects`.
pub(super) fn apply(s: &mut Session, args: &Args) -> Outcome {
    let rule = args.value("rule").unwrap_or_default().to_owned();
    let objects = words(s, args);
    let words: Vec<String> = args.list("config").iter().flat_map(|c| list::split_loose(c)).collect();
    let config = |name: &str| {
        words.iter().position(|w| w == name).and_then(|i| words.get(i + 1)).map(|w| w.trim().to_owned())
    };
    let master = config("Master").filter(|m| m.contains('/')).map(|m| absolute(s, &m));
    let slave = config("Slave").filter(|m| m.contains('/')).map(|m| absolute(s, &m));
    let source = config("Clk").or_else(|| config("Manual_Source")).filter(|c| c.contains('/'));
    let source = source.map(|c| absolute(s, c.split(' ').next().unwrap_or(&c)));
    let board = config("Board_Interface").map(|b| b.split(' ').next().unwrap_or_default().to_owned());
    let design = current(s)?;
    match rule.rsplit(':').next().unwrap_or_default() {
        "processing_system7" => {
            for (port, kind) in [
                ("DDR", "xilinx.com:interface:ddrx_rtl:1.0"),
                ("FIXED_IO", "xilinx.com:display_processing_system7:fixedio_rtl:1.0"),
            ] {
                let port_path = format!("/{port}");
                let new =
                    BdPin { dir: "Master".into(), kind: kind.into(), interface: true, ..BdPin::default() };
                design.pins.entry(port_path.clone()).or_insert(new);
                for object in &objects {
                    let own = pin(design, format!("{object}/{port}"), true);
                    join(design, &[&own, &port_path]);
                }
            }
        }
        "axi4" => {
            for object in &objects {
                match (&master, &slave) {
                    (Some(master), _) if master != object => axi(design, master, object),
                    (_, Some(slave)) => axi(design, object, slave),
                    _ => {}
                }
            }
            // The rule maps what it has joined.
            let joined = slave.into_iter().chain(objects);
            let mut of_these = Args::default();
            of_these.positional = joined.flat_map(|pin| slaves_of(design, &pin)).collect();
            if !of_these.positional.is_empty() {
                assign(s, &of_these)?;
            }
        }
        "clkrst" => {
            for object in &objects {
                if let Some(source) = &source {
                    let from = pin(design, source.clone(), false);
                    let to = pin(design, object.clone(), false);
                    join(design, &[&from, &to]);
                }
            }
        }
        "board" => {
            for object in objects.iter().filter(|o| design.pins.contains_key(*o)).cloned().collect::<Vec<_>>()
            {
                let Some(board) = &board else { continue };
                let port = format!("/{board}");
                let like = design.pins.get(&object).cloned().unwrap_or_default();
                design.pins.entry(port.clone()).or_insert(like);
                join(design, &[&object, &port]);
            }
        }
        _ => {}
    }
    Ok(String::new())
}
