// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Timing met in every configuration: by the timing summary. A log can refuse (`[Timing 38-282]`), never pass.

use super::{Context, place, read, report, result};
use crate::artifacts::ConfigurationSet;
use crate::gates::timing_summary::{self, Sentence};
use crate::gates::{GateResult, Verdict};

const GATE: &str = "timing";
const EXPECTED: &str = "all user specified timing constraints met";

pub(super) fn judge(cx: &Context<'_>) -> Vec<GateResult> {
    cx.implemented().map(|c| one(cx, c)).collect()
}

fn one(cx: &Context<'_>, configuration: &ConfigurationSet) -> GateResult {
    let log = cx.log_of(&configuration.run);
    let failed = log.and_then(|l| l.log.with_id("Timing 38-282").next().map(|m| (l, m.line)));
    let answer = |verdict, actual: String, evidence: Option<&str>| {
        result(GATE, &configuration.name, verdict, EXPECTED, actual, evidence)
    };
    let Some(file) = report(configuration, "_timing_summary_") else {
        if let Some((log, line)) = failed {
            let actual = format!(
                "line {line} of the log: [Timing 38-282] the design failed to meet the timing requirements"
            );
            return answer(Verdict::Refused, actual, Some(&place(&configuration.run, log.file.name())));
        }
        let estimate = log.and_then(|l| l.log.estimate.as_deref());
        let estimate =
            estimate.map_or_else(String::new, |e| format!("; the log estimates {e}, which is no verdict"));
        return answer(
            Verdict::Unknown,
            format!("no timing summary of run {}{estimate}", configuration.run),
            None,
        );
    };
    let evidence = place(&configuration.run, file.name());
    let summary = read(&file.path).and_then(|t| timing_summary::read(&t).map_err(|e| e.to_string()));
    let summary = match summary {
        Ok(summary) => summary,
        Err(e) => return answer(Verdict::Unknown, e, Some(&evidence)),
    };
    let mut figures = summary.figures();
    if let Some(n) = summary.unclocked.filter(|n| *n > 0) {
        figures += &format!("; {n} register pins have no clock and are not timed");
    }
    if summary.violated() || summary.sentence == Sentence::NotMet {
        return answer(Verdict::Refused, figures, Some(&evidence));
    }
    // A later post-route optimisation can repair what the routed design failed.
    if let Some((log, line)) = failed.filter(|_| !file.name().contains("postroute")) {
        let actual = format!(
            "{figures}; but line {line} of {} says [Timing 38-282]: not of the same run",
            log.file.name()
        );
        return answer(Verdict::Refused, actual, Some(&evidence));
    }
    let state = summary.header.state.as_deref().unwrap_or("unknown state");
    if !state.to_ascii_lowercase().contains("rout") {
        return answer(
            Verdict::Unknown,
            format!("{figures}, of a design in state `{state}`: an estimate"),
            Some(&evidence),
        );
    }
    match summary.sentence {
        Sentence::NoConstraints => {
            answer(Verdict::Unknown, "no timing constraints: nothing was timed".into(), Some(&evidence))
        }
        _ if summary.untimed() => {
            answer(Verdict::Unknown, "no slack of any kind: nothing was timed".into(), Some(&evidence))
        }
        Sentence::Met => answer(Verdict::Passed, figures, Some(&evidence)),
        Sentence::Absent | Sentence::NotMet => answer(
            Verdict::Unknown,
            format!("{figures}; the closing sentence is missing: cut off"),
            Some(&evidence),
        ),
    }
}
