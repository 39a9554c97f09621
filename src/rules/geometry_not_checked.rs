// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0431: a Pblock that could not be checked against the device.

use dfxkit_fabric::floorplan::Finding;

use super::{Cx, floorplan, xdc};
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0431.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0431",
    name: "geometry-not-checked",
    severity: Severity::Note,
    page: r#"## What it means

No geometry of the device, or of a site type, is known here; or a range in an XDC file could not be read.

## Why it matters

The Pblock may be right or wrong: only Vivado can tell.

## Example

```toml
[project]
part = "xczu99eg-ffvb1156-1-e"      # a device that is newer than dfxkit
```

## What to do

Nothing, if you trust the Pblock; Vivado checks it in `place_design`.
"#,
};

/// Reports what the geometry check could not look at.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    floorplan::report(cx, &CODE, |finding| matches!(finding, Finding::NotChecked { .. }), out);
    for partition in cx.spec.partitions.keys() {
        let Some((cell, _)) = cx.doc.string(&["partitions", partition, "cell"]) else { continue };
        if let (false, Some((file, span))) = (floorplan::is_read(cx, cell), xdc::pblock_of(cx, cell)) {
            out.push(
                Problem::new(&CODE, format!("the Pblock of `{partition}` was not checked"))
                    .at(&file.shown, span, "this Pblock could not be read")
                    .note("variables and commands that depend on the design are not read"),
            );
        }
    }
    let Some(plan) = cx.floorplan else { return };
    if let (Some(why), Some(span)) = (&plan.no_device, cx.doc.value_span(&["project", "part"])) {
        out.push(
            cx.problem(
                &CODE,
                "the Pblocks were not checked against the device",
                span,
                "no geometry of this part",
            )
            .note(why.clone()),
        );
    }
}
