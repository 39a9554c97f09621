// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! get_property, set_property, list_property, report_property, reset_property.
//!
//! A property that the model does not know reads as empty and is kept when set: public scripts use hundreds.
//! Exceptions that real logs show: netlist objects refuse unknown names ([Netlist 29-160]), an empty object list
//! is [Common 17-55], a word that is no object is [Common 17-58].

use crate::cmd::{bd, query};
use crate::model::design::Design;
use crate::model::device::Part;
use crate::model::object::Kind;
use crate::model::project::{Project, Run};
use crate::model::props::{bit, truth};
use crate::run::status;
use crate::session::{Outcome, Session, Stop, fail};
use crate::syntax::parse::Args;
use crate::tcl::list;
use crate::util;

/// The value of one property; `None` when the object does not have it.
pub(crate) fn get(s: &Session, kind: Kind, name: &str, prop: &str) -> Option<String> {
    let upper = prop.to_uppercase();
    if upper == "CLASS" {
        return Some(kind.class().to_owned());
    }
    let own = match kind {
        Kind::Project => project(s.project.as_ref()?, &upper),
        Kind::Fileset => fileset(s.project.as_ref()?, name, &upper),
        Kind::File => file(s.project.as_ref()?, name, &upper),
        Kind::Run => run(s, s.project.as_ref()?.run(name)?, &upper),
        Kind::PartitionDef => partition_def(s.project.as_ref()?, name, &upper),
        Kind::ReconfigModule => module(s.project.as_ref()?, name, &upper),
        Kind::PrConfiguration => configuration(s.project.as_ref()?, name, &upper),
        Kind::Design => s.designs.iter().find(|d| d.name == name).and_then(|d| design(d, &upper)),
        Kind::Part => part(name, &upper),
        Kind::BoardPart => {
            (upper == "PART_NAME").then(|| s.project.as_ref().map(|p| p.part.clone())).flatten()
        }
        Kind::Ip => s
            .project
            .as_ref()?
            .files()
            .find(|(_, f)| {
                f.path.file_stem().is_some_and(|n| n.to_string_lossy() == name) && f.extension() == "xci"
            })
            .and_then(|(_, f)| f.props.get(&upper))
            .map(str::to_owned),
        Kind::IpDef => bd::definition(name, &upper),
        Kind::BdDesign
        | Kind::BdCell
        | Kind::BdPin
        | Kind::BdIntfPin
        | Kind::BdPort
        | Kind::BdIntfPort
        | Kind::BdNet
        | Kind::BdAddrSeg => bd::property(s.project.as_ref()?, kind, name, &upper),
        _ => netlist(s.open_design()?, kind, name, &upper),
    };
    own.or_else(|| (upper == "NAME").then(|| name.to_owned()))
}

fn project(p: &Project, prop: &str) -> Option<String> {
    Some(match prop {
        "DIRECTORY" => p.text_dir(),
        "PART" => p.part.clone(),
        "XPR" => util::text(&p.xpr()),
        "PR_FLOW" => bit(p.pr_flow()),
        "TARGET_LANGUAGE"
        | "SIMULATOR_LANGUAGE"
        | "DEFAULT_LIB"
        | "SOURCE_MGMT_MODE"
        | "BOARD_PART"
        | "IP_REPO_PATHS"
        | "IP_OUTPUT_REPO"
        | "CORECONTAINER.ENABLE" => p
            .props
            .get(prop)
            .unwrap_or(match prop {
                "TARGET_LANGUAGE" => "Verilog",
                "SIMULATOR_LANGUAGE" => "Mixed",
                "DEFAULT_LIB" => "xil_defaultlib",
                "SOURCE_MGMT_MODE" => "All",
                _ => "",
            })
            .to_owned(),
        _ => return p.props.get(prop).map(str::to_owned),
    })
}

fn fileset(p: &Project, name: &str, prop: &str) -> Option<String> {
    let set = p.fileset(name)?;
    Some(match prop {
        "FILESET_TYPE" => set.kind.xpr().to_owned(),
        "TOP" => crate::cmd::files::top_of(p, set).unwrap_or_default(),
        _ => return set.props.get(prop).map(str::to_owned),
    })
}

fn file(p: &Project, name: &str, prop: &str) -> Option<String> {
    let (set, file) = p.files().find(|(_, f)| util::text(&f.path) == name)?;
    Some(match prop {
        "FILE_TYPE" => file.file_type(),
        "FILESET_NAME" | "FILESET" => set.name.clone(),
        "CORE_CONTAINER" => String::new(),
        "IS_AVAILABLE" => bit(file.path.exists()),
        "USED_IN_SYNTHESIS" => bit(file.used_in("synthesis")),
        "USED_IN_IMPLEMENTATION" => bit(file.used_in("implementation")),
        "USED_IN_SIMULATION" => bit(file.used_in("simulation")),
        "USED_IN" => file.props.get(prop)?.to_owned(),
        _ => return file.props.get(prop).map(str::to_owned),
    })
}

/// Names of run properties that are computed.
const RUN: [&str; 24] = [
    "CONSTRSET",
    "CURRENT_STEP",
    "DFX_MODE",
    "DIRECTORY",
    "FLOW",
    "GEN_FULL_BITSTREAM",
    "IS_IMPLEMENTATION",
    "IS_SYNTHESIS",
    "NAME",
    "NEEDS_REFRESH",
    "PARENT",
    "PART",
    "PROGRESS",
    "PR_CONFIGURATION",
    "RM_INSTANCE",
    "SRCSET",
    "STATS.ELAPSED",
    "STATS.FAILED_NETS",
    "STATS.THS",
    "STATS.TNS",
    "STATS.TPWS",
    "STATS.WHS",
    "STATS.WNS",
    "STATUS",
];

fn run(s: &Session, r: &Run, prop: &str) -> Option<String> {
    let p = s.project.as_ref()?;
    let state = || status::of(p, r, &s.jobs);
    Some(match prop {
        "STATUS" => state().status,
        "PROGRESS" => state().progress,
        "CURRENT_STEP" => state().step,
        "NEEDS_REFRESH" => bit(status::needs_refresh(p, r, &s.jobs)),
        "DIRECTORY" => util::text(&p.run_dir(&r.name)),
        "FLOW" => r.flow.clone(),
        "STRATEGY" => r.strategy.clone(),
        "PART" => r.props.get("PART").unwrap_or(&p.part).to_owned(),
        "IS_SYNTHESIS" => bit(r.synthesis),
        "IS_IMPLEMENTATION" => bit(!r.synthesis),
        "SRCSET" => r.srcset.clone(),
        "CONSTRSET" => r.constrset.clone(),
        "PARENT" => r.parent.clone().unwrap_or_default(),
        "PR_CONFIGURATION" => r.pr_config.clone().unwrap_or_default(),
        "DFX_MODE" => r.props.get(prop).unwrap_or("STANDARD").to_owned(),
        "GEN_FULL_BITSTREAM" => r.props.get(prop).unwrap_or("1").to_owned(),
        "RM_INSTANCE" => r.props.get(prop).unwrap_or_default().to_owned(),
        _ if prop.starts_with("STATS.") => status::statistic(p, r, prop),
        _ if prop.starts_with("STEPS.") && prop.ends_with(".IS_ENABLED") => {
            let step = prop.trim_start_matches("STEPS.").trim_end_matches(".IS_ENABLED").to_lowercase();
            bit(r.step_enabled(&step))
        }
        _ => return r.props.get(prop).map(str::to_owned),
    })
}

fn partition_def(p: &Project, name: &str, prop: &str) -> Option<String> {
    let pd = p.partition_def(name)?;
    Some(match prop {
        "MODULE_NAME" => pd.module.clone(),
        "LIBRARY" => pd.library.clone(),
        "DEFAULT_RM" => pd.default_rm.clone(),
        "USE_BLACKBOX_STUB" => pd.props.get(prop).unwrap_or("1").to_owned(),
        "IS_BLOCK_CONTAINER_MANAGED" => pd.props.get(prop).unwrap_or("0").to_owned(),
        _ => return pd.props.get(prop).map(str::to_owned),
    })
}

fn module(p: &Project, name: &str, prop: &str) -> Option<String> {
    let rm = p.module(name)?;
    Some(match prop {
        "PARTITION_DEF" => rm.partition_def.clone(),
        "MODULE_NAME" => rm.top.clone(),
        "IS_GATE_LEVEL" => bit(rm.gate_level),
        "SUBDESIGN_FILESETS" => rm.props.get(prop).unwrap_or_default().to_owned(),
        _ => return rm.props.get(prop).map(str::to_owned),
    })
}

fn configuration(p: &Project, name: &str, prop: &str) -> Option<String> {
    let config = p.configuration(name)?;
    Some(match prop {
        "PARTITION_CELL_RMS" => list::join(config.cells.iter().map(|(c, m)| format!("{c}:{m}"))),
        "GREYBOX_CELLS" => list::join(&config.greyboxes),
        "AUTO_IMPORT" | "USE_BLACKBOX" => config.props.get(prop).unwrap_or("1").to_owned(),
        _ => return config.props.get(prop).map(str::to_owned),
    })
}

fn design(d: &Design, prop: &str) -> Option<String> {
    Some(match prop {
        "TOP" => d.top.clone(),
        "PART" => d.part.clone(),
        "BOARD_PART" => d.board_part.clone(),
        _ => return d.props.get(prop).map(str::to_owned),
    })
}

fn part(name: &str, prop: &str) -> Option<String> {
    let part = Part::read(name)?;
    Some(match prop {
        "FAMILY" | "ARCHITECTURE" | "C_FAMILY" => part.family_name().to_owned(),
        "DEVICE" => part.device,
        "PACKAGE" => part.package,
        "SPEED" => part.speed,
        _ => return None,
    })
}

fn netlist(d: &Design, kind: Kind, name: &str, prop: &str) -> Option<String> {
    let bag = d.object_props.get(&format!("{} {name}", kind.class()));
    let stored = || bag.and_then(|b| b.get(prop)).map(str::to_owned);
    match kind {
        Kind::Cell => {
            let cell = d.cells.get(name)?;
            Some(match prop {
                "REF_NAME" | "ORIG_REF_NAME" => cell.module.clone(),
                "IS_BLACKBOX" => bit(cell.black_box),
                "IS_PRIMITIVE" => bit(cell.primitive),
                "HD.RECONFIGURABLE" => bit(cell.reconfigurable),
                "PARENT" => name.rsplit_once('/').map(|(p, _)| p.to_owned()).unwrap_or_default(),
                "PBLOCK" => d.pblock_of(name).map(|p| p.name.clone()).unwrap_or_default(),
                "DONT_TOUCH" if cell.reconfigurable => "1".to_owned(),
                _ => return cell.props.get(prop).map(str::to_owned).or_else(stored),
            })
        }
        Kind::Port | Kind::Pin => {
            let direction = port_of(d, kind, name).map(|p| p.dir.property().to_owned());
            if prop == "DIRECTION" { direction } else { stored() }
        }
        Kind::Pblock => {
            let pblock = d.pblocks.iter().find(|p| p.name == name)?;
            Some(match prop {
                // Snapping is not computed here: the derived ranges are the drawn ones.
                "GRID_RANGES" | "DERIVED_RANGES" => pblock.ranges.join(" "),
                "CELL_COUNT" => pblock.cells.len().to_string(),
                "CONTAIN_ROUTING" | "EXCLUDE_PLACEMENT" => pblock
                    .props
                    .get(prop)
                    .unwrap_or(
                        if pblock.cells.iter().any(|c| d.cells.get(c).is_some_and(|c| c.reconfigurable)) {
                            "1"
                        } else {
                            "0"
                        },
                    )
                    .to_owned(),
                "PARENT" => pblock.props.get(prop).unwrap_or("ROOT").to_owned(),
                _ => return pblock.props.get(prop).map(str::to_owned),
            })
        }
        Kind::Clock => {
            let clock = d.clocks.iter().find(|c| c.name == name)?;
            Some(match prop {
                "PERIOD" => format!("{:.3}", clock.period),
                "SOURCE_PINS" | "SOURCES" => list::join(&clock.sources),
                "WAVEFORM" => format!("{:.3} {:.3}", 0.0, clock.period / 2.0),
                _ => return stored(),
            })
        }
        _ => stored(),
    }
}

fn port_of<'a>(d: &'a Design, kind: Kind, name: &str) -> Option<&'a crate::hdl::Port> {
    let (ports, local) = match kind {
        Kind::Pin => {
            let (cell, pin) = name.rsplit_once('/')?;
            (&d.cells.get(cell)?.ports, pin)
        }
        _ => (&d.ports, name),
    };
    let base = local.split('[').next().unwrap_or(local);
    ports.iter().find(|p| p.name == base)
}

/// Which object a word of a script is, for a property: the latest kind that has it, else the latest kind.
fn object(s: &Session, word: &str, prop: &str) -> Result<Kind, Stop> {
    let kinds = s.registry.kinds(word);
    let Some(first) = kinds.first() else {
        return fail("Common 17-58", format!("'{word}' is not a valid first class Tcl object."));
    };
    let exact = kinds.iter().find(|k| {
        get(s, **k, word, prop).is_some_and(|v| prop.eq_ignore_ascii_case("NAME") || !v.is_empty())
    });
    Ok(*exact.unwrap_or(first))
}

/// The object words of an argument: one object whose name holds blanks stays whole.
fn objects(s: &Session, words: &[String]) -> Vec<String> {
    words
        .iter()
        .flat_map(|w| if s.registry.knows(w) { vec![w.clone()] } else { list::split_loose(w) })
        .collect()
}

pub(crate) fn get_property(s: &mut Session, args: &Args) -> Outcome {
    let prop = args.at(0).to_owned();
    let names = objects(s, &args.positional[1.min(args.positional.len())..]);
    if names.is_empty() {
        return fail("Common 17-55", format!("'get_property' expects at least one object.\n{RESOLUTION}"));
    }
    let mut values = Vec::new();
    for name in &names {
        let kind = object(s, name, &prop)?;
        values.push(get(s, kind, name, &prop).unwrap_or_default());
    }
    if let [value] = values.as_mut_slice() {
        return Ok(std::mem::take(value));
    }
    let numbers: Option<Vec<f64>> = values.iter().map(|v| v.parse().ok()).collect();
    if let Some(numbers) = numbers.filter(|_| args.flag("min") || args.flag("max")) {
        let pick = if args.flag("min") {
            numbers.into_iter().fold(f64::INFINITY, f64::min)
        } else {
            numbers.into_iter().fold(f64::NEG_INFINITY, f64::max)
        };
        return Ok(pick.to_string());
    }
    Ok(list::join(values))
}

const RESOLUTION: &str = "Resolution: If [get_<value>] was used to populate the object, check to make sure this command returns at least one valid object.";

pub(crate) fn set_property(s: &mut Session, args: &Args) -> Outcome {
    let mut positional = args.positional.clone();
    let mut pairs = Vec::new();
    if args.has("dict") {
        for pair in args.list("dict").chunks(2) {
            pairs.push((pair[0].clone(), pair.get(1).cloned().unwrap_or_default()));
        }
    } else {
        let mut next = |option: &str| match args.value(option) {
            Some(value) => value.to_owned(),
            None if positional.is_empty() => String::new(),
            None => positional.remove(0),
        };
        let pair = (next("name"), next("value"));
        pairs.push(pair);
    }
    if let Some(given) = args.value("objects") {
        positional.push(given.to_owned());
    }
    let names = objects(s, &positional);
    if names.is_empty() {
        return fail("Common 17-55", format!("'set_property' expects at least one object.\n{RESOLUTION}"));
    }
    for name in names {
        let mut name = name;
        for (prop, value) in &pairs {
            let kind = object(s, &name, prop)?;
            if let Some(renamed) = set(s, kind, &name, prop, value)? {
                s.registry.note(kind, &renamed);
                name = renamed;
            }
        }
    }
    Ok(String::new())
}

/// Properties that netlist objects take; any name with a dot is taken too.
const NETLIST: [&str; 44] = [
    "PACKAGE_PIN",
    "LOC",
    "IOSTANDARD",
    "DRIVE",
    "SLEW",
    "PULLUP",
    "PULLDOWN",
    "PULLTYPE",
    "DIFF_TERM",
    "DIFF_TERM_ADV",
    "IN_TERM",
    "OFFCHIP_TERM",
    "DONT_TOUCH",
    "KEEP",
    "KEEP_HIERARCHY",
    "MARK_DEBUG",
    "ASYNC_REG",
    "BEL",
    "IS_LOC_FIXED",
    "IS_BEL_FIXED",
    "IOB",
    "MAX_FANOUT",
    "CLOCK_DEDICATED_ROUTE",
    "CLOCK_BUFFER_TYPE",
    "CLOCK_REGION",
    "CLOCK_ROOT",
    "USER_CLOCK_ROOT",
    "CLOCK_DELAY_GROUP",
    "FIXED_ROUTE",
    "IS_ROUTE_FIXED",
    "RAM_STYLE",
    "ROM_STYLE",
    "USE_DSP",
    "BLACK_BOX",
    "SRC_INFO",
    "UNAVAILABLE_DURING_CALIBRATION",
    "INTERNAL_VREF",
    "DCI_CASCADE",
    "EQUALIZATION",
    "OUTPUT_IMPEDANCE",
    "PBLOCK",
    "PROHIBIT",
    "C_CLK_INPUT_FREQ_HZ",
    "C_ENABLE_CLK_DIVIDER",
];

/// Sets one property; gives the new name when the object was renamed.
pub(crate) fn set(
    s: &mut Session,
    kind: Kind,
    name: &str,
    prop: &str,
    value: &str,
) -> Result<Option<String>, Stop> {
    let upper = prop.to_uppercase();
    match kind {
        Kind::Cell | Kind::Port | Kind::Pin | Kind::Net => {
            let known = upper.contains('.')
                || NETLIST.contains(&upper.as_str())
                || s.open_design().is_some_and(|d| netlist(d, kind, name, &upper).is_some());
            if !known {
                return fail(
                    "Netlist 29-160",
                    format!(
                        "Cannot set property '{prop}', because the property does not exist for objects of type '{}'.",
                        kind.class()
                    ),
                );
            }
            let d = s.design()?;
            if kind == Kind::Cell
                && let Some(cell) = d.cells.get_mut(name)
            {
                if upper == "HD.RECONFIGURABLE" {
                    cell.reconfigurable = truth(value);
                }
                cell.props.set(&upper, value);
            } else {
                d.object_props.entry(format!("{} {name}", kind.class())).or_default().set(&upper, value);
            }
        }
        Kind::Pblock => {
            if let Some(pblock) = s.design()?.pblock_mut(name) {
                pblock.props.set(&upper, value);
            }
        }
        Kind::Design => {
            if let Some(d) = s.designs.iter_mut().find(|d| d.name == name) {
                d.props.set(&upper, value);
            }
        }
        Kind::BdDesign
        | Kind::BdCell
        | Kind::BdPin
        | Kind::BdIntfPin
        | Kind::BdPort
        | Kind::BdIntfPort
        | Kind::BdNet
        | Kind::BdAddrSeg => {
            return bd::set(s, kind, name, &upper, value);
        }
        Kind::Ip => {
            let p = s.project()?;
            p.dirty = true;
            let files = p.filesets.iter_mut().flat_map(|f| &mut f.files);
            for file in files.filter(|f| {
                f.extension() == "xci" && f.path.file_stem().is_some_and(|n| n.to_string_lossy() == name)
            }) {
                file.props.set(&upper, value);
            }
        }
        Kind::DrcCheck => {
            s.params.insert(format!("drc {name} {upper}"), value.to_owned());
        }
        Kind::Part | Kind::Clock | Kind::Site => {}
        _ if s.project.is_some() => return set_project_object(s, kind, name, &upper, value),
        _ => {}
    }
    Ok(None)
}

fn set_project_object(
    s: &mut Session,
    kind: Kind,
    name: &str,
    prop: &str,
    value: &str,
) -> Result<Option<String>, Stop> {
    if kind == Kind::Run && prop == "NEEDS_REFRESH" {
        if let Some(p) = &s.project
            && !truth(value)
        {
            status::force_up_to_date(p, name);
        }
        return Ok(None);
    }
    if kind == Kind::Run && prop.starts_with("STEPS.") && !known_step(prop) {
        return fail("Common 17-54", format!("The object '{name}' does not have a property '{prop}'."));
    }
    if kind == Kind::Run
        && prop == "PR_CONFIGURATION"
        && s.project()?.configuration(value).is_none()
        && !value.is_empty()
    {
        // The id of this refusal is not known publicly; the general one is used.
        return fail("Common 17-69", format!("Command failed: PR configuration '{value}' does not exist."));
    }
    let p = s.project()?;
    p.dirty = true;
    match kind {
        Kind::Project => match prop {
            "PR_FLOW" if p.pr_flow() && !truth(value) => {
                return fail(
                    "Common 17-69",
                    "Command failed: PR_FLOW cannot be unset: a Partial Reconfiguration project stays one.",
                );
            }
            "PR_FLOW" => p.props.set(prop, bit(truth(value))),
            "PART" => value.clone_into(&mut p.part),
            "NAME" => {}
            _ => p.props.set(prop, value),
        },
        Kind::Fileset => {
            if let Some(set) = p.fileset_mut(name) {
                set.props.set(prop, value);
            }
            if prop == "TOP"
                && let Some(module) = p.modules.iter_mut().find(|m| m.name == name)
            {
                value.clone_into(&mut module.top);
            }
        }
        Kind::File => {
            let path = std::path::PathBuf::from(name);
            if let Some(file) = p.file_mut(&path) {
                if let Some(step) = prop.strip_prefix("USED_IN_") {
                    let step = step.to_lowercase();
                    let mut used: Vec<String> = file
                        .props
                        .get("USED_IN")
                        .unwrap_or("")
                        .split_whitespace()
                        .map(str::to_owned)
                        .collect();
                    used.retain(|u| *u != step);
                    if truth(value) {
                        used.push(step);
                    }
                    file.props.set("USED_IN", used.join(" "));
                } else {
                    file.props.set(prop, value);
                }
            }
        }
        Kind::Run => return Ok(set_run(p, name, prop, value)),
        Kind::PartitionDef => {
            if prop == "NAME" {
                for module in p.modules.iter_mut().filter(|m| m.partition_def == name) {
                    value.clone_into(&mut module.partition_def);
                }
            }
            if let Some(pd) = p.partition_defs.iter_mut().find(|d| d.name == name) {
                match prop {
                    "NAME" => {
                        value.clone_into(&mut pd.name);
                        return Ok(Some(value.to_owned()));
                    }
                    "DEFAULT_RM" => value.clone_into(&mut pd.default_rm),
                    "MODULE_NAME" => value.clone_into(&mut pd.module),
                    "LIBRARY" => value.clone_into(&mut pd.library),
                    _ => pd.props.set(prop, value),
                }
            }
        }
        Kind::ReconfigModule => {
            if let Some(rm) = p.modules.iter_mut().find(|m| m.name == name) {
                match prop {
                    "MODULE_NAME" => value.clone_into(&mut rm.top),
                    "IS_GATE_LEVEL" => rm.gate_level = truth(value),
                    _ => rm.props.set(prop, value),
                }
            }
            if prop == "MODULE_NAME"
                && let Some(set) = p.fileset_mut(name)
            {
                set.props.set("TOP", value);
            }
        }
        Kind::PrConfiguration => {
            if let Some(config) = p.configurations.iter_mut().find(|c| c.name == name) {
                match prop {
                    "PARTITION_CELL_RMS" => config.cells = crate::cmd::dfx::pairs(&list::split_loose(value)),
                    "GREYBOX_CELLS" => config.greyboxes = list::split_loose(value),
                    _ => config.props.set(prop, value),
                }
            }
        }
        _ => {}
    }
    Ok(None)
}

fn known_step(prop: &str) -> bool {
    let rest = prop.trim_start_matches("STEPS.");
    let steps = crate::run::steps(true).iter().chain(crate::run::steps(false)).map(|s| s.to_uppercase());
    steps.into_iter().any(|step| rest.strip_prefix(step.as_str()).is_some_and(|r| r.starts_with('.')))
}

fn set_run(p: &mut Project, name: &str, prop: &str, value: &str) -> Option<String> {
    let run = p.run_mut(name)?;
    match prop {
        "NAME" => {
            value.clone_into(&mut run.name);
            for other in &mut p.runs {
                if other.parent.as_deref() == Some(name) {
                    other.parent = Some(value.to_owned());
                }
            }
            for current in [&mut p.current_synth, &mut p.current_impl] {
                if current == name {
                    value.clone_into(current);
                }
            }
            return Some(value.to_owned());
        }
        "PR_CONFIGURATION" => run.pr_config = Some(value.to_owned()).filter(|v| !v.is_empty()),
        "STRATEGY" => value.clone_into(&mut run.strategy),
        "FLOW" => value.clone_into(&mut run.flow),
        "CONSTRSET" => value.clone_into(&mut run.constrset),
        "SRCSET" => value.clone_into(&mut run.srcset),
        _ => run.props.set(prop, value),
    }
    None
}

/// Names of the properties of an object, sorted.
fn names(s: &Session, kind: Kind, name: &str) -> Vec<String> {
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
    for bag in [bags, own].into_iter().flatten() {
        names.extend(bag.iter().map(|(n, _)| n.to_owned()));
    }
    names.sort();
    names.dedup();
    names
}

pub(crate) fn list_property(s: &mut Session, args: &Args) -> Outcome {
    let name = args.at(0).to_owned();
    let kind = object(s, &name, "NAME")?;
    let pattern = args.positional.get(1).map_or_else(|| "*".to_owned(), |p| p.to_uppercase());
    Ok(list::join(names(s, kind, &name).into_iter().filter(|n| util::glob(&pattern, n))))
}

pub(crate) fn report_property(s: &mut Session, args: &Args) -> Outcome {
    let pattern = args.positional.get(1).map_or_else(|| "*".to_owned(), |p| p.to_uppercase());
    let mut text = String::new();
    for name in objects(s, &args.positional[..1.min(args.positional.len())]) {
        let kind = object(s, &name, "NAME")?;
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
        let kind = object(s, &name, &prop)?;
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

/// Objects of one kind named by arguments; a name that is none is refused with Vivado's general text.
pub(crate) fn expect(s: &Session, kind: Kind, words: &[String], what: &str) -> Result<Vec<String>, Stop> {
    let all = query::all(s, kind);
    let mut out = Vec::new();
    for word in words {
        for name in query::resolve(s, kind, word) {
            if !all.contains(&name) {
                return fail("Common 17-69", format!("Command failed: {what} '{name}' does not exist."));
            }
            out.push(name);
        }
    }
    Ok(out)
}
