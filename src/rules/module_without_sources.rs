// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0210: a module without sources.

use super::Cx;
use crate::diag::{CodeInfo, Problem, Severity};
use crate::spec::FaultKind;
use crate::spec::document::Value;

/// DFX0210.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0210",
    name: "module-without-sources",
    severity: Severity::Error,
    page: r#"## What it means

A module has neither sources nor `greybox = true`.

## Why it matters

There is nothing to synthesise for it.

## Example

```toml
[modules.fir]
partition = "filter"
```

## What to do

List its sources. For the blank module that Vivado makes itself, write `greybox = true`.
"#,
};

/// Looks at every module.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    for (module, m) in &cx.spec.modules {
        let node = cx.doc.node(&["modules", module, "sources"]);
        let empty = match node.map(|n| &n.value) {
            None => true,
            Some(Value::Array(items)) => items.is_empty(),
            Some(_) => false, // a problem of its own
        };
        // A misspelt key may be the list that is missing here.
        let misspelt = cx.faults.iter().any(|f| {
            matches!(&f.kind, FaultKind::UnknownKey { table, .. } if *table == format!("modules.{module}"))
        });
        if m.greybox || !empty || misspelt {
            continue;
        }
        let span = cx.doc.key_span(&["modules", module]).unwrap_or_default();
        out.push(
            cx.problem(&CODE, format!("the module `{module}` has no sources"), span, "nothing to synthesise")
                .help("list its sources, or write `greybox = true` for the blank module that Vivado makes itself"),
        );
    }
}
