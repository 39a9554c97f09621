// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0302: a part of no family that DFX supports.

use dfxkit_fabric::PartName;

use super::Cx;
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0302.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0302",
    name: "unknown-family",
    severity: Severity::Error,
    page: r#"## What it means

The part reads like one, but belongs to none of 7 series, UltraScale, UltraScale+ and Versal.

## Why it matters

Vivado's DFX flow exists for these families only; what may be reconfigured and which files are written depends on the family.

## Example

```toml
[project]
part = "xc6slx9cpg196-2"
```

## What to do

Correct the part. Devices before 7 series belong to ISE.
"#,
};

/// Looks at the part.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    let Some((part, span)) = cx.doc.string(&["project", "part"]) else { return };
    if PartName::parse(part).is_ok_and(|p| p.family().is_none()) {
        out.push(
            cx.problem(
                &CODE,
                format!("`{part}` is of no family that DFX supports"),
                span,
                "family not known",
            )
            .note("7 series (xc7..), UltraScale (xcku040), UltraScale+ (xczu3eg, xck26), Versal (xcvc1902)"),
        );
    }
}
