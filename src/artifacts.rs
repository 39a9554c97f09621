// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The typed set of a finished build: what the run tree holds, with identities and verdicts. Gates judge it, the golden archive
//! keeps it, the kit ships it; `build`, `adopt` and `update` all end here.
//!
//! Paths are absolute and point into the run tree: nothing is copied before the archive or the kit does.

use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use serde::Serialize;

use crate::gates::GateReport;
use crate::hash;

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

impl Artifact {
    /// Hashes the file at `path` (absolute).
    pub fn of(path: &Utf8Path) -> io::Result<Self> {
        let (sha256, size) = hash::sha256_file(path)?;
        Ok(Self { path: path.to_owned(), sha256, size })
    }

    /// Name of the file.
    pub fn name(&self) -> &str {
        self.path.file_name().unwrap_or_default()
    }
}

/// What a missing file keeps from being made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NeededFor {
    /// No kit without it.
    Kit,
    /// No golden archive, and so no remote update, without it.
    Golden,
    /// A gate stays unknown without it.
    Verdict,
    /// Only convenience (debug probes and the like).
    Convenience,
}

/// A file that a finished run leaves and that is not there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// The run; empty for the whole tree.
    pub run: String,
    /// Which file, by the name it would have.
    pub what: String,
    /// Why it matters, in words for the user.
    pub why: String,
    /// What cannot be made.
    pub needed_for: NeededFor,
}

/// The log of one run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunLog {
    /// The run.
    pub run: String,
    /// Its configuration, for implementation runs.
    pub configuration: Option<String>,
    /// `<top>.vdi`, `<top>.vds` or `runme.log`.
    pub file: Artifact,
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
    /// Abstract shell: where modules of this partition can start in place of the whole static (UltraScale+).
    pub abstract_shell: Option<Artifact>,
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
    /// Directory of the run, absolute.
    pub run_dir: Utf8PathBuf,
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
    /// Reports: `*_timing_summary_*.rpt`, `*_route_status.rpt`, `*_utilization_*.rpt`, `*_drc_*.rpt`.
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
    /// Modules built on abstract shells, before the configurations are put together from them: named after their steps (`module:NAME`), without
    /// full bitstream; their `pr_verify` is against the shell.
    pub on_shells: Vec<ConfigurationSet>,
    /// Sources with their hashes, by name relative to the description; empty when adopted.
    pub sources: Vec<(Utf8PathBuf, String)>,
    /// Golden release that this is an update of.
    pub golden: Option<String>,
    /// For an update by another Vivado than the release's: the release's own, which made the static.
    pub static_tool: Option<ToolIdentity>,
    /// True when the run tree was made by somebody else's project: there is no description that tells what should be there.
    pub adopted: bool,
    /// Logs of all runs.
    pub logs: Vec<RunLog>,
    /// What is not there.
    pub missing: Vec<Missing>,
    /// What the reader noticed: contradictions, guesses, files passed over.
    pub notes: Vec<String>,
    /// The verdicts.
    pub gates: GateReport,
}
