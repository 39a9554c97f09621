// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0109: a cell path that names no cell.

use super::Cx;
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0109.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0109",
    name: "bad-cell",
    severity: Severity::Error,
    page: r#"## What it means

The path of a partition's cell is not a hierarchical path below the top: instance names with `/` between them, without a leading or trailing slash, without blanks, colons or pattern characters.

## Why it matters

Vivado finds the cell by this path and writes `CELL:MODULE` pairs with it, so that a colon or a blank splits the pair. A pattern character would match other cells, too.

## Example

```toml
[partitions.conv]
cell = "/top/system_i/conv"      # begins with a slash
```

## What to do

Write the path as `get_cells` shows it: instance names below the top, without the top itself.
"#,
};

/// Looks at every partition.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    for partition in cx.spec.partitions.keys() {
        let Some((cell, span)) = cx.doc.string(&["partitions", partition, "cell"]) else { continue };
        if cell.trim().is_empty() || cell.contains(char::is_control) {
            continue; // a problem of its own
        }
        if let Some(why) = fault_of(cell) {
            let trimmed = cell.trim().trim_matches('/');
            let mut problem = cx
                .problem(&CODE, format!("{cell:?} is no path of a cell"), span.clone(), why)
                .help("write the instance names below the top with `/` between them: system_i/conv");
            if fault_of(trimmed).is_none() {
                problem = problem.suggest(cx.replace(span, format!("\"{trimmed}\""), "write"));
            }
            out.push(problem);
        }
    }
}

pub(super) fn fault_of(cell: &str) -> Option<String> {
    if cell.starts_with('/') {
        Some("begins with `/`".to_owned())
    } else if cell.ends_with('/') {
        Some("ends with `/`".to_owned())
    } else if cell.contains("//") {
        Some("an empty instance name".to_owned())
    } else {
        cell.chars()
            .find(|c| {
                c.is_whitespace()
                    || matches!(c, ':' | '*' | '?' | '{' | '}' | '"' | '$' | ';' | '\\' | ',' | '#')
            })
            .map(|c| format!("holds {c:?}"))
    }
}
