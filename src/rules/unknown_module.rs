// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0102: a configuration names a module that is not described.

use super::{Cx, nearest};
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0102.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0102",
    name: "unknown-module",
    severity: Severity::Error,
    page: r#"## What it means

A configuration fills a partition with a module for which there is no `[modules.NAME]`.

## Why it matters

There would be nothing to implement in that partition.

## Example

```toml
[configurations.base]
parent = true
modules = { conv = "fri" }      # the module is called fir
```

## What to do

Correct the name, or describe the module.
"#,
};

/// Looks at every configuration.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    if cx.doc.node(&["modules"]).is_none() {
        return; // said already: the whole table is missing
    }
    let known: Vec<&str> = cx.spec.modules.keys().map(String::as_str).collect();
    for (configuration, c) in &cx.spec.configurations {
        for partition in c.modules.keys() {
            let path = ["configurations", configuration, "modules", partition];
            let Some((module, span)) = cx.doc.string(&path) else { continue };
            if cx.spec.modules.contains_key(module) {
                continue;
            }
            let mut problem = cx
                .problem(
                    &CODE,
                    format!(
                        "configuration `{configuration}` names the module `{module}`, which is not described"
                    ),
                    span.clone(),
                    "no such module",
                )
                .note(format!("the modules are {}", known.join(", ")));
            match nearest(module, known.iter().copied()) {
                Some(near) => {
                    problem = problem.suggest(cx.replace(span, format!("\"{near}\""), "did you mean"));
                }
                None => problem = problem.help(format!("describe it in `[modules.{module}]`")),
            }
            out.push(problem);
        }
    }
}
