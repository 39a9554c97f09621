// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Part strings: which family, and whether the string can be a part at all.
//!
//! The shapes are general knowledge of AMD's naming. No catalogue is kept: a string of the right shape is a part.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    Series7,
    UltraScale,
    UltraScalePlus,
    Versal,
}

impl Family {
    /// FAMILY values are per device family in Vivado; the letter of the device is enough for scripts.
    pub(crate) fn architecture(self) -> &'static str {
        match self {
            Self::Series7 => "7series",
            Self::UltraScale => "ultrascale",
            Self::UltraScalePlus => "ultrascaleplus",
            Self::Versal => "versal",
        }
    }

    pub(crate) fn slice_word(self) -> &'static str {
        if self == Self::Series7 { "Slice" } else { "CLB" }
    }
}

/// A part string taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) family: Family,
    /// `xc7z020`, `xcku040`.
    pub(crate) device: String,
    /// `clg400`, `ffva1156`.
    pub(crate) package: String,
    /// `-1`, `-2-e`: with its leading dash.
    pub(crate) speed: String,
}

impl Part {
    pub(crate) fn read(part: &str) -> Option<Self> {
        let lower = part.to_ascii_lowercase();
        let body = ["xcs", "xqr", "xc", "xa", "xq"]
            .iter()
            .find_map(|p| lower.strip_prefix(p).filter(|b| !b.starts_with('r')))?;
        let first = body.split('-').next()?;
        if let Some(rest) = first.strip_prefix('7') {
            if !rest.starts_with(['s', 'a', 'k', 'v', 'z']) || !rest.chars().any(|c| c.is_ascii_digit()) {
                return None;
            }
            let (head, speed) = part.split_once('-')?;
            // Device letters and digits, an optional t/i, then the package: letters and digits.
            let at = package_start(&head.to_ascii_lowercase())?;
            return Some(Self {
                family: Family::Series7,
                device: head[..at].to_owned(),
                package: head[at..].to_owned(),
                speed: format!("-{speed}"),
            });
        }
        let family = family_of(first)?;
        let mut pieces = part.splitn(3, '-');
        let device = pieces.next()?.to_owned();
        let package = pieces.next()?.to_owned();
        let speed = format!("-{}", pieces.next()?);
        Some(Self { family, device, package, speed })
    }

    /// The FAMILY property: `zynq`, `kintex7`, `kintexu`, `zynquplus`, ...
    pub(crate) fn family_name(&self) -> &'static str {
        let body = self.device.to_ascii_lowercase();
        let body = body.get(2..).unwrap_or_default();
        match self.family {
            Family::Series7 => match body.get(..2) {
                Some("7z") => "zynq",
                Some("7a") => "artix7",
                Some("7k") => "kintex7",
                Some("7s") => "spartan7",
                _ => "virtex7",
            },
            Family::UltraScale if body.starts_with("ku") => "kintexu",
            Family::UltraScale => "virtexu",
            Family::UltraScalePlus => match body.get(..2) {
                Some("zu" | "k2") => "zynquplus",
                Some("ku") => "kintexuplus",
                Some("au") => "artixuplus",
                Some("su") => "spartanuplus",
                _ => "virtexuplus",
            },
            Family::Versal => "versal",
        }
    }

    /// How timing reports write the device: `7a100t-csg324`.
    pub(crate) fn timing_name(&self) -> String {
        let device = self.device.strip_prefix("xc").unwrap_or(&self.device);
        format!("{device}-{}", self.package)
    }
}

/// Where the package begins in `xc7z020clg400`: after the last run of digits that is followed by the package's letters.
fn package_start(head: &str) -> Option<usize> {
    let packages = [
        "clg", "csg", "cpg", "ftg", "fgg", "sbg", "fbg", "ffg", "ffv", "flg", "fhg", "rb", "rf", "cl", "sbv",
        "fbv", "ftgb", "cs", "fg", "ff", "fb", "sb",
    ];
    packages.iter().filter_map(|p| head.get(5..)?.find(p).map(|i| i + 5)).min()
}

fn family_of(first: &str) -> Option<Family> {
    let letters: String = first.chars().take_while(|c| c.is_ascii_alphabetic()).collect();
    let digits: String = first[letters.len()..].chars().take_while(char::is_ascii_digit).collect();
    let tail = &first[letters.len() + digits.len()..];
    let plus = tail.starts_with('p') || tail.starts_with("hp");
    if digits.is_empty() {
        return None;
    }
    match letters.as_str() {
        "ku" | "vu" if plus => Some(Family::UltraScalePlus),
        "ku" | "vu" if digits.len() == 3 => Some(Family::UltraScale),
        "au" | "su" if plus => Some(Family::UltraScalePlus),
        "zu" | "k" | "u" => Some(Family::UltraScalePlus),
        "vc" | "ve" | "vm" | "vp" | "vr" | "vh" | "vn" | "v" => Some(Family::Versal),
        _ if first.starts_with("2v") => Some(Family::Versal),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Family, Part};

    #[test]
    fn parts_come_apart() {
        let p = Part::read("xc7z020clg400-1").unwrap();
        assert_eq!(
            (p.family, p.device.as_str(), p.package.as_str(), p.speed.as_str()),
            (Family::Series7, "xc7z020", "clg400", "-1")
        );
        assert_eq!(Part::read("xc7a35ticsg324-1L").unwrap().device, "xc7a35ti");
        assert_eq!(Part::read("xc7k325tffg900-2").unwrap().device, "xc7k325t");
        assert_eq!(Part::read("xcku040-ffva1156-2-e").unwrap().family, Family::UltraScale);
        assert_eq!(Part::read("xczu9eg-ffvb1156-2-e").unwrap().family, Family::UltraScalePlus);
        assert_eq!(Part::read("xcvu9p-flga2104-2L-e").unwrap().family, Family::UltraScalePlus);
        assert_eq!(Part::read("xck26-sfvc784-2LV-c").unwrap().speed, "-2LV-c");
        assert_eq!(Part::read("xcvc1902-vsva2197-2MP-e-S").unwrap().family, Family::Versal);
        assert!(Part::read("xc9k1").is_none() && Part::read("").is_none() && Part::read("xcku040").is_none());
    }
}
