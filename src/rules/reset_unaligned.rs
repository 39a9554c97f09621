// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0424: reset-after-reconfig with an edge inside a clock region.

use dfxkit_fabric::floorplan::Finding;

use super::{Cx, floorplan};
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0424.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0424",
    name: "reset-unaligned",
    severity: Severity::Warning,
    page: r#"## What it means

`reset-after-reconfig` is on and the top or bottom edge of the Pblock lies inside a clock region.

## Why it matters

The reset works on whole clock regions of frames. With an edge inside one, static logic in the same columns would be reset, too, so Vivado extends the area or refuses it (UG909, Apply Reset After Reconfiguration).

## Example

```toml
[project]
part = "xc7z020clg400-1"

[partitions.conv.pblock]
ranges = ["SLICE_X82Y0:SLICE_X105Y39"]
reset-after-reconfig = true
```

## What to do

Let the Pblock span whole clock regions (50 rows of SLICE on 7 series), or leave the property off.
"#,
};

/// Reports what the geometry check found.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    floorplan::report(cx, &CODE, |finding| matches!(finding, Finding::ResetUnaligned { .. }), out);
}
