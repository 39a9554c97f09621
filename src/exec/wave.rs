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

use super::engine::{Request, io_error};
use super::events::{Event, Seconds};
use super::failure::{BuildError, StepFailure, Why};
use super::stale::{self, StepStatus};
use super::state::{FORMAT, Known, Record, State, Tool};
use super::{crash, orphans};
use crate::plan::{Step, StepId, StepKind};
use crate::vivado::digest::{Digest, Seen};
use crate::vivado::judge::{self, OutputProblem};
use crate::vivado::run::{self, Call, Ended, RunError, Told};

/// What the parts of a build share.
pub(super) struct Shop<'a> {
    pub(super) state: &'a State,
    pub(super) crash: &'a crash::Crash,
}

/// One Vivado process to be.
struct Job<'p> {
    steps: Vec<&'p Step>,
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
    let alone = wave.iter().all(|(s, _)| matches!(s.kind, StepKind::Verify { .. }));
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
                        Ok(Ok(took)) => {
                            for step in &job.steps {
                                sink(Event::StepFinished { step: step.id.clone(), seconds: Seconds(took) });
                                done.push(step.id.clone());
                            }
                        }
                        Ok(Err(failed)) => {
                            for failure in &failed {
                                let message = failure.why.to_string();
                                sink(Event::StepFailed { step: failure.step.clone(), message });
                            }
                            failures.extend(failed);
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
    let mut told = |told: Told| -> io::Result<()> {
        match told {
            Told::Started(leader) => orphans::note(state, &job.nonce, Some(leader), &job.names()),
            Told::Seen(seen) => {
                let _ = tell.send(Message::Seen(seen));
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

/// What is done after a process ended: judge every step, record all that passed.
fn end(
    request: &Request<'_>,
    shop: &Shop<'_>,
    job: &Job<'_>,
    result: Result<Ended, RunError>,
    protected: &BTreeSet<StepId>,
) -> Result<Result<Duration, Vec<StepFailure>>, BuildError> {
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
            return Ok(Err(fail_all(&why, &digest)));
        }
        Err(e) => {
            // One process, one cause: it is told with the first step.
            return Ok(Err(vec![StepFailure::plain(&job.steps[0].id, Why::Run(e))]));
        }
    };
    let mut failures = Vec::new();
    for step in &job.steps {
        let problems = outputs(request, step, ended.started_ns);
        let verdict = judge::judge(&step.id.0, &job.nonce, ended.exit, &ended.digest, problems);
        if let Err(refused) = verdict {
            let why = Why::Refused(refused);
            failures.push(StepFailure::with_logs(step, request.layout, &job.dir, why, &ended.digest));
        }
    }
    if !failures.is_empty() {
        return Ok(Err(failures));
    }
    // Nothing may be recorded on top of a static that changed under our hands.
    request.check_protected(shop.state, protected, &job.steps)?;
    for step in &job.steps {
        record(request, shop, step, &job.nonce)?;
    }
    Ok(Ok(ended.took))
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

/// Hashes a step's outputs and records it as finished.
pub(super) fn record(
    request: &Request<'_>,
    shop: &Shop<'_>,
    step: &Step,
    nonce: &str,
) -> Result<(), BuildError> {
    let records: Vec<(StepId, Known)> =
        request.plan.steps.iter().map(|s| (s.id.clone(), shop.state.known(&s.id))).collect();
    let manifest = stale::manifest(step, shop.state, &records)
        .map_err(|source| stale::InputUnreadable { step: step.id.clone(), source })?;
    let build = request.layout.build();
    let mut outputs = Vec::new();
    for output in &step.outputs {
        if build.join(&output.path).exists() {
            outputs.push(shop.state.output(build, &output.path).map_err(io_error("hash an output"))?);
        }
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
