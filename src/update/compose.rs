// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The artifacts of an update: the golden's static as it was archived, with the modules that were built now.
//!
//! The nominal parent of the derived design goes; in its place stands the parent of the release, under its own name, so that gates compare
//! with it, and kits and later readers see the identity of the release. The files of the release are read from the archive, re-hashed.
//!
//! A module that was built anew under the name that the release's own has: both are in the kit where there are clearing bitstreams, since a device that was
//! just powered up holds the release's. That one is called `NAME@RELEASE` then, wherever it is named.

use super::derive::PARENT;
use super::interface::Finding;
use crate::artifacts::{Artifact, Artifacts, ModuleSet, ToolIdentity};
use crate::design::names::{SHELLS_RUN, STATIC_SYNTH_RUN};
use crate::gates::{GateResult, Verdict};
use crate::golden::manifest::Role;
use crate::golden::{Golden, GoldenError};

/// Composes; `built` is what the update's run tree holds.
pub fn compose(mut built: Artifacts, golden: &Golden) -> Result<Artifacts, GoldenError> {
    let m = &golden.manifest;
    built.golden = Some(m.release.clone());
    let parent_run =
        built.configurations.iter().find(|c| c.parent).map(|c| c.run.clone()).unwrap_or_default();
    let file = |role: Role, subject: &str| -> Result<Option<Artifact>, GoldenError> {
        m.file(role, subject)
            .map(|f| golden.verified(f).map(|path| Artifact { path, sha256: f.sha256.clone(), size: f.size }))
            .transpose()
    };
    let new = |partition: &str, name: &str| {
        built.modules.iter().any(|x| x.configuration != PARENT && x.partition == partition && x.name == name)
    };
    // What the release's full bitstream holds, by partition.
    let held: Vec<(String, Option<String>)> = m
        .partitions
        .iter()
        .map(|p| {
            let name = m.parent_module(&p.name).map(|name| {
                if new(&p.name, name) { format!("{name}@{}", m.release) } else { name.to_owned() }
            });
            (p.name.clone(), name)
        })
        .collect();
    let held_in = |partition: &str| held.iter().find(|(p, _)| p == partition).and_then(|(_, m)| m.clone());
    // Modules of the nominal parent stand for those of the release in the children too.
    let nominal: Vec<(String, Option<String>)> = built
        .configurations
        .iter()
        .filter(|c| c.parent)
        .flat_map(|c| c.modules.iter().filter(|(_, m)| m.is_some()).cloned())
        .collect();
    for configuration in built.configurations.iter_mut().filter(|c| !c.parent) {
        for entry in configuration.modules.iter_mut().filter(|e| nominal.contains(e)) {
            entry.1 = held_in(&entry.0);
        }
    }
    built.static_set.configuration = Some(m.parent_name().to_owned());
    // The hand-off file and the probes of the static are the release's: today's block design may be another.
    built.static_set.hwh = file(Role::Hwh, "")?;
    built.static_set.ltx = file(Role::Ltx, "")?;
    for configuration in built.configurations.iter_mut().filter(|c| c.parent) {
        m.parent_name().clone_into(&mut configuration.name);
        configuration.modules.clone_from(&held);
    }
    // Nothing of the nominal parent's modules was built: the release's own stand in their place, for the proofs.
    let parent_module = |partition: &str, name: &str| {
        if m.parent_module(partition) == Some(name) { held_in(partition) } else { None }
    };
    built.modules.retain(|x| x.configuration != PARENT);
    for module in m.modules.iter().filter(|x| x.configuration == m.parent_name()) {
        let subject = format!("{}/{}", module.partition, module.name);
        built.modules.push(ModuleSet {
            name: parent_module(&module.partition, &module.name).unwrap_or_else(|| module.name.clone()),
            vivado_name: module.vivado_name.clone(),
            partition: module.partition.clone(),
            configuration: module.configuration.clone(),
            run: m.static_design.run.clone(),
            greybox: module.greybox,
            partial_bit: file(Role::PartialBit, &subject)?,
            clear_bit: file(Role::ClearBit, &subject)?,
            bin: file(Role::Bin, &subject)?,
            hwh: file(Role::Hwh, &subject)?,
            ltx: file(Role::Ltx, &subject)?,
            routed_dcp: file(Role::ModuleDcp, &subject)?,
            drivers: Vec::new(),
        });
    }
    let of_release = |run: &str| run == parent_run || run == STATIC_SYNTH_RUN || run == SHELLS_RUN;
    built.missing.retain(|x| !of_release(&x.run));
    for partition in &mut built.partitions {
        if let Some(archived) = m.partitions.iter().find(|p| p.name == partition.name) {
            partition.pblock_ranges.clone_from(&archived.pblock_ranges);
        }
    }
    Ok(built)
}

/// What goes into the kit: the modules that were asked for, without those of the release and the greyboxes that fill the other
/// partitions. Where modules have clearing bitstreams (UltraScale) those that the release's full bitstream holds go in too: without them
/// no device that has just been powered up could take a new module.
#[must_use]
pub fn for_kit(mut artifacts: Artifacts) -> Artifacts {
    let parent = artifacts.static_set.configuration.clone();
    artifacts.modules.retain(|m| {
        let of_release = Some(&m.configuration) == parent.as_ref();
        if of_release { m.clear_bit.is_some() } else { !m.greybox }
    });
    artifacts
}

/// Another Vivado than the release's, as a gate's result. Nothing proves that two releases of Vivado go together: unknown, whatever else passed.
pub fn release_change(golden: &ToolIdentity, now: &ToolIdentity) -> GateResult {
    let name =
        |t: &ToolIdentity| format!("Vivado {} build {}", t.release, t.build.as_deref().unwrap_or("unknown"));
    GateResult {
        gate: "release-change".into(),
        subject: "everything".into(),
        verdict: Verdict::Unknown,
        expected: format!("{}, which built the static", name(golden)),
        actual: format!("modules built by {} (--allow-release-change)", name(now)),
        evidence: None,
        off: false,
    }
}

/// A comparison of ports as a gate's result.
pub fn port_result(finding: &Finding, release: &str) -> GateResult {
    GateResult {
        gate: "interface".into(),
        subject: finding.what.clone(),
        verdict: finding.verdict,
        expected: finding.expected.clone(),
        actual: finding.actual.clone(),
        evidence: Some(format!("golden {release}")),
        off: false,
    }
}
