// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0008: a number outside its range.

use super::Cx;
use crate::diag::{CodeInfo, Problem, Severity};
use crate::spec::FaultKind;

/// DFX0008.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0008",
    name: "out-of-range",
    severity: Severity::Error,
    page: r"## What it means

The number is smaller or larger than the key allows.

## Why it matters

`jobs = 0` would build nothing and wait for ever; an address beyond 64 bits exists nowhere.

## Example

```toml
[build]
jobs = 0
```

## What to do

Write a number in the range that the message names.
",
};

/// Turns the faults of this kind into problems.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    for fault in cx.faults {
        if let FaultKind::OutOfRange { path, found, min, max } = &fault.kind {
            out.push(
                cx.problem(
                    &CODE,
                    format!("`{path}` is out of range"),
                    fault.span.clone(),
                    format!("expected {min} to {max}"),
                )
                .note(format!("found {found}")),
            );
        }
    }
}
