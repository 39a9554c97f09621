// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Setting properties, with the refusals that real logs show.

use super::known::{Known, known, refusal};
use super::read::{get, netlist};
use crate::cmd::bd;
use crate::model::object::Kind;
use crate::model::project::Project;
use crate::model::props::{bit, truth};
use crate::run::status;
use crate::session::{Session, Stop, fail};
use crate::tcl::list;

/// Properties that netlist objects take; any name with a dot is taken too.
pub(super) const NETLIST: [&str; 44] = [
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
    if known(kind, &upper) == Known::No && get(s, kind, name, &upper).is_none() {
        let (id, text) = refusal(kind, prop);
        return fail(id, text);
    }
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
            crate::cmd::ip::refresh(s, name)?;
        }
        Kind::DrcCheck => {
            s.params.insert(format!("drc {name} {upper}"), value.to_owned());
        }
        Kind::Extra => s.extras.entry(name.to_owned()).or_default().set(&upper, value),
        Kind::Part | Kind::Clock => {}
        _ if s.project.is_some() => return set_project_object(s, kind, name, &upper, value),
        _ => {}
    }
    Ok(None)
}

pub(super) fn set_project_object(
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
        let (id, text) = refusal(kind, prop);
        return fail(id, text);
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
            "BOARD_PART" => {
                p.props.set(prop, value);
                // The board brings its part; one that is not listed leaves the project's.
                if let Some(part) = crate::model::boards::part_of(value) {
                    part.clone_into(&mut p.part);
                }
            }
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

pub(super) fn known_step(prop: &str) -> bool {
    let rest = prop.trim_start_matches("STEPS.");
    let steps = crate::run::steps(true).iter().chain(crate::run::steps(false)).map(|s| s.to_uppercase());
    steps.into_iter().any(|step| rest.strip_prefix(step.as_str()).is_some_and(|r| r.starts_with('.')))
}

pub(super) fn set_run(p: &mut Project, name: &str, prop: &str, value: &str) -> Option<String> {
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
