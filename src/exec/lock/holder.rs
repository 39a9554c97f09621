// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Who holds a lock, and whether that process still lives.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::vivado::group;

/// Who holds a lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Process.
    pub pid: i32,
    /// Start of the process in clock ticks since the boot: process ids are used again.
    pub start_ticks: u64,
    /// Machine.
    pub host: String,
    /// What it does.
    pub command: String,
    /// The boot of the machine: after another one nothing of it lives. Machines that were cloned may share a name.
    #[serde(default)]
    pub boot: String,
    /// The space that the process id belongs to: containers have their own.
    #[serde(default)]
    pub pid_space: String,
    /// When it took the lock, in seconds since 1970 (UTC), by its own clock; 0 when unknown.
    #[serde(default)]
    pub since: u64,
}

impl Holder {
    /// This process.
    pub fn me(command: &str) -> Self {
        let pid = rustix::process::getpid().as_raw_nonzero().get();
        let start_ticks = group::stat(pid).map_or(0, |s| s.start_ticks);
        let line = |path: &str| fs_err::read_to_string(path).unwrap_or_default().trim().to_owned();
        Self {
            pid,
            start_ticks,
            host: host(),
            command: command.to_owned(),
            boot: line("/proc/sys/kernel/random/boot_id"),
            pid_space: fs_err::read_link("/proc/self/ns/pid")
                .map_or_else(|_| String::new(), |p| p.display().to_string()),
            since: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs()),
        }
    }

    /// Another process, of which no more is known.
    pub fn of(pid: i32, start_ticks: u64, host: &str) -> Self {
        let (command, boot, pid_space) = (String::new(), String::new(), String::new());
        Self { pid, start_ticks, host: host.to_owned(), command, boot, pid_space, since: 0 }
    }

    /// True when the process lives; none when nobody here can tell: it is on another machine, in another container, or of another boot of a machine of
    /// this name (which may be another machine).
    pub fn lives(&self) -> Option<bool> {
        let me = Self::me("");
        let same = |theirs: &str, mine: &str| theirs.is_empty() || mine.is_empty() || theirs == mine;
        (self.host == me.host && same(&self.boot, &me.boot) && same(&self.pid_space, &me.pid_space))
            .then(|| group::stat(self.pid).is_some_and(|s| !s.zombie && s.start_ticks == self.start_ticks))
    }

    /// True when it builds, in the words of the message.
    pub(super) fn builds(&self) -> bool {
        ["dfxkit build", "dfxkit update"].iter().any(|c| self.command.starts_with(c))
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`, process {} on {}", self.command, self.pid, self.host)?;
        if self.since == 0 {
            return Ok(());
        }
        write!(f, ", since {}", utc(self.since))
    }
}

/// This machine's name.
pub fn host() -> String {
    fs_err::read_to_string("/proc/sys/kernel/hostname")
        .map_or_else(|_| "unknown".to_owned(), |h| h.trim().to_owned())
}

/// Seconds since 1970 as date and time, UTC.
fn utc(seconds: u64) -> String {
    let (mut days, of_day) = (seconds / 86_400, seconds % 86_400);
    let leap = |y: u64| (y.is_multiple_of(4) && !y.is_multiple_of(100)) || y.is_multiple_of(400);
    let mut year = 1970;
    while days >= 365 + u64::from(leap(year)) {
        days -= 365 + u64::from(leap(year));
        year += 1;
    }
    let mut month = 1;
    for length in [31, 28 + u64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    format!("{year}-{month:02}-{:02} {hour:02}:{minute:02}:{second:02} UTC", days + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        assert_eq!(utc(0), "1970-01-01 00:00:00 UTC");
        assert_eq!(utc(951_782_399), "2000-02-28 23:59:59 UTC");
        assert_eq!(utc(951_782_400), "2000-02-29 00:00:00 UTC");
        assert_eq!(utc(4_107_542_400), "2100-03-01 00:00:00 UTC");
        assert_eq!(utc(1_795_132_799), "2026-11-19 23:59:59 UTC");
    }

    #[test]
    fn a_note_without_the_newer_fields_reads() {
        let old = r#"{"pid":1,"start_ticks":2,"host":"h","command":"dfxkit build"}"#;
        let holder: Holder = serde_json::from_str(old).unwrap();
        assert_eq!(holder.to_string(), "`dfxkit build`, process 1 on h");
    }
}
