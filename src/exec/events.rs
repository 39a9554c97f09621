// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a build tells while it goes on, as data: the command line turns it into status lines or JSON.

use std::time::Duration;

use serde::Serialize;

use super::stale::Reason;
use super::state::Tool;
use crate::gates::Verdict;
use crate::plan::StepId;

/// One event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "event")]
pub enum Event {
    /// Somebody else builds here; waiting.
    Waiting {
        /// Who.
        holder: String,
    },
    /// Processes of an earlier, killed build were found at work and ended.
    OrphansEnded {
        /// Steps that they worked on.
        steps: Vec<String>,
        /// How many processes.
        processes: usize,
    },
    /// The Vivado project of another tool was taken away.
    ProjectDiscarded {
        /// Whose it was; none when no record tells.
        made_by: Option<Tool>,
    },
    /// The project file was cut off by a crash and was made whole: from the copy of the last good one, or the unfinished first project
    /// was taken away.
    ProjectMended {
        /// True when it starts from nothing.
        anew: bool,
    },
    /// A step starts.
    StepStarted {
        /// Which.
        step: StepId,
        /// Why.
        reasons: Vec<Reason>,
        /// True when the stand-in runs it.
        simulated: bool,
    },
    /// The static, which was implemented before, will be implemented anew: partial bitstreams made for the old one do not fit the new one.
    StaticAnew {
        /// The parent's step.
        step: StepId,
    },
    /// A Vivado run of a step has a new state.
    RunState {
        /// Vivado's run.
        run: String,
        /// `STATUS`
        status: String,
        /// `PROGRESS`
        progress: String,
    },
    /// A step is done and recorded.
    StepFinished {
        /// Which.
        step: StepId,
        /// Seconds of the process that did it; steps of one wave share a process.
        seconds: Seconds,
    },
    /// A step failed.
    StepFailed {
        /// Which.
        step: StepId,
        /// One line.
        message: String,
    },
    /// A step that was to run needs not: what it reads came out the same.
    StepUnchanged {
        /// Which.
        step: StepId,
    },
    /// The gates have judged.
    Judged {
        /// The sum.
        verdict: Verdict,
    },
}

/// A duration, in JSON seconds with three decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Seconds(pub Duration);

impl Serialize for Seconds {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64((self.0.as_secs_f64() * 1000.0).round() / 1000.0)
    }
}

impl std::fmt::Display for Seconds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let s = self.0.as_secs();
        match (s / 3600, s / 60 % 60, s % 60) {
            (0, 0, s) => write!(f, "{s}.{} s", self.0.subsec_millis() / 100),
            (0, m, s) => write!(f, "{m} min {s:02} s"),
            (h, m, _) => write!(f, "{h} h {m:02} min"),
        }
    }
}
