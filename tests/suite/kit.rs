// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Kits: written from a build's artifacts, checked by other programs, built and run as the loader crate that they carry.

use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};
use dfxkit::artifacts::{
    Artifact, Artifacts, ConfigurationSet, ModuleSet, PartitionSet, StaticSet, ToolIdentity,
};
use dfxkit::gates::{GateReport, GateResult, Verdict};
use dfxkit::kit::{Change, KitError, KitInput, Written, write};
use dfxkit::spec::model::KitFormat;
use dfxkit_fabric::device::Device;
use dfxkit_fabric::frames::FrameSet;
use dfxkit_fabric::write::{BitWriter, HeaderFields};

use crate::support::{Bench, corpus};

const FORMATS: [KitFormat; 3] = [KitFormat::Pynq, KitFormat::FpgaManager, KitFormat::Raw];

/// A build in true formats: one partition with two modules on a small Zynq, or two partitions on an UltraScale part.
struct Build {
    bench: Bench,
    part: &'static str,
    date: &'static str,
    partitions: &'static [&'static str],
}

impl Build {
    fn zynq() -> Self {
        Self { bench: Bench::new(), part: "xc7z010clg400-1", date: "2024/01/01", partitions: &["conv"] }
    }

    fn ultrascale() -> Self {
        Self { part: "xcku040-ffva1156-2-e", partitions: &["left", "right"], ..Self::zynq() }
    }

    fn dir(&self) -> Utf8PathBuf {
        self.bench.path().join("kit/small-1.0.0")
    }

    fn artifact(&self, name: &str, bytes: &[u8]) -> Artifact {
        let path = self.bench.path().join("runs").join(name);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(&path, bytes).unwrap();
        Artifact::of(&path).unwrap()
    }

    fn writer(&self, device: &Device) -> BitWriter {
        let header = dfxkit_fabric::PartName::parse(self.part).unwrap().header_form();
        let fields = HeaderFields::new("top", &header, self.date, "00:00:00", "2024.2");
        BitWriter::new(device).unwrap().header(&fields).unwrap()
    }

    fn artifacts(&self, seed: u32) -> Artifacts {
        let device = Device::of_part(self.part).unwrap();
        let writer = self.writer(&device);
        let map = device.die().unwrap().frame_map().unwrap();
        let clearing = self.part.starts_with("xcku");
        let partitions = self.partitions;
        let mut modules = Vec::new();
        for (n, partition) in partitions.iter().enumerate() {
            let mut frames = FrameSet::new(map.len());
            frames.insert_range(100 + 200 * n..140 + 200 * n);
            for (k, name) in ["conv3x3-8bit", "conv3x3-16bit"].iter().enumerate() {
                let value = seed + (10 * n + k) as u32;
                let fill = |address: dfxkit_fabric::device::FrameAddress, words: &mut [u32]| {
                    words[3] = value * 1000 + u32::from(address.minor);
                };
                let stem = format!("{k}/top_{partition}_{name}_partial");
                let clear = clearing.then(|| {
                    self.artifact(&format!("{stem}_clear.bit"), &writer.clear(&frames, fill).unwrap())
                });
                modules.push(ModuleSet {
                    name: (*name).to_owned(),
                    vivado_name: name.replace('-', "_"),
                    partition: (*partition).to_owned(),
                    configuration: ["base", "second"][k].to_owned(),
                    run: ["impl_1", "child_1"][k].to_owned(),
                    greybox: false,
                    partial_bit: Some(self.artifact(&format!("{stem}.bit"), &writer.partial(&frames, fill))),
                    clear_bit: clear,
                    bin: None,
                    hwh: None,
                    ltx: None,
                    routed_dcp: None,
                    drivers: vec![],
                });
            }
        }
        let configuration = |name: &str, run: &str, module: &str, parent: bool| ConfigurationSet {
            name: name.to_owned(),
            run: run.to_owned(),
            run_dir: self.bench.path().join("runs").join(run),
            parent,
            modules: partitions.iter().map(|p| ((*p).to_owned(), Some(module.to_owned()))).collect(),
            full_bit: None,
            routed_dcp: None,
            pr_verify: None,
            reports: vec![],
        };
        Artifacts {
            project: "small".to_owned(),
            version: "1.0.0".to_owned(),
            part: self.part.to_owned(),
            tool: ToolIdentity { release: "2024.2".to_owned(), build: None, simulated: false },
            static_set: StaticSet {
                top: "top".to_owned(),
                configuration: Some("base".to_owned()),
                run: "impl_1".to_owned(),
                full_bit: Some(self.artifact("impl_1/top.bit", &writer.full(|_, words| words[0] = seed))),
                routed_dcp: None,
                blackbox_dcp: None,
                hwh: None,
                ltx: None,
            },
            partitions: partitions
                .iter()
                .map(|p| PartitionSet {
                    abstract_shell: None,
                    name: (*p).to_owned(),
                    cell: format!("system_i/{p}"),
                    module: Some("conv_rp".to_owned()),
                    port_stub: None,
                    decoupler: Some(0x4120_0000),
                    pblock_ranges: vec!["SLICE_X0Y0:SLICE_X1Y49".to_owned()],
                })
                .collect(),
            modules,
            configurations: vec![
                configuration("base", "impl_1", "conv3x3-8bit", true),
                configuration("second", "child_1", "conv3x3-16bit", false),
            ],
            sources: vec![],
            golden: None,
            adopted: false,
            logs: vec![],
            missing: vec![],
            notes: vec![],
            gates: GateReport::new(vec![GateResult {
                gate: "timing".to_owned(),
                subject: "base".to_owned(),
                verdict: Verdict::Passed,
                expected: "WNS >= 0".to_owned(),
                actual: "WNS 0.1".to_owned(),
                evidence: None,
                off: false,
            }]),
        }
    }

    fn write(&self, artifacts: &Artifacts) -> Result<Written, KitError> {
        write(&KitInput { artifacts, formats: &FORMATS, archive: true, mtime: 0 }, &self.dir())
    }
}

fn sha256sum(dir: &Utf8Path) -> bool {
    Command::new("sha256sum")
        .args(["--check", "--strict", "--quiet", "SHA256SUMS"])
        .current_dir(dir)
        .status()
        .unwrap()
        .success()
}

fn listing(dir: &Utf8Path) -> Vec<String> {
    let mut names: Vec<String> = walkdir::WalkDir::new(dir)
        .into_iter()
        .map(Result::unwrap)
        .filter(|e| e.file_type().is_file())
        .map(|e| e.path().strip_prefix(dir).unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn a_kit_holds_pairs_lists_and_words_for_people() {
    let build = Build::zynq();
    let written = build.write(&build.artifacts(1)).unwrap();
    assert_eq!(written.change, Change::Created);
    assert!(sha256sum(&build.dir()));
    let names = listing(&build.dir());
    let own: Vec<&str> =
        names.iter().map(String::as_str).filter(|n| !n.starts_with("loader/vendor")).collect();
    assert_eq!(
        own,
        [
            "README.txt",
            "SHA256SUMS",
            "kit.json",
            "loader/Cargo.lock",
            "loader/Cargo.toml",
            "loader/README.md",
            "loader/src/bin/load-kit.rs",
            "loader/src/lib.rs",
            "modules/conv/conv3x3-16bit.bin",
            "modules/conv/conv3x3-16bit.bit",
            "modules/conv/conv3x3-16bit.dtso",
            "modules/conv/conv3x3-8bit.bin",
            "modules/conv/conv3x3-8bit.bit",
            "modules/conv/conv3x3-8bit.dtso",
            "static/small.bin",
            "static/small.bit",
        ]
    );
    let readme = fs_err::read_to_string(build.dir().join("README.txt")).unwrap();
    for words in
        ["static/", "modules/P/M", "conv3x3-8bit at power-up", "decoupler at 0x41200000 (description)"]
    {
        assert!(readme.contains(words), "{words} in\n{readme}");
    }
    assert!(
        !readme.contains("SIMULATED") && !readme.contains("NOT PROVEN") && !readme.contains("{{"),
        "{readme}"
    );
    let json: serde_json::Value =
        serde_json::from_slice(&fs_err::read(build.dir().join("kit.json")).unwrap()).unwrap();
    assert_eq!(json["partitions"][0]["frames"]["count"], 40);
    assert_eq!(json["device"]["idcode"], "0x3722093");
    assert_eq!(json["modules"][0]["files"][0]["static_identity"], json["static"]["identity"]);
    // The .bin is the .bit's data with every word reversed.
    let bit = fs_err::read(build.dir().join("modules/conv/conv3x3-8bit.bit")).unwrap();
    let bin = fs_err::read(build.dir().join("modules/conv/conv3x3-8bit.bin")).unwrap();
    let data = &bit[bit.len() - bin.len()..];
    assert!(data.chunks(4).zip(bin.chunks(4)).all(|(a, b)| a.iter().eq(b.iter().rev())));
    // Nothing of the build machine.
    let here = build.bench.path();
    for name in &names {
        let bytes = fs_err::read(build.dir().join(name)).unwrap();
        for place in [here.as_str(), env!("CARGO_MANIFEST_DIR")] {
            assert!(!bytes.windows(place.len()).any(|w| w == place.as_bytes()), "{name} holds {place}");
        }
    }
}

#[test]
fn the_same_build_gives_the_same_bytes_and_touches_nothing() {
    let build = Build::zynq();
    let first = build.write(&build.artifacts(1)).unwrap();
    let archive = fs_err::read(first.archive.unwrap()).unwrap();
    let inode = |dir: &Utf8Path| {
        use std::os::unix::fs::MetadataExt;
        fs_err::metadata(dir).unwrap().ino()
    };
    let before = inode(&build.dir());
    let again = build.write(&build.artifacts(1)).unwrap();
    assert_eq!((again.change, again.same_payloads), (Change::Unchanged, true));
    assert_eq!(inode(&build.dir()), before);

    let elsewhere = Build::zynq();
    let second = elsewhere.write(&elsewhere.artifacts(1)).unwrap();
    assert!(archive == fs_err::read(second.archive.unwrap()).unwrap(), "two builds, one archive");
    assert_eq!(listing(build.dir().parent().unwrap()).iter().filter(|n| n.starts_with('.')).count(), 0);
}

#[test]
fn another_kit_is_replaced_and_anything_else_is_left_alone() {
    let build = Build::zynq();
    build.write(&build.artifacts(1)).unwrap();
    let replaced = build.write(&build.artifacts(2)).unwrap();
    assert_eq!((replaced.change, replaced.same_payloads), (Change::Replaced, false));
    assert!(sha256sum(&build.dir()));

    // Only the date in the headers is another: new bytes, nothing new to release.
    let later = Build { date: "2025/05/05", ..build };
    let dated = later.write(&later.artifacts(2)).unwrap();
    assert_eq!((dated.change, dated.same_payloads), (Change::Replaced, true));

    // A note that somebody put there is not ours to destroy.
    let note = later.dir().join("NOTES.txt");
    fs_err::write(&note, "calibrated on Monday").unwrap();
    match later.write(&later.artifacts(3)) {
        Err(e @ KitError::Occupied { .. }) => assert!(e.to_string().contains("NOTES.txt"), "{e}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(fs_err::read_to_string(&note).unwrap(), "calibrated on Monday");
    fs_err::remove_file(&note).unwrap();
    // A draft that a killed run left is no obstacle.
    fs_err::create_dir_all(later.dir().with_file_name(".small-1.0.0.dfxkit-new-4199999/static")).unwrap();
    assert_eq!(later.write(&later.artifacts(3)).unwrap().change, Change::Replaced);
}

#[test]
fn what_is_simulated_or_not_proven_says_so_everywhere() {
    let build = Build::zynq();
    let mut artifacts = build.artifacts(1);
    artifacts.tool.simulated = true;
    artifacts.gates.results.push(GateResult {
        verdict: Verdict::Unknown,
        gate: "pr-verify".to_owned(),
        actual: "no log".to_owned(),
        ..artifacts.gates.results[0].clone()
    });
    build.write(&artifacts).unwrap();
    let read = |name: &str| fs_err::read_to_string(build.dir().join(name)).unwrap();
    assert!(read("README.txt").contains("*** SIMULATED ***"));
    assert!(read("README.txt").contains("unknown  pr-verify (base): expected WNS >= 0, actual no log"));
    assert!(
        read("kit.json").contains("\"simulated\": true")
            && read("kit.json").contains("\"verdict\": \"unknown\"")
    );
    assert!(read("loader/src/lib.rs").contains("simulated: true"));
    assert!(read("loader/README.md").contains("SIMULATED"));

    let dir = build.dir();
    let run = build.bench.run(&["kit", "verify", dir.as_str(), "--message-format", "json"]);
    let json = &run.exits(0).json()[0];
    assert_eq!((json["verdict"].as_str(), json["simulated"].as_bool()), (Some("unknown"), Some(true)));
    let human = build.bench.run(&["kit", "inspect", dir.as_str()]);
    assert!(human.exits(0).stdout.contains("SIMULATED"), "{}", human.stdout);
}

#[test]
fn verify_inspect_and_unpack_on_directory_and_archive() {
    let build = Build::ultrascale();
    let written = build.write(&build.artifacts(1)).unwrap();
    let (dir, archive) = (written.dir, written.archive.unwrap());
    for kit in [&dir, &archive] {
        let run = build.bench.run(&["kit", "verify", kit.as_str(), "--message-format", "json"]);
        let json = &run.exits(0).json()[0];
        assert_eq!((json["verdict"].as_str(), json["simulated"].as_bool()), (Some("passed"), Some(false)));
        let run = build.bench.run(&["kit", "inspect", kit.as_str()]);
        assert!(run.exits(0).stdout.contains("right/conv3x3-16bit"), "{}", run.stdout);
    }
    build.bench.run(&["kit", "unpack", archive.as_str(), "-o", "out"]).exits(0);
    assert!(sha256sum(&build.bench.path().join("out")));
    assert_eq!(listing(&build.bench.path().join("out")), listing(&dir));
    // Not over something that is there.
    build.bench.run(&["kit", "unpack", archive.as_str(), "-o", "out"]).exits(1);

    // One bit.
    let image = dir.join("modules/left/conv3x3-8bit_clear.bit");
    let mut bytes = fs_err::read(&image).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs_err::write(&image, bytes).unwrap();
    let run = build.bench.run(&["kit", "verify", dir.as_str()]);
    run.exits(4);
    assert!(run.stdout.contains("conv3x3-8bit_clear.bit\" was changed"), "{}", run.stdout);
    let mut bytes = fs_err::read(&archive).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs_err::write(&archive, bytes).unwrap();
    build.bench.run(&["kit", "unpack", archive.as_str(), "-o", "damaged"]).exits(4);
    assert!(!build.bench.path().join("damaged").exists(), "nothing is left behind");
    build.bench.run(&["kit", "verify", "nowhere"]).exits(1);
}

/// A build whose static and first module have the hand-off files of the made-up design, region `rp`.
fn with_hand_off_files(build: &Build) -> Artifacts {
    let seed = crate::support::repository().join("crates/handoff/tests/data/small.hwh");
    let seed = fs_err::read(seed).unwrap();
    let mut artifacts = build.artifacts(1);
    "system_i/rp".clone_into(&mut artifacts.partitions[0].cell);
    artifacts.static_set.hwh = Some(build.artifact("hw/static.hwh", &seed));
    artifacts.modules[0].hwh = Some(build.artifact("hw/module.hwh", &seed));
    artifacts
}

#[test]
fn pynq_gets_absolute_addresses_and_dfx_mgr_its_tree() {
    let build = Build::zynq();
    let artifacts = with_hand_off_files(&build);
    let formats = [KitFormat::Pynq, KitFormat::FpgaManager, KitFormat::DfxMgr];
    let input = KitInput { artifacts: &artifacts, formats: &formats, archive: true, mtime: 0 };
    let written = write(&input, &build.dir()).unwrap();
    assert!(sha256sum(&build.dir()));
    let read = |name: &str| fs_err::read_to_string(build.dir().join(name)).unwrap();
    let json = |name: &str| serde_json::from_str::<serde_json::Value>(&read(name)).unwrap();

    let module = read("modules/conv/conv3x3-8bit.hwh");
    assert!(module.contains("BASEVALUE=\"0x43C00000\" HIGHVALUE=\"0x43C0007F\""), "{module}");
    assert!(!read("static/small.hwh").contains("0x43C0007F"), "the static's stays");

    let shell = json("dfx-mgr/small/shell.json");
    assert_eq!((shell["shell_type"].as_str(), shell["num_pl_slots"].as_str()), (Some("PL_DFX"), Some("1")));
    let slot = "dfx-mgr/small/conv3x3-8bit/conv3x3-8bit_slot0";
    let accel = json(&format!("{slot}/accel.json"));
    assert_eq!(accel["pid"], shell["uid"]);
    assert_eq!(accel["accel_devices"][0]["dev_name"], "43c00000.ctl");
    assert_eq!(accel["accel_devices"][0]["reg_size"], "128");
    let bytes = |name: &str| fs_err::read(build.dir().join(name)).unwrap();
    assert!(bytes(&format!("{slot}/conv3x3-8bit_slot0.bin")) == bytes("modules/conv/conv3x3-8bit.bin"));
    assert!(bytes("dfx-mgr/small/small.bin") == bytes("static/small.bin"));
    let overlay = read("modules/conv/conv3x3-8bit.dtso");
    for words in [
        "target = <&fpga_PR0>;",
        "firmware-name = \"small/modules/conv/conv3x3-8bit.bin\";",
        "ctl@43c00000 {",
        "reg = <0x43c00000 0x80>;",
    ] {
        assert!(overlay.contains(words), "{words} in\n{overlay}");
    }
    // Where dtc is, the blobs are there and it reads them; where not, the kit says so.
    let blob = build.dir().join(slot).join("conv3x3-8bit_slot0.dtbo");
    if let Ok(run) = Command::new("dtc").args(["-q", "-I", "dtb", "-O", "dts"]).arg(&blob).output() {
        let text = String::from_utf8_lossy(&run.stdout).into_owned();
        assert!(run.status.success() && text.contains("conv3x3-8bit_slot0.bin"), "{text}");
        let base = build.dir().join("dfx-mgr/small/small.dtbo");
        let run = Command::new("dtc").args(["-q", "-I", "dtb", "-O", "dts"]).arg(base).output().unwrap();
        assert!(String::from_utf8_lossy(&run.stdout).contains("__symbols__"));
    } else {
        let manifest = written.verification.manifest.as_ref().unwrap();
        assert!(!blob.exists() && manifest.missing.iter().any(|m| m.what == ".dtbo overlays"));
    }
    // Without the format, the module's own file.
    let raw = KitInput { formats: &[KitFormat::Raw], ..input };
    write(&raw, &build.dir()).unwrap();
    assert!(read("modules/conv/conv3x3-8bit.hwh").contains("BASEVALUE=\"0x0\" HIGHVALUE=\"0x7F\""));
    assert!(!build.dir().join("dfx-mgr").exists());

    // A name that dfx-mgr cuts is refused.
    let mut long = artifacts.clone();
    long.modules[0].name = "x".repeat(130);
    long.configurations[0].modules[0].1 = Some("x".repeat(130));
    let refused = write(&KitInput { artifacts: &long, ..input }, &build.dir());
    assert!(matches!(refused, Err(KitError::DfxMgr { .. })), "{refused:?}");
}

#[test]
fn a_debian_package_puts_images_where_linux_looks() {
    let build = Build::zynq();
    let artifacts = with_hand_off_files(&build);
    let formats = [KitFormat::FpgaManager, KitFormat::DfxMgr];
    write(&KitInput { artifacts: &artifacts, formats: &formats, archive: true, mtime: 0 }, &build.dir())
        .unwrap();
    let home = build.bench.path();
    if Command::new("dpkg-deb").arg("--version").output().is_err() {
        eprintln!("SKIPPED: no dpkg-deb");
        return;
    }
    let dir = build.dir();
    let archive = format!("{dir}.tar.zst");
    let package = |kit: &str, out: &str| {
        build
            .bench
            .run(&["kit", "deb", kit, "-o", out, "--maintainer", "A Tester <t@example.invalid>"])
            .exits(0);
        fs_err::read(home.join(out)).unwrap()
    };
    let one = package(dir.as_str(), "one.deb");
    assert!(one == package(&archive, "two.deb"), "one kit, one package");
    let dpkg = |flag: &str| {
        let run = Command::new("dpkg-deb").args([flag, "one.deb"]).current_dir(&home).output().unwrap();
        assert!(run.status.success());
        String::from_utf8_lossy(&run.stdout).into_owned()
    };
    assert!(dpkg("-I").contains("Package: kit-small"), "{}", dpkg("-I"));
    let content = dpkg("-c");
    for path in [
        "./lib/firmware/small/modules/conv/conv3x3-8bit.bin",
        "./lib/firmware/xilinx/small/shell.json",
        "./lib/firmware/xilinx/small/conv3x3-8bit/conv3x3-8bit_slot0/accel.json",
        "./usr/share/doc/kit-small/kit.json",
    ] {
        assert!(content.contains(path), "{path} in\n{content}");
    }
    assert!(content.lines().all(|l| l.contains("root/root") && !l.contains("loader")), "{content}");
}

#[test]
fn signatures_are_made_and_checked() {
    let build = Build::zynq();
    let written = build.write(&build.artifacts(1)).unwrap();
    let (dir, archive) = (written.dir, written.archive.unwrap());
    let home = build.bench.path();
    let key = |name: &str| {
        let keys =
            ["-G", "-f", "-W", "-p", &format!("{name}.pub"), "-s", &format!("{name}.key")].map(str::to_owned);
        Command::new("minisign").args(keys).current_dir(&home).output().is_ok_and(|o| o.status.success())
    };
    if !key("release") || !key("other") {
        eprintln!("SKIPPED: no minisign that makes keys without a password");
        return;
    }
    let verify =
        |kit: &Utf8Path, key: &str| build.bench.run(&["kit", "verify", kit.as_str(), "--public-key", key]);
    // Asked for and not there is refused.
    assert!(verify(&dir, "release.pub").exits(4).stdout.contains("no signature to check"));
    for kit in [&dir, &archive] {
        build.bench.run(&["kit", "sign", kit.as_str(), "--key", "release.key"]).exits(0);
        let good = verify(kit, "release.pub");
        assert!(good.exits(0).stdout.contains("is signed with the key of"), "{}", good.stdout);
        verify(kit, "other.pub").exits(4);
        let signed = if kit.is_dir() { kit.join("SHA256SUMS") } else { kit.clone() };
        let tool = Command::new("minisign")
            .args(["-V", "-p", "release.pub", "-m", signed.as_str()])
            .current_dir(&home)
            .output();
        assert!(tool.unwrap().status.success(), "minisign alone accepts it");
    }
    // Without the key it is said that nobody looked.
    let plain = build.bench.run(&["kit", "verify", dir.as_str()]);
    assert!(plain.exits(0).stdout.contains("not checked without --public-key"), "{}", plain.stdout);

    // A kit that was made anew, digests and all, is whole and not signed by us.
    fs_err::copy(dir.join("SHA256SUMS.minisig"), home.join("kept")).unwrap();
    build.write(&build.artifacts(2)).unwrap();
    assert!(!dir.join("SHA256SUMS.minisig").exists(), "another kit has no signature yet");
    fs_err::rename(home.join("kept"), dir.join("SHA256SUMS.minisig")).unwrap();
    build.bench.run(&["kit", "verify", dir.as_str()]).exits(0);
    verify(&dir, "release.pub").exits(4);

    // What the stand-in made is signed on request only, and says so.
    let mut simulated = build.artifacts(2);
    simulated.tool.simulated = true;
    build.write(&simulated).unwrap();
    let sign = ["kit", "sign", dir.as_str(), "--key", "release.key"];
    assert!(build.bench.run(&sign).exits(4).stderr.contains("SIMULATED"));
    build.bench.run(&[&sign[..], &["--allow-simulated"]].concat()).exits(0);
    let signature = fs_err::read_to_string(dir.join("SHA256SUMS.minisig")).unwrap();
    assert!(signature.contains("trusted comment: small 1.0.0 passed SIMULATED"), "{signature}");
}

#[test]
fn kits_are_compared_and_their_parts_listed() {
    let build = Build::zynq();
    let first = build.dir();
    write(
        &KitInput { artifacts: &with_hand_off_files(&build), formats: &FORMATS, archive: true, mtime: 0 },
        &first,
    )
    .unwrap();
    let later = Build { date: "2025/05/05", ..build };
    let second = later.bench.path().join("kit/later");
    let input = with_hand_off_files(&later);
    write(&KitInput { artifacts: &input, formats: &FORMATS, archive: false, mtime: 0 }, &second).unwrap();
    let diff = |a: &Utf8Path, b: &Utf8Path| later.bench.run(&["kit", "diff", a.as_str(), b.as_str()]);
    let same = diff(&first, &second);
    assert_eq!(same.exits(0).stdout.trim(), "identical payload, nothing to release");

    let third = later.bench.path().join("kit/third");
    let seventh = later.artifacts(7).modules[1].partial_bit.clone().unwrap();
    let seventh = later.artifact("other/partial.bit", &fs_err::read(seventh.path).unwrap());
    let mut other = with_hand_off_files(&later);
    other.modules[1].partial_bit = Some(seventh);
    write(&KitInput { artifacts: &other, formats: &FORMATS, archive: false, mtime: 0 }, &third).unwrap();
    let differs = diff(&first, &third);
    let text = &differs.exits(0).stdout;
    assert!(
        text.contains("payload   modules/conv/conv3x3-16bit.bit: ") && text.contains("the payloads differ"),
        "{text}"
    );
    assert!(!text.contains("conv3x3-8bit"), "{text}");

    for kit in [first.clone(), Utf8PathBuf::from(format!("{first}.tar.zst"))] {
        let run = later.bench.run(&["kit", "sbom", kit.as_str()]);
        let document: serde_json::Value = serde_json::from_str(&run.exits(0).stdout).unwrap();
        assert_eq!(
            (document["bomFormat"].as_str(), document["specVersion"].as_str()),
            (Some("CycloneDX"), Some("1.5"))
        );
        let components = document["components"].as_array().unwrap();
        let core = components.iter().find(|c| c["bom-ref"] == "ip:example.org:user:ctl:1.0").unwrap();
        assert_eq!((core["name"].as_str(), core["version"].as_str()), (Some("ctl"), Some("1.0")));
        // Every dependency names a component.
        for on in document["dependencies"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|d| d["dependsOn"].as_array().unwrap())
        {
            assert!(components.iter().any(|c| c["bom-ref"] == *on), "{on}");
        }
    }
}

/// A kit can be whole by its digests and still hold the wrong images: whoever makes such a kit writes the digests too.
#[test]
fn a_kit_of_wrong_images_is_refused_although_its_digests_agree() {
    let build = Build { partitions: &["left", "right"], ..Build::zynq() };
    let dir = build.write(&build.artifacts(1)).unwrap().dir;
    let good = build.bench.run(&["kit", "verify", dir.as_str()]);
    assert!(good.exits(0).stdout.contains("10 images read"), "{}", good.stdout);

    // The two partitions' images exchanged, with every digest put right.
    let names = |partition: &str| dir.join(format!("modules/{partition}/conv3x3-8bit.bit"));
    let (left, right) = (fs_err::read(names("left")).unwrap(), fs_err::read(names("right")).unwrap());
    fs_err::write(names("left"), &right).unwrap();
    fs_err::write(names("right"), &left).unwrap();
    let (l, r) = (dfxkit::hash::sha256(&left), dfxkit::hash::sha256(&right));
    let json = fs_err::read_to_string(dir.join("kit.json")).unwrap();
    let mut manifest: serde_json::Value = serde_json::from_str(&json).unwrap();
    let modules = manifest["modules"].as_array_mut().unwrap();
    let at = |modules: &[serde_json::Value], p: &str| {
        modules.iter().position(|m| m["partition"] == p && m["name"] == "conv3x3-8bit").unwrap()
    };
    let (a, b) = (at(modules, "left"), at(modules, "right"));
    for key in ["sha256", "size", "payload_sha256"] {
        let kept = modules[a]["files"][0][key].take();
        modules[a]["files"][0][key] = modules[b]["files"][0][key].take();
        modules[b]["files"][0][key] = kept;
    }
    let new = serde_json::to_string_pretty(&manifest).unwrap();
    fs_err::write(dir.join("kit.json"), &new).unwrap();
    let sums = fs_err::read_to_string(dir.join("SHA256SUMS")).unwrap();
    let sums = sums.replace(&l, "<left>").replace(&r, &l).replace("<left>", &r);
    let sums = sums.replace(&dfxkit::hash::sha256(json.as_bytes()), &dfxkit::hash::sha256(new.as_bytes()));
    fs_err::write(dir.join("SHA256SUMS"), sums).unwrap();
    assert!(sha256sum(&dir));
    let run = build.bench.run(&["kit", "verify", dir.as_str()]);
    run.exits(4);
    assert!(run.stdout.contains("frames outside its partition"), "{}", run.stdout);
    assert!(run.stdout.contains("not the data of the .bit beside it"), "{}", run.stdout);
}

#[test]
fn images_are_read_again_before_they_go_in() {
    let build = Build::zynq();
    let good = build.artifacts(1);
    let mut swapped = good.clone();
    swapped.modules[0].partial_bit.clone_from(&good.static_set.full_bit);
    assert!(matches!(build.write(&swapped), Err(KitError::WrongImage { what: "kind", .. })));
    let mut foreign = good.clone();
    foreign.part = "xc7z020clg400-1".to_owned();
    assert!(matches!(build.write(&foreign), Err(KitError::WrongImage { what: "part", .. })));
    let mut refused = good.clone();
    refused.gates.results[0].verdict = Verdict::Refused;
    match build.write(&refused) {
        Err(e @ KitError::Refused { .. }) => assert!(e.to_string().contains("timing (base)"), "{e}"),
        other => panic!("{other:?}"),
    }
    let mut none = good.clone();
    none.static_set.full_bit = None;
    assert!(matches!(build.write(&none), Err(KitError::NoStatic { .. })));
    let mut twins = good.clone();
    twins.modules[1].name = "CONV3X3-8bit".to_owned();
    assert!(matches!(build.write(&twins), Err(KitError::Collision { .. })));
    fs_err::write(&good.modules[0].partial_bit.as_ref().unwrap().path, b"changed behind our back").unwrap();
    assert!(matches!(build.write(&good), Err(KitError::Changed { .. })));
    assert!(!build.dir().exists());
}

/// Slow (half a minute when the machine is busy): Cargo builds the emitted crate with its two vendored crates from nothing,
/// offline. Names are as unpleasant as they come, since what they become is compiled here.
#[test]
fn the_emitted_loader_builds_without_a_warning_and_checks_its_kit() {
    let build = Build { partitions: &["loader", "type"], ..Build::zynq() };
    let mut artifacts = build.artifacts(1);
    artifacts.project = "x\" }; fn evil() {} /*".to_owned();
    for p in &mut artifacts.partitions {
        p.decoupler = None;
    }
    artifacts.partitions[0].cell = "a/\u{202e}b`*/ */\nfn evil() {}".to_owned();
    let dir = build.write(&artifacts).unwrap().dir;
    let lib = fs_err::read_to_string(dir.join("loader/src/lib.rs")).unwrap();
    assert!(!lib.contains("\nfn evil"), "{lib}");
    assert!(lib.contains("pub mod type_ {") && lib.contains("pub struct Type;"), "{lib}");

    // As on another machine: nothing but the kit and Rust.
    let target = build.bench.path().join("target");
    let cargo = |args: &[&str]| {
        let output = Command::new(env!("CARGO"))
            .args(args)
            .args(["--offline", "--locked"])
            .current_dir(dir.join("loader"))
            .env("CARGO_TARGET_DIR", &target)
            .env("CARGO_HOME", build.bench.path().join("empty-cargo-home"))
            .output()
            .unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (built, log) = cargo(&["build"]);
    assert!(built && !log.contains("warning"), "{log}");

    let loader = |args: &[&str]| {
        let output =
            Command::new(target.join("debug/load-kit")).args(args).arg("--kit").arg(&dir).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let (code, text, _) = loader(&["check"]);
    assert_eq!(code, Some(0), "{text}");
    let checked = |kind: &str, frames: &str| {
        text.lines().filter(|l| l.contains(&format!("({kind} image, digest, device, {frames})"))).count()
    };
    assert_eq!((checked("partial", "frames"), checked("full", "frames not checked")), (4, 1), "{text}");
    assert!(loader(&["list"]).1.contains("conv3x3-16bit"));
    // No FPGA manager here: said, and nothing done.
    let (code, _, error) = loader(&["load", "type", "conv3x3-8bit", "--root", build.bench.path().as_str()]);
    assert!(code == Some(1) && error.contains("CONFIG_FPGA"), "{error}");

    // The wrong pairing does not compile.
    let program = "fn main() { let _ = |l: &mut kit::loader::Loader<kit::loader::Sysfs, kit::loader::NoRegisters>| \
                   { let _ = kit::partition::Loader_2.load(l, kit::PARTITION::Module::Conv3x3_8bit); }; }";
    let example = dir.join("loader/examples/pairing.rs");
    fs_err::create_dir_all(example.parent().unwrap()).unwrap();
    for (partition, compiles) in [("loader_2", true), ("type_", false)] {
        fs_err::write(&example, program.replace("PARTITION", partition)).unwrap();
        let (built, log) = cargo(&["build", "--example", "pairing"]);
        assert_eq!(built, compiles, "{log}");
        assert!(compiles || log.contains("E0308"), "{log}");
    }
    fs_err::remove_dir_all(dir.join("loader/examples")).unwrap();
    // Building it changed nothing of the kit; a target directory inside it is passed over, and said.
    assert!(sha256sum(&dir));
    fs_err::create_dir_all(dir.join("loader/target/debug")).unwrap();
    let verify = build.bench.run(&["kit", "verify", dir.as_str()]);
    assert!(verify.exits(0).stdout.contains("ignored  loader/target"), "{}", verify.stdout);
}

#[test]
fn real_images_and_hand_off_files_of_one_project() {
    let Some(corpus) = corpus() else { return };
    let project = corpus.join("z020_bdc_4rp_project");
    let runs = project.join("cv_dfx_4_pr.runs");
    let build = Build { part: "xc7z020clg400-1", ..Build::zynq() };
    let mut artifacts = Build::zynq().artifacts(1);
    artifacts.part = build.part.to_owned();
    let artifact = |path: Utf8PathBuf| Artifact::of(&path).unwrap();
    let hwh = |name: &str| {
        artifact(project.join(format!("cv_dfx_4_pr.gen/sources_1/bd/{name}/hw_handoff/{name}.hwh")))
    };
    artifacts.static_set.full_bit = Some(artifact(runs.join("impl_1/video_cp_wrapper.bit")));
    artifacts.static_set.hwh = Some(hwh("video_cp"));
    let template = artifacts.modules[0].clone();
    let place = artifacts.partitions[0].clone();
    artifacts.modules.clear();
    artifacts.partitions.clear();
    let modules = [
        ("pr_0", "composable_pr_0_dilate_erode"),
        ("pr_1", "composable_pr_1_dilate_erode"),
        ("pr_fork", "composable_pr_fork_duplicate"),
        ("pr_join", "composable_pr_join_subtract"),
    ];
    for (partition, module) in modules {
        let cell = format!("video_cp_i/composable/{partition}");
        artifacts.partitions.push(PartitionSet {
            abstract_shell: None,
            name: partition.to_owned(),
            cell,
            decoupler: None,
            ..place.clone()
        });
        let bit = fs_err::read_dir(runs.join("impl_1"))
            .unwrap()
            .map(|e| Utf8PathBuf::from_path_buf(e.unwrap().path()).unwrap())
            .find(|p| p.as_str().contains(&format!("_{partition}_")) && p.as_str().ends_with("_partial.bit"))
            .unwrap();
        artifacts.modules.push(ModuleSet {
            name: module.to_owned(),
            partition: partition.to_owned(),
            partial_bit: Some(artifact(bit)),
            hwh: Some(hwh(module)),
            ..template.clone()
        });
    }
    artifacts.configurations.truncate(1);
    artifacts.configurations[0].modules =
        modules.iter().map(|(p, m)| ((*p).to_owned(), Some((*m).to_owned()))).collect();
    let written = build.write(&artifacts).unwrap();
    let manifest = written.verification.manifest.unwrap();
    assert_eq!(manifest.verdict, dfxkit_handoff::kit::Verdict::Passed);
    assert_eq!(manifest.gates.iter().filter(|g| g.gate == "hwh-join").count(), 4);
    assert_eq!(manifest.partitions[0].apertures.len(), 2);
    assert_eq!(manifest.partitions[0].isolation[0].address, None, "on a pin");
    assert!(manifest.partitions.iter().all(|p| p.frames.count.is_some_and(|n| n > 100)));
    assert!(sha256sum(&build.dir()));
}

/// The FPGA manager gets raw data, so the loader must tell the kind without the header that says it.
#[test]
fn raw_data_tells_the_same_kind_as_the_header_on_real_files() {
    use dfxkit_fabric::codec::{Bitstream, Order};
    let Some(corpus) = corpus() else { return };
    let mut compared = 0;
    for entry in walkdir::WalkDir::new(&corpus) {
        let entry = entry.unwrap();
        if entry.path().extension().is_none_or(|e| !e.eq_ignore_ascii_case("bit")) {
            continue;
        }
        let bytes = fs_err::read(entry.path()).unwrap();
        let Ok(stream) = Bitstream::parse(&bytes) else { continue };
        let Some(header) = stream.header().filter(|h| h.version().is_some()) else { continue };
        if stream.is_encrypted() || stream.die().is_none() {
            continue;
        }
        let bin = stream.to_bin(Order::ByteSwapped);
        let raw = Bitstream::parse_as(&bin, Some(header.part)).unwrap();
        assert_eq!(raw.kind(), stream.kind(), "{}", entry.path().display());
        compared += 1;
    }
    assert!(compared > 20, "only {compared}");
}
