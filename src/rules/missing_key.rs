// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0006: a key that must be there is not.

use super::{Cx, nearest};
use crate::diag::{CodeInfo, Problem, Severity};
use crate::spec::FaultKind;

/// DFX0006.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0006",
    name: "missing-key",
    severity: Severity::Error,
    page: r#"## What it means

A table lacks a key without which nothing can be built.

## Why it matters

These keys have no sensible default: a guess would be built instead of what you meant.

## Example

```toml
[project]
name = "conv"
version = "1.0.0"
# part is missing
```

## What to do

Add the key to the table that the message shows.
"#,
};

/// Turns the faults of this kind into problems.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    for fault in cx.faults {
        if let FaultKind::MissingKey { key, table, doc, example } = &fault.kind {
            if mistyped(cx, key, table) {
                continue; // the unknown key says it
            }
            let (message, label) = if table.is_empty() {
                (format!("`[{key}]` is missing"), "in this file".to_owned())
            } else {
                (format!("`{key}` is missing in `{table}`"), "in this table".to_owned())
            };
            out.push(
                cx.problem(&CODE, message, fault.span.clone(), label)
                    .note(*doc)
                    .help(format!("add, for instance: {example}")),
            );
        }
    }
}

/// True when the same table has an unknown key that probably is this one.
fn mistyped(cx: &Cx<'_>, wanted: &str, of: &str) -> bool {
    cx.faults.iter().any(|f| match &f.kind {
        FaultKind::UnknownKey { key, table, known } => {
            table == of && nearest(key, known.iter().copied()) == Some(wanted)
        }
        _ => false,
    })
}
