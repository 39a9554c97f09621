// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0213: no source seems to declare the top module.

use std::ops::Range;

use super::{Cx, bad_identifier, hdl, nearest};
use crate::design::{SourceFile, SourceKind};
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0213.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0213",
    name: "top-not-declared",
    severity: Severity::Warning,
    page: r#"## What it means

None of the listed HDL files holds `module NAME` or `entity NAME` for the top of the static design or of a module.

## Why it matters

Synthesis would fail, or take another module as the top. The check reads the text only: a module that is made by a macro or an include file is not seen, so this is a warning.

## Example

```toml
[modules.fir]
partition = "filter"
top = "fir_top"      # the file says: module fir
```

## What to do

Correct the name, or add the source. When the module comes from an include or a macro, ignore the warning.
"#,
};

/// Looks at the static and at every module; designs with sources that are no HDL text are not judged.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    if let Some((top, span)) = cx.doc.string(&["static", "top"]) {
        judge(cx, top, span, "the static design", &cx.files.static_sources, out);
    }
    for (module, m) in &cx.spec.modules {
        let of_partition = ["partitions", m.partition.as_str(), "module"];
        let own = ["modules", module.as_str(), "top"];
        let Some((top, span)) = cx.doc.string(&own).or_else(|| {
            cx.doc
                .string(&of_partition)
                .map(|(top, _)| (top, cx.doc.key_span(&["modules", module]).unwrap_or_default()))
        }) else {
            continue;
        };
        if let (false, Some(files)) = (m.greybox, cx.files.modules.get(module)) {
            judge(cx, top, span, &format!("module `{module}`"), &files.sources, out);
        }
    }
}

fn judge(
    cx: &Cx<'_>,
    top: &str,
    span: Range<usize>,
    who: &str,
    files: &[SourceFile],
    out: &mut Vec<Problem>,
) {
    // An incomplete list has its own problem, and netlists and block designs are not text.
    let complete = files.iter().all(|f| f.kind.is_hdl() || f.kind == SourceKind::Memory) && !files.is_empty();
    let faults = !cx.files.faults.is_empty();
    if !complete || faults || !bad_identifier::is_identifier(top) {
        return;
    }
    let mut names: Vec<String> = Vec::new();
    for file in files.iter().filter(|f| f.kind.is_hdl()) {
        let Ok(bytes) = fs_err::read(&file.path) else { return };
        names.extend(hdl::declared(&String::from_utf8_lossy(&bytes)));
    }
    if names.iter().any(|n| {
        n == top || (n.eq_ignore_ascii_case(top) && files.iter().any(|f| f.kind == SourceKind::Vhdl))
    }) {
        return;
    }
    let mut problem = cx.problem(
        &CODE,
        format!("no source of {who} declares `{top}`"),
        span.clone(),
        format!("no `module {top}` or `entity {top}` in {} file(s)", files.len()),
    );
    match nearest(top, names.iter().map(String::as_str)) {
        Some(near) if cx.doc.text().get(span.clone()) == Some(format!("\"{top}\"").as_str()) => {
            problem = problem.suggest(cx.replace(span, format!("\"{near}\""), "did you mean"));
        }
        _ if !names.is_empty() => problem = problem.note(format!("declared there: {}", names.join(", "))),
        _ => {}
    }
    out.push(problem);
}
