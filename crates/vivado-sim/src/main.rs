// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The thin `vivado-sim` program: environment and console into the library, its code out.

#![expect(clippy::disallowed_methods, reason = "the one place that reads the environment and exits")]

use vivado_sim::Host;

fn main() {
    let host = Host {
        program: std::env::current_exe().unwrap_or_else(|_| "vivado-sim".into()),
        leading: Vec::new(),
        env: Box::new(|name| std::env::var_os(name)),
        cwd: std::env::current_dir().unwrap_or_else(|_| "/".into()),
        stdout: Box::new(std::io::stdout()),
        stderr: Box::new(std::io::stderr()),
    };
    std::process::exit(vivado_sim::main(std::env::args_os().skip(1), host));
}
