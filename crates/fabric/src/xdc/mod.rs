// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! The XDC reader: the Pblocks of a constraint file, with the place in the text of every fact.
//!
//! XDC is a subset of Tcl (UG903). Read are `create_pblock`, `resize_pblock` (`-add`, `-remove`, `-replace`, `-from`
//! with `-to`), `add_cells_to_pblock`, `remove_cells_from_pblock`, `delete_pblocks`, `set_property` on Pblocks
//! (three words, `-dict`, `-name/-value/-objects`), `set_property HD.RECONFIGURABLE` on cells, `set` of a variable,
//! and inside brackets `get_pblocks`, `get_cells` and `list`. No cell exists here: a `get_cells` pattern is kept as text.
//!
//! Whatever concerns a Pblock, or could hide something that does (`if`, `foreach`, `source`, ..), and is not
//! understood, stands in [`Xdc::unread`]. Commands that cannot concern a Pblock are counted by name in
//! [`Xdc::passed_over`]. Any text is accepted; nothing panics.

mod eval;
mod tcl;
mod words;

use std::collections::BTreeMap;
use std::fmt;

use crate::site::{RangeError, SiteRange};
pub use tcl::Position;

/// A value and the place where it was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    /// Where it stands in the text.
    pub at: Position,
}

/// One Pblock as the file leaves it after its last command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct XdcPblock {
    /// The name given to `create_pblock`.
    pub name: String,
    /// Where it was created.
    pub at: Position,
    /// Cells added, as the patterns of `get_cells`.
    pub cells: Vec<Located<String>>,
    /// `add_cells_to_pblock -top`: the top of the design itself (as in a module's own checkpoint).
    pub top: bool,
    /// The ranges that are left after `-remove` and `-replace`, in the order in which they were added.
    pub ranges: Vec<Located<SiteRange>>,
    /// Properties by upper-case name; the last setting counts.
    pub properties: BTreeMap<String, Located<String>>,
}

impl XdcPblock {
    /// A boolean property; `None` when it is not set. Tcl's words for true are `1`, `true`, `yes`, `on`.
    pub fn flag(&self, property: &str) -> Option<bool> {
        let text = self.properties.get(property)?.value.to_ascii_lowercase();
        Some(matches!(text.as_str(), "1" | "true" | "yes" | "on"))
    }

    /// A property as text.
    pub fn property(&self, name: &str) -> Option<&str> {
        self.properties.get(name).map(|l| l.value.as_str())
    }
}

/// Why a command was not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnreadReason {
    /// The command is not one that this reader knows, and it could concern a Pblock.
    Unknown,
    /// A brace, quote or bracket is never closed: nothing after it was read.
    Unclosed,
    /// Tcl itself would refuse the words of the command.
    Malformed,
    /// Argument expansion, or brackets nested too deeply.
    Unsupported,
    /// The command names a Pblock that the text did not create.
    NoSuchPblock(String),
    /// A Pblock of this name exists already.
    Duplicate(String),
    /// The named option has no meaning here.
    Option(String),
    /// A range cannot be read.
    Range(RangeError),
    /// `-remove` of a type (or a clock region) that cannot be subtracted without the device.
    Removal(String),
    /// An argument depends on the design or on a variable that is not known.
    Unresolved(String),
}

impl fmt::Display for UnreadReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("not one of the Pblock commands that are read"),
            Self::Unclosed => {
                f.write_str("a brace, quote or bracket is not closed; nothing after it was read")
            }
            Self::Malformed => f.write_str("Tcl would refuse these words"),
            Self::Unsupported => {
                f.write_str("argument expansion, character codes or very deep nesting are not read")
            }
            Self::NoSuchPblock(n) => write!(f, "no create_pblock for `{n}` stands before it"),
            Self::Duplicate(n) => write!(f, "the Pblock `{n}` exists already"),
            Self::Option(o) => write!(f, "the option or argument `{o}` is not read"),
            Self::Range(e) => write!(f, "{e}"),
            Self::Removal(r) => write!(f, "`{r}` cannot be removed without knowing the device"),
            Self::Unresolved(w) => write!(f, "`{w}` depends on the design or on an unknown variable"),
        }
    }
}

/// A command that was not (or not entirely) read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// Line, from 1.
    pub line: u32,
    /// Column in bytes, from 1.
    pub column: u32,
    /// The command's source text, cut at 200 characters.
    pub command: String,
    /// Why.
    pub reason: UnreadReason,
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: `{}`: {}", self.line, self.column, self.command, self.reason)
    }
}

/// What a constraint file says about Pblocks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Xdc {
    /// The Pblocks, in the order of creation.
    pub pblocks: Vec<XdcPblock>,
    /// Cells (patterns) with `HD.RECONFIGURABLE` set to true.
    pub reconfigurable: Vec<Located<String>>,
    /// Commands that concern, or may concern, a Pblock and were not understood.
    pub unread: Vec<Unread>,
    /// Commands without any bearing on Pblocks, by name, with their number.
    pub passed_over: BTreeMap<String, u32>,
}

impl Xdc {
    /// Read a constraint text.
    ///
    /// ```
    /// use dfxkit_fabric::xdc::Xdc;
    /// let xdc = Xdc::read(
    ///     "create_pblock rp   ;# the partition\n\
    ///      resize_pblock [get_pblocks rp] -add {SLICE_X0Y0:SLICE_X13Y49}\n\
    ///      set_property RESET_AFTER_RECONFIG 1 [get_pblocks rp]\n\
    ///      foreach c [get_cells *] { puts $c }\n",
    /// );
    /// assert_eq!(xdc.pblocks[0].ranges[0].value.area(), 700);
    /// assert_eq!(xdc.pblocks[0].flag("RESET_AFTER_RECONFIG"), Some(true));
    /// assert_eq!(xdc.unread[0].line, 4);
    /// ```
    pub fn read(text: &str) -> Self {
        eval::run(text)
    }

    /// The Pblock of that name.
    pub fn pblock(&self, name: &str) -> Option<&XdcPblock> {
        self.pblocks.iter().find(|p| p.name == name)
    }
}

#[cfg(test)]
mod tests;
