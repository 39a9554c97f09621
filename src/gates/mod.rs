// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Gates: each judges one kind of evidence and answers passed, refused or unknown, with expected and actual.
//!
//! `unknown` is an answer of its own: the evidence is not there. It is never counted as passed.
//!
//! The readers ([`timing_summary`], [`route_status`], [`utilisation`], [`drc`], [`pr_verify`], [`log`], [`header`]) are pure functions from text to facts.

pub mod drc;
pub mod header;
pub mod judge;
pub mod log;
pub mod pr_verify;
pub mod route_status;
mod table;
pub mod timing_summary;
pub mod utilisation;

pub use judge::judge;

use serde::{Deserialize, Serialize};

/// The answer of a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Evidence was there and is good.
    Passed,
    /// Evidence is missing, or was not looked at.
    Unknown,
    /// Evidence was there and is bad.
    Refused,
}

impl Verdict {
    /// The worse of two: refused, then unknown, then passed.
    #[must_use]
    pub fn and(self, other: Verdict) -> Verdict {
        self.max(other)
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Verdict::Passed => "passed",
            Verdict::Unknown => "unknown",
            Verdict::Refused => "refused",
        })
    }
}

/// What one gate found on one subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateResult {
    /// Gate: `timing`, `route`, `critical-warnings`, `pr-verify`, `identity`, `outputs`, `bit-proofs`.
    pub gate: String,
    /// What was judged: a configuration, a file.
    pub subject: String,
    /// The answer.
    pub verdict: Verdict,
    /// What was expected.
    pub expected: String,
    /// What was found.
    pub actual: String,
    /// The file that the evidence is in, by name.
    pub evidence: Option<String>,
    /// True when the gate was turned off in the description: then the verdict is unknown and this says why.
    #[serde(default)]
    pub off: bool,
}

/// All results, and the sum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateReport {
    /// The worst of all results; unknown when there is none.
    pub verdict: Verdict,
    /// The results.
    pub results: Vec<GateResult>,
}

impl GateReport {
    /// Sums up results.
    pub fn new(results: Vec<GateResult>) -> Self {
        let verdict = results.iter().map(|r| r.verdict).reduce(Verdict::and).unwrap_or(Verdict::Unknown);
        Self { verdict, results }
    }
}
