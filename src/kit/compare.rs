// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! What differs between two kits, and whether there is anything to release.

use std::collections::BTreeMap;

use dfxkit_handoff::kit::Manifest;
use serde::Serialize;

/// What a difference is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum About {
    /// Configuration data of a bitstream: the device does something else.
    Payload,
    /// Another file of an image: hand-off file, probes.
    Companion,
    /// Facts: part, static, partitions, gates.
    Facts,
}

/// One difference. None: not there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// About what.
    pub about: About,
    /// Path or fact.
    pub name: String,
    /// In the first kit.
    pub before: Option<String>,
    /// In the second kit.
    pub after: Option<String>,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// True when every bitstream holds the same configuration data and every companion the same bytes: nothing to release, whatever
    /// dates the headers have.
    pub same_payloads: bool,
    /// The differences.
    pub changes: Vec<Change>,
}

/// Compares two manifests of verified kits.
pub fn compare(a: &Manifest, b: &Manifest) -> Comparison {
    let mut changes = Vec::new();
    let mut add = |about, before: &BTreeMap<String, String>, after: &BTreeMap<String, String>| {
        let names: std::collections::BTreeSet<_> = before.keys().chain(after.keys()).collect();
        for name in names {
            if before.get(name) != after.get(name) {
                let (before, after) = (before.get(name).cloned(), after.get(name).cloned());
                changes.push(Change { about, name: name.clone(), before, after });
            }
        }
    };
    add(About::Payload, &payloads(a), &payloads(b));
    add(About::Companion, &companions(a), &companions(b));
    add(About::Facts, &facts(a), &facts(b));
    Comparison { same_payloads: changes.iter().all(|c| c.about == About::Facts), changes }
}

/// A `.bit` by its data without the header and its date.
fn payloads(m: &Manifest) -> BTreeMap<String, String> {
    m.files().filter_map(|f| Some((f.path.to_string(), f.payload_sha256.clone()?))).collect()
}

fn companions(m: &Manifest) -> BTreeMap<String, String> {
    m.files().filter(|f| f.payload_sha256.is_none()).map(|f| (f.path.to_string(), f.sha256.clone())).collect()
}

fn facts(m: &Manifest) -> BTreeMap<String, String> {
    let mut facts = BTreeMap::from([
        ("project".to_owned(), format!("{} {}", m.project.name, m.project.version)),
        ("part".to_owned(), m.device.part.clone()),
        ("simulated".to_owned(), m.simulated.to_string()),
        ("verdict".to_owned(), m.verdict.to_string()),
        ("vivado".to_owned(), m.vivado.release.clone()),
        ("static".to_owned(), m.fixed.identity.clone()),
    ]);
    for p in &m.partitions {
        let windows: Vec<String> =
            p.apertures.iter().map(|a| format!("{} {:#x}..={:#x}", a.interface, a.base, a.high)).collect();
        let guards: Vec<String> = p
            .isolation
            .iter()
            .map(|i| {
                format!("{} {}", i.kind, i.address.map_or_else(|| i.path.clone(), |a| format!("{a:#x}")))
            })
            .collect();
        let frames = p.frames.count.map_or_else(|| "unknown".to_owned(), |n| n.to_string());
        let text = format!(
            "{}; {frames} frames; windows [{}]; isolation [{}]; at power-up {}",
            p.cell,
            windows.join(", "),
            guards.join(", "),
            p.power_up.as_deref().unwrap_or("unknown")
        );
        facts.insert(format!("partition {}", p.name), text);
    }
    for g in &m.gates {
        facts.insert(format!("gate {} ({})", g.gate, g.subject), g.verdict.to_string());
    }
    facts
}
