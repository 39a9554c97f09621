// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `dfxkit build`: everything up to the kit; resumes.

use std::time::Duration;

use serde_json::json;

use super::locking::{self, LockArgs};
use super::tool::{Planned, ToolArgs, vivado};
use super::{CommandResult, Cx, Failure, load, plan};
use crate::design::kept;
use crate::exec::crash::Crash;
use crate::exec::engine::{self, Built, Options, Outcome, Request};
use crate::exec::events::Event;
use crate::exec::failure::{BuildError, StepFailure, Why, maker};
use crate::exec::flow::{DesignFinish, DesignFlow};
use crate::exec::report::Report;
use crate::exec::state::State;
use crate::exit::Exit;
use crate::gates::Verdict;
use crate::plan::StepId;
use crate::plan::layout::Layout;
use crate::vivado::interrupt::Interrupt;

/// Arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Steps, configurations or modules to build; everything when left out (see `dfxkit plan`)
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
    #[command(flatten)]
    tool: ToolArgs,
    /// Vivado runs and processes at once; by default `[build] jobs`
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=64))]
    jobs: Option<u32>,
    /// Print what would run, and run nothing
    #[arg(long)]
    dry_run: bool,
    /// After a failed step go on with those that do not need it
    #[arg(long)]
    keep_going: bool,
    /// Run a step whether stale or not
    #[arg(long, value_name = "STEP")]
    force: Vec<String>,
    /// Give up a Vivado process after so many minutes; by default `[build] timeout-minutes`
    #[arg(long, value_name = "MIN", value_parser = clap::value_parser!(u32).range(1..))]
    timeout: Option<u32>,
    #[command(flatten)]
    locks: LockArgs,
    /// Replace results of another Vivado in this build directory
    #[arg(long)]
    replace: bool,
}

/// Runs the command.
pub(super) fn run(cx: &mut Cx, args: &Args) -> CommandResult {
    if args.dry_run {
        return dry_run(cx, args);
    }
    let mut design = load(cx)?;
    if let Some(jobs) = args.jobs {
        design.spec.build.jobs = jobs;
    }
    let bound = design.spec.project.vivado.clone();
    let vivado = vivado(cx, &args.tool, bound.as_deref())?;
    let interrupt =
        Interrupt::install().map_err(|e| Failure::environment(format!("cannot listen to signals: {e}")))?;
    let planned = Planned::new(design, vivado);
    let vivado = planned.vivado.as_ref().expect("it was found");
    let options = options(cx, args, &planned)?;
    if vivado.simulated {
        say_simulated(cx);
    } else {
        tell(cx, "Using", &format!("Vivado {} ({})", vivado.release, vivado.origin));
    }
    let flow = DesignFlow { design: &planned.design, plan: &planned.plan, layout: &planned.layout };
    let mut finish = DesignFinish::new(flow, vivado.tool_identity());
    let request = Request {
        plan: &planned.plan,
        layout: &planned.layout,
        tool: vivado,
        scripts: &flow,
        interrupt: &interrupt,
        options,
    };
    // Before the first run gets its directory: the children keep their numbers from here on.
    State::open(planned.layout.state())
        .set_children(&kept::children(&planned.design))
        .map_err(|e| Failure::environment(format!("cannot note the runs of the children: {e}")))?;
    let built =
        engine::build(&request, &mut finish, &mut |event| show(cx, &event)).map_err(|e| stopped(&e))?;
    result(cx, &planned, &built)
}

fn dry_run(cx: &mut Cx, args: &Args) -> CommandResult {
    let planned = Planned::look(cx, &args.tool)?;
    let targets = resolve_all(&planned, &args.targets)?;
    let forced: Vec<StepId> = resolve_all(&planned, &args.force)?.into_iter().map(StepId).collect();
    let wanted: Vec<StepId> = planned
        .plan
        .closure(&targets)
        .expect("resolved names are steps")
        .into_iter()
        .map(|s| s.id.clone())
        .collect();
    let mut stale = plan::stale_steps(&planned.statuses(&forced)?);
    stale.retain(|id, _| wanted.contains(id));
    let mut cut = planned;
    cut.plan.steps.retain(|s| wanted.contains(&s.id));
    cx.shell.json(&crate::plan::show::json(&cut.plan, &stale));
    plan::print(cx, &cut, &stale);
    Ok(Exit::DONE)
}

fn resolve_all(planned: &Planned, words: &[String]) -> Result<Vec<String>, Failure> {
    let mut steps = Vec::new();
    for word in words {
        steps.extend(planned.resolve(word)?);
    }
    Ok(steps)
}

fn options(cx: &Cx, args: &Args, planned: &Planned) -> Result<Options, Failure> {
    let build = &planned.design.spec.build;
    let minutes = args.timeout.or(build.timeout_minutes);
    Ok(Options {
        targets: resolve_all(planned, &args.targets)?,
        force: resolve_all(planned, &args.force)?,
        jobs: usize::try_from(build.jobs).unwrap_or(1),
        keep_going: args.keep_going,
        timeout: minutes.map(|m| Duration::from_secs(u64::from(m) * 60)),
        wait: args.locks.wait(),
        locks: locking::kind(cx),
        replace: args.replace,
        crash: crash(cx),
        ..Options::default()
    })
}

/// Tests of resuming let debug builds die at a numbered point; a release build does not know the word.
pub(super) fn crash(cx: &Cx) -> Crash {
    let at = cx.env.var("DFXKIT_TEST_CRASH_AT").filter(|_| cfg!(debug_assertions));
    Crash::at(at.and_then(|n| n.parse().ok()))
}

pub(super) fn say_simulated(cx: &Cx) {
    if cx.shell.is_json() {
        cx.shell.json(&json!({"type": "event", "event": "simulated", "simulated": true}));
    } else {
        cx.shell.warn("SIMULATED: the embedded stand-in runs in place of Vivado; nothing that it makes may go to hardware");
    }
}

pub(super) fn tell(cx: &Cx, verb: &str, text: &str) {
    if !cx.shell.is_json() {
        cx.shell.status(verb, text);
    }
}

/// What a static that runs again means for what was built on the old one.
pub(super) const STATIC_ANEW: &str = "the static is implemented anew: partial bitstreams made for the old one do not fit \
    the new one, and devices in the field keep the old one (`dfxkit update` builds modules for an archived release)";

/// An event as a status line or as JSON.
pub(super) fn show(cx: &Cx, event: &Event) {
    if cx.shell.is_json() {
        let mut line = serde_json::Map::new();
        line.insert("type".into(), "event".into());
        if let Ok(serde_json::Value::Object(fields)) = serde_json::to_value(event) {
            line.extend(fields);
        }
        cx.shell.json(&line);
        return;
    }
    match event {
        Event::Waiting { holder } => cx.shell.status("Waiting", format!("for another build: {holder}")),
        Event::OrphansEnded { steps, processes } => cx.shell.status(
            "Ended",
            format!("{processes} processes that a killed build left at work on {}", steps.join(" ")),
        ),
        Event::ProjectDiscarded { made_by } => {
            cx.shell.status("Discarded", format!("the project of {}", maker(made_by.as_ref())));
        }
        Event::ProjectMended { anew: false } => {
            cx.shell.status("Mended", "the project file that a crash had cut off, from the last good one");
        }
        Event::ProjectMended { anew: true } => {
            cx.shell.status("Discarded", "a project that was never finished");
        }
        Event::StepStarted { step, reasons, simulated } => {
            let why = match reasons.as_slice() {
                [] => String::new(),
                [one] => format!(": {one}"),
                [one, rest @ ..] => format!(": {one} (and {} more)", rest.len()),
            };
            let simulated = if *simulated { " (SIMULATED)" } else { "" };
            cx.shell.status("Running", format!("{step}{simulated}{why}"));
        }
        Event::StaticAnew { step } => cx.shell.warn(format!("{step}: {STATIC_ANEW}")),
        // A new project lists all its runs like this.
        Event::RunState { status, .. } if status == "Not started" => {}
        Event::RunState { run, status, progress } => {
            cx.shell.status("", format!("{run}: {status} {progress}").trim_end());
        }
        Event::StepFinished { step, seconds } => cx.shell.status("Done", format!("{step} in {seconds}")),
        // Why it failed stands at the end, in full.
        Event::StepFailed { step, .. } => cx.shell.status("Failed", step.to_string()),
        Event::StepUnchanged { step } => {
            cx.shell.status("Unchanged", format!("{step}: what it reads came out the same"));
        }
        Event::Judged { verdict } => cx.shell.status("Judged", format!("gates: {verdict}")),
    }
}

/// Trouble that ended the build.
pub(super) fn stopped(error: &BuildError) -> Failure {
    let mut failure = Failure::new(error.exit(), error.to_string());
    for help in error.help() {
        failure = failure.help(help);
    }
    failure
}

/// The end: a result for programs, a summary for people, a failure when a step failed.
fn result(cx: &Cx, planned: &Planned, built: &Built) -> CommandResult {
    let report = Report::read(&planned.layout.report()).ok();
    let kit_done =
        built.steps.iter().any(|(id, o)| id.0 == "kit" && matches!(o, Outcome::Done | Outcome::UpToDate));
    let reached_gates = built.gates.as_ref().map(|g| g.verdict).or_else(|| {
        let fresh = |(id, o): &(StepId, Outcome)| id.0 == "gates" && *o == Outcome::UpToDate;
        report.as_ref().filter(|_| built.steps.iter().any(fresh)).map(|r| r.verdict)
    });
    let count = |o: Outcome| built.steps.iter().filter(|(_, have)| *have == o).count();
    let kit = planned.layout.kit();
    if cx.shell.is_json() {
        let steps: Vec<_> = built.steps.iter().map(|(id, o)| json!({"id": id, "outcome": o})).collect();
        let failures: Vec<_> = built.failures.iter().map(failure_json).collect();
        cx.shell.json(&json!({
            "type": "result", "command": "build", "verdict": reached_gates,
            "simulated": planned.tool.simulated, "tool": planned.tool, "steps": steps, "failures": failures,
            "report": reached_gates.map(|_| planned.layout.report()), "kit": kit_done.then_some(&kit),
        }));
    }
    if let Some(first) = built.failures.first() {
        return Err(failed(&planned.layout, built, first));
    }
    tell(
        cx,
        "Finished",
        &format!("{} steps ran, {} were up to date", count(Outcome::Done), count(Outcome::UpToDate)),
    );
    if let Some(verdict) = reached_gates {
        tell(cx, "Gates", &verdict.to_string());
        if verdict == Verdict::Unknown {
            say_unknown(cx, report.as_ref());
        }
    }
    if kit_done {
        super::kit::sign_configured(cx, &planned.design, &kit, false)?;
        tell(cx, "Kit", kit.strip_prefix(&cx.env.cwd).unwrap_or(&kit).as_str());
    }
    if planned.tool.simulated {
        say_simulated(cx);
    }
    Ok(Exit::DONE)
}

/// Names what no evidence was found for: it is not passed.
fn say_unknown(cx: &Cx, report: Option<&Report>) {
    let unknown = report.iter().flat_map(|r| &r.results).filter(|r| r.verdict == Verdict::Unknown);
    for result in unknown {
        cx.shell.warn(format!(
            "gate {} on {} is unknown: expected {}, found {}",
            result.gate, result.subject, result.expected, result.actual
        ));
    }
}

fn failure_json(failure: &StepFailure) -> serde_json::Value {
    json!({
        "step": failure.step, "message": failure.why.to_string(), "exit": failure.exit(),
        "causes": failure.causes, "logs": failure.logs,
    })
}

/// Failed steps for people: the first in full, the others by name.
pub(super) fn failed(layout: &Layout, built: &Built, first: &StepFailure) -> Failure {
    let mut failure = Failure::new(first.exit(), format!("{}: {}", first.step, first.why));
    if let Why::Gate { report } = &first.why {
        for r in report.results.iter().filter(|r| r.verdict == Verdict::Refused) {
            failure = failure.note(format!(
                "gate {} refused {}: expected {}, found {}",
                r.gate, r.subject, r.expected, r.actual
            ));
        }
        failure = failure.note(format!("the whole report is {}", layout.report()));
    }
    if let Why::Finish(e) = &first.why {
        failure.notes.extend(e.notes.iter().cloned());
        failure.help.extend(e.help.iter().cloned());
    }
    if let Some((log, line)) = first.logs.iter().find_map(|l| l.first_error.as_ref().map(|e| (&l.log, e))) {
        failure = failure.note(format!("the first error is in {log}:{}\n        {}", line.line, line.text));
    }
    if let Some(excerpt) = first.logs.first() {
        let lines: Vec<String> = excerpt.tail.iter().map(|l| format!("        {l}")).collect();
        failure = failure.note(format!("the last lines of {}\n{}", excerpt.log, lines.join("\n")));
    }
    for cause in &first.causes {
        failure = failure.note(cause.meaning).help(cause.help);
    }
    for other in &built.failures[1..] {
        failure = failure.note(format!("{} failed too: {}", other.step, other.why));
    }
    failure
}
