// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the embedding program gives: how to start itself again, the environment, the console.

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;

/// Looks one environment variable up.
pub type Lookup = Box<dyn Fn(&str) -> Option<OsString>>;

/// The surroundings of one stand-in process.
pub struct Host {
    /// The program that runs start: this same stand-in.
    pub program: PathBuf,
    /// Its leading arguments, before Vivado's own (`__vivado-sim` when embedded in `dfxkit`).
    pub leading: Vec<OsString>,
    /// Looks one environment variable up. The variables that count:
    /// `VIVADO_SIM_RELEASE`, `VIVADO_SIM_SEED`, `VIVADO_SIM_FAULTS`, `VIVADO_SIM_PACE`, `VIVADO_SIM_TCLSH`, `HOSTNAME`, `USER`.
    pub env: Lookup,
    /// The directory the program was started in, absolute.
    pub cwd: PathBuf,
    /// Where console text goes. The Tcl child's own standard output is the process's.
    pub stdout: Box<dyn Write>,
    /// Where a refusal to start goes.
    pub stderr: Box<dyn Write>,
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host").field("program", &self.program).field("cwd", &self.cwd).finish_non_exhaustive()
    }
}

/// The settings read from the environment, once.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) release: String,
    pub(crate) seed: Option<String>,
    pub(crate) faults: Option<String>,
    /// Fraction of realistic durations that is slept; 0 is none.
    pub(crate) pace: f64,
    pub(crate) tclsh: PathBuf,
    pub(crate) hostname: String,
    pub(crate) user: String,
}

impl Settings {
    pub(crate) fn read(host: &Host) -> Self {
        let text = |name: &str| {
            (host.env)(name).map(|v| v.to_string_lossy().into_owned()).filter(|v| !v.trim().is_empty())
        };
        let machine =
            || fs_err::read_to_string("/proc/sys/kernel/hostname").ok().map(|h| h.trim().to_owned());
        Self {
            release: text("VIVADO_SIM_RELEASE").unwrap_or_else(|| "2024.2".to_owned()),
            seed: text("VIVADO_SIM_SEED"),
            faults: text("VIVADO_SIM_FAULTS"),
            pace: text("VIVADO_SIM_PACE").and_then(|p| p.parse().ok()).unwrap_or(0.0),
            tclsh: PathBuf::from(text("VIVADO_SIM_TCLSH").unwrap_or_else(|| "tclsh".to_owned())),
            hostname: text("HOSTNAME").or_else(machine).unwrap_or_else(|| "localhost".to_owned()),
            user: text("USER").unwrap_or_else(|| "user".to_owned()),
        }
    }
}
