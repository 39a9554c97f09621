// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0106: two names that are the same for Vivado.

use std::collections::BTreeMap;

use super::Cx;
use crate::design::names::vivado_name;
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0106.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0106",
    name: "colliding-names",
    severity: Severity::Error,
    page: r#"## What it means

Two names differ only in characters that Vivado's names do not keep. dfxkit writes every character outside `A-Z a-z 0-9 _` as `_`.

## Why it matters

Runs, file sets and output files of the two would carry one name, and one would overwrite the other.

## Example

```toml
[modules.fir-8]
partition = "filter"

[modules.fir_8]
partition = "filter"
```

## What to do

Rename one of the two.
"#,
};

/// Looks at partitions, modules and configurations, each among themselves.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    for (table, what) in
        [("partitions", "partitions"), ("modules", "modules"), ("configurations", "configurations")]
    {
        let mut seen: BTreeMap<String, (&str, std::ops::Range<usize>)> = BTreeMap::new();
        for (name, span) in cx.doc.keys(&[table]) {
            let vivado = vivado_name(name);
            let Some((first, first_span)) = seen.get(&vivado) else {
                seen.insert(vivado, (name, span));
                continue;
            };
            out.push(
                cx.problem(
                    &CODE,
                    format!("the {what} `{first}` and `{name}` are both `{vivado}` for Vivado"),
                    span,
                    format!("`{vivado}`"),
                )
                .and_at(cx.doc.file(), first_span.clone(), format!("also `{vivado}`"))
                .help("rename one of them"),
            );
        }
    }
}
