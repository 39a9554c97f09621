// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0425: an edge between two columns that belong together.

use dfxkit_fabric::floorplan::Finding;

use super::{Cx, floorplan};
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0425.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0425",
    name: "split-pair",
    severity: Severity::Warning,
    page: r#"## What it means

The left or right edge of the Pblock cuts a pair of columns that share their interconnect.

## Why it matters

With snapping the columns are dropped; without it they stay in the Pblock, and nothing can be placed there. The partition is smaller than drawn.

## Example

```toml
[project]
part = "xc7z020clg400-1"

[partitions.conv.pblock]
ranges = ["SLICE_X83Y0:SLICE_X105Y49"]
snapping-mode = "on"
```

## What to do

Move the edge by one column.
"#,
};

/// Reports what the geometry check found.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    floorplan::report(cx, &CODE, |finding| matches!(finding, Finding::SplitPair { .. }), out);
}
