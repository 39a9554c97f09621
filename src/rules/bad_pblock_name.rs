// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0409: a Pblock name that Vivado or another partition has taken, or that is malformed.

use std::collections::BTreeMap;
use std::ops::Range;

use super::Cx;
use crate::design::names::{mangle_cell, vivado_name};
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0409.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0409",
    name: "bad-pblock-name",
    severity: Severity::Error,
    page: r#"## What it means

The name of a Pblock holds other characters than letters, digits and `_`, or two Pblocks have one name.

## Why it matters

`create_pblock` with a name that exists fails, and a name that is a pattern or holds a blank splits the generated constraint.

## Example

```toml
[partitions.left.pblock]
name = "pb"
ranges = ["SLICE_X0Y0:SLICE_X9Y49"]

[partitions.right.pblock]
name = "pb"
ranges = ["SLICE_X20Y0:SLICE_X29Y49"]
```

## What to do

Choose another name, or leave it out: the default is `pblock_` and the cell path.
"#,
};

/// Looks at every Pblock that has a name.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    let mut seen: BTreeMap<String, (&str, Range<usize>)> = BTreeMap::new();
    for (partition, p) in &cx.spec.partitions {
        let Some(pblock) = &p.pblock else { continue };
        let path = ["partitions", partition, "pblock", "name"];
        let (name, span) = match cx.doc.string(&path) {
            Some((name, span)) => {
                if name.trim().is_empty() || name.contains(char::is_control) {
                    continue; // a problem of its own
                }
                if let Some(c) = name.chars().find(|c| !(c.is_ascii_alphanumeric() || *c == '_')) {
                    out.push(
                        cx.problem(
                            &CODE,
                            format!("a Pblock cannot be called {name:?}"),
                            span,
                            format!("holds {c:?}"),
                        )
                        .note("names take letters, digits and `_`"),
                    );
                    continue;
                }
                (name.to_owned(), span)
            }
            None => (
                pblock
                    .name
                    .clone()
                    .unwrap_or_else(|| format!("pblock_{}", vivado_name(&mangle_cell(&p.cell)))),
                cx.doc.key_span(&["partitions", partition]).unwrap_or_default(),
            ),
        };
        let Some((first, first_span)) = seen.get(&name) else {
            seen.insert(name, (partition, span));
            continue;
        };
        // Cells with one name in files have their own problem.
        let given = |p: &str| cx.doc.node(&["partitions", p, "pblock", "name"]).is_some();
        if !given(first) && !given(partition) {
            continue;
        }
        out.push(
            cx.problem(
                &CODE,
                format!("the Pblocks of `{first}` and `{partition}` are both called `{name}`"),
                span,
                "the second one",
            )
            .and_at(cx.doc.file(), first_span.clone(), "the first one"),
        );
    }
}
