// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every bitstream of the corpus, read, against what an independent reader found in it.

use dfxkit_fabric::codec::{Bitstream, ContainerError, Kind, Note, ReadError};
use dfxkit_fabric::frames::{Image, Pass};

use crate::corpus::{bitstreams, corpus, read};

#[test]
fn every_file_agrees_with_the_index() {
    let Some(dir) = corpus() else { return };
    let (mut seen, mut crc_words, mut full) = (0, 0, 0);
    for e in bitstreams(&dir) {
        let bytes = read(&dir, &e.path);
        let b = match Bitstream::parse(&bytes) {
            Ok(b) => b,
            Err(error) => {
                let error = error.to_string();
                let found = e.found["error"].as_str().unwrap_or_else(|| panic!("{}: {error}", e.path));
                assert!(
                    found == "no sync word" || error.contains("16-bit"),
                    "{}: {error} where the index says {found}",
                    e.path
                );
                continue;
            }
        };
        seen += 1;
        eprintln!("{} {:?} {:?}", e.path, b.kind(), b.notes());
        if let Some(part) = e.found["part"].as_str() {
            assert_eq!(b.part(), Some(part), "{}", e.path);
        }
        if e.kind.contains("encrypted") || e.kind.contains("confuzz") {
            assert!(b.is_encrypted(), "{}", e.path);
            assert!(b.writes().is_empty(), "{}", e.path);
            continue;
        }
        assert!(!b.is_encrypted());
        assert_eq!(
            e.found["syncs"].as_u64().unwrap() as usize,
            b.sections().iter().filter(|s| s.stream == 0).count(),
            "{}",
            e.path
        );
        // The index counts the first stream of a stacked part alone.
        if e.found["slr"] == 0 {
            assert_eq!(e.found["fdri_words"].as_u64().unwrap() as usize, b.fdri_words(), "{}", e.path);
            assert_eq!(e.found["mfwr"].as_u64().unwrap() as usize, b.multiple_frame_writes(), "{}", e.path);
            let ok = b.crc().iter().filter(|c| c.agrees()).count();
            // The first reading did not count the raw pads of a debug file; with them its two CRC words agree as well.
            let want = if b.is_debug() { "2/2" } else { e.found["crc_ok"].as_str().unwrap() };
            assert_eq!(want, format!("{ok}/{}", b.crc().len()), "{}", e.path);
        }
        assert_eq!(b.crc_ok(), Some(true), "{}", e.path);
        crc_words += b.crc().len();
        let idcodes: Vec<String> = b.idcodes().iter().map(|i| format!("{i:08x}")).collect();
        assert_eq!(e.found["idcode"][0], idcodes[0], "{}", e.path);
        if b.die().is_some() {
            assert!(
                !b.notes().iter().any(|n| matches!(n, Note::UnknownFrames { .. } | Note::SplitFrame { .. })),
                "{}",
                e.path
            );
        }
        match b.kind() {
            Some(Kind::Full) => {
                full += 1;
                assert!(e.kind.starts_with("bit-full"), "{}", e.path);
                if b.die().is_some() {
                    assert!(b.covers_die(), "{}: {} frames written", e.path, b.written().len());
                }
            }
            Some(Kind::Partial) => assert!(e.kind.contains("partial"), "{} {}", e.path, e.kind),
            Some(Kind::Clear) => assert_eq!(e.kind, "bit-clear", "{}", e.path),
            None => panic!("{}: no kind", e.path),
        }
    }
    eprintln!("{seen} files, {full} full, {crc_words} CRC words agree");
    assert!(seen >= 40 && full >= 15 && crc_words >= 100, "{seen} {full} {crc_words}");
}

#[test]
fn a_debug_file_holds_the_same_frames() {
    let Some(dir) = corpus() else { return };
    let plain = read(&dir, "a50t_three_formats/configuration_test.bit");
    let debug = read(&dir, "a50t_three_formats/configuration_test.debug.bit");
    let image = |f: &[u8]| Image::of(&Bitstream::parse(f).unwrap().frames(Pass::Last).unwrap()).unwrap();
    let (a, b) = (image(&plain), image(&debug));
    assert_eq!(a.written().len(), 5408);
    assert_eq!(b.written().complement().iter().collect::<Vec<_>>(), [] as [usize; 0]);
    assert_eq!(a.differing(&b).count(), 0);
}

#[test]
fn what_is_no_bitstream_is_named() {
    let Some(dir) = corpus() else { return };
    let error = |p: &str| Bitstream::parse(&read(&dir, p)).unwrap_err();
    assert!(matches!(
        error("malformed/lfs_pointer_446f5a1.bit"),
        ReadError::Container(ContainerError::LfsPointer { size: Some(_) })
    ));
    assert!(matches!(error("malformed/zip_partial.bit"), ReadError::Container(ContainerError::Text { .. })));
    assert!(matches!(
        error("versal_pdi/vmk180-versal/project_1.pdi"),
        ReadError::Container(ContainerError::BootImage)
    ));
    assert!(matches!(
        error("families_bscan_spi/bscan_spi_xc6slx9.bit"),
        ReadError::Container(ContainerError::OldFamily { .. })
    ));
}

#[test]
fn a_bin_file_is_known_by_its_idcode() {
    let Some(dir) = corpus() else { return };
    let bit = read(&dir, "z010_icap_3cfg/bitstreams/adder/full_adder_pblock_inst_partial.bit");
    let bin = read(&dir, "z010_icap_3cfg/bitstreams/adder/full_adder_pblock_inst_partial.bin");
    let (bit, bin) = (Bitstream::parse(&bit).unwrap(), Bitstream::parse(&bin).unwrap());
    assert_eq!(bin.part(), None);
    assert_eq!(bin.device().map(|d| d.name()), Some("xc7z010"));
    assert_eq!(bin.kind(), Some(Kind::Partial));
    assert_eq!(bin.data(), bit.data());
    assert_eq!(bin.written(), bit.written());
}

#[test]
fn the_ecc_of_every_series7_frame_agrees() {
    use dfxkit_fabric::device::{BlockType, ColumnKind};
    use dfxkit_fabric::frames::ecc;
    let Some(dir) = corpus() else { return };
    for path in [
        "z020_bdc_4rp_project/cv_dfx_4_pr.runs/impl_1/video_cp_wrapper.bit",
        "z010_icap_3cfg/bitstreams/adder/full_adder.bit",
        "a50t_three_formats/configuration_test.bit",
        "compressed_full/zc702-zynq/download.bit",
    ] {
        let bytes = read(&dir, path);
        let frames = Bitstream::parse(&bytes).unwrap().frames(Pass::Last).unwrap();
        let mut checked = 0;
        for index in frames.set().iter() {
            let frame: Vec<u32> = frames.get(index).unwrap().iter().collect();
            let die = frames.die();
            let address = die.frame_map().unwrap().address(index).unwrap();
            let kind = die.kind_at(address.row.into(), die.fabric_column(address).unwrap()).unwrap();
            // Block RAM content has no code, and two frames of a CMT column in use have another.
            if address.block == BlockType::Fabric && kind != ColumnKind::Cmt {
                assert_eq!(frame[ecc::WORD] & ecc::BITS, ecc::series7(&frame), "{path} {address}");
                checked += 1;
            }
        }
        assert!(checked > 2000, "{path}");
    }
}

/// Words of a stream that writes `frames` frames one by one, as a per-frame-CRC file does: the address follows its data.
fn per_frame(part: &str, first: usize, frames: usize) -> Vec<u8> {
    let die = dfxkit_fabric::device::Device::of_part(part).unwrap().die().unwrap();
    let (map, size) = (die.frame_map().unwrap(), die.words_per_frame());
    let far = |i: usize| die.encode(map.address(i).unwrap()).unwrap();
    let mut words = vec![dfxkit_fabric::codec::SYNC, 0x3000_2001, far(first), 0x3000_8001, 1];
    for n in 0..=frames {
        words.push(0x3000_4000 | size as u32);
        words.extend(vec![if n < frames { 1000 + n as u32 } else { 0 }; size]);
        if n < frames {
            words.extend([0x3000_2001, far(first + n)]);
        }
    }
    words.extend([0x3000_8001, 13]);
    words.iter().flat_map(|w| w.to_be_bytes()).collect()
}

#[test]
fn the_address_may_follow_its_frame() {
    let file = per_frame("xc7z010", 40, 5);
    let b = Bitstream::parse_as(&file, Some("xc7z010")).unwrap();
    assert_eq!(b.written().iter().collect::<Vec<_>>(), [40, 41, 42, 43, 44]);
    let frames = b.frames(Pass::Last).unwrap();
    for n in 0..5 {
        assert_eq!(frames.get(40 + n).unwrap().get(0), Some(1000 + n as u32));
    }
}
