// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Geometry against published figures, and the codings against each other.

use dfxkit_fabric::Family;
use dfxkit_fabric::device::{BlockType, Device, FrameAddress, NoDevice, dies, same_idcode};

/// FDRI words of public full bitstreams, by part.
const FULL_WORDS: [(&str, usize); 13] = [
    ("xc7z020", 1_010_808),
    ("xc7z010", 520_352),
    ("xc7a35t", 547_420),
    ("xc7a50t", 547_420),
    ("xc7a100t", 955_864),
    ("xc7k70t", 752_248),
    ("xc7k325t", 2_860_320),
    ("xcku040", 4_001_190),
    ("xczu1eg", 742_140),
    ("xczu3eg", 1_391_652),
    ("xck26", 1_948_908),
    ("xczu9eg", 6_627_180),
    ("xczu7ev", 4_827_258),
];

#[test]
fn full_bitstreams_have_the_published_length() {
    for (part, words) in FULL_WORDS {
        let die = Device::of_part(part).unwrap().die().unwrap();
        assert_eq!(die.frame_map().unwrap().positions() * die.words_per_frame(), words, "{part}");
    }
}

#[test]
fn every_die_and_part_is_there() {
    assert_eq!(dies().len(), 55);
    let names: std::collections::BTreeSet<_> =
        dies().iter().flat_map(|d| d.parts()).map(|p| p.name).collect();
    assert_eq!(names.len(), 394);
    assert_eq!(dies().iter().filter(|d| d.frame_map().is_none()).count(), 4);
    for name in names {
        let plain = name.rsplit_once(".d").map_or(name, |(n, _)| n);
        // `xcsu200p-es1` is an engineering sample with a dash in its name: only the die's own name holds it.
        if plain == "xcsu200p-es1" {
            continue;
        }
        let device = Device::of_part(plain).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(Some(device.family()), Family::of_part(plain), "{name}");
        assert!(dies().iter().any(|d| d.parts().iter().any(|p| p.name == name)
            && device.slrs().iter().any(|s| s.name() == d.name())));
    }
}

#[test]
fn addresses_indices_and_registers_agree_on_every_die() {
    for die in dies() {
        let Some(map) = die.frame_map() else { continue };
        let mut last = None;
        for index in 0..map.len() {
            let address = map.address(index).unwrap();
            assert_eq!(map.index_of(address), Some(index), "{} {address}", die.name());
            let far = die.encode(address).unwrap();
            assert_eq!(die.decode(far), Some(address), "{} {far:08x}", die.name());
            let position = map.position_of(address).unwrap();
            assert_eq!(map.position(index), Some(position));
            assert!(last.is_none_or(|l| l < position));
            last = Some(position);
            assert!(die.fabric_column(address).is_some());
            assert!(address.minor < 256);
        }
        assert_eq!(map.address(map.len()), None);
        // Two pads after the last frame.
        assert_eq!(last.unwrap() + 3, map.positions());
    }
}

#[test]
fn runs_leave_the_pads_out() {
    let map = Device::of_part("xc7z020").unwrap().die().unwrap().frame_map().unwrap();
    let all: Vec<_> = map.runs(0, map.positions()).collect();
    assert_eq!(all.len(), 6);
    assert_eq!(all.iter().map(|(r, _)| r.len()).sum::<usize>(), map.len());
    // The first row of the z020 has 2564 frames, then two pads.
    assert_eq!(map.runs(2562, 6).collect::<Vec<_>>(), [(2562..2564, 0), (2564..2566, 4)]);
    assert_eq!(map.runs(2564, 2).count(), 0);
    assert_eq!(map.runs(map.positions(), 10).count(), 0);
}

#[test]
fn rows_cut_by_a_transceiver() {
    let die = Device::of_part("xc7a100t").unwrap().die().unwrap();
    assert_eq!((die.columns_in_row(0), die.columns_in_row(1)), (52, 58));
    assert_eq!(die.kind_at(0, 51).map(|k| k.id()), Some("gt"));
    assert_eq!(die.kind_at(1, 51).map(|k| k.id()), Some("bram"));
    assert_eq!(die.kind_at(0, 52), None);
    assert_eq!(die.bram_columns(0).count() + 1, die.bram_columns(1).count());
}

#[test]
fn halves_of_seven_series() {
    let die = Device::of_part("xc7z020").unwrap().die().unwrap();
    let at = |row| FrameAddress { block: BlockType::Fabric, row, column: 3, minor: 5 };
    assert_eq!(die.encode(at(2)), Some(0x0000_0185));
    assert_eq!(die.encode(at(1)), Some(0x0040_0185));
    assert_eq!(die.encode(at(0)), Some(0x0042_0185));
    assert_eq!(die.row_order().collect::<Vec<_>>(), [2, 1, 0]);
    assert_eq!(die.clock_region(1, 10).as_deref(), Some("X0Y1"));
    assert_eq!(die.clock_region(1, 60).as_deref(), Some("X1Y1"));
}

#[test]
fn idcodes() {
    assert!(same_idcode(0x2372_7093, 0x0372_7093));
    let names: Vec<_> = Device::of_idcode(0x1372_7093).iter().map(|d| d.name().to_owned()).collect();
    assert_eq!(names, ["xc7z020"]);
    assert_eq!(Device::of_part("xa7z020clg400-1").unwrap().idcode(), Some(0x0372_7093));
    assert!(Device::of_idcode(0x04a4_6093).iter().all(|d| d.die().unwrap().name() == "xczu5ev"));
}

#[test]
fn an_idcode_names_one_die() {
    for die in dies() {
        for idcode in die.parts().iter().filter_map(|p| p.idcode) {
            assert!(
                Device::of_idcode(idcode).iter().all(|d| d.die().unwrap().name() == die.name()),
                "{idcode:08x}"
            );
        }
    }
}

#[test]
fn no_map_is_said_plainly() {
    let e = Device::of_part("xcvc1902-vsvd1760-2MP-e-S").unwrap_err();
    assert_eq!(e, NoDevice::Family { device: "xcvc1902".into(), family: Family::Versal });
    assert!(e.to_string().starts_with("no frame map for xcvc1902: none is public for Versal"), "{e}");
    assert!(matches!(Device::of_part("xc6slx9cpg196"), Err(NoDevice::Unknown { family: None, .. })));
    assert!(matches!(
        Device::of_part("xcku999"),
        Err(NoDevice::Unknown { family: Some(Family::UltraScale), .. })
    ));
    // RFSoC: the die is known, the frames of its SDFEC columns are not.
    let die = Device::of_part("xczu28dr-ffvg1517-2-e").unwrap().die().unwrap();
    assert_eq!((die.lacks(), die.frame_map()), (["sdfec"].as_slice(), None));
}

#[test]
fn stacked_parts_list_their_dies() {
    let names = |p| Device::of_part(p).unwrap().slrs().iter().map(|d| d.name()).collect::<Vec<_>>();
    assert_eq!(names("xcvu9p"), ["xcvu3p"; 3]);
    assert_eq!(names("xcvu35p"), ["xcvu33p", "xcvu11p.d0"]);
    assert_eq!(names("xc7v2000t"), ["xc7v2000t.d0"; 4]);
}

#[test]
fn the_compiled_in_facts_are_small() {
    use std::io::Write as _;
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gz.write_all(include_bytes!("../../data/dies.txt")).unwrap();
    let size = gz.finish().unwrap().len();
    assert!(size < 10_000, "{size} bytes compressed");
}
