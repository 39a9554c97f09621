// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Updates of a release, kept beside it: `golden/<release>/updates/<name>.toml` with the bitstreams as objects. Never overwritten, like the release.

use std::io;

use camino::Utf8Path;
use serde::{Deserialize, Serialize};

use super::beside::{self, Shelf};
use super::manifest::{FileEntry, ModuleEntry, Role};
use super::{Golden, GoldenError};
use crate::artifacts::Artifacts;
use crate::gates::{GateResult, Verdict};
use crate::vcs::GitState;

/// Format that this program writes, and the newest that it reads.
pub const FORMAT: u32 = 1;

/// One update.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Update {
    /// [`FORMAT`]
    pub format: u32,
    /// `dfxkit 0.1.0`
    pub written_by: String,
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
    /// Commit of the sources.
    pub git: Option<GitState>,
    /// Sources of the static that differed from the release's.
    pub drift: Vec<String>,
    /// Modules.
    pub modules: Vec<ModuleEntry>,
    /// Files; subjects are `partition/module`, as in the release.
    pub files: Vec<FileEntry>,
    /// Verdicts.
    pub gates: Vec<GateResult>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Head {
    format: u32,
    #[serde(default)]
    written_by: String,
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

/// Keeps an update that passed; `artifacts` are those that were shipped.
pub fn keep(
    golden: &Golden,
    name: &str,
    artifacts: &Artifacts,
    git: Option<GitState>,
    drift: &[String],
) -> Result<Update, GoldenError> {
    refuse_existing(golden, name)?;
    let m = &golden.manifest;
    let mut update = Update {
        format: FORMAT,
        written_by: format!("dfxkit {}", env!("CARGO_PKG_VERSION")),
        name: name.to_owned(),
        release: m.release.clone(),
        blackbox_sha256: m.file(Role::BlackboxDcp, "").map(|f| f.sha256.clone()).unwrap_or_default(),
        version: artifacts.version.clone(),
        simulated: artifacts.tool.simulated,
        git,
        drift: drift.to_vec(),
        modules: Vec::new(),
        files: Vec::new(),
        gates: artifacts.gates.results.clone(),
    };
    for module in artifacts.modules.iter().filter(|x| x.configuration != m.parent_name()) {
        let subject = format!("{}/{}", module.partition, module.name);
        for (role, artifact) in [
            (Role::PartialBit, &module.partial_bit),
            (Role::ClearBit, &module.clear_bit),
            (Role::Hwh, &module.hwh),
            (Role::Ltx, &module.ltx),
            (Role::ModuleDcp, &module.routed_dcp),
        ] {
            let Some(artifact) = artifact else { continue };
            let (sha256, size) = (artifact.sha256.clone(), artifact.size);
            golden.store().put_known(&artifact.path, &sha256, size)?;
            update.files.push(FileEntry {
                role,
                subject: subject.clone(),
                name: artifact.name().into(),
                sha256,
                size,
            });
        }
        update.modules.push(ModuleEntry {
            name: module.name.clone(),
            vivado_name: module.vivado_name.clone(),
            partition: module.partition.clone(),
            configuration: module.configuration.clone(),
            greybox: module.greybox,
        });
    }
    let text = toml::to_string(&update).expect("an update has string keys only");
    beside::write(golden, Shelf::Updates, name, &text)?;
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
        let written_by = head.written_by.strip_prefix("dfxkit ").unwrap_or(&head.written_by).to_owned();
        return Err(GoldenError::Newer {
            path: path.to_owned(),
            found: head.format,
            known: FORMAT,
            written_by,
        });
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
    let hash = |s: &str| s.len() == 64 && s.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    match update.files.iter().find(|f| !hash(&f.sha256)) {
        Some(f) => Err(bad(format!("file {}: {:?} is not a SHA-256", f.name, f.sha256))),
        None => Ok(update),
    }
}
