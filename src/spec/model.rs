// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The model of a `dfx.toml`: what the user wrote, typed, with defaults filled in and without spans.
//!
//! Spans are looked up by key path when a diagnostic is built (see [`super::Document`]), so that the model stays plain data.
//! Everything here is in the order of the file. Names are the table keys. Not here: files found, families, chosen
//! configurations (see [`crate::design`]).

use camino::Utf8PathBuf;
use indexmap::IndexMap;
use serde::Serialize;

/// A whole description.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Spec {
    /// `[project]`
    pub project: Project,
    /// `[static]`
    #[serde(rename = "static")]
    pub static_design: StaticDesign,
    /// `[partitions.NAME]`
    pub partitions: IndexMap<String, Partition>,
    /// `[modules.NAME]`
    pub modules: IndexMap<String, Module>,
    /// `[configurations.NAME]`; empty when left out: then the smallest covering set is chosen.
    pub configurations: IndexMap<String, Configuration>,
    /// `[build]`
    pub build: Build,
    /// `[gates]`
    pub gates: Gates,
    /// `[kit]`
    pub kit: Kit,
}

/// `[project]`
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Project {
    /// Name of the project, its Vivado project and its kits.
    pub name: String,
    /// Version of the product, free form without blanks; names kits.
    pub version: String,
    /// Part, as Vivado takes it: `xc7z020clg400-1`.
    pub part: String,
    /// Board part, if any: `tul.com.tw:pynq-z2:part0:1.0`.
    pub board: Option<String>,
    /// Vivado release that the project is bound to: `2024.2`.
    pub vivado: Option<String>,
}

/// `[static]`
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct StaticDesign {
    /// Top module.
    pub top: String,
    /// Source files and globs, relative to the description. Verilog, SystemVerilog, VHDL, `.xci`, `.bd`, `.dcp`, `.tcl` (a block-design script).
    pub sources: Vec<String>,
    /// Constraint files and globs (`.xdc`; `.tcl` is read as unmanaged Tcl).
    pub constraints: Vec<String>,
    /// Directories for Verilog includes.
    pub include_dirs: Vec<String>,
    /// Verilog macros.
    pub defines: IndexMap<String, String>,
    /// Generics and parameters of the top.
    pub generics: IndexMap<String, String>,
}

/// `[partitions.NAME]`: a reconfigurable partition of the static design.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Partition {
    /// Hierarchical path of the cell in the static design: `system_i/conv`.
    pub cell: String,
    /// RTL module that the static instantiates there.
    pub module: String,
    /// The Pblock, when it is described here; else the static's constraints hold it.
    pub pblock: Option<Pblock>,
    /// Constraint files of the partition's boundary: applied with the static.
    pub constraints: Vec<String>,
    /// The decoupler's register, for the loader.
    pub decoupler: Option<Decoupler>,
    /// The partition's reset, for the loader.
    pub reset: Option<Reset>,
}

/// `reset = { .. }` of a partition: bits of a register, held while the partition is loaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reset {
    /// Physical address of the register, a GPIO's usually.
    pub address: u64,
    /// Its bits.
    pub mask: u32,
    /// True when zeros reset.
    pub active_low: bool,
    /// Microseconds that it stays asserted after the load.
    pub hold_us: u64,
}

/// `id = { .. }` of a module: a register that only this module answers so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IdRegister {
    /// Physical address.
    pub address: u64,
    /// What it reads, under the mask.
    pub value: u32,
    /// Bits that count.
    pub mask: u32,
    /// Microseconds that the module may take until it answers.
    pub timeout_us: u64,
}

/// `pblock = { .. }` of a partition.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Pblock {
    /// Site ranges: `SLICE_X50Y50:SLICE_X57Y99`.
    pub ranges: Vec<String>,
    /// `SNAPPING_MODE`: `on`, `off` or `routing`; none leaves Vivado's default.
    pub snapping_mode: Option<SnappingMode>,
    /// `RESET_AFTER_RECONFIG`; none leaves Vivado's default (false; 7 series only).
    pub reset_after_reconfig: Option<bool>,
    /// Name of the Pblock; by default `pblock_` and the mangled cell path.
    pub name: Option<String>,
}

/// `SNAPPING_MODE` of a Pblock (UG912).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SnappingMode {
    /// Edges as drawn.
    Off,
    /// Shrunk to legal edges.
    On,
    /// Shrunk, and non-reconfigurable columns spanned for routing.
    Routing,
}

/// `decoupler = { .. }` of a partition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decoupler {
    /// Physical address of the decoupler's register.
    pub address: u64,
}

/// `[modules.NAME]`: a reconfigurable module.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Module {
    /// The partition that it fits.
    pub partition: String,
    /// Top module of its sources; by default the partition's module. None for a greybox.
    pub top: Option<String>,
    /// Source files and globs.
    pub sources: Vec<String>,
    /// Its own constraints, scoped to the cell.
    pub constraints: Vec<String>,
    /// Directories for Verilog includes.
    pub include_dirs: Vec<String>,
    /// Verilog macros.
    pub defines: IndexMap<String, String>,
    /// Generics and parameters of the top.
    pub generics: IndexMap<String, String>,
    /// True for the blank module that Vivado makes itself: no sources, no top.
    pub greybox: bool,
    /// Driver bindings for the kit: a VLNV or any name the loader's user gives.
    pub drivers: Vec<String>,
    /// Its id register, which the loader reads after every load.
    pub id: Option<IdRegister>,
}

/// `[configurations.NAME]`: one module per partition.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Configuration {
    /// The parent: implements the static. Exactly one configuration is.
    pub parent: bool,
    /// Partition to module.
    pub modules: IndexMap<String, String>,
}

/// `[build]`
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Build {
    /// The flow.
    pub flow: Flow,
    /// Whole static or abstract shell for children.
    pub shell: ShellKind,
    /// Also write an abstract shell of every partition after the parent, for the golden archive.
    pub abstract_shells: bool,
    /// Vivado runs at once (`launch_runs -jobs`).
    pub jobs: u32,
    /// Where everything is built, relative to the description.
    pub directory: Utf8PathBuf,
    /// Synthesis of the static.
    pub synth: RunOptions,
    /// Out-of-context synthesis of the modules.
    pub module_synth: RunOptions,
    /// Implementation, parent and children.
    pub implementation: RunOptions,
    /// User's Tcl scripts around Vivado's steps, relative to the description; keys `STEP.pre` and `STEP.post` (`place_design.pre`).
    pub hooks: IndexMap<String, String>,
    /// Also write `.bin` from Vivado (`STEPS.WRITE_BITSTREAM.ARGS.BIN_FILE`).
    pub bin_file: bool,
    /// Bitstream properties, `BITSTREAM.GENERAL.COMPRESS` and the like, set in a generated hook.
    pub bitstream: IndexMap<String, String>,
    /// Minutes after which a Vivado step is given up; none waits for ever.
    pub timeout_minutes: Option<u32>,
}

impl Default for Build {
    fn default() -> Self {
        Self {
            flow: Flow::Project,
            shell: ShellKind::Standard,
            abstract_shells: false,
            jobs: 2,
            directory: Utf8PathBuf::from("build"),
            synth: RunOptions::default(),
            module_synth: RunOptions::default(),
            implementation: RunOptions::default(),
            hooks: IndexMap::new(),
            bin_file: false,
            bitstream: IndexMap::new(),
            timeout_minutes: None,
        }
    }
}

impl Build {
    /// True when abstract shells are written: they are asked for, or children start from them.
    pub fn writes_shells(&self) -> bool {
        self.abstract_shells || self.shell == ShellKind::Abstract
    }
}

/// `[build.synth]` and its like.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct RunOptions {
    /// `STRATEGY` of the run.
    pub strategy: Option<String>,
    /// Step to directive: `place_design = "Explore"`.
    pub directives: IndexMap<String, String>,
}

/// `build.flow`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flow {
    /// Vivado's project mode: partition definitions, configurations, child runs.
    Project,
    /// One checkpoint-to-checkpoint script a step.
    NonProject,
}

/// `build.shell`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ShellKind {
    /// Children link against the whole locked static.
    Standard,
    /// Children link against an abstract shell of their partition (UltraScale+ and Versal).
    Abstract,
}

/// `[gates]`: all on by default; `false` turns one off, which every report and kit says.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Gates {
    /// Timing met in every configuration.
    pub timing: bool,
    /// No net with routing errors.
    pub route: bool,
    /// No critical warning outside the reviewed list.
    pub critical_warnings: bool,
    /// `pr_verify` passed, not vacuous.
    pub pr_verify: bool,
    /// The bit proofs.
    pub bit_proofs: bool,
    /// Reviewed critical warnings.
    pub allow: Vec<AllowedMessage>,
}

impl Default for Gates {
    fn default() -> Self {
        Self {
            timing: true,
            route: true,
            critical_warnings: true,
            pr_verify: true,
            bit_proofs: true,
            allow: Vec::new(),
        }
    }
}

/// `[[gates.allow]]`: a critical warning that somebody reviewed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AllowedMessage {
    /// Message id: `Constraints 18-5648`.
    pub id: String,
    /// Only when the message holds this text; none: any text.
    pub contains: Option<String>,
    /// Why it is harmless here. Required.
    pub reason: String,
}

/// `[kit]`
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Kit {
    /// What goes in.
    pub formats: Vec<KitFormat>,
    /// File with the secret key for signing (minisign), relative to the description, or `env:NAME` for a variable that names it.
    pub signing_key: Option<String>,
}

impl Default for Kit {
    fn default() -> Self {
        Self { formats: vec![KitFormat::Pynq, KitFormat::FpgaManager, KitFormat::Raw], signing_key: None }
    }
}

/// One of `kit.formats`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum KitFormat {
    /// Pairs of .bit and .hwh with equal stems.
    Pynq,
    /// `.bin` in the target's byte order.
    FpgaManager,
    /// dfx-mgr's tree.
    DfxMgr,
    /// Plain .bit.
    Raw,
}
