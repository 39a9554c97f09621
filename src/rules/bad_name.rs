// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0108: a name that cannot be used in file names, runs and kits.

use super::Cx;
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0108.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0108",
    name: "bad-name",
    severity: Severity::Error,
    page: r#"## What it means

The name of the project, of a partition, a module or a configuration holds other characters than letters, digits, `_`, `-` and `.`, begins with something else than a letter, a digit or `_`, or is longer than 64 characters.

## Why it matters

These names become Vivado runs and file sets, file names in kits, and items of the loader crate. A slash or a blank in one of them names another file, and long ones exceed the limits of file systems.

## Example

```toml
[modules."fir 8/bit"]
partition = "filter"
```

## What to do

Use letters, digits, `_`, `-` and `.`.
"#,
};

/// The longest name: file names hold the cell path beside it.
const LONGEST: usize = 64;

/// Looks at the project, the partitions, the modules and the configurations.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    if let Some((name, span)) = cx.doc.string(&["project", "name"]) {
        report(cx, "project", name, span, out);
    }
    for (table, what) in
        [("partitions", "partition"), ("modules", "module"), ("configurations", "configuration")]
    {
        for (name, span) in cx.doc.keys(&[table]) {
            report(cx, what, name, span, out);
        }
    }
}

fn report(cx: &Cx<'_>, what: &str, name: &str, span: std::ops::Range<usize>, out: &mut Vec<Problem>) {
    // Control characters, and blank values, are problems of their own.
    let said = name.contains(char::is_control) || (what == "project" && name.trim().is_empty());
    if let Some(why) = fault_of(name).filter(|_| !said) {
        out.push(
            cx.problem(&CODE, format!("the {what} cannot be called {name:?}"), span, why)
                .note(format!("names take letters, digits, `_`, `-` and `.`, at most {LONGEST} characters")),
        );
    }
}

fn fault_of(name: &str) -> Option<String> {
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if name.is_empty() {
        Some("empty".to_owned())
    } else if let Some(c) = name.chars().find(|c| !good(*c)) {
        Some(format!("holds {c:?}"))
    } else if name.starts_with(['-', '.']) {
        Some("begins with neither a letter, a digit nor `_`".to_owned())
    } else if name.len() > LONGEST {
        Some(format!("{} characters", name.len()))
    } else {
        None
    }
}
