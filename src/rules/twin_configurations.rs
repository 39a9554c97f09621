// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0506: two configurations with the same modules.

use super::Cx;
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0506.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0506",
    name: "twin-configurations",
    severity: Severity::Warning,
    page: r#"## What it means

Two configurations hold the same module in every partition.

## Why it matters

The second one costs a whole implementation run and gives nothing new.

## Example

```toml
[configurations.a]
parent = true
modules = { conv = "fir" }

[configurations.b]
modules = { conv = "fir" }
```

## What to do

Remove one of them.
"#,
};

/// Looks at every pair.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    let all: Vec<_> = cx.spec.configurations.iter().collect();
    for (n, (second, b)) in all.iter().enumerate() {
        let twin = all[..n].iter().find(|(_, a)| !a.modules.is_empty() && a.modules == b.modules);
        let Some((first, _)) = twin else { continue };
        let place = |c: &str| cx.doc.key_span(&["configurations", c]).unwrap_or_default();
        out.push(
            cx.problem(
                &CODE,
                format!("the configurations `{first}` and `{second}` hold the same modules"),
                place(second),
                "the second one",
            )
            .and_at(cx.doc.file(), place(first), "the first one"),
        );
    }
}
