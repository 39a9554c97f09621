// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! STATUS, PROGRESS, NEEDS_REFRESH and STATS.* of a run, read from its directory and the job list.
//!
//! PROGRESS per step is not known publicly: done steps over wanted steps, in tens.

use std::path::Path;

use super::jobs::Jobs;
use super::{record, status_name, steps, words};
use crate::artifacts::dcp;
use crate::disk;
use crate::model::project::{Project, Run};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) status: String,
    pub(crate) progress: String,
    /// CURRENT_STEP.
    pub(crate) step: String,
    pub(crate) failed: bool,
    /// The wanted last step was reached.
    pub(crate) complete: bool,
    /// Waits or works.
    pub(crate) active: bool,
}

impl State {
    fn new(status: impl Into<String>, progress: u64) -> Self {
        Self {
            status: status.into(),
            progress: format!("{progress}%"),
            step: String::new(),
            failed: false,
            complete: false,
            active: false,
        }
    }
}

/// The steps that a run to `to_step` goes through.
pub(crate) fn wanted(run: &Run, to_step: &str) -> Vec<&'static str> {
    let all = steps(run.synthesis);
    let last = all.iter().position(|s| *s == to_step).unwrap_or(all.len() - 1);
    let other = if to_step == "write_device_image" { "write_bitstream" } else { "write_device_image" };
    all[..=last].iter().copied().filter(|s| *s != other && (run.step_enabled(s) || *s == to_step)).collect()
}

pub(crate) fn of(p: &Project, run: &Run, jobs: &Jobs) -> State {
    let dir = p.run_dir(&run.name);
    if jobs.is_queued(&run.name) {
        return State { active: true, ..State::new("Queued...", 0) };
    }
    let there = |name: &str| disk::exists(dir.join(name));
    if !there("runme.sh") {
        return State::new("Not started", 0);
    }
    if !there(".vivado.begin.rst") && !jobs.is_running(&run.name) {
        return State::new("Scripts Generated", 0);
    }
    let to_step = record::read(&dir).map(|r| r.to_step).unwrap_or_default();
    if run.synthesis { synthesis(&dir, run, jobs) } else { implementation(&dir, run, jobs, &to_step) }
}

fn synthesis(dir: &Path, run: &Run, jobs: &Jobs) -> State {
    let there = |name: &str| disk::exists(dir.join(name));
    let with = |state: State| State { step: "synth_design".to_owned(), ..state };
    if there(".vivado.error.rst") || jobs.crashed(&run.name) {
        return with(State { failed: true, ..State::new("synth_design ERROR", 0) });
    }
    if there(".vivado.end.rst") {
        return with(State { complete: true, ..State::new("synth_design Complete!", 100) });
    }
    with(State { active: true, ..State::new("Running Synth Design...", 0) })
}

fn implementation(dir: &Path, run: &Run, jobs: &Jobs, to_step: &str) -> State {
    let there = |name: String| disk::exists(dir.join(name));
    let all = wanted(run, to_step);
    let done: Vec<_> = all.iter().filter(|s| there(format!(".{s}.end.rst"))).copied().collect();
    let part = (done.len() * 10 / all.len().max(1) * 10) as u64;
    let crashed = jobs.crashed(&run.name) || there(".vivado.error.rst".to_owned());
    for step in steps(false) {
        if there(format!(".{step}.error.rst")) {
            return State {
                step: (*step).to_owned(),
                failed: true,
                ..State::new(format!("{} ERROR", status_name(step)), part)
            };
        }
    }
    let open = all.iter().find(|s| there(format!(".{s}.begin.rst")) && !done.contains(s)).copied();
    if crashed {
        let step = open.or(done.last().copied()).unwrap_or("init_design");
        return State {
            step: step.to_owned(),
            failed: true,
            ..State::new(format!("{} ERROR", status_name(step)), part)
        };
    }
    if there(".vivado.end.rst".to_owned()) && !jobs.is_running(&run.name) {
        let step = done.last().copied().unwrap_or("init_design");
        let complete = done.len() == all.len();
        let progress = if complete { 100 } else { part };
        return State {
            step: step.to_owned(),
            complete,
            ..State::new(format!("{} Complete!", status_name(step)), progress)
        };
    }
    let step = open.unwrap_or("init_design");
    State { step: step.to_owned(), active: true, ..State::new(format!("Running {}...", words(step)), part) }
}

/// Whether a finished run's inputs have changed since its launch.
pub(crate) fn needs_refresh(p: &Project, run: &Run, jobs: &Jobs) -> bool {
    let state = of(p, run, jobs);
    let Some(record) = record::read(&p.run_dir(&run.name)).filter(|_| state.complete) else { return false };
    let now = record::inputs(p, run);
    now != record.inputs && record.forced.as_ref() != Some(&now)
}

/// "Force Up-to-Date".
pub(crate) fn force_up_to_date(p: &Project, name: &str) {
    let Some(run) = p.run(name) else { return };
    let dir = p.run_dir(name);
    if let Some(mut record) = record::read(&dir) {
        record.forced = Some(record::inputs(p, run));
        record::write(&dir, &record);
    }
}

/// STATS.*: from the state that the run's last checkpoint holds, so that reports and properties agree.
pub(crate) fn statistic(p: &Project, run: &Run, prop: &str) -> String {
    let dir = p.run_dir(&run.name);
    let Some(top) = top_of_run(p, run) else { return String::new() };
    let names =
        [format!("{top}_postroute_physopt.dcp"), format!("{top}_routed.dcp"), format!("{top}_placed.dcp")];
    let Some(path) = names.iter().map(|n| dir.join(n)).find(|f| disk::exists(f)) else {
        return String::new();
    };
    let Ok(design) = dcp::read(&path) else { return String::new() };
    let timing = design.timing.unwrap_or_default();
    let number = |v: Option<f64>| v.map(|v| format!("{v:.3}")).unwrap_or_default();
    match prop {
        "STATS.WNS" => number(timing.wns),
        "STATS.TNS" => number(timing.tns),
        "STATS.WHS" => number(timing.whs),
        "STATS.THS" => number(timing.ths),
        "STATS.TPWS" => number(timing.tpws),
        "STATS.FAILED_NETS" => design.route_errors.to_string(),
        "STATS.ELAPSED" => "00:00:01".to_owned(),
        _ => String::new(),
    }
}

/// The static top that an implementation run writes, or a synthesis run's own.
pub(crate) fn top_of_run(p: &Project, run: &Run) -> Option<String> {
    let set = p.fileset(&run.srcset)?;
    crate::cmd::files::top_of(p, set)
}
