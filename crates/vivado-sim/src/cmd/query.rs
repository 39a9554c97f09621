// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The `get_*` commands: patterns, -regexp, -nocase, -filter, -of_objects, -hierarchical.
//!
//! Limits: under -regexp, `=~` inside a -filter knows only `.*` and plain text; -of_objects covers the relations
//! that DFX scripts use.

use crate::cmd::property;
use crate::model::filter;
use crate::model::object::Kind;
use crate::session::{Outcome, Session, Stop, fail};
use crate::syntax::parse::Args;
use crate::tcl::list;
use crate::util;

/// Which kind a `get_` command returns.
pub(crate) fn kind_of(command: &str) -> Option<Kind> {
    Some(match command {
        "get_projects" => Kind::Project,
        "get_filesets" => Kind::Fileset,
        "get_files" => Kind::File,
        "get_runs" => Kind::Run,
        "get_partition_defs" => Kind::PartitionDef,
        "get_reconfig_modules" => Kind::ReconfigModule,
        "get_pr_configurations" => Kind::PrConfiguration,
        "get_designs" => Kind::Design,
        "get_cells" => Kind::Cell,
        "get_ports" => Kind::Port,
        "get_pins" => Kind::Pin,
        "get_nets" => Kind::Net,
        "get_pblocks" => Kind::Pblock,
        "get_clocks" => Kind::Clock,
        "get_parts" => Kind::Part,
        "get_drc_checks" => Kind::DrcCheck,
        "get_ips" => Kind::Ip,
        "get_ipdefs" => Kind::IpDef,
        "get_bd_designs" => Kind::BdDesign,
        "get_bd_cells" => Kind::BdCell,
        "get_bd_ports" => Kind::BdPort,
        "get_bd_pins" => Kind::BdPin,
        "get_bd_intf_pins" => Kind::BdIntfPin,
        "get_bd_intf_ports" => Kind::BdIntfPort,
        "get_bd_nets" => Kind::BdNet,
        "get_bd_addr_segs" => Kind::BdAddrSeg,
        "get_report_configs" => Kind::ReportConfig,
        "get_board_parts" => Kind::BoardPart,
        _ => return None,
    })
}

/// The id and plural word of the warning for nothing found; ids without public evidence are the stand-in's own.
fn nothing(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Cell => ("Vivado 12-180", "cells"),
        Kind::Port => ("Vivado 12-584", "ports"),
        Kind::Net => ("Vivado 12-507", "nets"),
        Kind::Pin => ("Vivado 12-508", "pins"),
        Kind::File => ("Vivado 12-818", "files"),
        Kind::Clock => ("Vivado 12-627", "clocks"),
        Kind::Part => ("Device 21-436", "parts"),
        Kind::Run => ("Sim 1-3", "runs"),
        Kind::Fileset => ("Sim 1-3", "filesets"),
        Kind::Pblock => ("Sim 1-3", "pblocks"),
        Kind::PartitionDef => ("Sim 1-3", "partition definitions"),
        Kind::ReconfigModule => ("Sim 1-3", "reconfigurable modules"),
        Kind::PrConfiguration => ("Sim 1-3", "configurations"),
        _ => ("Sim 1-3", "objects"),
    }
}

pub(crate) fn get(s: &mut Session, command: &str, args: &Args) -> Outcome {
    let Some(kind) = kind_of(command) else {
        s.not_modelled(command);
        return Ok(String::new());
    };
    if needs_design(kind) {
        s.design()?;
    } else if needs_project(kind) {
        s.project()?;
    }
    let of = args.list("of_objects");
    let mut names = if args.has("of_objects") { related(s, kind, &of)? } else { all(s, kind) };
    if kind == Kind::Part && !args.positional.is_empty() {
        // Any string of a part's shape is a part: the catalogue is open.
        names
            .extend(args.words_from(0).into_iter().filter(|p| crate::model::device::Part::read(p).is_some()));
    }
    if kind == Kind::BoardPart {
        names.extend(args.words_from(0).into_iter().filter(|b| crate::model::boards::is_board(b)));
    }
    // A regular expression is one word unless it holds blanks: its backslashes are not the list's.
    let patterns = if args.flag("regexp") && !args.positional.iter().any(|p| p.contains(char::is_whitespace))
    {
        args.positional.clone()
    } else {
        args.words_from(0)
    };
    if !patterns.is_empty() {
        names = matching(s, kind, args, &patterns, &names)?;
    } else if kind == Kind::Cell && !args.flag("hierarchical") && !args.has("of_objects") {
        names.retain(|n| !n.contains('/'));
    }
    if let Some(text) = args.value("filter") {
        let text = if args.flag("regexp") {
            text.replace(".*", "*").replace(['^', '$'], "")
        } else {
            text.to_owned()
        };
        let mut kept = Vec::new();
        for name in names {
            match filter::matches(&text, &mut |p| property::get(s, kind, &name, p)) {
                Some(true) => kept.push(name),
                Some(false) => {}
                None => {
                    return fail(
                        "Common 17-48",
                        format!("{command}: filter expression '{text}' is not valid."),
                    );
                }
            }
        }
        names = kept;
    }
    if names.is_empty() {
        let (id, what) = nothing(kind);
        let netlist = matches!(kind, Kind::Cell | Kind::Port | Kind::Net | Kind::Pin);
        if netlist && patterns.is_empty() && args.has("of_objects") {
            let text = format!("No {what} matched for command '{}'.", args.command_line(command));
            s.warning("Vivado 12-1023", text);
            return Ok(String::new());
        }
        let shown = if patterns.is_empty() { args.command_line(command) } else { patterns.join(" ") };
        s.warning(id, format!("No {what} matched '{shown}'{}", if kind == Kind::Part { "" } else { "." }));
        return Ok(String::new());
    }
    Ok(found(s, kind, names))
}

/// Notes the names as objects of `kind` and prints them as a collection.
pub(crate) fn found(s: &mut Session, kind: Kind, names: Vec<String>) -> String {
    for name in &names {
        s.registry.note(kind, name);
    }
    Session::names(names)
}

fn needs_design(kind: Kind) -> bool {
    matches!(kind, Kind::Cell | Kind::Port | Kind::Pin | Kind::Net | Kind::Pblock | Kind::Clock)
}

fn needs_project(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::File
            | Kind::Fileset
            | Kind::Run
            | Kind::PartitionDef
            | Kind::ReconfigModule
            | Kind::PrConfiguration
    )
}

/// All objects of a kind.
pub(crate) fn all(s: &Session, kind: Kind) -> Vec<String> {
    let design = s.open_design();
    let project = s.project.as_ref();
    let names: Option<Vec<String>> = match kind {
        Kind::Project => project.map(|p| vec![p.name.clone()]),
        Kind::Fileset => project.map(|p| p.filesets.iter().map(|f| f.name.clone()).collect()),
        Kind::File => project.map(|p| p.files().map(|(_, f)| util::text(&f.path)).collect()),
        Kind::Run => project.map(|p| p.runs.iter().map(|r| r.name.clone()).collect()),
        Kind::PartitionDef => project.map(|p| p.partition_defs.iter().map(|d| d.name.clone()).collect()),
        Kind::ReconfigModule => project.map(|p| p.modules.iter().map(|m| m.name.clone()).collect()),
        Kind::PrConfiguration => project.map(|p| p.configurations.iter().map(|c| c.name.clone()).collect()),
        Kind::Design => Some(s.designs.iter().map(|d| d.name.clone()).collect()),
        Kind::Cell => design.map(|d| d.cells.keys().cloned().collect()),
        Kind::Port => design.map(|d| d.ports.iter().flat_map(crate::hdl::Port::bits).collect()),
        Kind::Pin => design.map(|d| {
            d.cells
                .iter()
                .flat_map(|(path, c)| {
                    c.ports.iter().flat_map(crate::hdl::Port::bits).map(move |b| format!("{path}/{b}"))
                })
                .collect()
        }),
        Kind::Net => design.map(|d| d.ports.iter().flat_map(crate::hdl::Port::bits).collect()),
        Kind::Pblock => design.map(|d| d.pblocks.iter().map(|p| p.name.clone()).collect()),
        Kind::Clock => design.map(|d| d.clocks.iter().map(|c| c.name.clone()).collect()),
        Kind::Part => project.map(|p| vec![p.part.clone()]),
        Kind::BoardPart => Some(crate::model::boards::all()),
        Kind::DrcCheck => Some(DRC_CHECKS.map(str::to_owned).to_vec()),
        Kind::Ip => project.map(|p| {
            let own = p.files().filter(|(_, f)| f.extension() == "xci").map(|(_, f)| stem(&f.path));
            let inside = p.block_designs.iter().flat_map(crate::cmd::ip::inside).map(|(n, _)| n);
            own.chain(inside).collect()
        }),
        Kind::BdDesign => project
            .map(|p| p.files().filter(|(_, f)| f.extension() == "bd").map(|(_, f)| stem(&f.path)).collect()),
        _ => None,
    };
    let mut names = names.unwrap_or_default();
    if kind == Kind::File {
        names.sort();
        names.dedup();
    }
    names
}

fn stem(path: &std::path::Path) -> String {
    path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default()
}

const DRC_CHECKS: [&str; 24] = [
    "AVAL-4",
    "BUFC-1",
    "CFGBVS-1",
    "HDPR-14",
    "HDPR-16",
    "HDPR-18",
    "HDPR-23",
    "HDPR-25",
    "HDPR-29",
    "HDPR-32",
    "HDPR-39",
    "HDPR-43",
    "HDPR-45",
    "HDPR-50",
    "HDPR-6",
    "HDPR-66",
    "HDPR-97",
    "HDPR-113",
    "INBB-3",
    "LUTLP-1",
    "NSTD-1",
    "REQP-1839",
    "RTSTAT-1",
    "UCIO-1",
];

fn matching(
    s: &mut Session,
    kind: Kind,
    args: &Args,
    patterns: &[String],
    names: &[String],
) -> Result<Vec<String>, Stop> {
    let nocase = args.flag("nocase");
    if args.flag("regexp") {
        let mut out = Vec::new();
        for pattern in patterns {
            let anchored = format!("^({pattern})$");
            let script = format!(
                "apply {{{{pattern names}} {{set out {{}}; foreach n $names {{if {{[regexp {} -- $pattern $n]}} {{lappend out $n}}}}; set out}}}} {} {}",
                if nocase { "-nocase" } else { "" },
                list::quote(&anchored),
                list::quote(&list::join(names)),
            );
            out.extend(list::split_loose(&s.eval(&script)?));
        }
        return Ok(out);
    }
    let fold = |t: &str| if nocase { t.to_lowercase() } else { t.to_owned() };
    let mut out: Vec<String> = Vec::new();
    for pattern in patterns {
        for name in names {
            if !out.contains(name) && one(s, kind, args, &fold(pattern), &fold(name)) {
                out.push(name.clone());
            }
        }
    }
    Ok(out)
}

fn one(s: &Session, kind: Kind, args: &Args, pattern: &str, name: &str) -> bool {
    match kind {
        Kind::File => file_matches(s, pattern, name),
        Kind::Cell | Kind::Pin if args.flag("hierarchical") => {
            // At every level the pattern is held against the local name.
            util::glob(pattern, name)
                || (!pattern.contains('/') && util::glob(pattern, name.rsplit('/').next().unwrap_or(name)))
        }
        Kind::Cell | Kind::Pin => {
            let scoped;
            let pattern = match &s.xdc_cell {
                Some(cell) if !pattern.starts_with(cell.as_str()) => {
                    scoped = format!("{cell}/{pattern}");
                    scoped.as_str()
                }
                _ => pattern,
            };
            let (p, n) = (pattern.trim_start_matches('/').split('/'), name.split('/'));
            p.clone().count() == n.clone().count() && p.zip(n).all(|(p, n)| util::glob(p, n))
        }
        Kind::Port | Kind::Net => {
            util::glob(pattern, name)
                || name
                    .strip_suffix(']')
                    .and_then(|n| n.rsplit_once('['))
                    .is_some_and(|(base, _)| base == pattern)
        }
        _ => util::glob(pattern, name) || util::glob(pattern, name.trim_start_matches('/')),
    }
}

/// A file is found by its full path, its name, a trailing part of its path, or a path relative to here.
fn file_matches(s: &Session, pattern: &str, name: &str) -> bool {
    let path = pattern.trim_start_matches("./");
    util::glob(pattern, name)
        || util::glob(&format!("*/{path}"), name)
        || util::text(&s.path(pattern)) == name
}

/// -of_objects.
fn related(s: &mut Session, kind: Kind, of: &[String]) -> Result<Vec<String>, Stop> {
    let mut out = Vec::new();
    for object in of {
        let kinds = s.registry.kinds(object);
        let is = |k: Kind| kinds.contains(&k);
        let project = s.project.as_ref();
        let design = s.open_design();
        match kind {
            Kind::File => {
                if let Some(set) = project.and_then(|p| p.fileset(object)) {
                    out.extend(set.files.iter().map(|f| util::text(&f.path)));
                } else if is(Kind::Ip) || is(Kind::BdDesign) {
                    let ends = [format!("/{object}.xci"), format!("/{object}.bd")];
                    let files = project.into_iter().flat_map(|p| p.files().map(|(_, f)| util::text(&f.path)));
                    out.extend(files.filter(|f| ends.iter().any(|e| f.ends_with(e.as_str()))));
                }
            }
            Kind::ReconfigModule => {
                out.extend(
                    project
                        .into_iter()
                        .flat_map(|p| &p.modules)
                        .filter(|m| m.partition_def == *object)
                        .map(|m| m.name.clone()),
                );
            }
            Kind::PartitionDef => {
                out.extend(project.and_then(|p| p.module(object)).map(|m| m.partition_def.clone()));
            }
            Kind::Fileset => {
                if let Some(run) = project.and_then(|p| p.run(object)) {
                    out.push(run.srcset.clone());
                } else {
                    out.extend(project.and_then(|p| p.fileset(object)).map(|f| f.name.clone()));
                }
            }
            Kind::Pblock => {
                out.extend(
                    design
                        .into_iter()
                        .flat_map(|d| &d.pblocks)
                        .filter(|p| p.cells.contains(object))
                        .map(|p| p.name.clone()),
                );
            }
            Kind::Cell => {
                if let Some(pblock) = design.and_then(|d| d.pblocks.iter().find(|p| p.name == *object)) {
                    out.extend(pblock.cells.iter().cloned());
                } else if let Some((cell, _)) = object.rsplit_once('/') {
                    out.push(cell.to_owned());
                }
            }
            Kind::Pin => {
                if let Some(cell) = design.and_then(|d| d.cells.get(object)) {
                    out.extend(
                        cell.ports.iter().flat_map(crate::hdl::Port::bits).map(|b| format!("{object}/{b}")),
                    );
                }
            }
            Kind::Net | Kind::Port => out.push(object.clone()),
            Kind::Clock => {
                let names = design
                    .into_iter()
                    .flat_map(|d| &d.clocks)
                    .filter(|c| c.sources.contains(object))
                    .map(|c| c.name.clone());
                out.extend(names);
            }
            Kind::Run => {
                out.extend(
                    project
                        .into_iter()
                        .flat_map(|p| &p.runs)
                        .filter(|r| r.srcset == *object || r.pr_config.as_ref() == Some(object))
                        .map(|r| r.name.clone()),
                );
            }
            Kind::Part => out.extend(project.map(|p| p.part.clone())),
            _ => {}
        }
    }
    out.dedup();
    Ok(out)
}

/// The names in an argument that must be objects of `kind`: given by a `get_` command or typed.
pub(crate) fn resolve(s: &Session, kind: Kind, word: &str) -> Vec<String> {
    let all = all(s, kind);
    if all.iter().any(|n| n == word) {
        return vec![word.to_owned()];
    }
    list::split_loose(word)
        .into_iter()
        .flat_map(|w| {
            let hits: Vec<String> = all.iter().filter(|n| util::glob(&w, n)).cloned().collect();
            if hits.is_empty() { vec![w] } else { hits }
        })
        .collect()
}
