// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0307: a Vivado release that is malformed.

use super::Cx;
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0307.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0307",
    name: "bad-release",
    severity: Severity::Error,
    page: r#"## What it means

`project.vivado` is not of the form `2024.2` or `2024.1.2`.

## Why it matters

A golden archive is bound to the exact release. A text that no Vivado answers with would refuse every one.

## Example

```toml
[project]
vivado = "v2024.2"
```

## What to do

Write the release as `vivado -version` prints it, without the `v`.
"#,
};

/// Looks at the release.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    let Some((release, span)) = cx.doc.string(&["project", "vivado"]) else { return };
    if release.trim().is_empty() || release.contains(char::is_control) || parse(release).is_some() {
        return;
    }
    let mut problem = cx
        .problem(&CODE, format!("{release:?} is no Vivado release"), span.clone(), "expected YEAR.N")
        .help("write it as `vivado -version` prints it, without the v: 2024.2");
    let bare = release.trim().trim_start_matches(['v', 'V']);
    if parse(bare).is_some() {
        problem = problem.suggest(cx.replace(span, format!("\"{bare}\""), "write"));
    }
    out.push(problem);
}

/// Year and number of a release; the update (2024.1.2) is allowed and not needed here.
pub(super) fn parse(release: &str) -> Option<(u32, u32)> {
    let mut parts = release.split('.');
    let number = |text: Option<&str>, digits: std::ops::RangeInclusive<usize>| {
        let text = text.filter(|t| digits.contains(&t.len()) && t.bytes().all(|b| b.is_ascii_digit()))?;
        text.parse::<u32>().ok()
    };
    let year = number(parts.next(), 4..=4)?;
    let minor = number(parts.next(), 1..=1)?;
    if let Some(update) = parts.next() {
        number(Some(update), 1..=2)?;
    }
    (parts.next().is_none() && (2012..2100).contains(&year) && (1..=4).contains(&minor))
        .then_some((year, minor))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn releases() {
        assert_eq!(parse("2024.2"), Some((2024, 2)));
        assert_eq!(parse("2024.1.2"), Some((2024, 1)));
        for bad in ["v2024.2", "2024", "24.2", "2024.", "2024.2 ", "2024.9", "2024.2.x", "2024.2.1.1"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
