// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Clocks that the processing system gives to the fabric.
//!
//! Source of the parameter names: processing_system7 and zynq_ultra_ps_e as found in .hwh files of 2018.3 to 2024.2.
//! Versal's CIPS packs its settings into one parameter, a Tcl dictionary: `PS_USE_PMCPL_CLK<n>` as PYNQ 4.0 reads it, and
//! `PMC_CRP_PL<n>_REF_CTRL_FREQMHZ`; the frequency that it gives is that of the port `pl<n>_ref_clk`. Its dividers are in no file. Not checked on
//! a real file: none was at hand.

use serde::Serialize;

use super::model::{Hwh, Module};

/// One PL clock of the processing system.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Clock {
    /// Index, 0..=3: FCLK_CLK*n* or pl_clk*n*.
    pub index: u8,
    /// Whether the design uses it.
    pub enabled: bool,
    /// What the user asked for, MHz.
    pub requested_mhz: Option<f64>,
    /// What the dividers give, MHz.
    pub actual_mhz: Option<f64>,
    /// The two dividers, when the file has them.
    pub divisors: Option<(u32, u32)>,
}

/// Where the clock of a module comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClockSource {
    /// PL clock *n* of the processing system, straight.
    Processor(u8),
    /// Something in the fabric, at this frequency in Hz.
    Fabric(u64),
}

impl Hwh {
    /// The clock on a port of a module (path): from the processor when the net comes from there, else its frequency; none when the
    /// file tells neither.
    pub fn clock_source(&self, module: &str, port: &str) -> Option<ClockSource> {
        let port = self.module(module)?.port(port)?;
        let ps = self.processing_system();
        let direct = port.connections.iter().filter(|end| ps.is_some_and(|ps| ps.instance == end.instance));
        let number = direct.filter_map(|end| {
            let name = end.port.as_str();
            let digits = name.strip_prefix("FCLK_CLK").or_else(|| name.strip_prefix("pl_clk"));
            // Versal: pl0_ref_clk.
            let digits =
                digits.or_else(|| name.strip_prefix("pl").and_then(|n| n.strip_suffix("_ref_clk")))?;
            digits.parse::<u8>().ok()
        });
        let mut number = number;
        number.next().map(ClockSource::Processor).or_else(|| port.clock_hz.map(ClockSource::Fabric))
    }

    /// The PL clocks of the processing system; empty when the design has none (or one that is not understood).
    pub fn ps_clocks(&self) -> Vec<Clock> {
        let Some(ps) = self.processing_system() else { return Vec::new() };
        (0..4u8).filter_map(|n| clock(ps, n)).collect()
    }
}

/// A Versal's clock.
fn packed_clock(ps: &Module, n: u8) -> Option<Clock> {
    let setting = |key: &str| {
        ["PS_PMC_CONFIG", "PS_PMC_CONFIG_INTERNAL", "PS11_CONFIG"]
            .iter()
            .find_map(|name| ps.parameter(name).and_then(|text| setting(text, key)))
    };
    let port = ps.port(&format!("pl{n}_ref_clk"));
    Some(Clock {
        index: n,
        enabled: setting(&format!("PS_USE_PMCPL_CLK{n}"))?.trim() == "1",
        requested_mhz: setting(&format!("PMC_CRP_PL{n}_REF_CTRL_FREQMHZ"))
            .and_then(|v| v.trim().parse().ok()),
        actual_mhz: port.and_then(|p| p.clock_hz).map(|hz| hz as f64 / 1e6),
        divisors: None,
    })
}

/// The value of a key in a Tcl dictionary, without the braces around it. Keys inside of values do not count.
fn setting(dictionary: &str, key: &str) -> Option<String> {
    let mut words = words(dictionary).into_iter();
    while let (Some(name), Some(value)) = (words.next(), words.next()) {
        if name == key {
            return Some(value.to_owned());
        }
    }
    None
}

/// The words of a Tcl list, without the outermost braces.
fn words(list: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let (mut depth, mut start) = (0_usize, None);
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        match start {
            None if !c.is_whitespace() => start = Some(at),
            Some(from) if c.is_whitespace() && depth == 0 => {
                words.push(&list[from..at]);
                start = None;
            }
            _ => {}
        }
    }
    words.extend(start.map(|from| &list[from..]));
    for word in &mut words {
        *word = word.strip_prefix('{').and_then(|w| w.strip_suffix('}')).unwrap_or(word);
    }
    words
}

fn clock(ps: &Module, n: u8) -> Option<Clock> {
    if matches!(ps.ip_name(), "versal_cips" | "ps_wizard") {
        return packed_clock(ps, n);
    }
    let zynq = ps.ip_name() == "processing_system7";
    let (enable, requested, actual, divisor) = if zynq {
        (
            format!("PCW_FPGA_FCLK{n}_ENABLE"),
            format!("PCW_FPGA{n}_PERIPHERAL_FREQMHZ"),
            format!("PCW_ACT_FPGA{n}_PERIPHERAL_FREQMHZ"),
            format!("PCW_FCLK{n}_PERIPHERAL_DIVISOR"),
        )
    } else {
        (
            format!("PSU__FPGA_PL{n}_ENABLE"),
            format!("PSU__CRL_APB__PL{n}_REF_CTRL__FREQMHZ"),
            format!("PSU__CRL_APB__PL{n}_REF_CTRL__ACT_FREQMHZ"),
            format!("PSU__CRL_APB__PL{n}_REF_CTRL__DIVISOR"),
        )
    };
    let megahertz = |name: &str| ps.parameter(name).and_then(|v| v.trim().parse::<f64>().ok());
    let part = |i: u8| ps.parameter(&format!("{divisor}{i}")).and_then(|v| v.trim().parse::<u32>().ok());
    Some(Clock {
        index: n,
        enabled: ps.parameter(&enable)?.trim() == "1",
        requested_mhz: megahertz(&requested),
        actual_mhz: megahertz(&actual),
        divisors: part(0).zip(part(1)),
    })
}
