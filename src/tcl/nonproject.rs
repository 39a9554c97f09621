// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Contexts of the scripts that go from checkpoint to checkpoint: one script a step, no project on the disk.
//!
//! They leave what runs of a Vivado project leave, under the same names (see [`crate::design::names`]), so that gates, archive and kit need not know
//! which flow made a file. Order and options of the commands are those of the run scripts that Vivado generates (measured, 2024.2) and of
//! the checkpoint flow of UG909 and UG947.
//!
//! Assumed, since no Vivado was at hand; a build of `examples/pr-block-kc705` with `flow = "non-project"` would settle all three:
//! - a project in memory orders VHDL files by `update_compile_order` like one on the disk;
//! - `HD.PLATFORM_WRAPPER`, which the parent's run script of 2024.2 sets, is not needed (AMD's own checkpoint scripts do not set it);
//! - a configuration linked from the locked static and modules routed on abstract shells needs no routing (UG909 2022.1, Generating Partial
//!   Bitstreams, says so; public scripts do it); where it did, the route gate would refuse it.

use camino::Utf8PathBuf;

use super::TclError;
use super::context::{
    Cell, ChildScript, ModuleScript, ParentScript, Read, Run, Shell, ShellsScript, SynthScript,
};
use super::generated::{bitstream_hook_path, is_bitstream_hook, pblocks_path};
use super::project::{directories, header, pairs};
use super::render::TclList;
use super::stubs::stubs;
use crate::design::names::{PARENT_RUN, STATIC_SYNTH_RUN};
use crate::design::steps::{self, HookRuns};
use crate::design::{ChosenConfiguration, Design, Filling, SourceFile, SourceKind};
use crate::plan::layout::Layout;
use crate::plan::options::post_route_phys_opt;
use crate::plan::outputs::{Outputs, module_top, rm_name, shell_run};
use crate::plan::project::is_gate_level;
use crate::plan::{Step, StepKind};
use crate::spec::model::{RunOptions, ShellKind};

/// What the scripts of one design are made from.
pub(super) struct Scripter<'a> {
    pub(super) design: &'a Design,
    /// The same with the paths where sources can be read now.
    pub(super) origin: &'a Design,
    pub(super) layout: &'a Layout,
}

impl Scripter<'_> {
    fn outputs(&self) -> Outputs<'_> {
        Outputs::new(self.design, self.layout)
    }

    fn run(&self, run: &str, options: &RunOptions, runs: HookRuns) -> Result<Run, TclError> {
        let project = &self.design.spec.project;
        if let Some(strategy) = &options.strategy {
            return Err(TclError::Unsupported {
                what: format!("strategy '{strategy}' outside of a project"),
                instead: "directives of the steps".into(),
            });
        }
        let known = if runs == HookRuns::Implementation {
            steps::IMPLEMENTATION_DIRECTIVES
        } else {
            steps::SYNTHESIS
        };
        let mut directives = Vec::new();
        for (key, value) in &options.directives {
            let step = steps::step_name(key);
            if !known.contains(&step.as_str()) {
                return Err(TclError::UnknownStep {
                    what: format!("directive of step '{key}'"),
                    known: known.join(", "),
                });
            }
            directives.extend([step, value.clone()]);
        }
        Ok(Run {
            directory: self.layout.run(run),
            part: project.part.clone(),
            board: project.board.clone().unwrap_or_default(),
            top: self.design.spec.static_design.top.clone(),
            directives: directives.into_iter().collect(),
            hooks: self.hooks(runs)?,
        })
    }

    /// Places and scripts by turns. The generated script for bitstream properties sources the user's of the same place.
    fn hooks(&self, runs: HookRuns) -> Result<TclList, TclError> {
        let design = self.design;
        let mut out = Vec::new();
        let generated = bitstream_hook_path(design, self.layout).filter(|_| runs == HookRuns::Implementation);
        for (key, file) in &design.spec.build.hooks {
            let Some(hook) = steps::hook(key) else {
                return Err(TclError::UnknownStep {
                    what: format!("hook '{key}'"),
                    known: steps::hook_steps().join(", "),
                });
            };
            if hook.runs == runs && !(is_bitstream_hook(&hook) && generated.is_some()) {
                let when = if hook.pre { "pre" } else { "post" };
                out.extend([format!("{}.{when}", hook.step), design.root.join(file).into_string()]);
            }
        }
        if let Some(path) = generated {
            out.extend(["write_bitstream.pre".to_owned(), path.into_string()]);
        }
        Ok(out.into_iter().collect())
    }

    fn path(&self, output: Utf8PathBuf) -> Utf8PathBuf {
        self.layout.build().join(output)
    }

    /// The synthesis of the static or of a module.
    pub(super) fn synth(&self, step: &Step) -> Result<SynthScript, TclError> {
        let design = self.design;
        let build = &design.spec.build;
        let head = header(design, &[step]);
        if let StepKind::SynthModule { module, run } = &step.kind {
            let m = &design.spec.modules[module];
            let files = &design.modules[module];
            refuse_generated(&format!("module {module}"), &files.sources)?;
            let top = module_top(design, module).to_owned();
            return Ok(SynthScript {
                header: head,
                run: self.run(run, &build.module_synth, HookRuns::ModuleSynth)?,
                sources: paths(&files.sources),
                include_dirs: directories(design, &m.include_dirs),
                defines: pairs(&m.defines),
                generics: pairs(&m.generics),
                constraints: files.constraints.iter().map(read).collect(),
                checkpoint: file_name(&self.outputs().module_synth(module)),
                utilisation: format!("{top}_utilization_synth.rpt"),
                synth_top: top,
                stubs: Vec::new(),
                out_of_context: true,
            });
        }
        let s = &design.spec.static_design;
        refuse_generated("the static", &design.static_sources)?;
        Ok(SynthScript {
            header: head,
            run: self.run(STATIC_SYNTH_RUN, &build.synth, HookRuns::Synth)?,
            sources: paths(&design.static_sources),
            stubs: stubs(self.origin)?,
            include_dirs: directories(design, &s.include_dirs),
            defines: pairs(&s.defines),
            generics: pairs(&s.generics),
            constraints: design.static_constraints.iter().map(read).collect(),
            checkpoint: file_name(&self.outputs().static_synth(STATIC_SYNTH_RUN)),
            utilisation: format!("{}_utilization_synth.rpt", s.top),
            synth_top: s.top.clone(),
            out_of_context: false,
        })
    }

    /// The parent.
    pub(super) fn parent(&self, step: &Step) -> Result<ParentScript, TclError> {
        let design = self.design;
        let parent = design.parent();
        let outputs = self.outputs();
        let pblocks = pblocks_path(design, self.layout).map(|path| Read {
            path,
            out_of_context: false,
            unmanaged: false,
        });
        Ok(ParentScript {
            header: header(design, &[step]),
            run: self.run(PARENT_RUN, &design.spec.build.implementation, HookRuns::Implementation)?,
            static_checkpoint: self.path(outputs.static_synth(STATIC_SYNTH_RUN)),
            modules: self.synthesised(parent),
            constraints: pblocks.into_iter().chain(design.static_constraints.iter().map(read)).collect(),
            cells: self.all_cells(),
            greyboxes: self.greyboxes(parent),
            post_route: self.post_route(),
            routed: file_name(&outputs.routed(PARENT_RUN)),
            blackbox: file_name(&outputs.blackbox(PARENT_RUN)),
            cell_checkpoints: self.cell_checkpoints(PARENT_RUN, parent),
            partials: self.partials(parent),
            bin: design.spec.build.bin_file,
        })
    }

    /// A child: built on the locked static, or put together from modules built on abstract shells.
    pub(super) fn child(&self, step: &Step, configuration: &str, run: &str) -> Result<ChildScript, TclError> {
        let design = self.design;
        let outputs = self.outputs();
        let child = self.configuration(configuration);
        let parent = design.parent();
        let assembled = design.spec.build.shell == ShellKind::Abstract;
        let routed_in_parent = |partition: &str, filling: &Filling| {
            (matches!(filling, Filling::Module(_)) && parent.fillings.get(partition) == Some(filling))
                .then(|| self.path(outputs.routed_cell(PARENT_RUN, partition, filling)))
        };
        let mut modules = Vec::new();
        for (partition, filling) in &child.fillings {
            let cell = design.spec.partitions[partition].cell.clone();
            // What the parent holds too is taken from there already routed, as Vivado's projects do it (AUTO_IMPORT; UG909).
            let checkpoint = routed_in_parent(partition, filling).or_else(|| {
                if assembled {
                    Some(self.path(outputs.routed_cell(&shell_run(partition, filling), partition, filling)))
                } else {
                    self.netlist(filling)
                }
            });
            modules.extend(checkpoint.map(|checkpoint| Cell { checkpoint, cell: cell.clone() }));
            if let Filling::Module(module) = filling
                && !assembled
            {
                modules.extend(self.more_netlists(module, &cell));
            }
        }
        Ok(ChildScript {
            header: header(design, &[step]),
            run: self.run(run, &design.spec.build.implementation, HookRuns::Implementation)?,
            assembled,
            initial: self.path(outputs.routed(PARENT_RUN)),
            static_checkpoint: self.path(outputs.blackbox(PARENT_RUN)),
            modules,
            cells: self.all_cells(),
            greyboxes: if assembled { TclList::default() } else { self.greyboxes(child) },
            post_route: self.post_route(),
            routed: file_name(&outputs.routed(run)),
            utilisation: format!("{}_utilization_placed.rpt", design.spec.static_design.top),
            cell_checkpoints: self.cell_checkpoints(run, child),
            partials: self.partials(child),
            bin: design.spec.build.bin_file,
        })
    }

    /// One module, or the greybox of a partition, on an abstract shell.
    pub(super) fn module(
        &self,
        step: &Step,
        partition: &str,
        filling: &Filling,
        run: &str,
    ) -> Result<ModuleScript, TclError> {
        let design = self.design;
        let outputs = self.outputs();
        let cell = design.spec.partitions[partition].cell.clone();
        let own = TclList(vec![cell.clone()]);
        let mut modules: Vec<Cell> = self
            .netlist(filling)
            .map(|checkpoint| Cell { checkpoint, cell: cell.clone() })
            .into_iter()
            .collect();
        if let Filling::Module(module) = filling {
            modules.extend(self.more_netlists(module, &cell));
        }
        let checkpoint = outputs.routed_cell(run, partition, filling);
        Ok(ModuleScript {
            header: header(design, &[step]),
            run: self.run(run, &design.spec.build.implementation, HookRuns::Implementation)?,
            shell: self.layout.shell(&cell),
            modules,
            greyboxes: if matches!(filling, Filling::Greybox(_)) { own.clone() } else { TclList::default() },
            cells: own,
            post_route: self.post_route(),
            routed: file_name(&outputs.routed(run)),
            cell_checkpoints: TclList(vec![cell, file_name(&checkpoint)]),
        })
    }

    /// The abstract shells of all partitions.
    pub(super) fn shells(&self, step: &Step) -> ShellsScript {
        let design = self.design;
        ShellsScript {
            header: header(design, &[step]),
            directory: self.layout.shells(),
            routed: self.path(self.outputs().routed(PARENT_RUN)),
            shells: design
                .spec
                .partitions
                .values()
                .map(|p| Shell { cell: p.cell.clone(), name: file_name(&self.layout.shell(&p.cell)) })
                .collect(),
        }
    }

    fn configuration(&self, name: &str) -> &ChosenConfiguration {
        self.design
            .configurations
            .iter()
            .find(|c| c.name == name)
            .expect("the plan's configurations are the design's")
    }

    fn post_route(&self) -> bool {
        post_route_phys_opt(&self.design.spec.build.implementation)
    }

    fn all_cells(&self) -> TclList {
        self.design.spec.partitions.values().map(|p| &p.cell).collect()
    }

    fn greyboxes(&self, configuration: &ChosenConfiguration) -> TclList {
        let grey = configuration.fillings.iter().filter(|(_, f)| matches!(f, Filling::Greybox(_)));
        grey.map(|(p, _)| &self.design.spec.partitions[p].cell).collect()
    }

    /// The netlist of a module: its synthesis, or the first file of one that is given as netlists.
    fn netlist(&self, filling: &Filling) -> Option<Utf8PathBuf> {
        let Filling::Module(module) = filling else { return None };
        if is_gate_level(self.design, module) {
            return self.design.modules[module].sources.first().map(|f| f.path.clone());
        }
        Some(self.path(self.outputs().module_synth(module)))
    }

    /// Further files of a module that is given as netlists.
    fn more_netlists(&self, module: &str, cell: &str) -> Vec<Cell> {
        if !is_gate_level(self.design, module) {
            return Vec::new();
        }
        let rest = self.design.modules[module].sources.iter().skip(1);
        rest.map(|f| Cell { checkpoint: f.path.clone(), cell: cell.to_owned() }).collect()
    }

    fn synthesised(&self, configuration: &ChosenConfiguration) -> Vec<Cell> {
        let mut out = Vec::new();
        for (partition, filling) in &configuration.fillings {
            let cell = &self.design.spec.partitions[partition].cell;
            out.extend(self.netlist(filling).map(|checkpoint| Cell { checkpoint, cell: cell.clone() }));
            if let Filling::Module(module) = filling {
                out.extend(self.more_netlists(module, cell));
            }
        }
        out
    }

    /// Cells and file names by turns.
    fn cell_checkpoints(&self, run: &str, configuration: &ChosenConfiguration) -> TclList {
        let outputs = self.outputs();
        let pair = |(partition, filling): (&String, &Filling)| {
            let name = file_name(&outputs.routed_cell(run, partition, filling));
            [self.design.spec.partitions[partition].cell.clone(), name]
        };
        configuration.fillings.iter().flat_map(pair).collect()
    }

    /// Cells and stems of partial bitstreams by turns.
    fn partials(&self, configuration: &ChosenConfiguration) -> TclList {
        let pair = |(partition, filling): (&String, &Filling)| {
            let cell = &self.design.spec.partitions[partition].cell;
            let stem = crate::design::names::partial_stem(cell, rm_name(filling).as_deref());
            [cell.clone(), stem]
        };
        configuration.fillings.iter().flat_map(pair).collect()
    }
}

fn file_name(path: &Utf8PathBuf) -> String {
    path.file_name().unwrap_or_default().to_owned()
}

fn paths(files: &[SourceFile]) -> Vec<Utf8PathBuf> {
    files.iter().map(|f| f.path.clone()).collect()
}

fn read(file: &SourceFile) -> Read {
    Read {
        path: file.path.clone(),
        out_of_context: file.path.file_stem().is_some_and(|s| s.to_ascii_lowercase().ends_with("_ooc")),
        unmanaged: file.kind == SourceKind::Tcl,
    }
}

fn refuse_generated(what: &str, sources: &[SourceFile]) -> Result<(), TclError> {
    match sources.iter().find(|f| f.kind.needs_project()) {
        None => Ok(()),
        Some(file) => Err(TclError::Unsupported {
            what: format!(
                "{what}, which has {} (block designs and IP are generated in a project)",
                file.name
            ),
            instead: "--flow project, or build.flow = \"project\"".into(),
        }),
    }
}
