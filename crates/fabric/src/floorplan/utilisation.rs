// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a module uses, read from `report_utilization`, and whether a Pblock has room for it.
//!
//! Reads the text report of Vivado 2018.3 to 2024.2 for 7 series, UltraScale and UltraScale+: tables between `+---+` lines, the columns
//! found by the header's words. Rows that are not resources of a Pblock are left alone.

use std::error::Error;
use std::fmt;

use super::{Finding, Partition};

/// Resources that a module uses. Block RAM in halves: a RAMB36 counts two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Utilisation {
    /// LUTs.
    pub lut: u64,
    /// Flip-flops and latches.
    pub ff: u64,
    /// Block RAM in RAMB18 units.
    pub ramb18: u64,
    /// DSP slices.
    pub dsp: u64,
    /// UltraRAMs.
    pub uram: u64,
}

/// A text that is no utilisation report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UtilisationError {
    /// No table with the columns `Site Type` and `Used`.
    NoTable,
    /// There are tables, but no row for LUTs.
    NoLuts,
    /// A number that cannot be read.
    Number {
        /// Line, from 1.
        line: usize,
        /// The cell.
        text: String,
    },
}

impl fmt::Display for UtilisationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoTable => f.write_str("no table with the columns `Site Type` and `Used`: expected a text report of report_utilization"),
            Self::NoLuts => f.write_str("no row `Slice LUTs` or `CLB LUTs`: expected a text report of report_utilization"),
            Self::Number { line, text } => write!(f, "line {line}: `{text}` is not a number of sites"),
        }
    }
}

impl Error for UtilisationError {}

impl Utilisation {
    /// Read a report.
    ///
    /// ```
    /// use dfxkit_fabric::floorplan::Utilisation;
    /// let u = Utilisation::parse(
    ///     "| Site Type      | Used | Fixed | Available | Util% |\n\
    ///      | Slice LUTs*    |   12 |     0 |     53200 |  0.02 |\n\
    ///      | Block RAM Tile |  1.5 |     0 |       140 |  1.07 |\n")?;
    /// assert_eq!((u.lut, u.ramb18), (12, 3));
    /// # Ok::<(), dfxkit_fabric::floorplan::UtilisationError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, UtilisationError> {
        let (mut out, mut luts, mut used) = (Self::default(), false, None);
        let mut tables = false;
        for (i, line) in text.lines().enumerate() {
            let line = line.trim();
            if !line.starts_with('|') {
                if !line.starts_with('+') {
                    used = None;
                }
                continue;
            }
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            if cells.first() == Some(&"Site Type") {
                used = cells.iter().position(|c| *c == "Used");
                tables |= used.is_some();
                continue;
            }
            let Some(cell) = used.and_then(|u| cells.get(u)) else { continue };
            let name = cells[0].trim_end_matches('*');
            let number = || {
                cell.parse::<f64>()
                    .ok()
                    .filter(|n| (0.0..1e9).contains(n))
                    .ok_or_else(|| UtilisationError::Number { line: i + 1, text: (*cell).to_owned() })
            };
            match name {
                "Slice LUTs" | "CLB LUTs" => {
                    out.lut = whole(number()?);
                    luts = true;
                }
                "Slice Registers" | "CLB Registers" => out.ff = whole(number()?),
                "Block RAM Tile" => out.ramb18 = whole(2.0 * number()?),
                "DSPs" => out.dsp = whole(number()?),
                "URAM" => out.uram = whole(number()?),
                _ => {}
            }
        }
        match (tables, luts) {
            (false, _) => Err(UtilisationError::NoTable),
            (_, false) => Err(UtilisationError::NoLuts),
            _ => Ok(out),
        }
    }

    /// Name and number of each resource.
    pub fn entries(&self) -> [(&'static str, u64); 5] {
        [("lut", self.lut), ("ff", self.ff), ("ramb18", self.ramb18), ("dsp", self.dsp), ("uram", self.uram)]
    }
}

#[expect(clippy::cast_sign_loss, reason = "checked: not negative, below 2e9")]
fn whole(n: f64) -> u64 {
    n.ceil() as u64
}

/// One resource of a module against its Pblock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Forecast {
    /// The resource: `lut`, `ff`, `ramb18`, `dsp`, `uram`.
    pub resource: &'static str,
    /// What the module uses.
    pub needed: u64,
    /// What the Pblock has after snapping.
    pub available: u64,
}

impl Forecast {
    /// Share of the Pblock that is used, in percent; `None` when the Pblock has none of it.
    pub fn percent(&self) -> Option<f64> {
        (self.available > 0).then(|| self.needed as f64 / self.available as f64 * 100.0)
    }
}

/// From this share on a resource is worth a warning: placing becomes hard (UG949 puts the comfortable limit of LUTs near 80 %,
/// of block RAM and DSP somewhat higher).
const TIGHT_PERCENT: u64 = 90;

/// Compare what a module uses with what its partition has. The findings are those that are tight or do not fit.
pub fn forecast(partition: &Partition, module: &str, u: &Utilisation) -> (Vec<Forecast>, Vec<Finding>) {
    let r = &partition.resources;
    let bram = u64::from(r.ramb18.max(2 * r.ramb36));
    let available = [u64::from(r.lut), u64::from(r.ff), bram, u64::from(r.dsp), u64::from(r.uram)];
    let list: Vec<Forecast> = u
        .entries()
        .into_iter()
        .zip(available)
        .map(|((resource, needed), available)| Forecast { resource, needed, available })
        .collect();
    let findings = list
        .iter()
        .filter(|f| f.needed > 0 && f.needed * 100 >= f.available * TIGHT_PERCENT)
        .map(|f| Finding::Capacity {
            module: module.to_owned(),
            resource: f.resource,
            needed: f.needed,
            available: f.available,
        })
        .collect();
    (list, findings)
}

#[cfg(test)]
mod tests {
    use super::{Utilisation, UtilisationError};

    #[test]
    fn every_release_and_form() {
        // 2018.3, 7 series; the first table of synthesis marks LUTs with a star.
        let old = "| Site Type | Used | Fixed | Available | Util% |\n| Slice LUTs* | 53 | 0 | 1 | 1 |\n\
                   | Slice Registers | 99 | 0 | 1 | 1 |\n| Block RAM Tile | 2.5 | 0 | 1 | 1 |\n| DSPs | 7 | 0 | 1 | 1 |\n";
        let u = Utilisation::parse(old).unwrap();
        assert_eq!(u, Utilisation { lut: 53, ff: 99, ramb18: 5, dsp: 7, uram: 0 });
        // 2022.2, UltraScale+, with Prohibited.
        let new = "+---+\n|  Site Type | Used | Fixed | Prohibited | Available | Util% |\n+---+\n| CLB LUTs | 1 | 0 | 0 | 9 | 1 |\n\
                   | CLB Registers | 2 | 0 | 0 | 9 | 1 |\n| URAM | 3 | 0 | 0 | 9 | 1 |\n";
        let u = Utilisation::parse(new).unwrap();
        assert_eq!((u.lut, u.ff, u.uram), (1, 2, 3));
        // -pblocks: more columns before Used.
        let pblocks = "| Site Type | Parent | Child | Non-Assigned | Used | Fixed | Available | Util% |\n\
                       | CLB LUTs | 5 | 6 | 7 | 18 | 0 | 99 | 1 |\n";
        assert_eq!(Utilisation::parse(pblocks).unwrap().lut, 18);
    }

    #[test]
    fn says_what_is_missing() {
        assert_eq!(Utilisation::parse("no report"), Err(UtilisationError::NoTable));
        let table = "| Site Type | Used |\n| DSPs | 1 |\n";
        assert_eq!(Utilisation::parse(table), Err(UtilisationError::NoLuts));
        let broken = "| Site Type | Used |\n| CLB LUTs | N/A |\n";
        let error = Utilisation::parse(broken).unwrap_err();
        assert_eq!(error, UtilisationError::Number { line: 2, text: "N/A".into() });
        assert!(error.to_string().contains("line 2"));
        for cell in ["-1", "1e99", "nan", ""] {
            let text = format!("| Site Type | Used |\n| CLB LUTs | {cell} |\n");
            assert!(Utilisation::parse(&text).is_err(), "{cell}");
        }
        // A table of another kind after the first does not lend its columns.
        let other = "| Site Type | Used |\n| CLB LUTs | 4 |\n\n| Ref Name | Used |\n| DSPs | 77 |\n";
        assert_eq!(Utilisation::parse(other).unwrap().dsp, 0);
    }
}
