// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `report_route_status`: how many nets there are, and how many are not routed.
//!
//! The rows differ by design (a row whose count is zero may be left out) and the report has no header: rows are read by label.
//! Measured on 2020.2, 2022.2 and 2024.2.

use serde::Serialize;

/// A route status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RouteStatus {
    /// Logical nets.
    pub logical: Option<u64>,
    /// Nets that need routing.
    pub routable: Option<u64>,
    /// Of these, fully routed.
    pub fully_routed: Option<u64>,
    /// Nets with routing errors.
    pub errors: u64,
    /// All rows as they stand, label and count.
    pub rows: Vec<(String, u64)>,
}

impl RouteStatus {
    /// True when every routable net is routed and none has an error.
    pub fn complete(&self) -> bool {
        self.errors == 0 && self.routable.is_some() && self.routable == self.fully_routed
    }
}

/// Why a text is no readable route status.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RouteError {
    /// The row that the verdict hangs on is not there.
    #[error("no `# of nets with routing errors` row: not a route status report, or cut off")]
    NoErrorRow,
    /// A count is no number.
    #[error("`{text}` in row `{row}` is no number")]
    Number {
        /// The row.
        row: String,
        /// The text.
        text: String,
    },
}

/// Reads a report.
pub fn read(text: &str) -> Result<RouteStatus, RouteError> {
    let mut rows = Vec::new();
    for line in text.lines() {
        let Some(rest) = line.trim().strip_prefix("# of ") else { continue };
        let mut cells = rest.split(':').map(str::trim);
        let (Some(label), Some(count)) = (cells.next(), cells.next()) else { continue };
        let label = label.trim_end_matches('.').trim().to_owned();
        match count.parse() {
            Ok(count) => rows.push((label, count)),
            Err(_) => return Err(RouteError::Number { row: label, text: count.to_owned() }),
        }
    }
    let row = |label: &str| rows.iter().find(|(l, _)| l == label).map(|(_, n)| *n);
    Ok(RouteStatus {
        logical: row("logical nets"),
        routable: row("routable nets"),
        fully_routed: row("fully routed nets"),
        errors: row("nets with routing errors").ok_or(RouteError::NoErrorRow)?,
        rows,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "Design Route Status
                                               :      # nets :
   ------------------------------------------- : ----------- :
   # of logical nets.......................... :         144 :
       # of nets not needing routing.......... :          65 :
       # of routable nets..................... :          79 :
           # of fully routed nets............. :          79 :
       # of nets with routing errors.......... :           0 :
";

    #[test]
    fn complete_and_not() {
        let s = read(TEXT).unwrap();
        assert!(s.complete());
        assert_eq!((s.logical, s.routable, s.fully_routed, s.errors), (Some(144), Some(79), Some(79), 0));
        assert!(
            !read(&TEXT.replace("errors.......... :           0", "errors.......... :           2"))
                .unwrap()
                .complete()
        );
        assert!(
            !read(
                &TEXT.replace(
                    "routed nets............. :          79",
                    "routed nets............. :          78"
                )
            )
            .unwrap()
            .complete()
        );
    }

    #[test]
    fn a_cut_off_report_is_no_report() {
        assert_eq!(read(TEXT.split("       # of nets with").next().unwrap()), Err(RouteError::NoErrorRow));
        assert!(matches!(read(&TEXT.replace("144", "x")), Err(RouteError::Number { .. })));
    }
}
