// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tests of an update's preparation on made-up artifacts; whole updates run in the end-to-end tests.

use camino::Utf8Path;

use super::UpdateError;
use super::derive::{DeriveError, derive};
use super::interface::{checkpoint, compare, drift, said_by};
use super::lay;
use super::prepare::{Prepared, Way, prepare};
use crate::design::testing::Builder;
use crate::design::{Design, Filling};
use crate::exec::stale;
use crate::exec::state::{State, Tool};
use crate::gates::Verdict;
use crate::golden::Golden;
use crate::golden::tests::World;
use crate::plan::project::ToolKey;
use crate::runtree::dcp::Dcp;
use crate::spec::model::{Flow, ShellKind};

fn design(world: &World) -> Design {
    let root = world.base.join("project");
    for file in ["rtl/top.v", "xdc/pins.xdc"] {
        crate::atomic::write(&root.join(file), b"// source\n").unwrap();
    }
    let design = Builder::new(&root, "xc7k325tffg900-2")
        .partition("block", "pr_block_ins", "pr_block", &["SLICE_X0Y0:SLICE_X9Y49"])
        .module("blink", "block")
        .module("chaser", "block")
        .module("prbs", "block")
        .with(|s| s.project.name = "pr-block".into())
        .build();
    for file in design.all_files() {
        crate::atomic::write(&file.path, file.name.as_str().as_bytes()).unwrap();
    }
    design
}

const PROJECT: Way = Way { flow: Flow::Project, shell: ShellKind::Standard };

fn tool() -> ToolKey {
    ToolKey { release: "2024.2".into(), build: Some("5239630".into()), simulated: false }
}

fn prepared(world: &World, golden: &Golden, modules: &[&str]) -> Prepared {
    let modules: Vec<String> = modules.iter().map(|m| (*m).to_owned()).collect();
    prepare(&design(world), golden, &modules, &tool(), PROJECT).unwrap()
}

fn lay_down(prepared: &Prepared, golden: &Golden) {
    let tool = Tool { release: "2024.2".into(), build: Some("5239630".into()), simulated: false };
    lay::down(prepared, golden, &tool).unwrap();
}

fn stale_steps(prepared: &Prepared) -> Vec<String> {
    let state = State::open(prepared.layout.state());
    let statuses = stale::evaluate(&prepared.plan, &prepared.layout, &state, Some(false), &[]).unwrap();
    statuses.into_iter().filter(|s| s.stale).map(|s| s.id.0).collect()
}

#[test]
fn requested_modules_go_into_children_and_the_parent_is_the_goldens() {
    let world = World::new();
    let golden = world.archived();
    let derived =
        derive(&design(&world), &golden.manifest, &["prbs".into(), "chaser".into()], ShellKind::Standard)
            .unwrap();
    let fillings: Vec<_> = derived.configurations.iter().map(|c| c.fillings["block"].clone()).collect();
    assert_eq!(fillings, ["blink", "prbs", "chaser"].map(|m| Filling::Module(m.into())));
    assert!(derived.configurations[0].parent);
}

#[test]
fn a_new_version_of_the_parents_own_module_is_never_imported_from_it() {
    let world = World::new();
    let golden = world.archived();
    let derived = derive(&design(&world), &golden.manifest, &["blink".into()], ShellKind::Standard).unwrap();
    assert_ne!(derived.configurations[0].fillings, derived.configurations[1].fillings);
    assert_eq!(derived.configurations[1].fillings["block"], Filling::Module("blink".into()));
}

#[test]
fn what_cannot_be_built_is_refused_by_name() {
    let world = World::new();
    let golden = world.archived();
    let try_derive = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|n| (*n).to_owned()).collect();
        derive(&design(&world), &golden.manifest, &names, ShellKind::Standard).unwrap_err()
    };
    assert!(
        matches!(try_derive(&[]), DeriveError::Nothing { known } if known == ["blink", "chaser", "prbs"])
    );
    assert!(matches!(try_derive(&["prbz"]), DeriveError::Unknown { module, .. } if module == "prbz"));
}

#[test]
fn an_update_plans_no_step_of_the_static() {
    let world = World::new();
    let golden = world.archived();
    let prepared = prepared(&world, &golden, &["prbs"]);
    lay_down(&prepared, &golden);
    assert_eq!(stale_steps(&prepared), ["project", "synth:prbs", "impl:update_1", "verify:update_1"]);
    lay::check(&prepared).unwrap();
    // Laying down twice changes nothing.
    lay_down(&prepared, &golden);
    assert_eq!(stale_steps(&prepared).len(), 4);
}

#[test]
fn changed_static_sources_are_listed_and_change_no_step() {
    let world = World::new();
    let golden = world.archived();
    let first = prepared(&world, &golden, &["prbs"]);
    lay_down(&first, &golden);
    let design = design(&world);
    fs_err::write(design.root.join("rtl/top.v"), "// other\n").unwrap();
    assert!(drift(&design, &golden).unwrap().contains(&"new rtl/top.v".to_owned()));
    assert!(!stale_steps(&first).iter().any(|s| s == "synth:static" || s == "impl:golden"));
}

#[test]
fn a_golden_file_that_was_touched_in_the_run_tree_is_found() {
    let world = World::new();
    let golden = world.archived();
    let prepared = prepared(&world, &golden, &["prbs"]);
    lay_down(&prepared, &golden);
    let path = prepared.layout.run("impl_1").join("top_routed_bb.dcp");
    fs_err::write(&path, "implemented again").unwrap();
    assert!(matches!(lay::check(&prepared), Err(UpdateError::NotGolden { path: p, .. }) if p == path));
    assert!(stale_steps(&prepared).iter().any(|s| s == "impl:golden"));
    // The next update puts it back.
    lay_down(&prepared, &golden);
    lay::check(&prepared).unwrap();
}

#[test]
fn a_damaged_archive_is_refused_before_anything_is_put_in_place() {
    let world = World::new();
    let golden = world.archived();
    let prepared = prepared(&world, &golden, &["prbs"]);
    let bb = golden.manifest.file(crate::golden::manifest::Role::BlackboxDcp, "").unwrap();
    world.damage(&bb.sha256.clone(), b"rotten");
    let tool = Tool { release: "2024.2".into(), build: None, simulated: false };
    assert!(matches!(lay::down(&prepared, &golden, &tool), Err(UpdateError::Golden(_))));
    assert!(!prepared.layout.run("impl_1").join(Utf8Path::new("top_routed_bb.dcp")).exists());
}

#[test]
fn a_description_that_no_longer_meets_the_golden_is_refused_point_by_point() {
    let world = World::new();
    let golden = world.archived();
    let refused = |change: &dyn Fn(&mut Design)| {
        let mut design = design(&world);
        change(&mut design);
        compare(&design, &golden)
            .into_iter()
            .filter(|f| f.verdict == Verdict::Refused)
            .map(|f| f.what)
            .collect::<Vec<_>>()
    };
    assert_eq!(refused(&|_| ()), Vec::<String>::new());
    assert_eq!(refused(&|d| d.spec.project.part = "xc7k410tffg900-2".into()), ["part"]);
    assert_eq!(refused(&|d| d.spec.project.vivado = Some("2025.2".into())), ["Vivado release"]);
    assert_eq!(refused(&|d| d.spec.static_design.top = "other".into()), ["top of the static"]);
    let partition = |d: &mut Design, change: &dyn Fn(&mut crate::spec::model::Partition)| {
        change(d.spec.partitions.get_mut("block").unwrap());
    };
    assert_eq!(refused(&|d| partition(d, &|p| p.cell = "elsewhere".into())), ["cell of partition block"]);
    assert_eq!(refused(&|d| partition(d, &|p| p.module = "other".into())), ["RTL module of partition block"]);
    assert_eq!(refused(&|d| partition(d, &|p| p.pblock = None)), ["Pblock of partition block"]);
}

#[test]
fn what_the_golden_checkpoint_says_of_itself_is_compared() {
    let world = World::new();
    let golden = world.archived();
    let design = design(&world);
    let dcp = Dcp {
        release: Some("2024.2".into()),
        build: Some("5239630".into()),
        part: Some("xc7k325tffg900-2".into()),
        top: Some("top".into()),
        blackboxes: vec!["pr_block_ins".into()],
        ..Dcp::default()
    };
    let verdicts = |dcp: &Dcp| -> Vec<(String, Verdict)> {
        let findings = said_by(&design, &golden, dcp);
        assert_eq!(findings.len(), 5);
        let open = findings.into_iter().filter(|f| f.verdict != Verdict::Passed);
        open.map(|f| (f.what.split(" in dcp").next().unwrap().to_owned(), f.verdict)).collect()
    };
    assert_eq!(verdicts(&dcp), []);
    for (changed, what) in [
        (Dcp { part: Some("xc7k410tffg900-2".into()), ..dcp.clone() }, "part"),
        (Dcp { release: Some("2025.2".into()), ..dcp.clone() }, "Vivado release"),
        (Dcp { build: Some("1".into()), ..dcp.clone() }, "Vivado build"),
        (Dcp { top: Some("other".into()), ..dcp.clone() }, "top"),
        (Dcp { blackboxes: vec!["elsewhere".into()], ..dcp.clone() }, "partitions"),
        (Dcp { blackboxes: vec!["pr_block_ins".into(), "second".into()], ..dcp.clone() }, "partitions"),
    ] {
        assert_eq!(verdicts(&changed), [(what.to_owned(), Verdict::Refused)]);
    }
    // What a checkpoint does not say, and one that is none, is unknown.
    let silent = Dcp { blackboxes: Vec::new(), build: None, ..dcp };
    let unknown = |what: &str| (what.to_owned(), Verdict::Unknown);
    assert_eq!(verdicts(&silent), [unknown("Vivado build"), unknown("partitions")]);
    let none = checkpoint(&design, &golden, &world.base.join("nothing.dcp"));
    assert_eq!(none[0].verdict, Verdict::Unknown);
}

#[test]
fn an_update_without_a_project_has_no_step_of_the_static_but_its_files() {
    let world = World::new();
    let golden = world.archived();
    let way = Way { flow: Flow::NonProject, shell: ShellKind::Standard };
    let prepared = prepare(&design(&world), &golden, &["prbs".to_owned()], &tool(), way).unwrap();
    let names: Vec<&str> = prepared.plan.steps.iter().map(|s| s.id.0.as_str()).collect();
    assert_eq!(names, ["synth:prbs", "impl:golden", "impl:update_1", "verify:update_1"]);
    lay_down(&prepared, &golden);
    assert_eq!(stale_steps(&prepared), ["synth:prbs", "impl:update_1", "verify:update_1"]);
    lay::check(&prepared).unwrap();
    // Under the names that the scripts read, whatever the release called them; no state of a project, no hook.
    assert!(prepared.layout.run("impl_1").join("top_routed_bb.dcp").is_file());
    assert!(!prepared.hooked && !prepared.layout.generated().exists());
    fs_err::write(prepared.layout.run("impl_1").join("top_routed.dcp"), "implemented again").unwrap();
    assert!(matches!(lay::check(&prepared), Err(UpdateError::NotGolden { .. })));
    assert!(stale_steps(&prepared).contains(&"impl:golden".to_owned()));
}

#[test]
fn an_update_on_abstract_shells_needs_them_in_the_archive() {
    let world = World::new();
    let golden = world.archived();
    let way = Way { flow: Flow::NonProject, shell: ShellKind::Abstract };
    let error = prepare(&design(&world), &golden, &["prbs".to_owned()], &tool(), way).unwrap_err();
    assert!(
        matches!(&error, UpdateError::Lacks { role, .. } if role == "abstract shell of block"),
        "{error}"
    );
}
