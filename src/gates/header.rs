// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The header that Vivado puts on top of its reports: tool, build, date, design, device, state.
//!
//! Measured on reports of 2015.2, 2020.2, 2022.2 and 2024.2. The keys are padded differently by release, and not every report has
//! every key (`report_route_status` writes no header at all): each field is optional.

use serde::Serialize;

/// Word by which everything that the stand-in made is recognised.
pub const SIMULATED: &str = "SIMULATED";

/// What the header says.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ReportHeader {
    /// `2024.2`, of `Vivado v.2024.2 (lin64) Build 5239630 ..`.
    pub release: Option<String>,
    /// `5239630`
    pub build: Option<String>,
    /// True when the stand-in wrote the report.
    pub simulated: bool,
    /// As printed: `Wed Apr  2 22:27:42 2025`.
    pub date: Option<String>,
    /// The command as typed.
    pub command: Option<String>,
    /// Top module.
    pub design: Option<String>,
    /// `xc7a100tcsg324-1`; timing summaries write `7a100t-csg324`.
    pub device: Option<String>,
    /// `Routed`, `Fully Routed`, `Fully Placed`, `Synthesized`.
    pub state: Option<String>,
}

/// Reads the header; all fields empty when there is none.
pub fn read(text: &str) -> ReportHeader {
    let mut header = ReportHeader::default();
    let mut inside = false;
    for line in text.lines().take(40) {
        let line = line.trim_end();
        if !line.starts_with('|') {
            // The header is one block; tables further down start with `|` too.
            if inside {
                break;
            }
            continue;
        }
        let Some((key, value)) = line.trim_start_matches('|').split_once(':') else { continue };
        inside = true;
        let value = Some(value.trim().to_owned()).filter(|v| !v.is_empty());
        match key.trim() {
            "Tool Version" => {
                let tool = value.unwrap_or_default();
                header.simulated = tool.contains(SIMULATED);
                header.release = release(&tool);
                header.build = word_after(&tool, "Build");
            }
            "Date" => header.date = value,
            "Command" => header.command = value,
            "Design" => header.design = value,
            "Device" => header.device = value,
            "Design State" => header.state = value,
            _ => {}
        }
    }
    header
}

/// The release in any of Vivado's spellings: `Vivado v2024.2 (64-bit)`, `Vivado v.2020.2.2 (lin64) ..`, `2021.1_AR76780`.
pub fn release(text: &str) -> Option<String> {
    text.split(|c: char| c.is_whitespace() || c == '_' || c == ';' || c == '\'')
        .map(|word| word.trim_start_matches(['v', 'V']).trim_start_matches('.'))
        .find(|word| {
            let mut parts = word.split('.');
            let year = parts.next().is_some_and(|y| y.len() == 4 && y.bytes().all(|b| b.is_ascii_digit()));
            let rest: Vec<&str> = parts.collect();
            year && !rest.is_empty()
                && rest.iter().all(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()))
        })
        .map(str::to_owned)
}

/// Patches of Vivado in any of the spellings of [`release`]: `Vivado v2018.3_AR71898 (64-bit)` has `AR71898` (seen in public logs of 2018.1 to 2021.1; several
/// are strung together by `_`). Patches that Vivado does not put into its name are not known.
pub fn patches(text: &str) -> Vec<String> {
    let Some(release) = release(text) else { return Vec::new() };
    let Some(at) = text.find(&format!("{release}_")) else { return Vec::new() };
    let word = text[at + release.len() + 1..].split(|c: char| c.is_whitespace() || c == ';' || c == '\'');
    let names = word.into_iter().next().unwrap_or_default().split('_');
    names.filter(|n| !n.is_empty()).map(str::to_owned).collect()
}

/// The word after `key` in blank-separated text.
pub(super) fn word_after(text: &str, key: &str) -> Option<String> {
    let mut words = text.split_whitespace();
    words.find(|w| *w == key)?;
    words.next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_in_every_spelling() {
        for (text, want) in [
            ("Vivado v2024.2 (64-bit)", Some("2024.2")),
            ("Vivado v.2020.2.2 (lin64) Build 3118627", Some("2020.2.2")),
            ("2021.1_AR76780", Some("2021.1")),
            ("Vivado v2022.2 (64-bit) SIMULATED", Some("2022.2")),
            ("no release", None),
            ("5239630", None),
        ] {
            assert_eq!(release(text).as_deref(), want, "{text}");
        }
    }

    #[test]
    fn patches_stand_behind_the_release() {
        for (text, want) in [
            ("****** Vivado v2018.3_AR71898 (64-bit)", vec!["AR71898"]),
            ("Vivado v.2019.1_AR72614_AR72944 (lin64) Build 2552052", vec!["AR72614", "AR72944"]),
            ("Vivado v2024.2 (64-bit) SIMULATED", vec![]),
            ("no release_AR1", vec![]),
        ] {
            assert_eq!(patches(text), want, "{text}");
        }
    }

    #[test]
    fn a_header_is_one_block() {
        let text = "Copyright\n-----\n| Tool Version      : Vivado v.2022.2 (lin64) Build 3671981 Fri Oct 14 04:59:54 MDT 2022\n| Date              : Thu Apr 27 10:05:07 2023\n| Device            : xcku040-ffva1156\n-----\n\n| Design : not the header |\n";
        let h = read(text);
        assert_eq!(h.release.as_deref(), Some("2022.2"));
        assert_eq!(h.build.as_deref(), Some("3671981"));
        assert_eq!(h.device.as_deref(), Some("xcku040-ffva1156"));
        assert_eq!(h.date.as_deref(), Some("Thu Apr 27 10:05:07 2023"));
        assert_eq!(h.design, None);
        assert!(!h.simulated);
    }
}
