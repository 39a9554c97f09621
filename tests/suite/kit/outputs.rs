// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! What other loaders find in a kit.

use std::process::Command;

use dfxkit::kit::{KitError, KitInput, write};
use dfxkit::spec::model::KitFormat;

use super::{Build, sha256sum, with_hand_off_files};

#[test]
fn pynq_gets_absolute_addresses_and_dfx_mgr_its_tree() {
    let build = Build::zynq();
    let artifacts = with_hand_off_files(&build);
    let formats = [KitFormat::Pynq, KitFormat::FpgaManager, KitFormat::DfxMgr];
    let input = KitInput::new(&artifacts, &formats);
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
    // Where dtc is, the blobs are there and it reads them; where not, the kit says so.
    let blob = build.dir().join(slot).join("conv3x3-8bit_slot0.dtbo");
    if let Ok(run) = Command::new("dtc").args(["-q", "-I", "dtb", "-O", "dts"]).arg(&blob).output() {
        let text = String::from_utf8_lossy(&run.stdout).into_owned();
        assert!(run.status.success() && text.contains("conv3x3-8bit_slot0.bin"), "{text}");
    } else {
        let manifest = written.verification.manifest.as_ref().unwrap();
        assert!(!blob.exists() && manifest.missing.iter().any(|m| m.what == ".dtbo overlays"));
    }
    // Without the format, the module's own file.
    let raw = KitInput { formats: &[KitFormat::Raw], ..input.clone() };
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
    write(&KitInput::new(&artifacts, &formats), &build.dir()).unwrap();
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
