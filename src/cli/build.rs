// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `dfxkit build`

use super::{CommandResult, Cx, Failure};

/// Arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Args {}

/// Runs the command.
pub(super) fn run(_cx: &mut Cx, _args: &Args) -> CommandResult {
    Err(Failure::usage("this command is being written"))
}
