// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bitstream kit: what leaves the building.
//!
//! A kit is a directory, or that directory as a deterministic tar (optionally in one zstd frame):
//!
//! ```text
//! kit.json                              the manifest (this module's [`Manifest`])
//! SHA256SUMS                            one line a file, itself excepted; `sha256sum -c` accepts it
//! README.txt                            for people
//! static/<name>.bit|.hwh|.bin|.ltx      the full image, configured at power-up
//! modules/<partition>/<module>.*        partial images; `<module>_clear.*` clears this module away (UltraScale)
//! loader/                               a Rust crate that loads this kit
//! ```
//!
//! # Who is not trusted
//! The verifier trusts nothing of a kit that it is given. Considered, and what happens:
//!
//! | threat | answer |
//! |---|---|
//! | path traversal (`../x`, `/x`, `a//b`, `.`), names that a shell, Windows or `sha256sum` reads otherwise | [`KitPath`] is a short list of allowed characters; everything else is refused |
//! | two entries of one name, or of names that differ only in case, or a file where a directory is needed | refused |
//! | symbolic links, hard links, devices, directories in archives | an archive may hold plain files only; in a directory anything but a plain file or a needed directory is refused |
//! | an archive that other tools read differently (sparse files, extended headers, odd numbers) | each 512-byte header must be exactly the one that dfxkit writes for that name, size and time |
//! | truncated archive, trailing data, a second archive or zstd frame behind the first | refused |
//! | bombs: declared sizes, number of files, zstd expansion, deep JSON | [`Limits`]; `SHA256SUMS` and `kit.json` come first, so every later file is bounded by a size already known; nothing is expanded in memory |
//! | a changed, missing or added file; a manifest that says other digests than `SHA256SUMS` | refused |
//! | an image of another static | each file names its static; the verifier refuses a mixture |
//! | a manifest of a newer format that means something else | refused, with the dfxkit version that wrote it |
//!
//! Not covered: an attacker who can rewrite the whole kit (digests are no signatures: sign `SHA256SUMS`, it covers
//! everything else); one who changes the directory while it is being verified; what an image does once it is loaded.

mod archive;
mod check;
mod dir;
mod error;
mod hexadecimal;
mod manifest;
mod path;
mod sums;
mod unarchive;
mod verify;

pub use archive::{Compression, pack};
pub use error::KitError;
pub use manifest::{
    Aperture, Configuration, Device, DocumentKind, DocumentRef, FORMAT, File, FileKind, Frames, Gate,
    Isolation, Manifest, Missing, Module, ModuleInterrupt, ModuleRange, Partition, Probe, Project, Reset,
    Sources, Static, Tool, Verdict,
};
pub use path::KitPath;
pub use sums::Sums;
pub use unarchive::unpack_into;
pub use verify::{Limits, Part, Verification, verify, verify_archive};

/// Name of the manifest.
pub const MANIFEST: &str = "kit.json";
/// Name of the digest list.
pub const SUMS: &str = "SHA256SUMS";
/// A signature of the list, in minisign's format: in a directory only, not part of the kit, not looked at by the verifier.
pub const SIGNATURE: &str = "SHA256SUMS.minisig";
/// A directory that building the emitted loader creates; not part of a kit, never packed, skipped in directories only.
pub const LOADER_TARGET: &str = "loader/target";
