// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0308: a Vivado release older than dfxkit knows.

use super::{Cx, bad_release};
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0308.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0308",
    name: "old-release",
    severity: Severity::Warning,
    page: r#"## What it means

`project.vivado` is older than 2018.3.

## Why it matters

Reconfiguration in project mode came with 2017.x; the oldest outputs that dfxkit's facts were measured on are of 2018.3. Messages and file names of older releases may differ, so that gates may refuse good results.

## Example

```toml
[project]
vivado = "2017.4"
```

## What to do

Use 2018.3 or later if you can.
"#,
};

/// Looks at the release.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    let Some((release, span)) = cx.doc.string(&["project", "vivado"]) else { return };
    if bad_release::parse(release).is_some_and(|r| r < (2018, 3)) {
        out.push(
            cx.problem(&CODE, format!("Vivado {release} is older than dfxkit knows"), span, "before 2018.3")
                .help("use 2018.3 or later if you can"),
        );
    }
}
