// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `dfxkit plan`: what would run, and why. Runs nothing, writes nothing.

use super::build::STATIC_ANEW;
use super::tool::{Planned, ToolArgs};
use super::{CommandResult, Cx};
use crate::exec::stale::StepStatus;
use crate::exec::state::State;
use crate::exit::Exit;
use crate::plan::StepKind;
use crate::plan::show::{self, Stale};

/// Arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    tool: ToolArgs,
    /// Print the graph for Graphviz (`| dot -Tsvg`)
    #[arg(long)]
    dot: bool,
}

/// Runs the command.
pub(super) fn run(cx: &mut Cx, args: &Args) -> CommandResult {
    let planned = Planned::look(cx, &args.tool)?;
    let stale = stale_steps(&planned.statuses(&[])?);
    if args.dot {
        cx.shell.raw_out(show::dot(&planned.plan, &stale).trim_end());
        return Ok(Exit::DONE);
    }
    cx.shell.json(&show::json(&planned.plan, &stale));
    print(cx, &planned, &stale);
    Ok(Exit::DONE)
}

/// The stale ones with their reasons as text.
pub(super) fn stale_steps(statuses: &[StepStatus]) -> Stale {
    let stale = statuses.iter().filter(|s| s.stale);
    stale.map(|s| (s.id.clone(), s.reasons.iter().map(ToString::to_string).collect())).collect()
}

/// Says that the Vivado of the last build, or the one that the description names, was assumed.
pub(super) fn say_assumed(cx: &Cx, planned: &Planned) {
    if planned.vivado.is_none() && !cx.shell.is_json() {
        cx.shell.status("Assuming", format!("{} (found no Vivado)", planned.tool));
    }
}

/// The plan for people.
pub(super) fn print(cx: &Cx, planned: &Planned, stale: &Stale) {
    say_assumed(cx, planned);
    if planned.design.configurations_were_chosen {
        let fillings = |c: &crate::design::ChosenConfiguration| {
            let one = |(p, f): (&String, &crate::design::Filling)| match f {
                crate::design::Filling::Module(m) => format!("{p} = {m}"),
                crate::design::Filling::Greybox(_) => format!("{p} = (greybox)"),
            };
            c.fillings.iter().map(one).collect::<Vec<_>>().join(", ")
        };
        cx.shell.out("configurations, chosen since the description names none:");
        for c in &planned.design.configurations {
            let parent = if c.parent { " (parent)" } else { "" };
            cx.shell.out(format!("  {}{parent}: {}", c.name, fillings(c)));
        }
    }
    cx.shell.out(show::tree(&planned.plan, stale).trim_end());
    let state = State::open(planned.layout.state());
    for step in &planned.plan.steps {
        let again = stale.contains_key(&step.id) && state.known(&step.id).record().is_some();
        if again && matches!(step.kind, StepKind::ImplParent { .. }) {
            cx.shell.warn(format!("{}: {STATIC_ANEW}", step.id));
        }
    }
}
