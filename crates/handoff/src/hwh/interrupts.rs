// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The way of an interrupt: from the processor's pin back through concatenations, interrupt controllers and decouplers.
//!
//! Raw numbers (what `/proc/interrupts` and device trees count from, shared peripheral interrupts + 32): Zynq `IRQ_F2P`
//! 61..=68 and 84..=91; Zynq UltraScale+ `pl_ps_irq0` 121..=128, `pl_ps_irq1` 136..=143; Versal `pl_ps_irq<n>` 116 + n.
//! Source: the numbers PYNQ 4.0 uses; Versal's were not checked on a file.

use serde::Serialize;

use super::model::{Direction, Hwh, Module, Port};

/// A pin of a module.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct PinRef {
    /// Path of the module without leading slash; empty for a port of the design itself.
    pub module: String,
    /// Port.
    pub port: String,
}

/// One interrupt source, and where it arrives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Interrupt {
    /// Where it starts. Behind a decoupler: the pin of the module that the decoupler guards.
    pub source: PinRef,
    /// Path of the interrupt controller in the fabric that it goes to; none: straight to the processor.
    pub controller: Option<String>,
    /// Input of that controller, or bit of the processor's pin.
    pub index: u64,
    /// The processor's number, when it goes there directly and the processor is known.
    pub raw: Option<u64>,
    /// Every pin that carries exactly this interrupt: the source, then what its net reaches; through a decoupler on both sides.
    pub pins: Vec<PinRef>,
}

/// Longest chain of concatenations, controllers and decouplers that is followed: a loop in a damaged file ends here.
const MAX_DEPTH: usize = 32;

/// Most pins that are looked at: concatenations that feed each other fan out without end.
const MAX_STEPS: usize = 16_384;

impl Hwh {
    /// Every interrupt source of the design, in the order of the processor's pins.
    pub fn interrupts(&self) -> Vec<Interrupt> {
        let mut walk = Walk { found: Vec::new(), steps: 0 };
        let Some(ps) = self.processing_system() else { return walk.found };
        let pins = ["IRQ_F2P"].into_iter().map(str::to_owned).chain((0..16).map(|n| format!("pl_ps_irq{n}")));
        for pin in pins.filter(|pin| ps.port(pin).is_some()) {
            let arrival = Arrival { controller: None, pin: &pin, ps: ps.ip_name(), behind: None };
            self.walk_pin(ps, &pin, 0, &arrival, 0, &mut walk);
        }
        walk.found
    }

    /// The interrupts of a module that is loaded into `region` (path) of this static: what drives the boundary's interrupt pins,
    /// arriving where the static leads them. Sources are paths inside the module. Empty when the static leads none.
    pub fn module_interrupts(&self, region: &str, rm: &Self) -> Vec<Interrupt> {
        let mut walk = Walk { found: Vec::new(), steps: 0 };
        let Some(ps) = self.processing_system() else { return walk.found };
        for own in self.interrupts().iter().filter(|i| i.source.module == region) {
            let Some(port) = rm.external_ports.iter().find(|p| p.name == own.source.port) else { continue };
            let pin = pin_of(ps.ip_name(), own.raw);
            let arrival =
                Arrival { controller: own.controller.as_deref(), pin: &pin, ps: ps.ip_name(), behind: None };
            rm.walk(port, own.index, &arrival, 0, &mut walk);
        }
        walk.found
    }

    fn walk_pin(
        &self,
        module: &Module,
        port: &str,
        base: u64,
        arrival: &Arrival<'_>,
        depth: usize,
        walk: &mut Walk,
    ) {
        if let Some(input) = module.port(port) {
            self.walk(input, base, arrival, depth, walk);
        }
    }

    /// Follows `input`, whose bit 0 is number `base` of the arrival.
    fn walk(&self, input: &Port, base: u64, arrival: &Arrival<'_>, depth: usize, walk: &mut Walk) {
        walk.steps += 1;
        if depth > MAX_DEPTH || walk.steps > MAX_STEPS {
            return;
        }
        let Some((driver, output)) = input.connections.iter().find_map(|end| {
            let driver = self.instance(&end.instance)?;
            let port = driver.port(&end.port)?;
            (port.direction == Direction::Out).then_some((driver, port))
        }) else {
            return;
        };
        match driver.ip_name() {
            "xlconcat" | "ilconcat" => {
                let mut base = base;
                for n in 0..128u32 {
                    let name = format!("In{n}");
                    let Some(input) = driver.port(&name) else { break };
                    let width = driver
                        .parameter(&format!("IN{n}_WIDTH"))
                        .and_then(|w| w.trim().parse::<u64>().ok())
                        .unwrap_or_else(|| input.width());
                    // Behind a concatenation a decoupler's wire carries more than this interrupt.
                    let one = Arrival { behind: None, ..*arrival };
                    self.walk(input, base, &one, depth + 1, walk);
                    base = base.saturating_add(width);
                }
            }
            "axi_intc" => {
                walk.found.push(arrival.interrupt(self, driver, output, base));
                let inner = Arrival { controller: Some(driver.path()), behind: None, ..*arrival };
                self.walk_pin(driver, "intr", 0, &inner, depth + 1, walk);
            }
            name if super::isolation::is_decoupler(name) => {
                // A guarded wire has two ends, `s_x` and `rp_x`; which is which depends on who drives it.
                let twin = match output.name.split_once('_') {
                    Some(("s", rest)) => format!("rp_{rest}"),
                    Some(("rp", rest)) => format!("s_{rest}"),
                    _ => String::new(),
                };
                if driver.port(&twin).is_some_and(|p| !p.connections.is_empty()) {
                    let guarded = Arrival { behind: Some((arrival, driver, output)), ..*arrival };
                    self.walk_pin(driver, &twin, base, &guarded, depth + 1, walk);
                } else {
                    walk.found.push(arrival.interrupt(self, driver, output, base));
                }
            }
            _ => walk.found.push(arrival.interrupt(self, driver, output, base)),
        }
    }
}

struct Walk {
    found: Vec<Interrupt>,
    steps: usize,
}

#[derive(Clone, Copy)]
struct Arrival<'a> {
    controller: Option<&'a str>,
    pin: &'a str,
    ps: &'a str,
    /// The decoupler that the walk came through, with its output and how that was reached.
    behind: Option<(&'a Arrival<'a>, &'a Module, &'a Port)>,
}

impl Arrival<'_> {
    fn interrupt(&self, design: &Hwh, module: &Module, port: &Port, index: u64) -> Interrupt {
        let mut pins = design.net(module, port);
        let mut behind = self.behind;
        while let Some((outer, decoupler, output)) = behind {
            pins.extend(design.net(decoupler, output));
            behind = outer.behind;
        }
        Interrupt {
            source: PinRef { module: module.path().to_owned(), port: port.name.clone() },
            controller: self.controller.map(str::to_owned),
            index,
            raw: if self.controller.is_none() { raw_number(self.ps, self.pin, index) } else { None },
            pins,
        }
    }
}

/// The processor's pin that a raw number belongs to.
fn pin_of(ps: &str, raw: Option<u64>) -> String {
    match (ps, raw) {
        ("processing_system7", Some(_)) => "IRQ_F2P".to_owned(),
        ("zynq_ultra_ps_e", Some(121..=128)) => "pl_ps_irq0".to_owned(),
        ("zynq_ultra_ps_e", Some(136..=143)) => "pl_ps_irq1".to_owned(),
        (_, Some(raw)) => raw.checked_sub(116).map_or_else(String::new, |n| format!("pl_ps_irq{n}")),
        (_, None) => String::new(),
    }
}

fn raw_number(ps: &str, pin: &str, index: u64) -> Option<u64> {
    match (ps, pin, index) {
        ("processing_system7", "IRQ_F2P", 0..8) => Some(61 + index),
        ("processing_system7", "IRQ_F2P", 8..16) => Some(84 + index - 8),
        ("zynq_ultra_ps_e", "pl_ps_irq0", 0..8) => Some(121 + index),
        ("zynq_ultra_ps_e", "pl_ps_irq1", 0..8) => Some(136 + index),
        ("versal_cips" | "ps_wizard", pin, 0) => {
            pin.strip_prefix("pl_ps_irq").and_then(|n| n.parse::<u64>().ok()).map(|n| 116 + n)
        }
        _ => None,
    }
}
