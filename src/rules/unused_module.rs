// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0505: a module that no configuration builds.

use super::Cx;
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0505.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0505",
    name: "unused-module",
    severity: Severity::Warning,
    page: r#"## What it means

There are configurations, and none of them holds this module.

## Why it matters

It is never implemented, and the kit lacks it.

## Example

```toml
[modules.iir]
partition = "filter"
sources = ["rtl/iir/*.v"]

[configurations.base]
parent = true
modules = { filter = "fir" }
```

## What to do

Add a configuration with it, or remove it.
"#,
};

/// Looks at every module.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    let all = &cx.spec.configurations;
    if all.is_empty() {
        return; // the chosen set holds every module
    }
    // A module name that was mistyped in a configuration has its own problem.
    if all.values().flat_map(|c| c.modules.values()).any(|m| !cx.spec.modules.contains_key(m)) {
        return;
    }
    for module in cx.spec.modules.keys() {
        if all.values().any(|c| c.modules.values().any(|m| m == module)) {
            continue;
        }
        let span = cx.doc.key_span(&["modules", module]).unwrap_or_default();
        out.push(
            cx.problem(&CODE, format!("no configuration builds the module `{module}`"), span, "never built")
                .help("add a configuration with it, or remove it"),
        );
    }
}
