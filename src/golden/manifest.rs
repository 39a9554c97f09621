// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `golden.toml`: the facts of a release. Versioned; a newer format is refused with the version of dfxkit that wrote it.
//!
//! Unknown keys of the same format are errors: an archive is not the place for guesses.

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};

use crate::gates::GateResult;
use crate::vcs::GitState;

/// Format that this program writes, and the newest that it reads.
pub const FORMAT: u32 = 1;

/// The manifest of a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Manifest {
    /// [`FORMAT`]
    pub format: u32,
    /// `dfxkit 0.1.0`
    pub written_by: String,
    /// Name of the release.
    pub release: String,
    /// Project.
    pub project: String,
    /// Version of the product.
    pub version: String,
    /// Part.
    pub part: String,
    /// True when the stand-in made it. Stands for ever.
    pub simulated: bool,
    /// Release of Vivado: `2024.2`.
    pub vivado: String,
    /// Build number of Vivado.
    pub vivado_build: Option<String>,
    /// Commit that the sources stood at; none when git could not tell.
    pub git: Option<GitState>,
    /// SHA-256 of the interface: partitions with cells, modules and ports.
    pub interface_sha256: String,
    /// The static.
    #[serde(rename = "static")]
    pub static_design: StaticEntry,
    /// Partitions, in order.
    pub partitions: Vec<PartitionEntry>,
    /// Modules as built for the release.
    pub modules: Vec<ModuleEntry>,
    /// Configurations, the parent first.
    pub configurations: Vec<ConfigurationEntry>,
    /// Every file.
    pub files: Vec<FileEntry>,
    /// Verdicts at the time of archiving.
    pub gates: Vec<GateResult>,
}

/// `[static]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct StaticEntry {
    /// Top module.
    pub top: String,
    /// Parent configuration.
    pub configuration: Option<String>,
    /// Parent run.
    pub run: String,
}

/// `[[partitions]]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PartitionEntry {
    /// Name.
    pub name: String,
    /// Cell path.
    pub cell: String,
    /// RTL module.
    pub module: Option<String>,
    /// Pblock ranges.
    pub pblock_ranges: Vec<String>,
    /// Register of the decoupler.
    pub decoupler: Option<u64>,
    /// Port stub: Verilog text of the module header, from a checkpoint.
    pub ports: Option<String>,
}

/// `[[modules]]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ModuleEntry {
    /// Name.
    pub name: String,
    /// Vivado's name.
    pub vivado_name: String,
    /// Partition.
    pub partition: String,
    /// Configuration that made it.
    pub configuration: String,
    /// True for a greybox.
    pub greybox: bool,
}

/// `[[configurations]]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ConfigurationEntry {
    /// Name.
    pub name: String,
    /// Run.
    pub run: String,
    /// True for the parent.
    pub parent: bool,
    /// `partition=module`; a greybox without a name is `partition=`.
    pub modules: Vec<String>,
}

/// `[[files]]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FileEntry {
    /// What it is for.
    pub role: Role,
    /// Configuration, `partition/module` or path that it belongs to; empty for the static.
    pub subject: String,
    /// Its own file name, or relative path for sources.
    pub name: Utf8PathBuf,
    /// SHA-256 of the content: names the object.
    pub sha256: String,
    /// Bytes.
    pub size: u64,
}

/// What a file of the archive is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Routed checkpoint of the parent: reference of `pr_verify`.
    RoutedDcp,
    /// Black-boxed, locked static: where children start.
    BlackboxDcp,
    /// Abstract shell of a partition: where its modules can start in place of the whole static (UltraScale+). The subject is the partition.
    AbstractShell,
    /// Routed checkpoint of a module's cell.
    ModuleDcp,
    /// Full bitstream.
    FullBit,
    /// Partial bitstream.
    PartialBit,
    /// Clearing bitstream.
    ClearBit,
    /// Vivado's own headerless image.
    Bin,
    /// Hand-off file.
    Hwh,
    /// Debug probes.
    Ltx,
    /// Report.
    Report,
    /// Vivado's log of a run.
    Log,
    /// State of a run: what Vivado needs in the run's directory to see it as finished. Put back by an update.
    RunState,
    /// File written by `pr_verify`.
    PrVerify,
    /// The description, expanded.
    Description,
    /// The description as the user wrote it.
    DescriptionText,
    /// A source or constraint.
    Source,
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Role::RoutedDcp => "routed checkpoint",
            Role::BlackboxDcp => "black-boxed locked checkpoint",
            Role::AbstractShell => "abstract shell",
            Role::ModuleDcp => "module checkpoint",
            Role::FullBit => "full bitstream",
            Role::PartialBit => "partial bitstream",
            Role::ClearBit => "clearing bitstream",
            Role::Bin => "headerless image",
            Role::Hwh => "hand-off file",
            Role::Ltx => "debug probes",
            Role::Report => "report",
            Role::Log => "log",
            Role::RunState => "state of a run",
            Role::PrVerify => "pr_verify file",
            Role::Description => "expanded description",
            Role::DescriptionText => "description",
            Role::Source => "source",
        })
    }
}

/// Only what is needed to tell whether the rest can be read.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Head {
    format: u32,
    #[serde(default)]
    written_by: String,
}

/// Why a manifest was not read.
#[derive(Debug, PartialEq, Eq)]
pub enum ManifestError {
    /// Newer format, and the version that wrote it.
    Newer {
        /// Its format.
        found: u32,
        /// Version of dfxkit that wrote it.
        written_by: String,
    },
    /// Not a manifest.
    Bad(String),
}

impl Manifest {
    /// Reads the text of a manifest and checks that it is consistent in itself.
    pub fn parse(text: &str) -> Result<Self, ManifestError> {
        let head: Head = toml::from_str(text).map_err(|e| ManifestError::Bad(e.message().to_owned()))?;
        if head.format > FORMAT {
            let written_by = head.written_by.strip_prefix("dfxkit ").unwrap_or(&head.written_by).to_owned();
            return Err(ManifestError::Newer { found: head.format, written_by });
        }
        let manifest: Self =
            toml::from_str(text).map_err(|e| ManifestError::Bad(e.to_string().trim().to_owned()))?;
        for file in &manifest.files {
            if file.sha256.len() != 64 || !file.sha256.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
            {
                return Err(ManifestError::Bad(format!(
                    "file {}: {:?} is not a SHA-256 in lower-case hexadecimal",
                    file.name, file.sha256
                )));
            }
            let safe = !file.name.as_str().is_empty()
                && file.name.components().all(|c| matches!(c, camino::Utf8Component::Normal(_)));
            if !safe {
                return Err(ManifestError::Bad(format!(
                    "file name {:?} leaves its directory",
                    file.name.as_str()
                )));
            }
        }
        let actual = interface_sha256(&manifest.static_design.top, &manifest.partitions);
        if actual != manifest.interface_sha256 {
            return Err(ManifestError::Bad(format!(
                "the interface does not match its hash: expected sha256:{}, actual sha256:{actual}; the manifest was edited",
                manifest.interface_sha256
            )));
        }
        Ok(manifest)
    }

    /// The text of the manifest.
    pub fn render(&self) -> String {
        let head = "# A release of the golden archive. Written by dfxkit, read-only: every later module is built and proven against it.\n";
        format!("{head}{}", toml::to_string(self).expect("the manifest has no map keys other than strings"))
    }

    /// The module that the parent configuration holds in a partition; none for a greybox or when the archive does not tell.
    pub fn parent_module(&self, partition: &str) -> Option<&str> {
        let parent = self.configurations.iter().find(|c| c.parent)?;
        let (_, module) =
            parent.modules.iter().filter_map(|m| m.split_once('=')).find(|(p, _)| *p == partition)?;
        Some(module).filter(|m| !m.is_empty())
    }

    /// Name of the parent configuration.
    pub fn parent_name(&self) -> &str {
        self.configurations.iter().find(|c| c.parent).map_or("", |c| c.name.as_str())
    }

    /// The file with a role and subject.
    pub fn file(&self, role: Role, subject: &str) -> Option<&FileEntry> {
        self.files.iter().find(|f| f.role == role && f.subject == subject)
    }
}

/// SHA-256 of the interface that every later module must meet: top, cells, RTL modules and ports of the partitions.
pub fn interface_sha256(top: &str, partitions: &[PartitionEntry]) -> String {
    let mut text = format!("top {top}\n");
    for p in partitions {
        text.push_str(&format!(
            "partition {}\ncell {}\nmodule {}\n",
            p.name,
            p.cell,
            p.module.as_deref().unwrap_or("")
        ));
        for port in p.ports.as_deref().map(port_lines).unwrap_or_default() {
            text.push_str(&format!("port {port}\n"));
        }
    }
    crate::hash::sha256(text.as_bytes())
}

/// The ports of a Verilog port stub, one normalised line each (`input [7:0] name`), sorted. Empty when it is none that is read.
///
/// Reads what Vivado writes in `T_stub.v`: `module m(a, b); input a; output [3:0]b;` in 2024.2, and comment forms of older
/// releases (`/* synthesis .. */`). ANSI headers are read too. Names that need it are escaped as Verilog does.
pub fn port_lines(stub: &str) -> Vec<String> {
    let plain = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '$'))
    };
    let mut ports: Vec<String> = crate::hdl::of_stub(stub)
        .into_iter()
        .flat_map(|interface| interface.ports)
        .map(|mut port| {
            if !plain(&port.name) {
                port.name.insert(0, '\\');
            }
            port.to_string()
        })
        .collect();
    ports.sort();
    ports.dedup();
    ports
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_of_a_stub_are_read_whatever_the_form() {
        let old = "(* X = \"y, (z\" *)\nmodule pr_block(clk, led)\n/* synthesis syn_black_box */;\n  input clk /* synthesis syn_isclock = 1 */;\n  output [7:0]led;\nendmodule\n";
        let ansi = "module pr_block (input wire clk, output reg [7 : 0] led);\nendmodule";
        assert_eq!(port_lines(old), ["input clk", "output [7:0] led"]);
        assert_eq!(port_lines(ansi), port_lines(old));
    }

    #[test]
    fn ansi_lists_share_a_direction() {
        assert_eq!(
            port_lines("module m(input [3:0] a, b, output c);"),
            ["input [3:0] a", "input [3:0] b", "output c"]
        );
    }

    #[test]
    fn a_newer_format_names_who_can_read_it() {
        let error =
            Manifest::parse("format = 99\nwritten-by = \"dfxkit 7.1.0\"\nsurprise = 1\n").unwrap_err();
        assert_eq!(error, ManifestError::Newer { found: 99, written_by: "7.1.0".into() });
    }

    #[test]
    fn any_text_is_read_or_refused() {
        for text in ["", "format = 1", "format = \"x\"", "\u{0}", "[[files]]\nrole = 3"] {
            assert!(Manifest::parse(text).is_err());
        }
    }
}
