// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo xtask golden`: makes the archive under `golden/` anew, from the example `conv-pynq-z2` on the stand-in.
//!
//! The archive in the repository shows what a user's own looks like, and tests read it: an archive of yesterday must be readable by the
//! dfxkit of today. Make it anew only when the format changes, and keep the old one beside it then. Built in a neutral directory and under a
//! neutral name, since Vivado's files hold the paths and the host that they were made on.

use std::path::Path;
use std::process::Command;

use crate::demo::step;

/// The release in the repository's archive.
pub(crate) const RELEASE: &str = "conv-1.0.0";

/// Makes the archive.
pub(crate) fn run() -> Result<(), String> {
    crate::setup::tclsh()?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the repository");
    let golden = root.join("golden");
    if golden.join(RELEASE).exists() {
        return Err(format!(
            "golden/{RELEASE} is there; an archive is never overwritten: move it away first"
        ));
    }
    step(Command::new(env!("CARGO")).args(["build", "--quiet", "--package", "dfxkit"]).current_dir(root))?;
    let work = Path::new("/tmp/dfxkit-golden");
    if work.exists() {
        fs_err::remove_dir_all(work).map_err(|e| e.to_string())?;
    }
    step(Command::new("cp").arg("-r").arg(root.join("examples/conv-pynq-z2")).arg(work))?;
    // The stand-in's run scripts name the program that they call: from a neutral place too.
    let program = Path::new("/tmp/dfxkit-golden-program");
    fs_err::copy(root.join("target/debug/dfxkit"), program).map_err(|e| e.to_string())?;
    let dfxkit = |args: &[&str]| {
        step(
            Command::new(program)
                .args(args)
                .current_dir(work)
                .env_clear()
                .env("PATH", "/usr/local/bin:/usr/bin:/bin")
                .env("HOSTNAME", "builder")
                .env("USER", "builder")
                .env("VIVADO_SIM_SEED", "1"),
        )
    };
    if work.join("build").exists() {
        fs_err::remove_dir_all(work.join("build")).map_err(|e| e.to_string())?;
    }
    dfxkit(&["build", "--vivado", "sim"])?;
    let store = golden.to_string_lossy().into_owned();
    dfxkit(&["golden", "--store", &store, "archive", RELEASE, "--allow-simulated"])?;
    fs_err::remove_file(program).map_err(|e| e.to_string())?;
    fs_err::remove_dir_all(work).map_err(|e| e.to_string())
}
