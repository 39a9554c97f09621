// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0605: a kit without formats.

use super::Cx;
use crate::diag::{CodeInfo, Problem, Severity};
use crate::spec::document::Value;

/// DFX0605.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0605",
    name: "empty-kit",
    severity: Severity::Error,
    page: r"## What it means

`kit.formats` is an empty list.

## Why it matters

The kit would hold a manifest and no bitstreams.

## Example

```toml
[kit]
formats = []
```

## What to do

Name at least one format, or leave the key out.
",
};

/// Looks at the list.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    if let Some(node) = cx.doc.node(&["kit", "formats"])
        && matches!(&node.value, Value::Array(items) if items.is_empty())
    {
        out.push(
            cx.problem(&CODE, "the kit has no formats", node.span.clone(), "empty")
                .help("name at least one, or leave the key out"),
        );
    }
}
