// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! pr_verify: are two configurations' statics one and the same implementation.
//!
//! Compared: part, partitions with their ports, the static's netlist digest and its placement seed. The counts are
//! derived from the seed, so that they are stable for one static and differ between two.

use std::path::{Path, PathBuf};

use crate::cmd::{link, transcript};
use crate::hdl::Port;
use crate::model::design::{Design, Stage};
use crate::session::{Outcome, Session, fail};
use crate::syntax::parse::Args;
use crate::util;

pub(crate) fn pr_verify(s: &mut Session, args: &Args) -> Outcome {
    let line = args.command_line("pr_verify");
    s.command_line(&line);
    s.common_faults("pr_verify")?;
    // The checkpoints that it reads are a project in memory: AMD's own lab scripts close it afterwards.
    s.verified = s.project.is_none();
    let (initial, additional) = names(args);
    let log = args.value("file").map(str::to_owned);
    let stamp = util::asctime(util::local_now());
    let mut text = format!("{line}\n{stamp}\n\n");
    let first = match &initial {
        Some(name) => {
            let path = s.path(name);
            let design = link::load(s, &path, name)?;
            crate::cmd::checkpoint::announce(s, &path);
            design
        }
        None => s.design()?.clone(),
    };
    let first_name = initial.unwrap_or_else(|| "in_memory".to_owned());
    if additional.is_empty() {
        return fail(
            "Common 17-163",
            "Missing value for option 'additional', please type 'pr_verify -help' for usage info.",
        );
    }
    let mut all_good = true;
    for name in &additional {
        let path = s.path(name);
        s.info("Vivado 12-3501", format!("pr_verify {first_name} {name}"));
        let second = link::load(s, &path, name)?;
        crate::cmd::checkpoint::announce(s, &path);
        all_good &= compare(s, (&first_name, &first), (name, &second), args.flag("full_check"), &mut text);
    }
    if let Some(log) = log {
        crate::cmd::write_output(s, &log, false, &format!("Command: {text}"))?;
    }
    if !all_good {
        return s.earlier("pr_verify");
    }
    if s.settings.pace > 0.0 {
        s.pace(20.0);
        let time = transcript::time(20.0);
        s.say(format!("pr_verify: {time}"));
    }
    Ok(String::new())
}

fn names(args: &Args) -> (Option<String>, Vec<String>) {
    let positional = args.words_from(0);
    // A list, of which one plain word is a case too (UG835).
    let mut additional: Vec<String> = args.list("additional");
    let initial = args.value("initial").map(str::to_owned);
    let mut rest = positional.into_iter();
    let initial = if args.flag("in_memory") { None } else { initial.or_else(|| rest.next()) };
    additional.extend(rest);
    (initial, additional)
}

fn partitions(design: &Design) -> Vec<(String, Vec<Port>)> {
    design.reconfigurable().map(|(p, c)| (p.clone(), c.ports.clone())).collect()
}

/// The seven lines for one design.
fn counts(s: &Session, design: &Design, zero: bool) -> String {
    let key = design.seed.clone().unwrap_or_default();
    let some = |name: &str, low: u64, high: u64| {
        if zero { 0 } else { low + util::pick(&format!("{key}{name}"), high) }
    };
    let parts = partitions(design);
    // 2018.3 counted no pins for such designs.
    let pins = if s.release.at_least(2020, 1) && !zero {
        parts.iter().flat_map(|(_, p)| p).map(Port::width).sum()
    } else {
        0
    };
    format!(
        "  Number of reconfigurable modules compared = {}\n  Number of partition pins compared         = {pins}\n  Number of static tiles compared           = {}\n  Number of static sites compared           = {}\n  Number of static cells compared           = {}\n  Number of static routed nodes compared    = {}\n  Number of static routed pips compared     = {}\n",
        parts.len(),
        some("tiles", 200, 6000),
        some("sites", 20, 2000),
        some("cells", 50, 12_000),
        some("nodes", 900, 110_000),
        some("pips", 800, 100_000),
    )
}

fn compare(s: &mut Session, a: (&str, &Design), b: (&str, &Design), full: bool, text: &mut String) -> bool {
    let ((a_name, a), (b_name, b)) = (a, b);
    let mut faults: Vec<(&str, String)> = Vec::new();
    if a.part == b.part {
        let (pa, pb) = (partitions(a), partitions(b));
        for (cell, ports) in &pa {
            match pb.iter().find(|(c, _)| c == cell) {
                None => faults.push(("Constraints 18-886", format!("HDPRVerify-03: design check point {a_name} has the reconfigurable cell {cell}, yet design check point {b_name} does not."))),
                Some((_, other)) if link::port_mismatch(ports, other).is_some() => {
                    faults.push(("Constraints 18-887", format!("HDPRVerify-04: the partition pins of reconfigurable cell {cell} differ between design check point {a_name} and design check point {b_name}.")));
                }
                Some(_) => {}
            }
        }
        if a.shell_for != b.shell_for {
            // UG909, Verifying Configurations: full against abstract, and two shells against each other, are expected to fail. The id is not established.
            faults.push((
                "Constraints 18-891",
                format!("HDPRVerify-08: the static contents of design check point {a_name} and design check point {b_name} are not the same: one is an abstract shell of another partition, or no abstract shell"),
            ));
        }
        let wrong = s.fault("wrong_golden", "pr_verify");
        if a.seed != b.seed
            || a.netlist != b.netlist
            || a.stage < Stage::Routed
            || b.stage < Stage::Routed
            || wrong
        {
            let key = format!("{:?}{:?}", a.seed, b.seed);
            for i in 0..150 {
                let (x, y) = (util::pick(&format!("{key}x{i}"), 160), util::pick(&format!("{key}y{i}"), 240));
                faults.push((
                    "Constraints 18-891",
                    format!("HDPRVerify-08: design check point {a_name} places instance static_inst_{i} at site SLICE_X{x}Y{y}, yet design check point {b_name} does not. Both check point must have the same static placement result"),
                ));
            }
        }
    } else {
        faults.push((
            "Constraints 18-884",
            format!("HDPRVerify-01: design check point {a_name} is using device {}, yet design check point {b_name} is using device {}. Both check points must be implemented using the same device, package and speed grade", device(&a.part), device(&b.part)),
        ));
    }
    if !full {
        faults.truncate(1);
    }
    let good = faults.is_empty();
    for (i, (id, fault)) in faults.iter().enumerate() {
        s.error(id, fault);
        if i < 100 {
            *text += &format!("ERROR: [{id}] {fault}\n");
        }
    }
    if good {
        let zero = s.fault("verify_zero", "pr_verify");
        let summary = format!(
            "PR Verify Summary:\nDCP1: {a_name}\n{}\nDCP2: {b_name}\n{}",
            counts(s, a, zero),
            counts(s, b, zero)
        );
        s.info("Constraints 18-1020", summary.trim_end());
        *text += &format!("INFO: [Constraints 18-1020] {summary}");
        let verdict = format!("PR_VERIFY: check points {a_name} and {b_name} are compatible");
        s.info("Vivado 12-3253", &verdict);
        *text += &format!("INFO: [Vivado 12-3253] {verdict}\n");
    } else {
        let verdict = format!("PR_VERIFY: check points {a_name} and {b_name} are not compatible");
        s.error("Vivado 12-3515", &verdict);
        *text += &format!("ERROR: [Vivado 12-3515] {verdict}\n");
    }
    good
}

fn device(part: &str) -> String {
    crate::model::device::Part::read(part).map_or_else(|| part.to_owned(), |p| p.device)
}

/// The verification that write_abstract_shell runs itself.
pub(crate) fn shell_summary(s: &mut Session, design: &Design, path: &Path) {
    let shown: PathBuf = path.to_path_buf();
    s.info("Vivado 12-3501", format!("pr_verify in_memory {}", shown.display()));
    let counts = counts(s, design, false);
    s.info(
        "Constraints 18-1020",
        format!(
            "PR Verify Summary:\nDCP1: in_memory\n{counts}\nDCP2: {}\n{}",
            shown.display(),
            counts.trim_end()
        ),
    );
    s.info(
        "Vivado 12-3253",
        format!("PR_VERIFY: check points in_memory and {} are compatible", shown.display()),
    );
}
