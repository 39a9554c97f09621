// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo xtask demo`: the README's first command. An example to a verified kit on the embedded stand-in, with nothing set up before.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Runs the demonstration with an example of the repository.
pub(crate) fn run(example: &str) -> Result<(), String> {
    crate::setup::tclsh()?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the repository");
    let description = root.join("examples").join(example).join("dfx.toml");
    if !description.is_file() {
        return Err(format!("there is no example {example:?}"));
    }
    let cargo = |args: &[&str]| step(Command::new(env!("CARGO")).args(args).current_dir(root));
    cargo(&["build", "--quiet", "--package", "dfxkit"])?;
    let dfxkit = root.join("target/debug/dfxkit");
    let dfxkit = |args: &[&str]| {
        step(Command::new(&dfxkit).arg("--file").arg(&description).args(args).current_dir(root))
    };
    dfxkit(&["build", "--vivado", "sim"])?;
    let kit = newest_kit(&root.join("examples").join(example).join("build/kit"))?;
    dfxkit(&["kit", "verify", &kit.to_string_lossy()])?;
    println!("$ cd {} && sha256sum -c --quiet SHA256SUMS", kit.display());
    step(Command::new("sha256sum").args(["-c", "--quiet", "SHA256SUMS"]).current_dir(&kit))?;
    println!("\nThe kit (SIMULATED: the stand-in made its bitstreams): {}", kit.display());
    Ok(())
}

fn newest_kit(dir: &Path) -> Result<PathBuf, String> {
    fs_err::read_dir(dir)
        .map_err(|e| e.to_string())?
        .filter_map(Result::ok)
        .map(|e| e.path())
        .find(|p| p.join("kit.json").is_file())
        .ok_or_else(|| format!("no kit in {}", dir.display()))
}

/// Runs a command with the terminal; says the line first, as a user would type it.
pub(crate) fn step(command: &mut Command) -> Result<(), String> {
    let line = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|a| a.to_string_lossy().into_owned())
        .collect::<Vec<_>>()
        .join(" ");
    eprintln!("$ {line}");
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`{line}` ended with {status}")),
        Err(e) => Err(format!("`{line}` did not start: {e}")),
    }
}
