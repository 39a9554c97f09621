// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every expected file is there, is not empty, and is newer than the begin of the step that makes it.
//!
//! In a build of ours everything that the plan promises must be there. In an adopted tree only what a kit cannot do without is refused when
//! missing; other missing files are named and unknown. Ages of an adopted tree prove nothing (copies and checkouts set them anew) and are not judged.

use std::collections::BTreeMap;
use std::time::SystemTime;

use camino::Utf8Path;

use super::{Context, result};
use crate::artifacts::{Artifact, ConfigurationSet, NeededFor};
use crate::gates::{GateResult, Verdict};

const GATE: &str = "outputs";

pub(super) fn judge(cx: &Context<'_>) -> Vec<GateResult> {
    let a = cx.artifacts;
    let mut runs: BTreeMap<&str, (Verdict, Vec<String>)> = BTreeMap::new();
    for m in a.missing.iter().filter(|m| m.needed_for != NeededFor::Convenience) {
        let verdict =
            if !a.adopted || m.needed_for == NeededFor::Kit { Verdict::Refused } else { Verdict::Unknown };
        let entry = runs.entry(&m.run).or_insert((Verdict::Passed, Vec::new()));
        entry.0 = entry.0.and(verdict);
        entry.1.push(format!("{} is missing ({})", m.what, m.why));
    }
    for c in cx.implemented() {
        let entry = runs.entry(&c.run).or_insert((Verdict::Passed, Vec::new()));
        for file in files(cx, c) {
            if let Some(wrong) = wrong(cx, c, file) {
                entry.0 = Verdict::Refused;
                entry.1.push(format!("{} {wrong}", file.name()));
            }
        }
    }
    runs.into_iter()
        .map(|(run, (verdict, list))| {
            let actual = if list.is_empty() {
                let count = cx.implemented().find(|c| c.run == run).map_or(0, |c| files(cx, c).len());
                if a.adopted { format!("{count} files, ages not judged") } else { format!("{count} files") }
            } else {
                list.join("; ")
            };
            let subject = if run.is_empty() { "everything" } else { run };
            let expected = if a.adopted {
                "every file that a run leaves"
            } else {
                "every planned file, newer than its step, not empty"
            };
            result(GATE, subject, verdict, expected, actual, None)
        })
        .collect()
}

/// Everything that is known to come out of a run.
fn files<'a>(cx: &Context<'a>, c: &'a ConfigurationSet) -> Vec<&'a Artifact> {
    let s = &cx.artifacts.static_set;
    let of_static = c.parent.then_some([&s.blackbox_dcp, &s.ltx]).into_iter().flatten();
    let modules = cx.artifacts.modules.iter().filter(|m| m.run == c.run);
    let of_modules = modules.flat_map(|m| [&m.partial_bit, &m.clear_bit, &m.bin, &m.ltx, &m.routed_dcp]);
    [&c.full_bit, &c.routed_dcp]
        .into_iter()
        .chain(of_static)
        .chain(of_modules)
        .flatten()
        .chain(&c.reports)
        .collect()
}

fn wrong(cx: &Context<'_>, c: &ConfigurationSet, file: &Artifact) -> Option<String> {
    let Ok(now) = fs_err::metadata(&file.path) else { return Some("is gone".to_owned()) };
    if now.len() == 0 {
        return Some("is empty".to_owned());
    }
    // The parent of an update was put back from the archive and checked there by hash.
    let put_back = cx.artifacts.golden.is_some() && c.parent;
    if cx.artifacts.adopted || put_back || file.path.parent() != Some(c.run_dir.as_path()) {
        return None;
    }
    let step = step_of(file.name());
    let begin = [format!(".{step}.begin.rst"), ".init_design.begin.rst".to_owned()];
    let begin = begin.iter().find_map(|name| modified(&c.run_dir.join(name)).map(|t| (name, t)));
    match (begin, now.modified()) {
        (Some((name, begin)), Ok(made)) if made < begin => {
            Some(format!("is older than {name}: left over from an earlier run"))
        }
        (None, _) => Some(format!("cannot be told from a left-over: {} has no begin stamp", c.run)),
        _ => None,
    }
}

fn modified(path: &Utf8Path) -> Option<SystemTime> {
    fs_err::metadata(path).ok()?.modified().ok()
}

/// The step that makes a file (measured: which step's script writes what; see the run scripts of 2020.2 and 2024.2).
fn step_of(name: &str) -> &'static str {
    let ends = |e: &str| name.ends_with(e);
    if ends(".bit") || ends(".bin") || ends(".ltx") || ends(".pdi") {
        "write_bitstream"
    } else if name.contains("_postroute_physopt") {
        "post_route_phys_opt_design"
    } else if name.contains("_placed") {
        "place_design"
    } else {
        "route_design"
    }
}
