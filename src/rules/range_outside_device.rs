// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0420: a range beyond the sites of the device.

use dfxkit_fabric::floorplan::Finding;

use super::{Cx, floorplan};
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0420.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0420",
    name: "range-outside-device",
    severity: Severity::Error,
    page: r#"## What it means

A range ends at a site that the device does not have.

## Why it matters

`resize_pblock` refuses it, or clips it and the Pblock is smaller than drawn.

## Example

```toml
[project]
part = "xc7z020clg400-1"

[partitions.conv.pblock]
ranges = ["SLICE_X100Y0:SLICE_X130Y49"]      # the device ends at X113
```

## What to do

Stay within the numbers that the message names. A smaller device of the same family has fewer.
"#,
};

/// Reports what the geometry check found.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    floorplan::report(cx, &CODE, |finding| matches!(finding, Finding::OutsideDevice { .. }), out);
}
