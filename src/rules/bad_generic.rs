// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0609: a generic or macro that cannot be passed on.

use super::{Cx, bad_identifier};
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0609.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0609",
    name: "bad-generic",
    severity: Severity::Error,
    page: r#"## What it means

The name of a generic or Verilog macro is not an identifier, or its value holds a blank, a quote, a brace, a bracket, `$`, `;`, `\` or `=`.

## Why it matters

Vivado takes generics and macros as one list of `NAME=VALUE` words. Such a value would be split, or read as code.

## Example

```toml
[static.generics]
"DATA WIDTH" = 8
```

## What to do

Use plain names, and plain values: numbers, `1'b1`, `TRUE`, words.
"#,
};

/// Looks at every table of generics and macros.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    let mut tables: Vec<Vec<&str>> = vec![vec!["static", "generics"], vec!["static", "defines"]];
    for module in cx.spec.modules.keys() {
        tables.push(vec!["modules", module, "generics"]);
        tables.push(vec!["modules", module, "defines"]);
    }
    for table in tables {
        let what = if table.last() == Some(&"defines") { "macro" } else { "generic" };
        for (name, span) in cx.doc.keys(&table) {
            if name.contains(char::is_control) {
                continue; // a problem of its own
            }
            if !bad_identifier::is_identifier(name) {
                let label = "expected a letter or `_`, then letters, digits, `_` or `$`";
                out.push(cx.problem(&CODE, format!("{name:?} is no name of a {what}"), span, label));
                continue;
            }
            let path: Vec<&str> = table.iter().copied().chain([name]).collect();
            let Some((value, span)) = cx.doc.string(&path) else { continue };
            let bad = value.chars().find(|c| {
                c.is_whitespace() || matches!(c, '"' | '{' | '}' | '[' | ']' | '$' | ';' | '\\' | '=')
            });
            let why = match bad {
                Some(c) if c.is_control() => continue, // a problem of its own
                Some(c) => format!("holds {c:?}"),
                None if value.is_empty() && what == "generic" => "empty".to_owned(),
                None => continue,
            };
            out.push(cx.problem(
                &CODE,
                format!("the value of the {what} `{name}` cannot be passed on"),
                span,
                why,
            ));
        }
    }
}
