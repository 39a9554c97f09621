// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0112: a partition inside another partition.

use super::Cx;
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0112.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0112",
    name: "nested-cells",
    severity: Severity::Error,
    page: r#"## What it means

The cell of one partition lies below the cell of another.

## Why it matters

The outer partition's contents are exchanged, and the inner partition with them. That is nested DFX (`pr_subdivide`), which this version does not build; the plain flow refuses it.

## Example

```toml
[partitions.outer]
cell = "shell_i"
module = "shell_rp"

[partitions.inner]
cell = "shell_i/core"
module = "core_rp"
```

## What to do

Use partitions that lie beside one another.
"#,
};

/// Looks at every pair.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    for inner in cx.spec.partitions.keys() {
        let Some((cell, span)) = cx.doc.string(&["partitions", inner, "cell"]) else { continue };
        for outer in cx.spec.partitions.keys().filter(|o| *o != inner) {
            let Some((around, _)) = cx.doc.string(&["partitions", outer, "cell"]) else { continue };
            let below = cell.strip_prefix(around).is_some_and(|rest| rest.starts_with('/') && rest.len() > 1);
            if around.trim().is_empty() || !below {
                continue;
            }
            out.push(
                cx.problem(
                    &CODE,
                    format!("the partition `{inner}` lies inside the partition `{outer}`"),
                    span.clone(),
                    "the inner one",
                )
                .and_at(cx.doc.file(), cx.doc.nearest_span(&["partitions", outer, "cell"]), "the outer one")
                .help("use partitions that lie beside one another"),
            );
        }
    }
}
