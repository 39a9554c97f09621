// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0608: a gate that is turned off.

use super::Cx;
use crate::diag::{CodeInfo, Problem, Severity};
use crate::spec::document::Value;

/// DFX0608.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0608",
    name: "gate-off",
    severity: Severity::Warning,
    page: r"## What it means

A key of `[gates]` is `false`.

## Why it matters

What the gate would refuse goes into the kit: a design that misses timing, a child whose static differs. Every report and kit names the gate that was off.

## Example

```toml
[gates]
timing = false
```

## What to do

Turn it on again before a release. For single reviewed messages use `[[gates.allow]]`.
",
};

/// Looks at every gate.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    for gate in ["timing", "route", "critical-warnings", "pr-verify", "bit-proofs"] {
        if let Some(node) = cx.doc.node(&["gates", gate])
            && node.value == Value::Bool(false)
        {
            out.push(cx.problem(
                &CODE,
                format!("the gate `{gate}` is off"),
                node.span.clone(),
                "named in every report and kit",
            ));
        }
    }
}
