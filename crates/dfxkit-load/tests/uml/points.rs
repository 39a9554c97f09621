// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Killing a process of the guest at each of its system calls, by strace's fault injection.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::process::{Command, Stdio};

use crate::guest::Guest;

/// Points that are tried when not all are.
const SAMPLE: usize = 30;

/// A command, to be killed.
pub(crate) struct Victim {
    words: Vec<OsString>,
}

impl Victim {
    /// Of this command line.
    pub(crate) fn new(command: &Command) -> Self {
        let program = std::iter::once(command.get_program());
        Self { words: program.chain(command.get_args()).map(ToOwned::to_owned).collect() }
    }

    fn strace(&self, options: &[&str]) -> std::io::Result<std::process::ExitStatus> {
        let mut command = Command::new("/usr/bin/strace");
        command.args(["-qq", "-f"]).args(options).args(&self.words);
        command.stdout(Stdio::null()).stderr(Stdio::null()).status()
    }

    /// Runs it through once; then, for each system call from the first that mentions one of `near`, gets ready, kills it
    /// there, and hands over the place. Gives the number of calls in all, and of kills; none where strace does not trace.
    pub(crate) fn kill(
        &self,
        g: &Guest,
        near: &[&str],
        mut ready: impl FnMut(),
        mut judge: impl FnMut(&str),
    ) -> Option<(usize, usize)> {
        let log = g.target.dir.path().join("trace");
        ready();
        let traced = self.strace(&["-o", log.to_str().expect("text")]);
        if !traced.as_ref().is_ok_and(std::process::ExitStatus::success) {
            println!("uml: SKIPPED: strace is missing or does not trace in the guest ({traced:?})");
            return None;
        }
        // Every call, as (name, how many of that name came up to it), which is how strace counts.
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        let mut points = Vec::new();
        let mut first = None;
        for line in fs_err::read_to_string(&log).expect("written").lines() {
            let call = line.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ');
            let Some((name, _)) = call.split_once('(') else { continue };
            if !name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_') {
                continue;
            }
            let count = seen.entry(name.to_owned()).or_default();
            *count += 1;
            points.push((name.to_owned(), *count));
            if first.is_none() && near.iter().any(|n| call.contains(n)) {
                first = Some(points.len() - 1);
            }
        }
        // Before that the program starts and reads.
        let tried = &points[first.expect("it touches what matters")..];
        let stride = if g.all { 1 } else { tried.len().div_ceil(SAMPLE).max(1) };
        let mut kills = 0;
        for (name, count) in tried.iter().step_by(stride) {
            ready();
            let inject = format!("inject={name}:signal=KILL:when={count}");
            let died = self.strace(&["-o", "/dev/null", "-e", &inject]).expect("strace ran above");
            judge(&format!("killed at {name} number {count} ({died})"));
            kills += 1;
        }
        Some((points.len(), kills))
    }
}
