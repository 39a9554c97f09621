// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0309: something that this version of dfxkit cannot do yet.

use std::ops::Range;

use dfxkit_fabric::Family;

use super::Cx;
use crate::diag::{CodeInfo, Problem, Severity};
use crate::spec::model::{Flow, ShellKind};

/// DFX0309.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0309",
    name: "not-available-yet",
    severity: Severity::Error,
    page: r#"## What it means

The description asks for something that dfx.toml can say but this version cannot do: the non-project flow, abstract shells, or Versal device images (`.pdi`).

## Why it matters

Building something else instead would pretend. The key is known so that descriptions stay valid when it becomes available.

## Example

```toml
[build]
flow = "non-project"
```

## What to do

Use `flow = "project"` and `shell = "standard"`, and take the key or the word out.
"#,
};

/// Looks at the flow, the shell and the family.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    if let (Flow::NonProject, Some(span)) = (cx.spec.build.flow, cx.doc.value_span(&["build", "flow"])) {
        let problem = missing(cx, "the non-project flow is", span.clone());
        out.push(problem.suggest(cx.replace(span, "\"project\"", "write")));
    }
    let family_has_it = cx.family.is_none_or(|f| f.has_abstract_shell());
    if let (ShellKind::Abstract, true, Some(span)) =
        (cx.spec.build.shell, family_has_it, cx.doc.value_span(&["build", "shell"]))
    {
        let problem = missing(cx, "abstract shells are", span.clone());
        out.push(problem.suggest(cx.replace(span, "\"standard\"", "write")));
    }
    if let (Some(Family::Versal), Some(span)) = (cx.family, cx.doc.value_span(&["project", "part"])) {
        out.push(
            missing(cx, "Versal is", span).note("its device images (.pdi) cannot be judged or packed yet"),
        );
    }
}

fn missing(cx: &Cx<'_>, what: &str, span: Range<usize>) -> Problem {
    cx.problem(&CODE, format!("{what} not available yet"), span, "not in this version")
}
