// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Kits: written from a build's artifacts, checked by other programs, built and run as the loader crate that they carry.

use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};
use dfxkit::artifacts::{
    Artifact, Artifacts, ConfigurationSet, ModuleSet, PartitionSet, StaticSet, ToolIdentity,
};
use dfxkit::gates::{GateReport, GateResult, Verdict};
use dfxkit::kit::{KitError, KitInput, Written, write};
use dfxkit::spec::model::KitFormat;
use dfxkit_fabric::device::Device;
use dfxkit_fabric::frames::FrameSet;
use dfxkit_fabric::write::{BitWriter, HeaderFields};

use crate::support::Bench;

mod format;
mod images;
mod loader_crate;
mod outputs;
mod overlays;
mod packaging;
mod pynq;
mod signing;

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

    /// One partition on the Zynq UltraScale+ of a Kria module.
    fn zynqmp() -> Self {
        Self { part: "xck26-sfvc784-2LV-c", ..Self::zynq() }
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
            on_shells: Vec::new(),
            static_tool: None,
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
        write(&KitInput::new(artifacts, &FORMATS), &self.dir())
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

/// A build whose static and first module have the hand-off files of the made-up design, region `rp`.
fn with_hand_off_files(build: &Build) -> Artifacts {
    let seed = crate::support::repository().join("crates/handoff/tests/data/small.hwh");
    let seed = fs_err::read_to_string(seed).unwrap();
    let seed = if build.part.starts_with("xck26") {
        // The same design on a Zynq UltraScale+, as far as names go.
        seed.replace("ARCH=\"zynq\" DEVICE=\"7z020\"", "ARCH=\"zynquplus\" DEVICE=\"xck26\"")
            .replace("clg400", "sfvc784")
            .replace("processing_system7:5.5", "zynq_ultra_ps_e:3.5")
            .replace("processing_system7", "zynq_ultra_ps_e")
            .replace("IRQ_F2P", "pl_ps_irq0")
            .replace("FCLK_CLK0", "pl_clk0")
            .replace("0x43C0", "0xA005")
            .replace("0x4120", "0xA003")
    } else {
        seed
    };
    let seed = seed.into_bytes();
    let mut artifacts = build.artifacts(1);
    "system_i/rp".clone_into(&mut artifacts.partitions[0].cell);
    artifacts.static_set.hwh = Some(build.artifact("hw/static.hwh", &seed));
    artifacts.modules[0].hwh = Some(build.artifact("hw/module.hwh", &seed));
    artifacts
}
