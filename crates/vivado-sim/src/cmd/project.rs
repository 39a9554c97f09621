// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Projects: create, open, close, current, save.

use std::path::Path;

use crate::cmd::{files, query};
use crate::disk;
use crate::model::device::Part;
use crate::model::object::Kind;
use crate::model::project::Project;
use crate::model::xpr;
use crate::session::{Outcome, Session, Stop, fail};
use crate::syntax::parse::Args;
use crate::tcl::list;
use crate::util;

/// Checks a part string as every command that takes one does.
pub(crate) fn check_part(s: &mut Session, part: &str, command: &str) -> Result<(), Stop> {
    if Part::read(part).is_some() && !s.fault("part_unknown", command) {
        return Ok(());
    }
    s.warning("Device 21-436", format!("No parts matched '{part}'"));
    fail("Coretcl 2-106", "Specified part could not be found.")
}

pub(crate) fn create_project(s: &mut Session, args: &Args) -> Outcome {
    let in_memory = args.flag("in_memory");
    let name = args.positional.first().cloned().unwrap_or_else(|| "project_1".to_owned());
    if let Some(open) = &s.project {
        let open = open.name.clone();
        return fail(
            "Coretcl 2-99",
            format!(
                "Project {open} is currently open. Please close the project before executing this command"
            ),
        );
    }
    // Without -part Vivado takes a default part of the installation.
    let part = args.value("part").unwrap_or("xc7k70tfbv676-1").to_owned();
    check_part(s, &part, "create_project")?;
    let dir = match args.positional.get(1) {
        Some(dir) => s.path(dir),
        None => s.cwd.clone(),
    };
    let release = s.release;
    let mut project = Project::new(&name, dir, &part, in_memory, release);
    if !in_memory {
        if disk::exists(project.xpr()) || disk::exists(project.sub("runs")) {
            if !args.flag("force") {
                return fail(
                    "Coretcl 2-27",
                    format!("Project '{}' already exists, use -force to overwrite.", project.xpr().display()),
                );
            }
            for what in ["runs", "srcs", "gen", "cache", "hw", "ip_user_files", "sim"] {
                let old = project.sub(what);
                if disk::exists(&old) && disk::remove_dir_all(&old).is_err() {
                    return fail(
                        "Project 1-161",
                        format!(
                            "Failed to remove the directory '{}'. The directory might be in use by some other process.",
                            old.display()
                        ),
                    );
                }
            }
        }
        for what in ["cache", "hw", "ip_user_files"] {
            if let Err(error) = disk::create_dir_all(project.sub(what)) {
                return fail(
                    "Common 17-1294",
                    format!("Unable to create directory [{}]. {error}", project.sub(what).display()),
                );
            }
        }
        let text = xpr::write(&project, release);
        if let Err(error) = disk::write(project.xpr(), text) {
            return fail("Common 17-69", format!("Command failed: {error}"));
        }
        project.dirty = false;
    }
    s.project = Some(project);
    s.registry.note(Kind::Project, &name);
    Ok(name)
}

pub(crate) fn open_project(s: &mut Session, args: &Args) -> Outcome {
    let mut path = s.path(args.at(0));
    if path.extension().is_none() {
        path.set_extension("xpr");
    }
    if let Some(open) = &s.project {
        if open.xpr() == path {
            return fail("Coretcl 2-101", format!("Project '{}' is already open.", path.display()));
        }
        let name = open.name.clone();
        return fail(
            "Coretcl 2-99",
            format!(
                "Project {name} is currently open. Please close the project before executing this command"
            ),
        );
    }
    if !disk::is_file(&path) {
        return fail("Coretcl 2-27", "Can't find specified project.");
    }
    let (project, moved) = match xpr::read(&path, s.release) {
        Ok(read) => read,
        Err(error) => {
            return fail(
                "Common 17-69",
                format!("Command failed: cannot read project '{}': {error}", path.display()),
            );
        }
    };
    if let Some(old) = moved {
        s.info("Project 1-313", format!("Project file moved from '{old}' since last save."));
    }
    let missing: Vec<String> =
        project.files().filter(|(_, f)| !disk::exists(&f.path)).map(|(_, f)| util::text(&f.path)).collect();
    for file in missing {
        s.critical("Project 1-19", format!("Could not find the file '{file}'."));
    }
    let name = project.name.clone();
    if project.read_only {
        s.warning(
            "Sim 1-21",
            format!("Project '{name}' was written by a newer release and is opened read-only."),
        );
    }
    s.project = Some(project);
    s.registry.note(Kind::Project, &name);
    Ok(name)
}

/// [Project 1-228] for a command that would change a read-only project.
pub(crate) fn writable(s: &Session, command: &str) -> Result<(), Stop> {
    let Some(project) = s.project.as_ref().filter(|p| p.read_only) else { return Ok(()) };
    let changes =
        ["add_", "create_", "delete_", "import_", "remove_", "move_", "launch_", "reset_", "set_property"];
    if !changes.iter().any(|c| command.starts_with(c)) || command == "create_project" {
        return Ok(());
    }
    fail("Project 1-228", format!("Project '{}' is read-only", project.name))
}

pub(crate) fn close_project(s: &mut Session) -> Outcome {
    if std::mem::take(&mut s.verified) && s.project.is_none() {
        return Ok(String::new());
    }
    s.project()?;
    save(s);
    s.project = None;
    s.designs.clear();
    s.current_design = 0;
    Ok(String::new())
}

/// Writes the .xpr when something changed. Vivado saves project changes as they are made; here after each command.
pub(crate) fn save(s: &mut Session) {
    let release = s.release;
    let Some(project) = &mut s.project else { return };
    if project.in_memory || project.read_only || !project.dirty {
        return;
    }
    project.dirty = false;
    let text = xpr::write(project, release);
    let path = project.xpr();
    let temporary = path.with_extension("xpr.tmp");
    let written = disk::write(&temporary, text).and_then(|()| disk::rename(&temporary, &path));
    if let Err(error) = written {
        s.critical("Sim 1-20", format!("the project file could not be written: {error}"));
    }
}

pub(crate) fn current_project(s: &mut Session) -> Outcome {
    let name = s.project()?.name.clone();
    Ok(query::found(s, Kind::Project, vec![name]))
}

pub(crate) fn save_project_as(s: &mut Session, args: &Args) -> Outcome {
    let name = args.at(0).to_owned();
    let dir = if args.at(1).is_empty() { s.cwd.clone() } else { s.path(args.at(1)) };
    if let Err(error) = disk::create_dir_all(&dir) {
        return fail("Common 17-69", format!("Command failed: {error}"));
    }
    let release = s.release;
    let p = s.project()?;
    name.clone_into(&mut p.name);
    p.dir = dir;
    if p.in_memory {
        p.in_memory = false;
        let synthesis = p.synthesis_run("synth_1", "sources_1", "constrs_1", release);
        let implementation = p.implementation_run("impl_1", "synth_1", "constrs_1", release);
        p.runs.extend([synthesis, implementation]);
    }
    p.dirty = true;
    s.registry.note(Kind::Project, &name);
    Ok(name)
}

pub(crate) fn set_part(s: &mut Session, args: &Args) -> Outcome {
    let part = args.at(0).to_owned();
    check_part(s, &part, "set_part")?;
    if s.project.is_none() {
        let release = s.release;
        let dir = s.cwd.clone();
        s.project = Some(Project::new("project_1", dir, &part, true, release));
    }
    let p = s.project()?;
    p.part.clone_from(&part);
    p.dirty = true;
    Ok(part)
}

/// Whether a path is writable as an output: its directory must be there ([Common 17-37]).
pub(crate) fn check_directory(s: &Session, path: &Path) -> Result<(), Stop> {
    if path.parent().is_some_and(disk::is_dir) {
        return Ok(());
    }
    fail("Common 17-37", s.no_directory(path))
}

/// find_top: the top of a fileset, with `-return_file_paths` the file it is in as well.
pub(crate) fn find_top(s: &mut Session, args: &Args) -> Outcome {
    let name = args.value("fileset").unwrap_or("sources_1").to_owned();
    let p = s.project()?;
    let Some(set) = p.fileset(&name) else {
        return fail("Common 17-69", format!("Command failed: fileset '{name}' does not exist."));
    };
    let Some(top) = files::top_of(p, set) else { return Ok(String::new()) };
    let mut out = vec![top.clone()];
    if args.flag("return_file_paths") {
        let library = files::library(set, "synthesis").unwrap_or_default();
        out.extend(library.get(&top).map(|m| m.file.clone()));
    }
    Ok(list::join(out))
}

/// list_targets: what generate_target makes of block designs and IP.
pub(crate) fn list_targets(s: &mut Session, args: &Args) -> Outcome {
    let words = args.words_from(0);
    let of = |ending: &str| words.iter().any(|w| w.ends_with(ending));
    s.project()?;
    Ok(if of(".bd") {
        "synthesis simulation implementation hw_handoff"
    } else if of(".xci") {
        "instantiation_template synthesis simulation implementation change_log"
    } else {
        ""
    }
    .to_owned())
}
