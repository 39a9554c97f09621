// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The loader crate that a kit carries, built and run.

use std::process::Command;

use super::{Build, sha256sum};

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
