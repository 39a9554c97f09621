// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! launch_runs: what must run first, run directories, queueing.
//!
//! A stale forerunner is run again (the real one prints [Project 1-478]; whether a stale *parent implementation* is
//! also re-run is not established: here it is, unless NEEDS_REFRESH was forced to false).

use std::collections::BTreeSet;

use super::jobs::Job;
use super::record::{self, Record};
use super::scripts::{Context, script_name};
use super::{status, wrapper};
use crate::disk;
use crate::model::project::{Project, SetKind};
use crate::session::{Session, Stop, fail};
use crate::util;

/// Names and options of one launch.
pub(crate) struct Launch {
    pub(crate) runs: Vec<String>,
    pub(crate) to_step: Option<String>,
    pub(crate) scripts_only: bool,
    pub(crate) next_step: bool,
}

/// Runs that must have ended well before `name` starts.
pub(crate) fn forerunners(p: &Project, name: &str) -> Vec<String> {
    let Some(run) = p.run(name) else { return Vec::new() };
    let mut out = Vec::new();
    let modules_of = |configs: &mut dyn Iterator<Item = &String>| -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for rm in configs {
            if let Some(run) = p.module_run(rm).map(|r| r.name.clone())
                && !names.contains(&run)
            {
                names.push(run);
            }
        }
        names
    };
    if run.synthesis {
        // The static's synthesis waits for the modules of every configuration (measured in the job files).
        if p.fileset(&run.srcset).is_some_and(|f| f.kind == SetKind::Design) {
            out = modules_of(&mut p.configurations.iter().flat_map(|c| c.cells.iter().map(|(_, rm)| rm)));
        }
        return out;
    }
    let gate_level =
        p.filesets.iter().any(|f| f.kind == SetKind::Design && f.props.get("DESIGN_MODE") == Some("GateLvl"));
    if let Some(parent) = run.parent.as_ref().and_then(|n| p.run(n))
        && !(gate_level && parent.synthesis)
    {
        out.push(parent.name.clone());
    }
    if let Some(config) = run.pr_config.as_ref().and_then(|c| p.configuration(c))
        && !gate_level
    {
        out.extend(modules_of(&mut config.cells.iter().map(|(_, rm)| rm)));
    }
    if let Some((_, rm)) = run.props.get("RM_INSTANCE").and_then(|r| r.rsplit_once(':')) {
        out.extend(p.module_run(rm).map(|r| r.name.clone()));
    }
    out
}

/// Adds `name` after everything it waits for that is not done and fresh.
fn collect(
    s: &mut Session,
    name: &str,
    out: &mut Vec<String>,
    seen: &mut BTreeSet<String>,
    wanted_by: Option<&str>,
) -> Result<(), Stop> {
    let asked = wanted_by.is_none();
    if !seen.insert(name.to_owned()) {
        return Ok(());
    }
    let p = s.project()?;
    let before = forerunners(p, name);
    let mut broken = Vec::new();
    for other in &before {
        let Some(p) = &s.project else { break };
        let Some(run) = p.run(other) else { continue };
        if status::of(p, run, &s.jobs).failed {
            broken.push(other.clone());
        }
    }
    if !broken.is_empty() {
        return fail(
            "Common 17-70",
            format!(
                "Application Exception: Failed to launch run '{name}' due to failures in the following run(s):\n{}\nThese failed run(s) need to be reset prior to launching '{name}' again.\n",
                broken.join("\n")
            ),
        );
    }
    for other in before {
        collect(s, &other, out, seen, Some(name))?;
    }
    let Some(p) = &s.project else { return Ok(()) };
    let Some(run) = p.run(name) else { return Ok(()) };
    let state = status::of(p, run, &s.jobs);
    // The static's synthesis waits for the modules' but holds none of them: only implementations go stale with them.
    let moved = !run.synthesis && state.complete && forerunners(p, name).iter().any(|f| out.contains(f));
    let stale = status::needs_refresh(p, run, &s.jobs) || moved;
    if !asked && (state.active || (state.complete && !stale)) {
        return Ok(());
    }
    if !asked && state.complete {
        s.warning(
            "Project 1-478",
            format!(
                "Design '{name}' is stale and will not be used when launching '{}'",
                wanted_by.unwrap_or_default()
            ),
        );
        reset(s, name);
    }
    out.push(name.to_owned());
    Ok(())
}

/// Removes a run's directory and what is known of it.
pub(crate) fn reset(s: &mut Session, name: &str) {
    s.jobs.forget(name);
    if let Some(p) = &s.project {
        let dir = p.run_dir(name);
        if disk::exists(&dir) {
            let _ = disk::remove_dir_all(dir);
        }
    }
}

/// Takes a run back to before `step`: what that step and the later ones left is removed, and a launch goes on from
/// there. From the first step on, or when the run never got past it, the whole run is reset.
pub(crate) fn reset_from(s: &mut Session, name: &str, step: &str) {
    let Some(p) = &s.project else { return };
    let Some(run) = p.run(name) else { return };
    let dir = p.run_dir(name);
    let Some(mut record) = record::read(&dir) else { return reset(s, name) };
    let all = super::steps(run.synthesis);
    let at = all.iter().position(|s| *s == step).unwrap_or(0);
    let kept = status::wanted(run, &record.to_step)
        .into_iter()
        .filter(|w| all.iter().position(|s| s == w).is_some_and(|i| i < at))
        .collect::<Vec<_>>();
    let there = |step: &str| disk::exists(dir.join(format!(".{step}.end.rst")));
    let Some(last) = kept.last().filter(|_| kept.iter().all(|k| there(k))) else { return reset(s, name) };
    record.to_step = (*last).to_owned();
    let top = status::top_of_run(p, run).unwrap_or_default();
    for later in &all[at..] {
        for end in ["begin", "end", "error"] {
            // Marks of steps that were never reached are not there.
            let _ = disk::remove_file(dir.join(format!(".{later}.{end}.rst")));
        }
        for kind in outputs(later) {
            let _ = disk::remove_file(dir.join(format!("{top}_{kind}.dcp")));
        }
        if matches!(*later, "write_bitstream" | "write_device_image") {
            let images = disk::read_dir(&dir).unwrap_or_default();
            for image in images.iter().filter(|p| p.extension().is_some_and(|e| e == "bit" || e == "pdi")) {
                let _ = disk::remove_file(image);
            }
        }
    }
    let _ = disk::remove_file(dir.join(".vivado.error.rst"));
    let _ = disk::write(dir.join(".vivado.end.rst"), "");
    record::write(&dir, &record);
    s.jobs.forget(name);
}

/// The endings of the checkpoints that a step writes.
fn outputs(step: &str) -> &'static [&'static str] {
    match step {
        "opt_design" => &["opt"],
        "power_opt_design" => &["pwropt"],
        "place_design" => &["placed"],
        "post_place_power_opt_design" => &["postplace_pwropt"],
        "phys_opt_design" => &["physopt"],
        "route_design" => &["routed", "routed_bb", "routed_error"],
        "post_route_phys_opt_design" => &["postroute_physopt", "postroute_physopt_bb"],
        _ => &[],
    }
}

fn must_reset<T>(name: &str) -> Result<T, Stop> {
    fail(
        "Common 17-69",
        format!(
            "Command failed: Run '{name}' needs to be reset before launching. The run can be reset using the Tcl command 'reset_run {name}'."
        ),
    )
}

pub(crate) fn launch(s: &mut Session, launch: &Launch) -> Result<(), Stop> {
    let default = |synthesis: bool| if synthesis { "synth_design" } else { "route_design" };
    let mut order = Vec::new();
    let mut seen = BTreeSet::new();
    let mut continued = BTreeSet::new();
    let mut stale = Vec::new();
    for name in &launch.runs {
        let Some(p) = &s.project else { break };
        let Some(run) = p.run(name) else { continue };
        let state = status::of(p, run, &s.jobs);
        let to = launch.to_step.as_deref().unwrap_or_else(|| default(run.synthesis));
        let further = !run.synthesis && state.complete && later(run, to, &state.step);
        if state.active {
            return fail("Common 17-69", format!("Command failed: Run '{name}' is already running."));
        }
        if state.failed || (state.complete && !further) {
            return must_reset(name);
        }
        if further {
            if status::needs_refresh(p, run, &s.jobs) {
                stale.push(name.clone());
            }
            continued.insert(name.clone());
        }
    }
    if !stale.is_empty() {
        s.warning("Vivado 12-872", "Run step 'Design Initialization' is out-of-date.");
    }
    for name in &launch.runs {
        collect(s, name, &mut order, &mut seen, None)?;
    }
    if order.iter().any(|n| {
        s.project.as_ref().and_then(|p| p.run(n)).is_some_and(|r| r.synthesis && r.srcset == "sources_1")
    }) {
        no_sources(s)?;
    }
    let mut launched: Vec<(String, bool)> = Vec::new();
    for name in &order {
        let Some(p) = &s.project else { break };
        let Some(run) = p.run(name).cloned() else { continue };
        let asked = launch.runs.contains(name);
        let mut to = launch
            .to_step
            .clone()
            .filter(|_| asked && !run.synthesis)
            .unwrap_or_else(|| default(run.synthesis).to_owned());
        // A parent that is run for its child's sake goes as far as the child needs: routed, with the static written.
        if !super::steps(run.synthesis).contains(&to.as_str()) {
            return fail("Common 17-69", format!("Command failed: '{to}' is not a step of run '{name}'."));
        }
        if launch.next_step && asked {
            default(run.synthesis).clone_into(&mut to);
        }
        prepare(s, name, &to, continued.contains(name))?;
        launched.push((name.clone(), run.synthesis));
    }
    if !launch.scripts_only {
        for (name, _) in &launched {
            let Some(p) = &s.project else { break };
            let after = forerunners(p, name);
            s.jobs.add(Job { run: name.clone(), dir: p.run_dir(name), after });
        }
        announce(s, &launched);
        s.poll_jobs();
    }
    Ok(())
}

/// Whether `to` comes after the step that a run has reached.
fn later(run: &crate::model::project::Run, to: &str, reached: &str) -> bool {
    let place = |step: &str| super::steps(run.synthesis).iter().position(|s| *s == step);
    place(to) > place(reached)
}

fn no_sources(s: &mut Session) -> Result<(), Stop> {
    let p = s.project()?;
    let has = p.fileset("sources_1").is_some_and(|f| {
        f.files.iter().any(|f| f.is_hdl() || matches!(f.extension().as_str(), "bd" | "dcp" | "edf" | "xci"))
    });
    if has {
        return Ok(());
    }
    fail(
        "Common 17-53",
        "User Exception: Unable to launch Synthesis run. No Verilog or VHDL sources found in project",
    )
}

/// The `[time] Launched ...` lines, synthesis runs together, then the others.
fn announce(s: &mut Session, launched: &[(String, bool)]) {
    for synthesis in [true, false] {
        let names: Vec<&str> =
            launched.iter().filter(|(_, y)| *y == synthesis).map(|(n, _)| n.as_str()).collect();
        if names.is_empty() {
            continue;
        }
        s.stamped(&format!("Launched {}...", names.join(", ")));
        let log = |s: &Session, n: &str| {
            s.project.as_ref().map(|p| util::text(&p.run_dir(n).join("runme.log"))).unwrap_or_default()
        };
        if let [one] = names.as_slice() {
            let line = format!("Run output will be captured here: {}", log(s, one));
            s.say(line);
        } else {
            s.say("Run output will be captured here:");
            for name in names {
                let line = format!("{name}: {}", log(s, name));
                s.say(line);
            }
        }
    }
}

/// Makes a run's directory with its script and wrappers.
fn prepare(s: &mut Session, name: &str, to_step: &str, continued: bool) -> Result<(), Stop> {
    let Some(p) = &s.project else { return Ok(()) };
    let Some(run) = p.run(name) else { return Ok(()) };
    let Some(top) = status::top_of_run(p, run) else {
        return fail("Common 17-69", format!("Command failed: no top module for run '{name}'."));
    };
    let dir = p.run_dir(name);
    let (mut cells, mut greyboxes) = (Vec::new(), Vec::new());
    let config_name = if run.synthesis {
        p.run(&p.current_impl).and_then(|r| r.pr_config.clone())
    } else {
        run.pr_config.clone()
    };
    if let Some(config) = config_name.as_ref().and_then(|c| p.configuration(c)) {
        cells.clone_from(&config.cells);
        greyboxes.clone_from(&config.greyboxes);
    }
    if let Some((cell, rm)) = run.props.get("RM_INSTANCE").and_then(|r| r.rsplit_once(':')) {
        cells = vec![(cell.to_owned(), rm.to_owned())];
        greyboxes.clear();
    }
    let context = Context {
        project: p,
        release: s.release,
        params: s
            .params
            .iter()
            .filter(|(n, _)| !n.starts_with("drc "))
            .map(|(n, v)| (n.clone(), v.clone()))
            .collect(),
        top: top.clone(),
        to_step: to_step.to_owned(),
        reached: continued.then(|| status::of(p, run, &s.jobs).step),
        cells,
        greyboxes,
    };
    let script = if run.synthesis { context.synthesis(run) } else { context.implementation(run) };
    let generated = wrapper::gen_run(p, run, &top, &context.cells, &context.greyboxes, s.release);
    let record = Record {
        to_step: to_step.to_owned(),
        inputs: record::inputs(p, run),
        launched: util::now(),
        forced: None,
    };
    let made = (|| -> std::io::Result<()> {
        if !continued && disk::exists(&dir) {
            disk::remove_dir_all(&dir)?;
        }
        disk::create_dir_all(&dir)?;
        for mark in [".vivado.begin.rst", ".vivado.end.rst", ".vivado.error.rst"] {
            let mark = dir.join(mark);
            if disk::exists(&mark) {
                disk::remove_file(mark)?;
            }
        }
        if run.synthesis && !p.partition_defs.is_empty() && run.srcset == "sources_1" {
            disk::write(dir.join("hd_reconfig.xdc"), context.hd_reconfig())?;
        }
        disk::write(script_name(&dir, &top), script)?;
        disk::write(dir.join("gen_run.xml"), generated)?;
        disk::write(dir.join("project.wdf"), "version:1\n# SIMULATED\n")?;
        wrapper::write(&dir, &s.host, run, &top, &s.settings.user, &s.settings.hostname)?;
        record::write(&dir, &record);
        let jobs = p.sub("runs").join(".jobs");
        disk::create_dir_all(&jobs)?;
        let number = disk::read_dir(&jobs)?.len() + 1;
        let parents: String = forerunners(p, name).iter().map(|f| format!("<Parent Id=\"{f}\"/>")).collect();
        disk::write(
            jobs.join(format!("vrs_config_{number}.xml")),
            format!(
                "<?xml version=\"1.0\"?>\n<!-- SIMULATED -->\n<Runs Version=\"1\" Minor=\"0\">\n  <Run Id=\"{name}\" LaunchDir=\"{}\">{parents}</Run>\n</Runs>\n",
                dir.display()
            ),
        )
    })();
    s.jobs.forget(name);
    match made {
        Ok(()) => Ok(()),
        Err(error) => fail("Common 17-69", format!("Command failed: {error}")),
    }
}
