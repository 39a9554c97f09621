// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Ratios, all in one run: `.hwh` in MB/s, kit verification against plain SHA-256 of the same bytes.
//! `cargo bench -p dfxkit-handoff`; the .hwh part needs the corpus.

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use dfxkit_handoff::hwh;
use dfxkit_handoff::kit::{
    Device, FORMAT, File, FileKind, KitPath, Limits, Manifest, Project, Static, Sums, Tool, Verdict, verify,
};
use sha2::{Digest, Sha256};

/// The shortest of several runs: the one that was disturbed least.
fn best(mut run: impl FnMut()) -> Duration {
    (0..7)
        .map(|_| {
            let began = Instant::now();
            run();
            began.elapsed()
        })
        .min()
        .expect("seven runs")
}

fn megabytes(bytes: usize, took: Duration) -> f64 {
    bytes as f64 / 1e6 / took.as_secs_f64()
}

#[expect(clippy::disallowed_methods, reason = "a bench finds its material by the environment")]
fn corpus() -> PathBuf {
    std::env::var_os("DFXKIT_CORPUS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus"), PathBuf::from)
}

/// PYNQ's own reader of the same file in the same run: its metadata parser, which `Overlay` uses, and the older one for partial regions.
const PYNQ: &str = r#"
import platform, sys, time
platform.machine = lambda: "x86_64"
from pynq.metadata.runtime_metadata_parser import RuntimeMetadataParser
from pynqmetadata.frontends import Metadata
from pynq.pl_server import hwh_parser
def best(act):
    times = []
    for _ in range(3):
        began = time.perf_counter()
        act()
        times.append(time.perf_counter() - began)
    return min(times)
print(best(lambda: RuntimeMetadataParser(Metadata(input=sys.argv[1]))))
print(best(lambda: hwh_parser._HWHZynq(hwh_name=sys.argv[1])))
"#;

/// Prints the ratios to PYNQ, or why there are none.
fn pynq(file: &Path, ours: Duration) {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/pynq");
    let mut python = std::process::Command::new("python3");
    python.args(["-c", PYNQ]).arg(file);
    if here.is_dir() {
        python.env("PYTHONPATH", &here);
    }
    let times: Vec<f64> = match python.output() {
        Ok(run) => String::from_utf8_lossy(&run.stdout).lines().filter_map(|l| l.parse().ok()).collect(),
        Err(_) => Vec::new(),
    };
    let [metadata, legacy] = times.as_slice() else {
        println!("  against PYNQ: unknown, PYNQ cannot be imported (`cargo xtask test` gets it)");
        return;
    };
    let ours = ours.as_secs_f64();
    println!("  PYNQ's metadata parser: {metadata:.3} s, {:.0} times ours", metadata / ours);
    println!("  PYNQ's parser of partial regions: {legacy:.3} s, {:.0} times ours", legacy / ours);
}

fn main() {
    let large =
        corpus().join("z020_bdc_4rp_project/cv_dfx_4_pr.gen/sources_1/bd/video_cp/hw_handoff/video_cp.hwh");
    match fs_err::read(&large) {
        Ok(bytes) => {
            let took = best(|| {
                black_box(hwh::parse(black_box(&bytes)).expect("a real file"));
            });
            println!(
                "hwh parse: {} bytes in {took:?}, {:.0} MB/s",
                bytes.len(),
                megabytes(bytes.len(), took)
            );
            pynq(&large, took);
            let model = hwh::parse(&bytes).expect("a real file");
            let took = best(|| {
                black_box((model.partial_regions(), model.interrupts(), model.ps_clocks()));
            });
            println!("hwh regions, isolation, interrupts, clocks: {took:?}");
        }
        Err(e) => println!("hwh: skipped ({e})"),
    }

    let dir = tempfile::tempdir().expect("temp");
    let image: Vec<u8> = (0..16_000_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 21) as u8).collect();
    kit(dir.path(), &image);
    let limits = Limits::default();
    let hash = best(|| {
        black_box(Sha256::digest(black_box(&image)));
    });
    let whole = best(|| {
        let verification = verify(dir.path(), &limits).expect("readable");
        assert!(verification.is_whole());
    });
    println!(
        "kit verify: {:.0} MB/s, SHA-256 in memory: {:.0} MB/s, ratio {:.2}",
        megabytes(image.len(), whole),
        megabytes(image.len(), hash),
        whole.as_secs_f64() / hash.as_secs_f64()
    );
}

fn kit(root: &Path, image: &[u8]) {
    use std::fmt::Write as _;
    let hex = |bytes: &[u8]| {
        Sha256::digest(bytes).iter().fold(String::new(), |mut text, b| {
            let _ = write!(text, "{b:02x}");
            text
        })
    };
    let digest = hex(image);
    let path = KitPath::new("static/x.bit").expect("allowed");
    let manifest = Manifest {
        format: FORMAT,
        dfxkit: "0".to_owned(),
        project: Project { name: "x".to_owned(), version: "1".to_owned() },
        simulated: false,
        verdict: Verdict::Unknown,
        vivado: Tool { release: "2024.2".to_owned(), build: None },
        device: Device { part: "xc7z020clg400-1".to_owned(), family: "7-series".to_owned(), idcode: None },
        fixed: Static {
            identity: digest.clone(),
            top: "top".to_owned(),
            configuration: None,
            golden: None,
            files: vec![File {
                path: path.clone(),
                kind: FileKind::Full,
                size: image.len() as u64,
                sha256: digest.clone(),
                payload_sha256: Some(digest.clone()),
                static_identity: digest.clone(),
            }],
        },
        partitions: vec![],
        modules: vec![],
        configurations: vec![],
        gates: vec![],
        sources: None,
        documents: vec![],
        missing: vec![],
    };
    let manifest = manifest.render().expect("consistent");
    let mut sums = Sums::default();
    sums.insert(path, digest).expect("no collision");
    sums.insert(KitPath::new("kit.json").expect("allowed"), hex(manifest.as_bytes())).expect("no collision");
    fs_err::create_dir_all(root.join("static")).expect("made");
    fs_err::write(root.join("static/x.bit"), image).expect("written");
    fs_err::write(root.join("kit.json"), manifest).expect("written");
    fs_err::write(root.join("SHA256SUMS"), sums.render()).expect("written");
}
