// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! synth_design: sources to a netlist of module instances.

use std::collections::{BTreeMap, BTreeSet};

use dfxkit_hdl::{Module, Overrides, elaborate};

use crate::artifacts::dcp;
use crate::cmd::{constraint, files, project, query};
use crate::disk;
use crate::hdl::{Port, ports};
use crate::model::design::{Cell, Design, Stage};
use crate::model::object::Kind;
use crate::model::project::SetKind;
use crate::session::{Outcome, Session, Stop, fail};
use crate::syntax::parse::Args;
use crate::tcl::list;
use crate::util;

pub(crate) fn synth_design(s: &mut Session, args: &Args) -> Outcome {
    let line = args.command_line("synth_design");
    s.command_line(&line);
    s.common_faults("synth_design")?;
    s.say("Starting synth_design");
    let set_name = s
        .project()?
        .filesets
        .iter()
        .find(|f| f.kind == SetKind::Design)
        .map(|f| f.name.clone())
        .unwrap_or_default();
    let (part, top) = {
        let p = s.project()?;
        let set = p.fileset(&set_name);
        (
            args.value("part").map_or_else(|| p.part.clone(), str::to_owned),
            args.value("top").map(str::to_owned).or_else(|| set.and_then(|f| files::top_of(p, f))),
        )
    };
    if part.is_empty() {
        return fail("Common 17-69", "Command failed: Part not specified. Use -part or set_part.");
    }
    project::check_part(s, &part, "synth_design")?;
    let Some(top) = top else {
        return fail("Common 17-69", "Command failed: No top module was found: give -top.");
    };
    s.license("Synthesis", &part, "synth_design")?;
    s.info("Device 21-403", format!("Loading part {part}"));
    let Some(design) = build(s, args, &set_name, &part, &top)? else {
        s.info("Common 17-83", "Releasing license: Synthesis");
        let stop = Stop::Error("ERROR: [Common 17-69] Command failed: Vivado Synthesis failed\n".to_owned());
        return s.gave_up_with("synth_design", stop);
    };
    let name = args.value("name").unwrap_or(if args.flag("rtl") { "rtl_1" } else { "synth_1" }).to_owned();
    s.add_design(Design { name: name.clone(), ..design });
    if !args.flag("rtl_skip_constraints") {
        constraint::read_project_constraints(s, "synthesis")?;
    }
    black_boxes(s);
    s.say("Report BlackBoxes: ");
    for row in box_rows(s) {
        s.say(row);
    }
    let (errors, critical, warnings) = (
        0,
        s.console.count(crate::session::console::Severity::Critical),
        s.console.count(crate::session::console::Severity::Warning),
    );
    s.say(format!(
        "Synthesis finished with {errors} errors, {critical} critical warnings and {warnings} warnings."
    ));
    s.info("Project 1-571", "Translating synthesized netlist");
    s.info("Project 1-570", "Preparing netlist for logic optimization");
    s.info("Opt 31-138", "Pushed 0 inverter(s) to 0 load pin(s).");
    s.info("Project 1-111", "Unisim Transformation Summary:\nNo Unisim elements were transformed.\n");
    s.info("Common 17-83", "Releasing license: Synthesis");
    s.completed("synth_design", 30.0);
    Ok(query::found(s, Kind::Design, vec![name]))
}

fn box_rows(s: &Session) -> Vec<String> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for cell in s.open_design().into_iter().flat_map(|d| d.cells.values()).filter(|c| c.black_box) {
        *counts.entry(cell.module.clone()).or_default() += 1;
    }
    let rule = "+------+--------------+----------+".to_owned();
    let mut rows = vec![rule.clone(), "|      |BlackBox name |Instances |".to_owned(), rule.clone()];
    for (i, (name, count)) in counts.iter().enumerate() {
        rows.push(format!("|{:<6}|{name:<14}|{count:>10}|", i + 1));
    }
    rows.push(rule);
    rows
}

/// The design, or `None` after the errors were printed.
fn build(
    s: &mut Session,
    args: &Args,
    set_name: &str,
    part: &str,
    top: &str,
) -> Result<Option<Design>, Stop> {
    let release = s.release;
    let p = s.project()?;
    let board_part = p.props.get("BOARD_PART").unwrap_or("").to_owned();
    let Some(set) = p.fileset(set_name) else { return Ok(None) };
    let mut set = set.clone();
    for define in args.list("verilog_define") {
        let before = set.props.get("VERILOG_DEFINE").unwrap_or("").to_owned();
        set.props.set("VERILOG_DEFINE", format!("{before} {define}"));
    }
    let absent: Vec<String> = set
        .files
        .iter()
        .filter(|f| f.enabled() && f.is_hdl() && !disk::exists(&f.path))
        .map(|f| util::text(&f.path))
        .collect();
    let generics = generics(&args.list("generic"), set.props.get("GENERIC").unwrap_or(""));
    let mut library = match files::library(&set, "synthesis") {
        Ok(library) => library,
        Err(error) => {
            s.error(
                "Synth 8-2715",
                format!("syntax error near {} [{}:{}]", error.near, error.file, error.line),
            );
            return Ok(None);
        }
    };
    if !absent.is_empty() {
        for file in absent {
            s.error("Synth 8-2485", format!("cannot open verilog/vhdl file '{file}'"));
        }
        return Ok(None);
    }
    let mut stubs = BTreeSet::new();
    let mut opaque = BTreeSet::new();
    let mut has_block_design = false;
    for file in set.files.iter().filter(|f| f.enabled() && f.used_in("synthesis")) {
        let stem = file.path.file_stem().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        match file.extension().as_str() {
            "dcp" => {
                if let Ok(design) = dcp::read(&file.path) {
                    stubs.insert(design.top.clone());
                    library.insert(stub_module(&design));
                }
            }
            "xci" => {
                opaque.insert(stem);
            }
            "bd" => {
                has_block_design = true;
                opaque.insert(stem.clone());
                crate::cmd::bd::into_library(&file.path, &mut library);
            }
            _ => {}
        }
    }
    if let Some(p) = &s.project {
        // Partitions without a checkpoint of a module are black by the definition's stub.
        stubs.extend(p.partition_defs.iter().map(|d| d.module.clone()));
    }
    stubs.remove(top);
    let Some(mut net) = elaborate(&library, top, &generics, &stubs) else {
        s.error("Synth 8-439", format!("module '{top}' not found"));
        return Ok(None);
    };
    for (module, file, line) in &net.reached {
        s.info("Synth 8-6157", format!("synthesizing module '{module}' [{file}:{line}]"));
    }
    net.missing.retain(|(name, file, _)| {
        !opaque.contains(name)
            && !file.to_lowercase().ends_with(".vhd")
            && !file.to_lowercase().ends_with(".vhdl")
    });
    if !net.missing.is_empty() {
        for (module, file, line) in &net.missing {
            s.error("Synth 8-439", format!("module '{module}' not found [{file}:{line}]"));
        }
        for (module, file, line) in net.reached.iter().take(1) {
            s.error("Synth 8-6156", format!("failed synthesizing module '{module}' [{file}:{line}]"));
        }
        return Ok(None);
    }
    for (module, file, line) in net.reached.iter().rev() {
        s.info("Synth 8-6155", format!("done synthesizing module '{module}' (0#1) [{file}:{line}]"));
    }
    let out_of_context = args.value("mode") == Some("out_of_context");
    let mut design = Design {
        release: release.name.to_owned(),
        build: release.build.to_owned(),
        part: part.to_owned(),
        board_part,
        top: top.to_owned(),
        out_of_context,
        ports: ports(&net.ports),
        stage: if args.flag("rtl") { Stage::Elaborated } else { Stage::Synthesized },
        netlist: net.digest,
        weight: net.weight,
        has_block_design,
        ..Design::default()
    };
    for cell in net.cells {
        let black_box = cell.black_box && !opaque.contains(&cell.module);
        design.cells.insert(
            cell.path,
            Cell {
                module: cell.module,
                ports: ports(&cell.ports),
                black_box,
                primitive: cell.primitive,
                file: cell.at.0,
                line: cell.at.1,
                ..Cell::default()
            },
        );
    }
    Ok(Some(design))
}

/// A module of only ports, for the checkpoint that stands in a synthesis for its module.
fn stub_module(design: &Design) -> Module {
    Module::opaque(&design.top, "", design.ports.iter().map(Port::declared).collect(), Vec::new())
}

fn generics(given: &[String], set: &str) -> Overrides {
    let words = list::split_loose(set);
    Overrides::of_texts(words.iter().chain(given).filter_map(|word| word.split_once('=')))
}

/// The messages about black boxes: one instance, or several of one module.
fn black_boxes(s: &mut Session) {
    let mut boxes: BTreeMap<String, Vec<(String, String, usize)>> = BTreeMap::new();
    for (path, cell) in s.open_design().into_iter().flat_map(|d| &d.cells).filter(|(_, c)| c.black_box) {
        boxes.entry(cell.module.clone()).or_default().push((path.clone(), cell.file.clone(), cell.line));
    }
    // In a project the partition's stub makes this an information; without one it is a critical warning.
    let reconfigurable = s.open_design().is_some_and(|d| d.reconfigurable().next().is_some());
    for (module, places) in boxes {
        let (path, file, line) = &places[0];
        let (id, text) = if places.len() == 1 {
            (
                "Project 1-486",
                format!(
                    "Could not resolve non-primitive black box cell '{module}' instantiated as '{path}' [{file}:{line}]"
                ),
            )
        } else {
            (
                "Project 1-560",
                format!(
                    "Could not resolve non-primitive black box cell '{module}' instantiated as '{path}'. {} instances of this cell are unresolved black boxes. [{file}:{line}]",
                    places.len()
                ),
            )
        };
        if reconfigurable {
            s.info(id, text);
        } else {
            s.critical(id, text);
        }
    }
}
