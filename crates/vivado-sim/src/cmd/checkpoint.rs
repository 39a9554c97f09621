// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! open_checkpoint, read_checkpoint, write_checkpoint, write_abstract_shell.

use std::path::{Path, PathBuf};

use crate::artifacts::dcp;
use crate::cmd::{link, project, query, verify};
use crate::disk;
use crate::model::design::{Design, Stage};
use crate::model::device::{Family, Part};
use crate::model::object::Kind;
use crate::model::project::Project;
use crate::session::{Outcome, Session, Stop, fail};
use crate::syntax::parse::Args;
use crate::util;

/// The lines of reading a whole checkpoint.
pub(crate) fn announce(s: &mut Session, path: &Path) {
    s.info("Project 1-570", "Preparing netlist for logic optimization");
    s.info("Timing 38-478", "Restoring timing data from binary archive.");
    s.info("Timing 38-479", "Binary timing data restore complete.");
    s.info("Project 1-856", "Restoring constraints from binary archive.");
    s.info("Project 1-853", "Binary constraint restore complete.");
    if let Ok(design) = dcp::read(path) {
        link::told(s, &design);
    }
}

pub(crate) fn open_checkpoint(s: &mut Session, args: &Args) -> Outcome {
    let shown = args.at(0).to_owned();
    let path = with_end(s.path(&shown), "dcp");
    let line = args.command_line("open_checkpoint");
    s.command_line(&line);
    s.common_faults("open_checkpoint")?;
    let design = link::load(s, &path, &shown)?;
    s.say("\nStarting open_checkpoint Task\n");
    announce(s, &path);
    s.say(format!(
        "OpenCheckpoint Checksum | Checksum: {}",
        crate::cmd::transcript::checksum(&design.content_digest())
    ));
    if s.project.is_none() {
        let (release, dir) = (s.release, s.cwd.clone());
        s.project = Some(Project::new("checkpoint", dir, &design.part, true, release));
    }
    let name = design.name.clone();
    s.add_design(design);
    s.completed("open_checkpoint", 8.0);
    Ok(query::found(s, Kind::Design, vec![name]))
}

fn with_end(path: PathBuf, end: &str) -> PathBuf {
    if path.extension().is_some_and(|e| e == end) || disk::exists(&path) {
        return path;
    }
    let mut name = path.into_os_string();
    name.push(format!(".{end}"));
    PathBuf::from(name)
}

pub(crate) fn read_checkpoint(s: &mut Session, args: &Args) -> Outcome {
    let line = args.command_line("read_checkpoint");
    if args.flag("auto_incremental") || args.has("incremental") {
        s.command_line(&line);
        let file = args.value("incremental").unwrap_or(args.at(0)).to_owned();
        s.info("Vivado 12-5825", format!("Read reference checkpoint from {file} for incremental synthesis"));
        s.info("Vivado 12-7989", "Please ensure there are no constraint changes");
        return Ok(String::new());
    }
    let shown = args.at(0).to_owned();
    let path = with_end(s.path(&shown), "dcp");
    s.common_faults("read_checkpoint")?;
    let module = link::load(s, &path, &shown)?;
    let Some(cell) = args.value("cell").map(str::to_owned) else {
        // Without -cell it adds the file to the project, as read_edif does.
        return crate::cmd::files::read(s, "read_checkpoint", args);
    };
    s.command_line(&line);
    let Some(found) = s.design()?.cells.get(&cell) else {
        return fail("Common 17-69", format!("Command failed: Cell '{cell}' was not found."));
    };
    if !found.black_box {
        return fail(
            "Project 1-257",
            format!("Command is only supported on a black-box instance. Cell '{cell}' is not a black-box."),
        );
    }
    s.info("Project 1-454", format!("Reading design checkpoint '{}' for cell '{cell}'", path.display()));
    let at = s.current_design;
    let mut design = s.designs.remove(at);
    let outcome = link::fill(s, &mut design, &cell, &module, &path);
    design.stage = design.stage.min(Stage::Linked);
    s.designs.insert(at, design);
    outcome?;
    Ok(String::new())
}

/// A design of one cell's content, as `write_checkpoint -cell` makes it.
fn cell_design(design: &Design, path: &str) -> Option<Design> {
    let cell = design.cells.get(path)?;
    let below = format!("{path}/");
    Some(Design {
        release: design.release.clone(),
        build: design.build.clone(),
        part: design.part.clone(),
        board_part: design.board_part.clone(),
        top: cell.module.clone(),
        out_of_context: true,
        ports: cell.ports.clone(),
        cells: design
            .cells
            .iter()
            .filter_map(|(p, c)| p.strip_prefix(&below).map(|p| (p.to_owned(), c.clone())))
            .collect(),
        stage: design.stage,
        netlist: cell.content.clone().unwrap_or_else(|| {
            if cell.grey_box { "greybox".to_owned() } else { util::digest(&[cell.module.as_str()]) }
        }),
        weight: cell.weight,
        seed: design.seed.clone(),
        cell_checkpoint: true,
        ..Design::default()
    })
}

/// Saves `design`, with the checks and the lines of write_checkpoint.
pub(crate) fn save(s: &mut Session, design: &Design, path: &Path, force: bool) -> Result<(), Stop> {
    project::check_directory(s, path)?;
    if disk::exists(path) && !force {
        return fail(
            "Common 17-176",
            format!("File '{}' already exists, use -force to overwrite.", path.display()),
        );
    }
    if s.output_faults("write_checkpoint", path)? {
        let release = s.release;
        let mut design = design.clone();
        release.name.clone_into(&mut design.release);
        release.build.clone_into(&mut design.build);
        if let Err(error) = dcp::write(path, &design, release, &s.settings.hostname.clone()) {
            return fail("Common 17-69", format!("Command failed: {error}"));
        }
    }
    s.info("Timing 38-480", "Writing timing data to binary archive.");
    if design.stage >= Stage::Placed {
        s.say(
            "Writing XDEF routing.\nWriting XDEF routing logical nets.\nWriting XDEF routing special nets.",
        );
    }
    s.info("Common 17-1381", format!("The checkpoint '{}' has been generated.", path.display()));
    Ok(())
}

pub(crate) fn write_checkpoint(s: &mut Session, args: &Args) -> Outcome {
    s.common_faults("write_checkpoint")?;
    let design = s.design()?.clone();
    let name = if args.at(0).is_empty() { format!("{}.dcp", design.top) } else { args.at(0).to_owned() };
    let mut path = s.path(&name);
    if path.extension().is_none_or(|e| e != "dcp") {
        let mut with = path.into_os_string();
        with.push(".dcp");
        path = PathBuf::from(with);
    }
    let mut written = match args.value("cell") {
        None => design,
        Some(cell) => match cell_design(&design, cell) {
            Some(part) => part,
            None => return fail("Common 17-69", format!("Command failed: Cell '{cell}' was not found.")),
        },
    };
    // A checkpoint of a project's synthesis run says so.
    written.params = link::kept_params(s);
    written.from_run = disk::exists(path.with_file_name("__synthesis_is_running__"));
    save(s, &written, &path, args.flag("force"))?;
    Ok(util::text(&path))
}

/// The shell of one partition: full design open; the target is carved, the rest locked, and verified against it.
pub(crate) fn write_abstract_shell(s: &mut Session, args: &Args) -> Outcome {
    s.common_faults("write_abstract_shell")?;
    let line = args.command_line("write_abstract_shell");
    s.command_line(&line);
    let cell = args.value("cell").unwrap_or_default().to_owned();
    let design = s.design()?.clone();
    let family = Part::read(&design.part).map(|p| p.family);
    if !matches!(family, Some(Family::UltraScalePlus | Family::Versal)) {
        return fail(
            "Common 17-69",
            format!("Command failed: write_abstract_shell is not supported for part '{}'.", design.part),
        );
    }
    if !s.release.at_least(2020, 2) {
        return Err(Stop::Error("invalid command name \"write_abstract_shell\"".to_owned()));
    }
    if design.stage < Stage::Routed {
        return fail("Common 17-69", "Command failed: write_abstract_shell needs a routed design.");
    }
    if !design.cells.get(&cell).is_some_and(|c| c.reconfigurable) {
        return fail(
            "Common 17-69",
            format!("Command failed: '{cell}' is not a reconfigurable cell of the design."),
        );
    }
    let mut shell = design.clone();
    shell.black_box(&cell);
    // The other logic is trimmed: only the target and its path stay.
    shell.cells.retain(|path, _| *path == cell || cell.starts_with(&format!("{path}/")));
    let keep = cell.clone();
    shell.pblocks.retain(|p| p.cells.contains(&keep));
    shell.locked = true;
    shell.shell_for = Some(cell.clone());
    let mut path = s.path(args.at(0));
    if path.extension().is_none_or(|e| e != "dcp") {
        let mut with = path.into_os_string();
        with.push(".dcp");
        path = PathBuf::from(with);
    }
    s.say("Locking Netlist...\nLocking Placement...\nLocking Routing...");
    save(s, &shell, &path, args.flag("force"))?;
    verify::shell_summary(s, &design, &path);
    s.completed("write_abstract_shell", 10.0);
    Ok(util::text(&path))
}
