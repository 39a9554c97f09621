// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `dfxkit doctor`: what of the surroundings works, what does not, and what to do about it.

use std::time::Duration;

use camino::Utf8PathBuf;
use serde::Serialize;
use serde_json::json;

use super::tool::{ToolArgs, not_found, search};
use super::{CommandResult, Cx};
use crate::exec::engine::MIN_FREE;
use crate::exec::lock;
use crate::exit::Exit;
use crate::gates::Verdict;
use crate::vivado::find::{self, SIM};
use crate::vivado::release::{self, Release};

/// Arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    tool: ToolArgs,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Part {
    name: &'static str,
    verdict: Verdict,
    /// What was found.
    detail: String,
    /// What to do when it did not pass.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    help: Vec<String>,
}

impl Part {
    fn passed(name: &'static str, detail: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Passed, detail: detail.into(), help: Vec::new() }
    }

    fn not(name: &'static str, verdict: Verdict, detail: impl Into<String>, help: &str) -> Self {
        Self { name, verdict, detail: detail.into(), help: vec![help.to_owned()] }
    }
}

/// Runs the command.
pub(super) fn run(cx: &mut Cx, args: &Args) -> CommandResult {
    let (description, bound, build_dir) = description(cx);
    let parts = vec![
        description,
        vivado(cx, args, bound.as_deref()),
        program(
            "tclsh",
            &["/dev/stdin"],
            "puts [info patchlevel]",
            "8.",
            "install Tcl 8.6 (`apt install tcl`): the stand-in needs it, Vivado brings its own",
        ),
        stand_in(cx, bound.as_deref()),
        program(
            "sha256sum",
            &["--version"],
            "",
            "",
            "install coreutils: people check kits with it; dfxkit itself does not need it",
        ),
        disk(&build_dir),
        locks(&build_dir),
        locale(cx),
    ];
    let verdict = parts.iter().map(|p| p.verdict).reduce(Verdict::and).unwrap_or(Verdict::Unknown);
    cx.shell.json(&json!({"type": "result", "command": "doctor", "verdict": verdict, "parts": parts}));
    for part in &parts {
        let mark = match part.verdict {
            Verdict::Passed => "ok",
            Verdict::Unknown => "unknown",
            Verdict::Refused => "PROBLEM",
        };
        cx.shell.out(format!("{mark:>8}  {:<12} {}", part.name, part.detail));
        for help in &part.help {
            cx.shell.out(format!("{:>8}  {:<12} help: {help}", "", ""));
        }
    }
    Ok(if verdict == Verdict::Refused { Exit::ENVIRONMENT } else { Exit::DONE })
}

/// The description here, the release that it is bound to, and where it builds.
fn description(cx: &Cx) -> (Part, Option<String>, Utf8PathBuf) {
    let file = cx.env.cwd.join(&cx.file);
    if !file.exists() {
        let part = Part::not(
            "description",
            Verdict::Unknown,
            format!("no {} here", cx.file),
            "give it with --file, or make one with `dfxkit new`",
        );
        return (part, None, cx.env.cwd.clone());
    }
    match crate::rules::check_file(&file, &cx.file) {
        Ok(checked) => {
            let Some(design) = checked.design else {
                let (name, refused) = ("description", Verdict::Refused);
                let detail = format!("{} has errors", cx.file);
                let part = Part::not(name, refused, detail, "`dfxkit check` shows them");
                return (part, None, cx.env.cwd.clone());
            };
            let bound = design.spec.project.vivado.clone();
            let said = bound.as_deref().map_or_else(|| "any release".to_owned(), |b| format!("Vivado {b}"));
            let part = Part::passed("description", format!("{}, bound to {said}", cx.file));
            (part, bound, design.build_dir())
        }
        Err(e) => {
            let part = Part::not("description", Verdict::Refused, e.to_string(), "make it readable");
            (part, None, cx.env.cwd.clone())
        }
    }
}

fn vivado(cx: &Cx, args: &Args, bound: Option<&str>) -> Part {
    let name = "vivado";
    let vivado = match find::find(&search(cx, &args.tool, bound)).and_then(find::identify) {
        Ok(vivado) => vivado,
        Err(e) => {
            let failure = not_found(&e);
            let mut detail = failure.message;
            for note in &failure.notes {
                detail.push_str("; ");
                detail.push_str(note);
            }
            // Without Vivado there is still the stand-in: nothing is known to be wrong.
            return Part { name, verdict: Verdict::Unknown, detail, help: failure.help };
        }
    };
    let detail = format!("{}, {} ({})", vivado.identity(), vivado.command.join(" "), vivado.origin);
    let bound: Option<Release> = bound.and_then(|b| b.parse().ok());
    match release::gate(&vivado.release, bound.as_ref(), false) {
        Ok(()) => Part::passed(name, detail),
        Err(e) => Part::not(
            name,
            Verdict::Refused,
            format!("{detail}: {e}"),
            "give the right release with --vivado, or change [project] vivado",
        ),
    }
}

fn stand_in(cx: &Cx, bound: Option<&str>) -> Part {
    let name = "stand-in";
    let mut search = search(cx, &ToolArgs::default(), bound);
    search.given = Some(SIM.to_owned());
    match find::find(&search).and_then(find::identify) {
        Ok(sim) => Part::passed(name, format!("plays Vivado {} (`--vivado sim`; SIMULATED)", sim.release)),
        Err(e) => Part::not(name, Verdict::Refused, e.to_string(), "install Tcl 8.6 (`apt install tcl`)"),
    }
}

/// Runs a small program of the system and looks for a text in its first line.
fn program(name: &'static str, args: &[&str], input: &str, wanted: &str, help: &str) -> Part {
    let handle = duct::cmd(name, args).stdin_bytes(input).stdout_capture().stderr_null().unchecked().start();
    let output = handle.and_then(|h| match h.wait_timeout(Duration::from_secs(20))? {
        Some(output) => Ok(Some(output.clone())),
        None => h.kill().map(|()| None),
    });
    match output {
        Ok(Some(output)) if output.status.success() => {
            let text = String::from_utf8_lossy(&output.stdout);
            let line = text.lines().next().unwrap_or_default();
            if line.contains(wanted) {
                Part::passed(name, line)
            } else {
                Part::not(name, Verdict::Refused, format!("it says `{line}`, expected {wanted}"), help)
            }
        }
        Ok(Some(output)) => Part::not(name, Verdict::Refused, format!("ended with {}", output.status), help),
        Ok(None) => Part::not(name, Verdict::Refused, "does not answer", help),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            Part::not(name, Verdict::Refused, "not in PATH", help)
        }
        Err(e) => Part::not(name, Verdict::Refused, e.to_string(), help),
    }
}

/// The nearest directory that is there.
fn existing(dir: &Utf8PathBuf) -> Utf8PathBuf {
    dir.ancestors().find(|d| d.is_dir()).map_or_else(|| "/".into(), ToOwned::to_owned)
}

fn disk(dir: &Utf8PathBuf) -> Part {
    let name = "disk";
    let dir = existing(dir);
    match rustix::fs::statvfs(dir.as_std_path()) {
        Ok(stat) => {
            let free = stat.f_bavail.saturating_mul(stat.f_frsize);
            let detail = format!("{} MiB free on the disk of {dir}", free >> 20);
            if free < MIN_FREE {
                Part::not(
                    name,
                    Verdict::Refused,
                    detail,
                    "free space, or put [build] directory on another disk",
                )
            } else {
                Part::passed(name, detail)
            }
        }
        Err(e) => Part::not(name, Verdict::Unknown, format!("{dir}: {e}"), "look with `df`"),
    }
}

fn locks(dir: &Utf8PathBuf) -> Part {
    match lock::kind_for(&existing(dir)) {
        lock::Kind::Advisory => Part::passed("locking", "by the operating system"),
        lock::Kind::Lease => Part::passed(
            "locking",
            "by a lease file: the build directory is on a network file system; one of a build that was killed on another machine ends after five minutes",
        ),
    }
}

fn locale(cx: &Cx) -> Part {
    let set = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|v| cx.env.var(v).map(|t| (*v, t)));
    let detail = set.map_or_else(|| "none set".to_owned(), |(name, value)| format!("{name}={value}"));
    Part::passed("locale", format!("{detail}; Vivado is always run with LC_ALL=C.UTF-8"))
}
