// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! A small kit, whole and damaged in every way that we could think of.

use std::path::Path;
use std::process::Command;

use dfxkit_handoff::kit::{
    Aperture, Compression, Configuration, Device, FORMAT, File, FileKind, Frames, Gate, Isolation, KitError,
    KitPath, Limits, Manifest, Module, ModuleInterrupt, ModuleRange, Partition, Probe, Project, Reset,
    Sources, Static, Sums, Tool, Verdict, pack, unpack_into, verify, verify_archive,
};
use proptest::prelude::{ProptestConfig, any, prop, proptest};
use sha2::{Digest, Sha256};

fn sha(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |text, b| format!("{text}{b:02x}"))
}

fn file(path: &str, kind: FileKind, content: &[u8], identity: &str) -> File {
    let payload = matches!(kind, FileKind::Full | FileKind::Partial).then(|| sha(content));
    File {
        path: KitPath::new(path).expect("allowed"),
        kind,
        size: content.len() as u64,
        sha256: sha(content),
        payload_sha256: payload,
        static_identity: identity.to_owned(),
    }
}

const FULL: &[u8] = b"the full image";
const PARTIAL: &[u8] = b"a partial image";

fn manifest(verdict: Verdict) -> Manifest {
    let identity = sha(FULL);
    Manifest {
        format: FORMAT,
        dfxkit: "0.1.0".to_owned(),
        project: Project { name: "small".to_owned(), version: "1.0.0".to_owned() },
        simulated: false,
        verdict,
        vivado: Tool { release: "2024.2".to_owned(), build: Some("5239630".to_owned()) },
        device: Device {
            part: "xc7z020clg400-1".to_owned(),
            family: "7-series".to_owned(),
            idcode: Some(0x372_7093),
        },
        fixed: Static {
            identity: identity.clone(),
            top: "top".to_owned(),
            configuration: Some("base".to_owned()),
            golden: None,
            files: vec![file("static/small.bit", FileKind::Full, FULL, &identity)],
        },
        partitions: vec![Partition {
            name: "conv".to_owned(),
            cell: "system_i/conv".to_owned(),
            frames: Frames { count: Some(2), ranges: vec![(0x40_0000, 0x40_0001)] },
            apertures: vec![Aperture { interface: "S_AXI".to_owned(), base: 0x43c0_0000, high: 0x43c0_ffff }],
            isolation: vec![Isolation {
                path: "dec".to_owned(),
                kind: "decoupler".to_owned(),
                address: Some(0x4120_0000),
            }],
            reset: Some(Reset { address: 0x4121_0000, mask: 1, active_high: true, hold_us: 10 }),
            power_up: Some("conv3x3".to_owned()),
            pblock: vec![],
        }],
        modules: vec![Module {
            name: "conv3x3".to_owned(),
            partition: "conv".to_owned(),
            greybox: false,
            configuration: "base".to_owned(),
            files: vec![file("modules/conv/conv3x3.bit", FileKind::Partial, PARTIAL, &identity)],
            drivers: vec!["acme.com:hls:conv:1.0".to_owned()],
            ranges: vec![ModuleRange {
                path: "ctl".to_owned(),
                vlnv: Some("acme.com:hls:conv:1.0".to_owned()),
                interface: "S_AXI".to_owned(),
                base: 0x43c0_0000,
                high: 0x43c0_007f,
                memory: false,
                driver: Some("acme.com:hls:conv:1.0".to_owned()),
            }],
            interrupts: vec![ModuleInterrupt {
                path: "ctl".to_owned(),
                pin: "irq".to_owned(),
                controller: None,
                index: 2,
                raw: Some(63),
            }],
            id: Some(Probe { address: 0x43c0_0070, mask: 0xffff, value: 0x3333, timeout_us: 0 }),
        }],
        configurations: vec![Configuration {
            name: "base".to_owned(),
            parent: true,
            modules: vec![("conv".to_owned(), Some("conv3x3".to_owned()))],
        }],
        gates: vec![Gate {
            gate: "timing".to_owned(),
            subject: "base".to_owned(),
            verdict,
            expected: "WNS >= 0".to_owned(),
            actual: "0.1 ns".to_owned(),
        }],
        sources: Some(Sources { commit: "c0ffee".to_owned(), changed: false }),
        documents: vec![],
        missing: vec![],
    }
}

fn put(root: &Path, name: &str, bytes: &[u8]) {
    let path = root.join(name);
    fs_err::create_dir_all(path.parent().expect("has a parent")).expect("made");
    fs_err::write(path, bytes).expect("written");
}

/// Writes the kit with this manifest text, and its list.
fn write_kit(root: &Path, manifest: &str) {
    let mut sums = Sums::default();
    let files: [(&str, &[u8]); 4] = [
        ("README.txt", b"for people\n"),
        ("kit.json", manifest.as_bytes()),
        ("modules/conv/conv3x3.bit", PARTIAL),
        ("static/small.bit", FULL),
    ];
    for (name, bytes) in files {
        put(root, name, bytes);
        sums.insert(KitPath::new(name).expect("allowed"), sha(bytes)).expect("no collision");
    }
    put(root, "SHA256SUMS", sums.render().as_bytes());
}

fn small_kit(root: &Path) {
    write_kit(root, &manifest(Verdict::Passed).render().expect("consistent"));
}

fn packed(root: &Path, compression: Compression) -> Vec<u8> {
    let mut out = Vec::new();
    pack(root, "small-1.0.0", 0, compression, &mut out).expect("packs");
    out
}

fn detail(path: &Path) -> (Verdict, String) {
    let v = verify(path, &Limits::default()).expect("readable");
    let detail = v.parts.iter().filter(|p| p.verdict == Verdict::Refused).map(|p| p.detail.as_str());
    (v.verdict, detail.collect::<Vec<_>>().join("\n"))
}

/// True unless the archive is taken for a kit.
fn refused(bytes: &[u8]) -> bool {
    verify_archive(bytes, &Limits::default()).map_or(true, |v| v.verdict == Verdict::Refused)
}

#[test]
fn a_whole_kit_passes_and_sha256sum_agrees() {
    let dir = tempfile::tempdir().expect("temp");
    small_kit(dir.path());
    let v = verify(dir.path(), &Limits::default()).expect("readable");
    assert_eq!(v.verdict, Verdict::Passed, "{v:?}");
    assert!(v.is_whole());
    let status = Command::new("sha256sum")
        .args(["--check", "--strict", "--quiet", "SHA256SUMS"])
        .current_dir(dir.path())
        .status();
    assert!(status.expect("coreutils").success());
}

#[test]
fn the_gates_decide_between_passed_unknown_and_refused() {
    for verdict in [Verdict::Passed, Verdict::Unknown, Verdict::Refused] {
        let dir = tempfile::tempdir().expect("temp");
        write_kit(dir.path(), &manifest(verdict).render().expect("consistent"));
        let v = verify(dir.path(), &Limits::default()).expect("readable");
        assert_eq!((v.verdict, v.is_whole()), (verdict, true));
    }
    let mut none = manifest(Verdict::Unknown);
    none.gates.clear();
    let dir = tempfile::tempdir().expect("temp");
    write_kit(dir.path(), &none.render().expect("consistent"));
    assert_eq!(verify(dir.path(), &Limits::default()).expect("readable").verdict, Verdict::Unknown);
}

#[test]
fn flipped_bits_of_every_file_are_refused() {
    let dir = tempfile::tempdir().expect("temp");
    small_kit(dir.path());
    for name in ["README.txt", "SHA256SUMS", "kit.json", "modules/conv/conv3x3.bit", "static/small.bit"] {
        let path = dir.path().join(name);
        let whole = fs_err::read(&path).expect("read");
        for bit in 0..whole.len() * 8 {
            let mut flipped = whole.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            fs_err::write(&path, &flipped).expect("written");
            let v = verify(dir.path(), &Limits::default()).expect("readable");
            assert_eq!(v.verdict, Verdict::Refused, "{name}, bit {bit}");
            assert!(!v.is_whole());
        }
        fs_err::write(&path, &whole).expect("written");
    }
    assert_eq!(detail(dir.path()).0, Verdict::Passed);
}

#[test]
fn every_flipped_bit_and_every_truncation_of_a_tar_is_refused() {
    let dir = tempfile::tempdir().expect("temp");
    let kit = dir.path().join("kit");
    small_kit(&kit);
    let whole = packed(&kit, Compression::None);
    assert!(!refused(&whole));
    let mut flipped = whole.clone();
    for bit in 0..whole.len() * 8 {
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(refused(&flipped), "bit {bit}");
        flipped[bit / 8] ^= 1 << (bit % 8);
    }
    for length in (0..whole.len()).step_by(17) {
        assert!(refused(&whole[..length]), "cut at {length}");
    }
    assert!(refused(&[&whole[..], b"x"].concat()));
    assert!(refused(&[&whole[..], &[0; 512]].concat()));
    assert!(refused(&[&whole[..], &whole[..]].concat()));
}

#[test]
fn every_flipped_bit_and_every_truncation_of_a_compressed_kit_is_refused() {
    let dir = tempfile::tempdir().expect("temp");
    small_kit(dir.path());
    let whole = packed(dir.path(), Compression::Zstd);
    assert!(!refused(&whole));
    let mut flipped = whole.clone();
    for bit in 0..whole.len() * 8 {
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(refused(&flipped), "bit {bit}");
        flipped[bit / 8] ^= 1 << (bit % 8);
    }
    for length in 0..whole.len() {
        assert!(refused(&whole[..length]), "cut at {length}");
    }
    assert!(refused(&[&whole[..], b"x"].concat()));
    assert!(refused(&[&whole[..], &whole[..]].concat()));
}

#[test]
fn archives_are_deterministic_and_other_tools_read_them() {
    let dir = tempfile::tempdir().expect("temp");
    let (a, b) = (dir.path().join("a"), dir.path().join("b"));
    small_kit(&a);
    small_kit(&b);
    for compression in [Compression::None, Compression::Zstd] {
        assert_eq!(packed(&a, compression), packed(&b, compression));
    }
    let tar = dir.path().join("kit.tar");
    fs_err::write(&tar, packed(&a, Compression::None)).expect("written");
    let out = dir.path().join("out");
    fs_err::create_dir_all(&out).expect("made");
    let status = Command::new("tar").arg("-xf").arg(&tar).arg("-C").arg(&out).status().expect("tar runs");
    assert!(status.success());
    assert_eq!(detail(&out.join("small-1.0.0")).0, Verdict::Passed);
    // The independent decoder, where it is installed, finds the same tar.
    let zst = dir.path().join("kit.tar.zst");
    fs_err::write(&zst, packed(&a, Compression::Zstd)).expect("written");
    match Command::new("zstd").args(["-q", "-d", "-c"]).arg(&zst).output() {
        Ok(output) => assert_eq!(output.stdout, packed(&a, Compression::None)),
        Err(_) => eprintln!("skipped: no zstd program"),
    }
}

#[test]
fn unpacking_gives_the_kit_back() {
    let dir = tempfile::tempdir().expect("temp");
    let kit = dir.path().join("kit");
    small_kit(&kit);
    for compression in [Compression::None, Compression::Zstd] {
        let path = dir.path().join("archive");
        fs_err::write(&path, packed(&kit, compression)).expect("written");
        let out = tempfile::tempdir().expect("temp");
        let v = unpack_into(&path, out.path(), &Limits::default()).expect("unpacks");
        assert_eq!(v.verdict, Verdict::Passed);
        assert_eq!(detail(out.path()).0, Verdict::Passed);
        assert_eq!(packed(out.path(), compression), packed(&kit, compression));
    }
}

#[test]
fn what_does_not_belong_is_refused() {
    let dir = tempfile::tempdir().expect("temp");
    small_kit(dir.path());
    let check = |wanted: &str| {
        let (verdict, detail) = detail(dir.path());
        assert_eq!(verdict, Verdict::Refused);
        assert!(detail.contains(wanted), "{detail}");
    };
    put(dir.path(), "extra.bit", b"x");
    check("not part of the kit");
    fs_err::remove_file(dir.path().join("extra.bit")).expect("removed");
    fs_err::create_dir_all(dir.path().join("empty")).expect("made");
    check("\"empty\" is not part of the kit");
    fs_err::remove_dir_all(dir.path().join("empty")).expect("removed");
    let readme = dir.path().join("README.txt");
    fs_err::remove_file(&readme).expect("removed");
    check("listed but not there");
    fs_err::os::unix::fs::symlink("kit.json", &readme).expect("linked");
    check("symbolic link");
    fs_err::remove_file(&readme).expect("removed");
    put(dir.path(), "README.txt", b"for people\n");
    assert_eq!(detail(dir.path()).0, Verdict::Passed);
    // Building the loader inside the kit leaves a directory that is not ours to judge, and is said.
    put(dir.path(), "modules/conv/x y", b"x");
    check("not allowed");
}

#[test]
fn hostile_archives_are_refused() {
    let dir = tempfile::tempdir().expect("temp");
    let kit = dir.path().join("kit");
    small_kit(&kit);
    let good = packed(&kit, Compression::None);
    let path = dir.path().join("hostile.tar");
    // A whole kit, then one more entry of every unpleasant kind.
    let body = &good[..good.len() - 1024];
    let unpleasant: [(&str, tar::EntryType, &[u8]); 6] = [
        ("small-1.0.0/zz", tar::EntryType::Regular, b"x"),
        ("small-1.0.0/static/small.bit", tar::EntryType::Regular, b"other"),
        ("small-1.0.0/zz", tar::EntryType::Symlink, b""),
        ("small-1.0.0/zz", tar::EntryType::Link, b""),
        ("small-1.0.0/zz/", tar::EntryType::Directory, b""),
        ("elsewhere/zz", tar::EntryType::Regular, b"x"),
    ];
    for (name, kind, content) in unpleasant {
        let mut header = tar::Header::new_ustar();
        header.set_path(name).expect("fits");
        header.set_entry_type(kind);
        header.set_mode(0o644);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        header.set_size(content.len() as u64);
        header.set_cksum();
        let mut bytes = [body, header.as_bytes(), content].concat();
        bytes.resize(bytes.len().div_ceil(512) * 512 + 1024, 0);
        fs_err::write(&path, &bytes).expect("written");
        assert_eq!(detail(&path).0, Verdict::Refused, "{name} {kind:?}");
        let out = tempfile::tempdir().expect("temp");
        assert!(unpack_into(&path, out.path(), &Limits::default()).is_err());
    }
    // Not even a tar.
    fs_err::write(&path, b"PK\x03\x04 some zip").expect("written");
    assert!(verify(&path, &Limits::default()).map_or(true, |v| v.verdict == Verdict::Refused));
    // Limits hold for what is declared, before anything of that size is read.
    fs_err::write(&path, &good).expect("written");
    let tight = Limits { file_bytes: 4, ..Limits::default() };
    assert_eq!(verify(&path, &tight).expect("readable").verdict, Verdict::Refused);
    let few = Limits { files: 2, ..Limits::default() };
    assert_eq!(verify(&path, &few).expect("readable").verdict, Verdict::Refused);
}

#[test]
fn manifests_that_contradict_themselves_are_not_written_and_not_read() {
    let good = manifest(Verdict::Passed).render().expect("consistent");
    assert_eq!(Manifest::parse(good.as_bytes()).expect("reads back"), manifest(Verdict::Passed));

    let newer = good.replacen("\"format\": 1", "\"format\": 9", 1).replacen("0.1.0", "7.3.0", 1);
    match Manifest::parse(newer.as_bytes()) {
        Err(e @ KitError::Newer { .. }) => assert!(e.to_string().contains("7.3.0"), "{e}"),
        other => panic!("{other:?}"),
    }
    let unknown = good.replacen("\"format\": 1", "\"surprise\": 1,\n  \"format\": 1", 1);
    assert!(matches!(Manifest::parse(unknown.as_bytes()), Err(KitError::Json { .. })));
    let nested = "[".repeat(100_000);
    assert!(matches!(Manifest::parse(nested.as_bytes()), Err(KitError::Json { .. })));
    let path = good.replace("modules/conv/conv3x3.bit", "../conv3x3.bit");
    assert!(matches!(Manifest::parse(path.as_bytes()), Err(KitError::Json { .. })));

    let broken: [fn(&mut Manifest); 9] = [
        |m| m.verdict = Verdict::Unknown,
        |m| m.fixed.files.clear(),
        |m| m.fixed.identity = "0".repeat(64),
        |m| m.modules[0].partition = "other".to_owned(),
        |m| m.modules[0].files[0].static_identity = "0".repeat(64),
        |m| m.modules[0].files[0].sha256 = "X".repeat(64),
        |m| m.modules.push(m.modules[0].clone()),
        |m| m.partitions.push(m.partitions[0].clone()),
        |m| m.partitions[0].power_up = Some("nobody".to_owned()),
    ];
    for (n, damage) in broken.iter().enumerate() {
        let mut bad = manifest(Verdict::Passed);
        damage(&mut bad);
        assert!(bad.render().is_err(), "damage {n}");
        let text = serde_json::to_string(&bad).expect("syntax is fine");
        assert!(Manifest::parse(text.as_bytes()).is_err(), "damage {n}");
    }
}

#[test]
fn two_modules_of_a_partition_never_share_a_clearing_image() {
    let mut m = manifest(Verdict::Passed);
    let identity = m.fixed.identity.clone();
    let mut second = m.modules[0].clone();
    second.name = "conv5x5".to_owned();
    second.files = vec![file("modules/conv/conv5x5.bit", FileKind::Partial, b"other", &identity)];
    second.files.push(file("modules/conv/conv5x5_clear.bit", FileKind::Clear, b"clear", &identity));
    m.modules[0].files.push(file("modules/conv/conv3x3_clear.bit", FileKind::Clear, b"clear", &identity));
    m.modules.push(second);
    assert!(m.render().expect_err("shared").to_string().contains("same clearing bitstream"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_archives_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..2048), zstd in any::<bool>()) {
        let magic: &[u8] = if zstd { &[0x28, 0xb5, 0x2f, 0xfd] } else { b"" };
        assert!(refused(&[magic, &bytes].concat()));
    }

    #[test]
    fn mutated_manifests_never_panic(edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let mut bytes = manifest(Verdict::Passed).render().expect("consistent").into_bytes();
        for (at, value) in edits {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        let _ = Manifest::parse(&bytes);
        let _ = Sums::parse(&bytes);
    }
}
