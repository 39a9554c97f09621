// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Addresses in JSON: strings like `"0x43c00000"`, lower case, for readers whose numbers lose bits above 2^53.

fn parse_hex<E: serde::de::Error>(text: &str) -> Result<u64, E> {
    text.strip_prefix("0x")
        .filter(|digits| digits.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)))
        .and_then(|digits| u64::from_str_radix(digits, 16).ok())
        .ok_or_else(|| E::custom(format!("\"{text}\" is not a lower-case 0x number of at most 64 bits")))
}

pub(super) mod number {
    use serde::{Deserialize, Deserializer, Serializer};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
    pub(in crate::kit) fn serialize<S: Serializer>(value: &u64, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&format!("{value:#x}"))
    }
    pub(in crate::kit) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<u64, D::Error> {
        super::parse_hex(&String::deserialize(d)?)
    }
}

pub(super) mod option {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[expect(clippy::ref_option, reason = "serde calls it with a reference")]
    pub(in crate::kit) fn serialize<S: Serializer>(value: &Option<u64>, s: S) -> Result<S::Ok, S::Error> {
        value.map(|v| format!("{v:#x}")).serialize(s)
    }
    pub(in crate::kit) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Option<u64>, D::Error> {
        Option::<String>::deserialize(d)?.map(|text| super::parse_hex(&text)).transpose()
    }
}

pub(super) mod pairs {
    use serde::{Deserialize, Deserializer, Serializer};

    pub(in crate::kit) fn serialize<S: Serializer>(value: &[(u64, u64)], s: S) -> Result<S::Ok, S::Error> {
        s.collect_seq(value.iter().map(|(a, b)| (format!("{a:#010x}"), format!("{b:#010x}"))))
    }
    pub(in crate::kit) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<(u64, u64)>, D::Error> {
        Vec::<(String, String)>::deserialize(d)?
            .iter()
            .map(|(a, b)| Ok((super::parse_hex(a)?, super::parse_hex(b)?)))
            .collect()
    }
}
