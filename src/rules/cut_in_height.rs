// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0426: an edge that cuts block RAM or DSP tiles.

use dfxkit_fabric::floorplan::Finding;

use super::{Cx, floorplan};
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0426.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0426",
    name: "cut-in-height",
    severity: Severity::Warning,
    page: r#"## What it means

The top or bottom edge of the Pblock cuts a tile that is several CLB rows high.

## Why it matters

The cut rows are lost.

## Example

```toml
[project]
part = "xc7z020clg400-1"

[partitions.conv.pblock]
ranges = ["SLICE_X82Y0:SLICE_X105Y47", "DSP48_X3Y0:DSP48_X4Y18"]
snapping-mode = "on"
```

## What to do

Start and end at multiples of 5 CLB rows beside block RAM and DSP.
"#,
};

/// Reports what the geometry check found.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    floorplan::report(cx, &CODE, |finding| matches!(finding, Finding::CutInHeight { .. }), out);
}
