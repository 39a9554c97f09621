// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0502: more than one configuration is the parent.

use super::Cx;
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0502.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0502",
    name: "two-parents",
    severity: Severity::Error,
    page: r#"## What it means

Two or more configurations have `parent = true`.

## Why it matters

Two parents are two static designs: partials of one do not fit the other, and mixing them in the field can damage the device.

## Example

```toml
[configurations.a]
parent = true
modules = { conv = "fir" }

[configurations.b]
parent = true
modules = { conv = "iir" }
```

## What to do

Keep one. For two products with different static designs write two descriptions.
"#,
};

/// Looks at the configurations.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    let mut parents = cx.spec.configurations.iter().filter(|(_, c)| c.parent).map(|(name, _)| name);
    let Some(first) = parents.next() else { return };
    let place = |c: &str| cx.doc.nearest_span(&["configurations", c, "parent"]);
    for second in parents {
        out.push(
            cx.problem(
                &CODE,
                format!("`{first}` and `{second}` are both the parent"),
                place(second),
                "a second one",
            )
            .and_at(cx.doc.file(), place(first), "the first one")
            .help("keep one"),
        );
    }
}
