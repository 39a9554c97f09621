// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0601: a step that Vivado does not have, or not there.

use super::{Cx, nearest};
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0601.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0601",
    name: "unknown-step",
    severity: Severity::Error,
    page: r#"## What it means

A hook or a directive is given for a step that is none of Vivado's, or that the run does not have.

## Why it matters

The property `STEPS.<STEP>...` would not exist, and the script would stop when it sets it.

## Example

```toml
[build.implementation]
directives = { place_desing = "Explore" }
```

## What to do

Correct the name. Steps are written as the commands are: `synth_design`, `opt_design`, `place_design`, `phys_opt_design`, `route_design`.
"#,
};

/// Steps that take hooks (`STEPS.<STEP>.TCL.PRE` and `.POST`).
pub(super) const HOOKED: [&str; 10] = [
    "synth_design",
    "init_design",
    "opt_design",
    "power_opt_design",
    "place_design",
    "post_place_power_opt_design",
    "phys_opt_design",
    "route_design",
    "post_route_phys_opt_design",
    "write_bitstream",
];

/// Steps of an implementation run that take a directive (`STEPS.<STEP>.ARGS.DIRECTIVE`).
const IMPLEMENTED: [&str; 5] =
    ["opt_design", "place_design", "phys_opt_design", "route_design", "post_route_phys_opt_design"];

/// Looks at hooks and directives.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    for (step, span) in cx.doc.keys(&["build", "hooks"]) {
        report(cx, step, span, &HOOKED, "hooks", out);
    }
    for (table, known) in [
        ("synth", &["synth_design"][..]),
        ("module-synth", &["synth_design"][..]),
        ("implementation", &IMPLEMENTED[..]),
    ] {
        for (step, span) in cx.doc.keys(&["build", table, "directives"]) {
            report(cx, step, span, known, &format!("directives of build.{table}"), out);
        }
    }
}

fn report(
    cx: &Cx<'_>,
    step: &str,
    span: std::ops::Range<usize>,
    known: &[&'static str],
    what: &str,
    out: &mut Vec<Problem>,
) {
    if known.contains(&step) || step.contains(char::is_control) {
        return;
    }
    let mut problem = cx
        .problem(&CODE, format!("the {what} know no step `{step}`"), span.clone(), "no such step here")
        .note(format!("steps: {}", known.join(", ")));
    if let Some(near) = nearest(step, known.iter().copied()) {
        problem = problem.suggest(cx.replace(span, near, "did you mean"));
    }
    if step == "synth_design" {
        problem = problem.help("synthesis has its own tables: build.synth and build.module-synth");
    }
    out.push(problem);
}
