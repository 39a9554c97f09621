// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The state of a run by the `.rst` files in its directory: `.place_design.begin.rst`, `.end.rst`, `.error.rst`.
//!
//! The files tell which steps began and how they ended; a run whose process died leaves a begin without an end. They are hidden files,
//! often lost when a tree is copied or checked in: then the state is unknown and the log has to tell. Measured on 2020.2 and 2024.2.

use std::fmt;

use serde::Serialize;

use crate::design::steps::IMPLEMENTATION;

/// The state of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "state", content = "step")]
pub enum RunState {
    /// No state files at all.
    Unknown,
    /// Queued only.
    Queued,
    /// A step began and neither ended nor failed: running, or its process died.
    Began(String),
    /// A step failed.
    Failed(String),
    /// Everything that began has ended; the last step.
    Complete(String),
}

impl fmt::Display for RunState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RunState::Unknown => f.write_str("no state files"),
            RunState::Queued => f.write_str("queued"),
            RunState::Began(step) => write!(f, "{step} began and did not end"),
            RunState::Failed(step) => write!(f, "{step} failed"),
            RunState::Complete(step) => write!(f, "{step} complete"),
        }
    }
}

/// Reads the state from the names of a run directory's files.
pub fn of_names<'a>(names: impl Iterator<Item = &'a str>) -> RunState {
    let (mut begun, mut ended, mut queued) = (Vec::new(), Vec::new(), false);
    for name in names {
        let Some(stem) = name.strip_prefix('.').and_then(|n| n.strip_suffix(".rst")) else { continue };
        match stem.rsplit_once('.') {
            Some((step, "error")) => return RunState::Failed(step.to_owned()),
            Some((step, "begin")) => begun.push(step),
            Some((step, "end")) => ended.push(step),
            Some((_, "queue")) => queued = true,
            _ => {}
        }
    }
    // `vivado` is the process around the steps: a step inside tells more.
    begun.sort_by_key(|s| *s == "vivado");
    if let Some(open) = begun.iter().find(|s| !ended.contains(s)) {
        return RunState::Began((*open).to_owned());
    }
    let order = |step: &&&str| IMPLEMENTATION.iter().position(|s| s == *step).map_or(0, |i| i + 1);
    match begun.iter().filter(|s| **s != "vivado").max_by_key(order).or(begun.first()) {
        Some(&"vivado") => RunState::Complete("synth_design".into()),
        Some(last) => RunState::Complete((*last).to_owned()),
        None if queued => RunState::Queued,
        None => RunState::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states() {
        let of = |names: &[&str]| of_names(names.iter().copied());
        let done = [
            ".vivado.begin.rst",
            ".vivado.end.rst",
            ".route_design.begin.rst",
            ".route_design.end.rst",
            ".init_design.begin.rst",
            ".init_design.end.rst",
        ];
        assert_eq!(of(&done), RunState::Complete("route_design".into()));
        assert_eq!(of(&done[..5]), RunState::Began("init_design".into()));
        assert_eq!(
            of(&[".place_design.begin.rst", ".place_design.error.rst"]),
            RunState::Failed("place_design".into())
        );
        assert_eq!(of(&[".Vivado_Synthesis.queue.rst"]), RunState::Queued);
        assert_eq!(of(&[".vivado.begin.rst", ".vivado.end.rst"]), RunState::Complete("synth_design".into()));
        assert_eq!(of(&["top.bit", ".rst"]), RunState::Unknown);
    }
}
