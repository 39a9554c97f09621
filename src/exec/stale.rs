// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which steps must run, and why: each reason is typed and holds old and new value.
//!
//! `plan`, `why` and the engine all call [`evaluate`], so that what is shown is what is done. A step whose upstream will run counts as
//! stale here; when the upstream then gives the very same bytes, the engine finds it up to date before its wave and leaves it alone.

use std::collections::BTreeSet;
use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use serde::Serialize;

use super::state::{Known, Record, State};
use super::wave;
use crate::plan::key::{Contents, Manifest};
use crate::plan::layout::Layout;
use crate::plan::{Plan, Step, StepId, StepKind};

/// Why a step must run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "reason")]
pub enum Reason {
    /// There is no record of it.
    NeverRan,
    /// It was started and did not finish.
    Unfinished,
    /// The user forces it.
    Forced,
    /// Its record cannot be read.
    RecordDamaged {
        /// Why.
        detail: String,
    },
    /// Something that goes in is another than last time.
    InputChanged {
        /// What.
        what: String,
        /// Last time; none when it is new.
        old: Option<String>,
        /// Now; none when it is gone.
        new: Option<String>,
    },
    /// The stand-in made it and Vivado shall, or the other way round.
    ToolKindChanged {
        /// True when the stand-in made what is recorded.
        recorded_simulated: bool,
    },
    /// An output is not there any more.
    OutputMissing {
        /// Relative to the build directory.
        path: Utf8PathBuf,
    },
    /// Somebody changed an output.
    OutputChanged {
        /// Relative to the build directory.
        path: Utf8PathBuf,
        /// Recorded SHA-256.
        expected: String,
        /// SHA-256 now.
        actual: String,
    },
    /// A file that the step did not make lies among its outputs.
    OutputUnknown {
        /// Relative to the build directory.
        path: Utf8PathBuf,
    },
    /// A step that it reads from will run.
    UpstreamWillRun {
        /// Which.
        step: StepId,
    },
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Reason::NeverRan => f.write_str("it has not run yet"),
            Reason::Unfinished => f.write_str("its last run failed or did not finish"),
            Reason::Forced => f.write_str("forced"),
            Reason::RecordDamaged { detail } => write!(f, "its record is damaged: {detail}"),
            Reason::InputChanged { what, old, new } => {
                let show = |v: &Option<String>| v.as_deref().map_or_else(|| "nothing".to_owned(), shorten);
                write!(f, "{what}: {} -> {}", show(old), show(new))
            }
            Reason::ToolKindChanged { recorded_simulated: true } => {
                f.write_str("the stand-in made it (SIMULATED), and Vivado shall")
            }
            Reason::ToolKindChanged { recorded_simulated: false } => {
                f.write_str("Vivado made it, and the stand-in shall (SIMULATED)")
            }
            Reason::OutputMissing { path } => write!(f, "its output {path} is missing"),
            Reason::OutputChanged { path, expected, actual } => write!(
                f,
                "its output {path} was changed by somebody: recorded {}, now {}",
                shorten(&format!("sha256:{expected}")),
                shorten(&format!("sha256:{actual}"))
            ),
            Reason::OutputUnknown { path } => write!(f, "somebody put {path} among its outputs"),
            Reason::UpstreamWillRun { step } => write!(f, "{step} will run"),
        }
    }
}

/// Hashes by their first twelve digits, long texts by their hash; JSON has them whole.
fn shorten(value: &str) -> String {
    if let Some(hash) = value.strip_prefix("sha256:") {
        return format!("sha256:{}", hash.get(..12).unwrap_or(hash));
    }
    if value.chars().count() > 100 || value.contains('\n') {
        let hash = crate::hash::sha256(value.as_bytes());
        return format!("text of {} bytes, sha256:{}", value.len(), &hash[..12]);
    }
    format!("`{value}`")
}

/// A step with its verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StepStatus {
    /// The step.
    pub id: StepId,
    /// True when it must run.
    pub stale: bool,
    /// Why; empty when it need not.
    pub reasons: Vec<Reason>,
}

/// Why it cannot be told.
#[derive(Debug, thiserror::Error)]
#[error("cannot read what goes into {step}: {source}")]
pub struct InputUnreadable {
    /// The step.
    pub step: StepId,
    /// Why; names the file.
    pub source: io::Error,
}

/// How the plan's entries for the tool begin: `vivado.release` and its like.
const TOOL: &str = "vivado.";

/// What the manifest walker reads from: the user's files, and the records of other steps.
struct Reader<'a> {
    state: &'a State,
    records: &'a [(StepId, Known)],
}

impl Contents for Reader<'_> {
    fn file(&self, path: &Utf8Path) -> io::Result<String> {
        self.state.hash(path)
    }

    fn output(&self, step: &StepId, path: &Utf8Path) -> Option<String> {
        let (_, known) = self.records.iter().find(|(id, _)| id == step)?;
        known.record()?.outputs.iter().find(|o| o.path == path).map(|o| o.sha256.clone())
    }
}

/// The manifest of a step as it stands now: what the plan names, and the declared outputs.
pub fn manifest(step: &Step, state: &State, records: &[(StepId, Known)]) -> io::Result<Manifest> {
    let mut manifest = Manifest::of(step, &Reader { state, records })?;
    let outputs: Vec<String> = step
        .outputs
        .iter()
        .map(|o| format!("{}{}", o.path, if o.required { "" } else { " (if there)" }))
        .collect();
    manifest.entries.push(("declared outputs".to_owned(), outputs.join("\n")));
    manifest.entries.sort();
    Ok(manifest)
}

/// Every step of the plan with its verdict, in the plan's order. Reads files, writes nothing. `simulated`: whether the stand-in would
/// run the steps; none when that is not known.
pub fn evaluate(
    plan: &Plan,
    layout: &Layout,
    state: &State,
    simulated: Option<bool>,
    forced: &[StepId],
) -> Result<Vec<StepStatus>, InputUnreadable> {
    let records: Vec<(StepId, Known)> =
        plan.steps.iter().map(|s| (s.id.clone(), state.known(&s.id))).collect();
    let mut stale: BTreeSet<&StepId> = BTreeSet::new();
    let mut statuses = Vec::with_capacity(plan.steps.len());
    for (step, (_, known)) in plan.steps.iter().zip(&records) {
        let mut reasons = Vec::new();
        if forced.contains(&step.id) {
            reasons.push(Reason::Forced);
        }
        let upstream: Vec<&StepId> = step.needs.iter().filter(|n| stale.contains(n)).collect();
        match known {
            Known::Nothing => reasons.push(Reason::NeverRan),
            Known::Unfinished => reasons.push(Reason::Unfinished),
            Known::Damaged { detail } => reasons.push(Reason::RecordDamaged { detail: detail.clone() }),
            Known::Record { record, unfinished } => {
                if *unfinished {
                    reasons.push(Reason::Unfinished);
                }
                let now = manifest(step, state, &records)
                    .map_err(|source| InputUnreadable { step: step.id.clone(), source })?;
                compare(step, record, &now, simulated, &upstream, &mut reasons);
                check_outputs(step, record, layout, state, &mut reasons)
                    .map_err(|source| InputUnreadable { step: step.id.clone(), source })?;
            }
        }
        reasons.extend(upstream.into_iter().map(|s| Reason::UpstreamWillRun { step: s.clone() }));
        if !reasons.is_empty() {
            stale.insert(&step.id);
        }
        statuses.push(StepStatus { id: step.id.clone(), stale: !reasons.is_empty(), reasons });
    }
    Ok(statuses)
}

fn compare(
    step: &Step,
    record: &Record,
    now: &Manifest,
    simulated: Option<bool>,
    upstream: &[&StepId],
    reasons: &mut Vec<Reason>,
) {
    let other_kind =
        step.kind.needs_vivado() && simulated.is_some_and(|simulated| simulated != record.simulated);
    if other_kind {
        reasons.push(Reason::ToolKindChanged { recorded_simulated: record.simulated });
    }
    for change in now.changes_since(&record.manifest) {
        // Said already, and better: the tool by its kind, an output of an upstream that will run by that.
        let said = (other_kind && change.what.starts_with(TOOL))
            || upstream.iter().any(|up| change.what.starts_with(&format!("{up} -> ")));
        if !said {
            reasons.push(Reason::InputChanged { what: change.what, old: change.old, new: change.new });
        }
    }
}

fn check_outputs(
    step: &Step,
    record: &Record,
    layout: &Layout,
    state: &State,
    reasons: &mut Vec<Reason>,
) -> io::Result<()> {
    for output in &record.outputs {
        let path = layout.build().join(&output.path);
        if !path.exists() {
            reasons.push(Reason::OutputMissing { path: output.path.clone() });
        } else if !is_volatile(step, &output.path) {
            let actual = state.hash(&path)?;
            if actual != output.sha256 {
                let expected = output.sha256.clone();
                reasons.push(Reason::OutputChanged { path: output.path.clone(), expected, actual });
            }
        }
    }
    if step.kind == StepKind::Kit {
        // A kit with a file too many is refused by everybody who verifies it.
        let found = wave::kit_files(layout).into_iter().map(|path| layout.relative(&path));
        let unknown = found.filter(|path| !record.outputs.iter().any(|o| o.path == *path));
        reasons.extend(unknown.map(|path| Reason::OutputUnknown { path }));
    }
    Ok(())
}

/// True for an output that later steps rewrite (the project file, at every launch): it must be there, no more.
pub(super) fn is_volatile(step: &Step, path: &Utf8Path) -> bool {
    step.outputs.iter().any(|o| o.path == path && o.volatile)
}
