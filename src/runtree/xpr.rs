// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `.xpr` and `gen_run.xml`: what a project says of its runs, configurations and modules.
//!
//! A project file tells what is set up now, not what was run: runs may be older than it (a real tree in the test corpus has the runs of
//! another design). Whoever uses this compares it with logs and checkpoints. Measured on 2020.2 and 2024.2.

use camino::Utf8Path;
use roxmltree::{Document, Node};
use serde::Serialize;

/// A project file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Xpr {
    /// `xc7z020clg400-1`
    pub part: Option<String>,
    /// `PRFlow`
    pub dfx: bool,
    /// Runs.
    pub runs: Vec<XprRun>,
    /// Partition definitions.
    pub partition_defs: Vec<PartitionDef>,
    /// Configurations.
    pub configurations: Vec<Configuration>,
}

/// A run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct XprRun {
    /// `impl_1`
    pub name: String,
    /// True for implementation.
    pub implementation: bool,
    /// The synthesis run of an implementation run, or the parent run of a child.
    pub input_run: Option<String>,
    /// `PRConfiguration`
    pub configuration: Option<String>,
}

/// A partition definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PartitionDef {
    /// Name.
    pub name: String,
    /// RTL module.
    pub module: String,
    /// Its reconfigurable modules.
    pub modules: Vec<String>,
}

/// A configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Configuration {
    /// Name.
    pub name: String,
    /// Cell to module; none: a greybox.
    pub cells: Vec<(String, Option<String>)>,
}

impl Xpr {
    /// Reads a file.
    pub fn read(path: &Utf8Path) -> Result<Self, XprError> {
        Self::from_text(&fs_err::read_to_string(path)?)
    }

    /// Reads the text.
    pub fn from_text(text: &str) -> Result<Self, XprError> {
        let document = Document::parse(text.trim_start_matches('\u{feff}'))?;
        let root = document.root_element();
        if root.tag_name().name() != "Project" {
            return Err(XprError::NoProject);
        }
        let option = |name: &str| {
            children(root, "Configuration")
                .flat_map(|c| children(c, "Option"))
                .find(|o| o.attribute("Name") == Some(name))
                .and_then(|o| owned(o, "Val"))
        };
        let mut xpr = Self {
            part: option("Part"),
            dfx: option("PRFlow").is_some_and(|v| v.eq_ignore_ascii_case("true") || v == "1"),
            ..Self::default()
        };
        for run in children(root, "Runs").flat_map(|r| children(r, "Run")) {
            let Some(name) = owned(run, "Id") else { continue };
            xpr.runs.push(XprRun {
                name,
                implementation: run.attribute("Type").is_some_and(|t| t.starts_with("Ft2")),
                input_run: owned(run, "SynthRun"),
                configuration: owned(run, "PRConfiguration"),
            });
        }
        for flow in children(root, "PRFlow") {
            for def in children(flow, "PartitionDefs").flat_map(|d| children(d, "PartitionDef")) {
                xpr.partition_defs.push(PartitionDef {
                    name: owned(def, "Name").unwrap_or_default(),
                    module: owned(def, "ModuleName").unwrap_or_default(),
                    modules: children(def, "ReconfigModule").filter_map(|m| owned(m, "Name")).collect(),
                });
            }
            for c in children(flow, "PRConfigurations").flat_map(|c| children(c, "PRConfiguration")) {
                let filled = children(c, "PartitionInstMap")
                    .filter_map(|m| Some((owned(m, "PartitionInst")?, Some(owned(m, "RM")?))));
                let grey = children(c, "GreyboxInst").filter_map(|g| Some((owned(g, "Name")?, None)));
                xpr.configurations.push(Configuration {
                    name: owned(c, "Name").unwrap_or_default(),
                    cells: filled.chain(grey).collect(),
                });
            }
        }
        Ok(xpr)
    }

    /// A configuration by name.
    pub fn configuration(&self, name: &str) -> Option<&Configuration> {
        self.configurations.iter().find(|c| c.name == name)
    }

    /// A run by name.
    pub fn run(&self, name: &str) -> Option<&XprRun> {
        self.runs.iter().find(|r| r.name == name)
    }

    /// The parent run of a child: the run that it names as its input, when that is an implementation itself.
    pub fn parent_of(&self, run: &str) -> Option<&str> {
        let input = self.run(run)?.input_run.as_deref()?;
        self.run(input).filter(|r| r.implementation).map(|r| r.name.as_str())
    }
}

/// `gen_run.xml` of a run directory: written at launch, so it belongs to the run.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct GenRun {
    /// Part at launch.
    pub part: Option<String>,
    /// Configuration at launch.
    pub configuration: Option<String>,
    /// Files that the run may leave: type (`BG-PARTITION-CELL-BIT`) and name.
    pub files: Vec<(String, String)>,
}

impl GenRun {
    /// Reads a file.
    pub fn read(path: &Utf8Path) -> Result<Self, XprError> {
        let text = fs_err::read_to_string(path)?;
        let document = Document::parse(text.trim_start_matches('\u{feff}'))?;
        let root = document.root_element();
        Ok(Self {
            part: owned(root, "LaunchPart"),
            configuration: owned(root, "LaunchConfig"),
            files: children(root, "File")
                .filter_map(|f| Some((owned(f, "Type")?, owned(f, "Name")?)))
                .collect(),
        })
    }
}

/// Why a project file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum XprError {
    /// The file.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// No XML.
    #[error(transparent)]
    Xml(#[from] roxmltree::Error),
    /// Another XML.
    #[error("not a Vivado project: its root is not `Project`")]
    NoProject,
}

fn children<'a, 'i>(node: Node<'a, 'i>, name: &'static str) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(move |c| c.has_tag_name(name))
}

fn owned(node: Node<'_, '_>, attribute: &str) -> Option<String> {
    node.attribute(attribute).filter(|v| !v.is_empty()).map(str::to_owned)
}
