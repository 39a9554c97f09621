// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `dfxkit check`: every problem of the description, and what would be built. Needs no Vivado and writes nothing.
//!
//! JSON: the diagnostics, then one object `{"type":"result","verdict":"passed"|"refused","errors","warnings","project","part",
//! "family","partitions":[..],"modules":[..],"configurations":[{"name","parent","fillings":{partition: module|null}}],
//! "configurations_chosen"}`; a filling of `null` is Vivado's greybox. Of a refused description only verdict and counts are given.

use serde_json::{Map, Value, json};

use super::{CommandResult, Cx, Failure};
use crate::design::{ChosenConfiguration, Design, Filling};
use crate::diag::{Problem, Severity};
use crate::exit::Exit;
use crate::rules;

/// Arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Show the configurations that would be built, also when the description names them
    #[arg(long)]
    configurations: bool,
}

/// Runs the command.
pub(super) fn run(cx: &mut Cx, args: &Args) -> CommandResult {
    let file = cx.env.cwd.join(&cx.file);
    let checked = rules::check_file(&file, &cx.file).map_err(|e| {
        Failure::input(format!("cannot read the description: {e}"))
            .help("give it with --file, or make one with `dfxkit new`")
    })?;
    cx.shell.problems(&checked.problems, &checked.sources);
    // The worst problem's page, the first of that kind; JSON carries every code anyway.
    if let Some(worst) =
        checked.problems.iter().rev().max_by_key(|p| p.severity).filter(|_| !cx.shell.is_json())
    {
        cx.shell.status("More", format!("dfxkit explain {}", worst.code.code));
    }
    let count = |s: Severity| checked.problems.iter().filter(|p: &&Problem| p.severity == s).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    let verdict = if errors == 0 { "passed" } else { "refused" };
    let mut result = json!({"type": "result", "verdict": verdict, "errors": errors, "warnings": warnings});
    if let Some(design) = &checked.design {
        describe(design, &mut result);
        show(cx, design, args);
    }
    cx.shell.json(&result);
    Ok(if errors == 0 { Exit::DONE } else { Exit::INPUT })
}

fn describe(design: &Design, result: &mut Value) {
    let spec = &design.spec;
    result["project"] = json!(spec.project.name);
    result["part"] = json!(spec.project.part);
    result["family"] = json!(design.family.id());
    result["partitions"] = json!(spec.partitions.keys().collect::<Vec<_>>());
    result["modules"] = json!(spec.modules.keys().collect::<Vec<_>>());
    result["configurations"] = design.configurations.iter().map(configuration).collect();
    result["configurations_chosen"] = json!(design.configurations_were_chosen);
}

fn configuration(c: &ChosenConfiguration) -> Value {
    let fillings: Map<String, Value> = c
        .fillings
        .iter()
        .map(|(partition, filling)| {
            let module = match filling {
                Filling::Module(name) => Some(name),
                Filling::Greybox(name) => name.as_ref(),
            };
            (partition.clone(), json!(module))
        })
        .collect();
    json!({"name": c.name, "parent": c.parent, "fillings": fillings})
}

fn show(cx: &Cx, design: &Design, args: &Args) {
    let spec = &design.spec;
    let plural = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    cx.shell.out(format!(
        "{}: {} ({}), {}, {}, {}",
        spec.project.name,
        spec.project.part,
        design.family,
        plural(spec.partitions.len(), "partition"),
        plural(spec.modules.len(), "module"),
        plural(design.configurations.len(), "configuration"),
    ));
    if !(design.configurations_were_chosen || args.configurations) {
        return;
    }
    if design.configurations_were_chosen {
        cx.shell.out("the description names no configurations; the smallest covering set was chosen:");
    }
    for c in &design.configurations {
        let fillings: Vec<String> = c
            .fillings
            .iter()
            .map(|(partition, filling)| match filling {
                Filling::Module(name) => format!("{partition} = {name}"),
                Filling::Greybox(Some(name)) => format!("{partition} = {name} (greybox)"),
                Filling::Greybox(None) => format!("{partition} = (greybox)"),
            })
            .collect();
        let role = if c.parent { " (parent)" } else { "" };
        cx.shell.out(format!("  {}{role}: {}", c.name, fillings.join(", ")));
    }
}
