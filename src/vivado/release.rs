// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Vivado releases (`2024.2`, `2020.2.2`; not semantic versions) and the gate that a found Vivado must pass.
//!
//! A golden checkpoint is bound to the exact release: checkpoints of newer releases are refused by older ones
//! (`[Runs 36-378]`), and UG909 requires one release for all configurations of one static.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The oldest release that dfxkit drives: the oldest whose project-mode DFX run trees were measured. Project-mode DFX itself
/// exists since 2017 (UG909).
pub const OLDEST: (u16, u8) = (2018, 3);

/// A release: year and number, and the update if there is one (`2020.2.2`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Release {
    /// `2024`
    pub year: u16,
    /// `2` of `2024.2`
    pub number: u8,
    /// `2` of `2020.2.2`; 0 when there is none.
    pub update: u8,
    /// Suffix of a patched Vivado: `AR76780`; empty when there is none.
    pub patch: String,
}

/// Why a text is not a release.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a Vivado release: expected a year and a number such as 2024.2")]
pub struct NotARelease(pub String);

impl std::str::FromStr for Release {
    type Err = NotARelease;

    fn from_str(text: &str) -> Result<Self, NotARelease> {
        let bad = || NotARelease(text.to_owned());
        let (numbers, patch) = text.split_once('_').unwrap_or((text, ""));
        let mut parts = numbers.split('.');
        let number = |part: Option<&str>| {
            let part = part.filter(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()))?;
            part.parse::<u16>().ok()
        };
        let year = number(parts.next()).filter(|y| (2000..3000).contains(y)).ok_or_else(bad)?;
        let minor = number(parts.next()).ok_or_else(bad)?;
        let update = match parts.next() {
            None => 0,
            some => number(some).ok_or_else(bad)?,
        };
        if parts.next().is_some() {
            return Err(bad());
        }
        Ok(Self {
            year,
            number: u8::try_from(minor).map_err(|_| bad())?,
            update: u8::try_from(update).map_err(|_| bad())?,
            patch: patch.to_owned(),
        })
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.year, self.number)?;
        if self.update > 0 {
            write!(f, ".{}", self.update)?;
        }
        if !self.patch.is_empty() {
            write!(f, "_{}", self.patch)?;
        }
        Ok(())
    }
}

impl Serialize for Release {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Release {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Reads release and build from what `vivado -version` prints:
///
/// ```text
/// Vivado v2020.2 (64-bit)                        vivado v2024.2 (64-bit)
/// SW Build 3064766 on Wed Nov 18 09:12:47 ..     Tool Version Limit: 2024.11
///                                                SW Build 5239630 on Fri Nov 08 22:34:34 MST 2024
/// ```
pub fn parse_version(text: &str) -> Option<(Release, Option<String>)> {
    let release = text.lines().find_map(|line| {
        let mut words = line.split_whitespace().skip_while(|w| !w.eq_ignore_ascii_case("vivado"));
        words.next()?;
        words.next()?.strip_prefix('v')?.parse::<Release>().ok()
    })?;
    let build = text.lines().find_map(|line| {
        let (_, rest) = line.split_once("SW Build ")?;
        let number: String = rest.chars().take_while(char::is_ascii_digit).collect();
        (!number.is_empty()).then_some(number)
    });
    Some((release, build))
}

/// Why a Vivado is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReleaseRefused {
    /// Another release than the description is bound to.
    #[error("the description is bound to Vivado {expected}, but this is Vivado {actual}")]
    Other {
        /// Of `[project] vivado`.
        expected: Release,
        /// Of the program.
        actual: Release,
    },
    /// Older than dfxkit can drive.
    #[error(
        "Vivado {actual} is too old: project-mode DFX run trees are known from {}.{} on",
        OLDEST.0,
        OLDEST.1
    )]
    TooOld {
        /// Of the program.
        actual: Release,
    },
}

/// Lets a release through, or says why not. `other_allowed`: the user took the responsibility for another release.
pub fn gate(actual: &Release, bound: Option<&Release>, other_allowed: bool) -> Result<(), ReleaseRefused> {
    if (actual.year, actual.number) < OLDEST {
        return Err(ReleaseRefused::TooOld { actual: actual.clone() });
    }
    match bound {
        // A patched Vivado (`_AR76780`) is its release unless the description names the patch.
        Some(bound)
            if !other_allowed
                && ((bound.year, bound.number, bound.update)
                    != (actual.year, actual.number, actual.update)
                    || (!bound.patch.is_empty() && bound.patch != actual.patch)) =>
        {
            Err(ReleaseRefused::Other { expected: bound.clone(), actual: actual.clone() })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(text: &str) -> Release {
        text.parse().unwrap()
    }

    #[test]
    fn versions_of_several_ages() {
        let old = "Vivado v2020.2 (64-bit)\nSW Build 3064766 on Wed Nov 18 09:12:47 MST 2020\n";
        assert_eq!(parse_version(old), Some((release("2020.2"), Some("3064766".into()))));
        let new = "vivado v2024.2 (64-bit)\nTool Version Limit: 2024.11\nSW Build 5239630 on Fri Nov 08\n";
        assert_eq!(parse_version(new), Some((release("2024.2"), Some("5239630".into()))));
        let banner = "\n****** Vivado v2021.1_AR76780 (64-bit)\n  **** SW Build 1 on x\n";
        assert_eq!(parse_version(banner).unwrap().0.to_string(), "2021.1_AR76780");
        assert_eq!(parse_version("bash: vivado: not found"), None);
    }

    #[test]
    fn releases_sort_by_number_not_by_text() {
        assert!(release("2020.2.2") > release("2020.2"));
        assert!(release("2024.10") > release("2024.2"));
        for bad in ["", "2024", "2024.", "2024.2.1.1", "v2024.2", "24.2", "2024.+2", "2024.999"] {
            assert!(bad.parse::<Release>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_gate_wants_the_exact_release() {
        let bound = release("2024.2");
        assert_eq!(gate(&bound, Some(&bound), false), Ok(()));
        assert_eq!(gate(&release("2024.2_AR1"), Some(&bound), false), Ok(()));
        for other in ["2024.1", "2024.2.1", "2025.1"] {
            assert!(matches!(gate(&release(other), Some(&bound), false), Err(ReleaseRefused::Other { .. })));
            assert_eq!(gate(&release(other), Some(&bound), true), Ok(()));
        }
        assert!(matches!(gate(&release("2017.4"), None, true), Err(ReleaseRefused::TooOld { .. })));
    }
}
