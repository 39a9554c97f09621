// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Address segments of block designs: `assign_bd_address`, `create_bd_addr_seg`.

use super::{absolute, current, words};
use crate::cmd::query;
use crate::model::bd::AddressSegment;
use crate::model::object::Kind;
use crate::session::{Outcome, Session};
use crate::syntax::parse::Args;
use crate::tcl::list;

/// Numbers of address arguments: hexadecimal, decimal, or with K, M, G.
pub(super) fn size(text: &str) -> Option<u64> {
    let text = text.trim();
    if let Some(hex) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        return u64::from_str_radix(&hex.replace('_', ""), 16).ok();
    }
    let unit = match text.chars().last()? {
        'K' | 'k' => 10,
        'M' | 'm' => 20,
        'G' | 'g' => 30,
        _ => return text.parse().ok(),
    };
    text[..text.len() - 1].parse::<u64>().ok()?.checked_shl(unit)
}

pub(super) fn assign(s: &mut Session, command: &str, args: &Args) -> Outcome {
    let range = args.value("range").and_then(size).unwrap_or(0x1_0000);
    let offset = args.value("offset").and_then(size);
    let (space, slaves) = if command == "create_bd_addr_seg" {
        let words = words(s, args);
        (words.first().cloned().unwrap_or_default(), words.get(1).cloned().into_iter().collect::<Vec<_>>())
    } else {
        let space = args
            .value("target_address_space")
            .map(|t| absolute(s, &list::split_loose(t).join("")))
            .unwrap_or_default();
        (space, words(s, args))
    };
    let design = current(s)?;
    let mut made = Vec::new();
    for slave in slaves {
        let next = design
            .segments
            .iter()
            .filter(|g| g.space == space)
            .map(|g| g.offset + g.range)
            .max()
            .unwrap_or(0x4000_0000);
        // SEG_<cell>_<segment>: the interface between them is not in the name.
        let mut parts = slave.trim_start_matches('/').split('/');
        let (cell, last) = (parts.next().unwrap_or_default(), parts.next_back().unwrap_or("Reg"));
        let name = format!("{space}/SEG_{cell}_{last}");
        design.segments.retain(|g| g.name != name);
        design.segments.push(AddressSegment {
            name: name.clone(),
            space: space.clone(),
            slave,
            offset: offset.unwrap_or(next),
            range,
        });
        made.push(name);
    }
    Ok(query::found(s, Kind::BdAddrSeg, made))
}
