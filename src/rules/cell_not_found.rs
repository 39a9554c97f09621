// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0216: the static design has no such cell.

use std::collections::BTreeSet;

use camino::Utf8PathBuf;
use dfxkit_hdl::{Library, Netlist, Overrides, elaborate};

use super::{Cx, bad_cell, nearest};
use crate::design::SourceKind;
use crate::diag::{CodeInfo, Problem, Severity};
use crate::hdl::{self, Given};

/// DFX0216.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0216",
    name: "cell-not-found",
    severity: Severity::Warning,
    page: r#"## What it means

The instance tree of the static design, worked out from its sources, has no cell at a partition's path.

## Why it matters

Vivado would not find the cell (`[Vivado 12-1433]`, `[Project 1-514] Invalid cell name`), and the Pblock and the module would go nowhere.

The tree is worked out with the description's generics and macros. Where the sources leave something open (a block design, an IP, a macro or an include that is not there, a
condition of a `generate` that cannot be worked out) a cell may be there after all: nothing is said then. Names of cells are Vivado's: instances below a generate block are `label.instance` or `label[index].instance`.

## Example

```toml
[partitions.conv]
cell = "sytem_i/conv"      # the instance is called system_i
module = "conv_rp"
```

## What to do

Write the instance names as they stand in the sources, from the top down.
"#,
};

/// Looks at every partition, when all sources of the static design are HDL text.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    let files = &cx.files.static_sources;
    let all_text = files.iter().all(|f| f.kind.is_hdl() || f.kind == SourceKind::Memory);
    if files.is_empty() || !all_text || !cx.files.faults.is_empty() {
        return;
    }
    let Some(net) = tree(cx) else { return };
    let vhdl = files.iter().any(|f| f.kind == SourceKind::Vhdl);
    for partition in cx.spec.partitions.keys() {
        let Some((cell, span)) = cx.doc.string(&["partitions", partition, "cell"]) else { continue };
        if cell.trim().is_empty() || bad_cell::fault_of(cell).is_some() {
            continue; // a problem of its own
        }
        let Some(missing) = missing(&net, cell, vhdl) else { continue };
        let parent = missing.rsplit_once('/').map(|(parent, _)| parent);
        let there: Vec<&str> = children(&net, parent);
        let mut problem = cx.problem(
            &CODE,
            format!("the static design has no cell `{missing}`"),
            span.clone(),
            match parent {
                Some(parent) => format!("no such cell under `{parent}`"),
                None => format!("no such cell under the top `{}`", cx.spec.static_design.top),
            },
        );
        if let Some(near) = nearest(missing, there.iter().copied()) {
            problem = problem.suggest(cx.replace(
                span,
                format!("\"{}\"", cell.replacen(missing, near, 1)),
                "did you mean",
            ));
        } else if !there.is_empty() {
            let more = if there.len() > 8 { ", .." } else { "" };
            problem = problem.note(format!("there are: {}{more}", there[..there.len().min(8)].join(", ")));
        }
        out.push(problem);
    }
}

/// The tree of the static design; none when the sources leave something of it open.
fn tree(cx: &Cx<'_>) -> Option<Netlist> {
    let of = &cx.spec.static_design;
    let include_dirs: Vec<Utf8PathBuf> = of.include_dirs.iter().map(|d| cx.root.join(d)).collect();
    let given = Given { defines: &of.defines, generics: &of.generics, include_dirs: &include_dirs };
    let read = hdl::read_texts(&cx.files.static_sources, given, |_| true);
    if !read.unreadable.is_empty() {
        return None;
    }
    let mut library = Library::new();
    for unit in read.units {
        if !unit.faults.is_empty() || !unit.doubts.is_empty() {
            return None;
        }
        library.add(unit);
    }
    let generics = Overrides::of_texts(of.generics.iter().map(|(n, v)| (n.as_str(), v.as_str())));
    let net = elaborate(&library, &of.top, &generics, &BTreeSet::new())?;
    net.doubts.is_empty().then_some(net)
}

/// The first part of a path that is certainly not there.
fn missing<'c>(net: &Netlist, cell: &'c str, any_case: bool) -> Option<&'c str> {
    let ends = cell.match_indices('/').map(|(i, _)| i).chain([cell.len()]);
    for end in ends {
        let path = &cell[..end];
        let same = |p: &str| if any_case { p.eq_ignore_ascii_case(path) } else { p == path };
        match net.cells.iter().find(|c| same(&c.path)) {
            // What is inside a black box is not known.
            Some(found) if found.black_box => return None,
            Some(_) => {}
            None => return Some(path),
        }
    }
    None
}

/// Paths of the cells right below one.
fn children<'n>(net: &'n Netlist, parent: Option<&str>) -> Vec<&'n str> {
    let below = |path: &str| match parent {
        Some(parent) => {
            path.strip_prefix(parent).and_then(|r| r.strip_prefix('/')).is_some_and(|r| !r.contains('/'))
        }
        None => !path.contains('/'),
    };
    net.cells.iter().filter(|c| !c.primitive).map(|c| c.path.as_str()).filter(|p| below(p)).collect()
}
