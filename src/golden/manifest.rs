// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `golden.toml`: the facts of a release. Versioned; a newer format is refused with the version of dfxkit that can read it.
//!
//! Unknown keys of the same format are errors: an archive is not the place for guesses. From format 2 on the text ends in a seal, the SHA-256 of all
//! lines before it (see `seal`): an edited manifest is told from a written one. Who edits on purpose can write a new seal, but no new
//! signature. Format 1 has no seal and fewer facts, and stays readable.

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};

use super::seal::{self, SealError};
use crate::artifacts::ConfigurationSet;
use crate::gates::GateResult;
use crate::vcs::GitState;

pub use super::ports::{interface_sha256, port_lines};

/// Format that this program writes, and the newest that it reads.
pub const FORMAT: u32 = 2;
/// The oldest dfxkit that reads [`FORMAT`]; stands in the manifest for those that do not.
pub const READABLE_BY: &str = "0.1.0";

/// The manifest of a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Manifest {
    /// [`FORMAT`]
    pub format: u32,
    /// `dfxkit 0.1.0`
    pub written_by: String,
    /// The oldest dfxkit that reads this format; none in format 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub readable_by: Option<String>,
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
    /// Patches of Vivado (`AR71898`), as checkpoints and logs name them behind the release. Empty: none is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub vivado_patches: Vec<String>,
    /// Board.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub board: Option<String>,
    /// IP cores with their versions, as VLNV, from hand-off files, `.xci` and `.bd`; sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ip: Vec<String>,
    /// Commit that the sources stood at; none when git could not tell.
    pub git: Option<GitState>,
    /// SHA-256 of the interface: partitions with cells, modules and ports.
    pub interface_sha256: String,
    /// The static.
    #[serde(rename = "static")]
    pub static_design: StaticEntry,
    /// Partitions, in order.
    pub partitions: Vec<PartitionEntry>,
    /// Generics, parameters and macros that the build was given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<ParameterEntry>,
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
    /// What its bits are, outside the partitions; none in format 1, and where the bitstreams do not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<Frames>,
}

/// A set of configuration frames, or their content, by hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Frames {
    /// How many.
    pub count: usize,
    /// See [`super::facts`] for what is hashed.
    pub sha256: String,
}

/// `[[parameters]]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ParameterEntry {
    /// `static`, or `module NAME`.
    pub scope: String,
    /// `generic` or `define`.
    pub kind: String,
    /// Name.
    pub name: String,
    /// Value, as text.
    pub value: String,
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
    /// Pblock ranges as described; empty when the constraints hold them.
    pub pblock_ranges: Vec<String>,
    /// Pblock ranges as the parent's routed checkpoint has them, snapped (Vivado's `DERIVED_RANGES`); none when it does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub derived_ranges: Option<Vec<String>>,
    /// Register of the decoupler.
    pub decoupler: Option<u64>,
    /// Port stub: Verilog text of the module header, from a checkpoint.
    pub ports: Option<String>,
    /// Frames that the partial and clearing bitstreams of the release write; none in format 1, and where they do not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frames: Option<Frames>,
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

impl ConfigurationEntry {
    /// The entry of a configuration.
    pub(super) fn of(c: &ConfigurationSet) -> Self {
        let pair = |(p, m): &(String, Option<String>)| format!("{p}={}", m.as_deref().unwrap_or(""));
        Self {
            name: c.name.clone(),
            run: c.run.clone(),
            parent: c.parent,
            modules: c.modules.iter().map(pair).collect(),
        }
    }

    /// Partition and module; none for a greybox without a name.
    pub(super) fn fillings(&self) -> impl Iterator<Item = (String, Option<String>)> {
        let pairs = self.modules.iter().filter_map(|pair| pair.split_once('='));
        pairs.map(|(p, module)| (p.to_owned(), Some(module.to_owned()).filter(|x| !x.is_empty())))
    }
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
    /// All sources and constraints as one tar.
    SourceTar,
    /// Hardware platform.
    Xsa,
    /// The project as `archive_project` packs it.
    ProjectArchive,
    /// The provenance statement.
    Provenance,
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
            Role::SourceTar => "tar of the sources",
            Role::Xsa => "hardware platform",
            Role::ProjectArchive => "archived project",
            Role::Provenance => "provenance statement",
        })
    }
}

/// Only what is needed to tell whether the rest can be read.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Head {
    pub(super) format: u32,
    #[serde(default)]
    written_by: String,
    #[serde(default)]
    readable_by: Option<String>,
}

impl Head {
    /// The oldest dfxkit that reads it, as far as it says; else the one that wrote it.
    pub(super) fn reader(&self) -> String {
        let writer = self.written_by.strip_prefix("dfxkit ").unwrap_or(&self.written_by);
        self.readable_by.clone().unwrap_or_else(|| writer.to_owned())
    }
}

/// Why a manifest was not read.
#[derive(Debug, PartialEq, Eq)]
pub enum ManifestError {
    /// Newer format.
    Newer {
        /// Its format.
        found: u32,
        /// Version of dfxkit that can read it.
        readable_by: String,
    },
    /// Not what was written.
    Edited(SealError),
    /// Not a manifest.
    Bad(String),
}

impl Manifest {
    /// Reads the text of a manifest and checks that it is consistent in itself.
    pub fn parse(text: &str) -> Result<Self, ManifestError> {
        let head: Head = match toml::from_str(text) {
            Ok(head) => head,
            Err(e) => {
                // A cut text may be no TOML: its seal says more.
                if text.lines().any(|l| l.strip_prefix("format = ").is_some_and(|n| n != "1")) {
                    seal::check(text).map_err(ManifestError::Edited)?;
                }
                return Err(ManifestError::Bad(e.message().to_owned()));
            }
        };
        if head.format > FORMAT {
            return Err(ManifestError::Newer { found: head.format, readable_by: head.reader() });
        }
        if head.format > 1 {
            seal::check(text).map_err(ManifestError::Edited)?;
        }
        let manifest: Self =
            toml::from_str(text).map_err(|e| ManifestError::Bad(e.to_string().trim().to_owned()))?;
        manifest.consistent().map_err(ManifestError::Bad)?;
        Ok(manifest)
    }

    fn consistent(&self) -> Result<(), String> {
        if self.format == 1 && self.has_new_facts() {
            return Err("format 1 with facts of format 2".to_owned());
        }
        for file in &self.files {
            if !is_sha256(&file.sha256) {
                return Err(format!(
                    "file {}: {:?} is not a SHA-256 in lower-case hexadecimal",
                    file.name, file.sha256
                ));
            }
            let safe = !file.name.as_str().is_empty()
                && file.name.components().all(|c| matches!(c, camino::Utf8Component::Normal(_)));
            if !safe {
                return Err(format!("file name {:?} leaves its directory", file.name.as_str()));
            }
        }
        let actual = interface_sha256(&self.static_design.top, &self.partitions);
        if actual != self.interface_sha256 {
            return Err(format!(
                "the interface does not match its hash: expected sha256:{}, actual sha256:{actual}; the manifest was edited",
                self.interface_sha256
            ));
        }
        Ok(())
    }

    fn has_new_facts(&self) -> bool {
        self.readable_by.is_some()
            || self.static_design.fingerprint.is_some()
            || self.board.is_some()
            || !(self.vivado_patches.is_empty() && self.ip.is_empty() && self.parameters.is_empty())
            || self.partitions.iter().any(|p| p.derived_ranges.is_some() || p.frames.is_some())
    }

    /// The text of the manifest.
    pub fn render(&self) -> String {
        let head = "# A release of the golden archive. Written by dfxkit, read-only: every later module is built and proven against it.\n";
        let body = toml::to_string(self).expect("the manifest has no map keys other than strings");
        seal::seal(&format!("{head}{body}"))
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

/// True for 64 lower-case hexadecimal digits.
pub(super) fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_format_names_who_can_read_it() {
        let error =
            Manifest::parse("format = 99\nwritten-by = \"dfxkit 7.1.0\"\nsurprise = 1\n").unwrap_err();
        assert_eq!(error, ManifestError::Newer { found: 99, readable_by: "7.1.0".into() });
        let text = "format = 99\nwritten-by = \"dfxkit 8.2.0\"\nreadable-by = \"7.0.0\"\n";
        let error = Manifest::parse(text).unwrap_err();
        assert_eq!(error, ManifestError::Newer { found: 99, readable_by: "7.0.0".into() });
    }

    #[test]
    fn any_text_is_read_or_refused() {
        for text in ["", "format = 1", "format = \"x\"", "\u{0}", "[[files]]\nrole = 3"] {
            assert!(Manifest::parse(text).is_err());
        }
    }
}
