// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! From the command line to the exit code: banners, logs, sources, shell, footer.
//!
//! Exit codes: 0, 1 (a script error or a refused command line), what `exit` gives, 5 when no tclsh can be started.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::io::{Write, sink};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use fs_err::File;

use super::console::Console;
use super::{Session, Stop};
use crate::cli::{self, CommandLine, Mode};
use crate::disk;
use crate::faults::Faults;
use crate::host::{Host, Settings};
use crate::model::object::Registry;
use crate::release::Release;
use crate::run::jobs::Jobs;
use crate::syntax::Table;
use crate::tcl::bridge::Bridge;
use crate::tcl::list;
use crate::util;

const NO_TCLSH: i32 = 5;

/// Runs one stand-in process to its end and gives its exit code.
pub(crate) fn main(args: impl Iterator<Item = OsString>, mut host: Host) -> i32 {
    let settings = Settings::read(&host);
    let Some(release) = Release::find(&settings.release) else {
        let text = format!(
            "ERROR: [Sim 1-10] VIVADO_SIM_RELEASE is '{}'; the releases that can be played are {}.",
            settings.release,
            Release::names()
        );
        let _ = writeln!(host.stderr, "{text}");
        return 1;
    };
    let line = match cli::parse(args) {
        Ok(line) => line,
        Err(text) => {
            let _ = writeln!(host.stderr, "{text}");
            return 1;
        }
    };
    if line.version || line.help {
        let text = if line.version { version(release) } else { HELP.to_owned() };
        let _ = host.stdout.write_all(text.as_bytes());
        return 0;
    }
    if line.mode == Mode::Gui {
        let _ = writeln!(
            host.stderr,
            "ERROR: [Sim 1-11] the stand-in has no graphical mode: use -mode batch or -mode tcl."
        );
        return 1;
    }
    match Session::start(host, settings, release, &line) {
        Ok(mut session) => session.drive(&line),
        Err(code) => code,
    }
}

const HELP: &str = "vivado-sim (SIMULATED): stands in for Vivado\n\
    usage: vivado -mode batch|tcl [-source file]... [-log file] [-journal file] [-nolog] [-nojournal] [-notrace]\n\
    \x20      [-tempDir dir] [-version] [project.xpr|checkpoint.dcp] [-tclargs arg...]\n";

/// What `vivado -version` prints.
fn version(release: Release) -> String {
    let mut text = if release.at_least(2023, 1) {
        format!("vivado v{} (64-bit) SIMULATED\nTool Version Limit: {}\n", release.name, release.name)
    } else {
        format!("Vivado v{} (64-bit) SIMULATED\n", release.name)
    };
    text += &format!(
        "SW Build {} on {}\nIP Build {} on {}\n",
        release.build, release.date, release.ip_build, release.ip_date
    );
    if let Some((build, date)) = release.shared {
        text += &format!("SharedData Build {build} on {date}\n");
    }
    text += &release.copyright().replace(" Copyright 2022", "\nCopyright 2022");
    text.push('\n');
    text
}

/// The banner of the console.
fn banner(release: Release, now: u64) -> String {
    let mut text = format!(
        "*** SIMULATED by vivado-sim {}: nothing in this session was made by AMD Vivado ***\n\n",
        env!("CARGO_PKG_VERSION")
    );
    text += &format!("****** Vivado v{} (64-bit)\n", release.name);
    text += &format!("  **** SW Build {} on {}\n", release.build, release.date);
    text += &format!("  **** IP Build {} on {}\n", release.ip_build, release.ip_date);
    if let Some((build, date)) = release.shared {
        text += &format!("  **** SharedData Build {build} on {date}\n");
        text += &format!("  **** Start of session at: {}\n", util::asctime(now));
    }
    for part in release.copyright().replace(" Copyright 2022", "\nCopyright 2022").lines() {
        text += &format!("    ** {part}\n");
    }
    text.push('\n');
    text
}

fn log_header(
    release: Release,
    now: u64,
    cwd: &Path,
    line: &CommandLine,
    log: &Path,
    journal: &Path,
) -> String {
    let rule = "#-----------------------------------------------------------\n";
    format!(
        "# SIMULATED by vivado-sim: not made by AMD Vivado\n{rule}# Vivado v{} (64-bit)\n# SW Build {} on {}\n# IP Build {} on {}\n# Start of session at: {}\n# Process ID: {}\n# Current directory: {}\n# Command line: vivado {}\n# Log file: {}\n# Journal file: {}\n{rule}",
        release.name,
        release.build,
        release.date,
        release.ip_build,
        release.ip_date,
        util::asctime(now),
        std::process::id(),
        cwd.display(),
        line.typed.join(" "),
        log.display(),
        journal.display(),
    )
}

/// Opens a log; a file of the default name that is there is kept as a backup.
fn open_log(path: &Path, keep: bool) -> Option<File> {
    if keep && disk::exists(path) {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let end = path.extension().unwrap_or_default().to_string_lossy().into_owned();
        let backup = path.with_file_name(format!("{stem}_{}.backup.{end}", std::process::id()));
        let _ = disk::rename(path, backup);
    }
    File::create(path).ok()
}

impl Session {
    fn start(mut host: Host, settings: Settings, release: Release, line: &CommandLine) -> Result<Self, i32> {
        let now = util::local_now();
        let cwd = host.cwd.clone();
        let temp = line.temp_dir.as_ref().map_or_else(|| cwd.join(".Xil"), |t| util::absolute(&cwd, t));
        let scratch = temp.join(format!("Vivado-{}-{}", std::process::id(), settings.hostname));
        let scratch = match disk::create_dir_all(&scratch) {
            Ok(()) => scratch,
            Err(error) => {
                let _ = writeln!(
                    host.stderr,
                    "ERROR: [Common 17-1294] Unable to create directory [{}]. ({error})",
                    scratch.display()
                );
                return Err(1);
            }
        };
        let boot = scratch.join("boot.tcl");
        let packages = disk::write(scratch.join("packages.tcl"), include_str!("../tcl/packages.tcl"));
        if let Err(error) = packages.and_then(|()| disk::write(&boot, include_str!("../tcl/boot.tcl"))) {
            let _ = writeln!(host.stderr, "ERROR: [Sim 1-12] {error}");
            return Err(1);
        }
        let named =
            |name: &Option<String>, default: &str| util::absolute(&cwd, name.as_deref().unwrap_or(default));
        let (log, journal) = (named(&line.log, "vivado.log"), named(&line.journal, "vivado.jou"));
        let header = log_header(release, now, &cwd, line, &log, &journal);
        let mut log_file = if line.nolog { None } else { open_log(&log, line.log.is_none()) };
        let mut journal_file = if line.nojournal { None } else { open_log(&journal, line.journal.is_none()) };
        for file in [&mut log_file, &mut journal_file].into_iter().flatten() {
            let _ = file.write_all(header.as_bytes());
        }
        let stdin = if line.mode == Mode::Tcl { Stdio::inherit() } else { Stdio::null() };
        let bridge = match Bridge::start(&settings.tclsh, &boot, &cwd, stdin) {
            Ok(bridge) => bridge,
            Err(error) => {
                let _ = writeln!(host.stderr, "ERROR: [Sim 1-13] {error}");
                let _ = disk::remove_dir_all(&scratch);
                return Err(NO_TCLSH);
            }
        };
        let out = std::mem::replace(&mut host.stdout, Box::new(sink()));
        let mut console = Console::new(out, log_file, journal_file);
        console.console_only(&banner(release, now));
        let beside = line.sources.first().map(|s| util::absolute(&cwd, s));
        let faults = Faults::read(settings.faults.as_deref(), beside.as_deref().and_then(Path::parent), &cwd);
        Ok(Self {
            host,
            settings,
            release,
            faults,
            console,
            bridge,
            cwd,
            scratch,
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
            dry: None,
        })
    }

    fn drive(&mut self, line: &CommandLine) -> i32 {
        let code = match self.sources(line) {
            Ok(()) => 0,
            Err(Stop::Exit(code)) => code,
            Err(Stop::Dead) => {
                self.console.line("Abnormal program termination (11)");
                self.clean();
                return 139;
            }
            Err(Stop::Error(text)) => {
                self.console.line(&text);
                1
            }
        };
        let text = format!("INFO: [Common 17-206] Exiting Vivado at {}...", util::asctime(util::local_now()));
        self.console.line(&text);
        self.clean();
        code
    }

    fn clean(&self) {
        let _ = disk::remove_dir_all(&self.scratch);
    }

    fn sources(&mut self, line: &CommandLine) -> Result<(), Stop> {
        self.eval(&format!("::sim::define {}", list::quote(&list::join(Table::get().names()))))?;
        let install = PathBuf::from("/SIMULATED/Xilinx/Vivado").join(self.release.name);
        self.eval(&format!(
            "set ::argv {}; set ::argc {}; set ::tcl_interactive 0; if {{![info exists ::env(XILINX_VIVADO)]}} {{set ::env(XILINX_VIVADO) {}}}",
            list::quote(&list::join(&line.tclargs)),
            line.tclargs.len(),
            list::quote(&util::text(&install)),
        ))?;
        if let Some(file) = &line.file {
            let command = if file.ends_with(".dcp") { "open_checkpoint" } else { "open_project" };
            self.eval(&list::join([command, file]))?;
        }
        for source in &line.sources {
            let trace = if line.notrace { " -notrace" } else { "" };
            self.console.line(&format!("source {source}{trace}"));
            let script = if line.notrace {
                list::join(["::sim::source", source])
            } else {
                list::join(["::sim::traced", source])
            };
            let outcome = self.eval(&script);
            if let (Err(Stop::Error(text)), true) = (&outcome, line.mode == Mode::Tcl) {
                self.console.line(&strip(text));
                continue;
            }
            outcome.map_err(|stop| match stop {
                Stop::Error(text) => Stop::Error(strip(&text)),
                other => other,
            })?;
        }
        if line.mode == Mode::Tcl {
            self.eval("::sim::shell")?;
        }
        Ok(())
    }
}

/// Takes the stand-in's own frames off the end of an error trace.
fn strip(trace: &str) -> String {
    let own = [
        "\n    invoked from within\n\"::sim::",
        "\n    while executing\n\"::sim::",
        "\n    (procedure \"::sim::",
    ];
    let end = own.iter().filter_map(|o| trace.find(o)).min().unwrap_or(trace.len());
    trace[..end].to_owned()
}
