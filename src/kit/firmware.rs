// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Overlays beside the images, for the Linux FPGA manager, and the tree that dfx-mgr reads.
//!
//! ```text
//! static/<name>_program.dtso|.dtbo, _regions.dtso|.dtbo          the static: programmed, or running already (see the overlay module)
//! modules/<partition>/<module>_program.dtso|.dtbo, _devices.*    the module: programmed, or only its devices
//! dfx-mgr/<project>/shell.json, <project>.bin|.dtso|.dtbo        the static, with one region a partition
//! dfx-mgr/<project>/<module>/<module>_slot<N>/                   accel.json and the module for partition N: .bin, .dtso, .dtbo
//! ```
//!
//! No overlay has the stem of a `.bit` file: PYNQ inserts such a one by itself.
//!
//! dfx-mgr's limits are checked here, because it fails behind them without a word: at most 128 JSON tokens in a file, 10 slots,
//! names below 128 characters; every number is a string (dfx-mgr's and libdfx's sources, 2026). Not tried on a board.

use std::collections::BTreeMap;

use dfxkit_fabric::codec::Target;
use dfxkit_handoff::kit::{File, FileKind, KitPath, Missing, Module, Partition};
use serde_json::{Value, json};

use super::error::KitError;
use super::overlay::{Tree, compile, node};
use super::regions::Bridge;

/// What the overlays and the tree are made of.
#[derive(Debug)]
pub(super) struct Input<'a> {
    pub(super) project: &'a str,
    pub(super) identity: &'a str,
    pub(super) simulated: bool,
    pub(super) target: Target,
    pub(super) partitions: &'a [Partition],
    /// By partition, in their order.
    pub(super) bridges: &'a [Option<Vec<Bridge>>],
    pub(super) modules: &'a [Module],
    /// Path of the full image for the FPGA manager, in the kit.
    pub(super) full: Option<&'a str>,
    /// What is in the kit already.
    pub(super) files: &'a BTreeMap<String, Vec<u8>>,
}

impl Input<'_> {
    fn tree(&self) -> Tree<'_> {
        Tree {
            simulated: self.simulated,
            target: self.target,
            partitions: self.partitions,
            bridges: self.bridges,
        }
    }
}

/// Overlays beside the images, for `fpga-manager`.
#[derive(Debug, Default)]
pub(super) struct Overlays {
    /// Every file, by path in the kit.
    pub(super) files: BTreeMap<String, Vec<u8>>,
    /// Blobs that program nothing, which a loader applies by itself: of the static (no partition) and of modules.
    pub(super) blobs: Vec<(Option<(String, String)>, File)>,
}

/// Writes the overlays beside the images.
pub(super) fn overlays(input: &Input<'_>, missing: &mut Vec<Missing>) -> Result<Overlays, KitError> {
    let mut out = Overlays::default();
    let Some(full) = input.full else { return Ok(out) };
    let tree = input.tree();
    let project = KitPath::part_from(input.project);
    let mut no_dtc = false;
    let mut put = |stem: &str, what: &str, source: String, of: Option<(String, String)>| {
        let path = format!("{stem}_{what}");
        match compile(&source)? {
            Some(blob) => {
                if what != "program" {
                    let file = File {
                        path: KitPath::new(&format!("{path}.dtbo"))?,
                        kind: FileKind::Overlay,
                        size: blob.len() as u64,
                        sha256: crate::hash::sha256(&blob),
                        payload_sha256: None,
                        static_identity: input.identity.to_owned(),
                    };
                    out.blobs.push((of, file));
                }
                out.files.insert(format!("{path}.dtbo"), blob);
            }
            None => no_dtc = true,
        }
        out.files.insert(format!("{path}.dtso"), source.into_bytes());
        Ok::<(), KitError>(())
    };
    if let Some(stem) = full.strip_suffix(".bin") {
        put(stem, "program", tree.fixed(Some(&format!("{project}/{full}"))), None)?;
        put(stem, "regions", tree.fixed(None), None)?;
    }
    for (n, partition) in input.partitions.iter().enumerate() {
        for module in input.modules.iter().filter(|m| m.partition == partition.name) {
            let Some(bin) = bin(module) else { continue };
            let Some(stem) = bin.strip_suffix(".bin") else { continue };
            let of = || Some((module.partition.clone(), module.name.clone()));
            put(stem, "program", tree.module(n, module, Some(&format!("{project}/{bin}"))), of())?;
            if !module.ranges.is_empty() {
                put(stem, "devices", tree.module(n, module, None), of())?;
            }
        }
    }
    if no_dtc {
        missing.push(Missing {
            subject: String::new(),
            what: ".dtbo overlays".to_owned(),
            why: "dtc was not installed where the kit was made; compile them with `dtc -I dts -O dtb -o X.dtbo X.dtso`".to_owned(),
        });
    }
    Ok(out)
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
    let mut package =
        |out: &mut BTreeMap<String, Vec<u8>>, dir: &str, stem: &str, from: &str, source: String| {
            let Some(bytes) = input.files.get(from) else { return Ok(()) };
            out.insert(format!("{dir}/{stem}.bin"), bytes.clone());
            match compile(&source)? {
                Some(blob) => {
                    out.insert(format!("{dir}/{stem}.dtbo"), blob);
                }
                None => blobs = false,
            }
            out.insert(format!("{dir}/{stem}.dtso"), source.into_bytes());
            Ok::<(), KitError>(())
        };
    out.insert(format!("{root}/shell.json"), render("shell.json", &shell)?);
    package(&mut out, &root, &base, full, input.tree().fixed(Some(&format!("{base}.bin"))))?;
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
            let overlay = input.tree().module(n, module, Some(&format!("{slot}.bin")));
            package(&mut out, &dir, &slot, from, overlay)?;
        }
    }
    if !blobs {
        note(
            "dfx-mgr",
            ".dtbo overlays",
            "dtc was not installed where the kit was made; compile them with `dtc -I dts -O dtb -o X.dtbo X.dtso`",
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

#[cfg(test)]
mod tests {
    use super::{name, render, tokens};

    #[test]
    fn limits_of_dfx_mgr_are_refused() {
        let small = serde_json::json!({"a": "1", "b": [{"c": ""}]});
        assert_eq!(tokens(&small), 1 + 2 + 1 + 1 + 1 + 2);
        let device = serde_json::json!({"dev_name": "a", "reg_base": "", "reg_size": "1"});
        assert!(render("x", &serde_json::json!({"d": vec![device.clone(); 17]})).is_ok());
        let refused = render("x", &serde_json::json!({"d": vec![device; 18]}));
        assert!(refused.is_err_and(|e| e.to_string().contains("129 JSON tokens")));
        assert!(name(&"x".repeat(128)).is_err());
    }
}
