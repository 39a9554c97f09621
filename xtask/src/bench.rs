// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo xtask bench`: speeds as ratios within one run, since machines differ.
//!
//! Prints figures and judges none: on a busy machine a ratio of two single runs says little, so that each is the best of several.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use crate::demo::step;

const FILES: usize = 8;
const FILE_BYTES: usize = 32 << 20;
const ROUNDS: usize = 3;

/// Checks an archive of made-up contents against `openssl` on the same files, and one core's own rate; then runs the benches of loader and fabric, and of hand-off files
/// and kits.
pub(crate) fn run(only_golden: bool) -> Result<(), String> {
    golden()?;
    if only_golden {
        return Ok(());
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the repository");
    // Swaps on fakes, the same beside PYNQ where it is installed (see scripts/pynq_swap.py), replacement policies.
    step(
        Command::new(env!("CARGO"))
            .args(["bench", "-p", "dfxkit-loader", "--bench", "swap"])
            .current_dir(root),
    )?;
    for package in ["dfxkit-fabric", "dfxkit-handoff"] {
        step(Command::new(env!("CARGO")).args(["bench", "-p", package]).current_dir(root))?;
    }
    Ok(())
}

fn golden() -> Result<(), String> {
    let text = |e: std::io::Error| e.to_string();
    let dir = Path::new("/tmp").join(format!("dfxkit-bench-{}", std::process::id()));
    let dir_text = dir.to_string_lossy().into_owned();
    let store = dfxkit::golden::Store::new(dir_text.clone() + "/golden");
    let mut paths = Vec::new();
    let mut hashes = Vec::new();
    fs_err::create_dir_all(&dir).map_err(text)?;
    for n in 0..FILES {
        // Contents that do not compress or repeat: a plain generator, seeded by the file.
        let mut state = 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(n as u64 + 1);
        let bytes: Vec<u8> = (0..FILE_BYTES / 8)
            .flat_map(|_| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                state.to_le_bytes()
            })
            .collect();
        let path = format!("{dir_text}/{n}.bin");
        fs_err::write(&path, bytes).map_err(text)?;
        let (sha256, size) = store.put_file(path.as_str().into()).map_err(|e| e.to_string())?;
        paths.push(path);
        hashes.push((sha256, size));
    }
    let best = |work: &mut dyn FnMut() -> Result<(), String>| -> Result<f64, String> {
        let mut best = f64::INFINITY;
        for _ in 0..ROUNDS {
            let start = Instant::now();
            work()?;
            best = best.min(start.elapsed().as_secs_f64());
        }
        Ok(best)
    };
    let objects: Vec<String> = hashes.iter().map(|(h, _)| store.object(h).into_string()).collect();
    // Read once before, so that all find the files in memory.
    let one_core = best(&mut || {
        for path in &objects {
            dfxkit::hash::sha256_file(path.as_str().into()).map_err(|e| e.to_string())?;
        }
        Ok(())
    })?;
    let check = best(&mut || {
        let bad = dfxkit::golden::check::rehash(&store, &hashes);
        if bad == 0 { Ok(()) } else { Err(format!("{bad} files differ")) }
    })?;
    let again = best(&mut || {
        for (path, (sha256, size)) in paths.iter().zip(&hashes) {
            store.put_known(path.as_str().into(), sha256, *size).map_err(|e| e.to_string())?;
        }
        Ok(())
    })?;
    let openssl = best(&mut || {
        let out = Command::new("openssl").args(["dgst", "-sha256"]).args(&objects).output();
        match out {
            Ok(o) if o.status.success() => Ok(()),
            Ok(o) => Err(String::from_utf8_lossy(&o.stderr).into_owned()),
            Err(e) => Err(format!("cannot run openssl: {e}")),
        }
    });
    fs_err::remove_dir_all(&dir).map_err(text)?;
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    let mib = (FILES * FILE_BYTES) as f64 / f64::from(1 << 20);
    println!("golden check of {mib} MiB, best of {ROUNDS}, {cores} cores:");
    println!("  golden check      {:8.0} MiB/s", mib / check);
    println!("  one core's sha2   {:8.0} MiB/s", mib / one_core);
    println!("  archive again     {again:8.3} s");
    println!("  check / (cores x one core)  {:.2}", one_core / check / cores as f64);
    match openssl {
        Ok(openssl) => {
            println!("  openssl dgst      {:8.0} MiB/s", mib / openssl);
            println!("  check / openssl   {:.2}", openssl / check);
        }
        Err(error) => println!("  openssl dgst      unknown: {error}"),
    }
    Ok(())
}
