// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The processor's own GPIO bits: which slice takes which bit, and where it goes.
//!
//! Zynq drives `GPIO_O`, Zynq UltraScale+ `emio_gpio_o` into the fabric; slices (`xlslice`, `ilslice`) take bits out of it. A
//! slice of a slice is followed, its first bit counts from the processor's pin. What takes the whole vector without a slice
//! has no bit of its own and is not listed. Versal's pin is called `GPIO_0`, as PYNQ 4.0 has it; no file was at hand.

use serde::Serialize;

use super::interrupts::PinRef;
use super::model::{Direction, Hwh, Module, Port};

/// Bits of the processor's GPIO that one slice takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gpio {
    /// Path of the slice.
    pub slice: String,
    /// Lowest bit, counted from bit 0 of the processor's pin (Linux: plus the base of the EMIO bank).
    pub index: u64,
    /// Bits.
    pub width: u64,
    /// Every pin on the slice's output net: its own first, then what it drives. An empty module is a port of the design.
    pub pins: Vec<PinRef>,
}

/// Longest chain of slices that is followed.
const MAX_DEPTH: usize = 16;

/// Most slices that are listed.
const MAX_SLICES: usize = 4096;

impl Hwh {
    /// The processor's GPIO bits, in the order of the connections.
    pub fn gpio(&self) -> Vec<Gpio> {
        let mut found = Vec::new();
        let Some(ps) = self.processing_system() else { return found };
        for pin in ["GPIO_O", "emio_gpio_o", "GPIO_0"].iter().filter_map(|name| ps.port(name)) {
            self.slices(pin, 0, 0, &mut found);
        }
        found
    }

    fn slices(&self, driver: &Port, base: u64, depth: usize, found: &mut Vec<Gpio>) {
        if depth > MAX_DEPTH {
            return;
        }
        for end in &driver.connections {
            let Some(slice) = self.instance(&end.instance) else { continue };
            if !matches!(slice.ip_name(), "xlslice" | "ilslice") || found.len() >= MAX_SLICES {
                continue;
            }
            let number = |name: &str| slice.parameter(name).and_then(|v| v.trim().parse::<u64>().ok());
            let Some(from) = number("DIN_FROM") else { continue };
            // The two ends are named by either convention; the lower one is bit 0 of the output.
            let to = number("DIN_TO").unwrap_or(from);
            let Some(output) = slice.ports.iter().find(|p| p.direction == Direction::Out) else { continue };
            let index = base.saturating_add(from.min(to));
            found.push(Gpio {
                slice: slice.path().to_owned(),
                index,
                width: from.abs_diff(to).saturating_add(1),
                pins: self.net(slice, output),
            });
            self.slices(output, index, depth + 1, found);
        }
    }

    /// Every pin of the net that `port` drives, that one first.
    pub(super) fn net(&self, module: &Module, port: &Port) -> Vec<PinRef> {
        let own = PinRef { module: module.path().to_owned(), port: port.name.clone() };
        let ends = port.connections.iter().map(|end| PinRef {
            module: self.instance(&end.instance).map_or("", |m| m.path()).to_owned(),
            port: end.port.clone(),
        });
        let mut pins = vec![own];
        for end in ends {
            if !pins.contains(&end) {
                pins.push(end);
            }
        }
        pins
    }
}
