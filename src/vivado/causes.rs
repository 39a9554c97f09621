// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! What known lines of Vivado's logs mean, and what to do about them.
//!
//! The texts come from public logs and AMD's documents (UG835, UG909) as collected for this project; a line that is not here is simply
//! shown as it is. A cause is a hint for people: no decision depends on it.

use serde::Serialize;

use super::judge::ExitKind;
use crate::exit::Exit;

/// A known cause of a failure.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Cause {
    /// Text that the line must hold: a message id where there is one.
    #[serde(skip)]
    pattern: &'static str,
    /// Where the text may stand.
    #[serde(skip)]
    place: Place,
    /// Short kebab-case name.
    pub name: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// What to do next.
    pub help: &'static str,
    /// Exit code of a build that ends by it: the tool's, the input's or the environment's fault.
    pub exit: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In lines that start with `ERROR:`.
    Error,
    /// In any line of any kind, for messages of the shell and the system.
    Anywhere,
}

use Place::{Anywhere, Error};

const fn cause(
    place: Place,
    pattern: &'static str,
    name: &'static str,
    exit: u8,
    meaning: &'static str,
    help: &'static str,
) -> Cause {
    Cause { pattern, place, name, meaning, help, exit }
}

/// The table. The first that fits a line counts.
#[rustfmt::skip]
static CAUSES: &[Cause] = &[
    cause(Error, "[Common 17-345]", "licence", Exit::ENVIRONMENT,
        "Vivado found no licence for the feature and device",
        "check XILINXD_LICENSE_FILE and the licence server; parts outside the free list need a paid device licence"),
    cause(Anywhere, "Device 21-9575", "licence-tier", Exit::ENVIRONMENT,
        "the selected licence tier does not hold this device",
        "choose another licence, or another part"),
    cause(Error, "[Sim 1-13] cannot start", "no-tclsh", Exit::ENVIRONMENT,
        "the stand-in found no Tcl interpreter",
        "install the package `tcl` (Debian, Ubuntu: apt install tcl), and look with `dfxkit doctor`"),
    cause(Error, "[Coretcl 2-106]", "part-unknown", Exit::ENVIRONMENT,
        "this Vivado does not know the part",
        "install the device family with the Vivado installer (Add Design Tools or Devices), or correct [project] part"),
    cause(Error, "[Board 49-71]", "board-unknown", Exit::ENVIRONMENT,
        "this Vivado has no files for the board",
        "install the board files, or leave [project] board out: the part alone is enough for RTL"),
    cause(Error, "[Netlist 29-77]", "port-mismatch", Exit::INPUT,
        "a module's ports are not the ports of its partition in the static",
        "give every module of the partition the same ports, names and widths as the static instantiates"),
    cause(Error, "[DRC INBB-3]", "black-box", Exit::INPUT,
        "a cell has no contents: a partition without a module, or a module of the design that no source defines",
        "look at the cell that the line names: add its source, or fill the partition in every configuration"),
    cause(Error, "[Runs 36-378]", "newer-checkpoint", Exit::INPUT,
        "a checkpoint was made by a newer Vivado than this one",
        "use the Vivado release that made it; a golden checkpoint is bound to its release"),
    cause(Error, "[Common 17-37]", "missing-directory", Exit::TOOL,
        "Vivado does not make directories for its outputs",
        "if a hook of yours writes there, let it make the directory first (file mkdir)"),
    cause(Error, "HDPRVerify-01", "other-part", Exit::GATE,
        "the compared checkpoints are of different parts",
        "build every configuration for the part of the static"),
    cause(Error, "HDPRVerify", "static-differs", Exit::GATE,
        "a configuration does not hold the same static as its parent",
        "rebuild the children from the parent's locked checkpoint; never mix checkpoints of two parent runs"),
    cause(Error, "[DRC NSTD-1]", "io-standard", Exit::INPUT,
        "ports have no I/O standard",
        "constrain IOSTANDARD of every port in an .xdc of [static] constraints"),
    cause(Error, "[DRC UCIO-1]", "io-location", Exit::INPUT,
        "ports have no location",
        "constrain PACKAGE_PIN of every port in an .xdc of [static] constraints"),
    cause(Error, "(NSTD-1)", "io-standard", Exit::INPUT,
        "ports have no I/O standard",
        "constrain IOSTANDARD of every port in an .xdc of [static] constraints"),
    cause(Error, "(UCIO-1)", "io-location", Exit::INPUT,
        "ports have no location",
        "constrain PACKAGE_PIN of every port in an .xdc of [static] constraints"),
    cause(Error, "[DRC HDPR-", "dfx-rule", Exit::INPUT,
        "a design rule of DFX is broken, most often by a Pblock",
        "`dfxkit floorplan` shows what the Pblocks hold; the rule's text names cell and site"),
    cause(Error, "[Vivado 12-172]", "file-missing", Exit::INPUT,
        "a file that the project names does not exist",
        "`dfxkit check`; if it is a generated file, run the build again"),
    cause(Error, "[Runs 36-287]", "file-missing", Exit::INPUT,
        "a source file does not exist or cannot be read",
        "`dfxkit check`, and look at the file's permissions"),
    cause(Error, "[Project 1-68]", "top-unknown", Exit::INPUT,
        "no source defines the top module",
        "correct `top` in the description"),
    cause(Error, "[Project 1-228]", "project-read-only", Exit::ENVIRONMENT,
        "the Vivado project in the build directory was made by another release",
        "remove the build directory's project/ and build again"),
    cause(Error, "[Project 1-161]", "directory-in-use", Exit::ENVIRONMENT,
        "another process uses the project directory",
        "close the Vivado that has the project open"),
    cause(Error, "[Common 17-55]", "nothing-matched", Exit::INPUT,
        "a set_property got an empty list: a get_cells or get_ports before it found nothing",
        "check the names in the constraint or hook that the message points to"),
    cause(Anywhere, "[Vivado 12-1433]", "pblock-cell", Exit::INPUT,
        "the cell of a Pblock does not exist in the static",
        "correct `cell` of the partition: the hierarchical path in the synthesised static"),
    cause(Anywhere, "No space left on device", "disk-full", Exit::ENVIRONMENT,
        "the disk is full",
        "free space, or put [build] directory on another disk"),
    cause(Anywhere, "Disk quota exceeded", "disk-full", Exit::ENVIRONMENT,
        "the disk quota is used up",
        "free space, or put [build] directory on another disk"),
    cause(Anywhere, "Killed                  ", "out-of-memory", Exit::ENVIRONMENT,
        "a Vivado process was killed from outside, most often because memory ran out",
        "lower [build] jobs, close other programs, or use a machine with more memory; `dmesg` tells who was killed"),
    cause(Anywhere, " Killed \"$RDI_PROG\"", "out-of-memory", Exit::ENVIRONMENT,
        "a Vivado process was killed from outside, most often because memory ran out",
        "lower [build] jobs, close other programs, or use a machine with more memory; `dmesg` tells who was killed"),
    cause(Anywhere, "std::bad_alloc", "out-of-memory", Exit::ENVIRONMENT,
        "memory ran out",
        "lower [build] jobs, or use a machine with more memory"),
    cause(Anywhere, "Abnormal program termination", "crash", Exit::TOOL,
        "Vivado crashed",
        "look at hs_err_pid*.log in the run's directory; building again often helps, with fewer [build] jobs if memory is short"),
    cause(Error, "needs to be reset before launching", "needs-reset", Exit::TOOL,
        "a run was launched again without a reset",
        "this is a fault of the script: report it; removing the build directory's project/ cures it"),
];

/// The known cause that a line tells, if any.
pub fn of_line(line: &str) -> Option<&'static Cause> {
    // Hundreds of megabytes go through here: most lines are dismissed by their first bytes or by one cheap look.
    let is_error = line.starts_with("ERROR:");
    CAUSES.iter().find(|c| (is_error || c.place == Anywhere) && line.contains(c.pattern))
}

/// The cause that a process's end by itself suggests: SIGKILL comes from the system when memory runs out, and Vivado 2026.1 ends with
/// 42 when it has no licence file at all.
pub fn of_exit(exit: ExitKind) -> Option<&'static Cause> {
    let name = match exit {
        ExitKind::Signal(9) => "out-of-memory",
        ExitKind::Code(42) => "licence",
        _ => return None,
    };
    CAUSES.iter().find(|c| c.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_lines_have_their_causes() {
        let cases = [
            ("ERROR: [Common 17-345] A valid license was not found for feature 'Synthesis'", "licence"),
            ("ERROR: [Sim 1-13] cannot start 'tclsh': No such file or directory", "no-tclsh"),
            ("ERROR: [Coretcl 2-106] Specified part could not be found.", "part-unknown"),
            ("ERROR: [Netlist 29-77] Could not replace (cell 'pr_block_bb', library", "port-mismatch"),
            ("ERROR: [DRC INBB-3] Black Box Instances: Cell 'inst_shift'", "black-box"),
            ("ERROR: [Runs 36-378] The checkpoint x was created with 'Vivado v2026.1", "newer-checkpoint"),
            ("ERROR: [Common 17-37] Directory in which file synth-rp.dcp is", "missing-directory"),
            ("ERROR: [Constraints 18-884] HDPRVerify-01: part", "other-part"),
            ("ERROR: [Constraints 18-891] HDPRVerify-08: x", "static-differs"),
            ("ERROR: [DRC 23-20] Rule violation (NSTD-1) Unspecified I/O", "io-standard"),
            ("/t/bin/rdiArgs.sh: line 312: 32165 Killed \"$RDI_PROG\" \"$@\"", "out-of-memory"),
            ("/t/rdiArgs.sh: line 312: 32165 Killed                  \"$RDI_PROG\" \"$@\"", "out-of-memory"),
            ("Abnormal program termination (11)", "crash"),
            ("write: No space left on device", "disk-full"),
        ];
        for (line, name) in cases {
            assert_eq!(of_line(line).map(|c| c.name), Some(name), "{line}");
        }
        assert_eq!(of_exit(ExitKind::Signal(9)).map(|c| c.name), Some("out-of-memory"));
        assert_eq!(of_exit(ExitKind::Code(42)).map(|c| c.name), Some("licence"));
        assert_eq!(of_exit(ExitKind::Code(1)), None);
        assert_eq!(of_line("INFO: [Common 17-345] quoted in an INFO line"), None);
        assert_eq!(of_line("INFO: [Synth 8-6157] synthesizing module 'killed_flag'"), None);
    }
}
