// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `report_timing_summary`: the slacks and failing endpoints of the whole design, and the closing sentence.
//!
//! Columns are found by their names, so releases that add or drop one are read too. Measured on 2015.2, 2022.2 and 2024.2. Only
//! the design summary and the counts of `check_timing` are read; paths are not.

use std::fmt;

use serde::{Serialize, Serializer};

use super::header::{self, ReportHeader};

/// Nanoseconds to three decimals, as Vivado prints them; kept as whole picoseconds so that they compare exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Nanoseconds {
    /// Picoseconds.
    pub ps: i64,
}

impl Nanoseconds {
    /// Reads `-3.622`.
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let plain = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !plain(whole) || !plain(fraction) {
            return None;
        }
        let fraction: i64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
        let ps = whole.parse::<i64>().ok()?.checked_mul(1000)?.checked_add(fraction)?;
        Some(Self { ps: if negative { -ps } else { ps } })
    }
}

impl fmt::Display for Nanoseconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.ps < 0 { "-" } else { "" };
        let ps = self.ps.unsigned_abs();
        write!(f, "{sign}{}.{:03}", ps / 1000, ps % 1000)
    }
}

impl Serialize for Nanoseconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.ps as f64 / 1000.0)
    }
}

/// One kind of check: setup, hold or pulse width.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Slack {
    /// Worst slack (WNS, WHS, WPWS); none: `NA`, nothing of the kind was checked.
    pub worst: Option<Nanoseconds>,
    /// Total negative slack (TNS, THS, TPWS).
    pub total: Option<Nanoseconds>,
    /// Failing endpoints.
    pub failing: Option<u64>,
    /// All endpoints.
    pub endpoints: Option<u64>,
}

impl Slack {
    fn bad(&self) -> bool {
        self.worst.is_some_and(|w| w.ps < 0)
            || self.total.is_some_and(|t| t.ps < 0)
            || self.failing.is_some_and(|f| f > 0)
    }
}

/// The sentence under the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sentence {
    /// `All user specified timing constraints are met.`
    Met,
    /// `Timing constraints are not met.`
    NotMet,
    /// `There are no user specified timing constraints.`
    NoConstraints,
    /// None of these: the report is cut off, or of a release not known here.
    Absent,
}

/// A timing summary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TimingSummary {
    /// Header.
    pub header: ReportHeader,
    /// WNS, TNS.
    pub setup: Slack,
    /// WHS, THS.
    pub hold: Slack,
    /// WPWS, TPWS.
    pub pulse_width: Slack,
    /// The sentence.
    pub sentence: Sentence,
    /// Register pins without a clock (`checking no_clock (n)`): they are not timed at all.
    pub unclocked: Option<u64>,
}

impl TimingSummary {
    /// True when the numbers show a violation.
    pub fn violated(&self) -> bool {
        self.setup.bad() || self.hold.bad() || self.pulse_width.bad()
    }

    /// True when nothing was timed: no slack of any kind.
    pub fn untimed(&self) -> bool {
        self.setup.worst.is_none() && self.hold.worst.is_none() && self.pulse_width.worst.is_none()
    }

    /// The figures in one line: `WNS -3.622, TNS -572.084 (307 of 13016 endpoints fail), ..`.
    pub fn figures(&self) -> String {
        let one = |names: (&str, &str), s: &Slack| {
            let value = |v: Option<Nanoseconds>| v.map_or_else(|| "NA".to_owned(), |v| v.to_string());
            let mut text = format!("{} {}", names.0, value(s.worst));
            if s.bad() {
                text += &format!(", {} {}", names.1, value(s.total));
                if let (Some(failing), Some(all)) = (s.failing, s.endpoints) {
                    text += &format!(" ({failing} of {all} endpoints fail)");
                }
            }
            text
        };
        [
            one(("WNS", "TNS"), &self.setup),
            one(("WHS", "THS"), &self.hold),
            one(("WPWS", "TPWS"), &self.pulse_width),
        ]
        .join("; ")
    }
}

/// Why a text is no readable timing summary.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimingError {
    /// The section is not there.
    #[error("no `Design Timing Summary` section: not a timing summary report, or cut off")]
    NoSummary,
    /// The table is not as known.
    #[error("the table of the design timing summary has {names} columns but {values} values")]
    Columns {
        /// Names in the header line.
        names: usize,
        /// Values in the data line.
        values: usize,
    },
    /// A value is no number.
    #[error("`{text}` in column {column} is neither a number nor NA")]
    Number {
        /// The column.
        column: String,
        /// The text.
        text: String,
    },
    /// The columns that a verdict needs are not there.
    #[error("the design timing summary has no column `{0}`")]
    NoColumn(&'static str),
}

/// Reads a report.
pub fn read(text: &str) -> Result<TimingSummary, TimingError> {
    let mut lines = text.lines().map(str::trim_end);
    let mut unclocked = None;
    // The check_timing section stands before the summary.
    for line in lines.by_ref() {
        if let Some(rest) = line.strip_prefix("1. checking no_clock (") {
            unclocked = rest.strip_suffix(')').and_then(|n| n.parse().ok()).or(unclocked);
        }
        if line == "| Design Timing Summary" {
            break;
        }
    }
    let names = lines.find(|l| l.contains("WNS(ns)")).ok_or(TimingError::NoSummary)?;
    let names: Vec<&str> = names.split("  ").map(str::trim).filter(|n| !n.is_empty()).collect();
    lines.find(|l| l.trim_start().starts_with("---")).ok_or(TimingError::NoSummary)?;
    let values = lines.find(|l| !l.trim().is_empty()).ok_or(TimingError::NoSummary)?;
    let values: Vec<&str> = values.split_whitespace().collect();
    if names.len() != values.len() {
        return Err(TimingError::Columns { names: names.len(), values: values.len() });
    }
    let column = |name: &'static str| names.iter().position(|n| *n == name).map(|i| values[i]);
    let slack = |name: &'static str| -> Result<Option<Nanoseconds>, TimingError> {
        match column(name) {
            None | Some("NA") => Ok(None),
            Some(text) => Nanoseconds::parse(text)
                .map(Some)
                .ok_or_else(|| TimingError::Number { column: name.to_owned(), text: text.to_owned() }),
        }
    };
    let count = |name: &'static str| -> Result<Option<u64>, TimingError> {
        match column(name) {
            None | Some("NA") => Ok(None),
            Some(text) => text
                .parse()
                .map(Some)
                .map_err(|_| TimingError::Number { column: name.to_owned(), text: text.to_owned() }),
        }
    };
    // A summary without its hold or pulse-width columns is read; a verdict over setup alone would be half a verdict.
    for name in ["WNS(ns)", "WHS(ns)", "WPWS(ns)"] {
        column(name).ok_or(TimingError::NoColumn(name))?;
    }
    let summary = TimingSummary {
        header: header::read(text),
        setup: Slack {
            worst: slack("WNS(ns)")?,
            total: slack("TNS(ns)")?,
            failing: count("TNS Failing Endpoints")?,
            endpoints: count("TNS Total Endpoints")?,
        },
        hold: Slack {
            worst: slack("WHS(ns)")?,
            total: slack("THS(ns)")?,
            failing: count("THS Failing Endpoints")?,
            endpoints: count("THS Total Endpoints")?,
        },
        pulse_width: Slack {
            worst: slack("WPWS(ns)")?,
            total: slack("TPWS(ns)")?,
            failing: count("TPWS Failing Endpoints")?,
            endpoints: count("TPWS Total Endpoints")?,
        },
        sentence: sentence(lines),
        unclocked,
    };
    Ok(summary)
}

fn sentence<'a>(lines: impl Iterator<Item = &'a str>) -> Sentence {
    for line in lines {
        match line.trim() {
            "All user specified timing constraints are met." => return Sentence::Met,
            "Timing constraints are not met." => return Sentence::NotMet,
            "There are no user specified timing constraints." => return Sentence::NoConstraints,
            // The next section begins: the sentence is not there.
            l if l.starts_with("| Clock Summary") => return Sentence::Absent,
            _ => {}
        }
    }
    Sentence::Absent
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of a real 2024.2 child run that missed timing (figures as measured).
    const FAILING: &str = "\
| Design Timing Summary
| ---------------------
------------------------

    WNS(ns)      TNS(ns)  TNS Failing Endpoints  TNS Total Endpoints      WHS(ns)      THS(ns)  THS Failing Endpoints  THS Total Endpoints     WPWS(ns)     TPWS(ns)  TPWS Failing Endpoints  TPWS Total Endpoints  
    -------      -------  ---------------------  -------------------      -------      -------  ---------------------  -------------------     --------     --------  ----------------------  --------------------  
     -3.622     -572.084                    307                13016        0.054        0.000                      0                12952       -5.000       -5.000                       1                  7525  


Timing constraints are not met.
";

    #[test]
    fn failing_figures() {
        let t = read(FAILING).unwrap();
        assert_eq!(t.setup.worst, Nanoseconds::parse("-3.622"));
        assert_eq!(t.setup.failing, Some(307));
        assert_eq!(t.pulse_width.failing, Some(1));
        assert_eq!(t.sentence, Sentence::NotMet);
        assert!(t.violated());
        assert_eq!(
            t.figures(),
            "WNS -3.622, TNS -572.084 (307 of 13016 endpoints fail); WHS 0.054; WPWS -5.000, TPWS -5.000 (1 of 7525 endpoints fail)"
        );
    }

    #[test]
    fn na_and_cut_off() {
        let na = FAILING
            .replace("-3.622     -572.084                    307                13016", "NA NA NA NA")
            .replace("0.054        0.000                      0                12952", "NA NA NA NA")
            .replace("-5.000       -5.000                       1                  7525", "NA NA NA NA")
            .replace("Timing constraints are not met.", "There are no user specified timing constraints.");
        let t = read(&na).unwrap();
        assert!(t.untimed());
        assert_eq!(t.sentence, Sentence::NoConstraints);
        let cut = FAILING.split("Timing constraints").next().unwrap();
        assert_eq!(read(cut).unwrap().sentence, Sentence::Absent);
        assert_eq!(read("nothing"), Err(TimingError::NoSummary));
        assert!(matches!(read(&FAILING.replace("307", "many")), Err(TimingError::Number { .. })));
        assert_eq!(read(&FAILING.replace("307", "")), Err(TimingError::Columns { names: 12, values: 11 }));
    }

    #[test]
    fn nanoseconds_are_exact() {
        for text in ["-3.622", "0.000", "-879452.562", "10.001", "-0.001"] {
            assert_eq!(Nanoseconds::parse(text).unwrap().to_string(), text);
        }
        for text in ["", "-", "1e3", "NA", "1.2.3", "99999999999999999999"] {
            assert_eq!(Nanoseconds::parse(text), None, "{text}");
        }
    }
}
