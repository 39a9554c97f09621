// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0206: a file or directory that cannot be read.

use super::Cx;
use crate::design::find::FindFault;
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0206.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0206",
    name: "unreadable",
    severity: Severity::Error,
    page: r#"## What it means

The system refuses to read a file or directory that a list names, or a symbolic link leads to a directory above itself.

## Why it matters

Which files belong to the design cannot be told.

## Example

```toml
[static]
sources = ["rtl/**/*.v"]      # rtl/again is a link to rtl
```

## What to do

Correct the permissions or remove the link.
"#,
};

/// Turns the faults of this kind into problems.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    for found in &cx.files.faults {
        let path: Vec<&str> = found.path.iter().map(String::as_str).collect();
        let span = cx.doc.nearest_span(&path);
        let FindFault::Unreadable { message } = &found.fault else { continue };
        out.push(
            cx.problem(&CODE, format!("cannot read the files of `{}`", found.pattern), span, "not readable")
                .note(message.clone()),
        );
    }
}
