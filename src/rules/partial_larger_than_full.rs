// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0429: a partial bitstream larger than the full one.

use dfxkit_fabric::floorplan::Finding;

use super::{Cx, floorplan};
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0429.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0429",
    name: "partial-larger-than-full",
    severity: Severity::Warning,
    page: r#"## What it means

The predicted partial bitstream of the Pblock is larger than a full bitstream.

## Why it matters

Loading it takes longer than loading the whole device, and costs the memory of it.

## Example

```toml
[project]
part = "xc7z020clg400-1"

[partitions.conv.pblock]
ranges = ["SLICE_X0Y0:SLICE_X113Y149"]
reset-after-reconfig = true
```

## What to do

Make the partition smaller, or reset the module yourself and leave `reset-after-reconfig` off.
"#,
};

/// Reports what the geometry check found.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    floorplan::report(cx, &CODE, |finding| matches!(finding, Finding::LargerThanFull { .. }), out);
}
