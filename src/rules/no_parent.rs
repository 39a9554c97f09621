// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0501: no configuration is the parent.

use super::Cx;
use crate::diag::{CodeInfo, Problem, Severity};
use crate::spec::document::Value;

/// DFX0501.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0501",
    name: "no-parent",
    severity: Severity::Error,
    page: r#"## What it means

There are configurations, but none has `parent = true`.

## Why it matters

The parent implements the static design; every child is built on its locked result. Without one nothing can be built.

## Example

```toml
[configurations.a]
modules = { conv = "fir" }
```

## What to do

Write `parent = true` in one of them. Choose the one with the largest modules: the static design is fitted around them.
"#,
};

/// Looks at the configurations.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    let all = &cx.spec.configurations;
    // A `parent` of a wrong type is a problem of its own, and may be the one that is missing.
    let unread = all.keys().any(|c| {
        cx.doc.node(&["configurations", c, "parent"]).is_some_and(|n| !matches!(n.value, Value::Bool(_)))
    });
    let Some(first) = all.keys().next().filter(|_| !all.values().any(|c| c.parent) && !unread) else {
        return;
    };
    let span = cx.doc.key_span(&["configurations", first]).unwrap_or_default();
    out.push(
        cx.problem(&CODE, "no configuration is the parent", span, "for instance this one")
            .note("the parent implements the static design")
            .help("write `parent = true` in exactly one configuration, or leave [configurations] out altogether"),
    );
}
