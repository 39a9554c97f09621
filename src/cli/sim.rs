// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The hidden `__vivado-sim` command: the stand-in for Vivado inside this program.

use std::ffi::OsString;
use std::process::ExitCode;

use super::Env;

/// Shows in no help; the arguments are Vivado's.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

/// Runs the stand-in.
pub(super) fn run(_env: &Env, _args: impl Iterator<Item = OsString>) -> ExitCode {
    ExitCode::from(crate::exit::Exit::ENVIRONMENT)
}
