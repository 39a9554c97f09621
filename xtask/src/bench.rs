// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo xtask bench`: speeds as ratios within one run, since machines differ.
//!
//! Prints figures and judges none: on a busy machine a ratio of two single runs says little. So the contestants take turns, and each is the best of
//! its rounds.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use dfxkit::artifacts::{Artifact, Artifacts, ModuleSet, StaticSet, ToolIdentity};
use dfxkit::gates::{GateReport, GateResult, Verdict};
use dfxkit::golden::archive::{Allow, Extras, archive};
use dfxkit::golden::{Store, check};

use crate::demo::step;

const FILES: usize = 16;
const FILE_BYTES: usize = 128 << 20;
const ROUNDS: usize = 5;

/// Checks an archive of made-up contents against `openssl` on the same files, and the cores' own rate; then runs the benches of loader and fabric, and of hand-off files
/// and kits.
pub(crate) fn run(only_golden: bool) -> Result<(), String> {
    let dir = format!("/tmp/dfxkit-bench-{}", std::process::id());
    let result = golden(&dir);
    fs_err::remove_dir_all(&dir).map_err(|e| e.to_string())?;
    result?;
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

/// A contestant: its name, its work, and the best time so far.
struct Contestant<'a> {
    name: &'static str,
    work: Box<dyn FnMut() -> Result<(), String> + 'a>,
    best: f64,
}

impl<'a> Contestant<'a> {
    fn new(name: &'static str, work: impl FnMut() -> Result<(), String> + 'a) -> Self {
        Self { name, work: Box::new(work), best: f64::INFINITY }
    }
}

/// Content that does not compress or repeat: a plain generator, seeded by the file.
fn content(n: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(n as u64 + 1);
    (0..FILE_BYTES / 8)
        .flat_map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()
        })
        .collect()
}

fn golden(dir: &str) -> Result<(), String> {
    let text = |e: std::io::Error| e.to_string();
    let store = Store::new(format!("{dir}/golden"));
    fs_err::create_dir_all(dir).map_err(text)?;
    let mut files = Vec::new();
    for n in 0..FILES {
        let path = camino::Utf8PathBuf::from(format!("{dir}/{n}.dcp"));
        fs_err::write(&path, content(n)).map_err(text)?;
        files.push(Artifact::of(&path).map_err(text)?);
    }
    let build = artifacts(&files);
    let mut release = 0;
    let mut again = || {
        release += 1;
        let (extras, allow) = (Extras::default(), Allow::default());
        archive(&store, &format!("r{release}"), &build, &extras, allow).map(|_| ()).map_err(|e| e.to_string())
    };
    again()?;
    let objects: Vec<(String, u64)> = files.iter().map(|f| (f.sha256.clone(), f.size)).collect();
    let paths: Vec<camino::Utf8PathBuf> = objects.iter().map(|(h, _)| store.object(h)).collect();
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    let memory = content(0);
    // As many bytes in all as there are in the files, shared out evenly.
    let rounds = FILES / cores;
    let mut contestants = [
        Contestant::new("golden check", || match check::rehash(&store, &objects) {
            0 => Ok(()),
            bad => Err(format!("{bad} files differ")),
        }),
        Contestant::new("openssl dgst -sha256", || {
            let out = Command::new("openssl").args(["dgst", "-sha256"]).args(&paths).output();
            match out {
                Ok(o) if o.status.success() => Ok(()),
                Ok(o) => Err(String::from_utf8_lossy(&o.stderr).into_owned()),
                Err(e) => Err(format!("cannot run openssl: {e}")),
            }
        }),
        Contestant::new("sha2 on one core, files", || {
            paths.iter().try_for_each(|p| dfxkit::hash::sha256_file(p).map(|_| ()).map_err(text))
        }),
        Contestant::new("sha2 on all cores, files", || {
            // Shared out beforehand: what the queue of the check costs, and gains, is the difference.
            std::thread::scope(|scope| {
                for core in 0..cores {
                    let own = paths.iter().skip(core).step_by(cores);
                    scope.spawn(move || own.for_each(|p| drop(dfxkit::hash::sha256_file(p))));
                }
            });
            Ok(())
        }),
        Contestant::new("sha2 on all cores, memory", || {
            std::thread::scope(|scope| {
                for _ in 0..cores {
                    scope.spawn(|| (0..rounds).for_each(|_| drop(dfxkit::hash::sha256(&memory))));
                }
            });
            Ok(())
        }),
        Contestant::new("archive again, unchanged", &mut again),
    ];
    for _ in 0..ROUNDS {
        for c in &mut contestants {
            let start = Instant::now();
            (c.work)()?;
            c.best = c.best.min(start.elapsed().as_secs_f64());
        }
    }
    let mib = (FILES * FILE_BYTES) as f64 / f64::from(1 << 20);
    println!("{mib} MiB in {FILES} files, best of {ROUNDS} rounds in turn, {cores} cores:");
    for c in &contestants {
        println!("  {:<28} {:8.0} MiB/s {:8.3} s", c.name, mib / c.best, c.best);
    }
    let [check, openssl, one, files, memory, _] = &contestants;
    println!("  check / openssl                    {:.2}", openssl.best / check.best);
    println!("  check / (cores x one core, files)  {:.2}", one.best / check.best / cores as f64);
    println!("  check / (all cores, files)         {:.2}", files.best / check.best);
    println!("  check / (all cores, memory)        {:.2}", memory.best / check.best);
    Ok(())
}

/// A build of which every file is large and none is looked into.
fn artifacts(files: &[Artifact]) -> Artifacts {
    let passed = GateResult {
        gate: "bench".into(),
        subject: "bench".into(),
        verdict: Verdict::Passed,
        expected: String::new(),
        actual: String::new(),
        evidence: None,
        off: false,
    };
    let module = |(n, file): (usize, &Artifact)| ModuleSet {
        name: format!("m{n}"),
        vivado_name: format!("m{n}"),
        partition: "p".into(),
        configuration: "c".into(),
        run: "r".into(),
        greybox: false,
        partial_bit: None,
        clear_bit: None,
        bin: None,
        hwh: None,
        ltx: None,
        routed_dcp: Some(file.clone()),
        drivers: Vec::new(),
    };
    Artifacts {
        project: "bench".into(),
        version: "1".into(),
        part: "xc7z020clg400-1".into(),
        tool: ToolIdentity { release: "2024.2".into(), build: None, simulated: false },
        static_set: StaticSet {
            top: "top".into(),
            configuration: None,
            run: "r".into(),
            full_bit: files.first().cloned(),
            routed_dcp: files.get(1).cloned(),
            blackbox_dcp: files.get(2).cloned(),
            hwh: None,
            ltx: None,
        },
        partitions: Vec::new(),
        modules: files.iter().enumerate().skip(3).map(module).collect(),
        configurations: Vec::new(),
        on_shells: Vec::new(),
        sources: Vec::new(),
        golden: None,
        static_tool: None,
        adopted: false,
        logs: Vec::new(),
        missing: Vec::new(),
        notes: Vec::new(),
        gates: GateReport::new(vec![passed]),
    }
}
