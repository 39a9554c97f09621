// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo xtask crosscheck [SECONDS] [--seed N]`: the HDL reader against other readers, each for a bounded time.
//!
//! - sv-parser and vhdl_syntax (`crosscheck/`, a workspace of its own): modules, ports, directions, instances.
//! - slang's elaboration (`crosscheck/slang.py`): also widths, parameters and the tree. pyslang is installed below `target/tools` when missing.

use std::path::Path;
use std::process::Command;

use crate::demo::step;

/// The wheel that is taken: its results are compared word for word.
const PYSLANG: &str = "pyslang==12.1.0";

/// Runs both checks for so many seconds each.
pub(crate) fn run(seconds: u32, seed: u32) -> Result<(), String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the repository");
    let directory = root.join("crosscheck/hdl");
    let (seconds, seed) = (seconds.to_string(), seed.to_string());
    let cargo = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO"));
        command.args(arguments).current_dir(root);
        command
    };
    step(&mut cargo(&["build", "--quiet", "--package", "dfxkit-hdl", "--example", "dump"]))?;
    let packages = root.join("target/tools/pyslang");
    if !packages.join("pyslang").is_dir() {
        step(
            Command::new("python3")
                .args(["-m", "pip", "install", "--quiet", "--target"])
                .arg(&packages)
                .arg(PYSLANG),
        )?;
    }
    step(
        Command::new("python3")
            .arg(root.join("crosscheck/slang.py"))
            .arg(root.join("target/debug/examples/dump"))
            .arg(&directory)
            .args([&seconds, &seed])
            .env("PYTHONPATH", &packages),
    )?;
    let mut parsers =
        cargo(&["run", "--quiet", "--locked", "--manifest-path", "crosscheck/Cargo.toml", "--"]);
    // Its own target directory is kept out of the repository.
    parsers.env("CARGO_TARGET_DIR", root.join("target/crosscheck"));
    step(parsers.arg(&directory).args([&seconds, &seed]))
}
