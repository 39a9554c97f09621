// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The artifacts of an update: the golden's static as it was archived, with the modules that were built now.
//!
//! The nominal parent of the derived design goes; in its place stands the parent of the release, under its own name, so that gates compare
//! with it, and kits and later readers see the identity of the release. The files of the release are read from the archive, re-hashed.

use super::derive::PARENT;
use super::interface::Finding;
use crate::artifacts::{Artifact, Artifacts, ModuleSet};
use crate::design::names::STATIC_SYNTH_RUN;
use crate::gates::GateResult;
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
    built.static_set.configuration = Some(m.parent_name().to_owned());
    // The hand-off file and the probes of the static are the release's: today's block design may be another.
    built.static_set.hwh = file(Role::Hwh, "")?;
    built.static_set.ltx = file(Role::Ltx, "")?;
    for configuration in built.configurations.iter_mut().filter(|c| c.parent) {
        m.parent_name().clone_into(&mut configuration.name);
        configuration.modules = m
            .partitions
            .iter()
            .map(|p| (p.name.clone(), m.parent_module(&p.name).map(str::to_owned)))
            .collect();
    }
    // Nothing of the nominal parent's modules was built: the release's own stand in their place, for the proofs.
    built.modules.retain(|x| x.configuration != PARENT);
    for module in m.modules.iter().filter(|x| x.configuration == m.parent_name()) {
        let subject = format!("{}/{}", module.partition, module.name);
        built.modules.push(ModuleSet {
            name: module.name.clone(),
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
    built.missing.retain(|x| x.run != parent_run && x.run != STATIC_SYNTH_RUN);
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
