// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0201: a file that does not exist.

use super::{Cx, nearest};
use crate::design::find::FindFault;
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0201.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0201",
    name: "file-not-found",
    severity: Severity::Error,
    page: r#"## What it means

A source, a constraint file or a hook is named that is not there.

## Why it matters

Vivado would stop with `[Vivado 12-172]` or `[Runs 36-287]`, or not until minutes into the build.

## Example

```toml
[static]
sources = ["rtl/tpo.v"]      # the file is rtl/top.v
```

## What to do

Correct the path. Paths are relative to the directory of the description.
"#,
};

/// Turns the faults of this kind into problems.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    for found in &cx.files.faults {
        let path: Vec<&str> = found.path.iter().map(String::as_str).collect();
        let span = cx.doc.nearest_span(&path);
        let FindFault::NotFound { beside } = &found.fault else { continue };
        let name = found.pattern.rsplit('/').next().unwrap_or("");
        let mut problem = cx.problem(
            &CODE,
            format!("the file `{}` does not exist", found.pattern),
            span.clone(),
            "not found",
        );
        match nearest(name, beside.iter().map(String::as_str)) {
            Some(near) => {
                let directory = found.pattern.strip_suffix(name).unwrap_or("");
                let replacement = format!("\"{directory}{near}\"");
                problem = problem.suggest(cx.replace(span, replacement, "did you mean"));
            }
            None => problem = problem.help("paths are relative to the directory of the description"),
        }
        out.push(problem);
    }
    hooks(cx, out);
}
fn hooks(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    for (step, _) in cx.doc.keys(&["build", "hooks"]) {
        for when in ["pre", "post"] {
            let Some((script, span)) = cx.doc.string(&["build", "hooks", step, when]) else { continue };
            if script.trim().is_empty() || cx.root.join(script).is_file() {
                continue;
            }
            out.push(
                cx.problem(&CODE, format!("the hook `{script}` does not exist"), span, "not found")
                    .help("paths are relative to the directory of the description"),
            );
        }
    }
}
