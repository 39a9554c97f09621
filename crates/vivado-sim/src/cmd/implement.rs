// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! opt, place, phys_opt, route; current_design, close_design.

use crate::cmd::drc::{self, When};
use crate::cmd::query;
use crate::model::design::{Design, Stage, Timing};
use crate::model::object::Kind;
use crate::session::{Outcome, Session, Stop, fail};
use crate::syntax::parse::Args;
use crate::util;

/// One implementation command.
pub(crate) fn step(s: &mut Session, name: &str, args: &Args) -> Outcome {
    let design = s.design()?;
    let (part, key) = (design.part.clone(), design.content_digest());
    let line = args.command_line(name);
    s.command_line(&line);
    s.common_faults(name)?;
    s.license("Implementation", &part, name)?;
    if let Some(directive) = args.value("directive") {
        let id = match name {
            "opt_design" => "Vivado_Tcl 4-136",
            "phys_opt_design" => "Vivado_Tcl 4-137",
            "place_design" => "Vivado_Tcl 4-2302",
            _ => "Vivado_Tcl 4-138",
        };
        s.info(id, format!("Directive used for {name} is: {directive}"));
    }
    let outcome = match name {
        "opt_design" => opt(s, &key),
        "place_design" => place(s, &key),
        "phys_opt_design" => phys_opt(s, &key),
        "route_design" => route(s, &key),
        _ => Ok(0.0),
    };
    s.info("Common 17-83", "Releasing license: Implementation");
    match outcome {
        Ok(seconds) => {
            s.completed(name, seconds);
            Ok(String::new())
        }
        Err(stop) => s.gave_up_with(name, stop),
    }
}

fn opt(s: &mut Session, key: &str) -> Result<f64, Stop> {
    s.say("Running DRC as a precondition to command opt_design\n\nStarting DRC Task");
    s.info("DRC 23-27", "Running DRC with 8 threads");
    let design = s.design()?.clone();
    let violations = drc::check(s, &design, When::Opt);
    let errors = drc::tell(s, &violations);
    s.info("Project 1-461", drc::summary(&violations));
    s.info("Project 1-462", "Please refer to the DRC report (report_drc) for more information.");
    if errors > 0 {
        s.error("Vivado_Tcl 4-78", "Error(s) found during DRC. Opt_design not run.");
        return s.earlier("opt_design");
    }
    s.task("Cache Timing Information Task", &[], key);
    s.task(
        "Logic Optimization Task",
        &[
            "Retarget",
            "Constant propagation",
            "Sweep",
            "BUFG optimization",
            "Shift Register Optimization",
            "Post Processing Netlist",
        ],
        key,
    );
    s.task("Final Cleanup Task", &[], key);
    let d = s.design()?;
    d.stage = d.stage.max(Stage::Optimized);
    Ok(7.0)
}

fn place(s: &mut Session, key: &str) -> Result<f64, Stop> {
    let design = s.design()?.clone();
    if design.cells.values().any(|c| c.black_box && !c.grey_box) {
        let black = drc::check(s, &design, When::Opt);
        drc::tell(s, &black);
        s.error("Vivado_Tcl 4-23", "Error(s) found during DRC. Placer not run.");
        return s.earlier("place_design");
    }
    s.say("Running DRC as a precondition to command place_design");
    s.info("DRC 23-27", "Running DRC with 8 threads");
    let violations = drc::check(s, &design, When::Place);
    let errors = drc::tell(s, &violations);
    s.info("Vivado_Tcl 4-198", drc::summary(&violations));
    s.info("Vivado_Tcl 4-199", "Please refer to the DRC report (report_drc) for more information.");
    if errors > 0 {
        s.error("Vivado_Tcl 4-23", "Error(s) found during DRC. Placer not run.");
        return s.earlier("place_design");
    }
    if s.fault("place", "place_design") {
        s.error("Place 30-99", "Placer failed with error: 'Could not place all instances'");
        return fail("Common 17-69", "Command failed: Placer could not place all instances");
    }
    let seed = new_seed(s, &design);
    let missed = s.fault("timing", "place_design") || s.fault("timing", "route_design");
    let d = s.design()?;
    if !d.locked || d.seed.is_none() {
        // A new placement of the static: no two are alike unless the seed is given.
        d.seed = Some(seed);
    }
    d.stage = d.stage.max(Stage::Placed);
    d.timing = Some(timing(d, missed));
    let wns = d.timing.as_ref().and_then(|t| t.wns);
    s.info("Place 30-611", "Multithreading enabled for place_design using a maximum of 8 CPUs");
    s.task(
        "Placer Task",
        &[
            "Placer Initialization",
            "Global Placement",
            "Detail Placement",
            "Post Placement Optimization and Clean-Up",
        ],
        key,
    );
    if let Some(wns) = wns {
        s.info("Place 30-746", format!("Post Placement Timing Summary WNS={wns:.3}. For the most accurate timing information please run report_timing."));
    }
    Ok(16.0)
}

/// The seed of a new implementation of the static.
fn new_seed(s: &Session, design: &Design) -> String {
    let chance = s.settings.seed.clone().unwrap_or_else(|| {
        let nanos =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_nanos());
        format!("{nanos} {}", std::process::id())
    });
    let pblocks: Vec<String> =
        design.pblocks.iter().map(|p| format!("{} {:?} {:?}", p.name, p.cells, p.ranges)).collect();
    util::digest(&[
        chance,
        design.netlist.clone(),
        design.part.clone(),
        design.release.clone(),
        pblocks.join(";"),
    ])
}

/// Slacks that go with the design: the same for the same content and seed, met unless asked otherwise.
pub(crate) fn timing(design: &Design, missed: bool) -> Timing {
    let Some(clock) = design.clocks.iter().min_by(|a, b| a.period.total_cmp(&b.period)) else {
        return Timing::default();
    };
    let key = format!("{}{}", design.content_digest(), design.seed.as_deref().unwrap_or(""));
    let endpoints = 20 + 2 * design.resources().1;
    let part = |name: &str, limit: u64| util::pick(&format!("{key}{name}"), limit) as f64;
    let wns = if missed {
        -0.05 - part("miss", 900) / 1000.0
    } else {
        (clock.period * (0.05 + part("wns", 300) / 1000.0) * 1000.0).round() / 1000.0
    };
    let failing = if missed { 1 + util::pick(&format!("{key}failing"), endpoints.min(40)) } else { 0 };
    let tns = if missed { (wns * failing as f64 * 0.6 * 1000.0).round() / 1000.0 } else { 0.0 };
    Timing {
        wns: Some(wns),
        tns: Some(tns.min(if missed { wns } else { 0.0 })),
        setup_failing: failing,
        setup_total: endpoints,
        whs: Some(0.03 + part("whs", 120) / 1000.0),
        ths: Some(0.0),
        hold_failing: 0,
        hold_total: endpoints,
        wpws: Some((clock.period / 2.0 - 0.5).max(0.1)),
        tpws: Some(0.0),
        pulse_failing: 0,
        pulse_total: endpoints / 2 + 1,
    }
}

fn phys_opt(s: &mut Session, key: &str) -> Result<f64, Stop> {
    let timing = s.design()?.timing.clone().unwrap_or_default();
    s.task("Initial Update Timing Task", &[], key);
    match timing.wns {
        None => s.info("Vivado_Tcl 4-235", "No timing constraint found. The netlist was not modified."),
        Some(wns) if wns >= 0.0 => {
            s.info("Vivado_Tcl 4-383", "Design worst setup slack (WNS) is greater than or equal to 0.000 ns. All physical synthesis setup optimizations will be skipped.");
        }
        Some(wns) => {
            let tns = timing.tns.unwrap_or(0.0);
            s.info("Physopt 32-619", format!("Estimated Timing Summary | WNS={wns:.3} | TNS={tns:.3} |"));
            s.task(
                "Physical Synthesis Task",
                &[
                    "Physical Synthesis Initialization",
                    "DSP Register Optimization",
                    "Critical Path Optimization",
                ],
                key,
            );
        }
    }
    Ok(5.0)
}

fn route(s: &mut Session, key: &str) -> Result<f64, Stop> {
    if s.design()?.stage < Stage::Placed {
        s.error("Route 35-9", "Design is not placed. Run place_design before route_design.");
        return s.earlier("route_design");
    }
    s.say("Running DRC as a precondition to command route_design");
    s.info("DRC 23-27", "Running DRC with 8 threads");
    s.info("Vivado_Tcl 4-198", "DRC finished with 0 Errors");
    s.info("Vivado_Tcl 4-199", "Please refer to the DRC report (report_drc) for more information.");
    if s.fault("route", "route_design") {
        let d = s.design()?;
        d.route_errors = 12;
        s.say("\nStarting Routing Task");
        s.info("Route 35-254", "Multithreading enabled for route_design using a maximum of 8 CPUs");
        s.error("Route 35-7", "Design has 12 unroutable pins, potentially caused by placement issues.");
        s.error(
            "Route 35-1",
            "Design is not completely routed. There are 12 nets that are not completely routed.",
        );
        s.info("Route 35-17", "Router encountered errors");
        return s.earlier("route_design");
    }
    let missed = s.fault("timing", "route_design") || s.fault("timing", "place_design");
    let d = s.design()?;
    d.stage = Stage::Routed;
    d.route_errors = 0;
    d.timing = Some(timing(d, missed));
    let t = d.timing.clone().unwrap_or_default();
    let dfx = d.reconfigurable().next().is_some();
    s.info("Route 35-254", "Multithreading enabled for route_design using a maximum of 8 CPUs");
    s.task(
        "Routing Task",
        &[
            "Build RT Design",
            "Router Initialization",
            "Global Routing",
            "Initial Routing",
            "Rip-up And Reroute",
            "Delay and Skew Optimization",
            "Post Hold Fix",
            "Route finalize",
            "Verifying routed nets",
            "Depositing Routes",
            "Post Router Timing",
        ],
        key,
    );
    if let (Some(wns), Some(tns), Some(whs), Some(ths)) = (t.wns, t.tns, t.whs, t.ths) {
        s.info(
            "Route 35-57",
            format!(
                "Estimated Timing Summary | WNS={wns:<7.3}| TNS={tns:<7.3}| WHS={whs:<7.3}| THS={ths:<7.3}|"
            ),
        );
        if wns < 0.0 {
            s.warning("Route 35-328", "Router estimated timing not met.");
        }
    }
    if dfx && s.release.at_least(2024, 2) {
        s.info("Constraints 18-12546", "INFO: Running DFX DRC before completing route_design");
        s.info("Constraints 18-12545", "INFO: DFX DRC finished with 0 Errors");
    }
    s.info("Route 35-16", "Router Completed Successfully");
    s.say("\nRouting Is Done.");
    Ok(25.0)
}

pub(crate) fn close_design(s: &mut Session) -> Outcome {
    s.design()?;
    let at = s.current_design;
    s.designs.remove(at);
    s.current_design = s.designs.len().saturating_sub(1);
    Ok(String::new())
}

pub(crate) fn current_design(s: &mut Session, args: &Args) -> Outcome {
    if let Some(name) = args.words_from(0).into_iter().next() {
        match s.designs.iter().position(|d| d.name == name) {
            Some(at) => s.current_design = at,
            None => return fail("Common 17-69", format!("Command failed: design '{name}' is not open.")),
        }
    }
    let name = s.design()?.name.clone();
    Ok(query::found(s, Kind::Design, vec![name]))
}
