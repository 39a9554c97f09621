// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! A module's hand-off file with the absolute addresses of its region.
//!
//! PYNQ takes the addresses of a module's file as they stand (measured on 4.0.0: `phys_addr` 0 for a file with offsets), so
//! what is handed to PYNQ must hold absolute ones. Only the values of `BASEVALUE` and `HIGHVALUE` in the memory maps of the
//! boundary change, and only those that are offsets; every other byte stays, which is checked on the result.

use std::borrow::Cow;
use std::ops::Range;

use roxmltree::{Document, Node, ParsingOptions};

use super::error::JoinError;
use super::join::{Placement, join};
use super::model::{Hwh, MemRange};
use super::parse::parse;

/// The bytes of module file `rm`, whose addresses are those of `region` in `fixed`; the same bytes when they already are.
///
/// # Errors
/// [`JoinError`] as [`join`], [`JoinError::Ambiguous`] when the region's interface is seen at several addresses and the
/// processor does not decide, [`JoinError::Unreadable`] when `rm` is no hand-off file.
pub fn absolute<'b>(fixed: &Hwh, rm: &'b [u8], region: &str) -> Result<Cow<'b, [u8]>, JoinError> {
    let unreadable = |message: String| JoinError::Unreadable { message };
    let model = parse(rm).map_err(|e| unreadable(e.to_string()))?;
    let joined = join(fixed, &model, region)?;
    let processor = fixed.processing_system().map(|ps| format!("{}/", ps.path()));

    // Places by the module's own range, in the order of the file: the same walk as the parser's.
    let own: Vec<&MemRange> = model.external_interfaces.iter().flat_map(|i| &i.memory_map).collect();
    let mut places: Vec<Option<(u64, u64)>> = Vec::with_capacity(own.len());
    for range in &own {
        let path = model.instance(&range.instance).map_or("", |m| m.path());
        let path = format!("{}/{path}", joined.region);
        let mut found: Vec<_> = joined
            .ranges
            .iter()
            .filter(|j| {
                j.path == path
                    && j.interface == range.master_interface
                    && j.slave_interface == range.slave_interface
                    && j.address_block == range.address_block
                    && j.high - j.base == range.high - range.base
                    && (j.placement == Placement::Relocated || j.base == range.base)
            })
            .collect();
        if found.len() > 1 {
            found
                .retain(|j| processor.as_ref().is_some_and(|ps| j.masters.iter().any(|m| m.starts_with(ps))));
        }
        let [only] = found.as_slice() else {
            return Err(JoinError::Ambiguous {
                module: range.instance.clone(),
                interface: range.master_interface.clone(),
                base: range.base,
            });
        };
        places.push((only.placement == Placement::Relocated).then_some((only.base, only.high)));
    }
    if places.iter().all(Option::is_none) {
        return Ok(Cow::Borrowed(rm));
    }

    let text = std::str::from_utf8(rm).map_err(|e| unreadable(e.to_string()))?;
    let options = ParsingOptions { allow_dtd: false, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options).map_err(|e| unreadable(e.to_string()))?;
    let named = |name: &'static str| move |n: &Node<'_, '_>| n.is_element() && n.tag_name().name() == name;
    // The first list of a name counts, as in the parser.
    let lists = document.root_element().children().find(named("EXTERNALINTERFACES"));
    let nodes = lists
        .iter()
        .flat_map(|l| l.children().filter(named("BUSINTERFACE")))
        .filter_map(|i| i.children().find(named("MEMORYMAP")))
        .flat_map(|m| m.children().filter(named("MEMRANGE")));
    let mut edits: Vec<(Range<usize>, u64)> = Vec::new();
    for (node, place) in nodes.zip(&places) {
        let Some((base, high)) = place else { continue };
        for (name, value) in [("BASEVALUE", *base), ("HIGHVALUE", *high)] {
            let attribute = node.attribute_node(name).ok_or_else(|| unreadable(format!("no {name}")))?;
            edits.push((attribute.range_value(), value));
        }
    }
    edits.sort_by_key(|(range, _)| range.start);
    let mut out = Vec::with_capacity(rm.len() + 16 * edits.len());
    let mut kept = 0;
    for (range, value) in edits {
        out.extend_from_slice(&rm[kept..range.start]);
        out.extend_from_slice(format!("0x{value:08X}").as_bytes());
        kept = range.end;
    }
    out.extend_from_slice(&rm[kept..]);

    // Read again: what software will read must be what the join said, or the file does not leave.
    let again = parse(&out).map_err(|e| unreadable(e.to_string()))?;
    let result = join(fixed, &again, region)?;
    let whole = again.modules == model.modules
        && again.external_ports == model.external_ports
        && result.ranges.iter().all(|r| r.placement == Placement::Absolute)
        && result
            .ranges
            .iter()
            .all(|r| joined.ranges.iter().any(|j| j.base == r.base && j.high == r.high && j.path == r.path));
    if whole {
        Ok(Cow::Owned(out))
    } else {
        Err(unreadable("it does not read back as it was joined".to_owned()))
    }
}
