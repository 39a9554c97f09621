// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! From a description to a loaded module: a kit of the stand-in, and `dfxkit-load` on a root directory of plain files. Its images
//! go nowhere (`--manager rehearsal`: they are SIMULATED, and every back end of a device refuses them); checks, journal, registers
//! and steps are the true ones.

use std::process::Command;
use std::sync::OnceLock;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Value, json};

use crate::support::{Bench, Run, repository};

/// The decoupler of the example: its address in dfx.toml.
const DECOUPLER: u64 = 0x4120_0000;

/// `dfxkit-load`, built if it is not: it is another package's program.
fn program() -> &'static Utf8Path {
    static PROGRAM: OnceLock<Utf8PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let beside = Utf8Path::new(env!("CARGO_BIN_EXE_dfxkit")).parent().unwrap();
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--quiet", "--offline", "-p", "dfxkit-load", "--bin", "dfxkit-load"]);
        if beside.file_name() == Some("release") {
            cargo.arg("--release");
        }
        assert!(cargo.current_dir(repository()).status().unwrap().success());
        beside.join("dfxkit-load")
    })
}

/// The example's kit, and a root as after a cold boot.
struct Target {
    bench: Bench,
    kit: Utf8PathBuf,
}

impl Target {
    fn new() -> Self {
        let bench = Bench::example("conv-pynq-z2");
        bench.run(&["build", "--vivado", "sim"]).exits(0);
        let kit = bench.path().join("build/kit/conv-1.0.0");
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
            bench.write(&format!("root/{file}"), text);
        }
        let memory = fs_err::OpenOptions::new().write(true).open(bench.path().join("root/dev/mem")).unwrap();
        memory.set_len(DECOUPLER + 0x1_0000).unwrap();
        Self { bench, kit }
    }

    fn root(&self) -> Utf8PathBuf {
        self.bench.path().join("root")
    }

    fn run(&self, args: &[&str]) -> Run {
        let output = Command::new(program())
            .args(["--kit", self.kit.as_str(), "--root", self.root().as_str(), "--message-format", "json"])
            .args(args)
            .output()
            .unwrap();
        Run {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn json(&self, code: i32, args: &[&str]) -> Value {
        serde_json::from_str(&self.run(args).exits(code).stdout).unwrap()
    }

    fn rehearse(&self, code: i32, args: &[&str]) -> Value {
        self.json(code, &[&["--manager", "rehearsal"], args].concat())
    }

    fn decoupler(&self) -> u32 {
        use std::os::unix::fs::FileExt;
        let mut word = [0; 4];
        let memory = fs_err::File::open(self.root().join("dev/mem")).unwrap();
        memory.file().read_exact_at(&mut word, DECOUPLER).unwrap();
        u32::from_ne_bytes(word)
    }

    fn journal(&self) -> Utf8PathBuf {
        self.root().join("run/dfxkit/fpga0.journal")
    }
}

fn steps(v: &Value) -> Vec<&str> {
    v["outcome"]["events"].as_array().unwrap().iter().filter_map(|e| e["step"].as_str()).collect()
}

#[test]
fn a_kit_that_was_just_built_is_loaded_swapped_unloaded_and_recovered() {
    let t = Target::new();
    let v = t.json(0, &["verify"]);
    assert_eq!((&v["simulated"], &v["changed"]), (&json!(true), &json!([])), "{v}");
    assert!(v["images"].as_array().unwrap().iter().all(|i| i["refused"].is_null()), "{v}");
    assert_eq!(t.json(0, &["status"])["status"]["static"], Value::Null);
    // Neither before the static is known, nor on a device.
    assert!(
        t.rehearse(1, &["swap", "conv", "conv3x3-16bit"])["error"].as_str().unwrap().contains("which static")
    );
    let v = t.json(1, &["load"]);
    assert!(v["error"].as_str().unwrap().contains("SIMULATED"), "{v}");
    assert!(!t.journal().exists(), "nothing was touched");

    let v = t.rehearse(0, &["load"]);
    assert_eq!((&v["simulated"], &v["outcome"]["loaded"]), (&json!(true), &json!(true)), "{v}");
    let v = t.rehearse(0, &["swap", "conv", "conv3x3-16bit"]);
    assert_eq!(steps(&v), ["stop-users", "drain", "decouple", "load", "couple", "record"]);
    assert_eq!(v["outcome"]["frames_checked"], true, "inside the partition: {v}");
    assert!(v["manager"].as_str().unwrap().contains("REHEARSAL"));
    assert_eq!(t.rehearse(0, &["load", "conv", "conv3x3-16bit"])["outcome"]["already"], true);
    let module = |t: &Target| t.json(0, &["status"])["status"]["partitions"]["conv"].clone();
    assert_eq!(module(&t), json!({ "state": "loaded", "module": "conv3x3-16bit" }));
    t.rehearse(0, &["unload", "conv"]);
    assert_eq!(module(&t), json!({ "state": "loaded", "module": "blank" }));
    assert_eq!(t.decoupler(), 0);

    // A process that died while it loaded: closed, said to be unknown, and loaded again.
    let journal = fs_err::read_to_string(t.journal()).unwrap();
    fs_err::write(t.journal(), format!("{journal}then region conv loading\n")).unwrap();
    let v = t.rehearse(0, &["recover"]);
    assert_eq!(v["recovered"], json!([{ "partition": "conv", "state": "unknown" }]), "{v}");
    assert_eq!((module(&t), t.decoupler()), (json!({ "state": "unknown", "module": null }), 1));
    t.rehearse(0, &["swap", "conv", "conv3x3-8bit"]);
    assert_eq!((module(&t), t.decoupler()), (json!({ "state": "loaded", "module": "conv3x3-8bit" }), 0));
    let watched = t.run(&["watch", "--count", "1"]);
    assert!(watched.exits(0).stdout.lines().next().unwrap().contains("conv3x3-8bit"));

    // A changed image: nothing is touched, and exit 1 says so.
    let image = t.kit.join("modules/conv/blank.bin");
    let mut bytes = fs_err::read(&image).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs_err::write(&image, bytes).unwrap();
    assert!(t.rehearse(1, &["unload", "conv"])["error"].as_str().unwrap().contains("it was changed"));
    assert_eq!(t.json(1, &["verify"])["changed"][0]["path"], "modules/conv/blank.bin");
    assert_eq!(module(&t), json!({ "state": "loaded", "module": "conv3x3-8bit" }));
    // A rehearsal on the system itself would leave a journal that says what is not.
    let refused =
        Command::new(program()).args(["--kit", t.kit.as_str(), "--manager", "rehearsal", "load"]).output();
    assert_eq!(refused.unwrap().status.code(), Some(1));
}

/// What `scripts` in Python do with it: `subprocess`, one JSON document, exit codes.
#[test]
fn python_drives_it_by_subprocess() {
    const SCRIPT: &str = r#"
import json, subprocess, sys

program, kit, root = sys.argv[1:]

def load(*args):
    command = [program, "--kit", kit, "--root", root, "--manager", "rehearsal", "--message-format", "json", *args]
    run = subprocess.run(command, capture_output=True, text=True)
    return run.returncode, json.loads(run.stdout)

code, answer = load("load")
assert code == 0 and answer["ok"], answer
for module in ("conv3x3-32bit", "conv3x3-16bit"):
    code, answer = load("swap", "conv", module)
    assert code == 0 and answer["outcome"]["loaded"], answer
    assert sum(e["microseconds"] for e in answer["outcome"]["events"]) >= 0
    code, answer = load("status")
    assert answer["status"]["partitions"]["conv"] == {"state": "loaded", "module": module}, answer
code, answer = load("swap", "conv", "nothing")
assert code == 1 and not answer["ok"] and "nothing" in answer["error"], answer
code, answer = load("nonsense")
assert code == 2 and not answer["ok"], answer
with open(root + "/plan", "w") as plan:
    plan.write("call conv3x3-8bit 200\ncall conv3x3-16bit 200\ncall conv3x3-8bit 200\n")
code, answer = load("--policy", "cost-aware", "run-plan", root + "/plan")
assert code == 0 and answer["totals"]["calls"] == 3, answer
print("done", answer["totals"]["misses"])
"#;
    let t = Target::new();
    let python = Command::new("python3")
        .args(["-c", SCRIPT])
        .args([program().as_str(), t.kit.as_str(), t.root().as_str()])
        .output();
    let Ok(output) = python else {
        eprintln!("SKIPPED: python3 is not installed");
        return;
    };
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("done "), "{said}");
}
