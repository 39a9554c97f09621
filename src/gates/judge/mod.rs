// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Judging artifacts: every gate over the evidence that lies beside them, read again each time.
//!
//! Reading the evidence is the only input and output here; an unreadable file is no evidence and makes its gate unknown. Gates that are turned off
//! answer unknown and say so. An adopted tree has no reviewed list of critical warnings: those not allowed by the user are
//! unknown there, not refused; a build of ours refuses them.

mod critical;
mod identity;
mod outputs;
mod proofs;
mod route;
#[cfg(test)]
mod tests;
mod timing;
mod verify;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use super::log::{self, Log};
use super::{GateReport, GateResult, Verdict};
use crate::artifacts::{Artifact, Artifacts, ConfigurationSet};
use crate::spec::model::Gates;

pub use verify::pr_verify_result;

/// Names of the gates, in the order of reports.
pub const GATES: [&str; 7] =
    ["outputs", "identity", "route", "timing", "critical-warnings", "pr-verify", "bit-proofs"];

/// Judges artifacts by the description's gates.
pub fn judge(artifacts: &Artifacts, gates: &Gates) -> GateReport {
    let cx = Context::load(artifacts, gates);
    let mut results = outputs::judge(&cx);
    results.extend(identity::judge(&cx));
    for (on, gate, judge) in [
        (gates.route, "route", route::judge as fn(&Context<'_>) -> Vec<GateResult>),
        (gates.timing, "timing", timing::judge),
        (gates.critical_warnings, "critical-warnings", critical::judge),
        (gates.pr_verify, "pr-verify", verify::judge),
        (gates.bit_proofs, "bit-proofs", proofs::judge),
    ] {
        if on {
            results.extend(judge(&cx));
        } else {
            results.push(off(gate));
        }
    }
    GateReport::new(results)
}

/// What the files themselves tell, wherever they lie: identity and the bit proofs. For archives, whose run directories are gone.
pub fn judge_files(artifacts: &Artifacts) -> Vec<GateResult> {
    let gates = Gates::default();
    let cx = Context::load(artifacts, &gates);
    let mut results = identity::judge(&cx);
    results.extend(proofs::judge(&cx));
    results
}

fn off(gate: &str) -> GateResult {
    GateResult {
        gate: gate.to_owned(),
        subject: "everything".to_owned(),
        verdict: Verdict::Unknown,
        expected: "judged".to_owned(),
        actual: format!("turned off in the description ([gates] {gate} = false)"),
        evidence: None,
        off: true,
    }
}

/// Everything that the gates look at.
struct Context<'a> {
    artifacts: &'a Artifacts,
    gates: &'a Gates,
    /// Run, file name, text and facts of each log.
    logs: Vec<RunLogText<'a>>,
    /// Bitstreams that were read: two gates look at each.
    bitstreams: RefCell<BTreeMap<Utf8PathBuf, Arc<Vec<u8>>>>,
}

/// How many bytes of bitstreams are kept in memory; beyond that they are read again.
const KEPT_BYTES: usize = 512 << 20;

struct RunLogText<'a> {
    run: &'a str,
    file: &'a Artifact,
    text: String,
    log: Log,
}

impl<'a> Context<'a> {
    fn load(artifacts: &'a Artifacts, gates: &'a Gates) -> Self {
        let logs = artifacts.logs.iter().map(|l| {
            let text = read(&l.file.path).unwrap_or_default();
            let log = log::read(&text);
            RunLogText { run: &l.run, file: &l.file, text, log }
        });
        Self { artifacts, gates, logs: logs.collect(), bitstreams: RefCell::default() }
    }

    /// The bytes of a bitstream.
    fn bitstream(&self, path: &Utf8Path) -> Result<Arc<Vec<u8>>, String> {
        if let Some(known) = self.bitstreams.borrow().get(path) {
            return Ok(known.clone());
        }
        let bytes = Arc::new(fs_err::read(path).map_err(|e| e.to_string())?);
        let mut kept = self.bitstreams.borrow_mut();
        if kept.values().map(|b| b.len()).sum::<usize>() + bytes.len() <= KEPT_BYTES {
            kept.insert(path.to_owned(), bytes.clone());
        }
        Ok(bytes)
    }

    /// Everything that was placed and routed: configurations, and modules on abstract shells.
    fn implemented(&self) -> impl Iterator<Item = &'a ConfigurationSet> {
        let a = self.artifacts;
        a.configurations.iter().chain(&a.on_shells)
    }

    fn log_of(&self, run: &str) -> Option<&RunLogText<'a>> {
        self.logs.iter().find(|l| l.run == run)
    }
}

/// Text of an evidence file; bytes that are no UTF-8 are replaced: they stand in comments and paths, not in figures.
fn read(path: &Utf8Path) -> Result<String, String> {
    fs_err::read(path).map(|b| String::from_utf8_lossy(&b).into_owned()).map_err(|e| e.to_string())
}

/// The report of a configuration whose name holds `part`.
fn report<'a>(configuration: &'a ConfigurationSet, part: &str) -> Option<&'a Artifact> {
    configuration.reports.iter().find(|r| r.name().contains(part))
}

fn result(
    gate: &str,
    subject: &str,
    verdict: Verdict,
    expected: impl Into<String>,
    actual: impl Into<String>,
    evidence: Option<&str>,
) -> GateResult {
    GateResult {
        gate: gate.to_owned(),
        subject: subject.to_owned(),
        verdict,
        expected: expected.into(),
        // Reports and kits leave the build machine; its paths do not.
        actual: short_paths(&actual.into()),
        evidence: evidence.map(str::to_owned),
        off: false,
    }
}

/// `RUN/FILE` for evidence.
fn place(run: &str, file: &str) -> String {
    format!("{run}/{file}")
}

/// Absolute paths cut down to their last two components: messages of Vivado hold the build machine's.
fn short_paths(text: &str) -> String {
    let boundary = |c: char| c.is_whitespace() || "'\"[](){},;=".contains(c);
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(boundary).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        if word.starts_with('/') && word.matches('/').count() > 2 {
            out.push_str("../");
            out.push_str(&super::pr_verify::file(word));
        } else {
            out.push_str(word);
        }
        let next = after.chars().next().map_or(0, char::len_utf8);
        out.push_str(&after[..next]);
        rest = &after[next..];
    }
    out
}
