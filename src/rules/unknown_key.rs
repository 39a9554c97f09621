// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0004: a key that dfx.toml does not have.

use super::{Cx, nearest};
use crate::diag::{CodeInfo, Problem, Severity};
use crate::spec::FaultKind;

/// DFX0004.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0004",
    name: "unknown-key",
    severity: Severity::Error,
    page: r#"## What it means

A table holds a key that means nothing there.

## Why it matters

A misspelt key would otherwise be ignored in silence, and its default would be built.

## Example

```toml
[project]
verison = "1.0.0"
```

## What to do

Correct the key. `dfxkit schema` prints all keys for an editor; docs/dfx-toml.md lists them.
"#,
};

/// Turns the faults of this kind into problems.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    for fault in cx.faults {
        if let FaultKind::UnknownKey { key, table, known } = &fault.kind {
            let place = if table.is_empty() { "the top level".to_owned() } else { format!("`{table}`") };
            let mut problem = cx
                .problem(&CODE, format!("unknown key `{key}`"), fault.span.clone(), "no such key here")
                .note(format!("{place} takes {}", known.join(", ")));
            if let Some(near) = nearest(key, known.iter().copied()) {
                problem = problem.suggest(cx.replace(fault.span.clone(), near, "did you mean"));
            }
            out.push(problem);
        }
    }
}
