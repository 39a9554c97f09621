// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Programs that accept our kits, for the tests that ask them: dtc, minisign, dpkg-deb, RAUC, swupdate (Debian's packages), and PYNQ (from PyPI, in
//! `target/pynq`, where nothing of the machine is changed). A test whose program cannot be had says that it is skipped.

use std::process::{Command, Stdio};

/// A program, how it is asked whether it is there, and Debian's package.
const PROGRAMS: [(&str, &str, &str); 6] = [
    ("dtc", "--version", "device-tree-compiler"),
    ("minisign", "-v", "minisign"),
    ("rauc", "--version", "rauc"),
    ("mksquashfs", "-version", "squashfs-tools"),
    ("swupdate", "--version", "swupdate"),
    ("cpio", "--version", "cpio"),
];

/// What PYNQ needs without a board. Newer releases of pycparser and numpy are not what it was written for.
const PYNQ: [&str; 6] = ["numpy", "pydantic", "pycparser<3", "pynqmetadata", "pynqutils", "setuptools<81"];
const PYNQ_RELEASE: &str = "4.0.0";

/// Gets what is missing and can be had.
pub(crate) fn get() {
    let missing: Vec<&str> = PROGRAMS
        .iter()
        .filter(|(program, ask, _)| !starts(program, &[ask]))
        .map(|(_, _, package)| *package)
        .collect();
    if !missing.is_empty() {
        eprintln!("installing {}", missing.join(", "));
        let mut args = vec!["install", "-y", "-q", "--no-install-recommends"];
        args.extend(&missing);
        let apt = |command: &mut Command| {
            command.args(&args).env("DEBIAN_FRONTEND", "noninteractive").stdin(Stdio::null());
            command.stdout(Stdio::null()).status().is_ok_and(|s| s.success())
        };
        if !apt(&mut Command::new("apt-get")) && !apt(Command::new("sudo").args(["-n", "apt-get"])) {
            eprintln!("warning: they cannot be installed here: tests that need them will be skipped");
        }
    }
    pynq();
}

fn starts(program: &str, args: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

fn pynq() {
    let place = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/pynq");
    let imports = || {
        let mut python = Command::new("python3");
        python
            .args(["-c", "from pynq.pl_server import hwh_parser, embedded_device"])
            .env("PYTHONPATH", place);
        python.stdin(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|s| s.success())
    };
    if imports() {
        return;
    }
    eprintln!("getting pynq {PYNQ_RELEASE} into target/pynq");
    let pip = |args: &[&str]| {
        let mut pip = Command::new("python3");
        pip.args(["-m", "pip", "--disable-pip-version-check", "-q"]).args(args).stdin(Stdio::null());
        pip.status().is_ok_and(|s| s.success())
    };
    let mut needs = vec!["install", "--target", place];
    needs.extend(PYNQ);
    let source = format!("pynq=={PYNQ_RELEASE}");
    // Its own installation asks for a board: the sources are all that is needed.
    let got = pip(&needs) && pip(&["download", &source, "--no-deps", "--no-binary", ":all:", "-d", place]);
    let unpack = format!(
        "tar -xf {place}/pynq-{PYNQ_RELEASE}.tar.gz -C {place} --strip-components=1 pynq-{PYNQ_RELEASE}/pynq"
    );
    if !got || !starts("sh", &["-c", &unpack]) || !imports() {
        eprintln!(
            "warning: it cannot be had (python3 with pip is needed): tests against PYNQ will be skipped"
        );
    }
}
