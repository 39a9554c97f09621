// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Registers of the hand-off files as values for the loader crate's templates.
//!
//! Every name becomes a Rust identifier of its own here, every number a literal, every description a line of a comment in
//! backquotes: nothing of a hand-off file becomes code, a link or markup. Left out: registers wider than 32 bits or not on a multiple
//! of four (one access of 32 bits reaches them not), registers that a parameter switches off, and fields beyond their register.

use std::collections::BTreeMap;

use dfxkit_handoff::hwh::{self, AddressBlock, Hwh, MemKind, Register};
use dfxkit_handoff::kit::{FileKind, Manifest};
use serde_json::{Value, json};

use super::emit::{Names, doc, literal};
use super::regions;

/// IP with an absolute range.
struct Block<'h> {
    path: String,
    vlnv: String,
    base: u64,
    high: u64,
    memory: bool,
    listed: Option<&'h AddressBlock>,
}

/// The scopes of `registers.rs`: the static, then each partition. `modules` are the names of the partitions' Rust modules.
pub(super) fn scopes(m: &Manifest, written: &BTreeMap<String, Vec<u8>>, modules: &[String]) -> Vec<Value> {
    let read = |files: &[dfxkit_handoff::kit::File]| {
        let file = files.iter().find(|f| f.kind == FileKind::Hwh)?;
        hwh::parse(written.get(file.path.as_str())?).ok()
    };
    let Some(fixed) = read(&m.fixed.files) else { return Vec::new() };
    let blocks = of_static(&fixed);
    let mut scopes = Vec::new();
    if !blocks.is_empty() {
        let module = json!({
            "name": "", "doc": "", "when": "it is not known that this static runs", "open": "of_static(loader)",
            "blocks": render(&blocks),
        });
        scopes.push(json!({"name": "fixed", "doc": "The static.", "modules": [module]}));
    }
    let all = fixed.partial_regions();
    for (p, name) in m.partitions.iter().zip(modules) {
        let Some(region) = regions::region_of(&all, &p.cell) else { continue };
        let mut names = Names::default();
        let mut own = Vec::new();
        for x in m.modules.iter().filter(|x| x.partition == p.name) {
            let module = names.snake(&x.name);
            let Some(model) = read(&x.files) else { continue };
            let Ok(joined) = hwh::join(&fixed, &model, &region.path) else { continue };
            let prefix = format!("{}/", region.path);
            let blocks: Vec<Block<'_>> = joined
                .ranges
                .iter()
                .map(|r| {
                    let path = r.path.strip_prefix(&prefix).unwrap_or(&r.path).to_owned();
                    let block = model
                        .module(&path)
                        .and_then(|ip| block_of(&ip.address_blocks, &r.address_block, &r.slave_interface));
                    Block {
                        path,
                        vlnv: r.vlnv.as_ref().map(|v| v.0.clone()).unwrap_or_default(),
                        base: r.base,
                        high: r.high,
                        memory: r.kind == MemKind::Memory,
                        listed: block,
                    }
                })
                .collect();
            if blocks.is_empty() {
                continue;
            }
            own.push(json!({
                "name": module, "doc": format!("Module `{}`.", doc(&x.name)),
                "when": "this module is not loaded and coupled",
                "open": format!("of_module(loader, {}, {})", literal(&p.name), literal(&x.name)),
                "blocks": render(&blocks),
            }));
        }
        if !own.is_empty() {
            scopes
                .push(json!({"name": name, "doc": format!("Partition `{}`.", doc(&p.name)), "modules": own}));
        }
    }
    scopes
}

fn block_of<'h>(blocks: &'h [AddressBlock], name: &str, interface: &str) -> Option<&'h AddressBlock> {
    blocks
        .iter()
        .find(|b| b.name == name && b.interface == interface)
        .or_else(|| blocks.iter().find(|b| b.name == name))
}

/// The static's IP as its processor sees it, without the windows into partitions: what answers there depends on the module.
fn of_static(fixed: &Hwh) -> Vec<Block<'_>> {
    let Some(ps) = fixed.processing_system() else { return Vec::new() };
    let regions = fixed.partial_regions();
    let mut blocks: Vec<Block<'_>> = Vec::new();
    for r in &ps.memory_map {
        let Some(ip) = fixed.instance(&r.instance) else { continue };
        let seen = blocks.iter().any(|b| b.path == ip.path() && b.base == r.base);
        if seen || regions.iter().any(|g| g.instance == r.instance) {
            continue;
        }
        blocks.push(Block {
            path: ip.path().to_owned(),
            vlnv: ip.vlnv.as_ref().map(|v| v.0.clone()).unwrap_or_default(),
            base: r.base,
            high: r.high,
            memory: r.kind == MemKind::Memory,
            listed: block_of(&ip.address_blocks, &r.address_block, &r.slave_interface),
        });
    }
    blocks
}

fn render(blocks: &[Block<'_>]) -> Vec<Value> {
    let mut names = Names::default();
    let hex = |value: u64| format!("{value:#x}");
    blocks
        .iter()
        .map(|b| {
            let what = if b.memory { "memory" } else { "registers" };
            let vlnv = if b.vlnv.is_empty() { String::new() } else { format!(" (`{}`)", plain(&b.vlnv)) };
            let listed = b.listed.map_or(&[][..], |block| block.registers.as_slice());
            let registers = if b.memory { Vec::new() } else { registers(listed, b) };
            json!({
                "name": names.snake(&b.path), "doc": format!("`{}`{vlnv}, {what}.", plain(&b.path)), "base": hex(b.base),
                "high": hex(b.high), "registers": registers,
            })
        })
        .collect()
}

fn registers(listed: &[Register], block: &Block<'_>) -> Vec<Value> {
    let mut constants = Names::reserved(&["BASE", "HIGH"]);
    let mut modules = Names::default();
    let mut all = Vec::new();
    for r in listed.iter().filter(|r| r.enabled) {
        let fits = r.offset % 4 == 0 && (1..=32).contains(&r.size_bits);
        let address = block.base.checked_add(r.offset).filter(|a| a.saturating_add(3) <= block.high);
        let (true, Some(address)) = (fits, address) else { continue };
        let access = Access::of(r.access.as_deref());
        let mut names = Names::default();
        let fields: Vec<Value> = r
            .fields
            .iter()
            .filter(|f| f.bit_width >= 1 && f.bit_offset.saturating_add(f.bit_width) <= r.size_bits)
            .filter_map(|f| {
                let access = access.and(Access::of(f.access.as_deref()))?;
                Some(json!({
                    "name": names.constant(&f.name), "access": access.name(), "shift": f.bit_offset, "bits": f.bit_width,
                    "doc": described(&f.name, &bits(f.bit_offset, f.bit_width), f.description.as_deref()),
                }))
            })
            .collect();
        all.push(json!({
            "name": constants.constant(&r.name), "module": modules.snake(&r.name), "access": access.name(),
            "address": format!("{address:#x}"), "fields": fields,
            "doc": described(&r.name, &format!("offset {:#x}", r.offset), r.description.as_deref()),
        }));
    }
    all
}

fn bits(offset: u64, width: u64) -> String {
    if width == 1 { format!("bit {offset}") } else { format!("bits {}..{offset}", offset + width - 1) }
}

fn described(name: &str, place: &str, description: Option<&str>) -> String {
    let text = description.map(plain).filter(|d| !d.trim().is_empty() && d.trim() != name);
    let text = text.map_or_else(String::new, |d| format!(": `{}`", d.trim()));
    format!("`{}`, {place}{text}.", plain(name))
}

/// Text between backquotes: printable ASCII, at most 200 characters.
fn plain(text: &str) -> String {
    let clean = |c: char| if c == '`' { '\'' } else { c };
    let kept = text.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { clean(c) } else { ' ' });
    let words: String = kept.take(200).collect();
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What may be done with a register or field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Access {
    ReadWrite,
    ReadOnly,
    WriteOnly,
}

impl Access {
    /// IP-XACT's words; what is not said is read and written.
    fn of(word: Option<&str>) -> Self {
        match word.map(str::to_ascii_lowercase).as_deref() {
            Some("read-only" | "readonly") => Self::ReadOnly,
            Some("write-only" | "writeonly" | "writeonce" | "write-once") => Self::WriteOnly,
            _ => Self::ReadWrite,
        }
    }

    /// What a field may, whose register may only this; none: nothing is left.
    fn and(self, field: Self) -> Option<Self> {
        match (self, field) {
            (Self::ReadWrite, f) => Some(f),
            (r, Self::ReadWrite) => Some(r),
            (r, f) => (r == f).then_some(r),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::ReadWrite => "ReadWrite",
            Self::ReadOnly => "ReadOnly",
            Self::WriteOnly => "WriteOnly",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Access, described, plain};

    #[test]
    fn descriptions_stay_text() {
        assert_eq!(plain("a\n`b` [c](d) <i> \u{202e}e"), "a 'b' [c](d) <i> e");
        assert_eq!(described("CTRL", "offset 0x4", Some("  ")), "`CTRL`, offset 0x4.");
        assert_eq!(described("CTRL", "offset 0x4", Some("starts it")), "`CTRL`, offset 0x4: `starts it`.");
    }

    #[test]
    fn rights_of_a_field_are_those_of_both() {
        use Access::{ReadOnly, ReadWrite, WriteOnly};
        assert_eq!(ReadWrite.and(WriteOnly), Some(WriteOnly));
        assert_eq!(ReadOnly.and(ReadWrite), Some(ReadOnly));
        assert_eq!(ReadOnly.and(WriteOnly), None);
    }
}
