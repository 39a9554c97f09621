// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is looked at before Vivado starts: description, archive and Vivado against the release. Nothing is written here.

use super::super::{Cx, Failure};
use crate::artifacts::ToolIdentity;
use crate::design::Design;
use crate::gates::Verdict;
use crate::golden::Golden;
use crate::golden::check::{check, recheck};
use crate::golden::manifest::Role;
use crate::spec::model::{Flow, ShellKind};
use crate::update::interface::{self, Finding};
use crate::update::prepare::Way;
use crate::vivado::Vivado;

/// Refuses when a comparison failed; says every difference.
pub(super) fn meets(cx: &Cx, golden: &Golden, findings: &[Finding]) -> Result<(), Failure> {
    let refused: Vec<&Finding> = findings.iter().filter(|f| f.verdict == Verdict::Refused).collect();
    for f in findings.iter().filter(|f| f.verdict == Verdict::Unknown) {
        cx.shell.warn(format!("{}: unknown: {}", f.what, f.actual));
    }
    if refused.is_empty() {
        return Ok(());
    }
    let release = &golden.manifest.release;
    let mut failure = Failure::gate(format!(
        "the description does not meet release {release}: no module built from it would fit the devices in the field"
    ));
    for f in refused {
        failure = failure.note(format!("{}: expected {}, actual {}", f.what, f.expected, f.actual));
    }
    Err(failure.help("a new static needs a new release; for this one, make the description as it was"))
}

/// What the scripts of a way cannot do, before anything runs.
pub(super) fn possible(
    design: &Design,
    golden: &Golden,
    modules: &[String],
    way: Way,
) -> Result<(), Failure> {
    let family = design.family;
    if way.shell == ShellKind::Abstract && !family.has_abstract_shell() {
        return Err(Failure::input(format!(
            "{family} has no abstract shell (UltraScale+ and Versal only, UG909)"
        ))
        .help("--shell standard builds on the whole locked static"));
    }
    if way.shell == ShellKind::Abstract && golden.manifest.files.iter().all(|f| f.role != Role::AbstractShell)
    {
        return Err(Failure::gate(format!(
            "release {} was archived without abstract shells",
            golden.manifest.release
        ))
        .help("--shell standard builds on the whole locked static")
        .help("`[build] abstract-shells = true` writes them for the releases to come"));
    }
    let has_state = golden.manifest.files.iter().any(|f| f.role == Role::RunState);
    if way == (Way { flow: Flow::Project, shell: ShellKind::Standard }) && !has_state {
        return Err(Failure::gate(format!(
            "release {} was built without a Vivado project: the archive has no state of its runs, which children of a project need",
            golden.manifest.release
        ))
        .help("--flow non-project builds on its checkpoints"));
    }
    let build = &design.spec.build;
    let scripted = [
        (way.flow == Flow::NonProject, "module-synth", &build.module_synth),
        (
            way.flow == Flow::NonProject || way.shell == ShellKind::Abstract,
            "implementation",
            &build.implementation,
        ),
    ];
    for (_, table, options) in scripted.iter().filter(|(on, ..)| *on) {
        if let Some(strategy) = &options.strategy {
            return Err(Failure::input(format!(
                "[build.{table}] strategy `{strategy}` is a property of a project's runs: a script has none"
            ))
            .help("give directives of the steps, or build with --flow project --shell standard"));
        }
    }
    if way.flow == Flow::NonProject {
        for name in modules {
            let sources = design.modules.get(name).map_or(&[][..], |m| m.sources.as_slice());
            if let Some(file) = sources.iter().find(|f| f.kind.needs_project()) {
                return Err(Failure::input(format!(
                    "module {name} has {}: block designs and IP are generated in a Vivado project",
                    file.name
                ))
                .help("--flow project builds it"));
            }
        }
    }
    Ok(())
}

/// What the golden checkpoint says of itself.
pub(super) fn checkpoint(design: &Design, golden: &Golden) -> Result<Vec<Finding>, Failure> {
    let Some(file) = golden.manifest.file(Role::BlackboxDcp, "") else { return Ok(Vec::new()) };
    // Hashed a moment ago, with everything else.
    Ok(interface::checkpoint(design, golden, &golden.store().object(&file.sha256)))
}

/// The same Vivado, to the build: checkpoints are bound to it (UG909). With leave it may be another; gives the golden's then.
pub(super) fn same_tool(
    cx: &Cx,
    golden: &Golden,
    tool: &Vivado,
    allowed: bool,
) -> Result<Option<ToolIdentity>, Failure> {
    let m = &golden.manifest;
    let release = tool.release.to_string();
    let expected = format!(
        "Vivado {} build {}{}",
        m.vivado,
        m.vivado_build.as_deref().unwrap_or("unknown"),
        if m.simulated { " SIMULATED" } else { "" }
    );
    let builds_differ = m.vivado_build.is_some() && tool.build.is_some() && m.vivado_build != tool.build;
    if release == m.vivado && !builds_differ && m.simulated == tool.simulated {
        return Ok(None);
    }
    if m.simulated != tool.simulated || !allowed {
        let failure = Failure::gate(format!(
            "release {} was built by another Vivado: expected {expected}, actual {}",
            m.release,
            tool.identity()
        ))
        .help("modules must be built by the very Vivado that built their static (UG909)");
        return Err(if m.simulated == tool.simulated {
            failure.help("--allow-release-change takes this one nevertheless, and says so in the update, the report and the kit")
        } else {
            failure.help("what the stand-in makes fits no device, and nothing of a device fits it")
        });
    }
    cx.shell.warn(format!(
        "release {} was built by {expected}, its new modules by {}: AMD supports one Vivado for all configurations of a static; the verdict is unknown at best",
        m.release,
        tool.identity()
    ));
    Ok(Some(ToolIdentity {
        release: m.vivado.clone(),
        build: m.vivado_build.clone(),
        simulated: m.simulated,
    }))
}

/// Re-hashes the release, and asks its files what they say: a manifest and objects that hash well can still be of different builds.
pub(super) fn whole(golden: &Golden) -> Result<(), Failure> {
    let mut found = check(golden);
    let hashed = found.verdict;
    recheck(golden, &mut found);
    if hashed == Verdict::Passed && found.verdict != Verdict::Refused {
        return Ok(());
    }
    let mut failure = Failure::gate(format!("release {} is damaged: nothing is built on it", found.release));
    for part in found
        .parts
        .iter()
        .filter(|p| p.verdict != Verdict::Passed && p.name != "files" && p.name != "contents")
    {
        failure =
            failure.note(format!("{}: expected {}, actual {}", part.subject, part.expected, part.actual));
    }
    Err(failure.help("restore the files from a copy of the archive (`dfxkit golden pull`)"))
}

pub(super) fn tell_drift(cx: &Cx, drift: &[String]) {
    if !drift.is_empty() && !cx.shell.is_json() {
        cx.shell.warn(format!(
            "sources have changed since the release: {}. The static is the golden's, not built from these",
            drift.join(", ")
        ));
    }
}
