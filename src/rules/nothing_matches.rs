// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0202: a pattern that matches no file.

use super::Cx;
use crate::design::find::FindFault;
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0202.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0202",
    name: "nothing-matches",
    severity: Severity::Error,
    page: r#"## What it means

A pattern among sources or constraints finds nothing.

## Why it matters

An empty list of files would be built as if nothing were missing, and the error would come from synthesis, or not at all.

## Example

```toml
[modules.fir]
partition = "filter"
sources = ["rtl/fir/*.vhdl"]      # the files end in .vhd
```

## What to do

Correct the pattern. `*` does not cross a `/`; `**` does. The build directory is never searched.
"#,
};

/// Turns the faults of this kind into problems.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    for found in &cx.files.faults {
        let path: Vec<&str> = found.path.iter().map(String::as_str).collect();
        let span = cx.doc.nearest_span(&path);
        let FindFault::NothingMatches { base, base_exists } = &found.fault else { continue };
        let place = if base.as_str().is_empty() {
            "the directory of the description".to_owned()
        } else {
            format!("`{base}`")
        };
        let note = if *base_exists {
            format!("searched in {place}")
        } else {
            format!("the directory {place} does not exist")
        };
        out.push(
            cx.problem(&CODE, format!("nothing matches `{}`", found.pattern), span, "matches no file")
                .note(note)
                .help("`*` does not cross a `/`, `**` does"),
        );
    }
}
