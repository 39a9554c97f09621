// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! update_design, lock_design, and nested DFX (pr_subdivide, pr_recombine).

use crate::cmd::transcript::checksum;
use crate::cmd::{link, property};
use crate::model::design::Stage;
use crate::model::object::Kind;
use crate::session::{Outcome, Session, Stop, fail};
use crate::syntax::parse::Args;
use crate::util;

/// The cells that `-cells` names; an unknown one is refused.
fn cells(s: &mut Session, args: &Args, option: &str) -> Result<Vec<String>, Stop> {
    let names = args.list(option);
    let d = s.design()?;
    for name in &names {
        if !d.cells.contains_key(name) {
            return fail("Common 17-69", format!("Command failed: Cell '{name}' was not found."));
        }
    }
    Ok(names)
}

pub(crate) fn update_design(s: &mut Session, args: &Args) -> Outcome {
    s.common_faults("update_design")?;
    let names = cells(s, args, "cells")?;
    if names.is_empty() {
        return fail(
            "Common 17-163",
            "Missing value for option 'cells', please type 'update_design -help' for usage info.",
        );
    }
    for name in &names {
        if args.flag("black_box") {
            let reconfigurable = s.design()?.cells.get(name).is_some_and(|c| c.reconfigurable);
            let pins: u64 =
                s.design()?.cells.get(name).map_or(0, |c| c.ports.iter().map(crate::hdl::Port::width).sum());
            if s.release.at_least(2024, 1) {
                s.info(
                    "Constraints 18-13253",
                    format!("Total boundary pins count on instance {name} is {pins}"),
                );
            }
            if reconfigurable {
                let id =
                    if s.release.at_least(2024, 1) { "Constraints 18-11778" } else { "Designutils 20-2277" };
                s.info(id, format!("Running 'update_design -black_box' on cell {name}. The cell has HD.RECONFIGURABLE property set to true and it will be turned into a black-box cell after this command."));
            }
            s.design()?.black_box(name);
        } else if args.flag("buffer_ports") {
            let d = s.design()?;
            let Some(cell) = d.cells.get_mut(name) else { continue };
            if !cell.black_box && !cell.grey_box {
                return fail(
                    "Common 17-69",
                    format!(
                        "Command failed: Cell '{name}' is not a black box: -buffer_ports works on black boxes."
                    ),
                );
            }
            cell.black_box = false;
            cell.grey_box = true;
            cell.content = Some("greybox".to_owned());
        } else if let Some(file) = args.value("from_file").map(str::to_owned) {
            let path = s.path(&file);
            let module = link::load(s, &path, &file)?;
            let at = s.current_design;
            let mut design = s.designs.remove(at);
            let outcome = link::fill(s, &mut design, name, &module, &path);
            s.designs.insert(at, design);
            outcome?;
        } else {
            s.not_modelled("update_design without -black_box, -buffer_ports or -from_file");
        }
    }
    Ok(String::new())
}

pub(crate) fn lock_design(s: &mut Session, args: &Args) -> Outcome {
    s.common_faults("lock_design")?;
    let level = args.value("level").unwrap_or("logical").to_lowercase();
    let unlock = args.flag("unlock");
    // AMD's own scripts write `-cell inst`; the manual has the cell as positional.
    let cell = args.value("cell").map(str::to_owned).or_else(|| args.words_from(0).into_iter().next());
    s.design()?;
    if let Some(cell) = &cell {
        s.say(format!("{} instance: {cell}", if unlock { "Unlocking" } else { "Locking" }));
    }
    let word = if unlock { "Unlocking" } else { "Locking" };
    s.say(format!("{word} Netlist..."));
    if level != "logical" {
        s.say(format!("{word} Placement..."));
    }
    if level == "routing" {
        s.say(format!("{word} Routing..."));
    }
    if cell.is_none() {
        let d = s.design()?;
        d.locked = if unlock { false } else { level == "routing" || d.locked };
    }
    Ok(String::new())
}

/// pr_subdivide: the cell's content becomes its sub-cells' static, the sub-cells the new partitions.
pub(crate) fn pr_subdivide(s: &mut Session, args: &Args) -> Outcome {
    let line = args.command_line("pr_subdivide");
    s.command_line(&line);
    s.common_faults("pr_subdivide")?;
    let cell = args.value("cell").unwrap_or_default().to_owned();
    let parts = args.list("subcells");
    let from = args.at(0).to_owned();
    let design = s.design()?;
    if !design.cells.get(&cell).is_some_and(|c| c.reconfigurable) {
        return fail(
            "Common 17-69",
            format!("Command failed: '{cell}' is not a reconfigurable cell of the design."),
        );
    }
    if design.stage < Stage::Routed {
        return fail("Common 17-69", "Command failed: pr_subdivide needs a routed design.");
    }
    if !from.is_empty() {
        let path = s.path(&from);
        let module = link::load(s, &path, &from)?;
        let at = s.current_design;
        let mut design = s.designs.remove(at);
        design.black_box(&cell);
        let outcome = link::fill(s, &mut design, &cell, &module, &path);
        s.designs.insert(at, design);
        outcome?;
    }
    property::expect(s, Kind::Cell, &parts, "Cell")?;
    let d = s.design()?;
    if let Some(parent) = d.cells.get_mut(&cell) {
        parent.reconfigurable = false;
        parent.props.set("SIM.SUBDIVIDED", parts.join(" "));
    }
    for part in &parts {
        d.black_box(part);
        if let Some(found) = d.cells.get_mut(part) {
            found.reconfigurable = true;
        }
    }
    // The first-order cell's own logic is now static: the static is another one.
    d.netlist = util::digest(&[
        d.netlist.clone(),
        cell.clone(),
        d.cells.get(&cell).and_then(|c| c.content.clone()).unwrap_or_default(),
    ]);
    s.completed("pr_subdivide", 10.0);
    Ok(String::new())
}

pub(crate) fn pr_recombine(s: &mut Session, args: &Args) -> Outcome {
    let line = args.command_line("pr_recombine");
    s.command_line(&line);
    s.common_faults("pr_recombine")?;
    let cell = args.value("cell").unwrap_or_default().to_owned();
    let below = format!("{cell}/");
    let d = s.design()?;
    if !d.cells.contains_key(&cell) {
        return fail("Common 17-69", format!("Command failed: Cell '{cell}' was not found."));
    }
    let inner: Vec<String> = d
        .cells
        .iter_mut()
        .filter(|(p, c)| p.starts_with(&below) && c.reconfigurable)
        .map(|(_, c)| {
            c.reconfigurable = false;
            c.content.clone().unwrap_or_default()
        })
        .collect();
    if let Some(found) = d.cells.get_mut(&cell) {
        found.reconfigurable = true;
        found.content = Some(util::digest(&inner));
    }
    s.say(format!("Recombine | Checksum: {}", checksum(&cell)));
    s.completed("pr_recombine", 5.0);
    Ok(String::new())
}
