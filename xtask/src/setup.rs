// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a fresh machine with Rust still needs: `tclsh` 8.6, which runs the scripts on the stand-in; and servers for the tests of remote stores.

use std::io::Write;
use std::process::{Command, Stdio};

/// Makes sure that `tclsh` runs; installs it with the system's package manager when that needs no questions asked.
pub(crate) fn tclsh() -> Result<(), String> {
    if has_tclsh() {
        return Ok(());
    }
    eprintln!("tclsh is missing; installing Debian's package `tcl`");
    let installed = install(&["tcl"]);
    if installed && has_tclsh() {
        return Ok(());
    }
    Err("tclsh 8.6 is needed and could not be installed: run `sudo apt-get install tcl` (Debian, Ubuntu) or `sudo dnf install tcl` (Fedora)".into())
}

/// Installs Debian packages, when that needs no questions asked. True when the package manager says so.
pub(crate) fn install(packages: &[&str]) -> bool {
    let apt = |args: &[&str]| {
        let mut direct = Command::new("apt-get");
        let mut sudo = Command::new("sudo");
        sudo.args(["-n", "apt-get"]);
        let run = |command: &mut Command| {
            command
                .args(args)
                .env("DEBIAN_FRONTEND", "noninteractive")
                .stdin(Stdio::null())
                .status()
                .is_ok_and(|s| s.success())
        };
        run(&mut direct) || run(&mut sudo)
    };
    let words: Vec<&str> =
        ["install", "-y", "-q", "--no-install-recommends"].iter().chain(packages).copied().collect();
    apt(&words) || (apt(&["update", "-q"]) && apt(&words))
}

/// Lets packages of another architecture be installed.
pub(crate) fn add_architecture(name: &str) {
    let add = |program: &str, first: &[&str]| {
        let mut command = Command::new(program);
        command.args(first).args(["--add-architecture", name]).stdin(Stdio::null());
        command.status().is_ok_and(|s| s.success())
    };
    // Where it fails, the installation that follows fails and says so.
    let _ = add("dpkg", &[]) || add("sudo", &["-n", "dpkg"]);
}

/// True when a program is there and answers.
pub(crate) fn runs(program: &str, argument: &str) -> bool {
    let mut command = Command::new(program);
    command.arg(argument).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|s| s.success())
}

/// Servers of Python that the tests of remote stores run against: S3 and WebDAV.
const SERVERS: [&str; 5] =
    ["moto[s3]==5.2.1", "flask==3.1.3", "flask-cors==6.0.2", "wsgidav==4.4.0", "cheroot==11.1.2"];

/// Makes sure that the tests of remote stores find their servers: in `target/test-servers`, where nothing of the machine is changed. Tests of a server that
/// cannot be had say that they are skipped.
pub(crate) fn servers() {
    let place = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/test-servers");
    let imports = |modules: &str| {
        let mut python = Command::new("python3");
        python.args(["-c", modules]).env("PYTHONPATH", place).stdin(Stdio::null()).stderr(Stdio::null());
        python.status().is_ok_and(|s| s.success())
    };
    if !imports("import moto.server, flask, wsgidav.server.server_cli, cheroot") {
        if !runs("python3", "--version") || !imports("import pip") {
            install(&["python3", "python3-pip"]);
        }
        eprintln!("installing {} into target/test-servers", SERVERS.join(", "));
        let mut pip = Command::new("python3");
        pip.args(["-m", "pip", "install", "-q", "--disable-pip-version-check", "--target", place])
            .args(SERVERS);
        if !pip.stdin(Stdio::null()).status().is_ok_and(|s| s.success()) {
            eprintln!(
                "warning: pip cannot install them (python3 with pip is needed): the tests of remote stores will be skipped"
            );
        }
    }
    // Unpacked beside the others, not installed: Debian starts a web server with its package.
    for (program, packages) in [("nginx", "nginx"), ("apache2", "apache2-bin libaprutil1 libapr1")] {
        let unpacked = format!("{place}/usr/sbin/{program}");
        if runs(program, "-v") || std::path::Path::new(&unpacked).is_file() {
            continue;
        }
        let unpack = format!(
            "mkdir -p '{place}' && cd '{place}' && apt-get download -q {packages} && for d in *.deb; do dpkg-deb -x $d . || exit 1; done; rm -f *.deb"
        );
        let mut shell = Command::new("sh");
        shell.args(["-c", &unpack]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        if !shell.status().is_ok_and(|s| s.success()) || !std::path::Path::new(&unpacked).is_file() {
            eprintln!("warning: no {program} here and none to be had: its tests will be skipped");
        }
    }
}

fn has_tclsh() -> bool {
    let Ok(mut child) =
        Command::new("tclsh").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()
    else {
        return false;
    };
    if let Some(mut stdin) = child.stdin.take() {
        // A tclsh that does not read its input answers wrongly below.
        let _ = stdin.write_all(b"puts [info tclversion]\nexit\n");
    }
    child.wait_with_output().is_ok_and(|o| String::from_utf8_lossy(&o.stdout).trim().starts_with("8."))
}
