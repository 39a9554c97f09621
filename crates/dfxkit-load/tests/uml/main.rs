// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The loader against a real Linux FPGA manager, in User-Mode Linux: the kernel's own fpga-mgr, fpga-region, fpga-bridge and
//! overlay code, with a driver that has no hardware below it (`kernel/`), and `dfxkit-load` as it was built for this machine.
//!
//! `cargo xtask uml` builds the kernel once, boots it with this program as its init, and reads what it prints. Started in any
//! other way it tests nothing and says so.
//!
//! What it does not know: real register blocks (User-Mode Linux has no I/O memory; a UIO device of one page stands in), a
//! real port's speed, and linux-xlnx itself: the attributes `flags`, `firmware` and the overlays in configfs are made again
//! here with the behaviour that is known of it.

mod firmware;
mod guest;
mod killed;
mod overlay;
mod points;
mod race;
mod region;
#[path = "../suite/support.rs"]
#[expect(dead_code, reason = "shared with the tests that need no kernel")]
mod support;
mod uio;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use guest::Guest;

type Scenario = (&'static str, fn(&Guest));

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.get(1).map(String::as_str) {
        Some(overlay::CHILD) => return overlay::child(&arguments[2..]),
        Some(region::CHILD) => return region::child(&arguments[2..]),
        _ => {}
    }
    if std::process::id() != 1 {
        println!("SKIPPED: the tests on a real FPGA manager run in User-Mode Linux, by `cargo xtask uml`");
        return;
    }
    // From here on a fault is ours, not the machine's.
    println!("uml: booted");
    let guest = Guest::start(&arguments[1..]);
    let (mut passed, mut failed) = (0, 0);
    let all = [firmware::ALL, overlay::ALL, region::ALL, uio::ALL, killed::ALL, race::ALL];
    for (name, scenario) in all.into_iter().flatten() {
        let began = Instant::now();
        guest.reset();
        let good = catch_unwind(AssertUnwindSafe(|| scenario(&guest))).is_ok();
        *if good { &mut passed } else { &mut failed } += 1;
        let note = if good { "ok" } else { "FAILED" };
        println!("uml: {name}: {note} ({:.1} s)", began.elapsed().as_secs_f64());
    }
    println!("uml: {passed} passed, {failed} failed");
    guest::power_off();
}
