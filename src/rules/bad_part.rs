// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0301: a part that Vivado does not take.

use dfxkit_fabric::PartName;

use super::Cx;
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0301.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0301",
    name: "bad-part",
    severity: Severity::Error,
    page: r#"## What it means

`project.part` is not a full part: device, package and speed grade.

## Why it matters

`create_project -part` needs the whole string (`[Coretcl 2-106] Specified part could not be found`), and the package decides which pins exist.

## Example

```toml
[project]
part = "xc7z020"      # no package, no speed grade
```

## What to do

Write for instance `xc7z020clg400-1` (7 series) or `xcku040-ffva1156-2-e` (later families).
"#,
};

/// Looks at the part.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    let Some((part, span)) = cx.doc.string(&["project", "part"]) else { return };
    if part.trim().is_empty() || part.contains(char::is_control) {
        return; // a problem of its own
    }
    let why = match PartName::parse(part) {
        Err(error) => error.to_string(),
        Ok(_) if part.trim() != part => "blanks around it".to_owned(),
        Ok(name) if name.family().is_none() => return, // a problem of its own
        Ok(name) => match (name.package(), name.speed()) {
            (None, _) => "no package".to_owned(),
            (_, None) => "no speed grade".to_owned(),
            _ => return,
        },
    };
    out.push(
        cx.problem(&CODE, format!("{part:?} is no full part"), span, why)
            .help("write device, package and speed grade: xc7z020clg400-1 or xcku040-ffva1156-2-e"),
    );
}
