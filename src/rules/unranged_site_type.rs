// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0427: a site type in the rectangle that is not ranged.

use dfxkit_fabric::floorplan::Finding;

use super::{Cx, floorplan};
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0427.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0427",
    name: "unranged-site-type",
    severity: Severity::Warning,
    page: r#"## What it means

Columns of block RAM or DSP lie within the Pblock's rectangle, but no range names them.

## Why it matters

They stay with the static design. Its routing then crosses the partition, modules cannot use them, and Vivado may ask for them with HDPR-45.

## Example

```toml
[project]
part = "xc7z020clg400-1"

[partitions.conv.pblock]
ranges = ["SLICE_X82Y0:SLICE_X105Y49"]
snapping-mode = "on"
```

## What to do

Add the range that the message names, unless the static design needs these columns.
"#,
};

/// Reports what the geometry check found.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    floorplan::report(cx, &CODE, |finding| matches!(finding, Finding::UnrangedSiteType { .. }), out);
}
