// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! write_bitstream and write_device_image.

use std::path::{Path, PathBuf};

use crate::artifacts::bit::{self, Which};
use crate::cmd::drc::{self, When};
use crate::cmd::project;
use crate::disk;
use crate::model::design::{Design, Stage};
use crate::model::device::{Family, Part};
use crate::session::{Outcome, Session, Stop, fail};
use crate::syntax::parse::Args;
use crate::util;

pub(crate) fn write_bitstream(s: &mut Session, args: &Args) -> Outcome {
    let design = s.design()?.clone();
    if Part::read(&design.part).is_some_and(|p| p.family == Family::Versal) {
        return image(s, args, "write_bitstream");
    }
    prologue(s, args, "write_bitstream", &design)?;
    let outcome = write(s, args, &design);
    epilogue(s, "write_bitstream", outcome)
}

pub(crate) fn write_device_image(s: &mut Session, args: &Args) -> Outcome {
    image(s, args, "write_device_image")
}

/// Licence, state and DRC: what comes before any file.
fn prologue(s: &mut Session, args: &Args, command: &str, design: &Design) -> Result<(), Stop> {
    let line = args.command_line(command);
    s.command_line(&line);
    s.common_faults(command)?;
    if design.stage < Stage::Routed {
        return fail(
            "Common 17-69",
            format!("Command failed: {command} is not supported on a design that is not implemented."),
        );
    }
    if args.value("cell").is_none() && design.shell_for.is_some() {
        return fail(
            "Common 17-69",
            format!(
                "Command failed: a full image cannot be written from an abstract shell; use {command} -cell."
            ),
        );
    }
    s.license("Implementation", &design.part, command)?;
    s.say(format!("Running DRC as a precondition to command {command}"));
    s.info("IP_Flow 19-1839", "IP Catalog is up to date.");
    s.info("DRC 23-27", "Running DRC with 8 threads");
    let mut violations = drc::check(s, design, When::Bitstream);
    violations.extend(drc::check(s, design, When::Opt));
    let errors = drc::tell(s, &violations);
    s.info("Vivado 12-3199", drc::summary(&violations));
    s.info("Vivado 12-3200", "Please refer to the DRC report (report_drc) for more information.");
    if errors > 0 {
        s.error("Vivado 12-1345", "Error(s) found during DRC. Bitgen not run.");
        s.info("Common 17-83", "Releasing license: Implementation");
        return s.gave_up(command).map(drop);
    }
    Ok(())
}

fn epilogue(s: &mut Session, command: &str, outcome: Result<(), Stop>) -> Outcome {
    if let Err(stop) = outcome {
        return s.gave_up_with(command, stop);
    }
    s.info("Vivado 12-1842", "Bitgen Completed Successfully.");
    s.info("Common 17-83", "Releasing license: Implementation");
    s.completed(command, 14.0);
    Ok(String::new())
}

/// `name` without a `.bit` ending.
fn base_of(s: &Session, name: &str, end: &str) -> PathBuf {
    let name = name.strip_suffix(end).unwrap_or(name);
    s.path(name)
}

fn with(base: &Path, end: &str) -> PathBuf {
    let mut name = base.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

fn write(s: &mut Session, args: &Args, design: &Design) -> Result<(), Stop> {
    let base = base_of(s, args.at(0), ".bit");
    project::check_directory(s, &with(&base, ".bit"))?;
    let cells: Vec<(String, String)> = design
        .reconfigurable()
        .map(|(path, _)| (path.clone(), design.pblock_of(path).map(|p| p.name.clone()).unwrap_or_default()))
        .collect();
    for (cell, pblock) in &cells {
        s.say(format!("Partition \"{pblock}\" Reconfigurable Module \"{cell}\""));
    }
    let clearing = Part::read(&design.part).is_some_and(|p| p.family == Family::UltraScale);
    let mut wanted: Vec<(Which, PathBuf)> = Vec::new();
    let partial = |wanted: &mut Vec<(Which, PathBuf)>, cell: &str, base: PathBuf| {
        if clearing {
            wanted.push((Which::Clearing(cell.to_owned()), with(&base, "_clear")));
        }
        wanted.push((Which::Partial(cell.to_owned()), base));
    };
    if let Some(cell) = args.value("cell").map(str::to_owned) {
        if !cells.iter().any(|(c, _)| *c == cell) {
            return fail(
                "Common 17-69",
                format!("Command failed: '{cell}' is not a reconfigurable cell of the design."),
            );
        }
        s.info(
            "Vivado 12-4077",
            "No full design bitstream will be created with the use of the -cell option.",
        );
        partial(&mut wanted, &cell, base);
    } else {
        if !args.flag("no_partial_bitfile") {
            for (cell, pblock) in cells.iter().rev() {
                partial(&mut wanted, cell, with(&base, &format!("_{pblock}_partial")));
            }
        } else if !cells.is_empty() {
            s.info("Vivado 12-4752", "Design contains reconfigurable partitions, but no partial bit files will be generated since -no_partial_bitfile option was specified.");
        }
        wanted.push((Which::Full, base));
    }
    // The full one comes first, a partial before its clearing file: the list was built back to front.
    for (which, base) in wanted.into_iter().rev() {
        one(s, args, design, &which, &base)?;
    }
    Ok(())
}

/// One file with its side files.
fn one(s: &mut Session, args: &Args, design: &Design, which: &Which, base: &Path) -> Result<(), Stop> {
    let path = with(base, ".bit");
    if disk::exists(&path) && !args.flag("force") {
        return fail(
            "Common 17-176",
            format!("File '{}' already exists, use -force to overwrite.", path.display()),
        );
    }
    let cell = match which {
        Which::Full => None,
        Which::Partial(cell) | Which::Clearing(cell) => Some(cell.clone()),
    };
    let pblock = cell.as_ref().and_then(|c| design.pblock_of(c));
    if let Which::Partial(_) = which {
        s.say(format!("Process Partition \"{}\"", pblock.map(|p| p.name.as_str()).unwrap_or_default()));
    }
    if !matches!(which, Which::Clearing(_)) {
        s.info("Designutils 20-2272", "Running write_bitstream with 8 threads.");
        s.say("Loading data files...\nLoading site data...\nLoading route data...\nProcessing options...");
        if let Some(pblock) = pblock.filter(|p| p.props.truth("RESET_AFTER_RECONFIG").unwrap_or(false)) {
            s.say(format!("Partition \"{}\" has RESET_AFTER_RECONFIG = TRUE.", pblock.name));
        }
        s.say("Creating bitmap...");
    }
    s.say("Creating bitstream...");
    let release = s.release;
    let made = bit::build(design, which, release);
    if let Some(why) = &made.unmapped {
        s.warning("Sim 1-60", format!("'{}' holds no configuration frames: {why}", path.display()));
    }
    if cell.is_some() {
        s.say(format!("Partial bitstream contains {} bits.", made.data.len() * 8));
    }
    let shown = path
        .strip_prefix(&s.cwd)
        .map_or_else(|_| path.display().to_string(), |p| format!("./{}", p.display()));
    s.say(format!("Writing bitstream {shown}..."));
    if !s.output_faults("write_bitstream", &path)? {
        return Ok(());
    }
    let mut whole = made.header.clone();
    whole.extend_from_slice(&made.data);
    put(&path, &whole)?;
    if args.flag("bin_file") {
        let bin = with(base, ".bin");
        s.say(format!("Writing bitstream {}...", bin.display()));
        put(&bin, &made.data)?;
    }
    if args.flag("raw_bitfile") {
        let text: String = made
            .data
            .chunks(4)
            .map(|w| w.iter().map(|b| format!("{b:08b}")).collect::<String>() + "\n")
            .collect();
        put(&with(base, ".rbt"), text.as_bytes())?;
    }
    Ok(())
}

/// Writes beside and renames: a killed process leaves no torn file.
fn put(path: &Path, bytes: &[u8]) -> Result<(), Stop> {
    let temporary = with(path, ".tmp");
    match disk::write(&temporary, bytes).and_then(|()| disk::rename(&temporary, path)) {
        Ok(()) => Ok(()),
        Err(error) => fail("Common 17-69", format!("Command failed: {error}")),
    }
}

/// Versal: a .pdi. The format is not public: the file holds a text that says what it would be.
fn image(s: &mut Session, args: &Args, command: &str) -> Outcome {
    let design = s.design()?.clone();
    prologue(s, args, command, &design)?;
    let outcome = images(s, args, &design);
    epilogue(s, command, outcome)
}

fn images(s: &mut Session, args: &Args, design: &Design) -> Result<(), Stop> {
    let name = args.at(0).trim_end_matches(".bit").to_owned();
    let base = base_of(s, &name, ".pdi");
    project::check_directory(s, &with(&base, ".pdi"))?;
    let cell = args.value("cell").map(str::to_owned);
    if let Some(cell) = &cell
        && !design.cells.get(cell).is_some_and(|c| c.reconfigurable)
    {
        return fail(
            "Common 17-69",
            format!("Command failed: '{cell}' is not a reconfigurable cell of the design."),
        );
    }
    let path = with(&base, ".pdi");
    if disk::exists(&path) && !args.flag("force") {
        return fail(
            "Common 17-176",
            format!("File '{}' already exists, use -force to overwrite.", path.display()),
        );
    }
    s.say("Creating bitmap...\nCreating bitstream...");
    s.say(format!("Writing device image {}...", path.display()));
    if !s.output_faults("write_device_image", &path)? {
        return Ok(());
    }
    let text = format!(
        "SIMULATED device image: no configuration data\ndesign={}\npart={}\nrelease={}\ncell={}\nstatic={}\ncontent={}\n",
        design.top,
        design.part,
        s.release.name,
        cell.as_deref().unwrap_or(""),
        design.seed.as_deref().unwrap_or(""),
        util::digest(&[design.content_digest()]),
    );
    put(&path, text.as_bytes())?;
    let versal = cell.is_none() && !args.flag("no_partial_pdifile") && !args.flag("no_partial_bitfile");
    if versal {
        for (path, _) in design.reconfigurable() {
            let pblock = design.pblock_of(path).map(|p| p.name.clone()).unwrap_or_default();
            put(
                &with(&base, &format!("_{pblock}_partial.pdi")),
                format!("{text}partition={path}\n").as_bytes(),
            )?;
        }
    }
    Ok(())
}
