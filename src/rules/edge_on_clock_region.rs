// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0428: an edge on a clock-region boundary.

use dfxkit_fabric::floorplan::Finding;

use super::{Cx, floorplan};
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0428.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0428",
    name: "edge-on-clock-region",
    severity: Severity::Warning,
    page: r#"## What it means

On UltraScale and UltraScale+ the top or bottom edge of the Pblock lies on a clock-region boundary inside the die.

## Why it matters

Routing may not expand beyond it: Vivado warns with [Constraints 18-5648] and leaves slices at the edge unused.

## Example

```toml
[project]
part = "xcku040-ffva1156-2-e"

[partitions.conv.pblock]
ranges = ["SLICE_X1Y240:SLICE_X5Y299"]
```

## What to do

Keep the edge a few rows off the boundary; the same frames are written.
"#,
};

/// Reports what the geometry check found.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    floorplan::report(cx, &CODE, |finding| matches!(finding, Finding::EdgeOnClockRegion { .. }), out);
}
