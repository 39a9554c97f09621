// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0211: a static design without sources.

use super::Cx;
use crate::diag::{CodeInfo, Problem, Severity};
use crate::spec::document::Value;

/// DFX0211.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0211",
    name: "static-without-sources",
    severity: Severity::Error,
    page: r#"## What it means

`static.sources` is an empty list.

## Why it matters

There is nothing to synthesise.

## Example

```toml
[static]
top = "top"
sources = []
```

## What to do

List the sources of the static design.
"#,
};

/// Looks at the list.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    let path = ["static", "sources"];
    if let Some(node) = cx.doc.node(&path)
        && matches!(&node.value, Value::Array(items) if items.is_empty())
    {
        out.push(
            cx.problem(&CODE, "the static design has no sources", node.span.clone(), "empty")
                .help("list them, for instance sources = [\"rtl/static/**/*.v\"]"),
        );
    }
}
