// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The way of the commands that start from a finished build: load the description, make sure that nothing is stale, read the run tree, judge it.

use super::tool::Planned;
use super::{Cx, Failure};
use crate::artifacts::{Artifacts, ToolIdentity};
use crate::design::Design;
use crate::exec::flow::{self, DesignFlow};

/// A finished build.
#[derive(Debug)]
pub(super) struct Current {
    /// The design.
    pub(super) design: Design,
    /// Its artifacts, judged.
    pub(super) artifacts: Artifacts,
}

/// The finished build of the description. Refuses when a step that runs Vivado is stale: what lies there is not what the description says.
pub(super) fn current(cx: &Cx) -> Result<Current, Failure> {
    let planned = Planned::of_last_build(cx)?;
    let statuses = planned.statuses(&[])?;
    let of_vivado = |id| planned.plan.steps.iter().any(|s| s.id == id && s.kind.needs_vivado());
    let stale: Vec<_> = statuses.into_iter().filter(|s| s.stale && of_vivado(s.id.clone())).collect();
    if let Some(first) = stale.first() {
        let mut failure =
            Failure::input(format!("the build is not up to date: {} of its steps would run", stale.len()));
        for reason in first.reasons.iter().take(3) {
            failure = failure.note(format!("{}: {reason}", first.id));
        }
        return Err(failure.help("run `dfxkit build`"));
    }
    let tool = ToolIdentity {
        release: planned.tool.release.clone(),
        build: planned.tool.build.clone(),
        simulated: planned.tool.simulated,
    };
    let flow = DesignFlow { design: &planned.design, plan: &planned.plan, layout: &planned.layout };
    let artifacts =
        flow::judged(flow, &tool).map_err(|e| Failure::input(format!("cannot read the build: {e}")))?;
    Ok(Current { design: planned.design, artifacts })
}
