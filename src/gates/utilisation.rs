// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `report_utilization`: what is used, what there is.
//!
//! Both column sets are read (with `Prohibited`, as 2022.2 and 2024.2 write, and without, as 2015 to 2020.2 do), and the 7-series and
//! UltraScale names of the sites. Post-synthesis tables mark estimates with `*` (`Slice LUTs*`); the mark is dropped.

use serde::Serialize;

use super::header::{self, ReportHeader};
use super::table;

/// One row.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Usage {
    /// Section: `Slice Logic`, `CLB Logic`, `Memory`, `DSP`.
    pub section: String,
    /// Site type: `Slice LUTs`, `CLB LUTs`, `Block RAM Tile`, `DSPs`.
    pub site: String,
    /// Used; half block RAMs count 0.5.
    pub used: f64,
    /// Fixed.
    pub fixed: Option<f64>,
    /// Prohibited (newer releases).
    pub prohibited: Option<f64>,
    /// Available.
    pub available: Option<f64>,
}

/// A utilisation report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Utilisation {
    /// Header.
    pub header: ReportHeader,
    /// Rows in order.
    pub rows: Vec<Usage>,
}

impl Utilisation {
    /// The first row of a site type.
    pub fn site(&self, name: &str) -> Option<&Usage> {
        self.rows.iter().find(|r| r.site == name)
    }

    /// Look-up tables, registers, block RAM tiles and DSPs, by either family's name.
    pub fn totals(&self) -> [(&'static str, Option<&Usage>); 4] {
        let any = |names: &[&str]| names.iter().find_map(|n| self.site(n));
        [
            ("LUT", any(&["Slice LUTs", "CLB LUTs"])),
            ("FF", any(&["Slice Registers", "CLB Registers"])),
            ("BRAM", any(&["Block RAM Tile"])),
            ("DSP", any(&["DSPs"])),
        ]
    }
}

/// Reads a report; rows are empty when no table of sites was found.
pub fn read(text: &str) -> Utilisation {
    let mut rows = Vec::new();
    for table in table::read(text) {
        let (Some(site), Some(used)) = (table.column("Site Type"), table.column("Used")) else { continue };
        let optional = |name: &str| table.column(name);
        let (fixed, prohibited, available) =
            (optional("Fixed"), optional("Prohibited"), optional("Available"));
        for row in table.rows() {
            let number = |i: Option<usize>| i.and_then(|i| row[i].parse::<f64>().ok());
            if let Some(used) = number(Some(used)) {
                rows.push(Usage {
                    section: table.section.clone(),
                    site: row[site].trim_end_matches('*').trim().to_owned(),
                    used,
                    fixed: number(fixed),
                    prohibited: number(prohibited),
                    available: number(available),
                });
            }
        }
    }
    Utilisation { header: header::read(text), rows }
}
