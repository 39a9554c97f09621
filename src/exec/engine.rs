// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The build: stale steps run in waves until none is stale, and each is judged and recorded.
//!
//! A Vivado project is open in one process at a time, so a wave is one process for all stale syntheses, one for the parent, one for all stale
//! children; verifications and scripts from checkpoint to checkpoint are processes of their own, several at once. Before every wave staleness is looked at anew: a step whose
//! inputs came out the same is left alone.
//!
//! What must not change is watched: a parent that Vivado silently implements again makes every shipped partial wrong, so outputs of
//! the static's synthesis and of the parent that had not to run are hashed again after every process.

use std::collections::BTreeSet;
use std::io;
use std::time::Duration;

use super::crash::Crash;
use super::events::{Event, Seconds};
use super::failure::{BuildError, StepFailure, Why};
use super::finish::{Finish, Scripts};
use super::lock::{self, Holder, Lock, LockError, Place, Wait};
use super::mend::{self, Mended};
use super::orphans;
use super::stale::{self, StepStatus};
use super::state::{State, Tool};
use super::wave::{self, Shop};
use crate::gates::{GateReport, Verdict};
use crate::plan::layout::Layout;
use crate::plan::{Plan, Step, StepId, StepKind};
use crate::vivado::Vivado;
use crate::vivado::interrupt::Interrupt;
use crate::vivado::run;

/// A build needs at least this much disk: a small DFX project's runs take some 300 MiB each configuration.
pub const MIN_FREE: u64 = 512 << 20;

/// How to build.
#[derive(Debug)]
pub struct Options {
    /// Steps to reach; all when empty.
    pub targets: Vec<String>,
    /// Steps to run whether stale or not.
    pub force: Vec<String>,
    /// Processes at once, for steps that do not share one.
    pub jobs: usize,
    /// After a failed step go on with those that do not need it.
    pub keep_going: bool,
    /// Limit of one process.
    pub timeout: Option<Duration>,
    /// How long an interrupted Vivado may take to end by itself.
    pub grace: Duration,
    /// Whether to wait for another build to end instead of refusing.
    pub wait: Wait,
    /// The kind of lock, when not the file system's; for tests.
    pub locks: Option<lock::Kind>,
    /// Replace results of another Vivado.
    pub replace: bool,
    /// Bytes that must be free on the disk.
    pub min_free: u64,
    /// Crash points, for tests.
    pub crash: Crash,
    /// What to call this build for others that wait.
    pub command: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            targets: Vec::new(),
            force: Vec::new(),
            jobs: 2,
            keep_going: false,
            timeout: None,
            grace: Duration::from_secs(10),
            wait: Wait::No,
            locks: None,
            replace: false,
            min_free: MIN_FREE,
            crash: Crash::default(),
            command: "dfxkit build".to_owned(),
        }
    }
}

/// A build to do.
pub struct Request<'a> {
    /// What there is to do.
    pub plan: &'a Plan,
    /// Where.
    pub layout: &'a Layout,
    /// With which Vivado.
    pub tool: &'a Vivado,
    /// Scripts.
    pub scripts: &'a (dyn Scripts + Sync),
    /// Ctrl-C.
    pub interrupt: &'a Interrupt,
    /// How.
    pub options: Options,
}

/// What became of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It was up to date.
    UpToDate,
    /// It ran and is recorded.
    Done,
    /// It failed.
    Failed,
    /// Something that it needs failed, or a failure ended the build before it.
    NotReached,
}

/// What a build came to.
#[derive(Debug)]
pub struct Built {
    /// The wanted steps, in the plan's order.
    pub steps: Vec<(StepId, Outcome)>,
    /// Failed steps.
    pub failures: Vec<StepFailure>,
    /// What the gates said, when they judged in this build.
    pub gates: Option<GateReport>,
}

pub(super) fn io_error(what: &'static str) -> impl FnOnce(io::Error) -> BuildError {
    move |source| BuildError::Io { what, source }
}

/// Builds. Failed steps are part of the answer; an error ended the build.
pub fn build(
    request: &Request<'_>,
    finish: &mut dyn Finish,
    sink: &mut dyn FnMut(Event),
) -> Result<Built, BuildError> {
    let options = &request.options;
    let wanted: BTreeSet<StepId> = request
        .plan
        .closure(&options.targets)
        .map_err(|names| BuildError::UnknownSteps { names })?
        .into_iter()
        .map(|s| s.id.clone())
        .collect();
    let unknown: Vec<String> =
        options.force.iter().filter(|n| request.plan.step(n).is_none()).cloned().collect();
    if !unknown.is_empty() {
        return Err(BuildError::UnknownSteps { names: unknown });
    }
    let state_dir = request.layout.state();
    fs_err::create_dir_all(&state_dir).map_err(io_error("make the state directory"))?;
    let _lock = lock(request, sink)?;
    for (steps, processes) in orphans::end_all(&state_dir)? {
        sink(Event::OrphansEnded { steps, processes });
    }
    let state = State::open(state_dir);
    check_disk(request)?;
    take_over(request, &state, sink)?;
    let shop = Shop { state: &state, crash: &request.options.crash };
    let mut run =
        Run { request, shop: &shop, wanted, done: BTreeSet::new(), failures: Vec::new(), gates: None };
    let result = run.until_settled(finish, sink);
    state.save_hashes().map_err(io_error("save the cache of hashes"))?;
    result?;
    Ok(run.outcome())
}

fn lock(request: &Request<'_>, sink: &mut dyn FnMut(Event)) -> Result<Lock, BuildError> {
    let options = &request.options;
    let place = Place::build(&request.layout.state()).with_kind(options.locks);
    let told = &mut |error: &LockError| {
        if let LockError::Held { holder, .. } = error {
            let holder = holder.as_ref().map_or_else(|| "unknown".to_owned(), ToString::to_string);
            sink(Event::Waiting { holder });
        }
    };
    match lock::acquire(&place, &Holder::me(&options.command), options.wait, request.interrupt, told) {
        Ok(lock) => {
            lock.guard(request.interrupt);
            Ok(lock)
        }
        Err(LockError::Interrupted) => Err(BuildError::Interrupted),
        Err(e) => Err(e.into()),
    }
}

fn check_disk(request: &Request<'_>) -> Result<(), BuildError> {
    let directory = request.layout.build();
    let stat = rustix::fs::statvfs(directory.as_std_path())
        .map_err(|e| io_error("ask for free disk space")(e.into()))?;
    let free = stat.f_bavail.saturating_mul(stat.f_frsize);
    let needed = request.options.min_free;
    if free < needed {
        return Err(BuildError::Disk { directory: directory.to_owned(), free, needed });
    }
    Ok(())
}

/// A Vivado project belongs to one release, and one of the stand-in is none at all: another tool's project is taken away,
/// but results of a real Vivado only when the user says so.
fn take_over(request: &Request<'_>, state: &State, sink: &mut dyn FnMut(Event)) -> Result<(), BuildError> {
    let now = Tool::from(request.tool);
    let there: Vec<_> = request.layout.of_one_vivado().into_iter().filter(|d| d.exists()).collect();
    let before = state.owner();
    let same = before.as_ref().is_some_and(|b| b.release == now.release && b.simulated == now.simulated);
    if !same && !there.is_empty() {
        // The owner is noted before a project is made: a project without one is not from here, or its note is lost.
        let simulated = before.as_ref().is_some_and(|b| b.simulated);
        if !simulated && !request.options.replace {
            return Err(BuildError::WouldReplace { made_by: before, now });
        }
        sink(Event::ProjectDiscarded { made_by: before });
        // The owner is noted last: cut off anywhere in between, the next build does this again.
        for dir in there {
            fs_err::remove_dir_all(&dir).map_err(io_error("remove the project of another Vivado"))?;
        }
        mend::forget(state).map_err(io_error("remove the copy of another Vivado's project"))?;
        state.forget_all().map_err(io_error("remove the records of another Vivado"))?;
    }
    request.options.crash.point();
    state.set_owner(&now).map_err(io_error("note the project's Vivado"))
}

/// The stage of a step: lower ones run first, equal ones together.
fn stage(step: &Step) -> u8 {
    match step.kind {
        StepKind::Project => 0,
        StepKind::SynthStatic { .. } | StepKind::SynthModule { .. } => 1,
        StepKind::ImplParent { .. } => 2,
        StepKind::AbstractShells { .. } => 3,
        StepKind::ImplModule { .. } => 4,
        StepKind::ImplChild { .. } => 5,
        StepKind::Verify { .. } => 6,
        StepKind::Gates => 7,
        StepKind::Kit => 8,
    }
}

struct Run<'a> {
    request: &'a Request<'a>,
    shop: &'a Shop<'a>,
    wanted: BTreeSet<StepId>,
    done: BTreeSet<StepId>,
    failures: Vec<StepFailure>,
    gates: Option<GateReport>,
}

impl Run<'_> {
    fn until_settled(
        &mut self,
        finish: &mut dyn Finish,
        sink: &mut dyn FnMut(Event),
    ) -> Result<(), BuildError> {
        let mut generated = false;
        let mut announced: BTreeSet<StepId> = BTreeSet::new();
        loop {
            if self.request.interrupt.is_raised() {
                return Err(BuildError::Interrupted);
            }
            let statuses = self.statuses()?;
            for status in &statuses {
                if !status.stale && announced.remove(&status.id) && !self.done.contains(&status.id) {
                    sink(Event::StepUnchanged { step: status.id.clone() });
                }
            }
            let protected = self.protected(&statuses);
            let stale: Vec<(&Step, StepStatus)> = self
                .request
                .plan
                .steps
                .iter()
                .zip(statuses)
                .filter(|(s, status)| status.stale && self.wanted.contains(&s.id))
                .collect();
            if let Some((step, status)) = stale.iter().find(|(s, _)| self.done.contains(&s.id)) {
                return Err(BuildError::NotSettled {
                    step: step.id.clone(),
                    reasons: status.reasons.clone(),
                });
            }
            announced.extend(stale.iter().map(|(s, _)| s.id.clone()));
            let Some(wave) = self.next_wave(&stale) else { return Ok(()) };
            for (step, _) in &wave {
                let parent = matches!(step.kind, StepKind::ImplParent { .. });
                if parent && self.shop.state.known(&step.id).record().is_some() {
                    sink(Event::StaticAnew { step: step.id.clone() });
                }
            }
            if wave.iter().any(|(s, _)| s.kind.needs_vivado()) {
                if !generated {
                    self.write_generated()?;
                    generated = true;
                }
                self.mend(sink)?;
                let (done, failures) = wave::run(self.request, self.shop, &wave, &protected, sink)?;
                self.done.extend(done);
                self.failures.extend(failures);
            } else {
                for (step, status) in &wave {
                    self.without_vivado(step, status, finish, sink)?;
                }
            }
            if !self.failures.is_empty() && !self.request.options.keep_going {
                return Ok(());
            }
        }
    }

    fn mend(&self, sink: &mut dyn FnMut(Event)) -> Result<(), BuildError> {
        if !self.request.layout.has_project() {
            return Ok(());
        }
        let state = self.shop.state;
        let built = self.request.plan.steps.iter().filter(|s| s.kind.run().is_some());
        let anything = built.map(|s| state.known(&s.id)).any(|known| known.record().is_some());
        let mended = mend::mend(self.request.layout, state, anything)
            .map_err(io_error("make the project file whole"))?;
        if mended != Mended::Whole {
            sink(Event::ProjectMended { anew: mended == Mended::StartedAnew });
        }
        Ok(())
    }

    fn statuses(&self) -> Result<Vec<StepStatus>, BuildError> {
        let forced: Vec<StepId> = self
            .request
            .options
            .force
            .iter()
            .map(|n| StepId(n.clone()))
            .filter(|id| !self.done.contains(id))
            .collect();
        let simulated = Some(self.request.tool.simulated);
        let (plan, layout) = (self.request.plan, self.request.layout);
        Ok(stale::evaluate(plan, layout, self.shop.state, simulated, &forced)?)
    }

    /// Steps whose outputs no process may change now: the static, where it had not to run.
    fn protected(&self, statuses: &[StepStatus]) -> BTreeSet<StepId> {
        let of_static =
            |s: &Step| matches!(s.kind, StepKind::SynthStatic { .. } | StepKind::ImplParent { .. });
        let steps = self.request.plan.steps.iter().zip(statuses);
        steps.filter(|(s, status)| of_static(s) && !status.stale).map(|(s, _)| s.id.clone()).collect()
    }

    /// The stale steps of the lowest stage whose dependencies are all there.
    fn next_wave<'p>(&self, stale: &[(&'p Step, StepStatus)]) -> Option<Vec<(&'p Step, StepStatus)>> {
        let waiting: BTreeSet<&StepId> = stale.iter().map(|(s, _)| &s.id).collect();
        let failed = |id: &StepId| self.failures.iter().any(|f| f.step == *id);
        let ready: Vec<&(&Step, StepStatus)> = stale
            .iter()
            .filter(|(s, _)| !failed(&s.id) && !s.needs.iter().chain(&s.after).any(|d| waiting.contains(d)))
            .collect();
        let lowest = ready.iter().map(|(s, _)| stage(s)).min()?;
        Some(
            stale
                .iter()
                .filter(|(s, _)| stage(s) == lowest && ready.iter().any(|(r, _)| r.id == s.id))
                .cloned()
                .collect(),
        )
    }

    fn write_generated(&self) -> Result<(), BuildError> {
        for (path, bytes) in self.request.scripts.generated()? {
            crate::atomic::write_if_changed(&path, &bytes).map_err(io_error("write a generated file"))?;
        }
        Ok(())
    }

    fn without_vivado(
        &mut self,
        step: &Step,
        status: &StepStatus,
        finish: &mut dyn Finish,
        sink: &mut dyn FnMut(Event),
    ) -> Result<(), BuildError> {
        let begin = std::time::Instant::now();
        let nonce = run::nonce().map_err(io_error("make a nonce"))?;
        let manifest = wave::manifest_now(self.request, self.shop, step)?;
        self.shop.crash.point();
        self.shop.state.start(&step.id, &nonce).map_err(io_error("note the start of a step"))?;
        sink(Event::StepStarted { step: step.id.clone(), reasons: status.reasons.clone(), simulated: false });
        self.shop.crash.point();
        let failure = match step.kind {
            StepKind::Gates => match finish.gates() {
                Ok(report) => {
                    sink(Event::Judged { verdict: report.verdict });
                    self.gates = Some(report.clone());
                    (report.verdict == Verdict::Refused).then(|| Why::Gate { report: Box::new(report) })
                }
                Err(e) => Some(Why::Finish(e)),
            },
            _ => finish.kit().err().map(Why::Finish),
        };
        let missing = || {
            let build = self.request.layout.build();
            step.outputs.iter().find(|o| o.required && !build.join(&o.path).exists()).map(|o| {
                Why::Finish(super::finish::FinishError {
                    exit: crate::exit::Exit::TOOL,
                    message: format!("{} did not write {}", step.id, o.path),
                    notes: Vec::new(),
                    help: vec!["this is a fault of dfxkit: please report it".into()],
                })
            })
        };
        if let Some(why) = failure.or_else(missing) {
            let message = why.to_string();
            sink(Event::StepFailed { step: step.id.clone(), message });
            self.failures.push(StepFailure::plain(&step.id, why));
        } else {
            wave::record(self.request, self.shop, step, manifest, &nonce)?;
            sink(Event::StepFinished { step: step.id.clone(), seconds: Seconds(begin.elapsed()) });
            self.done.insert(step.id.clone());
        }
        Ok(())
    }

    fn outcome(self) -> Built {
        let stale: BTreeSet<StepId> = match self.statuses() {
            Ok(statuses) => statuses.into_iter().filter(|s| s.stale).map(|s| s.id).collect(),
            Err(_) => BTreeSet::new(),
        };
        let outcome = |id: &StepId| {
            if self.failures.iter().any(|f| f.step == *id) {
                Outcome::Failed
            } else if self.done.contains(id) {
                Outcome::Done
            } else if stale.contains(id) {
                Outcome::NotReached
            } else {
                Outcome::UpToDate
            }
        };
        let steps = self.request.plan.steps.iter().map(|s| &s.id).filter(|id| self.wanted.contains(id));
        Built {
            steps: steps.map(|id| (id.clone(), outcome(id))).collect(),
            failures: self.failures,
            gates: self.gates,
        }
    }
}

impl Request<'_> {
    /// Hashes the outputs of protected steps again, from their contents.
    pub(super) fn check_protected(
        &self,
        state: &State,
        protected: &BTreeSet<StepId>,
        ran: &[&Step],
    ) -> Result<(), BuildError> {
        for step in self.plan.steps.iter().filter(|s| protected.contains(&s.id)) {
            let known = state.known(&step.id);
            let Some(record) = known.record() else { continue };
            for output in &record.outputs {
                let path = self.layout.build().join(&output.path);
                let actual = state.hash_anew(&path).unwrap_or_else(|_| "missing".to_owned());
                if actual != output.sha256 {
                    return Err(BuildError::Protected {
                        step: step.id.clone(),
                        path: output.path.clone(),
                        expected: output.sha256.clone(),
                        actual,
                        ran: ran.iter().map(|s| s.id.clone()).collect(),
                    });
                }
            }
        }
        Ok(())
    }
}
