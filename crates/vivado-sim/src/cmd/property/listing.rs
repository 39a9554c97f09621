// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! list_property, report_property, reset_property.

use super::read::{RUN, get};
use super::{object, objects};
use crate::model::object::Kind;
use crate::session::{Outcome, Session};
use crate::syntax::parse::Args;
use crate::tcl::list;
use crate::util;

/// Names of the properties of an object, sorted.
pub(super) fn names(s: &Session, kind: Kind, name: &str) -> Vec<String> {
    let mut names: Vec<String> = vec!["CLASS".to_owned(), "NAME".to_owned()];
    let mut add = |list: &[&str]| names.extend(list.iter().map(|n| (*n).to_owned()));
    match kind {
        Kind::Project => add(&[
            "BOARD_PART",
            "DEFAULT_LIB",
            "DIRECTORY",
            "IP_REPO_PATHS",
            "PART",
            "PR_FLOW",
            "SIMULATOR_LANGUAGE",
            "SOURCE_MGMT_MODE",
            "TARGET_LANGUAGE",
            "XPR",
        ]),
        Kind::Fileset => add(&["DESIGN_MODE", "FILESET_TYPE", "TOP"]),
        Kind::File => add(&[
            "FILE_TYPE",
            "IS_AVAILABLE",
            "IS_ENABLED",
            "LIBRARY",
            "USED_IN",
            "USED_IN_IMPLEMENTATION",
            "USED_IN_SIMULATION",
            "USED_IN_SYNTHESIS",
        ]),
        Kind::Run => add(&RUN),
        Kind::PartitionDef => {
            add(&["DEFAULT_RM", "IS_BLOCK_CONTAINER_MANAGED", "LIBRARY", "MODULE_NAME", "USE_BLACKBOX_STUB"]);
        }
        Kind::ReconfigModule => add(&["IS_GATE_LEVEL", "MODULE_NAME", "PARTITION_DEF", "SUBDESIGN_FILESETS"]),
        Kind::PrConfiguration => add(&["AUTO_IMPORT", "GREYBOX_CELLS", "PARTITION_CELL_RMS", "USE_BLACKBOX"]),
        Kind::Design => add(&["BOARD_PART", "PART", "TOP"]),
        Kind::Cell => add(&[
            "HD.RECONFIGURABLE",
            "IS_BLACKBOX",
            "IS_PRIMITIVE",
            "ORIG_REF_NAME",
            "PARENT",
            "PBLOCK",
            "REF_NAME",
        ]),
        Kind::Port | Kind::Pin => add(&["DIRECTION"]),
        Kind::Pblock => add(&[
            "CELL_COUNT",
            "CONTAIN_ROUTING",
            "DERIVED_RANGES",
            "EXCLUDE_PLACEMENT",
            "GRID_RANGES",
            "PARENT",
        ]),
        Kind::Part => add(&["DEVICE", "FAMILY", "PACKAGE", "SPEED"]),
        Kind::Clock => add(&["PERIOD", "SOURCE_PINS", "WAVEFORM"]),
        _ => {}
    }
    let bags = (|| {
        let p = s.project.as_ref()?;
        Some(match kind {
            Kind::Project => &p.props,
            Kind::Fileset => &p.fileset(name)?.props,
            Kind::Run => &p.run(name)?.props,
            Kind::File => &p.files().find(|(_, f)| util::text(&f.path) == name)?.1.props,
            _ => return None,
        })
    })();
    let own = s.open_design().and_then(|d| match kind {
        Kind::Cell => d.cells.get(name).map(|c| &c.props),
        Kind::Pblock => d.pblocks.iter().find(|p| p.name == name).map(|p| &p.props),
        Kind::Design => Some(&d.props),
        _ => d.object_props.get(&format!("{} {name}", kind.class())),
    });
    let extra = s.extras.get(name).filter(|_| kind == Kind::Extra);
    for bag in [bags, own, extra].into_iter().flatten() {
        names.extend(bag.iter().map(|(n, _)| n.to_owned()));
    }
    names.sort();
    names.dedup();
    names
}

pub(crate) fn list_property(s: &mut Session, args: &Args) -> Outcome {
    let name = args.at(0).to_owned();
    let kind = object(s, &name, "NAME", false)?;
    let pattern = args.positional.get(1).map_or_else(|| "*".to_owned(), |p| p.to_uppercase());
    Ok(list::join(names(s, kind, &name).into_iter().filter(|n| util::glob(&pattern, n))))
}

pub(crate) fn report_property(s: &mut Session, args: &Args) -> Outcome {
    let pattern = args.positional.get(1).map_or_else(|| "*".to_owned(), |p| p.to_uppercase());
    let mut text = String::new();
    for name in objects(s, &args.positional[..1.min(args.positional.len())]) {
        let kind = object(s, &name, "NAME", false)?;
        let rows: Vec<(String, String)> = names(s, kind, &name)
            .into_iter()
            .filter(|n| util::glob(&pattern, n))
            .map(|n| (n.clone(), get(s, kind, &name, &n).unwrap_or_default()))
            .collect();
        let wide = rows.iter().map(|(n, _)| n.len()).max().unwrap_or(8).max(8);
        text += &format!("{:wide$}  Type    Read-only  Value\n", "Property");
        for (name, value) in rows {
            text += &format!("{name:wide$}  string  false      {value}\n");
        }
    }
    if args.flag("return_string") {
        return Ok(text);
    }
    match args.value("file") {
        Some(file) => crate::cmd::write_output(s, file, args.flag("append"), &text)?,
        None => s.console.print(&text),
    }
    Ok(String::new())
}

pub(crate) fn reset_property(s: &mut Session, args: &Args) -> Outcome {
    let prop = args.at(0).to_owned();
    for name in objects(s, &args.positional[1.min(args.positional.len())..]) {
        let kind = object(s, &name, &prop, true)?;
        match kind {
            Kind::Project => s.project()?.props.remove(&prop),
            Kind::Run => {
                if let Some(run) = s.project()?.run_mut(&name) {
                    run.props.remove(&prop);
                }
            }
            Kind::Cell => {
                if let Some(cell) = s.design()?.cells.get_mut(&name) {
                    cell.props.remove(&prop);
                }
            }
            _ => {
                if let Some(d) = s.designs.get_mut(s.current_design)
                    && let Some(bag) = d.object_props.get_mut(&format!("{} {name}", kind.class()))
                {
                    bag.remove(&prop);
                }
            }
        }
    }
    Ok(String::new())
}
