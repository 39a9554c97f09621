// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Files in filesets: add, read, import, move, remove, compile order; and the modules that they hold.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use dfxkit_hdl::{Context, Language, Library, SyntaxError};

use crate::artifacts::dcp;
use crate::cmd::query;
use crate::disk;
use crate::model::object::Kind;
use crate::model::project::{FileSet, Project, SetKind, SourceFile};
use crate::session::{Outcome, Session, Stop, fail};
use crate::syntax::parse::Args;
use crate::tcl::list;
use crate::util;

/// Which fileset a command means: -fileset, -of_objects, or the one that suits the file.
fn target(s: &mut Session, args: &Args, default: &str) -> Result<String, Stop> {
    let given =
        args.value("fileset").map(str::to_owned).or_else(|| args.list("of_objects").into_iter().next());
    let p = s.project()?;
    match given {
        Some(name) if p.fileset(&name).is_some() => Ok(name),
        Some(name) => fail("Common 17-69", format!("Command failed: fileset '{name}' does not exist.")),
        None => Ok(default.to_owned()),
    }
}

/// The fileset for a file without a named one: constraints go to the constraint set.
fn natural(p: &Project, path: &Path) -> String {
    let end = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
    let kind = if matches!(end.as_str(), "xdc" | "sdc") { SetKind::Constraints } else { SetKind::Design };
    let default = if kind == SetKind::Constraints { "constrs_1" } else { "sources_1" };
    p.filesets
        .iter()
        .find(|f| f.kind == kind && f.name == default)
        .or_else(|| p.filesets.iter().find(|f| f.kind == kind))
        .map_or_else(|| default.to_owned(), |f| f.name.clone())
}

/// Adding or reading files without a project starts one in memory, as the non-project flow does.
pub(crate) fn implicit_project(s: &mut Session) {
    if s.project.is_none() {
        let (release, dir) = (s.release, s.cwd.clone());
        s.project = Some(Project::new("project_1", dir, "", true, release));
    }
}

pub(crate) fn add_files(s: &mut Session, args: &Args) -> Outcome {
    implicit_project(s);
    let words = file_words(s, args);
    add(s, args, &words, true).map(|paths| Session::names(&paths))
}

/// The file arguments; a single word that names a file stays whole even with blanks in it.
fn file_words(s: &Session, args: &Args) -> Vec<String> {
    args.positional
        .iter()
        .flat_map(|w| if disk::exists(s.path(w)) { vec![w.clone()] } else { list::split_loose(w) })
        .collect()
}

fn add(s: &mut Session, args: &Args, words: &[String], recurse: bool) -> Result<Vec<String>, Stop> {
    let mut paths = Vec::new();
    for word in words {
        let path = s.path(word);
        if disk::is_dir(&path) {
            if recurse {
                walk(&path, args.flag("norecurse"), &mut paths);
            }
        } else if disk::is_file(&path) {
            paths.push(path);
        } else {
            s.error("Vivado 12-172", format!("File or Directory '{}' does not exist", path.display()));
            return s.earlier("add_files");
        }
    }
    let mut added = Vec::new();
    for path in paths {
        let default = natural(s.project()?, &path);
        let set = target(s, args, &default)?;
        if insert(s, &set, &path)? {
            added.push(util::text(&path));
        }
    }
    for path in &added {
        s.registry.note(Kind::File, path);
    }
    Ok(added)
}

fn walk(dir: &Path, flat: bool, out: &mut Vec<PathBuf>) {
    const KNOWN: [&str; 14] =
        ["v", "sv", "vh", "svh", "vhd", "vhdl", "xdc", "xci", "bd", "dcp", "edf", "edn", "mem", "coe"];
    let Ok(entries) = disk::read_dir(dir) else { return };
    for path in entries {
        if disk::is_dir(&path) {
            if !flat {
                walk(&path, flat, out);
            }
        } else if path
            .extension()
            .is_some_and(|e| KNOWN.contains(&e.to_string_lossy().to_lowercase().as_str()))
        {
            out.push(path);
        }
    }
}

/// Puts a file into a fileset; false when it is there already.
pub(crate) fn insert(s: &mut Session, set: &str, path: &Path) -> Result<bool, Stop> {
    let p = s.project()?;
    let Some(fileset) = p.fileset_mut(set) else {
        return fail("Common 17-69", format!("Command failed: fileset '{set}' does not exist."));
    };
    if fileset.files.iter().any(|f| f.path == path) {
        s.warning(
            "filemgmt 56-12",
            format!("File '{}' cannot be added to the project because it already exists in the project, skipping this file", path.display()),
        );
        return Ok(false);
    }
    let mut file = SourceFile::new(path.to_path_buf());
    if file.extension() == "xci" {
        file.props.extend(crate::cmd::ip::read(path));
    }
    fileset.files.push(file);
    p.dirty = true;
    Ok(true)
}

/// read_verilog, read_vhdl, read_edif, read_ip, read_bd, read_mem: like add_files, with their own message for a missing file.
pub(crate) fn read(s: &mut Session, command: &str, args: &Args) -> Outcome {
    let words = file_words(s, args);
    implicit_project(s);
    for word in &words {
        let path = s.path(word);
        if !disk::is_file(&path) {
            s.error("Runs 36-287", format!("File does not exist or is not accessible:'{}'", path.display()));
            return s.earlier(command);
        }
    }
    let paths = add(s, args, &words, false)?;
    for path in &paths {
        if let Some(file) = s.project()?.file_mut(Path::new(path)) {
            if let Some(library) = args.value("library") {
                file.props.set("LIBRARY", library);
            }
            if command == "read_verilog" && args.flag("sv") {
                file.props.set("FILE_TYPE", "SystemVerilog");
            }
            if args.flag("vhdl2008") {
                file.props.set("FILE_TYPE", "VHDL 2008");
            }
        }
    }
    Ok(Session::names(&paths))
}

pub(crate) fn import_files(s: &mut Session, args: &Args) -> Outcome {
    let words = file_words(s, args);
    if words.is_empty() {
        return import_all(s, args);
    }
    let mut out = Vec::new();
    for word in &words {
        let from = s.path(word);
        if !disk::is_file(&from) {
            s.error("Vivado 12-172", format!("File or Directory '{}' does not exist", from.display()));
            return s.earlier("import_files");
        }
        let default = natural(s.project()?, &from);
        let set = target(s, args, &default)?;
        let home = s.project()?.sub("srcs").join(&set);
        let stem = from.file_stem().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        // Block designs and IP have folders of their own names, other files keep that of where they were.
        let folder = match from.extension().and_then(|e| e.to_str()) {
            Some("bd") => home.join("bd").join(stem),
            Some("xci") => home.join("ip").join(stem),
            _ => home.join("imports").join(from.parent().map(util::file_name).unwrap_or_default()),
        };
        let to = folder.join(util::file_name(&from));
        let copied = to.parent().map_or(Ok(()), disk::create_dir_all).and_then(|()| disk::copy(&from, &to));
        if let Err(error) = copied {
            return fail("Common 17-69", format!("Command failed: {error}"));
        }
        if s.project()?.file_mut(&to).is_none() {
            insert(s, &set, &to)?;
        }
        out.push(util::text(&to));
    }
    Ok(query::found(s, Kind::File, out))
}

/// `import_files` alone copies every file of the fileset that lies outside the project into it.
fn import_all(s: &mut Session, args: &Args) -> Outcome {
    let set = target(s, args, "sources_1")?;
    let p = s.project()?;
    let inside = p.sub("srcs").join(&set).join("imports");
    let home = p.dir.clone();
    let mut out = Vec::new();
    for file in
        p.fileset_mut(&set).into_iter().flat_map(|f| &mut f.files).filter(|f| !f.path.starts_with(&home))
    {
        let to = inside
            .join(file.path.parent().map(util::file_name).unwrap_or_default())
            .join(util::file_name(&file.path));
        let copied =
            to.parent().map_or(Ok(()), disk::create_dir_all).and_then(|()| disk::copy(&file.path, &to));
        if let Err(error) = copied {
            return fail("Common 17-69", format!("Command failed: {error}"));
        }
        file.path.clone_from(&to);
        out.push(util::text(&to));
    }
    p.dirty = true;
    Ok(query::found(s, Kind::File, out))
}

/// The files that words mean: objects, names, patterns.
fn named(s: &Session, words: &[String]) -> Vec<PathBuf> {
    let all = query::all(s, Kind::File);
    let mut out = Vec::new();
    for word in words {
        let full = util::text(&s.path(word));
        out.extend(
            all.iter()
                .filter(|f| {
                    **f == *word || **f == full || util::glob(word, f) || f.ends_with(&format!("/{word}"))
                })
                .map(PathBuf::from),
        );
    }
    out
}

pub(crate) fn remove_files(s: &mut Session, args: &Args) -> Outcome {
    let paths = named(s, &file_words(s, args));
    let only = args.value("fileset").map(str::to_owned);
    let p = s.project()?;
    for set in &mut p.filesets {
        if only.as_ref().is_none_or(|o| *o == set.name) {
            set.files.retain(|f| !paths.contains(&f.path));
        }
    }
    p.dirty = true;
    Ok(String::new())
}

pub(crate) fn move_files(s: &mut Session, args: &Args) -> Outcome {
    let paths = named(s, &file_words(s, args));
    let to = target(s, args, "sources_1")?;
    let p = s.project()?;
    for path in &paths {
        let mut taken = None;
        for set in &mut p.filesets {
            if let Some(at) = set.files.iter().position(|f| f.path == *path) {
                taken = Some(set.files.remove(at));
                break;
            }
        }
        if let (Some(file), Some(set)) = (taken, p.fileset_mut(&to)) {
            set.files.push(file);
        }
    }
    p.dirty = true;
    Ok(query::found(s, Kind::File, paths.iter().map(|p| util::text(p)).collect()))
}

/// The modules of the enabled HDL files of a fileset.
pub(crate) fn library(set: &FileSet, step: &str) -> Result<Library, SyntaxError> {
    let defines: Vec<(String, String)> = list::split_loose(set.props.get("VERILOG_DEFINE").unwrap_or(""))
        .iter()
        .map(|d| d.split_once('=').map_or((d.clone(), String::new()), |(n, v)| (n.to_owned(), v.to_owned())))
        .collect();
    let folders: Vec<PathBuf> = list::split_loose(set.props.get("INCLUDE_DIRS").unwrap_or(""))
        .into_iter()
        .map(PathBuf::from)
        .chain(set.files.iter().filter_map(|f| f.path.parent().map(Path::to_path_buf)))
        .collect();
    let mut library = Library::new();
    for file in set.files.iter().filter(|f| f.is_hdl() && f.enabled() && f.used_in(step)) {
        // A file that went away is told by the commands that need it; here it holds no modules.
        let Ok(bytes) = disk::read(&file.path) else { continue };
        let name = util::text(&file.path);
        let Some(language) = Language::of_path(&name) else { continue };
        let include = |name: &str, from: &str| {
            let own = Path::new(from).parent().map(Path::to_path_buf);
            own.iter().chain(&folders).find_map(|dir| {
                let path = dir.join(name);
                disk::read_to_string(&path).ok().map(|text| (util::text(&path), text))
            })
        };
        let context = Context { defines: &defines, include: &include, elsewhere: &[] };
        let mut unit = dfxkit_hdl::read(&name, &String::from_utf8_lossy(&bytes), language, &context);
        if !unit.faults.is_empty() {
            return Err(unit.faults.swap_remove(0));
        }
        library.add(unit);
    }
    Ok(library)
}

/// The top of a fileset: as set, else the module of the first file that nothing instantiates.
pub(crate) fn top_of(p: &Project, set: &FileSet) -> Option<String> {
    if let Some(top) = set.top() {
        return Some(top.to_owned());
    }
    if let Some(module) = p.module(&set.name) {
        return Some(module.top.clone());
    }
    let library = library(set, "synthesis").ok()?;
    if library.is_empty() {
        // A project of netlists: the checkpoint that is for no cell in particular.
        let whole = |f: &&SourceFile| {
            f.extension() == "dcp" && f.props.get("SCOPED_TO_CELLS").is_none_or(str::is_empty)
        };
        let designs = set.files.iter().filter(whole).filter_map(|f| dcp::read(&f.path).ok());
        return designs.min_by_key(|d| d.out_of_context).map(|d| d.top);
    }
    let mut used = BTreeSet::new();
    for module in library.modules() {
        used.extend(library.instantiated(module));
    }
    // VHDL names its entities in any case.
    let named = |name: &str| used.iter().filter_map(|u| library.get(u)).any(|m| m.name == name);
    let free: Vec<_> = library.modules().filter(|m| !named(&m.name)).collect();
    // Among several free modules the one with the most below it is the design.
    free.into_iter().max_by_key(|m| library.size(m)).map(|m| m.name.clone())
}

/// update_compile_order: fixes the top of a fileset that has none.
pub(crate) fn update_compile_order(s: &mut Session, args: &Args) -> Outcome {
    let name = args.value("fileset").unwrap_or("sources_1").to_owned();
    let p = s.project()?;
    let Some(set) = p.fileset(&name) else {
        return fail("Common 17-69", format!("Command failed: fileset '{name}' does not exist."));
    };
    let top = top_of(p, set);
    if let (Some(top), Some(set)) = (top, p.fileset_mut(&name)) {
        set.props.set("TOP", top);
        p.dirty = true;
    }
    Ok(String::new())
}

pub(crate) fn create_fileset(s: &mut Session, args: &Args) -> Outcome {
    let name = args.at(0).to_owned();
    let kind = if args.flag("constrset") {
        SetKind::Constraints
    } else if args.flag("simset") {
        SetKind::Simulation
    } else if args.flag("blockset") {
        SetKind::Block
    } else {
        SetKind::Design
    };
    let p = s.project()?;
    if p.fileset(&name).is_some() {
        return fail("Common 17-69", format!("Command failed: fileset '{name}' already exists."));
    }
    p.filesets.push(FileSet::new(&name, kind));
    p.dirty = true;
    Ok(query::found(s, Kind::Fileset, vec![name]))
}

pub(crate) fn delete_fileset(s: &mut Session, args: &Args) -> Outcome {
    let names = args.words_from(0);
    let p = s.project()?;
    p.filesets.retain(|f| !names.contains(&f.name));
    p.dirty = true;
    Ok(String::new())
}

pub(crate) fn current_fileset(s: &mut Session, args: &Args) -> Outcome {
    let kind = if args.flag("constrset") {
        SetKind::Constraints
    } else if args.flag("simset") {
        SetKind::Simulation
    } else {
        SetKind::Design
    };
    let asked = args.words_from(0);
    let p = s.project()?;
    let name = asked
        .first()
        .and_then(|a| p.fileset(a))
        .or_else(|| p.filesets.iter().find(|f| f.kind == kind))
        .map(|f| f.name.clone());
    Ok(query::found(s, Kind::Fileset, name.into_iter().collect()))
}
