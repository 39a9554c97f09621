// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0421: a site type that the device does not have.

use dfxkit_fabric::Family;
use dfxkit_fabric::floorplan::Finding;
use dfxkit_fabric::site::SiteRange;

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

/// Reports what the geometry check found. For ranges in the description two mistakes have better words: sites that no 7-series
/// partition can hold (another rule), and the DSP sites, which changed their name.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    let Some(family) = cx.family else { return };
    let old_dsp = |range: &SiteRange| range.type_name == "DSP48";
    let none = |finding: &Finding| matches!(finding, Finding::NoSuchSite { .. });
    if family.restricts_site_types() {
        floorplan::report_xdc(cx, &CODE, none, out);
        return;
    }
    let other = |finding: &Finding| matches!(finding, Finding::NoSuchSite { range } if !old_dsp(range));
    let dsp = |finding: &Finding| matches!(finding, Finding::NoSuchSite { range } if old_dsp(range));
    floorplan::report(cx, &CODE, other, out);
    floorplan::report_xdc(cx, &CODE, dsp, out);
    if !matches!(family, Family::UltraScale | Family::UltraScalePlus) {
        return;
    }
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
