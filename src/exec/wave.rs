// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! One wave: its processes are started, watched, judged and recorded.
//!
//! The order of writes is what resuming rests on: `STEP.started`, the note of the process, the process itself, the note away, the outputs hashed, the
//! record. A kill between any two leaves the step without a record of this start: it is done again.

use std::collections::BTreeSet;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::sync::mpsc::Sender;
use std::sync::{Mutex, PoisonError, mpsc};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use dfxkit_handoff::kit::LOADER_TARGET;

use super::engine::{Request, io_error};
use super::events::{Event, Seconds};
use super::failure::{BuildError, StepFailure, Why};
use super::stale::{self, StepStatus};
use super::state::{FORMAT, Known, Record, State, Tool};
use super::watch::Watch;
use super::{crash, failure, mend, orphans};
use crate::plan::key::Manifest;
use crate::plan::layout::Layout;
use crate::plan::{Step, StepId, StepKind};
use crate::vivado::digest::{Digest, Seen};
use crate::vivado::judge::{self, ExitKind, OutputProblem};
use crate::vivado::run::{self, Call, Ended, RunError, Told};

/// What the parts of a build share.
pub(super) struct Shop<'a> {
    pub(super) state: &'a State,
    pub(super) crash: &'a crash::Crash,
}

/// One Vivado process to be.
struct Job<'p> {
    steps: Vec<&'p Step>,
    /// What goes into each step, as it was before the process started: a source that is edited meanwhile makes the step stale again.
    manifests: Vec<Manifest>,
    dir: Utf8PathBuf,
    script: String,
    nonce: String,
}

impl Job<'_> {
    fn names(&self) -> Vec<String> {
        self.steps.iter().map(|s| s.id.0.clone()).collect()
    }
}

/// Where a wave of several steps has its script and logs; a single step has its own directory.
fn wave_dir(request: &Request<'_>, steps: &[&Step]) -> Utf8PathBuf {
    match steps {
        [one] => request.layout.step(&one.id),
        [first, ..] => {
            let name = match first.kind {
                StepKind::SynthStatic { .. } | StepKind::SynthModule { .. } => "synth",
                _ => "children",
            };
            request.layout.step(&StepId(name.to_owned()))
        }
        [] => unreachable!("a wave has a step"),
    }
}

/// Runs the Vivado processes of a wave. Failures of steps come back as values; an error ends the build.
pub(super) fn run(
    request: &Request<'_>,
    shop: &Shop<'_>,
    wave: &[(&Step, StepStatus)],
    protected: &BTreeSet<StepId>,
    sink: &mut dyn FnMut(Event),
) -> Result<(Vec<StepId>, Vec<StepFailure>), BuildError> {
    let alone = wave
        .iter()
        .all(|(s, _)| matches!(s.kind, StepKind::Verify { .. }) || request.layout.is_scripted(&s.kind));
    let groups: Vec<Vec<&Step>> = if alone {
        wave.iter().map(|(s, _)| vec![*s]).collect()
    } else {
        vec![wave.iter().map(|(s, _)| *s).collect()]
    };
    let mut failures = Vec::new();
    let mut jobs = Vec::new();
    for steps in groups {
        match request.scripts.script(&steps) {
            Ok(script) => jobs.push(Job {
                dir: wave_dir(request, &steps),
                nonce: run::nonce().map_err(io_error("make a nonce"))?,
                manifests: steps
                    .iter()
                    .map(|step| manifest_now(request, shop, step))
                    .collect::<Result<_, _>>()?,
                steps,
                script,
            }),
            Err(e) => failures.push(StepFailure::plain(&steps[0].id, e)),
        }
    }
    let reasons = |id: &StepId| {
        wave.iter().find(|(s, _)| s.id == *id).map(|(_, s)| s.reasons.clone()).unwrap_or_default()
    };
    let mut done = Vec::new();
    let width = request.options.jobs.max(1);
    let waiting = Mutex::new(jobs.into_iter());
    let state_dir = shop.state.dir();
    let (tell, hear) = mpsc::channel();
    std::thread::scope(|scope| -> Result<(), BuildError> {
        for _ in 0..width {
            let (tell, waiting) = (tell.clone(), &waiting);
            scope.spawn(move || {
                loop {
                    let job = waiting.lock().unwrap_or_else(PoisonError::into_inner).next();
                    let Some(job) = job else { break };
                    // Without a listener the build has ended; the rest is not started.
                    if !work(request, state_dir, job, &tell) {
                        break;
                    }
                }
            });
        }
        drop(tell);
        let mut trouble = None;
        for message in hear {
            match message {
                Message::Starting { steps, go } => {
                    let ready = trouble.is_none()
                        && match start(shop, &steps) {
                            Ok(()) => true,
                            Err(e) => {
                                trouble = Some(e);
                                false
                            }
                        };
                    if ready {
                        for step in &steps.steps {
                            let event = Event::StepStarted {
                                step: step.clone(),
                                reasons: reasons(step),
                                simulated: request.tool.simulated,
                            };
                            sink(event);
                        }
                    }
                    let _ = go.send(ready);
                }
                Message::Seen(Seen::Run { run, state }) => {
                    sink(Event::RunState { run, status: state.status, progress: state.progress });
                }
                Message::Ended { job, result } => {
                    let ended = end(request, shop, &job, *result, protected);
                    match ended {
                        Ok(Verdicts { passed, failures: failed, took }) => {
                            for step in passed {
                                sink(Event::StepFinished { step: step.clone(), seconds: Seconds(took) });
                                done.push(step);
                            }
                            for failure in failed {
                                let message = failure.why.to_string();
                                sink(Event::StepFailed { step: failure.step.clone(), message });
                                failures.push(failure);
                            }
                        }
                        Err(e) => trouble = Some(trouble.unwrap_or(e)),
                    }
                }
            }
        }
        trouble.map_or(Ok(()), Err)
    })?;
    Ok((done, failures))
}

/// Names of a job, for the main thread.
struct Names {
    steps: Vec<StepId>,
    nonce: String,
}

enum Message<'p> {
    /// A process is about to start: the main thread notes it and gives leave.
    Starting { steps: Names, go: Sender<bool> },
    /// Progress.
    Seen(Seen),
    /// A process ended, or could not start.
    Ended { job: Job<'p>, result: Box<Result<Ended, RunError>> },
}

/// A worker's part: one process, from leave to end. False when nobody listens or leave was refused.
fn work<'p>(request: &Request<'_>, state: &Utf8Path, job: Job<'p>, tell: &Sender<Message<'p>>) -> bool {
    let (go, leave) = mpsc::channel();
    let steps = Names { steps: job.steps.iter().map(|s| s.id.clone()).collect(), nonce: job.nonce.clone() };
    if tell.send(Message::Starting { steps, go }).is_err() || !leave.recv().unwrap_or(false) {
        return false;
    }
    let call = Call {
        vivado: request.tool,
        dir: &job.dir,
        script: &job.script,
        nonce: &job.nonce,
        timeout: request.options.timeout,
        grace: request.options.grace,
    };
    let runs = job.steps.iter().filter_map(|s| s.kind.run());
    let mut watch = Watch::new(runs.map(|run| (run.to_owned(), request.layout.run(run))));
    let mut told = |told: Told| -> io::Result<()> {
        match told {
            Told::Started(leader) => orphans::note(state, &job.nonce, Some(leader), &job.names()),
            Told::Seen(seen) => {
                let _ = tell.send(Message::Seen(seen));
                Ok(())
            }
            Told::Tick => {
                for seen in watch.look() {
                    let _ = tell.send(Message::Seen(seen));
                }
                Ok(())
            }
        }
    };
    let result = run::run(&call, request.interrupt, &mut told);
    tell.send(Message::Ended { job, result: Box::new(result) }).is_ok()
}

/// What is written before a process starts.
fn start(shop: &Shop<'_>, job: &Names) -> Result<(), BuildError> {
    for step in &job.steps {
        shop.crash.point();
        shop.state.start(step, &job.nonce).map_err(io_error("note the start of a step"))?;
    }
    shop.crash.point();
    let names: Vec<String> = job.steps.iter().map(|s| s.0.clone()).collect();
    orphans::note(shop.state.dir(), &job.nonce, None, &names).map_err(io_error("note a running process"))?;
    shop.crash.point();
    Ok(())
}

/// What became of the steps of one process.
struct Verdicts {
    passed: Vec<StepId>,
    failures: Vec<StepFailure>,
    took: Duration,
}

impl Verdicts {
    fn failed(failures: Vec<StepFailure>) -> Self {
        Self { passed: Vec::new(), failures, took: Duration::ZERO }
    }
}

/// What is done after a process ended: judge every step, record all that passed.
fn end(
    request: &Request<'_>,
    shop: &Shop<'_>,
    job: &Job<'_>,
    result: Result<Ended, RunError>,
    protected: &BTreeSet<StepId>,
) -> Result<Verdicts, BuildError> {
    shop.crash.point();
    if let Err(RunError::Group(e)) = result {
        return Err(BuildError::Group(e));
    }
    orphans::clear(shop.state.dir(), &job.nonce).map_err(io_error("take a note away"))?;
    shop.crash.point();
    let fail_all = |why: &dyn Fn() -> Why, digest: &Digest| {
        let fail = |step: &&Step| StepFailure::with_logs(step, request.layout, &job.dir, why(), digest);
        job.steps.iter().map(fail).collect()
    };
    let ended = match result {
        Ok(ended) => ended,
        Err(RunError::Interrupted) => return Err(BuildError::Interrupted),
        Err(RunError::TimedOut { after, digest }) => {
            let why = || Why::Run(RunError::TimedOut { after, digest: Box::default() });
            return Ok(Verdicts::failed(fail_all(&why, &digest)));
        }
        Err(e) => {
            // One process, one cause: it is told with the first step.
            return Ok(Verdicts::failed(vec![StepFailure::plain(&job.steps[0].id, Why::Run(e))]));
        }
    };
    let mut failures = Vec::new();
    let mut passed = Vec::new();
    for step in &job.steps {
        let problems = outputs(request, step, ended.started_ns);
        match judge::judge(&step.id.0, &job.nonce, ended.exit, &ended.digest, problems) {
            Ok(()) => passed.push(*step),
            Err(_) if finished_beside_a_failure(request, job, step, &ended) => passed.push(*step),
            Err(refused) => {
                let why = Why::Refused(refused);
                failures.push(StepFailure::with_logs(step, request.layout, &job.dir, why, &ended.digest));
            }
        }
    }
    for step in passed.iter().filter(|s| request.layout.is_scripted(&s.kind)) {
        keep_log(request, job, step).map_err(io_error("keep the log of a run"))?;
    }
    // The culprit first: a step whose own run's log holds an error.
    failures.sort_by_key(|f| !f.has_own_error());
    // Nothing may be recorded on top of a static that changed under our hands.
    request.check_protected(shop.state, protected, &job.steps)?;
    if !passed.is_empty() {
        mend::keep(request.layout, shop.state).map_err(io_error("keep a copy of the project file"))?;
    }
    for (step, manifest) in job.steps.iter().zip(&job.manifests).filter(|(s, _)| passed.contains(s)) {
        record(request, shop, step, manifest.clone(), &job.nonce)?;
    }
    Ok(Verdicts { passed: passed.iter().map(|s| s.id.clone()).collect(), failures, took: ended.took })
}

/// True for a run that is finished although its wave failed by another run: hours of synthesis are not thrown away for a mistake
/// in one module. The run's own witnesses must agree: Vivado's status and progress as the script reported them, its own
/// log without an error, its outputs there and new. Without a run that is to blame nothing of the wave is taken.
fn finished_beside_a_failure(request: &Request<'_>, job: &Job<'_>, step: &Step, ended: &Ended) -> bool {
    let complete = |step: &Step| {
        let state = step.kind.run().and_then(|run| ended.digest.runs.get(run));
        state.is_some_and(|s| {
            s.progress == "100%"
                && judge::LAST_STEPS.iter().any(|last| s.status == format!("{last} Complete!"))
        })
    };
    let blamed = job.steps.iter().any(|s| {
        s.kind.run().and_then(|run| ended.digest.runs.get(run)).is_some_and(|s| s.status.ends_with("ERROR"))
    });
    let own_log_clean = || {
        let run = step.kind.run().expect("complete() found one");
        failure::run_log(&request.layout.run(run)).is_some_and(|(_, log)| log.first().is_none())
    };
    matches!(ended.exit, ExitKind::Code(_))
        && blamed
        && complete(step)
        && own_log_clean()
        && outputs(request, step, ended.started_ns).is_empty()
}

/// The console's log goes into the run's directory, where a run of a project has its own: gates and archive look there.
fn keep_log(request: &Request<'_>, job: &Job<'_>, step: &Step) -> io::Result<()> {
    let Some(run) = step.kind.run() else { return Ok(()) };
    let dir = request.layout.run(run);
    fs_err::create_dir_all(&dir)?;
    crate::atomic::write(&dir.join("runme.log"), &fs_err::read(job.dir.join("console.log"))?)
}

/// Declared outputs that are not as they must be.
fn outputs(request: &Request<'_>, step: &Step, started_ns: i128) -> Vec<OutputProblem> {
    /// Files that cannot be empty; a report or a log may be.
    const NEVER_EMPTY: &[&str] = &["dcp", "bit", "bin", "pdi", "xpr", "hwh"];
    let mut problems = Vec::new();
    for output in &step.outputs {
        let path = output.path.clone();
        let Ok(meta) = fs_err::metadata(request.layout.build().join(&path)) else {
            if output.required {
                problems.push(OutputProblem::Missing { path });
            }
            continue;
        };
        let before = started_ns - run::changed_ns(&meta);
        if before > 0 && !output.volatile {
            let seconds = u64::try_from(before / 1_000_000_000).unwrap_or(u64::MAX);
            problems.push(OutputProblem::Old { path, seconds });
        } else if meta.size() == 0 && path.extension().is_some_and(|e| NEVER_EMPTY.contains(&e)) {
            problems.push(OutputProblem::Empty { path });
        }
    }
    problems
}

/// What goes into a step, as things are now.
pub(super) fn manifest_now(
    request: &Request<'_>,
    shop: &Shop<'_>,
    step: &Step,
) -> Result<Manifest, BuildError> {
    let records: Vec<(StepId, Known)> =
        request.plan.steps.iter().map(|s| (s.id.clone(), shop.state.known(&s.id))).collect();
    stale::manifest(step, shop.state, &records)
        .map_err(|source| stale::InputUnreadable { step: step.id.clone(), source }.into())
}

/// Hashes a step's outputs and records it as finished.
pub(super) fn record(
    request: &Request<'_>,
    shop: &Shop<'_>,
    step: &Step,
    manifest: Manifest,
    nonce: &str,
) -> Result<(), BuildError> {
    let build = request.layout.build();
    let mut outputs = Vec::new();
    let mut paths: Vec<Utf8PathBuf> =
        step.outputs.iter().map(|o| o.path.clone()).filter(|p| build.join(p).exists()).collect();
    if step.kind == StepKind::Kit {
        // The plan names what every kit has; the record holds all that this one has.
        let kit = request.layout.kit();
        paths.extend(kit_files(request.layout).iter().map(|p| request.layout.relative(p)));
        let archive = request.layout.relative(&Utf8PathBuf::from(format!("{kit}.tar.zst")));
        paths.extend(build.join(&archive).exists().then_some(archive));
        paths.sort();
        paths.dedup();
    }
    for path in paths {
        outputs.push(shop.state.output(build, &path).map_err(io_error("hash an output"))?);
    }
    let tool = Tool::from(request.tool);
    let record = Record {
        format: FORMAT,
        step: step.id.0.clone(),
        key: manifest.key(),
        manifest,
        outputs,
        simulated: tool.simulated,
        tool,
        nonce: nonce.to_owned(),
    };
    shop.crash.point();
    shop.state.finish(&record).map_err(io_error("record a finished step"))?;
    shop.crash.point();
    Ok(())
}

/// Files of the kit; none where there is no kit. What a user built in its loader is not part of it.
pub(super) fn kit_files(layout: &Layout) -> Vec<Utf8PathBuf> {
    let kit = layout.kit();
    let built = kit.join(LOADER_TARGET);
    let files = walkdir::WalkDir::new(&kit)
        .into_iter()
        .filter_entry(move |e| e.path() != built)
        .filter_map(Result::ok)
        .filter(|e| !e.file_type().is_dir());
    files.filter_map(|e| Utf8PathBuf::from_path_buf(e.into_path()).ok()).collect()
}
