// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0606: a build directory that is not below the description.

use camino::Utf8Path;

use super::Cx;
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0606.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0606",
    name: "bad-build-directory",
    severity: Severity::Error,
    page: r#"## What it means

`build.directory` is absolute, leaves the directory of the description with `..`, or is that directory itself.

## Why it matters

The build directory belongs to dfxkit: it may be deleted as a whole. One that holds the sources, or something of somebody else, must not be it.

## Example

```toml
[build]
directory = "../out"
```

## What to do

Name a directory below the description: `build` or `out/vivado`.
"#,
};

/// Looks at the directory.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    let Some((directory, span)) = cx.doc.string(&["build", "directory"]) else { return };
    if directory.trim().is_empty() || directory.contains(char::is_control) {
        return; // a problem of its own
    }
    let Some(why) = fault_of(Utf8Path::new(directory)) else { return };
    out.push(
        cx.problem(&CODE, format!("`{directory}` cannot be the build directory"), span, why)
            .help("name a directory below the description: build"),
    );
}

/// Why a directory cannot be the build directory.
pub(super) fn fault_of(path: &Utf8Path) -> Option<&'static str> {
    if path.is_absolute() {
        Some("absolute")
    } else if path.components().any(|c| c.as_str() == "..") {
        Some("leads out with `..`")
    } else if path.components().all(|c| c.as_str() == ".") {
        Some("the directory of the description itself")
    } else {
        None
    }
}
