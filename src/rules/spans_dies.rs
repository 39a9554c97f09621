// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0430: a Pblock that spans several dies.

use dfxkit_fabric::floorplan::Finding;

use super::{Cx, floorplan};
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0430.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0430",
    name: "spans-dies",
    severity: Severity::Warning,
    page: r#"## What it means

On a stacked device the Pblock reaches from one die to another.

## Why it matters

Only its part on the first die is checked here. Paths between dies are slow, and the partition needs LAGUNA sites in its ranges.

## Example

```toml
[project]
part = "xcvu9p-flga2104-1-e"

[partitions.conv.pblock]
ranges = ["SLICE_X0Y250:SLICE_X9Y350"]
```

## What to do

Keep a partition within one die.
"#,
};

/// Reports what the geometry check found.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    floorplan::report(cx, &CODE, |finding| matches!(finding, Finding::SpansDies { .. }), out);
}
