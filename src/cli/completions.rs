// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `dfxkit completions`: a shell completion script on stdout.

use super::{CommandResult, Cx};
use crate::exit::Exit;

/// Arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Which shell
    shell: clap_complete::Shell,
}

/// Runs the command.
pub(super) fn run(cx: &mut Cx, args: &Args) -> CommandResult {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut super::command(), "dfxkit", &mut script);
    cx.shell.raw_out(String::from_utf8_lossy(&script));
    Ok(Exit::DONE)
}
