// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the files of a release say, held against its manifest: a manifest and objects that all hash well can still be of different builds.
//!
//! | part | holds that |
//! |---|---|
//! | `identity` | every file is of the part and the Vivado of the release |
//! | `checkpoint` | the locked static is black-boxed at the partitions' cells and nowhere else, the routed one nowhere |
//! | `ports` | the checkpoint of every module has the ports of its partition |
//! | `pblock` | the Pblocks in the routed checkpoint are those of the manifest |
//! | `frames` | the partial bitstreams of a partition write the frames that the manifest tells, those of updates no other |
//! | `fingerprint` | the static's bits are those of the manifest |
//! | `provenance` | the statement names every object with its digest |
//! | `bit-proofs` | the bitstreams prove one another, those of updates against the release's own full bitstream |
//!
//! What the manifest does not tell (format 1) is not compared. Frames and ranges are derived by this program: where one of another version told
//! others, the answer is unknown and not refused.

use std::collections::BTreeSet;

use dfxkit_fabric::codec::Bitstream;
use dfxkit_fabric::part::PartName;

use super::check::Part;
use super::facts::{self, Bits};
use super::manifest::{FileEntry, Frames, Role, port_lines};
use super::updates::{self, Update};
use super::{Golden, restore};
use crate::gates::Verdict;
use crate::gates::judge::judge_files;
use crate::provenance::Statement;
use crate::runtree::dcp::Dcp;

/// All parts; the files were re-hashed before.
pub(super) fn parts(golden: &Golden) -> Vec<Part> {
    let mut parts: Vec<Part> = judge_files(&restore::artifacts(golden))
        .into_iter()
        .map(|r| of_gate(r, &golden.manifest.files))
        .collect();
    parts.extend(checkpoints(golden));
    parts.extend(ports(golden, &golden.manifest.files, ""));
    parts.extend(pblocks(golden));
    parts.extend(bits(golden));
    parts.extend(provenance(golden));
    for name in updates::names(golden).unwrap_or_default() {
        // One that does not read was named with the files.
        let Ok(update) = updates::load(golden, &name) else { continue };
        parts.extend(of_update(golden, &update));
    }
    parts
}

/// A gate's result, with the names of the files in place of those of their objects.
fn of_gate(r: crate::gates::GateResult, files: &[FileEntry]) -> Part {
    let named = |text: String| {
        files.iter().fold(text, |text, f| {
            if !text.contains(&f.sha256) {
                return text;
            }
            let object = format!("{}/{}", &f.sha256[..2], f.sha256);
            text.replace(&object, f.name.as_str()).replace(&f.sha256, f.name.as_str())
        })
    };
    Part::new(&r.gate, named(r.subject), r.verdict, named(r.expected), named(r.actual))
}

fn compared(name: &str, subject: impl Into<String>, expected: String, actual: String) -> Part {
    let verdict = if expected == actual { Verdict::Passed } else { Verdict::Refused };
    Part::new(name, subject, verdict, expected, actual)
}

fn checkpoints(golden: &Golden) -> Vec<Part> {
    let m = &golden.manifest;
    let cells: BTreeSet<&str> = m.partitions.iter().map(|p| p.cell.as_str()).collect();
    let told = |cells: &BTreeSet<&str>| {
        if cells.is_empty() {
            "no black box".to_owned()
        } else {
            format!("black boxes: {}", cells.iter().copied().collect::<Vec<_>>().join(", "))
        }
    };
    let mut parts = Vec::new();
    for (role, expected) in [(Role::BlackboxDcp, &cells), (Role::RoutedDcp, &BTreeSet::new())] {
        let Some(file) = m.file(role, "") else { continue };
        let subject = format!("{role} {}", file.name);
        match Dcp::read(&golden.store().object(&file.sha256)) {
            // Checkpoints of old releases do not list their black boxes.
            Ok(dcp) if dcp.blackboxes.is_empty() && !expected.is_empty() && !dcp.implemented => {
                let actual = "neither black boxes nor a routed design are told";
                parts.push(Part::new("checkpoint", subject, Verdict::Unknown, told(expected), actual));
            }
            Ok(dcp) => {
                let found = dcp.blackboxes.iter().map(String::as_str).collect();
                parts.push(compared("checkpoint", subject, told(expected), told(&found)));
            }
            Err(e) => {
                parts.push(Part::new("checkpoint", subject, Verdict::Refused, told(expected), e.to_string()));
            }
        }
    }
    parts
}

/// Ports of the modules' checkpoints against the interface of their partition. Greyboxes are made by Vivado from that very interface.
fn ports(golden: &Golden, files: &[FileEntry], of: &str) -> Vec<Part> {
    let m = &golden.manifest;
    let mut parts = Vec::new();
    for file in files.iter().filter(|f| f.role == Role::ModuleDcp) {
        let Some((partition, module)) = file.subject.split_once('/') else { continue };
        if m.modules.iter().any(|x| x.partition == partition && x.name == module && x.greybox) {
            continue;
        }
        let golden_side = m
            .partitions
            .iter()
            .find(|p| p.name == partition)
            .and_then(|p| p.ports.as_deref())
            .map(port_lines);
        let stub = Dcp::read(&golden.store().object(&file.sha256)).ok().and_then(|d| d.stub);
        let (Some(expected), Some(actual)) = (golden_side, stub.as_deref().map(port_lines)) else { continue };
        let only = |a: &[String], b: &[String]| -> String {
            a.iter().filter(|p| !b.contains(p)).cloned().collect::<Vec<_>>().join("; ")
        };
        let count = format!("{} ports of partition {partition}", expected.len());
        let (e, a) = if expected == actual {
            (count.clone(), count)
        } else {
            (only(&expected, &actual), only(&actual, &expected))
        };
        let verdict = if expected == actual { Verdict::Passed } else { Verdict::Refused };
        parts.push(Part::new("ports", format!("{of}{}", file.subject), verdict, e, a));
    }
    parts
}

/// True when this very version derived what the manifest tells.
fn ours(golden: &Golden) -> bool {
    golden.manifest.written_by == format!("dfxkit {}", env!("CARGO_PKG_VERSION"))
}

fn pblocks(golden: &Golden) -> Vec<Part> {
    let m = &golden.manifest;
    let told: Vec<_> = m.partitions.iter().filter(|p| p.derived_ranges.is_some()).collect();
    let (Some(file), false) = (m.file(Role::RoutedDcp, ""), told.is_empty()) else { return Vec::new() };
    let cells: Vec<&str> = told.iter().map(|p| p.cell.as_str()).collect();
    let found = facts::derived_ranges(&golden.store().object(&file.sha256), &m.part, &cells);
    let text = |ranges: Option<&Vec<String>>| ranges.map_or("no Pblock".to_owned(), |r| r.join(" "));
    let part = |(p, found): (&&super::manifest::PartitionEntry, &Option<Vec<String>>)| {
        let subject = format!("Pblock of partition {}", p.name);
        let part = compared("pblock", subject, text(p.derived_ranges.as_ref()), text(found.as_ref()));
        let verdict =
            if part.verdict == Verdict::Refused && !ours(golden) { Verdict::Unknown } else { part.verdict };
        Part { verdict, ..part }
    };
    told.iter().zip(&found).map(part).collect()
}

fn bits(golden: &Golden) -> Vec<Part> {
    let m = &golden.manifest;
    let fingerprint = m.static_design.fingerprint.as_ref();
    if fingerprint.is_none() && m.partitions.iter().all(|p| p.frames.is_none()) {
        return Vec::new();
    }
    let read = |f: &FileEntry| fs_err::read(golden.store().object(&f.sha256)).unwrap_or_default();
    let mut collected = Bits::new(&m.part);
    for x in &m.modules {
        let subject = format!("{}/{}", x.partition, x.name);
        for role in [Role::PartialBit, Role::ClearBit] {
            if let Some(file) = m.file(role, &subject) {
                collected.add(&x.partition, &read(file));
            }
        }
    }
    let full = m.file(Role::FullBit, m.parent_name()).map(read);
    let found = collected.told(full.as_deref());
    let part = |name: &str, subject: String, told: Option<&Frames>, found: Option<&Frames>| {
        let told = told?;
        let text = |f: Option<&Frames>| {
            f.map_or("the bitstreams do not tell".to_owned(), |f| {
                format!("sha256:{} of {} frames", f.sha256, f.count)
            })
        };
        let part = compared(name, subject, text(Some(told)), text(found));
        // Another program may know the device by another map.
        let other_map = !ours(golden) && found.is_none_or(|f| f.count != told.count);
        let unknown = part.verdict == Verdict::Refused && other_map;
        Some(Part { verdict: if unknown { Verdict::Unknown } else { part.verdict }, ..part })
    };
    let mut parts: Vec<Part> = Vec::new();
    parts.extend(part("fingerprint", "the static".into(), fingerprint, found.fingerprint.as_ref()));
    for p in &m.partitions {
        let now = found.frames.iter().find(|(name, _)| *name == p.name).map(|(_, f)| f);
        parts.extend(part("frames", format!("partition {}", p.name), p.frames.as_ref(), now));
    }
    parts
}

fn provenance(golden: &Golden) -> Option<Part> {
    let m = &golden.manifest;
    let file = m.files.iter().find(|f| f.role == Role::Provenance)?;
    let expected = format!("a statement that names {} objects", m.files.len() - 1);
    let part = |verdict, actual: String| {
        Some(Part::new("provenance", file.name.as_str(), verdict, expected.clone(), actual))
    };
    let text = fs_err::read(golden.store().object(&file.sha256)).unwrap_or_default();
    let statement = match Statement::parse(&text) {
        Ok(statement) => statement,
        Err(e) => return part(Verdict::Refused, e.to_string()),
    };
    let named: BTreeSet<&str> = statement.subject.iter().filter_map(|s| s.sha256()).collect();
    let others = m.files.iter().filter(|f| f.role != Role::Provenance);
    let missing: Vec<&str> =
        others.clone().filter(|f| !named.contains(f.sha256.as_str())).map(|f| f.name.as_str()).collect();
    if !missing.is_empty() {
        return part(Verdict::Refused, format!("it does not name {}", missing.join(", ")));
    }
    if statement.subject.len() != others.count() {
        return part(Verdict::Refused, format!("it names {} objects", statement.subject.len()));
    }
    part(Verdict::Passed, expected.clone())
}

fn of_update(golden: &Golden, update: &Update) -> Vec<Part> {
    let of = format!("update {}: ", update.name);
    let artifacts = restore::update_artifacts(golden, update);
    let files: Vec<FileEntry> = update.files.iter().chain(&golden.manifest.files).cloned().collect();
    let mut parts: Vec<Part> = judge_files(&artifacts)
        .into_iter()
        .map(|r| of_gate(r, &files))
        .map(|p| Part { subject: format!("{of}{}", p.subject), ..p })
        .collect();
    parts.extend(ports(golden, &update.files, &of));
    parts.extend(update_frames(golden, update, &of));
    parts
}

/// The partials of an update write frames of their partition and no other.
fn update_frames(golden: &Golden, update: &Update, of: &str) -> Vec<Part> {
    let m = &golden.manifest;
    let written = |file: &FileEntry| {
        let bytes = fs_err::read(golden.store().object(&file.sha256)).ok()?;
        let bits = Bitstream::parse_as(&bytes, Some(&m.part)).ok()?;
        Some(bits.written()).filter(|set| !set.is_empty())
    };
    let mut parts = Vec::new();
    for file in update.files.iter().filter(|f| f.role == Role::PartialBit) {
        let Some((partition, _)) = file.subject.split_once('/') else { continue };
        let of_release = m.files.iter().filter(|f| {
            f.role == Role::PartialBit && f.subject.split_once('/').is_some_and(|s| s.0 == partition)
        });
        let sets: Option<Vec<_>> = of_release.map(written).collect();
        let known = sets.and_then(|sets| sets.into_iter().reduce(|a, b| a.union(&b)));
        let (Some(known), Some(own)) = (known, written(file)) else { continue };
        let outside = own.difference(&known).len();
        let expected = format!("the {} frames of partition {partition}", known.len());
        let subject = format!("{of}{}", file.subject);
        parts.push(if outside == 0 {
            Part::new("frames", subject, Verdict::Passed, expected.clone(), expected)
        } else {
            let actual = format!("{outside} of its {} frames are others", own.len());
            // Where routing may leave the Pblock, another module may need other frames; the bit proofs decide there.
            let exact =
                PartName::parse(&m.part).ok().and_then(|p| p.family()).is_some_and(|f| !f.expands_routing());
            let verdict = if exact { Verdict::Refused } else { Verdict::Unknown };
            Part::new("frames", subject, verdict, expected, actual)
        });
    }
    parts
}
