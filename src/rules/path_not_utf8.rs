// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0208: a file name that is not UTF-8.

use super::Cx;
use crate::design::find::FindFault;
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0208.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0208",
    name: "path-not-utf8",
    severity: Severity::Error,
    page: r#"## What it means

A pattern matches a file whose name is not UTF-8.

## Why it matters

Tcl scripts are text: the name cannot be written into one.

## Example

```toml
[static]
sources = ["rtl/*.v"]      # one of the files has a Latin-1 name
```

## What to do

Rename the file.
"#,
};

/// Turns the faults of this kind into problems.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    for found in &cx.files.faults {
        let path: Vec<&str> = found.path.iter().map(String::as_str).collect();
        let span = cx.doc.nearest_span(&path);
        let FindFault::NotUtf8 { shown } = &found.fault else { continue };
        out.push(
            cx.problem(
                &CODE,
                format!("`{}` matches a file whose name is not UTF-8", found.pattern),
                span,
                "matches it",
            )
            .note(format!("the name, with replacement characters: {shown}"))
            .help("rename the file"),
        );
    }
}
