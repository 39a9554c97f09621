// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tests of the archive as a whole, on made-up artifacts: what comes in comes out, and every damage is refused by name.

use std::os::unix::fs::PermissionsExt;

use camino::{Utf8Path, Utf8PathBuf};
use proptest::prelude::{ProptestConfig, any, proptest};

use super::archive::{Allow, Extras, archive};
use super::check::check;
use super::manifest::Role;
use super::transfer::transfer;
use super::{Golden, GoldenError, Store};
use crate::artifacts::{
    Artifact, Artifacts, ConfigurationSet, ModuleSet, PartitionSet, StaticSet, ToolIdentity,
};
use crate::gates::{GateReport, GateResult, Verdict};
use crate::vcs::GitState;

/// A directory with a made-up build and a store.
pub(crate) struct World {
    _dir: tempfile::TempDir,
    pub(crate) base: Utf8PathBuf,
    pub(crate) store: Store,
}

impl World {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let base = Utf8PathBuf::from_path_buf(dir.path().to_path_buf()).unwrap();
        let store = Store::new(base.join("golden"));
        Self { _dir: dir, base, store }
    }

    fn artifact(&self, name: &str, content: &str) -> Option<Artifact> {
        let path = self.base.join("runs").join(name);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(&path, content).unwrap();
        Some(Artifact::of(&path).unwrap())
    }

    pub(crate) fn artifacts(&self) -> Artifacts {
        let configuration = |name: &str, run: &str, parent: bool, module: &str| ConfigurationSet {
            name: name.into(),
            run: run.into(),
            run_dir: self.base.join("runs").join(run),
            parent,
            modules: vec![("block".into(), Some(module.into()))],
            full_bit: self.artifact(&format!("{run}/top.bit"), &format!("full {name}")),
            routed_dcp: self.artifact(&format!("{run}/top_routed.dcp"), &format!("routed {name}")),
            pr_verify: if parent {
                None
            } else {
                self.artifact(&format!("{run}/{run}_pr_verify.log"), "compatible")
            },
            reports: vec![
                self.artifact(&format!("{run}/top_timing_summary_routed.rpt"), &format!("timing {name}"))
                    .unwrap(),
            ],
        };
        let module = |name: &str, configuration: &str, run: &str| ModuleSet {
            name: name.into(),
            vivado_name: name.into(),
            partition: "block".into(),
            configuration: configuration.into(),
            run: run.into(),
            greybox: false,
            partial_bit: self
                .artifact(&format!("{run}/block_{name}_partial.bit"), &format!("partial {name}")),
            clear_bit: None,
            bin: None,
            hwh: None,
            ltx: None,
            routed_dcp: self.artifact(&format!("{run}/block_{name}_routed.dcp"), &format!("cell {name}")),
            drivers: Vec::new(),
        };
        let configurations = vec![
            configuration("base", "impl_1", true, "blink"),
            configuration("second", "child_0_impl_1", false, "chaser"),
        ];
        Artifacts {
            project: "pr-block".into(),
            version: "1.0.0".into(),
            part: "xc7k325tffg900-2".into(),
            tool: ToolIdentity { release: "2024.2".into(), build: Some("5239630".into()), simulated: false },
            static_set: StaticSet {
                top: "top".into(),
                configuration: Some("base".into()),
                run: "impl_1".into(),
                full_bit: configurations[0].full_bit.clone(),
                routed_dcp: configurations[0].routed_dcp.clone(),
                blackbox_dcp: self.artifact("impl_1/top_routed_bb.dcp", "black box"),
                hwh: None,
                ltx: None,
            },
            partitions: vec![PartitionSet {
                abstract_shell: None,
                name: "block".into(),
                cell: "pr_block_ins".into(),
                module: Some("pr_block".into()),
                port_stub: Some(
                    "module pr_block(clk, led);\n input clk;\n output [7:0]led;\nendmodule\n".into(),
                ),
                decoupler: None,
                pblock_ranges: vec!["SLICE_X0Y0:SLICE_X9Y49".into()],
            }],
            modules: vec![module("blink", "base", "impl_1"), module("chaser", "second", "child_0_impl_1")],
            configurations,
            sources: Vec::new(),
            golden: None,
            on_shells: Vec::new(),
            static_tool: None,
            adopted: false,
            logs: Vec::new(),
            missing: Vec::new(),
            notes: Vec::new(),
            gates: GateReport::new(vec![result(Verdict::Passed)]),
        }
    }

    pub(crate) fn archived(&self) -> Golden {
        let extras = Extras {
            description_text: b"[project]\n".to_vec(),
            description_expanded: b"{}".to_vec(),
            git: Some(GitState { commit: "0123abcd".into(), dirty: true }),
            ..Extras::default()
        };
        archive(&self.store, "1.0", &self.artifacts(), &extras, Allow::default()).unwrap();
        self.store.load("1.0").unwrap()
    }

    /// Opens an object for damage: objects are read-only.
    pub(crate) fn damage(&self, sha256: &str, content: &[u8]) {
        let path = self.store.object(sha256);
        fs_err::remove_file(&path).unwrap();
        fs_err::write(&path, content).unwrap();
    }
}

fn result(verdict: Verdict) -> GateResult {
    GateResult {
        gate: "timing".into(),
        subject: "base".into(),
        verdict,
        expected: "WNS >= 0".into(),
        actual: "WNS 0.1".into(),
        evidence: None,
        off: false,
    }
}

#[test]
fn what_goes_in_comes_out_and_passes() {
    let world = World::new();
    let golden = world.archived();
    let found = check(&golden);
    assert_eq!(found.verdict, Verdict::Passed, "{:?}", found.parts);
    assert!(found.possible.update && found.possible.pr_verify && found.possible.bit_proofs);
    assert_eq!(found.possible.modules, ["block/blink", "block/chaser"]);
    let bb = golden.manifest.file(Role::BlackboxDcp, "").unwrap();
    let out = world.base.join("out/top_routed_bb.dcp");
    golden.extract(bb, &out).unwrap();
    golden.extract(bb, &out).unwrap();
    assert_eq!(fs_err::read(&out).unwrap(), b"black box");
    assert_eq!(world.store.releases().unwrap(), ["1.0"]);
}

#[test]
fn a_release_is_never_overwritten() {
    let world = World::new();
    let before = world.archived().manifest;
    let error =
        archive(&world.store, "1.0", &world.artifacts(), &Extras::default(), Allow::default()).unwrap_err();
    assert!(matches!(error, GoldenError::Exists { .. }), "{error}");
    assert_eq!(world.store.load("1.0").unwrap().manifest, before);
    // Nor when the name is taken between the look and the rename.
    assert!(matches!(world.store.publish("1.0", &before.render()), Err(GoldenError::Exists { .. })));
    assert_eq!(world.store.load("1.0").unwrap().manifest, before);
    let leftovers: Vec<_> =
        fs_err::read_dir(world.store.dir()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(leftovers.len(), 2, "{leftovers:?}");
}

#[test]
fn unchanged_content_is_stored_once() {
    let world = World::new();
    world.archived();
    let count = || {
        walkdir::WalkDir::new(world.store.dir().join("objects"))
            .into_iter()
            .filter(|e| e.as_ref().unwrap().file_type().is_file())
            .count()
    };
    let before = count();
    archive(&world.store, "1.1", &world.artifacts(), &Extras::default(), Allow::default()).unwrap();
    // The provenance statement names the release.
    assert_eq!(count(), before + 1);
}

#[test]
fn unfit_builds_are_refused_and_leave_no_release() {
    let world = World::new();
    let try_archive = |change: &dyn Fn(&mut Artifacts), allow: Allow| {
        let mut artifacts = world.artifacts();
        change(&mut artifacts);
        archive(&world.store, "1.0", &artifacts, &Extras::default(), allow)
    };
    let all = Allow { simulated: true, unknown: true };
    let refused = |r: Result<_, GoldenError>| matches!(r, Err(GoldenError::Refused { .. }));
    assert!(refused(try_archive(&|a| a.gates = GateReport::new(vec![result(Verdict::Refused)]), all)));
    assert!(refused(try_archive(
        &|a| a.gates = GateReport::new(vec![result(Verdict::Unknown)]),
        Allow::default()
    )));
    assert!(refused(try_archive(&|a| a.gates = GateReport::new(Vec::new()), Allow::default())));
    assert!(refused(try_archive(&|a| a.tool.simulated = true, Allow::default())));
    assert!(refused(try_archive(&|a| a.static_set.blackbox_dcp = None, all)));
    assert!(refused(try_archive(&|a| a.static_set.routed_dcp = None, all)));
    assert!(refused(try_archive(&|a| a.static_set.full_bit = None, all)));
    assert!(world.store.releases().unwrap().is_empty());
    let manifest = try_archive(&|a| a.tool.simulated = true, all).unwrap();
    assert!(manifest.simulated);
}

#[test]
fn a_file_that_changed_after_it_was_judged_is_refused() {
    let world = World::new();
    let artifacts = world.artifacts();
    fs_err::write(&artifacts.static_set.routed_dcp.as_ref().unwrap().path, "another").unwrap();
    let error = archive(&world.store, "1.0", &artifacts, &Extras::default(), Allow::default()).unwrap_err();
    assert!(error.to_string().contains("changed after it was judged"), "{error}");
    assert!(world.store.releases().unwrap().is_empty());
}

#[test]
fn every_kind_of_damage_is_named_with_what_is_left() {
    for (role, lost) in [
        (Role::BlackboxDcp, "update"),
        (Role::RoutedDcp, "pr_verify"),
        (Role::FullBit, "bit_proofs"),
        (Role::PartialBit, "module"),
    ] {
        let world = World::new();
        let golden = world.archived();
        let file = golden.manifest.files.iter().find(|f| f.role == role).unwrap().clone();
        let mut content = fs_err::read(world.store.object(&file.sha256)).unwrap();
        content[0] ^= 1;
        world.damage(&file.sha256, &content);
        let found = check(&golden);
        assert_eq!(found.verdict, Verdict::Refused);
        let part = found.parts.iter().find(|p| p.name == "file").unwrap();
        assert!(part.subject.contains(file.name.as_str()), "{part:?}");
        assert!(part.expected.contains(&file.sha256) && !part.actual.contains(&file.sha256));
        let p = &found.possible;
        let got = (p.update, p.pr_verify, p.bit_proofs, p.modules.len());
        let want = match lost {
            "update" => (false, true, true, 2),
            "pr_verify" => (true, false, true, 2),
            "bit_proofs" => (true, true, false, 2),
            _ => (true, true, true, 1),
        };
        assert_eq!(got, want, "{lost}");
        assert!(matches!(golden.extract(&file, &world.base.join("out/x")), Err(GoldenError::Damaged { .. })));
        assert!(!world.base.join("out/x").exists());
        fs_err::remove_file(world.store.object(&file.sha256)).unwrap();
        assert!(matches!(golden.verified(&file), Err(GoldenError::Missing { .. })));
        assert!(check(&golden).parts.iter().any(|p| p.actual == "missing"));
    }
}

#[test]
fn an_edited_manifest_is_refused() {
    let world = World::new();
    world.archived();
    let path = world.store.manifest_path("1.0");
    let text = fs_err::read_to_string(&path).unwrap();
    let write = |text: &str| {
        fs_err::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        fs_err::write(&path, text).unwrap();
    };
    // The seal shows every edit, and where it was renewed the content does.
    let cases: [(&str, String); 6] = [
        ("newer", text.replace("format = 2", "format = 3")),
        ("interface", text.replace("pr_block_ins", "pr_block_inz")),
        ("unknown key", text.replace("format = 2\n", "format = 2\nsurprise = true\n")),
        ("release", text.replace("release = \"1.0\"", "release = \"2.0\"")),
        ("older", text.replace("format = 2", "format = 1")),
        ("cut", text[..text.len() / 2].to_owned()),
    ];
    let sealed = |text: &str| super::seal::seal(text.rsplit_once("# sha256").map_or(text, |t| t.0));
    for (what, edited) in cases {
        assert_ne!(edited, text, "{what}");
        write(&edited);
        let error = world.store.load("1.0").unwrap_err();
        match what {
            "newer" => assert!(matches!(error, GoldenError::Newer { .. }), "{error}"),
            "older" => assert!(error.to_string().contains("facts of format 2"), "{error}"),
            _ => assert!(matches!(error, GoldenError::Edited { .. }), "{what}: {error}"),
        }
        if !matches!(what, "newer" | "cut") {
            write(&sealed(&edited));
            let error = world.store.load("1.0").unwrap_err();
            assert!(matches!(error, GoldenError::Manifest { .. }), "{what}: {error}");
        }
    }
    write(&text);
    assert!(world.store.load("1.0").is_ok());
}

#[test]
fn a_release_goes_to_another_store_whole_resumes_and_is_never_replaced() {
    let world = World::new();
    let golden = world.archived();
    let other = Store::new(world.base.join("nfs/golden"));
    // A push that was cut short left some objects and no release.
    let first = &golden.manifest.files[0];
    other.put_file(&golden.verified(first).unwrap()).unwrap();
    let done = transfer(&golden, &other).unwrap();
    assert_eq!(done.already, 1);
    assert!(done.copied > 5 && !done.unchanged);
    assert_eq!(check(&other.load("1.0").unwrap()).verdict, Verdict::Passed);
    assert!(transfer(&golden, &other).unwrap().unchanged);
    // The same name with another content.
    let mut changed = golden.clone();
    changed.manifest.version = "9.9.9".into();
    assert!(matches!(transfer(&changed, &other), Err(GoldenError::Exists { .. })));
    // A damaged source or destination object never travels on.
    let third = Store::new(world.base.join("third"));
    world.damage(&first.sha256, b"rotten");
    assert!(matches!(transfer(&golden, &third), Err(GoldenError::Damaged { .. })));
    assert!(third.releases().unwrap().is_empty());
}

#[test]
fn a_manifest_cannot_name_a_file_outside() {
    let world = World::new();
    let golden = world.archived();
    let mut manifest = golden.manifest;
    manifest.files[0].name = Utf8Path::new("../../escape").to_owned();
    assert!(super::Manifest::parse(&manifest.render()).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// One flipped bit anywhere in any object is found, and named by exactly that file's name.
    #[test]
    fn any_flipped_bit_is_found(which in any::<proptest::sample::Index>(), at in any::<proptest::sample::Index>(), bit in 0_u8..8) {
        let world = World::new();
        let golden = world.archived();
        let file = which.get(&golden.manifest.files);
        let mut content = fs_err::read(world.store.object(&file.sha256)).unwrap();
        *at.get_mut(&mut content) ^= 1 << bit;
        world.damage(&file.sha256, &content);
        let found = check(&golden);
        assert_eq!(found.verdict, Verdict::Refused);
        assert!(found.parts.iter().any(|p| p.subject.contains(file.name.as_str()) && p.verdict == Verdict::Refused));
    }
}
