// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! What Vivado allows and a DFX flow does not mean (UG909: configuration, locking, order of runs).

use crate::model::design::Stage;
use crate::run::status;
use crate::session::Session;
use crate::syntax::Table;
use crate::syntax::parse::{Args, parse};

/// Advice before a command is carried out.
pub(crate) fn before(s: &Session, name: &str, words: &[String]) -> Option<String> {
    if !matches!(name, "launch_runs" | "lock_design" | "write_checkpoint") {
        return None;
    }
    let args = parse(Table::get().find(name)?, words).ok()?;
    match name {
        "launch_runs" => launch(s, &args),
        "lock_design" => lock(s, &args),
        _ => None,
    }
}

fn launch(s: &Session, args: &Args) -> Option<String> {
    let p = s.project.as_ref()?;
    let names = args.words_from(0);
    let (child, parent) = names.iter().find_map(|name| {
        let run = p.run(name).filter(|r| r.is_child(p))?;
        let parent = run.parent.as_ref()?;
        let state = status::of(p, p.run(parent)?, &s.jobs);
        (!names.contains(parent) && !state.complete && !state.active && !state.failed)
            .then(|| (name.clone(), parent.clone()))
    })?;
    Some(format!(
        "launch_runs: the child run '{child}' is launched before its parent '{parent}': Vivado runs the parent first, to route_design only and without its bitstreams; launch '{parent}' -to_step write_bitstream before"
    ))
}

fn lock(s: &Session, args: &Args) -> Option<String> {
    let design = s.open_design()?;
    let routing = args.value("level").is_some_and(|l| l.eq_ignore_ascii_case("routing"));
    if args.flag("unlock") || !routing || args.has("cell") || !args.positional.is_empty() {
        return None;
    }
    if design.stage < Stage::Routed {
        return Some(
            "lock_design -level routing: the design is not routed, so there is no routing to lock; route_design comes first"
                .to_owned(),
        );
    }
    let filled: Vec<&str> =
        design.reconfigurable().filter(|(_, c)| !c.black_box).map(|(path, _)| path.as_str()).collect();
    (!filled.is_empty()).then(|| {
        format!(
            "lock_design: {} still holds a module, which is locked with the static; update_design -cell .. -black_box comes first",
            filled.join(", ")
        )
    })
}
