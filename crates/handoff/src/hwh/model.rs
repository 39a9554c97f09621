// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The typed model of one `.hwh`. Lists keep the order of the file.

use serde::Serialize;

/// One hand-off file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Hwh {
    /// `EDWVERSION`, the format's own version ("1.2" in every file seen).
    pub format: String,
    /// `VIVADOVERSION`, such as "2021.2.1".
    pub vivado: String,
    /// `TIMESTAMP`, as written, local time of the build host without a zone.
    pub timestamp: String,
    /// `SYSTEMINFO`.
    pub system: SystemInfo,
    /// Ports of the block design itself.
    pub external_ports: Vec<Port>,
    /// Bus interfaces of the block design itself. Of a reconfigurable module: its boundary.
    pub external_interfaces: Vec<BusInterface>,
    /// Every cell.
    pub modules: Vec<Module>,
}

/// `SYSTEMINFO`: for what the design is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SystemInfo {
    /// Block design name; of a reconfigurable module `rm_<x>_<pd>` (2018) or `<bd>_inst_<n>` (2021).
    pub name: String,
    /// Architecture, `zynq`, `zynquplus`, `kintex7`, ...
    pub arch: String,
    /// Device as written: "7z020" or "xczu3eg".
    pub device: String,
    /// Package, "clg400".
    pub package: String,
    /// Speed grade, "-1".
    pub speed_grade: String,
    /// Board part, when the project has one.
    pub board: Option<String>,
}

impl SystemInfo {
    /// Device and package in one spelling, `7z020clg400`, so that two files can be compared: Vivado writes 7-series
    /// devices without and others with the leading `xc`.
    pub fn device_package(&self) -> String {
        let device = self.device.to_ascii_lowercase();
        let bare = device.strip_prefix("xc").unwrap_or(&device);
        format!("{bare}{}", self.package.to_ascii_lowercase())
    }
}

/// Vendor, library, name and version of an IP: `xilinx.com:ip:axi_gpio:2.0`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Vlnv(pub String);

impl Vlnv {
    fn part(&self, index: usize) -> &str {
        self.0.split(':').nth(index).unwrap_or("")
    }
    /// `xilinx.com`
    pub fn vendor(&self) -> &str {
        self.part(0)
    }
    /// `ip`, `module_ref`, `user`, ...
    pub fn library(&self) -> &str {
        self.part(1)
    }
    /// `axi_gpio`; empty if the text has no third part.
    pub fn name(&self) -> &str {
        self.part(2)
    }
    /// `2.0`; empty if the text has no fourth part.
    pub fn version(&self) -> &str {
        self.part(3)
    }
}

/// One cell of the block design.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Module {
    /// `INSTANCE`: the flattened name that memory maps and connections use, `composable_pr_0`.
    pub instance: String,
    /// `FULLNAME`: the place in the hierarchy, `/composable/pr_0`.
    pub full_name: String,
    /// VLNV; block design containers have none.
    pub vlnv: Option<Vlnv>,
    /// `MODTYPE`, the IP's name.
    pub module_type: Option<String>,
    /// `BDTYPE`: `RBD` or `BLOCK_CONTAINER`.
    pub bd_type: Option<String>,
    /// `BD`: the design inside by default.
    pub bd: Option<String>,
    /// `IS_PL`: false for processor peripherals that a file lists beside the fabric's.
    pub is_pl: Option<bool>,
    /// Parameters.
    pub parameters: Vec<Parameter>,
    /// Address blocks with their registers.
    pub address_blocks: Vec<AddressBlock>,
    /// What this module sees as a master.
    pub memory_map: Vec<MemRange>,
    /// Ports.
    pub ports: Vec<Port>,
    /// Bus interfaces.
    pub interfaces: Vec<BusInterface>,
}

impl Module {
    /// The value of a parameter.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|p| p.name == name).map(|p| p.value.as_str())
    }
    /// A port by name.
    pub fn port(&self, name: &str) -> Option<&Port> {
        self.ports.iter().find(|p| p.name == name)
    }
    /// The IP's name: of the VLNV, else `MODTYPE`, else empty.
    pub fn ip_name(&self) -> &str {
        match &self.vlnv {
            Some(vlnv) if !vlnv.name().is_empty() => vlnv.name(),
            _ => self.module_type.as_deref().unwrap_or(""),
        }
    }
    /// The full name without its leading slash: the key that PYNQ uses.
    pub fn path(&self) -> &str {
        self.full_name.trim_start_matches('/')
    }
}

/// A parameter. Vivado leaves the value out when it is empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Parameter {
    /// Name.
    pub name: String,
    /// Value as text.
    pub value: String,
}

/// `ADDRESSBLOCK`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AddressBlock {
    /// Name, `Reg`.
    pub name: String,
    /// The slave interface that it belongs to.
    pub interface: String,
    /// `register` or `memory`.
    pub usage: String,
    /// Size in bytes.
    pub range: u64,
    /// Registers that Vivado lists (also ones disabled by a parameter; see [`Register::enabled`]).
    pub registers: Vec<Register>,
}

/// `REGISTER`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Register {
    /// Name; arrays are spelled out, `IVAR[3]`.
    pub name: String,
    /// Bytes from the base of the address block.
    pub offset: u64,
    /// Width in bits.
    pub size_bits: u64,
    /// `read-write`, `read-only`, `write-only`, as written.
    pub access: Option<String>,
    /// Words for people.
    pub description: Option<String>,
    /// `IS_ENABLED`; true when not said.
    pub enabled: bool,
    /// Bit fields.
    pub fields: Vec<Field>,
}

/// `FIELD`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Field {
    /// Name.
    pub name: String,
    /// Lowest bit.
    pub bit_offset: u64,
    /// Width in bits.
    pub bit_width: u64,
    /// Access, as written.
    pub access: Option<String>,
    /// Words for people.
    pub description: Option<String>,
}

/// What lies in a memory range.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum MemKind {
    /// Registers.
    Register,
    /// Memory.
    Memory,
    /// Another word of Vivado's.
    Other(String),
}

/// `MEMRANGE`: a slave as one master sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MemRange {
    /// Slave instance (flattened name).
    pub instance: String,
    /// The master's interface; in a reconfigurable module's file the *name of the region's slave interface*.
    pub master_interface: String,
    /// The slave's interface.
    pub slave_interface: String,
    /// First address.
    pub base: u64,
    /// Last address.
    pub high: u64,
    /// Registers or memory.
    pub kind: MemKind,
    /// Address block of the slave.
    pub address_block: String,
}

/// Direction of a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Input.
    In,
    /// Output.
    Out,
    /// Both.
    InOut,
}

/// `PORT`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Port {
    /// Name.
    pub name: String,
    /// Direction as seen from the module (for external ports: from the design).
    pub direction: Direction,
    /// Left and right bound of a vector.
    pub bounds: Option<(i64, i64)>,
    /// `SIGIS` in lower case: `clk`, `rst`, `interrupt`, `ce`, `data`, `undef`.
    pub role: String,
    /// The net.
    pub signal: Option<String>,
    /// Frequency of a clock port, Hz.
    pub clock_hz: Option<u64>,
    /// The other ends of the net.
    pub connections: Vec<Connection>,
}

impl Port {
    /// Bits in the port.
    pub fn width(&self) -> u64 {
        self.bounds.map_or(1, |(left, right)| left.abs_diff(right).saturating_add(1))
    }
}

/// `CONNECTION`: another end of a net. `External_Ports` stands for the design's own ports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Connection {
    /// Instance (flattened name).
    pub instance: String,
    /// Port.
    pub port: String,
}

/// Side of a bus interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum InterfaceRole {
    /// Drives transactions (`MASTER`, `INITIATOR`).
    Master,
    /// Answers them (`SLAVE`, `TARGET`).
    Slave,
    /// Only listens (`MONITOR`).
    Monitor,
    /// Another word of Vivado's.
    Other,
}

/// `BUSINTERFACE`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BusInterface {
    /// Name.
    pub name: String,
    /// Side.
    pub role: InterfaceRole,
    /// VLNV of the bus.
    pub vlnv: Option<Vlnv>,
    /// The interface net: two interfaces with one name are connected.
    pub bus: String,
    /// Parameters.
    pub parameters: Vec<Parameter>,
    /// What is reached through it; only on the boundary of a reconfigurable module or of a design without processor.
    pub memory_map: Vec<MemRange>,
}

impl Hwh {
    /// A module by full name (`/a/b`), path (`a/b`) or flattened instance (`a_b`), in this order of preference.
    pub fn module(&self, name: &str) -> Option<&Module> {
        let path = name.trim_start_matches('/');
        self.modules
            .iter()
            .find(|m| m.path() == path)
            .or_else(|| self.modules.iter().find(|m| m.instance == name))
    }
    /// A module by its flattened instance name, as memory maps and connections name it.
    pub fn instance(&self, instance: &str) -> Option<&Module> {
        self.modules.iter().find(|m| m.instance == instance)
    }
    /// The processing system, if the design has one.
    pub fn processing_system(&self) -> Option<&Module> {
        self.modules.iter().find(|m| {
            matches!(m.ip_name(), "processing_system7" | "zynq_ultra_ps_e" | "versal_cips" | "ps_wizard")
        })
    }
    /// Every memory range with the module or boundary interface that owns the view.
    pub fn memory_ranges(&self) -> impl Iterator<Item = (&str, &MemRange)> {
        let inner = self.modules.iter().flat_map(|m| m.memory_map.iter().map(move |r| (m.path(), r)));
        let outer = self
            .external_interfaces
            .iter()
            .flat_map(|i| i.memory_map.iter().map(move |r| (i.name.as_str(), r)));
        inner.chain(outer)
    }
}
