// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Block-design commands, as far as DFX scripts use them.
//!
//! IP is opaque: any pin of an IP cell that a script names exists. Board and AXI automation makes the interconnect
//! and reset cells under the names that Vivado gives them, without parameters. Partition definitions and modules of
//! DFX containers come into being with `generate_target`.

use std::path::{Path, PathBuf};

use crate::artifacts::hwh;
use crate::cmd::{files, query};
use crate::hdl::elab::Library;
use crate::model::bd::{AddressSegment, BdCell, BdDesign, BdKind, BdPin};
use crate::model::filter;
use crate::model::object::Kind;
use crate::model::project::{FileSet, PartitionDef, Project, ReconfigModule, SetKind, SourceFile};
use crate::model::props::Props;
use crate::release::Release;
use crate::session::{Outcome, Session, Stop, fail};
use crate::syntax::parse::Args;
use crate::tcl::list;
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
        "create_bd_net" | "create_bd_intf_net" => create_net(s, args),
        "disconnect_bd_net" | "disconnect_bd_intf_net" => disconnect(s, args),
        "get_bd_designs" => designs(s, args),
        "get_bd_cells" | "get_bd_pins" | "get_bd_intf_pins" | "get_bd_ports" | "get_bd_intf_ports"
        | "get_bd_nets" | "get_bd_intf_nets" | "get_bd_addr_segs" | "get_bd_addr_spaces" => {
            get(s, name, args)
        }
        "delete_bd_objs" => delete(s, args),
        "group_bd_cells" => group(s, args),
        "replace_bd_cell" => replace(s, args),
        "assign_bd_address" | "create_bd_addr_seg" => assign(s, name, args),
        "make_bd_pins_external" | "make_bd_intf_pins_external" => external(s, name, args),
        "apply_bd_automation" => automation(s, args),
        "make_wrapper" => make_wrapper(s, args),
        "generate_target" => generate(s, args),
        "create_ip" => create_ip(s, args),
        "copy_ip" => copy_ip(s, args),
        "get_ipdefs" => ip_definitions(s, args),
        "can_resolve_reference" => Ok("1".to_owned()),
        "include_bd_addr_seg"
        | "exclude_bd_addr_seg"
        | "regenerate_bd_layout"
        | "update_bd_boundaries"
        | "upgrade_bd_cells"
        | "update_module_reference"
        | "apply_board_connection"
        | "copy_bd_objs"
        | "move_bd_cells"
        | "write_bd_layout"
        | "ungroup_bd_cells" => {
            if matches!(name, "copy_bd_objs" | "move_bd_cells" | "ungroup_bd_cells") {
                s.not_modelled(name);
            }
            Ok(String::new())
        }
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
    let made = path.parent().map_or(Ok(()), fs_err::create_dir_all).and_then(|()| fs_err::write(path, text));
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
                design.nets.insert(net.rsplit('/').next().unwrap_or(net).to_owned(), inside);
            }
        }
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

fn create_cell(s: &mut Session, args: &Args) -> Outcome {
    let path = absolute(s, args.value("name").unwrap_or(args.at(0)));
    let kind = match args.value("type").unwrap_or("ip").to_lowercase().as_str() {
        "hier" => BdKind::Hier,
        "module" => BdKind::Module,
        "container" => BdKind::Container,
        _ => BdKind::Ip,
    };
    let reference = args.value("reference").unwrap_or_default().trim_end_matches(".bd").to_owned();
    if current(s)?.cells.contains_key(&path) {
        return failed(format!("cell '{path}' already exists."));
    }
    let mut pins: Vec<(String, BdPin)> = Vec::new();
    let p = s.project()?;
    match kind {
        BdKind::Container => {
            let Some(of) = p.block_designs.iter().find(|d| d.name == reference) else {
                return failed(format!("block design '{reference}' does not exist."));
            };
            pins.extend(of.ports().map(|(n, pin)| (n.to_owned(), pin.clone())));
        }
        BdKind::Module => {
            let library =
                p.fileset("sources_1").and_then(|f| files::library(f, "synthesis").ok()).unwrap_or_default();
            if let Some(module) = library.get(&reference) {
                let scope = crate::hdl::elab::scope(module, &crate::hdl::expr::Scope::new());
                for port in crate::hdl::elab::ports(module, &scope) {
                    let dir = port.dir.property()[..1].to_owned();
                    let dir = if port.dir == crate::hdl::Dir::Inout { "IO".to_owned() } else { dir };
                    pins.push((
                        port.name.clone(),
                        BdPin {
                            dir,
                            left: port.range.map(|r| r.0),
                            right: port.range.map(|r| r.1),
                            ..BdPin::default()
                        },
                    ));
                }
            } else {
                s.warning("Sim 1-70", format!("module '{reference}' was not found in the sources: its pins are taken as they are named."));
            }
        }
        _ => {}
    }
    let mut props = Props::default();
    if kind == BdKind::Container {
        props.set("CONFIG.ACTIVE_SYNTH_BD", format!("{reference}.bd"));
        props.set("CONFIG.LIST_SYNTH_BD", format!("{reference}.bd"));
    }
    let design = current(s)?;
    for (name, pin) in pins {
        design.pins.insert(format!("{path}/{name}"), pin);
    }
    design.cells.insert(
        path.clone(),
        BdCell { kind, vlnv: args.value("vlnv").unwrap_or_default().to_owned(), reference, props },
    );
    Ok(query::found(s, Kind::BdCell, vec![path]))
}

fn create_pin(s: &mut Session, command: &str, args: &Args) -> Outcome {
    let path = absolute(s, args.at(0));
    let number = |n: &str| args.value(n).and_then(|v| v.parse().ok());
    let interface = command.contains("intf");
    let mut pin = BdPin {
        dir: args.value(if interface { "mode" } else { "dir" }).unwrap_or("IO").to_owned(),
        left: number("from"),
        right: number("to"),
        kind: args.value(if interface { "vlnv" } else { "type" }).unwrap_or_default().to_owned(),
        interface,
        props: Props::default(),
    };
    if let Some(freq) = args.value("freq_hz") {
        pin.props.set("CONFIG.FREQ_HZ", freq);
    }
    current(s)?.pins.insert(path.clone(), pin);
    let kind = match command {
        "create_bd_port" => Kind::BdPort,
        "create_bd_pin" => Kind::BdPin,
        "create_bd_intf_port" => Kind::BdIntfPort,
        _ => Kind::BdIntfPin,
    };
    Ok(query::found(s, kind, vec![path]))
}

fn connect(s: &mut Session, command: &str, args: &Args) -> Outcome {
    let members = words(s, args);
    if members.is_empty() {
        return failed(format!("{command} needs pins or ports."));
    }
    let given = args.value("intf_net").or_else(|| args.value("net")).map(|n| absolute(s, n));
    let design = current(s)?;
    let own = |m: &String| design.nets.iter().find(|(_, all)| all.contains(m)).map(|(n, _)| n.clone());
    let name = given
        .or_else(|| members.iter().find_map(own))
        .unwrap_or_else(|| format!("{}_1", members[0].replacen('/', "", 1).replace('/', "_")));
    let net = design.nets.entry(name.clone()).or_default();
    for member in members {
        if !net.contains(&member) {
            net.push(member);
        }
    }
    Ok(query::found(s, Kind::BdNet, vec![name]))
}

fn create_net(s: &mut Session, args: &Args) -> Outcome {
    let name = absolute(s, args.at(0));
    current(s)?.nets.entry(name.clone()).or_default();
    Ok(query::found(s, Kind::BdNet, vec![name]))
}

fn disconnect(s: &mut Session, args: &Args) -> Outcome {
    let gone = words(s, args);
    for net in current(s)?.nets.values_mut() {
        net.retain(|m| !gone.contains(m));
    }
    Ok(String::new())
}

fn designs(s: &mut Session, args: &Args) -> Outcome {
    let patterns = args.words_from(0);
    let names: Vec<String> = s
        .project()?
        .block_designs
        .iter()
        .map(|d| d.name.clone())
        .filter(|n| patterns.is_empty() || patterns.iter().any(|p| util::glob(p, n)))
        .collect();
    if names.is_empty() {
        s.warning("Sim 1-3", "No block designs matched.");
    }
    Ok(query::found(s, Kind::BdDesign, names))
}

/// The get_bd_ commands on the current design.
fn get(s: &mut Session, command: &str, args: &Args) -> Outcome {
    let kind = match command {
        "get_bd_cells" => Kind::BdCell,
        "get_bd_pins" => Kind::BdPin,
        "get_bd_intf_pins" => Kind::BdIntfPin,
        "get_bd_ports" => Kind::BdPort,
        "get_bd_intf_ports" => Kind::BdIntfPort,
        "get_bd_nets" | "get_bd_intf_nets" => Kind::BdNet,
        _ => Kind::BdAddrSeg,
    };
    let patterns = words(s, args);
    let instance = s.project()?.bd_instance.clone();
    let of = args.list("of_objects");
    let design = current(s)?;
    let mut names: Vec<String> = match kind {
        Kind::BdCell => design.cells.keys().cloned().collect(),
        Kind::BdPin | Kind::BdIntfPin => design
            .pins
            .iter()
            .filter(|(p, pin)| !BdDesign::is_port(p) && pin.interface == (kind == Kind::BdIntfPin))
            .map(|(p, _)| p.clone())
            .collect(),
        Kind::BdPort | Kind::BdIntfPort => design
            .pins
            .iter()
            .filter(|(p, pin)| BdDesign::is_port(p) && pin.interface == (kind == Kind::BdIntfPort))
            .map(|(p, _)| p.clone())
            .collect(),
        Kind::BdNet => design.nets.keys().cloned().collect(),
        // Segments and spaces of opaque IP exist as soon as they are named.
        _ => design.segments.iter().map(|g| g.name.clone()).collect(),
    };
    if !of.is_empty() {
        let nets: Vec<String> = design
            .nets
            .iter()
            .filter(|(n, all)| of.contains(n) || all.iter().any(|m| of.contains(m)))
            .map(|(n, _)| n.clone())
            .collect();
        let ends: Vec<String> = nets.iter().filter_map(|n| design.nets.get(n)).flatten().cloned().collect();
        names.retain(|n| match kind {
            Kind::BdNet => nets.contains(n),
            Kind::BdCell => of.iter().any(|o| o.rsplit_once('/').is_some_and(|(c, _)| c == n)),
            _ => ends.contains(n) || of.iter().any(|o| n.rsplit_once('/').is_some_and(|(c, _)| c == o)),
        });
    } else if patterns.is_empty() && kind == Kind::BdCell && !args.flag("hierarchical") {
        names.retain(|n| n.rsplit_once('/').is_some_and(|(parent, _)| parent == instance));
    }
    if !patterns.is_empty() {
        let mut out = Vec::new();
        for pattern in &patterns {
            if pattern == "/" && kind == Kind::BdCell {
                out.push("/".to_owned());
                continue;
            }
            let local = pattern.rsplit('/').next().unwrap_or(pattern);
            let hits: Vec<String> = names
                .iter()
                .filter(|n| {
                    if args.flag("hierarchical") {
                        util::glob(local, n.rsplit('/').next().unwrap_or(n))
                    } else {
                        util::glob(pattern, n) && pattern.matches('/').count() == n.matches('/').count()
                            || *n == pattern
                    }
                })
                .cloned()
                .collect();
            if hits.is_empty() && !pattern.contains(['*', '?']) && !args.flag("hierarchical") {
                out.extend(named_pin(design, kind, pattern));
            }
            out.extend(hits);
        }
        names = out;
    }
    if let Some(text) = args.value("filter") {
        let text = text.to_owned();
        let p = s.project()?;
        names.retain(|n| {
            filter::matches(&text, &mut |prop| property(p, kind, n, &prop.to_uppercase())).unwrap_or(false)
        });
    }
    if names.is_empty() {
        let line = args.command_line(command);
        s.warning(
            "BD 5-235",
            format!("No {} matched '{line}'", command.trim_start_matches("get_bd_").replace('_', " ")),
        );
        return Ok(String::new());
    }
    Ok(query::found(s, kind, names))
}

/// A pin of an opaque cell that a script names comes into being; so does an address segment.
fn named_pin(design: &mut BdDesign, kind: Kind, path: &str) -> Option<String> {
    if kind == Kind::BdAddrSeg {
        return Some(path.to_owned());
    }
    if !matches!(kind, Kind::BdPin | Kind::BdIntfPin) {
        return None;
    }
    let (cell, _) = path.rsplit_once('/')?;
    let owner = design.cells.get(cell)?;
    if owner.kind == BdKind::Hier {
        return None;
    }
    design.pins.insert(path.to_owned(), BdPin { interface: kind == Kind::BdIntfPin, ..BdPin::default() });
    Some(path.to_owned())
}

/// Renames everything at or below a path.
fn rename(design: &mut BdDesign, from: &str, to: &str) {
    let moved = |path: &str| -> String {
        match path.strip_prefix(from) {
            Some("") => to.to_owned(),
            Some(rest) if rest.starts_with('/') => format!("{to}{rest}"),
            _ => path.to_owned(),
        }
    };
    design.cells = std::mem::take(&mut design.cells).into_iter().map(|(p, c)| (moved(&p), c)).collect();
    design.pins = std::mem::take(&mut design.pins).into_iter().map(|(p, c)| (moved(&p), c)).collect();
    for members in design.nets.values_mut() {
        for member in members {
            *member = moved(member);
        }
    }
}

fn delete(s: &mut Session, args: &Args) -> Outcome {
    let gone = words(s, args);
    let design = current(s)?;
    let hit = |path: &str| {
        gone.iter().any(|g| path == g || path.strip_prefix(g.as_str()).is_some_and(|r| r.starts_with('/')))
    };
    design.cells.retain(|p, _| !hit(p));
    design.pins.retain(|p, _| !hit(p));
    design.nets.retain(|n, _| !gone.contains(n));
    for members in design.nets.values_mut() {
        members.retain(|m| !hit(m));
    }
    Ok(String::new())
}

fn group(s: &mut Session, args: &Args) -> Outcome {
    let hier = absolute(s, args.at(0));
    let cells: Vec<String> = args.words_from(1).iter().map(|w| absolute(s, w)).collect();
    let design = current(s)?;
    if !design.cells.contains_key(&hier) {
        design.cells.insert(hier.clone(), BdCell { kind: BdKind::Hier, ..BdCell::default() });
    }
    for cell in &cells {
        let local = cell.rsplit('/').next().unwrap_or(cell).to_owned();
        rename(design, cell, &format!("{hier}/{local}"));
    }
    // Nets that cross the new boundary get a pin there, named after the pin inside.
    let below = format!("{hier}/");
    for (name, members) in design.nets.clone() {
        let (inside, outside): (Vec<String>, Vec<String>) =
            members.iter().cloned().partition(|m| m.starts_with(&below));
        if inside.is_empty() || outside.is_empty() {
            continue;
        }
        let pin = format!("{below}{}", inside[0].rsplit('/').next().unwrap_or_default());
        let like = design.pins.get(&inside[0]).cloned().unwrap_or_default();
        let dir = if like.dir.is_empty() { "I".to_owned() } else { like.dir.clone() };
        design.pins.insert(pin.clone(), BdPin { dir, ..like });
        design.nets.insert(name.clone(), outside.into_iter().chain([pin.clone()]).collect());
        design.nets.insert(
            format!("{hier}/{}", name.trim_start_matches('/')),
            inside.into_iter().chain([pin]).collect(),
        );
    }
    Ok(query::found(s, Kind::BdCell, vec![hier]))
}

fn replace(s: &mut Session, args: &Args) -> Outcome {
    let (old, new) = (absolute(s, args.at(0).trim()), absolute(s, args.at(1).trim()));
    let design = current(s)?;
    for members in design.nets.values_mut() {
        for member in members {
            if let Some(rest) = member.strip_prefix(&old).filter(|r| r.starts_with('/')) {
                *member = format!("{new}{rest}");
            }
        }
    }
    if args.flag("preserve_name") {
        delete_path(design, &old);
        rename(design, &new, &old);
    }
    Ok(String::new())
}

fn delete_path(design: &mut BdDesign, path: &str) {
    let hit = |p: &str| p == path || p.strip_prefix(path).is_some_and(|r| r.starts_with('/'));
    design.cells.retain(|p, _| !hit(p));
    design.pins.retain(|p, _| !hit(p));
}

/// Numbers of address arguments: hexadecimal, decimal, or with K, M, G.
fn size(text: &str) -> Option<u64> {
    let text = text.trim();
    if let Some(hex) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        return u64::from_str_radix(&hex.replace('_', ""), 16).ok();
    }
    let unit = match text.chars().last()? {
        'K' | 'k' => 10,
        'M' | 'm' => 20,
        'G' | 'g' => 30,
        _ => return text.parse().ok(),
    };
    text[..text.len() - 1].parse::<u64>().ok()?.checked_shl(unit)
}

fn assign(s: &mut Session, command: &str, args: &Args) -> Outcome {
    let range = args.value("range").and_then(size).unwrap_or(0x1_0000);
    let offset = args.value("offset").and_then(size);
    let (space, slaves) = if command == "create_bd_addr_seg" {
        let words = words(s, args);
        (words.first().cloned().unwrap_or_default(), words.get(1).cloned().into_iter().collect::<Vec<_>>())
    } else {
        let space = args
            .value("target_address_space")
            .map(|t| absolute(s, &list::split_loose(t).join("")))
            .unwrap_or_default();
        (space, words(s, args))
    };
    let design = current(s)?;
    let mut made = Vec::new();
    for slave in slaves {
        let next = design
            .segments
            .iter()
            .filter(|g| g.space == space)
            .map(|g| g.offset + g.range)
            .max()
            .unwrap_or(0x4000_0000);
        // SEG_<cell>_<segment>: the interface between them is not in the name.
        let mut parts = slave.trim_start_matches('/').split('/');
        let (cell, last) = (parts.next().unwrap_or_default(), parts.next_back().unwrap_or("Reg"));
        let name = format!("{space}/SEG_{cell}_{last}");
        design.segments.retain(|g| g.name != name);
        design.segments.push(AddressSegment {
            name: name.clone(),
            space: space.clone(),
            slave,
            offset: offset.unwrap_or(next),
            range,
        });
        made.push(name);
    }
    Ok(query::found(s, Kind::BdAddrSeg, made))
}

fn external(s: &mut Session, command: &str, args: &Args) -> Outcome {
    let interface = command.contains("intf");
    let mut made = Vec::new();
    for pin in words(s, args) {
        let design = current(s)?;
        let like = design.pins.get(&pin).cloned().unwrap_or_default();
        let base = pin.rsplit('/').next().unwrap_or(&pin).to_owned();
        let port = format!("/{base}_0");
        let dir = if like.dir.is_empty() { "IO".to_owned() } else { like.dir.clone() };
        design.pins.insert(port.clone(), BdPin { dir, interface, ..like });
        design.nets.entry(format!("/{base}_0")).or_default().extend([pin, port.clone()]);
        made.push(port);
    }
    Ok(query::found(s, if interface { Kind::BdIntfPort } else { Kind::BdPort }, made))
}

fn automation(s: &mut Session, args: &Args) -> Outcome {
    let rule = args.value("rule").unwrap_or_default().to_owned();
    let objects = words(s, args);
    let design = current(s)?;
    if rule.contains("processing_system7") {
        for port in ["DDR", "FIXED_IO"] {
            design.pins.insert(
                format!("/{port}"),
                BdPin { dir: "Master".into(), interface: true, ..BdPin::default() },
            );
        }
    } else if rule.contains("axi4") || rule.contains("clkrst") {
        // The master's cell gives the interconnect and the reset block their names.
        let config = args.list("config").join(" ");
        let master = config
            .split_whitespace()
            .skip_while(|w| *w != "Master")
            .nth(1)
            .unwrap_or("/ps7_0")
            .trim_start_matches('/')
            .split('/')
            .next()
            .unwrap_or("ps7_0")
            .to_owned();
        for (name, vlnv) in [
            (format!("/{master}_axi_periph"), "xilinx.com:ip:axi_interconnect:2.1"),
            (format!("/rst_{master}_100M"), "xilinx.com:ip:proc_sys_reset:5.0"),
        ] {
            design.cells.entry(name).or_insert_with(|| BdCell { vlnv: vlnv.to_owned(), ..BdCell::default() });
        }
    }
    let _ = objects;
    Ok(String::new())
}

/// The block-design files that words name.
fn bd_files(s: &mut Session, words: &[String]) -> Result<Vec<PathBuf>, Stop> {
    let all: Vec<String> = query::all(s, Kind::File).into_iter().filter(|f| f.ends_with(".bd")).collect();
    let mut out = Vec::new();
    for word in words {
        let hits = all.iter().filter(|f| {
            *f == word
                || util::glob(word, f)
                || f.ends_with(&format!("/{word}"))
                || f.ends_with(&format!("/{word}.bd"))
        });
        out.extend(hits.map(PathBuf::from));
    }
    for path in &out {
        load(s, path)?;
    }
    Ok(out)
}

fn make_wrapper(s: &mut Session, args: &Args) -> Outcome {
    let mut words = args.words_from(0);
    words.extend(args.list("files"));
    let mut out = Vec::new();
    for path in bd_files(s, &words)? {
        let name = path.file_stem().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let release = s.release;
        let p = s.project()?;
        let Some(design) = p.block_designs.iter().find(|d| d.name == name) else { continue };
        let dir = if args.flag("import") {
            p.sub("srcs").join("sources_1/imports/hdl")
        } else {
            generated_dir(p, &name, release).join("hdl")
        };
        let file = dir.join(format!("{name}_wrapper.v"));
        write_file(&file, &design.wrapper())?;
        if args.flag("import") {
            files::insert(s, "sources_1", &file)?;
        }
        out.push(util::text(&file));
    }
    if out.is_empty() {
        return failed("no block design to wrap was found.");
    }
    Ok(Session::names(out))
}

fn generate(s: &mut Session, args: &Args) -> Outcome {
    // `generate_target all objects`: the first word is what to generate.
    let words: Vec<String> = args.words_from(1);
    let paths = bd_files(s, &words)?;
    let release = s.release;
    for path in paths {
        let name = path.file_stem().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        s.info("BD 41-1662", format!("The design '{name}.bd' is already validated. Therefore parameter propagation will not be re-run."));
        containers(s, &name)?;
        let p = s.project()?;
        let dir = generated_dir(p, &name, release);
        let board = p.props.get("BOARD_PART").unwrap_or("").to_owned();
        let part = p.part.clone();
        let Some(design) = p.block_designs.iter().find(|d| d.name == name).cloned() else { continue };
        // What the runs read is the file: it must be what the session holds.
        write_file(&path, &design.text())?;
        let mut made = vec![(
            dir.join("hw_handoff").join(format!("{name}.hwh")),
            hwh::write(&design, &name, &part, &board, release),
        )];
        for (_, variants) in design.containers() {
            for variant in variants {
                if let Some(inner) = p.block_designs.iter().find(|d| d.name == variant) {
                    let own = p.files().find(|(_, f)| util::file_name(&f.path) == format!("{variant}.bd"));
                    if let Some((_, own)) = own {
                        write_file(&own.path, &inner.text())?;
                    }
                    let instance = format!("{variant}_inst_0");
                    let file =
                        dir.join("bd").join(&instance).join("hw_handoff").join(format!("{instance}.hwh"));
                    made.push((file, hwh::write(inner, &instance, &part, &board, release)));
                }
            }
        }
        made.push((
            dir.join("synth").join(format!("{name}.v")),
            format!("// SIMULATED: the netlist of block design {name}\n"),
        ));
        for (file, text) in made {
            write_file(&file, &text)?;
            s.say(format!("Wrote  : <{}> ", file.display()));
        }
        s.info("BD 41-1029", format!("Generation completed for the IP Integrator block {name} ."));
    }
    Ok(String::new())
}

/// Partition definitions and modules of the DFX containers of a design. Names of the definitions are not known publicly.
fn containers(s: &mut Session, name: &str) -> Result<(), Stop> {
    let release = s.release;
    let p = s.project()?;
    let Some(design) = p.block_designs.iter().find(|d| d.name == name).cloned() else { return Ok(()) };
    for (path, variants) in design.containers() {
        if !p.pr_flow() || !design.is_dfx(&path) {
            continue;
        }
        let pd = format!("{name}_{}", path.replace('/', "_"));
        if p.partition_def(&pd).is_none() {
            let mut props = Props::default();
            props.set("IS_BLOCK_CONTAINER_MANAGED", "1");
            let first = format!("{}_inst_0", variants[0]);
            p.partition_defs.push(PartitionDef {
                name: pd.clone(),
                module: first.clone(),
                library: "xil_defaultlib".into(),
                default_rm: first,
                props,
            });
        }
        for variant in variants {
            let rm = format!("{variant}_inst_0");
            if p.module(&rm).is_some() {
                continue;
            }
            let file = p
                .files()
                .find(|(_, f)| util::file_name(&f.path) == format!("{variant}.bd"))
                .map(|(_, f)| f.path.clone());
            let mut set = FileSet::new(&rm, SetKind::Block);
            set.props.set("TOP", rm.clone());
            set.files.extend(file.map(SourceFile::new));
            p.filesets.push(set);
            p.modules.push(ReconfigModule {
                name: rm.clone(),
                partition_def: pd.clone(),
                top: rm.clone(),
                gate_level: false,
                props: Props::default(),
            });
            let synthesis = p.synthesis_run(&format!("{rm}_synth_1"), &rm, &rm, release);
            let implementation =
                p.implementation_run(&format!("{rm}_impl_1"), &format!("{rm}_synth_1"), &rm, release);
            p.runs.extend([synthesis, implementation]);
        }
        p.dirty = true;
    }
    Ok(())
}

fn create_ip(s: &mut Session, args: &Args) -> Outcome {
    let name = args.value("module_name").unwrap_or_default().to_owned();
    let dir = args.value("dir").map(|d| s.path(d));
    let p = s.project()?;
    let dir = dir.unwrap_or_else(|| p.sub("srcs").join("sources_1/ip")).join(&name);
    let path = dir.join(format!("{name}.xci"));
    let part = |n: &str| args.value(n).unwrap_or_default().to_owned();
    let vlnv = args.value("vlnv").map_or_else(
        || [part("vendor"), part("library"), part("name"), part("version")].join(":"),
        str::to_owned,
    );
    write_file(
        &path,
        &format!(
            "{{\n  \"SIMULATED\": true,\n  \"ip_inst\": {{ \"xci_name\": \"{name}\", \"component_reference\": \"{vlnv}\" }}\n}}\n"
        ),
    )?;
    files::insert(s, "sources_1", &path)?;
    Ok(query::found(s, Kind::Ip, vec![name]))
}

fn copy_ip(s: &mut Session, args: &Args) -> Outcome {
    let name = args.value("name").unwrap_or_default().to_owned();
    let p = s.project()?;
    let path = p.sub("srcs").join("sources_1/ip").join(&name).join(format!("{name}.xci"));
    write_file(&path, &format!("{{ \"SIMULATED\": true, \"ip_inst\": {{ \"xci_name\": \"{name}\" }} }}\n"))?;
    files::insert(s, "sources_1", &path)?;
    Ok(query::found(s, Kind::Ip, vec![name]))
}

/// The catalogue is open: an exact VLNV exists, a pattern gives one definition of that shape.
fn ip_definitions(s: &mut Session, args: &Args) -> Outcome {
    let patterns = args.words_from(0);
    let exact = |p: &String| {
        if p.contains(':') {
            p.replace('*', "1.0")
        } else {
            format!("xilinx.com:ip:{}:1.0", p.trim_matches('*'))
        }
    };
    let names: Vec<String> = patterns.iter().map(exact).collect();
    Ok(query::found(s, Kind::IpDef, names))
}

/// Properties of a catalogue entry.
pub(crate) fn definition(name: &str, prop: &str) -> Option<String> {
    let mut parts = name.split(':');
    let (vendor, library, ip, version) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    Some(match prop {
        "VLNV" => name.to_owned(),
        "VENDOR" => vendor.to_owned(),
        "LIBRARY" => library.to_owned(),
        "NAME" | "DISPLAY_NAME" => ip.to_owned(),
        "VERSION" => version.to_owned(),
        _ => return None,
    })
}

/// A property of a block-design object; names are upper case.
pub(crate) fn property(p: &Project, kind: Kind, name: &str, prop: &str) -> Option<String> {
    if kind == Kind::BdDesign {
        return (prop == "FILE_NAME").then(|| format!("{name}.bd"));
    }
    let design = p.block_designs.iter().find(|d| Some(&d.name) == p.current_bd.as_ref())?;
    let local = || name.rsplit('/').next().unwrap_or(name).to_owned();
    Some(match (kind, prop) {
        (_, "NAME") => local(),
        (_, "PATH") => name.to_owned(),
        (Kind::BdCell, "TYPE") if name == "/" => "hier".to_owned(),
        (Kind::BdCell, "VLNV") => design.cells.get(name)?.vlnv.clone(),
        (Kind::BdCell, "TYPE") => match design.cells.get(name)?.kind {
            BdKind::Hier => "hier",
            BdKind::Container => "container",
            BdKind::Module | BdKind::Ip => "ip",
        }
        .to_owned(),
        (Kind::BdCell, "PARENT") => match name.rsplit_once('/') {
            Some((parent, _)) if !parent.is_empty() => parent.to_owned(),
            _ => "/".to_owned(),
        },
        (Kind::BdCell, _) if name == "/" => String::new(),
        (Kind::BdCell, _) => design.cells.get(name)?.props.get(prop)?.to_owned(),
        (Kind::BdAddrSeg, _) => {
            let segment = design.segments.iter().find(|g| g.name == name)?;
            match prop {
                "OFFSET" => format!("0x{:08X}", segment.offset),
                "RANGE" => format!("0x{:08X}", segment.range),
                _ => return None,
            }
        }
        (Kind::BdNet, _) => return None,
        (_, "DIR") => design.pins.get(name)?.dir.clone(),
        (_, "MODE") => design.pins.get(name)?.dir.clone(),
        (_, "LEFT") => design.pins.get(name)?.left?.to_string(),
        (_, "RIGHT") => design.pins.get(name)?.right?.to_string(),
        (_, "TYPE" | "VLNV") => design.pins.get(name)?.kind.clone(),
        _ => design.pins.get(name)?.props.get(prop)?.to_owned(),
    })
}

/// Sets one; renaming a cell or port gives its new path.
pub(crate) fn set(
    s: &mut Session,
    kind: Kind,
    name: &str,
    prop: &str,
    value: &str,
) -> Result<Option<String>, Stop> {
    if kind == Kind::BdDesign {
        return Ok(None);
    }
    let design = current(s)?;
    if prop == "NAME" {
        let to = format!(
            "{}/{}",
            name.rsplit_once('/').map(|(p, _)| p).unwrap_or_default(),
            value.trim_start_matches('/')
        );
        rename(design, name, &to);
        return Ok(Some(to));
    }
    match kind {
        Kind::BdCell => {
            if let Some(cell) = design.cells.get_mut(name) {
                cell.props.set(prop, value);
            }
        }
        Kind::BdAddrSeg => {
            if !design.segments.iter().any(|g| g.name == name) {
                // Assigned automatically: its name tells the space and the slave's cell.
                let (space, seg) = name.rsplit_once('/').unwrap_or(("", name));
                let cell = seg.trim_start_matches("SEG_").rsplit_once('_').map_or(seg, |(c, _)| c);
                design.segments.push(AddressSegment {
                    name: name.to_owned(),
                    space: space.to_owned(),
                    slave: format!("/{cell}"),
                    offset: 0,
                    range: 0x1_0000,
                });
            }
            if let Some(segment) = design.segments.iter_mut().find(|g| g.name == name) {
                match prop {
                    "OFFSET" => segment.offset = size(value).unwrap_or(segment.offset),
                    "RANGE" => segment.range = size(value).unwrap_or(segment.range),
                    _ => {}
                }
            }
        }
        _ => {
            if let Some(pin) = design.pins.get_mut(name) {
                pin.props.set(prop, value);
            }
        }
    }
    Ok(None)
}

/// Adds the modules that a block design stands for, under its own name and those of its container instances.
pub(crate) fn into_library(bd: &Path, library: &mut Library) {
    let Some(design) = BdDesign::read(bd) else { return };
    let stem = bd.file_stem().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let names = std::iter::once(stem.clone()).chain((0..4).map(|i| format!("{stem}_inst_{i}")));
    for name in names {
        for module in design.modules(&util::text(bd), &name) {
            library.entry(module.name.clone()).or_insert(module);
        }
    }
}

/// The hand-off files of a project's block designs.
pub(crate) fn handoffs(p: &Project, release: Release) -> Vec<PathBuf> {
    let names = p.files().filter(|(_, f)| f.extension() == "bd").filter_map(|(_, f)| f.path.file_stem());
    names
        .map(|n| n.to_string_lossy().into_owned())
        .map(|n| generated_dir(p, &n, release).join("hw_handoff").join(format!("{n}.hwh")))
        .filter(|f| f.exists())
        .collect()
}
