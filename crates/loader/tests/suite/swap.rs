// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The sequence on fakes: order of the steps, every failure, crashes, the journal.

use std::time::Duration;

use crate::support::{Bench, DECOUPLER, SHUTDOWN, bench, load_line};
use dfxkit_loader::fake::{Bank, Recorder, Trace};
use dfxkit_loader::{LoadFailure, Loader, Options, Outcome, Reason, RegionRecord};

pub(crate) struct Rig {
    pub(crate) bench: Bench,
    pub(crate) trace: Trace,
    pub(crate) manager: Recorder,
}

impl Rig {
    pub(crate) fn new(clearing: bool) -> Self {
        let trace = Trace::new();
        let manager = Recorder::new(trace.clone());
        Self { bench: bench(clearing, "passed", false), trace, manager }
    }

    pub(crate) fn bank(&self) -> Bank {
        let mut bank = Bank::new(self.trace.clone());
        bank.shutdown.insert(SHUTDOWN, 2);
        bank
    }

    pub(crate) fn loader(&self, bank: Bank) -> Loader<Recorder, Bank> {
        let options = Options {
            static_is_running: true,
            patience: Duration::from_millis(50),
            drain_deadline: Duration::from_millis(20),
            ..Options::default()
        };
        self.with(bank, options)
    }

    pub(crate) fn with(&self, bank: Bank, options: Options) -> Loader<Recorder, Bank> {
        Loader::new(
            self.bench.kit,
            &self.bench.kit_dir(),
            &self.bench.root(),
            self.manager.clone(),
            bank,
            options,
        )
    }
}

fn swap(loader: &mut Loader<Recorder, Bank>, module: &str) -> Result<Outcome, LoadFailure> {
    loader.swap("p", module)
}

#[track_caller]
pub(crate) fn loaded_is(loader: &Loader<Recorder, Bank>, name: &str) {
    match loader.region("p").expect("readable") {
        Some(RegionRecord::Loaded(m)) if m.name == name => {}
        other => panic!("{other:?}, expected {name}"),
    }
}

#[test]
fn the_steps_come_in_order_and_the_same_module_is_not_loaded_twice() {
    let rig = Rig::new(false);
    let mut loader = rig.loader(rig.bank());
    assert!(matches!(swap(&mut loader, "a"), Ok(Outcome::AlreadyLoaded)), "at power-up");
    assert!(rig.trace.take().is_empty());
    let outcome = swap(&mut loader, "b").expect("loads");
    let Outcome::Loaded { checked, events } = outcome else { panic!("{outcome:?}") };
    assert!(checked.frames_checked && checked.device_checked);
    let steps: Vec<&str> = events.iter().map(|e| e.step.id()).collect();
    assert_eq!(steps, ["stop-users", "drain", "decouple", "load", "couple", "record"]);
    let lines = rig.trace.take();
    assert_eq!(
        lines,
        [
            format!("write {SHUTDOWN:#x} 1"),
            format!("write {DECOUPLER:#x} 1"),
            load_line(&rig.bench.kit.partitions[0].modules[1].image, "ok"),
            format!("write {DECOUPLER:#x} 0"),
            format!("write {SHUTDOWN:#x} 0"),
        ]
    );
    loaded_is(&loader, "b");
    assert!(matches!(swap(&mut loader, "b"), Ok(Outcome::AlreadyLoaded)));
    assert!(rig.trace.take().is_empty());
}

#[test]
fn ultrascale_clears_the_module_that_is_leaving() {
    let rig = Rig::new(true);
    let mut loader = rig.loader(rig.bank());
    let modules = rig.bench.kit.partitions[0].modules;
    let clear = |n: usize| load_line(modules[n].clear.as_ref().expect("has one"), "ok");
    assert_ne!(clear(0), clear(1));
    swap(&mut loader, "b").expect("loads");
    let loads: Vec<String> = rig.trace.take().into_iter().filter(|l| l.starts_with("load")).collect();
    assert_eq!(loads[0], clear(0), "of a, which was there");
    assert!(loads[1].starts_with("load partial"));
    // The kit may go; the clearing image of what is loaded was kept.
    let kept = rig.bench.kit_dir().join(modules[1].clear.as_ref().expect("has one").path);
    fs_err::remove_file(kept).expect("removed");
    swap(&mut loader, "a").expect("loads");
    let loads: Vec<String> = rig.trace.take().into_iter().filter(|l| l.starts_with("load")).collect();
    assert_eq!(loads[0], clear(1), "of b, which was there");
}

#[test]
fn after_a_failed_load_the_region_stays_closed_and_unknown() {
    let rig = Rig::new(false);
    let mut loader = rig.loader(rig.bank());
    let fail = || Err("no".to_owned());
    rig.manager.then([fail(), fail()]);
    let failure = swap(&mut loader, "b").expect_err("fails");
    assert!(failure.touched, "{failure}");
    assert_eq!(loader.registers().value(DECOUPLER), 1, "still closed");
    assert_eq!(loader.region("p").expect("readable"), Some(RegionRecord::Unknown));
    let lines = rig.trace.take();
    assert_eq!(lines.iter().filter(|l| l.starts_with("load")).count(), 2, "tried twice: {lines:?}");
    assert!(!lines.iter().any(|l| l == &format!("write {DECOUPLER:#x} 0")));
    // An unknown region can be loaded, and is coupled only then.
    swap(&mut loader, "b").expect("loads");
    assert_eq!(loader.registers().value(DECOUPLER), 0);
    loaded_is(&loader, "b");
}

#[test]
fn one_failure_is_forgiven() {
    let rig = Rig::new(false);
    let mut loader = rig.loader(rig.bank());
    rig.manager.then([Err("flaky".to_owned()), Ok(())]);
    swap(&mut loader, "b").expect("loads at the second attempt");
    loaded_is(&loader, "b");
}

#[test]
fn a_failed_clear_is_never_followed_by_a_load() {
    let rig = Rig::new(true);
    let mut loader = rig.loader(rig.bank());
    rig.manager.then([Err("no".to_owned()), Err("no".to_owned())]);
    let failure = swap(&mut loader, "b").expect_err("fails");
    assert!(failure.touched);
    assert!(!rig.trace.take().iter().any(|l| l.starts_with("load partial")));
    // What is there now is unknown, and so is what clears it.
    let failure = swap(&mut loader, "b").expect_err("fails");
    assert!(matches!(*failure.reason, Reason::ClearUnknown { .. }), "{failure}");
    assert!(!failure.touched);
    assert_eq!(loader.registers().value(DECOUPLER), 1);
}

#[test]
fn a_drain_that_does_not_end_is_undone() {
    let rig = Rig::new(false);
    let mut bank = rig.bank();
    bank.shutdown.insert(SHUTDOWN, u32::MAX);
    let mut loader = rig.loader(bank);
    let failure = swap(&mut loader, "b").expect_err("fails");
    assert!(!failure.touched, "{failure}");
    assert!(failure.to_string().contains("did not drain"), "{failure}");
    assert_eq!((loader.registers().value(SHUTDOWN), loader.registers().value(DECOUPLER)), (0, 0));
    loaded_is(&loader, "a");
    assert!(!rig.trace.take().iter().any(|l| l.starts_with("load")));
}

#[test]
fn a_decoupler_that_does_not_close_stops_everything() {
    let rig = Rig::new(false);
    let mut bank = rig.bank();
    bank.stuck.push(DECOUPLER);
    let mut loader = rig.loader(bank);
    let failure = swap(&mut loader, "b").expect_err("fails");
    assert!(failure.to_string().contains("does not read as written"), "{failure}");
    assert!(!failure.touched);
    loaded_is(&loader, "a");
    assert!(!rig.trace.take().iter().any(|l| l.starts_with("load")));
}

#[test]
fn a_crash_is_found_and_closed() {
    let rig = Rig::new(false);
    let mut loader = rig.loader(rig.bank());
    swap(&mut loader, "b").expect("loads");
    let path = rig.bench.root().join("run/dfxkit/fpga0.journal");
    let appended = fs_err::read_to_string(&path).expect("written");
    let last = appended.lines().last().and_then(|l| l.strip_prefix("then ")).expect("the last step");
    // As the same file is when it is written anew.
    let text = format!("{}{last}\nend\n", &appended[..appended.find("region").expect("the region")]);
    let line = text.lines().find(|l| l.starts_with("region")).expect("the region").to_owned();

    // Killed while loading: the region is closed first, then loaded, also when the module asked for was the last known.
    fs_err::write(&path, text.replace(&line, "region p loading")).expect("written");
    rig.trace.take();
    let mut second = rig.loader(rig.bank());
    assert!(matches!(swap(&mut second, "b"), Ok(Outcome::Loaded { .. })));
    assert_eq!(rig.trace.take()[0], format!("write {DECOUPLER:#x} 1"));

    // Killed between verification and coupling: coupled, without another load.
    fs_err::write(&path, text.replace(" loaded ", " verified ")).expect("written");
    let mut third = rig.loader(rig.bank());
    assert!(matches!(swap(&mut third, "b"), Ok(Outcome::AlreadyLoaded)));
    assert_eq!(rig.trace.take(), [format!("write {DECOUPLER:#x} 0"), format!("write {SHUTDOWN:#x} 0")]);
    loaded_is(&third, "b");

    // Killed while isolating: nothing had reached the device, so the old module is given back.
    fs_err::write(&path, text.replace(" loaded ", " isolating ")).expect("written");
    let mut fourth = rig.loader(rig.bank());
    let put_right = fourth.recover().expect("recovers");
    assert_eq!(put_right.len(), 1);
    assert!(matches!(&put_right[0], ("p", RegionRecord::Loaded(m)) if m.name == "b"), "{put_right:?}");
    assert_eq!(rig.trace.take(), [format!("write {DECOUPLER:#x} 0"), format!("write {SHUTDOWN:#x} 0")]);
    assert!(fourth.recover().expect("recovers").is_empty(), "once is enough");

    // A new boot voids it all.
    fs_err::write(rig.bench.root().join("proc/sys/kernel/random/boot_id"), "boot-2\n").expect("written");
    assert_eq!(third.region("p").expect("readable"), None);
    // A torn journal is an error, not a guess.
    fs_err::write(&path, &text[..text.len() - 3]).expect("written");
    assert!(matches!(*swap(&mut third, "a").expect_err("damaged").reason, Reason::Journal(_)));
}

#[test]
fn the_static_must_be_known() {
    let rig = Rig::new(false);
    let strict = Options { patience: Duration::from_millis(50), ..Options::default() };
    let mut loader = rig.with(rig.bank(), strict.clone());
    assert!(matches!(*swap(&mut loader, "b").expect_err("unknown").reason, Reason::StaticUnknown));
    loader.load_static().expect("loads");
    loaded_is(&loader, "a");
    swap(&mut loader, "b").expect("known now");
    // The full image puts the power-up module back.
    loader.load_static().expect("loads");
    loaded_is(&loader, "a");

    let journal = rig.bench.root().join("run/dfxkit/fpga0.journal");
    let text = fs_err::read_to_string(&journal).expect("written");
    fs_err::write(&journal, text.replace(&"07".repeat(32), &"08".repeat(32))).expect("written");
    assert!(matches!(*swap(&mut loader, "b").expect_err("foreign").reason, Reason::StaticDiffers { .. }));
}

#[test]
fn a_second_loader_waits_and_then_gives_up() {
    let rig = Rig::new(false);
    let held = dfxkit_loader::Journal::open(&rig.bench.root(), "fpga0", Duration::ZERO).expect("free");
    let mut loader = rig.loader(rig.bank());
    let failure = swap(&mut loader, "b").expect_err("locked");
    assert!(failure.to_string().contains("another process"), "{failure}");
    drop(held);
    swap(&mut loader, "b").expect("free again");
}

#[test]
fn pins_are_not_reached_by_registers() {
    let rig = Rig::new(false);
    let mut kit = rig.bench.kit.clone();
    let mut partition = kit.partitions[0].clone();
    let mut isolation = partition.isolation.to_vec();
    isolation[1].address = None;
    partition.isolation = Vec::leak(isolation);
    kit.partitions = Vec::leak(vec![partition]);
    let kit = Box::leak(Box::new(kit));
    let mut options = Options { static_is_running: true, ..Options::default() };
    for (by_caller, ok) in [(false, false), (true, true)] {
        options.isolated_by_caller = by_caller;
        let mut loader = Loader::new(
            kit,
            &rig.bench.kit_dir(),
            &rig.bench.root(),
            rig.manager.clone(),
            rig.bank(),
            options.clone(),
        );
        assert_eq!(swap(&mut loader, "b").is_ok(), ok);
    }
    assert!(rig.trace.take().iter().all(|l| l.starts_with("load")), "no register was touched");
}

#[test]
fn unproven_kits_need_consent() {
    for (verdict, consent, ok) in
        [("unknown", false, false), ("refused", false, false), ("unknown", true, true)]
    {
        let trace = Trace::new();
        let b = bench(false, verdict, false);
        let options = Options { static_is_running: true, accept_unproven: consent, ..Options::default() };
        let mut loader = Loader::new(
            b.kit,
            &b.kit_dir(),
            &b.root(),
            Recorder::new(trace.clone()),
            Bank::new(trace.clone()),
            Options { isolated_by_caller: true, ..options },
        );
        assert_eq!(loader.swap("p", "b").is_ok(), ok, "{verdict} {consent}");
    }
}
