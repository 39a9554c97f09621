// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Abstract shells in the plan: written after the parent, and modules built on them.
//!
//! ```text
//! impl:PARENT ──► shells ──► module:MODULE.., greybox:PARTITION.. ──► impl:CHILD (put together) ──► verify:CHILD
//! ```
//!
//! A module is built once on the shell of its partition, not once a configuration; children are then put together from the locked static and routed
//! modules, so that there is a full design to verify and a full bitstream to prove the partials with (UG909, Generating Partial Bitstreams).
//! The shells are scripts whatever the flow: the names that project mode gives to its own are not established, and UG909 (2021.1, Abstract Shell Design Flow)
//! describes exactly this: a parent from a project, modules outside of it.

use serde_json::json;

use super::fragment::{leaf, leaves};
use super::outputs::{rm_name, shell_run};
use super::project::{Planner, id, is_gate_level};
use super::{Input, Output, Step, StepId, StepKind};
use crate::design::Filling;
use crate::design::names::{PARENT_RUN, SHELLS_RUN};
use crate::design::steps::HookRuns;
use crate::spec::model::ShellKind;
use crate::tcl::templates;

/// The step that builds what fills a partition on the partition's abstract shell.
pub(super) fn module_id(partition: &str, filling: &Filling) -> StepId {
    match filling {
        Filling::Module(module) => id("module", module),
        Filling::Greybox(_) => id("greybox", partition),
    }
}

impl Planner<'_> {
    /// The shells, where they are wanted, and every module that children hold and the parent does not.
    pub(super) fn on_shells(&self) -> Vec<Step> {
        let design = self.design;
        let mut steps = Vec::new();
        if design.spec.build.writes_shells() {
            steps.push(self.shells());
        }
        if design.spec.build.shell == ShellKind::Abstract {
            let parent = design.parent();
            for (partition, filling) in design.children().flat_map(|c| &c.fillings) {
                let in_parent =
                    matches!(filling, Filling::Module(_)) && parent.fillings.get(partition) == Some(filling);
                let wanted = module_id(partition, filling);
                if !in_parent && !steps.iter().any(|s: &Step| s.id == wanted) {
                    steps.push(self.on_shell(partition, filling));
                }
            }
        }
        steps
    }

    fn shells(&self) -> Step {
        let parent = id("impl", &self.design.parent().name);
        let mut inputs = self.common(&[templates::PRELUDE, templates::SHELLS]);
        inputs.push(Input::Output { step: parent.clone(), path: self.outputs.routed(PARENT_RUN) });
        let mut outputs = Vec::new();
        for (name, p) in &self.design.spec.partitions {
            inputs.push(leaf(&format!("partitions.{name}.cell"), &p.cell));
            outputs.push(Output::required(self.layout.relative(&self.layout.shell(&p.cell))));
        }
        Step {
            id: StepId("shells".into()),
            kind: StepKind::AbstractShells { run: SHELLS_RUN.into() },
            needs: vec![parent],
            after: Vec::new(),
            inputs,
            outputs,
        }
    }

    fn on_shell(&self, partition: &str, filling: &Filling) -> Step {
        let design = self.design;
        let cell = &design.spec.partitions[partition].cell;
        let run = shell_run(partition, filling);
        let shells = StepId("shells".into());
        let mut inputs = self.common(&[templates::PRELUDE, templates::STEPS, templates::MODULE]);
        inputs.push(Input::Output {
            step: shells.clone(),
            path: self.layout.relative(&self.layout.shell(cell)),
        });
        inputs.push(leaf(&format!("partitions.{partition}.cell"), cell));
        inputs.push(leaf(
            &format!("{partition} holds"),
            rm_name(filling).unwrap_or_else(|| "(greybox)".into()),
        ));
        inputs.extend(leaves("build.implementation", &json!(design.spec.build.implementation)));
        self.hooks(&mut inputs, HookRuns::Implementation);
        let mut needs = vec![shells];
        let module = match filling {
            Filling::Module(module) if is_gate_level(design, module) => {
                Self::files(&mut inputs, &format!("sources of {module}"), &design.modules[module].sources);
                Some(module.clone())
            }
            Filling::Module(module) => {
                let synth = id("synth", module);
                inputs.push(Input::Output { step: synth.clone(), path: self.outputs.module_synth(module) });
                needs.push(synth);
                Some(module.clone())
            }
            Filling::Greybox(_) => None,
        };
        let top = &design.spec.static_design.top;
        let report =
            |name: &str| self.layout.relative(&self.layout.run(&run).join(format!("{top}_{name}.rpt")));
        let outputs = vec![
            Output::required(self.outputs.routed(&run)),
            Output::required(self.outputs.routed_cell(&run, partition, filling)),
            Output::required(
                self.layout.relative(&self.layout.run(&run).join(format!("{run}_pr_verify.log"))),
            ),
            Output::required(report("timing_summary_routed")),
            Output::required(report("route_status")),
            Output::optional(report("drc_routed")),
        ];
        Step {
            id: module_id(partition, filling),
            kind: StepKind::ImplModule { partition: partition.to_owned(), module, run },
            needs,
            after: Vec::new(),
            inputs,
            outputs,
        }
    }
}
