// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Bytes of a `.hwh` to the model.

use std::cell::Cell;

use super::error::HwhError;
use super::model::{
    AddressBlock, BusInterface, Connection, Direction, Field, Hwh, InterfaceRole, MemKind, MemRange, Module,
    Parameter, Port, Register, SystemInfo, Vlnv,
};
use super::tree::{Node, Tree};

/// Largest file that is read: 64 MiB, ten times the largest seen in public.
pub const MAX_BYTES: usize = 64 << 20;

/// Most modules, and most memory ranges, of one file: a hundred times what the largest public design has. Walks over the
/// model compare them with one another.
const MAX_ITEMS: usize = 16_384;

/// Reads a `.hwh`. A byte order mark and CRLF line ends are fine; a DTD is not (Vivado writes none, and entity
/// expansion is how small files become large ones).
///
/// # Errors
/// [`HwhError`], with the line where the file is at fault.
pub fn parse(bytes: &[u8]) -> Result<Hwh, HwhError> {
    if bytes.len() > MAX_BYTES {
        return Err(HwhError::TooLarge { size: bytes.len(), limit: MAX_BYTES });
    }
    let text = std::str::from_utf8(bytes).map_err(|e| HwhError::NotUtf8 { offset: e.valid_up_to() })?;
    let tree = Tree::read(text)?;
    Reader { tree: &tree, ranges: Cell::new(0) }.system()
}

struct Reader<'d, 't> {
    tree: &'d Tree<'t>,
    /// Memory ranges so far, of all maps.
    ranges: Cell<usize>,
}

#[expect(clippy::unused_self, reason = "one reader, of which only memory maps keep something")]
impl<'d, 't> Reader<'d, 't> {
    fn required(&self, node: Node<'d, 't>, name: &'static str) -> Result<String, HwhError> {
        node.attribute(name).map(str::to_owned).ok_or_else(|| HwhError::Missing {
            element: node.name().to_owned(),
            missing: name,
            line: node.line(),
        })
    }

    fn bad_number(&self, node: Node<'d, 't>, attribute: &str, value: &str) -> HwhError {
        HwhError::BadNumber {
            element: node.name().to_owned(),
            attribute: attribute.to_owned(),
            value: value.to_owned(),
            line: node.line(),
        }
    }

    fn number(&self, node: Node<'d, 't>, name: &'static str) -> Result<u64, HwhError> {
        let value = self.required(node, name)?;
        number(&value).ok_or_else(|| self.bad_number(node, name, &value))
    }

    fn limit(&self, node: Node<'d, 't>, what: &'static str, count: usize) -> Result<(), HwhError> {
        if count < MAX_ITEMS {
            return Ok(());
        }
        Err(HwhError::TooMany { what, limit: MAX_ITEMS, line: node.line() })
    }

    fn system(&self) -> Result<Hwh, HwhError> {
        let root = self.tree.root();
        if root.name() != "EDKSYSTEM" {
            return Err(HwhError::NotHwh { root: root.name().to_owned() });
        }
        let info = child(root, "SYSTEMINFO").ok_or_else(|| HwhError::Missing {
            element: "EDKSYSTEM".to_owned(),
            missing: "<SYSTEMINFO>",
            line: root.line(),
        })?;
        let mut modules: Vec<Module> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        for node in grandchildren(root, "MODULES", "MODULE") {
            self.limit(node, "modules", modules.len())?;
            let module = self.module(node)?;
            if !seen.insert(module.full_name.clone()) {
                return Err(HwhError::DuplicateModule { full_name: module.full_name, line: node.line() });
            }
            modules.push(module);
        }
        Ok(Hwh {
            format: text(root, "EDWVERSION"),
            vivado: text(root, "VIVADOVERSION"),
            timestamp: text(root, "TIMESTAMP"),
            system: SystemInfo {
                name: self.required(info, "NAME")?,
                arch: text(info, "ARCH"),
                device: text(info, "DEVICE"),
                package: text(info, "PACKAGE"),
                speed_grade: text(info, "SPEEDGRADE"),
                board: info.attribute("BOARD").filter(|b| !b.is_empty()).map(str::to_owned),
            },
            external_ports: self.ports(root, "EXTERNALPORTS")?,
            external_interfaces: self.interfaces(root, "EXTERNALINTERFACES")?,
            modules,
        })
    }

    fn module(&self, node: Node<'d, 't>) -> Result<Module, HwhError> {
        Ok(Module {
            instance: self.required(node, "INSTANCE")?,
            full_name: self.required(node, "FULLNAME")?,
            vlnv: vlnv(node),
            module_type: optional(node, "MODTYPE"),
            bd_type: optional(node, "BDTYPE"),
            bd: optional(node, "BD"),
            is_pl: node.attribute("IS_PL").map(truth),
            parameters: parameters(child(node, "PARAMETERS")),
            address_blocks: grandchildren(node, "ADDRESSBLOCKS", "ADDRESSBLOCK")
                .map(|b| self.address_block(b))
                .collect::<Result<_, _>>()?,
            memory_map: self.memory_map(node)?,
            ports: self.ports(node, "PORTS")?,
            interfaces: self.interfaces(node, "BUSINTERFACES")?,
        })
    }

    fn address_block(&self, node: Node<'d, 't>) -> Result<AddressBlock, HwhError> {
        Ok(AddressBlock {
            name: self.required(node, "NAME")?,
            interface: text(node, "INTERFACE"),
            usage: text(node, "USAGE"),
            range: self.number(node, "RANGE")?,
            registers: grandchildren(node, "REGISTERS", "REGISTER")
                .map(|r| self.register(r))
                .collect::<Result<_, _>>()?,
        })
    }

    fn register(&self, node: Node<'d, 't>) -> Result<Register, HwhError> {
        let enabled = property(node, "IS_ENABLED").is_none_or(truth);
        Ok(Register {
            name: self.required(node, "NAME")?,
            offset: self.property_number(node, "ADDRESS_OFFSET")?.unwrap_or(0),
            size_bits: self.property_number(node, "SIZE")?.unwrap_or(32),
            access: property(node, "ACCESS").map(str::to_owned),
            description: property(node, "DESCRIPTION").map(str::to_owned),
            enabled,
            fields: grandchildren(node, "FIELDS", "FIELD")
                .map(|f| self.field(f))
                .collect::<Result<_, _>>()?,
        })
    }

    fn field(&self, node: Node<'d, 't>) -> Result<Field, HwhError> {
        Ok(Field {
            name: self.required(node, "NAME")?,
            bit_offset: self.property_number(node, "BIT_OFFSET")?.unwrap_or(0),
            bit_width: self.property_number(node, "BIT_WIDTH")?.unwrap_or(1),
            access: property(node, "ACCESS").map(str::to_owned),
            description: property(node, "DESCRIPTION").map(str::to_owned),
        })
    }

    fn property_number(&self, node: Node<'d, 't>, name: &str) -> Result<Option<u64>, HwhError> {
        let Some(value) = property(node, name) else { return Ok(None) };
        number(value).map(Some).ok_or_else(|| self.bad_number(node, name, value))
    }

    fn memory_map(&self, node: Node<'d, 't>) -> Result<Vec<MemRange>, HwhError> {
        let mut ranges = Vec::new();
        for range in grandchildren(node, "MEMORYMAP", "MEMRANGE") {
            self.limit(range, "memory ranges", self.ranges.get())?;
            self.ranges.set(self.ranges.get() + 1);
            let instance = self.required(range, "INSTANCE")?;
            let (base, high) = (self.number(range, "BASEVALUE")?, self.number(range, "HIGHVALUE")?);
            if high < base {
                return Err(HwhError::BackwardRange { instance, base, high, line: range.line() });
            }
            ranges.push(MemRange {
                instance,
                master_interface: text(range, "MASTERBUSINTERFACE"),
                slave_interface: text(range, "SLAVEBUSINTERFACE"),
                base,
                high,
                kind: match range.attribute("MEMTYPE").unwrap_or("") {
                    "REGISTER" => MemKind::Register,
                    "MEMORY" => MemKind::Memory,
                    other => MemKind::Other(other.to_owned()),
                },
                address_block: text(range, "ADDRESSBLOCK"),
            });
        }
        Ok(ranges)
    }

    fn ports(&self, node: Node<'d, 't>, list: &str) -> Result<Vec<Port>, HwhError> {
        grandchildren(node, list, "PORT").map(|p| self.port(p)).collect()
    }

    fn port(&self, node: Node<'d, 't>) -> Result<Port, HwhError> {
        let bounds = match (node.attribute("LEFT"), node.attribute("RIGHT")) {
            (Some(left), Some(right)) => {
                let bound = |name, value: &str| {
                    value.trim().parse::<i64>().map_err(|_| self.bad_number(node, name, value))
                };
                Some((bound("LEFT", left)?, bound("RIGHT", right)?))
            }
            _ => None,
        };
        // Vivado writes an empty or unknown frequency on clocks that it has not resolved yet; that is no fault.
        let clock_hz = node.attribute("CLKFREQUENCY").and_then(number);
        Ok(Port {
            name: self.required(node, "NAME")?,
            direction: match node.attribute("DIR").unwrap_or("") {
                "O" => Direction::Out,
                "IO" => Direction::InOut,
                _ => Direction::In,
            },
            bounds,
            role: text(node, "SIGIS").to_ascii_lowercase(),
            signal: optional(node, "SIGNAME"),
            clock_hz,
            connections: grandchildren(node, "CONNECTIONS", "CONNECTION")
                .map(|c| Connection { instance: text(c, "INSTANCE"), port: text(c, "PORT") })
                .collect(),
        })
    }

    fn interfaces(&self, node: Node<'d, 't>, list: &str) -> Result<Vec<BusInterface>, HwhError> {
        grandchildren(node, list, "BUSINTERFACE")
            .map(|i| {
                Ok(BusInterface {
                    name: self.required(i, "NAME")?,
                    role: match i.attribute("TYPE").unwrap_or("") {
                        "MASTER" | "INITIATOR" => InterfaceRole::Master,
                        "SLAVE" | "TARGET" => InterfaceRole::Slave,
                        "MONITOR" => InterfaceRole::Monitor,
                        _ => InterfaceRole::Other,
                    },
                    vlnv: vlnv(i),
                    bus: text(i, "BUSNAME"),
                    parameters: parameters(Some(i)),
                    memory_map: self.memory_map(i)?,
                })
            })
            .collect()
    }
}

fn child<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    node.children().find(|n| n.name() == name)
}

fn grandchildren<'a, 'i: 'a>(
    node: Node<'a, 'i>,
    list: &str,
    item: &'static str,
) -> impl Iterator<Item = Node<'a, 'i>> {
    child(node, list).into_iter().flat_map(move |l| l.children().filter(move |n| n.name() == item))
}

fn text(node: Node<'_, '_>, attribute: &str) -> String {
    node.attribute(attribute).unwrap_or("").to_owned()
}

fn optional(node: Node<'_, '_>, attribute: &str) -> Option<String> {
    node.attribute(attribute).filter(|v| !v.is_empty()).map(str::to_owned)
}

fn vlnv(node: Node<'_, '_>) -> Option<Vlnv> {
    optional(node, "VLNV").map(Vlnv)
}

fn parameters(list: Option<Node<'_, '_>>) -> Vec<Parameter> {
    list.into_iter()
        .flat_map(|l| l.children().filter(|n| n.name() == "PARAMETER"))
        .map(|p| Parameter { name: text(p, "NAME"), value: text(p, "VALUE") })
        .collect()
}

fn property<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    node.children()
        .find(|n| n.name() == "PROPERTY" && n.attribute("NAME") == Some(name))
        .and_then(|n| n.attribute("VALUE"))
}

fn truth(value: &str) -> bool {
    value.eq_ignore_ascii_case("true") || value == "1"
}

/// Decimal or `0x` hexadecimal, at most 64 bits, nothing else around it but blanks.
fn number(value: &str) -> Option<u64> {
    let value = value.trim();
    match value.strip_prefix("0x").or_else(|| value.strip_prefix("0X")) {
        Some(hex) if !hex.starts_with('+') => u64::from_str_radix(hex, 16).ok(),
        Some(_) => None,
        None if value.starts_with('+') => None,
        None => value.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::{number, parse};
    use crate::hwh::HwhError;

    const SMALL: &str = concat!(
        "\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\" ?>\r\n",
        "<EDKSYSTEM EDWVERSION=\"1.2\" TIMESTAMP=\"now\" VIVADOVERSION=\"2024.2\">\r\n",
        "<SYSTEMINFO ARCH=\"zynq\" DEVICE=\"7z020\" NAME=\"d\" PACKAGE=\"clg400\" SPEEDGRADE=\"-1\"/>\r\n",
        "<MODULES><MODULE INSTANCE=\"a_b\" FULLNAME=\"/a/b\" VLNV=\"x.y:ip:n:1.0\">",
        "<MEMORYMAP><MEMRANGE INSTANCE=\"s\" BASEVALUE=\"0x10\" HIGHVALUE=\"0x1F\" MEMTYPE=\"REGISTER\"/></MEMORYMAP>",
        "</MODULE></MODULES></EDKSYSTEM>"
    );

    #[test]
    fn bom_and_crlf_are_accepted() {
        let hwh = parse(SMALL.as_bytes()).expect("a small file");
        assert_eq!(hwh.system.device_package(), "7z020clg400");
        assert_eq!(hwh.module("a/b").map(|m| m.ip_name()), Some("n"));
        assert_eq!(hwh.module("a_b").map(|m| m.full_name.as_str()), Some("/a/b"));
        assert_eq!(hwh.modules[0].memory_map[0].high, 0x1f);
    }

    #[test]
    fn faults_are_named_with_their_line() {
        let bad = SMALL.replace("0x1F", "0x1G");
        assert!(matches!(parse(bad.as_bytes()), Err(HwhError::BadNumber { line: 4, .. })));
        let backward = SMALL.replace("0x1F", "0xF");
        assert!(matches!(
            parse(backward.as_bytes()),
            Err(HwhError::BackwardRange { base: 0x10, high: 0xf, .. })
        ));
        let nameless = SMALL.replace("FULLNAME=\"/a/b\"", "");
        assert!(matches!(parse(nameless.as_bytes()), Err(HwhError::Missing { missing: "FULLNAME", .. })));
        assert!(matches!(parse(&SMALL.as_bytes()[..200]), Err(HwhError::Xml { .. })));
        assert_eq!(parse(b"<a/>"), Err(HwhError::NotHwh { root: "a".to_owned() }));
        assert_eq!(parse(b"\xff\xfe"), Err(HwhError::NotUtf8 { offset: 0 }));
        let entity = "<!DOCTYPE EDKSYSTEM [<!ENTITY a \"b\">]><EDKSYSTEM/>";
        assert!(matches!(parse(entity.as_bytes()), Err(HwhError::Xml { .. })));
    }

    #[test]
    fn the_same_place_twice_is_refused() {
        let module = "<MODULE INSTANCE=\"a_b\" FULLNAME=\"/a/b\"/>";
        let twice = SMALL.replace("</MODULES>", &format!("{module}</MODULES>"));
        assert!(matches!(parse(twice.as_bytes()), Err(HwhError::DuplicateModule { .. })));
    }

    #[test]
    fn numbers() {
        assert_eq!(number("0xFFFFFFFFFFFFFFFF"), Some(u64::MAX));
        assert_eq!(number(" 4096 "), Some(4096));
        for bad in ["", "0x", "+1", "0x+1", "-1", "1_000", "0x10000000000000000"] {
            assert_eq!(number(bad), None, "{bad}");
        }
    }
}
