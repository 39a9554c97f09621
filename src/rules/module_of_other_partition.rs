// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0103: a configuration puts a module into a partition that is not its own.

use super::Cx;
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0103.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0103",
    name: "module-of-other-partition",
    severity: Severity::Error,
    page: r#"## What it means

A configuration fills a partition with a module that belongs to another partition.

## Why it matters

A module is synthesised and implemented for the ports and the Pblock of its own partition. Vivado would refuse the configuration, or link a design whose ports do not match.

## Example

```toml
[modules.fir]
partition = "filter"

[configurations.base]
parent = true
modules = { video = "fir", filter = "fir" }
```

## What to do

Give the partition one of its own modules. If the same source fits both, describe a second module with the same sources.
"#,
};

/// Looks at every configuration.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    for (configuration, c) in &cx.spec.configurations {
        for (partition, module) in &c.modules {
            let Some(of) = cx.spec.modules.get(module).map(|m| &m.partition) else { continue };
            let known = cx.spec.partitions.contains_key(partition) && cx.spec.partitions.contains_key(of);
            let path = ["configurations", configuration, "modules", partition];
            let Some((_, span)) = cx.doc.string(&path) else { continue };
            if of == partition || !known {
                continue;
            }
            let own: Vec<&str> = cx
                .spec
                .modules
                .iter()
                .filter(|(_, m)| &m.partition == partition)
                .map(|(name, _)| name.as_str())
                .collect();
            let mut problem = cx
                .problem(
                    &CODE,
                    format!("module `{module}` belongs to the partition `{of}`, not to `{partition}`"),
                    span,
                    format!("fills `{partition}` here"),
                )
                .and_at(
                    cx.doc.file(),
                    cx.doc.nearest_span(&["modules", module, "partition"]),
                    "its partition",
                );
            if !own.is_empty() {
                problem = problem.help(format!("modules of `{partition}`: {}", own.join(", ")));
            }
            out.push(problem);
        }
    }
}
