// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0113: a module name that HDL does not have.

use super::Cx;
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0113.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0113",
    name: "bad-identifier",
    severity: Severity::Error,
    page: r#"## What it means

`static.top`, a partition's `module` or a module's `top` is not a plain identifier: a letter or `_`, then letters, digits, `_` and `$`.

## Why it matters

Vivado looks for a module or entity of this name. No Verilog module or VHDL entity without an escaped name can be called so.

## Example

```toml
[static]
top = "top.v"      # the file, not the module
```

## What to do

Write the name after `module` or `entity` in the source. Escaped identifiers are not supported.
"#,
};

/// Looks at every name of an HDL module.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    let mut paths: Vec<Vec<&str>> = vec![vec!["static", "top"]];
    paths.extend(cx.spec.partitions.keys().map(|p| vec!["partitions", p.as_str(), "module"]));
    paths.extend(cx.spec.modules.keys().map(|m| vec!["modules", m.as_str(), "top"]));
    for path in paths {
        let Some((name, span)) = cx.doc.string(&path) else { continue };
        if name.trim().is_empty() || name.contains(char::is_control) || is_identifier(name) {
            continue;
        }
        out.push(
            cx.problem(
                &CODE,
                format!("{name:?} is no name of an HDL module"),
                span,
                "expected a letter or `_`, then letters, digits, `_` or `$`",
            )
            .help("write the name after `module` or `entity` in the source"),
        );
    }
}

pub(super) fn is_identifier(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '$'))
}
