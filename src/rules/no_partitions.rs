// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0104: a description without partitions.

use super::Cx;
use crate::diag::{CodeInfo, Problem, Severity};
use crate::spec::document::Value;

/// DFX0104.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0104",
    name: "no-partitions",
    severity: Severity::Error,
    page: r"## What it means

`[partitions]` is there but holds nothing.

## Why it matters

Without a reconfigurable partition there is no DFX design: Vivado would build an ordinary one.

## Example

```toml
[partitions]
```

## What to do

Describe at least one partition, with its cell and the module that the static design instantiates there.
",
};

/// Looks at the table.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    let path = ["partitions"];
    if let (Some(node), Some(span)) = (cx.doc.node(&path), cx.doc.key_span(&path))
        && matches!(&node.value, Value::Table(t) if t.is_empty())
    {
        out.push(
            cx.problem(&CODE, "there is no partition", span, "empty")
                .help("describe one: [partitions.NAME] with `cell` and `module`"),
        );
    }
}
