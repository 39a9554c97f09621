// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo xtask aarch64`: `dfxkit-load` for a Zynq UltraScale+, static against musl, its size, and a first run of it.
//!
//! With rustup's target for musl (`rustup target add aarch64-unknown-linux-musl`) any toolchain will do. Where that cannot
//! be had, Debian's packages can: `rustc-web` and `cargo-web`, `rust-web-src` for a standard library built here, `musl-dev`
//! of arm64, and a cross linker. The binary is run with `qemu-aarch64-static`.
//!
//! Where neither is there, it says so and builds nothing.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::demo::step;
use crate::setup;

const TARGET: &str = "aarch64-unknown-linux-musl";
/// What the loader may weigh, stripped.
const LIMIT: u64 = 1_000_000;
/// musl for arm64, as Debian lays it down.
const MUSL: &str = "/usr/lib/aarch64-linux-musl";
const CROSS: &str = "aarch64-linux-gnu-gcc";
const PACKAGES: &[&str] = &[
    "rustc-web",
    "cargo-web",
    "rust-web-src",
    "musl-dev:arm64",
    "gcc-aarch64-linux-gnu",
    "qemu-user-static",
];
/// A panic ends the process, so nothing is ever unwound; the standard library still names an unwinder for backtraces.
const NO_UNWINDER: &str = "int _Unwind_Backtrace(void *f, void *d) { return 5; }\n\
                           unsigned long _Unwind_GetIP(void *c) { return 0; }\n";

/// Builds and tries it.
pub(crate) fn run(install: bool) -> Result<(), String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let out = root.join("target/aarch64");
    fs_err::create_dir_all(&out).map_err(|e| e.to_string())?;
    let built = if rustup_has_it() { with_rustup(root, &out) } else { with_debian(root, &out, install)? };
    let Some(build) = built else { return Ok(()) };
    build?;
    judge(root, &out.join(TARGET).join("loader/dfxkit-load"))
}

/// What both ways have in common.
fn cargo(program: &str, root: &Path, out: &Path) -> Command {
    let mut cargo = Command::new(program);
    cargo.current_dir(root).args([
        "build",
        "-p",
        "dfxkit-load",
        "--bin",
        "dfxkit-load",
        "--profile",
        "loader",
    ]);
    cargo.args(["--target", TARGET, "--target-dir"]).arg(out);
    // Of the cargo that runs this task.
    for name in ["RUSTUP_TOOLCHAIN", "RUSTC", "CARGO", "RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS"] {
        cargo.env_remove(name);
    }
    cargo
}

fn rustup_has_it() -> bool {
    let sysroot = Command::new("rustc").args(["--print", "sysroot"]).output();
    let Ok(sysroot) = sysroot else { return false };
    let lib = PathBuf::from(String::from_utf8_lossy(&sysroot.stdout).trim()).join("lib/rustlib").join(TARGET);
    lib.is_dir()
}

fn with_rustup(root: &Path, out: &Path) -> Option<Result<(), String>> {
    let mut cargo = cargo("cargo", root, out);
    Some(step(cargo.env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_LINKER", "rust-lld")))
}

fn with_debian(root: &Path, out: &Path, install: bool) -> Result<Option<Result<(), String>>, String> {
    let musl = Path::new(MUSL);
    let source = Path::new("/usr/lib/rustlib/src/rust/library");
    let ready = || {
        musl.join("libc.a").is_file()
            && source.exists()
            && setup::runs(CROSS, "--version")
            && setup::runs("/usr/bin/cargo", "--version")
            && setup::runs("/usr/bin/rustc", "--version")
    };
    if install && !ready() {
        setup::add_architecture("arm64");
        setup::install(PACKAGES);
    }
    if !ready() {
        println!(
            "aarch64: SKIPPED: no target {TARGET} (rustup target add {TARGET}), and not all of Debian's {}; nothing was built",
            PACKAGES.join(" ")
        );
        return Ok(None);
    }
    let text = |e: std::io::Error| e.to_string();
    let stub = out.join("unwinder");
    fs_err::create_dir_all(&stub).map_err(text)?;
    fs_err::write(stub.join("none.c"), NO_UNWINDER).map_err(text)?;
    step(Command::new(CROSS).args(["-w", "-Os", "-c", "none.c", "-o", "none.o"]).current_dir(&stub))?;
    step(Command::new("aarch64-linux-gnu-ar").args(["rcs", "libunwind.a", "none.o"]).current_dir(&stub))?;
    let object = |name: &str| format!("-Clink-arg={}", musl.join(name).display());
    let flags = [
        "-Ctarget-feature=+crt-static".to_owned(),
        "-Crelocation-model=static".to_owned(),
        // Debian's musl, not one that the toolchain would bring.
        "-Clink-self-contained=no".to_owned(),
        "-Clink-arg=-nostdlib".to_owned(),
        "-Clink-arg=-static".to_owned(),
        object("crt1.o"),
        object("crti.o"),
        format!("-Clink-arg=-L{}", stub.display()),
        format!("-Clink-arg=-L{}", musl.display()),
        // By file name: behind rustc's -Bdynamic, -lc would be the shared one.
        "-Clink-arg=-l:libgcc.a".to_owned(),
        "-Clink-arg=-l:libc.a".to_owned(),
        object("crtn.o"),
    ];
    let mut cargo = cargo("/usr/bin/cargo", root, out);
    cargo.args(["-Z", "build-std=std,panic_abort", "-Z", "build-std-features=optimize_for_size"]);
    cargo.env("RUSTC", "/usr/bin/rustc");
    // Building the standard library is an unstable feature of cargo, and Debian's is a stable release.
    cargo.env("RUSTC_BOOTSTRAP", "1");
    cargo.env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_LINKER", CROSS);
    cargo.env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_RUSTFLAGS", flags.join(" "));
    Ok(Some(step(&mut cargo)))
}

/// Size, no dynamic loader, and three commands that need no device.
fn judge(root: &Path, binary: &Path) -> Result<(), String> {
    let bytes = fs_err::read(binary).map_err(|e| e.to_string())?;
    let size = bytes.len() as u64;
    println!("aarch64: dfxkit-load {size} bytes, limit {LIMIT}");
    if size >= LIMIT {
        return Err(format!("dfxkit-load: expected fewer than {LIMIT} bytes, actual {size}"));
    }
    // ELF header: machine 183 is AArch64. Program header type 3 (PT_INTERP) names a dynamic loader.
    let half = |at: usize| usize::from(u16::from_le_bytes([bytes[at], bytes[at + 1]]));
    let headers = u64::from_le_bytes(bytes[32..40].try_into().expect("eight bytes")) as usize;
    let dynamic = (0..half(56)).any(|i| bytes[headers + i * half(54)] == 3);
    if !bytes.starts_with(b"\x7fELF") || half(18) != 183 || dynamic {
        return Err("dfxkit-load is no static AArch64 executable".into());
    }
    if !setup::runs("qemu-aarch64-static", "--version") {
        println!("aarch64: NOT RUN: no qemu-aarch64-static (Debian: qemu-user-static)");
        return Ok(());
    }
    let run = |words: &[&str]| {
        let mut command = Command::new("qemu-aarch64-static");
        command.arg(binary).args(words).current_dir(root).stdin(Stdio::null());
        command.output().map_err(|e| e.to_string())
    };
    for (words, code, expected) in [
        (&["--help"][..], 0, "swap PARTITION MODULE"),
        (&["simulate", "--trace", "cnn"], 0, "belady"),
        (&["--root", "/nonexistent", "doctor"], 1, "CONFIG_FPGA"),
    ] {
        let output = run(words)?;
        let text =
            String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        if output.status.code() != Some(code) || !text.contains(expected) {
            return Err(format!(
                "dfxkit-load {}: expected exit {code} and \"{expected}\", actual {} and:\n{text}",
                words.join(" "),
                output.status
            ));
        }
        println!("aarch64: dfxkit-load {}: as expected (exit {code})", words.join(" "));
    }
    Ok(())
}
