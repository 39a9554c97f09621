// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Parameters, messages, versions, hand-off files, and commands that are taken without effect.

use crate::cmd::{project, report, verify};
use crate::disk;
use crate::model::object::Kind;
use crate::session::console::{Rule, Severity};
use crate::session::{Outcome, Session, fail};
use crate::syntax::parse::Args;
use crate::tcl::list;
use crate::util;

/// Commands whose effect no DFX script can see in the model: timing exceptions, GUI and housekeeping.
const NO_EFFECT: [&str; 75] = [
    "set_false_path",
    "set_max_delay",
    "set_min_delay",
    "set_multicycle_path",
    "set_input_delay",
    "set_output_delay",
    "set_clock_groups",
    "set_clock_uncertainty",
    "set_clock_latency",
    "set_propagated_clock",
    "set_case_analysis",
    "set_disable_timing",
    "set_bus_skew",
    "set_input_jitter",
    "set_system_jitter",
    "set_load",
    "set_units",
    "set_operating_conditions",
    "set_switching_activity",
    "set_logic_dc",
    "set_max_time_borrow",
    "set_data_check",
    "set_clock_sense",
    "set_external_delay",
    "group_path",
    "auto_detect_xpm",
    "config_implementation",
    "reset_drc",
    "reset_methodology",
    "create_property",
    "close_sim",
    "open_hw",
    "close_hw",
    "set_speed_grade",
    "validate_hw_platform",
    "set_power_opt",
    "set_hierarchy_separator",
    "create_msg_db",
    "close_msg_db",
    "implement_debug_core",
    "start_gui",
    "stop_gui",
    "startgroup",
    "endgroup",
    "update_ip_catalog",
    "config_ip_cache",
    "config_webtalk",
    "load_features",
    "reset_msg_count",
    "export_ip_user_files",
    "export_simulation",
    "reset_target",
    "reset_project",
    "update_timing",
    "reset_timing",
    "highlight_objects",
    "unhighlight_objects",
    "mark_objects",
    "select_objects",
    "unselect_objects",
    "show_objects",
    "show_schematic",
    "reorder_files",
    "create_waiver",
    "set_package_pin_val",
    "undo",
    "redo",
    "set_delay_model",
    "config_timing_corners",
    "config_timing_analysis",
    "xhub_refresh_catalog",
    "xhub_install",
    "set_logic_unconnected",
    "set_logic_zero",
    "set_logic_one",
];

pub(crate) fn dispatch(s: &mut Session, name: &str, args: &Args) -> Outcome {
    match name {
        "set_param" => {
            s.params.insert(args.at(0).to_owned(), args.at(1).to_owned());
            Ok(args.at(1).to_owned())
        }
        "get_param" => Ok(param(s, args.at(0))),
        "reset_param" => {
            s.params.remove(args.at(0));
            Ok(String::new())
        }
        "list_param" => Ok(list::join(s.params.keys().filter(|n| !n.starts_with("drc ")))),
        "version" => Ok(version(s, args)),
        "set_msg_config" => set_msg_config(s, args),
        "reset_msg_config" => {
            s.console.rules.clear();
            Ok(String::new())
        }
        "get_msg_config" => Ok(get_msg_config(s, args)),
        "send_msg_id" => send_message(s, &args.positional),
        "generate_parallel_reports" => report::generate(s, args),
        "write_mem_info" => mem_info(s, args),
        "write_hwdef" | "write_sysdef" => hwdef(s, args),
        "write_hw_platform" => hw_platform(s, args),
        "write_verilog" | "write_vhdl" | "write_edif" | "write_sdf" => text_file(s, name, args),
        "help" => Ok(String::new()),
        "xhub_get_xstores" | "xhub_get_xitems" => {
            let root = util::text(&s.scratch.join("xhub"));
            let mut names = args.words_from(0);
            if names.is_empty() {
                names = vec!["xilinx_board_store".to_owned(), "Vivado_example_project".to_owned()];
            }
            for name in &mut names {
                *name = name.replace('*', "");
                let mut props = crate::model::props::Props::default();
                props.set("LOCAL_ROOT_DIR", format!("{root}/{name}"));
                crate::cmd::silicon::extra(s, "xhub", name, props);
            }
            Ok(Session::names(names))
        }
        "list_property_value" => Ok(String::new()),
        "filter" => filter(s, args),
        "current_instance" | "check_timing" | "get_hierarchy_separator" => Ok(String::new()),
        "current_board_part" => {
            let board = s.project()?.props.get("BOARD_PART").unwrap_or("").to_owned();
            Ok(if board.is_empty() {
                board
            } else {
                crate::cmd::query::found(s, Kind::BoardPart, vec![board])
            })
        }
        // Reports and dashboard gadgets exist as soon as they are named: nothing but their names is kept.
        "create_report_config"
        | "create_dashboard_gadget"
        | "get_dashboard_gadgets"
        | "get_report_configs" => {
            let named = args.value("report_name").or_else(|| args.value("name")).map(str::to_owned);
            let names: Vec<String> =
                named.into_iter().chain(args.words_from(0)).filter(|n| !n.contains('*')).collect();
            Ok(crate::cmd::query::found(s, Kind::ReportConfig, names))
        }
        "move_dashboard_gadget" | "delete_dashboard_gadgets" | "delete_report_configs" => Ok(String::new()),
        "all_clocks" => Ok(crate::cmd::query::found(s, Kind::Clock, crate::cmd::query::all(s, Kind::Clock))),
        "all_inputs" | "all_outputs" => {
            s.design()?;
            let dir = if name == "all_inputs" { "IN" } else { "OUT" };
            let names = crate::cmd::query::all(s, Kind::Port);
            let names = names
                .into_iter()
                .filter(|n| crate::cmd::property::get(s, Kind::Port, n, "DIRECTION").as_deref() == Some(dir))
                .collect();
            Ok(crate::cmd::query::found(s, Kind::Port, names))
        }
        "pr_verify" => verify::pr_verify(s, args),
        _ if NO_EFFECT.contains(&name) => Ok(String::new()),
        _ => {
            s.not_modelled(name);
            Ok(String::new())
        }
    }
}

fn param(s: &Session, name: &str) -> String {
    if let Some(value) = s.params.get(name) {
        return value.clone();
    }
    match name {
        "general.maxThreads" => "8",
        "messaging.defaultLimit" => "100",
        _ => "",
    }
    .to_owned()
}

fn version(s: &mut Session, args: &Args) -> String {
    let r = s.release;
    if args.flag("short") {
        return r.name.to_owned();
    }
    if args.flag("build") {
        return r.build.to_owned();
    }
    format!(
        "Vivado v{} (64-bit) SIMULATED\nSW Build {} on {}\nIP Build {} on {}\n{}",
        r.name,
        r.build,
        r.date,
        r.ip_build,
        r.ip_date,
        r.copyright()
    )
}

fn set_msg_config(s: &mut Session, args: &Args) -> Outcome {
    let read = |option: &str| args.value(option).map(|v| v.trim_matches(['{', '}', ' ']).to_owned());
    let severity = |option: &str| -> Result<Option<Severity>, crate::session::Stop> {
        match read(option) {
            None => Ok(None),
            Some(word) => match Severity::read(&word) {
                Some(severity) => Ok(Some(severity)),
                None if word.eq_ignore_ascii_case("STATUS") => Ok(Some(Severity::Info)),
                None => {
                    fail("Common 17-161", format!("Invalid option value '{word}' specified for '-{option}'."))
                }
            },
        }
    };
    let rule = Rule {
        id: read("id"),
        severity: severity("severity")?,
        strings: args.list("string"),
        new_severity: severity("new_severity")?,
        suppress: args.flag("suppress"),
        limit: read("limit").and_then(|l| l.parse().ok()),
    };
    s.console.rules.push(rule);
    Ok(String::new())
}

fn get_msg_config(s: &Session, args: &Args) -> String {
    if args.flag("count") {
        let severity = args.value("severity").and_then(Severity::read);
        let all = [Severity::Info, Severity::Warning, Severity::Critical, Severity::Error];
        return all
            .into_iter()
            .filter(|v| severity.is_none_or(|s| s == *v))
            .map(|v| s.console.count(v))
            .sum::<u64>()
            .to_string();
    }
    String::new()
}

/// `send_msg_id id severity text`, or `common::send_gid_msg -ssname X -id N -severity S text`.
pub(crate) fn send_message(s: &mut Session, words: &[String]) -> Outcome {
    let (mut ssname, mut id, mut severity, mut text) =
        (String::new(), String::new(), String::new(), String::new());
    let mut rest = words.iter();
    let mut plain = Vec::new();
    while let Some(word) = rest.next() {
        let mut next = || rest.next().cloned().unwrap_or_default();
        match word.as_str() {
            "-ssname" => ssname = next(),
            "-id" => id = next(),
            "-severity" => severity = next(),
            other => plain.push(other.to_owned()),
        }
    }
    let full = if ssname.is_empty() {
        let mut plain = plain.into_iter();
        let full = plain.next().unwrap_or_default();
        severity = plain.next().unwrap_or_default();
        text = plain.next().unwrap_or(text);
        full.replace('-', " ").trim().to_owned()
    } else {
        text = plain.into_iter().next().unwrap_or(text);
        format!("{ssname} {id}")
    };
    // The id prints as `[BD_TCL-3]` or `[BD::TCL 103-2003]`.
    let shown = if ssname.is_empty() { full.replace(' ', "-") } else { format!("{ssname} 103-{id}") };
    let severity = Severity::read(&severity).unwrap_or(Severity::Info);
    s.console.message(severity, &shown, &text);
    if severity == Severity::Error {
        return Err(crate::session::Stop::Error(format!("ERROR: [{shown}] {text}\n")));
    }
    Ok(String::new())
}

fn mem_info(s: &mut Session, args: &Args) -> Outcome {
    s.design()?;
    let name = args.at(0).to_owned();
    let text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- SIMULATED -->\n<MemInfo Version=\"1\" Minor=\"0\"/>\n";
    crate::cmd::write_output(s, &name, false, text)?;
    Ok(String::new())
}

fn hwdef(s: &mut Session, args: &Args) -> Outcome {
    let file = args.value("file").unwrap_or(args.at(0)).to_owned();
    let path = s.path(&file);
    project::check_directory(s, &path)?;
    crate::cmd::write_output(s, &file, false, "SIMULATED hardware definition\n")?;
    Ok(String::new())
}

/// An .xsa: a zip of the hand-off files and, when asked, the bitstream.
fn hw_platform(s: &mut Session, args: &Args) -> Outcome {
    let named = args
        .value("file")
        .or_else(|| args.positional.first().map(String::as_str))
        .unwrap_or("design.xsa")
        .to_owned();
    let mut path = s.path(&named);
    if path.extension().is_none() {
        path.set_extension("xsa");
    }
    project::check_directory(s, &path)?;
    if disk::exists(&path) && !args.flag("force") {
        return fail(
            "Common 17-176",
            format!("File '{}' already exists, use -force to overwrite.", path.display()),
        );
    }
    s.info("Vivado 12-4895", format!("Creating Hardware Platform: {} ...", path.display()));
    let mut members: Vec<(String, Vec<u8>)> =
        vec![("xsa.json".to_owned(), b"{\"SIMULATED\": true}\n".to_vec())];
    if let Some(p) = &s.project {
        for handoff in crate::cmd::bd::handoffs(p, s.release) {
            if let Ok(bytes) = disk::read(&handoff) {
                members.push((util::file_name(&handoff), bytes));
            }
        }
        if args.flag("include_bit") {
            let bits = p.runs.iter().filter(|r| !r.synthesis).filter_map(|r| {
                let top = crate::run::status::top_of_run(p, r)?;
                Some(p.run_dir(&r.name).join(format!("{top}.bit")))
            });
            if let Some(bit) = bits.into_iter().find(|b| disk::exists(b))
                && let Ok(bytes) = disk::read(&bit)
            {
                members.push((util::file_name(&bit), bytes));
            }
        }
    }
    let written = crate::artifacts::zip_file(&path, &members);
    if let Err(error) = written {
        return fail("Common 17-69", format!("Command failed: {error}"));
    }
    s.info("Vivado 12-12467", "The Hardware Platform can be used for Hardware");
    s.info("Vivado 12-4896", format!("Successfully created Hardware Platform: {}", path.display()));
    Ok(util::text(&path))
}

/// Text outputs that are written with a note of what they would be.
fn text_file(s: &mut Session, name: &str, args: &Args) -> Outcome {
    let file = args
        .value("file")
        .or_else(|| args.positional.first().map(String::as_str))
        .unwrap_or_default()
        .to_owned();
    if file.is_empty() {
        return Ok(String::new());
    }
    s.not_modelled(name);
    crate::cmd::write_output(
        s,
        &file,
        false,
        &format!("# SIMULATED: {name} writes no content in the stand-in\n"),
    )?;
    Ok(String::new())
}

/// `filter objects expression`.
fn filter(s: &mut Session, args: &Args) -> Outcome {
    let expression = args.at(1).to_owned();
    let mut kept = Vec::new();
    for name in list::split_loose(args.at(0)) {
        let Some(kind) = s.registry.kinds(&name).first().copied() else { continue };
        match crate::model::filter::matches(&expression, &mut |p| {
            crate::cmd::property::get(s, kind, &name, p)
        }) {
            Some(true) => kept.push(name),
            Some(false) => {}
            None => return fail("Common 17-48", format!("filter: expression '{expression}' is not valid.")),
        }
    }
    Ok(Session::names(kept))
}
