// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0205: a constraint file that is neither .xdc nor .tcl.

use super::Cx;
use crate::design::find::{FindFault, Purpose};
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0205.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0205",
    name: "not-a-constraint",
    severity: Severity::Error,
    page: r#"## What it means

A file among the constraints ends in neither `.xdc` nor `.tcl`.

## Why it matters

Vivado reads `.xdc` as constraints and `.tcl` as unmanaged Tcl. Other files would be added to the wrong file set.

## Example

```toml
[static]
constraints = ["xdc/pins.ucf"]
```

## What to do

Convert the file to XDC, or put it where it belongs.
"#,
};

/// Turns the faults of this kind into problems.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    for found in &cx.files.faults {
        let path: Vec<&str> = found.path.iter().map(String::as_str).collect();
        let span = cx.doc.nearest_span(&path);
        let FindFault::WrongKind { files } = &found.fault else { continue };
        if found.purpose != Purpose::Constraints {
            continue;
        }
        let first = files.first().map_or("", |f| f.as_str());
        out.push(
            cx.problem(&CODE, format!("`{first}` is no constraint file"), span, "expected .xdc or .tcl")
                .help("sources go into `sources`"),
        );
    }
}
