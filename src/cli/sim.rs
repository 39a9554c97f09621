// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The hidden `__vivado-sim` command: the stand-in for Vivado inside this program.

use std::ffi::OsString;
use std::process::ExitCode;

use super::Env;
use crate::vivado::find::SIM_COMMAND;

/// Shows in no help; the arguments are Vivado's.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

/// Runs the stand-in with Vivado's own arguments.
pub(super) fn run(env: &Env, args: impl Iterator<Item = OsString>) -> ExitCode {
    let vars = env.clone();
    let host = vivado_sim::Host {
        program: env.exe.clone().into(),
        leading: vec![SIM_COMMAND.into()],
        env: Box::new(move |name| vars.var_os(name)),
        cwd: env.cwd.clone().into(),
        stdout: Box::new(std::io::stdout()),
        stderr: Box::new(std::io::stderr()),
    };
    // Codes beyond a byte cannot be told to the system either.
    ExitCode::from(u8::try_from(vivado_sim::main(args, host) & 0xff).unwrap_or(1))
}
