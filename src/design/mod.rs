// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The resolved design: the checked model with its files found, its family known and its configurations chosen.
//!
//! Made by [`crate::rules::check_file`] when no error stands; all later stages take it as the truth. Paths are absolute; the
//! `name` beside each is what the user would call it. Not here: file contents and hashes (see [`crate::plan::key`]).

pub mod cover;
pub mod find;
pub mod kept;
pub mod names;
pub mod steps;
#[cfg(test)]
pub(crate) mod testing;

use camino::Utf8PathBuf;
use dfxkit_fabric::Family;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::spec::model::Spec;

/// A design that passed every check.
#[derive(Debug, Clone)]
pub struct Design {
    /// Directory of the description, absolute.
    pub root: Utf8PathBuf,
    /// The description file, absolute.
    pub file: Utf8PathBuf,
    /// The model.
    pub spec: Spec,
    /// Family of the part.
    pub family: Family,
    /// Files of the static design: sources.
    pub static_sources: Vec<SourceFile>,
    /// Constraints of the static design and of the partitions' boundaries, in order.
    pub static_constraints: Vec<SourceFile>,
    /// Files of each module, greyboxes with none.
    pub modules: IndexMap<String, ModuleFiles>,
    /// The configurations, the parent first.
    pub configurations: Vec<ChosenConfiguration>,
    /// True when the description named no configurations and the smallest covering set was chosen.
    pub configurations_were_chosen: bool,
    /// Numbers of the children's runs, by configuration, where an earlier build gave them ([`kept`]); else they follow the order.
    pub child_numbers: IndexMap<String, usize>,
}

impl Design {
    /// The parent configuration.
    pub fn parent(&self) -> &ChosenConfiguration {
        self.configurations
            .iter()
            .find(|c| c.parent)
            .expect("rules::check_file lets exactly one parent through")
    }

    /// The child configurations, in order.
    pub fn children(&self) -> impl Iterator<Item = &ChosenConfiguration> {
        self.configurations.iter().filter(|c| !c.parent)
    }

    /// Every file that goes in, static first, each once.
    pub fn all_files(&self) -> impl Iterator<Item = &SourceFile> {
        let mut seen = std::collections::BTreeSet::new();
        self.static_sources
            .iter()
            .chain(&self.static_constraints)
            .chain(self.modules.values().flat_map(|m| m.sources.iter().chain(&m.constraints)))
            .filter(move |f| seen.insert(&f.path))
    }

    /// The build directory, absolute.
    pub fn build_dir(&self) -> Utf8PathBuf {
        self.root.join(&self.spec.build.directory)
    }
}

/// What kind of source a file is, by its extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SourceKind {
    /// `.v`, `.vh`
    Verilog,
    /// `.sv`, `.svh`
    SystemVerilog,
    /// `.vhd`, `.vhdl`
    Vhdl,
    /// `.xci`
    Ip,
    /// `.bd`
    BlockDesign,
    /// `.dcp`
    Checkpoint,
    /// `.edf`, `.edn`, `.ngc`
    Netlist,
    /// `.mem`, `.coe`, `.hex`, `.dat`
    Memory,
    /// `.xdc`
    Xdc,
    /// `.tcl`: a block-design script among sources, unmanaged Tcl among constraints
    Tcl,
}

impl SourceKind {
    /// Every extension with its kind.
    pub const EXTENSIONS: [(&'static str, Self); 19] = [
        ("v", Self::Verilog),
        ("vh", Self::Verilog),
        ("sv", Self::SystemVerilog),
        ("svh", Self::SystemVerilog),
        ("vhd", Self::Vhdl),
        ("vhdl", Self::Vhdl),
        ("xci", Self::Ip),
        ("bd", Self::BlockDesign),
        ("dcp", Self::Checkpoint),
        ("edf", Self::Netlist),
        ("edif", Self::Netlist),
        ("edn", Self::Netlist),
        ("ngc", Self::Netlist),
        ("mem", Self::Memory),
        ("coe", Self::Memory),
        ("hex", Self::Memory),
        ("dat", Self::Memory),
        ("xdc", Self::Xdc),
        ("tcl", Self::Tcl),
    ];

    /// The kind of a path by its extension, in any case; none for an extension that Vivado's flows do not take.
    pub fn of_path(path: &camino::Utf8Path) -> Option<Self> {
        let extension = path.extension()?.to_ascii_lowercase();
        Self::EXTENSIONS.iter().find(|(e, _)| *e == extension).map(|(_, kind)| *kind)
    }

    /// True for block designs and IP: what they are made of is generated in a project.
    pub const fn needs_project(self) -> bool {
        matches!(self, Self::Tcl | Self::BlockDesign | Self::Ip)
    }

    /// True for files whose text declares modules or entities.
    pub const fn is_hdl(self) -> bool {
        matches!(self, Self::Verilog | Self::SystemVerilog | Self::Vhdl)
    }
}

/// One file that goes into the design.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceFile {
    /// Absolute path.
    pub path: Utf8PathBuf,
    /// Path relative to the description, as messages and manifests name it.
    pub name: Utf8PathBuf,
    /// What it is.
    pub kind: SourceKind,
}

/// Files of one module.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ModuleFiles {
    /// Sources.
    pub sources: Vec<SourceFile>,
    /// The module's own constraints.
    pub constraints: Vec<SourceFile>,
}

/// What fills a partition in a configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Filling {
    /// A module of the description that has sources.
    Module(String),
    /// A greybox; the name is the greybox module of the description, if one stands for it.
    Greybox(Option<String>),
}

/// One configuration with every partition filled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChosenConfiguration {
    /// Name.
    pub name: String,
    /// True for the one that implements the static.
    pub parent: bool,
    /// Partition name to what fills it, in the order of the partitions.
    pub fillings: IndexMap<String, Filling>,
}
