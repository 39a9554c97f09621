// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `dfxkit golden check`: is every release what it was, and, with a key, what its signer signed?

use camino::Utf8PathBuf;
use serde_json::json;

use super::super::{CommandResult, Cx, Failure};
use super::failure;
use super::sign::sign_failure;
use crate::exit::Exit;
use crate::gates::Verdict;
use crate::golden::check::{Check, Possible, check, recheck};
use crate::golden::{GoldenError, Store, signatures};

/// Arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The releases
    releases: Vec<String>,
    /// Check signatures too, with this public key (minisign or OpenSSH); what is not signed with it is refused
    #[arg(long, value_name = "FILE")]
    public_key: Option<Utf8PathBuf>,
    /// Exit 4 also when something is unknown
    #[arg(long)]
    strict: bool,
}

/// Runs the command.
pub(super) fn run(cx: &Cx, store: &Store, args: &Args) -> CommandResult {
    let names = if args.releases.is_empty() {
        store.releases().map_err(|e| Failure::environment(e.to_string()))?
    } else {
        args.releases.clone()
    };
    if names.is_empty() {
        return Err(Failure::input(format!("{} holds no release", store.dir()))
            .help("`dfxkit golden archive RELEASE` makes one"));
    }
    let key = args.public_key.as_ref().map(|k| cx.env.cwd.join(k));
    let mut verdict = Verdict::Passed;
    let mut checks = Vec::new();
    for name in &names {
        let golden = match store.load(name) {
            Ok(golden) => golden,
            Err(e @ (GoldenError::NotFound { .. } | GoldenError::BadName { .. })) => return Err(failure(e)),
            Err(error) => {
                // A fault of the file system is no damage.
                let found =
                    if matches!(error, GoldenError::Io(_)) { Verdict::Unknown } else { Verdict::Refused };
                verdict = verdict.and(found);
                cx.shell.out(format!("{name}: {found}\n  {error}"));
                let part = json!({"name": "manifest", "subject": name, "verdict": found, "expected": "a readable manifest", "actual": error.to_string()});
                checks.push(
                    json!({"release": name, "verdict": found, "error": error.to_string(), "parts": [part], "possible": Possible::default()}),
                );
                continue;
            }
        };
        let mut found = check(&golden);
        recheck(&golden, &mut found);
        if let Some(key) = &key {
            let answers = signatures::verify(&golden, key).map_err(|e| sign_failure(&e))?;
            found.add_signatures(&answers);
        }
        verdict = verdict.and(found.verdict);
        say(cx, name, &found);
        checks.push(json!(found));
    }
    // The parts of all releases in one list, each with its release: what a program that only wants the reasons reads.
    let parts: Vec<serde_json::Value> = checks
        .iter()
        .flat_map(|check| {
            let release = check["release"].clone();
            let listed = check["parts"].as_array().cloned().unwrap_or_default();
            listed.into_iter().map(move |mut part| {
                part["release"] = release.clone();
                part
            })
        })
        .collect();
    cx.shell.json(&json!({"verdict": verdict, "parts": &parts, "releases": checks}));
    let unread = |p: &serde_json::Value| {
        p["verdict"] == json!(Verdict::Unknown) && (p["name"] == "manifest" || p["name"] == "file")
    };
    Ok(match verdict {
        Verdict::Refused => Exit::GATE,
        // What could not be read was not checked.
        Verdict::Unknown if parts.iter().any(unread) => Exit::ENVIRONMENT,
        Verdict::Unknown if args.strict => Exit::GATE,
        _ => Exit::DONE,
    })
}

fn say(cx: &Cx, name: &str, found: &Check) {
    let mark = if found.simulated { " SIMULATED" } else { "" };
    cx.shell.out(format!("{name}: {}, {} files, {} bytes{mark}", found.verdict, found.files, found.bytes));
    for part in found.parts.iter().filter(|p| p.verdict != Verdict::Passed) {
        cx.shell.out(format!(
            "  {} {}: expected {}, actual {}",
            part.verdict, part.subject, part.expected, part.actual
        ));
    }
    if found.verdict != Verdict::Passed {
        cx.shell.out(format!("  still possible: {}", possible(&found.possible)));
    }
}

fn possible(p: &Possible) -> String {
    let yes = |b: bool| if b { "yes" } else { "no" };
    let list = |names: &[String]| if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    let mut text = format!(
        "update {}, pr_verify {}, bit proofs {}, modules whole: {}",
        yes(p.update),
        yes(p.pr_verify),
        yes(p.bit_proofs),
        list(&p.modules)
    );
    if !p.update {
        text += &format!("; partitions that can be updated: {}", list(&p.partitions));
    }
    if !p.updates.is_empty() {
        text += &format!("; updates whole: {}", list(&p.updates));
    }
    text
}
