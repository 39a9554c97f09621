// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Designs built by hand, for tests of the stages to the right of the parser.

use camino::{Utf8Path, Utf8PathBuf};
use dfxkit_fabric::Family;
use indexmap::IndexMap;

use super::{Design, ModuleFiles, SourceFile, SourceKind, cover};
use crate::spec::model::{
    Build, Configuration, Gates, Kit, Module, Partition, Pblock, Project, Spec, StaticDesign,
};

/// Builds a [`Design`] step by step. Files are named, not made.
pub(crate) struct Builder {
    root: Utf8PathBuf,
    spec: Spec,
}

impl Builder {
    /// A design for a part, with the static `top` in `rtl/top.v` and `xdc/pins.xdc`.
    pub(crate) fn new(root: impl AsRef<Utf8Path>, part: &str) -> Self {
        Self {
            root: root.as_ref().to_owned(),
            spec: Spec {
                project: Project {
                    name: "demo".into(),
                    version: "1.0.0".into(),
                    part: part.into(),
                    board: None,
                    vivado: Some("2024.2".into()),
                },
                static_design: StaticDesign {
                    top: "top".into(),
                    sources: vec!["rtl/top.v".into()],
                    constraints: vec!["xdc/pins.xdc".into()],
                    ..StaticDesign::default()
                },
                partitions: IndexMap::new(),
                modules: IndexMap::new(),
                configurations: IndexMap::new(),
                build: Build::default(),
                gates: Gates::default(),
                kit: Kit::default(),
            },
        }
    }

    /// A partition with a Pblock.
    pub(crate) fn partition(mut self, name: &str, cell: &str, module: &str, ranges: &[&str]) -> Self {
        let pblock = (!ranges.is_empty()).then(|| Pblock {
            ranges: ranges.iter().map(|r| (*r).to_owned()).collect(),
            ..Pblock::default()
        });
        self.spec.partitions.insert(
            name.into(),
            Partition {
                cell: cell.into(),
                module: module.into(),
                pblock,
                constraints: Vec::new(),
                decoupler: None,
                reset: None,
            },
        );
        self
    }

    /// A module with one source file `rtl/NAME.v`.
    pub(crate) fn module(self, name: &str, partition: &str) -> Self {
        let source = format!("rtl/{name}.v");
        self.module_with(
            name,
            Module { partition: partition.into(), sources: vec![source], ..Module::default() },
        )
    }

    /// Any module.
    pub(crate) fn module_with(mut self, name: &str, module: Module) -> Self {
        self.spec.modules.insert(name.into(), module);
        self
    }

    /// A greybox module.
    pub(crate) fn greybox(self, name: &str, partition: &str) -> Self {
        self.module_with(name, Module { partition: partition.into(), greybox: true, ..Module::default() })
    }

    /// A configuration.
    pub(crate) fn configuration(mut self, name: &str, parent: bool, modules: &[(&str, &str)]) -> Self {
        let modules = modules.iter().map(|(p, m)| ((*p).to_owned(), (*m).to_owned())).collect();
        self.spec.configurations.insert(name.into(), Configuration { parent, modules });
        self
    }

    /// Changes anything of the model.
    pub(crate) fn with(mut self, change: impl FnOnce(&mut Spec)) -> Self {
        change(&mut self.spec);
        self
    }

    /// The design.
    pub(crate) fn build(self) -> Design {
        let Self { root, spec } = self;
        let files =
            |names: &[String]| -> Vec<SourceFile> { names.iter().map(|n| source(&root, n)).collect() };
        let chosen = spec.configurations.is_empty();
        let configurations = if chosen {
            cover::choose(&spec).expect("the test design has modules")
        } else {
            cover::declared(&spec)
        };
        let mut static_constraints = files(&spec.static_design.constraints);
        for partition in spec.partitions.values() {
            static_constraints.extend(files(&partition.constraints));
        }
        Design {
            family: Family::of_part(&spec.project.part).expect("the test names a known part"),
            file: root.join("dfx.toml"),
            static_sources: files(&spec.static_design.sources),
            static_constraints,
            modules: spec
                .modules
                .iter()
                .map(|(name, m)| {
                    let files =
                        ModuleFiles { sources: files(&m.sources), constraints: files(&m.constraints) };
                    (name.clone(), files)
                })
                .collect(),
            configurations,
            configurations_were_chosen: chosen,
            child_numbers: IndexMap::new(),
            root,
            spec,
        }
    }
}

fn source(root: &Utf8Path, name: &str) -> SourceFile {
    let kind = match Utf8Path::new(name).extension() {
        Some("sv" | "svh") => SourceKind::SystemVerilog,
        Some("vhd" | "vhdl") => SourceKind::Vhdl,
        Some("xci") => SourceKind::Ip,
        Some("bd") => SourceKind::BlockDesign,
        Some("dcp") => SourceKind::Checkpoint,
        Some("edf" | "edn") => SourceKind::Netlist,
        Some("mem" | "coe" | "hex") => SourceKind::Memory,
        Some("xdc") => SourceKind::Xdc,
        Some("tcl") => SourceKind::Tcl,
        _ => SourceKind::Verilog,
    };
    SourceFile { path: root.join(name), name: name.into(), kind }
}

/// Two modules in one partition, Zynq-7000.
pub(crate) fn one_partition(root: impl AsRef<Utf8Path>) -> Design {
    Builder::new(root, "xc7z020clg400-1")
        .partition(
            "conv",
            "system_i/conv",
            "conv_rp",
            &["SLICE_X50Y50:SLICE_X57Y99", "RAMB36_X3Y10:RAMB36_X3Y19"],
        )
        .module("conv3x3-8bit", "conv")
        .module("conv3x3-16bit", "conv")
        .with(|spec| {
            spec.project.board = Some("tul.com.tw:pynq-z2:part0:1.0".into());
            let pblock = spec.partitions["conv"].pblock.as_mut().unwrap();
            pblock.snapping_mode = Some(crate::spec::model::SnappingMode::On);
            pblock.reset_after_reconfig = Some(true);
        })
        .build()
}

/// Two partitions, three modules and a greybox, UltraScale (clearing bitstreams).
pub(crate) fn two_partitions(root: impl AsRef<Utf8Path>) -> Design {
    Builder::new(root, "xcku040-ffva1156-2-e")
        .partition("count", "inst_count", "count", &["SLICE_X1Y240:SLICE_X5Y267"])
        .partition("shift", "inst_shift", "shift", &["SLICE_X10Y240:SLICE_X15Y267"])
        .module("count-up", "count")
        .module("count-down", "count")
        .module("shift-left", "shift")
        .greybox("shift-none", "shift")
        .configuration("base", true, &[("count", "count-up"), ("shift", "shift-left")])
        .configuration("down", false, &[("count", "count-down"), ("shift", "shift-none")])
        .build()
}
