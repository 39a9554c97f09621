// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0404: RAMB18 and RAMB36 ranges that do not cover the same RAMs.

use dfxkit_fabric::floorplan::Finding;

use super::ranges::{self, Range, Rect};
use super::{Cx, floorplan};
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0404.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0404",
    name: "unpaired-block-rams",
    severity: Severity::Error,
    page: r#"## What it means

A Pblock ranges over block RAMs as `RAMB18` or as `RAMB36` only, or the two cover different RAMs. Both kinds name the same memory: RAMB36 row Y holds the RAMB18 rows 2Y and 2Y+1.

## Why it matters

A partition must own every kind of site in its area. With one kind missing, memories of that kind cannot be placed, or Vivado refuses the Pblock (HDPR-45).

## Example

```toml
[partitions.conv.pblock]
ranges = ["SLICE_X0Y0:SLICE_X9Y49", "RAMB18_X0Y0:RAMB18_X0Y19", "RAMB36_X0Y0:RAMB36_X0Y8"]
```

## What to do

Give both, RAMB18 with twice the Y numbers: `RAMB36_X0Y0:RAMB36_X0Y9` and `RAMB18_X0Y0:RAMB18_X0Y19`.
"#,
};

/// Looks at every Pblock. Different areas are refused; a kind that is missing altogether is a warning.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    floorplan::report_xdc(cx, &CODE, |finding| matches!(finding, Finding::RambMismatch { .. }), out);
    for (partition, all) in ranges::by_partition(cx) {
        let of = |kind: &str| -> Vec<Rect> {
            all.iter()
                .filter_map(|r| r.parsed.as_ref().ok())
                .filter(|r| r.kind == kind)
                .map(Range::rect)
                .collect()
        };
        let (halves, wholes) = (of("RAMB18"), of("RAMB36"));
        let wholes: Vec<Rect> = wholes.iter().map(Rect::in_half_rows).collect();
        let sound = all.iter().all(|r| r.parsed.is_ok());
        if !sound || (halves.is_empty() && wholes.is_empty()) || ranges::same_area(&halves, &wholes) {
            continue;
        }
        let place = |kind: &str| {
            all.iter().find(|r| r.parsed.as_ref().is_ok_and(|p| p.kind == kind)).map(|r| r.span.clone())
        };
        let (given, missing) = if halves.is_empty() { ("RAMB36", "RAMB18") } else { ("RAMB18", "RAMB36") };
        let Some(span) = place(given) else { continue };
        let note = "RAMB36 row Y holds the RAMB18 rows 2Y and 2Y+1";
        if let Some(other) = place(missing) {
            out.push(
                cx.problem(
                    &CODE,
                    format!("the RAMB18 and RAMB36 ranges of `{partition}` cover different RAMs"),
                    span,
                    "this area",
                )
                .and_at(cx.doc.file(), other, "and this one differ")
                .note(note),
            );
        } else {
            let mut problem = cx
                .problem(
                    &CODE,
                    format!("the Pblock of `{partition}` has {given} ranges but no {missing} ranges"),
                    span,
                    format!("no {missing} range for these RAMs"),
                )
                .note(note)
                .help(format!("add {}", missing_ranges(given, &of(given)).join(", ")));
            problem.severity = Severity::Warning;
            out.push(problem);
        }
    }
}

/// The ranges of the other kind that cover the same RAMs.
fn missing_ranges(given: &str, rects: &[Rect]) -> Vec<String> {
    rects
        .iter()
        .map(|r| match given {
            "RAMB36" => {
                let h = r.in_half_rows();
                format!("RAMB18_X{}Y{}:RAMB18_X{}Y{}", h.x.0, h.y.0, h.x.1, h.y.1)
            }
            _ => format!("RAMB36_X{}Y{}:RAMB36_X{}Y{}", r.x.0, r.y.0 / 2, r.x.1, r.y.1 / 2),
        })
        .collect()
}
