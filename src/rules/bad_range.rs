// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0401: a site range that cannot be read.

use super::{Cx, ranges};
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0401.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0401",
    name: "bad-range",
    severity: Severity::Error,
    page: r#"## What it means

An entry of `ranges` is not of the form `TYPE_XaYb:TYPE_XcYd` with one site type on both sides.

## Why it matters

`resize_pblock` would refuse it, after minutes of synthesis.

## Example

```toml
[partitions.conv.pblock]
ranges = ["SLICE_X50Y50-SLICE_X57Y99"]
```

## What to do

Write the lower left and the upper right site with a colon between them: `SLICE_X50Y50:SLICE_X57Y99`.
"#,
};

/// Looks at every range.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    for range in ranges::all(cx) {
        if let Err(why) = range.parsed {
            out.push(
                cx.problem(&CODE, format!("{:?} is no site range", range.text), range.span, why)
                    .help("write TYPE_XaYb:TYPE_XcYd, for instance SLICE_X50Y50:SLICE_X57Y99"),
            );
        }
    }
}
