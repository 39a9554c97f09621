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
use super::tcl::FlowArg;
use super::tool::{ToolArgs, vivado};
use super::{CommandResult, Cx, Failure, golden as golden_command, load};
use crate::artifacts::ToolIdentity;
use crate::design::Design;
use crate::exec::engine::{self, Built, Options, Request};
use crate::exec::finish::{Finish, FinishError};
use crate::exec::flow::{DesignFlow, judged};
use crate::exec::report::Report;
use crate::exec::stale;
use crate::exec::state::{State, Tool};
use crate::exit::Exit;
use crate::gates::{self, GateReport, Verdict};
use crate::golden::check::check;
use crate::golden::manifest::Role;
use crate::golden::{Golden, Store, updates};
use crate::plan::project::ToolKey;
use crate::plan::{Step, StepKind};
use crate::runtree::dcp::Dcp;
use crate::spec::model::{Flow, ShellKind};
use crate::update::interface::{self, Finding};
use crate::update::prepare::{Prepared, Way, is_golden, prepare};
use crate::update::{UpdateError, compose, lay};
use crate::vcs;
use crate::vivado::Vivado;
use crate::vivado::interrupt::Interrupt;

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

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum ShellArg {
    /// The whole locked static
    Standard,
    /// The abstract shell of each partition (UltraScale+)
    Abstract,
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
    let way = Way {
        flow: args.flow.map_or(design.spec.build.flow, Flow::from),
        shell: match args.shell {
            Some(ShellArg::Standard) => ShellKind::Standard,
            Some(ShellArg::Abstract) => ShellKind::Abstract,
            None => design.spec.build.shell,
        },
    };
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

/// Refuses when a comparison failed; says every difference.
fn meets(cx: &Cx, golden: &Golden, findings: &[Finding]) -> Result<(), Failure> {
    let refused: Vec<&Finding> = findings.iter().filter(|f| f.verdict == Verdict::Refused).collect();
    for f in findings.iter().filter(|f| f.verdict == Verdict::Unknown) {
        cx.shell.warn(format!("{}: unknown: {}", f.what, f.actual));
    }
    if refused.is_empty() {
        return Ok(());
    }
    let release = &golden.manifest.release;
    let mut failure = Failure::gate(format!(
        "the description does not meet release {release}: no module built from it would fit the devices in the field"
    ));
    for f in refused {
        failure = failure.note(format!("{}: expected {}, actual {}", f.what, f.expected, f.actual));
    }
    Err(failure.help("a new static needs a new release; for this one, make the description as it was"))
}

/// What the scripts of a way cannot do, before anything runs.
fn possible(design: &Design, golden: &Golden, modules: &[String], way: Way) -> Result<(), Failure> {
    let family = design.family;
    if way.shell == ShellKind::Abstract && !family.has_abstract_shell() {
        return Err(Failure::input(format!(
            "{family} has no abstract shell (UltraScale+ and Versal only, UG909)"
        ))
        .help("--shell standard builds on the whole locked static"));
    }
    if way.shell == ShellKind::Abstract && golden.manifest.files.iter().all(|f| f.role != Role::AbstractShell)
    {
        return Err(Failure::gate(format!(
            "release {} was archived without abstract shells",
            golden.manifest.release
        ))
        .help("--shell standard builds on the whole locked static")
        .help("`[build] abstract-shells = true` writes them for the releases to come"));
    }
    let has_state = golden.manifest.files.iter().any(|f| f.role == Role::RunState);
    if way == (Way { flow: Flow::Project, shell: ShellKind::Standard }) && !has_state {
        return Err(Failure::gate(format!(
            "release {} was built without a Vivado project: the archive has no state of its runs, which children of a project need",
            golden.manifest.release
        ))
        .help("--flow non-project builds on its checkpoints"));
    }
    if way.flow == Flow::NonProject {
        for name in modules {
            let sources = design.modules.get(name).map_or(&[][..], |m| m.sources.as_slice());
            if let Some(file) = sources.iter().find(|f| f.kind.needs_project()) {
                return Err(Failure::input(format!(
                    "module {name} has {}: block designs and IP are generated in a Vivado project",
                    file.name
                ))
                .help("--flow project builds it"));
            }
        }
    }
    Ok(())
}

/// What the golden checkpoint says of itself.
fn checkpoint(design: &Design, golden: &Golden) -> Result<Vec<Finding>, Failure> {
    let Some(file) = golden.manifest.file(Role::BlackboxDcp, "") else { return Ok(Vec::new()) };
    // Hashed a moment ago, with everything else.
    Ok(interface::checkpoint(design, golden, &golden.store().object(&file.sha256)))
}

/// The same Vivado, to the build: checkpoints are bound to it (UG909). With leave it may be another; gives the golden's then.
fn same_tool(
    cx: &Cx,
    golden: &Golden,
    tool: &Vivado,
    allowed: bool,
) -> Result<Option<ToolIdentity>, Failure> {
    let m = &golden.manifest;
    let release = tool.release.to_string();
    let expected = format!(
        "Vivado {} build {}{}",
        m.vivado,
        m.vivado_build.as_deref().unwrap_or("unknown"),
        if m.simulated { " SIMULATED" } else { "" }
    );
    let builds_differ = m.vivado_build.is_some() && tool.build.is_some() && m.vivado_build != tool.build;
    if release == m.vivado && !builds_differ && m.simulated == tool.simulated {
        return Ok(None);
    }
    if m.simulated != tool.simulated || !allowed {
        let failure = Failure::gate(format!(
            "release {} was built by another Vivado: expected {expected}, actual {}",
            m.release,
            tool.identity()
        ))
        .help("modules must be built by the very Vivado that built their static (UG909)");
        return Err(if m.simulated == tool.simulated {
            failure.help("--allow-release-change takes this one nevertheless, and says so in the update, the report and the kit")
        } else {
            failure.help("what the stand-in makes fits no device, and nothing of a device fits it")
        });
    }
    cx.shell.warn(format!(
        "release {} was built by {expected}, its new modules by {}: AMD supports one Vivado for all configurations of a static; the verdict is unknown at best",
        m.release,
        tool.identity()
    ));
    Ok(Some(ToolIdentity {
        release: m.vivado.clone(),
        build: m.vivado_build.clone(),
        simulated: m.simulated,
    }))
}

/// Re-hashes the release.
fn whole(golden: &Golden) -> Result<(), Failure> {
    let found = check(golden);
    if found.verdict == Verdict::Passed {
        return Ok(());
    }
    let mut failure = Failure::gate(format!("release {} is damaged: nothing is built on it", found.release));
    for part in found.parts.iter().filter(|p| p.name == "file") {
        failure =
            failure.note(format!("{}: expected {}, actual {}", part.subject, part.expected, part.actual));
    }
    Err(failure.help("restore the files from a copy of the archive (`dfxkit golden pull`)"))
}

fn tell_drift(cx: &Cx, drift: &[String]) {
    if !drift.is_empty() && !cx.shell.is_json() {
        cx.shell.warn(format!(
            "sources have changed since the release: {}. The static is the golden's, not built from these",
            drift.join(", ")
        ));
    }
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
            updates::keep(session.golden, name, &shipped, git, drift).map_err(golden_command::failure)?;
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

fn failure(error: UpdateError) -> Failure {
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
