// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0610: a register address (decoupler, reset, id) that is not a multiple of four.

use super::Cx;
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0610.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0610",
    name: "unaligned-address",
    severity: Severity::Error,
    page: r#"## What it means

The address of a decoupler, of a reset or of an id register is not a multiple of 4.

## Why it matters

Its register is a 32-bit word on AXI; an unaligned access hangs or faults on the processor.

## Example

```toml
[partitions.conv]
cell = "system_i/conv"
module = "conv_rp"
decoupler = { address = 0x4120_0001 }
```

## What to do

Write the address as the address editor or the .hwh file shows it.
"#,
};

/// Looks at every decoupler, reset and id register.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    let decouplers = cx.spec.partitions.iter().map(|(name, p)| {
        (["partitions", name.as_str(), "decoupler", "address"], p.decoupler.as_ref().map(|d| d.address))
    });
    let resets = cx.spec.partitions.iter().map(|(name, p)| {
        (["partitions", name.as_str(), "reset", "address"], p.reset.as_ref().map(|r| r.address))
    });
    let ids =
        cx.spec.modules.iter().map(|(name, m)| {
            (["modules", name.as_str(), "id", "address"], m.id.as_ref().map(|id| id.address))
        });
    for (path, address) in decouplers.chain(resets).chain(ids) {
        let address = address.filter(|a| a % 4 != 0);
        if let (Some(address), Some(span)) = (address, cx.doc.value_span(&path)) {
            out.push(cx.problem(
                &CODE,
                format!("0x{address:08x} is no address of a register"),
                span,
                "not a multiple of 4",
            ));
        }
    }
}
