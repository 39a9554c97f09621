// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The steps after Vivado, which are the same in every flow: the gates and the kit.

use serde_json::json;

use super::fragment::{leaf, leaves};
use super::layout::Layout;
use super::{Input, Output, Step, StepId, StepKind};
use crate::design::Design;

/// All files of the implementation runs and the verdicts.
fn products(steps: &[Step]) -> (Vec<StepId>, Vec<Input>) {
    let mut needs = Vec::new();
    let mut inputs = Vec::new();
    for step in steps {
        if matches!(
            step.kind,
            StepKind::ImplParent { .. } | StepKind::ImplChild { .. } | StepKind::Verify { .. }
        ) {
            needs.push(step.id.clone());
            inputs.extend(
                step.outputs.iter().map(|o| Input::Output { step: step.id.clone(), path: o.path.clone() }),
            );
        }
    }
    (needs, inputs)
}

/// The gates: they judge what the implementation runs left.
pub(super) fn gates(design: &Design, layout: &Layout, steps: &[Step]) -> Step {
    let (needs, mut inputs) = products(steps);
    inputs.push(leaf("dfxkit", env!("CARGO_PKG_VERSION")));
    inputs.extend(leaves("gates", &design.spec.gates));
    inputs.push(leaf("project.part", &design.spec.project.part));
    Step {
        id: StepId("gates".into()),
        kind: StepKind::Gates,
        needs,
        after: Vec::new(),
        inputs,
        outputs: vec![Output::required(layout.relative(&layout.report()))],
    }
}

/// The kit.
pub(super) fn kit(design: &Design, layout: &Layout, steps: &[Step]) -> Step {
    let spec = &design.spec;
    let (mut needs, mut inputs) = products(steps);
    let gates = StepId("gates".into());
    inputs.push(Input::Output { step: gates.clone(), path: layout.relative(&layout.report()) });
    needs.push(gates);
    inputs.push(leaf("dfxkit", env!("CARGO_PKG_VERSION")));
    inputs.extend(leaves("project", &spec.project));
    inputs.extend(leaves("kit", &spec.kit));
    inputs.extend(leaves("partitions", &spec.partitions));
    for (name, m) in &spec.modules {
        inputs.extend(leaves(
            &format!("modules.{name}"),
            &json!({"partition": m.partition, "greybox": m.greybox, "drivers": m.drivers, "id": m.id}),
        ));
    }
    let kit = layout.relative(&layout.kit());
    Step {
        id: StepId("kit".into()),
        kind: StepKind::Kit,
        needs,
        after: Vec::new(),
        inputs,
        outputs: ["kit.json", "README.txt", "SHA256SUMS"]
            .iter()
            .map(|n| Output::required(kit.join(n)))
            .collect(),
    }
}
