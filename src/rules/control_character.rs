// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0010: a control character in a string or a key.

use super::Cx;
use crate::diag::{CodeInfo, Problem, Severity};
use crate::spec::FaultKind;

/// DFX0010.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0010",
    name: "control-character",
    severity: Severity::Error,
    page: r#"## What it means

A string or a key holds a line break, a tab or another control character.

## Why it matters

Names and options go into Tcl scripts, file names and log lines. A line break in one of them splits the line for every tool that reads it later.

## Example

```toml
[project]
name = "conv\tnew"
```

## What to do

Remove the character.
"#,
};

/// Turns the faults of this kind into problems.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    for fault in cx.faults {
        if let FaultKind::Control { path, character } = &fault.kind {
            out.push(
                cx.problem(
                    &CODE,
                    format!("`{}` holds a control character", path.escape_debug()),
                    fault.span.clone(),
                    format!("U+{:04X} in here", u32::from(*character)),
                )
                .help("remove it"),
            );
        }
    }
}
