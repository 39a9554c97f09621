// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The way of every command that starts from a description: parse, check, print all problems, give the design.

use super::{Cx, Failure};
use crate::design::{Design, kept};
use crate::diag;
use crate::exec::state::State;
use crate::exit::Exit;
use crate::plan::layout::Layout;
use crate::rules;

/// Loads and checks the description; prints its problems. On errors nothing of it may run.
pub fn load(cx: &Cx) -> Result<Design, Failure> {
    let file = cx.env.cwd.join(&cx.file);
    let checked = rules::check_file(&file, &cx.file).map_err(|e| {
        Failure::input(format!("cannot read the description: {e}"))
            .help("give it with --file, or make one with `dfxkit new`")
    })?;
    cx.shell.problems(&checked.problems, &checked.sources);
    if diag::has_errors(&checked.problems) {
        return Err(Failure::said(Exit::INPUT));
    }
    let mut design = checked.design.expect("a design without errors is complete");
    if let Some(c) = design.root.as_str().chars().find(|c| *c == '\\' || c.is_control()) {
        return Err(Failure::input(format!("the project's directory {:?} holds {c:?}", design.root.as_str()))
            .note("Vivado's messages name files in a way that cannot be told apart with it: no verdict could be read")
            .help("rename the directory"));
    }
    let known = State::open(Layout::of(&design).state()).children();
    kept::keep(&mut design, &known);
    Ok(design)
}
