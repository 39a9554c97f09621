// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0111: two partitions with one cell.

use std::collections::BTreeMap;

use super::Cx;
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0111.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0111",
    name: "duplicate-cell",
    severity: Severity::Error,
    page: r#"## What it means

Two partitions name the same cell.

## Why it matters

A cell is one partition: Vivado defines it once and gives it one Pblock.

## Example

```toml
[partitions.left]
cell = "core_i"
module = "core_rp"

[partitions.right]
cell = "core_i"
module = "core_rp"
```

## What to do

Give each partition its own cell, or remove one.
"#,
};

/// Looks at every pair.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    for partition in cx.spec.partitions.keys() {
        let Some((cell, span)) = cx.doc.string(&["partitions", partition, "cell"]) else { continue };
        let Some(first) = seen.get(cell) else {
            seen.insert(cell, partition);
            continue;
        };
        out.push(
            cx.problem(
                &CODE,
                format!("the partitions `{first}` and `{partition}` have the same cell"),
                span,
                "the second one",
            )
            .and_at(
                cx.doc.file(),
                cx.doc.nearest_span(&["partitions", first, "cell"]),
                "the first one",
            ),
        );
    }
}
