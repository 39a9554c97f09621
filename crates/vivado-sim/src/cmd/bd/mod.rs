// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Block-design commands, as far as DFX scripts use them.
//!
//! IP is opaque: any pin of an IP cell that a script names exists. Board and AXI automation makes the interconnect
//! and reset cells under the names that Vivado gives them, without parameters. Partition definitions and modules of
//! DFX containers come into being with `generate_target`.

mod address;
mod automation;
mod edit;
mod find;
mod hierarchy;
mod products;

pub(crate) use self::find::{property, set};
pub(crate) use self::products::{bd_files, handoffs, into_library};

use std::path::{Path, PathBuf};

use self::address::{assign, create as create_segment, exclude, related};
use self::automation::{apply, external};
use self::edit::{connect, create_cell, create_net, create_pin, delete, disconnect, replace};
use self::find::{designs, get};
use self::hierarchy::{copy, group, shift, ungroup};
use self::products::{generate, make_wrapper};
use crate::cmd::{files, query};
use crate::disk;
use crate::model::bd::BdDesign;
use crate::model::object::Kind;
use crate::model::project::Project;
use crate::release::Release;
use crate::session::{Outcome, Session, Stop, fail};
use crate::syntax::parse::Args;
use crate::util;

fn failed<T>(text: impl AsRef<str>) -> Result<T, Stop> {
    fail("Common 17-69", format!("Command failed: {}", text.as_ref()))
}

pub(crate) fn dispatch(s: &mut Session, name: &str, args: &Args) -> Option<Outcome> {
    Some(match name {
        "create_bd_design" => create_design(s, args),
        "open_bd_design" | "read_bd_design" => open_design(s, args),
        "current_bd_design" => current_design(s, args),
        "close_bd_design" => close(s),
        "save_bd_design" => save(s),
        "validate_bd_design" => validate(s),
        "current_bd_instance" => current_instance(s, args),
        "create_bd_cell" => create_cell(s, args),
        "create_bd_port" | "create_bd_pin" | "create_bd_intf_port" | "create_bd_intf_pin" => {
            create_pin(s, name, args)
        }
        "connect_bd_net" | "connect_bd_intf_net" => connect(s, name, args),
        "create_bd_net" | "create_bd_intf_net" => create_net(s, name, args),
        "disconnect_bd_net" | "disconnect_bd_intf_net" => disconnect(s, args),
        "get_bd_designs" => designs(s, args),
        "get_bd_cells" | "get_bd_pins" | "get_bd_intf_pins" | "get_bd_ports" | "get_bd_intf_ports"
        | "get_bd_nets" | "get_bd_intf_nets" | "get_bd_addr_segs" | "get_bd_addr_spaces" => {
            get(s, name, args)
        }
        "find_bd_objs" => related(s, args),
        "delete_bd_objs" => delete(s, args),
        "group_bd_cells" => group(s, args),
        "ungroup_bd_cells" => ungroup(s, args),
        "move_bd_cells" => shift(s, args),
        "copy_bd_objs" => copy(s, args),
        "replace_bd_cell" => replace(s, args),
        "assign_bd_address" => assign(s, args),
        "create_bd_addr_seg" => create_segment(s, args),
        "include_bd_addr_seg" | "exclude_bd_addr_seg" => exclude(s, name, args),
        "make_bd_pins_external" | "make_bd_intf_pins_external" => external(s, name, args),
        "apply_bd_automation" => apply(s, args),
        "make_wrapper" => make_wrapper(s, args),
        "generate_target" => generate(s, args),
        "can_resolve_reference" => Ok("1".to_owned()),
        "regenerate_bd_layout"
        | "update_bd_boundaries"
        | "upgrade_bd_cells"
        | "update_module_reference"
        | "apply_board_connection"
        | "write_bd_layout" => Ok(String::new()),
        _ => return None,
    })
}

/// Where a block design's files are.
fn source_dir(p: &Project, bd: &str) -> PathBuf {
    p.sub("srcs").join("sources_1/bd").join(bd)
}

fn generated_dir(p: &Project, bd: &str, release: Release) -> PathBuf {
    p.sub(if release.has_gen() { "gen" } else { "srcs" }).join("sources_1/bd").join(bd)
}

fn current(s: &mut Session) -> Result<&mut BdDesign, Stop> {
    let p = s.project()?;
    let name = p.current_bd.clone().unwrap_or_default();
    match p.block_designs.iter_mut().find(|d| d.name == name) {
        Some(design) => Ok(design),
        None => failed("No open block design. Please open or create one."),
    }
}

/// A word as a path from the top: relative words are within the current instance.
fn absolute(s: &Session, word: &str) -> String {
    let instance = s.project.as_ref().map(|p| p.bd_instance.as_str()).unwrap_or_default();
    if word == "." {
        return if instance.is_empty() { "/".to_owned() } else { instance.to_owned() };
    }
    if word.starts_with('/') { word.to_owned() } else { format!("{instance}/{word}") }
}

fn words(s: &Session, args: &Args) -> Vec<String> {
    args.words_from(0).iter().map(|w| absolute(s, w)).collect()
}

fn write_file(path: &Path, text: &str) -> Result<(), Stop> {
    let made = path.parent().map_or(Ok(()), disk::create_dir_all).and_then(|()| disk::write(path, text));
    made.or_else(|error| failed(error.to_string()))
}

/// Registers a new design, writes its file, adds it to the sources, and makes it current.
fn register(s: &mut Session, design: BdDesign) -> Outcome {
    let name = design.name.clone();
    let p = s.project()?;
    let path = source_dir(p, &name).join(format!("{name}.bd"));
    write_file(&path, &design.text())?;
    p.block_designs.retain(|d| d.name != name);
    p.block_designs.push(design);
    p.current_bd = Some(name.clone());
    p.bd_instance.clear();
    if p.file_mut(&path).is_none() {
        files::insert(s, "sources_1", &path)?;
    }
    s.say(format!("Wrote  : <{}> ", path.display()));
    Ok(query::found(s, Kind::BdDesign, vec![name]))
}

fn create_design(s: &mut Session, args: &Args) -> Outcome {
    let name = args.at(0).to_owned();
    if s.project()?.block_designs.iter().any(|d| d.name == name) {
        return failed(format!("block design '{name}' already exists."));
    }
    let mut design = BdDesign::new(&name);
    if let Some(cell) = args.value("cell").map(|c| absolute(s, c)) {
        let from = current(s)?.clone();
        let below = format!("{cell}/");
        for (path, inner) in &from.cells {
            if let Some(rest) = path.strip_prefix(&cell).filter(|r| r.starts_with('/')) {
                design.cells.insert(rest.to_owned(), inner.clone());
            }
        }
        for (path, pin) in &from.pins {
            if let Some(rest) = path.strip_prefix(&below) {
                design.pins.insert(format!("/{rest}"), pin.clone());
            }
        }
        for (net, members) in &from.nets {
            let inside: Vec<String> =
                members.iter().filter_map(|m| m.strip_prefix(&cell)).map(str::to_owned).collect();
            if inside.len() > 1 {
                let local = net.strip_prefix(&cell).filter(|r| r.starts_with('/')).unwrap_or(net);
                let name = format!("/{}", local.rsplit('/').next().unwrap_or(local));
                if from.is_interface_net(net) {
                    design.interface_nets.insert(name.clone());
                }
                design.nets.insert(name, inside);
            }
        }
    }
    if let Some(cell) = args.value("cell").map(|c| absolute(s, c)) {
        let from = current(s)?.clone();
        address::inherit(&mut design, &from, &cell);
    }
    if let Some(container) = args.value("boundary_from_container").map(|c| absolute(s, c)) {
        let from = current(s)?.clone();
        let reference = from.cells.get(&container).map(|c| c.reference.clone()).unwrap_or_default();
        let p = s.project()?;
        if let Some(other) = p.block_designs.iter().find(|d| d.name == reference) {
            design.pins = other.ports().map(|(n, pin)| (format!("/{n}"), pin.clone())).collect();
        }
    }
    register(s, design)
}

fn open_design(s: &mut Session, args: &Args) -> Outcome {
    let word = args.at(0).to_owned();
    let stem = Path::new(&word).file_stem().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let path = query::all(s, Kind::File)
        .into_iter()
        .find(|f| *f == word || f.ends_with(&format!("/{stem}.bd")))
        .map_or_else(|| s.path(&word), PathBuf::from);
    load(s, &path)?;
    let p = s.project()?;
    p.current_bd = Some(stem.clone());
    p.bd_instance.clear();
    Ok(query::found(s, Kind::BdDesign, vec![stem]))
}

/// Makes sure that the design of a `.bd` file is in the model.
fn load(s: &mut Session, path: &Path) -> Result<(), Stop> {
    let stem = path.file_stem().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let p = s.project()?;
    if p.block_designs.iter().any(|d| d.name == stem) {
        return Ok(());
    }
    match BdDesign::read(path) {
        Some(design) => p.block_designs.push(BdDesign { name: stem, ..design }),
        None => return failed(format!("block design '{}' cannot be read.", path.display())),
    }
    Ok(())
}

fn current_design(s: &mut Session, args: &Args) -> Outcome {
    let word = args.words_from(0).into_iter().next();
    let p = s.project()?;
    if let Some(name) = word {
        let name = name.trim_end_matches(".bd").rsplit('/').next().unwrap_or_default().to_owned();
        if !p.block_designs.iter().any(|d| d.name == name) {
            return failed(format!("block design '{name}' is not open."));
        }
        p.current_bd = Some(name);
        p.bd_instance.clear();
    }
    let name = current(s)?.name.clone();
    Ok(query::found(s, Kind::BdDesign, vec![name]))
}

fn close(s: &mut Session) -> Outcome {
    save(s)?;
    s.project()?.current_bd = None;
    Ok(String::new())
}

fn save(s: &mut Session) -> Outcome {
    let design = current(s)?.clone();
    let p = s.project()?;
    let name = format!("{}.bd", design.name);
    let known = p.files().find(|(_, f)| util::file_name(&f.path) == name).map(|(_, f)| f.path.clone());
    let path = known.unwrap_or_else(|| source_dir(p, &design.name).join(&name));
    write_file(&path, &design.text())?;
    s.say(format!("Wrote  : <{}> ", path.display()));
    Ok(util::text(&path))
}

fn validate(s: &mut Session) -> Outcome {
    current(s)?.validated = true;
    Ok(String::new())
}

fn current_instance(s: &mut Session, args: &Args) -> Outcome {
    if let Some(word) = args.words_from(0).into_iter().next() {
        let path = absolute(s, &word);
        let path = if path == "/" { String::new() } else { path };
        if !path.is_empty() && !current(s)?.cells.contains_key(&path) {
            return failed(format!("'{path}' is not a cell of the block design."));
        }
        s.project()?.bd_instance = path;
    }
    let now = s.project()?.bd_instance.clone();
    let now = if now.is_empty() { "/".to_owned() } else { now };
    Ok(query::found(s, Kind::BdCell, vec![now]))
}
