// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether a Vivado process did what it was started for: sentinel, exit status, log and outputs must all agree.
//!
//! Each alone is known to lie (traps 1 to 5): a failed run can end with exit 0, plain Tcl errors have no `ERROR:`, and yesterday's
//! outputs lie where today's should. So every refusal names all four.

use camino::Utf8PathBuf;
use serde::Serialize;

use super::digest::{Digest, LogLine};

/// The last steps of runs: only these, with `Complete!` in STATUS and `100%` in PROGRESS, are a finished run (traps 2).
pub const LAST_STEPS: [&str; 3] = ["synth_design", "write_bitstream", "write_device_image"];

/// How the process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "exit", content = "number")]
pub enum ExitKind {
    /// With an exit code.
    Code(i32),
    /// By a signal.
    Signal(i32),
}

impl std::fmt::Display for ExitKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ExitKind::Code(code) => write!(f, "exit code {code}"),
            ExitKind::Signal(signal) => write!(f, "killed by signal {signal}"),
        }
    }
}

/// What the sentinel says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "sentinel")]
pub enum Sentinel {
    /// It names the step, with the nonce of this call.
    Found,
    /// None was printed: the script did not reach its end.
    Missing,
    /// It has the nonce of another call: an old log, or a script that was changed.
    OtherNonce {
        /// What was found.
        found: String,
    },
    /// It is there, but does not name the step.
    OtherSteps {
        /// The steps that it names.
        found: Vec<String>,
    },
}

/// A declared output that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "problem")]
pub enum OutputProblem {
    /// Not there.
    Missing {
        /// Relative to the build directory.
        path: Utf8PathBuf,
    },
    /// There since before the call: this call did not write it.
    Old {
        /// Relative to the build directory.
        path: Utf8PathBuf,
        /// Seconds before the start.
        seconds: u64,
    },
    /// There and empty.
    Empty {
        /// Relative to the build directory.
        path: Utf8PathBuf,
    },
}

impl std::fmt::Display for OutputProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            OutputProblem::Missing { path } => write!(f, "{path} is missing"),
            OutputProblem::Old { path, seconds } => {
                write!(f, "{path} is {seconds} s older than the start: this run did not write it")
            }
            OutputProblem::Empty { path } => write!(f, "{path} is empty"),
        }
    }
}

/// The four witnesses, as they were found for one step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// The sentinel.
    pub sentinel: Sentinel,
    /// The exit status.
    pub exit: ExitKind,
    /// `ERROR:` lines.
    pub errors: u64,
    /// The first error, of Vivado or of Tcl.
    pub first_error: Option<LogLine>,
    /// Outputs that are not as they must be.
    pub outputs: Vec<OutputProblem>,
}

/// Why a step is not taken as done, by the first witness against it. Every text names all four.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The exit status says no.
    #[error("Vivado failed: {0}")]
    Exit(Box<Evidence>),
    /// The exit status says yes, the log says no.
    #[error("Vivado's exit status is good, but its log holds errors: {0}")]
    Log(Box<Evidence>),
    /// Exit status and log say yes, but the script did not reach its end.
    #[error("Vivado ended without an error, but the script did not reach its end: {0}")]
    Sentinel(Box<Evidence>),
    /// All say yes, but the outputs are not there.
    #[error("Vivado says that it is done, but its outputs are not there: {0}")]
    Outputs(Box<Evidence>),
}

impl Refused {
    /// The witnesses.
    pub fn evidence(&self) -> &Evidence {
        match self {
            Refused::Exit(e) | Refused::Log(e) | Refused::Sentinel(e) | Refused::Outputs(e) => e,
        }
    }
}

impl std::fmt::Display for Evidence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.sentinel {
            Sentinel::Found => f.write_str("sentinel found")?,
            Sentinel::Missing => f.write_str("sentinel missing")?,
            Sentinel::OtherNonce { found } => write!(f, "sentinel of another call ({found})")?,
            Sentinel::OtherSteps { found } => write!(f, "sentinel for other steps ({})", found.join(" "))?,
        }
        write!(f, "; {}; ", self.exit)?;
        match (self.errors, &self.first_error) {
            (0, None) => f.write_str("no error in the log")?,
            (0, Some(first)) => write!(f, "a Tcl error in line {} of the log", first.line)?,
            (n, first) => {
                write!(f, "{n} ERROR line{} in the log", if n == 1 { "" } else { "s" })?;
                if let Some(first) = first {
                    write!(f, ", the first error in line {}", first.line)?;
                }
            }
        }
        match self.outputs.as_slice() {
            [] => f.write_str("; outputs complete"),
            [one] => write!(f, "; {one}"),
            [one, rest @ ..] => write!(f, "; {one}, and {} more outputs are not as they must be", rest.len()),
        }
    }
}

/// Puts the witnesses together for one step.
pub fn judge(
    step: &str,
    nonce: &str,
    exit: ExitKind,
    digest: &Digest,
    outputs: Vec<OutputProblem>,
) -> Result<(), Refused> {
    let ours: Vec<_> = digest.ends.iter().filter(|e| e.nonce == nonce).collect();
    let sentinel = if ours.iter().any(|e| e.steps.iter().any(|s| s == step)) {
        Sentinel::Found
    } else if let Some(end) = ours.first() {
        Sentinel::OtherSteps { found: end.steps.clone() }
    } else if let Some(end) = digest.ends.first() {
        Sentinel::OtherNonce { found: end.nonce.clone() }
    } else {
        Sentinel::Missing
    };
    let evidence =
        Evidence { sentinel, exit, errors: digest.errors, first_error: digest.first().cloned(), outputs };
    if evidence.exit != ExitKind::Code(0) {
        return Err(Refused::Exit(Box::new(evidence)));
    }
    if evidence.errors > 0 || evidence.first_error.is_some() {
        return Err(Refused::Log(Box::new(evidence)));
    }
    if evidence.sentinel != Sentinel::Found {
        return Err(Refused::Sentinel(Box::new(evidence)));
    }
    if !evidence.outputs.is_empty() {
        return Err(Refused::Outputs(Box::new(evidence)));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(text: &str) -> Digest {
        let mut digest = Digest::default();
        digest.feed(text.as_bytes(), &mut |_| {});
        digest
    }

    #[test]
    fn all_four_must_agree() {
        let good = digest("dfxkit:: END a b N\n");
        let ok = ExitKind::Code(0);
        let gone = || vec![OutputProblem::Missing { path: "x.dcp".into() }];
        assert_eq!(judge("a", "N", ok, &good, vec![]), Ok(()));
        assert!(matches!(judge("a", "N", ExitKind::Code(1), &good, vec![]), Err(Refused::Exit(_))));
        assert!(matches!(judge("a", "N", ExitKind::Signal(9), &good, vec![]), Err(Refused::Exit(_))));
        assert!(matches!(judge("c", "N", ok, &good, vec![]), Err(Refused::Sentinel(_))));
        assert!(matches!(judge("a", "M", ok, &good, vec![]), Err(Refused::Sentinel(_))));
        assert!(matches!(judge("a", "N", ok, &digest(""), vec![]), Err(Refused::Sentinel(_))));
        assert!(matches!(judge("a", "N", ok, &good, gone()), Err(Refused::Outputs(_))));
        let refused = judge("a", "N", ok, &digest("ERROR: x\ndfxkit:: END a N\n"), gone()).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "Vivado's exit status is good, but its log holds errors: sentinel found; exit code 0; \
             1 ERROR line in the log, the first error in line 1; x.dcp is missing"
        );
    }
}
