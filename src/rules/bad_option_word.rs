// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0602: a strategy or directive that is not one word.

use super::Cx;
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0602.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0602",
    name: "bad-option-word",
    severity: Severity::Error,
    page: r#"## What it means

A strategy or a directive is empty or holds other characters than letters, digits and `_`.

## Why it matters

Vivado's strategies and directives are single words. Another text would set an option that the run refuses when it starts.

## Example

```toml
[build.implementation]
strategy = "Performance Explore"
```

## What to do

Write it as Vivado lists it: `Performance_Explore`.
"#,
};

/// Looks at strategies and directives.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    for table in ["synth", "module-synth", "implementation"] {
        let strategy = ["build", table, "strategy"];
        if let Some((word, span)) = cx.doc.string(&strategy) {
            report(cx, "strategy", word, span, out);
        }
        for (step, _) in cx.doc.keys(&["build", table, "directives"]) {
            if let Some((word, span)) = cx.doc.string(&["build", table, "directives", step]) {
                report(cx, "directive", word, span, out);
            }
        }
    }
}

fn report(cx: &Cx<'_>, what: &str, word: &str, span: std::ops::Range<usize>, out: &mut Vec<Problem>) {
    let said = word.contains(char::is_control) || (what == "strategy" && word.trim().is_empty());
    let bad = word.chars().find(|c| !(c.is_ascii_alphanumeric() || *c == '_'));
    if said || (bad.is_none() && !word.is_empty()) {
        return;
    }
    let label = bad.map_or("empty".to_owned(), |c| format!("holds {c:?}"));
    out.push(
        cx.problem(&CODE, format!("{word:?} is no {what}"), span, label)
            .note("strategies and directives are single words: Performance_Explore, AggressiveExplore"),
    );
}
