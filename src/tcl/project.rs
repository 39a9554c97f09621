// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! From the design and the plan to the contexts of the project flow's templates.

use std::collections::BTreeSet;

use camino::Utf8PathBuf;
use indexmap::IndexMap;

use super::TclError;
use super::context::{
    Configuration, ConfiguredRun, Constraint, Converge, Definition, Header, Module, Project, Resettable,
    RunSettings, Runs, StaticDesign, Verify,
};
use super::generated::{bitstream_hook_path, is_bitstream_hook, pblocks_path};
use super::render::TclList;
use crate::design::kept;
use crate::design::names::{PARENT_RUN, STATIC_SYNTH_RUN, module_synth_run, vivado_name};
use crate::design::steps::{self, HookRuns};
use crate::design::{ChosenConfiguration, Design, Filling, SourceFile, SourceKind};
use crate::plan::layout::Layout;
use crate::plan::options::post_route_phys_opt;
use crate::plan::outputs::{Outputs, module_top};
use crate::plan::project::{is_gate_level, used_modules};
use crate::plan::{Plan, Step, StepKind};
use crate::spec::model::{RunOptions, ShellKind};

pub(super) fn header(design: &Design, steps: &[&Step]) -> Header {
    Header {
        project: design.spec.project.name.clone(),
        description: design.file.file_name().unwrap_or("dfx.toml").to_owned(),
        release: design.spec.project.vivado.clone().unwrap_or_default(),
        needs_utf8: std::iter::once(&design.root)
            .chain(std::iter::once(&design.spec.build.directory))
            .chain(design.all_files().map(|f| &f.path))
            .any(|p| !p.as_str().is_ascii()),
        steps: steps.iter().map(|s| s.id.0.as_str()).collect(),
    }
}

pub(super) fn converge(design: &Design, layout: &Layout, steps: &[&Step]) -> Result<Converge, TclError> {
    let spec = &design.spec;
    let project = Project {
        name: layout.project_name().to_owned(),
        directory: layout.project_dir(),
        aside: layout.build().join("project.unreadable"),
        xpr: layout.xpr(),
        part: spec.project.part.clone(),
        board: spec.project.board.clone().unwrap_or_default(),
    };
    let s = &spec.static_design;
    let static_design = StaticDesign {
        top: s.top.clone(),
        sources: sources(&design.static_sources),
        block_designs: of_kind(&design.static_sources, SourceKind::Tcl),
        generated: of_kind(&design.static_sources, SourceKind::BlockDesign),
        include_dirs: directories(design, &s.include_dirs),
        defines: pairs(&s.defines),
        generics: pairs(&s.generics),
    };
    let pblocks = pblocks_path(design, layout);
    let constraints = pblocks
        .into_iter()
        .map(|path| Constraint { path, implementation_only: true })
        .chain(
            design
                .static_constraints
                .iter()
                .map(|f| Constraint { path: f.path.clone(), implementation_only: false }),
        )
        .collect();
    let modules = modules(design);
    let of_static: BTreeSet<&Utf8PathBuf> = static_design.sources.iter().collect();
    let mut only_in_modules: Vec<Utf8PathBuf> = Vec::new();
    for file in modules.iter().flat_map(|m| &m.sources) {
        if !of_static.contains(file) && !only_in_modules.contains(file) {
            only_in_modules.push(file.clone());
        }
    }
    // Children on abstract shells are no runs of the project: how Vivado's own are named there is not established.
    let in_project = design.spec.build.shell == ShellKind::Standard;
    let children: Vec<ConfiguredRun> = kept::runs(design)
        .filter(|_| in_project)
        .map(|(run, c)| ConfiguredRun { run, configuration: vivado_name(&c.name) })
        .collect();
    Ok(Converge {
        header: header(design, steps),
        project,
        static_design,
        constraints,
        utilities: utilities(design, layout),
        definitions: definitions(design),
        modules,
        only_in_modules,
        configurations: design
            .configurations
            .iter()
            .filter(|c| c.parent || in_project)
            .map(|c| configuration(design, c))
            .collect(),
        parent: ConfiguredRun { run: PARENT_RUN.into(), configuration: vivado_name(&design.parent().name) },
        runs: run_settings(design, layout, &children)?,
        resettable: Resettable {
            synthesis: resettable(steps::SYNTHESIS, steps::SYNTHESIS),
            implementation: resettable(steps::IMPLEMENTATION_DIRECTIVES, steps::IMPLEMENTATION),
        },
        children,
    })
}

/// Vivado's name of the definition of a partition: one for each RTL module, since several cells may be instances of one.
fn definition_name(module: &str) -> String {
    format!("pd_{}", vivado_name(module))
}

fn definitions(design: &Design) -> Vec<Definition> {
    let mut out: Vec<Definition> = Vec::new();
    for partition in design.spec.partitions.values() {
        let name = definition_name(&partition.module);
        if !out.iter().any(|d| d.name == name) {
            out.push(Definition { name, module: partition.module.clone() });
        }
    }
    out
}

fn modules(design: &Design) -> Vec<Module> {
    let mut defined: BTreeSet<String> = BTreeSet::new();
    let mut out = Vec::new();
    for label in used_modules(design) {
        let m = &design.spec.modules[label];
        let files = &design.modules[label];
        let interface = &design.spec.partitions[&m.partition].module;
        let definition = definition_name(interface);
        let top = module_top(design, label).to_owned();
        let name = vivado_name(label);
        let gate_level = is_gate_level(design, label);
        let block_designs = of_kind(&files.sources, SourceKind::Tcl);
        let is_block_design =
            !block_designs.is_empty() || files.sources.iter().any(|f| f.kind == SourceKind::BlockDesign);
        // `-define_from` names a module of the static's hierarchy: the partition's own. Others come by `-top`, but for block
        // designs, which can only be made among the static's sources.
        let first = !gate_level && top == *interface && defined.insert(definition.clone());
        let sources = sources(&files.sources);
        let constraints: Vec<Utf8PathBuf> = files.constraints.iter().map(|f| f.path.clone()).collect();
        out.push(Module {
            label: label.to_owned(),
            files_kind: format!("files {name}"),
            name,
            definition,
            top,
            define_from: first || is_block_design,
            gate_level,
            files: sources.iter().chain(&constraints).cloned().collect(),
            sources,
            block_designs,
            ooc_constraints: constraints
                .into_iter()
                .filter(|p| p.file_stem().is_some_and(|s| s.to_ascii_lowercase().ends_with("_ooc")))
                .collect(),
            ip: of_kind(&files.sources, SourceKind::Ip),
            include_dirs: directories(design, &m.include_dirs),
            defines: pairs(&m.defines),
            generics: pairs(&m.generics),
        });
    }
    out
}

fn configuration(design: &Design, c: &ChosenConfiguration) -> Configuration {
    let mut partitions = TclList::default();
    let mut greyboxes = TclList::default();
    for (partition, filling) in &c.fillings {
        let cell = &design.spec.partitions[partition].cell;
        match filling {
            Filling::Module(m) => partitions.0.push(format!("{cell}:{}", vivado_name(m))),
            Filling::Greybox(_) => greyboxes.0.push(cell.clone()),
        }
    }
    Configuration {
        name: vivado_name(&c.name),
        has_greyboxes: !greyboxes.0.is_empty(),
        partitions,
        greyboxes,
    }
}

/// The user's hook scripts and the generated one, each once.
fn utilities(design: &Design, layout: &Layout) -> Vec<Utf8PathBuf> {
    let mut out: Vec<Utf8PathBuf> = Vec::new();
    let own = design.spec.build.hooks.values().map(|f| design.root.join(f));
    for file in own.chain(bitstream_hook_path(design, layout)) {
        if !out.contains(&file) {
            out.push(file);
        }
    }
    out
}

fn run_settings(
    design: &Design,
    layout: &Layout,
    children: &[ConfiguredRun],
) -> Result<Vec<RunSettings>, TclError> {
    let build = &design.spec.build;
    let mut out = vec![settings(design, layout, STATIC_SYNTH_RUN, &build.synth, HookRuns::Synth)?];
    for module in used_modules(design) {
        if !is_gate_level(design, module) {
            let run = module_synth_run(&vivado_name(module));
            out.push(settings(design, layout, &run, &build.module_synth, HookRuns::ModuleSynth)?);
        }
    }
    for run in std::iter::once(PARENT_RUN).chain(children.iter().map(|c| c.run.as_str())) {
        out.push(settings(design, layout, run, &build.implementation, HookRuns::Implementation)?);
    }
    Ok(out)
}

fn settings(
    design: &Design,
    layout: &Layout,
    run: &str,
    options: &RunOptions,
    runs: HookRuns,
) -> Result<RunSettings, TclError> {
    let implementation = runs == HookRuns::Implementation;
    let known = if implementation { steps::IMPLEMENTATION_DIRECTIVES } else { steps::SYNTHESIS };
    let mut properties: Vec<(String, String)> = Vec::new();
    let mut hooks: Vec<(String, String)> = Vec::new();
    for (key, value) in &options.directives {
        let step = steps::step_name(key);
        if !known.contains(&step.as_str()) {
            return Err(TclError::UnknownStep {
                what: format!("directive of step '{key}'"),
                known: known.join(", "),
            });
        }
        properties.push((directive(&step), value.clone()));
    }
    if implementation {
        let enabled = u8::from(post_route_phys_opt(options)).to_string();
        properties.push(("STEPS.POST_ROUTE_PHYS_OPT_DESIGN.IS_ENABLED".into(), enabled));
        let bin = u8::from(design.spec.build.bin_file).to_string();
        properties.push(("STEPS.WRITE_BITSTREAM.ARGS.BIN_FILE".into(), bin));
    }
    for (key, file) in &design.spec.build.hooks {
        let Some(hook) = steps::hook(key) else {
            return Err(TclError::UnknownStep {
                what: format!("hook '{key}'"),
                known: steps::hook_steps().join(", "),
            });
        };
        // The generated hook sources the user's script of the same place.
        let covered = is_bitstream_hook(&hook) && !design.spec.build.bitstream.is_empty();
        if hook.runs == runs && !covered {
            hooks.push((hook.property(), design.root.join(file).into_string()));
        }
    }
    if implementation && let Some(path) = bitstream_hook_path(design, layout) {
        hooks.push(("STEPS.WRITE_BITSTREAM.TCL.PRE".into(), path.into_string()));
    }
    Ok(RunSettings {
        name: run.to_owned(),
        kind: if implementation { "implementation" } else { "synthesis" }.to_owned(),
        strategy: options.strategy.clone().unwrap_or_default(),
        properties: properties.into_iter().flat_map(|(k, v)| [k, v]).collect(),
        hooks: hooks.into_iter().flat_map(|(k, v)| [k, v]).collect(),
    })
}

fn directive(step: &str) -> String {
    format!("STEPS.{}.ARGS.DIRECTIVE", step.to_ascii_uppercase())
}

fn resettable(directives: &[&str], hooked: &[&str]) -> TclList {
    let hooks = hooked
        .iter()
        .flat_map(|s| ["PRE", "POST"].map(|when| format!("STEPS.{}.TCL.{when}", s.to_ascii_uppercase())));
    directives.iter().map(|s| directive(s)).chain(hooks).collect()
}

pub(super) fn runs(design: &Design, plan: &Plan, layout: &Layout, wave: &[&Step]) -> Runs {
    let run_of = |step: &Step| step.kind.run().map(str::to_owned);
    let is_synthesis =
        |step: &Step| matches!(step.kind, StepKind::SynthStatic { .. } | StepKind::SynthModule { .. });
    let (synthesis, implementation): (Vec<&Step>, Vec<&Step>) =
        wave.iter().copied().partition(|s| is_synthesis(s));
    // Parents first, whatever the order of the wave.
    let mut implementation = implementation;
    implementation.sort_by_key(|s| !matches!(s.kind, StepKind::ImplParent { .. }));
    // What the wave starts from, directly or not, and does not run itself. For a child also the static's synthesis, which the
    // parent came from: Vivado's own bookkeeping goes that far.
    let targets: Vec<String> = wave.iter().map(|s| s.id.0.clone()).collect();
    let needed = plan.closure(&targets).unwrap_or_default();
    let held: Vec<&Step> =
        needed.into_iter().filter(|s| s.kind.run().is_some() && !wave.iter().any(|w| w.id == s.id)).collect();
    // The parent's checkpoints are guarded also while only a module is synthesised: a run tree without its static is worth nothing.
    let parent = plan.steps.iter().filter(|s| {
        matches!(s.kind, StepKind::ImplParent { .. })
            && !held.iter().chain(wave).any(|other| other.id == s.id)
    });
    let awaited: Vec<String> = if wave.iter().any(|s| matches!(s.kind, StepKind::ImplChild { .. })) {
        parents_modules(design)
            .filter(|run| !held.iter().chain(wave).any(|s| s.kind.run() == Some(run)))
            .collect()
    } else {
        Vec::new()
    };
    let guarded = held
        .iter()
        .copied()
        .chain(parent)
        .flat_map(|s| s.outputs.iter().filter(|o| o.required && o.path.extension() == Some("dcp")))
        .map(|o| layout.build().join(&o.path))
        .collect();
    Runs {
        header: header(design, wave),
        xpr: layout.xpr(),
        runs_dir: layout.runs(),
        synthesis: synthesis.iter().filter_map(|s| run_of(s)).collect(),
        implementation: implementation.iter().filter_map(|s| run_of(s)).collect(),
        others: plan
            .steps
            .iter()
            .filter(|s| !held.iter().chain(wave).any(|other| other.id == s.id))
            .filter_map(run_of)
            .filter(|run| !awaited.contains(run))
            .collect(),
        awaited,
        held: held.iter().filter_map(|s| run_of(s)).collect(),
        guarded,
        jobs: design.spec.build.jobs.max(1),
    }
}

/// Synthesis runs of the modules that the parent holds.
fn parents_modules(design: &Design) -> impl Iterator<Item = String> {
    design.parent().fillings.values().filter_map(|filling| match filling {
        Filling::Module(m) if !is_gate_level(design, m) => Some(module_synth_run(&vivado_name(m))),
        _ => None,
    })
}

pub(super) fn verify(design: &Design, layout: &Layout, step: &Step, run: &str) -> Verify {
    let outputs = Outputs::new(design, layout);
    Verify {
        header: header(design, &[step]),
        initial: layout.build().join(outputs.routed(PARENT_RUN)),
        additional: layout.build().join(outputs.routed(run)),
        verdict: layout.verdict(&step.id),
    }
}

fn sources(files: &[SourceFile]) -> Vec<Utf8PathBuf> {
    files.iter().filter(|f| f.kind != SourceKind::Tcl).map(|f| f.path.clone()).collect()
}

fn of_kind(files: &[SourceFile], kind: SourceKind) -> Vec<Utf8PathBuf> {
    files.iter().filter(|f| f.kind == kind).map(|f| f.path.clone()).collect()
}

pub(super) fn directories(design: &Design, dirs: &[String]) -> TclList {
    dirs.iter().map(|d| design.root.join(d).into_string()).collect()
}

pub(super) fn pairs(map: &IndexMap<String, String>) -> TclList {
    map.iter().map(|(k, v)| format!("{k}={v}")).collect()
}
