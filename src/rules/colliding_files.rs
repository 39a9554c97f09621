// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0115: two results that Vivado writes to one file name.

use std::collections::BTreeMap;
use std::ops::Range;

use super::Cx;
use crate::design::names::{mangle_cell, partial_stem, routed_cell_dcp, routed_dcp, vivado_name};
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0115.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0115",
    name: "colliding-files",
    severity: Severity::Error,
    page: r#"## What it means

A partition's cell and module together give the same file name as another pair, or as the whole design: Vivado writes `CELL_MODULE_partial.bit` and `CELL_MODULE_routed.dcp`, for a greybox `CELL_routed.dcp`, and for the design `TOP_routed.dcp`, with `/`, `[` and `]` as `_`.

## Why it matters

Cell `a` with module `b_c` and cell `a_b` with module `c` both make `a_b_c_partial.bit`. Vivado says nothing about it; one file overwrites the other.

## Example

```toml
[partitions.left]
cell = "bank"
module = "slot"

[partitions.right]
cell = "bank_up"
module = "slot"

[modules.up_fast]
partition = "left"       # bank_up_fast_partial.bit

[modules.fast]
partition = "right"      # bank_up_fast_partial.bit
```

## What to do

Rename one of the modules or instances.
"#,
};

/// Looks at every pair of partition and module, and at the design's own checkpoint.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    let top = &cx.spec.static_design.top;
    let mut seen: BTreeMap<String, (String, Range<usize>, &str)> = BTreeMap::new();
    if let (Some(span), false) = (cx.doc.value_span(&["static", "top"]), top.is_empty()) {
        for file in [routed_dcp(top, false), format!("{top}.bit")] {
            seen.insert(file, ("the design".to_owned(), span.clone(), ""));
        }
    }
    for (module, m) in &cx.spec.modules {
        let Some(partition) = cx.spec.partitions.get(&m.partition).filter(|p| !p.cell.is_empty()) else {
            continue; // a problem of its own
        };
        let span = cx.doc.key_span(&["modules", module]).unwrap_or_default();
        let name = vivado_name(module);
        let rm = (!m.greybox).then_some(name.as_str());
        let files = [
            format!("{}.bit", partial_stem(&partition.cell, rm)),
            routed_cell_dcp(&partition.cell, rm, false),
        ];
        for file in files {
            let Some((first, first_span, of)) = seen.get(&file) else {
                seen.insert(file, (format!("module `{module}`"), span.clone(), m.partition.as_str()));
                continue;
            };
            // Within one partition, and between cells with one name in files, the names themselves have the problem.
            let cells = |p: &str| cx.spec.partitions.get(p).map(|p| mangle_cell(&p.cell));
            if *of == m.partition || cells(of) == cells(&m.partition) {
                continue;
            }
            out.push(
                cx.problem(
                    &CODE,
                    format!("Vivado writes {first} and module `{module}` to one file"),
                    span.clone(),
                    format!("`{file}`"),
                )
                .and_at(cx.doc.file(), first_span.clone(), format!("also `{file}`"))
                .help("rename one of the modules or instances"),
            );
            break;
        }
    }
}
