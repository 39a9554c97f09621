// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0309: something that this version of dfxkit cannot do yet.

use super::Cx;
use crate::diag::{CodeInfo, Problem, Severity};
use crate::spec::model::{Flow, ShellKind};

/// DFX0309.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0309",
    name: "not-available-yet",
    severity: Severity::Error,
    page: r#"## What it means

The description asks for something that dfx.toml can say but this version cannot build: the non-project flow, or abstract shells.

## Why it matters

Building something else instead would pretend. The key is known so that descriptions stay valid when it becomes available.

## Example

```toml
[build]
flow = "non-project"
```

## What to do

Use `flow = "project"` and `shell = "standard"`.
"#,
};

/// Looks at the flow and the shell.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    if let (Flow::NonProject, Some(span)) = (cx.spec.build.flow, cx.doc.value_span(&["build", "flow"])) {
        out.push(
            cx.problem(
                &CODE,
                "the non-project flow is not available yet",
                span.clone(),
                "not in this version",
            )
            .suggest(cx.replace(span, "\"project\"", "write")),
        );
    }
    let family_has_it = cx.family.is_none_or(|f| f.has_abstract_shell());
    if let (ShellKind::Abstract, true, Some(span)) =
        (cx.spec.build.shell, family_has_it, cx.doc.value_span(&["build", "shell"]))
    {
        out.push(
            cx.problem(&CODE, "abstract shells are not available yet", span.clone(), "not in this version")
                .suggest(cx.replace(span, "\"standard\"", "write")),
        );
    }
}
