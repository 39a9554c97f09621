// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `dfxkit golden sign`: a signature over a release or an update that is whole, by minisign or an SSH key; and `golden show --provenance`.

use camino::Utf8PathBuf;
use serde_json::json;

use super::super::locking::{self, LockArgs};
use super::super::{CommandResult, Cx, Failure};
use super::failure;
use crate::exit::Exit;
use crate::gates::Verdict;
use crate::golden::check::{check, recheck};
use crate::golden::signatures::{self, SigningError, Target};
use crate::golden::{GoldenError, Store, updates};
use crate::provenance::sign::SignError;

/// Arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The release
    release: String,
    /// Secret key of minisign or OpenSSH; of OpenSSH also a public one whose secret an agent holds
    #[arg(long, value_name = "FILE")]
    key: Utf8PathBuf,
    /// Sign this update of the release, not the release itself
    #[arg(long, value_name = "NAME")]
    update: Option<String>,
    /// Sign results of the stand-in; what is signed says SIMULATED
    #[arg(long)]
    allow_simulated: bool,
}

/// Runs the command.
pub(super) fn run(cx: &Cx, store: &Store, locks: LockArgs, args: &Args) -> CommandResult {
    let command = format!("dfxkit golden sign {}", args.release);
    let golden = store.load(&args.release).map_err(failure)?;
    let _store = locking::hold_store(cx, store.dir(), &command, locks)?;
    let target = args.update.clone().map_or(Target::Release, Target::Update);
    let simulated = match &target {
        Target::Release => golden.manifest.simulated,
        Target::Update(name) => updates::load(&golden, name).map_err(|e| no_update(name, e))?.simulated,
    };
    if simulated && !args.allow_simulated {
        return Err(Failure::gate(format!(
            "not signed: the stand-in made {target} of release {} (SIMULATED)",
            args.release
        ))
        .help("sign what Vivado made; for a trial, say --allow-simulated"));
    }
    let mut found = check(&golden);
    recheck(&golden, &mut found);
    if found.verdict == Verdict::Refused {
        let mut failure = Failure::gate(format!("not signed: release {} is not what it was", args.release));
        for part in found.parts.iter().filter(|p| p.verdict == Verdict::Refused) {
            failure =
                failure.note(format!("{}: expected {}, actual {}", part.subject, part.expected, part.actual));
        }
        return Err(failure.help("`dfxkit golden check` says what is damaged"));
    }
    let key = cx.env.cwd.join(&args.key);
    let name = signatures::sign(&golden, &target, &key).map_err(|e| match e {
        SigningError::Golden(e) => failure(e),
        SigningError::Sign(e) => sign_failure(&e),
    })?;
    cx.shell.status("Signed", format!("{target} of release {}: {name}", args.release));
    if simulated {
        cx.shell.warn("SIMULATED: the stand-in made what was signed");
    }
    cx.shell.json(&json!({
        "type": "result", "verdict": Verdict::Passed, "release": args.release, "target": target.to_string(),
        "signature": name, "simulated": simulated,
    }));
    Ok(Exit::DONE)
}

/// Prints the statement that a signature over the release is over.
pub(super) fn show(cx: &Cx, store: &Store, release: &str) -> CommandResult {
    let golden = store.load(release).map_err(failure)?;
    let statement = signatures::statement(&golden, &Target::Release).map_err(failure)?;
    cx.shell.json(&statement);
    cx.shell.out(serde_json::to_string_pretty(&statement).expect("a statement has string keys only"));
    Ok(Exit::DONE)
}

fn no_update(name: &str, error: GoldenError) -> Failure {
    match error {
        GoldenError::Io(e) if e.kind() == std::io::ErrorKind::NotFound => {
            Failure::input(format!("the release has no update {name}"))
        }
        other => failure(other),
    }
}

/// A failure of a key or of the program that signs.
pub(super) fn sign_failure(error: &SignError) -> Failure {
    let text = error.to_string();
    match error {
        SignError::Io { .. } | SignError::NoKey { .. } => Failure::input(text),
        SignError::NoProgram(program) => Failure::environment(text).help(format!("install {program}")),
        SignError::NotSigned { .. } => Failure::tool(text),
    }
}
