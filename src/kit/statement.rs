// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The statement about how a kit was made (in-toto, SLSA provenance), as a file of it.

use std::collections::{BTreeMap, BTreeSet};

use dfxkit_handoff::kit::{KitPath, MANIFEST, Manifest};

use super::sbom;
use super::write::KitInput;
use crate::hash;
use crate::provenance::Resource;
use crate::provenance::slsa::Facts;

/// Its name in a kit.
pub const STATEMENT: &str = "provenance.intoto.json";

/// The statement about every file that `kit.json` describes, and about `kit.json` itself.
pub(super) fn statement(
    input: &KitInput<'_>,
    manifest: &Manifest,
    text: &[u8],
    cores: BTreeSet<String>,
) -> String {
    let facts = Facts {
        board: input.care.board.clone(),
        parameters: input.care.parameters.clone(),
        description: input.care.description.clone(),
        ip: cores.into_iter().collect(),
        ..Facts::of_artifacts(input.artifacts, input.sources.clone())
    };
    let mut subject: BTreeMap<String, String> =
        manifest.files().map(|f| (f.path.to_string(), f.sha256.clone())).collect();
    subject.insert(MANIFEST.to_owned(), hash::sha256(text));
    facts.statement(subject.into_iter().map(|(name, sha256)| Resource::file(name, sha256)).collect()).render()
}

/// IP cores of every hand-off file in the kit.
pub(super) fn cores(
    manifest: &Manifest,
    files: &BTreeMap<String, Vec<u8>>,
) -> std::io::Result<BTreeSet<String>> {
    let read = |name: &str| files.get(name).cloned().ok_or_else(|| std::io::ErrorKind::NotFound.into());
    let all: Vec<_> = manifest.files().cloned().collect();
    sbom::cores_of(&read, &all)
}

/// The path as kits write it.
pub(super) fn path() -> KitPath {
    KitPath::new(STATEMENT).expect("a plain name")
}
