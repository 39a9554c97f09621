// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0611: a step that is written twice.

use super::Cx;
use crate::design::steps;
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0611.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0611",
    name: "step-twice",
    severity: Severity::Error,
    page: r#"## What it means

A hook or directive table holds the same step in two spellings: dashes and underscores are the same.

## Why it matters

Only one of the two would be set, and which one is chance.

## Example

```toml
[build.implementation]
directives = { place_design = "Explore", place-design = "Default" }
```

## What to do

Remove one of them.
"#,
};

/// Looks at hooks and directives.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    for table in [
        &["build", "hooks"][..],
        &["build", "synth", "directives"],
        &["build", "module-synth", "directives"],
        &["build", "implementation", "directives"],
    ] {
        let keys = cx.doc.keys(table);
        for (n, (step, span)) in keys.iter().enumerate() {
            let same = |(other, _): &&(&str, _)| steps::step_name(other) == steps::step_name(step);
            let Some((first, first_span)) = keys[..n].iter().find(same) else { continue };
            out.push(
                cx.problem(
                    &CODE,
                    format!("`{first}` and `{step}` are the same step"),
                    span.clone(),
                    "the second one",
                )
                .and_at(cx.doc.file(), first_span.clone(), "the first one")
                .help("remove one of them"),
            );
        }
    }
}
