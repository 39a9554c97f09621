// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! IP: opaque configured objects with an `.xci`, their output products, out-of-context runs and checkpoints.
//!
//! What is inside an IP is not known: its products are a stub module of its name, its checkpoint holds no ports.

mod catalog;
mod package;
mod xci;

pub(crate) use self::catalog::{complete, definition, definitions};
pub(crate) use self::package::ipx;
pub(crate) use self::xci::read;
use self::xci::xci;

use std::path::{Path, PathBuf};

use crate::artifacts::dcp;
use crate::cmd::{files, query};
use crate::disk;
use crate::model::bd::{BdDesign, BdKind};
use crate::model::design::{Design, Stage};
use crate::model::object::Kind;
use crate::model::project::{FileSet, Project, SetKind, SourceFile};
use crate::model::props::Props;
use crate::release::Release;
use crate::session::{Outcome, Session, Stop, fail};
use crate::syntax::parse::Args;
use crate::util;

fn failed<T>(text: impl AsRef<str>) -> Result<T, Stop> {
    fail("Common 17-69", format!("Command failed: {}", text.as_ref()))
}

fn write(path: &Path, text: impl AsRef<[u8]>) -> Result<(), Stop> {
    let made = path.parent().map_or(Ok(()), disk::create_dir_all).and_then(|()| disk::write(path, text));
    made.or_else(|error| failed(error.to_string()))
}

/// The files of instances that words name: instance names, `.xci` paths, patterns.
fn instances(s: &Session, words: &[String]) -> Vec<PathBuf> {
    let Some(p) = &s.project else { return Vec::new() };
    let stem = |f: &Path| f.file_stem().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let mut out: Vec<PathBuf> = Vec::new();
    for (_, file) in p.files().filter(|(_, f)| f.extension() == "xci") {
        let (path, name) = (util::text(&file.path), stem(&file.path));
        let hit = |w: &String| *w == path || util::glob(w, &name) || path.ends_with(&format!("/{w}"));
        if words.iter().any(hit) && !out.contains(&file.path) {
            out.push(file.path.clone());
        }
    }
    out
}

fn local(path: &Path) -> String {
    path.file_stem().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Names of the instances within a block design: `<design>_<cell>_0`, counted up where cells share a name.
pub(crate) fn inside(design: &BdDesign) -> Vec<(String, String)> {
    let mut out: Vec<(String, String)> = Vec::new();
    for (path, cell) in design.cells.iter().filter(|(_, c)| c.kind == BdKind::Ip) {
        let leaf = path.rsplit('/').next().unwrap_or(path);
        let mut number = 0;
        while out.iter().any(|(n, _)| *n == format!("{}_{leaf}_{number}", design.name)) {
            number += 1;
        }
        out.push((format!("{}_{leaf}_{number}", design.name), cell.vlnv.clone()));
    }
    out
}

pub(crate) fn create(s: &mut Session, args: &Args) -> Outcome {
    let name = args.value("module_name").unwrap_or_default().to_owned();
    if name.is_empty() {
        return fail(
            "Common 17-163",
            "Missing value for option 'module_name', please type 'create_ip -help' for usage info.",
        );
    }
    if !instances(s, std::slice::from_ref(&name)).is_empty() {
        return failed(format!("IP '{name}' already exists in the project."));
    }
    let dir = args.value("dir").map(|d| s.path(d));
    if let Some(dir) = dir.as_ref().filter(|d| !disk::is_dir(d)) {
        return failed(format!("The directory '{}' does not exist.", dir.display()));
    }
    let part = |n: &str| args.value(n).unwrap_or_default().to_owned();
    let vlnv = args.value("vlnv").map_or_else(
        || {
            let vendor = if part("vendor").is_empty() { "xilinx.com".to_owned() } else { part("vendor") };
            let library = if part("library").is_empty() { "ip".to_owned() } else { part("library") };
            [vendor, library, part("name"), part("version")].join(":")
        },
        str::to_owned,
    );
    let vlnv = complete(s, vlnv.trim_end_matches(':'));
    files::implicit_project(s);
    let p = s.project()?;
    let dir = dir.unwrap_or_else(|| p.sub("srcs").join("sources_1/ip")).join(&name);
    let path = dir.join(format!("{name}.xci"));
    write(&path, xci(&name, &vlnv, &Props::default()))?;
    files::insert(s, "sources_1", &path)?;
    if let Some(file) = s.project()?.file_mut(&path) {
        file.props.set("IPDEF", vlnv);
    }
    Ok(query::found(s, Kind::Ip, vec![name]))
}

pub(crate) fn copy(s: &mut Session, args: &Args) -> Outcome {
    let name = args.value("name").unwrap_or_default().to_owned();
    let from = instances(s, &args.words_from(0)).into_iter().next();
    let dir = args.value("dir").map(|d| s.path(d));
    let p = s.project()?;
    let props = from.and_then(|f| p.file_mut(&f).map(|f| f.props.clone())).unwrap_or_default();
    let dir = dir.unwrap_or_else(|| p.sub("srcs").join("sources_1/ip"));
    let path = dir.join(&name).join(format!("{name}.xci"));
    write(&path, xci(&name, props.get("IPDEF").unwrap_or(""), &props))?;
    files::insert(s, "sources_1", &path)?;
    if let Some(file) = s.project()?.file_mut(&path) {
        file.props = props;
    }
    Ok(query::found(s, Kind::Ip, vec![name]))
}

/// Writes the `.xci` again after its parameters changed.
pub(crate) fn refresh(s: &mut Session, name: &str) -> Result<(), Stop> {
    for path in instances(s, &[name.to_owned()]).into_iter().filter(|p| local(p) == name) {
        let Some(file) = s.project()?.file_mut(&path) else { continue };
        // Only what the stand-in made is written anew: an .xci of the user's stays as it is.
        let own = disk::read_to_string(&path).is_ok_and(|t| t.contains("written by vivado-sim"));
        if own {
            let text = xci(name, file.props.get("IPDEF").unwrap_or(""), &file.props);
            write(&path, text)?;
        }
    }
    Ok(())
}

/// Where the output products of an instance go: beside the `.xci`, from 2020.2 in `.gen` when that is in `.srcs`.
fn products(p: &Project, xci: &Path, release: Release) -> PathBuf {
    let dir = xci.parent().unwrap_or(xci).to_path_buf();
    match dir.strip_prefix(p.sub("srcs")) {
        Ok(inside) if release.has_gen() => p.sub("gen").join(inside),
        _ => dir,
    }
}

fn stub(name: &str, vlnv: &str) -> String {
    format!("// SIMULATED: stands for {vlnv}\n(* black_box *)\nmodule {name} ();\nendmodule\n")
}

/// The instantiation templates and the stub of `generate_target`.
fn produce(dir: &Path, name: &str, vlnv: &str) -> Result<(), Stop> {
    write(&dir.join(format!("{name}.veo")), format!("// SIMULATED\n{name} your_instance_name ();\n"))?;
    write(&dir.join(format!("{name}.vho")), format!("-- SIMULATED\nyour_instance_name : {name};\n"))?;
    write(&dir.join("synth").join(format!("{name}.v")), stub(name, vlnv))
}

/// `generate_target` on instances: their output products.
pub(crate) fn generate(s: &mut Session, words: &[String]) -> Result<usize, Stop> {
    let release = s.release;
    let found = instances(s, words);
    for path in &found {
        let name = local(path);
        let p = s.project()?;
        let dir = products(p, path, release);
        let vlnv = p.file_mut(path).and_then(|f| f.props.get("IPDEF").map(str::to_owned)).unwrap_or_default();
        produce(&dir, &name, &vlnv)?;
        s.info("IP_Flow 19-1686", format!("Generating 'Synthesis' target for IP '{name}'..."));
    }
    Ok(found.len())
}

/// The instances of a block design get their products with it.
pub(crate) fn generate_inside(s: &mut Session, design: &BdDesign, dir: &Path) -> Result<(), Stop> {
    for (name, vlnv) in inside(design) {
        let home = dir.join("ip").join(&name);
        write(&home.join(format!("{name}.xci")), xci(&name, &vlnv, &Props::default()))?;
        write(&home.join("synth").join(format!("{name}.v")), stub(&name, &vlnv))?;
        s.registry.note(Kind::Ip, &name);
    }
    Ok(())
}

/// `create_ip_run` on `.xci` files, instances, or block designs (one run for each IP in them).
pub(crate) fn create_run(s: &mut Session, args: &Args) -> Outcome {
    let words = args.words_from(0);
    let release = s.release;
    let mut wanted: Vec<(String, PathBuf)> = Vec::new();
    for path in instances(s, &words) {
        let dir = products(s.project()?, &path, release);
        wanted.push((local(&path), dir));
    }
    for path in crate::cmd::bd::bd_files(s, &words)? {
        let p = s.project()?;
        let stem = local(&path);
        let dir = p.sub(if release.has_gen() { "gen" } else { "srcs" }).join("sources_1/bd").join(&stem);
        let Some(design) = p.block_designs.iter().find(|d| d.name == stem) else { continue };
        wanted.extend(inside(design).into_iter().map(|(n, _)| (n.clone(), dir.join("ip").join(n))));
    }
    let mut made = Vec::new();
    for (name, dir) in wanted {
        let run = format!("{name}_synth_1");
        if s.project()?.run(&run).is_some() {
            continue;
        }
        let source = dir.join("synth").join(format!("{name}.v"));
        if !disk::is_file(&source) {
            write(&source, stub(&name, ""))?;
        }
        let p = s.project()?;
        if p.fileset(&name).is_none() {
            let mut set = FileSet::new(&name, SetKind::Block);
            set.props.set("TOP", name.clone());
            set.files.push(SourceFile::new(source));
            p.filesets.push(set);
        }
        let new = p.synthesis_run(&run, &name, &name, release);
        p.runs.push(new);
        p.dirty = true;
        made.push(run);
    }
    Ok(query::found(s, Kind::Run, made))
}

pub(crate) fn delete_run(s: &mut Session, args: &Args) -> Outcome {
    let words = args.words_from(0);
    let mut names: Vec<String> = instances(s, &words).iter().map(|p| local(p)).collect();
    for path in crate::cmd::bd::bd_files(s, &words)? {
        let stem = local(&path);
        let design = s.project()?.block_designs.iter().find(|d| d.name == stem).cloned();
        names.extend(design.iter().flat_map(inside).map(|(n, _)| n));
    }
    for name in names {
        let run = format!("{name}_synth_1");
        crate::run::launch::reset(s, &run);
        let p = s.project()?;
        p.runs.retain(|r| r.name != run);
        p.filesets.retain(|f| f.kind != SetKind::Block || f.name != name);
        p.dirty = true;
    }
    Ok(String::new())
}

/// `synth_ip`: the products, and a checkpoint beside them.
pub(crate) fn synthesize(s: &mut Session, args: &Args) -> Outcome {
    let words = args.words_from(0);
    if generate(s, &words)? == 0 && !words.is_empty() {
        return failed(format!("'{}' is no IP of the project.", words.join(" ")));
    }
    let release = s.release;
    for path in instances(s, &words) {
        let name = local(&path);
        let p = s.project()?;
        let dir = products(p, &path, release);
        let design = Design {
            release: release.name.to_owned(),
            build: release.build.to_owned(),
            part: p.part.clone(),
            top: name.clone(),
            out_of_context: true,
            stage: Stage::Synthesized,
            netlist: util::digest(&[disk::read_to_string(&path).unwrap_or_default()]),
            weight: 20,
            ..Design::default()
        };
        let file = dir.join(format!("{name}.dcp"));
        if let Err(error) = dcp::write(&file, &design, release, &s.settings.hostname) {
            return failed(error.to_string());
        }
        write(&dir.join(format!("{name}_stub.v")), stub(&name, ""))?;
        write(&dir.join(format!("{name}_sim_netlist.v")), stub(&name, ""))?;
        s.info("Coretcl 2-1174", format!("Renamed 1 cell refs: '{name}'"));
    }
    Ok(String::new())
}

/// `upgrade_ip`: every instance is of the running release; the given ones are named.
pub(crate) fn upgrade(s: &mut Session, args: &Args) -> Outcome {
    let words = args.words_from(0);
    let names: Vec<String> = instances(s, &words).iter().map(|p| local(p)).collect();
    for name in &names {
        s.info("IP_Flow 19-3420", format!("Updated {name} to use current project options"));
    }
    Ok(query::found(s, Kind::Ip, names))
}
