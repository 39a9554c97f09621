// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0214: an XDC file with Tcl that XDC does not know.

use super::{Cx, xdc};
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0214.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0214",
    name: "tcl-in-xdc",
    severity: Severity::Error,
    page: r"## What it means

An `.xdc` file holds `if`, `for`, `foreach`, `while` or `proc`.

## Why it matters

XDC files take a subset of Tcl without control flow. Vivado skips the command with `CRITICAL WARNING: [Designutils 20-1307] Command 'if' is not supported in the xdc constraint file`, and its constraints are not applied.

## Example

```tcl
foreach pin {a b} {
  set_property IOSTANDARD LVCMOS33 [get_ports $pin]
}
```

## What to do

Write the constraints one by one, or rename the file to `.tcl`: it is then read as unmanaged Tcl.
",
};

/// Looks at every constraint file.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    for file in cx.files.static_xdc.iter().chain(&cx.files.module_xdc) {
        for command in xdc::commands(&file.text) {
            let name = &file.text[command.name.clone()];
            if !matches!(name, "if" | "for" | "foreach" | "while" | "proc") {
                continue;
            }
            out.push(
                Problem::new(&CODE, format!("XDC does not know `{name}`"))
                    .at(&file.shown, command.name.clone(), "Vivado skips this command")
                    .note(format!(
                        "[Designutils 20-1307] Command '{name}' is not supported in the xdc constraint file"
                    ))
                    .help("write the constraints one by one, or rename the file to .tcl"),
            );
        }
    }
}
