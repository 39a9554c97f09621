// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `dfxkit-load`: the modules of a kit, on the target; see `dfxkit-load --help`.

mod args;
mod commands;
mod doctor;
mod open;
mod plan;
mod report;
mod simulation;

use std::process::ExitCode;

use args::{Arguments, HELP, Parsed};

fn main() -> ExitCode {
    match Arguments::parse(std::env::args().skip(1)) {
        Parsed::Help => {
            println!("{HELP}");
            ExitCode::SUCCESS
        }
        Parsed::Version => {
            println!("dfxkit-load {}", env!("CARGO_PKG_VERSION"));
            ExitCode::SUCCESS
        }
        Parsed::Wrong(why) => {
            eprintln!("error: {why}\n\n{HELP}");
            ExitCode::from(2)
        }
        Parsed::Run(arguments) => {
            let (report, code) = commands::run(&arguments);
            report.print(arguments.json);
            ExitCode::from(code)
        }
    }
}
