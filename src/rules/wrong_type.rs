// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0005: a value of another type than the key takes.

use super::Cx;
use crate::diag::{CodeInfo, Problem, Severity};
use crate::spec::FaultKind;

/// DFX0005.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0005",
    name: "wrong-type",
    severity: Severity::Error,
    page: r#"## What it means

The key takes a value of another type.

## Why it matters

A value is never converted by guessing: `1.0` and `"1.0"` are different versions.

## Example

```toml
[static]
sources = "rtl/top.v"      # expected an array of strings
```

## What to do

Write the value in the type that the message names.
"#,
};

/// Turns the faults of this kind into problems.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    for fault in cx.faults {
        if let FaultKind::WrongType { path, expected, found, fix } = &fault.kind {
            let mut problem = cx.problem(
                &CODE,
                format!("`{path}` takes {expected}"),
                fault.span.clone(),
                format!("expected {expected}, found {found}"),
            );
            if let Some(fix) = fix {
                problem = problem.suggest(cx.replace(fault.span.clone(), fix, "write"));
            }
            out.push(problem);
        }
    }
}
