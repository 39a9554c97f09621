// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `dfxkit log digest`: what a Vivado log says, in a screenful.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Value, json};

use super::{CommandResult, Cx, Failure};
use crate::exit::Exit;
use crate::gates::Verdict;
use crate::gates::log::{self, Log, Severity};
use crate::gates::pr_verify;

/// Arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Count messages, list the first of each kind, steps with times, and judge: exit 4 when the log tells of a failure
    Digest {
        /// Logs: vivado.log, runme.log, TOP.vdi, TOP.vds
        #[arg(required = true, value_name = "FILE")]
        files: Vec<Utf8PathBuf>,
        /// Also list informational messages in the text
        #[arg(long)]
        all: bool,
    },
}

/// Runs the command.
pub(super) fn run(cx: &mut Cx, args: &Args) -> CommandResult {
    let Command::Digest { files, all } = &args.command;
    let mut sum = Verdict::Passed;
    for file in files {
        let path = cx.env.cwd.join(file);
        let bytes = fs_err::read(&path).map_err(|e| Failure::input(format!("cannot read the log: {e}")))?;
        let text = String::from_utf8_lossy(&bytes);
        let log = log::read(&text);
        let verifications = pr_verify::in_log(&text, &log);
        let (mut verdict, mut reason) = log.verdict();
        // A run may end well and yet hold a verification that proves nothing.
        for v in &verifications {
            let (v, why) = v.judge();
            if v > verdict {
                (verdict, reason) = (v, format!("pr_verify: {why}"));
            }
        }
        sum = sum.and(verdict);
        if cx.shell.is_json() {
            let verified: Vec<Value> = verifications
                .iter()
                .map(|v| {
                    let (verdict, actual) = v.judge();
                    json!({"initial": v.initial, "additional": v.additional, "verdict": verdict, "actual": actual})
                })
                .collect();
            let mut value = digest(file, &log, verdict, &reason);
            value["pr_verify"] = Value::Array(verified);
            cx.shell.json(&value);
        } else {
            cx.shell.out(human(file, &log, verdict, &reason, *all));
        }
    }
    Ok(if sum == Verdict::Refused { Exit::GATE } else { Exit::DONE })
}

/// First occurrence and count of a kind of message.
struct Kind<'a> {
    severity: Severity,
    count: usize,
    first: &'a log::Message,
}

/// Kinds of messages, the worst first, then in the order of the log.
fn kinds(log: &Log) -> Vec<Kind<'_>> {
    let mut kinds: BTreeMap<(Severity, &str, &str), Kind<'_>> = BTreeMap::new();
    for m in &log.messages {
        // Messages of scripts have no id: their text is what tells them apart.
        let text = if m.id.is_empty() { m.text.as_str() } else { "" };
        let new = || Kind { severity: m.severity, count: 0, first: m };
        kinds.entry((m.severity, &m.id, text)).or_insert_with(new).count += 1;
    }
    let mut kinds: Vec<Kind<'_>> = kinds.into_values().collect();
    kinds.sort_by_key(|k| (std::cmp::Reverse(k.severity), k.first.line));
    kinds
}

fn digest(file: &Utf8Path, log: &Log, verdict: Verdict, reason: &str) -> Value {
    let count = |s: Severity| log.of(s).count();
    json!({
        "file": file,
        "verdict": verdict,
        "reason": reason,
        "vivado": log.release,
        "build": log.build,
        "simulated": log.simulated,
        "lines": log.lines,
        "counts": {
            "error": count(Severity::Error),
            "critical_warning": count(Severity::CriticalWarning),
            "warning": count(Severity::Warning),
            "info": count(Severity::Info),
            "tcl_error": log.tcl_errors.len(),
        },
        "messages": kinds(log).iter().map(|k| json!({
            "severity": k.severity,
            "id": k.first.id,
            "count": k.count,
            "at_least": log.disabled.iter().any(|(id, _)| *id == k.first.id),
            "line": k.first.line,
            "text": k.first.text,
            "file": k.first.file,
            "file_line": k.first.file_line,
        })).collect::<Vec<_>>(),
        "first_error": log.first_error().map(|(line, text)| json!({"line": line, "text": text})),
        "tcl_errors": log.tcl_errors,
        "steps": log.steps,
        "licences": log.licences,
        "timing": {
            "estimate": log.estimate,
            "failed": log.with_id("Timing 38-282").next().is_some(),
        },
        "bitstreams": log.bitstreams_written,
        "checkpoints": log.checkpoints_written.iter().map(|c| pr_verify::file(c)).collect::<Vec<_>>(),
        "ended": log.exit_line.is_some(),
    })
}

fn human(file: &Utf8Path, log: &Log, verdict: Verdict, reason: &str, all: bool) -> String {
    let tool = log.release.as_ref().map_or_else(String::new, |r| format!(", Vivado {r}"));
    let simulated = if log.simulated { ", SIMULATED" } else { "" };
    let count = |s: Severity| log.of(s).count();
    let mut text = format!(
        "{file}: {} lines{tool}{simulated}\n{} errors, {} critical warnings, {} warnings, {} infos\n",
        log.lines,
        count(Severity::Error) + log.tcl_errors.len(),
        count(Severity::CriticalWarning),
        count(Severity::Warning),
        count(Severity::Info)
    );
    for k in kinds(log).iter().filter(|k| all || k.severity > Severity::Status) {
        let plus = if log.disabled.iter().any(|(id, _)| *id == k.first.id) { "+" } else { "" };
        let headline: String = k.first.headline().chars().take(200).collect();
        text += &format!("{:>6} x line {:<6} {headline}\n", format!("{}{plus}", k.count), k.first.line);
    }
    for e in &log.tcl_errors {
        text += &format!("{:>6} x line {:<6} Tcl error: {}\n", 1, e.line, e.text);
    }
    let timed: Vec<Vec<String>> = log
        .steps
        .iter()
        .filter_map(|s| {
            let outcome = format!("{:?}", s.outcome).to_lowercase();
            Some(vec![format!("  {}", s.name), seconds(s.elapsed_ms?), outcome, format!("line {}", s.line)])
        })
        .collect();
    if !timed.is_empty() {
        text += "steps:\n";
        text += &crate::report::table(&timed);
    }
    if let Some(estimate) = &log.estimate {
        text += &format!("timing, last estimate: {estimate}\n");
    }
    text + &format!("verdict: {verdict} ({reason})")
}

/// `1:16.250`
fn seconds(ms: u64) -> String {
    format!("{}:{:02}.{:03}", ms / 60_000, ms / 1000 % 60, ms % 1000)
}
