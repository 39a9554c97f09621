// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0101: a partition that is not described.

use super::{Cx, nearest};
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0101.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0101",
    name: "unknown-partition",
    severity: Severity::Error,
    page: r#"## What it means

A module or a configuration names a partition for which there is no `[partitions.NAME]`.

## Why it matters

The module would fit nowhere, and the configuration would fill nothing.

## Example

```toml
[partitions.conv]
cell = "system_i/conv"
module = "conv_rp"

[modules.fir]
partition = "cnov"
```

## What to do

Correct the name, or describe the partition.
"#,
};

/// Looks at every module and every configuration.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    if cx.doc.node(&["partitions"]).is_none() {
        return; // said already: the whole table is missing
    }
    for module in cx.spec.modules.keys() {
        if let Some((partition, span)) = cx.doc.string(&["modules", module, "partition"]) {
            report(cx, partition, &span, &format!("\"{partition}\""), &format!("module `{module}`"), out);
        }
    }
    for configuration in cx.spec.configurations.keys() {
        for (partition, span) in cx.doc.keys(&["configurations", configuration, "modules"]) {
            report(cx, partition, &span, partition, &format!("configuration `{configuration}`"), out);
        }
    }
}

fn report(
    cx: &Cx<'_>,
    partition: &str,
    span: &std::ops::Range<usize>,
    written: &str,
    who: &str,
    out: &mut Vec<Problem>,
) {
    if cx.spec.partitions.contains_key(partition) {
        return;
    }
    let known: Vec<&str> = cx.spec.partitions.keys().map(String::as_str).collect();
    let mut problem = cx
        .problem(
            &CODE,
            format!("{who} names the partition `{partition}`, which is not described"),
            span.clone(),
            "no such partition",
        )
        .note(format!("the partitions are {}", known.join(", ")));
    match nearest(partition, known.iter().copied()) {
        Some(near) => {
            let replacement = written.replace(partition, near);
            problem = problem.suggest(cx.replace(span.clone(), replacement, "did you mean"));
        }
        None => problem = problem.help(format!("describe it in `[partitions.{partition}]`")),
    }
    out.push(problem);
}
