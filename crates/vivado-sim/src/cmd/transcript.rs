// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The log lines that design commands leave: tasks, phases with checksums, time lines, totals.
//!
//! The shapes are those of real logs; the phases are fewer. Times and memory are the process's own or plausible.

use crate::session::{Outcome, Session, Stop};
use crate::util;

/// `Time (s): cpu = ... free virtual = ...`, with a plausible memory peak.
pub(crate) fn time(seconds: f64) -> String {
    let clock = |v: f64| {
        let whole = v as u64;
        if v < 1.0 { format!("00:00:00.{:02}", (v * 100.0) as u64) } else { util::hms(whole) }
    };
    format!(
        "Time (s): cpu = {} ; elapsed = {} . Memory (MB): peak = 2798.020 ; gain = 0.000 ; free physical = 3680 ; free virtual = 11521",
        clock(seconds),
        clock(seconds)
    )
}

impl Session {
    /// `Starting X Task`, numbered phases, `Ending X Task`.
    pub(crate) fn task(&mut self, task: &str, phases: &[&str], key: &str) {
        self.say(format!("\nStarting {task}"));
        for (i, phase) in phases.iter().enumerate() {
            let sum = checksum(&format!("{key}{task}{phase}"));
            let name = format!("Phase {} {phase}", i + 1);
            self.say(format!("\n{name}\n{name} | Checksum: {sum}\n\n{}", time(0.4)));
        }
        self.say(format!("Ending {task} | Checksum: {}\n\n{}", checksum(&format!("{key}{task}")), time(0.5)));
    }

    /// `Command: link_design ...` as typed.
    pub(crate) fn command_line(&mut self, line: &str) {
        self.say(format!("Command: {line}"));
    }

    /// The end of a command that went well.
    pub(crate) fn completed(&mut self, command: &str, seconds: f64) {
        let totals = self.console.totals();
        self.say(totals);
        self.say(format!("{command} completed successfully"));
        self.pace(seconds);
        if seconds * self.settings.pace >= 5.0 {
            let time = time(seconds);
            self.say(format!("{command}: {time}"));
        }
    }

    /// The end of a command that printed errors.
    pub(crate) fn gave_up(&mut self, command: &str) -> Outcome {
        let totals = self.console.totals();
        self.say(totals);
        self.say(format!("{command} failed"));
        self.earlier(command)
    }

    /// The end of a command with one error of its own as the Tcl result.
    pub(crate) fn gave_up_with(&mut self, command: &str, stop: Stop) -> Outcome {
        let totals = self.console.totals();
        self.say(totals);
        self.say(format!("{command} failed"));
        Err(stop)
    }
}

/// Eight or nine hexadecimal digits, the same for the same key.
pub(crate) fn checksum(key: &str) -> String {
    let hash = util::digest(&[key]);
    let len = 8 + usize::from(hash.starts_with(['1', '2']));
    hash[..len].to_owned()
}
