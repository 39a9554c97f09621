// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The failure table: whatever fails, a region whose content is not known is never opened.

use std::time::Duration;

use crate::support::{DECOUPLER, SHUTDOWN};
use crate::swap::{Rig, loaded_is};
use dfxkit_fabric::codec::Order;
use dfxkit_loader::fake::{Bank, Recorder};
use dfxkit_loader::{
    Blob, Care, CheckError, FpgaManager, ImageKind, Kit, KitOverlays, Left, LoadFailure, Loader,
    ManagerError, Options, Outcome, Overlays, Probe, Reason, RegionRecord, Registers, Reset, Sha256, Shared,
};

fn options() -> Options {
    Options {
        static_is_running: true,
        patience: Duration::from_millis(50),
        drain_deadline: Duration::from_millis(20),
        ..Options::default()
    }
}

fn fail() -> Result<(), String> {
    Err("no".to_owned())
}

/// The kit with module `a` as the blank.
fn with_blank(kit: &Kit) -> &'static Kit {
    let mut kit = kit.clone();
    let mut partition = kit.partitions[0].clone();
    let mut modules = partition.modules.to_vec();
    modules[0].greybox = true;
    partition.modules = Vec::leak(modules);
    kit.partitions = Vec::leak(vec![partition]);
    Box::leak(Box::new(kit))
}

fn closed(loader: &mut Loader<Recorder, Bank>) -> bool {
    loader.registers().value(DECOUPLER) == 1
}

#[test]
fn after_two_failures_the_blank_is_loaded_and_left_closed() {
    let mut rig = Rig::new(false);
    rig.bench.kit = with_blank(rig.bench.kit);
    let mut loader = rig.with(rig.bank(), options());
    rig.manager.then([fail(), fail()]);
    let failure = loader.swap("p", "b").expect_err("fails");
    assert_eq!(failure.left, Left::Parked("a".to_owned()), "{failure}");
    assert!(closed(&mut loader));
    assert!(matches!(loader.region("p").expect("readable"), Some(RegionRecord::Parked(m)) if m.name == "a"));
    assert!(matches!(loader.lease("p"), Err(LoadFailure { .. })), "nothing closed may be accessed");
    // Loading the blank on purpose opens it.
    loader.unload("p").expect("loads");
    loaded_is(&loader, "a");
    assert!(!closed(&mut loader));
}

#[test]
fn a_full_reload_is_the_last_resort_and_only_when_allowed() {
    for allowed in [false, true] {
        let rig = Rig::new(false);
        let mut loader = rig.with(rig.bank(), Options { allow_full_reload: allowed, ..options() });
        loader.load_static().expect("loads");
        rig.manager.then([fail(), fail()]);
        let failure = loader.swap("p", "b").expect_err("fails");
        assert_eq!(failure.left, if allowed { Left::Reloaded } else { Left::Unknown }, "{failure}");
        assert_eq!(closed(&mut loader), !allowed);
        if allowed {
            loaded_is(&loader, "a");
        }
    }
}

/// Refuses before the device is reached.
struct Full;

impl FpgaManager for Full {
    fn name(&self) -> String {
        "disk full".to_owned()
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
    fn load(&mut self, _: &[u8], _: &[u8; 32], _: ImageKind) -> Result<(), ManagerError> {
        Err(ManagerError::Prepare {
            what: "write",
            path: "x".into(),
            error: std::io::ErrorKind::StorageFull.into(),
        })
    }
}

#[test]
fn an_unknown_region_stays_closed_when_nothing_reaches_the_device() {
    let rig = Rig::new(false);
    let mut loader = rig.with(rig.bank(), options());
    rig.manager.then([fail(), fail()]);
    loader.swap("p", "b").expect_err("fails");
    assert!(closed(&mut loader));

    let shared = Shared::new(rig.bank());
    let mut second =
        Loader::new(rig.bench.kit, &rig.bench.kit_dir(), &rig.bench.root(), Full, shared.clone(), options());
    let failure = second.swap("p", "b").expect_err("disk full");
    assert_eq!(failure.left, Left::AsBefore, "{failure}");
    assert_eq!(shared.with(|b| b.value(DECOUPLER)), 1, "closed before, closed after");
    assert_eq!(second.region("p").expect("readable"), Some(RegionRecord::Unknown));

    // The same failure with a known module gives it back.
    fs_err::remove_dir_all(rig.bench.root().join("run")).expect("removed");
    let failure = second.swap("p", "b").expect_err("disk full");
    assert_eq!(failure.left, Left::AsBefore);
    assert_eq!(shared.with(|b| (b.value(DECOUPLER), b.value(SHUTDOWN))), (0, 0));
    assert!(matches!(second.region("p").expect("readable"), Some(RegionRecord::Loaded(m)) if m.name == "a"));
}

#[test]
fn an_unknown_region_whose_decoupler_sticks_is_not_opened() {
    let rig = Rig::new(false);
    let mut loader = rig.with(rig.bank(), options());
    rig.manager.then([fail(), fail()]);
    loader.swap("p", "b").expect_err("fails");
    let mut bank = rig.bank();
    bank.stuck.push(DECOUPLER);
    rig.trace.take();
    let failure = rig.with(bank, options()).swap("p", "b").expect_err("stuck");
    assert!(failure.to_string().contains("does not read as written"), "{failure}");
    assert_eq!(rig.trace.take(), [format!("write {DECOUPLER:#x} 1")], "no write that opens");
}

const RESET: u64 = 0x4140_0000;
const ID: u64 = 0x43c0_0000;

fn care(expected: u32) -> Care {
    Care {
        reset: Some(Reset { address: RESET, mask: 2, active_high: false, hold: Duration::ZERO }),
        probes: [("b".to_owned(), Probe { address: ID, mask: 0xff, expected, patience: Duration::ZERO })]
            .into(),
        overlays: [("b".to_owned(), b"blob".to_vec())].into(),
    }
}

#[test]
fn reset_probe_and_overlay_have_their_places() {
    let rig = Rig::new(false);
    fs_err::create_dir_all(rig.bench.root().join("sys/kernel/config/device-tree/overlays")).expect("made");
    let mut bank = rig.bank();
    bank.write(RESET, 0xff).expect("a register");
    bank.write(ID, 0x1b0).expect("a register");
    rig.trace.take();
    let cared = Options { care: [("p".to_owned(), care(0xb0))].into(), ..options() };
    let overlays = Overlays::emulated(&rig.bench.root());
    let mut loader = rig.with(bank, cared).with_overlays(overlays.clone());
    let Outcome::Loaded { events, .. } = loader.swap("p", "b").expect("loads") else { panic!("loaded") };
    let steps: Vec<&str> = events.iter().map(|e| e.step.id()).collect();
    assert_eq!(
        steps,
        [
            "stop-users",
            "drain",
            "decouple",
            "reset",
            "load",
            "release",
            "couple",
            "probe",
            "insert-overlay",
            "record"
        ]
    );
    assert_eq!(overlays.list(), ["dfxkit-p"]);
    let lines = rig.trace.take();
    assert_eq!(lines[2..3], [format!("write {RESET:#x} {}", 0xfd)]);
    assert_eq!(lines[4..6], [format!("write {RESET:#x} {}", 0xff), format!("write {DECOUPLER:#x} 0")]);
    // The next swap takes the overlay away first.
    let Outcome::Loaded { events, .. } = loader.swap("p", "a").expect("loads") else { panic!("loaded") };
    assert_eq!(events[1].step.id(), "remove-overlay");
    assert!(overlays.list().is_empty());
}

#[test]
fn a_wrong_answer_closes_the_region_again() {
    let rig = Rig::new(false);
    let mut cared = care(0x77);
    cared.overlays.clear();
    let cared = Options { care: [("p".to_owned(), cared)].into(), ..options() };
    let mut loader = rig.with(rig.bank(), cared);
    let failure = loader.swap("p", "b").expect_err("another module answers");
    assert!(failure.to_string().contains("expected 0x77, actual 0x0"), "{failure}");
    assert_eq!(failure.left, Left::Unknown);
    assert!(closed(&mut loader));
}

#[test]
fn a_failed_overlay_leaves_the_module_known_and_closed() {
    let rig = Rig::new(false);
    let mut cared = care(0);
    cared.probes.clear();
    let cared = Options { care: [("p".to_owned(), cared)].into(), ..options() };
    // No configfs: that is known before anything is touched.
    let mut loader = rig.with(rig.bank(), cared.clone());
    let failure = loader.swap("p", "b").expect_err("no overlays");
    assert!(failure.to_string().contains("configfs"), "{failure}");
    assert_eq!(failure.left, Left::AsBefore);
    assert!(rig.trace.take().is_empty(), "nothing was touched");
    // A directory without a kernel behind it: the overlay does not get applied.
    fs_err::create_dir_all(rig.bench.root().join("sys/kernel/config/device-tree/overlays")).expect("made");
    let mut loader = rig.with(rig.bank(), cared);
    let failure = loader.swap("p", "b").expect_err("not applied");
    assert_eq!(failure.left, Left::Parked("b".to_owned()), "{failure}");
    assert!(closed(&mut loader));
}

/// What the kit says is done without being asked for; what the caller says goes first.
#[test]
fn a_kit_brings_its_own_reset_id_register_and_overlay() {
    let mut rig = Rig::new(false);
    let blob = b"a compiled overlay";
    let mut kit = rig.bench.kit.clone();
    let mut partition = kit.partitions[0].clone();
    partition.reset = care(0).reset;
    let mut modules = partition.modules.to_vec();
    modules[1].id = Some(Probe { address: ID, mask: u32::MAX, expected: 0x77, patience: Duration::ZERO });
    fs_err::write(rig.bench.kit_dir().join("modules/p/b.dtbo"), blob).expect("written");
    modules[1].overlay =
        Some(Blob { path: "modules/p/b.dtbo", size: blob.len() as u64, sha256: Sha256::digest(blob) });
    partition.modules = Vec::leak(modules);
    kit.partitions = Vec::leak(vec![partition]);
    rig.bench.kit = Box::leak(Box::new(kit));
    let steps = |outcome: Outcome| match outcome {
        Outcome::Loaded { events, .. } => events.iter().map(|e| e.step.id()).collect::<Vec<_>>(),
        Outcome::AlreadyLoaded => panic!("a swap"),
    };

    let mut loader = rig.with(rig.bank(), options());
    let failure = loader.swap("p", "b").expect_err("another module answers");
    assert!(failure.to_string().contains("expected 0x77, actual 0x0"), "{failure}");
    loader.registers().write(ID, 0x77).expect("a register");
    // No configfs: the overlay is left out, and no step says otherwise.
    let without =
        ["stop-users", "drain", "decouple", "reset", "load", "release", "couple", "probe", "record"];
    assert_eq!(steps(loader.swap("p", "b").expect("loads")), without);
    loader.swap("p", "a").expect("loads");
    loader.options().kit_overlays = KitOverlays::Required;
    assert!(loader.swap("p", "b").expect_err("no configfs").to_string().contains("configfs"));

    let root = rig.bench.root();
    let dir = root.join("sys/kernel/config/device-tree/overlays");
    fs_err::create_dir_all(&dir).expect("made");
    let mut bank = rig.bank();
    bank.write(ID, 0x77).expect("a register");
    let mut loader = rig.with(bank, options()).with_overlays(Overlays::emulated(&root));
    assert_eq!(steps(loader.swap("p", "b").expect("loads")), without, "the base device tree has no symbols");
    loader.swap("p", "a").expect("loads");
    fs_err::create_dir_all(root.join("proc/device-tree/__symbols__")).expect("made");
    assert!(steps(loader.swap("p", "b").expect("loads")).contains(&"insert-overlay"));
    assert_eq!(fs_err::read(dir.join("dfxkit-p/dtbo")).expect("there"), blob);
    loader.swap("p", "a").expect("loads");
    // Changed since the kit was made: refused before anything is touched.
    fs_err::write(rig.bench.kit_dir().join("modules/p/b.dtbo"), b"b compiled overlay").expect("written");
    rig.trace.take();
    let failure = loader.swap("p", "b").expect_err("changed");
    assert!(matches!(*failure.reason, Reason::Refused { error: CheckError::Digest { .. }, .. }), "{failure}");
    assert!(rig.trace.take().is_empty());
}

#[test]
fn users_are_stopped_or_stop_the_swap() {
    let rig = Rig::new(false);
    let mut loader = rig.with(rig.bank(), options());
    let lease = loader.lease("p").expect("a is loaded at power-up");
    let pin = lease.pin().expect("valid");
    let failure = loader.swap("p", "b").expect_err("in use");
    assert!(failure.to_string().contains("in use"), "{failure}");
    assert_eq!(failure.left, Left::AsBefore);
    assert!(rig.trace.take().is_empty(), "nothing was touched");
    drop(pin);
    loader.swap("p", "b").expect("free");
    assert!(!lease.is_valid(), "revoked by the swap");
    assert!(loader.lease("p").expect("b is loaded").is_valid());
}

#[test]
fn another_static_makes_every_region_unknown() {
    let rig = Rig::new(false);
    let mut loader = rig.with(rig.bank(), options());
    loader.load_static().expect("loads");
    loader.options().static_probe =
        Some(Probe { address: ID, mask: u32::MAX, expected: 0x1234, patience: Duration::ZERO });
    let failure = loader.swap("p", "b").expect_err("another static");
    assert!(matches!(*failure.reason, Reason::StaticSilent { actual: 0, .. }), "{failure}");
    assert_eq!(loader.region("p").expect("readable"), Some(RegionRecord::Unknown));
    assert!(loader.lease("p").is_err());
    loader.registers().write(ID, 0x1234).expect("a register");
    loader.load_static().expect("loads");
    loader.swap("p", "b").expect("the static answers");
}

#[test]
fn what_was_prefetched_needs_no_file() {
    let rig = Rig::new(false);
    let mut loader = rig.with(rig.bank(), options());
    loader.prefetch("p", "b").expect("reads");
    assert_eq!(loader.prefetched_bytes() as u64, rig.bench.kit.partitions[0].modules[1].image.size);
    fs_err::remove_dir_all(rig.bench.kit_dir().join("modules")).expect("removed");
    loader.swap("p", "b").expect("from memory");
    assert!(loader.forget("p", "b"));
    assert!(matches!(*loader.swap("p", "a").expect_err("no file").reason, Reason::File { .. }));
}

#[test]
fn a_region_that_does_not_let_go_stops_a_full_load_and_hides_no_closed_one() {
    const OTHER: u64 = 0x4150_0000;
    let mut rig = Rig::new(false);
    let mut kit = rig.bench.kit.clone();
    let mut second = kit.partitions[0].clone();
    second.name = "q";
    second.isolation = Vec::leak(vec![dfxkit_loader::Isolation {
        path: "sd2",
        kind: dfxkit_loader::IsolationKind::ShutdownManager,
        address: Some(OTHER),
    }]);
    kit.partitions = Vec::leak(vec![kit.partitions[0].clone(), second]);
    rig.bench.kit = Box::leak(Box::new(kit));
    let mut bank = rig.bank();
    bank.shutdown.insert(OTHER, u32::MAX);
    let mut loader = rig.with(bank, options());
    loader.load_static().expect("nothing ran before");
    rig.trace.take();
    let failure = loader.load_static().expect_err("q does not drain");
    assert!(failure.to_string().contains("sd2 did not drain"), "{failure}");
    assert!(failure.touched);
    assert!(!rig.trace.take().iter().any(|l| l.starts_with("load")));
    // p is closed, and the journal says so: nobody gets at it.
    assert!(closed(&mut loader));
    assert!(matches!(loader.region("p").expect("readable"), Some(RegionRecord::Parked(_))));
    assert!(loader.lease("p").is_err());
    assert!(loader.lease("q").is_ok(), "as it was");
    // A swap opens it again.
    loader.swap("p", "a").expect("loads");
    assert!(loader.lease("p").is_ok());
}
