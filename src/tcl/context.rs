// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the templates get: one struct a template, the interface for a user's own templates. Text is as it is meant: quoting is the
//! renderer's affair. Paths are absolute. A [`TclList`] is one value that holds a list.

use camino::Utf8PathBuf;
use serde::Serialize;

use super::render::TclList;

/// For `project/prelude.tcl.tera`, which every script includes.
#[derive(Debug, Clone, Serialize)]
pub struct Header {
    /// Project of the description.
    pub project: String,
    /// File name of the description.
    pub description: String,
    /// Release that the description is bound to; empty: any.
    pub release: String,
    /// True when paths hold characters beyond ASCII: then Vivado must run in a UTF-8 locale.
    pub needs_utf8: bool,
    /// Steps that this script does.
    pub steps: TclList,
}

/// For `project/converge.tcl.tera`.
#[derive(Debug, Clone, Serialize)]
pub struct Converge {
    /// The prelude's.
    pub header: Header,
    /// The Vivado project.
    pub project: Project,
    /// The static.
    pub static_design: StaticDesign,
    /// Constraints, in order.
    pub constraints: Vec<Constraint>,
    /// Hook scripts, for the utility file set.
    pub utilities: Vec<Utf8PathBuf>,
    /// Partition definitions: one an RTL module.
    pub definitions: Vec<Definition>,
    /// Reconfigurable modules.
    pub modules: Vec<Module>,
    /// Files of modules that are no files of the static.
    pub only_in_modules: Vec<Utf8PathBuf>,
    /// Configurations, the parent first.
    pub configurations: Vec<Configuration>,
    /// The parent run.
    pub parent: ConfiguredRun,
    /// The child runs.
    pub children: Vec<ConfiguredRun>,
    /// Settings of all runs.
    pub runs: Vec<RunSettings>,
    /// Every property that a description can set.
    pub resettable: Resettable,
}

/// The Vivado project.
#[derive(Debug, Clone, Serialize)]
pub struct Project {
    /// Name.
    pub name: String,
    /// Directory, which is dfxkit's own.
    pub directory: Utf8PathBuf,
    /// Where a project goes that cannot be opened.
    pub aside: Utf8PathBuf,
    /// Project file.
    pub xpr: Utf8PathBuf,
    /// Part.
    pub part: String,
    /// Board part; empty: none.
    pub board: String,
}

/// The static's files and options.
#[derive(Debug, Clone, Serialize)]
pub struct StaticDesign {
    /// Top module.
    pub top: String,
    /// Sources but scripts.
    pub sources: Vec<Utf8PathBuf>,
    /// Block-design scripts.
    pub block_designs: Vec<Utf8PathBuf>,
    /// Block designs (`.bd`) among the sources.
    pub generated: Vec<Utf8PathBuf>,
    /// Include directories.
    pub include_dirs: TclList,
    /// `NAME=VALUE` of Verilog macros.
    pub defines: TclList,
    /// `NAME=VALUE` of generics.
    pub generics: TclList,
}

/// One constraint file.
#[derive(Debug, Clone, Serialize)]
pub struct Constraint {
    /// File.
    pub path: Utf8PathBuf,
    /// Not used in synthesis.
    pub implementation_only: bool,
}

/// One partition definition.
#[derive(Debug, Clone, Serialize)]
pub struct Definition {
    /// Vivado's name.
    pub name: String,
    /// RTL module.
    pub module: String,
}

/// One reconfigurable module.
#[derive(Debug, Clone, Serialize)]
pub struct Module {
    /// Name in the description.
    pub label: String,
    /// Vivado's name.
    pub name: String,
    /// Its partition definition.
    pub definition: String,
    /// Top module.
    pub top: String,
    /// Made with `-define_from`: taken out of the static's hierarchy.
    pub define_from: bool,
    /// Checkpoints or netlists only.
    pub gate_level: bool,
    /// Name under which its files are remembered.
    pub files_kind: String,
    /// Sources but scripts.
    pub sources: Vec<Utf8PathBuf>,
    /// Block-design scripts.
    pub block_designs: Vec<Utf8PathBuf>,
    /// Sources and constraints.
    pub files: Vec<Utf8PathBuf>,
    /// Constraints that hold out of context only (`*_ooc.xdc`).
    pub ooc_constraints: Vec<Utf8PathBuf>,
    /// IP among the sources.
    pub ip: Vec<Utf8PathBuf>,
    /// Include directories.
    pub include_dirs: TclList,
    /// `NAME=VALUE` of Verilog macros.
    pub defines: TclList,
    /// `NAME=VALUE` of generics.
    pub generics: TclList,
}

/// One configuration.
#[derive(Debug, Clone, Serialize)]
pub struct Configuration {
    /// Vivado's name.
    pub name: String,
    /// `CELL:MODULE`
    pub partitions: TclList,
    /// Cells that are greyboxes.
    pub greyboxes: TclList,
    /// True when there are any.
    pub has_greyboxes: bool,
}

/// An implementation run and its configuration.
#[derive(Debug, Clone, Serialize)]
pub struct ConfiguredRun {
    /// Run.
    pub run: String,
    /// Vivado's name of the configuration.
    pub configuration: String,
}

/// Settings of one run.
#[derive(Debug, Clone, Serialize)]
pub struct RunSettings {
    /// Run.
    pub name: String,
    /// `synthesis` or `implementation`.
    pub kind: String,
    /// Strategy; empty: the default.
    pub strategy: String,
    /// Names and values by turns.
    pub properties: TclList,
    /// Properties and scripts by turns.
    pub hooks: TclList,
}

/// Properties of runs that go back to the release's default when the description no longer names them.
#[derive(Debug, Clone, Serialize)]
pub struct Resettable {
    /// Of synthesis runs.
    pub synthesis: TclList,
    /// Of implementation runs.
    pub implementation: TclList,
}

/// For `project/runs.tcl.tera`.
#[derive(Debug, Clone, Serialize)]
pub struct Runs {
    /// The prelude's.
    pub header: Header,
    /// Project file.
    pub xpr: Utf8PathBuf,
    /// The run tree.
    pub runs_dir: Utf8PathBuf,
    /// Synthesis runs to launch.
    pub synthesis: Vec<String>,
    /// Implementation runs to launch, the parent first.
    pub implementation: Vec<String>,
    /// Finished runs that the ones to launch start from.
    pub held: Vec<String>,
    /// Synthesis runs of the parent's modules, where only children are launched: Vivado looks at them before it takes the parent as finished. In an
    /// update they may never have run; then they are run first.
    pub awaited: Vec<String>,
    /// All other runs that dfxkit knows.
    pub others: Vec<String>,
    /// Files that must be the same afterwards.
    pub guarded: Vec<Utf8PathBuf>,
    /// Runs at once.
    pub jobs: u32,
}

/// For `non-project/steps.tcl.tera`, which every script from checkpoint to checkpoint includes.
#[derive(Debug, Clone, Serialize)]
pub struct Run {
    /// Directory of the run: made anew.
    pub directory: Utf8PathBuf,
    /// Part.
    pub part: String,
    /// Board part; empty: none.
    pub board: String,
    /// Top module of the static.
    pub top: String,
    /// Steps and directives by turns.
    pub directives: TclList,
    /// Places (`place_design.pre`) and scripts of the user by turns.
    pub hooks: TclList,
}

/// A constraint file to read.
#[derive(Debug, Clone, Serialize)]
pub struct Read {
    /// File.
    pub path: Utf8PathBuf,
    /// Holds out of context only.
    pub out_of_context: bool,
    /// Tcl, not XDC.
    pub unmanaged: bool,
}

/// A text file that a script writes into its run's directory.
#[derive(Debug, Clone, Serialize)]
pub struct TextFile {
    /// Name.
    pub name: String,
    /// Content.
    pub text: String,
}

/// For `non-project/synth.tcl.tera`.
#[derive(Debug, Clone, Serialize)]
pub struct SynthScript {
    /// The prelude's.
    pub header: Header,
    /// The run.
    pub run: Run,
    /// Sources.
    pub sources: Vec<Utf8PathBuf>,
    /// Black boxes in the place of the partitions' modules.
    pub stubs: Vec<TextFile>,
    /// Include directories.
    pub include_dirs: TclList,
    /// `NAME=VALUE` of Verilog macros.
    pub defines: TclList,
    /// `NAME=VALUE` of generics.
    pub generics: TclList,
    /// Constraints, in order.
    pub constraints: Vec<Read>,
    /// Top module of the synthesis.
    pub synth_top: String,
    /// True for a module.
    pub out_of_context: bool,
    /// File name of the checkpoint.
    pub checkpoint: String,
    /// File name of the utilisation report.
    pub utilisation: String,
}

/// A checkpoint that fills a cell.
#[derive(Debug, Clone, Serialize)]
pub struct Cell {
    /// Checkpoint or netlist.
    pub checkpoint: Utf8PathBuf,
    /// Cell path.
    pub cell: String,
}

/// For `non-project/parent.tcl.tera`.
#[derive(Debug, Clone, Serialize)]
pub struct ParentScript {
    /// The prelude's.
    pub header: Header,
    /// The run.
    pub run: Run,
    /// The synthesised static.
    pub static_checkpoint: Utf8PathBuf,
    /// What fills the partitions.
    pub modules: Vec<Cell>,
    /// Constraints, in order; the Pblocks first.
    pub constraints: Vec<Read>,
    /// Cells of all partitions.
    pub cells: TclList,
    /// Those of them that are greyboxes.
    pub greyboxes: TclList,
    /// With post-route physical optimisation.
    pub post_route: bool,
    /// File name of the routed checkpoint.
    pub routed: String,
    /// File name of the locked static.
    pub blackbox: String,
    /// Cells and file names of their checkpoints by turns.
    pub cell_checkpoints: TclList,
    /// Cells and stems of their partial bitstreams by turns.
    pub partials: TclList,
    /// Also write `.bin`.
    pub bin: bool,
}

/// For `non-project/child.tcl.tera`.
#[derive(Debug, Clone, Serialize)]
pub struct ChildScript {
    /// The prelude's.
    pub header: Header,
    /// The run.
    pub run: Run,
    /// True when every module is routed already.
    pub assembled: bool,
    /// The parent's routed checkpoint, which the child is verified against.
    pub initial: Utf8PathBuf,
    /// The locked static.
    pub static_checkpoint: Utf8PathBuf,
    /// What fills the partitions.
    pub modules: Vec<Cell>,
    /// Cells of all partitions.
    pub cells: TclList,
    /// Those of them that become greyboxes here.
    pub greyboxes: TclList,
    /// With post-route physical optimisation.
    pub post_route: bool,
    /// File name of the routed checkpoint.
    pub routed: String,
    /// File name of the utilisation report, where nothing is placed.
    pub utilisation: String,
    /// Cells and file names of their checkpoints by turns.
    pub cell_checkpoints: TclList,
    /// Cells and stems of their partial bitstreams by turns.
    pub partials: TclList,
    /// Also write `.bin`.
    pub bin: bool,
}

/// For `non-project/module.tcl.tera`.
#[derive(Debug, Clone, Serialize)]
pub struct ModuleScript {
    /// The prelude's.
    pub header: Header,
    /// The run.
    pub run: Run,
    /// The abstract shell.
    pub shell: Utf8PathBuf,
    /// What fills the partition; none for a greybox.
    pub modules: Vec<Cell>,
    /// Cell of the partition: a list of one.
    pub cells: TclList,
    /// The same for a greybox, else empty.
    pub greyboxes: TclList,
    /// With post-route physical optimisation.
    pub post_route: bool,
    /// File name of the routed checkpoint.
    pub routed: String,
    /// The cell and the file name of its checkpoint.
    pub cell_checkpoints: TclList,
}

/// For `non-project/shells.tcl.tera`.
#[derive(Debug, Clone, Serialize)]
pub struct ShellsScript {
    /// The prelude's.
    pub header: Header,
    /// Directory of the shells: made anew.
    pub directory: Utf8PathBuf,
    /// The parent's routed checkpoint.
    pub routed: Utf8PathBuf,
    /// One shell a partition.
    pub shells: Vec<Shell>,
}

/// An abstract shell.
#[derive(Debug, Clone, Serialize)]
pub struct Shell {
    /// Cell of the partition.
    pub cell: String,
    /// File name.
    pub name: String,
}

/// For `project/verify.tcl.tera`.
#[derive(Debug, Clone, Serialize)]
pub struct Verify {
    /// The prelude's.
    pub header: Header,
    /// The parent's routed checkpoint.
    pub initial: Utf8PathBuf,
    /// The child's.
    pub additional: Utf8PathBuf,
    /// File that `pr_verify` writes.
    pub verdict: Utf8PathBuf,
}

/// For `project/bitstream_hook.tcl.tera`.
#[derive(Debug, Clone, Serialize)]
pub struct BitstreamHook {
    /// Properties of the design.
    pub properties: Vec<Property>,
    /// Scripts of the user to source afterwards.
    pub then: Vec<Utf8PathBuf>,
}

/// A property.
#[derive(Debug, Clone, Serialize)]
pub struct Property {
    /// Name.
    pub name: String,
    /// Value.
    pub value: String,
}

/// For `xdc/pblocks.xdc.tera`.
#[derive(Debug, Clone, Serialize)]
pub struct Pblocks {
    /// The Pblocks that the description draws.
    pub pblocks: Vec<Pblock>,
}

/// One Pblock.
#[derive(Debug, Clone, Serialize)]
pub struct Pblock {
    /// Name.
    pub name: String,
    /// Cell of the partition.
    pub cell: String,
    /// Site ranges.
    pub ranges: TclList,
    /// Properties.
    pub properties: Vec<Property>,
}

/// For `update/pre_init.tcl.tera`.
#[derive(Debug, Clone, Serialize)]
pub struct GoldenCopy {
    /// Files to put in the place of the parent's.
    pub files: Vec<GoldenFile>,
    /// Scripts of the user to source afterwards: the hook takes the place of theirs.
    pub then: Vec<Utf8PathBuf>,
}

/// One golden file.
#[derive(Debug, Clone, Serialize)]
pub struct GoldenFile {
    /// The file in the archive, absolute.
    pub from: Utf8PathBuf,
    /// Where it goes: absolute, or relative to the child run's directory (`../impl_1/top_routed_bb.dcp`).
    pub to: Utf8PathBuf,
    /// Bytes.
    pub size: u64,
    /// SHA-256, lower-case hexadecimal.
    pub sha256: String,
}
