// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `dfxkit verify`: judges the finished build again: every piece of evidence is read anew, `pr_verify` of every child and the bit proofs included.

use serde_json::{Value, json};

use super::{CommandResult, Cx, built};
use crate::exit::Exit;
use crate::gates::Verdict;
use crate::gates::judge::GATES;
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
    let current = built::current(cx)?;
    let report = Report::of(&current.artifacts);
    let gate = |name: &str| -> Value {
        let own = report.results.iter().filter(|r| r.gate == name);
        let verdict = own.clone().map(|r| r.verdict).reduce(Verdict::and).unwrap_or(Verdict::Unknown);
        json!({"gate": name, "verdict": verdict, "results": own.collect::<Vec<_>>()})
    };
    let parts: Vec<Value> =
        GATES.iter().filter(|g| report.results.iter().any(|r| r.gate == **g)).map(|g| gate(g)).collect();
    cx.shell.json(&json!({
        "verdict": report.verdict,
        "project": report.project,
        "simulated": report.tool.simulated,
        "parts": parts,
        "missing": report.missing,
        "notes": report.notes,
    }));
    cx.shell.out(matrix(&report));
    let bad = report.verdict == Verdict::Refused || (args.strict && report.verdict == Verdict::Unknown);
    Ok(if bad { Exit::GATE } else { Exit::DONE })
}
