// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `kit.json` as the tables that the loader works on.
//!
//! The tables are `'static`, because a kit's own loader holds them as constants. Opening a kit here therefore leaks a few
//! kilobytes once: open a kit once in a process, not once a swap.

use std::path::{Path, PathBuf};
use std::time::Duration;

use dfxkit_fabric::Family;
use dfxkit_handoff::kit::{self, File, FileKind, Manifest};
use dfxkit_loader::{Blob, Image, ImageKind, Isolation, IsolationKind, Kit, Module, Partition, Probe, Reset};

use crate::signature::{Keys, SignatureError};

/// A kit that was opened.
#[derive(Debug)]
pub struct OpenKit {
    /// Its directory.
    pub dir: PathBuf,
    /// Its manifest.
    pub manifest: Manifest,
    /// The same, for the loader.
    pub tables: &'static Kit,
    /// Whose signature was checked; none: nobody asked for one.
    pub signer: Option<String>,
}

/// Why a kit cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// No manifest.
    #[error("{} is no kit: {error}", .dir.display())]
    NotAKit {
        /// Directory.
        dir: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The manifest is not usable.
    #[error("{}: {error}", .path.display())]
    Manifest {
        /// File.
        path: PathBuf,
        /// Why.
        error: Box<kit::KitError>,
    },
    /// It is not signed by whom it should be.
    #[error("{} is refused: {error}", .dir.display())]
    Signature {
        /// Directory.
        dir: PathBuf,
        /// Why.
        error: SignatureError,
    },
    /// The manifest holds a number that cannot be what it says.
    #[error("{}: {what}", .path.display())]
    Number {
        /// File.
        path: PathBuf,
        /// What.
        what: String,
    },
}

/// Opens the kit in `dir`. Only the manifest is read; images are checked when they are loaded.
///
/// Of each image the form for the Linux FPGA manager (`.bin`) is taken, or the `.bit` where the kit has no other.
///
/// # Errors
/// [`OpenError`].
pub fn open(dir: &Path) -> Result<OpenKit, OpenError> {
    open_signed(dir, &Keys::none())
}

/// Opens the kit in `dir`, if one of the keys signed it. Without keys it is [`open`].
///
/// # Errors
/// [`OpenError`].
pub fn open_signed(dir: &Path, keys: &Keys) -> Result<OpenKit, OpenError> {
    let path = dir.join(kit::MANIFEST);
    let bytes = fs_err::read(&path).map_err(|error| OpenError::NotAKit { dir: dir.to_path_buf(), error })?;
    let signer = keys
        .check(dir, &bytes)
        .map_err(|error| OpenError::Signature { dir: dir.to_path_buf(), error })?
        .map(str::to_owned);
    let manifest = Manifest::parse(&bytes)
        .map_err(|error| OpenError::Manifest { path: path.clone(), error: Box::new(error) })?;
    let tables = tables(&manifest).map_err(|what| OpenError::Number { path, what })?;
    Ok(OpenKit { dir: dir.to_path_buf(), manifest, tables: Box::leak(Box::new(tables)), signer })
}

fn tables(m: &Manifest) -> Result<Kit, String> {
    let static_id = unhex(&m.fixed.identity).ok_or("the static identity is no SHA-256")?;
    let idcode = m.device.idcode.map(narrow).transpose()?;
    let family = Family::ALL.iter().find(|f| f.id() == m.device.family);
    let mut partitions = Vec::new();
    for p in &m.partitions {
        let mut frames = Vec::new();
        for (first, last) in &p.frames.ranges {
            frames.push((narrow(*first)?, narrow(*last)?));
        }
        let mut modules = Vec::new();
        for x in m.modules.iter().filter(|x| x.partition == p.name) {
            let partial = find(&x.files, FileKind::PartialBin).or_else(|| find(&x.files, FileKind::Partial));
            let clear = find(&x.files, FileKind::ClearBin).or_else(|| find(&x.files, FileKind::Clear));
            // A module without an image cannot be loaded, so it is none of the loader's.
            let Some(partial) = partial else { continue };
            modules.push(Module {
                name: leak(&x.name),
                greybox: x.greybox,
                image: image(partial, ImageKind::Partial)?,
                clear: clear.map(|f| image(f, ImageKind::Clear)).transpose()?,
                id: x.id.as_ref().map(probe).transpose()?,
                overlay: find(&x.files, FileKind::Overlay).map(blob).transpose()?,
            });
        }
        let isolation: Vec<Isolation> = p
            .isolation
            .iter()
            .map(|i| Isolation {
                path: leak(&i.path),
                kind: if i.kind == "decoupler" {
                    IsolationKind::Decoupler
                } else {
                    IsolationKind::ShutdownManager
                },
                address: i.address,
            })
            .collect();
        partitions.push(Partition {
            name: leak(&p.name),
            cell: leak(&p.cell),
            frames: Vec::leak(frames),
            isolation: Vec::leak(isolation),
            reset: p.reset.as_ref().map(reset).transpose()?,
            power_up: p.power_up.as_deref().map(leak),
            modules: Vec::leak(modules),
        });
    }
    let full = find(&m.fixed.files, FileKind::FullBin).or_else(|| find(&m.fixed.files, FileKind::Full));
    Ok(Kit {
        name: leak(&m.project.name),
        version: leak(&m.project.version),
        simulated: m.simulated,
        verdict: leak(&m.verdict.to_string()),
        part: leak(&m.device.part),
        idcode,
        needs_clear: family.is_some_and(|f| f.has_clearing_bitstreams()),
        static_id,
        full: full.map(|f| image(f, ImageKind::Full)).transpose()?,
        partitions: Vec::leak(partitions),
    })
}

/// The file of a kind.
pub(crate) fn find(files: &[File], kind: FileKind) -> Option<&File> {
    files.iter().find(|f| f.kind == kind)
}

fn image(file: &File, kind: ImageKind) -> Result<Image, String> {
    let digest = |text: &str| unhex(text).ok_or_else(|| format!("{text} is no SHA-256"));
    Ok(Image {
        path: leak(file.path.as_str()),
        size: file.size,
        sha256: digest(&file.sha256)?,
        kind,
        static_id: digest(&file.static_identity)?,
    })
}

fn blob(file: &File) -> Result<Blob, String> {
    let sha256 = unhex(&file.sha256).ok_or_else(|| format!("{} is no SHA-256", file.sha256))?;
    Ok(Blob { path: leak(file.path.as_str()), size: file.size, sha256 })
}

fn reset(r: &kit::Reset) -> Result<Reset, String> {
    let hold = Duration::from_micros(r.hold_us);
    Ok(Reset { address: r.address, mask: narrow(r.mask)?, active_high: r.active_high, hold })
}

fn probe(p: &kit::Probe) -> Result<Probe, String> {
    let (mask, expected) = (narrow(p.mask)?, narrow(p.value)?);
    Ok(Probe { address: p.address, mask, expected, patience: Duration::from_micros(p.timeout_us) })
}

fn narrow(number: u64) -> Result<u32, String> {
    u32::try_from(number).map_err(|_| format!("{number:#x} does not fit 32 bits"))
}

fn leak(text: &str) -> &'static str {
    String::leak(text.to_owned())
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let mut out = [0; 32];
    for (byte, digits) in out.iter_mut().zip(text.as_bytes().as_chunks::<2>().0) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(out)
}
