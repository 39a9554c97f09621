// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The sysfs back end on a plain directory. What a directory cannot do (fail a write, change `state`) is left to the
//! User-Mode Linux rig of a later issue; here: names, flags, cleaning up, and the answers to what is missing.

use std::path::Path;

use crate::support::bench;
use dfxkit_fabric::codec::Order;
use dfxkit_loader::{
    FpgaManager, ImageKind, Loader, ManagerError, NoRegisters, Options, Reason, Sha256, Sysfs,
};

pub(crate) fn target(root: &Path, name: &str, state: &str) {
    let manager = root.join("sys/class/fpga_manager/fpga0");
    fs_err::create_dir_all(&manager).expect("made");
    fs_err::create_dir_all(root.join("lib/firmware")).expect("made");
    for (file, text) in
        [("name", name), ("state", state), ("flags", "40\n"), ("firmware", ""), ("status", "")]
    {
        fs_err::write(manager.join(file), text).expect("written");
    }
}

pub(crate) fn attribute(root: &Path, name: &str) -> String {
    fs_err::read_to_string(root.join("sys/class/fpga_manager/fpga0").join(name)).expect("there")
}

#[test]
fn a_load_leaves_flags_and_the_firmware_directory_as_they_were() {
    let dir = tempfile::tempdir().expect("temp");
    target(dir.path(), "Xilinx Zynq FPGA Manager\n", "operating\n");
    let mut manager = Sysfs::open(dir.path()).expect("there");
    manager.load(b"image", &Sha256::digest(b"image"), ImageKind::Partial).expect("loads");
    let name = attribute(dir.path(), "firmware");
    assert!(
        name.starts_with("dfxkit-") && Path::new(&name).extension().is_some_and(|e| e == "bin"),
        "{name}"
    );
    assert_eq!(attribute(dir.path(), "flags").trim(), "40", "put back");
    assert_eq!(fs_err::read_dir(dir.path().join("lib/firmware")).expect("there").count(), 0);
    assert!(manager.takes(Order::ByteSwapped) && !manager.takes(Order::Normal));
}

#[test]
fn zynqmp_takes_both_orders() {
    let dir = tempfile::tempdir().expect("temp");
    target(dir.path(), "Xilinx ZynqMP FPGA Manager", "operating");
    let manager = Sysfs::open(dir.path()).expect("there");
    assert!(manager.takes(Order::ByteSwapped) && manager.takes(Order::Normal));
    assert!(!manager.takes(Order::BitReversed));
}

#[test]
fn what_is_missing_is_said() {
    let dir = tempfile::tempdir().expect("temp");
    let missing = Sysfs::open(dir.path()).expect_err("nothing there");
    assert!(missing.to_string().contains("CONFIG_FPGA"), "{missing}");

    target(dir.path(), "Xilinx Zynq FPGA Manager", "write error");
    let mut manager = Sysfs::open(dir.path()).expect("there");
    let image = |m: &mut Sysfs| m.load(b"x", &Sha256::digest(b"x"), ImageKind::Full).expect_err("fails");
    match image(&mut manager) {
        ManagerError::NotOperating { state, .. } => assert_eq!(state, "write error"),
        other => panic!("{other}"),
    }
    assert_eq!(attribute(dir.path(), "flags").trim(), "40", "put back after a failure too");

    fs_err::write(dir.path().join("sys/class/fpga_manager/fpga0/flags"), "zz").expect("written");
    let odd = image(&mut manager);
    assert!(odd.is_before_the_device(), "{odd}");
    fs_err::remove_dir_all(dir.path().join("lib")).expect("removed");
    assert!(image(&mut manager).is_before_the_device());
}

#[test]
fn a_simulated_kit_and_a_rival_stop_before_the_device() {
    for (simulated, rival) in [(true, false), (false, true)] {
        let b = bench(false, "passed", simulated);
        target(&b.root(), "Xilinx Zynq FPGA Manager", "operating");
        if rival {
            fs_err::create_dir_all(b.root().join("run")).expect("made");
            fs_err::write(b.root().join("run/dfx-mgrd.socket"), "").expect("written");
        }
        let mut loader = Loader::new(
            b.kit,
            &b.kit_dir(),
            &b.root(),
            Sysfs::open(&b.root()).expect("there"),
            NoRegisters,
            Options { static_is_running: true, isolated_by_caller: true, ..Options::default() },
        );
        let failure = loader.swap("p", "b").expect_err("stopped");
        match (&*failure.reason, simulated) {
            (Reason::Simulated, true) | (Reason::Rival(_), false) => {}
            other => panic!("{other:?}"),
        }
        assert_eq!(attribute(&b.root(), "firmware"), "");
    }
}

#[test]
fn a_real_swap_goes_through_sysfs_when_the_caller_isolates() {
    let b = bench(false, "passed", false);
    target(&b.root(), "Xilinx Zynq FPGA Manager", "operating");
    let options = Options { static_is_running: true, isolated_by_caller: true, ..Options::default() };
    let open = || Sysfs::open(&b.root()).expect("there");
    let mut loader = Loader::new(b.kit, &b.kit_dir(), &b.root(), open(), NoRegisters, options.clone());
    loader.swap("p", "b").expect("loads");
    assert!(attribute(&b.root(), "firmware").starts_with("dfxkit-"));

    // Without a way to the registers nothing is loaded, and nothing was touched.
    fs_err::write(b.root().join("sys/class/fpga_manager/fpga0/firmware"), "").expect("written");
    let strict = Options { isolated_by_caller: false, ..options };
    let mut loader = Loader::new(b.kit, &b.kit_dir(), &b.root(), open(), NoRegisters, strict);
    let failure = loader.swap("p", "a").expect_err("no registers");
    assert!(failure.to_string().contains("access to registers"), "{failure}");
    assert_eq!(attribute(&b.root(), "firmware"), "");
}

/// A prefetched image is copied once, and again only when its file is not what was written any more.
#[test]
fn a_prefetched_image_stays_where_the_kernel_looks_and_is_not_taken_for_another() {
    let b = bench(false, "passed", false);
    target(&b.root(), "Xilinx Zynq FPGA Manager", "operating");
    let options = Options { static_is_running: true, isolated_by_caller: true, ..Options::default() };
    let manager = Sysfs::open(&b.root()).expect("there");
    let mut loader = Loader::new(b.kit, &b.kit_dir(), &b.root(), manager, NoRegisters, options);
    for module in ["a", "b"] {
        loader.prefetch("p", module).expect("reads");
    }
    let firmware = b.root().join("lib/firmware");
    let names = || {
        let entries = fs_err::read_dir(&firmware).expect("there");
        let mut names: Vec<_> = entries.map(|e| e.expect("an entry").file_name()).collect();
        names.sort();
        names
    };
    let (kept, wanted) = (names(), fs_err::read(b.kit_dir().join("modules/p/b.bin")).expect("there"));
    assert_eq!(kept.len(), 2);
    loader.swap("p", "b").expect("loads");
    loader.recover().expect("nothing to do, and nothing of ours to take away");
    let file = firmware.join(attribute(&b.root(), "firmware"));
    assert_eq!((names(), fs_err::read(&file).expect("stays")), (kept.clone(), wanted.clone()));
    // Somebody wrote into it, or took it away.
    loader.swap("p", "a").expect("loads");
    fs_err::write(&file, b"something else").expect("written");
    loader.swap("p", "b").expect("loads");
    assert!(fs_err::read(&file).map_or(true, |bytes| bytes == wanted), "not what somebody wrote");
    loader.swap("p", "a").expect("loads");
    for name in names() {
        fs_err::remove_file(firmware.join(name)).expect("removed");
    }
    loader.swap("p", "b").expect("loads");
    for module in ["a", "b"] {
        loader.forget("p", module);
    }
    assert!(names().is_empty(), "{:?}", names());
}
