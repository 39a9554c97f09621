// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0303: reset-after-reconfig beyond 7 series.

use dfxkit_fabric::floorplan::Finding;

use super::{Cx, floorplan};
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0303.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0303",
    name: "no-reset-after-reconfig",
    severity: Severity::Error,
    page: r#"## What it means

`reset-after-reconfig` is set, but the part is not of 7 series.

## Why it matters

The property exists on 7 series only. Later families always reset what was reconfigured, and Vivado answers with HDPR-32.

## Example

```toml
[project]
part = "xcku040-ffva1156-2-e"

[partitions.conv.pblock]
ranges = ["SLICE_X0Y0:SLICE_X9Y59"]
reset-after-reconfig = true
```

## What to do

Remove the key.
"#,
};

/// Looks at every Pblock.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    floorplan::report_xdc(cx, &CODE, |finding| matches!(finding, Finding::ResetOnWrongFamily { .. }), out);
    let Some(family) = cx.family.filter(|f| !f.has_reset_after_reconfig()) else { return };
    for partition in cx.spec.partitions.keys() {
        let path = ["partitions", partition, "pblock", "reset-after-reconfig"];
        if let Some(span) = cx.doc.key_span(&path) {
            out.push(
                cx.problem(&CODE, format!("{family} has no `reset-after-reconfig`"), span, "7 series only")
                    .and_at(cx.doc.file(), cx.doc.nearest_span(&["project", "part"]), family.to_string())
                    .note("later families always reset what was reconfigured (UG909)")
                    .help("remove the key"),
            );
        }
    }
}
