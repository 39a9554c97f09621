// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The `dfxkit` program: nothing but the way into [`dfxkit::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    dfxkit::cli::main()
}
