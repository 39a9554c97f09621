// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The plan of an update: the plan of the derived design, in which the static's steps are replaced by the golden's files.
//!
//! Their inputs are the golden's hashes, their outputs the files that are put back; once those lie in place and are recorded (see
//! [`super::lay`]) the steps are up to date like any other, and the engine guards them like the static of an ordinary build. The changed
//! sources of the static do not matter: nothing of them goes in.
//!
//! Two ways lead there. In a project Vivado's own child runs do the work, and the hook puts the golden checkpoints before them once more; without one, each
//! step is a script that names the golden checkpoints itself. Each way, and each kind of shell, has a directory of its own.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::UpdateError;
use super::derive::{self, derive};
use crate::atomic;
use crate::design::names::{PARENT_RUN, SHELLS_RUN, STATIC_SYNTH_RUN, module_synth_run, vivado_name};
use crate::design::steps;
use crate::design::{Design, Filling};
use crate::golden::Golden;
use crate::golden::manifest::{FileEntry, Role};
use crate::plan::layout::Layout;
use crate::plan::outputs::Outputs;
use crate::plan::project::{self, ToolKey};
use crate::plan::{Input, Output, Plan, Step, StepId, StepKind};
use crate::spec::model::{Flow, ShellKind};
use crate::tcl::{self, GoldenCopy, GoldenFile};

/// How modules are built on the release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Way {
    /// In a Vivado project, or by scripts from checkpoint to checkpoint.
    pub flow: Flow,
    /// On the whole static, or on archived abstract shells.
    pub shell: ShellKind,
}

impl Way {
    /// Directory below the build directory.
    fn directory(self) -> &'static str {
        match (self.flow, self.shell) {
            (Flow::Project, ShellKind::Standard) => "update",
            (Flow::NonProject, ShellKind::Standard) => "update-non-project",
            (Flow::Project, ShellKind::Abstract) => "update-abstract",
            (Flow::NonProject, ShellKind::Abstract) => "update-non-project-abstract",
        }
    }

    /// True when children are runs of a Vivado project, which look for the golden checkpoints in the parent's directory.
    fn in_project(self) -> bool {
        self.flow == Flow::Project && self.shell == ShellKind::Standard
    }
}

/// An update that is ready to run.
#[derive(Debug)]
pub struct Prepared {
    /// The derived design.
    pub design: Design,
    /// Where it is built: a directory of its own in the build directory.
    pub layout: Layout,
    /// What there is to do.
    pub plan: Plan,
    /// Golden files that go back into run directories: path relative to the build directory, and what the archive says of them.
    pub golden_files: BTreeMap<Utf8PathBuf, FileEntry>,
    /// True when a hook puts the golden checkpoints before the children once more.
    pub hooked: bool,
}

/// Where the update on a release is built.
pub fn layout(design: &Design, release: &str, way: Way) -> Layout {
    let project = &design.spec.project;
    let version = format!("{}-for-{release}", project.version);
    Layout::new(design.build_dir().join(way.directory()).join(release), &project.name, &version)
}

/// Prepares an update; reads and writes nothing but the hook that the children of a project need.
pub fn prepare(
    design: &Design,
    golden: &Golden,
    modules: &[String],
    tool: &ToolKey,
    way: Way,
) -> Result<Prepared, UpdateError> {
    let m = &golden.manifest;
    let mut derived = derive(design, m, modules, way.shell)?;
    let build = &mut derived.spec.build;
    (build.flow, build.shell, build.abstract_shells) = (way.flow, way.shell, false);
    let layout = layout(design, &m.release, way).for_build(build);
    let golden_files = place(golden, &derived, &layout, way)?;
    let hooked = way.in_project();
    if hooked {
        // The hook must be there before the plan is keyed: its content is an input of every child.
        let kept = |role| m.file(role, "").map(|f| f.name.clone()).ok_or_else(|| lacks(golden, role, ""));
        let hook = layout.generated().join("golden_pre_init.tcl");
        let copies = [kept(Role::BlackboxDcp)?, kept(Role::RoutedDcp)?];
        let copy =
            GoldenCopy { files: golden_copies(golden, &layout, &copies), then: tcl::user_pre_init(design) };
        atomic::write_if_changed(&hook, tcl::pre_init_hook(design, &copy)?.as_bytes())?;
        derived
            .spec
            .build
            .hooks
            .retain(|key, _| !steps::hook(key).is_some_and(|h| h.step == "init_design" && h.pre));
        derived.spec.build.hooks.insert("init_design.pre".into(), hook.into_string());
    }

    let mut plan = project::plan(&derived, &layout, tool);
    if hooked {
        check_names(&plan, &golden_files)?;
    }
    replace_static(&mut plan, golden, &golden_files, &layout);
    Ok(Prepared { design: derived, layout, plan, golden_files, hooked })
}

fn lacks(golden: &Golden, role: Role, subject: &str) -> UpdateError {
    let of = if subject.is_empty() { String::new() } else { format!(" of {subject}") };
    UpdateError::Lacks { release: golden.manifest.release.clone(), role: format!("{role}{of}") }
}

/// Where the copies lie that the hook reads.
pub(super) fn hook_source(layout: &Layout, name: &Utf8Path) -> Utf8PathBuf {
    layout.build().join("golden").join(name)
}

fn golden_copies(golden: &Golden, layout: &Layout, names: &[Utf8PathBuf]) -> Vec<GoldenFile> {
    golden
        .manifest
        .files
        .iter()
        .filter(|f| {
            matches!(f.role, Role::BlackboxDcp | Role::RoutedDcp)
                && f.subject.is_empty()
                && names.contains(&f.name)
        })
        .map(|f| GoldenFile {
            from: hook_source(layout, &f.name),
            to: Utf8Path::new("..").join(PARENT_RUN).join(&f.name),
            size: f.size,
            sha256: f.sha256.clone(),
        })
        .collect()
}

/// Which file of the archive goes where in the run tree.
fn place(
    golden: &Golden,
    derived: &Design,
    layout: &Layout,
    way: Way,
) -> Result<BTreeMap<Utf8PathBuf, FileEntry>, UpdateError> {
    let m = &golden.manifest;
    let parent = m.parent_name();
    let of_parent = |subject: &str| {
        m.modules
            .iter()
            .any(|x| x.configuration == parent && subject == format!("{}/{}", x.partition, x.name))
    };
    // Modules of the parent that this project has under the same name: their finished syntheses are taken up, or Vivado would want to run them.
    let taken_up = |run: &str| {
        way.in_project()
            && derived
                .parent()
                .fillings
                .values()
                .any(|f| matches!(f, Filling::Module(m) if module_synth_run(&vivado_name(m)) == run))
    };
    let mut places = BTreeMap::new();
    for file in &m.files {
        let run = match file.role {
            // State is Vivado's own bookkeeping: only a project has it.
            Role::RunState if !layout.has_project() => None,
            Role::RoutedDcp | Role::BlackboxDcp if way.in_project() => Some(PARENT_RUN),
            Role::FullBit | Role::Report if file.subject == parent => Some(PARENT_RUN),
            Role::PartialBit | Role::ClearBit | Role::Bin if of_parent(&file.subject) => Some(PARENT_RUN),
            Role::ModuleDcp if of_parent(&file.subject) && way.in_project() => Some(PARENT_RUN),
            Role::RunState | Role::Log if file.subject == m.static_design.run => Some(PARENT_RUN),
            Role::RunState if taken_up(&file.subject) => Some(file.subject.as_str()),
            Role::RunState | Role::Log if file.subject == STATIC_SYNTH_RUN => Some(STATIC_SYNTH_RUN),
            _ => None,
        };
        if let Some(run) = run {
            places.insert(layout.relative(&layout.run(run).join(&file.name)), file.clone());
        }
    }
    if !way.in_project() {
        by_plan(golden, derived, layout, way, &mut places)?;
    }
    for role in [Role::RoutedDcp, Role::BlackboxDcp, Role::FullBit] {
        if !places.values().any(|f| f.role == role) {
            return Err(lacks(golden, role, ""));
        }
    }
    Ok(places)
}

/// Scripts name what they read: the checkpoints go where the plan of the derived design looks for them, whatever they were called.
fn by_plan(
    golden: &Golden,
    derived: &Design,
    layout: &Layout,
    way: Way,
    places: &mut BTreeMap<Utf8PathBuf, FileEntry>,
) -> Result<(), UpdateError> {
    let m = &golden.manifest;
    let file = |role: Role, subject: &str| {
        m.file(role, subject).cloned().ok_or_else(|| lacks(golden, role, subject))
    };
    let outputs = Outputs::new(derived, layout);
    places.insert(outputs.routed(PARENT_RUN), file(Role::RoutedDcp, "")?);
    places.insert(outputs.blackbox(PARENT_RUN), file(Role::BlackboxDcp, "")?);
    if way.shell == ShellKind::Standard {
        return Ok(());
    }
    for (partition, filling) in &derived.parent().fillings {
        let in_a_child = derived.children().any(|c| c.fillings.get(partition) == Some(filling));
        if let (true, Filling::Module(_), Some(name)) = (in_a_child, filling, m.parent_module(partition)) {
            let path = outputs.routed_cell(PARENT_RUN, partition, filling);
            places.insert(path, file(Role::ModuleDcp, &format!("{partition}/{name}"))?);
        }
        let on_shell = derived.children().any(|c| c.fillings.get(partition) != Some(filling));
        if on_shell {
            let cell = &derived.spec.partitions[partition].cell;
            places.insert(layout.relative(&layout.shell(cell)), file(Role::AbstractShell, partition)?);
        }
    }
    Ok(())
}

/// The description must lead to the names that the golden checkpoints have: the children of a project look for them.
fn check_names(plan: &Plan, files: &BTreeMap<Utf8PathBuf, FileEntry>) -> Result<(), UpdateError> {
    let parent = plan.steps.iter().find(|s| matches!(s.kind, StepKind::ImplParent { .. }));
    let actual = parent.into_iter().flat_map(|s| &s.outputs).find(|o| o.path.as_str().ends_with("_bb.dcp"));
    let expected = files.iter().find(|(_, f)| f.role == Role::BlackboxDcp);
    match (actual, expected) {
        (Some(actual), Some((expected, _))) if actual.path != *expected => Err(UpdateError::Names {
            expected: expected.file_name().unwrap_or_default().to_owned(),
            actual: actual.path.file_name().unwrap_or_default().to_owned(),
        }),
        _ => Ok(()),
    }
}

/// Steps that stand for golden files: none of them is ever run by an update.
pub fn is_golden(kind: &StepKind) -> bool {
    matches!(
        kind,
        StepKind::SynthStatic { .. } | StepKind::ImplParent { .. } | StepKind::AbstractShells { .. }
    )
}

fn replace_static(
    plan: &mut Plan,
    golden: &Golden,
    files: &BTreeMap<Utf8PathBuf, FileEntry>,
    layout: &Layout,
) {
    let m = &golden.manifest;
    let stands_for = |run: &str| -> (Vec<Input>, Vec<Output>) {
        let mut inputs = vec![Input::Value { name: "golden release".into(), value: m.release.clone() }];
        let mut outputs = Vec::new();
        for (path, file) in files {
            // State marks are Vivado's own: it may touch them again when the project is opened.
            if path.parent().and_then(Utf8Path::file_name) == Some(run)
                && !file.name.as_str().starts_with('.')
            {
                inputs.push(Input::Value {
                    name: format!("golden {path}"),
                    value: format!("sha256:{}", file.sha256),
                });
                // Optional for the script: it guards required files by size and time, and the children's hook puts the checkpoints there once
                // more. The engine guards them by hash.
                outputs.push(Output::optional(path.clone()));
            }
        }
        (inputs, outputs)
    };
    // Modules that stand in the nominal parent only are never built; without a project nothing asks for the static's synthesis either.
    let wanted: Vec<String> = plan
        .steps
        .iter()
        .filter(|s| matches!(s.kind, StepKind::ImplChild { .. } | StepKind::ImplModule { .. }))
        .flat_map(|s| s.needs.iter().map(|n| n.0.clone()))
        .collect();
    plan.steps.retain(|s| match &s.kind {
        StepKind::SynthModule { .. } => wanted.contains(&s.id.0),
        StepKind::SynthStatic { .. } => layout.has_project(),
        StepKind::Gates | StepKind::Kit => false,
        _ => true,
    });
    let parent = StepId(format!("impl:{}", derive::PARENT));
    for step in &mut plan.steps {
        match step.kind {
            StepKind::SynthStatic { .. } => set(step, stands_for(STATIC_SYNTH_RUN), Vec::new()),
            StepKind::ImplParent { .. } => {
                let needs =
                    if layout.has_project() { vec![StepId("synth:static".into())] } else { Vec::new() };
                set(step, stands_for(PARENT_RUN), needs);
                if !layout.has_project() {
                    step.after.clear();
                }
            }
            StepKind::AbstractShells { .. } => set(step, stands_for(SHELLS_RUN), vec![parent.clone()]),
            StepKind::ImplChild { .. } => {
                let there: Vec<&Utf8PathBuf> = files.keys().collect();
                step.inputs.retain(|i| !matches!(i, Input::Output { step, path } if *step == parent && !there.contains(&path)));
                step.inputs.push(Input::Value { name: "golden release".into(), value: m.release.clone() });
            }
            _ => {}
        }
    }
}

fn set(step: &mut Step, (inputs, outputs): (Vec<Input>, Vec<Output>), needs: Vec<StepId>) {
    step.inputs = inputs;
    step.outputs = outputs;
    step.needs = needs;
}
