// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0408: a Pblock without SLICE ranges.

use super::{Cx, ranges};
use crate::diag::{CodeInfo, Problem, Severity};
use crate::spec::document::Value;

/// DFX0408.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0408",
    name: "pblock-without-slices",
    severity: Severity::Error,
    page: r#"## What it means

The ranges of a Pblock hold no `SLICE` range (and, beyond 7 series, no clock region).

## Why it matters

Every module needs CLBs; Vivado refuses the Pblock with HDPR-14, SLICE range needs to be added.

## Example

```toml
[partitions.conv.pblock]
ranges = ["RAMB36_X3Y10:RAMB36_X3Y19", "RAMB18_X3Y20:RAMB18_X3Y39"]
```

## What to do

Add a SLICE range.
"#,
};

/// Looks at every Pblock.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    for partition in cx.spec.partitions.keys() {
        let path = ["partitions", partition, "pblock", "ranges"];
        let Some(node) = cx.doc.node(&path) else { continue };
        if !matches!(node.value, Value::Array(_)) {
            continue; // a problem of its own
        }
        let all = ranges::of(cx, partition);
        let holds_logic = |kind: &str| kind.starts_with("SLICE") || kind == "CLOCKREGION";
        if all.iter().any(|r| r.parsed.as_ref().map_or(true, |p| holds_logic(&p.kind))) {
            continue;
        }
        out.push(
            cx.problem(
                &CODE,
                format!("the Pblock of `{partition}` has no SLICE range"),
                node.span.clone(),
                "no logic in here",
            )
            .note("HDPR-14: SLICE range needs to be added"),
        );
    }
}
