// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0002: a key or a table stands twice.

use super::Cx;
use crate::diag::{CodeInfo, Problem, Severity};
use crate::spec::FaultKind;

/// DFX0002.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0002",
    name: "duplicate-key",
    severity: Severity::Error,
    page: r#"## What it means

One table holds the same key twice, or the same table header stands twice.

## Why it matters

TOML forbids it, and which of the two was meant cannot be told. Two modules, partitions or configurations of one name are this problem, too.

## Example

```toml
[modules.fir]
partition = "filter"

[modules.fir]
partition = "filter"
```

## What to do

Remove one of the two, or give it another name.
"#,
};

/// Turns the faults of this kind into problems.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    for fault in cx.faults {
        if let FaultKind::DuplicateKey { key, first } = &fault.kind {
            let mut problem =
                cx.problem(&CODE, format!("`{key}` stands twice"), fault.span.clone(), "the second one");
            if let Some(first) = first {
                problem = problem.and_at(cx.doc.file(), first.clone(), "the first one");
            }
            out.push(problem.help("remove one of them or give it another name"));
        }
    }
}
