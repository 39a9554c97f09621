// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0114: a version that cannot name a kit.

use super::Cx;
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0114.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0114",
    name: "bad-version",
    severity: Severity::Error,
    page: r#"## What it means

`project.version` holds other characters than letters, digits, `.`, `_`, `+` and `-`, or does not begin with a letter or a digit.

## Why it matters

The version is part of the kit's directory and archive name and of release names in the golden archive.

## Example

```toml
[project]
version = "1.0 beta"
```

## What to do

Write for instance `1.0.0` or `1.0.0-beta.1`.
"#,
};

/// Looks at the version.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    let Some((version, span)) = cx.doc.string(&["project", "version"]) else { return };
    if version.trim().is_empty() || version.contains(char::is_control) {
        return; // a problem of its own
    }
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '+' | '-');
    let why = if let Some(c) = version.chars().find(|c| !good(*c)) {
        format!("holds {c:?}")
    } else if !version.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        "begins with neither a letter nor a digit".to_owned()
    } else if version.len() > 64 {
        format!("{} characters; at most 64", version.len())
    } else {
        return;
    };
    out.push(
        cx.problem(&CODE, format!("{version:?} cannot name a kit"), span, why)
            .help("write for instance 1.0.0 or 1.0.0-beta.1"),
    );
}
