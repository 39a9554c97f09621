// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Values of properties, stored and computed, by kind of object.

use crate::cmd::bd;
use crate::disk;
use crate::model::design::Design;
use crate::model::device::Part;
use crate::model::object::Kind;
use crate::model::project::{Project, Run};
use crate::model::props::bit;
use crate::run::status;
use crate::session::Session;
use crate::tcl::list;
use crate::util;

/// The value of one property; `None` when the object does not have it.
pub(crate) fn get(s: &Session, kind: Kind, name: &str, prop: &str) -> Option<String> {
    let upper = prop.to_uppercase();
    if kind == Kind::Extra {
        return s.extras.get(name)?.get(&upper).map(str::to_owned);
    }
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
            let known = || crate::model::boards::part_of(name).map(str::to_owned);
            (upper == "PART_NAME")
                .then(|| known().or_else(|| s.project.as_ref().map(|p| p.part.clone())))
                .flatten()
        }
        Kind::Ip => s
            .project
            .as_ref()?
            .files()
            .find(|(_, f)| {
                f.path.file_stem().is_some_and(|n| n.to_string_lossy() == name) && f.extension() == "xci"
            })
            .and_then(|(_, f)| match upper.as_str() {
                "IP_FILE" => Some(util::text(&f.path)),
                _ => f.props.get(&upper).map(str::to_owned),
            }),
        Kind::IpDef => crate::cmd::ip::definition(s, name, &upper),
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

pub(super) fn project(p: &Project, prop: &str) -> Option<String> {
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

pub(super) fn fileset(p: &Project, name: &str, prop: &str) -> Option<String> {
    let set = p.fileset(name)?;
    Some(match prop {
        "FILESET_TYPE" => set.kind.xpr().to_owned(),
        "TOP" => crate::cmd::files::top_of(p, set).unwrap_or_default(),
        _ => return set.props.get(prop).map(str::to_owned),
    })
}

pub(super) fn file(p: &Project, name: &str, prop: &str) -> Option<String> {
    let (set, file) = p.files().find(|(_, f)| util::text(&f.path) == name)?;
    Some(match prop {
        "FILE_TYPE" => file.file_type(),
        "FILESET_NAME" | "FILESET" => set.name.clone(),
        "CORE_CONTAINER" => String::new(),
        "IS_AVAILABLE" => bit(disk::exists(&file.path)),
        "USED_IN_SYNTHESIS" => bit(file.used_in("synthesis")),
        "USED_IN_IMPLEMENTATION" => bit(file.used_in("implementation")),
        "USED_IN_SIMULATION" => bit(file.used_in("simulation")),
        "USED_IN" => file.props.get(prop)?.to_owned(),
        _ => return file.props.get(prop).map(str::to_owned),
    })
}

/// Names of run properties that are computed.
pub(super) const RUN: [&str; 24] = [
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

pub(super) fn run(s: &Session, r: &Run, prop: &str) -> Option<String> {
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
        _ => return r.props.get(prop).or_else(|| super::steps::default(prop)).map(str::to_owned),
    })
}

pub(super) fn partition_def(p: &Project, name: &str, prop: &str) -> Option<String> {
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

pub(super) fn module(p: &Project, name: &str, prop: &str) -> Option<String> {
    let rm = p.module(name)?;
    Some(match prop {
        "PARTITION_DEF" => rm.partition_def.clone(),
        "MODULE_NAME" => rm.top.clone(),
        "IS_GATE_LEVEL" => bit(rm.gate_level),
        "SUBDESIGN_FILESETS" => rm.props.get(prop).unwrap_or_default().to_owned(),
        _ => return rm.props.get(prop).map(str::to_owned),
    })
}

pub(super) fn configuration(p: &Project, name: &str, prop: &str) -> Option<String> {
    let config = p.configuration(name)?;
    Some(match prop {
        "PARTITION_CELL_RMS" => list::join(config.cells.iter().map(|(c, m)| format!("{c}:{m}"))),
        "GREYBOX_CELLS" => list::join(&config.greyboxes),
        "AUTO_IMPORT" | "USE_BLACKBOX" => config.props.get(prop).unwrap_or("1").to_owned(),
        _ => return config.props.get(prop).map(str::to_owned),
    })
}

pub(super) fn design(d: &Design, prop: &str) -> Option<String> {
    Some(match prop {
        "TOP" => d.top.clone(),
        "PART" => d.part.clone(),
        "BOARD_PART" => d.board_part.clone(),
        _ => return d.props.get(prop).map(str::to_owned),
    })
}

pub(super) fn part(name: &str, prop: &str) -> Option<String> {
    let part = Part::read(name)?;
    Some(match prop {
        "FAMILY" | "ARCHITECTURE" | "C_FAMILY" => part.family_name().to_owned(),
        "DEVICE" => part.device,
        "PACKAGE" => part.package,
        "SPEED" => part.speed,
        _ => return None,
    })
}

pub(super) fn netlist(d: &Design, kind: Kind, name: &str, prop: &str) -> Option<String> {
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

pub(super) fn port_of<'a>(d: &'a Design, kind: Kind, name: &str) -> Option<&'a crate::hdl::Port> {
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
