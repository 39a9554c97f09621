// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0612: an id value with bits that its mask leaves out.

use super::Cx;
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0612.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0612",
    name: "id-outside-mask",
    severity: Severity::Error,
    page: r"## What it means

The value of a module's id register has ones in bits that its mask leaves out.

## Why it matters

The loader compares under the mask: such a value is never read, so every load of the module would count as failed.

## Example

```toml
[modules.conv3x3]
partition = 'conv'
sources = ['rtl/conv3x3.v']
id = { address = 0x43c0_0070, value = 0x1234, mask = 0xff }
```

## What to do

Widen the mask, or take the bits out of the value.
",
};

/// Looks at every id register.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    for (name, m) in &cx.spec.modules {
        let outside = m.id.as_ref().filter(|id| id.value & !id.mask != 0);
        if let (Some(id), Some(span)) = (outside, cx.doc.value_span(&["modules", name, "id", "value"])) {
            out.push(
                cx.problem(
                    &CODE,
                    format!("0x{:x} is never read under the mask 0x{:x}", id.value, id.mask),
                    span,
                    "bits outside the mask",
                )
                .help(format!("the value under this mask is 0x{:x}", id.value & id.mask)),
            );
        }
    }
}
