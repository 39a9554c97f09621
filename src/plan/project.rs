// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The plan of a build: the runs, in a Vivado project or as scripts from checkpoint to checkpoint, and what comes after them.
//!
//! ```text
//! project ┄┄► synth:static ──────────► impl:PARENT ──► impl:CHILD.. ──► verify:CHILD.. ──► gates ──► kit
//!         ┄┄► synth:MODULE.. ───────────┴───────────────┘
//! ```
//!
//! Without a project (`build.flow = "non-project"`) the first step is not there and each other one is a script of its own; what goes in and what comes out
//! is the same. With `build.shell = "abstract"` children are put together from modules that were each built once, on the abstract shell of their
//! partition (see `shell`).
//!
//! The `project` step is order only (`┄┄`): what it sets for a run stands in that run's own inputs, so that adding a module
//! changes the project and leaves the finished static alone.
//! A module's sources are no input of the static's synthesis, which sees black boxes (the module checkpoints that Vivado lists in the static's
//! run script are `used_in_implementation false`; measured on a 2024.2 run tree), nor of the parent unless it holds the module.
//!
//! Limits: files that sources name inside are found by their text (see `includes`); what hooks and block-design scripts read is not. Files that Vivado reads from its own installation or board store are covered by the tool's build only.

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::json;
use walkdir::WalkDir;

use super::finish;
use super::fragment::{leaf, leaves};
use super::includes;
use super::layout::Layout;
use super::outputs::{Outputs, module_top, rm_name, shell_run};
use super::{Input, Output, Plan, Step, StepId, StepKind};
use crate::design::kept;
use crate::design::names::{PARENT_RUN, STATIC_SYNTH_RUN, module_synth_run, vivado_name};
use crate::design::steps::{self, HookRuns};
use crate::design::{ChosenConfiguration, Design, Filling, SourceFile, SourceKind};
use crate::spec::model::ShellKind;
use crate::tcl::templates::{self, Template};

/// The Vivado that will run the steps; part of the key of each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolKey {
    /// `2024.2`
    pub release: String,
    /// Build number, when known.
    pub build: Option<String>,
    /// True for the stand-in.
    pub simulated: bool,
}

/// Makes the plan. Reads sources for the files that they include, and looks which files lie in include directories and in `templates/`.
pub fn plan(design: &Design, layout: &Layout, tool: &ToolKey) -> Plan {
    let planner = Planner { design, layout, tool, outputs: Outputs::new(design, layout) };
    let mut steps = Vec::new();
    if layout.has_project() {
        steps.push(planner.project());
    }
    steps.push(planner.synth_static());
    steps.extend(used_modules(design).into_iter().filter_map(|m| planner.synth_module(m)));
    let parent = design.parent();
    steps.push(planner.implementation(parent, PARENT_RUN, None));
    steps.extend(planner.on_shells());
    let children: Vec<(String, &ChosenConfiguration)> = kept::runs(design).collect();
    for (run, child) in &children {
        steps.push(planner.implementation(child, run, Some(parent)));
    }
    for (run, child) in &children {
        steps.push(planner.verify(child, run, parent));
    }
    let gates = finish::gates(design, layout, &steps);
    steps.push(gates);
    let kit = finish::kit(design, layout, &steps);
    steps.push(kit);
    Plan { steps }
}

/// Modules with sources that some configuration holds, in the order of the description. Others are for remote updates and are not built here.
pub(crate) fn used_modules(design: &Design) -> Vec<&str> {
    design
        .spec
        .modules
        .keys()
        .map(String::as_str)
        .filter(|name| {
            design
                .configurations
                .iter()
                .any(|c| c.fillings.values().any(|f| matches!(f, Filling::Module(m) if m == name)))
        })
        .collect()
}

/// True for a module that is given as checkpoints or netlists: Vivado takes it as it is and has no synthesis run for it.
pub(crate) fn is_gate_level(design: &Design, module: &str) -> bool {
    let sources = &design.modules[module].sources;
    !sources.is_empty()
        && sources.iter().all(|s| matches!(s.kind, SourceKind::Checkpoint | SourceKind::Netlist))
}

pub(super) fn id(kind: &str, name: &str) -> StepId {
    StepId(format!("{kind}:{name}"))
}

pub(super) struct Planner<'a> {
    pub(super) design: &'a Design,
    pub(super) layout: &'a Layout,
    tool: &'a ToolKey,
    pub(super) outputs: Outputs<'a>,
}

impl Planner<'_> {
    /// The templates of a run's step: those of the project, or those of its own script.
    fn templates(&self, scripted: Template) -> Vec<Template> {
        if self.layout.has_project() {
            templates::RUN.to_vec()
        } else {
            vec![templates::PRELUDE, templates::STEPS, scripted]
        }
    }

    /// The project step, where there is one.
    fn after(&self) -> Vec<StepId> {
        if self.layout.has_project() { vec![StepId("project".into())] } else { Vec::new() }
    }

    /// What every step of Vivado depends on.
    pub(super) fn common(&self, templates: &[Template]) -> Vec<Input> {
        let project = &self.design.spec.project;
        let mut inputs = vec![
            leaf("vivado.release", &self.tool.release),
            leaf("vivado.build", self.tool.build.as_deref().unwrap_or("unknown")),
            leaf("vivado.simulated", self.tool.simulated.to_string()),
            leaf("project.part", &project.part),
            leaf("project.board", project.board.as_deref().unwrap_or("none")),
        ];
        for template in templates {
            inputs.push(template.input(&self.design.root));
        }
        inputs
    }

    pub(super) fn files(inputs: &mut Vec<Input>, what: &str, files: &[SourceFile]) {
        // The order counts too: Verilog macros, and constraints, which override earlier ones.
        inputs.push(leaf(what, files.iter().map(|f| f.name.as_str()).collect::<Vec<_>>().join("\n")));
        for file in files {
            inputs.push(Input::File { name: file.name.clone(), path: file.path.clone() });
        }
    }

    /// Files that sources include, and whatever lies in the include directories.
    fn include_files(&self, inputs: &mut Vec<Input>, sources: &[SourceFile], dirs: &[String]) {
        let root = &self.design.root;
        for path in includes::named_files(root, sources, dirs) {
            let name = path.strip_prefix(root).map_or_else(|_| path.clone(), Utf8Path::to_owned);
            inputs.push(Input::File { name, path });
        }
        for dir in dirs {
            for name in headers_below(root, dir) {
                inputs.push(Input::File { path: root.join(&name), name });
            }
        }
    }

    pub(super) fn hooks(&self, inputs: &mut Vec<Input>, runs: HookRuns) {
        for (key, file) in &self.design.spec.build.hooks {
            if steps::hook(key).is_some_and(|h| h.runs == runs) {
                inputs.push(leaf(&format!("build.hooks.{key}"), file));
                inputs.push(Input::File { name: file.into(), path: self.design.root.join(file) });
            }
        }
    }

    /// Cells, modules and interface names of all partitions: what makes the black boxes of the static.
    fn partitions(&self, inputs: &mut Vec<Input>) {
        for (name, p) in &self.design.spec.partitions {
            inputs
                .extend(leaves(&format!("partitions.{name}"), &json!({"cell": p.cell, "module": p.module})));
        }
    }

    fn pblocks(&self, inputs: &mut Vec<Input>) {
        for (name, p) in &self.design.spec.partitions {
            inputs.extend(leaves(&format!("partitions.{name}.pblock"), &p.pblock));
        }
    }

    fn module_options(&self, module: &str) -> Vec<Input> {
        let m = &self.design.spec.modules[module];
        let top = module_top(self.design, module);
        let options =
            json!({"top": top, "include-dirs": m.include_dirs, "defines": m.defines, "generics": m.generics});
        leaves(&format!("modules.{module}"), &options)
    }

    fn static_options(&self) -> Vec<Input> {
        let s = &self.design.spec.static_design;
        let options = json!({"top": s.top, "include-dirs": s.include_dirs, "defines": s.defines, "generics": s.generics});
        leaves("static", &options)
    }

    fn project(&self) -> Step {
        let design = self.design;
        let spec = &design.spec;
        let mut inputs = self.common(&[
            templates::PRELUDE,
            templates::CONVERGENCE,
            templates::CONVERGE,
            templates::PBLOCKS,
            templates::BITSTREAM_HOOK,
        ]);
        inputs.push(leaf("directory", design.root.as_str()));
        inputs.push(leaf("build.directory", self.layout.build().as_str()));
        inputs.push(leaf("project.name", &spec.project.name));
        inputs.extend(self.static_options());
        self.partitions(&mut inputs);
        self.pblocks(&mut inputs);
        let used = used_modules(design);
        for name in &used {
            inputs.push(leaf(&format!("modules.{name}.partition"), &spec.modules[*name].partition));
            inputs.extend(self.module_options(name));
        }
        for configuration in &design.configurations {
            inputs.extend(leaves(
                &format!("configurations.{}", configuration.name),
                &json!({"parent": configuration.parent, "modules": configuration.fillings}),
            ));
        }
        let order: Vec<&str> = design.configurations.iter().map(|c| c.name.as_str()).collect();
        inputs.push(leaf("configurations", order.join("\n")));
        let b = &spec.build;
        inputs.extend(leaves(
            "build",
            &json!({"synth": b.synth, "module-synth": b.module_synth, "implementation": b.implementation, "hooks": b.hooks,
                "bin-file": b.bin_file, "bitstream": b.bitstream, "shell": b.shell}),
        ));
        let names =
            |files: &[SourceFile]| files.iter().map(|f| f.name.as_str()).collect::<Vec<_>>().join("\n");
        inputs.push(leaf("static sources", names(&design.static_sources)));
        inputs.push(leaf("static constraints", names(&design.static_constraints)));
        for name in &used {
            let files = &design.modules[*name];
            inputs.push(leaf(&format!("sources of {name}"), names(&files.sources)));
            inputs.push(leaf(&format!("constraints of {name}"), names(&files.constraints)));
        }
        // Contents count where the project step itself reads them: block designs and IP are generated by it.
        let all = design.static_sources.iter().chain(used.iter().flat_map(|m| &design.modules[*m].sources));
        for file in
            all.filter(|f| matches!(f.kind, SourceKind::Tcl | SourceKind::BlockDesign | SourceKind::Ip))
        {
            inputs.push(Input::File { name: file.name.clone(), path: file.path.clone() });
        }
        Step {
            id: StepId("project".into()),
            kind: StepKind::Project,
            needs: Vec::new(),
            after: Vec::new(),
            inputs,
            outputs: vec![Output {
                volatile: true,
                ..Output::required(self.layout.relative(&self.layout.xpr()))
            }],
        }
    }

    fn synth_static(&self) -> Step {
        let design = self.design;
        let s = &design.spec.static_design;
        let mut inputs = self.common(&self.templates(templates::SYNTH));
        if !self.layout.has_project() {
            // In a project it is Vivado that makes the black boxes, from the partitions' modules.
            inputs.push(leaf("black boxes", crate::tcl::stub_texts(design)));
        }
        inputs.extend(self.static_options());
        inputs.extend(leaves("build.synth", &design.spec.build.synth));
        Self::files(&mut inputs, "static sources", &design.static_sources);
        Self::files(&mut inputs, "static constraints", &design.static_constraints);
        self.include_files(&mut inputs, &design.static_sources, &s.include_dirs);
        self.hooks(&mut inputs, HookRuns::Synth);
        self.partitions(&mut inputs);
        Step {
            id: id("synth", "static"),
            kind: StepKind::SynthStatic { run: STATIC_SYNTH_RUN.into() },
            needs: Vec::new(),
            after: self.after(),
            inputs,
            outputs: vec![Output::required(self.outputs.static_synth(STATIC_SYNTH_RUN))],
        }
    }

    fn synth_module(&self, module: &str) -> Option<Step> {
        if is_gate_level(self.design, module) {
            return None;
        }
        let m = &self.design.spec.modules[module];
        let files = &self.design.modules[module];
        let mut inputs = self.common(&self.templates(templates::SYNTH));
        inputs.extend(self.module_options(module));
        inputs.extend(leaves("build.module-synth", &self.design.spec.build.module_synth));
        Self::files(&mut inputs, &format!("sources of {module}"), &files.sources);
        Self::files(&mut inputs, &format!("constraints of {module}"), &files.constraints);
        self.include_files(&mut inputs, &files.sources, &m.include_dirs);
        self.hooks(&mut inputs, HookRuns::ModuleSynth);
        Some(Step {
            id: id("synth", module),
            kind: StepKind::SynthModule {
                module: module.to_owned(),
                run: module_synth_run(&vivado_name(module)),
            },
            needs: Vec::new(),
            after: self.after(),
            inputs,
            outputs: vec![Output::required(self.outputs.module_synth(module))],
        })
    }

    fn implementation(
        &self,
        configuration: &ChosenConfiguration,
        run: &str,
        parent: Option<&ChosenConfiguration>,
    ) -> Step {
        let design = self.design;
        let build = &design.spec.build;
        let assembled = parent.is_some() && build.shell == ShellKind::Abstract;
        let scripted = if parent.is_some() { templates::CHILD } else { templates::PARENT };
        let mut inputs = if assembled {
            self.common(&[templates::PRELUDE, templates::STEPS, scripted])
        } else {
            self.common(&self.templates(scripted))
        };
        let mut needs = Vec::new();
        let mut output_of = |inputs: &mut Vec<Input>, step: StepId, path: Utf8PathBuf| {
            inputs.push(Input::Output { step: step.clone(), path });
            if !needs.contains(&step) {
                needs.push(step);
            }
        };
        self.partitions(&mut inputs);
        inputs.extend(leaves("build.implementation", &build.implementation));
        inputs.extend(leaves("build", &json!({"bin-file": build.bin_file, "bitstream": build.bitstream})));
        if parent.is_some() {
            // The parent is the same whatever its children start from.
            inputs.extend(leaves("build", &json!({"shell": build.shell})));
        }
        if !build.bitstream.is_empty() {
            inputs.push(templates::BITSTREAM_HOOK.input(&design.root));
        }
        self.hooks(&mut inputs, HookRuns::Implementation);
        match parent {
            None => {
                output_of(&mut inputs, id("synth", "static"), self.outputs.static_synth(STATIC_SYNTH_RUN));
                Self::files(&mut inputs, "static constraints", &design.static_constraints);
                inputs.push(templates::PBLOCKS.input(&design.root));
                self.pblocks(&mut inputs);
            }
            Some(parent) => {
                let step = id("impl", &parent.name);
                output_of(&mut inputs, step.clone(), self.outputs.blackbox(PARENT_RUN));
                // Vivado's own pr_verify compares against the parent's routed checkpoint.
                output_of(&mut inputs, step.clone(), self.outputs.routed(PARENT_RUN));
                // A module that the parent holds too is taken from there already routed (AUTO_IMPORT; UG909).
                for (partition, filling) in &configuration.fillings {
                    if matches!(filling, Filling::Module(_))
                        && parent.fillings.get(partition) == Some(filling)
                    {
                        output_of(
                            &mut inputs,
                            step.clone(),
                            self.outputs.routed_cell(PARENT_RUN, partition, filling),
                        );
                    }
                }
            }
        }
        for (partition, filling) in &configuration.fillings {
            let what = rm_name(filling).unwrap_or_else(|| "(greybox)".into());
            inputs.push(leaf(&format!("{partition} holds"), what));
            let in_parent = matches!(filling, Filling::Module(_))
                && parent.is_some_and(|p| p.fillings.get(partition) == Some(filling));
            if assembled {
                if !in_parent {
                    let run = shell_run(partition, filling);
                    let made = self.outputs.routed_cell(&run, partition, filling);
                    output_of(&mut inputs, super::shell::module_id(partition, filling), made);
                }
            } else if let Filling::Module(module) = filling {
                if is_gate_level(design, module) {
                    Self::files(
                        &mut inputs,
                        &format!("sources of {module}"),
                        &design.modules[module].sources,
                    );
                } else {
                    output_of(&mut inputs, id("synth", module), self.outputs.module_synth(module));
                }
            }
        }
        let kind = if parent.is_some() {
            StepKind::ImplChild {
                configuration: configuration.name.clone(),
                run: run.to_owned(),
                parent_run: PARENT_RUN.into(),
            }
        } else {
            StepKind::ImplParent { configuration: configuration.name.clone(), run: run.to_owned() }
        };
        Step {
            id: id("impl", &configuration.name),
            kind,
            needs,
            after: if assembled { Vec::new() } else { self.after() },
            inputs,
            outputs: self.outputs.implementation(run, configuration),
        }
    }

    fn verify(&self, child: &ChosenConfiguration, run: &str, parent: &ChosenConfiguration) -> Step {
        let (parent_step, child_step) = (id("impl", &parent.name), id("impl", &child.name));
        let mut inputs = self.common(&[templates::PRELUDE, templates::VERIFY]);
        inputs.push(Input::Output { step: parent_step.clone(), path: self.outputs.routed(PARENT_RUN) });
        inputs.push(Input::Output { step: child_step.clone(), path: self.outputs.routed(run) });
        let step = id("verify", &child.name);
        let log = self.layout.relative(&self.layout.verdict(&step));
        Step {
            id: step,
            kind: StepKind::Verify { configuration: child.name.clone(), run: run.to_owned() },
            needs: vec![parent_step, child_step],
            after: Vec::new(),
            inputs,
            outputs: vec![Output::required(log)],
        }
    }
}

/// Files below an include directory that an `include may name, relative to the description, in order.
fn headers_below(root: &Utf8Path, dir: &str) -> Vec<Utf8PathBuf> {
    const KINDS: [&str; 9] = ["v", "vh", "sv", "svh", "h", "inc", "mem", "hex", "dat"];
    WalkDir::new(root.join(dir))
        .sort_by_file_name()
        .into_iter()
        .filter_map(Result::ok)
        .filter(|e| e.file_type().is_file())
        .filter_map(|e| Utf8PathBuf::from_path_buf(e.into_path()).ok())
        .filter(|p| p.extension().is_some_and(|e| KINDS.contains(&e)))
        .map(|p| p.strip_prefix(root).map_or_else(|_| p.clone(), Utf8Path::to_owned))
        .collect()
}
