// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0204: a source of a kind that Vivado does not take.

use super::Cx;
use crate::design::SourceKind;
use crate::design::find::{FindFault, Purpose};
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0204.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0204",
    name: "unknown-extension",
    severity: Severity::Error,
    page: r#"## What it means

A file among the sources has an extension that names no kind of source, or is a constraint file.

## Why it matters

It is told by the extension how a file is added to the project. A file left out in silence would be missing in the design.

## Example

```toml
[static]
sources = ["rtl/*"]      # matches rtl/notes.txt, too
```

## What to do

Name the extension in the pattern: `rtl/*.v`. Constraint files go into `constraints`.
"#,
};

/// Turns the faults of this kind into problems.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    for found in &cx.files.faults {
        let path: Vec<&str> = found.path.iter().map(String::as_str).collect();
        let span = cx.doc.nearest_span(&path);
        let FindFault::WrongKind { files } = &found.fault else { continue };
        if found.purpose != Purpose::Sources {
            continue;
        }
        let known: Vec<&str> =
            SourceKind::EXTENSIONS.iter().map(|(e, _)| *e).filter(|e| *e != "xdc").collect();
        let mut problem = cx
            .problem(
                &CODE,
                format!("`{}` is no source that Vivado takes", first(files)),
                span,
                format!(
                    "{} of the files here {} no source",
                    files.len(),
                    if files.len() == 1 { "is" } else { "are" }
                ),
            )
            .note(format!("sources end in .{}", known.join(" .")));
        if files.iter().any(|f| f.extension() == Some("xdc")) {
            problem = problem.help("constraint files go into `constraints`");
        }
        out.push(problem);
    }
}
fn first(files: &[camino::Utf8PathBuf]) -> &str {
    files.first().map_or("", |f| f.as_str())
}
