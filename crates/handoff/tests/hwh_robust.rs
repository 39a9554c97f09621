// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Arbitrary and damaged bytes never panic the .hwh reader, nor anything that walks its result.

use dfxkit_handoff::hwh::{self, join};
use proptest::prelude::{ProptestConfig, any, prop, prop_assert, proptest};

const SEED: &str = include_str!("data/small.hwh");

fn exercise(bytes: &[u8]) {
    if let Ok(model) = hwh::parse(bytes) {
        let _ = (model.partial_regions(), model.isolation(), model.interrupts(), model.ps_clocks());
        let _ = join(&model, &model, "rp");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes(bytes in prop::collection::vec(any::<u8>(), 0..512)) {
        exercise(&bytes);
    }

    #[test]
    fn mutated_files(edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8), cut in any::<prop::sample::Index>()) {
        let mut bytes = SEED.as_bytes().to_vec();
        for (at, value) in &edits {
            let at = at.index(bytes.len());
            bytes[at] = *value;
        }
        exercise(&bytes);
        exercise(&bytes[..cut.index(bytes.len())]);
    }

    /// Whatever the module's map says, a join that is accepted lies inside the aperture.
    #[test]
    fn joined_ranges_stay_inside(base in any::<u64>(), size in 1u64..0x2_0000) {
        let high = base.saturating_add(size - 1);
        let rm = SEED
            .replace("BASEVALUE=\"0x0\"", &format!("BASEVALUE=\"{base:#X}\""))
            .replace("HIGHVALUE=\"0x7F\"", &format!("HIGHVALUE=\"{high:#X}\""))
            .replace("0X", "0x");
        let fixed = hwh::parse(SEED.as_bytes()).expect("the seed parses");
        let rm = hwh::parse(rm.as_bytes()).expect("the changed seed parses");
        if let Ok(joined) = join(&fixed, &rm, "rp") {
            for range in &joined.ranges {
                prop_assert!(range.base >= 0x43C0_0000 && range.high <= 0x43C0_FFFF && range.base <= range.high);
            }
        }
    }
}

#[test]
fn the_seed_joins() {
    let seed = hwh::parse(SEED.as_bytes()).expect("the seed parses");
    let joined = join(&seed, &seed, "rp").expect("the seed joins to itself");
    assert_eq!(joined.ranges[0].base, 0x43C0_0000);
    assert_eq!(seed.interrupts().len(), 2);
    let registers = &seed.module("ctl").expect("ctl").address_blocks[0].registers;
    assert_eq!((registers[0].offset, registers[0].fields[0].bit_offset), (4, 3));
}

/// Concatenations that feed themselves, and more ranges than can be compared: both end at once.
#[test]
fn files_that_are_made_to_take_for_ever_do_not() {
    use std::fmt::Write as _;
    let mut inputs = String::new();
    for n in 0..128 {
        let _ = write!(
            inputs,
            "<PORT DIR=\"I\" NAME=\"In{n}\"><CONNECTIONS><CONNECTION INSTANCE=\"cat\" PORT=\"dout\"/></CONNECTIONS></PORT>"
        );
    }
    let at = SEED.find("<PORT DIR=\"I\" NAME=\"In0\"").expect("the concatenation");
    let end = at + SEED[at..].find("</PORTS>").expect("its ports");
    let looped = format!("{}{inputs}{}", &SEED[..at], &SEED[end..]);
    let model = hwh::parse(looped.as_bytes()).expect("well-formed");
    assert!(model.interrupts().is_empty());

    let range = "<MEMRANGE INSTANCE=\"rp\" BASEVALUE=\"0x0\" HIGHVALUE=\"0x1\"/>";
    let many = SEED.replacen("</MEMORYMAP>", &format!("{}</MEMORYMAP>", range.repeat(20_000)), 1);
    assert!(matches!(hwh::parse(many.as_bytes()), Err(hwh::HwhError::TooMany { what: "memory ranges", .. })));
    let module = |n: usize| format!("<MODULE INSTANCE=\"m{n}\" FULLNAME=\"/m{n}\"/>");
    let modules: String = (0..20_000).map(module).collect::<Vec<_>>().concat();
    let many = SEED.replacen("<MODULES>", &format!("<MODULES>{modules}"), 1);
    assert!(matches!(hwh::parse(many.as_bytes()), Err(hwh::HwhError::TooMany { what: "modules", .. })));
}
