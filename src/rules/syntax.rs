// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0001: the text is not TOML.

use super::Cx;
use crate::diag::{CodeInfo, Problem, Severity};
use crate::spec::FaultKind;

/// DFX0001.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0001",
    name: "syntax",
    severity: Severity::Error,
    page: r"## What it means

The file does not follow the grammar of TOML. All places where the parser stumbled are shown; the first is usually the cause of those close after it.

## Why it matters

Nothing of the file's meaning is checked while its text is broken: half a description would give misleading messages.

## Example

```toml
[project]
name = conv      # a string needs quotes
```

## What to do

Write valid TOML (https://toml.io). Strings stand in quotes, arrays in `[ ]`, inline tables on one line.
",
};

/// Turns the faults of this kind into problems.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    for fault in cx.faults {
        if let FaultKind::Syntax { message } = &fault.kind {
            let mut problem =
                cx.problem(&CODE, format!("this is not TOML: {message}"), fault.span.clone(), "here");
            if message.contains("quoted") {
                problem = problem.help("strings stand in quotes: name = \"conv\"");
            }
            out.push(problem);
        }
    }
}
