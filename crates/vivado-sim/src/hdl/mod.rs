// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! A modest, tolerant reader of Verilog, SystemVerilog and VHDL: module headers and the instance tree.
//!
//! Reads: ANSI and non-ANSI port lists, parameters with constant integer expressions, instances, generate `for`
//! and `if` with constant conditions, object-like macros, `ifdef`, `include`; VHDL entities, component and direct entity
//! instances, `for ... generate` with constant bounds. Does not read: function-like macros (left alone), generate
//! `case` (its instances are not seen), interfaces and struct ports (kept as one-bit ports), binds, configurations,
//! packages (constants in them evaluate to 0), escaped identifiers with blanks inside port lists.

pub(crate) mod elab;
pub(crate) mod expr;
pub(crate) mod lex;
pub(crate) mod verilog;
pub(crate) mod vhdl;

use serde::{Deserialize, Serialize};

use expr::Expr;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Dir {
    In,
    Out,
    Inout,
}

impl Dir {
    /// Vivado's DIRECTION value.
    pub(crate) fn property(self) -> &'static str {
        match self {
            Self::In => "IN",
            Self::Out => "OUT",
            Self::Inout => "INOUT",
        }
    }

    pub(crate) fn verilog(self) -> &'static str {
        match self {
            Self::In => "input",
            Self::Out => "output",
            Self::Inout => "inout",
        }
    }
}

/// A port with its width worked out; `range` is `None` for a scalar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Port {
    pub(crate) name: String,
    pub(crate) dir: Dir,
    pub(crate) range: Option<(i64, i64)>,
}

impl Port {
    pub(crate) fn width(&self) -> u64 {
        self.range.map_or(1, |(l, r)| l.abs_diff(r) + 1)
    }

    /// The bits' names: `a`, or `a[3]`, `a[2]`, ... from left to right.
    pub(crate) fn bits(&self) -> Vec<String> {
        match self.range {
            None => vec![self.name.clone()],
            Some((l, r)) => {
                let (low, high) = (l.min(r), l.max(r));
                // A width beyond any device is a misread parameter, not a port to expand.
                let high = high.min(low + 4095);
                (low..=high).map(|i| format!("{}[{i}]", self.name)).collect()
            }
        }
    }
}

/// A port as declared: range expressions still open.
#[derive(Debug, Clone)]
pub(crate) struct PortDecl {
    pub(crate) name: String,
    pub(crate) dir: Dir,
    pub(crate) range: Option<(Expr, Expr)>,
}

#[derive(Debug, Clone)]
pub(crate) struct Instance {
    pub(crate) module: String,
    pub(crate) name: String,
    pub(crate) line: usize,
    /// Named or positional parameter overrides.
    pub(crate) params: Vec<(Option<String>, Expr)>,
    pub(crate) range: Option<(Expr, Expr)>,
}

/// What a module body holds that matters for the hierarchy.
#[derive(Debug, Clone)]
pub(crate) enum Item {
    Instance(Instance),
    /// `for (var = from; while; var = step) begin : label`.
    For {
        var: String,
        from: Expr,
        until: Expr,
        step: Expr,
        label: String,
        items: Vec<Item>,
    },
    If {
        cond: Expr,
        label: String,
        then: Vec<Item>,
        other_label: String,
        other: Vec<Item>,
    },
    Block {
        label: String,
        items: Vec<Item>,
    },
}

#[derive(Debug, Clone)]
pub(crate) struct Module {
    pub(crate) name: String,
    pub(crate) ports: Vec<PortDecl>,
    /// Parameters in order, with defaults; `local` ones cannot be overridden.
    pub(crate) params: Vec<(String, Expr, bool)>,
    pub(crate) items: Vec<Item>,
    pub(crate) file: String,
    pub(crate) line: usize,
    /// Digest of the module's tokens: comments and blanks do not count.
    pub(crate) digest: String,
    /// No logic and no instances: synthesis makes a black box of it.
    pub(crate) empty: bool,
    /// Rough size: procedural blocks and assignments.
    pub(crate) weight: u64,
}

/// A fault that the reader can tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SyntaxError {
    pub(crate) file: String,
    pub(crate) line: usize,
    pub(crate) near: String,
}

/// Reads one source file by its ending; other endings hold no modules.
pub(crate) fn read_file(
    file: &str,
    text: &str,
    defines: &[(String, String)],
    include: lex::Include<'_>,
) -> Result<Vec<Module>, SyntaxError> {
    let lower = file.to_ascii_lowercase();
    match lower.rsplit('.').next() {
        Some("v" | "sv" | "vh" | "svh" | "verilog") => verilog::read(file, text, defines, include),
        Some("vhd" | "vhdl") => vhdl::read(file, text),
        _ => Ok(Vec::new()),
    }
}
