// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a bare name in a script stands for.
//!
//! Vivado's first-class objects print as their names, and here a script holds only that text. A name that stands
//! for several objects (a module and its fileset share one) is read as the kind that a command returned last and
//! that knows the property asked for. That is a heuristic: the one place where the stand-in can be fooled by a
//! script that keeps two such objects in variables.

use std::collections::HashMap;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Kind {
    Project,
    Fileset,
    File,
    Run,
    PartitionDef,
    ReconfigModule,
    PrConfiguration,
    Design,
    Cell,
    Port,
    Pin,
    Net,
    Pblock,
    Clock,
    Part,
    DrcCheck,
    Ip,
    IpDef,
    BdDesign,
    BdCell,
    BdPort,
    BdPin,
    BdIntfPin,
    BdIntfPort,
    BdNet,
    BdAddrSeg,
    ReportConfig,
    BoardPart,
    /// An object that only the session knows: device objects, timing paths, parts of packaged IP, debug cores.
    Extra,
}

impl Kind {
    /// The CLASS property.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Project => "project",
            Self::Fileset => "fileset",
            Self::File => "file",
            Self::Run => "run",
            Self::PartitionDef => "partition_def",
            Self::ReconfigModule => "reconfig_module",
            Self::PrConfiguration => "pr_configuration",
            Self::Design => "design",
            Self::Cell => "cell",
            Self::Port => "port",
            Self::Pin => "pin",
            Self::Net => "net",
            Self::Pblock => "pblock",
            Self::Clock => "clock",
            Self::Part => "part",
            Self::DrcCheck => "drc_check",
            Self::Ip => "ip",
            Self::IpDef => "ipdef",
            Self::BdDesign => "bd_design",
            Self::BdCell => "bd_cell",
            Self::BdPort => "bd_port",
            Self::BdPin => "bd_pin",
            Self::BdIntfPin => "bd_intf_pin",
            Self::BdIntfPort => "bd_intf_port",
            Self::BdNet => "bd_net",
            Self::BdAddrSeg => "bd_addr_seg",
            Self::ReportConfig => "report_config",
            Self::BoardPart => "board_part",
            Self::Extra => "object",
        }
    }
}

/// Names that commands have returned, with their kinds, the latest last.
#[derive(Debug, Default)]
pub(crate) struct Registry(HashMap<String, Vec<Kind>>);

impl Registry {
    pub(crate) fn note(&mut self, kind: Kind, name: &str) {
        let kinds = self.0.entry(name.to_owned()).or_default();
        kinds.retain(|k| *k != kind);
        kinds.push(kind);
    }

    /// Kinds that `name` may stand for, the likeliest first.
    pub(crate) fn kinds(&self, name: &str) -> Vec<Kind> {
        self.0.get(name).map(|k| k.iter().rev().copied().collect()).unwrap_or_default()
    }

    pub(crate) fn knows(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}
