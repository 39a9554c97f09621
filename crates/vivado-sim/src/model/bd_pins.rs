// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which way the pins of opaque IP point: read off their names, as IP and interfaces are named by convention.
//!
//! There is no IP catalogue here. Where the name tells nothing, a plain pin is an input and an interface a slave, so
//! that no boundary of a reconfigurable partition gets a bidirectional port that the design does not have.

use super::bd::BdDesign;

/// `Master` or `Slave` of an interface pin of a cell.
fn interface(name: &str, vlnv: &str) -> &'static str {
    let lower = name.to_lowercase();
    let numbered = lower.strip_prefix('m').is_some_and(|r| r.starts_with(|c: char| c.is_ascii_digit()));
    let memory = vlnv.contains(":axi_bram_ctrl") && lower.starts_with("bram");
    let noc_masters = ["fpd_cci_noc", "lpd_axi_noc", "pmc_noc_axi", "fpd_axi_noc"];
    let outward =
        ["ddr", "fixed_io", "gpio", "uart", "iic", "spi", "sdio", "mdio", "rgmii", "gmii", "dlmb", "ilmb"];
    let memory_port = lower.contains("_ddr4") || lower.contains("_ddr3");
    let is_master = numbered
        || memory
        || memory_port
        || lower.starts_with("m_")
        || lower.starts_with("maxi")
        || lower.contains("_m_axi")
        || lower.contains("m_axis")
        || lower.ends_with("_m")
        || noc_masters.iter().any(|n| lower.starts_with(n))
        || outward.iter().any(|n| lower.starts_with(n));
    if is_master { "Master" } else { "Slave" }
}

/// `I` or `O` of a plain pin of a cell.
fn plain(name: &str) -> &'static str {
    let lower = name.to_lowercase();
    let heads = [
        "fclk",
        "pl_clk",
        "pl_resetn",
        "pl0_re",
        "pl1_re",
        "pl2_re",
        "pl3_re",
        "clk_out",
        "dout",
        "peripheral_",
        "interconnect_aresetn",
        "mb_reset",
        "bus_struct_reset",
        "locked",
        "interrupt",
        "irq_out",
        "ip2intc",
        "ui_clk",
        "axi_aclk_out",
        "introut",
        "emio_gpio_o",
        "s_intf_0_",
        "decouple_status",
        "in_shutdown",
        "probe_out",
    ];
    let tails = ["_o", "_out", "_introut", "_irpt", "_noc_clk", "_irq", "_complete", "_clk_out"];
    let noc_clock = lower.contains("_noc_axi") && lower.ends_with("_clk");
    let whole = ["q", "res", "s", "p", "dout", "irq", "op", "thresh0"];
    if noc_clock
        || whole.contains(&lower.as_str())
        || heads.iter().any(|h| lower.starts_with(h))
        || tails.iter().any(|t| lower.ends_with(t))
    {
        "O"
    } else {
        "I"
    }
}

/// The direction or mode of a pin of an opaque cell.
pub(crate) fn direction(name: &str, vlnv: &str, is_interface: bool) -> &'static str {
    if is_interface { interface(name, vlnv) } else { plain(name) }
}

impl BdDesign {
    /// Whether a member of a net drives it: an output or master of a cell, an input or slave of the design.
    pub(crate) fn drives(&self, member: &str) -> bool {
        let Some(pin) = self.pins.get(member) else { return false };
        let outward = matches!(pin.dir.to_ascii_uppercase().as_str(), "O" | "MASTER" | "MIRROREDSLAVE");
        let inward = matches!(pin.dir.to_ascii_uppercase().as_str(), "I" | "SLAVE" | "MIRROREDMASTER");
        if Self::is_port(member) { inward } else { outward }
    }

    /// Whether a net joins interfaces.
    pub(crate) fn is_interface_net(&self, net: &str) -> bool {
        self.interface_nets.contains(net)
            || self.nets.get(net).into_iter().flatten().any(|m| self.pins.get(m).is_some_and(|p| p.interface))
    }

    /// The path of a net as Vivado names it after its driver: `<cell>_<pin>`, for a port `<port>_1`.
    pub(crate) fn net_name(&self, level: &str, members: &[String]) -> String {
        // A pin of the hierarchical cell itself stands for its port, seen from inside.
        let own = |m: &String| m.rsplit_once('/').is_some_and(|(cell, _)| cell == level);
        let leads = |m: &&String| self.drives(m) != (own(m) && !Self::is_port(m));
        let leader = members.iter().find(leads).or_else(|| members.first());
        let local = leader.map(|m| {
            let inside = m.strip_prefix(level).unwrap_or(m).trim_start_matches('/');
            match inside.rsplit_once('/') {
                Some((cell, pin)) => format!("{}_{pin}", cell.rsplit('/').next().unwrap_or(cell)),
                None => format!("{inside}_1"),
            }
        });
        let base = format!("{level}/{}", local.unwrap_or_else(|| "net".to_owned()));
        let mut name = base.clone();
        let mut number = 1;
        while self.nets.contains_key(&name) {
            name = format!("{base}_{number}");
            number += 1;
        }
        name
    }
}

#[cfg(test)]
mod tests {
    use super::direction;

    #[test]
    fn names_of_common_ip_pins_tell_their_direction() {
        for (name, interface, want) in [
            ("M_AXI_GP0", true, "Master"),
            ("M00_AXI", true, "Master"),
            ("S00_AXI", true, "Slave"),
            ("S_AXI", true, "Slave"),
            ("FPD_CCI_NOC_0", true, "Master"),
            ("C0_DDR4", true, "Master"),
            ("FCLK_CLK0", false, "O"),
            ("FCLK_RESET0_N", false, "O"),
            ("pl0_ref_clk", false, "O"),
            ("gpio_io_o", false, "O"),
            ("gpio_io_i", false, "I"),
            ("s_axi_aclk", false, "I"),
            ("peripheral_aresetn", false, "O"),
            ("lpd_axi_noc_clk", false, "O"),
        ] {
            assert_eq!(direction(name, "", interface), want, "{name}");
        }
    }
}
