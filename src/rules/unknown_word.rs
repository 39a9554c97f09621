// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0007: a word that is none of the allowed ones.

use super::{Cx, nearest};
use crate::diag::{CodeInfo, Problem, Severity};
use crate::spec::FaultKind;

/// DFX0007.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0007",
    name: "unknown-word",
    severity: Severity::Error,
    page: r#"## What it means

The key takes one word of a closed list.

## Why it matters

A misspelt word would otherwise mean the default.

## Example

```toml
[build]
flow = "projct"
```

## What to do

Write one of the words of the list.
"#,
};

/// Turns the faults of this kind into problems.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    for fault in cx.faults {
        if let FaultKind::UnknownWord { path, found, allowed } = &fault.kind {
            let mut problem = cx
                .problem(
                    &CODE,
                    format!("`{path}` does not know {found:?}"),
                    fault.span.clone(),
                    "none of the words it takes",
                )
                .note(format!("it takes {}", allowed.join(", ")));
            if let Some(near) = nearest(found, allowed.iter().copied()) {
                problem =
                    problem.suggest(cx.replace(fault.span.clone(), format!("\"{near}\""), "did you mean"));
            }
            out.push(problem);
        }
    }
}
