// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0604: a kit format that stands twice.

use super::Cx;
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0604.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0604",
    name: "duplicate-kit-format",
    severity: Severity::Error,
    page: r#"## What it means

`kit.formats` holds one word twice.

## Why it matters

Every format is written once; the second word probably should have been another one.

## Example

```toml
[kit]
formats = ["raw", "pynq", "raw"]
```

## What to do

Remove one of them.
"#,
};

/// Looks at the list.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    let all = cx.doc.strings(&["kit", "formats"]);
    for (n, (word, span)) in all.iter().enumerate() {
        if let Some((_, first)) = all[..n].iter().find(|(w, _)| w == word) {
            out.push(
                cx.problem(
                    &CODE,
                    format!("the kit format \"{word}\" stands twice"),
                    span.clone(),
                    "the second one",
                )
                .and_at(cx.doc.file(), first.clone(), "the first one"),
            );
        }
    }
}
