// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Writes a kit: into a draft beside its place, verified there, then renamed.

use camino::{Utf8Path, Utf8PathBuf};
use dfxkit_handoff::kit::{Compression, KitPath, Limits, MANIFEST, SUMS, Sums, Verification, pack, verify};

use super::care::Care;
use super::content::collect;
use super::emit;
use super::error::KitError;
use super::place::Draft;
use super::sbom::sbom;
use super::signature;
use super::statement::{self, STATEMENT};
use crate::artifacts::Artifacts;
use crate::hash;
use crate::spec::model::KitFormat;
use crate::vcs::GitState;

/// What a kit is made of.
#[derive(Debug, Clone)]
pub struct KitInput<'a> {
    /// The judged set of a build, an adopted run tree or an update.
    pub artifacts: &'a Artifacts,
    /// What goes in. Pairs of .bit and .hwh always do; [`KitFormat::FpgaManager`] adds `.bin` and overlay sources, [`KitFormat::DfxMgr`]
    /// its tree, [`KitFormat::Pynq`] writes absolute addresses into the modules' `.hwh`.
    pub formats: &'a [KitFormat],
    /// What the description says about the running device.
    pub care: Care,
    /// Commit of the sources, when it is known.
    pub sources: Option<GitState>,
    /// Also write `<directory>.tar.zst` beside the directory.
    pub archive: bool,
    /// Modification time in the archive, seconds since 1970: SOURCE_DATE_EPOCH, or 0.
    pub mtime: u64,
}

impl<'a> KitInput<'a> {
    /// With an archive of time 0, and nothing that only a description or git knows.
    pub fn new(artifacts: &'a Artifacts, formats: &'a [KitFormat]) -> Self {
        Self { artifacts, formats, care: Care::default(), sources: None, archive: true, mtime: 0 }
    }
}

/// Name of the bill of materials in a kit.
pub const SBOM: &str = "sbom.cdx.json";

/// What writing did to the destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// There was nothing.
    Created,
    /// There was the same: nothing was written.
    Unchanged,
    /// There was another kit, whole and made by dfxkit.
    Replaced,
}

/// A kit that is in its place.
#[derive(Debug)]
pub struct Written {
    /// Its directory.
    pub dir: Utf8PathBuf,
    /// Its archive.
    pub archive: Option<Utf8PathBuf>,
    /// What was there before.
    pub change: Change,
    /// True when the configuration data of every image is that of the kit that was there: nothing new to release, whatever
    /// the dates in the headers.
    pub same_payloads: bool,
    /// The verifier's answer about the new kit.
    pub verification: Verification,
}

/// Writes a kit to `dir`.
///
/// # Errors
/// [`KitError`]; then the destination is as it was.
pub fn write(input: &KitInput<'_>, dir: &Utf8Path) -> Result<Written, KitError> {
    let content = collect(input)?;
    let manifest = content.manifest.render()?;
    let mut files = content.files;
    let mut emitted = emit::files(&content.manifest, content.family, &files)?;
    files.append(&mut emitted);
    let bill = sbom(&content.manifest, &|name| {
        files.get(name).cloned().ok_or_else(|| std::io::Error::from(std::io::ErrorKind::NotFound))
    })?;
    files.insert(SBOM.to_owned(), format!("{bill:#}\n").into_bytes());
    let cores = statement::cores(&content.manifest, &files)?;
    let made = statement::statement(input, &content.manifest, manifest.as_bytes(), cores);
    files.insert(STATEMENT.to_owned(), made.into_bytes());
    files.insert(MANIFEST.to_owned(), manifest.into_bytes());

    let mut sums = Sums::default();
    for (name, bytes) in &files {
        sums.insert(KitPath::new(name)?, hash::sha256(bytes))?;
    }
    let sums = sums.render();

    let before = standing(dir)?;
    let payloads = |v: &Verification| {
        v.manifest.as_ref().map(|m| {
            let mut all: Vec<_> = m.files().map(|f| (f.path.clone(), f.payload_sha256.clone())).collect();
            all.sort();
            all
        })
    };
    let mut written = match before {
        Some(verification) if fs_err::read(dir.join(SUMS))? == sums.as_bytes() => Written {
            dir: dir.to_owned(),
            archive: None,
            change: Change::Unchanged,
            same_payloads: true,
            verification,
        },
        before => {
            let draft = Draft::new(dir)?;
            for (name, bytes) in &files {
                draft.file(name, bytes)?;
            }
            draft.file(SUMS, sums.as_bytes())?;
            let verification = verify(draft.dir().as_std_path(), &Limits::default())?;
            if !verification.is_whole() {
                let why: Vec<&str> = verification.parts.iter().map(|p| p.detail.as_str()).collect();
                return Err(KitError::NotWhole(why.join("; ")));
            }
            draft.place()?;
            let same = before.as_ref().is_some_and(|old| payloads(old) == payloads(&verification));
            Written {
                dir: dir.to_owned(),
                archive: None,
                change: if before.is_some() { Change::Replaced } else { Change::Created },
                same_payloads: same,
                verification,
            }
        }
    };
    if input.archive {
        written.archive = Some(archive(dir, input.mtime)?);
    }
    Ok(written)
}

/// The kit that stands at the destination; an error when something stands there that is not ours to replace.
fn standing(dir: &Utf8Path) -> Result<Option<Verification>, KitError> {
    let occupied = |why: String| KitError::Occupied { path: dir.to_owned(), why };
    let meta = match fs_err::symlink_metadata(dir) {
        Ok(meta) => meta,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(e.into()),
    };
    if !meta.is_dir() {
        return Err(occupied("it is not a directory".to_owned()));
    }
    if fs_err::read_dir(dir)?.next().is_none() {
        fs_err::remove_dir(dir)?;
        return Ok(None);
    }
    let verification = verify(dir.as_std_path(), &Limits::default())?;
    if verification.is_whole() {
        return Ok(Some(verification));
    }
    let first = verification.parts.first().map(|p| p.detail.clone()).unwrap_or_default();
    Err(occupied(first))
}

/// `<dir>.tar.zst`, written only when it differs.
fn archive(dir: &Utf8Path, mtime: u64) -> Result<Utf8PathBuf, KitError> {
    let name = dir.file_name().unwrap_or("kit");
    let path = dir.with_file_name(format!("{name}.tar.zst"));
    let mut bytes = Vec::new();
    pack(dir.as_std_path(), &KitPath::part_from(name), mtime, Compression::Zstd, &mut bytes)?;
    if crate::atomic::write_if_changed(&path, &bytes)? {
        // The signature of another archive: it would be refused, and keep the next one from being asked for.
        let stale = Utf8PathBuf::from(format!("{path}{}", signature::ENDING));
        match fs_err::remove_file(&stale) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(e.into()),
            _ => {}
        }
    }
    Ok(path)
}
