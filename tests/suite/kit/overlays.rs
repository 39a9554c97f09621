// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Device-tree overlays: what they say, that dtc compiles them without a word, and that they apply one on another.

use std::process::Command;

use camino::Utf8Path;
use dfxkit::kit::{KitInput, write};
use dfxkit::spec::model::KitFormat;

use super::{Build, with_hand_off_files};

const FORMATS: [KitFormat; 2] = [KitFormat::FpgaManager, KitFormat::DfxMgr];

/// What linux-xlnx's trees have, as far as overlays need it: the full region, clocks, the interrupt controller.
fn base(cells: u32) -> String {
    format!(
        "/dts-v1/;\n/ {{\n#address-cells = <{cells}>;\n#size-cells = <{cells}>;\n\
         intc: gic: interrupt-controller {{ interrupt-controller; #interrupt-cells = <3>; #address-cells = <0>; }};\n\
         clkc: zynqmp_clk: clock-controller {{ #clock-cells = <1>; }};\n\
         fpga_full: fpga-region {{ compatible = \"fpga-region\"; #address-cells = <{cells}>; #size-cells = <{cells}>; ranges; }};\n}};\n"
    )
}

fn tool(home: &Utf8Path, name: &str, args: &[&str]) -> Option<String> {
    let Ok(run) = Command::new(name).args(args).current_dir(home).output() else {
        eprintln!("SKIPPED: no {name}");
        return None;
    };
    let said = String::from_utf8_lossy(&run.stderr).into_owned();
    assert!(run.status.success(), "{name} {args:?}: {said}");
    assert_eq!(said, "", "{name} {args:?} warns");
    Some(String::from_utf8_lossy(&run.stdout).into_owned())
}

/// Every overlay of a kit, applied: base, then the static's (either form), then a module's (either form).
fn apply(build: &Build) {
    let home = build.bench.path();
    let cells = if build.part.starts_with("xc7z") { 1 } else { 2 };
    build.bench.write("base.dts", &base(cells));
    // The base is the kernel's own, with symbols.
    if tool(&home, "dtc", &["-@", "-I", "dts", "-O", "dtb", "-o", "base.dtb", "base.dts"]).is_none() {
        return;
    }
    let kit = build.dir();
    for source in super::listing(&kit).iter().filter(|n| Utf8Path::new(n).extension() == Some("dtso")) {
        let (from, to) = (kit.join(source), home.join("again.dtbo"));
        tool(&home, "dtc", &["-I", "dts", "-O", "dtb", "-o", to.as_str(), from.as_str()]);
        let blob = kit.join(source.replace(".dtso", ".dtbo"));
        assert!(
            fs_err::read(blob).unwrap() == fs_err::read(to).unwrap(),
            "{source} is the source of its blob"
        );
    }
    let pairs = [
        ("static/small_program", "modules/conv/conv3x3-8bit_program"),
        ("static/small_regions", "modules/conv/conv3x3-8bit_devices"),
        ("dfx-mgr/small/small", "dfx-mgr/small/conv3x3-8bit/conv3x3-8bit_slot0/conv3x3-8bit_slot0"),
    ];
    for (fixed, module) in pairs {
        let overlays = [fixed, module].map(|n| kit.join(format!("{n}.dtbo")).into_string());
        let [fixed, module] = &overlays;
        if tool(&home, "fdtoverlay", &["-i", "base.dtb", "-o", "live.dtb", fixed, module]).is_none() {
            return;
        }
        let live = tool(&home, "dtc", &["-q", "-I", "dtb", "-O", "dts", "live.dtb"]).unwrap();
        let region = live.split("fpga-PR0 {").nth(1).unwrap_or_else(|| panic!("no region in\n{live}"));
        for words in ["fpga-bridges = <", "compatible = \"fpga-region\"", "compatible = \"generic-uio\""] {
            assert!(region.contains(words), "{words} in\n{live}");
        }
        assert_eq!(region.contains("partial-fpga-config"), !module.ends_with("_devices.dtbo"), "{live}");
        assert_eq!(live.contains("external-fpga-config"), fixed.ends_with("_regions.dtbo"), "{live}");
        assert_eq!(
            live.matches("firmware-name").count(),
            if fixed.ends_with("_regions.dtbo") { 0 } else { 2 }
        );
        for words in ["compatible = \"xlnx,pr-decoupler-1.00", "clock-names = \"aclk\""] {
            assert!(live.contains(words), "{words} in\n{live}");
        }
    }
}

#[test]
fn overlays_of_a_zynq_compile_and_apply() {
    let build = Build::zynq();
    let artifacts = with_hand_off_files(&build);
    write(&KitInput::new(&artifacts, &FORMATS), &build.dir()).unwrap();
    let read = |name: &str| fs_err::read_to_string(build.dir().join(name)).unwrap();
    let module = read("modules/conv/conv3x3-8bit_program.dtso");
    for words in [
        "target = <&fpga_PR0>;",
        "firmware-name = \"small/modules/conv/conv3x3-8bit.bin\";",
        "partial-fpga-config;",
        "ctl@43c00000 {",
        "reg = <0x43c00000 0x80>;",
        // Bit 1 of IRQ_F2P, behind the decoupler: number 62, shared peripheral interrupt 30.
        "interrupts = <0 30 4>;",
    ] {
        assert!(module.contains(words), "{words} in\n{module}");
    }
    let fixed = read("static/small_program.dtso");
    for words in [
        "firmware-name = \"small/static/small.bin\";",
        "dfx_bridge0: bridge@41200000 {",
        "clocks = <&clkc 15>;",
        "fpga-bridges = <&dfx_bridge0>;",
        "fpga_PR0 = \"/fragment@0/__overlay__/fpga-PR0\";",
    ] {
        assert!(fixed.contains(words), "{words} in\n{fixed}");
    }
    apply(&build);
    // A module without a hand-off file has no devices to add.
    assert!(!build.dir().join("modules/conv/conv3x3-16bit_devices.dtso").exists());
    // What a loader applies by itself is in the manifest.
    let json: serde_json::Value = serde_json::from_str(&read("kit.json")).unwrap();
    let overlay = |files: &serde_json::Value| {
        files.as_array().unwrap().iter().find(|f| f["kind"] == "overlay").map(|f| f["path"].clone())
    };
    if build.dir().join("static/small_regions.dtbo").exists() {
        assert_eq!(overlay(&json["static"]["files"]).unwrap(), "static/small_regions.dtbo");
        assert_eq!(overlay(&json["modules"][0]["files"]).unwrap(), "modules/conv/conv3x3-8bit_devices.dtbo");
    }
    assert_eq!(overlay(&json["modules"][1]["files"]), None);
}

#[test]
fn overlays_of_a_zynq_ultrascale_have_wide_addresses() {
    let build = Build::zynqmp();
    let artifacts = {
        let mut artifacts = with_hand_off_files(&build);
        artifacts.partitions[0].decoupler = None;
        artifacts
    };
    write(&KitInput::new(&artifacts, &FORMATS), &build.dir()).unwrap();
    let module = fs_err::read_to_string(build.dir().join("modules/conv/conv3x3-8bit_program.dtso")).unwrap();
    for words in ["reg = <0x0 0xa0050000 0x0 0x80>;", "interrupt-parent = <&gic>;", "interrupts = <0 90 4>;"]
    {
        assert!(module.contains(words), "{words} in\n{module}");
    }
    let fixed = fs_err::read_to_string(build.dir().join("static/small_regions.dtso")).unwrap();
    assert!(
        fixed.contains("clocks = <&zynqmp_clk 71>;") && fixed.contains("external-fpga-config;"),
        "{fixed}"
    );
    apply(&build);
}

/// A guard that hangs on a pin, or whose clock nobody knows, makes the whole partition one that the kernel does not isolate.
#[test]
fn a_guard_that_the_kernel_cannot_work_gives_no_bridge_at_all() {
    let build = Build::zynq();
    let mut artifacts = with_hand_off_files(&build);
    let seed = fs_err::read_to_string(&artifacts.static_set.hwh.as_ref().unwrap().path).unwrap();
    let clockless = seed.replace("NAME=\"aclk\"", "NAME=\"other\"");
    artifacts.static_set.hwh = Some(build.artifact("hw/clockless.hwh", clockless.as_bytes()));
    write(&KitInput::new(&artifacts, &FORMATS), &build.dir()).unwrap();
    let fixed = fs_err::read_to_string(build.dir().join("static/small_program.dtso")).unwrap();
    assert!(
        !fixed.contains("bridge@") && fixed.contains("no bridge: whoever loads it isolates it"),
        "{fixed}"
    );
}
