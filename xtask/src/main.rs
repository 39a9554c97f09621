// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Development tasks. One file a task; each gives an error text, which is printed here.

mod aarch64;
mod bench;
mod crosscheck;
mod demo;
mod fuzz;
mod generate;
mod golden;
mod kit_tools;
mod setup;
mod test;
mod uml;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Development tasks of dfxkit
#[derive(Debug, Parser)]
#[command(name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// An example to a verified kit on the embedded stand-in
    Demo {
        /// Name of a directory under examples/
        #[arg(default_value = "conv-pynq-z2")]
        example: String,
    },
    /// Every test
    Test {
        /// Passed on to cargo test
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Write everything that is made from the code: schema, reference pages
    GenerateAll {
        /// Only compare, and fail when something differs
        #[arg(long)]
        check: bool,
    },
    /// Speeds, as ratios within one run
    Bench {
        /// The archive alone, without the benches of the fabric
        #[arg(long)]
        golden: bool,
    },
    /// Make the repository's golden archive anew
    Golden,
    /// The loader on a real Linux FPGA manager, in User-Mode Linux
    Uml {
        /// Install Debian's packages that it needs
        #[arg(long)]
        install: bool,
        /// Kill at every system call, not at a sample
        #[arg(long)]
        all: bool,
    },
    /// `dfxkit-load` as a static AArch64 executable, its size, and a first run under QEMU
    Aarch64 {
        /// Install Debian's packages that it needs
        #[arg(long)]
        install: bool,
    },
    /// The HDL reader against other readers
    Crosscheck {
        /// For each of them
        #[arg(default_value_t = 20)]
        seconds: u32,
        /// Of the random texts
        #[arg(long, default_value_t = 1)]
        seed: u32,
    },
    /// Run every fuzz target
    Fuzz {
        /// For each target
        #[arg(default_value_t = 30)]
        seconds: u32,
        /// Of libFuzzer's random numbers; 0 takes another every time
        #[arg(long, default_value_t = 1)]
        seed: u32,
    },
}

fn main() -> ExitCode {
    let done = match Cli::parse().task {
        Task::Demo { example } => demo::run(&example),
        Task::Test { arguments } => test::run(&arguments),
        Task::GenerateAll { check } => generate::run(check),
        Task::Crosscheck { seconds, seed } => crosscheck::run(seconds, seed),
        Task::Bench { golden } => bench::run(golden),
        Task::Golden => golden::run(),
        Task::Uml { install, all } => uml::run(install, all),
        Task::Aarch64 { install } => aarch64::run(install),
        Task::Fuzz { seconds, seed } => fuzz::run(seconds, seed),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}
