// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Exit codes of the program: documented constants, part of the public contract.

/// Exit codes by cause. Other programs test against these numbers.
pub enum Exit {}

impl Exit {
    /// Everything that was asked for was done, and every gate passed.
    pub const DONE: u8 = 0;
    /// The input is at fault: the description, a source, or a file given to read.
    pub const INPUT: u8 = 1;
    /// The command line is at fault.
    pub const USAGE: u8 = 2;
    /// Vivado (or another tool) failed.
    pub const TOOL: u8 = 3;
    /// A gate refused what was built, or a check of existing artifacts refused them.
    pub const GATE: u8 = 4;
    /// The environment is at fault: no Vivado, no licence, no disk, no permission.
    pub const ENVIRONMENT: u8 = 5;
    /// Interrupted by the user; the state is resumable.
    pub const INTERRUPTED: u8 = 130;
}
