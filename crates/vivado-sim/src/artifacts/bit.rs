// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Bitstream files.

use crate::model::design::Design;
use crate::release::Release;
use crate::util;

/// What a bitstream file is asked to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Which {
    Full,
    Partial(String),
    Clearing(String),
}

/// A .bit: the header and the configuration data after it.
pub(crate) struct Bit {
    pub(crate) header: Vec<u8>,
    pub(crate) data: Vec<u8>,
    /// The part has no public frame map: the data says so and configures nothing.
    pub(crate) unmapped: bool,
}

/// The header of facts: fixed bytes, then fields a to e.
pub(crate) fn header(design: &Design, which: &Which, release: Release, data: usize) -> Vec<u8> {
    let mut name = design.top.clone();
    if design.props.truth("BITSTREAM.GENERAL.COMPRESS").unwrap_or(false) {
        name += ";COMPRESS=TRUE";
    }
    let user = match which {
        Which::Full => design.props.get("BITSTREAM.CONFIG.USERID").unwrap_or("0XFFFFFFFF").to_uppercase(),
        _ => "0XFFFFFFFF".to_owned(),
    };
    name += &format!(";UserID={user}");
    match which {
        Which::Full => {}
        Which::Partial(_) => name += ";PARTIAL=TRUE",
        Which::Clearing(_) => name += ";PARTIAL=TRUE;CLEAR=TRUE",
    }
    name += &format!(";Version={};SIMULATED=TRUE", release.name);
    let part = crate::model::device::Part::read(&design.part).map(|p| p.bit_name()).unwrap_or_default();
    let (year, month, day, h, m, s, _) = util::civil(util::now());
    let mut out = vec![0x00, 0x09, 0x0F, 0xF0, 0x0F, 0xF0, 0x0F, 0xF0, 0x0F, 0xF0, 0x00, 0x00, 0x01];
    let fields = [
        (b'a', name),
        (b'b', part),
        (b'c', format!("{year}/{month:02}/{day:02}")),
        (b'd', format!("{h:02}:{m:02}:{s:02}")),
    ];
    for (key, text) in fields {
        out.push(key);
        out.extend_from_slice(&(text.len() as u16 + 1).to_be_bytes());
        out.extend_from_slice(text.as_bytes());
        out.push(0);
    }
    out.push(b'e');
    out.extend_from_slice(&(data as u32).to_be_bytes());
    out
}

/// The whole file content for `which`.
pub(crate) fn build(design: &Design, which: &Which, release: Release) -> Bit {
    let data =
        b"SIMULATED: this part has no public frame map; no configuration frames are in this file\n".to_vec();
    Bit { header: header(design, which, release, data.len()), data, unmapped: true }
}
