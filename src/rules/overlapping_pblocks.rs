// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0405: two Pblocks that overlap.

use dfxkit_fabric::floorplan::Finding;

use super::{Cx, floorplan, ranges};
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0405.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0405",
    name: "overlapping-pblocks",
    severity: Severity::Error,
    page: r#"## What it means

The ranges of two partitions share sites.

## Why it matters

A site belongs to one partition: Vivado refuses it with HDPR-66, `Reconfigurable Pblock must not overlap other pblocks`.

## Example

```toml
[partitions.left.pblock]
ranges = ["SLICE_X0Y0:SLICE_X9Y49"]

[partitions.right.pblock]
ranges = ["SLICE_X8Y0:SLICE_X17Y49"]
```

## What to do

Move one of the two. `dfxkit floorplan` draws them.
"#,
};

/// Looks at every pair of ranges of different partitions.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    floorplan::report_xdc(cx, &CODE, |finding| matches!(finding, Finding::Overlap { .. }), out);
    let all = ranges::by_partition(cx);
    for (n, (second, ranges_of_second)) in all.iter().enumerate() {
        for (first, ranges_of_first) in &all[..n] {
            let pair = ranges_of_second.iter().find_map(|b| {
                let pb = b.parsed.as_ref().ok()?;
                ranges_of_first.iter().find_map(|a| {
                    let pa = a.parsed.as_ref().ok()?;
                    Some((a, b, pa.shared(pb)?))
                })
            });
            let Some((a, b, shared)) = pair else { continue };
            out.push(
                cx.problem(
                    &CODE,
                    format!("the Pblocks of `{first}` and `{second}` overlap"),
                    b.span.clone(),
                    format!("shares {shared}"),
                )
                .and_at(cx.doc.file(), a.span.clone(), "with this one")
                .help("move one of them; `dfxkit floorplan` draws them"),
            );
        }
    }
}
