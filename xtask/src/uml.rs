// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo xtask uml`: the loader on a real Linux FPGA manager, in User-Mode Linux.
//!
//! Builds a kernel from Debian's `linux-source` once (about four minutes on two cores) and keeps it below `target/uml`;
//! builds the test's modules and device trees; boots the kernel with the test program as its init (half a second). The
//! root of the guest is this machine's own, read-only. Needs no privileges and no KVM.
//!
//! Where the kernel cannot be built, it says what is missing and tests nothing: that is no failure, and not a pass either.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::demo::step;
use crate::setup;

/// Where the kernel's sources are once the package is installed.
const SOURCES: &str = "/usr/src";
const PACKAGES: &[&str] =
    &["linux-source", "make", "gcc", "flex", "bison", "bc", "xz-utils", "device-tree-compiler", "strace"];
const TOOLS: &[&str] = &["make", "gcc", "flex", "bison", "bc", "xz", "dtc"];
/// A guest that takes longer hangs; seconds. The whole matrix takes well under two minutes on an idle machine.
const DEADLINE: &str = "900";

/// Builds what is missing, boots, and fails when a scenario failed.
pub(crate) fn run(install: bool, all: bool) -> Result<(), String> {
    let missing = || TOOLS.iter().copied().filter(|t| !setup::runs(t, "--version")).collect::<Vec<_>>();
    if install && (source().is_none() || !missing().is_empty()) {
        setup::install(PACKAGES);
    }
    let Some(source) = source() else {
        println!(
            "uml: SKIPPED: no {SOURCES}/linux-source-*.tar.xz (Debian: sudo apt-get install linux-source); nothing was tested"
        );
        return Ok(());
    };
    let missing = missing();
    if !missing.is_empty() {
        println!(
            "uml: SKIPPED: {} missing (Debian: sudo apt-get install {}); nothing was tested",
            missing.join(", "),
            PACKAGES.join(" ")
        );
        return Ok(());
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let ours = root.join("crates/dfxkit-load/tests/uml/kernel");
    let cache = root.join("target/uml");
    fs_err::create_dir_all(&cache).map_err(|e| e.to_string())?;
    let cache = fs_err::canonicalize(&cache).map_err(|e| e.to_string())?;
    let kernel = kernel(&source, &ours.join("config"), &cache)?;
    let made = modules(&kernel, &ours, &cache)?;
    boot(&kernel, &made, &test_program()?, all)
}

/// The newest kernel source on this machine.
fn source() -> Option<PathBuf> {
    let entries = fs_err::read_dir(SOURCES).ok()?;
    let name = |p: &PathBuf| p.file_name().and_then(|n| n.to_str()).unwrap_or("").to_owned();
    let mut found: Vec<PathBuf> = entries.filter_map(Result::ok).map(|e| e.path()).collect();
    found.retain(|p| name(p).starts_with("linux-source-") && name(p).ends_with(".tar.xz"));
    found.sort();
    found.pop()
}

/// Builds the kernel unless one of this source and configuration is there. Gives its build directory.
fn kernel(source: &Path, config: &Path, cache: &Path) -> Result<PathBuf, String> {
    let text = |e: std::io::Error| e.to_string();
    let wanted = fs_err::read_to_string(config).map_err(text)?;
    let package = source.file_name().and_then(|n| n.to_str()).unwrap_or("").trim_end_matches(".tar.xz");
    let length = fs_err::metadata(source).map_err(text)?.len();
    // What was built from: another package or configuration is another kernel.
    let stamp = format!("{package} {length}\n{wanted}");
    let build = cache.join("build");
    if fs_err::read_to_string(cache.join("built")).is_ok_and(|s| s == stamp) && build.join("linux").exists() {
        return Ok(build);
    }
    println!("uml: building {package} for User-Mode Linux, once (some minutes)");
    let tree = cache.join("source");
    for old in [&tree, &build] {
        if old.exists() {
            fs_err::remove_dir_all(old).map_err(text)?;
        }
        fs_err::create_dir_all(old).map_err(text)?;
    }
    step(Command::new("tar").args(["--strip-components=1", "-xf"]).arg(source).arg("-C").arg(&tree))?;
    let make = |words: &[&str], at: &Path| {
        let mut command = Command::new("make");
        // Not the wishes of a surrounding make or cargo.
        command.env_remove("MAKEFLAGS").env_remove("MFLAGS").env("ARCH", "um");
        command.arg("-s").arg("-C").arg(at).args(words).stdin(Stdio::null());
        step(&mut command)
    };
    let out = format!("O={}", build.display());
    make(&[&out, "x86_64_defconfig"], &tree)?;
    step(
        Command::new(tree.join("scripts/kconfig/merge_config.sh"))
            .args(["-m", "-O"])
            .args([&build, &build.join(".config")])
            .arg(config)
            .stdout(Stdio::null()),
    )?;
    make(&["olddefconfig"], &build)?;
    let got = fs_err::read_to_string(build.join(".config")).map_err(text)?;
    for line in wanted.lines().filter(|l| l.starts_with("CONFIG_")) {
        if !got.lines().any(|l| l == line) {
            return Err(format!("{package} does not take {line}; a dependency of it has changed"));
        }
    }
    let jobs = std::thread::available_parallelism().map_or(1, usize::from);
    make(&[&format!("-j{jobs}"), "linux", "modules"], &build)?;
    fs_err::write(cache.join("built"), stamp).map_err(text)?;
    Ok(build)
}

/// Modules and device trees of the test, in one directory.
fn modules(kernel: &Path, ours: &Path, cache: &Path) -> Result<PathBuf, String> {
    let text = |e: std::io::Error| e.to_string();
    let made = cache.join("made");
    fs_err::create_dir_all(&made).map_err(text)?;
    for entry in fs_err::read_dir(ours).map_err(text)? {
        let path = entry.map_err(text)?.path();
        let to = made.join(path.file_name().expect("a file"));
        // An untouched copy keeps its time, so that make has nothing to do.
        if fs_err::read(&path).ok() != fs_err::read(&to).ok() {
            fs_err::copy(&path, &to).map_err(text)?;
        }
    }
    let mut make = Command::new("make");
    make.env_remove("MAKEFLAGS").env_remove("MFLAGS").env("ARCH", "um").arg("-s").arg("-C").arg(kernel);
    step(make.arg(format!("M={}", made.display())).arg("modules"))?;
    for (from, to) in [("board.dts", "board.dtb"), ("overlay.dts", "overlay.dtbo")] {
        // Without -@: the guest's tree has no symbols, and an overlay with some is refused there.
        step(Command::new("dtc").args(["-q", "-O", "dtb", "-o"]).arg(made.join(to)).arg(made.join(from)))?;
    }
    Ok(made)
}

/// The program that runs in the guest, and beside it `dfxkit-load`.
fn test_program() -> Result<PathBuf, String> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["test", "-p", "dfxkit-load", "--test", "uml", "--no-run", "--message-format", "json"]);
    let output = cargo.stderr(Stdio::inherit()).output().map_err(|e| e.to_string())?;
    if !output.status.success() {
        return Err("the test program does not build".into());
    }
    let lines = output.stdout.split(|b| *b == b'\n');
    let found = lines.filter_map(|l| serde_json::from_slice::<serde_json::Value>(l).ok()).find_map(|v| {
        let it = v["target"]["name"] == "uml";
        v["executable"].as_str().filter(|_| it).map(PathBuf::from)
    });
    found.ok_or_else(|| "cargo names no executable of the test `uml`".to_owned())
}

/// Boots, passes on what the guest prints, and reads the closing line.
fn boot(kernel: &Path, made: &Path, program: &Path, all: bool) -> Result<(), String> {
    let mut guest = Command::new("timeout");
    guest.args(["-k", "5", DEADLINE]).arg(kernel.join("linux"));
    guest.args([
        "mem=256M",
        "root=/dev/root",
        "rootfstype=hostfs",
        "rootflags=/",
        "ro",
        "loglevel=1",
        "con=null",
        "con0=fd:0,fd:1",
    ]);
    guest.arg(format!("dtb={}", made.join("board.dtb").display()));
    guest.arg(format!("init={}", program.display())).arg("--").arg(made);
    if all {
        guest.arg("all");
    }
    let mut child = guest
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|e| format!("the kernel does not start: {e}"))?;
    let (mut booted, mut closing) = (false, None);
    for line in BufReader::new(child.stdout.take().expect("piped")).split(b'\n') {
        let line = line.map_err(|e| e.to_string())?;
        let line = String::from_utf8_lossy(&line);
        let line = line.trim_end();
        println!("{line}");
        booted |= line == "uml: booted";
        if line.starts_with("uml: ") && line.ends_with(" failed") {
            closing = Some(line.to_owned());
        }
    }
    let status = child.wait().map_err(|e| e.to_string())?;
    match closing {
        Some(line) if line.ends_with(", 0 failed") => Ok(()),
        Some(line) => Err(line),
        // A machine that forbids ptrace, or has no room for the guest's memory.
        None if !booted => {
            println!("uml: SKIPPED: the kernel does not boot on this machine ({status}); nothing was tested");
            Ok(())
        }
        None => Err(format!("the guest ended without its closing line ({status})")),
    }
}
