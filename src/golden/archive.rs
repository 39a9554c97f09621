// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Archiving a release: from the verified set of a build to the store.
//!
//! Refused: a set with a refused gate (always); with an unknown gate, or made by the stand-in, unless allowed, which the manifest
//! records for ever; without both checkpoints and the full bitstream, since no later partial could be built or proven on it.

use camino::{Utf8Path, Utf8PathBuf};

use super::facts::{self, BitFacts, Bits};
use super::fit::refuse_unfit;
use super::gather::Files;
use super::manifest::{
    ConfigurationEntry, FORMAT, FileEntry, Manifest, ModuleEntry, ParameterEntry, PartitionEntry,
    READABLE_BY, Role, StaticEntry, interface_sha256,
};
use super::writing::Writing;
use super::{GoldenError, Store, signatures, sources};
use crate::artifacts::{Artifact, Artifacts};
use crate::provenance::slsa::Builder;
use crate::vcs::GitState;

pub use super::fit::run_state_files;

/// What else goes into the archive beside the artifacts.
#[derive(Debug, Clone, Default)]
pub struct Extras {
    /// The description as the user wrote it.
    pub description_text: Vec<u8>,
    /// The description with all defaults filled in, as `dfx.toml`.
    pub description_expanded: Vec<u8>,
    /// Sources and constraints: name relative to the description, absolute path.
    pub sources: Vec<(Utf8PathBuf, Utf8PathBuf)>,
    /// Commit that the sources stood at.
    pub git: Option<GitState>,
    /// State files of the static's runs: run, absolute path (see [`run_state_files`]).
    pub run_state: Vec<(String, Utf8PathBuf)>,
    /// Board.
    pub board: Option<String>,
    /// Generics, parameters and macros.
    pub parameters: Vec<ParameterEntry>,
    /// Hardware platforms (`.xsa`), absolute paths.
    pub xsa: Vec<Utf8PathBuf>,
    /// What `archive_project` packed, absolute path.
    pub project_archive: Option<Utf8PathBuf>,
    /// Who built, for the provenance.
    pub builder: Builder,
}

/// What the user allows.
#[derive(Debug, Clone, Copy, Default)]
pub struct Allow {
    /// Results of the stand-in.
    pub simulated: bool,
    /// Gates whose evidence is missing.
    pub unknown: bool,
}

/// Archives a release; gives its manifest.
pub fn archive(
    store: &Store,
    release: &str,
    artifacts: &Artifacts,
    extras: &Extras,
    allow: Allow,
) -> Result<Manifest, GoldenError> {
    store.refuse_existing(release)?;
    refuse_unfit(artifacts, allow)?;
    store.sweep()?;

    let mut files = Files::new(store);
    let s = &artifacts.static_set;
    files.add(Role::RoutedDcp, "", s.routed_dcp.as_ref());
    files.add(Role::BlackboxDcp, "", s.blackbox_dcp.as_ref());
    files.add(Role::Hwh, "", s.hwh.as_ref());
    files.add(Role::Ltx, "", s.ltx.as_ref());
    for p in &artifacts.partitions {
        files.add(Role::AbstractShell, &p.name, p.abstract_shell.as_ref());
    }
    for c in artifacts.configurations.iter().chain(&artifacts.on_shells) {
        files.add(Role::FullBit, &c.name, c.full_bit.as_ref());
        files.add(Role::PrVerify, &c.name, c.pr_verify.as_ref());
        for report in &c.reports {
            files.add(Role::Report, &c.name, Some(report));
        }
    }
    for log in &artifacts.logs {
        files.add(Role::Log, &log.run, Some(&log.file));
    }
    for m in &artifacts.modules {
        let subject = format!("{}/{}", m.partition, m.name);
        files.add(Role::PartialBit, &subject, m.partial_bit.as_ref());
        files.add(Role::ClearBit, &subject, m.clear_bit.as_ref());
        files.add(Role::Bin, &subject, m.bin.as_ref());
        files.add(Role::Hwh, &subject, m.hwh.as_ref());
        files.add(Role::Ltx, &subject, m.ltx.as_ref());
        files.add(Role::ModuleDcp, &subject, m.routed_dcp.as_ref());
    }
    for path in &extras.xsa {
        files.add(Role::Xsa, "", Some(&Artifact::of(path)?));
    }
    if let Some(path) = &extras.project_archive {
        files.add(Role::ProjectArchive, "", Some(&Artifact::of(path)?));
    }
    for (run, path) in &extras.run_state {
        files.add(Role::RunState, run, Some(&Artifact::of(path)?));
    }
    let told = bit_facts(artifacts, &mut files)?;
    files.store()?;
    files.add_bytes(Role::DescriptionText, "", "dfx.toml", &extras.description_text)?;
    files.add_bytes(Role::Description, "", "dfx.expanded.toml", &extras.description_expanded)?;
    add_sources(store, &mut files, extras)?;

    let mut manifest = manifest(release, artifacts, extras, &told);
    manifest.files.clone_from(&files.entries);
    let statement = signatures::provenance(&manifest, extras.builder.clone());
    files.add_bytes(Role::Provenance, "", "provenance.intoto.json", statement.render().as_bytes())?;
    manifest.files = files.entries;
    store.publish(release, &manifest.render())?;
    Ok(manifest)
}

/// What the bitstreams tell of static and partitions.
fn bit_facts(artifacts: &Artifacts, files: &mut Files<'_>) -> Result<BitFacts, GoldenError> {
    let mut bits = Bits::new(&artifacts.part);
    for m in &artifacts.modules {
        for image in [&m.partial_bit, &m.clear_bit].into_iter().flatten() {
            bits.add(&m.partition, &files.content(image)?);
        }
    }
    let full = artifacts.static_set.full_bit.as_ref().map(|f| files.content(f)).transpose()?;
    Ok(bits.told(full.as_deref()))
}

/// Every source as a file of its own, for comparison by name, and all as one tar, for people.
fn add_sources(store: &Store, files: &mut Files<'_>, extras: &Extras) -> Result<(), GoldenError> {
    if extras.sources.is_empty() {
        return Ok(());
    }
    for (name, path) in &extras.sources {
        let (sha256, size) = store.put_file(path)?;
        let stored = sources::stored_name(name);
        let entry = FileEntry { role: Role::Source, subject: name.to_string(), name: stored, sha256, size };
        files.push(entry, None);
    }
    let texts: [(&str, &[u8]); 1] = [("dfx.toml", &extras.description_text)];
    let texts = if extras.description_text.is_empty() { &[][..] } else { &texts[..] };
    let writing = Writing::begin(store.dir())?;
    let path = writing.dir().join("sources.tar");
    sources::write_tar(std::io::BufWriter::new(fs_err::File::create(&path)?), &extras.sources, texts)?
        .into_inner()
        .map_err(std::io::IntoInnerError::into_error)?;
    let (sha256, size) = store.put_file(&path)?;
    let entry =
        FileEntry { role: Role::SourceTar, subject: String::new(), name: "sources.tar".into(), sha256, size };
    files.push(entry, None);
    Ok(())
}

fn manifest(release: &str, artifacts: &Artifacts, extras: &Extras, told: &BitFacts) -> Manifest {
    let s = &artifacts.static_set;
    let cells: Vec<&str> = artifacts.partitions.iter().map(|p| p.cell.as_str()).collect();
    let derived = match &s.routed_dcp {
        Some(dcp) => facts::derived_ranges(&dcp.path, &artifacts.part, &cells),
        None => vec![None; cells.len()],
    };
    let checkpoints: Vec<&Utf8Path> =
        [&s.routed_dcp, &s.blackbox_dcp].into_iter().flatten().map(|d| d.path.as_path()).collect();
    let logs: Vec<&Utf8Path> = artifacts.logs.iter().map(|l| l.file.path.as_path()).collect();
    let hand_offs = artifacts.modules.iter().filter_map(|m| m.hwh.as_ref()).chain(s.hwh.as_ref());
    let mut cores: Vec<&Utf8Path> = hand_offs.map(|h| h.path.as_path()).collect();
    cores.extend(extras.sources.iter().map(|(_, path)| path.as_path()));
    let partitions: Vec<PartitionEntry> = artifacts
        .partitions
        .iter()
        .zip(derived)
        .map(|(p, derived_ranges)| PartitionEntry {
            name: p.name.clone(),
            cell: p.cell.clone(),
            module: p.module.clone(),
            pblock_ranges: p.pblock_ranges.clone(),
            derived_ranges,
            decoupler: p.decoupler,
            ports: p.port_stub.clone(),
            frames: told.frames.iter().find(|(name, _)| *name == p.name).map(|(_, f)| f.clone()),
        })
        .collect();
    Manifest {
        format: FORMAT,
        written_by: format!("dfxkit {}", env!("CARGO_PKG_VERSION")),
        readable_by: Some(READABLE_BY.to_owned()),
        release: release.to_owned(),
        project: artifacts.project.clone(),
        version: artifacts.version.clone(),
        part: artifacts.part.clone(),
        simulated: artifacts.tool.simulated,
        vivado: artifacts.tool.release.clone(),
        vivado_build: artifacts.tool.build.clone(),
        vivado_patches: facts::patches(&checkpoints, &logs),
        board: extras.board.clone(),
        ip: facts::ip_cores(&cores),
        git: extras.git.clone(),
        interface_sha256: interface_sha256(&s.top, &partitions),
        static_design: StaticEntry {
            top: s.top.clone(),
            configuration: s.configuration.clone(),
            run: s.run.clone(),
            fingerprint: told.fingerprint.clone(),
        },
        partitions,
        parameters: extras.parameters.clone(),
        modules: artifacts
            .modules
            .iter()
            .map(|m| ModuleEntry {
                name: m.name.clone(),
                vivado_name: m.vivado_name.clone(),
                partition: m.partition.clone(),
                configuration: m.configuration.clone(),
                greybox: m.greybox,
            })
            .collect(),
        configurations: artifacts.configurations.iter().map(ConfigurationEntry::of).collect(),
        files: Vec::new(),
        gates: artifacts.gates.results.clone(),
    }
}
