// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! A process that dies at any access to the device: what it leaves, and what the next one makes of it.
//!
//! The device is modelled as far as it matters: what the region holds (a module, nothing after clearing, or garbage while an image
//! goes in) and whether it is coupled. The rule: never coupled over anything but a module, at no moment.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;
use std::time::Duration;

use dfxkit_fabric::codec::Order;
use dfxkit_loader::{
    FpgaManager, ImageKind, Kit, Loader, ManagerError, Options, Outcome, Reason, RegionRecord, RegisterError,
    Registers,
};

use crate::support::{Bench, DECOUPLER, SHUTDOWN, bench};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Content {
    /// The module with this image.
    Module([u8; 32]),
    /// Cleared away.
    Nothing,
    /// An image went in and did not end, or what went in does not belong there.
    Garbage,
}

#[derive(Debug)]
struct World {
    kit: &'static Kit,
    registers: BTreeMap<u64, u32>,
    content: Content,
    /// Accesses until the process dies; none: it lives.
    left: Option<usize>,
    violations: Vec<String>,
}

/// Thrown by the device in place of SIGKILL.
struct Killed;

impl World {
    fn access(&mut self) {
        if let Some(left) = &mut self.left {
            if *left == 0 {
                // Not `panic!`: nothing went wrong, and nothing needs to be printed.
                resume_unwind(Box::new(Killed));
            }
            *left -= 1;
        }
        let coupled = self.registers.get(&DECOUPLER).copied().unwrap_or(0) == 0;
        if coupled && !matches!(self.content, Content::Module(_)) {
            self.violations.push(format!("coupled over {:?}", self.content));
        }
    }
}

#[derive(Debug, Clone)]
struct Device(Rc<RefCell<World>>);

impl Registers for Device {
    fn read(&mut self, address: u64) -> Result<u32, RegisterError> {
        let mut world = self.0.borrow_mut();
        world.access();
        let value = world.registers.get(&address).copied().unwrap_or(0);
        Ok(if address == SHUTDOWN && value == 1 { 0xf } else { value })
    }
    fn write(&mut self, address: u64, value: u32) -> Result<(), RegisterError> {
        let mut world = self.0.borrow_mut();
        world.access();
        world.registers.insert(address, value);
        world.access();
        Ok(())
    }
}

impl FpgaManager for Device {
    fn name(&self) -> String {
        "model".to_owned()
    }
    fn takes(&self, _: Order) -> bool {
        true
    }
    fn is_real(&self) -> bool {
        true
    }
    fn rival(&self) -> Option<String> {
        None
    }
    fn load(&mut self, _: &[u8], sha256: &[u8; 32], kind: ImageKind) -> Result<(), ManagerError> {
        let mut world = self.0.borrow_mut();
        world.access();
        let before = std::mem::replace(&mut world.content, Content::Garbage);
        world.access();
        let modules = world.kit.partitions[0].modules;
        let next = match (kind, before) {
            (ImageKind::Clear, Content::Module(old)) => {
                let clears = modules.iter().find(|m| m.image.sha256 == old).and_then(|m| m.clear.as_ref());
                if clears.is_some_and(|c| c.sha256 == *sha256) { Content::Nothing } else { Content::Garbage }
            }
            (ImageKind::Partial, Content::Nothing) => Content::Module(*sha256),
            (ImageKind::Partial, _) if !world.kit.needs_clear => Content::Module(*sha256),
            _ => Content::Garbage,
        };
        if next == Content::Garbage {
            world.violations.push(format!("a {kind} image went over {before:?}"));
        }
        world.content = next;
        world.access();
        Ok(())
    }
}

fn loader(bench: &Bench, device: &Device) -> Loader<Device, Device> {
    let options = Options {
        static_is_running: true,
        patience: Duration::from_millis(200),
        drain_deadline: Duration::from_millis(20),
        ..Options::default()
    };
    Loader::new(bench.kit, &bench.kit_dir(), &bench.root(), device.clone(), device.clone(), options)
}

/// Kills a swap to `b` at every access, one after the other; calls `after` with the device as it was left.
fn kill_everywhere(clearing: bool, after: impl Fn(&Bench, &Device, usize)) -> usize {
    let bench = bench(clearing, "passed", false);
    let first = bench.kit.partitions[0].modules[0].image.sha256;
    for n in 0..200 {
        let run = bench.root().join("run");
        if run.exists() {
            fs_err::remove_dir_all(run).expect("a fresh boot");
        }
        let device = Device(Rc::new(RefCell::new(World {
            kit: bench.kit,
            registers: BTreeMap::new(),
            content: Content::Module(first),
            left: Some(n),
            violations: Vec::new(),
        })));
        let mut victim = loader(&bench, &device);
        let ended = catch_unwind(AssertUnwindSafe(|| victim.swap("p", "b"))).is_ok();
        device.0.borrow_mut().left = None;
        after(&bench, &device, n);
        assert_eq!(device.0.borrow().violations, Vec::<String>::new(), "killed at access {n}");
        if ended {
            return n;
        }
    }
    panic!("a swap has no 200 accesses");
}

fn coupled(device: &Device) -> bool {
    device.0.borrow().registers.get(&DECOUPLER).copied().unwrap_or(0) == 0
}

#[test]
fn after_any_death_the_next_swap_ends_with_the_module_coupled() {
    for target in ["b", "a"] {
        let points = kill_everywhere(false, |bench, device, n| {
            let mut next = loader(bench, device);
            let outcome = next.swap("p", target).unwrap_or_else(|e| panic!("killed at {n}: {e}"));
            let wanted = bench.kit.partitions[0].module(target).expect("there").image.sha256;
            assert_eq!(device.0.borrow().content, Content::Module(wanted), "killed at {n}: {outcome:?}");
            assert!(coupled(device), "killed at {n}");
            assert!(matches!(next.region("p"), Ok(Some(RegionRecord::Loaded(_)))));
        });
        assert!(points >= 12, "only {points} points");
    }
}

#[test]
fn on_ultrascale_an_unknown_region_is_closed_and_waits_for_the_full_image() {
    let points = kill_everywhere(true, |bench, device, n| {
        let mut next = loader(bench, device);
        match next.swap("p", "b") {
            Ok(Outcome::Loaded { .. } | Outcome::AlreadyLoaded) => assert!(coupled(device), "killed at {n}"),
            Err(failure) => {
                assert!(matches!(*failure.reason, Reason::ClearUnknown { .. }), "killed at {n}: {failure}");
                assert!(!coupled(device), "killed at {n}: unknown and coupled");
                assert_eq!(next.region("p").expect("readable"), Some(RegionRecord::Unknown));
            }
        }
    });
    assert!(points >= 15, "only {points} points");
}
