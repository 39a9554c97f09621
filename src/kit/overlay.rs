// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Device-tree overlays as text, and as blobs where `dtc` is installed.
//!
//! Four kinds, of which two program the device and two do not:
//!
//! | overlay | target | programs |
//! |---|---|---|
//! | static, `_program` | `fpga_full` | the full image; adds a region for each partition, with its bridges |
//! | static, `_regions` | `fpga_full` | nothing: the boot loader has configured the full image (`external-fpga-config`); adds the same regions |
//! | module, `_program` | `fpga_PRn` | the partial image (`partial-fpga-config`); adds its devices |
//! | module, `_devices` | `fpga_PRn` | nothing: a loader has programmed the module; adds its devices |
//!
//! Labels that the running tree must have (with symbols): `fpga_full` (linux-xlnx's zynq-7000.dtsi and zynqmp.dtsi), and where a bridge has
//! a processor's clock `clkc` or `zynqmp_clk`, where a module has an interrupt `intc` or `gic`. The regions' own labels are exported by a
//! `__symbols__` node that is written out, so that nothing has to be compiled with `dtc -@`.
//!
//! Bridges are the kernel's `xilinx-pr-decoupler`, which wants a clock `aclk`: processor clocks by number (Zynq 15 + n, Zynq UltraScale+ 71 + n:
//! the kernel's clock bindings), other clocks as `fixed-clock`. It sets a shutdown manager's bit and does not wait until it has drained.

use std::fmt::Write as _;

use dfxkit_fabric::codec::Target;
use dfxkit_handoff::hwh::{ClockSource, IsolationKind};
use dfxkit_handoff::kit::{Module, Partition};

use super::error::KitError;
use super::regions::Bridge;

/// What the overlays of one kit share.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tree<'a> {
    pub(super) simulated: bool,
    pub(super) target: Target,
    pub(super) partitions: &'a [Partition],
    /// By partition, in their order; none: not known well enough to be worked by a kernel.
    pub(super) bridges: &'a [Option<Vec<Bridge>>],
}

impl Tree<'_> {
    fn head(&self, what: &str) -> String {
        let mark = if self.simulated { " SIMULATED: configures no device." } else { "" };
        let clean: String = what.chars().filter(|c| !c.is_control()).collect::<String>().replace("*/", "* /");
        format!("/* Written by dfxkit: {clean}.{mark} */\n/dts-v1/;\n/plugin/;\n")
    }

    /// Cells of an address on the processor's bus: Zynq has 32 bits, Zynq UltraScale+ 64.
    fn cells(&self) -> u32 {
        if self.target == Target::Zynq7000 { 1 } else { 2 }
    }

    fn number(&self, value: u64) -> String {
        if self.cells() == 1 {
            format!("{value:#x}")
        } else {
            format!("{:#x} {:#x}", value >> 32, value & 0xffff_ffff)
        }
    }

    fn open(&self, target: &str) -> String {
        let cells = self.cells();
        format!(
            "/ {{\n\tfragment@0 {{\n\t\ttarget = <&{target}>;\n\t\t__overlay__ {{\n\t\t\t#address-cells = <{cells}>;\n\t\t\t#size-cells = <{cells}>;\n"
        )
    }

    /// The static with a region for each partition; `image` is programmed, none: it runs already.
    pub(super) fn fixed(&self, image: Option<&str>) -> String {
        let mut out = self.head("the static, with a region for each partition");
        out.push_str(&self.open("fpga_full"));
        match image {
            Some(image) => {
                let _ = writeln!(out, "\t\t\tfirmware-name = \"{image}\";");
            }
            None => out.push_str("\t\t\texternal-fpga-config;\n"),
        }
        let mut known: Vec<&Bridge> = Vec::new();
        for bridge in self.bridges.iter().flatten().flatten() {
            if !known.contains(&bridge) {
                known.push(bridge);
            }
        }
        for (n, bridge) in known.iter().enumerate() {
            self.bridge(&mut out, n, bridge);
        }
        let cells = self.cells();
        for (n, p) in self.partitions.iter().enumerate() {
            let clean: String =
                p.name.chars().filter(|c| !c.is_control()).collect::<String>().replace("*/", "* /");
            let _ = writeln!(out, "\t\t\t/* {clean} */");
            let _ = writeln!(out, "\t\t\tfpga_PR{n}: fpga-PR{n} {{\n\t\t\t\tcompatible = \"fpga-region\";");
            let of_this = self.bridges.get(n).and_then(Option::as_ref);
            let labels: Vec<String> = of_this
                .into_iter()
                .flatten()
                .filter_map(|b| known.iter().position(|k| *k == b))
                .map(|n| format!("<&dfx_bridge{n}>"))
                .collect();
            if labels.is_empty() {
                out.push_str("\t\t\t\t/* no bridge: whoever loads it isolates it */\n");
            } else {
                let _ = writeln!(out, "\t\t\t\tfpga-bridges = {};", labels.join(", "));
            }
            let _ = write!(
                out,
                "\t\t\t\t#address-cells = <{cells}>;\n\t\t\t\t#size-cells = <{cells}>;\n\t\t\t\tranges;\n\t\t\t\t/* for the overlays of modules, which refer to it */\n\t\t\t\tphandle = <{}>;\n\t\t\t}};\n",
                n + 1
            );
        }
        out.push_str("\t\t};\n\t};\n\t__symbols__ {\n");
        for n in 0..self.partitions.len() {
            let _ = writeln!(out, "\t\tfpga_PR{n} = \"/fragment@0/__overlay__/fpga-PR{n}\";");
        }
        out.push_str("\t};\n};\n");
        out
    }

    fn bridge(&self, out: &mut String, n: usize, bridge: &Bridge) {
        let clock = match bridge.clock {
            ClockSource::Processor(k) if self.target == Target::Zynq7000 => {
                format!("&clkc {}", 15 + u32::from(k))
            }
            ClockSource::Processor(k) => format!("&zynqmp_clk {}", 71 + u32::from(k)),
            ClockSource::Fabric(hz) => {
                let _ = write!(
                    out,
                    "\t\t\tdfx_clk{n}: dfx-clk{n} {{\n\t\t\t\tcompatible = \"fixed-clock\";\n\t\t\t\t#clock-cells = <0>;\n\t\t\t\tclock-frequency = <{hz}>;\n\t\t\t}};\n"
                );
                format!("&dfx_clk{n}")
            }
        };
        let compatible = match bridge.kind {
            IsolationKind::Decoupler => "\"xlnx,pr-decoupler-1.00\", \"xlnx,pr-decoupler\"",
            IsolationKind::ShutdownManager => {
                "\"xlnx,dfx-axi-shutdown-manager-1.00\", \"xlnx,dfx-axi-shutdown-manager\""
            }
        };
        let _ = write!(
            out,
            "\t\t\tdfx_bridge{n}: bridge@{:x} {{\n\t\t\t\tcompatible = {compatible};\n\t\t\t\treg = <{} {}>;\n\t\t\t\tclocks = <{clock}>;\n\t\t\t\tclock-names = \"aclk\";\n\t\t\t}};\n",
            bridge.address,
            self.number(bridge.address),
            self.number(0x1000),
        );
    }

    /// A module in region `slot`; `image` is programmed, none: only its devices.
    pub(super) fn module(&self, slot: usize, module: &Module, image: Option<&str>) -> String {
        let what = if image.is_some() { "module" } else { "the devices of module" };
        let mut out = self.head(&format!("{what} {} in partition {}", module.name, module.partition));
        out.push_str(&self.open(&format!("fpga_PR{slot}")));
        if let Some(image) = image {
            let _ = write!(out, "\t\t\tfirmware-name = \"{image}\";\n\t\t\tpartial-fpga-config;\n");
        }
        for r in &module.ranges {
            let size = (r.high - r.base).saturating_add(1);
            let _ = write!(
                out,
                "\t\t\t{}@{:x} {{\n\t\t\t\tcompatible = \"generic-uio\";\n\t\t\t\treg = <{} {}>;\n",
                node(&r.path),
                r.base,
                self.number(r.base),
                self.number(size)
            );
            // Level, high: what Xilinx's own IP drives.
            let own = module.interrupts.iter().filter(|i| i.path == r.path);
            let spi: Vec<String> =
                own.filter_map(|i| i.raw?.checked_sub(32)).map(|n| format!("<0 {n} 4>")).collect();
            if !spi.is_empty() {
                let parent = if self.target == Target::Zynq7000 { "intc" } else { "gic" };
                let _ = write!(
                    out,
                    "\t\t\t\tinterrupt-parent = <&{parent}>;\n\t\t\t\tinterrupts = {};\n",
                    spi.join(", ")
                );
            }
            out.push_str("\t\t\t};\n");
        }
        out.push_str("\t\t};\n\t};\n};\n");
        out
    }
}

/// A node name of the device-tree specification: at most 31 of its characters, a letter first.
pub(super) fn node(text: &str) -> String {
    let mut name: String = text
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || ",._+-".contains(c) { c } else { '_' })
        .take(30)
        .collect();
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        name.insert(0, 'x');
    }
    name
}

/// The blob; none when dtc is not installed.
pub(super) fn compile(source: &str) -> Result<Option<Vec<u8>>, KitError> {
    let args = ["-q", "-q", "-I", "dts", "-O", "dtb", "-o", "-", "-"];
    let run = duct::cmd("dtc", args).stdin_bytes(source).stdout_capture().stderr_capture().unchecked().run();
    match run {
        Ok(done) if done.status.success() => Ok(Some(done.stdout)),
        Ok(done) => Err(KitError::Template {
            name: "device-tree overlay",
            message: String::from_utf8_lossy(&done.stderr).into_owned(),
        }),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::node;

    #[test]
    fn node_names() {
        assert_eq!(node("8/b c"), "x8_b_c");
        assert_eq!(node(&"a".repeat(40)).len(), 30);
    }
}
