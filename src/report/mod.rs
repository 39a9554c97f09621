// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The verdicts of a build as one file, `report.json`, and its other faces: a matrix for people, JUnit for CI, HTML.
//!
//! The report holds names, no machine paths: it may leave the build machine.

mod html;
mod junit;
mod matrix;

use std::io;

use camino::Utf8Path;
use serde::{Deserialize, Serialize};

use crate::artifacts::{Artifacts, NeededFor};
use crate::atomic;
use crate::gates::{GateReport, GateResult, Verdict};

pub use html::html;
pub use junit::junit;
pub use matrix::matrix;
pub(crate) use matrix::table;

/// Version of the file's format.
pub const FORMAT: u32 = 1;

/// A report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// [`FORMAT`].
    pub format: u32,
    /// Project.
    pub project: String,
    /// Version of the product.
    pub version: String,
    /// Part.
    pub part: String,
    /// Which Vivado.
    pub tool: Tool,
    /// True when a foreign tree was adopted.
    #[serde(default)]
    pub adopted: bool,
    /// Configurations with their runs, the parent first.
    #[serde(default)]
    pub configurations: Vec<Configuration>,
    /// Sum of all results.
    pub verdict: Verdict,
    /// The results.
    pub results: Vec<GateResult>,
    /// What is not there.
    #[serde(default)]
    pub missing: Vec<Absent>,
    /// What the reader noticed.
    #[serde(default)]
    pub notes: Vec<String>,
}

/// The Vivado that made it all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tool {
    /// `2024.2`
    pub release: String,
    /// Build number, when known.
    pub build: Option<String>,
    /// True for the stand-in.
    pub simulated: bool,
}

/// A configuration and its run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Configuration {
    /// Name.
    pub name: String,
    /// Run.
    pub run: String,
    /// True for the parent.
    pub parent: bool,
    /// Partition and module.
    pub modules: Vec<(String, Option<String>)>,
}

/// A missing file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Absent {
    /// Run.
    pub run: String,
    /// File.
    pub what: String,
    /// Why it matters.
    pub why: String,
    /// `kit`, `golden`, `verdict` or `convenience`.
    #[serde(rename = "needed-for")]
    pub needed_for: String,
}

/// Why a report cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The file.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Its content.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// A newer format.
    #[error("its format is {found}, this program reads {FORMAT}")]
    Format {
        /// As found.
        found: u32,
    },
}

impl Report {
    /// The report of judged artifacts.
    pub fn of(artifacts: &Artifacts) -> Self {
        let GateReport { verdict, results } = artifacts.gates.clone();
        let needed = |n: NeededFor| {
            match n {
                NeededFor::Kit => "kit",
                NeededFor::Golden => "golden",
                NeededFor::Verdict => "verdict",
                NeededFor::Convenience => "convenience",
            }
            .to_owned()
        };
        Self {
            format: FORMAT,
            project: artifacts.project.clone(),
            version: artifacts.version.clone(),
            part: artifacts.part.clone(),
            tool: Tool {
                release: artifacts.tool.release.clone(),
                build: artifacts.tool.build.clone(),
                simulated: artifacts.tool.simulated,
            },
            adopted: artifacts.adopted,
            configurations: artifacts
                .configurations
                .iter()
                .map(|c| Configuration {
                    name: c.name.clone(),
                    run: c.run.clone(),
                    parent: c.parent,
                    modules: c.modules.clone(),
                })
                .collect(),
            verdict,
            results,
            missing: artifacts
                .missing
                .iter()
                .map(|m| Absent {
                    run: m.run.clone(),
                    what: m.what.clone(),
                    why: m.why.clone(),
                    needed_for: needed(m.needed_for),
                })
                .collect(),
            notes: artifacts.notes.clone(),
        }
    }

    /// Reads a report file.
    pub fn read(path: &Utf8Path) -> Result<Self, ReportError> {
        let value: serde_json::Value = serde_json::from_slice(&fs_err::read(path)?)?;
        // The format is asked first: a newer one may lack the fields of this one.
        let found = value.get("format").and_then(serde_json::Value::as_u64).unwrap_or(0);
        if found != u64::from(FORMAT) {
            return Err(ReportError::Format { found: u32::try_from(found).unwrap_or(u32::MAX) });
        }
        Ok(serde_json::from_value(value)?)
    }

    /// Writes it, whole or not at all.
    pub fn write(&self, path: &Utf8Path) -> io::Result<()> {
        let mut text = serde_json::to_string_pretty(self).expect("our own types have string keys only");
        text.push('\n');
        atomic::write(path, text.as_bytes())
    }

    /// The configuration that a result is about: by its own name, by its run's (`impl_1/top.bit`) or by a step's (`impl:base`); none for
    /// results about everything.
    pub fn configuration_of(&self, result: &GateResult) -> Option<&Configuration> {
        let head = result.subject.split('/').next().unwrap_or_default();
        let head = head.strip_prefix("impl:").or_else(|| head.strip_prefix("verify:")).unwrap_or(head);
        self.configurations.iter().find(|c| c.name == head || c.run == head)
    }

    /// One line: what it is a report of.
    pub fn title(&self) -> String {
        let build = self.tool.build.as_ref().map_or_else(String::new, |b| format!(" build {b}"));
        let marks = [(self.tool.simulated, "SIMULATED"), (self.adopted, "adopted tree")];
        let marks: String =
            marks.iter().filter(|(on, _)| *on).map(|(_, m)| *m).fold(String::new(), |t, m| t + ", " + m);
        format!(
            "{} {} on {}, Vivado {}{build}{marks}",
            self.project, self.version, self.part, self.tool.release
        )
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn sample() -> Report {
        let result = |gate: &str, subject: &str, verdict, actual: &str| GateResult {
            gate: gate.into(),
            subject: subject.into(),
            verdict,
            expected: "met".into(),
            actual: actual.into(),
            evidence: Some("impl_1/top.rpt".into()),
            off: false,
        };
        let results = vec![
            result("timing", "base", Verdict::Passed, "WNS 2.136"),
            result("timing", "second", Verdict::Refused, "WNS -3.622 <&\"'>"),
            result("outputs", "child_0_impl_1", Verdict::Passed, "7 files"),
            result("identity", "all artifacts", Verdict::Passed, "27 files agree"),
            result("bit-proofs", "second", Verdict::Unknown, "no full bitstream"),
        ];
        let configuration = |name: &str, run: &str, parent| Configuration {
            name: name.into(),
            run: run.into(),
            parent,
            modules: vec![("conv".into(), Some("conv3x3".into()))],
        };
        Report {
            format: FORMAT,
            project: "conv".into(),
            version: "1.0".into(),
            part: "xc7z020clg400-1".into(),
            tool: Tool { release: "2024.2".into(), build: None, simulated: true },
            adopted: false,
            configurations: vec![
                configuration("base", "impl_1", true),
                configuration("second", "child_0_impl_1", false),
            ],
            verdict: GateReport::new(results.clone()).verdict,
            results,
            missing: Vec::new(),
            notes: vec!["a note".into()],
        }
    }

    #[test]
    fn a_report_is_read_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = camino::Utf8PathBuf::from_path_buf(dir.path().join("report.json")).unwrap();
        sample().write(&path).unwrap();
        assert_eq!(Report::read(&path).unwrap(), sample());
        fs_err::write(&path, "{\"format\": 9}").unwrap();
        assert!(matches!(Report::read(&path), Err(ReportError::Format { found: 9 })));
        fs_err::write(&path, "{").unwrap();
        assert!(matches!(Report::read(&path), Err(ReportError::Json(_))));
    }

    #[test]
    fn the_stand_in_shows_in_the_title() {
        assert_eq!(sample().title(), "conv 1.0 on xc7z020clg400-1, Vivado 2024.2, SIMULATED");
    }
}
