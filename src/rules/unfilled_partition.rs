// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0503: a configuration that leaves a partition open.

use super::Cx;
use crate::diag::{CodeInfo, Problem, Severity};
use crate::spec::document::Value;

/// DFX0503.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0503",
    name: "unfilled-partition",
    severity: Severity::Error,
    page: r#"## What it means

A configuration names no module for one of the partitions.

## Why it matters

Vivado would find a black box there: `[DRC INBB-3] Black Box Instances`. What should stand there cannot be guessed: a greybox and the parent's module are different products.

## Example

```toml
[configurations.b]
modules = { left = "fir" }      # right is missing
```

## What to do

Name a module for the partition; a greybox module for blank contents.
"#,
};

/// Looks at every configuration.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    for configuration in cx.spec.configurations.keys() {
        let path = ["configurations", configuration, "modules"];
        let Some(node) = cx.doc.node(&path) else { continue };
        let Value::Table(named) = &node.value else { continue };
        for partition in cx.spec.partitions.keys().filter(|p| !named.contains_key(*p)) {
            let own: Vec<&str> = cx
                .spec
                .modules
                .iter()
                .filter(|(_, m)| &m.partition == partition)
                .map(|(name, _)| name.as_str())
                .collect();
            let mut problem = cx.problem(
                &CODE,
                format!("configuration `{configuration}` leaves the partition `{partition}` open"),
                node.span.clone(),
                format!("no module for `{partition}`"),
            );
            if !own.is_empty() {
                problem = problem.help(format!("modules of `{partition}`: {}", own.join(", ")));
            }
            out.push(problem);
        }
    }
}
