// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Process trees: who belongs to a Vivado process, and ending all of them.
//!
//! `launch_runs` starts shells that start further Vivado processes. A kill of the first process alone leaves them at work, and they
//! go on writing into the run directories. Two marks find them: the process group, and a cookie in the environment, which children
//! inherit even when they make a group of their own. A process that cleans its environment *and* changes its group is not found.

use std::collections::BTreeSet;
use std::io;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

/// Environment variable that marks everything a step starts.
pub const COOKIE: &str = "DFXKIT_STEP";

/// What `/proc/PID/stat` says of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stat {
    /// Process id.
    pub pid: i32,
    /// Process group.
    pub group: i32,
    /// Start time in clock ticks since the boot.
    pub start_ticks: u64,
    /// True when it is dead and only waits to be reaped.
    pub zombie: bool,
}

/// Why processes could not be ended.
#[derive(Debug, thiserror::Error)]
pub enum GroupError {
    /// Still there after SIGKILL, for instance in an uninterruptible system call.
    #[error("processes {pids:?} do not end, not even by SIGKILL")]
    Immortal {
        /// Who.
        pids: Vec<i32>,
    },
    /// A signal could not be sent.
    #[error("cannot signal process {pid}: {source}")]
    Signal {
        /// To whom.
        pid: i32,
        /// Why.
        source: io::Error,
    },
}

/// Reads the state of a process; none when there is no such process.
pub fn stat(pid: i32) -> Option<Stat> {
    parse_stat(pid, &fs_err::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

fn parse_stat(pid: i32, text: &str) -> Option<Stat> {
    // The second field is the program's name in parentheses and may itself hold blanks and parentheses.
    let (_, rest) = text.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    Some(Stat {
        pid,
        group: fields.get(2)?.parse().ok()?,
        start_ticks: fields.get(19)?.parse().ok()?,
        zombie: matches!(*fields.first()?, "Z" | "X"),
    })
}

/// The living processes that belong to a step: by cookie, and by the groups that these (and `group`) stand for.
///
/// `group` is trusted only while its leader or a member with the cookie lives, or when the caller just made it (`own`): process
/// ids are used again.
pub fn members(cookie: &str, group: Option<i32>, own: bool) -> Vec<i32> {
    let mark = format!("{COOKIE}={cookie}");
    let me = rustix::process::getpid().as_raw_nonzero().get();
    let mut alive = Vec::new();
    let Ok(entries) = fs_err::read_dir("/proc") else { return Vec::new() };
    for entry in entries.flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|n| n.parse::<i32>().ok()) else { continue };
        let Some(stat) = stat(pid).filter(|s| !s.zombie && s.pid != me) else { continue };
        let marked = fs_err::read(format!("/proc/{pid}/environ"))
            .is_ok_and(|env| env.split(|b| *b == 0).any(|var| var == mark.as_bytes()));
        alive.push((stat, marked));
    }
    let mut groups: BTreeSet<i32> =
        alive.iter().filter(|(_, marked)| *marked).map(|(s, _)| s.group).collect();
    if own {
        groups.extend(group);
    }
    // A marked process may, in a shell without job control, sit in our own group: then only the marked ones are meant.
    groups.remove(&rustix::process::getpgrp().as_raw_nonzero().get());
    alive.iter().filter(|(s, marked)| *marked || groups.contains(&s.group)).map(|(s, _)| s.pid).collect()
}

/// Sends a signal to a group; a group that is gone is no error.
pub fn signal_group(group: i32, signal: Signal) -> Result<(), GroupError> {
    let Some(pid) = Pid::from_raw(group).filter(|_| group > 1) else { return Ok(()) };
    ignore_gone(group, kill_process_group(pid, signal))
}

fn ignore_gone(pid: i32, result: rustix::io::Result<()>) -> Result<(), GroupError> {
    match result {
        Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
        Err(e) => Err(GroupError::Signal { pid, source: e.into() }),
    }
}

/// Ends everything that belongs to a step: SIGTERM, up to `grace` for an orderly end (`hurry` cuts it short), then SIGKILL until nobody
/// is left (a fork in flight escapes one walk). Gives back how many processes had to be ended.
pub fn end(
    cookie: &str,
    group: Option<i32>,
    own: bool,
    grace: Duration,
    hurry: &dyn Fn() -> bool,
) -> Result<usize, GroupError> {
    let mut seen: BTreeSet<i32> = BTreeSet::new();
    let mut pids = members(cookie, group, own);
    seen.extend(&pids);
    send(&pids, Signal::TERM)?;
    let patience = Instant::now() + grace;
    while !pids.is_empty() && Instant::now() < patience && !hurry() {
        std::thread::sleep(Duration::from_millis(20));
        pids = members(cookie, group, own);
    }
    let last = Instant::now() + Duration::from_secs(10);
    while !pids.is_empty() {
        seen.extend(&pids);
        send(&pids, Signal::KILL)?;
        if Instant::now() > last {
            return Err(GroupError::Immortal { pids });
        }
        std::thread::sleep(Duration::from_millis(10));
        pids = members(cookie, group, own);
    }
    Ok(seen.len())
}

fn send(pids: &[i32], signal: Signal) -> Result<(), GroupError> {
    for &pid in pids {
        if let Some(p) = Pid::from_raw(pid) {
            ignore_gone(pid, kill_process(p, signal))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_name_with_blanks_and_parentheses() {
        let text = "42 (a) b (c) S 1 40 40 0 -1 4194304 1 0 0 0 0 0 0 0 20 0 1 0 987654 1 1";
        assert_eq!(
            parse_stat(42, text),
            Some(Stat { pid: 42, group: 40, start_ticks: 987_654, zombie: false })
        );
    }

    #[test]
    fn grandchildren_in_groups_of_their_own_are_found_by_the_cookie() {
        let cookie = format!("unit-test-{}", std::process::id());
        // `setsid` gives the grandchild its own session and group; its parent ends at once.
        let mut child = std::process::Command::new("sh")
            .args(["-c", "setsid sleep 600 & exit 0"])
            .env(COOKIE, &cookie)
            .spawn()
            .unwrap();
        child.wait().unwrap();
        let deadline = Instant::now() + Duration::from_secs(10);
        while members(&cookie, None, false).is_empty() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(members(&cookie, None, false).len(), 1);
        assert_eq!(end(&cookie, None, false, Duration::from_secs(5), &|| false).unwrap(), 1);
        assert!(members(&cookie, None, false).is_empty());
    }
}
