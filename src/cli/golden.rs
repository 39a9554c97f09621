// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `dfxkit golden`: archive, list, show, check and sign the releases of the golden archive.

mod archive;
mod check;
mod sign;

use camino::Utf8PathBuf;
use serde_json::json;

use super::locking::LockArgs;
use super::{CommandResult, Cx, Failure, remote};
use crate::exit::Exit;
use crate::gates::Verdict;
use crate::golden::matrix::matrix;
use crate::golden::{GoldenError, Store};

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
    Archive(archive::Args),
    /// List the releases
    List,
    /// Print what a release holds
    Show {
        /// The release
        release: String,
        /// Which modules of which releases and updates may be loaded on it
        #[arg(long)]
        matrix: bool,
        /// Its provenance, an in-toto statement
        #[arg(long, conflicts_with = "matrix")]
        provenance: bool,
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
    /// Re-hash every file of the releases, read what they say, and prove their bitstreams again (all releases when none is named)
    Check(check::Args),
    /// Sign a release or an update that is whole, by minisign or an SSH key
    Sign(sign::Args),
}

/// Runs the command.
pub(super) fn run(cx: &mut Cx, args: &Args) -> CommandResult {
    let store = Store::new(store_dir(cx, args.store.as_ref()));
    match &args.command {
        Command::Archive(a) => archive::run(cx, &store, args.locks, a),
        Command::List => list(cx, &store),
        Command::Show { release, matrix: true, .. } => show_matrix(cx, &store, release),
        Command::Show { release, provenance: true, .. } => sign::show(cx, &store, release),
        Command::Show { release, .. } => show(cx, &store, release),
        Command::Push { release, to } => remote::push(cx, &store, release, to, args.locks),
        Command::Pull { release, from } => remote::pull(cx, &store, release, from, args.locks),
        Command::VerifyRemote { from, releases } => remote::verify(cx, &store, from, releases),
        Command::Check(a) => check::run(cx, &store, a),
        Command::Sign(a) => sign::run(cx, &store, args.locks, a),
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
    let golden = store.load(release).map_err(failure)?;
    let m = &golden.manifest;
    cx.shell.json(&m);
    let mut text = format!("release {}{}\n", m.release, if m.simulated { " (SIMULATED)" } else { "" });
    text += &format!("  project    {} {}\n  part       {}\n", m.project, m.version, m.part);
    text +=
        &format!("  Vivado     {} (build {})\n", m.vivado, m.vivado_build.as_deref().unwrap_or("unknown"));
    if !m.vivado_patches.is_empty() {
        text += &format!("  patches    {}\n", m.vivado_patches.join(", "));
    }
    if let Some(f) = &m.static_design.fingerprint {
        text += &format!("  bits       sha256:{} of {} frames of the static\n", f.sha256, f.count);
    }
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
    for p in m.partitions.iter().filter(|p| p.derived_ranges.is_some()) {
        let ranges = p.derived_ranges.as_deref().unwrap_or_default().join(" ");
        text += &format!("  Pblock     {}: {ranges}\n", p.name);
    }
    for v in &m.ip {
        text += &format!("  core       {v}\n");
    }
    for x in &m.parameters {
        text += &format!("  {}    {} = {} of {}\n", x.kind, x.name, x.value, x.scope);
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
        GoldenError::Edited { .. } => Failure::gate(error.to_string())
            .help("a release is never edited; restore its golden.toml from a copy of the archive (`dfxkit golden pull`)"),
        GoldenError::Exists { .. } | GoldenError::Taken { .. } => Failure::input(error.to_string()).help("choose another name"),
        GoldenError::NotFound { .. } | GoldenError::BadName { .. } => Failure::input(error.to_string()),
    }
}
