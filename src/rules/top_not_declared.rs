// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0213: no source seems to declare the top module.

use std::ops::Range;

use camino::Utf8PathBuf;
use indexmap::IndexMap;

use super::{Cx, bad_identifier, nearest};
use crate::design::{SourceFile, SourceKind};
use crate::diag::{CodeInfo, Problem, Severity};
use crate::hdl::{self, Given};

/// DFX0213.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0213",
    name: "top-not-declared",
    severity: Severity::Warning,
    page: r#"## What it means

None of the listed HDL files holds `module NAME` or `entity NAME` for the top of the static design or of a module.

## Why it matters

Synthesis would fail, or take another module as the top. Macros and includes are followed; files with something that cannot be followed (an encrypted region, a macro or an include that is not there) may declare the module after all, and nothing is said then.

## Example

```toml
[modules.fir]
partition = "filter"
top = "fir_top"      # the file says: module fir
```

## What to do

Correct the name, or add the source.
"#,
};

/// Looks at the static and at every module; designs with sources that are no HDL text are not judged.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    if let Some((top, span)) = cx.doc.string(&["static", "top"]) {
        let of = &cx.spec.static_design;
        judge(
            cx,
            (top, span),
            "the static design",
            &cx.files.static_sources,
            (&of.defines, of.include_dirs.as_slice()),
            out,
        );
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
            let given = (&m.defines, m.include_dirs.as_slice());
            judge(cx, (top, span), &format!("module `{module}`"), &files.sources, given, out);
        }
    }
}

fn judge(
    cx: &Cx<'_>,
    (top, span): (&str, Range<usize>),
    who: &str,
    files: &[SourceFile],
    (defines, include_dirs): (&IndexMap<String, String>, &[String]),
    out: &mut Vec<Problem>,
) {
    // An incomplete list has its own problem, and netlists and block designs are not text.
    let complete = files.iter().all(|f| f.kind.is_hdl() || f.kind == SourceKind::Memory) && !files.is_empty();
    let faults = !cx.files.faults.is_empty();
    if !complete || faults || !bad_identifier::is_identifier(top) {
        return;
    }
    let include_dirs: Vec<Utf8PathBuf> = include_dirs.iter().map(|d| cx.root.join(d)).collect();
    let given = Given { defines, generics: &IndexMap::new(), include_dirs: &include_dirs };
    let read = hdl::read_texts(files, given, |_| true);
    if !read.unreadable.is_empty() || read.units.iter().any(|u| !u.faults.is_empty() || !u.doubts.is_empty())
    {
        return;
    }
    let names: Vec<&str> = read.units.iter().flat_map(|u| &u.modules).map(|m| m.name.as_str()).collect();
    if names.iter().any(|n| {
        *n == top || (n.eq_ignore_ascii_case(top) && files.iter().any(|f| f.kind == SourceKind::Vhdl))
    }) {
        return;
    }
    let mut problem = cx.problem(
        &CODE,
        format!("no source of {who} declares `{top}`"),
        span.clone(),
        format!("no `module {top}` or `entity {top}` in {} file(s)", files.len()),
    );
    match nearest(top, names.iter().copied()) {
        Some(near) if cx.doc.text().get(span.clone()) == Some(format!("\"{top}\"").as_str()) => {
            problem = problem.suggest(cx.replace(span, format!("\"{near}\""), "did you mean"));
        }
        _ if !names.is_empty() => problem = problem.note(format!("declared there: {}", names.join(", "))),
        _ => {}
    }
    out.push(problem);
}
