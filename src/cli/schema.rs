// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `dfxkit schema`: the JSON schema of `dfx.toml` on stdout, in every message format.

use super::{CommandResult, Cx};
use crate::exit::Exit;
use crate::spec::schema;

/// Arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Args {}

/// Runs the command.
pub(super) fn run(cx: &mut Cx, _args: &Args) -> CommandResult {
    let text = serde_json::to_string_pretty(&schema::schema()).expect("a JSON value has a text");
    cx.shell.raw_out(text);
    Ok(Exit::DONE)
}
