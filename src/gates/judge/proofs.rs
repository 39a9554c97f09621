// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bit proofs: what the bitstreams themselves prove, without Vivado.

use super::{Context, result};
use crate::gates::{GateResult, Verdict};

const GATE: &str = "bit-proofs";

pub(super) fn judge(cx: &Context<'_>) -> Vec<GateResult> {
    let children = cx.artifacts.configurations.iter().filter(|c| !c.parent);
    let expected = "parent with the partials applied equals the child, frame by frame";
    children
        .map(|c| {
            result(GATE, &c.name, Verdict::Unknown, expected, "the proofs are not part of this version", None)
        })
        .collect()
}
