// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Updates of a release, kept beside it: `golden/<release>/updates/<name>.toml` with the bitstreams as objects. Never overwritten, like the release.

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;

use super::manifest::{FileEntry, ModuleEntry, Role};
use super::store::check_name;
use super::{Golden, GoldenError};
use crate::artifacts::Artifacts;
use crate::atomic;
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

fn place(golden: &Golden, name: &str) -> Utf8PathBuf {
    golden.store().dir().join(&golden.manifest.release).join("updates").join(format!("{name}.toml"))
}

/// Refuses a name that is no name or is taken.
pub fn refuse_existing(golden: &Golden, name: &str) -> Result<(), GoldenError> {
    check_name(name)?;
    if place(golden, name).exists() { Err(taken(golden, name)) } else { Ok(()) }
}

fn taken(golden: &Golden, name: &str) -> GoldenError {
    GoldenError::Exists {
        release: format!("{} update {name}", golden.manifest.release),
        written_by: load(golden, name).map_or_else(|_| "an unknown program".to_owned(), |u| u.written_by),
    }
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
    write(golden, &update)?;
    Ok(update)
}

/// Writes the entry, whole or not at all, never over another.
pub(super) fn write(golden: &Golden, update: &Update) -> Result<(), GoldenError> {
    let path = place(golden, &update.name);
    let dir = path.parent().expect("an update lies in its directory");
    fs_err::create_dir_all(dir)?;
    let mut temp = tempfile::Builder::new().prefix(".update-").tempfile_in(dir)?;
    temp.write_all(toml::to_string(update).expect("an update has string keys only").as_bytes())?;
    temp.as_file().set_permissions(std::fs::Permissions::from_mode(0o444))?;
    temp.as_file().sync_all()?;
    match temp.persist_noclobber(&path) {
        Ok(_) => {}
        Err(e) if e.error.kind() == io::ErrorKind::AlreadyExists => return Err(taken(golden, &update.name)),
        Err(e) => return Err(e.error.into()),
    }
    atomic::sync_dir(dir)?;
    Ok(())
}

/// Names of the updates of a release, sorted.
pub fn names(golden: &Golden) -> io::Result<Vec<String>> {
    let dir = place(golden, "x").parent().map(Utf8Path::to_owned).unwrap_or_default();
    let mut names = Vec::new();
    match fs_err::read_dir(&dir) {
        Ok(entries) => {
            for entry in entries {
                let file = entry?.file_name();
                let name = file.to_str().and_then(|n| n.strip_suffix(".toml"));
                names.extend(name.filter(|n| check_name(n).is_ok()).map(str::to_owned));
            }
        }
        Err(e) if e.kind() == io::ErrorKind::NotFound => {}
        Err(e) => return Err(e),
    }
    names.sort();
    Ok(names)
}

/// Reads an update.
pub fn load(golden: &Golden, name: &str) -> Result<Update, GoldenError> {
    check_name(name)?;
    let path = place(golden, name);
    let text = fs_err::read_to_string(&path)?;
    let bad = |message: String| GoldenError::Manifest { path: path.clone(), message };
    let head: Head = toml::from_str(&text).map_err(|e| bad(e.message().to_owned()))?;
    if head.format > FORMAT {
        let written_by = head.written_by.strip_prefix("dfxkit ").unwrap_or(&head.written_by).to_owned();
        return Err(GoldenError::Newer { path: path.clone(), found: head.format, known: FORMAT, written_by });
    }
    let update: Update = toml::from_str(&text).map_err(|e| bad(e.to_string().trim().to_owned()))?;
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
