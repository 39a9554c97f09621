// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Objects of the device and of the timing analysis: sites, clock regions, SLRs, package pins, timing paths.
//!
//! There is no device database here. A site or region that is named by its full name exists; those of a Pblock are the
//! ones of its ranges; how many there are on the whole device is not known (nothing is returned, with a note).
//! Timing paths are made from the figures of the timing summary: the first has its worst slack.

use crate::cmd::{implement, query};
use crate::model::design::Design;
use crate::model::filter;
use crate::model::object::Kind;
use crate::model::props::Props;
use crate::session::{Outcome, Session, fail};
use crate::syntax::parse::Args;
use crate::util;

/// More than this many sites of one Pblock are not listed.
const MOST: u64 = 200_000;

/// Makes an object that only the session knows, with its properties.
pub(crate) fn extra(s: &mut Session, class: &str, name: &str, props: Props) -> String {
    let mut props = props;
    props.set("CLASS", class);
    props.set("NAME", name);
    s.extras.insert(name.to_owned(), props);
    s.registry.note(Kind::Extra, name);
    name.to_owned()
}

/// `TYPE_XaYb` of `TYPE_XaYb:TYPE_XcYd` in order, row by row.
fn expand(range: &str, out: &mut Vec<String>) {
    let place = |w: &str| -> Option<(String, u64, u64)> {
        let (kind, at) = w.rsplit_once('_')?;
        let (x, y) = at.strip_prefix('X')?.split_once('Y')?;
        Some((kind.to_owned(), x.parse().ok()?, y.parse().ok()?))
    };
    let (first, last) = range.split_once(':').unwrap_or((range, range));
    let (Some((kind, x1, y1)), Some((_, x2, y2))) = (place(first), place(last)) else { return };
    let count = (x2.abs_diff(x1) + 1).saturating_mul(y2.abs_diff(y1) + 1);
    if count + out.len() as u64 > MOST {
        return;
    }
    for y in y1.min(y2)..=y1.max(y2) {
        for x in x1.min(x2)..=x1.max(x2) {
            out.push(format!("{kind}_X{x}Y{y}"));
        }
    }
}

/// Whether a word has the shape of a name of this class.
fn named(command: &str, word: &str) -> bool {
    let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    let place = |t: &str| {
        t.strip_prefix('X').and_then(|t| t.split_once('Y')).is_some_and(|(x, y)| digits(x) && digits(y))
    };
    match command {
        "get_clock_regions" => place(word),
        "get_slrs" => word.strip_prefix("SLR").is_some_and(digits),
        "get_package_pins" => word.len() <= 4 && word.bytes().all(|b| b.is_ascii_alphanumeric()),
        "get_iobanks" => digits(word),
        _ => word.rsplit_once('_').is_some_and(|(kind, at)| !kind.is_empty() && place(at)),
    }
}

/// Super logic regions of the stacked parts (UG1120, product tables); every other part has one.
fn slrs(part: &str) -> u64 {
    let device = part.split('-').next().unwrap_or(part);
    match device {
        d if d.starts_with("xcvu13p") || d.starts_with("xcu250") || d.starts_with("xc7v2000t") => 4,
        d if d.starts_with("xcvu9p") || d.starts_with("xcvu11p") || d.starts_with("xcu200") => 3,
        d if d.starts_with("xcvu37p") || d.starts_with("xcu280") || d.starts_with("xcvu35p") => 3,
        d if d.starts_with("xcu55c") || d.starts_with("xcvu47p") || d.starts_with("xcvu19p") => 3,
        d if d.starts_with("xcvu5p") || d.starts_with("xcvu7p") || d.starts_with("xcu50") => 2,
        d if d.starts_with("xcku115") || d.starts_with("xcvu125") || d.starts_with("xcku085") => 2,
        d if d.starts_with("xcvu190") || d.starts_with("xcvu160") => 3,
        _ => 1,
    }
}

fn of_pblocks(design: Option<&Design>, command: &str, of: &[String]) -> Vec<String> {
    let mut out = Vec::new();
    for pblock in design.into_iter().flat_map(|d| &d.pblocks).filter(|p| of.contains(&p.name)) {
        for range in pblock.ranges.iter().flat_map(|r| r.split_whitespace()) {
            let region = range.starts_with("CLOCKREGION_");
            if region == (command == "get_clock_regions") && (region || command == "get_sites") {
                expand(range, &mut out);
            }
        }
    }
    out.into_iter().map(|n| n.trim_start_matches("CLOCKREGION_").to_owned()).collect()
}

/// get_sites, get_tiles, get_bels, get_clock_regions, get_slrs, get_iobanks, get_package_pins.
pub(crate) fn get(s: &mut Session, command: &str, args: &Args) -> Outcome {
    let part = s.open_design().map(|d| d.part.clone()).or_else(|| s.project.as_ref().map(|p| p.part.clone()));
    let Some(part) = part else {
        return fail(
            "Common 17-53",
            "User Exception: No open design. Please open an elaborated, synthesized or implemented design before executing this command.",
        );
    };
    let patterns = args.words_from(0);
    let of = args.list("of_objects");
    let class = command.trim_start_matches("get_").trim_end_matches('s').to_owned();
    let mut names: Vec<String> = if args.has("of_objects") {
        let mut found = of_pblocks(s.open_design(), command, &of);
        if command == "get_slrs" {
            found = vec!["SLR0".to_owned()];
        }
        // What a port, pin or cell is placed on, when a constraint says so.
        for object in &of {
            for kind in s.registry.kinds(object) {
                for prop in ["LOC", "PACKAGE_PIN"] {
                    let at = crate::cmd::property::get(s, kind, object, prop).filter(|v| named(command, v));
                    found.extend(at);
                }
            }
        }
        found
    } else if command == "get_slrs" {
        (0..slrs(&part)).map(|n| format!("SLR{n}")).collect()
    } else {
        patterns.iter().filter(|p| named(command, p)).cloned().collect()
    };
    if !patterns.is_empty() {
        names.retain(|n| patterns.iter().any(|p| util::glob(p, n)));
    }
    names.dedup();
    // What lies around a placed object or in a Pblock's ranges is known; the device's grid is not.
    let known = if args.has("of_objects") {
        command == "get_sites" || command == "get_slrs" || command == "get_package_pins"
    } else {
        patterns.iter().any(|p| named(command, p))
    };
    if names.is_empty() && !known {
        s.not_modelled(command);
    }
    for name in &names {
        let mut props = Props::default();
        if let Some((kind, _)) = name.rsplit_once('_') {
            props.set("SITE_TYPE", if kind == "SLICE" { "SLICEL" } else { kind });
            props.set("TILE_TYPE", kind);
        }
        props.set("IS_USED", "0");
        extra(s, &class, name, props);
    }
    filtered(s, command, args, names)
}

fn filtered(s: &mut Session, command: &str, args: &Args, names: Vec<String>) -> Outcome {
    let Some(text) = args.value("filter").map(str::to_owned) else {
        return Ok(query::found(s, Kind::Extra, names));
    };
    let mut kept = Vec::new();
    for name in names {
        let value = |p: &str| s.extras.get(&name).and_then(|b| b.get(p)).map(str::to_owned);
        match filter::matches(&text, &mut |p| value(p)) {
            Some(true) => kept.push(name),
            Some(false) => {}
            None => {
                return fail("Common 17-48", format!("{command}: filter expression '{text}' is not valid."));
            }
        }
    }
    Ok(query::found(s, Kind::Extra, kept))
}

/// get_timing_paths: `-max_paths` of them, `-hold` and `-delay_type min` for hold, `-slack_lesser_than` as limit.
pub(crate) fn timing_paths(s: &mut Session, args: &Args) -> Outcome {
    let design = s.design()?.clone();
    let hold = args.flag("hold") || args.value("delay_type") == Some("min");
    let timing = design.timing.clone().unwrap_or_else(|| implement::timing(&design, false));
    let (worst, failing, total) = if hold {
        (timing.whs, timing.hold_failing, timing.hold_total)
    } else {
        (timing.wns, timing.setup_failing, timing.setup_total)
    };
    let (Some(worst), Some(clock)) =
        (worst, design.clocks.iter().min_by(|a, b| a.period.total_cmp(&b.period)).cloned())
    else {
        s.warning("Vivado 12-180", "No timing paths matched.");
        return Ok(String::new());
    };
    let number = |option: &str| args.value(option).and_then(|n| n.parse::<f64>().ok());
    let most = number("max_paths").or_else(|| number("nworst")).unwrap_or(1.0).max(0.0) as u64;
    let (below, above) = (number("slack_lesser_than"), number("slack_greater_than"));
    let mut names = Vec::new();
    for index in 0..most.min(total.max(1)) {
        // The failing ones lie between the worst slack and zero, the others above.
        let step = if failing > 0 { worst.abs() / failing as f64 } else { 0.01 };
        let slack = worst + step * index as f64;
        if below.is_some_and(|limit| slack >= limit) || above.is_some_and(|limit| slack <= limit) {
            continue;
        }
        let kind = if hold { "hold" } else { "setup" };
        let name = format!("{}_{kind}_path_{index}", clock.name);
        let mut props = Props::default();
        let delay = if hold { slack.abs() } else { (clock.period - slack).max(0.0) };
        for (prop, value) in [
            ("SLACK", format!("{slack:.3}")),
            ("REQUIREMENT", format!("{:.3}", if hold { 0.0 } else { clock.period })),
            ("DATAPATH_DELAY", format!("{delay:.3}")),
            ("DATAPATH_LOGIC_DELAY", format!("{:.3}", delay * 0.4)),
            ("DATAPATH_NET_DELAY", format!("{:.3}", delay * 0.6)),
            ("LOGIC_LEVELS", "3".to_owned()),
            ("GROUP", clock.name.clone()),
            ("STARTPOINT_CLOCK", clock.name.clone()),
            ("ENDPOINT_CLOCK", clock.name.clone()),
            ("STARTPOINT_PIN", format!("simulated_{index}_reg/C")),
            ("ENDPOINT_PIN", format!("simulated_{}_reg/D", index + 1)),
            ("DELAY_TYPE", if hold { "min" } else { "max" }.to_owned()),
            ("UNCERTAINTY", "0.035".to_owned()),
            ("SKEW", "0.000".to_owned()),
        ] {
            props.set(prop, value);
        }
        names.push(extra(s, "timing_path", &name, props));
    }
    filtered(s, "get_timing_paths", args, names)
}
