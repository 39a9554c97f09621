// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! A dry session: a script is run to its end and nothing is written, started or loaded.
//!
//! The disk is [`crate::disk::DryDisk`]; the Tcl side is `dry.tcl`, where the script lives in an interpreter without the
//! commands that could touch the machine. Launched runs are played at once, one after the other, each in a dry
//! session of its own over the same disk. What a session notices goes to its [`Probe`].
//!
//! Limits: a command that fails gives a marked word and the script goes on with it, so what follows from a failure
//! is told as a consequence and not judged; programs (`exec`, `open |`) are not run, their output is such a word
//! too.

pub(crate) mod probe;
mod processes;
mod runs;
pub(crate) mod serve;

use std::collections::{BTreeMap, BTreeSet};
use std::io::sink;
use std::path::{Path, PathBuf};

use crate::faults::Faults;
use crate::host::{Host, Settings};
use crate::model::object::Registry;
use crate::release::Release;
use crate::run::jobs::Jobs;
use crate::session::console::Console;
use crate::session::{Session, Stop};
use crate::syntax::Table;
use crate::tcl::bridge::{Bridge, BridgeError};
use crate::tcl::list;
use crate::util;
use probe::{Place, Shared};
pub(crate) use runs::play;

/// Stands in a value that a failed command or a program that was not run should have given.
pub(crate) const MARK: char = '\u{E0F1}';

/// What a dry session is given.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    pub(crate) release: Release,
    pub(crate) tclsh: PathBuf,
    pub(crate) cwd: PathBuf,
    pub(crate) tclargs: Vec<String>,
    /// For the whole of the sessions, in seconds.
    pub(crate) seconds: u64,
}

/// How a script's session stands after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// At the end of the script: the session may take another.
    Open,
    /// `exit` was called, or the Tcl child is gone.
    Closed,
}

impl Session {
    /// A session that leaves nothing behind. `cwd` may be a directory that only the dry disk knows.
    pub(crate) fn dry(setting: &Setting, cwd: &Path, probe: Shared) -> Result<Self, BridgeError> {
        // The Tcl child is a real process: it starts where there is a real directory.
        let bridge = Bridge::dry(&setting.tclsh, include_str!("../tcl/dry.tcl"), &setting.cwd)?;
        let host = Host {
            program: PathBuf::from("vivado"),
            leading: Vec::new(),
            env: Box::new(|_| None),
            cwd: cwd.to_path_buf(),
            stdout: Box::new(sink()),
            stderr: Box::new(sink()),
        };
        let mut console = Console::new(Box::new(sink()), None, None);
        console.probe = Some(probe.clone());
        let settings = Settings {
            release: setting.release.name.to_owned(),
            seed: Some("dry".to_owned()),
            faults: None,
            pace: 0.0,
            tclsh: setting.tclsh.clone(),
            hostname: "localhost".to_owned(),
            user: "user".to_owned(),
        };
        Ok(Self {
            host,
            settings,
            release: setting.release,
            faults: Faults::default(),
            console,
            bridge,
            cwd: cwd.to_path_buf(),
            scratch: cwd.join(".Xil"),
            params: BTreeMap::new(),
            project: None,
            designs: Vec::new(),
            current_design: 0,
            registry: Registry::default(),
            extras: BTreeMap::new(),
            jobs: Jobs::default(),
            xdc_at: None,
            xdc_cell: None,
            warned: BTreeSet::new(),
            verified: false,
            dry: Some(DryState { probe, setting: setting.clone() }),
        })
    }

    /// Defines the commands and the variables that a script finds.
    pub(crate) fn dry_define(&mut self, kind: &str) -> Result<(), Stop> {
        self.eval(&format!("::sim::define {}", list::quote(&list::join(Table::get().names()))))?;
        let Some(state) = &self.dry else { return Ok(()) };
        let setting = state.setting.clone();
        let install = PathBuf::from("/SIMULATED/Xilinx/Vivado").join(self.release.name);
        let script = format!(
            "set ::argv {}; set ::argc {}; set ::tcl_interactive 0; set ::sim::session {kind}; set ::sim::cwd {}; if {{![info exists ::env(XILINX_VIVADO)]}} {{set ::env(XILINX_VIVADO) {}}}",
            list::quote(&list::join(&setting.tclargs)),
            setting.tclargs.len(),
            list::quote(&util::text(&self.cwd)),
            list::quote(&util::text(&install)),
        );
        self.eval(&script)?;
        // The packages of Tcl's library that Vivado ships, as in boot.tcl.
        for (package, version) in [("json", "1.3.3"), ("fileutil", "1.16"), ("cmdline", "1.5")] {
            let text = include_str!("../tcl/packages.tcl");
            self.eval(&list::join(["package", "ifneeded", package, version, text]))?;
        }
        Ok(())
    }

    /// Runs one script of the command line; a bound that is hit ends one top-level command, not the script.
    pub(crate) fn dry_script(&mut self, path: &Path) -> Ended {
        let mut skip = 0;
        loop {
            let script = list::join(["::sim::run_file", &util::text(path), "1", &skip.to_string()]);
            let Some(state) = &self.dry else { return Ended::Closed };
            let probe = state.probe.clone();
            probe.borrow_mut().commands = 0;
            match self.eval(&script) {
                Ok(_) => return Ended::Open,
                Err(Stop::Exit(_) | Stop::Dead) => return Ended::Closed,
                Err(Stop::Error(text)) => {
                    skip += probe.borrow().commands;
                    probe.borrow_mut().bound_hit(&text);
                    if probe.borrow().out_of_time() || self.eval("%unbound").is_err() {
                        return Ended::Closed;
                    }
                }
            }
        }
    }
}

/// What makes a session a dry one.
pub(crate) struct DryState {
    pub(crate) probe: Shared,
    pub(crate) setting: Setting,
}

/// The place that a session's findings have: that of the constraint file under evaluation before the script's.
pub(crate) fn place_of(s: &Session, place: Place) -> Place {
    match &s.xdc_at {
        Some((file, line)) => Place { file: file.clone(), line: *line },
        None => place,
    }
}
