// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Updates of a release, kept beside it: `golden/<release>/updates/<name>.toml` with the bitstreams as objects. Never overwritten, like the release.

use std::io;

use camino::Utf8Path;
use serde::{Deserialize, Serialize};

use super::beside::{self, Shelf};
use super::gather::Files;
use super::manifest::{ConfigurationEntry, FileEntry, Head, ModuleEntry, READABLE_BY, Role, is_sha256};
use super::{Golden, GoldenError, seal};
use crate::artifacts::Artifacts;
use crate::gates::{GateResult, Verdict};
use crate::vcs::GitState;

/// Format that this program writes, and the newest that it reads.
pub const FORMAT: u32 = 2;

/// One update.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Update {
    /// [`FORMAT`]
    pub format: u32,
    /// `dfxkit 0.1.0`
    pub written_by: String,
    /// The oldest dfxkit that reads this format; none in format 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub readable_by: Option<String>,
    /// Its name.
    pub name: String,
    /// Release that it belongs to.
    pub release: String,
    /// SHA-256 of the black-boxed checkpoint that its modules were built on.
    pub blackbox_sha256: String,
    /// Version of the product.
    pub version: String,
    /// True when the stand-in made it.
    pub simulated: bool,
    /// Vivado that built it, where that is another than the release's (`--allow-release-change`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vivado: Option<String>,
    /// Build number of that Vivado.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vivado_build: Option<String>,
    /// Commit of the sources.
    pub git: Option<GitState>,
    /// Sources of the static that differed from the release's.
    pub drift: Vec<String>,
    /// Modules, and the greyboxes that filled the other partitions.
    pub modules: Vec<ModuleEntry>,
    /// Configurations that were built; none in format 1, which kept no full bitstreams of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub configurations: Vec<ConfigurationEntry>,
    /// Files; subjects are configurations and `partition/module`, as in the release.
    pub files: Vec<FileEntry>,
    /// Verdicts.
    pub gates: Vec<GateResult>,
}

impl Update {
    /// Worst verdict of its gates; unknown when there are none.
    pub fn verdict(&self) -> Verdict {
        if self.gates.is_empty() {
            return Verdict::Unknown;
        }
        self.gates.iter().map(|g| g.verdict).fold(Verdict::Passed, Verdict::and)
    }
}

/// Refuses a name that is no name or is taken.
pub fn refuse_existing(golden: &Golden, name: &str) -> Result<(), GoldenError> {
    beside::refuse_existing(golden, Shelf::Updates, name)
}

/// Keeps an update that passed; `artifacts` are those that were judged: with the full bitstreams of its configurations and whatever filled the other
/// partitions, so that its proofs can be run again.
pub fn keep(
    golden: &Golden,
    name: &str,
    artifacts: &Artifacts,
    git: Option<GitState>,
    drift: &[String],
) -> Result<Update, GoldenError> {
    refuse_existing(golden, name)?;
    golden.store().sweep()?;
    let m = &golden.manifest;
    let mut files = Files::new(golden.store());
    let configurations: Vec<_> =
        artifacts.configurations.iter().filter(|c| !c.parent && c.name != m.parent_name()).collect();
    for c in configurations.iter().copied().chain(&artifacts.on_shells) {
        files.add(Role::FullBit, &c.name, c.full_bit.as_ref());
        files.add(Role::PrVerify, &c.name, c.pr_verify.as_ref());
        for report in &c.reports {
            files.add(Role::Report, &c.name, Some(report));
        }
    }
    for log in artifacts.logs.iter().filter(|l| l.run != m.static_design.run) {
        files.add(Role::Log, &log.run, Some(&log.file));
    }
    let mut modules = Vec::new();
    for module in artifacts.modules.iter().filter(|x| x.configuration != m.parent_name()) {
        let subject = format!("{}/{}", module.partition, module.name);
        files.add(Role::PartialBit, &subject, module.partial_bit.as_ref());
        files.add(Role::ClearBit, &subject, module.clear_bit.as_ref());
        files.add(Role::Hwh, &subject, module.hwh.as_ref());
        files.add(Role::Ltx, &subject, module.ltx.as_ref());
        files.add(Role::ModuleDcp, &subject, module.routed_dcp.as_ref());
        modules.push(ModuleEntry {
            name: module.name.clone(),
            vivado_name: module.vivado_name.clone(),
            partition: module.partition.clone(),
            configuration: module.configuration.clone(),
            greybox: module.greybox,
        });
    }
    files.store()?;
    let update = Update {
        format: FORMAT,
        written_by: format!("dfxkit {}", env!("CARGO_PKG_VERSION")),
        readable_by: Some(READABLE_BY.to_owned()),
        name: name.to_owned(),
        release: m.release.clone(),
        blackbox_sha256: m.file(Role::BlackboxDcp, "").map(|f| f.sha256.clone()).unwrap_or_default(),
        version: artifacts.version.clone(),
        simulated: artifacts.tool.simulated,
        vivado: artifacts.static_tool.as_ref().map(|_| artifacts.tool.release.clone()),
        vivado_build: artifacts.static_tool.as_ref().and_then(|_| artifacts.tool.build.clone()),
        git,
        drift: drift.to_vec(),
        modules,
        configurations: configurations.into_iter().map(ConfigurationEntry::of).collect(),
        files: files.entries,
        gates: artifacts.gates.results.clone(),
    };
    let text = toml::to_string(&update).expect("an update has string keys only");
    beside::write(golden, Shelf::Updates, name, &seal::seal(&text))?;
    Ok(update)
}

/// Names of the updates of a release, sorted.
pub fn names(golden: &Golden) -> io::Result<Vec<String>> {
    beside::names(golden, Shelf::Updates)
}

/// Reads an update.
pub fn load(golden: &Golden, name: &str) -> Result<Update, GoldenError> {
    let path = beside::place(golden, Shelf::Updates, name);
    let text = beside::read(golden, Shelf::Updates, name)?;
    parse(golden, name, &text, &path)
}

/// An update of a release from its text, which was read at `path`.
pub(super) fn parse(golden: &Golden, name: &str, text: &str, path: &Utf8Path) -> Result<Update, GoldenError> {
    let bad = |message: String| GoldenError::Manifest { path: path.to_owned(), message };
    let head: Head = toml::from_str(text).map_err(|e| bad(e.message().to_owned()))?;
    if head.format > FORMAT {
        return Err(GoldenError::Newer {
            path: path.to_owned(),
            found: head.format,
            known: FORMAT,
            readable_by: head.reader(),
        });
    }
    if head.format > 1 {
        seal::check(text).map_err(|error| GoldenError::Edited { path: path.to_owned(), error })?;
    }
    let update: Update = toml::from_str(text).map_err(|e| bad(e.to_string().trim().to_owned()))?;
    if update.name != name || update.release != golden.manifest.release {
        return Err(bad(format!(
            "it is update {:?} of release {:?}, but lies in the place of {name:?} of {:?}",
            update.name, update.release, golden.manifest.release
        )));
    }
    let blackbox = golden.manifest.file(Role::BlackboxDcp, "").map(|f| f.sha256.as_str()).unwrap_or_default();
    if update.blackbox_sha256 != blackbox {
        return Err(bad(format!(
            "it was built on another static: expected sha256:{blackbox}, actual sha256:{}",
            update.blackbox_sha256
        )));
    }
    match update.files.iter().find(|f| !is_sha256(&f.sha256)) {
        Some(f) => Err(bad(format!("file {}: {:?} is not a SHA-256", f.name, f.sha256))),
        None => Ok(update),
    }
}
