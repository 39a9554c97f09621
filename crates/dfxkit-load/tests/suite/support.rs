// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! A kit on disk, written through the kit format's own writer, and a root directory with a plain-file FPGA manager, a
//! sparse file for `/dev/mem` (so decouplers read as written), and a boot id.

use std::path::PathBuf;
use std::process::{Command, Output};

use dfxkit_fabric::codec::{Bitstream, Order};
use dfxkit_fabric::device::{Device, FrameAddress};
use dfxkit_fabric::frames::FrameSet;
use dfxkit_fabric::write::BitWriter;
use dfxkit_handoff::kit::{
    Aperture, Configuration, File, FileKind, Frames, Gate, Isolation, KitPath, Manifest, Module, Partition,
    Project, Static, Tool, Verdict,
};
use dfxkit_loader::Sha256;

pub(crate) const DECOUPLER: u64 = 0x4120_0000;
pub(crate) const PART: &str = "xc7z020clg400-1";
/// The static's hand-off file: region `/rp` at 0x43c00000. It serves as the modules' file too: `ctl` at 0 behind `S_AXI`.
pub(crate) const HWH: &str = include_str!("../../../handoff/tests/data/small.hwh");

pub(crate) struct Target {
    pub(crate) dir: tempfile::TempDir,
}

fn hex(digest: [u8; 32]) -> String {
    digest.iter().map(|b| format!("{b:02x}")).collect::<Vec<_>>().concat()
}

impl Target {
    pub(crate) fn new() -> Self {
        let target = Self { dir: tempfile::tempdir().expect("temp") };
        target.write_root();
        target.write_kit();
        target
    }

    pub(crate) fn kit(&self) -> PathBuf {
        self.dir.path().join("kit")
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.dir.path().join("root")
    }

    fn put(&self, path: &str, bytes: &[u8]) {
        let path = self.dir.path().join(path);
        fs_err::create_dir_all(path.parent().expect("has one")).expect("made");
        fs_err::write(path, bytes).expect("written");
    }

    /// As after a cold boot.
    pub(crate) fn write_root(&self) {
        let root = self.root();
        if root.exists() {
            fs_err::remove_dir_all(&root).expect("removed");
        }
        for (file, text) in [
            ("sys/class/fpga_manager/fpga0/name", "Xilinx Zynq FPGA Manager\n"),
            ("sys/class/fpga_manager/fpga0/state", "operating\n"),
            ("sys/class/fpga_manager/fpga0/status", ""),
            ("sys/class/fpga_manager/fpga0/flags", "0\n"),
            ("sys/class/fpga_manager/fpga0/firmware", ""),
            ("proc/sys/kernel/random/boot_id", "boot-1\n"),
            ("lib/firmware/keep", ""),
            ("dev/mem", ""),
        ] {
            self.put(&format!("root/{file}"), text.as_bytes());
        }
        let mem = fs_err::OpenOptions::new().write(true).open(root.join("dev/mem")).expect("there");
        mem.set_len(0x43c1_0000).expect("sparse");
    }

    pub(crate) fn register(&self, address: u64) -> u32 {
        use std::os::unix::fs::FileExt;
        let mut word = [0; 4];
        let mem = std::fs::File::open(self.root().join("dev/mem")).expect("there");
        mem.read_exact_at(&mut word, address).expect("long enough");
        u32::from_ne_bytes(word)
    }

    pub(crate) fn write_register(&self, address: u64, value: u32) {
        use std::os::unix::fs::FileExt;
        let mem = std::fs::File::options().write(true).open(self.root().join("dev/mem")).expect("there");
        mem.write_all_at(&value.to_ne_bytes(), address).expect("long enough");
    }

    /// Lists the kit's files and signs the list: the public key's file. None where minisign is missing.
    pub(crate) fn sign(&self) -> Option<PathBuf> {
        let mut files = Vec::new();
        let mut dirs = vec![self.kit()];
        while let Some(dir) = dirs.pop() {
            for entry in fs_err::read_dir(dir).expect("there") {
                let path = entry.expect("an entry").path();
                if path.is_dir() { dirs.push(path) } else { files.push(path) }
            }
        }
        files.sort();
        let line = |path: &PathBuf| {
            let digest = hex(Sha256::digest(&fs_err::read(path).expect("there")));
            format!("{digest}  {}\n", path.strip_prefix(self.kit()).expect("below").display())
        };
        let sums: String = files.iter().map(line).collect();
        fs_err::write(self.kit().join("SHA256SUMS"), sums).expect("written");
        let run = |arguments: &[&str]| {
            let mut command = Command::new("minisign");
            command.args(arguments).current_dir(self.dir.path()).stdin(std::process::Stdio::null());
            command.output().is_ok_and(|o| o.status.success())
        };
        let made = run(&["-G", "-W", "-p", "key.pub", "-s", "key.sec"]);
        let signed = made && run(&["-S", "-s", "key.sec", "-m", "kit/SHA256SUMS", "-t", "test"]);
        signed.then(|| self.dir.path().join("key.pub"))
    }

    /// Gives `flags` a value when the process died between opening and writing.
    pub(crate) fn mend_flags(&self) {
        let path = self.root().join("sys/class/fpga_manager/fpga0/flags");
        if fs_err::read(&path).expect("there").is_empty() {
            fs_err::write(&path, "0\n").expect("written");
        }
    }

    pub(crate) fn flags(&self) -> String {
        let flags = fs_err::read_to_string(self.root().join("sys/class/fpga_manager/fpga0/flags"));
        flags.expect("there").trim().to_owned()
    }

    pub(crate) fn left_in_firmware(&self) -> Vec<String> {
        let entries = fs_err::read_dir(self.root().join("lib/firmware")).expect("there");
        entries.map(|e| e.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
    }

    /// What a firmware file of the module has in its name.
    pub(crate) fn digest(&self, module: &str) -> String {
        let bytes = fs_err::read(self.kit().join(format!("modules/p/{module}.bin"))).expect("there");
        hex(Sha256::digest(&bytes))[..12].to_owned()
    }

    /// Name that was last written to `firmware`.
    pub(crate) fn firmware(&self) -> String {
        fs_err::read_to_string(self.root().join("sys/class/fpga_manager/fpga0/firmware")).expect("there")
    }

    fn file(&self, path: &str, kind: FileKind, bytes: &[u8], id: &str) -> File {
        self.put(&format!("kit/{path}"), bytes);
        let payload = (kind == FileKind::Full).then(|| id.to_owned());
        File {
            path: KitPath::new(path).expect("a good path"),
            kind,
            size: bytes.len() as u64,
            sha256: hex(Sha256::digest(bytes)),
            payload_sha256: payload,
            static_identity: id.to_owned(),
        }
    }

    /// The kit: partition `p` with the modules `a` (which the full image holds), `b` and the greybox `empty`.
    pub(crate) fn write_kit(&self) {
        let device = Device::of_part(PART).expect("known");
        let die = device.die().expect("one die");
        let map = die.frame_map().expect("known");
        let mut region = FrameSet::new(map.len());
        region.insert_range(100..140);
        let fill = |seed: u32| {
            move |address: FrameAddress, words: &mut [u32]| {
                words[1] = seed.wrapping_mul(31).wrapping_add(address.minor.into());
            }
        };
        let writer = || BitWriter::new(&device).expect("writable");
        let full = writer().full(fill(1));
        let id = hex(Sha256::digest(Bitstream::parse(&full).expect("ours").data()));
        let swapped = writer().order(Order::ByteSwapped).full(fill(1));
        let modules: Vec<Module> = ["a", "b", "empty"]
            .iter()
            .map(|name| {
                let bytes =
                    writer().order(Order::ByteSwapped).partial(&region, fill(u32::from(name.as_bytes()[0])));
                let mut files =
                    vec![self.file(&format!("modules/p/{name}.bin"), FileKind::PartialBin, &bytes, &id)];
                if *name != "empty" {
                    let hwh =
                        HWH.replace("example.org:user:ctl:1.0", &format!("example.org:user:ctl_{name}:1.0"));
                    files.push(self.file(
                        &format!("modules/p/{name}.hwh"),
                        FileKind::Hwh,
                        hwh.as_bytes(),
                        &id,
                    ));
                }
                Module {
                    name: (*name).to_owned(),
                    partition: "p".to_owned(),
                    greybox: *name == "empty",
                    configuration: "c".to_owned(),
                    files,
                    drivers: Vec::new(),
                    ranges: Vec::new(),
                    interrupts: Vec::new(),
                    id: None,
                }
            })
            .collect();
        let far = |i: usize| u64::from(map.address(i).and_then(|a| die.encode(a)).expect("a frame"));
        let manifest = Manifest {
            format: 1,
            dfxkit: "0".to_owned(),
            project: Project { name: "bench".to_owned(), version: "1".to_owned() },
            simulated: false,
            verdict: Verdict::Passed,
            vivado: Tool { release: "2024.2".to_owned(), build: None },
            device: dfxkit_handoff::kit::Device {
                part: PART.to_owned(),
                family: "7-series".to_owned(),
                idcode: device.idcode().map(u64::from),
            },
            fixed: Static {
                identity: id.clone(),
                top: "top".to_owned(),
                configuration: None,
                golden: None,
                files: vec![
                    self.file("static/top.bit", FileKind::Full, &full, &id),
                    self.file("static/top.bin", FileKind::FullBin, &swapped, &id),
                    self.file("static/top.hwh", FileKind::Hwh, HWH.as_bytes(), &id),
                ],
            },
            partitions: vec![Partition {
                name: "p".to_owned(),
                cell: "top_i/rp".to_owned(),
                frames: Frames { count: Some(40), ranges: (100..140).map(|i| (far(i), far(i))).collect() },
                apertures: vec![Aperture {
                    interface: "S_AXI".to_owned(),
                    base: 0x43c0_0000,
                    high: 0x43c0_ffff,
                }],
                isolation: vec![Isolation {
                    path: "dec".to_owned(),
                    kind: "decoupler".to_owned(),
                    address: Some(DECOUPLER),
                }],
                reset: None,
                power_up: Some("a".to_owned()),
                pblock: Vec::new(),
            }],
            modules,
            configurations: vec![Configuration {
                name: "c".to_owned(),
                parent: true,
                modules: vec![("p".to_owned(), Some("a".to_owned()))],
            }],
            gates: vec![Gate {
                gate: "made".to_owned(),
                subject: "by a test".to_owned(),
                verdict: Verdict::Passed,
                expected: String::new(),
                actual: String::new(),
            }],
            sources: None,
            documents: Vec::new(),
            missing: Vec::new(),
        };
        self.put("kit/kit.json", manifest.render().expect("consistent").as_bytes());
    }

    /// The command, on this kit and root.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dfxkit-load"));
        self.arguments(&mut command, arguments);
        command
    }

    pub(crate) fn arguments(&self, command: &mut Command, arguments: &[&str]) {
        command.arg("--kit").arg(self.kit()).arg("--root").arg(self.root()).arg("--static-is-running");
        command.arg("--json").args(arguments);
    }

    /// Runs it: exit code and JSON.
    pub(crate) fn run(&self, arguments: &[&str]) -> (i32, serde_json::Value) {
        let output = self.command(arguments).output().expect("runs");
        (output.status.code().unwrap_or(-1), json(&output))
    }
}

pub(crate) fn json(output: &Output) -> serde_json::Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&output.stderr)))
}
