// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a fresh machine with Rust still needs: `tclsh` 8.6, which runs the scripts on the stand-in.

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
