// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The interface of a release: the ports of its partitions as normalised lines, and one hash over everything that a later module must meet.

use super::manifest::PartitionEntry;

/// SHA-256 of the interface that every later module must meet: top, cells, RTL modules and ports of the partitions.
pub fn interface_sha256(top: &str, partitions: &[PartitionEntry]) -> String {
    let mut text = format!("top {top}\n");
    for p in partitions {
        text.push_str(&format!(
            "partition {}\ncell {}\nmodule {}\n",
            p.name,
            p.cell,
            p.module.as_deref().unwrap_or("")
        ));
        for port in p.ports.as_deref().map(port_lines).unwrap_or_default() {
            text.push_str(&format!("port {port}\n"));
        }
    }
    crate::hash::sha256(text.as_bytes())
}

/// The ports of a Verilog port stub, one normalised line each (`input [7:0] name`), sorted. Empty when it is none that is read.
///
/// Reads what Vivado writes in `T_stub.v`: `module m(a, b); input a; output [3:0]b;` in 2024.2, and comment forms of older
/// releases (`/* synthesis .. */`). ANSI headers are read too. Names that need it are escaped as Verilog does.
pub fn port_lines(stub: &str) -> Vec<String> {
    let plain = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '$'))
    };
    let mut ports: Vec<String> = crate::hdl::of_stub(stub)
        .into_iter()
        .flat_map(|interface| interface.ports)
        .map(|mut port| {
            if !plain(&port.name) {
                port.name.insert(0, '\\');
            }
            port.to_string()
        })
        .collect();
    ports.sort();
    ports.dedup();
    ports
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_of_a_stub_are_read_whatever_the_form() {
        let old = "(* X = \"y, (z\" *)\nmodule pr_block(clk, led)\n/* synthesis syn_black_box */;\n  input clk /* synthesis syn_isclock = 1 */;\n  output [7:0]led;\nendmodule\n";
        let ansi = "module pr_block (input wire clk, output reg [7 : 0] led);\nendmodule";
        assert_eq!(port_lines(old), ["input clk", "output [7:0] led"]);
        assert_eq!(port_lines(ansi), port_lines(old));
    }

    #[test]
    fn ansi_lists_share_a_direction() {
        assert_eq!(
            port_lines("module m(input [3:0] a, b, output c);"),
            ["input [3:0] a", "input [3:0] b", "output c"]
        );
    }
}
