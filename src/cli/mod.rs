// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The command line: the only place that prints, exits and reads the environment. One file a command.
//!
//! stdout is data, stderr is talk. With `--message-format json` everything on stdout is one JSON object a line.

mod adopt;
mod bit;
mod build;
mod built;
mod check;
mod completions;
mod doctor;
mod explain;
mod failure;
mod floorplan;
mod golden;
mod hwh;
mod kit;
mod load;
mod locking;
mod log;
mod man;
mod new;
mod plan;
mod remote;
mod report;
mod schema;
mod shell;
mod sim;
mod tcl;
mod tcl_lint;
mod tool;
mod update;
mod verify;
mod why;

use std::ffi::OsString;
use std::process::ExitCode;

use camino::Utf8PathBuf;
use clap::{CommandFactory, Parser, Subcommand, ValueEnum};

pub use failure::Failure;
pub use load::load;
pub use shell::Shell;

use crate::exit::Exit;

/// What a command gives back: an exit code of [`Exit`], or a failure that is rendered here.
pub type CommandResult = Result<u8, Failure>;

/// From one TOML description to proven AMD Vivado DFX bitstream kits.
#[derive(Debug, Parser)]
#[command(name = "dfxkit", version, propagate_version = true, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Args)]
struct Global {
    /// How to print: text for people, or JSON lines for programs
    #[arg(long, global = true, value_enum, default_value_t = MessageFormat::Human, value_name = "FORMAT")]
    message_format: MessageFormat,
    /// Colours on a terminal
    #[arg(long, global = true, value_enum, default_value_t = clap::ColorChoice::Auto, value_name = "WHEN")]
    color: clap::ColorChoice,
    /// The description
    #[arg(long, short = 'f', global = true, default_value = "dfx.toml", value_name = "FILE")]
    file: Utf8PathBuf,
}

/// `--message-format`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum MessageFormat {
    /// Text for people
    Human,
    /// One JSON object a line on stdout
    Json,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Scaffold a new project
    New(new::Args),
    /// Report every problem of the description, sources and floorplan; needs no Vivado
    Check(check::Args),
    /// Show what would run
    Plan(plan::Args),
    /// Explain why a step is stale: old value, new value
    Why(why::Args),
    /// Write the Tcl scripts alone
    Tcl(tcl::Args),
    /// Build everything up to the kit; resumes
    Build(build::Args),
    /// Take the outputs of a finished Vivado run tree through the same gates, archive and kit
    Adopt(adopt::Args),
    /// The golden archive
    Golden(golden::Args),
    /// Build new modules against the golden checkpoints of a release
    Update(update::Args),
    /// Judge every child: pr_verify and the bit proofs
    Verify(verify::Args),
    /// Kits: build, inspect, verify, unpack
    Kit(kit::Args),
    /// Bitstreams: info, frames, prove, match, to-bin
    Bit(bit::Args),
    /// Hand-off files
    Hwh(hwh::Args),
    /// Resources, frames, sizes and findings of the Pblocks; needs no Vivado
    Floorplan(floorplan::Args),
    /// Vivado logs
    Log(log::Args),
    /// Report of the last build
    Report(report::Args),
    /// Look at the environment: Vivado, tclsh, disk
    Doctor(doctor::Args),
    /// Print the page of a diagnostic code
    Explain(explain::Args),
    /// Print the JSON schema of dfx.toml
    Schema(schema::Args),
    /// Print a shell completion script
    Completions(completions::Args),
    /// Write the manual pages
    Man(man::Args),
    /// The stand-in for Vivado, with Vivado's own command line
    #[command(name = "__vivado-sim", hide = true, disable_help_flag = true, disable_version_flag = true)]
    Sim(sim::Args),
}

/// What the process was started with: the one door to the environment.
#[derive(Debug, Clone, Default)]
pub struct Env {
    vars: std::collections::BTreeMap<OsString, OsString>,
    /// Working directory, absolute.
    pub cwd: Utf8PathBuf,
    /// This program, absolute.
    pub exe: Utf8PathBuf,
}

impl Env {
    /// A variable that is set, not empty and UTF-8.
    pub fn var(&self, name: &str) -> Option<&str> {
        self.vars.get(std::ffi::OsStr::new(name)).and_then(|v| v.to_str()).filter(|v| !v.is_empty())
    }

    /// A variable as it is.
    fn var_os(&self, name: &str) -> Option<OsString> {
        self.vars.get(std::ffi::OsStr::new(name)).cloned()
    }

    #[expect(clippy::disallowed_methods, reason = "the one place that reads the process's surroundings")]
    fn from_process() -> Result<Self, Failure> {
        let utf8 = |path: std::path::PathBuf, what: &str| {
            Utf8PathBuf::from_path_buf(path).map_err(|p| {
                Failure::environment(format!("{what} is not UTF-8: {}", p.display()))
                    .help("Tcl is text: work in a directory with a UTF-8 name")
            })
        };
        let cwd = std::env::current_dir()
            .map_err(|e| Failure::environment(format!("cannot tell the working directory: {e}")))?;
        let exe = std::env::current_exe()
            .map_err(|e| Failure::environment(format!("cannot tell this program's path: {e}")))?;
        Ok(Self {
            vars: std::env::vars_os().collect(),
            cwd: utf8(cwd, "the working directory")?,
            exe: utf8(exe, "this program's path")?,
        })
    }
}

/// What every command gets.
#[derive(Debug)]
pub struct Cx {
    /// Where to print.
    pub shell: Shell,
    /// The environment.
    pub env: Env,
    /// The description, as given.
    pub file: Utf8PathBuf,
}

/// The program: parses the process's arguments, runs the command, renders its failure.
pub fn main() -> ExitCode {
    let env = match Env::from_process() {
        Ok(env) => env,
        Err(failure) => {
            eprintln!("error: {failure}");
            return ExitCode::from(failure.exit);
        }
    };
    let args: Vec<OsString> = std::env::args_os().collect();
    // The stand-in takes Vivado's command line, which is not clap's: nothing of it may be parsed here.
    if args.get(1).is_some_and(|a| a == "__vivado-sim") {
        return sim::run(&env, args.into_iter().skip(2));
    }
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            let code = if error.use_stderr() { Exit::USAGE } else { Exit::DONE };
            // A closed pipe is the reader's choice, not our failure.
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    let shell = Shell::new(cli.global.message_format, cli.global.color, &env);
    let mut cx = Cx { shell, env, file: cli.global.file };
    match cli.command.run(&mut cx) {
        Ok(code) => match cx.shell.lost() {
            Some(why) if code == Exit::DONE => {
                let failure = Failure::environment(format!("cannot write to stdout: {why}"));
                cx.shell.failure(&failure);
                ExitCode::from(failure.exit)
            }
            _ => ExitCode::from(code),
        },
        Err(failure) => {
            cx.shell.failure(&failure);
            ExitCode::from(failure.exit)
        }
    }
}

/// The clap command, for completions, manual pages and tests.
pub fn command() -> clap::Command {
    Cli::command()
}

impl Command {
    fn run(&self, cx: &mut Cx) -> CommandResult {
        match self {
            Command::New(a) => new::run(cx, a),
            Command::Check(a) => check::run(cx, a),
            Command::Plan(a) => plan::run(cx, a),
            Command::Why(a) => why::run(cx, a),
            Command::Tcl(a) => tcl::run(cx, a),
            Command::Build(a) => build::run(cx, a),
            Command::Adopt(a) => adopt::run(cx, a),
            Command::Golden(a) => golden::run(cx, a),
            Command::Update(a) => update::run(cx, a),
            Command::Verify(a) => verify::run(cx, a),
            Command::Kit(a) => kit::run(cx, a),
            Command::Bit(a) => bit::run(cx, a),
            Command::Hwh(a) => hwh::run(cx, a),
            Command::Floorplan(a) => floorplan::run(cx, a),
            Command::Log(a) => log::run(cx, a),
            Command::Report(a) => report::run(cx, a),
            Command::Doctor(a) => doctor::run(cx, a),
            Command::Explain(a) => explain::run(cx, a),
            Command::Schema(a) => schema::run(cx, a),
            Command::Completions(a) => completions::run(cx, a),
            Command::Man(a) => man::run(cx, a),
            Command::Sim(_) => Err(Failure::usage("the stand-in must be the first argument")),
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_is_well_formed() {
        super::command().debug_assert();
    }
}
