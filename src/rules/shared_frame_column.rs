// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0422: two partitions in one column of one clock region.

use dfxkit_fabric::floorplan::Finding;

use super::{Cx, floorplan};
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0422.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0422",
    name: "shared-frame-column",
    severity: Severity::Error,
    page: r#"## What it means

The Pblocks of two partitions lie in the same column within the same clock-region row, without sharing a site.

## Why it matters

A configuration frame spans the whole clock region in height. Loading one partition would write frames of the other: Vivado refuses it with HDPR-25 or HDPR-39.

## Example

```toml
[project]
part = "xc7z020clg400-1"

[partitions.conv.pblock]
ranges = ["SLICE_X82Y0:SLICE_X105Y24"]

[partitions.fir.pblock]
ranges = ["SLICE_X82Y25:SLICE_X105Y49"]
```

## What to do

Put the partitions into different columns or different clock-region rows.
"#,
};

/// Reports what the geometry check found.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    floorplan::report(cx, &CODE, |finding| matches!(finding, Finding::SharedColumn { .. }), out);
}
