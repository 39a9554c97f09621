// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0402: a site range whose corners are swapped.

use super::{Cx, ranges};
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0402.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0402",
    name: "inverted-range",
    severity: Severity::Error,
    page: r#"## What it means

The first site of a range lies right of or above the second one.

## Why it matters

A range goes from the lower left to the upper right site. Swapped corners are mostly a mistyped number, and then the Pblock would be another one than you drew.

## Example

```toml
[partitions.conv.pblock]
ranges = ["SLICE_X57Y99:SLICE_X50Y50"]
```

## What to do

Swap the corners, or correct the number.
"#,
};

/// Looks at every range.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    for range in ranges::all(cx) {
        let Ok(r) = &range.parsed else { continue };
        if r.x.0 <= r.x.1 && r.y.0 <= r.y.1 {
            continue;
        }
        let kind = &r.kind;
        let (left, right) = (r.x.0.min(r.x.1), r.x.0.max(r.x.1));
        let (low, high) = (r.y.0.min(r.y.1), r.y.0.max(r.y.1));
        let swapped = format!("\"{kind}_X{left}Y{low}:{kind}_X{right}Y{high}\"");
        out.push(
            cx.problem(
                &CODE,
                format!("the corners of {} are swapped", range.text),
                range.span.clone(),
                "expected lower left : upper right",
            )
            .suggest(cx.replace(range.span, swapped, "write")),
        );
    }
}
