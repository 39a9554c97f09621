// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! A stand-in for AMD Vivado that runs DFX scripts without a licence; all it makes is SIMULATED.
//!
//! Takes Vivado's command line, runs the script in a real `tclsh` 8.6 with every Vivado command forwarded to a
//! typed model in Rust, and leaves what Vivado leaves: projects, run directories, logs, checkpoints, bitstreams,
//! reports. The behaviour is from public material only (documentation, and files that real Vivado made); where
//! nobody outside knows, the plainest behaviour was chosen and the code says so.
//!
//! This crate is a program's core: it spawns processes and touches the file system. It reads the environment
//! through [`Host`] alone.
//!
//! Limits: no synthesis, placement or routing happens. A netlist is a hash of its sources and a tree of module
//! instances; timing and utilisation are plausible numbers derived from hashes.

#![expect(
    clippy::format_collect,
    clippy::match_same_arms,
    clippy::case_sensitive_file_extension_comparisons,
    clippy::many_single_char_names,
    clippy::unused_self,
    clippy::unnecessary_wraps,
    clippy::cast_sign_loss,
    clippy::struct_field_names,
    reason = "text building and command tables: equal arms keep a table readable, handlers share one signature, \
              and Vivado's own file endings are lower case"
)]

mod artifacts;
mod cli;
mod cmd;
mod disk;
mod dry;
mod faults;
mod hdl;
mod host;
pub mod lint;
mod model;
mod release;
mod run;
mod session;
mod syntax;
mod tcl;
mod util;

use std::ffi::OsString;

pub use host::{Host, Lookup};

/// Runs one stand-in process: `args` are Vivado's own arguments, without the program name. Returns the exit code.
///
/// Exit codes: 0 done; 1 a script error or a refused command line; the script's own `exit N`; 5 no usable `tclsh`.
pub fn main(args: impl Iterator<Item = OsString>, host: Host) -> i32 {
    session::start::main(args, host)
}
