// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0304: an abstract shell on a family that has none.

use super::Cx;
use crate::diag::{CodeInfo, Problem, Severity};
use crate::spec::model::ShellKind;

/// DFX0304.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0304",
    name: "no-abstract-shell",
    severity: Severity::Error,
    page: r#"## What it means

`build.shell = "abstract"` or `build.abstract-shells = true` is set, but the part is of 7 series or UltraScale.

## Why it matters

Abstract shells exist for UltraScale+ and Versal (UG909).

## Example

```toml
[project]
part = "xc7z020clg400-1"

[build]
shell = "abstract"
```

## What to do

Use `shell = "standard"`.
"#,
};

/// Looks at the shell.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    let Some(family) = cx.family.filter(|f| !f.has_abstract_shell()) else { return };
    if let (true, Some(span)) =
        (cx.spec.build.abstract_shells, cx.doc.value_span(&["build", "abstract-shells"]))
    {
        out.push(
            cx.problem(
                &CODE,
                format!("{family} has no abstract shell"),
                span.clone(),
                "UltraScale+ and Versal only",
            )
            .and_at(cx.doc.file(), cx.doc.nearest_span(&["project", "part"]), family.to_string())
            .suggest(cx.replace(span, "false", "write")),
        );
    }
    let path = ["build", "shell"];
    if let (ShellKind::Abstract, Some(span)) = (cx.spec.build.shell, cx.doc.value_span(&path)) {
        out.push(
            cx.problem(
                &CODE,
                format!("{family} has no abstract shell"),
                span.clone(),
                "UltraScale+ and Versal only",
            )
            .and_at(cx.doc.file(), cx.doc.nearest_span(&["project", "part"]), family.to_string())
            .suggest(cx.replace(span, "\"standard\"", "write")),
        );
    }
}
