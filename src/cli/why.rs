// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `dfxkit why`: each reason for which a step is stale, with old and new value, down to the first cause.

use serde_json::json;

use super::tool::{Planned, ToolArgs};
use super::{CommandResult, Cx};
use crate::exec::stale::{Reason, StepStatus};
use crate::exit::Exit;

/// Arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A step, a configuration, a module, or an output (see `dfxkit plan`)
    #[arg(value_name = "TARGET")]
    target: String,
    #[command(flatten)]
    tool: ToolArgs,
}

/// Runs the command.
pub(super) fn run(cx: &mut Cx, args: &Args) -> CommandResult {
    let planned = Planned::look(cx, &args.tool)?;
    super::plan::say_assumed(cx, &planned);
    let wanted = planned.resolve(&args.target)?;
    let statuses = planned.statuses(&[])?;
    for step in &wanted {
        let status = statuses.iter().find(|s| s.id.0 == *step).expect("every step of the plan has a status");
        explain(cx, &statuses, status);
    }
    Ok(Exit::DONE)
}

fn explain(cx: &Cx, statuses: &[StepStatus], status: &StepStatus) {
    let mut causes = Vec::new();
    collect(statuses, status, &mut causes);
    if cx.shell.is_json() {
        let causes: Vec<_> = causes.iter().map(|s| json!({"step": s.id, "reasons": s.reasons})).collect();
        cx.shell.json(&json!({
            "type": "result", "command": "why", "step": status.id, "stale": status.stale,
            "reasons": status.reasons, "causes": causes,
        }));
        return;
    }
    if !status.stale {
        cx.shell.out(format!("{} is up to date", status.id));
        return;
    }
    cx.shell.out(format!("{} is stale:", status.id));
    for reason in &status.reasons {
        print(cx, reason);
    }
    for cause in causes {
        cx.shell.out(format!("{}:", cause.id));
        for reason in &cause.reasons {
            print(cx, reason);
        }
    }
}

/// The stale steps upstream of a step, each once, nearest first.
fn collect<'a>(statuses: &'a [StepStatus], status: &StepStatus, into: &mut Vec<&'a StepStatus>) {
    for reason in &status.reasons {
        if let Reason::UpstreamWillRun { step } = reason
            && !into.iter().any(|s| s.id == *step)
            && let Some(upstream) = statuses.iter().find(|s| s.id == *step)
        {
            into.push(upstream);
            collect(statuses, upstream, into);
        }
    }
}

fn print(cx: &Cx, reason: &Reason) {
    match reason {
        Reason::InputChanged { what, old, new } => {
            let show = |v: &Option<String>| v.clone().unwrap_or_else(|| "(nothing)".to_owned());
            cx.shell.out(format!("  {what}"));
            for (word, value) in [("old", show(old)), ("new", show(new))] {
                let mut lines = value.lines();
                cx.shell.out(format!("    {word}: {}", lines.next().unwrap_or_default()));
                for line in lines {
                    cx.shell.out(format!("         {line}"));
                }
            }
        }
        Reason::OutputChanged { path, expected, actual } => {
            cx.shell.out(format!("  its output {path} was changed by somebody"));
            cx.shell.out(format!("    recorded: sha256:{expected}"));
            cx.shell.out(format!("    now:      sha256:{actual}"));
        }
        other => cx.shell.out(format!("  {other}")),
    }
}
