// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! write_xdc and save_constraints: what the open design knows, as constraints.
//!
//! Clocks, properties of ports and cells, and Pblocks are written from the model; timing exceptions are taken over as
//! the constraint files had them.

use std::fmt::Write as _;

use super::put;
use crate::disk;
use crate::model::design::Design;
use crate::model::project::SetKind;
use crate::session::{Outcome, Session, fail};
use crate::syntax::parse::Args;
use crate::tcl::list::quote;

/// Commands that the model takes without effect: their lines are kept.
const KEPT: [&str; 14] = [
    "create_generated_clock",
    "group_path",
    "set_bus_skew",
    "set_case_analysis",
    "set_clock_groups",
    "set_clock_latency",
    "set_clock_uncertainty",
    "set_disable_timing",
    "set_false_path",
    "set_input_delay",
    "set_max_delay",
    "set_min_delay",
    "set_multicycle_path",
    "set_output_delay",
];

/// Whole commands of a text: continuation lines are joined.
fn commands(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut pending = String::new();
    for line in text.lines() {
        if let Some(head) = line.strip_suffix('\\') {
            pending += head;
            continue;
        }
        out.push(std::mem::take(&mut pending) + line);
    }
    out
}

fn pblocks(design: &Design, only: Option<&str>, skip: &dyn Fn(&str) -> bool, out: &mut String) {
    let inside = |cell: &String| {
        only.is_none_or(|top| cell == top || cell.strip_prefix(top).is_some_and(|r| r.starts_with('/')))
    };
    for pblock in design.pblocks.iter().filter(|p| p.cells.iter().any(inside) || only.is_none()) {
        if skip(&pblock.name) {
            continue;
        }
        let _ = writeln!(out, "create_pblock {}", quote(&pblock.name));
        for cell in &pblock.cells {
            let _ = writeln!(
                out,
                "add_cells_to_pblock [get_pblocks {}] [get_cells -quiet [list {}]]",
                quote(&pblock.name),
                quote(cell)
            );
        }
        for range in &pblock.ranges {
            let _ = writeln!(out, "resize_pblock [get_pblocks {}] -add {{{range}}}", quote(&pblock.name));
        }
        for (name, value) in pblock.props.iter() {
            let _ =
                writeln!(out, "set_property {name} {} [get_pblocks {}]", quote(value), quote(&pblock.name));
        }
    }
}

/// The constraints of a design; `only` limits them to what is of one cell.
fn constraints(design: &Design, timing: bool, physical: bool, only: Option<&str>) -> String {
    let mut out = String::from("# SIMULATED: written by vivado-sim\n");
    if timing && only.is_none() {
        for clock in &design.clocks {
            let of = if clock.sources.is_empty() {
                String::new()
            } else {
                let names: Vec<String> = clock.sources.iter().map(|n| quote(n)).collect();
                let command =
                    if clock.sources.iter().any(|n| n.contains('/')) { "get_pins" } else { "get_ports" };
                format!(" [{command} {{{}}}]", names.join(" "))
            };
            let _ =
                writeln!(out, "create_clock -period {:.3} -name {}{of}", clock.period, quote(&clock.name));
        }
        for command in design.constraints.iter().flat_map(|(_, text)| commands(text)) {
            let word = command.split_whitespace().next().unwrap_or_default();
            if KEPT.contains(&word) {
                let _ = writeln!(out, "{}", command.trim_start());
            }
        }
    }
    if physical {
        let inside = |name: &str| {
            only.is_none_or(|top| name == top || name.strip_prefix(top).is_some_and(|r| r.starts_with('/')))
        };
        for (object, props) in &design.object_props {
            let Some((class, name)) = object.split_once(' ') else { continue };
            for (prop, value) in props.iter().filter(|_| inside(name)) {
                let _ = writeln!(out, "set_property {prop} {} [get_{class}s {{{name}}}]", quote(value));
            }
        }
        for (path, cell) in design.cells.iter().filter(|(p, _)| inside(p)) {
            for (prop, value) in cell.props.iter().filter(|(n, _)| !n.starts_with("SIM.")) {
                let _ = writeln!(out, "set_property {prop} {} [get_cells {{{path}}}]", quote(value));
            }
        }
        pblocks(design, only, &|_| false, &mut out);
        for (prop, value) in design.props.iter().filter(|(n, _)| only.is_none() && !n.starts_with("SIM.")) {
            let _ = writeln!(out, "set_property {prop} {} [current_design]", quote(value));
        }
    }
    out
}

pub(crate) fn write_xdc(s: &mut Session, args: &Args) -> Outcome {
    let design = s.design()?.clone();
    let cell = args.value("cell").map(str::to_owned);
    if let Some(cell) = cell.as_ref().filter(|c| !design.cells.contains_key(*c)) {
        return fail("Common 17-69", format!("Command failed: Cell '{cell}' was not found."));
    }
    let kinds = args.list("type");
    let wants = |kind: &str| kinds.is_empty() || kinds.iter().any(|k| k.eq_ignore_ascii_case(kind));
    let timing = !args.flag("exclude_timing") && wants("timing");
    let physical = !args.flag("exclude_physical") && (wants("physical") || wants("misc"));
    let text = constraints(&design, timing, physical, cell.as_deref());
    put(s, args, ".xdc", &text)
}

/// The words of a constraint, without the signs that group them.
fn loose(command: &str) -> Vec<&str> {
    command.split(|c: char| c.is_whitespace() || "[]{}\"".contains(c)).filter(|w| !w.is_empty()).collect()
}

/// What no constraint file has yet goes into the target constraint file: clocks, properties and Pblocks.
pub(crate) fn save_constraints(s: &mut Session) -> Outcome {
    let design = s.design()?.clone();
    let p = s.project()?;
    let set = p.filesets.iter().find(|f| f.kind == SetKind::Constraints);
    let target = set.and_then(|f| f.props.get("TARGET_CONSTRS_FILE")).map(str::to_owned);
    let first = set.and_then(|f| f.files.iter().find(|f| f.extension() == "xdc")).map(|f| f.path.clone());
    let known: String = set
        .into_iter()
        .flat_map(|f| &f.files)
        .filter_map(|f| disk::read_to_string(&f.path).ok())
        .collect::<Vec<_>>()
        .join("\n");
    let Some(path) = target.map(|t| s.path(&t)).or(first) else {
        return fail(
            "Common 17-69",
            "Command failed: no target constraints file: set TARGET_CONSTRS_FILE on the constraint set.",
        );
    };
    let has = |name: &str| {
        commands(&known).iter().any(|c| {
            let mut words = c.split_whitespace();
            words.next() == Some("create_pblock") && words.next() == Some(name)
        })
    };
    let mut text = String::new();
    pblocks(&design, None, &has, &mut text);
    let files = commands(&known);
    let files: Vec<Vec<&str>> = files.iter().map(|c| loose(c)).collect();
    for line in constraints(&design, true, true, None).lines() {
        let words = loose(line);
        // Pblocks and their properties are written above; a file that says the same in other words has it too.
        let clock = words.first() == Some(&"create_clock");
        let property = words.first() == Some(&"set_property") && !words.contains(&"get_pblocks");
        let said = |c: &Vec<&str>| {
            if clock {
                c.first() == Some(&"create_clock") && words.last().is_some_and(|w| c.contains(w))
            } else {
                words.iter().all(|w| c.contains(w))
            }
        };
        if (clock || property) && !files.iter().any(said) {
            text += line;
            text.push('\n');
        }
    }
    if let Err(error) = disk::append(&path, text) {
        return fail("Common 17-69", format!("Command failed: {error}"));
    }
    Ok(String::new())
}
