// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! A release and an update, built on the stand-in and archived once, then damaged in every way: each damage is refused with its own message, by
//! `golden check` and by `update`, before Vivado is called; and nothing valid is refused.
//!
//! Vivado is `watched-vivado.sh` here, which writes down every call but the question for its version.

use std::os::unix::fs::PermissionsExt;

use camino::{Utf8Path, Utf8PathBuf};
use dfxkit::gates::Verdict;
use dfxkit::golden::Store;
use dfxkit::golden::check::check;
use dfxkit::golden::manifest::{Manifest, Role, interface_sha256};
use proptest::prelude::{ProptestConfig, any, proptest};
use proptest::sample::Index;
use proptest::test_runner::TestRunner;

use crate::support::{Bench, Run, copy_tree, repository};

/// An archive that is damaged again and again.
struct World {
    bench: Bench,
}

impl World {
    fn new() -> Self {
        let bench = Bench::example("pr-block-kc705");
        bench.run(&["build", "--vivado", "sim"]).exits(0);
        bench.run(&["golden", "archive", "1.0", "--allow-simulated"]).exits(0);
        bench.run(&["update", "--golden", "1.0", "--vivado", "sim", "--archive", "u1", "prbs"]).exits(0);
        fs_err::remove_dir_all(bench.path().join("build/update")).unwrap();
        copy_tree(&bench.path().join("golden"), &bench.path().join("pristine"));
        Self { bench }
    }

    fn store(&self) -> Store {
        Store::new(self.bench.path().join("golden"))
    }

    /// The archive as it was.
    fn restore(&self) {
        let golden = self.bench.path().join("golden");
        fs_err::remove_dir_all(&golden).unwrap();
        copy_tree(&self.bench.path().join("pristine"), &golden);
    }

    fn manifest(&self) -> Manifest {
        self.store().load("1.0").unwrap().manifest
    }

    fn object(&self, sha256: &str) -> Utf8PathBuf {
        self.store().object(sha256)
    }

    fn path(&self, name: &str) -> Utf8PathBuf {
        self.bench.path().join("golden").join(name)
    }

    /// Changes the manifest as somebody does who knows how it is sealed.
    fn rewrite(&self, change: impl FnOnce(&mut Manifest)) {
        let mut manifest = self.manifest();
        change(&mut manifest);
        write(&self.path("1.0/golden.toml"), manifest.render().as_bytes());
    }

    fn file(&self, role: Role, subject: &str) -> dfxkit::golden::manifest::FileEntry {
        self.manifest().file(role, subject).unwrap_or_else(|| panic!("{role} of {subject}")).clone()
    }

    fn check(&self, release: &str) -> Run {
        self.bench.run(&["golden", "check", release, "--message-format", "json"])
    }

    /// `update` with the watched Vivado; nothing may have been built by it, and Vivado not called.
    #[track_caller]
    fn update_is_refused(&self, release: &str, codes: &[i32]) -> Run {
        let (run, calls) = self.update(release);
        assert!(codes.contains(&run.code), "{run:?}");
        assert_eq!(calls, "", "Vivado was called");
        run
    }

    fn update(&self, release: &str) -> (Run, String) {
        let calls = self.bench.path().join("calls.txt");
        fs_err::write(&calls, "").unwrap();
        let fake = repository().join("tests/fakes/watched-vivado.sh");
        let mut command =
            self.bench.command(&["update", "--golden", release, "--vivado", fake.as_str(), "prbs"]);
        let output = command.env("WATCHED_CALLS", calls.as_str()).output().unwrap();
        let run = Run {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        };
        (run, fs_err::read_to_string(&calls).unwrap())
    }
}

/// Swaps the contents named by two entries of the manifest.
fn swap(m: &mut Manifest, a: (Role, &str), b: (Role, &str)) {
    let at = |m: &Manifest, (role, subject): (Role, &str)| {
        m.files.iter().position(|f| f.role == role && f.subject == subject).unwrap()
    };
    let (a, b) = (at(m, a), at(m, b));
    let other = m.files[b].clone();
    m.files[b].sha256 = std::mem::replace(&mut m.files[a].sha256, other.sha256);
    m.files[b].size = std::mem::replace(&mut m.files[a].size, other.size);
}

/// Writes over a file of the archive, which is read-only.
fn write(path: &Utf8Path, bytes: &[u8]) {
    fs_err::set_permissions(path, std::fs::Permissions::from_mode(0o644)).unwrap();
    fs_err::write(path, bytes).unwrap();
}

type Damage = Box<dyn Fn(&World)>;

/// Name, damage, and what is said of it: by `golden check`, and after ` || ` by `update` where that looks at something else first.
fn damages() -> Vec<(&'static str, Damage, &'static str)> {
    let flip = |role: Role, subject: &'static str| -> Damage {
        Box::new(move |w: &World| {
            let path = w.object(&w.file(role, subject).sha256);
            let mut bytes = fs_err::read(&path).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 0x10;
            write(&path, &bytes);
        })
    };
    let manifest = |change: fn(&mut Manifest)| -> Damage { Box::new(move |w: &World| w.rewrite(change)) };
    let text = |from: &'static str, to: &'static str| -> Damage {
        Box::new(move |w: &World| {
            let path = w.path("1.0/golden.toml");
            let old = fs_err::read_to_string(&path).unwrap();
            let new = old.replacen(from, to, 1);
            assert_ne!(old, new, "{from}");
            write(&path, new.as_bytes());
        })
    };
    vec![
        (
            "flipped bit in the locked static",
            flip(Role::BlackboxDcp, ""),
            "black-boxed locked checkpoint top_routed_bb.dcp",
        ),
        ("flipped bit in a partial", flip(Role::PartialBit, "block/blink"), "partial bitstream block/blink"),
        ("flipped bit in a source", flip(Role::Source, "rtl/static/top.v"), "source rtl/static/top.v"),
        (
            "cut checkpoint",
            Box::new(|w| {
                let path = w.object(&w.file(Role::RoutedDcp, "").sha256);
                let bytes = fs_err::read(&path).unwrap();
                write(&path, &bytes[..bytes.len() - 1]);
            }),
            "routed checkpoint top_routed.dcp",
        ),
        (
            "emptied full bitstream",
            Box::new(|w| write(&w.object(&w.file(Role::FullBit, w.manifest().parent_name()).sha256), b"")),
            ", 0 bytes",
        ),
        (
            "missing object",
            Box::new(|w| fs_err::remove_file(w.object(&w.file(Role::BlackboxDcp, "").sha256)).unwrap()),
            "missing",
        ),
        (
            "two objects in each other's place",
            Box::new(|w| {
                let of = |m: &str| w.object(&w.file(Role::PartialBit, m).sha256);
                let (a, b) = (of("block/blink"), of("block/chaser"));
                let (x, y) = (fs_err::read(&a).unwrap(), fs_err::read(&b).unwrap());
                write(&a, &y);
                write(&b, &x);
            }),
            "partial bitstream block/chaser",
        ),
        ("edited manifest", text("version = \"1.0.0\"", "version = \"1.0.1\""), "it was edited"),
        ("edited verdict", text("verdict = \"passed\"", "verdict = \"unknown\""), "it was edited"),
        (
            "cut manifest",
            Box::new(|w| {
                let path = w.path("1.0/golden.toml");
                let old = fs_err::read(&path).unwrap();
                write(&path, &old[..old.len() / 2]);
            }),
            "it does not end in its seal",
        ),
        ("newer format", text("format = 2", "format = 3"), "use dfxkit 0.1.0 or newer"),
        ("another part", manifest(|m| m.part = "xc7k160tffg676-2".into()), "expected xc7k160tffg676-2"),
        (
            "another build of Vivado",
            manifest(|m| m.vivado_build = Some("1".into())),
            "it was made by build 5239630 || expected Vivado 2024.2 build 1 SIMULATED",
        ),
        (
            "a release that claims to be Vivado's",
            manifest(|m| m.simulated = false),
            "it is SIMULATED || expected Vivado 2024.2 build 5239630, actual",
        ),
        (
            "another interface",
            manifest(|m| {
                let ports = m.partitions[0].ports.take().unwrap();
                m.partitions[0].ports = Some(ports.replace("[7:0]", "[9:0]"));
            }),
            "the interface does not match its hash",
        ),
        (
            "another interface with its hash",
            manifest(|m| {
                let ports = m.partitions[0].ports.take().unwrap();
                m.partitions[0].ports = Some(ports.replace("[7:0]", "[9:0]"));
                m.interface_sha256 = interface_sha256(&m.static_design.top, &m.partitions);
            }),
            "expected output [9:0] pattern || output [9:0] pattern, actual rtl/prbs/pr_block.v:8: output [7:0] pattern",
        ),
        (
            "another cell",
            manifest(|m| {
                m.partitions[0].cell = "elsewhere".into();
                m.interface_sha256 = interface_sha256(&m.static_design.top, &m.partitions);
            }),
            "expected black boxes: elsewhere, actual black boxes: pr_block_ins || cell of partition block: expected elsewhere",
        ),
        (
            "another Pblock",
            manifest(|m| m.partitions[0].derived_ranges = Some(vec!["SLICE_X0Y0:SLICE_X9Y49".into()])),
            "Pblock of partition block",
        ),
        (
            "another static by its fingerprint",
            manifest(|m| m.static_design.fingerprint.as_mut().unwrap().sha256 = "0".repeat(64)),
            "the static",
        ),
        (
            "other frames of a partition",
            manifest(|m| m.partitions[0].frames.as_mut().unwrap().count += 1),
            "partition block",
        ),
        (
            "checkpoints named for each other",
            manifest(|m| swap(m, (Role::RoutedDcp, ""), (Role::BlackboxDcp, ""))),
            "expected no black box, actual black boxes: pr_block_ins",
        ),
        (
            "modules named for each other",
            manifest(|m| swap(m, (Role::PartialBit, "block/blink"), (Role::PartialBit, "block/chaser"))),
            "frames differ from the child",
        ),
        (
            "a provenance that leaves something out",
            manifest(|m| m.files.retain(|f| f.role != Role::SourceTar)),
            "a statement that names",
        ),
        (
            "a release in the place of another",
            Box::new(|w| {
                fs_err::rename(w.path("1.0"), w.path("tmp")).unwrap();
                let text = fs_err::read_to_string(w.path("tmp/golden.toml")).unwrap();
                let text =
                    text.rsplit_once("# sha256").unwrap().0.replace("release = \"1.0\"", "release = \"0.9\"");
                write(
                    &w.path("tmp/golden.toml"),
                    Manifest::render(&toml::from_str(&text).unwrap()).as_bytes(),
                );
                fs_err::rename(w.path("tmp"), w.path("1.0")).unwrap();
            }),
            "it is of release \"0.9\", but lies in the place of \"1.0\"",
        ),
        (
            "an edited update",
            Box::new(|w| {
                let path = w.path("1.0/updates/u1.toml");
                let text = fs_err::read_to_string(&path).unwrap();
                write(&path, text.replacen("u1", "u2", 1).as_bytes());
            }),
            "updates/u1.toml: it was edited",
        ),
    ]
}

#[test]
fn every_damage_is_refused_with_its_own_message_before_vivado() {
    let world = World::new();
    let whole = world.check("1.0");
    assert_eq!(whole.exits(0).json().pop().unwrap()["verdict"], "passed", "{}", whole.stdout);
    // What is whole does reach Vivado: the watch works.
    let (run, calls) = world.update("1.0");
    assert!(run.code != 0 && calls.contains("-mode batch"), "{run:?} {calls}");
    fs_err::remove_dir_all(world.bench.path().join("build/update")).unwrap();

    let mut told = String::new();
    for (what, damage, said) in damages() {
        let (said, said_by_update) = said.split_once(" || ").unwrap_or((said, said));
        world.restore();
        damage(&world);
        let run = world.check("1.0");
        assert_eq!(run.code, 4, "{what}: {run:?}");
        let result = run.json().pop().unwrap();
        assert_eq!(result["verdict"], "refused", "{what}");
        let refused: Vec<String> = result["parts"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|p| p["verdict"] == "refused" && p["name"] != "files")
            .map(|p| {
                let word = |k: &str| p[k].as_str().unwrap().to_owned();
                format!("{}: expected {}, actual {}", word("subject"), word("expected"), word("actual"))
            })
            .collect();
        assert!(refused.iter().any(|r| r.contains(said)), "{what}: expected {said:?} in {refused:#?}");
        let run = world.update_is_refused("1.0", &[4]);
        assert!(run.stderr.contains(said_by_update), "{what}: expected {said_by_update:?} in {}", run.stderr);
        assert!(!world.bench.path().join("build/update").exists(), "{what}: something was built");
        let possible = &result["releases"][0]["possible"];
        let error = run.stderr.split_once("error: ").map_or("", |e| e.1);
        told += &format!(
            "{what}\n  golden check:\n    {}\n    possible: {possible}\n  update:\n    {}\n\n",
            refused.join("\n    "),
            error.trim_end().replace('\n', "\n    "),
        );
    }

    let expected = snapbox::Data::read_from(
        repository().join("tests/expected/golden-damage.txt").as_std_path(),
        Some(snapbox::data::DataFormat::Text),
    );
    snapbox::Assert::new().action_env("SNAPSHOTS").eq(plain(&told, &world.bench.path()), expected);

    // A description that is not the release's.
    world.restore();
    let description = world.bench.read("dfx.toml");
    for (from, to, said) in [
        ("xc7k325tffg900-2", "xc7k325tffg900-1", "part: expected"),
        (
            "SLICE_X100Y50:SLICE_X123Y149",
            "SLICE_X100Y50:SLICE_X121Y149",
            "Pblock of partition block: expected",
        ),
    ] {
        world.bench.write("dfx.toml", &description.replacen(from, to, 1));
        let run = world.update_is_refused("1.0", &[4]);
        assert!(run.stderr.contains(said), "{said}: {}", run.stderr);
    }
    world.bench.write("dfx.toml", &description);
    let ports: Vec<(String, String)> = ["blink", "chaser", "prbs"]
        .iter()
        .map(|m| format!("rtl/{m}/pr_block.v"))
        .map(|file| (file.clone(), world.bench.read(&file)))
        .collect();
    for (file, text) in &ports {
        world.bench.write(file, &text.replacen("output reg  [7:0] pattern", "output reg  [9:0] pattern", 1));
    }
    let run = world.update_is_refused("1.0", &[4]);
    assert!(
        run.stderr.contains("output [7:0] pattern, actual rtl/prbs/pr_block.v:8: output [9:0] pattern"),
        "{}",
        run.stderr
    );
    for (file, text) in &ports {
        world.bench.write(file, text);
    }
    world.update_is_refused("9.9", &[1]);
    assert_eq!(world.check("1.0").exits(0).json().pop().unwrap()["verdict"], "passed");
    random_damage(&world);
}

/// Without what differs from run to run: the directory, digests, sizes in bytes, and which frame is the first that differs.
fn plain(text: &str, dir: &Utf8Path) -> String {
    let lines = text.lines().map(|l| l.split_once(", first type").map_or(l, |l| l.0));
    let text = lines.fold(String::new(), |all, l| all + l + "\n").replace(dir.as_str(), "DIR");
    let mut words = Vec::new();
    for word in text.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
        let (core, end) = word.split_at(word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric()).len());
        let digest = core.len() == 64 && core.bytes().all(|b| b.is_ascii_hexdigit());
        words.push(if digest { format!("DIGEST{end}") } else { word.to_owned() });
    }
    let mut out = words.concat();
    // `, 123 bytes`, `names 77 objects`
    for unit in [" bytes", " objects"] {
        let mut from = 0;
        while let Some(at) = out[from..].find(unit).map(|at| at + from) {
            let start = out[..at].rfind(|c: char| !c.is_ascii_digit()).map_or(0, |s| s + 1);
            out.replace_range(start..at, "N");
            from = start + 1 + unit.len();
        }
    }
    out
}

/// One bit, or the end, of any file anywhere: named by that file, or the manifest refused.
fn random_damage(world: &World) {
    let files: Vec<Utf8PathBuf> = walkdir::WalkDir::new(world.bench.path().join("golden"))
        .sort_by_file_name()
        .into_iter()
        .map(|e| Utf8PathBuf::from_path_buf(e.unwrap().into_path()).unwrap())
        .filter(|p| p.is_file() && fs_err::metadata(p).unwrap().len() > 0)
        .collect();
    let mut runner =
        TestRunner::new(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() });
    runner
        .run(&(any::<Index>(), any::<Index>(), 0_u8..9), |(which, at, how)| {
            let path = which.get(&files);
            let good = fs_err::read(path).unwrap();
            let mut bad = good.clone();
            let at = at.index(bad.len());
            if how < 8 {
                bad[at] ^= 1 << how;
            } else {
                bad.truncate(at);
            }
            write(path, &bad);
            let refused = match world.store().load("1.0") {
                Err(_) => true,
                Ok(golden) => {
                    let found = check(&golden);
                    let name = path.file_name().unwrap();
                    let named = |p: &dfxkit::golden::check::Part| {
                        p.verdict == Verdict::Refused
                            && (p.expected.contains(name) || name.starts_with(&p.subject))
                    };
                    found.verdict == Verdict::Refused && found.parts.iter().any(named)
                }
            };
            write(path, &good);
            assert!(refused, "{path}: {at} {how}");
            Ok(())
        })
        .unwrap();
    assert_eq!(check(&world.store().load("1.0").unwrap()).verdict, Verdict::Passed);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever lies in the place of a manifest is read or refused.
    #[test]
    fn any_text_is_a_manifest_or_refused(text in ".{0,400}", format in 0_u32..5) {
        let _ = Manifest::parse(&text);
        assert!(Manifest::parse(&format!("format = {format}\n{text}")).is_err());
    }
}
