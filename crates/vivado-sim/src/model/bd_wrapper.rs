// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The HDL wrapper of a block design, in the project's target language.

use super::bd::BdDesign;
use crate::hdl::Dir;

impl BdDesign {
    /// The Verilog wrapper of the block design.
    pub(crate) fn wrapper(&self) -> String {
        let ports = self.declarations();
        let names: Vec<&str> = ports.iter().map(|p| p.name.as_str()).collect();
        let mut out = format!(
            "// SIMULATED: written by vivado-sim\n`timescale 1 ps / 1 ps\n\nmodule {}_wrapper\n   ({});\n",
            self.name,
            names.join(",\n    ")
        );
        for port in &ports {
            let range = port.range.map(|(l, r)| format!("[{l}:{r}]")).unwrap_or_default();
            out += &format!("  {} {range}{};\n", port.dir.verilog(), port.name);
        }
        let wires: Vec<String> = names.iter().map(|n| format!(".{n}({n})")).collect();
        out += &format!("\n  {0} {0}_i\n       ({1});\nendmodule\n", self.name, wires.join(",\n        "));
        out
    }

    /// The VHDL wrapper of the block design.
    pub(crate) fn wrapper_vhdl(&self) -> String {
        let ports = self.declarations();
        let list: Vec<String> = ports
            .iter()
            .map(|p| {
                let mode = match p.dir {
                    Dir::In => "in",
                    Dir::Out => "out",
                    Dir::Inout => "inout",
                };
                let kind = p.range.map_or_else(
                    || "STD_LOGIC".to_owned(),
                    |(l, r)| format!("STD_LOGIC_VECTOR ( {l} downto {r} )"),
                );
                format!("    {} : {mode} {kind}", p.name)
            })
            .collect();
        let clause =
            if list.is_empty() { String::new() } else { format!("  port (\n{}\n  );\n", list.join(";\n")) };
        let map: Vec<String> = ports.iter().map(|p| format!("      {0} => {0}", p.name)).collect();
        let map = if map.is_empty() {
            String::new()
        } else {
            format!("\n     port map (\n{}\n    )", map.join(",\n"))
        };
        format!(
            "-- SIMULATED: written by vivado-sim\nlibrary IEEE;\nuse IEEE.STD_LOGIC_1164.ALL;\nentity {0}_wrapper is\n{clause}end {0}_wrapper;\n\narchitecture STRUCTURE of {0}_wrapper is\n  component {0} is\n{clause}  end component {0};\nbegin\n{0}_i: component {0}{map};\nend STRUCTURE;\n",
            self.name
        )
    }
}
