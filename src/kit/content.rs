// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! What goes into a kit, under which name, with which facts.

use std::collections::BTreeMap;

use dfxkit_fabric::Family;
use dfxkit_fabric::codec::{Kind, Target};
use dfxkit_handoff::hwh::{self, Hwh};
use dfxkit_handoff::kit::{
    Configuration, Device, DocumentKind, DocumentRef, FORMAT, File, FileKind, Gate, KitPath, Manifest,
    Missing, Module, Partition, Project, Sources, Static, Tool, Verdict,
};

use super::error::KitError;
use super::firmware;
use super::images::{self, Image};
use super::write::{KitInput, SBOM};
use super::{regions, statement};
use crate::artifacts::{Artifact, Artifacts, ModuleSet, NeededFor};
use crate::gates;
use crate::hash;
use crate::spec::model::KitFormat;

/// A kit before it is written: the manifest and the bytes of every file that it describes.
#[derive(Debug)]
pub(super) struct Content {
    pub(super) manifest: Manifest,
    pub(super) files: BTreeMap<String, Vec<u8>>,
    pub(super) family: Option<Family>,
}

/// Collects the content of a kit.
pub(super) fn collect(input: &KitInput<'_>) -> Result<Content, KitError> {
    let a = input.artifacts;
    let full_bit =
        a.static_set.full_bit.as_ref().ok_or_else(|| KitError::NoStatic { run: a.static_set.run.clone() })?;
    let full = images::read(full_bit, Kind::Full, &a.part, a.tool.simulated)?;
    let mut shelf = Shelf::new(a, input.formats, full.payload.clone());

    let stem = format!("static/{}", KitPath::part_from(&a.project));
    let mut fixed_files = shelf.stem(
        &stem,
        &a.project,
        Some((full_bit, &full, Role::Full)),
        None,
        a.static_set.hwh.as_ref().map(regions::read_hwh).transpose()?.map(|(_, bytes)| bytes),
        a.static_set.ltx.as_ref(),
    )?;
    let fixed_hwh = a.static_set.hwh.as_ref().map(regions::read_hwh).transpose()?.map(|(model, _)| model);
    let regions = fixed_hwh.as_ref().map(Hwh::partial_regions).unwrap_or_default();

    let mut gates: Vec<Gate> = a.gates.results.iter().map(gate).collect();
    let mut modules = Vec::new();
    let mut partitions = Vec::new();
    let mut bridges = Vec::new();
    for p in &a.partitions {
        let region = regions::region_of(&regions, &p.cell);
        let mut sets = Vec::new();
        for m in chosen(a, &p.name) {
            let subject = format!("{}/{}", p.name, m.name);
            let Some(bit) = &m.partial_bit else {
                shelf.missing(&subject, "partial bitstream", &format!("run {} has none", m.run));
                continue;
            };
            let partial = images::read(bit, Kind::Partial, &a.part, a.tool.simulated)?;
            let clear = m
                .clear_bit
                .as_ref()
                .map(|c| images::read(c, Kind::Clear, &a.part, a.tool.simulated).map(|i| (c, i)))
                .transpose()?;
            if clear.is_none() && shelf.family.is_some_and(Family::has_clearing_bitstreams) {
                shelf.missing(&subject, "clearing bitstream", &format!("run {} has none", m.run));
            }
            let stem = format!("modules/{}/{}", KitPath::part_from(&p.name), KitPath::part_from(&m.name));
            let mut ranges = Vec::new();
            let mut interrupts = Vec::new();
            let mut hwh = m.hwh.as_ref().map(regions::read_hwh).transpose()?;
            if let (Some((model, bytes)), Some(fixed), Some(region)) = (&mut hwh, &fixed_hwh, region) {
                gates.push(regions::join_gate(&subject, fixed, model, region));
                ranges = regions::ranges(fixed, model, region, &m.drivers);
                interrupts = regions::interrupts(fixed, model, region);
                if input.formats.contains(&KitFormat::Pynq) {
                    match hwh::absolute(fixed, bytes, &region.path) {
                        Ok(written) => *bytes = written.into_owned(),
                        Err(e) => shelf.missing(&subject, "absolute addresses in the .hwh", &e.to_string()),
                    }
                }
            }
            let no_hwh = hwh.is_none();
            let mut bytes = hwh.map(|(_, bytes)| bytes);
            if let (true, Some(fixed), Some(_), true) =
                (no_hwh, &fixed_hwh, region, input.formats.contains(&KitFormat::Pynq))
            {
                let why = if m.greybox {
                    "a greybox holds no IP; PYNQ loads no bitstream without a hand-off file"
                } else {
                    "the module has no hand-off file of Vivado's, so its registers are not known; PYNQ loads no bitstream without one"
                };
                bytes = Some(fixed.without_modules(&m.name, why).into_bytes());
            }
            let files = shelf.stem(
                &stem,
                &subject,
                Some((bit, &partial, Role::Partial)),
                clear.as_ref().map(|(c, i)| (*c, i)),
                bytes,
                m.ltx.as_ref(),
            )?;
            if no_hwh && fixed_hwh.is_some() && region.is_some() && !m.greybox {
                shelf.missing(
                    &subject,
                    "hand-off file",
                    "the module is RTL, or its run tree holds none: its registers are known to nobody",
                );
            }
            sets.push((partial.frames, partial.die));
            if let Some((_, clear)) = clear {
                sets.push((clear.frames, clear.die));
            }
            modules.push(Module {
                name: m.name.clone(),
                partition: p.name.clone(),
                greybox: m.greybox,
                configuration: m.configuration.clone(),
                files,
                drivers: m.drivers.clone(),
                ranges,
                interrupts,
                id: input.care.ids.get(&m.name).cloned(),
            });
        }
        let isolation = regions::isolation(p, fixed_hwh.as_ref(), region)?;
        bridges.push(regions::bridges(&isolation, fixed_hwh.as_ref()));
        // One image whose frames are not known makes the whole unknown: a range that is too small would refuse good images.
        let known: Option<Vec<_>> = sets.iter().map(|(f, _)| f.as_ref()).collect();
        let die = sets.iter().find_map(|(_, d)| *d);
        partitions.push(Partition {
            name: p.name.clone(),
            cell: p.cell.clone(),
            frames: regions::frames(die, &known.unwrap_or_default()),
            apertures: regions::apertures(region),
            isolation,
            reset: input.care.resets.get(&p.name).cloned(),
            power_up: power_up(a, &p.name)
                .filter(|n| modules.iter().any(|m| m.partition == p.name && m.name == *n)),
            pblock: p.pblock_ranges.clone(),
        });
    }

    let refused: Vec<String> = gates
        .iter()
        .filter(|g| g.verdict == Verdict::Refused)
        .map(|g| format!("{} ({}): expected {}, actual {}", g.gate, g.subject, g.expected, g.actual))
        .collect();
    if !refused.is_empty() {
        return Err(KitError::Refused { gates: refused });
    }
    let verdict = gates.iter().map(|g| g.verdict).max().unwrap_or(Verdict::Unknown);
    // What a golden archive or a gate lacks is not the business of whoever loads a kit; verdicts are in the gates.
    let mut missing: Vec<Missing> = a
        .missing
        .iter()
        .filter(|m| m.needed_for == NeededFor::Kit || kit_file(&m.what))
        .map(|m| Missing { subject: m.run.clone(), what: m.what.clone(), why: m.why.clone() })
        .collect();
    missing.append(&mut shelf.missing);
    let firmware = firmware::Input {
        project: &a.project,
        identity: &full.payload,
        simulated: a.tool.simulated,
        target: Target::of_part(&a.part),
        partitions: &partitions,
        bridges: &bridges,
        modules: &modules,
        full: fixed_files.iter().find(|f| f.kind == FileKind::FullBin).map(|f| f.path.as_str()),
        files: &shelf.files,
    };
    let mut more = BTreeMap::new();
    let mut blobs = Vec::new();
    if input.formats.contains(&KitFormat::FpgaManager) {
        let mut overlays = firmware::overlays(&firmware, &mut missing)?;
        more.append(&mut overlays.files);
        blobs = overlays.blobs;
    }
    if input.formats.contains(&KitFormat::DfxMgr) {
        more.append(&mut firmware::dfx_mgr(&firmware, &mut missing)?);
    }
    shelf.files.append(&mut more);
    for (of, file) in blobs {
        match of {
            None => fixed_files.push(file),
            Some((partition, name)) => {
                if let Some(m) = modules.iter_mut().find(|m| m.partition == partition && m.name == name) {
                    m.files.push(file);
                }
            }
        }
    }
    let manifest = Manifest {
        format: FORMAT,
        dfxkit: env!("CARGO_PKG_VERSION").to_owned(),
        project: Project { name: a.project.clone(), version: a.version.clone() },
        simulated: a.tool.simulated,
        verdict,
        vivado: Tool { release: a.tool.release.clone(), build: a.tool.build.clone() },
        device: Device {
            part: a.part.clone(),
            family: shelf.family.map_or_else(|| "unknown".to_owned(), |f| family_id(f).to_owned()),
            idcode: full.idcode.map(u64::from),
        },
        fixed: Static {
            identity: full.payload,
            top: a.static_set.top.clone(),
            configuration: a.static_set.configuration.clone(),
            golden: a.golden.clone(),
            files: fixed_files,
        },
        partitions,
        modules,
        configurations: a
            .configurations
            .iter()
            .map(|c| Configuration { name: c.name.clone(), parent: c.parent, modules: c.modules.clone() })
            .collect(),
        gates,
        sources: input.sources.as_ref().map(|git| Sources { commit: git.commit.clone(), changed: git.dirty }),
        documents: vec![
            DocumentRef { path: KitPath::new(SBOM)?, kind: DocumentKind::Sbom },
            DocumentRef { path: statement::path(), kind: DocumentKind::Provenance },
        ],
        missing,
    };
    Ok(Content { manifest, files: shelf.files, family: shelf.family })
}

/// True for a kind of file that kits hold.
fn kit_file(name: &str) -> bool {
    [".bit", ".bin", ".hwh", ".ltx"].iter().any(|ending| name.ends_with(ending))
}

/// The modules of a partition, each once: of the first configuration that made a partial bitstream of it.
fn chosen<'a>(a: &'a Artifacts, partition: &str) -> Vec<&'a ModuleSet> {
    let mut chosen: Vec<&ModuleSet> = Vec::new();
    for m in a.modules.iter().filter(|m| m.partition == partition) {
        match chosen.iter_mut().find(|c| c.name == m.name) {
            Some(c) if c.partial_bit.is_none() && m.partial_bit.is_some() => *c = m,
            Some(_) => {}
            None => chosen.push(m),
        }
    }
    chosen
}

/// The module that the parent's full image puts into a partition.
fn power_up(a: &Artifacts, partition: &str) -> Option<String> {
    let parent = a.configurations.iter().find(|c| c.parent)?;
    parent.modules.iter().find(|(p, _)| p == partition).and_then(|(_, m)| m.clone())
}

fn gate(result: &gates::GateResult) -> Gate {
    Gate {
        gate: result.gate.clone(),
        subject: result.subject.clone(),
        verdict: match result.verdict {
            gates::Verdict::Passed => Verdict::Passed,
            gates::Verdict::Unknown => Verdict::Unknown,
            gates::Verdict::Refused => Verdict::Refused,
        },
        expected: result.expected.clone(),
        actual: result.actual.clone(),
    }
}

/// Name of a family in the manifest.
pub(super) fn family_id(family: Family) -> &'static str {
    match family {
        Family::Series7 => "7-series",
        Family::UltraScale => "ultrascale",
        Family::UltraScalePlus => "ultrascale-plus",
        Family::Versal => "versal",
    }
}

#[derive(Debug, Clone, Copy)]
enum Role {
    Full,
    Partial,
}

/// Collects files and refuses two of one name.
struct Shelf<'f> {
    formats: &'f [KitFormat],
    identity: String,
    family: Option<Family>,
    /// The part has a Linux FPGA manager: `.bin` files make sense.
    processor: bool,
    files: BTreeMap<String, Vec<u8>>,
    owners: BTreeMap<String, String>,
    missing: Vec<Missing>,
}

impl<'f> Shelf<'f> {
    fn new(a: &Artifacts, formats: &'f [KitFormat], identity: String) -> Self {
        Self {
            formats,
            identity,
            family: Family::of_part(&a.part),
            processor: Target::of_part(&a.part) != Target::Other,
            files: BTreeMap::new(),
            owners: BTreeMap::new(),
            missing: Vec::new(),
        }
    }

    fn missing(&mut self, subject: &str, what: &str, why: &str) {
        let (subject, what, why) = (subject.to_owned(), what.to_owned(), why.to_owned());
        self.missing.push(Missing { subject, what, why });
    }

    fn put(
        &mut self,
        path: String,
        owner: &str,
        kind: FileKind,
        bytes: Vec<u8>,
        payload: Option<&str>,
    ) -> Result<File, KitError> {
        let key = path.to_ascii_lowercase();
        if let Some(first) = self.owners.insert(key, owner.to_owned()) {
            return Err(KitError::Collision { first, second: owner.to_owned(), path });
        }
        let file = File {
            path: KitPath::new(&path)?,
            kind,
            size: bytes.len() as u64,
            sha256: hash::sha256(&bytes),
            payload_sha256: payload.map(str::to_owned),
            static_identity: self.identity.clone(),
        };
        self.files.insert(path, bytes);
        Ok(file)
    }

    /// All files of one stem.
    fn stem(
        &mut self,
        stem: &str,
        owner: &str,
        image: Option<(&Artifact, &Image, Role)>,
        clear: Option<(&Artifact, &Image)>,
        hwh: Option<Vec<u8>>,
        ltx: Option<&Artifact>,
    ) -> Result<Vec<File>, KitError> {
        let mut files = Vec::new();
        let wanted = [KitFormat::FpgaManager, KitFormat::DfxMgr];
        let bins = self.processor && wanted.iter().any(|f| self.formats.contains(f));
        if let Some((artifact, image, role)) = image {
            let (bit, bin) = match role {
                Role::Full => (FileKind::Full, FileKind::FullBin),
                Role::Partial => (FileKind::Partial, FileKind::PartialBin),
            };
            files.push(self.put(
                format!("{stem}.bit"),
                owner,
                bit,
                image.bytes.clone(),
                Some(&image.payload),
            )?);
            if bins {
                let bytes = images::to_bin(&artifact.path, image)?;
                files.push(self.put(format!("{stem}.bin"), owner, bin, bytes, None)?);
            }
        }
        if let Some((artifact, image)) = clear {
            let path = format!("{stem}_clear.bit");
            files.push(self.put(path, owner, FileKind::Clear, image.bytes.clone(), Some(&image.payload))?);
            if bins {
                let bytes = images::to_bin(&artifact.path, image)?;
                files.push(self.put(format!("{stem}_clear.bin"), owner, FileKind::ClearBin, bytes, None)?);
            }
        }
        if let Some(hwh) = hwh {
            let bytes = hwh::without_build_paths(&hwh).into_owned();
            files.push(self.put(format!("{stem}.hwh"), owner, FileKind::Hwh, bytes, None)?);
        }
        if let Some(ltx) = ltx {
            let bytes = fs_err::read(&ltx.path)?;
            files.push(self.put(format!("{stem}.ltx"), owner, FileKind::Ltx, bytes, None)?);
        }
        Ok(files)
    }
}
