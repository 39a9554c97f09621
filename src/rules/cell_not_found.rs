// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0216: no source seems to instantiate the cell.

use std::collections::BTreeSet;

use super::{Cx, bad_cell, bad_identifier, hdl, nearest};
use crate::design::SourceKind;
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0216.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0216",
    name: "cell-not-found",
    severity: Severity::Warning,
    page: r#"## What it means

A part of a partition's cell path does not occur as a word in any source of the static design.

## Why it matters

Vivado would not find the cell (`[Vivado 12-1433]`, `[Project 1-514] Invalid cell name`), and the Pblock and the module would go nowhere. The check reads the text only: an instance that is made by a macro or an include file is not seen, so this is a warning.

## Example

```toml
[partitions.conv]
cell = "sytem_i/conv"      # the instance is called system_i
module = "conv_rp"
```

## What to do

Write the instance names as they stand in the sources, from the top down. When an include or a macro makes the instance, ignore the warning.
"#,
};

/// Looks at every partition, when all sources of the static design are HDL text.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    let files = &cx.files.static_sources;
    let all_text = files.iter().all(|f| f.kind.is_hdl() || f.kind == SourceKind::Memory);
    if files.is_empty() || !all_text || !cx.files.faults.is_empty() {
        return;
    }
    let mut known: BTreeSet<String> = BTreeSet::new();
    let vhdl = files.iter().any(|f| f.kind == SourceKind::Vhdl);
    for file in files.iter().filter(|f| f.kind.is_hdl()) {
        let Ok(bytes) = fs_err::read(&file.path) else { return };
        for word in hdl::words(&String::from_utf8_lossy(&bytes)) {
            known.insert(if vhdl { word.to_ascii_lowercase() } else { word.to_owned() });
        }
    }
    for partition in cx.spec.partitions.keys() {
        let Some((cell, span)) = cx.doc.string(&["partitions", partition, "cell"]) else { continue };
        if cell.trim().is_empty() || bad_cell::fault_of(cell).is_some() {
            continue; // a problem of its own
        }
        let found =
            |name: &str| known.contains(&if vhdl { name.to_ascii_lowercase() } else { name.to_owned() });
        // `g[0].u/v`: the label g, the instances u and v.
        let Some(missing) = cell
            .split(['/', '.'])
            .map(|part| part.split('[').next().unwrap_or(part))
            .find(|name| bad_identifier::is_identifier(name) && !found(name))
        else {
            continue;
        };
        let mut problem = cx.problem(
            &CODE,
            format!("no source of the static design mentions `{missing}`"),
            span.clone(),
            format!("`{missing}` occurs in none of {} file(s)", files.len()),
        );
        if let Some(near) = nearest(missing, known.iter().map(String::as_str)) {
            let text = format!("\"{}\"", cell.replace(missing, near));
            problem = problem.suggest(cx.replace(span, text, "did you mean"));
        }
        out.push(problem);
    }
}
