// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0009: an empty string where text is needed.

use super::Cx;
use crate::diag::{CodeInfo, Problem, Severity};
use crate::spec::FaultKind;

/// DFX0009.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0009",
    name: "empty-value",
    severity: Severity::Error,
    page: r#"## What it means

A string is empty or holds only blanks.

## Why it matters

An empty name, path or reason says nothing; Vivado would take an empty word as a missing argument.

## Example

```toml
[[gates.allow]]
id = "Constraints 18-5648"
reason = ""
```

## What to do

Write the value, or remove the key if it may be left out.
"#,
};

/// Turns the faults of this kind into problems.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    for fault in cx.faults {
        if let FaultKind::Empty { path } = &fault.kind {
            out.push(
                cx.problem(&CODE, format!("`{path}` is empty"), fault.span.clone(), "text is needed here")
                    .help("write the value, or remove it where the key may be left out"),
            );
        }
    }
}
