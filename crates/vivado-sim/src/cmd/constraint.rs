// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Constraint files, clocks, and the timing constraints that are taken without effect.

use crate::cmd::files;
use crate::disk;
use crate::model::design::Clock;
use crate::model::object::Kind;
use crate::model::project::{FileSet, SetKind};
use crate::session::{Outcome, Session, Stop};
use crate::syntax::parse::Args;
use crate::tcl::list;
use crate::util;

/// read_xdc: with a design open the file is evaluated now, else it waits in the constraint set.
pub(crate) fn read_xdc(s: &mut Session, args: &Args) -> Outcome {
    let words = args.words_from(0);
    for word in &words {
        let path = s.path(word);
        if !disk::is_file(&path) {
            s.error("Vivado 12-172", format!("File or Directory '{}' does not exist", path.display()));
            return s.earlier("read_xdc");
        }
        let cell = args.value("cells").or_else(|| args.value("cell")).map(str::to_owned);
        if s.open_design().is_some() {
            evaluate(s, &util::text(&path), cell.as_deref())?;
            continue;
        }
        files::implicit_project(s);
        files::insert(s, "constrs_1", &path)?;
        if let Some(file) = s.project()?.file_mut(&path)
            && let Some(cell) = cell
        {
            file.props.set("SCOPED_TO_CELLS", cell);
        }
        s.registry.note(Kind::File, &util::text(&path));
    }
    Ok(String::new())
}

/// Evaluates the constraint files of the open project that are for `step`, early ones first, late ones last.
pub(crate) fn read_project_constraints(s: &mut Session, step: &str) -> Result<(), Stop> {
    read_constraint_set(s, step, None)
}

/// The same of one constraint set, when it is named.
pub(crate) fn read_constraint_set(s: &mut Session, step: &str, only: Option<&str>) -> Result<(), Stop> {
    let Some(p) = &s.project else { return Ok(()) };
    let mut wanted: Vec<(u8, String, Option<String>, bool)> = Vec::new();
    let asked = |f: &&FileSet| match f.kind {
        SetKind::Constraints => only.is_none_or(|name| name == f.name),
        SetKind::Design => only.is_none_or(|_| f.name == "sources_1"),
        _ => false,
    };
    for set in p.filesets.iter().filter(asked) {
        for file in set.files.iter().filter(|f| {
            f.enabled() && f.used_in(step) && matches!(f.extension().as_str(), "xdc" | "sdc" | "tcl")
        }) {
            let order = match file.props.get("PROCESSING_ORDER") {
                Some("EARLY") => 0,
                Some("LATE") => 2,
                _ => 1,
            };
            let cell = file.props.get("SCOPED_TO_CELLS").filter(|c| !c.is_empty()).map(str::to_owned);
            // What only synthesis reads is in no checkpoint of it: the implementation reads the file again.
            let kept = step != "synthesis" || file.used_in("implementation");
            wanted.push((order, util::text(&file.path), cell, kept));
        }
    }
    wanted.sort_by_key(|(order, ..)| *order);
    let mut passing: Vec<String> = Vec::new();
    for (_, path, cell, kept) in wanted {
        let before: Vec<String> = s.design()?.pblocks.iter().map(|p| p.name.clone()).collect();
        match cell {
            Some(cells) => {
                for cell in list::split_loose(&cells) {
                    evaluate(s, &path, Some(&cell))?;
                }
            }
            None => evaluate(s, &path, None)?,
        }
        if !kept {
            let made = s.design()?.pblocks.iter().map(|p| p.name.clone()).filter(|n| !before.contains(n));
            passing.extend(made);
        }
    }
    s.design()?.pblocks.retain(|p| !passing.contains(&p.name));
    Ok(())
}

/// Evaluates one file over the open design.
pub(crate) fn evaluate(s: &mut Session, path: &str, cell: Option<&str>) -> Result<(), Stop> {
    let scoped = cell.map(|c| format!(" for cell '{c}'")).unwrap_or_default();
    s.say(format!("Parsing XDC File [{path}]{scoped}"));
    if let Ok(text) = disk::read_to_string(path) {
        s.design()?.constraints.push((path.to_owned(), text));
    }
    let before = std::mem::replace(&mut s.xdc_cell, cell.map(str::to_owned));
    // A .tcl constraint file is plain Tcl; an .xdc takes constraint commands only.
    let script = if path.ends_with(".tcl") {
        list::join(["::sim::source", path])
    } else {
        list::join(["::sim::xdc", path])
    };
    let outcome = s.eval(&script);
    s.xdc_cell = before;
    s.xdc_at = None;
    s.say(format!("Finished Parsing XDC File [{path}]{scoped}"));
    match outcome {
        Err(Stop::Error(text)) => {
            let first = text.lines().next().unwrap_or_default().to_owned();
            s.critical("Common 17-161", format!("{first} [{path}]"));
            Ok(())
        }
        other => other.map(drop),
    }
}

pub(crate) fn create_clock(s: &mut Session, args: &Args) -> Outcome {
    let objects = args.words_from(0);
    let object_text = args.at(0).to_owned();
    let master = args.value("period").and_then(|p| p.parse::<f64>().ok());
    if objects.is_empty() && args.value("name").is_none() {
        s.critical(
            "Vivado 12-4739",
            format!("create_clock:No valid object(s) found for '-objects {object_text}'."),
        );
        return Ok(String::new());
    }
    let name = args.value("name").map_or_else(|| objects[0].clone(), str::to_owned);
    let d = s.design()?;
    let period = master.unwrap_or_else(|| d.clocks.first().map_or(10.0, |c| c.period));
    d.clocks.retain(|c| c.name != name || args.flag("add"));
    d.clocks.push(Clock { name: name.clone(), period, sources: objects });
    s.registry.note(Kind::Clock, &name);
    Ok(name)
}
