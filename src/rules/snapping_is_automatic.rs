// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0305: snapping turned off where it cannot be.

use dfxkit_fabric::floorplan::Finding;

use super::{Cx, floorplan};
use crate::diag::{CodeInfo, Problem, Severity};
use crate::spec::model::SnappingMode;

/// DFX0305.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0305",
    name: "snapping-is-automatic",
    severity: Severity::Error,
    page: r#"## What it means

`snapping-mode = "off"` is set, but the part is not of 7 series.

## Why it matters

UltraScale and later always snap Pblocks to legal edges (UG909, Automatic Adjustments for Reconfigurable Partition Pblocks). The floorplan would not be what the description says.

## Example

```toml
[project]
part = "xcku040-ffva1156-2-e"

[partitions.conv.pblock]
ranges = ["SLICE_X0Y0:SLICE_X9Y59"]
snapping-mode = "off"
```

## What to do

Remove the key, or draw the Pblock on legal edges.
"#,
};

/// Looks at every Pblock.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    floorplan::report_xdc(cx, &CODE, |finding| matches!(finding, Finding::SnappingAlwaysOn { .. }), out);
    let Some(family) = cx.family.filter(|f| f.snaps_by_default()) else { return };
    for (partition, p) in &cx.spec.partitions {
        let path = ["partitions", partition, "pblock", "snapping-mode"];
        let off = p.pblock.as_ref().is_some_and(|b| b.snapping_mode == Some(SnappingMode::Off));
        if let (true, Some(span)) = (off, cx.doc.value_span(&path)) {
            out.push(
                cx.problem(&CODE, format!("{family} always snaps Pblocks"), span, "cannot be turned off")
                    .and_at(cx.doc.file(), cx.doc.nearest_span(&["project", "part"]), family.to_string())
                    .help("remove the key"),
            );
        }
    }
}
