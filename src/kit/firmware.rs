// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Device-tree overlays for the Linux FPGA manager, and the tree that dfx-mgr reads.
//!
//! ```text
//! modules/<partition>/<module>.dtso                      overlay source: programs the module into its region
//! dfx-mgr/<project>/shell.json, <project>.bin|.dtso|.dtbo the static, with one region a partition
//! dfx-mgr/<project>/<module>/<module>_slot<N>/           accel.json and the module for partition N: .bin, .dtso, .dtbo
//! ```
//!
//! dfx-mgr's limits are checked here, because it fails behind them without a word: at most 128 JSON tokens in a file, 10 slots,
//! names below 128 characters; every number is a string (dfx-mgr's and libdfx's sources, 2026).
//!
//! Not known here: the clock of a decoupler, which its kernel driver wants. So the overlays name no bridge, and isolating the
//! partition stays with whoever loads (the loader of the kit does it). Not tried on a board.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use dfxkit_fabric::codec::Target;
use dfxkit_handoff::kit::{FileKind, KitPath, Missing, Module, Partition};
use serde_json::{Value, json};

use super::error::KitError;

/// What the overlays and the tree are made of.
#[derive(Debug)]
pub(super) struct Input<'a> {
    pub(super) project: &'a str,
    pub(super) identity: &'a str,
    pub(super) simulated: bool,
    pub(super) target: Target,
    pub(super) partitions: &'a [Partition],
    pub(super) modules: &'a [Module],
    /// Path of the full image for the FPGA manager, in the kit.
    pub(super) full: Option<&'a str>,
    /// What is in the kit already.
    pub(super) files: &'a BTreeMap<String, Vec<u8>>,
}

/// Overlay sources beside the modules, for `fpga-manager`.
pub(super) fn overlays(input: &Input<'_>) -> BTreeMap<String, Vec<u8>> {
    let mut out = BTreeMap::new();
    for (n, partition) in input.partitions.iter().enumerate() {
        for module in input.modules.iter().filter(|m| m.partition == partition.name) {
            let Some(bin) = bin(module) else { continue };
            let Some(stem) = bin.strip_suffix(".bin") else { continue };
            let image = format!("{}/{bin}", KitPath::part_from(input.project));
            out.insert(format!("{stem}.dtso"), module_overlay(input, n, module, &image).into_bytes());
        }
    }
    out
}

fn bin(module: &Module) -> Option<&str> {
    module.files.iter().find(|f| f.kind == FileKind::PartialBin).map(|f| f.path.as_str())
}

/// dfx-mgr's tree. What cannot be in it is told in `missing`.
pub(super) fn dfx_mgr(
    input: &Input<'_>,
    missing: &mut Vec<Missing>,
) -> Result<BTreeMap<String, Vec<u8>>, KitError> {
    let mut note = |subject: &str, what: &str, why: &str| {
        missing.push(Missing { subject: subject.to_owned(), what: what.to_owned(), why: why.to_owned() });
    };
    let mut out = BTreeMap::new();
    let Some(full) = input.full.filter(|_| input.target != Target::Other) else {
        note("", "dfx-mgr's tree", "the part has no processor that dfx-mgr runs on");
        return Ok(out);
    };
    if input.partitions.len() > MAX_SLOTS {
        let limit = format!("{} partitions, it takes {MAX_SLOTS} slots", input.partitions.len());
        return Err(KitError::DfxMgr { what: "shell.json".to_owned(), limit });
    }
    let base = name(input.project)?;
    let root = format!("dfx-mgr/{base}");
    let uid = short(input.identity);
    let shell = json!({
        "shell_type": "PL_DFX", "num_pl_slots": input.partitions.len().to_string(), "num_aie_slots": "0",
        "uid": uid, "load_base_design": "yes",
    });
    let mut blobs = true;
    let mut package = |out: &mut BTreeMap<String, Vec<u8>>,
                       dir: &str,
                       stem: &str,
                       from: &str,
                       source: String,
                       symbols: bool| {
        let Some(bytes) = input.files.get(from) else { return Ok(()) };
        out.insert(format!("{dir}/{stem}.bin"), bytes.clone());
        match compile(&source, symbols)? {
            Some(blob) => {
                out.insert(format!("{dir}/{stem}.dtbo"), blob);
            }
            None => blobs = false,
        }
        out.insert(format!("{dir}/{stem}.dtso"), source.into_bytes());
        Ok::<(), KitError>(())
    };
    out.insert(format!("{root}/shell.json"), render("shell.json", &shell)?);
    package(&mut out, &root, &base, full, static_overlay(input, &base), true)?;
    for (n, partition) in input.partitions.iter().enumerate() {
        for module in input.modules.iter().filter(|m| m.partition == partition.name) {
            let Some(from) = bin(module) else { continue };
            let accel = name(&module.name)?;
            let slot = name(&format!("{accel}_slot{n}"))?;
            let dir = format!("{root}/{accel}/{slot}");
            let devices: Vec<Value> = module
                .ranges
                .iter()
                .map(|r| {
                    json!({
                        "dev_name": format!("{:x}.{}", r.base, node(&r.path)), "reg_base": "",
                        "reg_size": (r.high - r.base).saturating_add(1).to_string(),
                    })
                })
                .collect();
            let payload = module.files.iter().find_map(|f| f.payload_sha256.as_deref()).unwrap_or_default();
            let accel_json = json!({
                "accel_type": "SIHA_PL_DFX", "uid": short(payload), "pid": uid,
                "accel_devices": devices, "accel_metadata": {},
            });
            out.insert(format!("{dir}/accel.json"), render(&format!("accel.json of {slot}"), &accel_json)?);
            let overlay = module_overlay(input, n, module, &format!("{slot}.bin"));
            package(&mut out, &dir, &slot, from, overlay, false)?;
        }
    }
    if !blobs {
        note(
            "dfx-mgr",
            ".dtbo overlays",
            "dtc was not installed where the kit was made; compile the .dtso with `dtc -@`",
        );
    }
    Ok(out)
}

/// RP slots of dfx-mgr.
const MAX_SLOTS: usize = 10;
/// JSON tokens of one file.
const MAX_TOKENS: usize = 128;
/// Characters of a name, the terminating zero included.
const MAX_NAME: usize = 128;

fn name(text: &str) -> Result<String, KitError> {
    let part = KitPath::part_from(text);
    if text.len() >= MAX_NAME || part.len() >= MAX_NAME {
        let limit = format!("{} characters, it takes {}", text.len(), MAX_NAME - 1);
        return Err(KitError::DfxMgr { what: format!("the name \"{text}\""), limit });
    }
    Ok(part)
}

/// The first 32 bits of a digest, as dfx-mgr's ids are.
fn short(digest: &str) -> String {
    format!("0x{}", digest.get(..8).unwrap_or("00000000"))
}

fn render(what: &str, value: &Value) -> Result<Vec<u8>, KitError> {
    let count = tokens(value);
    if count > MAX_TOKENS {
        let limit = format!("{count} JSON tokens, it takes {MAX_TOKENS}");
        return Err(KitError::DfxMgr { what: what.to_owned(), limit });
    }
    Ok(format!("{value:#}\n").into_bytes())
}

/// Tokens as dfx-mgr's parser counts them: each object, list, key and value.
fn tokens(value: &Value) -> usize {
    match value {
        Value::Object(map) => 1 + map.values().map(|v| 1 + tokens(v)).sum::<usize>(),
        Value::Array(list) => 1 + list.iter().map(tokens).sum::<usize>(),
        _ => 1,
    }
}

/// A node name of the device-tree specification: at most 31 of its characters, a letter first.
fn node(text: &str) -> String {
    let mut name: String = text
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || ",._+-".contains(c) { c } else { '_' })
        .take(30)
        .collect();
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        name.insert(0, 'x');
    }
    name
}

fn head(input: &Input<'_>, what: &str) -> String {
    let mark = if input.simulated { " SIMULATED: configures no device." } else { "" };
    let clean: String = what.chars().filter(|c| !c.is_control()).collect::<String>().replace("*/", "* /");
    format!("/* Written by dfxkit: {clean}.{mark} */\n/dts-v1/;\n/plugin/;\n")
}

fn static_overlay(input: &Input<'_>, base: &str) -> String {
    let mut out = head(input, "the static, with a region for each partition");
    let cells = cells(input.target);
    let _ = write!(
        out,
        "/ {{\n\tfragment@0 {{\n\t\ttarget = <&fpga_full>;\n\t\t__overlay__ {{\n\t\t\t#address-cells = <{cells}>;\n\t\t\t#size-cells = <{cells}>;\n\t\t\tfirmware-name = \"{base}.bin\";\n"
    );
    for n in 0..input.partitions.len() {
        let _ = write!(
            out,
            "\t\t\tfpga_PR{n}: fpga-PR{n} {{\n\t\t\t\tcompatible = \"fpga-region\";\n\t\t\t\t#address-cells = <{cells}>;\n\t\t\t\t#size-cells = <{cells}>;\n\t\t\t\tranges;\n\t\t\t}};\n"
        );
    }
    out.push_str("\t\t};\n\t};\n};\n");
    out
}

/// Cells of an address on the processor's bus: Zynq has 32 bits, Zynq UltraScale+ 64.
fn cells(target: Target) -> u32 {
    if target == Target::Zynq7000 { 1 } else { 2 }
}

fn number(target: Target, value: u64) -> String {
    if cells(target) == 1 {
        format!("{value:#x}")
    } else {
        format!("{:#x} {:#x}", value >> 32, value & 0xffff_ffff)
    }
}

fn module_overlay(input: &Input<'_>, slot: usize, module: &Module, image: &str) -> String {
    let mut out = head(input, &format!("module {} into partition {}", module.name, module.partition));
    let cells = cells(input.target);
    let _ = write!(
        out,
        "/ {{\n\tfragment@0 {{\n\t\ttarget = <&fpga_PR{slot}>;\n\t\t__overlay__ {{\n\t\t\t#address-cells = <{cells}>;\n\t\t\t#size-cells = <{cells}>;\n\t\t\tfirmware-name = \"{image}\";\n\t\t\tpartial-fpga-config;\n"
    );
    for r in &module.ranges {
        let size = (r.high - r.base).saturating_add(1);
        let _ = write!(
            out,
            "\t\t\t{}@{:x} {{\n\t\t\t\tcompatible = \"generic-uio\";\n\t\t\t\treg = <{} {}>;\n\t\t\t}};\n",
            node(&r.path),
            r.base,
            number(input.target, r.base),
            number(input.target, size)
        );
    }
    out.push_str("\t\t};\n\t};\n};\n");
    out
}

/// The blob; none when dtc is not installed.
fn compile(source: &str, symbols: bool) -> Result<Option<Vec<u8>>, KitError> {
    let mut args = vec!["-q", "-q", "-I", "dts", "-O", "dtb", "-o", "-"];
    if symbols {
        // The modules' overlays name the regions that this one adds.
        args.push("-@");
    }
    args.push("-");
    let run = duct::cmd("dtc", args).stdin_bytes(source).stdout_capture().stderr_capture().unchecked().run();
    match run {
        Ok(done) if done.status.success() => Ok(Some(done.stdout)),
        Ok(done) => Err(KitError::Template {
            name: "device-tree overlay",
            message: String::from_utf8_lossy(&done.stderr).into_owned(),
        }),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::{name, node, render, tokens};

    #[test]
    fn limits_of_dfx_mgr_are_refused() {
        let small = serde_json::json!({"a": "1", "b": [{"c": ""}]});
        assert_eq!(tokens(&small), 1 + 2 + 1 + 1 + 1 + 2);
        let device = serde_json::json!({"dev_name": "a", "reg_base": "", "reg_size": "1"});
        assert!(render("x", &serde_json::json!({"d": vec![device.clone(); 17]})).is_ok());
        let refused = render("x", &serde_json::json!({"d": vec![device; 18]}));
        assert!(refused.is_err_and(|e| e.to_string().contains("129 JSON tokens")));
        assert!(name(&"x".repeat(128)).is_err());
        assert_eq!(node("8/b c"), "x8_b_c");
    }
}
