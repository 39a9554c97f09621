// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo xtask fuzz [SECONDS] [--seed N]`: every fuzz target for a bounded time, with cargo-fuzz, which it installs below `target/tools` when missing.
//!
//! The targets are built without a sanitizer: the code is safe Rust, so a panic or a failed assertion is what there is to find, and libFuzzer is
//! several times faster that way. libFuzzer's coverage needs an unstable compiler flag, hence RUSTC_BOOTSTRAP.

use std::path::Path;
use std::process::Command;

use crate::demo::step;

/// Runs every target for so many seconds each, from a seed of libFuzzer's random numbers.
pub(crate) fn run(seconds: u32, seed: u32) -> Result<(), String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the repository");
    let tools = root.join("target/tools");
    let cargo_fuzz = tools.join("bin/cargo-fuzz");
    if !cargo_fuzz.is_file() {
        step(
            Command::new(env!("CARGO"))
                .args(["install", "--quiet", "--locked", "cargo-fuzz", "--root"])
                .arg(&tools),
        )?;
    }
    for target in targets(&root.join("fuzz/fuzz_targets"))? {
        let seeds = root.join("fuzz/seeds").join(&target);
        let mut command = Command::new(&cargo_fuzz);
        // What is found is kept below target; seeds are only read.
        let corpus = root.join("target/fuzz-corpus").join(&target);
        fs_err::create_dir_all(&corpus).map_err(|e| e.to_string())?;
        command.args(["fuzz", "run", "--sanitizer", "none", &target]).arg(&corpus);
        if seeds.is_dir() {
            command.arg(&seeds);
        }
        command
            .args([
                "--",
                &format!("-seed={seed}"),
                "-rss_limit_mb=4096",
                "-timeout=20",
                "-print_final_stats=0",
                "-verbosity=0",
            ])
            .arg(format!("-max_total_time={seconds}"));
        step(command.env("RUSTC_BOOTSTRAP", "1").current_dir(root))?;
        println!("fuzz {target}: no crash in {seconds} s");
    }
    Ok(())
}

fn targets(dir: &Path) -> Result<Vec<String>, String> {
    let mut names: Vec<String> = fs_err::read_dir(dir)
        .map_err(|e| e.to_string())?
        .filter_map(Result::ok)
        .filter_map(|e| e.path().file_stem().map(|s| s.to_string_lossy().into_owned()))
        .collect();
    names.sort();
    Ok(names)
}
