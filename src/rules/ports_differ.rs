// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0217: two modules of one partition declare different ports.

use camino::Utf8PathBuf;

use super::Cx;
use crate::diag::{CodeInfo, Problem, Severity};
use crate::hdl::{self, Comparison, Given, Interface};
use crate::spec::model::Module;

/// DFX0217.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0217",
    name: "ports-differ",
    severity: Severity::Error,
    page: r"## What it means

The tops of two modules that fill the same partition declare ports that differ in name, direction or range.

## Why it matters

The static is connected to one set of ports. Vivado finds the difference only when it puts the second module in its place, after the parent
was implemented: `[Netlist 29-77] Could not replace cell ... because of a port interface mismatch`. A turned range (`[0:7]` for `[7:0]`) is worse: it connects, and
the bits arrive in the wrong order.

Ports are read from the text of the sources. What it does not tell for certain (types of packages, functions, macros of other files) is not compared.

## Example

```verilog
module slot(input clk, output [7:0] q); // rtl/up/slot.v
module slot(input clk, output [3:0] q); // rtl/down/slot.v
```

## What to do

Give all modules of a partition the same ports. Ports that a module does not need stay in its header: inputs unconnected, outputs tied off.
",
};

/// Compares each module with the first of its partition that could be read.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    for partition in cx.spec.partitions.keys() {
        let mut first: Option<(&str, Interface)> = None;
        for (name, module) in &cx.spec.modules {
            if module.partition != *partition || module.greybox {
                continue;
            }
            let Some(found) = interface(cx, name, module) else { continue };
            let Some((reference, wanted)) = &first else {
                first = Some((name, found));
                continue;
            };
            let Comparison::Different(differences) = hdl::compare(wanted, &found) else { continue };
            let span = cx.doc.key_span(&["modules", name]).unwrap_or_default();
            out.push(
                cx.problem(
                    &CODE,
                    format!("the modules `{reference}` and `{name}` of the partition `{partition}` have different ports"),
                    span,
                    "its ports differ",
                )
                .note(hdl::side_by_side((reference, wanted), (name, &found), &differences).join("\n"))
                .help("all modules of a partition need the same ports, used or not"),
            );
        }
    }
}

fn interface(cx: &Cx<'_>, name: &str, module: &Module) -> Option<Interface> {
    let of_partition = cx.spec.partitions.get(&module.partition).map(|p| p.module.as_str());
    let top = module.top.as_deref().or(of_partition)?;
    let include_dirs: Vec<Utf8PathBuf> = module.include_dirs.iter().map(|d| cx.root.join(d)).collect();
    let given = Given { defines: &module.defines, generics: &module.generics, include_dirs: &include_dirs };
    hdl::read(&cx.files.modules.get(name)?.sources, top, given).ok()
}
