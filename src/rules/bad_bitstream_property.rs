// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0607: a bitstream property that is malformed.

use super::Cx;
use crate::diag::{CodeInfo, Problem, Severity};
use crate::spec::document::Value;

/// DFX0607.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0607",
    name: "bad-bitstream-property",
    severity: Severity::Error,
    page: r#"## What it means

A key of `build.bitstream` is not of the form `BITSTREAM.GROUP.NAME`, or its value is not one word.

## Why it matters

`set_property` would set something that Vivado does not have, or refuse the value when the bitstream is written, at the very end of the build.

## Example

```toml
[build.bitstream]
"GENERAL.COMPRESS" = "TRUE"
```

## What to do

Write it as UG912 lists it: `"BITSTREAM.GENERAL.COMPRESS" = "TRUE"`. The key needs quotes, since a dot would make it a table.
"#,
};

/// Looks at every property.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    for (key, span) in cx.doc.keys(&["build", "bitstream"]) {
        if key.contains(char::is_control) {
            continue; // a problem of its own
        }
        let node = cx.doc.node(&["build", "bitstream", key]);
        if node.is_some_and(|n| matches!(n.value, Value::Table(_))) {
            continue; // an unquoted key with dots: wrong type
        }
        let word = |s: &str| !s.is_empty() && s.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let parts: Vec<&str> = key.split('.').collect();
        let upper = key.to_ascii_uppercase();
        if parts.len() != 3 || !upper.starts_with("BITSTREAM.") || !parts.iter().all(|p| word(p)) {
            let mut problem = cx.problem(
                &CODE,
                format!("{key:?} is no bitstream property"),
                span.clone(),
                "expected BITSTREAM.GROUP.NAME",
            );
            if parts.len() == 2 && parts.iter().all(|p| word(p)) {
                problem = problem.suggest(cx.replace(span, format!("\"BITSTREAM.{upper}\""), "write"));
            }
            out.push(problem);
            continue;
        }
        if let Some((value, span)) = cx.doc.string(&["build", "bitstream", key])
            && !value.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '+'))
            && !value.contains(char::is_control)
        {
            out.push(cx.problem(
                &CODE,
                format!("{value:?} is no value of a bitstream property"),
                span,
                "expected one word",
            ));
        }
    }
}
