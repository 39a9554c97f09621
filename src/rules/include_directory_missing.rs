// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0212: an include directory that does not exist.

use super::Cx;
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0212.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0212",
    name: "include-directory-missing",
    severity: Severity::Error,
    page: r#"## What it means

`include-dirs` names a directory that is not there.

## Why it matters

Vivado ignores it in silence; the error comes from an `include` that is not found, or another file of that name is found elsewhere.

## Example

```toml
[static]
include-dirs = ["rtl/inlcude"]
```

## What to do

Correct the path. It is relative to the directory of the description.
"#,
};

/// Looks at the static's and every module's list.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    let mut lists: Vec<Vec<&str>> = vec![vec!["static", "include-dirs"]];
    lists.extend(cx.spec.modules.keys().map(|m| vec!["modules", m.as_str(), "include-dirs"]));
    for list in lists {
        for (directory, span) in cx.doc.strings(&list) {
            if directory.trim().is_empty() || cx.root.join(directory).is_dir() {
                continue;
            }
            out.push(
                cx.problem(
                    &CODE,
                    format!("the include directory `{directory}` does not exist"),
                    span,
                    "no such directory",
                )
                .help("paths are relative to the directory of the description"),
            );
        }
    }
}
