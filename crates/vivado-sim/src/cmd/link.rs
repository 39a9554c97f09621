// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! link_design: checkpoints of the top and of modules to one design, with real checks.

use std::path::{Path, PathBuf};

use crate::artifacts::dcp::{self, DcpError};
use crate::cmd::{constraint, project, query};
use crate::disk;
use crate::hdl::Port;
use crate::model::design::{Cell, Design, Stage};
use crate::model::object::Kind;
use crate::release::Release;
use crate::session::{Outcome, Session, Stop, fail};
use crate::syntax::parse::Args;
use crate::tcl::list;

/// Reads a checkpoint for a command: the refusals of real Vivado for missing, newer and foreign files.
pub(crate) fn load(s: &mut Session, path: &Path, shown: &str) -> Result<Design, Stop> {
    if !disk::is_file(path) {
        return fail("Common 17-69", format!("Command failed: File '{shown}' does not exist"));
    }
    let newer = |release: &str, s: &Session| {
        let made = Release::find(release);
        made.is_some_and(|m| m.at_least(s.release.year(), 0) && m != s.release && m.year() > s.release.year())
    };
    match dcp::read(path) {
        Ok(design) => {
            if newer(&design.release, s) || s.fault("newer_dcp", "link_design") {
                let release =
                    if newer(&design.release, s) { design.release.clone() } else { "2099.1".to_owned() };
                s.error(
                    "Runs 36-378",
                    format!("The checkpoint {} was created with 'Vivado v{release} (64-bit)', and cannot be opened in this version.", path.display()),
                );
                return s.earlier("link_design");
            }
            parameters(s, &design);
            Ok(design)
        }
        Err(DcpError::Real) => fail(
            "Sim 1-50",
            format!(
                "'{}' was made by real Vivado: the stand-in opens only what it made itself.",
                path.display()
            ),
        ),
        Err(error) => fail("Common 17-69", format!("Command failed: '{}': {error}", path.display())),
    }
}

/// Parameters of `set_param` that a checkpoint holds as they are: those that other values would make another result.
pub(crate) fn kept_params(s: &Session) -> std::collections::BTreeMap<String, String> {
    let session_only =
        |n: &str| n.starts_with("drc ") || n.starts_with("general.") || n.starts_with("board.");
    s.params.iter().filter(|(n, _)| !session_only(n)).map(|(n, v)| (n.clone(), v.clone())).collect()
}

/// Tells parameters of a checkpoint that differ from the session's.
fn parameters(s: &mut Session, design: &Design) {
    let differing: Vec<&String> =
        design.params.iter().filter(|(n, v)| s.params.get(*n) != Some(v)).map(|(n, _)| n).collect();
    if !differing.is_empty() {
        let names: String = differing.iter().map(|n| format!("\n    {n}")).collect();
        s.info(
            "Constraints 18-5170",
            format!("The checkpoint was created with non-default parameter values which do not match the current Vivado settings.  Mismatching parameters are:{names}"),
        );
    }
}

/// What Vivado says on reading a checkpoint for a cell.
pub(crate) fn told(s: &mut Session, design: &Design) {
    s.info(
        "Project 1-604",
        format!("Checkpoint was created with Vivado v{} (64-bit) build {}", design.release, design.build),
    );
}

pub(crate) fn link_design(s: &mut Session, args: &Args) -> Outcome {
    let line = args.command_line("link_design");
    s.command_line(&line);
    s.common_faults("link_design")?;
    s.say("Design is defaulting to srcset: sources_1");
    if args.value("constrset").is_none() {
        s.say("Design is defaulting to constrset: constrs_1");
    }
    let outcome = link(s, args);
    match outcome {
        Ok(name) => {
            s.completed("link_design", 17.0);
            Ok(query::found(s, Kind::Design, vec![name]))
        }
        Err(stop) => s.gave_up_with("link_design", stop),
    }
}

fn link(s: &mut Session, args: &Args) -> Result<String, Stop> {
    let p = s.project()?;
    let mut tops: Vec<PathBuf> = Vec::new();
    let mut scoped: Vec<(PathBuf, Vec<String>)> = Vec::new();
    for (_, file) in p.files() {
        if file.extension() != "dcp" || !file.enabled() || !file.used_in("implementation") {
            continue;
        }
        match file.props.get("SCOPED_TO_CELLS").map(list::split_loose).filter(|c| !c.is_empty()) {
            Some(cells) => scoped.push((file.path.clone(), cells)),
            None => tops.push(file.path.clone()),
        }
    }
    let part = args.value("part").map_or_else(|| p.part.clone(), str::to_owned);
    if tops.is_empty() {
        let top = args.value("top").unwrap_or_default();
        return fail("Project 1-68", format!("No files found to match top module '{top}'"));
    }
    project::check_part(s, &part, "link_design")?;
    s.info("Device 21-403", format!("Loading part {part}"));
    let mut loaded = Vec::new();
    for path in &tops {
        loaded.push(load(s, path, &path.display().to_string())?);
    }
    let wanted = args.value("top").map(str::to_owned);
    let chosen = match &wanted {
        Some(top) => loaded.iter().position(|d| d.top == *top),
        None => Some(0),
    };
    let Some(chosen) = chosen else {
        return fail(
            "Project 1-68",
            format!("No files found to match top module '{}'", wanted.unwrap_or_default()),
        );
    };
    let base = tops[chosen].clone();
    let mut design = loaded.remove(chosen);
    if wanted.is_none() {
        s.say(format!("Design is defaulting to dcp top: {}", design.top));
    }
    if args.value("part").is_none() {
        s.say(format!("Design is defaulting to dcp part: {}", design.part));
    } else if design.part != part {
        return fail(
            "Common 17-69",
            format!(
                "Command failed: the checkpoint '{}' is for part '{}', the design for part '{part}'.",
                base.display(),
                design.part
            ),
        );
    }
    for (path, cells) in &scoped {
        let module = load(s, path, &path.display().to_string())?;
        for cell in cells {
            if !design.cells.contains_key(cell) {
                s.warning(
                    "Project 1-514",
                    format!("Invalid cell name '{cell}' for checkpoint '{}'", path.display()),
                );
                continue;
            }
            s.info(
                "Project 1-454",
                format!("Reading design checkpoint '{}' for cell '{cell}'", path.display()),
            );
            fill(s, &mut design, cell, &module, path)?;
            if s.release.at_least(2024, 1) {
                let pins: u64 = module.ports.iter().map(Port::width).sum();
                s.info(
                    "Constraints 18-13253",
                    format!("Total boundary pins count on instance {cell} is {pins}"),
                );
            }
        }
    }
    // A checkpoint without a scope is taken for the black boxes of its module.
    let others = tops.iter().enumerate().filter(|(i, _)| *i != chosen).map(|(_, p)| p.clone());
    for (path, module) in others.collect::<Vec<_>>().iter().zip(&loaded) {
        let boxes = design.cells.iter().filter(|(_, c)| c.black_box && c.module == module.top);
        for cell in boxes.map(|(p, _)| p.clone()).collect::<Vec<_>>() {
            let text = format!("Reading design checkpoint '{}' for cell '{cell}'", path.display());
            s.info("Project 1-454", text);
            fill(s, &mut design, &cell, module, path)?;
        }
    }
    for cell in args.list("reconfig_partitions") {
        match design.cells.get_mut(&cell) {
            Some(found) => found.reconfigurable = true,
            None => {
                return fail(
                    "Common 17-69",
                    format!(
                        "Command failed: reconfigurable partition cell '{cell}' was not found in the design."
                    ),
                );
            }
        }
    }
    let from_locked = design.locked;
    args.value("name").unwrap_or("design_1").clone_into(&mut design.name);
    // A locked, routed static whose cells all hold modules routed on that same static needs no more work.
    let merged = from_locked
        && design.stage >= Stage::Routed
        && design.reconfigurable().all(|(_, c)| c.content_seed.is_some() && c.content_seed == design.seed);
    if !merged {
        design.stage = Stage::Linked;
        design.timing = None;
    }
    let name = design.name.clone();
    let count = 12 + design.cells.len();
    let netlist_release = design.release.clone();
    s.add_design(design);
    s.info("Netlist 29-17", format!("Analyzing {count} Unisim elements for replacement"));
    s.info("Netlist 29-28", "Unisim Transformation completed in 0 CPU seconds");
    s.info("Project 1-479", format!("Netlist was created with Vivado {netlist_release}"));
    s.info("Project 1-570", "Preparing netlist for logic optimization");
    if from_locked {
        restored(s, &base);
    }
    constraint::read_project_constraints(s, "implementation")?;
    s.info("Opt 31-138", "Pushed 0 inverter(s) to 0 load pin(s).");
    s.info("Project 1-111", "Unisim Transformation Summary:\nNo Unisim elements were transformed.\n");
    Ok(name)
}

/// The lines about the constraints and the physical data of a locked static.
pub(crate) fn restored(s: &mut Session, dcp: &Path) {
    let stem = dcp.with_extension("");
    let top = s.open_design().map(|d| d.top.clone()).unwrap_or_default();
    for end in ["_board", "_early", "", "_late"] {
        let file = stem.join(format!("{top}{end}.xdc"));
        s.say(format!("Parsing XDC File [{}]", file.display()));
        s.say(format!("Finished Parsing XDC File [{}]", file.display()));
    }
    if s.release.at_least(2023, 2) {
        s.info("Designutils 20-5722", "Start Reading Physical Databases.");
        s.say("Reading placement.\nReading placer database...\nReading routing.");
    } else {
        s.say("Reading XDEF placement.\nReading placer database...\nReading XDEF routing.");
    }
    s.say("Restored from archive | CPU: 0.050000 secs | Memory: 1.132835 MB |");
}

/// Puts a module's netlist into a black cell; the ports must be equal.
pub(crate) fn fill(
    s: &mut Session,
    design: &mut Design,
    path: &str,
    module: &Design,
    source: &Path,
) -> Result<(), Stop> {
    let Some(cell) = design.cells.get(path) else { return Ok(()) };
    let mismatch = port_mismatch(&cell.ports, &module.ports);
    let file = source.display();
    if let Some(text) = mismatch.or_else(|| {
        s.fault("port_mismatch", "link_design").then(|| {
            "1 ports are missing on the original cell. 1 of the missing ports are: 'simulated_fault'"
                .to_owned()
        })
    }) {
        s.error(
            "Netlist 29-77",
            format!(
                "Could not replace (cell '{}_bb', library 'work', file 'NOFILE') with (cell '{}', library 'work', file '{file}') because of a port interface mismatch; in strict mode, no extra ports are allowed. {text}",
                cell.module, module.top
            ),
        );
        return s.earlier("link_design");
    }
    let routed = module.cell_checkpoint && module.stage >= Stage::Routed;
    let weight = module.weight + module.cells.values().map(|c| c.weight).sum::<u64>();
    let (content, seed) = (module.netlist.clone(), if routed { module.seed.clone() } else { None });
    let name = crate::util::file_name(source);
    if let Some(cell) = design.cells.get_mut(path) {
        if cell.ports.is_empty() {
            cell.ports.clone_from(&module.ports);
        }
        cell.black_box = false;
        cell.grey_box = false;
        cell.content = Some(content);
        cell.content_seed = seed;
        cell.source = Some(name);
        cell.weight = weight;
        if module.top != cell.module {
            cell.module.clone_from(&module.top);
        }
    }
    for (inner, cell) in &module.cells {
        design.cells.insert(format!("{path}/{inner}"), Cell { weight: 0, ..cell.clone() });
    }
    for clock in &module.clocks {
        // A module's own clocks (a gated one inside it) join; its out-of-context clocks on ports do not.
        if !module.out_of_context {
            design.clocks.push(clock.clone());
        }
    }
    Ok(())
}

/// How two port lists differ, in Vivado's words; `None` when they are equal or one is not known.
pub(crate) fn port_mismatch(cell: &[Port], module: &[Port]) -> Option<String> {
    if cell.is_empty() || module.is_empty() {
        return None;
    }
    let bits = |ports: &[Port]| -> Vec<(String, crate::hdl::Dir)> {
        ports.iter().flat_map(|p| p.bits().into_iter().map(|b| (b, p.dir))).collect()
    };
    let (have, want) = (bits(cell), bits(module));
    let quoted =
        |names: &[&String]| names.iter().take(5).map(|n| format!("'{n}'")).collect::<Vec<_>>().join(" ");
    let missing: Vec<&String> = want.iter().filter(|w| !have.contains(w)).map(|(n, _)| n).collect();
    if !missing.is_empty() {
        return Some(format!(
            "{} ports are missing on the original cell. {} of the missing ports are: {}",
            missing.len(),
            missing.len().min(5),
            quoted(&missing)
        ));
    }
    let extra: Vec<&String> = have.iter().filter(|h| !want.contains(h)).map(|(n, _)| n).collect();
    if !extra.is_empty() {
        return Some(format!(
            "{} ports are missing on the replacing cell. {} of the missing ports are: {}",
            extra.len(),
            extra.len().min(5),
            quoted(&extra)
        ));
    }
    None
}
