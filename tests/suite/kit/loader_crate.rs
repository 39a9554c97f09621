// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The loader crate that a kit carries, built and run.

use std::process::Command;

use camino::Utf8Path;

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
    // The second partition is the region of the made-up design, with registers as unpleasant as its names.
    let seed =
        fs_err::read_to_string(crate::support::repository().join("crates/handoff/tests/data/small.hwh"))
            .unwrap();
    let seed = seed.replace("</REGISTERS>", &format!("{}</REGISTERS>", unpleasant_registers()));
    artifacts.partitions[1].cell = "system_i/rp".to_owned();
    artifacts.static_set.hwh = Some(build.artifact("hw/static.hwh", seed.as_bytes()));
    artifacts.modules[2].hwh = Some(build.artifact("hw/module.hwh", seed.as_bytes()));
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
            .env("RUSTDOCFLAGS", "-D warnings")
            .env("CARGO_HOME", build.bench.path().join("empty-cargo-home"))
            .output()
            .unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (built, log) = cargo(&["build"]);
    assert!(built && !log.contains("warning"), "{log}");
    let (documented, log) = cargo(&["doc", "--no-deps"]);
    assert!(documented && !log.contains("warning"), "{log}");
    // The example of the documentation compiles.
    let (tested, log) = cargo(&["test", "--doc"]);
    assert!(tested && !log.contains("warning"), "{log}");

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

    // Registers, on a device that is not there.
    let examples = dir.join("loader/examples");
    fs_err::create_dir_all(&examples).unwrap();
    fs_err::write(examples.join("registers.rs"), REGISTERS).unwrap();
    let (built, log) = cargo(&["build", "--example", "registers"]);
    assert!(built && !log.contains("warning"), "{log}");
    let root = build.bench.path().join("root");
    let boot_id = root.join("proc/sys/kernel/random/boot_id");
    fs_err::create_dir_all(boot_id.parent().unwrap()).unwrap();
    fs_err::write(boot_id, "11111111-2222-3333-4444-555555555555\n").unwrap();
    let run = Command::new(target.join("debug/examples/registers")).arg(&dir).arg(&root).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    for (from, to) in [
        // What may not be written has no way to write; what belongs to another module takes no other window.
        ("ctl::STATUS.read(&mut window)", "ctl::STATUS.write(&mut window, 1)"),
        ("ctl::CTRL.read(&mut window)", "kit::registers::fixed::dec::SELF.read(&mut window)"),
    ] {
        assert!(REGISTERS.contains(from));
        fs_err::write(examples.join("registers.rs"), REGISTERS.replace(from, to)).unwrap();
        let (built, log) = cargo(&["build", "--example", "registers"]);
        assert!(!built, "{to}: {log}");
    }

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

/// The crate of a kit compiles and is documented without a warning.
pub(super) fn documents(kit: &Utf8Path, target: &Utf8Path) {
    for command in ["check", "doc"] {
        let output = Command::new(env!("CARGO"))
            .args([command, "--offline", "--locked"])
            .args((command == "doc").then_some("--no-deps"))
            .current_dir(kit.join("loader"))
            .env("CARGO_TARGET_DIR", target)
            .env("RUSTDOCFLAGS", "-D warnings")
            .output()
            .unwrap();
        let log = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && !log.contains("warning"), "{log}");
    }
}

/// Registers of `ctl` beside `CTRL` (offset 4, field `GO` at bit 3).
fn unpleasant_registers() -> String {
    let property = |name: &str, value: &str| format!("<PROPERTY NAME=\"{name}\" VALUE=\"{value}\"/>");
    let register = |name: &str, offset: &str, size: &str, more: &str| {
        let own = property("ADDRESS_OFFSET", offset) + &property("SIZE", size) + more;
        format!("<REGISTER NAME=\"{name}\">{own}</REGISTER>")
    };
    let text = "see [1] &lt;b&gt;, `x` */ http://example.invalid/ \u{202e}";
    [
        register("IVAR[3]", "0x8", "32", &property("DESCRIPTION", text)),
        register("IVAR_3", "0xC", "32", ""),
        register("self", "0x10", "32", &property("ACCESS", "read-write")),
        register("BASE", "0x14", "8", ""),
        register("STATUS", "0x18", "32", &property("ACCESS", "read-only")),
        register("KEY", "0x1C", "32", &property("ACCESS", "write-only")),
        register("wide", "0x20", "64", ""),
        register("odd", "0x2A", "16", ""),
        register("off", "0x30", "32", &property("IS_ENABLED", "false")),
        register("beyond", "0x80", "32", ""),
        register("9 lives", "0x34", "32", ""),
    ]
    .concat()
}

/// Uses the registers of a module that is loaded.
const REGISTERS: &str = r#"
use std::collections::BTreeMap;
use kit::loader::{Options, RegisterError, Registers, fake::Recorder};
use kit::registers::type_::conv3x3_8bit::{self, ctl};

#[derive(Debug, Default)]
struct Memory(BTreeMap<u64, u32>);

impl Registers for Memory {
    fn read(&mut self, address: u64) -> Result<u32, RegisterError> {
        Ok(self.0.get(&address).copied().unwrap_or(0))
    }
    fn write(&mut self, address: u64, value: u32) -> Result<(), RegisterError> {
        self.0.insert(address, value);
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1).map(std::path::PathBuf::from);
    let (dir, root) = (arguments.next().unwrap(), arguments.next().unwrap());
    let options = Options { static_is_running: true, ..Options::default() };
    let mut loader = kit::open(&dir, &root, Recorder::default(), Memory::default(), options);
    kit::Partition::Type.load(&mut loader, kit::type_::Module::Conv3x3_16bit)?;
    assert!(conv3x3_8bit::open(&mut loader).unwrap_err().to_string().contains("expected module conv3x3-8bit"));
    kit::Partition::Type.load(&mut loader, kit::type_::Module::Conv3x3_8bit)?;
    let mut window = conv3x3_8bit::open(&mut loader)?;
    assert_eq!((ctl::BASE, ctl::HIGH), (0x43c0_0000, 0x43c0_007f));
    ctl::CTRL.write(&mut window, 0x70)?;
    ctl::ctrl::GO.set(&mut window, 1)?;
    assert_eq!(ctl::CTRL.read(&mut window)?, 0x78);
    assert_eq!(ctl::ctrl::GO.get(&mut window)?, 1);
    assert!(ctl::ctrl::GO.set(&mut window, 2).is_err());
    ctl::KEY.write(&mut window, 7)?;
    assert_eq!(ctl::STATUS.read(&mut window)?, 0);
    assert_eq!(ctl::IVAR_3.address(), 0x43c0_0008);
    assert_eq!(ctl::IVAR_3_2.address(), 0x43c0_000c);
    assert_eq!(ctl::BASE_2.address(), 0x43c0_0014);
    assert_eq!(ctl::R9_LIVES.address(), 0x43c0_0034);
    assert_eq!(ctl::SELF.address(), 0x43c0_0010);
    Ok(())
}
"#;

/// The compiler that has the standard library of 64-bit Arm: the one that builds these tests, or Debian's; none: said.
fn compiler_for_arm() -> Option<&'static str> {
    let has = |rustc: &str| {
        let query = ["--print", "target-libdir", "--target", ARM];
        Command::new(rustc).args(query).output().is_ok_and(|run| {
            run.status.success() && std::path::Path::new(String::from_utf8_lossy(&run.stdout).trim()).is_dir()
        })
    };
    let found = ["rustc", "/usr/bin/rustc"].into_iter().find(|rustc| has(rustc));
    if found.is_none() {
        eprintln!(
            "SKIPPED: no standard library for {ARM} (rustup target add, or Debian's libstd-rust-web-dev:arm64)"
        );
    }
    found
}

const ARM: &str = "aarch64-unknown-linux-gnu";

/// The processors that kits go to. Linked and run where a linker and an emulator are, only checked where they are not.
#[test]
fn the_emitted_loader_builds_for_64_bit_arm() {
    let Some(rustc) = compiler_for_arm() else { return };
    let linker = "aarch64-linux-gnu-gcc";
    let links = Command::new(linker).arg("--version").output().is_ok_and(|run| run.status.success());
    let build = Build::zynqmp();
    let mut artifacts = super::with_hand_off_files(&build);
    artifacts.partitions[0].decoupler = None;
    let dir = build.write(&artifacts).unwrap().dir;
    let target = build.bench.path().join("target");
    let output = Command::new(env!("CARGO"))
        .args([if links { "build" } else { "check" }, "--offline", "--locked", "--target", ARM])
        .current_dir(dir.join("loader"))
        .env("RUSTC", rustc)
        .env("CARGO_TARGET_DIR", &target)
        .env("CARGO_HOME", build.bench.path().join("empty-cargo-home"))
        .env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER", linker)
        .output()
        .unwrap();
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && !log.contains("warning"), "{log}");
    if !links {
        eprintln!("SKIPPED in part: no {linker}, so nothing was linked");
        return;
    }
    let program = target.join(format!("{ARM}/debug/load-kit"));
    let run = Command::new("qemu-aarch64-static")
        .args(["-L", "/usr/aarch64-linux-gnu"])
        .arg(&program)
        .args(["check", "--kit", dir.as_str()])
        .output();
    match run {
        Ok(run) => {
            let text = String::from_utf8_lossy(&run.stdout).into_owned();
            assert!(run.status.success() && text.matches("ok      ").count() == 3, "{text}");
        }
        Err(_) => eprintln!("SKIPPED in part: no qemu-aarch64-static, so it was not run"),
    }
}
