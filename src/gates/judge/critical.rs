// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! No error, and no critical warning outside the reviewed list: by the logs of all runs and the DRC reports of the routed designs.
//!
//! Black boxes in the place of the partitions' modules are what the static's synthesis is to leave: where there is no project Vivado calls them critical
//! warnings ([Project 1-486], [Project 1-560]; measured on 2022.2), and they are no finding here. Any other black box is.
//!
//! `[Timing 38-282]` is left to the timing gate. Vivado prints a message 100 times at most, so counts may be lower bounds.

use std::collections::BTreeMap;

use super::{Context, RunLogText, place, read, report, result};
use crate::design::names::STATIC_SYNTH_RUN;
use crate::gates::log::Severity;
use crate::gates::{GateResult, Verdict, drc};
use crate::spec::model::AllowedMessage;

const GATE: &str = "critical-warnings";
const EXPECTED: &str = "no error, no critical warning outside the reviewed list";

pub(super) fn judge(cx: &Context<'_>) -> Vec<GateResult> {
    let mut used = vec![false; cx.gates.allow.len()];
    let mut results: Vec<GateResult> = Vec::new();
    for log in &cx.logs {
        results.push(run(cx, log, &mut used));
    }
    for c in cx.implemented().filter(|c| cx.log_of(&c.run).is_none()) {
        let actual = format!("no log of run {}", c.run);
        results.push(result(GATE, &c.run, Verdict::Unknown, EXPECTED, actual, None));
    }
    let unused: Vec<String> = cx
        .gates
        .allow
        .iter()
        .zip(&used)
        .filter(|(_, used)| !**used)
        .map(|(a, _)| format!("{} ({})", a.id, a.reason))
        .collect();
    if !unused.is_empty() {
        let actual = format!("matched nothing, can be removed: {}", unused.join(", "));
        results.push(result(
            GATE,
            "reviewed list",
            Verdict::Passed,
            "every entry still needed",
            actual,
            None,
        ));
    }
    results
}

/// One finding kind of a run.
struct Found {
    count: u64,
    first: String,
}

fn run(cx: &Context<'_>, run: &RunLogText<'_>, used: &mut [bool]) -> GateResult {
    let evidence = place(run.run, run.file.name());
    let answer = |verdict, actual: String| result(GATE, run.run, verdict, EXPECTED, actual, Some(&evidence));
    if let Some((line, text)) = run.log.first_error() {
        return answer(Verdict::Refused, format!("line {line}: {text}"));
    }
    let mut open: BTreeMap<String, Found> = BTreeMap::new();
    let mut reviewed = 0_u64;
    let mut take = |id: &str, text: &str, count: u64, first: String, used: &mut [bool]| {
        if let Some(at) = cx.gates.allow.iter().position(|a| allows(a, id, text)) {
            used[at] = true;
            reviewed += count;
        } else {
            open.entry(id.to_owned()).or_insert(Found { count: 0, first }).count += count;
        }
    };
    let expected = |id: &str, text: &str| {
        run.run == STATIC_SYNTH_RUN
            && matches!(id, "Project 1-486" | "Project 1-560")
            && cx
                .artifacts
                .partitions
                .iter()
                .filter_map(|p| p.module.as_deref())
                .any(|m| is_black_box(text, m))
    };
    let severe = run.log.of(Severity::CriticalWarning);
    for m in severe.filter(|m| m.id != "Timing 38-282" && !expected(&m.id, &m.text)) {
        take(&m.id, &m.text, 1, format!("line {}: {}", m.line, m.headline()), used);
    }
    let mut in_log: Vec<&str> = run.log.of(Severity::CriticalWarning).map(|m| m.id.as_str()).collect();
    in_log.sort_unstable();
    let configuration = cx.implemented().find(|c| c.run == run.run);
    if let Some(file) = configuration.and_then(|c| report(c, "_drc_")) {
        match read(&file.path).and_then(|t| drc::read(&t).map_err(|e| e.to_string())) {
            Err(e) => return answer(Verdict::Unknown, format!("{}: {e}", file.name())),
            Ok(drc) => {
                let severe = drc.rules.iter().filter(|r| r.severity >= Severity::CriticalWarning);
                for rule in severe {
                    let id = format!("DRC {}", rule.rule);
                    if rule.severity == Severity::Error {
                        return answer(
                            Verdict::Refused,
                            format!("{}: {} errors of {id}", file.name(), rule.count),
                        );
                    }
                    // What the log holds is counted there already.
                    if in_log.binary_search(&id.as_str()).is_err() {
                        let first = format!("{}: [{id}] {}", file.name(), rule.description);
                        take(&id, &rule.description, rule.count, first, used);
                    }
                }
            }
        }
    }
    let disabled = run.log.disabled.iter().any(|(id, _)| open.contains_key(id));
    let reviewed =
        if reviewed > 0 { format!("{reviewed} reviewed critical warnings") } else { "none".to_owned() };
    if !open.is_empty() {
        let count: u64 = open.values().map(|f| f.count).sum();
        let list: Vec<String> =
            open.iter().map(|(id, f)| format!("{} x [{id}] ({})", f.count, shorten(&f.first))).collect();
        let at_least = if disabled { "at least " } else { "" };
        let what = format!("{at_least}{count} not reviewed: {}", list.join("; "));
        // Nobody has said what is acceptable in somebody else's tree.
        let verdict = if cx.artifacts.adopted { Verdict::Unknown } else { Verdict::Refused };
        return answer(verdict, what);
    }
    match run.log.verdict() {
        (Verdict::Unknown, why) => answer(Verdict::Unknown, why),
        _ => answer(Verdict::Passed, reviewed),
    }
}

/// True for a message about a cell of this module, the first name in quotes.
fn is_black_box(text: &str, module: &str) -> bool {
    text.split('\'').nth(1) == Some(module)
}

fn allows(allowed: &AllowedMessage, id: &str, text: &str) -> bool {
    allowed.id == id && allowed.contains.as_ref().is_none_or(|c| text.contains(c.as_str()))
}

/// The first 160 characters.
fn shorten(text: &str) -> String {
    match text.char_indices().nth(160) {
        Some((at, _)) => format!("{}..", &text[..at]),
        None => text.to_owned(),
    }
}
