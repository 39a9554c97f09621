// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0203: a pattern that cannot be read.

use super::Cx;
use crate::design::find::FindFault;
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0203.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0203",
    name: "bad-pattern",
    severity: Severity::Error,
    page: r#"## What it means

A pattern has an unclosed `[` or `{`, or another fault.

## Why it matters

It would match nothing, or something else than you mean.

## Example

```toml
[static]
sources = ["rtl/[a-z.v"]
```

## What to do

Close the bracket. Patterns know `*`, `**`, `?`, `[a-z]` and `{a,b}`.
"#,
};

/// Turns the faults of this kind into problems.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    for found in &cx.files.faults {
        let path: Vec<&str> = found.path.iter().map(String::as_str).collect();
        let span = cx.doc.nearest_span(&path);
        let FindFault::BadPattern { message } = &found.fault else { continue };
        out.push(
            cx.problem(&CODE, format!("`{}` is no pattern", found.pattern), span, message.clone())
                .note("patterns know `*`, `**`, `?`, `[a-z]` and `{a,b}`"),
        );
    }
}
