// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `--wait` and `--no-wait`: what to do when another command works in the same build directory or archive; and taking those locks.

use std::io;
use std::time::Duration;

use camino::Utf8Path;

use super::{Cx, Failure};
use crate::exec::lock::{self, Holder, Kind, Lock, LockError, Place, Wait};
use crate::exit::Exit;
use crate::vivado::interrupt::Interrupt;

/// Arguments.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(super) struct LockArgs {
    /// Wait while another command works in the same build directory or archive, at most so many seconds; for ever when none are given
    #[arg(long, global = true, value_name = "SECONDS", num_args = 0..=1, require_equals = true, default_missing_value = "0", value_parser = clap::value_parser!(u64))]
    wait: Option<u64>,
    /// Refuse at once when another command works there, saying which; the default
    #[arg(long, global = true, overrides_with = "wait")]
    no_wait: bool,
}

impl LockArgs {
    /// In the lock's words.
    pub(super) fn wait(self) -> Wait {
        match self.wait {
            Some(_) if self.no_wait => Wait::No,
            Some(0) => Wait::Forever,
            Some(seconds) => Wait::For(Duration::from_secs(seconds)),
            None => Wait::No,
        }
    }
}

/// The kind of lock that a test asks for in place of the file system's; a release build does not know the word.
pub(super) fn kind(cx: &Cx) -> Option<Kind> {
    match cx.env.var("DFXKIT_TEST_LOCKS") {
        Some("lease") if cfg!(debug_assertions) => Some(Kind::Lease),
        _ => None,
    }
}

/// Holds the build directory, so that no build changes what is being archived, and no two archive the same.
pub(super) fn hold_build(cx: &Cx, state: &Utf8Path, command: &str, args: LockArgs) -> Result<Lock, Failure> {
    fs_err::create_dir_all(state).map_err(|e| Failure::environment(e.to_string()))?;
    hold(cx, &Place::build(state), command, args).map_err(failure)
}

/// Holds an archive for writing to it.
pub(super) fn hold_store(cx: &Cx, store: &Utf8Path, command: &str, args: LockArgs) -> Result<Lock, Failure> {
    fs_err::create_dir_all(store).map_err(|e| Failure::environment(e.to_string()))?;
    hold(cx, &Place::store(store), command, args).map_err(failure)
}

/// Holds an archive for reading from it: none when nothing can be written there, then no other command of ours does either.
pub(super) fn hold_to_read(
    cx: &Cx,
    store: &Utf8Path,
    command: &str,
    args: LockArgs,
) -> Result<Option<Lock>, Failure> {
    match hold(cx, &Place::store(store), command, args) {
        Ok(lock) => Ok(Some(lock)),
        Err(LockError::Io { source, .. })
            if matches!(
                source.kind(),
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::NotFound
            ) =>
        {
            Ok(None)
        }
        Err(e) => Err(failure(e)),
    }
}

fn hold(cx: &Cx, place: &Place, command: &str, args: LockArgs) -> Result<Lock, LockError> {
    let place = place.clone().with_kind(kind(cx));
    let wait = args.wait();
    // Ctrl-C ends these commands by itself, except while somebody listens to it: nothing is half done then (see the crash test).
    lock::acquire(&place, &Holder::me(command), wait, &Interrupt::manual(), &mut |error| {
        cx.shell.status("Waiting", error.to_string());
    })
}

#[expect(clippy::needless_pass_by_value, reason = "used as the function of map_err")]
fn failure(error: LockError) -> Failure {
    let mut failure = match error {
        LockError::Interrupted => Failure::new(Exit::INTERRUPTED, error.to_string()),
        _ => Failure::environment(error.to_string()),
    };
    failure.help = error.help();
    failure
}
