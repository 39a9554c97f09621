// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo xtask test`: the README's second command. Every test of the workspace, doc tests included, after the set-up that they need.

use std::process::Command;

use crate::demo::step;

/// Runs the tests; further arguments go to `cargo test`.
pub(crate) fn run(arguments: &[String]) -> Result<(), String> {
    crate::setup::tclsh()?;
    crate::setup::servers();
    crate::kit_tools::get();
    // With stores on the network, which a build has only when asked for.
    let mut test = Command::new(env!("CARGO"));
    step(test.args(["test", "--workspace", "--features", "dfxkit/remote"]).args(arguments))
}
