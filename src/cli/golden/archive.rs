// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `dfxkit golden archive`: what a finished build holds, and what else belongs to a release of it.

use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::json;

use super::super::locking::{self, LockArgs};
use super::super::tool::{Planned, ToolArgs, vivado};
use super::super::{CommandResult, Cx, Failure, built};
use super::failure;
use crate::design::names::{STATIC_SYNTH_RUN, module_synth_run, vivado_name};
use crate::design::{Design, Filling};
use crate::exit::Exit;
use crate::gates::Verdict;
use crate::golden::Store;
use crate::golden::archive::{Allow, Extras, archive, run_state_files};
use crate::golden::manifest::ParameterEntry;
use crate::plan::layout::Layout;
use crate::plan::outputs::module_top;
use crate::plan::project::is_gate_level;
use crate::provenance::slsa::Builder;
use crate::spec::expanded;
use crate::tcl::quote::word;
use crate::vcs;
use crate::vivado::interrupt::Interrupt;
use crate::vivado::judge::{self, OutputProblem};
use crate::vivado::run::{self, Call};

/// Arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Name of the release
    release: String,
    /// Archive results of the stand-in; the manifest says SIMULATED for ever
    #[arg(long)]
    allow_simulated: bool,
    /// Archive although a gate has no evidence; the manifest says which
    #[arg(long)]
    allow_unknown: bool,
    /// A hardware platform (.xsa) to keep with it; those beside the project and in the parent's run directory are found
    #[arg(long, value_name = "FILE")]
    xsa: Vec<Utf8PathBuf>,
    /// Let Vivado pack its project (archive_project) and keep that too
    #[arg(long)]
    archive_project: bool,
    #[command(flatten)]
    tool: ToolArgs,
    /// URI of the build platform, for the provenance; without it nothing is claimed about the machine
    #[arg(long, value_name = "URI")]
    builder_id: Option<String>,
    /// The call on that platform, for the provenance
    #[arg(long, value_name = "ID")]
    invocation_id: Option<String>,
}

/// Runs the command.
pub(super) fn run(cx: &mut Cx, store: &Store, locks: LockArgs, args: &Args) -> CommandResult {
    let planned = Planned::of_last_build(cx)?;
    let release = args.release.as_str();
    let command = format!("dfxkit golden archive {release}");
    let _build = locking::hold_build(cx, &planned.layout.state(), &command, locks)?;
    let _store = locking::hold_store(cx, store.dir(), &command, locks)?;
    let current = built::current(cx)?;
    let project_archive = if args.archive_project { Some(pack(cx, &planned, &args.tool)?) } else { None };
    let environment = |e: std::io::Error| Failure::environment(e.to_string());
    let layout = Layout::of(&current.design);
    let mut xsa: Vec<Utf8PathBuf> = args.xsa.iter().map(|x| cx.env.cwd.join(x)).collect();
    for dir in [layout.project_dir(), layout.run(&current.artifacts.static_set.run)] {
        xsa.extend(platforms(&dir).map_err(environment)?);
    }
    xsa.sort();
    xsa.dedup();
    let s = &current.artifacts.static_set;
    let extras = Extras {
        description_text: fs_err::read(&current.design.file).map_err(|e| Failure::input(e.to_string()))?,
        description_expanded: expanded::toml(&current.design.spec).into_bytes(),
        git: vcs::git_state(&current.design.root),
        // Without a project there is no state that one could take up.
        run_state: if layout.has_project() {
            run_state_files(&layout.runs(), &syntheses(&current.design), &s.run).map_err(environment)?
        } else {
            Vec::new()
        },
        sources: current.design.all_files().map(|f| (f.name.clone(), f.path.clone())).collect(),
        board: current.design.spec.project.board.clone(),
        parameters: parameters(&current.design),
        xsa,
        project_archive,
        builder: Builder { id: args.builder_id.clone(), invocation_id: args.invocation_id.clone() },
    };
    let allow = Allow { simulated: args.allow_simulated, unknown: args.allow_unknown };
    let manifest = archive(store, release, &current.artifacts, &extras, allow).map_err(failure)?;
    let bytes: u64 = manifest.files.iter().map(|f| f.size).sum();
    cx.shell.status(
        "Archived",
        format!("release {release}: {} files, {bytes} bytes, in {}", manifest.files.len(), store.dir()),
    );
    if manifest.simulated {
        cx.shell.warn("SIMULATED: the stand-in made this release; no device may be shipped with it");
    }
    if let Some(advice) = attributes(&current.design.root, store) {
        cx.shell.warn(advice);
    }
    cx.shell.json(&json!({
        "type": "result", "verdict": Verdict::Passed, "release": release, "simulated": manifest.simulated,
        "files": manifest.files.len(), "bytes": bytes, "interface": manifest.interface_sha256,
        "fingerprint": manifest.static_design.fingerprint.as_ref().map(|f| &f.sha256),
    }));
    Ok(Exit::DONE)
}

/// Hardware platforms that lie in a directory itself.
fn platforms(dir: &Utf8Path) -> std::io::Result<Vec<Utf8PathBuf>> {
    let entries = match dir.read_dir_utf8() {
        Ok(entries) => entries,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(e),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry?.path().to_owned();
        if path.extension() == Some("xsa") && path.is_file() {
            found.push(path);
        }
    }
    Ok(found)
}

/// Generics and macros of static and modules.
fn parameters(design: &Design) -> Vec<ParameterEntry> {
    let spec = &design.spec;
    let mut all = Vec::new();
    let s = &spec.static_design;
    let scopes = std::iter::once(("static".to_owned(), &s.generics, &s.defines))
        .chain(spec.modules.iter().map(|(name, m)| (format!("module {name}"), &m.generics, &m.defines)));
    for (scope, generics, defines) in scopes {
        for (kind, map) in [("generic", generics), ("define", defines)] {
            all.extend(map.iter().map(|(name, value)| ParameterEntry {
                scope: scope.clone(),
                kind: kind.to_owned(),
                name: name.clone(),
                value: value.clone(),
            }));
        }
    }
    all
}

/// Name of the step that packs the project.
const PACK: &str = "archive-project";

/// Has Vivado pack its project. The project file is put back as it was: opening a project may write it, and the build rests on it.
fn pack(cx: &mut Cx, planned: &Planned, args: &ToolArgs) -> Result<Utf8PathBuf, Failure> {
    let layout = &planned.layout;
    if !layout.has_project() {
        return Err(Failure::input("there is no Vivado project to pack: the flow is `non-project`")
            .help("leave --archive-project out; sources and scripts are in the archive"));
    }
    let tool = vivado(cx, args, planned.design.spec.project.vivado.as_deref())?;
    if tool.simulated != planned.tool.simulated || tool.release.to_string() != planned.tool.release {
        return Err(Failure::gate(format!(
            "the build was made by {}, the project would be packed by {}",
            planned.tool,
            tool.identity()
        ))
        .help("give the Vivado of the build with --vivado"));
    }
    let environment = |e: std::io::Error| Failure::environment(e.to_string());
    let dir = layout.build().join("steps").join(PACK);
    fs_err::create_dir_all(&dir).map_err(environment)?;
    let project = layout.project_dir().join(format!("{}.xpr", layout.project_name()));
    let packed = dir.join(format!("{}.xpr.zip", layout.project_name()));
    let before = fs_err::read(&project).map_err(environment)?;
    let script = format!(
        "if {{[catch {{\n  open_project {}\n  archive_project -force -include_config_settings {}\n  close_project\n}} message]}} {{\n  puts \"ERROR: \\[dfxkit\\] $message\"\n  exit 1\n}}\nputs \"dfxkit:: END {PACK} [lindex $argv 0]\"\nexit 0\n",
        word(project.as_str()),
        word(packed.as_str()),
    );
    let nonce = run::nonce().map_err(environment)?;
    let interrupt =
        Interrupt::install().map_err(|e| Failure::environment(format!("cannot listen to signals: {e}")))?;
    let timeout = planned.design.spec.build.timeout_minutes.map(|m| Duration::from_secs(u64::from(m) * 60));
    let call = Call {
        vivado: &tool,
        dir: &dir,
        script: &script,
        nonce: &nonce,
        timeout,
        grace: Duration::from_secs(10),
    };
    let ended = run::run(&call, &interrupt, &mut |_| Ok(()));
    if fs_err::read(&project).map_err(environment)? != before {
        crate::atomic::write(&project, &before).map_err(environment)?;
    }
    let ended = ended.map_err(|e| Failure::tool(format!("the project was not packed: {e}")))?;
    let mut outputs = Vec::new();
    match fs_err::metadata(&packed) {
        Ok(meta) if meta.len() == 0 => outputs.push(OutputProblem::Empty { path: packed.clone() }),
        Ok(_) => {}
        Err(_) => outputs.push(OutputProblem::Missing { path: packed.clone() }),
    }
    judge::judge(PACK, &nonce, ended.exit, &ended.digest, outputs).map_err(|e| {
        Failure::tool(format!("the project was not packed: {e}")).note(format!("see {dir}/console.log"))
    })?;
    Ok(packed)
}

/// What to say of an archive in a Git repository that is not told to leave it as it is: a checkout may change line ends, which breaks every hash, and
/// checkpoints are large.
fn attributes(root: &Utf8Path, store: &Store) -> Option<String> {
    let top = root.ancestors().find(|dir| dir.join(".git").exists())?;
    let inside = store.dir().strip_prefix(top).ok()?;
    let told = root.ancestors().take_while(|dir| dir.starts_with(top)).chain([store.dir()]).any(|dir| {
        fs_err::read_to_string(dir.join(".gitattributes"))
            .is_ok_and(|text| text.lines().any(|l| !l.starts_with('#') && l.contains("-text")))
    });
    (!told).then(|| {
        format!(
            "no .gitattributes keeps Git from changing the archive at a checkout: add `{inside}/** -text` to {top}/.gitattributes; with Git LFS also \
             `{inside}/objects/** filter=lfs diff=lfs merge=lfs -text`"
        )
    })
}

/// Runs and top modules of the syntheses that the parent stands on: the static's, and those of its modules.
fn syntheses(design: &Design) -> Vec<(String, String)> {
    let of_modules = design.parent().fillings.values().filter_map(|filling| match filling {
        Filling::Module(m) if !is_gate_level(design, m) => {
            Some((module_synth_run(&vivado_name(m)), module_top(design, m).to_owned()))
        }
        _ => None,
    });
    let top = design.spec.static_design.top.clone();
    std::iter::once((STATIC_SYNTH_RUN.to_owned(), top)).chain(of_modules).collect()
}
