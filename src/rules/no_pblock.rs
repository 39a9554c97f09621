// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0406: a partition without a Pblock.

use super::{Cx, bad_cell, xdc};
use crate::design::SourceKind;
use crate::design::find::Purpose;
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0406.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0406",
    name: "no-pblock",
    severity: Severity::Error,
    page: r#"## What it means

Neither the description nor an `.xdc` file of the static design gives the partition a Pblock.

## Why it matters

A reconfigurable partition needs one: place_design refuses the design without it. When a `.tcl` constraint file might hold it, or an XDC command that finds its cells by a pattern, this is a warning only: which cells are meant is known to Vivado alone.

## Example

```toml
[partitions.conv]
cell = "system_i/conv"
module = "conv_rp"
# no pblock here, and no create_pblock in the constraints
```

## What to do

Describe it with `pblock = { ranges = [..] }`, or add the `.xdc` file that holds `add_cells_to_pblock` for the cell.
"#,
};

/// Looks at every partition.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    let constraints_are_sound = !cx.files.faults.iter().any(|f| f.purpose == Purpose::Constraints);
    if !constraints_are_sound {
        return; // the file that is missing may hold it
    }
    let tcl = cx.files.static_constraints.iter().find(|f| f.kind == SourceKind::Tcl);
    for partition in cx.spec.partitions.keys() {
        if cx.doc.node(&["partitions", partition, "pblock"]).is_some() {
            continue;
        }
        let Some((cell, span)) = cx.doc.string(&["partitions", partition, "cell"]) else { continue };
        if bad_cell::fault_of(cell).is_some() || xdc::pblock_of(cx, cell).is_some() {
            continue;
        }
        let mut problem = cx
            .problem(
                &CODE,
                format!("the partition `{partition}` has no Pblock"),
                span,
                "no Pblock for this cell",
            )
            .help("describe it: pblock = { ranges = [\"SLICE_X0Y0:SLICE_X9Y49\"] }");
        problem = match (tcl, xdc::unclear_pblock(cx)) {
            (Some(file), _) => {
                problem.severity = Severity::Warning;
                problem
                    .note(format!("`{}` may hold it, but Tcl cannot be read without running it", file.name))
            }
            (None, Some((file, place))) => {
                problem.severity = Severity::Warning;
                problem.and_at(&file.shown, place, "this may mean the cell")
            }
            (None, None) => problem.note("no .xdc file of the static design adds this cell to a Pblock"),
        };
        out.push(problem);
    }
}
