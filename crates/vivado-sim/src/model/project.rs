// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! A project: filesets, files, partition definitions, modules, configurations, runs.

use std::path::{Path, PathBuf};

use super::bd::BdDesign;
use super::props::Props;
use crate::release::Release;
use crate::util;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SetKind {
    Design,
    Constraints,
    Simulation,
    Utilities,
    Block,
}

impl SetKind {
    /// The `Type` of the .xpr and the FILESET_TYPE property.
    pub(crate) fn xpr(self) -> &'static str {
        match self {
            Self::Design => "DesignSrcs",
            Self::Constraints => "Constrs",
            Self::Simulation => "SimulationSrcs",
            Self::Utilities => "Utils",
            Self::Block => "BlockSrcs",
        }
    }

    pub(crate) fn read(text: &str) -> Option<Self> {
        [Self::Design, Self::Constraints, Self::Simulation, Self::Utilities, Self::Block]
            .into_iter()
            .find(|k| k.xpr() == text)
    }
}

#[derive(Debug, Clone, Default)]
pub(crate) struct SourceFile {
    pub(crate) path: PathBuf,
    pub(crate) props: Props,
}

impl SourceFile {
    pub(crate) fn new(path: PathBuf) -> Self {
        let mut props = Props::default();
        let used = match extension(&path).as_str() {
            "xdc" | "tcl" | "dcp" | "sdc" => "synthesis implementation",
            _ => "synthesis implementation simulation",
        };
        props.set("USED_IN", used);
        props.set("IS_ENABLED", "1");
        props.set("LIBRARY", "xil_defaultlib");
        Self { path, props }
    }

    pub(crate) fn extension(&self) -> String {
        extension(&self.path)
    }

    pub(crate) fn enabled(&self) -> bool {
        self.props.truth("IS_ENABLED").unwrap_or(true)
    }

    pub(crate) fn used_in(&self, step: &str) -> bool {
        self.props.get("USED_IN").is_none_or(|u| u.split_whitespace().any(|w| w == step))
    }

    /// The FILE_TYPE property.
    pub(crate) fn file_type(&self) -> String {
        if let Some(given) = self.props.get("FILE_TYPE") {
            return given.to_owned();
        }
        match self.extension().as_str() {
            "v" | "verilog" => "Verilog",
            "sv" => "SystemVerilog",
            "vh" | "svh" => "Verilog Header",
            "vhd" | "vhdl" => "VHDL",
            "xdc" | "sdc" => "XDC",
            "dcp" => "Design Checkpoint",
            "xci" => "IP",
            "bd" => "Block Designs",
            "edf" | "edn" | "edif" => "EDIF",
            "tcl" => "TCL",
            "mem" => "Memory File",
            "coe" => "Coefficient Files",
            _ => "Unknown",
        }
        .to_owned()
    }

    pub(crate) fn is_hdl(&self) -> bool {
        matches!(self.extension().as_str(), "v" | "sv" | "vh" | "svh" | "verilog" | "vhd" | "vhdl")
    }
}

fn extension(path: &Path) -> String {
    path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase()).unwrap_or_default()
}

#[derive(Debug, Clone)]
pub(crate) struct FileSet {
    pub(crate) name: String,
    pub(crate) kind: SetKind,
    pub(crate) files: Vec<SourceFile>,
    /// TOP, DESIGN_MODE, VERILOG_DEFINE, GENERIC, INCLUDE_DIRS, ...
    pub(crate) props: Props,
}

impl FileSet {
    pub(crate) fn new(name: &str, kind: SetKind) -> Self {
        let mut props = Props::default();
        if matches!(kind, SetKind::Design | SetKind::Block | SetKind::Simulation) {
            props.set("DESIGN_MODE", "RTL");
        }
        Self { name: name.to_owned(), kind, files: Vec::new(), props }
    }

    pub(crate) fn top(&self) -> Option<&str> {
        self.props.get("TOP").filter(|t| !t.is_empty())
    }
}

#[derive(Debug, Clone)]
pub(crate) struct PartitionDef {
    pub(crate) name: String,
    pub(crate) module: String,
    pub(crate) library: String,
    pub(crate) default_rm: String,
    pub(crate) props: Props,
}

#[derive(Debug, Clone)]
pub(crate) struct ReconfigModule {
    pub(crate) name: String,
    pub(crate) partition_def: String,
    /// The module that is this RM's top.
    pub(crate) top: String,
    pub(crate) gate_level: bool,
    pub(crate) props: Props,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct PrConfiguration {
    pub(crate) name: String,
    /// Cell to module.
    pub(crate) cells: Vec<(String, String)>,
    pub(crate) greyboxes: Vec<String>,
    pub(crate) props: Props,
}

#[derive(Debug, Clone)]
pub(crate) struct Run {
    pub(crate) name: String,
    pub(crate) synthesis: bool,
    pub(crate) srcset: String,
    pub(crate) constrset: String,
    /// The run that must be done first: synthesis for a parent, the parent run for a child.
    pub(crate) parent: Option<String>,
    pub(crate) flow: String,
    pub(crate) strategy: String,
    pub(crate) pr_config: Option<String>,
    /// STEPS.*, DFX_MODE, RM_INSTANCE, GEN_FULL_BITSTREAM, INCREMENTAL_CHECKPOINT, ...
    pub(crate) props: Props,
}

impl Run {
    /// Whether its parent is an implementation run: a DFX child.
    pub(crate) fn is_child(&self, project: &Project) -> bool {
        !self.synthesis && self.parent.as_ref().and_then(|p| project.run(p)).is_some_and(|p| !p.synthesis)
    }

    /// A step is on unless switched off, or off by default and not switched on.
    pub(crate) fn step_enabled(&self, step: &str) -> bool {
        let off =
            matches!(step, "power_opt_design" | "post_place_power_opt_design" | "post_route_phys_opt_design");
        self.props.truth(&format!("STEPS.{step}.IS_ENABLED")).unwrap_or(!off)
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Project {
    pub(crate) name: String,
    pub(crate) dir: PathBuf,
    pub(crate) in_memory: bool,
    pub(crate) part: String,
    pub(crate) props: Props,
    pub(crate) filesets: Vec<FileSet>,
    pub(crate) partition_defs: Vec<PartitionDef>,
    pub(crate) modules: Vec<ReconfigModule>,
    pub(crate) configurations: Vec<PrConfiguration>,
    pub(crate) runs: Vec<Run>,
    pub(crate) current_synth: String,
    pub(crate) current_impl: String,
    /// Written by a newer release: it can be looked at, not changed.
    pub(crate) read_only: bool,
    /// Changed since the last write of the .xpr.
    pub(crate) dirty: bool,
    pub(crate) block_designs: Vec<BdDesign>,
    pub(crate) current_bd: Option<String>,
    /// The current instance within the block design: empty at the top, else `/hier`.
    pub(crate) bd_instance: String,
}

impl Project {
    pub(crate) fn new(name: &str, dir: PathBuf, part: &str, in_memory: bool, release: Release) -> Self {
        let mut project = Self {
            name: name.to_owned(),
            dir,
            in_memory,
            part: part.to_owned(),
            props: Props::default(),
            filesets: vec![
                FileSet::new("sources_1", SetKind::Design),
                FileSet::new("constrs_1", SetKind::Constraints),
                FileSet::new("sim_1", SetKind::Simulation),
                FileSet::new("utils_1", SetKind::Utilities),
            ],
            partition_defs: Vec::new(),
            modules: Vec::new(),
            configurations: Vec::new(),
            runs: Vec::new(),
            current_synth: "synth_1".to_owned(),
            current_impl: "impl_1".to_owned(),
            read_only: false,
            dirty: true,
            block_designs: Vec::new(),
            current_bd: None,
            bd_instance: String::new(),
        };
        if !in_memory {
            project.runs.push(project.synthesis_run("synth_1", "sources_1", "constrs_1", release));
            project.runs.push(project.implementation_run("impl_1", "synth_1", "constrs_1", release));
        }
        project
    }

    pub(crate) fn synthesis_run(&self, name: &str, srcset: &str, constrset: &str, release: Release) -> Run {
        Run {
            name: name.to_owned(),
            synthesis: true,
            srcset: srcset.to_owned(),
            constrset: constrset.to_owned(),
            parent: None,
            flow: format!("Vivado Synthesis {}", release.year()),
            strategy: "Vivado Synthesis Defaults".to_owned(),
            pr_config: None,
            props: Props::default(),
        }
    }

    pub(crate) fn implementation_run(
        &self,
        name: &str,
        parent: &str,
        constrset: &str,
        release: Release,
    ) -> Run {
        Run {
            name: name.to_owned(),
            synthesis: false,
            srcset: "sources_1".to_owned(),
            constrset: constrset.to_owned(),
            parent: Some(parent.to_owned()),
            flow: format!("Vivado Implementation {}", release.year()),
            strategy: "Vivado Implementation Defaults".to_owned(),
            pr_config: None,
            props: Props::default(),
        }
    }

    pub(crate) fn xpr(&self) -> PathBuf {
        self.dir.join(format!("{}.xpr", self.name))
    }

    pub(crate) fn sub(&self, what: &str) -> PathBuf {
        // A project in memory keeps what it generates in `.srcs`, `.gen`, ... of the working directory.
        let name = if self.in_memory { "" } else { self.name.as_str() };
        self.dir.join(format!("{name}.{what}"))
    }

    pub(crate) fn run_dir(&self, run: &str) -> PathBuf {
        self.sub("runs").join(run)
    }

    pub(crate) fn pr_flow(&self) -> bool {
        self.props.truth("PR_FLOW").unwrap_or(false)
    }

    pub(crate) fn fileset(&self, name: &str) -> Option<&FileSet> {
        self.filesets.iter().find(|f| f.name == name)
    }

    pub(crate) fn fileset_mut(&mut self, name: &str) -> Option<&mut FileSet> {
        self.filesets.iter_mut().find(|f| f.name == name)
    }

    pub(crate) fn run(&self, name: &str) -> Option<&Run> {
        self.runs.iter().find(|r| r.name == name)
    }

    pub(crate) fn run_mut(&mut self, name: &str) -> Option<&mut Run> {
        self.runs.iter_mut().find(|r| r.name == name)
    }

    pub(crate) fn module(&self, name: &str) -> Option<&ReconfigModule> {
        self.modules.iter().find(|m| m.name == name)
    }

    pub(crate) fn partition_def(&self, name: &str) -> Option<&PartitionDef> {
        self.partition_defs.iter().find(|p| p.name == name)
    }

    pub(crate) fn configuration(&self, name: &str) -> Option<&PrConfiguration> {
        self.configurations.iter().find(|c| c.name == name)
    }

    /// A file by its path; the same file may be in several filesets, the first wins.
    pub(crate) fn file_mut(&mut self, path: &Path) -> Option<&mut SourceFile> {
        self.filesets.iter_mut().flat_map(|s| &mut s.files).find(|f| f.path == path)
    }

    /// Every file with its fileset's name.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&FileSet, &SourceFile)> {
        self.filesets.iter().flat_map(|s| s.files.iter().map(move |f| (s, f)))
    }

    /// The name of the synthesis run of a module.
    pub(crate) fn module_run(&self, module: &str) -> Option<&Run> {
        self.runs.iter().find(|r| r.synthesis && r.srcset == module)
    }

    pub(crate) fn text_dir(&self) -> String {
        util::text(&self.dir)
    }
}
