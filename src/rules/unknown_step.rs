// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0601: a step that Vivado does not have, or not there.

use super::{Cx, nearest};
use crate::design::steps;
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

Correct the name. Steps are written as the commands are: `synth_design`, `opt_design`, `place_design`, `phys_opt_design`, `route_design`; dashes and underscores are the same. `module_synth_design` is the synthesis of the modules.
"#,
};

/// Looks at hooks and directives.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    let hooked = steps::hook_steps();
    for (step, span) in cx.doc.keys(&["build", "hooks"]) {
        report(cx, step, span, &hooked, "hooks", out);
    }
    for (table, known) in [
        ("synth", steps::SYNTHESIS),
        ("module-synth", steps::SYNTHESIS),
        ("implementation", steps::IMPLEMENTATION_DIRECTIVES),
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
    let name = steps::step_name(step);
    if known.contains(&name.as_str()) || step.contains(char::is_control) {
        return;
    }
    let mut problem = cx
        .problem(&CODE, format!("the {what} know no step `{step}`"), span.clone(), "no such step here")
        .note(format!("steps: {}", known.join(", ")));
    // `place` is short for `place_design`.
    let short = || known.iter().copied().find(|k| k.strip_suffix("_design") == Some(name.as_str()));
    if let Some(near) = short().or_else(|| nearest(&name, known.iter().copied())) {
        problem = problem.suggest(cx.replace(span, near, "did you mean"));
    }
    if name == "synth_design" {
        problem = problem.help("synthesis has its own tables: build.synth and build.module-synth");
    }
    out.push(problem);
}
