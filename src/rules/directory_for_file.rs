// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0207: a directory where files are expected.

use super::Cx;
use crate::design::find::{FindFault, Purpose};
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0207.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0207",
    name: "directory-for-file",
    severity: Severity::Error,
    page: r#"## What it means

A list of files names a directory.

## Why it matters

Vivado would add everything below it, in an order and of kinds that nobody reviewed.

## Example

```toml
[static]
sources = ["rtl"]
```

## What to do

Write a pattern: `rtl/**/*.v`.
"#,
};

/// Turns the faults of this kind into problems.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    for found in &cx.files.faults {
        let path: Vec<&str> = found.path.iter().map(String::as_str).collect();
        let span = cx.doc.nearest_span(&path);
        if found.fault != FindFault::Directory {
            continue;
        }
        let directory = found.pattern.trim_end_matches('/');
        let ending = if found.purpose == Purpose::Sources { "v" } else { "xdc" };
        out.push(
            cx.problem(&CODE, format!("`{}` is a directory", found.pattern), span.clone(), "expected files")
                .suggest(cx.replace(
                    span,
                    format!("\"{directory}/**/*.{ending}\""),
                    "write a pattern, for instance",
                )),
        );
    }
}
