// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0110: two cells whose files Vivado gives one name.

use std::collections::BTreeMap;

use super::Cx;
use crate::design::names::mangle_cell;
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0110.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0110",
    name: "colliding-cells",
    severity: Severity::Error,
    page: r#"## What it means

Two cell paths become the same text in Vivado's file names, where `/`, `[` and `]` are written as `_`: `a/b` and `a_b` both become `a_b`.

## Why it matters

The partial bitstreams and cell checkpoints of the two partitions would have one name. Vivado says nothing about it; one file overwrites the other.

## Example

```toml
[partitions.left]
cell = "bank/core"
module = "core_rp"

[partitions.right]
cell = "bank_core"
module = "core_rp"
```

## What to do

Rename one of the two instances in the static design.
"#,
};

/// Looks at every pair.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for (partition, p) in &cx.spec.partitions {
        let Some((cell, span)) = cx.doc.string(&["partitions", partition, "cell"]) else { continue };
        let mangled = mangle_cell(cell);
        let Some(first) = seen.get(&mangled) else {
            seen.insert(mangled, partition);
            continue;
        };
        if cx.spec.partitions[*first].cell == p.cell {
            continue; // the same cell twice is a problem of its own
        }
        out.push(
            cx.problem(
                &CODE,
                format!("the cells of `{first}` and `{partition}` have one name in files"),
                span,
                format!("`{mangled}` in file names"),
            )
            .and_at(
                cx.doc.file(),
                cx.doc.nearest_span(&["partitions", first, "cell"]),
                format!("also `{mangled}`"),
            )
            .note("Vivado writes `/`, `[` and `]` of a cell path as `_` in file names")
            .help("rename one of the two instances"),
        );
    }
}
