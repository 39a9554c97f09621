// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The typed set of a finished build: what the run tree holds, with identities and verdicts. Gates judge it, the golden archive
//! keeps it, the kit ships it; `build`, `adopt` and `update` all end here.
//!
//! Paths are absolute and point into the run tree: nothing is copied before the archive or the kit does.

use camino::Utf8PathBuf;
use serde::Serialize;

use crate::gates::GateReport;

/// Vivado release and build, as artifacts themselves say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ToolIdentity {
    /// `2024.2`, `2020.2.2`.
    pub release: String,
    /// Build number from `dcp.xml`, when a checkpoint or log tells it.
    pub build: Option<String>,
    /// True when the stand-in made it.
    pub simulated: bool,
}

/// One file with the facts that identify it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Artifact {
    /// Absolute path.
    pub path: Utf8PathBuf,
    /// SHA-256, lower-case hexadecimal.
    pub sha256: String,
    /// Bytes.
    pub size: u64,
}

/// The static, implemented by the parent run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StaticSet {
    /// Top module.
    pub top: String,
    /// Parent configuration, when known.
    pub configuration: Option<String>,
    /// Name of the parent run.
    pub run: String,
    /// Full bitstream of the parent.
    pub full_bit: Option<Artifact>,
    /// Routed checkpoint: the reference of `pr_verify`.
    pub routed_dcp: Option<Artifact>,
    /// Black-boxed, locked checkpoint: where every child starts.
    pub blackbox_dcp: Option<Artifact>,
    /// Hand-off file of the static block design.
    pub hwh: Option<Artifact>,
    /// Debug probes.
    pub ltx: Option<Artifact>,
}

/// One partition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PartitionSet {
    /// Name: of the description, or the cell path when there is none.
    pub name: String,
    /// Cell path.
    pub cell: String,
    /// RTL module of the partition, when known.
    pub module: Option<String>,
    /// Ports of the partition, from the port stub of a checkpoint, as text of a Verilog module header; the interface.
    pub port_stub: Option<String>,
    /// Register of the decoupler.
    pub decoupler: Option<u64>,
    /// Pblock ranges as described.
    pub pblock_ranges: Vec<String>,
}

/// One module as implemented in one configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ModuleSet {
    /// Name of the description, or Vivado's.
    pub name: String,
    /// Name that Vivado uses.
    pub vivado_name: String,
    /// Partition that it fills.
    pub partition: String,
    /// Configuration and run that made these files.
    pub configuration: String,
    /// The run.
    pub run: String,
    /// True for a greybox.
    pub greybox: bool,
    /// Partial bitstream.
    pub partial_bit: Option<Artifact>,
    /// Clearing bitstream (UltraScale).
    pub clear_bit: Option<Artifact>,
    /// Vivado's own `.bin` of the partial, if written.
    pub bin: Option<Artifact>,
    /// Hand-off file of the module's block design.
    pub hwh: Option<Artifact>,
    /// Debug probes.
    pub ltx: Option<Artifact>,
    /// Routed cell checkpoint.
    pub routed_dcp: Option<Artifact>,
    /// Driver bindings for the kit.
    pub drivers: Vec<String>,
}

/// One configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConfigurationSet {
    /// Name.
    pub name: String,
    /// Run.
    pub run: String,
    /// True for the parent.
    pub parent: bool,
    /// Partition name to module name (none: a greybox without a name).
    pub modules: Vec<(String, Option<String>)>,
    /// Full bitstream of the configuration.
    pub full_bit: Option<Artifact>,
    /// Routed checkpoint.
    pub routed_dcp: Option<Artifact>,
    /// File written by `pr_verify`.
    pub pr_verify: Option<Artifact>,
    /// Reports: timing summary, route status, utilisation, DRC.
    pub reports: Vec<Artifact>,
}

/// Everything of one finished build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Artifacts {
    /// Project.
    pub project: String,
    /// Version of the product.
    pub version: String,
    /// Part as in the description or the checkpoint.
    pub part: String,
    /// Vivado.
    pub tool: ToolIdentity,
    /// The static.
    #[serde(rename = "static")]
    pub static_set: StaticSet,
    /// Partitions, in order.
    pub partitions: Vec<PartitionSet>,
    /// Modules, in order.
    pub modules: Vec<ModuleSet>,
    /// Configurations, the parent first.
    pub configurations: Vec<ConfigurationSet>,
    /// Sources with their hashes, by name relative to the description; empty when adopted.
    pub sources: Vec<(Utf8PathBuf, String)>,
    /// Golden release that this is an update of.
    pub golden: Option<String>,
    /// The verdicts.
    pub gates: GateReport,
}
