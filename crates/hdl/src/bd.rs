// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The boundary of a block design: the ports that a `.bd` file declares, as JSON since Vivado 2018.
//!
//! A block design container of a DFX design has no HDL before its products are generated: its boundary is here. `ports` have name, direction
//! (`I`, `O`, `IO`) and, when they are vectors, `left` and `right`. `interface_ports` have a mode and a VLNV; where the file lists their signals (`port_maps`: physical name,
//! direction, range) these are the ports, and where it does not, what signals the interface has is unknown: which of the optional ones are there is the interface's own affair.
//! What is read was measured on `.bd` files of 2018.3 to 2024.1 in public repositories.

use serde_json::{Map, Value};

use crate::interface::{Direction, Interface, Port, Range};

/// What a block design says of its boundary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockDesign {
    /// Its name, where it says so.
    pub name: Option<String>,
    /// Ports, those of interfaces with them, in the order of the file.
    pub ports: Vec<Port>,
}

impl BlockDesign {
    /// The boundary as the interface of the module `module`.
    pub fn interface(self, module: &str) -> Interface {
        Interface {
            module: module.to_owned(),
            file: "block design".into(),
            ports: self.ports,
            any_case: false,
        }
    }
}

/// Reads the text of a `.bd`. An error says why it is none that is read.
pub fn read(text: &str) -> Result<BlockDesign, String> {
    // Files before 2018 are XML.
    if text.trim_start_matches('\u{feff}').trim_start().starts_with('<') {
        return Err("a block design of Vivado before 2018 (XML) is not read".into());
    }
    let value: Value = serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|e| format!("not a block design: {e}"))?;
    let design =
        value.get("design").and_then(Value::as_object).ok_or("not a block design: it has no `design`")?;
    let name =
        design.get("design_info").and_then(|i| i.get("name")).and_then(Value::as_str).map(str::to_owned);
    let mut ports = Vec::new();
    for (name, about) in members(design, "interface_ports") {
        interface(name, about, &mut ports);
    }
    for (name, about) in members(design, "ports") {
        ports.push(port(name, about));
    }
    Ok(BlockDesign { name, ports })
}

fn members<'v>(of: &'v Map<String, Value>, key: &str) -> impl Iterator<Item = (&'v String, &'v Value)> {
    of.get(key).and_then(Value::as_object).into_iter().flatten()
}

/// A number, which the file writes as text.
fn number(of: &Value, key: &str) -> Option<Result<i64, String>> {
    let value = of.get(key)?;
    let found = value.as_i64().or_else(|| value.as_str().and_then(|t| t.trim().parse().ok()));
    Some(found.ok_or_else(|| format!("`{key}` is {value}")))
}

fn port(name: &str, about: &Value) -> Port {
    let direction = match about.get("direction").and_then(Value::as_str) {
        Some("I") => Direction::Input,
        Some("O") => Direction::Output,
        Some("IO") => Direction::Inout,
        Some(other) => Direction::Unknown(format!("direction {other}")),
        None => Direction::Unknown("the block design does not say it".into()),
    };
    let range = match (number(about, "left"), number(about, "right")) {
        (None, None) => Range::Scalar,
        (Some(Ok(left)), Some(Ok(right))) => Range::Vector { left, right },
        (Some(Err(why)), _) | (_, Some(Err(why))) => Range::Unknown(why),
        _ => Range::Unknown("one end of the range is missing".into()),
    };
    Port { name: name.to_owned(), direction, range, line: 0 }
}

fn interface(name: &str, about: &Value, out: &mut Vec<Port>) {
    let maps = about.get("port_maps").and_then(Value::as_object).filter(|m| !m.is_empty());
    let Some(maps) = maps else {
        let vlnv = about.get("vlnv").and_then(Value::as_str).unwrap_or("of a type that is not named");
        out.push(Port {
            name: name.to_owned(),
            direction: Direction::PerSignal,
            range: Range::Unknown(format!(
                "the signals of the interface {vlnv} are not listed in the block design"
            )),
            line: 0,
        });
        return;
    };
    for (logical, signal) in maps {
        let physical = signal.get("physical_name").and_then(Value::as_str);
        match physical {
            Some(physical) => out.push(port(physical, signal)),
            None => out.push(Port {
                name: format!("{name}_{}", logical.to_ascii_lowercase()),
                direction: Direction::Unknown("the signal has no physical name".into()),
                range: Range::Unknown("the signal has no physical name".into()),
                line: 0,
            }),
        }
    }
}
