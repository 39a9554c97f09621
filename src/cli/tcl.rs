// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `dfxkit tcl`: the scripts alone, with paths relative to the description's directory.

use camino::{Utf8Path, Utf8PathBuf};
use clap::ValueEnum;
use serde_json::json;

use super::{CommandResult, Cx, Failure, golden as golden_command, load, tcl_lint};
use crate::atomic;
use crate::design::Design;
use crate::exit::Exit;
use crate::golden::Store;
use crate::plan::StepId;
use crate::plan::project::ToolKey;
use crate::spec::model::{Flow, ShellKind};
use crate::tcl::{Generated, TclError, portable, portable_steps, templates};
use crate::update::prepare::{self, Way, is_golden, prepare};

/// Arguments.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    /// Print the script of this step (`project`, `synth:MODULE`, `impl:CONFIGURATION`, `verify:CONFIGURATION`), or `all-runs`
    #[arg(value_name = "STEP", required_unless_present = "output")]
    step: Option<String>,
    /// Write all scripts, and the files made for Vivado, into this directory
    #[arg(long, short = 'o', value_name = "DIR", conflicts_with = "step")]
    output: Option<Utf8PathBuf>,
    /// Flow, in place of `[build] flow`
    #[arg(long, value_enum, value_name = "FLOW")]
    flow: Option<FlowArg>,
    /// The scripts of an update on this release, with --module
    #[arg(long, value_name = "REL", requires = "modules")]
    golden: Option<String>,
    /// The archive; by default `golden` beside the description
    #[arg(long, value_name = "DIR", requires = "golden")]
    store: Option<Utf8PathBuf>,
    /// A module of the update
    #[arg(long = "module", value_name = "MODULE", requires = "golden")]
    modules: Vec<String>,
    /// What the update is built on, in place of `[build] shell`
    #[arg(long, value_enum, value_name = "SHELL", requires = "golden")]
    shell: Option<ShellArg>,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Run anybody's Vivado scripts on the stand-in without writing anything: unknown commands and options, missing files and objects, order
    ///
    /// Projects, runs, checkpoints and bitstreams exist in memory only; files are read for real and written in memory; no program is started. After a mistake
    /// the script goes on, so that one run tells them all. What was not executed is said, and was checked by its words alone. Exit codes: 0 no errors, 1 errors or critical warnings, 5 no Tcl interpreter.
    Lint(tcl_lint::Args),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum FlowArg {
    /// Vivado's project mode
    Project,
    /// One checkpoint-to-checkpoint script a step
    NonProject,
}

impl From<FlowArg> for Flow {
    fn from(flow: FlowArg) -> Self {
        match flow {
            FlowArg::Project => Flow::Project,
            FlowArg::NonProject => Flow::NonProject,
        }
    }
}

/// What the modules of an update are built on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ShellArg {
    /// The whole locked static
    Standard,
    /// The abstract shell of each partition (UltraScale+)
    Abstract,
}

/// The way of an update: as asked for, else as the description has it.
pub(super) fn way(design: &Design, flow: Option<FlowArg>, shell: Option<ShellArg>) -> Way {
    Way {
        flow: flow.map_or(design.spec.build.flow, Flow::from),
        shell: match shell {
            Some(ShellArg::Standard) => ShellKind::Standard,
            Some(ShellArg::Abstract) => ShellKind::Abstract,
            None => design.spec.build.shell,
        },
    }
}

/// The scripts of an update. The hook of a project's children is written, as the update itself would.
fn of_update(
    cx: &Cx,
    args: &Args,
    release: &str,
    design: &Design,
    dir: &Utf8Path,
) -> Result<Vec<Generated>, Failure> {
    let store = Store::new(golden_command::store_dir(cx, args.store.as_ref()));
    let golden = store.load(release).map_err(golden_command::failure)?;
    let m = &golden.manifest;
    let way = way(design, args.flow, args.shell);
    let key = ToolKey { release: m.vivado.clone(), build: m.vivado_build.clone(), simulated: m.simulated };
    let prepared = prepare(design, &golden, &args.modules, &key, way).map_err(super::update::failure)?;
    let layout = |d: &Design| prepare::layout(d, release, way).for_build(&d.spec.build);
    portable_steps(&prepared.design, &prepared.plan, layout, &|s| !is_golden(&s.kind), dir)
        .map_err(|e| Failure::input(e.to_string()))
}

/// Where scripts are said to lie when they are printed and not written.
const PRINTED: &str = "build/generated";

/// Runs the command.
pub(super) fn run(cx: &mut Cx, args: &Args) -> CommandResult {
    if let Some(Command::Lint(args)) = &args.command {
        return tcl_lint::run(cx, args);
    }
    let mut design = load(cx)?;
    if let (Some(flow), None) = (args.flow, &args.golden) {
        design.spec.build.flow = flow.into();
    }
    let failure = |e: TclError| {
        Failure::input(e.to_string()).help("templates of your own lie in templates/ beside the description")
    };
    for file in templates::overrides(&design.root) {
        cx.shell.status("Using", format!("{file} in the place of dfxkit's own template"));
    }
    if let Some(dir) = &args.output {
        let target = cx.env.cwd.join(dir);
        let shown = target.strip_prefix(&design.root).unwrap_or(&target);
        let files = match &args.golden {
            Some(release) => of_update(cx, args, release, &design, shown)?,
            None => portable(&design, shown).map_err(failure)?,
        };
        let mut names = Vec::new();
        for file in &files {
            let name = file.path.strip_prefix(shown).unwrap_or(&file.path);
            atomic::write_if_changed(&target.join(name), file.text.as_bytes())
                .map_err(|e| Failure::environment(format!("cannot write {}: {e}", target.join(name))))?;
            names.push(name.to_string());
        }
        cx.shell.out(names.join("\n"));
        cx.shell.json(&json!({"type": "result", "directory": dir, "files": names}));
        return Ok(Exit::DONE);
    }
    let step = args.step.as_deref().expect("clap wants a step or a directory");
    let files = match &args.golden {
        Some(release) => of_update(cx, args, release, &design, PRINTED.into())?,
        None => portable(&design, PRINTED.into()).map_err(failure)?,
    };
    let wanted = format!("{}.tcl", StepId(step.to_owned()).file_name());
    let Some(file) = files.iter().find(|f| f.path.file_name() == Some(wanted.as_str())) else {
        let known: Vec<&str> =
            files.iter().filter_map(|f| f.path.file_name()?.strip_suffix(".tcl")).collect();
        return Err(Failure::usage(format!("no script of a step '{step}'"))
            .note(format!("there are: {} (`:` and `-` are the same)", known.join(", "))));
    };
    if cx.shell.is_json() {
        cx.shell.json(&json!({"type": "result", "step": step, "script": file.text}));
    } else {
        cx.shell.raw_out(file.text.trim_end());
    }
    Ok(Exit::DONE)
}
