// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The plan against its expected texts, and what a change makes stale.

use std::collections::BTreeMap;
use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use snapbox::{Data, assert_data_eq};

use super::key::{Contents, Manifest};
use super::layout::Layout;
use super::project::{ToolKey, plan};
use super::show::{self, Stale};
use super::{Plan, StepId, StepKind};
use crate::design::Design;
use crate::design::testing::{Builder, one_partition, two_partitions};

fn tool() -> ToolKey {
    ToolKey { release: "2024.2".into(), build: Some("5239630".into()), simulated: false }
}

fn planned(design: &Design) -> Plan {
    plan(design, &Layout::of(design), &tool())
}

#[test]
fn plans_are_as_expected() {
    let expected = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/expected/plan");
    for (name, design) in
        [("one-partition", one_partition("/demo")), ("two-partitions", two_partitions("/demo"))]
    {
        let plan = planned(&design);
        let mut text = String::new();
        for step in &plan.steps {
            text.push_str(&format!("{} ({})\n", step.id, step.kind.word()));
            for (what, ids) in [("needs", &step.needs), ("after", &step.after)] {
                for id in ids {
                    text.push_str(&format!("  {what} {id}\n"));
                }
            }
            let mut inputs: Vec<String> = step.inputs.iter().map(show::input_name).collect();
            inputs.sort();
            for input in inputs {
                text.push_str(&format!("  <- {input}\n"));
            }
            for output in &step.outputs {
                text.push_str(&format!(
                    "  -> {}{}\n",
                    output.path,
                    if output.required { "" } else { " (if any)" }
                ));
            }
        }
        assert_data_eq!(
            text,
            Data::read_from(expected.join(format!("{name}.txt")).as_std_path(), None).raw()
        );
        let stale: Stale =
            plan.steps.iter().map(|s| (s.id.clone(), vec!["never built".to_owned()])).collect();
        let tree = show::tree(&plan, &stale);
        assert_data_eq!(
            tree,
            Data::read_from(expected.join(format!("{name}.tree")).as_std_path(), None).raw()
        );
        let dot = show::dot(&plan, &Stale::new());
        assert_data_eq!(dot, Data::read_from(expected.join(format!("{name}.dot")).as_std_path(), None).raw());
    }
}

#[test]
fn dependencies_stand_before_their_users_and_exist() {
    for design in [one_partition("/demo"), two_partitions("/demo")] {
        let plan = planned(&design);
        for (n, step) in plan.steps.iter().enumerate() {
            for need in step.needs.iter().chain(&step.after) {
                assert!(plan.steps[..n].iter().any(|s| s.id == *need), "{} stands before {need}", step.id);
            }
            for input in &step.inputs {
                if let super::Input::Output { step: from, path } = input {
                    let from = plan.step(&from.0).unwrap();
                    assert!(
                        from.outputs.iter().any(|o| o.path == *path),
                        "{} reads {path} of {}",
                        step.id,
                        from.id
                    );
                    assert!(
                        step.needs.contains(&from.id),
                        "{} reads {} without needing it",
                        step.id,
                        from.id
                    );
                }
            }
        }
    }
}

#[test]
fn json_has_the_fixed_fields() {
    let plan = planned(&one_partition("/demo"));
    let stale = Stale::from([(StepId("kit".into()), vec!["why".to_owned()])]);
    let value = serde_json::to_value(show::json(&plan, &stale)).unwrap();
    let steps = value["steps"].as_array().unwrap();
    assert_eq!(steps.last().unwrap()["id"], "kit");
    assert_eq!(steps.last().unwrap()["stale"], true);
    assert_eq!(steps.last().unwrap()["reasons"][0], "why");
    for step in steps {
        for field in ["id", "kind", "stale", "reasons", "inputs", "outputs"] {
            assert!(step.get(field).is_some(), "{field}");
        }
    }
}

/// A world in which every file has a content and every step an output whose hash follows from its key: as if all was built.
struct World {
    files: BTreeMap<Utf8PathBuf, String>,
    outputs: BTreeMap<(StepId, Utf8PathBuf), String>,
}

impl Contents for World {
    fn file(&self, path: &Utf8Path) -> io::Result<String> {
        Ok(self.files.get(path).cloned().unwrap_or_else(|| crate::hash::sha256(path.as_str().as_bytes())))
    }
    fn output(&self, step: &StepId, path: &Utf8Path) -> Option<String> {
        self.outputs.get(&(step.clone(), path.to_owned())).cloned()
    }
}

fn build(plan: &Plan, files: BTreeMap<Utf8PathBuf, String>) -> BTreeMap<StepId, Manifest> {
    let mut world = World { files, outputs: BTreeMap::new() };
    let mut manifests = BTreeMap::new();
    for step in &plan.steps {
        let manifest = Manifest::of(step, &world).unwrap();
        for output in &step.outputs {
            let hash = crate::hash::sha256(format!("{}{}", manifest.key(), output.path).as_bytes());
            world.outputs.insert((step.id.clone(), output.path.clone()), hash);
        }
        manifests.insert(step.id.clone(), manifest);
    }
    manifests
}

/// Steps whose key differs between two designs, in order; steps that only one of them has count too.
fn stale_between(before: &Design, after: &Design, touched: &[&str]) -> Vec<String> {
    let (old_plan, new_plan) = (planned(before), planned(after));
    let old = build(&old_plan, BTreeMap::new());
    let files = touched.iter().map(|f| (after.root.join(f), crate::hash::sha256(b"changed"))).collect();
    let new = build(&new_plan, files);
    new_plan
        .steps
        .iter()
        .filter(|s| old.get(&s.id).map(Manifest::key) != Some(new[&s.id].key()))
        .map(|s| s.id.0.clone())
        .collect()
}

fn three_modules() -> Builder {
    Builder::new("/demo", "xc7z020clg400-1")
        .partition("conv", "system_i/conv", "conv_rp", &["SLICE_X50Y50:SLICE_X57Y99"])
        .module("a", "conv")
        .module("b", "conv")
        .module("c", "conv")
}

#[test]
fn nothing_touched_makes_nothing_stale() {
    let design = three_modules().build();
    assert!(stale_between(&design, &design, &[]).is_empty());
}

#[test]
fn a_childs_module_makes_its_synthesis_and_its_child_stale_alone() {
    let design = three_modules().build();
    assert_eq!(
        stale_between(&design, &design, &["rtl/b.v"]),
        ["synth:b", "impl:child_1", "verify:child_1", "gates", "kit"]
    );
}

#[test]
fn the_parents_module_makes_every_implementation_stale() {
    let design = three_modules().build();
    assert_eq!(
        stale_between(&design, &design, &["rtl/a.v"]),
        [
            "synth:a",
            "impl:base",
            "impl:child_1",
            "impl:child_2",
            "verify:child_1",
            "verify:child_2",
            "gates",
            "kit"
        ]
    );
}

#[test]
fn a_static_source_leaves_the_modules_synthesis_alone() {
    let design = three_modules().build();
    let stale = stale_between(&design, &design, &["rtl/top.v"]);
    assert_eq!(stale[..2], ["synth:static", "impl:base"]);
    assert!(!stale.iter().any(|s| s == "synth:a" || s == "project"), "{stale:?}");
}

#[test]
fn a_moved_pblock_re_implements_and_does_not_re_synthesise() {
    let before = three_modules().build();
    let after = three_modules()
        .with(|s| {
            s.partitions["conv"].pblock.as_mut().unwrap().ranges = vec!["SLICE_X0Y0:SLICE_X9Y49".into()];
        })
        .build();
    let stale = stale_between(&before, &after, &[]);
    assert_eq!(stale[..2], ["project", "impl:base"], "{stale:?}");
    assert!(!stale.iter().any(|s| s.starts_with("synth:")), "{stale:?}");
}

#[test]
fn a_new_module_leaves_what_is_finished() {
    let before = three_modules().build();
    let after = three_modules().module("d", "conv").build();
    assert_eq!(
        stale_between(&before, &after, &[]),
        ["project", "synth:d", "impl:child_3", "verify:child_3", "gates", "kit"]
    );
    // A greybox module of the description keeps its run too.
    let before = three_modules().greybox("none", "conv").build();
    let after = three_modules().greybox("none", "conv").module("d", "conv").build();
    assert_eq!(
        stale_between(&before, &after, &[]),
        ["project", "synth:d", "impl:child_4", "verify:child_4", "gates", "kit"]
    );
}

#[test]
fn options_and_hooks_reach_the_runs_they_belong_to() {
    let before = three_modules().build();
    let hooked = three_modules()
        .with(|s| {
            s.build.hooks.insert("place_design.pre".into(), "hooks/p.tcl".into());
        })
        .build();
    let stale = stale_between(&before, &hooked, &[]);
    assert_eq!(stale[..2], ["project", "impl:base"], "{stale:?}");
    let touched = stale_between(&hooked, &hooked, &["hooks/p.tcl"]);
    assert_eq!(touched[..2], ["impl:base", "impl:child_1"], "{touched:?}");
    let strategy = three_modules()
        .with(|s| s.build.module_synth.strategy = Some("Flow_AreaOptimized_high".into()))
        .build();
    let stale = stale_between(&before, &strategy, &[]);
    assert_eq!(stale[..4], ["project", "synth:a", "synth:b", "synth:c"], "{stale:?}");
    assert!(!stale.contains(&"synth:static".to_owned()));
    // How many runs go at once changes nothing that comes out.
    assert!(stale_between(&before, &three_modules().with(|s| s.build.jobs = 7).build(), &[]).is_empty());
}

#[test]
fn another_tool_makes_everything_of_vivado_stale() {
    let design = three_modules().build();
    let layout = Layout::of(&design);
    let old = build(&plan(&design, &layout, &tool()), BTreeMap::new());
    for other in [
        ToolKey { release: "2023.2".into(), ..tool() },
        ToolKey { build: Some("1".into()), ..tool() },
        ToolKey { simulated: true, ..tool() },
    ] {
        let plan = plan(&design, &layout, &other);
        let new = build(&plan, BTreeMap::new());
        for step in &plan.steps {
            assert_ne!(old[&step.id].key(), new[&step.id].key(), "{}", step.id);
        }
    }
}

#[test]
fn a_template_of_the_user_changes_the_keys_of_its_steps() {
    let dir = tempfile::tempdir().unwrap();
    let root = Utf8Path::from_path(dir.path()).unwrap();
    let design = one_partition(root);
    let before = build(&planned(&design), BTreeMap::new());
    fs_err::create_dir_all(root.join("templates/project")).unwrap();
    fs_err::write(root.join("templates/project/verify.tcl.tera"), "mine").unwrap();
    let plan = planned(&design);
    let after = build(&plan, BTreeMap::new());
    let stale: Vec<&str> = plan
        .steps
        .iter()
        .filter(|s| before[&s.id].key() != after[&s.id].key())
        .map(|s| s.id.0.as_str())
        .collect();
    assert_eq!(stale, ["verify:child_1", "gates", "kit"]);
    let change =
        after[&StepId("verify:child_1".into())].changes_since(&before[&StepId("verify:child_1".into())]);
    assert!(
        change.iter().any(|c| show::reason(c).contains("templates/project/verify.tcl.tera: new")),
        "{change:?}"
    );
}

#[test]
fn post_route_phys_opt_renames_checkpoints() {
    let design = three_modules()
        .with(|s| {
            s.build.implementation.directives.insert("post_route_phys_opt_design".into(), "Explore".into());
            s.build.bin_file = true;
        })
        .build();
    let plan = planned(&design);
    let parent = plan.steps.iter().find(|s| matches!(s.kind, StepKind::ImplParent { .. })).unwrap();
    let names: Vec<&str> = parent.outputs.iter().filter_map(|o| o.path.file_name()).collect();
    for name in [
        "top_postroute_physopt.dcp",
        "top_postroute_physopt_bb.dcp",
        "system_i_conv_a_post_routed.dcp",
        "system_i_conv_a_partial.bin",
        "top.bin",
    ] {
        assert!(names.contains(&name), "{name} not in {names:?}");
    }
}

#[test]
fn headers_of_include_directories_are_inputs() {
    let dir = tempfile::tempdir().unwrap();
    let root = Utf8Path::from_path(dir.path()).unwrap();
    fs_err::create_dir_all(root.join("inc/sub")).unwrap();
    fs_err::write(root.join("inc/sub/x.vh"), "").unwrap();
    fs_err::write(root.join("inc/notes.txt"), "").unwrap();
    let design = Builder::new(root, "xc7z020clg400-1")
        .partition("p", "u_p", "rp", &[])
        .module("a", "p")
        .with(|s| s.static_design.include_dirs = vec!["inc".into()])
        .build();
    let plan = planned(&design);
    let names: Vec<String> = plan.step("synth:static").unwrap().inputs.iter().map(show::input_name).collect();
    assert!(names.contains(&"file inc/sub/x.vh".to_owned()), "{names:?}");
    assert!(!names.iter().any(|n| n.contains("notes.txt")));
}
