// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Archiving a release: from the verified set of a build to the store. Reads every file once to hash and, when new, once to copy.
//!
//! Refused: a set with a refused gate (always); with an unknown gate, or made by the stand-in, unless allowed, which the manifest
//! records for ever; without both checkpoints and the full bitstream, since no later partial could be built or proven on it.

use camino::{Utf8Path, Utf8PathBuf};

use super::manifest::{
    ConfigurationEntry, FORMAT, FileEntry, Manifest, ModuleEntry, PartitionEntry, Role, StaticEntry,
    interface_sha256,
};
use super::{GoldenError, Store};
use crate::artifacts::{Artifact, Artifacts};
use crate::gates::Verdict;
use crate::vcs::GitState;

/// What else goes into the archive beside the artifacts.
#[derive(Debug, Clone, Default)]
pub struct Extras {
    /// The description as the user wrote it.
    pub description_text: Vec<u8>,
    /// The description with all defaults filled in, TOML or JSON text.
    pub description_expanded: Vec<u8>,
    /// Sources and constraints: name relative to the description, absolute path.
    pub sources: Vec<(Utf8PathBuf, Utf8PathBuf)>,
    /// Commit that the sources stood at.
    pub git: Option<GitState>,
    /// State files of the static's runs: run, absolute path (see [`run_state_files`]).
    pub run_state: Vec<(String, Utf8PathBuf)>,
}

/// The files by which Vivado knows that a run is finished: the `.rst` marks, the run's scripts, and the checkpoint of a synthesis run.
/// That re-opened projects take a run's state from them is general knowledge, not measured: if a Vivado should not, it would launch the
/// parent again, and the update's check of the golden bytes would say so.
pub fn run_state_files(
    runs: &Utf8Path,
    synth_run: &str,
    parent_run: &str,
    top: &str,
) -> std::io::Result<Vec<(String, Utf8PathBuf)>> {
    let mut files = Vec::new();
    for run in [synth_run, parent_run] {
        let dir = runs.join(run);
        if !dir.is_dir() {
            continue;
        }
        for entry in fs_err::read_dir(&dir)? {
            let Some(name) = entry?.file_name().to_str().map(str::to_owned) else { continue };
            let state = is_run_state(&name);
            if state || (run == synth_run && name == format!("{top}.dcp")) {
                files.push((run.to_owned(), dir.join(name)));
            }
        }
    }
    files.sort();
    Ok(files)
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

    let mut files = Files { store, entries: Vec::new() };
    let s = &artifacts.static_set;
    files.add(Role::RoutedDcp, "", s.routed_dcp.as_ref())?;
    files.add(Role::BlackboxDcp, "", s.blackbox_dcp.as_ref())?;
    files.add(Role::Hwh, "", s.hwh.as_ref())?;
    files.add(Role::Ltx, "", s.ltx.as_ref())?;
    for p in &artifacts.partitions {
        files.add(Role::AbstractShell, &p.name, p.abstract_shell.as_ref())?;
    }
    for c in &artifacts.configurations {
        files.add(Role::FullBit, &c.name, c.full_bit.as_ref())?;
        files.add(Role::PrVerify, &c.name, c.pr_verify.as_ref())?;
        for report in &c.reports {
            files.add(Role::Report, &c.name, Some(report))?;
        }
    }
    for log in &artifacts.logs {
        files.add(Role::Log, &log.run, Some(&log.file))?;
    }
    for m in &artifacts.modules {
        let subject = format!("{}/{}", m.partition, m.name);
        files.add(Role::PartialBit, &subject, m.partial_bit.as_ref())?;
        files.add(Role::ClearBit, &subject, m.clear_bit.as_ref())?;
        files.add(Role::Bin, &subject, m.bin.as_ref())?;
        files.add(Role::Hwh, &subject, m.hwh.as_ref())?;
        files.add(Role::Ltx, &subject, m.ltx.as_ref())?;
        files.add(Role::ModuleDcp, &subject, m.routed_dcp.as_ref())?;
    }
    files.add_bytes(Role::DescriptionText, "dfx.toml", &extras.description_text)?;
    files.add_bytes(Role::Description, "dfx.expanded.json", &extras.description_expanded)?;
    for (run, path) in &extras.run_state {
        files.add(Role::RunState, run, Some(&Artifact::of(path)?))?;
    }
    for (name, path) in &extras.sources {
        let (sha256, size) = store.put_file(path)?;
        files.entries.push(FileEntry {
            role: Role::Source,
            subject: name.to_string(),
            name: source_name(name),
            sha256,
            size,
        });
    }

    let partitions: Vec<PartitionEntry> = artifacts
        .partitions
        .iter()
        .map(|p| PartitionEntry {
            name: p.name.clone(),
            cell: p.cell.clone(),
            module: p.module.clone(),
            pblock_ranges: p.pblock_ranges.clone(),
            decoupler: p.decoupler,
            ports: p.port_stub.clone(),
        })
        .collect();
    let manifest = Manifest {
        format: FORMAT,
        written_by: format!("dfxkit {}", env!("CARGO_PKG_VERSION")),
        release: release.to_owned(),
        project: artifacts.project.clone(),
        version: artifacts.version.clone(),
        part: artifacts.part.clone(),
        simulated: artifacts.tool.simulated,
        vivado: artifacts.tool.release.clone(),
        vivado_build: artifacts.tool.build.clone(),
        git: extras.git.clone(),
        interface_sha256: interface_sha256(&s.top, &partitions),
        static_design: StaticEntry {
            top: s.top.clone(),
            configuration: s.configuration.clone(),
            run: s.run.clone(),
        },
        partitions,
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
        configurations: artifacts
            .configurations
            .iter()
            .map(|c| ConfigurationEntry {
                name: c.name.clone(),
                run: c.run.clone(),
                parent: c.parent,
                modules: c
                    .modules
                    .iter()
                    .map(|(p, m)| format!("{p}={}", m.as_deref().unwrap_or("")))
                    .collect(),
            })
            .collect(),
        files: files.entries,
        gates: artifacts.gates.results.clone(),
    };
    store.publish(release, &manifest.render())?;
    Ok(manifest)
}

/// Marks of steps, the run's own scripts, and what else Vivado writes into a run directory before the run starts (measured on 2020.2 and
/// 2024.2 trees). Not logs, reports and results.
fn is_run_state(name: &str) -> bool {
    const NAMES: [&str; 8] = [
        "gen_run.xml",
        "runme.sh",
        "runme.bat",
        "ISEWrap.sh",
        "ISEWrap.js",
        "rundef.js",
        "htr.txt",
        "project.wdf",
    ];
    let extension = Utf8Path::new(name).extension();
    (name.starts_with('.') && extension == Some("rst"))
        || name.starts_with("__synthesis_is_")
        || NAMES.contains(&name)
        || matches!(extension, Some("tcl" | "pb"))
}

/// A source may lie outside the description's directory (`../shared/x.v`): its stored name keeps only what is below.
fn source_name(name: &Utf8Path) -> Utf8PathBuf {
    name.components().filter(|c| matches!(c, camino::Utf8Component::Normal(_))).collect()
}

fn refuse_unfit(artifacts: &Artifacts, allow: Allow) -> Result<(), GoldenError> {
    let refused = |reason: String, help: &str| Err(GoldenError::Refused { reason, help: help.to_owned() });
    let with = |verdict: Verdict| -> Vec<String> {
        artifacts
            .gates
            .results
            .iter()
            .filter(|r| r.verdict == verdict)
            .map(|r| format!("{} of {}", r.gate, r.subject))
            .collect()
    };
    if artifacts.gates.verdict == Verdict::Refused {
        return refused(
            format!("expected every gate to pass, refused: {}", with(Verdict::Refused).join(", ")),
            "see `dfxkit report`",
        );
    }
    if artifacts.gates.verdict == Verdict::Unknown && !allow.unknown {
        let unknown = with(Verdict::Unknown);
        let what = if unknown.is_empty() { "nothing was judged".to_owned() } else { unknown.join(", ") };
        return refused(
            format!("expected every gate to pass, without evidence: {what}"),
            "get the evidence, or say --allow-unknown, which the manifest records",
        );
    }
    if artifacts.tool.simulated && !allow.simulated {
        return refused(
            "the stand-in made these artifacts (SIMULATED); a release needs Vivado's".to_owned(),
            "build with Vivado; for a trial, say --allow-simulated, which the manifest records for ever",
        );
    }
    let s = &artifacts.static_set;
    for (what, there) in [
        ("the routed checkpoint of the parent", s.routed_dcp.is_some()),
        ("the black-boxed locked checkpoint of the parent", s.blackbox_dcp.is_some()),
        ("the full bitstream of the parent", s.full_bit.is_some()),
    ] {
        if !there {
            return refused(
                format!("{what} is missing: no later module could be built and proven"),
                "build the parent to write_bitstream",
            );
        }
    }
    Ok(())
}

struct Files<'a> {
    store: &'a Store,
    entries: Vec<FileEntry>,
}

impl Files<'_> {
    fn add(&mut self, role: Role, subject: &str, artifact: Option<&Artifact>) -> Result<(), GoldenError> {
        let Some(artifact) = artifact else { return Ok(()) };
        let (sha256, size) = (artifact.sha256.clone(), artifact.size);
        self.store.put_known(&artifact.path, &sha256, size)?;
        let name = Utf8PathBuf::from(artifact.path.file_name().unwrap_or("file"));
        self.entries.push(FileEntry { role, subject: subject.to_owned(), name, sha256, size });
        Ok(())
    }

    fn add_bytes(&mut self, role: Role, name: &str, bytes: &[u8]) -> Result<(), GoldenError> {
        if bytes.is_empty() {
            return Ok(());
        }
        let (sha256, size) = self.store.put_bytes(bytes, Utf8Path::new(name))?;
        self.entries.push(FileEntry { role, subject: String::new(), name: name.into(), sha256, size });
        Ok(())
    }
}
