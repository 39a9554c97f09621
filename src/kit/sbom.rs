// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The software bill of materials of a kit, CycloneDX 1.5 in JSON: which IP cores in which version are in its images.
//!
//! IP cores come from the hand-off files in the kit, with the version that the VLNV says; a module without a hand-off file (plain
//! RTL) is listed as the kit's own component without cores below it, which is not the same as having none. No time and no serial
//! number: two runs over one kit give the same bytes. Licences of cores are not known.

use std::collections::{BTreeMap, BTreeSet};

use dfxkit_handoff::hwh;
use dfxkit_handoff::kit::{File, FileKind, Manifest};
use serde_json::{Value, json};

/// Reads a file of the kit by its path in it.
pub(super) type Read<'r> = dyn Fn(&str) -> std::io::Result<Vec<u8>> + 'r;

/// The document for a kit whose files `read` gives.
///
/// # Errors
/// When a hand-off file cannot be read.
pub fn sbom(m: &Manifest, read: &Read<'_>) -> std::io::Result<Value> {
    let kit = format!("kit:{}@{}", m.project.name, m.project.version);
    let mut cores: BTreeSet<String> = BTreeSet::new();
    let mut components = Vec::new();
    let mut depends: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let of_modules = m.modules.iter().map(|x| (format!("{}/{}", x.partition, x.name), &x.files));
    for (name, files) in std::iter::once((m.fixed.top.clone(), &m.fixed.files)).chain(of_modules) {
        let reference = format!("image:{name}");
        let found = cores_of(read, files)?;
        let hashes: Vec<Value> = files
            .iter()
            .filter(|f| matches!(f.kind, FileKind::Full | FileKind::Partial))
            .map(|f| json!({"alg": "SHA-256", "content": f.sha256}))
            .collect();
        // A hand-off file without a single module is our own, for PYNQ: of a greybox it is the truth, of others it says nothing.
        let empty = m.modules.iter().any(|x| x.greybox && format!("{}/{}", x.partition, x.name) == name);
        let listed = files.iter().any(|f| f.kind == FileKind::Hwh) && (empty || !found.is_empty());
        let known = if listed { "hand-off file" } else { "unknown" };
        components.push(json!({
            "type": "firmware", "bom-ref": reference, "name": name, "version": m.project.version, "hashes": hashes,
            "properties": [{"name": "dfxkit:cores-from", "value": known}],
        }));
        depends.entry(kit.clone()).or_default().insert(reference.clone());
        depends.insert(reference, found.iter().map(|v| format!("ip:{v}")).collect());
        cores.extend(found);
    }
    for vlnv in &cores {
        let mut parts = vlnv.split(':');
        let [vendor, library, name, version] = [(); 4].map(|()| parts.next().unwrap_or(""));
        components.push(json!({
            "type": "library", "bom-ref": format!("ip:{vlnv}"), "group": format!("{vendor}:{library}"), "name": name, "version": version,
        }));
    }
    let mut properties = vec![
        json!({"name": "dfxkit:part", "value": m.device.part}),
        json!({"name": "dfxkit:static-identity", "value": m.fixed.identity}),
        json!({"name": "dfxkit:simulated", "value": m.simulated.to_string()}),
    ];
    if let Some(git) = &m.sources {
        properties.push(json!({"name": "dfxkit:sources-commit", "value": git.commit}));
        properties.push(json!({"name": "dfxkit:sources-changed", "value": git.changed.to_string()}));
    }
    let vivado = m
        .vivado
        .build
        .as_ref()
        .map_or_else(|| m.vivado.release.clone(), |b| format!("{} ({b})", m.vivado.release));
    let tool = if m.simulated { "dfxkit's stand-in for Vivado" } else { "Vivado" };
    Ok(json!({
        "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
        "metadata": {
            "tools": {"components": [
                {"type": "application", "name": "dfxkit", "version": m.dfxkit},
                {"type": "application", "name": tool, "version": vivado},
            ]},
            "component": {"type": "firmware", "bom-ref": kit, "name": m.project.name, "version": m.project.version},
            "properties": properties,
        },
        "components": components,
        "dependencies": depends.iter().map(|(r, on)| json!({"ref": r, "dependsOn": on})).collect::<Vec<_>>(),
    }))
}

pub(super) fn cores_of(read: &Read<'_>, files: &[File]) -> std::io::Result<BTreeSet<String>> {
    let mut cores = BTreeSet::new();
    for file in files.iter().filter(|f| f.kind == FileKind::Hwh) {
        let bytes = read(file.path.as_str())?;
        let model = hwh::parse(&bytes).map_err(|e| std::io::Error::other(format!("{}: {e}", file.path)))?;
        cores.extend(model.modules.iter().filter_map(|m| m.vlnv.as_ref()).map(|v| v.0.clone()));
    }
    Ok(cores)
}
