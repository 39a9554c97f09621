// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Bitstream files: real headers, packets, frames and CRCs on the part's own frame map, with made-up frame content.
//!
//! Content is a function of names, so that the proofs of real bitstreams hold for the right reason:
//! a static frame depends on the static's placement seed and its address; a partition frame on the static routes
//! through it (the same seed) and on the module in it. Two runs of one static therefore agree outside the partitions,
//! a child's full bitstream is its parent's with the child's partials applied, and another implementation of the
//! static agrees with neither. Parts without a public frame map get a file whose data says so.

use dfxkit_fabric::PartName;
use dfxkit_fabric::device::{BlockType, ColumnKind, Device, Die, FrameAddress};
use dfxkit_fabric::floorplan;
use dfxkit_fabric::frames::{FrameSet, Pass, ecc};
use dfxkit_fabric::pblock::{FrameColumns, PblockSpec, SnappingMode};
use dfxkit_fabric::site::SiteRange;
use dfxkit_fabric::write::{BitWriter, HeaderFields};

use crate::model::design::{Cell, Design, Pblock};
use crate::release::Release;
use crate::util;

/// What a bitstream file is asked to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Which {
    Full,
    Partial(String),
    Clearing(String),
}

/// A .bit taken apart: the header, and the configuration data after it (what a .bin holds).
pub(crate) struct Bit {
    pub(crate) header: Vec<u8>,
    pub(crate) data: Vec<u8>,
    /// Why no frames are in it.
    pub(crate) unmapped: Option<String>,
}

/// The header's fields, as real ones have them, with the mark at the end.
fn fields(design: &Design, which: &Which, release: Release) -> HeaderFields {
    let part = PartName::parse(&design.part).map_or_else(|_| design.part.clone(), |p| p.header_form());
    let (year, month, day, h, m, s, _) = util::civil(util::local_now());
    let clean = |t: &str| t.replace([';', '\0'], "_");
    let mut fields = HeaderFields::new(
        &clean(&design.top),
        &clean(&part),
        &format!("{year}/{month:02}/{day:02}"),
        &format!("{h:02}:{m:02}:{s:02}"),
        release.name,
    );
    if let (Which::Full, Some(user)) = (which, design.props.get("BITSTREAM.CONFIG.USERID")) {
        fields.user_id = clean(&user.to_uppercase());
    }
    fields.extra.push(("SIMULATED".to_owned(), "TRUE".to_owned()));
    fields
}

/// A partition's frames and what is in it.
struct Region {
    cell: String,
    frames: FrameColumns,
    module: u64,
    reset: bool,
}

/// A number for a text: the start of its digest.
fn key(text: &str) -> u64 {
    u64::from_str_radix(&util::digest(&[text])[..16], 16).unwrap_or(1)
}

/// Splitmix: the next of a stream of numbers.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

fn place(a: FrameAddress) -> u64 {
    let block = u64::from(a.block != BlockType::Fabric);
    (block << 60) | (u64::from(a.row) << 40) | (u64::from(a.column) << 20) | u64::from(a.minor)
}

/// Sets some words of a frame: as many as `words`, each with few bits, as sparse as real frames are.
fn sprinkle(frame: &mut [u32], key: u64, a: FrameAddress, words: usize) {
    let mut state = key ^ place(a).wrapping_mul(0xD6E8_FEB8_6659_FD93);
    for _ in 0..words {
        let n = next(&mut state);
        let at = (n >> 40) as usize % frame.len();
        frame[at] |= (n as u32) & (n >> 20) as u32;
    }
}

struct Painter<'a> {
    die: &'static Die,
    seed: u64,
    regions: &'a [Region],
}

impl Painter<'_> {
    fn is_clb(&self, a: FrameAddress) -> bool {
        a.block == BlockType::Fabric
            && matches!(
                self.die.kind_at(u32::from(a.row), usize::from(a.column)),
                Some(ColumnKind::ClbL | ColumnKind::ClbM)
            )
    }

    /// The static's routes through a partition frame: bits in the routing minors of logic columns.
    fn routes(&self, frame: &mut [u32], a: FrameAddress) {
        if self.is_clb(a) && (2..=23).contains(&a.minor) {
            sprinkle(frame, self.seed ^ 0x5157, a, 3);
        }
    }

    /// What is in the frame once everything is loaded.
    fn last(&self, frame: &mut [u32], a: FrameAddress) {
        match self.regions.iter().find(|r| r.frames.contains(a)) {
            None => sprinkle(frame, self.seed, a, 9),
            Some(region) => {
                self.routes(frame, a);
                sprinkle(frame, region.module ^ self.seed.rotate_left(17), a, 9);
            }
        }
        self.protect(frame, a);
    }

    /// The first pass of a reset partial: the static routes, all ones in minors 24 and 25, nothing else.
    fn first(&self, frame: &mut [u32], a: FrameAddress) {
        self.routes(frame, a);
        if self.is_clb(a) && (24..=25).contains(&a.minor) {
            frame.fill(u32::MAX);
        }
        self.protect(frame, a);
    }

    /// The frame's error-correcting code, where its form is known.
    fn protect(&self, frame: &mut [u32], a: FrameAddress) {
        if self.die.family() == dfxkit_fabric::Family::Series7 && a.block == BlockType::Fabric {
            frame[ecc::WORD] &= !ecc::BITS;
            frame[ecc::WORD] |= ecc::series7(frame);
        }
    }
}

/// A Pblock as the floorplan rules take it; ranges that they cannot read are left out.
fn spec(pblock: &Pblock) -> PblockSpec {
    let ranges = pblock.ranges.iter().filter_map(|r| SiteRange::parse_list(r).ok()).flatten().collect();
    let mut spec = PblockSpec::new(&pblock.name, ranges);
    spec.snapping_mode = pblock.props.get("SNAPPING_MODE").and_then(SnappingMode::parse);
    spec.reset_after_reconfig = pblock.props.truth("RESET_AFTER_RECONFIG");
    spec.parent = pblock.props.get("PARENT").filter(|p| *p != "ROOT").map(str::to_owned);
    spec
}

/// The partitions of a design with their frames.
fn regions(design: &Design, device: &Device) -> Vec<Region> {
    let cells: Vec<(&String, &Cell, PblockSpec)> = design
        .reconfigurable()
        .filter_map(|(path, cell)| design.pblock_of(path).map(|p| (path, cell, spec(p))))
        .collect();
    let specs: Vec<PblockSpec> = cells.iter().map(|(_, _, s)| s.clone()).collect();
    let plan = floorplan::analyse(device, &specs);
    cells
        .into_iter()
        .filter_map(|(path, cell, spec)| {
            let frames = plan.partition(&spec.name)?.frames.clone();
            let content = format!("{path} {}", cell.content.as_deref().unwrap_or("black"));
            Some(Region {
                cell: path.clone(),
                frames,
                module: key(&content),
                reset: spec.resets_on(device.family()),
            })
        })
        .collect()
}

/// The whole file for `which`.
pub(crate) fn build(design: &Design, which: &Which, release: Release) -> Bit {
    match mapped(design, which, release) {
        Ok(file) => split(file, None),
        Err(why) => {
            let text = format!(
                "SIMULATED: no configuration frames: {why}\ndesign={} part={} static={} content={} which={which:?}\n",
                design.top,
                design.part,
                design.seed.as_deref().unwrap_or("-"),
                design.content_digest(),
            );
            let mut fields = fields(design, which, release);
            match which {
                Which::Full => {}
                Which::Partial(_) => fields.extra.insert(0, ("PARTIAL".to_owned(), "TRUE".to_owned())),
                Which::Clearing(_) => fields.extra.insert(0, ("CLEAR".to_owned(), "TRUE".to_owned())),
            }
            let mut file = plain_header(&fields);
            file.push(b'e');
            file.extend((text.len() as u32).to_be_bytes());
            file.extend(text.as_bytes());
            split(file, Some(why))
        }
    }
}

fn mapped(design: &Design, which: &Which, release: Release) -> Result<Vec<u8>, String> {
    let device = Device::of_part(&design.part).map_err(|e| e.to_string())?;
    let writer = BitWriter::new(&device).map_err(|e| e.to_string())?;
    let writer = writer.header(&fields(design, which, release)).map_err(|e| e.to_string())?;
    let die = writer.die();
    let map = die.frame_map().ok_or_else(|| "the frames of the die are not public".to_owned())?;
    let regions = regions(design, &device);
    let seed = key(design.seed.as_deref().unwrap_or(&design.netlist));
    let painter = Painter { die, seed, regions: &regions };
    let paint = |a: FrameAddress, frame: &mut [u32]| painter.last(frame, a);
    let region = |cell: &String| {
        let found = regions.iter().find(|r| r.cell == *cell).filter(|r| !r.frames.is_empty());
        found.ok_or_else(|| format!("the Pblock of '{cell}' holds no frames that are known here"))
    };
    let set = |frames: &mut dyn Iterator<Item = FrameAddress>| {
        let mut set = FrameSet::new(map.len());
        for index in frames.filter_map(|a| map.index_of(a)) {
            set.insert(index);
        }
        set
    };
    Ok(match which {
        Which::Full if design.props.truth("BITSTREAM.GENERAL.COMPRESS").unwrap_or(false) => {
            writer.compressed(paint)
        }
        Which::Full => writer.full(paint),
        Which::Partial(cell) => {
            let region = region(cell)?;
            let frames = set(&mut region.frames.addresses());
            let two_pass =
                region.reset && device.family().has_reset_after_reconfig() && release.at_least(2018, 1);
            if two_pass {
                let file = writer.two_pass(&frames, |pass, a, frame| match pass {
                    Pass::First => painter.first(frame, a),
                    Pass::Last => painter.last(frame, a),
                });
                file.map_err(|e| e.to_string())?
            } else {
                writer.partial(&frames, paint)
            }
        }
        Which::Clearing(cell) => {
            let region = region(cell)?;
            let frames =
                set(&mut region.frames.addresses().filter(|a| a.minor == 0 && a.block == BlockType::Fabric));
            let file = writer.clear(&frames, |a, frame| sprinkle(frame, seed ^ region.module, a, 4));
            file.map_err(|e| e.to_string())?
        }
    })
}

/// A header without the library's writer, for parts that it refuses.
fn plain_header(fields: &HeaderFields) -> Vec<u8> {
    let mut name = format!("{};UserID={};Version={}", fields.design, fields.user_id, fields.version);
    for (k, v) in &fields.extra {
        name += &format!(";{k}={v}");
    }
    let mut out = vec![0x00, 0x09, 0x0F, 0xF0, 0x0F, 0xF0, 0x0F, 0xF0, 0x0F, 0xF0, 0x00, 0x00, 0x01];
    for (key, text) in [(b'a', &name), (b'b', &fields.part), (b'c', &fields.date), (b'd', &fields.time)] {
        out.push(key);
        out.extend((text.len() as u16 + 1).to_be_bytes());
        out.extend(text.as_bytes());
        out.push(0);
    }
    out
}

/// Takes a file apart after its field e.
fn split(file: Vec<u8>, unmapped: Option<String>) -> Bit {
    let mut at = 13;
    while let Some(length) = file.get(at + 1..at + 3).filter(|_| file.get(at) != Some(&b'e')) {
        at += 3 + usize::from(u16::from_be_bytes([length[0], length[1]]));
    }
    let end = (at + 5).min(file.len());
    let data = file[end..].to_vec();
    let mut header = file;
    header.truncate(end);
    Bit { header, data, unmapped }
}

#[cfg(test)]
mod tests {
    use dfxkit_fabric::codec::Bitstream;
    use dfxkit_fabric::proof::{Input, MatchVerdict, Partial, Verdict, match_static, prove};

    use super::{Which, build};
    use crate::model::design::{Cell, Design, Pblock};
    use crate::release::Release;

    fn design(part: &str, ranges: &[&str], seed: &str, content: &str) -> Design {
        let mut design =
            Design { part: part.into(), top: "top".into(), seed: Some(seed.into()), ..Design::default() };
        design.cells.insert(
            "u_rp".into(),
            Cell { reconfigurable: true, content: Some(content.into()), ..Cell::default() },
        );
        let mut pblock = Pblock { name: "pb".into(), cells: vec!["u_rp".into()], ..Pblock::default() };
        pblock.ranges = ranges.iter().map(|r| (*r).to_owned()).collect();
        pblock.props.set("SNAPPING_MODE", "ON");
        pblock.props.set("RESET_AFTER_RECONFIG", "TRUE");
        design.pblocks.push(pblock);
        design
    }

    fn file(design: &Design, which: &Which) -> Vec<u8> {
        let bit = build(design, which, Release::find("2024.2").unwrap());
        assert_eq!(bit.unmapped, None);
        [bit.header, bit.data].concat()
    }

    fn proven(part: &str, ranges: &[&str]) {
        let (parent, child) = (design(part, ranges, "s1", "up"), design(part, ranges, "s1", "down"));
        let other = design(part, ranges, "s2", "down");
        let files = [
            file(&parent, &Which::Full),
            file(&child, &Which::Full),
            file(&child, &Which::Partial("u_rp".into())),
            file(&other, &Which::Partial("u_rp".into())),
            file(&other, &Which::Full),
        ];
        let bits: Vec<_> = files.iter().map(|f| Bitstream::parse(f).unwrap()).collect();
        let input = |i: usize| Input { name: "x", bits: &bits[i] };
        let proof = |partial: usize, child: usize| {
            prove(input(0), input(child), &[Partial { input: input(partial), footprint: None }])
        };
        assert_eq!(proof(2, 1).verdict, Verdict::Proven, "{:?}", proof(2, 1));
        assert_eq!(proof(3, 4).verdict, Verdict::Refused);
        assert!(bits.iter().all(|b| b.crc_ok() == Some(true)));
        if part.starts_with("xc7") {
            assert_eq!(match_static(&bits[0], &bits[2]).verdict, MatchVerdict::Match);
            assert_eq!(match_static(&bits[0], &bits[3]).verdict, MatchVerdict::Mismatch);
        }
    }

    #[test]
    fn the_bit_proofs_hold_within_a_static_and_fail_across_two() {
        proven(
            "xc7z020clg400-1",
            &["SLICE_X50Y50:SLICE_X57Y99", "RAMB18_X3Y20:RAMB18_X3Y39", "RAMB36_X3Y10:RAMB36_X3Y19"],
        );
        proven("xczu3eg-sbva484-1-e", &["SLICE_X10Y60:SLICE_X20Y119"]);
    }

    #[test]
    fn ultrascale_has_clearing_files_and_headers_say_simulated() {
        let design = design("xcku040-ffva1156-2-e", &["SLICE_X1Y240:SLICE_X5Y267"], "s", "m");
        let bytes = file(&design, &Which::Clearing("u_rp".into()));
        let text = String::from_utf8_lossy(&bytes[..200]).into_owned();
        assert!(text.contains("CLEAR=TRUE") && text.contains("SIMULATED=TRUE"), "{text}");
        let versal =
            Design { part: "xcvc1902-vsva2197-2MP-e-S".into(), top: "t".into(), ..Design::default() };
        assert!(build(&versal, &Which::Full, Release::find("2024.2").unwrap()).unmapped.is_some());
    }
}
