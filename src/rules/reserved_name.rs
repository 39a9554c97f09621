// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! DFX0107: a name that a Vivado project already uses.

use super::Cx;
use crate::design::names::vivado_name;
use crate::diag::{CodeInfo, Problem, Severity};

/// DFX0107.
pub(super) static CODE: CodeInfo = CodeInfo {
    code: "DFX0107",
    name: "reserved-name",
    severity: Severity::Error,
    page: r#"## What it means

A module or configuration is called like a run, a file set or a directory that every Vivado project has: `synth_1`, `impl_1`, `child_0_impl_1`, `sources_1`, `constrs_1`, `sim_1`, `utils_1`, or it ends in `_synth_1`. A module that is no greybox cannot be called `greybox`: Vivado uses that word in file names.

## Why it matters

A reconfigurable module gets a file set and a synthesis run of its own name. Vivado would refuse the name, or mix the module's files with the project's.

## Example

```toml
[modules.sources_1]
partition = "conv"
```

## What to do

Choose another name.
"#,
};

/// Looks at modules and configurations.
pub(super) fn check(cx: &Cx<'_>, out: &mut Vec<Problem>) {
    for (table, what) in [("modules", "module"), ("configurations", "configuration")] {
        for (name, span) in cx.doc.keys(&[table]) {
            let greybox = cx.spec.modules.get(name).is_some_and(|m| m.greybox);
            let as_greybox = table == "modules" && !greybox && name.eq_ignore_ascii_case("greybox");
            let used =
                as_greybox.then_some("greyboxes in file names").or_else(|| used_for(&vivado_name(name)));
            if let Some(used) = used {
                out.push(
                    cx.problem(
                        &CODE,
                        format!("the {what} `{name}` has a name that every Vivado project uses itself"),
                        span,
                        format!("the name of {used}"),
                    )
                    .help("choose another name"),
                );
            }
        }
    }
}

/// What a name stands for in every project; none when it is free.
fn used_for(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    let numbered = |stem: &str| {
        name.strip_prefix(stem).is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
    };
    if numbered("synth_") || name.ends_with("_synth_1") {
        Some("a synthesis run")
    } else if numbered("impl_") || (name.starts_with("child_") && name.contains("_impl_")) {
        Some("an implementation run")
    } else if ["sources_", "constrs_", "sim_", "utils_"].iter().any(|s| numbered(s)) {
        Some("a file set")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::used_for;

    #[test]
    fn only_the_names_of_a_project_are_taken() {
        for name in ["synth_1", "impl_1", "impl_12", "child_0_impl_1", "sources_1", "Utils_1", "fir_synth_1"]
        {
            assert!(used_for(name).is_some(), "{name}");
        }
        for name in ["synth", "impl", "sim_fast", "child_1", "fir_1", "sources", "base"] {
            assert!(used_for(name).is_none(), "{name}");
        }
    }
}
