// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Are the images of a kit what its manifest says? Digests only tell that nobody changed them since.
//!
//! Read from the files themselves: kind, part, device, payload, frames inside the partition, partitions disjoint, `.bin`
//! equal to its `.bit`, and the static fingerprint of each partial image against the full one. The fingerprint exists for
//! two-pass 7-series images; for others it is unknown, which is said and changes no verdict (it is not this check that
//! proves them, but the gates' bit proofs).

use std::collections::BTreeMap;

use camino::Utf8Path;
use dfxkit_fabric::codec::{Bitstream, Kind, Order};
use dfxkit_fabric::proof::{MatchVerdict, match_static};
use dfxkit_fabric::same_part;
use dfxkit_handoff::kit::{DocumentKind, File, FileKind, Frames, MANIFEST, Manifest, Part, Verdict};

use crate::hash;
use crate::provenance::Statement;

/// Revision bits of an IDCODE are not compared.
const IDCODE_MASK: u64 = 0x0fff_ffff;

/// Examines the images of a kit directory that verified as whole.
///
/// # Errors
/// When a file cannot be read.
pub fn examine(root: &Utf8Path, manifest: &Manifest) -> std::io::Result<Part> {
    let mut examined = Examined::default();
    let full = manifest.full_image().map(|f| fs_err::read(root.join(f.path.as_str()))).transpose()?;
    let full = full.as_ref().and_then(|bytes| Bitstream::parse_as(bytes, Some(&manifest.device.part)).ok());

    let fixed = manifest.fixed.files.iter().map(|f| (None, f));
    let of_modules = manifest.modules.iter().flat_map(|m| {
        let frames = manifest.partitions.iter().find(|p| p.name == m.partition).map(|p| &p.frames);
        m.files.iter().map(move |f| (frames, f))
    });
    let mut data: Vec<(String, Vec<u8>)> = Vec::new();
    for (frames, file) in fixed.chain(of_modules) {
        let Some((kind, raw)) = kind_of(file.kind) else { continue };
        let bytes = fs_err::read(root.join(file.path.as_str()))?;
        examined.images += 1;
        let stream = match Bitstream::parse_as(&bytes, Some(&manifest.device.part)) {
            Ok(stream) => stream,
            Err(e) => {
                examined.fault(file, &e.to_string());
                continue;
            }
        };
        examined.identity(manifest, file, kind, &stream);
        if let Some(frames) = frames {
            examined.frames(file, frames, &stream);
        }
        let normal = stream.to_bin(Order::Normal);
        let (stem, _) = file.path.as_str().rsplit_once('.').unwrap_or((file.path.as_str(), ""));
        if raw {
            match data.iter().find(|(name, _)| name == stem) {
                Some((_, bit)) if *bit == normal => {}
                Some(_) => examined.fault(file, "it is not the data of the .bit beside it"),
                None => examined.fault(file, "there is no .bit of this name beside it"),
            }
        } else {
            data.push((stem.to_owned(), normal));
            if let (Some(full), FileKind::Partial) = (&full, file.kind) {
                examined.fingerprint(file, full, &stream);
            }
        }
    }
    examined.disjoint(manifest);
    for document in manifest.documents.iter().filter(|d| d.kind == DocumentKind::Provenance) {
        let statement = fs_err::read(root.join(document.path.as_str()))?;
        examined.statement(manifest, document.path.as_str(), &statement, &fs_err::read(root.join(MANIFEST))?);
    }
    Ok(examined.part())
}

/// Kind of an image, and whether it is raw data; none for other files.
fn kind_of(kind: FileKind) -> Option<(Kind, bool)> {
    Some(match kind {
        FileKind::Full => (Kind::Full, false),
        FileKind::Partial => (Kind::Partial, false),
        FileKind::Clear => (Kind::Clear, false),
        FileKind::FullBin => (Kind::Full, true),
        FileKind::PartialBin => (Kind::Partial, true),
        FileKind::ClearBin => (Kind::Clear, true),
        FileKind::Hwh | FileKind::Ltx | FileKind::Overlay => return None,
    })
}

#[derive(Default)]
struct Examined {
    images: usize,
    matched: usize,
    without_fingerprint: usize,
    faults: Vec<String>,
    /// Images without the mark, in a kit that says SIMULATED.
    unmarked: Vec<String>,
}

impl Examined {
    fn fault(&mut self, file: &File, why: &str) {
        self.faults.push(format!("{}: {why}", file.path));
    }

    fn identity(&mut self, manifest: &Manifest, file: &File, kind: Kind, stream: &Bitstream<'_>) {
        let name = |k: Kind| format!("{k:?}").to_lowercase();
        match stream.kind() {
            Some(found) if found == kind => {}
            None if stream.is_encrypted() => {}
            found => {
                let actual = found.map_or_else(|| "not told".to_owned(), name);
                self.fault(file, &format!("kind expected {}, actual {actual}", name(kind)));
            }
        }
        if let Some(header) = stream.header() {
            if !same_part(header.part, &manifest.device.part) {
                self.fault(file, &format!("part expected {}, actual {}", manifest.device.part, header.part));
            }
            // The header is part of no payload: a mark taken out of kit.json still stands in every image.
            let simulated = header.attribute("SIMULATED").is_some_and(|v| v.eq_ignore_ascii_case("TRUE"));
            match (simulated, manifest.simulated) {
                (true, false) => self.fault(file, "it says SIMULATED, the manifest says that Vivado made it"),
                (false, true) => self.unmarked.push(file.path.to_string()),
                _ => {}
            }
            let actual = hash::sha256(stream.data());
            if let Some(expected) = file.payload_sha256.as_ref().filter(|p| **p != actual) {
                self.fault(file, &format!("payload expected {expected}, actual {actual}"));
            }
        }
        if stream.crc_ok() == Some(false) {
            self.fault(file, "its CRC words do not agree with its data");
        }
        if let (Some(expected), Some(&actual)) = (manifest.device.idcode, stream.idcodes().first())
            && expected & IDCODE_MASK != u64::from(actual) & IDCODE_MASK
        {
            self.fault(file, &format!("IDCODE expected {expected:#010x}, actual {actual:#010x}"));
        }
    }

    fn frames(&mut self, file: &File, frames: &Frames, stream: &Bitstream<'_>) {
        let Some((die, map)) = stream.die().and_then(|d| d.frame_map().map(|m| (d, m))) else { return };
        if frames.count.is_none() {
            return;
        }
        let outside = stream
            .written()
            .iter()
            .filter(|index| {
                let far = map.address(*index).and_then(|a| die.encode(a)).map(u64::from);
                !far.is_some_and(|far| frames.ranges.iter().any(|(a, b)| (*a..=*b).contains(&far)))
            })
            .count();
        if outside > 0 {
            self.fault(file, &format!("it writes {outside} frames outside its partition"));
        }
    }

    fn fingerprint(&mut self, file: &File, full: &Bitstream<'_>, partial: &Bitstream<'_>) {
        let found = match_static(full, partial);
        match found.verdict {
            MatchVerdict::Match => self.matched += 1,
            MatchVerdict::Unknown => self.without_fingerprint += 1,
            MatchVerdict::Mismatch => {
                self.fault(file, &format!("it was made for another static: {}", found.detail));
            }
        }
    }

    /// The statement about how the kit was made is about these files, all of them and no other.
    fn statement(&mut self, manifest: &Manifest, path: &str, statement: &[u8], text: &[u8]) {
        let statement = match Statement::parse(statement) {
            Ok(statement) => statement,
            Err(e) => return self.faults.push(format!("{path}: {e}")),
        };
        let own = manifest.files().map(|f| (f.path.to_string(), f.sha256.clone()));
        let mut expected: BTreeMap<String, String> = own.collect();
        expected.insert(MANIFEST.to_owned(), hash::sha256(text));
        for subject in &statement.subject {
            let name = subject.name.as_deref().unwrap_or_default();
            match expected.remove(name) {
                Some(digest) if subject.sha256() == Some(digest.as_str()) => {}
                Some(_) => self.faults.push(format!("{path} is about another {name}")),
                None => {
                    self.faults.push(format!("{path} is about \"{name}\", which the kit does not describe"));
                }
            }
        }
        if let Some(name) = expected.keys().next() {
            self.faults.push(format!("{path} says nothing of {name}"));
        }
    }

    /// Two partitions never share a frame.
    fn disjoint(&mut self, manifest: &Manifest) {
        for (n, a) in manifest.partitions.iter().enumerate() {
            for b in &manifest.partitions[n + 1..] {
                let overlap = a.frames.ranges.iter().any(|(first, last)| {
                    b.frames.ranges.iter().any(|(other, end)| first <= end && other <= last)
                });
                if overlap {
                    self.faults.push(format!("partitions {} and {} write the same frames", a.name, b.name));
                }
            }
        }
    }

    fn part(self) -> Part {
        let name = "images".to_owned();
        if !self.faults.is_empty() {
            return Part { name, verdict: Verdict::Refused, detail: self.faults.join("; ") };
        }
        if !self.unmarked.is_empty() {
            let detail = format!(
                "kit.json says SIMULATED, and these images do not: {}. Either they come from elsewhere, or from a stand-in before 0.1",
                self.unmarked.join(", ")
            );
            return Part { name, verdict: Verdict::Unknown, detail };
        }
        let fingerprint = match (self.matched, self.without_fingerprint) {
            (0, 0) => String::new(),
            (matched, 0) => format!("; all {matched} partial images match the static by its fingerprint"),
            (0, none) => format!("; {none} partial images carry no fingerprint of their static"),
            (matched, none) => {
                format!("; {matched} partial images match the static by its fingerprint, {none} carry none")
            }
        };
        let detail = format!(
            "{} images read: kind, part, device, data and frames as kit.json says{fingerprint}",
            self.images
        );
        Part { name, verdict: Verdict::Passed, detail }
    }
}
