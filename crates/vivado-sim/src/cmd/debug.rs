// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Debug cores that constraints insert (`create_debug_core` and its like), and the probes file.
//!
//! Cores live in the design, so a checkpoint keeps them. Debug IP inside block designs is not seen here.

use crate::cmd::{project, query, silicon};
use crate::disk;
use crate::model::object::Kind;
use crate::model::props::Props;
use crate::session::{Outcome, Session, fail};
use crate::syntax::parse::Args;
use crate::tcl::list;
use crate::util;

const CORES: &str = "SIM.DEBUG_CORES";
const PORTS: &str = "SIM.DEBUG_PORTS";

fn listed(s: &Session, which: &str) -> Vec<String> {
    s.open_design().and_then(|d| d.props.get(which)).map(list::split_loose).unwrap_or_default()
}

fn add(s: &mut Session, which: &str, name: &str) -> Result<(), crate::session::Stop> {
    let mut all = listed(s, which);
    if !all.iter().any(|n| n == name) {
        all.push(name.to_owned());
    }
    s.design()?.props.set(which, list::join(all));
    Ok(())
}

pub(crate) fn dispatch(s: &mut Session, command: &str, args: &Args) -> Outcome {
    s.design()?;
    match command {
        "create_debug_core" => {
            let name = args.at(0).to_owned();
            add(s, CORES, &name)?;
            for port in ["clk", "probe0"] {
                add(s, PORTS, &format!("{name}/{port}"))?;
                silicon::extra(s, "debug_port", &format!("{name}/{port}"), Props::default());
            }
            let mut props = Props::default();
            props.set("CORE_TYPE", args.at(1));
            Ok(silicon::extra(s, "debug_core", &name, props))
        }
        "create_debug_port" => {
            let (core, kind) = (args.at(0).to_owned(), args.at(1).to_owned());
            let known = listed(s, PORTS);
            let number = known.iter().filter(|p| p.starts_with(&format!("{core}/{kind}"))).count();
            let name = format!("{core}/{kind}{number}");
            add(s, PORTS, &name)?;
            Ok(silicon::extra(s, "debug_port", &name, Props::default()))
        }
        "get_debug_cores" | "get_debug_ports" => {
            let which = if command == "get_debug_cores" { CORES } else { PORTS };
            let patterns = args.words_from(0);
            let mut names = listed(s, which);
            names.retain(|n| patterns.is_empty() || patterns.iter().any(|p| util::glob(p, n)));
            for name in &names {
                if !s.extras.contains_key(name) {
                    silicon::extra(s, &command[4..command.len() - 1], name, Props::default());
                }
            }
            if names.is_empty() {
                s.warning("Sim 1-3", "No debug objects matched.");
            }
            Ok(query::found(s, Kind::Extra, names))
        }
        "delete_debug_core" => {
            let gone = args.words_from(0);
            let left: Vec<String> = listed(s, CORES).into_iter().filter(|c| !gone.contains(c)).collect();
            s.design()?.props.set(CORES, list::join(left));
            Ok(String::new())
        }
        "write_debug_probes" => probes(s, args),
        _ => Ok(String::new()),
    }
}

/// The `.ltx`; without any core nothing is written, as Vivado does.
fn probes(s: &mut Session, args: &Args) -> Outcome {
    let cores = listed(s, CORES);
    if cores.is_empty() {
        if !args.quiet {
            s.info("Vivado 12-4162", "No debug cores were found in this design; no probes file is written.");
        }
        return Ok(String::new());
    }
    let named = args.value("file").unwrap_or(args.at(0)).to_owned();
    let mut path = s.path(&named);
    if path.extension().is_none() {
        path.set_extension("ltx");
    }
    project::check_directory(s, &path)?;
    if disk::exists(&path) && !args.flag("force") {
        return fail(
            "Common 17-176",
            format!("File '{}' already exists, use -force to overwrite.", path.display()),
        );
    }
    let value = serde_json::json!({
        "SIMULATED": "written by vivado-sim",
        "ltx_root": { "version": 4, "minor": 0, "ltx_data": [ { "name": "EDA_PROBESET", "active": true, "debug_cores":
            cores.iter().map(|c| serde_json::json!({ "type": "XSDB_V3", "name": c, "ports": [] })).collect::<Vec<_>>() } ] }
    });
    let text = serde_json::to_string_pretty(&value).unwrap_or_default() + "\n";
    match disk::write(&path, text) {
        Ok(()) => Ok(util::text(&path)),
        Err(error) => fail("Common 17-69", format!("Command failed: {error}")),
    }
}
