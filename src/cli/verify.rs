// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `dfxkit verify`: judges the finished build again. Every piece of evidence is read anew, `pr_verify` of every child and the bit proofs included,
//! and every output is compared with the hash that was recorded when its step finished.
//!
//! A description that has changed since does not stop this: what lies there is judged, and that it is behind is said.

use serde_json::{Value, json};

use super::tool::Planned;
use super::{CommandResult, Cx, Failure};
use crate::artifacts::ToolIdentity;
use crate::exec::flow::{self, DesignFlow};
use crate::exec::stale::{Reason, StepStatus};
use crate::exit::Exit;
use crate::gates::judge::GATES;
use crate::gates::{GateReport, GateResult, Verdict};
use crate::report::{Report, matrix};

/// Arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Exit 4 also when a gate has no evidence
    #[arg(long)]
    strict: bool,
}

/// Runs the command.
pub(super) fn run(cx: &mut Cx, args: &Args) -> CommandResult {
    let planned = Planned::of_last_build(cx)?;
    let statuses: Vec<StepStatus> =
        planned.statuses(&[])?.into_iter().filter(|s| needs_vivado(&planned, s)).collect();
    if statuses.iter().all(|s| s.reasons.contains(&Reason::NeverRan)) {
        return Err(Failure::input("nothing is built yet").help("run `dfxkit build`"));
    }
    let tool = ToolIdentity {
        release: planned.tool.release.clone(),
        build: planned.tool.build.clone(),
        simulated: planned.tool.simulated,
    };
    let flow = DesignFlow { design: &planned.design, plan: &planned.plan, layout: &planned.layout };
    let mut artifacts =
        flow::judged(flow, &tool).map_err(|e| Failure::input(format!("cannot read the build: {e}")))?;
    let mut results = std::mem::take(&mut artifacts.gates.results);
    results.extend(statuses.iter().flat_map(changed));
    artifacts.gates = GateReport::new(results);
    let behind: Vec<String> = statuses.iter().filter_map(behind).collect();
    artifacts.notes.extend(behind.iter().cloned());

    let report = Report::of(&artifacts);
    let parts: Vec<Value> = GATES.iter().filter_map(|gate| part(&report, gate)).collect();
    cx.shell.json(&json!({
        "verdict": report.verdict,
        "project": report.project,
        "simulated": report.tool.simulated,
        "parts": parts,
        "up_to_date": behind.is_empty(),
        "missing": report.missing,
        "notes": report.notes,
    }));
    cx.shell.out(matrix(&report));
    if !behind.is_empty() {
        cx.shell.warn("the build is behind the description: what was judged is not what it describes now");
    }
    let bad = report.verdict == Verdict::Refused || (args.strict && report.verdict == Verdict::Unknown);
    Ok(if bad { Exit::GATE } else { Exit::DONE })
}

fn needs_vivado(planned: &Planned, status: &StepStatus) -> bool {
    planned.plan.steps.iter().any(|s| s.id == status.id && s.kind.needs_vivado())
}

/// Why a step is behind the description, by itself: what follows from others, and outputs that somebody changed, is not meant.
fn behind(status: &StepStatus) -> Option<String> {
    let own = |r: &&Reason| {
        !matches!(
            r,
            Reason::OutputChanged { .. } | Reason::OutputMissing { .. } | Reason::UpstreamWillRun { .. }
        )
    };
    let why = status.reasons.iter().find(own)?;
    Some(format!("{} would run again: {why}", status.id))
}

/// Outputs of a step that are not those that it left.
fn changed(status: &StepStatus) -> Vec<GateResult> {
    let result = |expected: String, actual: String| GateResult {
        gate: "outputs".to_owned(),
        subject: status.id.to_string(),
        verdict: Verdict::Refused,
        expected,
        actual,
        evidence: None,
        off: false,
    };
    let of = |reason: &Reason| match reason {
        Reason::OutputChanged { path, expected, actual } => Some(result(
            format!("{path} as its step left it, SHA-256 {expected}"),
            format!("changed since: SHA-256 {actual}"),
        )),
        Reason::OutputMissing { path } => {
            Some(result(format!("{path} as its step left it"), "it is gone".to_owned()))
        }
        _ => None,
    };
    status.reasons.iter().filter_map(of).collect()
}

/// One gate with its results; none when nothing was judged by it.
fn part(report: &Report, gate: &str) -> Option<Value> {
    let own: Vec<&GateResult> = report.results.iter().filter(|r| r.gate == gate).collect();
    let verdict = own.iter().map(|r| r.verdict).reduce(Verdict::and)?;
    Some(json!({"gate": gate, "verdict": verdict, "results": own}))
}
