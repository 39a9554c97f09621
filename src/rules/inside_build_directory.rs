// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0209: a source in the build directory.

use super::Cx;
use crate::design::find::FindFault;
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0209.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0209",
    name: "inside-build-directory",
    severity: Severity::Error,
    page: r#"## What it means

A list names a file below the build directory.

## Why it matters

The build directory belongs to dfxkit: it can be deleted at any time and made again from the description alone.

## Example

```toml
[static]
sources = ["build/generated.v"]
```

## What to do

Keep sources outside, or set `build.directory` to another one.
"#,
};

/// Turns the faults of this kind into problems.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    for found in &cx.files.faults {
        let path: Vec<&str> = found.path.iter().map(String::as_str).collect();
        let span = cx.doc.nearest_span(&path);
        if found.fault != FindFault::InBuildDirectory {
            continue;
        }
        out.push(
            cx.problem(
                &CODE,
                format!("`{}` lies in the build directory", found.pattern),
                span,
                "a source here",
            )
            .help("keep sources outside it, or set build.directory to another one"),
        );
    }
}
