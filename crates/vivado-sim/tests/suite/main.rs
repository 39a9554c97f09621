// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Scripts as a Vivado user writes them, run on the program.

#![expect(clippy::unwrap_used, reason = "tests")]

mod block_design;
mod block_design_moves;
mod catalogue;
mod catalogue_rows;
mod faults;
mod front;
mod hdl;
mod honesty;
mod ip;
mod lint;
mod nonproject;
mod project_flow;
mod public_scripts;
mod runs;
mod silicon;
mod styles;
mod written_text;

use std::path::{Path, PathBuf};
use std::process::Command;

/// A scratch directory with the shared small sources in it.
pub(crate) struct Bench {
    dir: tempfile::TempDir,
    variables: Vec<(String, String)>,
}

/// What a process left.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) console: String,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
        for entry in fs_err::read_dir(fixtures).unwrap() {
            let entry = entry.unwrap();
            fs_err::copy(entry.path(), dir.path().join(entry.file_name())).unwrap();
        }
        Self { dir, variables: Vec::new() }
    }

    /// Sets a variable for the processes to come.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        String::from_utf8_lossy(&fs_err::read(self.path(name)).unwrap()).into_owned()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs_err::write(self.path(name), text).unwrap();
    }

    /// Runs the program with these arguments.
    pub(crate) fn vivado(&self, args: &[&str]) -> Ran {
        self.vivado_with(args, &[])
    }

    fn vivado_with(&self, args: &[&str], more: &[(&str, &str)]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vivado-sim"));
        command.args(args).current_dir(self.dir.path());
        for name in [
            "VIVADO_SIM_RELEASE",
            "VIVADO_SIM_FAULTS",
            "VIVADO_SIM_PACE",
            "VIVADO_SIM_SEED",
            "VIVADO_SIM_TCLSH",
        ] {
            command.env_remove(name);
        }
        for (name, value) in &self.variables {
            command.env(name, value);
        }
        command.envs(more.iter().copied());
        let output = command.output().unwrap();
        let mut console = String::from_utf8_lossy(&output.stdout).into_owned();
        console += &String::from_utf8_lossy(&output.stderr);
        Ran { code: output.status.code().unwrap_or(-1), console }
    }

    /// Runs a script on a release, in batch mode without echo.
    pub(crate) fn release(&self, release: &str, text: &str) -> Ran {
        self.write("script.tcl", text);
        self.vivado_with(
            &["-mode", "batch", "-notrace", "-source", "script.tcl"],
            &[("VIVADO_SIM_RELEASE", release)],
        )
    }

    /// Runs a script in batch mode without echo.
    pub(crate) fn script(&self, text: &str) -> Ran {
        self.write("script.tcl", text);
        self.vivado(&["-mode", "batch", "-notrace", "-source", "script.tcl"])
    }
}

impl Ran {
    /// The console holds all of these.
    pub(crate) fn says(&self, wanted: &[&str]) -> &Self {
        for text in wanted {
            assert!(self.console.contains(text), "not said: {text}\n{}", self.console);
        }
        self
    }

    pub(crate) fn never(&self, unwanted: &[&str]) -> &Self {
        for text in unwanted {
            assert!(!self.console.contains(text), "said: {text}\n{}", self.console);
        }
        self
    }

    pub(crate) fn ends(&self, code: i32) -> &Self {
        assert_eq!(self.code, code, "{}", self.console);
        self
    }
}
