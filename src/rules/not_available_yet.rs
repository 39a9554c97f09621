// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0309: something that this version of dfxkit cannot do yet.

use std::ops::Range;

use dfxkit_fabric::Family;

use super::Cx;
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0309.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0309",
    name: "not-available-yet",
    severity: Severity::Error,
    page: r#"## What it means

The description asks for something that dfx.toml can say but this version cannot do: Versal device images (`.pdi`).

## Why it matters

Building something else instead would pretend. The key is known so that descriptions stay valid when it becomes available.

## Example

```toml
[project]
part = "xcvc1902-vsvd1760-2MP-e-S"
```

## What to do

Build another family with this version.
"#,
};

/// Looks at the family.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    if let (Some(Family::Versal), Some(span)) = (cx.family, cx.doc.value_span(&["project", "part"])) {
        out.push(
            missing(cx, "Versal is", span).note("its device images (.pdi) cannot be judged or packed yet"),
        );
    }
}

fn missing(cx: &Cx<'_>, what: &str, span: Range<usize>) -> Problem {
    cx.problem(&CODE, format!("{what} not available yet"), span, "not in this version")
}
