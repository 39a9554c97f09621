// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! create_run, launch_runs, reset_runs, wait_on_run(s), open_run and their like.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::artifacts::dcp;
use crate::cmd::{checkpoint, constraint, property, query};
use crate::disk;
use crate::model::object::Kind;
use crate::run::launch::{self, Launch};
use crate::run::status;
use crate::session::{Outcome, Session, Stop, fail};
use crate::syntax::parse::Args;
use crate::util;

fn failed<T>(text: impl AsRef<str>) -> Result<T, Stop> {
    fail("Common 17-69", format!("Command failed: {}", text.as_ref()))
}

pub(crate) fn create_run(s: &mut Session, args: &Args) -> Outcome {
    let name = args.value("name").unwrap_or_else(|| args.at(0)).to_owned();
    let flow = args.value("flow").unwrap_or_default().to_owned();
    let release = s.release;
    let year: u32 = flow.rsplit(' ').next().and_then(|y| y.parse().ok()).unwrap_or(0);
    let is_synthesis = flow.contains("Synthesis");
    if year == 0 || (!is_synthesis && !flow.contains("Implementation")) {
        return failed(format!("Flow '{flow}' does not exist."));
    }
    if year > release.year() {
        return failed(format!("Flow '{flow}' is not available in Vivado {}.", release.name));
    }
    for newer in ["dfx_mode", "rm_instance"] {
        if args.has(newer) && !release.at_least(2022, 1) {
            return fail(
                "Common 17-170",
                format!("Unknown option '-{newer}', please type 'create_run -help' for usage info."),
            );
        }
    }
    let parent = args.value("parent_run").map(str::to_owned);
    let config = args.value("pr_config").map(str::to_owned);
    let p = s.project()?;
    if p.run(&name).is_some() {
        return failed(format!("Run '{name}' already exists."));
    }
    if let Some(parent) = parent.as_ref().filter(|n| p.run(n).is_none()) {
        return failed(format!("Parent run '{parent}' does not exist."));
    }
    if let Some(config) = config.as_ref().filter(|n| p.configuration(n).is_none()) {
        return failed(format!("PR configuration '{config}' does not exist."));
    }
    let constrset = args.value("constrset").unwrap_or("constrs_1").to_owned();
    let mut run = if is_synthesis {
        p.synthesis_run(&name, "sources_1", &constrset, release)
    } else {
        let parent = parent.unwrap_or_else(|| p.current_synth.clone());
        p.implementation_run(&name, &parent, &constrset, release)
    };
    run.flow = flow;
    run.pr_config = config;
    if let Some(strategy) = args.value("strategy") {
        strategy.clone_into(&mut run.strategy);
    }
    for (option, prop) in [("part", "PART"), ("dfx_mode", "DFX_MODE"), ("rm_instance", "RM_INSTANCE")] {
        if let Some(value) = args.value(option) {
            run.props.set(prop, value);
        }
    }
    if let Some((_, rm)) = args.value("rm_instance").and_then(|r| r.rsplit_once(':'))
        && p.module(rm).is_none()
    {
        return failed(format!("Reconfigurable module '{rm}' does not exist."));
    }
    p.runs.push(run);
    p.dirty = true;
    let part = p.part.clone();
    s.say(format!("Run is defaulting to part: {part}"));
    Ok(query::found(s, Kind::Run, vec![name]))
}

fn run_names(s: &mut Session, args: &Args) -> Result<Vec<String>, Stop> {
    s.project()?;
    let words: Vec<String> = args.positional.iter().flat_map(|w| crate::tcl::list::split_loose(w)).collect();
    property::expect(s, Kind::Run, &words, "Run")
}

pub(crate) fn launch_runs(s: &mut Session, args: &Args) -> Outcome {
    if s.project()?.in_memory {
        return fail(
            "Common 17-53",
            "User Exception: No open project. Please use Save Project As to save your work and re-do this operation.",
        );
    }
    let runs = run_names(s, args)?;
    s.jobs.at_once = args.value("jobs").and_then(|j| j.parse().ok()).unwrap_or(1);
    s.jobs.variables = vec![
        ("VIVADO_SIM_FAULTS".to_owned(), s.faults.text()),
        ("VIVADO_SIM_RELEASE".to_owned(), s.release.name.to_owned()),
        ("VIVADO_SIM_PACE".to_owned(), s.settings.pace.to_string()),
    ];
    if let Some(seed) = &s.settings.seed {
        s.jobs.variables.push(("VIVADO_SIM_SEED".to_owned(), seed.clone()));
    }
    let launch = Launch {
        runs,
        to_step: args.value("to_step").map(str::to_lowercase),
        scripts_only: args.flag("scripts_only"),
        next_step: args.flag("next_step"),
    };
    launch::launch(s, &launch)?;
    Ok(String::new())
}

pub(crate) fn reset_runs(s: &mut Session, args: &Args) -> Outcome {
    let names = run_names(s, args)?;
    let from = args.value("from_step").map(str::to_lowercase);
    for name in names {
        let Some(p) = &s.project else { break };
        let Some(run) = p.run(&name) else { continue };
        let reached = status::of(p, run, &s.jobs).step;
        let step = match (&from, args.flag("prev_step")) {
            (Some(step), _) => Some(step.clone()),
            (None, true) => Some(reached),
            (None, false) => None,
        };
        match step.filter(|s| !s.is_empty()) {
            Some(step) if !crate::run::steps(run.synthesis).contains(&step.as_str()) => {
                return failed(format!("'{step}' is not a step of run '{name}'."));
            }
            Some(step) => launch::reset_from(s, &name, &step),
            None => launch::reset(s, &name),
        }
    }
    Ok(String::new())
}

/// A new run with all that is set on another one, not launched.
pub(crate) fn copy_run(s: &mut Session, args: &Args) -> Outcome {
    let (name, parent) =
        (args.value("name").unwrap_or_default().to_owned(), args.value("parent_run").map(str::to_owned));
    let names = run_names(s, args)?;
    let p = s.project()?;
    let Some(mut copy) = names.first().and_then(|n| p.run(n)).cloned() else {
        return failed("no run was given.");
    };
    if p.run(&name).is_some() {
        return failed(format!("Run '{name}' already exists."));
    }
    if let Some(parent) = parent {
        if p.run(&parent).is_none() {
            return failed(format!("Parent run '{parent}' does not exist."));
        }
        copy.parent = Some(parent);
    }
    copy.name.clone_from(&name);
    p.runs.push(copy);
    p.dirty = true;
    Ok(query::found(s, Kind::Run, vec![name]))
}

pub(crate) fn delete_runs(s: &mut Session, args: &Args) -> Outcome {
    let names = run_names(s, args)?;
    for name in &names {
        launch::reset(s, name);
        let p = s.project()?;
        p.runs.retain(|r| r.name != *name);
        p.dirty = true;
    }
    Ok(String::new())
}

pub(crate) fn current_run(s: &mut Session, args: &Args) -> Outcome {
    let asked = args.words_from(0);
    let p = s.project()?;
    if let Some(name) = asked.first() {
        let Some(run) = p.run(name) else { return failed(format!("Run '{name}' does not exist.")) };
        if run.synthesis { &mut p.current_synth } else { &mut p.current_impl }.clone_from(name);
        p.dirty = true;
        let name = name.clone();
        return Ok(query::found(s, Kind::Run, vec![name]));
    }
    let name = if args.flag("synthesis") { p.current_synth.clone() } else { p.current_impl.clone() };
    let name = if p.run(&name).is_some() {
        name
    } else {
        p.runs
            .iter()
            .find(|r| r.synthesis == args.flag("synthesis"))
            .map(|r| r.name.clone())
            .unwrap_or_default()
    };
    Ok(query::found(s, Kind::Run, vec![name]))
}

/// Follows the logs of the runs that are waited for onto the console.
#[derive(Default)]
struct Follow {
    at: BTreeMap<String, usize>,
}

impl Follow {
    fn copy(&mut self, s: &mut Session, name: &str) {
        let Some(path) = s.project.as_ref().map(|p| p.run_dir(name).join("runme.log")) else { return };
        let Ok(bytes) = disk::read(&path) else { return };
        let at = self.at.entry(name.to_owned()).or_default();
        let whole = bytes[*at..].iter().rposition(|b| *b == b'\n').map_or(0, |n| n + 1);
        let text = String::from_utf8_lossy(&bytes[*at..*at + whole]).into_owned();
        *at += whole;
        if s.console.quiet == 0 {
            s.console.print(&text);
        }
    }
}

/// `wait_on_run` and `wait_on_runs`: a failed run warns up to 2022.2 and throws from 2023.1.
pub(crate) fn wait_on_runs(s: &mut Session, args: &Args) -> Outcome {
    let names = run_names(s, args)?;
    let limit = args.value("timeout").and_then(|t| t.parse::<f64>().ok()).filter(|t| *t >= 0.0);
    let any = args.value("exit_condition").is_some_and(|c| c.to_uppercase().starts_with("ANY"));
    let from = Instant::now();
    let state = |s: &Session, name: &str| {
        s.project.as_ref().and_then(|p| p.run(name).map(|r| status::of(p, r, &s.jobs)))
    };
    for name in &names {
        if state(s, name).is_some_and(|st| st.status == "Not started" || st.status == "Scripts Generated")
            && !s.jobs.active(name)
            && !s.jobs.failed(name)
        {
            return failed(format!("Run '{name}' has not been launched. Unable to wait."));
        }
    }
    let mut follow = Follow::default();
    let mut told = Vec::new();
    loop {
        s.poll_jobs();
        for name in &names {
            let active = state(s, name).is_some_and(|st| st.active);
            if !told.contains(name) && active {
                s.stamped(&format!("Waiting for {name} to finish..."));
                told.push(name.clone());
            }
            if told.contains(name) {
                follow.copy(s, name);
            }
        }
        let active = names
            .iter()
            .filter(|n| s.jobs.active(n) || (state(s, n).is_some_and(|st| st.active) && alive(s, n)))
            .count();
        let enough = if any { active < names.len() } else { active == 0 };
        if enough {
            break;
        }
        if limit.is_some_and(|minutes| from.elapsed().as_secs_f64() > minutes * 60.0) {
            s.warning("Sim 1-30", "wait_on_runs: the time limit was reached before the runs had finished.");
            return Ok(String::new());
        }
        std::thread::sleep(Duration::from_millis(8));
    }
    for name in &names {
        if told.contains(name) {
            follow.copy(s, name);
            s.stamped(&format!("{name} finished"));
        }
    }
    let broken: Vec<String> =
        names.iter().filter(|n| state(s, n).is_some_and(|st| !st.complete && !st.active)).cloned().collect();
    if from.elapsed().as_secs() > 5 {
        let elapsed = util::hms(from.elapsed().as_secs());
        s.say(format!("wait_on_runs: Time (s): cpu = {elapsed} ; elapsed = {elapsed} . Memory (MB): peak = 1500.000 ; gain = 0.000"));
    }
    if broken.is_empty() {
        return Ok(String::new());
    }
    let text = format!("Failed runs(s) : '{}'", broken.join("', '"));
    if s.release.wait_throws() {
        s.error("Vivado 12-13638", text);
        return s.earlier("wait_on_runs");
    }
    if s.release.at_least(2022, 1) {
        s.warning("Vivado 12-13638", text);
    } else {
        s.warning("Vivado 12-8222", text.replace("runs(s)", "run(s)"));
    }
    Ok(String::new())
}

/// Whether the process that a run's begin mark names still lives (runs of an earlier session).
fn alive(s: &Session, name: &str) -> bool {
    let Some(p) = &s.project else { return false };
    let mark = disk::read_to_string(p.run_dir(name).join(".vivado.begin.rst")).unwrap_or_default();
    let pid = mark.split("Pid=\"").nth(1).and_then(|r| r.split('"').next()).unwrap_or_default().to_owned();
    !pid.is_empty() && disk::exists(std::path::Path::new("/proc").join(pid))
}

pub(crate) fn open_run(s: &mut Session, args: &Args) -> Outcome {
    let names = run_names(s, args)?;
    let Some(name) = names.first().cloned() else { return failed("no run was given.") };
    let Some(p) = &s.project else { return Ok(String::new()) };
    let Some(run) = p.run(&name) else { return Ok(String::new()) };
    let state = status::of(p, run, &s.jobs);
    if state.failed {
        return failed(format!("Run '{name}' failed. Unable to open"));
    }
    if !state.complete {
        return failed(format!("Run '{name}' has not been launched. Unable to open"));
    }
    let top = status::top_of_run(p, run).unwrap_or_default();
    let dir = p.run_dir(&name);
    let endings: &[&str] =
        if run.synthesis { &[""] } else { &["_postroute_physopt", "_routed", "_physopt", "_placed", "_opt"] };
    let Some(path) = endings.iter().map(|e| dir.join(format!("{top}{e}.dcp"))).find(|f| disk::exists(f))
    else {
        return failed(format!("Run '{name}' has no checkpoint. Unable to open"));
    };
    let shown = args.value("name").unwrap_or(&name).to_owned();
    // The checkpoint of a synthesis run holds no physical constraints: the constraint set is read over it.
    let constrained = (run.synthesis && run.srcset == "sources_1").then(|| run.constrset.clone());
    checkpoint::announce(s, &path);
    let mut design = match dcp::read(&path) {
        Ok(design) => design,
        Err(error) => return failed(format!("'{}': {error}", path.display())),
    };
    design.name.clone_from(&shown);
    if constrained.is_some() {
        design.constraints.clear();
    }
    s.add_design(design);
    if let Some(set) = constrained {
        constraint::read_constraint_set(s, "implementation", Some(&set))?;
    }
    Ok(query::found(s, Kind::Design, vec![shown]))
}
