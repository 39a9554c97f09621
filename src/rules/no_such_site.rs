// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0421: a site type that the device does not have.

use dfxkit_fabric::Family;
use dfxkit_fabric::floorplan::Finding;

use super::{Cx, floorplan, ranges};
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0421.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0421",
    name: "no-such-site",
    severity: Severity::Error,
    page: r#"## What it means

A range names a site type of which the device has none.

## Why it matters

Vivado finds no site for it. Names differ between families: `DSP48` on 7 series, `DSP48E2` on UltraScale and later.

## Example

```toml
[project]
part = "xcku040-ffva1156-2-e"

[partitions.conv.pblock]
ranges = ["SLICE_X1Y245:SLICE_X5Y267", "DSP48_X0Y98:DSP48_X0Y105"]
```

## What to do

Write the name of the part's own family, or remove the range.
"#,
};

/// Reports what the geometry check found.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    floorplan::report(cx, &CODE, |finding| matches!(finding, Finding::NoSuchSite { .. }), out);
    // The geometry takes both names of the DSP sites; Vivado takes the family's own.
    let Some(family) = cx.family.filter(|f| matches!(f, Family::UltraScale | Family::UltraScalePlus)) else {
        return;
    };
    for range in ranges::all(cx) {
        if range.parsed.as_ref().is_ok_and(|r| r.kind == "DSP48") {
            let text = format!("\"{}\"", range.text.replace("DSP48", "DSP48E2"));
            out.push(
                cx.problem(
                    &CODE,
                    format!("{family} has no DSP48 sites"),
                    range.span.clone(),
                    "called DSP48E2 there",
                )
                .suggest(cx.replace(range.span, text, "write")),
            );
        }
    }
}
