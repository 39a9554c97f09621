// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0403: a site type that a 7-series partition cannot hold.

use dfxkit_fabric::floorplan::Finding;

use super::{Cx, floorplan, nearest, ranges};
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0403.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0403",
    name: "site-not-reconfigurable",
    severity: Severity::Error,
    page: r#"## What it means

A Pblock of a 7-series part ranges over sites other than `SLICE`, `RAMB18`, `RAMB36` and `DSP48`.

## Why it matters

On 7 series only CLBs, block RAMs and DSPs can be reconfigured. Clocks, I/O, transceivers and configuration blocks belong to the static design (UG909, Design Criteria), and a clock region as a whole contains them.

## Example

```toml
[project]
part = "xc7z020clg400-1"

[partitions.conv.pblock]
ranges = ["SLICE_X0Y0:SLICE_X9Y49", "BUFHCE_X0Y0:BUFHCE_X0Y11"]
```

## What to do

Remove the range; keep such logic in the static design.
"#,
};

/// What UG909 allows on 7 series, as Vivado names the sites.
const ALLOWED: [&str; 4] = ["SLICE", "RAMB18", "RAMB36", "DSP48"];

/// Looks at every range.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    floorplan::report_xdc(
        cx,
        &CODE,
        |finding| matches!(finding, Finding::NotReconfigurable { .. } | Finding::ClockRegionRange { .. }),
        out,
    );
    let Some(family) = cx.family.filter(|f| f.restricts_site_types()) else { return };
    for range in ranges::all(cx) {
        let Ok(r) = &range.parsed else { continue };
        if ALLOWED.contains(&r.kind.as_str()) {
            continue;
        }
        let mut problem = cx
            .problem(
                &CODE,
                format!("a partition of {family} cannot hold {} sites", r.kind),
                range.span.clone(),
                "not reconfigurable",
            )
            .note(format!("it can hold {}", ALLOWED.join(", ")));
        if let Some(near) = nearest(&r.kind, ALLOWED) {
            let text = format!("\"{}\"", range.text.replace(&r.kind, near));
            problem = problem.suggest(cx.replace(range.span, text, "did you mean"));
        }
        out.push(problem);
    }
}
