// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pblocks.

use crate::cmd::query;
use crate::model::design::Pblock;
use crate::model::object::Kind;
use crate::session::{Outcome, Session, Stop, fail};
use crate::syntax::parse::Args;
use crate::tcl::list;

pub(crate) fn create_pblock(s: &mut Session, args: &Args) -> Outcome {
    let name = args.at(0).to_owned();
    let name = match &s.xdc_cell {
        // `read_xdc -cell` puts the cell's name in front (reported).
        Some(cell) => format!("{cell}_{name}"),
        None => name,
    };
    let d = s.design()?;
    if d.pblocks.iter().any(|p| p.name == name) {
        return fail("Common 17-69", format!("Command failed: Pblock '{name}' already exists."));
    }
    d.pblocks.push(Pblock { name: name.clone(), ..Pblock::default() });
    Ok(query::found(s, Kind::Pblock, vec![name]))
}

/// The Pblock that a word names.
fn named(s: &mut Session, word: &str) -> Result<String, Stop> {
    let name = list::split_loose(word).into_iter().next().unwrap_or_default();
    if s.design()?.pblock_mut(&name).is_some() {
        return Ok(name);
    }
    fail("Common 17-69", format!("Command failed: Pblock '{name}' was not found."))
}

pub(crate) fn add_cells_to_pblock(s: &mut Session, args: &Args) -> Outcome {
    let name = named(s, args.at(0))?;
    let cells = args.words_from(1);
    let d = s.design()?;
    if args.flag("top") {
        return Ok(String::new());
    }
    if cells.is_empty() {
        let text = "Expecting a non-empty list of cells to be added to the pblock.  Please verify the correctness of the <cells> argument.";
        if s.xdc_at.is_some() {
            return fail("Vivado 12-1433", text);
        }
        s.critical("Vivado 12-1433", text);
        return Ok(String::new());
    }
    for cell in &cells {
        if !d.cells.contains_key(cell) {
            return fail("Common 17-69", format!("Command failed: Cell '{cell}' was not found."));
        }
    }
    for pblock in &mut d.pblocks {
        pblock.cells.retain(|c| !cells.contains(c));
    }
    if let Some(pblock) = d.pblock_mut(&name) {
        pblock.cells.extend(cells);
    }
    Ok(String::new())
}

pub(crate) fn remove_cells_from_pblock(s: &mut Session, args: &Args) -> Outcome {
    let name = named(s, args.at(0))?;
    let cells = args.words_from(1);
    if let Some(pblock) = s.design()?.pblock_mut(&name) {
        pblock.cells.retain(|c| !cells.contains(c));
    }
    Ok(String::new())
}

/// A site range of the shape `TYPE_XaYb:TYPE_XcYd` (or one site).
fn is_range(word: &str) -> bool {
    let site = |w: &str| {
        let Some((kind, place)) = w.rsplit_once('_') else { return false };
        let Some((x, y)) = place.strip_prefix('X').and_then(|p| p.split_once('Y')) else { return false };
        let word = !kind.is_empty() && kind.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        word && [x, y].iter().all(|n| !n.is_empty() && n.chars().all(|c| c.is_ascii_digit()))
    };
    match word.split_once(':') {
        Some((a, b)) => site(a) && site(b),
        None => site(word),
    }
}

pub(crate) fn resize_pblock(s: &mut Session, args: &Args) -> Outcome {
    let name = named(s, args.at(0))?;
    let split = |option: &str| -> Vec<String> {
        args.list(option).iter().flat_map(|v| list::split_loose(v)).collect()
    };
    let (add, remove) = (split("add"), split("remove"));
    for range in add.iter().chain(&remove) {
        if !is_range(range) {
            return fail("Common 17-161", format!("Invalid option value '{range}' specified for '-add'."));
        }
    }
    let replace = args.flag("replace");
    if let Some(pblock) = s.design()?.pblock_mut(&name) {
        if replace {
            pblock.ranges.clear();
        }
        pblock.ranges.retain(|r| !remove.contains(r));
        for range in add {
            if !pblock.ranges.contains(&range) {
                pblock.ranges.push(range);
            }
        }
    }
    Ok(String::new())
}

pub(crate) fn delete_pblocks(s: &mut Session, args: &Args) -> Outcome {
    let names = args.words_from(0);
    s.design()?.pblocks.retain(|p| !names.contains(&p.name));
    Ok(String::new())
}
