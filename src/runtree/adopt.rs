// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Anybody's run tree as [`Artifacts`]: which run is the parent, which are its children, what fills what, what is there and what is not.

use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use dfxkit_fabric::Family;
use dfxkit_fabric::part::{PartName, same_part};

use super::expect::{Absent, Kind};
use super::family::{Runs, trusted};
use super::run::{Filled, Run, Source};
use super::{RunTree, RunTreeError, hwh};
use crate::artifacts::{
    Artifact, Artifacts, ConfigurationSet, ModuleSet, PartitionSet, RunLog, StaticSet, ToolIdentity,
};
use crate::design::names::{self, partial_stem};
use crate::gates::GateReport;

/// What the user says about a tree.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AdoptOptions {
    /// The parent run, when the tree holds several.
    pub parent: Option<String>,
    /// Name of the product; by default the project's.
    pub name: Option<String>,
    /// Version of the product; by default `adopted`.
    pub version: Option<String>,
}

/// Reads the artifacts of a tree. Gates are not judged yet: the report is empty and unknown.
pub fn adopt(tree: &RunTree, options: &AdoptOptions) -> Result<Artifacts, RunTreeError> {
    let family = Runs::of(tree, options)?;
    Adoption { tree, runs: family, absent: Absent::default(), notes: tree.notes.clone() }.artifacts(options)
}

struct Adoption<'a> {
    tree: &'a RunTree,
    runs: Runs<'a>,
    absent: Absent,
    notes: Vec<String>,
}

impl Adoption<'_> {
    fn artifacts(mut self, options: &AdoptOptions) -> Result<Artifacts, RunTreeError> {
        self.notes.append(&mut self.runs.notes);
        let first = self.runs.all().next().expect("Runs::of gives at least one run");
        let unidentified = |what| RunTreeError::Unidentified { run: first.name.clone(), what };
        let top = first.top().ok_or_else(|| unidentified("top module"))?;
        let part = first.part().ok_or_else(|| unidentified("part"))?;
        let tool = tool(&self.runs).ok_or_else(|| unidentified("Vivado release"))?;
        self.contradictions(&part);

        let cells = self.cells();
        let partitions = self.partitions(&cells);
        let clears = PartName::parse(&part).ok().and_then(|p| p.family()) == Some(Family::UltraScale);

        let mut configurations = Vec::new();
        let mut modules: Vec<ModuleSet> = Vec::new();
        let mut logs = Vec::new();
        let runs: Vec<&Run> = self.runs.all().collect();
        if self.runs.parent.is_none() {
            let name = self.runs.parent_name.clone();
            self.absent.check(None::<()>, &name, "the run's directory", Kind::ParentRun);
        }
        for run in &runs {
            let parent = self.runs.parent.is_some_and(|p| p.name == run.name);
            let name = self.configuration_name(run);
            let fillings = self.fillings(run, &cells);
            let set = self.configuration(run, &name, parent, &top, &partitions, &fillings)?;
            self.unclaimed(run, &top, &partitions, &fillings);
            for (partition, filled) in partitions.iter().zip(&fillings) {
                let Some(filled) = filled else { continue };
                let known =
                    modules.iter().any(|m| m.partition == partition.name && m.name == module_name(filled));
                if !known {
                    modules.push(self.module(run, &name, partition, filled, &part, clears)?);
                }
            }
            let log = self.absent.check(run.log_path.as_ref(), &run.name, format!("{top}.vdi"), Kind::Log);
            if let Some(path) = log {
                logs.push(RunLog {
                    run: run.name.clone(),
                    configuration: Some(name.clone()),
                    file: Artifact::of(path)?,
                });
            }
            configurations.push(set);
        }
        logs.extend(self.synthesis_logs()?);
        self.never_run(&runs);

        let static_set = self.static_set(&top, &part, &configurations, &cells)?;
        Ok(Artifacts {
            project: options.name.clone().unwrap_or_else(|| self.tree.project.clone()),
            version: options.version.clone().unwrap_or_else(|| "adopted".into()),
            part,
            tool,
            static_set,
            partitions,
            modules,
            configurations,
            sources: Vec::new(),
            golden: None,
            on_shells: Vec::new(),
            static_tool: None,
            adopted: true,
            logs,
            missing: self.absent.0,
            notes: self.notes,
            gates: GateReport::new(Vec::new()),
        })
    }

    /// Says where the project file is about another design than the runs.
    fn contradictions(&mut self, part: &str) {
        let Some(xpr) = &self.tree.xpr else { return };
        let file = self.tree.xpr_path.as_ref().and_then(|p| p.file_name()).unwrap_or_default();
        if let Some(other) = xpr.part.as_ref().filter(|p| !same_part(p, part)) {
            self.notes.push(format!("{file} is set to part {other}, the runs are of {part}: what it says of configurations is not used"));
        } else if !self.runs.all().any(|r| trusted(self.tree, r).is_some()) {
            self.notes.push(format!(
                "{file} names other partitions than the runs: what it says of configurations is not used"
            ));
        }
    }

    /// Cell paths, the parent's order first.
    fn cells(&self) -> Vec<String> {
        let mut cells: Vec<String> = Vec::new();
        for run in self.runs.all() {
            let own = run.cells();
            let project =
                || trusted(self.tree, run).unwrap_or_default().iter().map(|(c, _)| c.clone()).collect();
            for cell in if own.is_empty() { project() } else { own } {
                if !cells.contains(&cell) {
                    cells.push(cell);
                }
            }
        }
        cells
    }

    fn partitions(&self, cells: &[String]) -> Vec<PartitionSet> {
        let last = |cell: &str| cell.rsplit('/').next().unwrap_or(cell).to_owned();
        let unique = |name: &str| cells.iter().filter(|c| last(c) == name).count() == 1;
        cells
            .iter()
            .map(|cell| {
                let short = last(cell);
                let name = if unique(&short) { short } else { cell.clone() };
                let stub = self.runs.all().find_map(|run| {
                    let filled = run.filled(cell, None).0?;
                    let path = run.cell_checkpoint(cell, filled.module.as_deref())?;
                    run.checkpoints.iter().find(|(p, _)| *p == path)?.1.stub.clone()
                });
                let xpr = self.tree.xpr.as_ref();
                let module = xpr.and_then(|x| {
                    let (_, rm) = self
                        .runs
                        .all()
                        .find_map(|r| trusted(self.tree, r)?.iter().find(|(c, _)| c == cell))?;
                    let def = x
                        .partition_defs
                        .iter()
                        .find(|d| rm.as_ref().is_some_and(|m| d.modules.contains(m)))?;
                    Some(def.module.clone())
                });
                PartitionSet {
                    abstract_shell: None,
                    name,
                    cell: cell.clone(),
                    module,
                    port_stub: stub,
                    decoupler: None,
                    pblock_ranges: Vec::new(),
                }
            })
            .collect()
    }

    fn configuration_name(&self, run: &Run) -> String {
        let launched = run.gen_run.as_ref().and_then(|g| g.configuration.clone());
        let project = || {
            trusted(self.tree, run)?;
            self.tree.xpr.as_ref()?.run(&run.name)?.configuration.clone()
        };
        launched.or_else(project).unwrap_or_else(|| run.name.clone())
    }

    fn fillings(&mut self, run: &Run, cells: &[String]) -> Vec<Option<Filled>> {
        let project = trusted(self.tree, run);
        let mut all = Vec::new();
        let own = run.cells();
        for cell in cells {
            // A run on an abstract shell knows its own partition only.
            if !own.is_empty() && !own.contains(cell) {
                all.push(None);
                continue;
            }
            let of_project = project.and_then(|p| p.iter().find(|(c, _)| c == cell)).map(|(_, m)| m);
            let (filled, against) = run.filled(cell, of_project);
            self.notes.extend(against);
            match &filled {
                None => self.notes.push(format!("{}: nothing tells which module fills {cell}", run.name)),
                Some(f) if f.source == Source::FileName => self.notes.push(format!(
                    "{}: that {cell} holds {} is told by the name of its partial bitstream alone",
                    run.name,
                    module_name(f)
                )),
                Some(_) => {}
            }
            all.push(filled);
        }
        all
    }

    fn configuration(
        &mut self,
        run: &Run,
        name: &str,
        parent: bool,
        top: &str,
        partitions: &[PartitionSet],
        fillings: &[Option<Filled>],
    ) -> Result<ConfigurationSet, RunTreeError> {
        let (bit, routed) =
            if parent { (Kind::ParentBit, Kind::ParentRouted) } else { (Kind::ChildBit, Kind::ChildRouted) };
        let full_bit = self.take(run, &format!("{top}.bit"), bit)?;
        let routed_dcp = self.take(run, &names::routed_dcp(top, run.post_route()), routed)?;
        let mut reports = Vec::new();
        let timing = if run.post_route()
            && run.file(&format!("{top}_timing_summary_postroute_physopted.rpt")).is_some()
        {
            format!("{top}_timing_summary_postroute_physopted.rpt")
        } else {
            format!("{top}_timing_summary_routed.rpt")
        };
        for (file, kind) in [
            (timing, Kind::Timing),
            (format!("{top}_route_status.rpt"), Kind::Route),
            (format!("{top}_utilization_placed.rpt"), Kind::Utilisation),
            (format!("{top}_drc_routed.rpt"), Kind::Drc),
        ] {
            reports.extend(self.take(run, &file, kind)?);
        }
        let mut pr_verify = None;
        if !parent {
            let file = format!("{}_pr_verify.log", run.name);
            pr_verify = run.file(&file).map(|p| Artifact::of(&p)).transpose()?;
            let told = pr_verify.is_some() || !run.verified.is_empty();
            self.absent.check(told.then_some(()), &run.name, file, Kind::PrVerify);
        }
        let modules = partitions
            .iter()
            .zip(fillings)
            .filter_map(|(p, f)| Some((p.name.clone(), f.as_ref()?.module.clone())))
            .collect();
        Ok(ConfigurationSet {
            name: name.to_owned(),
            run: run.name.clone(),
            run_dir: run.dir.clone(),
            parent,
            modules,
            full_bit,
            routed_dcp,
            pr_verify,
            reports,
        })
    }

    fn module(
        &mut self,
        run: &Run,
        configuration: &str,
        partition: &PartitionSet,
        filled: &Filled,
        part: &str,
        clears: bool,
    ) -> Result<ModuleSet, RunTreeError> {
        let rm = filled.module.as_deref();
        let stem = run
            .partial_name(&partition.cell)
            .and_then(|n| n.strip_suffix(".bit").map(str::to_owned))
            .unwrap_or_else(|| partial_stem(&partition.cell, rm));
        let partial_bit = self.take(run, &format!("{stem}.bit"), Kind::PartialBit)?;
        let clear_bit =
            if clears { self.take(run, &format!("{stem}_clear.bit"), Kind::ClearBit)? } else { None };
        let optional = |name: &str| run.file(name).map(|p| Artifact::of(&p)).transpose();
        let ltx = optional(&format!("{stem}.ltx"))?;
        let bin = optional(&format!("{stem}.bin"))?;
        let dcp = run.cell_checkpoint(&partition.cell, rm);
        let expected = names::routed_cell_dcp(&partition.cell, rm, run.post_route());
        let dcp = self.absent.check(dcp, &run.name, expected, Kind::CellCheckpoint);
        let hwh = rm.and_then(|rm| hwh::of_module(&self.tree.hwh, rm)).map(|h| h.path.clone());
        let hwh = self.fitting(hwh, part);
        Ok(ModuleSet {
            name: module_name(filled),
            vivado_name: module_name(filled),
            partition: partition.name.clone(),
            configuration: configuration.to_owned(),
            run: run.name.clone(),
            greybox: rm.is_none(),
            partial_bit,
            clear_bit,
            bin,
            hwh: hwh.map(|p| Artifact::of(&p)).transpose()?,
            ltx,
            routed_dcp: dcp.map(|p| Artifact::of(&p)).transpose()?,
            drivers: Vec::new(),
        })
    }

    /// Passes over a hand-off file of another device, and says so.
    fn fitting(&mut self, path: Option<Utf8PathBuf>, part: &str) -> Option<Utf8PathBuf> {
        let path = path?;
        let file = self.tree.hwh.iter().find(|h| h.path == path)?;
        if file.fits(part) {
            return Some(path);
        }
        let name = path.file_name().unwrap_or_default();
        self.notes.push(format!("{name} is of {}, the runs are of {part}: not taken", file.device));
        None
    }

    fn static_set(
        &mut self,
        top: &str,
        part: &str,
        configurations: &[ConfigurationSet],
        cells: &[String],
    ) -> Result<StaticSet, RunTreeError> {
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        let hwh = hwh::of_static(&self.tree.hwh, top, &cells).map(|h| h.path.clone());
        let hwh = self.fitting(hwh, part);
        let modules: Vec<&str> =
            configurations.iter().flat_map(|c| &c.modules).filter_map(|(_, m)| m.as_deref()).collect();
        for file in &self.tree.hwh {
            let used = hwh.as_ref() == Some(&file.path) || modules.contains(&file.name.as_str());
            if !used && hwh::of_static(std::slice::from_ref(file), top, &cells).is_none() {
                self.notes.push(format!(
                    "{}.hwh (block design {}, device {}) belongs to no module that was run and not to {top}: not taken",
                    file.path.file_stem().unwrap_or_default(),
                    file.name,
                    file.device
                ));
            }
        }
        let hwh = self.absent.check(hwh, "", format!("the .hwh of {top}"), Kind::Hwh);
        let parent = configurations.iter().find(|c| c.parent);
        let run = self.runs.parent;
        let (mut blackbox_dcp, mut ltx) = (None, None);
        if let Some(run) = run {
            blackbox_dcp = self.take(run, &names::blackbox_dcp(top, run.post_route()), Kind::Blackbox)?;
            ltx = run.file(&format!("{top}.ltx")).map(|p| Artifact::of(&p)).transpose()?;
        }
        Ok(StaticSet {
            top: top.to_owned(),
            configuration: parent.map(|c| c.name.clone()),
            run: self.runs.parent_name.clone(),
            full_bit: parent.and_then(|c| c.full_bit.clone()),
            routed_dcp: parent.and_then(|c| c.routed_dcp.clone()),
            blackbox_dcp,
            hwh: hwh.map(|p| Artifact::of(&p)).transpose()?,
            ltx,
        })
    }

    fn take(&mut self, run: &Run, name: &str, kind: Kind) -> io::Result<Option<Artifact>> {
        let path = self.absent.check(run.file(name), &run.name, name, kind);
        path.map(|p| Artifact::of(&p)).transpose()
    }

    fn synthesis_logs(&self) -> io::Result<Vec<RunLog>> {
        let synthesis = self.tree.runs.iter().filter(|r| !r.implementation());
        let logs = synthesis.filter_map(|r| Some((r, r.log_path.as_deref()?)));
        logs.map(|(r, p): (&Run, &Utf8Path)| {
            Ok(RunLog { run: r.name.clone(), configuration: None, file: Artifact::of(p)? })
        })
        .collect()
    }

    /// Names bitstreams that belong to nothing that is known of the run: left over, or written by hand.
    fn unclaimed(&mut self, run: &Run, top: &str, partitions: &[PartitionSet], fillings: &[Option<Filled>]) {
        let stems = partitions.iter().zip(fillings).filter_map(|(p, f)| {
            let named = run.partial_name(&p.cell).and_then(|n| n.strip_suffix(".bit").map(str::to_owned));
            named.or_else(|| Some(partial_stem(&p.cell, f.as_ref()?.module.as_deref())))
        });
        let known: Vec<String> = stems.chain([top.to_owned()]).collect();
        for bit in &run.bitstreams {
            let stem = bit.path.file_stem().unwrap_or_default();
            let stem = stem.strip_suffix("_clear").unwrap_or(stem);
            if !known.iter().any(|k| k == stem) {
                let kind = if bit.partial { "partial" } else { "full" };
                self.notes.push(format!(
                    "{}/{} ({kind}, design {}, {} {}) belongs to no partition that the run tells of: not taken",
                    run.name,
                    bit.path.file_name().unwrap_or_default(),
                    bit.design,
                    bit.date,
                    bit.time
                ));
            }
        }
    }

    /// Runs with a configuration that the project knows and that have no directory.
    fn never_run(&mut self, there: &[&Run]) {
        let Some(xpr) = &self.tree.xpr else { return };
        if !there.iter().any(|r| trusted(self.tree, r).is_some()) {
            return;
        }
        for run in xpr.runs.iter().filter(|r| r.implementation) {
            let Some(configuration) = &run.configuration else { continue };
            if !there.iter().any(|t| t.name == run.name) {
                self.absent.check(
                    None::<()>,
                    &run.name,
                    format!("the run of {configuration}"),
                    Kind::NeverRun,
                );
            }
        }
    }
}

fn module_name(filled: &Filled) -> String {
    filled.module.clone().unwrap_or_else(|| "greybox".into())
}

/// Release and build: of a checkpoint, else of a log.
fn tool(runs: &Runs<'_>) -> Option<ToolIdentity> {
    let simulated = runs.all().any(|r| {
        r.log.simulated
            || r.checkpoints.iter().any(|(_, d)| d.simulated)
            || r.bitstreams.iter().any(|b| b.simulated)
    });
    let checkpoint = runs.all().flat_map(|r| &r.checkpoints).find(|(_, d)| d.release.is_some());
    if let Some((_, dcp)) = checkpoint {
        return Some(ToolIdentity { release: dcp.release.clone()?, build: dcp.build.clone(), simulated });
    }
    let log = runs.all().find(|r| r.log.release.is_some());
    if let Some(run) = log {
        return Some(ToolIdentity {
            release: run.log.release.clone()?,
            build: run.log.build.clone(),
            simulated,
        });
    }
    let bit = runs.all().flat_map(|r| &r.bitstreams).find_map(|b| b.release.clone())?;
    Some(ToolIdentity { release: bit, build: None, simulated })
}
