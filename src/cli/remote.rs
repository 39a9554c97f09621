// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `dfxkit golden push`, `pull` and `verify-remote`: to and from directories, S3 and HTTP servers.

use serde_json::{Value, json};

use super::golden::failure;
use super::locking::{self, LockArgs};
use super::{CommandResult, Cx, Env, Failure};
use crate::exit::Exit;
use crate::gates::Verdict;
use crate::golden::remote::{
    self, Directory, Location, ObjectState, Read, RemoteError, Surroundings, Verified,
};
use crate::golden::transfer::transfer;
use crate::golden::{Golden, Store};

impl Surroundings for Env {
    fn var(&self, name: &str) -> Option<String> {
        Self::var(self, name).map(str::to_owned)
    }
}

fn location(cx: &Cx, text: &str) -> Result<Location, Failure> {
    Location::parse(text, &cx.env.cwd).map_err(stopped)
}

/// `push`
pub(super) fn push(cx: &Cx, store: &Store, release: &str, to: &str, locks: LockArgs) -> CommandResult {
    let location = location(cx, to)?;
    let command = format!("dfxkit golden push {release}");
    let _lock = locking::hold_to_read(cx, store.dir(), &command, locks)?;
    let golden = store.load(release).map_err(failure)?;
    if let Location::Directory(dir) = &location {
        return copied(cx, "Pushed", &golden, &Store::new(dir.clone()));
    }
    let place = remote::open(&location, &cx.env).map_err(stopped)?;
    let done = remote::push(&golden, place.as_ref()).map_err(stopped)?;
    say(cx, "Pushed", release, &location.to_string(), done.unchanged, done.copied, done.bytes, done.already);
    if done.repaired > 0 {
        cx.shell.warn(format!(
            "{} objects lay there under their name with another content, and were sent again",
            done.repaired
        ));
    }
    result(cx, &location, json!(done));
    Ok(Exit::DONE)
}

/// `pull`
pub(super) fn pull(cx: &Cx, store: &Store, release: &str, from: &str, locks: LockArgs) -> CommandResult {
    let location = location(cx, from)?;
    let command = format!("dfxkit golden pull {release}");
    if let Location::Directory(dir) = &location {
        let golden = Store::new(dir.clone()).load(release).map_err(failure)?;
        let _lock = locking::hold_store(cx, store.dir(), &command, locks)?;
        return copied(cx, "Pulled", &golden, store);
    }
    let place = remote::open(&location, &cx.env).map_err(stopped)?;
    let _lock = locking::hold_store(cx, store.dir(), &command, locks)?;
    let done = remote::pull(place.as_ref(), release, store).map_err(stopped)?;
    say(cx, "Pulled", release, store.dir().as_str(), done.unchanged, done.copied, done.bytes, done.already);
    if !done.listed {
        cx.shell.warn(NOT_LISTED);
    }
    result(cx, &location, json!(done));
    Ok(Exit::DONE)
}

const NOT_LISTED: &str = "the server lists nothing (no PROPFIND): whether updates and signatures of the release are there is unknown";

/// Between directories.
fn copied(cx: &Cx, verb: &str, golden: &Golden, to: &Store) -> CommandResult {
    let done = transfer(golden, to).map_err(failure)?;
    say(cx, verb, &done.release, to.dir().as_str(), done.unchanged, done.copied, done.bytes, done.already);
    result(cx, &Location::Directory(to.dir().to_owned()), json!(done));
    Ok(Exit::DONE)
}

/// The result's line of JSON: what was done, and with which store.
fn result(cx: &Cx, location: &Location, mut done: Value) {
    done["store"] = json!(location.to_string());
    done["verdict"] = json!(Verdict::Passed);
    cx.shell.json(&done);
}

#[expect(clippy::too_many_arguments, reason = "the numbers of three kinds of transfer in one line")]
fn say(
    cx: &Cx,
    verb: &str,
    release: &str,
    to: &str,
    unchanged: bool,
    copied: usize,
    bytes: u64,
    already: usize,
) {
    let text = if unchanged {
        format!("release {release}: nothing to do, {to} has it")
    } else {
        format!("release {release} to {to}: {copied} objects, {bytes} bytes; {already} were there")
    };
    cx.shell.status(verb, text);
}

/// `verify-remote`
pub(super) fn verify(cx: &Cx, store: &Store, from: &str, releases: &[String]) -> CommandResult {
    let location = location(cx, from)?;
    let place: Box<dyn Read> = match &location {
        Location::Directory(dir) => Box::new(Directory::new(dir.clone())),
        _ => remote::open(&location, &cx.env).map(|w| -> Box<dyn Read> { w }).map_err(stopped)?,
    };
    let names = remote::names(place.as_ref(), releases).map_err(stopped)?;
    if names.is_empty() {
        return Err(Failure::input(format!("{location} holds no release")));
    }
    let mut found = Vec::new();
    for name in &names {
        let one = remote::verify(place.as_ref(), name, store).map_err(stopped)?;
        show(cx, &one);
        found.push(one);
    }
    let verdict = found.iter().map(|f| f.verdict).fold(Verdict::Passed, Verdict::and);
    cx.shell.json(&json!({
        "verdict": verdict, "store": location.to_string(), "parts": parts(&found), "releases": found,
    }));
    Ok(if verdict == Verdict::Refused { Exit::GATE } else { Exit::DONE })
}

fn show(cx: &Cx, one: &Verified) {
    let count = |state: ObjectState| one.objects.iter().filter(|o| o.state == state).count();
    cx.shell.out(format!(
        "{}: {}, manifest {}; of {} objects {} passed, {} refused, {} missing, {} unknown",
        one.release,
        one.verdict,
        one.manifest.word(),
        one.objects.len(),
        count(ObjectState::Passed),
        count(ObjectState::Refused),
        count(ObjectState::Missing),
        count(ObjectState::Unknown),
    ));
    if let Some(detail) = &one.detail {
        cx.shell.out(format!("  manifest {}: {detail}", one.manifest.word()));
    }
    for o in one.objects.iter().filter(|o| o.state != ObjectState::Passed) {
        let actual = match (&o.actual, o.actual_size, &o.why) {
            (_, _, Some(why)) => why.clone(),
            (Some(hash), Some(size), None) => format!("sha256:{hash}, {size} bytes"),
            _ => "not there".to_owned(),
        };
        cx.shell.out(format!(
            "  {} {}: expected sha256:{}, {} bytes, actual {actual}",
            o.state.word(),
            o.name,
            o.expected,
            o.expected_size
        ));
    }
    if !one.listed {
        cx.shell.warn(NOT_LISTED);
    }
}

/// What is not as it should be, of all releases, as `golden check` lists it.
fn parts(found: &[Verified]) -> Vec<Value> {
    let mut parts = Vec::new();
    for one in found {
        parts.push(json!({
            "release": one.release, "name": "manifest", "subject": one.release, "verdict": one.manifest,
            "expected": "a manifest", "actual": one.detail.as_deref().unwrap_or("there"),
        }));
        parts.extend(one.objects.iter().map(|o| {
            let actual = o.actual.as_ref().map_or_else(|| o.why.clone(), |h| Some(format!("sha256:{h}")));
            json!({
                "release": one.release, "name": "object", "subject": o.name, "verdict": o.state,
                "expected": format!("sha256:{}", o.expected), "actual": actual,
            })
        }));
    }
    parts
}

/// A failure of a store on the network, with the exit code of its cause.
fn stopped(error: RemoteError) -> Failure {
    let exit = match &error {
        RemoteError::Golden(_) => None,
        RemoteError::Address { .. } => Some(Exit::USAGE),
        RemoteError::Variable { .. }
        | RemoteError::NotBuilt { .. }
        | RemoteError::Credentials { .. }
        | RemoteError::Denied { .. }
        | RemoteError::Failed { .. }
        | RemoteError::NoCreate { .. } => Some(Exit::ENVIRONMENT),
        RemoteError::Exists { .. } | RemoteError::Taken { .. } | RemoteError::NotFound { .. } => {
            Some(Exit::INPUT)
        }
        RemoteError::Arrived { .. } | RemoteError::Missing { .. } => Some(Exit::GATE),
    };
    let help = error.help();
    match (error, exit) {
        (RemoteError::Golden(inner), _) => failure(inner),
        (error, exit) => {
            let mut failure = Failure::new(exit.unwrap_or(Exit::ENVIRONMENT), error.to_string());
            failure.help = help;
            failure
        }
    }
}

/// Where a store may be, for the help of the arguments.
pub(super) const PLACES: &str = "A directory, s3://BUCKET/PREFIX, or http(s)://SERVER/PATH (WebDAV, Artifactory and the like). Credentials come from the environment or the usual files \
     (AWS_*, ~/.aws/credentials; DFXKIT_HTTP_TOKEN, DFXKIT_HTTP_USER and DFXKIT_HTTP_PASSWORD, ~/.netrc), never from the command line";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_with_a_password_is_a_fault_of_usage_and_shows_nothing() {
        let error = Location::parse("https://u:hunter2@h/a", camino::Utf8Path::new("/")).unwrap_err();
        let failure = stopped(error);
        assert_eq!(failure.exit, Exit::USAGE);
        assert!(!format!("{failure:?}").contains("hunter2"));
    }
}
