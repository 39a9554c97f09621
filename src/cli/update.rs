// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `dfxkit update`: new modules for devices in the field, built and proven against the golden checkpoints of a release; in a Vivado project (`--flow project`)
//! or by scripts from checkpoint to checkpoint (`--flow non-project`), on the whole static or on archived abstract shells.
//!
//! In this order, so that nothing wrong reaches Vivado: the description is compared with the release, the ports that
//! the HDL of the modules declares with the golden interface, Vivado's release and build with the golden's, and the release re-hashed; then the modules are synthesised, their ports compared with the golden interface; then the children are built,
//! the golden bytes hashed again, everything judged against the golden's own full bitstream, and the kit written.

use std::time::Duration;

use camino::Utf8PathBuf;
use serde_json::json;

use super::build::{crash, failed, say_simulated, show, stopped, tell};
use super::locking::{self, LockArgs};
use super::tcl::{FlowArg, ShellArg, way};
use super::tool::{ToolArgs, vivado};
use super::{CommandResult, Cx, Failure, golden as golden_command, load};
use crate::artifacts::ToolIdentity;
use crate::exec::engine::{self, Built, Options, Request};
use crate::exec::finish::{Finish, FinishError};
use crate::exec::flow::{DesignFlow, judged};
use crate::exec::report::Report;
use crate::exec::stale;
use crate::exec::state::{State, Tool};
use crate::exit::Exit;
use crate::gates::{self, GateReport, Verdict};
use crate::golden::{Golden, Store, updates};
use crate::plan::project::ToolKey;
use crate::plan::{Step, StepKind};
use crate::runtree::dcp::Dcp;
use crate::update::interface::{self, Finding};
use crate::update::prepare::{Prepared, is_golden, prepare};
use crate::update::{UpdateError, compose, lay, size};
use crate::vcs;
use crate::vivado::Vivado;
use crate::vivado::interrupt::Interrupt;

mod before;

use before::{checkpoint, meets, possible, same_tool, tell_drift, whole};

/// Arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The release to build against
    #[arg(long, value_name = "REL")]
    golden: String,
    /// The archive; by default `golden` beside the description
    #[arg(long, value_name = "DIR")]
    store: Option<Utf8PathBuf>,
    /// Modules of the description to build
    #[arg(value_name = "MODULE", required = true)]
    modules: Vec<String>,
    /// Flow, in place of `[build] flow`
    #[arg(long, value_enum, value_name = "FLOW")]
    flow: Option<FlowArg>,
    /// What the modules are built on, in place of `[build] shell`: the whole static, or abstract shells from the archive
    #[arg(long, value_enum, value_name = "SHELL")]
    shell: Option<ShellArg>,
    #[command(flatten)]
    tool: ToolArgs,
    /// Take another Vivado than the release's: recorded in the update, the report and the kit, whose verdict is unknown at best
    #[arg(long)]
    allow_release_change: bool,
    /// Give up a Vivado process after so many minutes; by default `[build] timeout-minutes`
    #[arg(long, value_name = "MIN", value_parser = clap::value_parser!(u32).range(1..))]
    timeout: Option<u32>,
    /// Keep the update under this name beside the release, in the archive
    #[arg(long, value_name = "NAME")]
    archive: Option<String>,
    /// Compare and plan, and run nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    locks: LockArgs,
}

/// Runs the command.
pub(super) fn run(cx: &mut Cx, args: &Args) -> CommandResult {
    let mut design = load(cx)?;
    let store = Store::new(golden_command::store_dir(cx, args.store.as_ref()));
    let golden = store.load(&args.golden).map_err(golden_command::failure)?;
    if let Some(name) = &args.archive {
        updates::refuse_existing(&golden, name).map_err(golden_command::failure)?;
    }
    // The golden names the release; the description may have moved on, which the comparison says.
    let tool = match vivado(cx, &args.tool, Some(&golden.manifest.vivado)) {
        Err(_) if args.allow_release_change => vivado(cx, &args.tool, None)?,
        found => found?,
    };
    meets(cx, &golden, &interface::compare(&design, &golden))?;
    meets(cx, &golden, &interface::headers(&design, &golden, &args.modules))?;
    let change = same_tool(cx, &golden, &tool, args.allow_release_change)?;
    whole(&golden)?;
    meets(cx, &golden, &checkpoint(&design, &golden)?)?;
    let drift = interface::drift(&design, &golden).map_err(|e| Failure::input(e.to_string()))?;
    tell_drift(cx, &drift);

    design.spec.project.vivado = Some(tool.release.to_string());
    let way = way(&design, args.flow, args.shell);
    possible(&design, &golden, &args.modules, way)?;
    let key =
        ToolKey { release: tool.release.to_string(), build: tool.build.clone(), simulated: tool.simulated };
    let prepared = prepare(&design, &golden, &args.modules, &key, way).map_err(failure)?;
    if args.dry_run {
        return dry_run(cx, &prepared, &tool);
    }
    if tool.simulated {
        say_simulated(cx);
    }
    let session = Session {
        prepared: &prepared,
        golden: &golden,
        tool: &tool,
        change,
        interrupt: Interrupt::install()
            .map_err(|e| Failure::environment(format!("cannot listen to signals: {e}")))?,
        timeout: args.timeout.or(prepared.design.spec.build.timeout_minutes),
        locks: args.locks,
    };
    let synthesis = session.steps(|k| matches!(k, StepKind::SynthModule { .. }));
    if prepared.layout.has_project() {
        session.build(cx, &["project".to_owned()])?;
    } else if !synthesis.is_empty() {
        // Before the golden files: the engine clears away what another Vivado left.
        session.build(cx, &synthesis)?;
    }
    lay::down(&prepared, &golden, &Tool::from(&tool)).map_err(failure)?;
    static_is_golden(&prepared, &tool)?;
    if !synthesis.is_empty() {
        session.build(cx, &synthesis)?;
    }
    let ports = session.ports()?;
    meets(cx, &golden, &ports)?;
    session.build(cx, &[])?;
    lay::check(&prepared).map_err(failure)?;
    finish(cx, &session, &drift, &ports, args.archive.as_deref())
}

/// The static's steps must stand as done before anything runs: an update never implements the static.
fn static_is_golden(prepared: &Prepared, tool: &Vivado) -> Result<(), Failure> {
    let state = State::open(prepared.layout.state());
    let statuses = stale::evaluate(&prepared.plan, &prepared.layout, &state, Some(tool.simulated), &[])
        .map_err(|e| Failure::environment(e.to_string()))?;
    let stale: Vec<String> = prepared
        .plan
        .steps
        .iter()
        .zip(statuses)
        .filter(|(s, status)| is_golden(&s.kind) && status.stale)
        .map(|(s, status)| {
            format!(
                "{}: {}",
                s.id,
                status.reasons.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
            )
        })
        .collect();
    if stale.is_empty() {
        return Ok(());
    }
    Err(Failure::gate(format!("the golden static is not in place: {}", stale.join(" | ")))
        .help("this is a fault of dfxkit: please report it"))
}

fn dry_run(cx: &Cx, prepared: &Prepared, tool: &Vivado) -> CommandResult {
    let state = State::open(prepared.layout.state());
    let statuses = stale::evaluate(&prepared.plan, &prepared.layout, &state, Some(tool.simulated), &[])
        .map_err(|e| Failure::input(e.to_string()))?;
    let of_static = |s: &Step| is_golden(&s.kind);
    let mut steps = Vec::new();
    for (step, status) in prepared.plan.steps.iter().zip(statuses) {
        let runs = status.stale && !of_static(step);
        let what = if of_static(step) {
            "golden"
        } else if runs {
            "would run"
        } else {
            "up to date"
        };
        cx.shell.out(format!("{:<24} {what}", step.id.to_string()));
        steps
            .push(json!({"id": step.id, "kind": step.kind.word(), "stale": runs, "golden": of_static(step)}));
    }
    cx.shell.json(&json!({"steps": steps}));
    Ok(Exit::DONE)
}

struct Session<'a> {
    prepared: &'a Prepared,
    golden: &'a Golden,
    tool: &'a Vivado,
    /// The golden's Vivado, when this is another.
    change: Option<ToolIdentity>,
    interrupt: Interrupt,
    timeout: Option<u32>,
    locks: LockArgs,
}

impl Session<'_> {
    fn flow(&self) -> DesignFlow<'_> {
        DesignFlow { design: &self.prepared.design, plan: &self.prepared.plan, layout: &self.prepared.layout }
    }

    fn steps(&self, wanted: impl Fn(&StepKind) -> bool) -> Vec<String> {
        self.prepared.plan.steps.iter().filter(|s| wanted(&s.kind)).map(|s| s.id.0.clone()).collect()
    }

    fn build(&self, cx: &Cx, targets: &[String]) -> Result<Built, Failure> {
        let flow = self.flow();
        let request = Request {
            plan: &self.prepared.plan,
            layout: &self.prepared.layout,
            tool: self.tool,
            scripts: &flow,
            interrupt: &self.interrupt,
            options: Options {
                targets: targets.to_vec(),
                jobs: usize::try_from(self.prepared.design.spec.build.jobs).unwrap_or(1),
                timeout: self.timeout.map(|m| Duration::from_secs(u64::from(m) * 60)),
                crash: crash(cx),
                command: "dfxkit update".into(),
                wait: self.locks.wait(),
                locks: locking::kind(cx),
                ..Options::default()
            },
        };
        let built =
            engine::build(&request, &mut NoFinish, &mut |event| show(cx, &event)).map_err(|e| stopped(&e))?;
        match built.failures.first() {
            Some(first) => Err(failed(&self.prepared.layout, &built, first)),
            None => Ok(built),
        }
    }

    /// Ports of the synthesised modules against the golden interface, before hours go into an implementation that cannot link.
    fn ports(&self) -> Result<Vec<Finding>, Failure> {
        let mut findings = Vec::new();
        for step in &self.prepared.plan.steps {
            let StepKind::SynthModule { module, .. } = &step.kind else { continue };
            let partition = &self.prepared.design.spec.modules[module].partition;
            let golden_stub = self
                .golden
                .manifest
                .partitions
                .iter()
                .find(|p| p.name == *partition)
                .and_then(|p| p.ports.as_deref());
            let dcp = step
                .outputs
                .iter()
                .find(|o| o.path.extension() == Some("dcp"))
                .expect("a synthesis writes a checkpoint");
            let dcp = Dcp::read(&self.prepared.layout.build().join(&dcp.path))
                .map_err(|e| Failure::tool(e.to_string()))?;
            let mut finding = interface::ports(partition, golden_stub, dcp.stub.as_deref());
            finding.what = format!("{}, module {module}", finding.what);
            findings.push(finding);
        }
        Ok(findings)
    }
}

/// Judges, writes report and kit, says the result.
fn finish(
    cx: &mut Cx,
    session: &Session<'_>,
    drift: &[String],
    ports: &[Finding],
    archive: Option<&str>,
) -> CommandResult {
    let prepared = session.prepared;
    let built = judged(session.flow(), &session.tool.tool_identity())
        .map_err(|e| Failure::tool(format!("cannot read what the update left: {e}")))?;
    let mut artifacts = compose::compose(built, session.golden).map_err(golden_command::failure)?;
    artifacts.static_tool.clone_from(&session.change);
    let mut results = gates::judge::judge(&artifacts, &prepared.design.spec.gates).results;
    if let Some(golden_tool) = &session.change {
        let change = compose::release_change(golden_tool, &session.tool.tool_identity());
        artifacts.notes.push(format!("{}: {}", change.gate, change.actual));
        results.push(change);
    }
    results.extend(size::judge(&artifacts));
    results.extend(ports.iter().map(|f| compose::port_result(f, &session.golden.manifest.release)));
    artifacts.gates = GateReport::new(results);
    let report = prepared.layout.report();
    Report::of(&artifacts)
        .write(&report)
        .map_err(|e| Failure::environment(format!("cannot write the report: {e}")))?;
    tell(cx, "Judged", &format!("gates: {}", artifacts.gates.verdict));
    if artifacts.gates.verdict == Verdict::Refused {
        let mut failure =
            Failure::gate(format!("the update for release {} is refused", session.golden.manifest.release));
        for r in artifacts.gates.results.iter().filter(|r| r.verdict == Verdict::Refused) {
            failure = failure.note(format!(
                "gate {} refused {}: expected {}, found {}",
                r.gate, r.subject, r.expected, r.actual
            ));
        }
        return Err(failure.note(format!("the whole report is {report}")));
    }
    let shipped = compose::for_kit(artifacts.clone());
    let kit = super::kit::write_kit(
        cx,
        &shipped,
        &super::kit::Choice::of(&prepared.design),
        &prepared.layout.kit(),
        true,
    )?
    .dir;
    super::kit::sign_configured(cx, &prepared.design, &kit, false)?;
    for r in artifacts.gates.results.iter().filter(|r| r.verdict == Verdict::Unknown) {
        cx.shell.warn(format!(
            "gate {} on {} is unknown: expected {}, found {}",
            r.gate, r.subject, r.expected, r.actual
        ));
    }
    tell(cx, "Kit", kit.strip_prefix(&cx.env.cwd).unwrap_or(&kit).as_str());
    if let Some(name) = archive {
        let command = format!("dfxkit update --archive {name}");
        let _lock = locking::hold_store(cx, session.golden.store().dir(), &command, session.locks)?;
        let git = vcs::git_state(&prepared.design.root);
        let kept =
            updates::keep(session.golden, name, &artifacts, git, drift).map_err(golden_command::failure)?;
        tell(
            cx,
            "Archived",
            &format!("update {name} of release {}: {} files", kept.release, kept.files.len()),
        );
    }
    if session.tool.simulated {
        say_simulated(cx);
    }
    cx.shell.json(&json!({
        "type": "result", "command": "update", "archived": archive, "verdict": artifacts.gates.verdict, "golden": session.golden.manifest.release,
        "simulated": session.tool.simulated, "drift": drift, "release_change": session.change, "report": report, "kit": kit,
    }));
    Ok(Exit::DONE)
}

pub(super) fn failure(error: UpdateError) -> Failure {
    match error {
        UpdateError::Golden(e) => golden_command::failure(e),
        UpdateError::Derive(e) => Failure::input(e.to_string()),
        UpdateError::Lacks { .. } | UpdateError::Names { .. } | UpdateError::NotGolden { .. } => {
            Failure::gate(error.to_string())
        }
        UpdateError::Tcl(_) => Failure::input(error.to_string()),
        UpdateError::Io(_) => Failure::environment(error.to_string()),
    }
}

/// An update judges and packs by itself, on composed artifacts: its plan has neither step.
struct NoFinish;

impl Finish for NoFinish {
    fn gates(&mut self) -> Result<GateReport, FinishError> {
        Ok(GateReport::new(Vec::new()))
    }
    fn kit(&mut self) -> Result<(), FinishError> {
        Ok(())
    }
}
