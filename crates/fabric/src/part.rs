// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Part strings in all their spellings, taken apart.
//!
//! One part is written `xc7z020clg400-1` in a project, `7z020clg400` in a .bit header, `7a35ti-csg324` in a timing
//! report and `xck26-sfvc784-2LV-c` on later families. [`PartName`] reads them all; [`same_part`] says whether two
//! spellings can mean one part. Package names are not checked against a list.

use core::fmt;

use crate::family::{Family, split_digits, split_letters};

/// A part string, taken apart. Everything is lower case but [`speed`](Self::speed), which keeps the user's letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartName {
    core: String,
    prefix: Option<&'static str>,
    grade: Option<char>,
    package: Option<String>,
    speed: Option<String>,
}

/// A part string that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartError {
    /// The string is empty or holds only the vendor prefix.
    Empty,
    /// A character that occurs in no part name, with its byte offset.
    Character {
        /// The character met.
        found: char,
        /// Its byte offset in the part string.
        at: usize,
    },
    /// The string names no device: no digit in its first part.
    NoDevice(String),
}

impl fmt::Display for PartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the part is empty; expected something like `xc7z020clg400-1`"),
            Self::Character { found, at } => {
                write!(
                    f,
                    "character {found:?} at byte {at} occurs in no part name; expected something like `xc7z020clg400-1`"
                )
            }
            Self::NoDevice(s) => {
                write!(
                    f,
                    "`{s}` names no device; expected something like `xc7z020clg400-1` or `xck26-sfvc784-2LV-c`"
                )
            }
        }
    }
}

impl std::error::Error for PartError {}

impl PartName {
    /// Reads a part string of any spelling.
    ///
    /// ```
    /// use dfxkit_fabric::PartName;
    /// let p = PartName::parse("xc7a35ticsg324-1L")?;
    /// assert_eq!((p.device(), p.package(), p.speed()), ("xc7a35t".into(), Some("csg324"), Some("1L")));
    /// let k = PartName::parse("xck26-sfvc784-2LV-c")?;
    /// assert_eq!((k.device(), k.package(), k.speed()), ("xck26".into(), Some("sfvc784"), Some("2LV-c")));
    /// # Ok::<(), dfxkit_fabric::part::PartError>(())
    /// ```
    pub fn parse(part: &str) -> Result<Self, PartError> {
        let part = part.trim();
        if let Some((at, found)) =
            part.char_indices().find(|(_, c)| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')))
        {
            return Err(PartError::Character { found, at });
        }
        let lower = part.to_ascii_lowercase();
        let prefix = ["xqr", "xc", "xa", "xq"].into_iter().find(|p| lower.starts_with(p));
        let start = prefix.map_or(0, str::len);
        let body = &lower[start..];
        if body.is_empty() {
            return Err(PartError::Empty);
        }
        let mut dash = body.splitn(2, '-');
        let first = dash.next().unwrap_or("");
        if !first.contains(|c: char| c.is_ascii_digit()) {
            return Err(PartError::NoDevice(part.to_owned()));
        }
        let first_len = first.len();
        let (core, grade, glued) =
            if first.starts_with('7') { split_series7(first) } else { (first, None, None) };
        // The rest of the user's own string, after the first dash: package first unless it was glued to the device.
        let tail = part[start..].get(first_len + 1..).filter(|t| !t.is_empty());
        let (package, speed) = match (glued, tail) {
            (Some(p), t) => (Some(p.to_owned()), t.map(str::to_owned)),
            (None, Some(t)) if t.starts_with(|c: char| c.is_ascii_alphabetic()) => {
                let mut it = t.splitn(2, '-');
                (it.next().map(str::to_ascii_lowercase), it.next().map(str::to_owned))
            }
            (None, t) => (None, t.map(str::to_owned)),
        };
        Ok(Self { core: core.to_owned(), prefix, grade, package, speed })
    }

    /// The device without vendor prefix, lower case: `7z020`, `ku040`, `zu3eg`.
    pub fn core(&self) -> &str {
        &self.core
    }

    /// The device with its vendor prefix (`xc` when the string has none), lower case: `xc7z020`.
    pub fn device(&self) -> String {
        format!("{}{}", self.prefix.unwrap_or("xc"), self.core)
    }

    /// `i` or `l` after a 7-series device name (`xc7a35ti`, `xc7k325tl`): a temperature or voltage grade of the same die.
    pub fn grade(&self) -> Option<char> {
        self.grade
    }

    /// The package, lower case (`clg400`, `sfvc784`), when the string has one.
    pub fn package(&self) -> Option<&str> {
        self.package.as_deref()
    }

    /// Speed grade and what follows, as written (`1`, `2LV-c`), when the string has one. A .bit header of a 7-series part has none.
    pub fn speed(&self) -> Option<&str> {
        self.speed.as_deref()
    }

    /// The family, `None` for a device of no family known here.
    pub fn family(&self) -> Option<Family> {
        Family::of_core(&self.core)
    }

    /// The part as a 7-series .bit header writes it (`7z020clg400`), or in full for later families.
    pub fn header_form(&self) -> String {
        let package = self.package.as_deref().unwrap_or("");
        if self.family() == Some(Family::Series7) {
            let grade = self.grade.map(String::from).unwrap_or_default();
            return format!("{}{grade}{package}", self.core);
        }
        let mut s = self.device();
        for t in [self.package.as_deref(), self.speed.as_deref()].into_iter().flatten() {
            s.push('-');
            s.push_str(t);
        }
        s
    }
}

/// Splits a 7-series first part into device, grade letter and glued package.
///
/// The letter after `xc7z007`, `012` and `014` is always the `s` of the single-core device; elsewhere it starts a package
/// (`7z030sbg485`). No package starts with `i` or `l`.
fn split_series7(first: &str) -> (&str, Option<char>, Option<&str>) {
    let rest = &first[1..];
    let (series, rest) = split_letters(rest);
    let (digits, rest) = split_digits(rest);
    let mut len = 1 + series.len() + digits.len();
    let single_core = series == "z" && matches!(digits, "007" | "012" | "014");
    if rest.starts_with('t') || (rest.starts_with('s') && single_core) {
        len += 1;
    }
    let after = &first[len..];
    let grade = after.chars().next().filter(|c| matches!(c, 'i' | 'l'));
    let glued = &after[grade.map_or(0, char::len_utf8)..];
    // `.d0` names one die of a stacked part and belongs to the device.
    if glued.starts_with('.') || glued.starts_with('_') {
        return (first, None, None);
    }
    (&first[..len], grade, (!glued.is_empty()).then_some(glued))
}

/// `true` when two part strings can mean the same part: same device, and same package where both name one.
///
/// Vendor prefix (`xc`, `xa`, `xq`: the same die), grade letter, speed and case are not compared: a 7-series .bit header
/// leaves them out. `false` when either string cannot be read.
///
/// ```
/// use dfxkit_fabric::same_part;
/// assert!(same_part("xc7z020clg400-1", "7z020clg400"));
/// assert!(same_part("xczu3eg-sbva484-1-e", "XCZU3EG-SBVA484-2-I"));
/// assert!(!same_part("xc7z020clg400-1", "7z020clg484"));
/// assert!(!same_part("xc7z020clg400-1", "7z010clg400"));
/// ```
pub fn same_part(a: &str, b: &str) -> bool {
    let (Ok(a), Ok(b)) = (PartName::parse(a), PartName::parse(b)) else { return false };
    a.core == b.core && (a.package.is_none() || b.package.is_none() || a.package == b.package)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_seven_series() {
        for (s, core, grade, package, speed) in [
            ("xc7z020clg400-1", "7z020", None, Some("clg400"), Some("1")),
            ("7z020clg400", "7z020", None, Some("clg400"), None),
            ("7a35ti-csg324", "7a35t", Some('i'), Some("csg324"), None),
            ("7a35ticsg324", "7a35t", Some('i'), Some("csg324"), None),
            ("xc7k325tlffg900-2L", "7k325t", Some('l'), Some("ffg900"), Some("2L")),
            ("xc7z030sbg485-1", "7z030", None, Some("sbg485"), Some("1")),
            ("xc7z007sclg225-1", "7z007s", None, Some("clg225"), Some("1")),
            ("xc7vx485tffg1761-2", "7vx485t", None, Some("ffg1761"), Some("2")),
            ("xc7s50csga324-1", "7s50", None, Some("csga324"), Some("1")),
            ("XC7Z010", "7z010", None, None, None),
        ] {
            let p = PartName::parse(s).unwrap();
            assert_eq!((p.core(), p.grade(), p.package(), p.speed()), (core, grade, package, speed), "{s}");
            assert_eq!(p.family(), Some(Family::Series7), "{s}");
        }
    }

    #[test]
    fn header_forms_of_the_corpus() {
        for (full, header) in [
            ("xc7z020clg400-1", "7z020clg400"),
            ("xc7a35ticsg324-1L", "7a35ticsg324"),
            ("xcku040-ffva1156-2-e", "xcku040-ffva1156-2-e"),
            ("xck26-sfvc784-2LV-c", "xck26-sfvc784-2LV-c"),
        ] {
            assert_eq!(PartName::parse(full).unwrap().header_form(), header);
            assert!(same_part(full, header));
        }
    }

    #[test]
    fn families() {
        use Family::{Series7, UltraScale, UltraScalePlus, Versal};
        for (s, f) in [
            ("xa7a12tcpg238-2I", Some(Series7)),
            ("xc7vh580t", Some(Series7)),
            ("xcku025", Some(UltraScale)),
            ("xcvu440-flga2892-1-c", Some(UltraScale)),
            ("xqrku060-cna1509-1M-m", Some(UltraScale)),
            ("xcku095_CIV-ffva1156-2-e", Some(UltraScale)),
            ("xcvu125", Some(UltraScale)),
            ("xcku3p-ffvb676", Some(UltraScalePlus)),
            ("xcvu13p", Some(UltraScalePlus)),
            ("xcvu37p-fsvh2892-2-e", Some(UltraScalePlus)),
            ("xcau10p-ffvb676-1-e", Some(UltraScalePlus)),
            ("xcsu35p", Some(UltraScalePlus)),
            ("xczu3teg", Some(UltraScalePlus)),
            ("xczu28dr-ffvg1517-2-e", Some(UltraScalePlus)),
            ("xcu50-fsvh2104-2-e", Some(UltraScalePlus)),
            ("xcu55c-fsvh2892-2L-e", Some(UltraScalePlus)),
            ("xck24-ubva530-2LV-c", Some(UltraScalePlus)),
            ("xcv80-lsva4737-2MHP-e-S", Some(Versal)),
            ("xc2ve3858-ssva2112-2MP-e-S", Some(Versal)),
            ("xcvh1582-vsva3697-2MP-e-S", Some(Versal)),
            ("6slx9cpg196", None),
            ("3s500ecp132", None),
            ("xc6vlx240t", None),
        ] {
            assert_eq!(Family::of_part(s), f, "{s}");
        }
    }

    #[test]
    fn refuses_what_is_no_part() {
        assert_eq!(PartName::parse(" "), Err(PartError::Empty));
        assert_eq!(PartName::parse("xc"), Err(PartError::Empty));
        assert_eq!(PartName::parse("xc7z020 clg"), Err(PartError::Character { found: ' ', at: 7 }));
        assert!(matches!(PartName::parse("zynq"), Err(PartError::NoDevice(_))));
        assert!(!same_part("zynq", "zynq"));
    }
}
