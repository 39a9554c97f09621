// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Facts of a release that only its files tell: what the static is, bit by bit; which frames each partition writes; its Pblocks as the routed
//! checkpoint has them; patches of Vivado; IP cores. Derived when a release is archived and again when it is checked.
//!
//! - **Fingerprint of the static**: SHA-256 over a line that names version and die, then, for every frame of the parent's full bitstream that no
//!   partial or clearing bitstream of the release writes, its frame address and its words (32 bits each, little end first), in the order of the
//!   device.
//! - **Frames of a partition**: SHA-256 over such a line, then the address of every frame that any of its partial or clearing bitstreams writes.
//!
//! Not told where the die has no frame map, and for encrypted, stacked and Versal devices. Ports are not here: they stand in the manifest
//! and its interface hash.

use std::collections::BTreeSet;

use camino::Utf8Path;
use dfxkit_fabric::codec::Bitstream;
use dfxkit_fabric::device::{Device, Die};
use dfxkit_fabric::floorplan::analyse;
use dfxkit_fabric::frames::{FrameSet, Pass};
use dfxkit_fabric::pblock::PblockSpec;
use dfxkit_fabric::xdc::Xdc;
use sha2::{Digest, Sha256};

use super::manifest::Frames;
use crate::gates::{header, log};
use crate::hash;
use crate::runtree::dcp::Dcp;

/// What the bitstreams of a release tell.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BitFacts {
    /// The static.
    pub fingerprint: Option<Frames>,
    /// Partition and what it writes; those that do not tell are left out.
    pub frames: Vec<(String, Frames)>,
}

/// Collects what bitstreams tell: first the images of the partitions, then the full bitstream.
///
/// An image that does not tell its frames leaves its partition, and the static, without an answer: a set of frames that is too small would be another
/// set.
#[derive(Debug, Default)]
pub struct Bits {
    part: String,
    written: Vec<(String, Option<(FrameSet, &'static Die)>)>,
}

impl Bits {
    /// For a part.
    pub fn new(part: &str) -> Self {
        Self { part: part.to_owned(), written: Vec::new() }
    }

    /// Adds a partial or clearing bitstream of a partition.
    pub fn add(&mut self, partition: &str, bytes: &[u8]) {
        let set = frames_of(&self.part, bytes);
        match self.written.iter_mut().find(|(name, _)| name == partition) {
            Some((_, known)) => *known = known.take().zip(set).map(|((a, die), (b, _))| (a.union(&b), die)),
            None => self.written.push((partition.to_owned(), set)),
        }
    }

    /// What they tell, with the parent's full bitstream.
    pub fn told(self, full: Option<&[u8]>) -> BitFacts {
        let frames = self.written.iter().filter_map(|(name, set)| {
            let (set, die) = set.as_ref()?;
            let mut hasher = Sha256::new();
            hasher.update(format!("dfxkit frames of a partition 1 {}\n", die.name()));
            for index in set.iter() {
                hasher.update(far(die, index)?.to_le_bytes());
            }
            Some((name.clone(), Frames { count: set.len(), sha256: hash::hex(&hasher.finalize()) }))
        });
        let frames = frames.collect();
        let all: Option<Vec<FrameSet>> =
            self.written.into_iter().map(|(_, known)| known.map(|(set, _)| set)).collect();
        let known = all.filter(|sets| !sets.is_empty());
        let fingerprint = full.zip(known).and_then(|(full, sets)| fingerprint(&self.part, full, &sets));
        BitFacts { fingerprint, frames }
    }
}

fn frames_of(part: &str, bytes: &[u8]) -> Option<(FrameSet, &'static Die)> {
    let bits = Bitstream::parse_as(bytes, Some(part)).ok()?;
    let set = bits.written();
    let die = bits.die()?;
    (!bits.is_encrypted() && bits.streams() <= 1 && !set.is_empty()).then_some((set, die))
}

fn far(die: &Die, index: usize) -> Option<u32> {
    die.encode(die.frame_map()?.address(index)?)
}

fn fingerprint(part: &str, full: &[u8], partitions: &[FrameSet]) -> Option<Frames> {
    let bits = Bitstream::parse_as(full, Some(part)).ok()?;
    if bits.is_encrypted() || bits.streams() > 1 || !bits.covers_die() || bits.crc_ok() == Some(false) {
        return None;
    }
    let frames = bits.frames(Pass::Last)?;
    let capacity = bits.written().capacity();
    let of_static = partitions.iter().fold(FrameSet::new(capacity), |all, set| all.union(set)).complement();
    let mut hasher = Sha256::new();
    let die = bits.die()?;
    hasher.update(format!("dfxkit fingerprint of a static 1 {}\n", die.name()));
    let mut line = Vec::new();
    for index in of_static.iter() {
        line.clear();
        line.extend(far(die, index)?.to_le_bytes());
        line.extend(frames.get(index)?.iter().flat_map(u32::to_le_bytes));
        hasher.update(&line);
    }
    let count = of_static.len();
    (count > 0).then(|| Frames { count, sha256: hash::hex(&hasher.finalize()) })
}

/// Ranges of the Pblocks that hold the cells, as the constraints in a checkpoint leave them, snapped to what the device can reconfigure
/// (Vivado's `DERIVED_RANGES`, computed; see [`dfxkit_fabric::pblock`] for the limits). None for a cell without a Pblock there, or when the device
/// is not known.
pub fn derived_ranges(checkpoint: &Utf8Path, part: &str, cells: &[&str]) -> Vec<Option<Vec<String>>> {
    let told = Dcp::constraints(checkpoint).ok().flatten().zip(Device::of_part(part).ok());
    let Some((text, device)) = told else { return vec![None; cells.len()] };
    let xdc = Xdc::read(&text);
    let one = |cell: &&str| {
        let pblock = xdc.pblocks.iter().find(|p| p.cells.iter().any(|c| c.value == **cell))?;
        let mut spec = PblockSpec::from_xdc(pblock);
        // The stand-in writes a Pblock twice into a checkpoint: as it was read, and as it is.
        let mut seen = BTreeSet::new();
        spec.ranges.retain(|r| seen.insert(r.to_string()));
        let floorplan = analyse(&device, &[spec]);
        let ranges = &floorplan.partitions.first()?.snapped;
        Some(ranges.iter().map(ToString::to_string).collect::<Vec<_>>()).filter(|r| !r.is_empty())
    };
    cells.iter().map(one).collect()
}

/// Patches of Vivado that checkpoints and logs name; sorted, each once. Files that cannot be read name none.
pub fn patches(checkpoints: &[&Utf8Path], logs: &[&Utf8Path]) -> Vec<String> {
    let mut found = BTreeSet::new();
    for path in checkpoints {
        found.extend(Dcp::read(path).map(|d| d.patches).unwrap_or_default());
    }
    for path in logs {
        // The banner stands on top; a log can be long.
        let text = fs_err::read(path).unwrap_or_default();
        let head = String::from_utf8_lossy(&text[..text.len().min(16 << 10)]).into_owned();
        if log::read(&head).release.is_some() {
            let banner = head.lines().filter(|l| l.contains("Vivado v"));
            found.extend(banner.flat_map(header::patches));
        }
    }
    found.into_iter().collect()
}

/// IP cores as VLNV, from hand-off files (`.hwh`), cores (`.xci`) and block designs (`.bd`); sorted, each once. What does not read names none.
pub fn ip_cores(files: &[&Utf8Path]) -> Vec<String> {
    let mut found = BTreeSet::new();
    for path in files {
        let Ok(bytes) = fs_err::read(path) else { continue };
        match path.extension() {
            Some("hwh") => {
                let Ok(model) = dfxkit_handoff::hwh::parse(&bytes) else { continue };
                found.extend(model.modules.iter().filter_map(|m| m.vlnv.as_ref()).map(|v| v.0.clone()));
            }
            Some("xci" | "bd") => found.extend(vlnvs(&String::from_utf8_lossy(&bytes))),
            _ => {}
        }
    }
    found.into_iter().collect()
}

/// VLNVs of an `.xci` or `.bd`: JSON (`"component_reference"`, `"vlnv"`) from 2020 on, IP-XACT (`componentRef`) before.
fn vlnvs(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    if let Ok(value) = serde_json::from_str::<serde_json::Value>(text) {
        let mut open = vec![&value];
        while let Some(value) = open.pop() {
            match value {
                serde_json::Value::Object(map) => {
                    for (key, inner) in map {
                        match inner.as_str() {
                            Some(v) if matches!(key.as_str(), "component_reference" | "vlnv") => {
                                found.insert(v.to_owned());
                            }
                            _ => open.push(inner),
                        }
                    }
                }
                serde_json::Value::Array(list) => open.extend(list),
                _ => {}
            }
        }
    } else if let Ok(document) = roxmltree::Document::parse(text) {
        for node in document.descendants().filter(|n| n.tag_name().name() == "componentRef") {
            let of = |name: &str| node.attributes().find(|a| a.name() == name).map(|a| a.value());
            if let (Some(v), Some(l), Some(n), Some(r)) =
                (of("vendor"), of("library"), of("name"), of("version"))
            {
                found.insert(format!("{v}:{l}:{n}:{r}"));
            }
        }
    }
    found.retain(|v| v.split(':').count() == 4 && !v.contains(char::is_whitespace));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use dfxkit_fabric::write::BitWriter;

    #[test]
    fn the_fingerprint_is_of_the_static_alone() {
        let part = "xc7z010clg400-1";
        let writer = BitWriter::new(&Device::of_part(part).unwrap()).unwrap();
        let map = writer.die().frame_map().unwrap();
        let mut set = FrameSet::new(map.len());
        set.insert_range(700..736);
        let full = |of_static: u32, of_module: u32| {
            writer.full(|address, words| {
                let own = map.index_of(address).is_some_and(|i| set.contains(i));
                words[0] = if own { of_module } else { of_static };
            })
        };
        let partial = writer.partial(&set, |_, words| words[0] = 9);
        let told = |full: &[u8], images: &[&[u8]]| {
            let mut bits = Bits::new(part);
            for image in images {
                bits.add("rp", image);
            }
            bits.told(Some(full))
        };
        let first = told(&full(1, 2), &[&partial]);
        assert_eq!(first.fingerprint.as_ref().unwrap().count, map.len() - 36);
        assert_eq!((first.frames[0].0.as_str(), first.frames[0].1.count), ("rp", 36));
        assert_eq!(told(&full(1, 3), &[&partial]), first, "another module is the same static");
        assert_ne!(told(&full(2, 2), &[&partial]).fingerprint, first.fingerprint, "another static is not");
        // What does not read is no smaller set.
        assert_eq!(told(&full(1, 2), &[&partial, &[1, 2, 3]]), BitFacts::default());
        assert_eq!(told(&partial, &[&partial]).fingerprint, None, "a partial is no full bitstream");
        assert_eq!(told(&full(1, 2), &[]), BitFacts::default());
    }

    #[test]
    fn cores_are_read_from_every_form() {
        let json = r#"{"ip_inst": {"xci_name": "x", "component_reference": "xilinx.com:ip:axi_gpio:2.0"},
            "design": {"components": {"a": {"vlnv": "xilinx.com:ip:dfx_decoupler:1.0", "n": "a b:c:d:e"}}}}"#;
        assert_eq!(
            vlnvs(json).into_iter().collect::<Vec<_>>(),
            ["xilinx.com:ip:axi_gpio:2.0", "xilinx.com:ip:dfx_decoupler:1.0"]
        );
        let xml = r#"<s:design xmlns:s="u"><s:componentRef s:vendor="xilinx.com" s:library="ip" s:name="fifo" s:version="13.2"/></s:design>"#;
        assert_eq!(vlnvs(xml).into_iter().collect::<Vec<_>>(), ["xilinx.com:ip:fifo:13.2"]);
        assert!(vlnvs("neither").is_empty());
    }
}
