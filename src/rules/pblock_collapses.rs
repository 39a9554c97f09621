// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0423: a Pblock of which nothing is left.

use dfxkit_fabric::floorplan::Finding;

use super::{Cx, floorplan};
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0423.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0423",
    name: "pblock-collapses",
    severity: Severity::Error,
    page: r#"## What it means

After Vivado has snapped the Pblock to legal edges, no site is left.

## Why it matters

Vivado refuses it with HDPR-18.

## Example

```toml
[project]
part = "xc7z020clg400-1"

[partitions.conv.pblock]
ranges = ["SLICE_X83Y0:SLICE_X83Y49"]      # half of an interconnect pair
snapping-mode = "on"
```

## What to do

Make the Pblock wider. `dfxkit floorplan` shows where the pairs lie.
"#,
};

/// Reports what the geometry check found.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    floorplan::report(cx, &CODE, |finding| matches!(finding, Finding::Empty | Finding::NoRanges), out);
}
