// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Ports, parameters and the instance tree of Verilog, SystemVerilog, VHDL, port stubs and block designs: the one HDL reader of dfxkit and of its stand-in.
//!
//! - [`read`] takes a file apart, [`Library`] holds what all files declare, [`Library::interface`] works out the ports of a module, [`elaborate`] the tree under a top.
//! - [`compare`] and [`side_by_side`] hold two interfaces against each other.
//! - [`of_stub`] reads the port stub of a checkpoint, [`bd`] the boundary of a block design.
//!
//! What is not certain is unknown with its reason, never guessed: macros that other files may define, encrypted regions, reals, numbers of more than 120 bits,
//! how Vivado names the bits of a structure in a netlist. A tree with open questions says so ([`Netlist::doubts`]).
//!
//! # Why a reader of its own
//! Measured on 2026-11-20 with `sv-parser` 0.13.5, release build: building it took 451 s of processor time; a plain module of 2,000 lines took 2,970 ms, a netlist of
//! 50,000 lines 10 s; 300 parentheses inside each other overflowed an 8 MB stack; an encrypted region, an include that is not there and a macro that another
//! file defines are errors for the whole file. This reader, on the same machine and day: 8 ms and 65 ms, tree and output included. The port check has milliseconds, and must say what it can about such files. `vhdl_lang` 0.88, `vhdl_syntax` 0.2 and `vhdl_parser` 0.13 are MPL-2.0,
//! which dfxkit does not ship. None of them evaluates a width. They check this reader instead: `cargo xtask crosscheck` holds it against sv-parser and vhdl_syntax (modules, ports,
//! directions, instances) and against slang's elaboration (widths, parameters, the tree), over a directory of constructs and random texts.
//!
//! # Limits
//! Classes, programs and checkers are passed over; configurations of VHDL are not followed; `defparam` and `bind` leave a doubt. Each file of Verilog is a unit of its own:
//! macros and declarations outside of modules do not reach other files, packages do.

pub mod bd;
mod cursor;
mod elab;
mod eval;
mod expr;
mod function;
mod interface;
mod library;
mod module;
mod preprocess;
mod primitive;
#[cfg(test)]
mod random;
mod resolve;
mod scope;
#[cfg(test)]
mod tests;
mod token;
mod types;
mod value;
mod verilog;
mod vhdl;

pub use elab::{Cell, Netlist, Place, elaborate};
pub use interface::{Comparison, Difference, Direction, Interface, Port, Range, compare, side_by_side};
pub use library::{Library, Overrides, of_stub};
pub use module::{Module, SyntaxError, Unit};
pub use preprocess::{Context, Include, defined_names};
pub use primitive::is_primitive;

/// Language of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// Verilog and SystemVerilog.
    #[default]
    Verilog,
    /// VHDL.
    Vhdl,
}

impl Language {
    /// By the ending of a file's name; none for other files.
    pub fn of_path(path: &str) -> Option<Self> {
        match path.rsplit_once('.')?.1.to_ascii_lowercase().as_str() {
            "v" | "sv" | "vh" | "svh" | "verilog" => Some(Self::Verilog),
            "vhd" | "vhdl" => Some(Self::Vhdl),
            _ => None,
        }
    }
}

/// Reads the text of a file. `file` is how it is named in what comes out. Faults are in [`Unit::faults`]; reading goes on behind each.
pub fn read(file: &str, text: &str, language: Language, context: &Context<'_>) -> Unit {
    match language {
        Language::Verilog => verilog::read(file, text, context),
        Language::Vhdl => vhdl::read(file, text),
    }
}
