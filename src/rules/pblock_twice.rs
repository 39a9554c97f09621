// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0407: a Pblock both in the description and in an XDC file.

use super::{Cx, xdc};
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0407.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0407",
    name: "pblock-twice",
    severity: Severity::Error,
    page: r#"## What it means

The description gives a partition a Pblock, and an `.xdc` file of the static design adds the same cell to another one.

## Why it matters

Both would be applied. Vivado takes the last one in silence, and the floorplan that dfxkit checked is not the one that is built.

## Example

```toml
[partitions.conv]
cell = "system_i/conv"
module = "conv_rp"
pblock = { ranges = ["SLICE_X0Y0:SLICE_X9Y49"] }
# and in xdc/pins.xdc: add_cells_to_pblock pblock_conv [get_cells system_i/conv]
```

## What to do

Keep one of the two.
"#,
};

/// Looks at every partition with a Pblock in the description.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    for (partition, p) in cx.spec.partitions.iter().filter(|(_, p)| p.pblock.is_some()) {
        let Some((file, span)) = xdc::pblock_of(cx, &p.cell) else { continue };
        let here = cx.doc.key_span(&["partitions", partition, "pblock"]).unwrap_or_default();
        out.push(
            cx.problem(&CODE, format!("the Pblock of `{partition}` is described twice"), here, "here")
                .and_at(&file.shown, span, "and here")
                .help("keep one of the two"),
        );
    }
}
