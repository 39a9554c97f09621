// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0003: the description is not UTF-8.

use super::Cx;
use crate::diag::{CodeInfo, Problem, Severity};
use crate::spec::FaultKind;

/// DFX0003.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0003",
    name: "not-utf8",
    severity: Severity::Error,
    page: r#"## What it means

The file holds bytes that are not UTF-8 text.

## Why it matters

TOML is UTF-8, and so is every Tcl script that is made from the description. Guessing an encoding would change names in silence.

## Example

```toml
[project]
name = "café"      # saved as Latin-1
```

## What to do

Save the file as UTF-8.
"#,
};

/// Turns the faults of this kind into problems.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    for fault in cx.faults {
        if let FaultKind::NotUtf8 { offset } = &fault.kind {
            out.push(
                cx.problem(&CODE, "the description is not UTF-8", fault.span.clone(), "the first wrong byte")
                    .note(format!("at byte {offset} of the file"))
                    .help("save the file as UTF-8"),
            );
        }
    }
}
