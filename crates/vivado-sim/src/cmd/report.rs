// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The `report_*` commands: text to a file, to the console or as the result.

use std::collections::BTreeMap;

use crate::artifacts::reports::Frame;
use crate::cmd::decks;
use crate::cmd::drc::{self, When};
use crate::model::design::Stage;
use crate::session::{Outcome, Session, fail};
use crate::syntax::parse::Args;
use crate::tcl::list;

pub(crate) fn report(s: &mut Session, name: &str, args: &Args) -> Outcome {
    if name == "report_property" {
        return crate::cmd::property::report_property(s, args);
    }
    if matches!(
        name,
        "report_environment"
            | "report_param"
            | "report_ip_status"
            | "report_compile_order"
            | "report_config_implementation"
    ) {
        let text = format!("SIMULATED {name}\n");
        return deliver(s, args, &text);
    }
    let design = s.design()?.clone();
    let line = args.command_line(name);
    let frame = Frame {
        release: s.release,
        host: s.settings.hostname.clone(),
        command: line.clone(),
        design: &design,
    };
    if matches!(name, "report_drc" | "report_methodology" | "report_power") {
        s.command_line(&line);
    }
    s.common_faults(name)?;
    let frame_text = match name {
        "report_timing_summary" | "report_timing" => {
            s.info("Timing 38-35", "Done setting XDC timing constraints.");
            s.info(
                "Timing 38-91",
                format!("UpdateTimingParams: Speed grade: {}, Delay Type: min_max.", frame.speed()),
            );
            s.info("Timing 38-191", "Multithreading enabled for timing update using a maximum of 8 CPUs");
            let timing = design.timing.clone().unwrap_or_default();
            if !timing.met() && (args.flag("warn_on_violation") || name == "report_timing_summary") {
                s.critical("Timing 38-282", "The design failed to meet the timing requirements. Please see the timing summary report for details on the timing violations.");
            }
            frame.timing()
        }
        "report_utilization" => {
            let pblocks = args.list("pblocks");
            let cells = args.list("cells");
            frame.utilization(&pblocks, &cells)
        }
        "report_route_status" => frame.route_status(),
        "report_drc" | "report_methodology" => {
            let methodology = name == "report_methodology";
            let mut violations = if methodology { Vec::new() } else { drc::check(s, &design, When::Report) };
            // -checks and a rule deck of the script's own select rules; Vivado's decks hold them all.
            let mut rules = args.list("checks");
            for deck in args.list("ruledecks").into_iter().chain(args.list("ruledeck")) {
                rules.extend(decks::rules(s, &deck));
            }
            if !rules.is_empty() {
                violations.retain(|v| rules.iter().any(|r| crate::util::glob(r, v.rule)));
            }
            // An opened DCP with black boxes reports INBB-3; report_drc itself never fails.
            s.info(
                if methodology { "DRC 23-133" } else { "DRC 23-27" },
                if methodology {
                    "Running Methodology with 8 threads".to_owned()
                } else {
                    "Running DRC with 8 threads".to_owned()
                },
            );
            if let Some(file) = args.value("file") {
                let path = s.path(file);
                let (id, what) = if methodology {
                    ("Vivado_Tcl 2-1520", "Report Methodology")
                } else {
                    ("Vivado_Tcl 2-168", "DRC")
                };
                s.info(id, format!("The results of {what} are in file {}.", path.display()));
            }
            s.say(format!("{name} completed successfully"));
            frame.drc(&violations, methodology)
        }
        "report_power" => {
            s.say("Running Vector-less Activity Propagation...\n\nFinished Running Vector-less Activity Propagation");
            let totals = s.console.totals();
            s.say(totals);
            s.say("report_power completed successfully");
            frame.power()
        }
        "report_incremental_reuse" => {
            s.info("Vivado_Tcl 4-1062", "Incremental flow is disabled. No incremental reuse Info to report.");
            return Ok(String::new());
        }
        "report_clock_utilization"
        | "report_bus_skew"
        | "report_io"
        | "report_control_sets"
        | "report_clocks"
        | "report_clock_networks"
        | "report_design_analysis"
        | "report_qor_assessment"
        | "report_qor_suggestions"
        | "report_cdc"
        | "report_clock_interaction"
        | "report_high_fanout_nets"
        | "report_exceptions"
        | "report_design_status"
        | "report_pr_configuration_analysis"
        | "report_dfx_summary"
        | "report_ram_utilization" => frame.plain(name),
        _ => {
            s.not_modelled(name);
            frame.plain(name)
        }
    };
    if name == "report_pr_configuration_analysis" && design.stage < Stage::Synthesized {
        return fail("Common 17-69", "Command failed: the design is not synthesized.");
    }
    deliver(s, args, &frame_text)
}

/// Where the text goes: -file, -return_string, or the console; -pb and -rpx get placeholder files.
fn deliver(s: &mut Session, args: &Args, text: &str) -> Outcome {
    for side in ["pb", "rpx"] {
        if let Some(file) = args.value(side).map(str::to_owned) {
            crate::cmd::write_output(s, &file, false, "SIMULATED\n")?;
        }
    }
    if args.flag("return_string") {
        return Ok(text.to_owned());
    }
    match args.value("file").map(str::to_owned) {
        Some(file) => {
            let path = s.path(&file);
            if s.output_faults(args.typed.first().map_or("report", String::as_str), &path)? {
                crate::cmd::write_output(s, &file, args.flag("append"), text)?;
            }
        }
        None => s.console.print(text),
    }
    Ok(String::new())
}

/// generate_parallel_reports: a list of report commands, each told and then run.
pub(crate) fn generate(s: &mut Session, args: &Args) -> Outcome {
    for command in args.list("reports") {
        let words = list::split_loose(&command);
        if words.is_empty() {
            continue;
        }
        s.info("Vivado 12-24828", format!("Executing command : {command}"));
        s.eval(&list::join(&words))?;
    }
    Ok(String::new())
}

/// Sums of resources by Pblock, for the per-partition utilisation.
pub(crate) fn by_pblock(design: &crate::model::design::Design) -> BTreeMap<String, (u64, u64)> {
    let mut out = BTreeMap::new();
    for pblock in &design.pblocks {
        let weight: u64 = pblock.cells.iter().filter_map(|c| design.cells.get(c)).map(|c| c.weight).sum();
        out.insert(pblock.name.clone(), (3 * weight, 2 * weight));
    }
    out
}
