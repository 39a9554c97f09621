// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0504: a greybox in the parent configuration.

use super::Cx;
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0504.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0504",
    name: "greybox-in-parent",
    severity: Severity::Error,
    page: r#"## What it means

The parent configuration fills a partition with a greybox.

## Why it matters

The static design is placed and routed around the parent's modules. With a greybox there is no logic to fit it to, and every later module pays for that (UG909 advises the most demanding modules in the parent).

## Example

```toml
[modules.blank]
partition = "conv"
greybox = true

[configurations.base]
parent = true
modules = { conv = "blank" }
```

## What to do

Put a module with sources into the parent and the greybox into a child.
"#,
};

/// Looks at the parents.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    for (configuration, c) in cx.spec.configurations.iter().filter(|(_, c)| c.parent) {
        for (partition, module) in &c.modules {
            if !cx.spec.modules.get(module).is_some_and(|m| m.greybox) {
                continue;
            }
            let path = ["configurations", configuration, "modules", partition];
            out.push(
                cx.problem(
                    &CODE,
                    format!("the parent `{configuration}` fills `{partition}` with a greybox"),
                    cx.doc.nearest_span(&path),
                    "a greybox",
                )
                .and_at(cx.doc.file(), cx.doc.nearest_span(&["modules", module, "greybox"]), "declared here")
                .help("put a module with sources here and the greybox into a child"),
            );
        }
    }
}
