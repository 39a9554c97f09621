// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The kernel's regions on a plain directory, and what is found out before anything is touched. That a real kernel programs
//! what these overlays say is tested in User-Mode Linux (`cargo xtask uml`).

use std::collections::BTreeMap;
use std::path::Path;

use crate::support::{Bench, DECOUPLER, SHUTDOWN, bench};
use crate::sysfs::{attribute, target};
use dfxkit_loader::fake::{Bank, Trace};
use dfxkit_loader::{
    FpgaManager, ImageKind, Left, Loader, ManagerError, Options, Overlays, Reason, RegionRecord, Regions,
    Sha256, Sysfs,
};

fn options() -> Options {
    Options { static_is_running: true, ..Options::default() }
}

/// A bank whose shutdown manager drains at once.
fn bank(trace: Trace) -> Bank {
    let mut bank = Bank::new(trace);
    bank.shutdown.insert(SHUTDOWN, 0);
    bank
}

fn with_regions(bench: &Bench) {
    let root = bench.root();
    target(&root, "Xilinx Zynq FPGA Manager\n", "operating\n");
    fs_err::create_dir_all(root.join("sys/kernel/config/device-tree/overlays")).expect("made");
    let symbols = root.join("proc/device-tree/__symbols__");
    fs_err::create_dir_all(&symbols).expect("made");
    fs_err::write(symbols.join("fpga_full"), "/fpga-full\0").expect("written");
    fs_err::write(symbols.join("fpga_PR0"), "/fpga-full/pr0\0").expect("written");
}

fn regions(bench: &Bench, named: &BTreeMap<String, String>) -> Regions {
    let regions = Regions::open(&bench.root(), bench.kit, named).expect("there");
    regions.with_overlays(Overlays::emulated(&bench.root()))
}

fn overlays(root: &Path) -> Vec<String> {
    Overlays::new(root).list()
}

fn holds(blob: &[u8], text: &str) -> bool {
    blob.windows(text.len()).any(|w| w == text.as_bytes())
}

#[test]
fn a_region_is_programmed_by_one_overlay_of_ours() {
    let bench = bench(false, "passed", false);
    with_regions(&bench);
    let root = bench.root();
    let registers = bank(Trace::new());
    let manager = regions(&bench, &BTreeMap::new());
    assert!(manager.name().contains("regions"));
    let mut loader = Loader::new(bench.kit, &bench.kit_dir(), &root, manager, registers, options());
    loader.load_static().expect("loads");
    assert_eq!(overlays(&root), ["dfxkit-full"]);
    let blob = |name: &str| {
        fs_err::read(root.join("sys/kernel/config/device-tree/overlays").join(name).join("dtbo"))
            .expect("there")
    };
    assert!(
        holds(&blob("dfxkit-full"), "/fpga-full\0") && !holds(&blob("dfxkit-full"), "partial-fpga-config")
    );
    for module in ["b", "a"] {
        loader.swap("p", module).expect("loads");
        assert_eq!(overlays(&root), ["dfxkit-full", "dfxkit-region-p"]);
        let blob = blob("dfxkit-region-p");
        let digest = bench.kit.partitions[0].module(module).expect("there").image.sha256;
        let name = digest[..6].iter().map(|b| format!("{b:02x}")).collect::<Vec<_>>().concat();
        assert!(holds(&blob, "/fpga-full/pr0\0") && holds(&blob, "partial-fpga-config"));
        assert!(holds(&blob, &format!("dfxkit-{name}-")), "its own firmware file");
    }
    assert_eq!(fs_err::read_dir(root.join("lib/firmware")).expect("there").count(), 0, "nothing is left");
    assert_eq!(attribute(&root, "firmware"), "", "not by sysfs");
    // A new full image takes the region's overlay away.
    loader.load_static().expect("loads");
    assert_eq!(overlays(&root), ["dfxkit-full"]);
}

#[test]
fn an_occupied_region_is_never_tried_and_a_missing_one_is_named() {
    let bench = bench(false, "passed", false);
    with_regions(&bench);
    let root = bench.root();
    let foreign = root.join("proc/device-tree/fpga-full/pr0/firmware-name");
    fs_err::create_dir_all(foreign.parent().expect("has one")).expect("made");
    fs_err::write(&foreign, "theirs.bin\0").expect("written");
    let trace = Trace::new();
    let open = |named: &BTreeMap<String, String>| {
        let registers = bank(trace.clone());
        Loader::new(bench.kit, &bench.kit_dir(), &root, regions(&bench, named), registers, options())
    };
    let failure = open(&BTreeMap::new()).swap("p", "b").expect_err("occupied");
    assert!(failure.to_string().contains("occupied"), "{failure}");
    assert_eq!(failure.left, Left::AsBefore);
    // By a path of the caller's: a region that is free.
    let named = BTreeMap::from([("p".to_owned(), "/fpga-full/other".to_owned())]);
    open(&named).swap("p", "b").expect("loads");
    assert_eq!(overlays(&root), ["dfxkit-region-p"]);

    trace.take();
    fs_err::remove_file(root.join("proc/device-tree/__symbols__/fpga_PR0")).expect("removed");
    let failure = open(&BTreeMap::new()).swap("p", "a").expect_err("no region");
    assert!(failure.to_string().contains("fpga_PR0"), "{failure}");
    assert!(trace.take().is_empty(), "nothing was touched");
    assert!(matches!(
        Regions::open(&root.join("nowhere"), bench.kit, &BTreeMap::new()),
        Err(ManagerError::NoManager { .. })
    ));
}

#[test]
fn a_region_that_the_kernel_does_not_program_stays_closed() {
    let bench = bench(false, "passed", false);
    with_regions(&bench);
    let root = bench.root();
    // No kernel behind the directory: the overlay cannot be applied, and is taken away again.
    let manager = Regions::open(&root, bench.kit, &BTreeMap::new()).expect("there");
    let registers = bank(Trace::new());
    let mut loader = Loader::new(bench.kit, &bench.kit_dir(), &root, manager, registers, options());
    let failure = loader.swap("p", "b").expect_err("not programmed");
    assert!(failure.to_string().contains("/fpga-full/pr0"), "{failure}");
    assert_eq!(failure.left, Left::Unknown);
    assert_eq!(loader.registers().value(DECOUPLER), 1);
    assert!(overlays(&root).is_empty());
    // A clearing image would leave the bridges open over nothing.
    let mut manager = Regions::open(&root, bench.kit, &BTreeMap::new()).expect("there");
    manager.aim(Some("p"));
    let clear = manager.load(b"x", &Sha256::digest(b"x"), ImageKind::Clear).expect_err("refused");
    assert!(matches!(clear, ManagerError::Refused(_)));
}

#[test]
fn too_little_memory_or_no_place_for_the_file_is_found_before_anything_is_touched() {
    let bench = bench(false, "passed", false);
    let root = bench.root();
    target(&root, "Xilinx ZynqMP FPGA Manager\n", "operating\n");
    let trace = Trace::new();
    let open = || {
        let (manager, registers) = (Sysfs::open(&root).expect("there"), bank(trace.clone()));
        Loader::new(bench.kit, &bench.kit_dir(), &root, manager, registers, options())
    };
    let meminfo = root.join("proc/meminfo");
    fs_err::write(&meminfo, "MemTotal: 99 kB\nCmaTotal:       262144 kB\nCmaFree:              4 kB\n")
        .expect("written");
    let failure = open().swap("p", "b").expect_err("no room");
    assert!(failure.to_string().contains("4096 are free"), "{failure}");
    assert_eq!(failure.left, Left::AsBefore);
    // A kernel without a CMA area takes memory from elsewhere.
    fs_err::write(&meminfo, "CmaTotal: 0 kB\nCmaFree: 0 kB\n").expect("written");
    open().swap("p", "b").expect("loads");
    trace.take();
    fs_err::remove_dir_all(root.join("lib/firmware")).expect("removed");
    let failure = open().swap("p", "a").expect_err("no place");
    assert!(failure.to_string().contains("lib/firmware"), "{failure}");
    assert_eq!(failure.left, Left::AsBefore);
    assert!(trace.take().is_empty());
}

#[test]
fn a_failed_load_that_was_not_ours_makes_every_region_unknown() {
    let bench = bench(false, "passed", false);
    let root = bench.root();
    target(&root, "Xilinx Zynq FPGA Manager\n", "operating\n");
    let (manager, registers) = (Sysfs::open(&root).expect("there"), bank(Trace::new()));
    let mut loader = Loader::new(bench.kit, &bench.kit_dir(), &root, manager, registers, options());
    loader.load_static().expect("loads");
    let state = root.join("sys/class/fpga_manager/fpga0/state");
    // The kernel did not find somebody's file: the device was not touched.
    fs_err::write(&state, "firmware request error\n").expect("written");
    let failure = loader.swap("p", "b").expect_err("this directory's state does not change");
    assert!(!matches!(*failure.reason, Reason::Foreign { .. }), "{failure}");
    fs_err::write(&state, "operating\n").expect("written");
    loader.load_static().expect("loads");
    fs_err::write(&state, "write error\n").expect("written");
    let failure = loader.swap("p", "b").expect_err("somebody's load failed");
    assert!(matches!(&*failure.reason, Reason::Foreign { state } if state == "write error"), "{failure}");
    assert_eq!(loader.region("p").expect("readable"), Some(RegionRecord::Unknown));
    fs_err::write(&state, "operating\n").expect("written");
    loader.load_static().expect("the full image puts it right");
    loader.swap("p", "b").expect("loads");
}

#[test]
fn what_a_dead_process_staged_is_taken_away_and_nothing_else() {
    let bench = bench(false, "passed", false);
    let root = bench.root();
    target(&root, "Xilinx Zynq FPGA Manager\n", "operating\n");
    let firmware = root.join("lib/firmware");
    for name in ["dfxkit-0123456789ab-77.bin", "dfxkit-notours.bin", "regulatory.db"] {
        fs_err::write(firmware.join(name), "x").expect("written");
    }
    let (manager, registers) = (Sysfs::open(&root).expect("there"), bank(Trace::new()));
    let mut loader = Loader::new(bench.kit, &bench.kit_dir(), &root, manager, registers, options());
    loader.recover().expect("nothing else to do");
    let mut left: Vec<_> = fs_err::read_dir(&firmware)
        .expect("there")
        .map(|e| e.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    left.sort();
    assert_eq!(left, ["dfxkit-notours.bin", "regulatory.db"]);
    assert_eq!(attribute(&root, "flags").trim(), "40", "whose they are is not known");
}
