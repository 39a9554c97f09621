// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0215: an absolute path in the description.

use super::Cx;
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0215.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0215",
    name: "absolute-path",
    severity: Severity::Warning,
    page: r#"## What it means

A list of files names an absolute path.

## Why it matters

The description works on this machine only: another desk or a build server has the file elsewhere, and a golden archive cannot be checked against its sources there.

## Example

```toml
[static]
sources = ["/home/me/rtl/top.v"]
```

## What to do

Keep the file beside the description, or reach it by a relative path.
"#,
};

/// Looks at every list of files.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    let mut lists: Vec<Vec<&str>> =
        ["sources", "constraints", "include-dirs"].iter().map(|key| vec!["static", *key]).collect();
    lists.extend(cx.spec.partitions.keys().map(|p| vec!["partitions", p.as_str(), "constraints"]));
    for module in cx.spec.modules.keys() {
        lists.extend(
            ["sources", "constraints", "include-dirs"]
                .iter()
                .map(|key| vec!["modules", module.as_str(), *key]),
        );
    }
    for list in lists {
        for (path, span) in cx.doc.strings(&list) {
            if path.starts_with('/') {
                out.push(
                    cx.problem(
                        &CODE,
                        format!("`{path}` is an absolute path"),
                        span,
                        "works on this machine only",
                    )
                    .help("paths are relative to the directory of the description"),
                );
            }
        }
    }
}
