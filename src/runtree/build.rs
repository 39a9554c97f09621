// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The artifacts of a build of ours: the plan says what there must be, so nothing has to be found out.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use dfxkit_fabric::Family;

use super::dcp::Dcp;
use super::expect::{Absent, Kind};
use super::{RunTreeError, hwh};
use crate::artifacts::{
    Artifact, Artifacts, ConfigurationSet, ModuleSet, PartitionSet, RunLog, StaticSet, ToolIdentity,
};
use crate::design::names::{self, vivado_name};
use crate::design::{ChosenConfiguration, Design, Filling};
use crate::exec::state::State;
use crate::gates::GateReport;
use crate::plan::layout::Layout;
use crate::plan::{Plan, StepKind};

/// Reads what a finished build left. `tool` is the Vivado that ran. Gates are not judged yet: the report is empty and unknown.
///
/// Runs come from the plan; a configuration without a run in it (a plan cut to some targets) is left out. Missing files are listed, not errors.
pub fn read_build(
    design: &Design,
    plan: &Plan,
    layout: &Layout,
    tool: &ToolIdentity,
) -> Result<Artifacts, RunTreeError> {
    let outputs = plan.steps.iter().flat_map(|s| &s.outputs).filter(|o| o.required);
    let mut reader = Reader {
        design,
        layout,
        state: State::open(layout.state()),
        post_route: post_route(plan),
        planned: outputs.map(|o| layout.build().join(&o.path)).collect(),
        absent: Absent::default(),
        logs: Vec::new(),
    };
    let spec = &design.spec;
    let (hwh, mut notes) = hwh::find(&layout.project_dir(), layout.project_name());
    let cells: Vec<&str> = spec.partitions.values().map(|p| p.cell.as_str()).collect();
    let top = &spec.static_design.top;

    let mut partitions: Vec<PartitionSet> = spec
        .partitions
        .iter()
        .map(|(name, p)| PartitionSet {
            abstract_shell: None,
            name: name.clone(),
            cell: p.cell.clone(),
            module: Some(p.module.clone()),
            port_stub: None,
            decoupler: p.decoupler.as_ref().map(|d| d.address),
            pblock_ranges: p.pblock.as_ref().map(|b| b.ranges.clone()).unwrap_or_default(),
        })
        .collect();

    let (mut configurations, mut modules): (Vec<ConfigurationSet>, Vec<ModuleSet>) = (Vec::new(), Vec::new());
    let mut parent_run = String::new();
    for chosen in &design.configurations {
        let Some(run) = run_of(plan, chosen) else { continue };
        if chosen.parent {
            parent_run.clone_from(&run);
        }
        configurations.push(reader.configuration(chosen, &run, plan)?);
        for (partition, filling) in &chosen.fillings {
            let module = reader.module(chosen, &run, partition, filling, &hwh)?;
            let set = partitions.iter_mut().find(|p| p.name == *partition);
            if let (Some(set), Some(dcp), false) = (set, &module.routed_dcp, module.greybox)
                && set.port_stub.is_none()
            {
                match Dcp::read(&dcp.path) {
                    Ok(dcp) => set.port_stub = dcp.stub,
                    Err(e) => notes.push(format!("{run}/{}: {e}", dcp.name())),
                }
            }
            if !modules.iter().any(|m| m.partition == module.partition && m.name == module.name) {
                modules.push(module);
            }
        }
    }
    let mut on_shells = Vec::new();
    for step in &plan.steps {
        if let StepKind::ImplModule { partition, run, .. } = &step.kind {
            on_shells.push(reader.on_shell(&step.id.0, partition, run)?);
        }
        match &step.kind {
            StepKind::SynthStatic { run }
            | StepKind::SynthModule { run, .. }
            | StepKind::ImplModule { run, .. } => {
                reader.log(run, None)?;
            }
            StepKind::AbstractShells { run } => {
                reader.log(run, None)?;
                for p in &mut partitions {
                    p.abstract_shell = optional(&reader.state, &layout.shell(&p.cell))?;
                }
            }
            _ => {}
        }
    }
    let parent = configurations.iter().find(|c| c.parent);
    let parent_dir = layout.run(&parent_run);
    let blackbox = names::blackbox_dcp(top, reader.post_route);
    let static_set = StaticSet {
        top: top.clone(),
        configuration: parent.map(|c| c.name.clone()),
        run: parent_run.clone(),
        full_bit: parent.and_then(|c| c.full_bit.clone()),
        routed_dcp: parent.and_then(|c| c.routed_dcp.clone()),
        blackbox_dcp: reader.take(&parent_run, &parent_dir, &blackbox, Kind::Blackbox)?,
        hwh: hwh::of_static(&hwh, top, &cells).map(|h| Artifact::of(&h.path)).transpose()?,
        ltx: optional(&reader.state, &parent_dir.join(format!("{top}.ltx")))?,
    };
    let mut sources = Vec::new();
    for file in design.all_files() {
        sources.push((file.name.clone(), reader.state.hash(&file.path)?));
    }
    if reader.state.dir().is_dir() {
        // A cache: without it the next command reads the files again.
        let _ = reader.state.save_hashes();
    }
    Ok(Artifacts {
        project: spec.project.name.clone(),
        version: spec.project.version.clone(),
        part: spec.project.part.clone(),
        tool: tool.clone(),
        static_set,
        partitions,
        modules,
        configurations,
        sources,
        golden: None,
        on_shells,
        static_tool: None,
        adopted: false,
        logs: reader.logs,
        missing: reader.absent.0,
        notes,
        gates: GateReport::new(Vec::new()),
    })
}

/// True when the plan's runs end in post-route phys_opt: then routed checkpoints have other names.
fn post_route(plan: &Plan) -> bool {
    plan.steps.iter().flat_map(|s| &s.outputs).any(|o| o.path.as_str().ends_with("_postroute_physopt.dcp"))
}

fn run_of(plan: &Plan, configuration: &ChosenConfiguration) -> Option<String> {
    plan.steps.iter().find_map(|step| match &step.kind {
        StepKind::ImplParent { configuration: c, run }
        | StepKind::ImplChild { configuration: c, run, .. }
            if *c == configuration.name =>
        {
            Some(run.clone())
        }
        _ => None,
    })
}

/// The artifact at a path, if there is one. Its hash comes from the build's cache where the file is provably the one that was hashed.
fn optional(state: &State, path: &Utf8Path) -> std::io::Result<Option<Artifact>> {
    if !path.is_file() {
        return Ok(None);
    }
    let (sha256, size) = (state.hash(path)?, fs_err::metadata(path)?.len());
    Ok(Some(Artifact { path: path.to_owned(), sha256, size }))
}

struct Reader<'a> {
    design: &'a Design,
    layout: &'a Layout,
    /// The build's cache of hashes.
    state: State,
    post_route: bool,
    /// What the plan says must be there, absolute. A child on an abstract shell, for one, has no full bitstream.
    planned: BTreeSet<Utf8PathBuf>,
    absent: Absent,
    logs: Vec<RunLog>,
}

impl Reader<'_> {
    fn take(
        &mut self,
        run: &str,
        dir: &Utf8Path,
        name: &str,
        kind: Kind,
    ) -> std::io::Result<Option<Artifact>> {
        let path = dir.join(name);
        let found = optional(&self.state, &path)?;
        Ok(if self.planned.contains(&path) { self.absent.check(found, run, name, kind) } else { found })
    }

    fn configuration(
        &mut self,
        chosen: &ChosenConfiguration,
        run: &str,
        plan: &Plan,
    ) -> Result<ConfigurationSet, RunTreeError> {
        let dir = self.layout.run(run);
        let top = &self.design.spec.static_design.top;
        let post = self.post_route;
        let (bit, routed) = if chosen.parent {
            (Kind::ParentBit, Kind::ParentRouted)
        } else {
            (Kind::ChildBit, Kind::ChildRouted)
        };
        let mut reports = Vec::new();
        let last_timing = format!("{top}_timing_summary_postroute_physopted.rpt");
        let timing = if post && dir.join(&last_timing).is_file() {
            last_timing
        } else {
            format!("{top}_timing_summary_routed.rpt")
        };
        for (file, kind) in [
            (timing, Kind::Timing),
            (format!("{top}_route_status.rpt"), Kind::Route),
            (format!("{top}_utilization_placed.rpt"), Kind::Utilisation),
            (format!("{top}_drc_routed.rpt"), Kind::Drc),
        ] {
            reports.extend(self.take(run, &dir, &file, kind)?);
        }
        let pr_verify = if chosen.parent { None } else { self.verification(chosen, run, plan)? };
        self.log(run, Some(&chosen.name))?;
        let modules = chosen.fillings.iter().map(|(partition, filling)| {
            let module = match filling {
                Filling::Module(name) => Some(name.clone()),
                Filling::Greybox(name) => name.clone(),
            };
            (partition.clone(), module)
        });
        Ok(ConfigurationSet {
            name: chosen.name.clone(),
            run: run.to_owned(),
            run_dir: dir.clone(),
            parent: chosen.parent,
            modules: modules.collect(),
            full_bit: self.take(run, &dir, &format!("{top}.{}", self.extension()), bit)?,
            routed_dcp: self.take(run, &dir, &names::routed_dcp(top, post), routed)?,
            pr_verify,
            reports,
        })
    }

    /// A module on the abstract shell of its partition.
    fn on_shell(&mut self, name: &str, partition: &str, run: &str) -> std::io::Result<ConfigurationSet> {
        let dir = self.layout.run(run);
        let top = &self.design.spec.static_design.top;
        let mut reports = Vec::new();
        let last_timing = format!("{top}_timing_summary_postroute_physopted.rpt");
        let timing = if self.post_route && dir.join(&last_timing).is_file() {
            last_timing
        } else {
            format!("{top}_timing_summary_routed.rpt")
        };
        for (file, kind) in [
            (timing, Kind::Timing),
            (format!("{top}_route_status.rpt"), Kind::Route),
            (format!("{top}_drc_routed.rpt"), Kind::Drc),
        ] {
            reports.extend(self.take(run, &dir, &file, kind)?);
        }
        Ok(ConfigurationSet {
            name: name.to_owned(),
            run: run.to_owned(),
            run_dir: dir.clone(),
            parent: false,
            modules: vec![(partition.to_owned(), None)],
            full_bit: None,
            routed_dcp: self.take(run, &dir, &names::routed_dcp(top, self.post_route), Kind::ChildRouted)?,
            pr_verify: self.take(run, &dir, &format!("{run}_pr_verify.log"), Kind::PrVerify)?,
            reports,
        })
    }

    /// The verdict file of the verify step, which is a process of its own; else the one that the run itself wrote.
    fn verification(
        &mut self,
        chosen: &ChosenConfiguration,
        run: &str,
        plan: &Plan,
    ) -> Result<Option<Artifact>, RunTreeError> {
        let step = plan.steps.iter().find(
            |s| matches!(&s.kind, StepKind::Verify { configuration, .. } if *configuration == chosen.name),
        );
        for output in step.into_iter().flat_map(|s| &s.outputs) {
            let path = self.layout.build().join(&output.path);
            if let Some(found) = optional(&self.state, &path)? {
                return Ok(Some(found));
            }
            // The file that the run itself wrote is evidence too, but not what was planned.
            self.absent.check(None::<()>, run, output.path.file_name().unwrap_or_default(), Kind::PrVerify);
        }
        let dir = self.layout.run(run);
        Ok(self.take(run, &dir, &format!("{run}_pr_verify.log"), Kind::PrVerify)?)
    }

    fn log(&mut self, run: &str, configuration: Option<&str>) -> std::io::Result<()> {
        // The console's log: every run has one, and the names of the others depend on the top module.
        let found = optional(&self.state, &self.layout.run(run).join("runme.log"))?;
        if let Some(file) = self.absent.check(found, run, "runme.log", Kind::Log) {
            self.logs.push(RunLog {
                run: run.to_owned(),
                configuration: configuration.map(str::to_owned),
                file,
            });
        }
        Ok(())
    }

    fn extension(&self) -> &'static str {
        if self.design.family == Family::Versal { "pdi" } else { "bit" }
    }

    fn module(
        &mut self,
        chosen: &ChosenConfiguration,
        run: &str,
        partition: &str,
        filling: &Filling,
        hwh: &[hwh::HwhFile],
    ) -> Result<ModuleSet, RunTreeError> {
        let spec = &self.design.spec;
        let cell = &spec.partitions[partition].cell;
        let (name, rm) = match filling {
            Filling::Module(name) => (name.clone(), Some(vivado_name(name))),
            Filling::Greybox(name) => (name.clone().unwrap_or_else(|| "greybox".into()), None),
        };
        let dir = self.layout.run(run);
        let stem = names::partial_stem(cell, rm.as_deref());
        let dcp = names::routed_cell_dcp(cell, rm.as_deref(), self.post_route);
        let extension = self.extension();
        let clear = if self.design.family == Family::UltraScale {
            self.take(run, &dir, &format!("{stem}_clear.bit"), Kind::ClearBit)?
        } else {
            None
        };
        // A block design's file is named after the design, which is the RTL module of the module's sources.
        let top = spec.modules.get(&name).and_then(|m| m.top.clone());
        let bd = [rm.clone(), top].into_iter().flatten().find_map(|n| hwh::of_module(hwh, &n));
        Ok(ModuleSet {
            vivado_name: rm.clone().unwrap_or_else(|| "greybox".into()),
            partition: partition.to_owned(),
            configuration: chosen.name.clone(),
            run: run.to_owned(),
            greybox: rm.is_none(),
            partial_bit: self.take(run, &dir, &format!("{stem}.{extension}"), Kind::PartialBit)?,
            clear_bit: clear,
            bin: optional(&self.state, &dir.join(format!("{stem}.bin")))?,
            hwh: bd.map(|h| Artifact::of(&h.path)).transpose()?,
            ltx: optional(&self.state, &dir.join(format!("{stem}.ltx")))?,
            routed_dcp: self.take(run, &dir, &dcp, Kind::CellCheckpoint)?,
            drivers: spec.modules.get(&name).map(|m| m.drivers.clone()).unwrap_or_default(),
            name,
        })
    }
}

#[cfg(test)]
mod tests;
