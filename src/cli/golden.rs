// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `dfxkit golden`: archive, list, show and check the releases of the golden archive.

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::json;

use super::locking::{self, LockArgs};
use super::tool::Planned;
use super::{CommandResult, Cx, Failure, built, remote};
use crate::design::names::STATIC_SYNTH_RUN;
use crate::exit::Exit;
use crate::gates::Verdict;
use crate::golden::archive::{Allow, Extras, archive, run_state_files};
use crate::golden::check::{check, recheck};
use crate::golden::matrix::matrix;
use crate::golden::{Golden, GoldenError, Store};
use crate::plan::layout::Layout;
use crate::vcs;

/// Arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The archive; by default `golden` beside the description
    #[arg(long, global = true, value_name = "DIR")]
    store: Option<Utf8PathBuf>,
    #[command(flatten)]
    locks: LockArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Keep the finished build as a release, for ever
    Archive {
        /// Name of the release
        release: String,
        /// Archive results of the stand-in; the manifest says SIMULATED for ever
        #[arg(long)]
        allow_simulated: bool,
        /// Archive although a gate has no evidence; the manifest says which
        #[arg(long)]
        allow_unknown: bool,
    },
    /// List the releases
    List,
    /// Print what a release holds
    Show {
        /// The release
        release: String,
        /// Which modules of which releases and updates may be loaded on it
        #[arg(long)]
        matrix: bool,
    },
    /// Copy a release, its updates and signatures to another archive; resumes, and never replaces
    Push {
        /// The release
        release: String,
        /// The other archive: a directory, s3://BUCKET/PREFIX or http(s)://SERVER/PATH
        #[arg(long_help = remote::PLACES)]
        to: String,
    },
    /// Copy a release, its updates and signatures from another archive; resumes, and never replaces
    Pull {
        /// The release
        release: String,
        /// The other archive: a directory, s3://BUCKET/PREFIX or http(s)://SERVER/PATH
        #[arg(long_help = remote::PLACES)]
        from: String,
    },
    /// Re-hash what another archive holds, where it lies, object by object
    VerifyRemote {
        /// The other archive: a directory, s3://BUCKET/PREFIX or http(s)://SERVER/PATH
        #[arg(long_help = remote::PLACES)]
        from: String,
        /// The releases; all when none is named
        releases: Vec<String>,
    },
    /// Re-hash every file of the releases, and prove their bitstreams again (all releases when none is named)
    Check {
        /// The releases
        releases: Vec<String>,
    },
}

/// Runs the command.
pub(super) fn run(cx: &mut Cx, args: &Args) -> CommandResult {
    let store = Store::new(store_dir(cx, args.store.as_ref()));
    match &args.command {
        Command::Archive { release, allow_simulated, allow_unknown } => archive_build(
            cx,
            &store,
            release,
            args.locks,
            Allow { simulated: *allow_simulated, unknown: *allow_unknown },
        ),
        Command::List => list(cx, &store),
        Command::Show { release, matrix: true } => show_matrix(cx, &store, release),
        Command::Show { release, matrix: false } => show(cx, &store, release),
        Command::Push { release, to } => remote::push(cx, &store, release, to, args.locks),
        Command::Pull { release, from } => remote::pull(cx, &store, release, from, args.locks),
        Command::VerifyRemote { from, releases } => remote::verify(cx, &store, from, releases),
        Command::Check { releases } => check_releases(cx, &store, releases),
    }
}

/// Where the archive lies: as given, or beside the description.
pub(super) fn store_dir(cx: &Cx, given: Option<&Utf8PathBuf>) -> Utf8PathBuf {
    match given {
        Some(dir) => cx.env.cwd.join(dir),
        None => cx
            .env
            .cwd
            .join(&cx.file)
            .parent()
            .map_or_else(|| cx.env.cwd.clone(), |p| p.to_owned())
            .join("golden"),
    }
}

fn archive_build(cx: &mut Cx, store: &Store, release: &str, locks: LockArgs, allow: Allow) -> CommandResult {
    let planned = Planned::of_last_build(cx)?;
    let command = format!("dfxkit golden archive {release}");
    let _build = locking::hold_build(cx, &planned.layout.state(), &command, locks)?;
    let _store = locking::hold_store(cx, store.dir(), &command, locks)?;
    let current = built::current(cx)?;
    let extras = Extras {
        description_text: fs_err::read(&current.design.file).map_err(|e| Failure::input(e.to_string()))?,
        description_expanded: serde_json::to_vec_pretty(&current.design.spec)
            .expect("the model has string keys only"),
        git: vcs::git_state(&current.design.root),
        // Without a project there is no state that one could take up.
        run_state: if planned.layout.has_project() {
            run_state_files(
                &Layout::of(&current.design).runs(),
                STATIC_SYNTH_RUN,
                &current.artifacts.static_set.run,
                &current.artifacts.static_set.top,
            )
            .map_err(|e| Failure::environment(e.to_string()))?
        } else {
            Vec::new()
        },
        sources: current.design.all_files().map(|f| (f.name.clone(), f.path.clone())).collect(),
    };
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
    }));
    Ok(Exit::DONE)
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

fn list(cx: &Cx, store: &Store) -> CommandResult {
    let names = store.releases().map_err(|e| Failure::environment(e.to_string()))?;
    let mut code = Exit::DONE;
    for name in &names {
        match store.load(name) {
            Ok(golden) => {
                let m = &golden.manifest;
                let mark = if m.simulated { "  SIMULATED" } else { "" };
                cx.shell.out(format!(
                    "{name}  {} {}  {}  Vivado {}  {} modules{mark}",
                    m.project,
                    m.version,
                    m.part,
                    m.vivado,
                    m.modules.len()
                ));
                cx.shell.json(&json!({
                    "release": name, "project": m.project, "version": m.version, "part": m.part, "vivado": m.vivado,
                    "vivado_build": m.vivado_build, "simulated": m.simulated, "modules": m.modules.len(), "files": m.files.len(),
                }));
            }
            Err(error) => {
                code = Exit::GATE;
                cx.shell.warn(format!("{name}: {error}"));
            }
        }
    }
    if names.is_empty() {
        cx.shell.status("Archive", format!("{} holds no release", store.dir()));
    }
    Ok(code)
}

fn show(cx: &Cx, store: &Store, release: &str) -> CommandResult {
    let Golden { manifest: m, .. } = store.load(release).map_err(failure)?;
    cx.shell.json(&m);
    let mut text = format!("release {}{}\n", m.release, if m.simulated { " (SIMULATED)" } else { "" });
    text += &format!("  project    {} {}\n  part       {}\n", m.project, m.version, m.part);
    text +=
        &format!("  Vivado     {} (build {})\n", m.vivado, m.vivado_build.as_deref().unwrap_or("unknown"));
    text += &format!(
        "  static     {} from run {}\n  interface  sha256:{}\n",
        m.static_design.top, m.static_design.run, m.interface_sha256
    );
    if let Some(git) = &m.git {
        text += &format!(
            "  sources    commit {}{}\n",
            git.commit,
            if git.dirty { ", with uncommitted changes" } else { "" }
        );
    }
    for p in &m.partitions {
        text += &format!(
            "  partition  {} at {} ({})\n",
            p.name,
            p.cell,
            p.module.as_deref().unwrap_or("module unknown")
        );
    }
    for x in &m.modules {
        text += &format!(
            "  module     {}/{}{} from {}\n",
            x.partition,
            x.name,
            if x.greybox { " (greybox)" } else { "" },
            x.configuration
        );
    }
    for f in &m.files {
        let subject = if f.subject.is_empty() || f.subject == f.name.as_str() {
            String::new()
        } else {
            format!(" of {}", f.subject)
        };
        text += &format!("  {}{subject}: {}  {} bytes  sha256:{}\n", f.role, f.name, f.size, f.sha256);
    }
    cx.shell.out(text.trim_end());
    Ok(Exit::DONE)
}

fn show_matrix(cx: &Cx, store: &Store, release: &str) -> CommandResult {
    let golden = store.load(release).map_err(failure)?;
    let cells = matrix(&golden).map_err(failure)?;
    for c in &cells {
        let of = c.of_update.as_ref().map_or(String::new(), |u| format!(" update {u}"));
        let word = match c.verdict {
            Verdict::Passed => "may be loaded",
            Verdict::Refused => "must not be loaded",
            Verdict::Unknown => "unknown",
        };
        cx.shell.out(format!("{word}  {} of {}{of}: {}", c.module, c.of_release, c.reason));
    }
    if golden.manifest.simulated {
        cx.shell.warn("SIMULATED: the stand-in made this release");
    }
    cx.shell.json(&json!({"release": release, "simulated": golden.manifest.simulated, "cells": cells}));
    Ok(Exit::DONE)
}

fn check_releases(cx: &Cx, store: &Store, releases: &[String]) -> CommandResult {
    let names = if releases.is_empty() {
        store.releases().map_err(|e| Failure::environment(e.to_string()))?
    } else {
        releases.to_vec()
    };
    if names.is_empty() {
        return Err(Failure::input(format!("{} holds no release", store.dir()))
            .help("`dfxkit golden archive RELEASE` makes one"));
    }
    let mut verdict = Verdict::Passed;
    let mut checks = Vec::new();
    let mut unreadable = Vec::new();
    for name in &names {
        let golden = match store.load(name) {
            Ok(golden) => golden,
            Err(e @ (GoldenError::NotFound { .. } | GoldenError::BadName { .. })) => return Err(failure(e)),
            Err(error) => {
                verdict = verdict.and(Verdict::Refused);
                cx.shell.out(format!("{name}: refused\n  {error}"));
                unreadable
                    .push(json!({"release": name, "verdict": Verdict::Refused, "error": error.to_string()}));
                continue;
            }
        };
        let mut found = check(&golden);
        recheck(&golden, &mut found);
        verdict = verdict.and(found.verdict);
        let mark = if found.simulated { " SIMULATED" } else { "" };
        cx.shell
            .out(format!("{name}: {}, {} files, {} bytes{mark}", found.verdict, found.files, found.bytes));
        for part in found.parts.iter().filter(|p| p.verdict != Verdict::Passed) {
            cx.shell.out(format!(
                "  {} {}: expected {}, actual {}",
                part.verdict, part.subject, part.expected, part.actual
            ));
        }
        if found.verdict != Verdict::Passed {
            let p = &found.possible;
            let yes = |b: bool| if b { "yes" } else { "no" };
            cx.shell.out(format!(
                "  still possible: update {}, pr_verify {}, bit proofs {}, modules whole: {}",
                yes(p.update),
                yes(p.pr_verify),
                yes(p.bit_proofs),
                if p.modules.is_empty() { "none".to_owned() } else { p.modules.join(", ") }
            ));
        }
        checks.push(json!(found));
    }
    checks.extend(unreadable);
    // The parts of all releases in one list, each with its release: what a program that only wants the reasons reads.
    let parts: Vec<serde_json::Value> = checks
        .iter()
        .flat_map(|check| {
            let release = check["release"].clone();
            let listed = check["parts"].as_array().cloned().unwrap_or_else(|| {
                vec![json!({"name": "manifest", "subject": release, "verdict": Verdict::Refused, "expected": "a readable manifest", "actual": check["error"]})]
            });
            listed.into_iter().map(move |mut part| {
                part["release"] = release.clone();
                part
            })
        })
        .collect();
    cx.shell.json(&json!({"verdict": verdict, "parts": parts, "releases": checks}));
    Ok(if verdict == Verdict::Refused { Exit::GATE } else { Exit::DONE })
}

/// A failure of the archive, with the exit code of its cause.
#[expect(clippy::needless_pass_by_value, reason = "used as the function of map_err")]
pub(super) fn failure(error: GoldenError) -> Failure {
    match &error {
        GoldenError::Io(_) => Failure::environment(error.to_string()),
        GoldenError::Refused { help, .. } => Failure::gate(error.to_string()).help(help.clone()),
        GoldenError::Missing { .. } | GoldenError::Damaged { .. } => {
            Failure::gate(error.to_string()).help("`dfxkit golden check` names every damaged file and what can still be built; restore them from a copy of the archive")
        }
        GoldenError::Pointer { .. } => {
            Failure::gate(error.to_string()).help("`git lfs install && git lfs pull` fetches what Git LFS keeps; then `dfxkit golden check`")
        }
        GoldenError::Manifest { .. } | GoldenError::Newer { .. } => Failure::gate(error.to_string()),
        GoldenError::Exists { .. } | GoldenError::Taken { .. } => Failure::input(error.to_string()).help("choose another name"),
        GoldenError::NotFound { .. } | GoldenError::BadName { .. } => Failure::input(error.to_string()),
    }
}
