// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Failures on demand.
//!
//! Lines of the form `when=PATTERN, fault=NAME` (one a line, or apart by `;` in the variable) come from
//! `VIVADO_SIM_FAULTS` (the lines, or a file that holds them) and from a file `vivado-sim.faults` beside the script.
//! `when` is held against `run/command` (`child_0_impl_1/route_design`), against the command alone, and may hold `*`
//! and `?`; the run is the name of the working directory. Launched runs inherit the faults. Without `when`, or with `*`, the
//! design commands are meant; `flood`, `oom`, `crash`, `exit0_errors` and `hang` work at every command that `when` names.
//!
//! | fault | effect |
//! |---|---|
//! | `license` | [Common 17-345], the command fails |
//! | `license_wait` | two seconds of waiting, then on |
//! | `part_unknown` | [Coretcl 2-106] at create_project, link_design, synth_design |
//! | `port_mismatch` | [Netlist 29-77] at link_design |
//! | `timing` | the design misses timing; the run completes |
//! | `route` | route_design fails |
//! | `place` | place_design fails |
//! | `wrong_golden` | pr_verify finds different placement ([Constraints 18-891], [Vivado 12-3515]) |
//! | `verify_zero` | pr_verify passes with zero counts |
//! | `oom` | the process is killed by SIGKILL |
//! | `crash` | the process ends with 139, without end marks |
//! | `exit0_errors` | ERROR lines, then exit 0; without `when` also at create_project and open_project |
//! | `no_output` | the command writes no file and says that it did |
//! | `stale_output` | the command leaves an old file as it was |
//! | `newer_dcp` | [Runs 36-378] at a checkpoint read |
//! | `pblock_overlap` | [DRC HDPR-66] at place_design: between two Pblocks, or of a lone one with a user's Pblock |
//! | `disk_full` | writing a checkpoint or bitstream fails |
//! | `hang` | never returns |
//! | `flood` | ten megabytes of log, then on |

use std::path::Path;

use crate::disk;
use crate::session::{Session, Stop, fail};
use crate::util;

#[derive(Debug, Clone, Default)]
pub(crate) struct Faults {
    rules: Vec<(String, String)>,
    /// Name of the working directory: the run's name inside a run.
    place: String,
}

impl Faults {
    /// `given` is the variable's value; `beside` the script's folder.
    pub(crate) fn read(given: Option<&str>, beside: Option<&Path>, cwd: &Path) -> Self {
        let mut faults = Self { rules: Vec::new(), place: util::file_name(cwd) };
        if let Some(given) = given {
            let text = if given.contains('=') {
                given.to_owned()
            } else {
                fs_err::read_to_string(given).unwrap_or_default()
            };
            faults.lines(&text);
        }
        if let Some(text) = beside.and_then(|b| fs_err::read_to_string(b.join("vivado-sim.faults")).ok()) {
            faults.lines(&text);
        }
        faults
    }

    fn lines(&mut self, text: &str) {
        for line in text.split(['\n', ';']).map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')) {
            let (mut when, mut fault) = ("*".to_owned(), String::new());
            for part in line.split(',') {
                match part.trim().split_once('=') {
                    Some(("when", v)) => v.trim().clone_into(&mut when),
                    Some(("fault", v)) => v.trim().clone_into(&mut fault),
                    _ => {}
                }
            }
            if !fault.is_empty() {
                self.rules.push((when, fault));
            }
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    pub(crate) fn has(&self, fault: &str, command: &str) -> bool {
        let full = format!("{}/{command}", self.place);
        self.rules.iter().any(|(w, f)| f == fault && (util::glob(w, command) || util::glob(w, &full)))
    }

    /// As [`Faults::has`], for rules that name what they are for: a bare `*` means the design commands.
    pub(crate) fn named(&self, fault: &str, command: &str) -> bool {
        let full = format!("{}/{command}", self.place);
        let fits = |w: &str| w != "*" && (util::glob(w, command) || util::glob(w, &full));
        self.rules.iter().any(|(w, f)| f == fault && fits(w))
    }

    /// The rules as one value of the variable, for run processes.
    pub(crate) fn text(&self) -> String {
        self.rules.iter().map(|(w, f)| format!("when={w},fault={f}")).collect::<Vec<_>>().join(";")
    }
}

impl Session {
    /// Whether `fault` is asked for at `command`.
    pub(crate) fn fault(&self, fault: &str, command: &str) -> bool {
        self.faults.has(fault, command)
    }

    /// The faults of a command that is none of the design commands, which see to theirs themselves.
    pub(crate) fn other_faults(&mut self, command: &str) -> Result<(), Stop> {
        const DESIGN: [&str; 20] = [
            "synth_design",
            "link_design",
            "opt_design",
            "power_opt_design",
            "place_design",
            "phys_opt_design",
            "iphys_opt_design",
            "route_design",
            "open_checkpoint",
            "read_checkpoint",
            "write_checkpoint",
            "write_abstract_shell",
            "write_bitstream",
            "write_device_image",
            "update_design",
            "lock_design",
            "pr_verify",
            "pr_subdivide",
            "pr_recombine",
            "report_property",
        ];
        if self.faults.is_empty() || DESIGN.contains(&command) || command.starts_with("report_") {
            return Ok(());
        }
        // A script that only makes a project has no design command: ending well with errors is asked of its first.
        let project = matches!(command, "create_project" | "open_project");
        if project && self.fault("exit0_errors", command) {
            return self.common_faults(command);
        }
        let asked = ["flood", "oom", "crash", "exit0_errors", "hang"];
        if asked.iter().any(|f| self.faults.named(f, command)) {
            return self.common_faults(command);
        }
        Ok(())
    }

    /// The faults that any design command may have, before it does anything.
    pub(crate) fn common_faults(&mut self, command: &str) -> Result<(), Stop> {
        if self.fault("flood", command) {
            let line = format!("INFO: [Sim 1-99] {}", "flood ".repeat(40));
            for _ in 0..40_000 {
                self.console.line(&line);
            }
        }
        if self.fault("oom", command) {
            let own = rustix::process::getpid();
            let _ = rustix::process::kill_process(own, rustix::process::Signal::KILL);
        }
        if self.fault("crash", command) {
            return Err(Stop::Dead);
        }
        if self.fault("exit0_errors", command) {
            self.error("Sim 1-98", format!("internal fault in {command} (on demand)"));
            return Err(Stop::Exit(0));
        }
        while self.fault("hang", command) {
            std::thread::sleep(std::time::Duration::from_hours(1));
        }
        Ok(())
    }

    /// The licence lines of a design command.
    pub(crate) fn license(&mut self, feature: &str, part: &str, command: &str) -> Result<(), Stop> {
        let device = crate::model::device::Part::read(part).map_or_else(|| part.to_owned(), |p| p.device);
        self.say(format!("Attempting to get a license for feature '{feature}' and/or device '{device}'"));
        if self.fault("license_wait", command) {
            std::thread::sleep(std::time::Duration::from_secs(2));
        }
        if self.fault("license", command) {
            self.error(
                "Common 17-345",
                format!(
                    "A valid license was not found for feature '{feature}' and/or device '{device}'. Please run the Vivado License Manager for assistance in determining\nwhich features and devices are licensed for your system.\nResolution: Check the status of your licenses in the Vivado License Manager. For debug help search Xilinx Support for \"Licensing FAQ\". "
                ),
            );
            let totals = self.console.totals();
            self.say(totals);
            self.say(format!("{command} failed"));
            return self.earlier(command);
        }
        self.info("Common 17-349", format!("Got license for feature '{feature}' and/or device '{device}'"));
        Ok(())
    }

    /// Sleeps the chosen fraction of a realistic duration.
    pub(crate) fn pace(&self, seconds: f64) {
        let wait = seconds * self.settings.pace;
        if wait > 0.0 && wait.is_finite() {
            std::thread::sleep(std::time::Duration::from_secs_f64(wait.min(86_400.0)));
        }
    }

    /// What a command that writes `path` is to do about it: `Ok(false)` is not to write at all.
    pub(crate) fn output_faults(&mut self, command: &str, path: &Path) -> Result<bool, Stop> {
        if self.fault("disk_full", command) {
            return fail(
                "Common 17-69",
                format!("Command failed: {}: No space left on device", path.display()),
            );
        }
        if self.fault("no_output", command) {
            let _ = disk::remove_file(path);
            return Ok(false);
        }
        Ok(!self.fault("stale_output", command))
    }
}

#[cfg(test)]
mod tests {
    use super::Faults;
    use std::path::Path;

    #[test]
    fn rules_match_commands_and_runs() {
        let faults = Faults::read(
            Some("when=child_*/route_design, fault=route; fault=timing"),
            None,
            Path::new("/x/child_0_impl_1"),
        );
        assert!(faults.has("route", "route_design"));
        assert!(faults.has("timing", "anything"));
        assert!(!faults.has("route", "place_design"));
        assert!(!Faults::read(Some("when=a/b,fault=oom"), None, Path::new("/c")).has("oom", "b"));
    }
}
