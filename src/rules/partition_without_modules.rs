// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0105: a partition that no module fits.

use super::Cx;
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0105.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0105",
    name: "partition-without-modules",
    severity: Severity::Error,
    page: r#"## What it means

No module with sources names this partition.

## Why it matters

The parent configuration needs a module with logic in every partition: it is placed and routed there, and the static design is fitted around it. Greyboxes belong in children (UG909).

## Example

```toml
[partitions.conv]
cell = "system_i/conv"
module = "conv_rp"

[modules.blank]
partition = "conv"
greybox = true      # the only one
```

## What to do

Describe a module with sources for the partition.
"#,
};

/// Looks at every partition.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    let modules = &cx.spec.modules;
    // A module with a mistyped partition is a problem of its own; it may be the one that is missing here.
    let all_known = modules.values().all(|m| cx.spec.partitions.contains_key(&m.partition));
    if cx.doc.node(&["modules"]).is_none() || !all_known {
        return;
    }
    for partition in cx.spec.partitions.keys() {
        let mut of = modules.values().filter(|m| &m.partition == partition);
        if of.clone().any(|m| !m.greybox) {
            continue;
        }
        let found = if of.next().is_some() { "only greyboxes" } else { "none" };
        let span = cx.doc.key_span(&["partitions", partition]).unwrap_or_default();
        out.push(
            cx.problem(
                &CODE,
                format!("no module with sources fits the partition `{partition}`"),
                span,
                format!("modules for it: {found}"),
            )
            .help(format!("describe one: [modules.NAME] with partition = \"{partition}\" and sources")),
        );
    }
}
