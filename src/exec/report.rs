// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `report.json`: the verdicts of the last build, for `dfxkit report`, CI and people.
//!
//! It holds no times and no machine paths: the same build gives the same bytes, so that a build that changes nothing leaves the kit alone.

use std::io;

use camino::Utf8Path;
use serde::{Deserialize, Serialize};

use super::state::Tool;
use crate::artifacts::Artifacts;
use crate::gates::{GateReport, GateResult, Verdict};

/// Version of the report's format.
pub const FORMAT: u32 = 1;

/// The report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// [`FORMAT`]
    pub format: u32,
    /// Project.
    pub project: String,
    /// Version of the product.
    pub version: String,
    /// Part.
    pub part: String,
    /// Which Vivado; says SIMULATED by its `simulated`.
    pub tool: Tool,
    /// The sum.
    pub verdict: Verdict,
    /// Every gate on every subject.
    pub results: Vec<GateResult>,
}

impl Report {
    /// The report of judged artifacts.
    pub fn of(artifacts: &Artifacts) -> Self {
        let tool = &artifacts.tool;
        Self {
            format: FORMAT,
            project: artifacts.project.clone(),
            version: artifacts.version.clone(),
            part: artifacts.part.clone(),
            tool: Tool {
                release: tool.release.clone(),
                build: tool.build.clone(),
                simulated: tool.simulated,
            },
            verdict: artifacts.gates.verdict,
            results: artifacts.gates.results.clone(),
        }
    }

    /// Writes it.
    pub fn write(&self, path: &Utf8Path) -> io::Result<()> {
        let mut text = serde_json::to_vec_pretty(self).map_err(io::Error::other)?;
        text.push(b'\n');
        crate::atomic::write(path, &text)
    }

    /// Reads it.
    pub fn read(path: &Utf8Path) -> io::Result<Self> {
        let report: Self = serde_json::from_slice(&fs_err::read(path)?).map_err(io::Error::other)?;
        if report.format != FORMAT {
            return Err(io::Error::other(format!(
                "{path} has format {} where this dfxkit reads {FORMAT}",
                report.format
            )));
        }
        Ok(report)
    }

    /// The results alone.
    pub fn gates(&self) -> GateReport {
        GateReport { verdict: self.verdict, results: self.results.clone() }
    }
}
