// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! No input makes the crate panic: arbitrary bytes, arbitrary packets, and damaged real files.

use dfxkit_fabric::codec::{Bitstream, Order, SYNC};
use dfxkit_fabric::frames::{Image, Pass};
use dfxkit_fabric::proof::{Input, Partial, match_static, prove};
use dfxkit_fabric::{Family, PartName, same_part};
use proptest::prelude::*;

use crate::corpus::{bitstreams, corpus, read};

/// Everything that can be asked of a file.
fn exercise(file: &[u8], part: Option<&str>) -> bool {
    let Ok(b) = Bitstream::parse_as(file, part) else { return false };
    let _ = (b.kind(), b.crc_ok(), b.covers_die(), b.is_compressed(), b.is_debug(), b.reset_map());
    let _ = b.notes().iter().map(ToString::to_string).collect::<String>();
    let written = b.written();
    for pass in [Pass::First, Pass::Last] {
        if let Some(f) = b.frames(pass) {
            assert_eq!(f.set(), written);
            assert!(written.iter().all(|i| f.get(i).is_some_and(|w| w.len() == f.die().words_per_frame())));
        }
    }
    if let Some(f) = b.frames(Pass::Last).filter(|_| written.len() < 2000) {
        assert_eq!(Image::of(&f).map(|i| i.written().len()), Some(written.len()));
    }
    let input = Input { name: "x", bits: &b };
    let _ = prove(input, input, &[Partial { input, footprint: Some(&written) }]);
    let _ = match_static(&b, &b);
    let again = b.to_bin(Order::BitReversed);
    // Data that begins with the sync word at byte 0 keeps its grid in any order.
    assert_eq!(again.len(), b.words().bytes().len());
    true
}

fn word() -> impl Strategy<Value = u32> {
    let registers = prop_oneof![
        Just(0u32),
        Just(1),
        Just(2),
        Just(4),
        Just(8),
        Just(10),
        Just(11),
        Just(12),
        Just(26),
        Just(30),
        0..32u32
    ];
    let type1 = (registers, prop_oneof![4 => 0..3u32, 1 => 90..130u32, 1 => 0..2048u32], 0..4u32)
        .prop_map(|(r, n, op)| 0x2000_0000 | op << 27 | r << 13 | n);
    prop_oneof![
        4 => type1,
        1 => (0..300u32).prop_map(|n| 0x5000_0000 | n),
        1 => Just(SYNC),
        2 => 0..20u32,
        1 => prop_oneof![Just(0x0372_2093u32), Just(0x0100_0000), Just(0x0080_0000), Just(0x0040_0000), Just(0x0382_2093), Just(0x0482_6093)],
        1 => any::<u32>(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        exercise(&bytes, None);
        let mut synced = vec![0xaa, 0x99, 0x55, 0x66];
        synced.extend(&bytes);
        exercise(&synced, Some("xc7z010"));
        let mut header = dfxkit_fabric::codec::MAGIC.to_vec();
        header.extend(&bytes);
        exercise(&header, None);
    }

    #[test]
    fn arbitrary_packets(words in proptest::collection::vec(word(), 1..400), order in 0..4usize, part in 0..5usize) {
        let part = [None, Some("xc7z010"), Some("xczu1eg"), Some("xcku040"), Some("xcvu9p")][part];
        let order = Order::ALL[order];
        let bytes: Vec<u8> = std::iter::once(&SYNC).chain(&words).flat_map(|&w| order.encode(w)).collect();
        exercise(&bytes, part);
    }

    #[test]
    fn arbitrary_part_strings(s in "[xX]?[cCaAqQ]?[0-9a-zA-Z._ -]{0,24}|\\PC{0,12}") {
        let _ = (PartName::parse(&s).map(|p| p.header_form()), Family::of_part(&s), same_part(&s, &s));
        let _ = dfxkit_fabric::device::Device::of_part(&s);
        if let Ok(p) = PartName::parse(&s) {
            prop_assert!(same_part(&s, &p.header_form()), "{s} {p:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn damaged_real_files(which in any::<prop::sample::Index>(), edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12), cut in 0..5usize, at in any::<prop::sample::Index>()) {
        let Some(dir) = corpus() else { return Ok(()) };
        let small: Vec<_> = bitstreams(&dir).into_iter().filter(|e| std::fs::metadata(dir.join(&e.path)).is_ok_and(|m| m.len() < 700_000) ).collect();
        let mut bytes = read(&dir, &which.get(&small).path);
        // Most of the structure is at the front and the back.
        let len = bytes.len();
        for (i, (index, value)) in edits.into_iter().enumerate() {
            let at = if i % 3 == 2 { index.index(len) } else { index.index(len.min(800)) };
            bytes[at] = value;
        }
        match cut {
            0 => bytes.truncate(at.index(len)),
            1 => { bytes.drain(at.index(len)..(at.index(len) + 5).min(len)); }
            _ => {}
        }
        exercise(&bytes, None);
    }
}

#[test]
fn every_cut_of_a_partial_fails_with_a_reason() {
    use dfxkit_fabric::{device::Device, frames::FrameSet, write::BitWriter};
    let writer = BitWriter::new(&Device::of_part("xc7z010").unwrap()).unwrap();
    let mut set = FrameSet::new(writer.die().frame_map().unwrap().len());
    set.insert_range(100..102);
    let file = writer.partial(&set, |_, w| w[0] = 1);
    let mut whole = 0;
    for n in 0..file.len() {
        match Bitstream::parse_as(&file[..n], Some("xc7z010")) {
            Ok(b) => {
                // Cut between packets: said as a missing DESYNC, until only padding is missing.
                let closed = b.sections().last().is_some_and(|s| s.closed);
                assert!(closed || b.notes().iter().any(|x| x.to_string().contains("DESYNC")), "{n}");
                whole += usize::from(closed);
            }
            Err(e) => assert!(!e.to_string().is_empty()),
        }
    }
    // Four bytes for each of the 16 words after DESYNC.
    assert_eq!(whole, 16 * 4);
    assert!(exercise(&file, Some("xc7z010")));
}
