// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0507: a greybox that has sources.

use super::Cx;
use crate::diag::{CodeInfo, Problem, Severity};
use crate::spec::document::Value;

/// DFX0507.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0507",
    name: "greybox-with-sources",
    severity: Severity::Error,
    page: r#"## What it means

A module with `greybox = true` also has sources, constraints, a top or parameters.

## Why it matters

Vivado makes the greybox itself: buffers that drive constants. Sources of it would be ignored, and somebody meant something by them.

## Example

```toml
[modules.blank]
partition = "conv"
greybox = true
sources = ["rtl/blank.v"]
```

## What to do

Remove `greybox = true` to build the sources, or remove the sources.
"#,
};

/// What a greybox does not take.
const NOT_TAKEN: [&str; 6] = ["top", "sources", "constraints", "include-dirs", "defines", "generics"];

/// Looks at every greybox.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    for (module, _) in cx.spec.modules.iter().filter(|(_, m)| m.greybox) {
        for key in NOT_TAKEN {
            let path = ["modules", module, key];
            let empty = cx.doc.node(&path).is_some_and(|n| match &n.value {
                Value::Array(items) => items.is_empty(),
                Value::Table(table) => table.is_empty(),
                _ => false,
            });
            let Some(span) = cx.doc.key_span(&path).filter(|_| !empty) else { continue };
            out.push(
                cx.problem(&CODE, format!("the greybox `{module}` cannot have `{key}`"), span, "not taken")
                    .and_at(cx.doc.file(), cx.doc.nearest_span(&["modules", module, "greybox"]), "a greybox")
                    .help("Vivado makes the greybox itself; remove the one or the other"),
            );
        }
    }
}
