// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The artifacts of an update: the golden's static as it was archived, with the modules that were built now.
//!
//! The nominal parent of the derived design goes; in its place stands the parent of the release, under its own name, so that gates compare
//! with it, and kits and later readers see the identity of the release.

use super::derive::PARENT;
use super::interface::Finding;
use crate::artifacts::{Artifact, Artifacts};
use crate::gates::GateResult;
use crate::golden::manifest::Role;
use crate::golden::{Golden, GoldenError};

/// Composes; `built` is what the update's run tree holds. Also drops the greyboxes that only fill the other partitions.
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
    // The pr_verify of the children names the parent; nothing of the nominal parent's modules was built.
    built.modules.retain(|x| x.configuration != PARENT);
    built.missing.retain(|x| x.run != parent_run);
    for partition in &mut built.partitions {
        if let Some(archived) = m.partitions.iter().find(|p| p.name == partition.name) {
            partition.pblock_ranges.clone_from(&archived.pblock_ranges);
        }
    }
    Ok(built)
}

/// What goes into the kit: the modules that were asked for, without the greyboxes that fill the other partitions.
#[must_use]
pub fn for_kit(mut artifacts: Artifacts) -> Artifacts {
    artifacts.modules.retain(|m| !m.greybox);
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
