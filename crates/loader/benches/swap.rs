// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a swap costs beside the port: `cargo bench -p dfxkit-loader`.
//!
//! Prefetched images of about 150 KB and 4 MB go back and forth on a fake that takes no time, and on one that is paced at
//! 145 MB/s (the PCAP of a Zynq-7000). The journal is on `/dev/shm` where there is one, as `/run` is on a target. Then the
//! same images go through sysfs files of a stub device, by this loader and by PYNQ 4.0 (`scripts/pynq_swap.py`; left out, with
//! a message, where PYNQ or the corpus is missing). Printed: medians and ratios. Nothing is asserted: a busy machine is not a
//! fault.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use dfxkit_fabric::codec::{Bitstream, Order};
use dfxkit_fabric::device::Device;
use dfxkit_fabric::frames::FrameSet;
use dfxkit_fabric::write::BitWriter;
use dfxkit_loader::fake::{Bank, Trace};
use dfxkit_loader::policy::simulate::{Setup, simulate};
use dfxkit_loader::policy::{Policy, trace};
use dfxkit_loader::{
    FpgaManager, Image, ImageKind, Isolation, IsolationKind, Kit, Loader, ManagerError, Module, Options,
    Outcome, Partition, Sha256, Sysfs,
};

const PART: &str = "xc7z020clg400-1";
const SWAPS: usize = 200;

/// Takes as long as a port of this speed; none: no time.
struct Paced {
    bytes_per_second: Option<f64>,
    copied: Vec<u8>,
}

impl FpgaManager for Paced {
    fn name(&self) -> String {
        "paced fake".to_owned()
    }
    fn takes(&self, _order: Order) -> bool {
        true
    }
    fn is_real(&self) -> bool {
        false
    }
    fn rival(&self) -> Option<String> {
        None
    }
    fn load(&mut self, image: &[u8], _: &[u8; 32], _: ImageKind) -> Result<(), ManagerError> {
        let began = Instant::now();
        self.copied.clear();
        self.copied.extend_from_slice(image);
        if let Some(speed) = self.bytes_per_second {
            let end = Duration::from_secs_f64(image.len() as f64 / speed);
            std::thread::sleep(end.saturating_sub(began.elapsed() + Duration::from_micros(200)));
            while began.elapsed() < end {
                std::hint::spin_loop();
            }
        }
        Ok(())
    }
}

fn kit(dir: &Path, frames: usize) -> &'static Kit {
    let device = Device::of_part(PART).expect("known");
    let map = device.die().and_then(|d| d.frame_map()).expect("known");
    let mut region = FrameSet::new(map.len());
    region.insert_range(100..100 + frames);
    let modules = ["a", "b"].map(|name| {
        let writer = BitWriter::new(&device).expect("writable").order(Order::ByteSwapped);
        let bytes = writer.partial(&region, |a, words| {
            words[1] = u32::from(name.as_bytes()[0]).wrapping_mul(31).wrapping_add(a.minor.into());
        });
        let path = format!("{name}.bin");
        fs_err::write(dir.join(&path), &bytes).expect("written");
        Module {
            name: String::leak(name.to_owned()),
            greybox: false,
            image: Image {
                path: String::leak(path),
                size: bytes.len() as u64,
                sha256: Sha256::digest(&bytes),
                kind: ImageKind::Partial,
                static_id: [7; 32],
            },
            clear: None,
            id: None,
            overlay: None,
        }
    });
    let isolation = [Isolation { path: "dec", kind: IsolationKind::Decoupler, address: Some(0x4120_0000) }];
    let partition = Partition {
        name: "p",
        cell: "top/p",
        frames: &[],
        isolation: Vec::leak(isolation.into()),
        reset: None,
        power_up: Some("a"),
        modules: Vec::leak(modules.into()),
    };
    Box::leak(Box::new(Kit {
        name: "bench",
        version: "1",
        simulated: false,
        verdict: "passed",
        part: PART,
        idcode: device.idcode(),
        needs_clear: false,
        static_id: [7; 32],
        full: None,
        partitions: Vec::leak(vec![partition]),
    }))
}

/// Median of one swap.
fn swaps(kit: &'static Kit, dir: &Path, speed: Option<f64>, prefetch: bool) -> Duration {
    let root = dir.join("root");
    if root.exists() {
        fs_err::remove_dir_all(&root).expect("removed");
    }
    fs_err::create_dir_all(root.join("proc/sys/kernel/random")).expect("made");
    fs_err::write(root.join("proc/sys/kernel/random/boot_id"), "boot\n").expect("written");
    let manager = Paced { bytes_per_second: speed, copied: Vec::new() };
    let options = Options { static_is_running: true, ..Options::default() };
    let mut loader = Loader::new(kit, dir, &root, manager, Bank::new(Trace::new()), options);
    if prefetch {
        for module in ["a", "b"] {
            loader.prefetch("p", module).expect("reads");
        }
    }
    let times: Vec<Duration> = (0..SWAPS)
        .map(|n| {
            let began = Instant::now();
            let outcome = loader.swap("p", ["b", "a"][n % 2]).expect("loads");
            let took = began.elapsed();
            assert!(matches!(outcome, Outcome::Loaded { .. }), "a swap, not an elision");
            took
        })
        .collect();
    median(times.into_iter())
}

fn copy(bytes: usize) -> Duration {
    let source = vec![1_u8; bytes];
    let mut target = Vec::new();
    median((0..50).map(|_| {
        let began = Instant::now();
        target.clear();
        target.extend_from_slice(std::hint::black_box(&source));
        std::hint::black_box(&target);
        began.elapsed()
    }))
}

fn main() {
    let memory = PathBuf::from("/dev/shm");
    let dir = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    let dir = dir.expect("temp");
    println!("image        copy       swap   overhead  unprefetched  at 145 MB/s   port alone  ratio");
    for frames in [370, 9_800] {
        let kit = kit(dir.path(), frames);
        let bytes = kit.partitions[0].modules[0].image.size as usize;
        let copy = copy(bytes);
        let swap = swaps(kit, dir.path(), None, true);
        let cold = swaps(kit, dir.path(), None, false);
        let paced = swaps(kit, dir.path(), Some(145e6), true);
        let port = Duration::from_secs_f64(bytes as f64 / 145e6);
        println!(
            "{bytes:>8} B {copy:>9.1?} {swap:>9.1?}  {:>9.1?} {cold:>13.1?} {paced:>12.1?} {port:>12.1?}  {:.3}",
            swap.saturating_sub(copy),
            paced.as_secs_f64() / port.as_secs_f64()
        );
    }
    rival(dir.path());
    policies();
}

/// This loader and PYNQ on one stub device: plain files in place of the FPGA manager's.
fn rival(dir: &Path) {
    println!(
        "\nimage      stub         copy     dfxkit       PYNQ    and beyond the copy: dfxkit, PYNQ, ratio"
    );
    for frames in [370, 9_800] {
        let kit = kit(dir, frames);
        let root = dir.join("stub");
        if root.exists() {
            fs_err::remove_dir_all(&root).expect("removed");
        }
        for (file, text) in [
            ("sys/class/fpga_manager/fpga0/name", "Xilinx Zynq FPGA Manager\n"),
            ("sys/class/fpga_manager/fpga0/state", "operating\n"),
            ("sys/class/fpga_manager/fpga0/status", ""),
            ("sys/class/fpga_manager/fpga0/flags", "0\n"),
            ("sys/class/fpga_manager/fpga0/firmware", ""),
            ("proc/sys/kernel/random/boot_id", "boot\n"),
            ("lib/firmware/keep", ""),
        ] {
            let path = root.join(file);
            fs_err::create_dir_all(path.parent().expect("has one")).expect("made");
            fs_err::write(path, text).expect("written");
        }
        let options = Options { static_is_running: true, ..Options::default() };
        let manager = Sysfs::open(&root).expect("there");
        let mut loader = Loader::new(kit, dir, &root, manager, Bank::new(Trace::new()), options);
        for module in ["a", "b"] {
            loader.prefetch("p", module).expect("reads");
        }
        let ours = median((0..SWAPS).map(|n| {
            let began = Instant::now();
            let outcome = loader.swap("p", ["b", "a"][n % 2]).expect("loads");
            let took = began.elapsed();
            assert!(matches!(outcome, Outcome::Loaded { .. }), "a swap, not an elision");
            took
        }));
        let modules = kit.partitions[0].modules;
        let image = fs_err::read(dir.join(modules[0].image.path)).expect("there");
        let write = median((0..50).map(|_| {
            let began = Instant::now();
            fs_err::write(root.join("lib/firmware/copy.bin"), &image).expect("written");
            began.elapsed()
        }));
        let copy = copy(image.len());
        let memory = swaps(kit, dir, None, true);
        // The firmware file of a prefetched image is written once, ahead; PYNQ's is written at every swap, so that its time
        // without the write is its overhead.
        for (stub, copied, ours, subtracted) in
            [("memory", copy, memory, copy), ("sysfs", write, ours, Duration::ZERO)]
        {
            let start = format!("{:>8} B {stub:7} {copied:>9.1?} {ours:>10.1?}", image.len());
            match pynq(dir, &root, modules, stub == "memory") {
                Err(why) => println!("{start}   {why}"),
                Ok(theirs) => {
                    let (less, more) = (ours.saturating_sub(subtracted), theirs.saturating_sub(copied));
                    let ratio = more.as_secs_f64() / less.as_secs_f64();
                    println!("{start} {theirs:>10.1?} {less:>12.1?} {more:>12.1?}   {ratio:.0}x");
                }
            }
        }
    }
}

/// PYNQ's median for the same images, as .bit files; or why there is none.
#[expect(clippy::disallowed_methods, reason = "a bench finds its material and its rival by the environment")]
fn pynq(dir: &Path, root: &Path, modules: &[Module], memory: bool) -> Result<Duration, String> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let corpus =
        std::env::var_os("DFXKIT_CORPUS").map_or_else(|| here.join("../../../shared/corpus"), PathBuf::from);
    let design = corpus.join("us_plus_bdc");
    if !design.is_dir() {
        return Err("PYNQ: SKIPPED: no corpus (set DFXKIT_CORPUS), so no hand-off files for it".to_owned());
    }
    let mut command =
        std::process::Command::new(std::env::var_os("PYNQ_PYTHON").unwrap_or_else(|| "python3".into()));
    command.arg(here.join("../../scripts/pynq_swap.py")).arg("--root").arg(root);
    if memory {
        command.arg("--memory");
    }
    command.arg("--static-hwh").arg(design.join("design_1_wrapper.hwh"));
    command.arg("--module-hwh");
    command.arg(design.join("design_1_i_reconfigurable_module_rp_adder_inst_0_partial.hwh"));
    command.args(["--region", "reconfigurable_module"]);
    for module in modules {
        let data = fs_err::read(dir.join(module.image.path)).expect("there");
        let stream = Bitstream::parse_as(&data, Some(PART)).expect("ours");
        let path = dir.join(format!("{}.bit", module.name));
        fs_err::write(&path, container(&stream.to_bin(Order::Normal))).expect("written");
        command.arg(path);
    }
    let output = command.output().map_err(|e| format!("PYNQ: SKIPPED: no python: {e}"))?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let seconds = said.split("\"median_seconds\": ").nth(1).and_then(|rest| rest.split([',', '}']).next());
    match seconds.and_then(|s| s.trim().parse::<f64>().ok()) {
        Some(seconds) => Ok(Duration::from_secs_f64(seconds)),
        None if said.starts_with("SKIPPED") => Err(format!("PYNQ: {}", said.trim())),
        None => {
            let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
            Err(format!("PYNQ failed: {}", complaint.lines().last().unwrap_or("no word")))
        }
    }
}

/// The header of a .bit around data (the container's layout: fields `a` to `e`, big-endian lengths).
fn container(data: &[u8]) -> Vec<u8> {
    let mut out = vec![0, 9, 0x0f, 0xf0, 0x0f, 0xf0, 0x0f, 0xf0, 0x0f, 0xf0, 0, 0, 1];
    let part = PART.trim_start_matches("xc").to_owned();
    for (tag, text) in [
        (b'a', "top;PARTIAL=TRUE;UserID=0XFFFFFFFF;Version=2024.2"),
        (b'b', part.as_str()),
        (b'c', "2024/01/01"),
        (b'd', "00:00:00"),
    ] {
        out.push(tag);
        out.extend((text.len() as u16 + 1).to_be_bytes());
        out.extend(text.bytes().chain([0]));
    }
    out.push(b'e');
    out.extend((data.len() as u32).to_be_bytes());
    out.extend(data);
    out
}

fn median(times: impl Iterator<Item = Duration>) -> Duration {
    let mut times: Vec<Duration> = times.collect();
    times.sort();
    times[times.len() / 2]
}

/// Stall time of each policy, of Belady's, over seeds in a row.
fn policies() {
    const SEEDS: u64 = 20;
    println!(
        "\ntrace    seeds  lru    fifo   cost-aware  +predictor  worst  within 1.15   (stall, of Belady's; 4 partitions, 145 MB/s)"
    );
    for (name, seeds, make) in [
        ("cnn", 1, (|_| trace::Trace::cnn(100)) as fn(u64) -> trace::Trace),
        ("zipf", SEEDS, |seed| trace::Trace::zipf(2_000, seed)),
        ("phases", SEEDS, |seed| trace::Trace::phases(8, seed)),
    ] {
        let (mut sums, mut worst, mut within) = ([0.0; 4], 0.0_f64, 0);
        for seed in 1..=seeds {
            let trace = make(seed);
            let stall = |policy, predict| {
                simulate(&trace, policy, &Setup { slots: 4, bytes_per_second: 145e6, predict }).stall
            };
            let bound = stall(Policy::Belady, false);
            let ratios = [
                stall(Policy::Lru, false) / bound,
                stall(Policy::Fifo, false) / bound,
                stall(Policy::CostAware, false) / bound,
                stall(Policy::CostAware, true) / bound,
            ];
            for (sum, ratio) in sums.iter_mut().zip(ratios) {
                *sum += ratio / seeds as f64;
            }
            worst = worst.max(ratios[3]);
            within += usize::from(ratios[3] <= 1.15);
        }
        let [lru, fifo, cost, predictor] = sums;
        println!(
            "{name:7} {seeds:6}  {lru:.3}  {fifo:.3}  {cost:.3}       {predictor:.3}       {worst:.3}  {within} of {seeds}"
        );
    }
}
