// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Interrupts through the kernel's UIO.

use std::thread;
use std::time::Duration;

use dfxkit_loader::Interrupt;

use crate::Scenario;
use crate::guest::Guest;
use crate::support::DECOUPLER;

pub(crate) const ALL: &[Scenario] = &[("interrupts by UIO", interrupts)];

fn interrupts(g: &Guest) {
    let raise = || fs_err::write("/sys/module/registers/parameters/interrupt", "1").expect("taken");
    let unmasked = || fs_err::read_to_string("/sys/module/registers/parameters/enabled").expect("there");
    let mut interrupt = Interrupt::of_address(&g.target.root(), DECOUPLER).expect("the decoupler has one");
    let before = unmasked();
    assert_eq!(interrupt.wait(Duration::from_millis(20)).expect("waits"), None, "none was raised");
    assert_ne!(unmasked(), before, "the kernel was told to pass it on");
    let first = thread::scope(|s| {
        s.spawn(|| {
            thread::sleep(Duration::from_millis(50));
            raise();
        });
        interrupt.wait(Duration::from_secs(10)).expect("waits").expect("raised")
    });
    raise();
    raise();
    let second = interrupt.wait(Duration::from_secs(10)).expect("waits").expect("raised");
    assert_eq!(second.wrapping_sub(first), 2, "both were counted");
}
