// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `report_drc` and `report_methodology`: which rules found what.
//!
//! 2024.2 counts `Checks`, earlier releases `Violations`: both words are read. The details of each finding are not.

use serde::Serialize;

use super::header::{self, ReportHeader};
use super::log::Severity;
use super::table;

/// One rule of the summary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// `HDPR-66`
    pub rule: String,
    /// Severity.
    pub severity: Severity,
    /// Description.
    pub description: String,
    /// Findings.
    pub count: u64,
}

/// A report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Drc {
    /// Header.
    pub header: ReportHeader,
    /// `default`, `bitstream_checks`; methodology reports have none.
    pub ruledeck: Option<String>,
    /// Findings in all, as the report says.
    pub found: u64,
    /// Rules.
    pub rules: Vec<Rule>,
}

/// Why a text is no readable report.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DrcError {
    /// The summary is not there.
    #[error("no `Checks found` or `Violations found` line: not a DRC report, or cut off")]
    NoCount,
    /// The table does not hold as many findings as the report says.
    #[error("the report says {found} findings, its table adds up to {listed}: cut off")]
    Sum {
        /// As the report says.
        found: u64,
        /// In the table.
        listed: u64,
    },
}

/// Reads a report.
pub fn read(text: &str) -> Result<Drc, DrcError> {
    let value = |keys: &[&str]| {
        text.lines().find_map(|line| {
            let (key, value) = line.trim().split_once(':')?;
            keys.contains(&key.trim()).then(|| value.trim().to_owned())
        })
    };
    let found: u64 =
        value(&["Checks found", "Violations found"]).and_then(|v| v.parse().ok()).ok_or(DrcError::NoCount)?;
    let mut rules = Vec::new();
    for table in table::read(text) {
        let count = table.column("Checks").or_else(|| table.column("Violations"));
        let columns = (table.column("Rule"), table.column("Severity"), table.column("Description"), count);
        let (Some(rule), Some(severity), Some(description), Some(count)) = columns else { continue };
        for row in table.rows() {
            if let (Some(severity), Ok(count)) = (Severity::of_word(&row[severity]), row[count].parse()) {
                rules.push(Rule {
                    rule: row[rule].clone(),
                    severity,
                    description: row[description].clone(),
                    count,
                });
            }
        }
        break;
    }
    let listed = rules.iter().map(|r| r.count).fold(0, u64::saturating_add);
    if listed != found {
        return Err(DrcError::Sum { found, listed });
    }
    Ok(Drc { header: header::read(text), ruledeck: value(&["Ruledeck"]), found, rules })
}
