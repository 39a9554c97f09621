// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0410: two ranges of one Pblock that overlap.

use super::{Cx, ranges};
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0410.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0410",
    name: "repeated-range",
    severity: Severity::Warning,
    page: r#"## What it means

Two ranges of the same kind in one Pblock share sites.

## Why it matters

Vivado takes the union, so that nothing breaks; mostly a number is mistyped and the Pblock is not the one you drew.

## Example

```toml
[partitions.conv.pblock]
ranges = ["SLICE_X0Y0:SLICE_X9Y49", "SLICE_X8Y0:SLICE_X17Y49"]
```

## What to do

Correct the number, or write one range.
"#,
};

/// Looks at every pair of ranges of one Pblock and kind.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    for (partition, all) in ranges::by_partition(cx) {
        for (n, b) in all.iter().enumerate() {
            let Ok(pb) = &b.parsed else { continue };
            let first = all[..n].iter().find_map(|a| {
                let pa = a.parsed.as_ref().ok().filter(|pa| pa.kind == pb.kind)?;
                Some((a, pa.shared(pb)?))
            });
            let Some((a, shared)) = first else { continue };
            out.push(
                cx.problem(
                    &CODE,
                    format!("two ranges of the Pblock of `{partition}` overlap"),
                    b.span.clone(),
                    format!("shares {shared}"),
                )
                .and_at(cx.doc.file(), a.span.clone(), "with this one"),
            );
        }
    }
}
