// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `run-plan`: a script of swaps, or of calls under a policy, with the time of each line.

use std::path::Path;
use std::time::{Duration, Instant};

use dfxkit_load::OverlayError;
use dfxkit_loader::policy::Policy;
use dfxkit_loader::{Acquired, Outcome, Pool, PoolError, Served};
use serde_json::{Value, json};

use crate::args::Arguments;
use crate::commands::{events, with_overlay};
use crate::open::AnyOverlay;
use crate::report::Report;

/// A line that was understood.
#[derive(Debug)]
enum Step {
    Swap(String, String),
    Unload(String),
    Prefetch(String, String),
    Sleep(Duration),
    Call(String, Duration),
    Hint(String),
    Request(String, u8, Option<Duration>),
    Serve,
}

impl Step {
    fn parse(words: &[&str]) -> Option<Self> {
        let millis = |text: &str| text.parse().ok().map(Duration::from_millis);
        let name = |text: &str| text.to_owned();
        Some(match words {
            ["swap", partition, module] => Self::Swap(name(partition), name(module)),
            ["unload", partition] => Self::Unload(name(partition)),
            ["prefetch", partition, module] => Self::Prefetch(name(partition), name(module)),
            ["sleep", ms] => Self::Sleep(millis(ms)?),
            ["call", module, micros] => Self::Call(name(module), Duration::from_micros(micros.parse().ok()?)),
            ["hint", module] => Self::Hint(name(module)),
            ["request", module, priority] => Self::Request(name(module), priority.parse().ok()?, None),
            ["request", module, priority, ms] => {
                Self::Request(name(module), priority.parse().ok()?, Some(millis(ms)?))
            }
            ["serve"] => Self::Serve,
            _ => return None,
        })
    }

    /// Needs a policy.
    fn is_pooled(&self) -> bool {
        matches!(self, Self::Call(..) | Self::Hint(_) | Self::Request(..) | Self::Serve)
    }
}

/// What a line did, for the report; [`OverlayError`] when it failed.
type Done = Result<Value, OverlayError>;

pub(crate) fn plan(a: &Arguments, report: &mut Report, file: &Path) -> u8 {
    let text = match fs_err::read_to_string(file) {
        Ok(text) => text,
        Err(e) => {
            report.fail(e.to_string());
            return 1;
        }
    };
    let policy = match a.policy.as_deref().map(|p| (p, Policy::parse(p))) {
        None => None,
        Some((_, Some(policy))) if policy != Policy::Belady => Some(policy),
        Some((name, _)) => {
            report.fail(format!("unknown policy {name}: expected lru, fifo or cost-aware"));
            return 2;
        }
    };
    // All lines are understood before the first is run.
    let mut steps = Vec::new();
    for (n, line) in text.lines().enumerate() {
        let words: Vec<&str> = line.split('#').next().unwrap_or("").split_whitespace().collect();
        if words.is_empty() {
            continue;
        }
        let fault = match Step::parse(&words) {
            Some(step) if step.is_pooled() && policy.is_none() => "this line needs --policy",
            Some(Step::Swap(..) | Step::Unload(_) | Step::Prefetch(..)) if policy.is_some() => {
                "this line names a partition, and under --policy the policy chooses them"
            }
            Some(step) => {
                steps.push((n + 1, words.join(" "), step));
                continue;
            }
            None => "not a step",
        };
        report.fail(format!("{}, line {}: {fault}: {line}", file.display(), n + 1));
        return 2;
    }
    with_overlay(a, report, |overlay, report| match policy {
        None => run(report, steps, |step| direct(overlay, step)),
        Some(policy) => {
            let all: Vec<&str> = overlay.kit().tables.partitions.iter().map(|p| p.name).collect();
            let named: Vec<&str> = a.pool.iter().map(String::as_str).collect();
            let partitions = if named.is_empty() { all } else { named };
            let pool = Pool::new(&mut *overlay, &partitions, policy, a.speed).map_err(plain)?;
            let mut runner = Runner {
                pool,
                ahead: policy == Policy::CostAware,
                memory: a.memory,
                totals: Totals::default(),
            };
            let result = run(report, steps, |step| runner.run(step));
            let totals = runner.totals;
            report.line(format!(
                "{} calls, {} waited for a load ({:?}), {} loads ahead ({:?})",
                totals.calls, totals.misses, totals.stall, totals.ahead, totals.ahead_took
            ));
            report.set(
                "totals",
                json!({
                    "policy": policy.id(), "calls": totals.calls, "misses": totals.misses, "late": totals.late,
                    "stall_microseconds": totals.stall.as_micros() as u64, "loads_ahead": totals.ahead,
                    "ahead_microseconds": totals.ahead_took.as_micros() as u64,
                }),
            );
            result
        }
    })
}

/// Runs the lines until one fails.
fn run(
    report: &mut Report,
    steps: Vec<(usize, String, Step)>,
    mut act: impl FnMut(Step) -> Done,
) -> Result<(), OverlayError> {
    let mut done = Vec::new();
    let mut failed = None;
    for (line, text, step) in steps {
        let began = Instant::now();
        let outcome = act(step);
        let took = began.elapsed();
        match outcome {
            Ok(outcome) => {
                report.line(format!("{text}: {took:?}"));
                let micros = took.as_micros() as u64;
                done.push(json!({ "line": line, "step": text, "microseconds": micros, "outcome": outcome }));
            }
            Err(error) => {
                report.line(format!("{text}: failed (line {line})"));
                failed = Some(error);
                break;
            }
        }
    }
    report.set("steps", done);
    failed.map_or(Ok(()), Err)
}

fn direct(overlay: &mut AnyOverlay, step: Step) -> Done {
    Ok(match step {
        Step::Swap(partition, module) => events(&overlay.partition(&partition)?.load(&module)?).0,
        Step::Unload(partition) => events(&overlay.partition(&partition)?.unload()?).0,
        Step::Prefetch(partition, module) => {
            overlay.partition(&partition)?.prefetch(&module)?;
            Value::Null
        }
        Step::Sleep(time) => {
            std::thread::sleep(time);
            Value::Null
        }
        // Refused above without a policy.
        Step::Call(..) | Step::Hint(_) | Step::Request(..) | Step::Serve => Value::Null,
    })
}

#[derive(Debug, Default)]
struct Totals {
    calls: usize,
    misses: usize,
    late: usize,
    stall: Duration,
    ahead: usize,
    ahead_took: Duration,
}

struct Runner<'o> {
    pool: Pool<&'o mut AnyOverlay>,
    /// Loads what is expected while a call computes.
    ahead: bool,
    memory: usize,
    totals: Totals,
}

impl Runner<'_> {
    fn run(&mut self, step: Step) -> Done {
        match step {
            Step::Call(module, computes) => {
                let began = Instant::now();
                let got = self.pool.acquire(&module).map_err(plain)?;
                let value = self.got(&got, began.elapsed());
                self.compute(got.partition, computes)?;
                Ok(value)
            }
            Step::Hint(module) => self.pool.hint(&module).map(|()| Value::Null).map_err(plain),
            Step::Request(module, priority, deadline) => {
                self.pool.push(&module, priority, deadline).map(|()| Value::Null).map_err(plain)
            }
            Step::Serve => self.serve(),
            Step::Sleep(time) => {
                std::thread::sleep(time);
                Ok(Value::Null)
            }
            // Refused above under a policy.
            Step::Swap(..) | Step::Unload(_) | Step::Prefetch(..) => Ok(Value::Null),
        }
    }

    fn got(&mut self, got: &Acquired, took: Duration) -> Value {
        self.totals.calls += 1;
        if got.outcome != Outcome::AlreadyLoaded {
            self.totals.misses += 1;
            self.totals.stall += took;
        }
        let mut value = events(&got.outcome).0;
        value["partition"] = got.partition.into();
        value["evicted"] = got.evicted.into();
        value["stall_microseconds"] = (took.as_micros() as u64).into();
        value
    }

    /// The module in `partition` computes; meanwhile what is expected next is read and loaded.
    fn compute(&mut self, partition: &str, time: Duration) -> Result<(), OverlayError> {
        let began = Instant::now();
        if self.memory > 0 {
            self.pool.prefetch(self.memory).map_err(plain)?;
        }
        while self.ahead && began.elapsed() < time {
            let start = Instant::now();
            let left = time.saturating_sub(began.elapsed());
            if self.pool.ahead(left, &[partition]).map_err(plain)?.is_none() {
                break;
            }
            self.totals.ahead += 1;
            self.totals.ahead_took += start.elapsed();
        }
        std::thread::sleep(time.saturating_sub(began.elapsed()));
        Ok(())
    }

    fn serve(&mut self) -> Done {
        let mut list = Vec::new();
        loop {
            let began = Instant::now();
            let Some(served) = self.pool.serve() else { break };
            list.push(match served {
                Served::Ready(request, got) => {
                    let mut value = self.got(&got, began.elapsed());
                    value["module"] = got.function.into();
                    value["priority"] = request.priority.into();
                    value
                }
                Served::Late(request) => {
                    self.totals.late += 1;
                    json!({ "module": self.pool.functions()[request.function], "priority": request.priority, "late": true })
                }
                Served::Failed(_, error) => return Err(plain(error)),
            });
        }
        Ok(list.into())
    }
}

/// A pool's error as the overlay's, so that its exit code is the same.
fn plain(error: PoolError<OverlayError>) -> OverlayError {
    match error {
        PoolError::Swap(error) => error,
        other => std::io::Error::other(other.to_string()).into(),
    }
}
