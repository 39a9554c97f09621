// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Ports of a module, read from its HDL in milliseconds: name, direction and range, before any Vivado.
//!
//! A reader of module headers only, of the tool's own: `sv-parser` 0.13.5 alone costs 78 s of processor time to check (measured, with its
//! dependencies) for the few lines that matter here, and neither it nor `vhdl_lang` evaluates a range. Read are Verilog and SystemVerilog headers (ANSI and not), with
//! macros, includes, parameters and constant expressions, and VHDL entities with `std_logic` and vectors of it.
//!
//! What is not evaluated with certainty is [`Range::Unknown`] with its reason, never guessed: interfaces, structs, user types, more than one packed
//! dimension, unpacked arrays, functions other than `$clog2`, macros that other files define, arithmetic of sized numbers (whose width is context), types of VHDL other than
//! those named. Limits: a module that a `generate` or a macro makes is not found; parameters are the defaults or the description's generics.

mod expr;
mod lex;
mod preprocess;
#[cfg(test)]
mod tests;
mod verilog;
mod vhdl;

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::IndexMap;
use serde::Serialize;

use crate::design::{SourceFile, SourceKind};
use crate::runtree::dcp::Dcp;

/// Direction of a port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Into the module.
    Input,
    /// Out of it.
    Output,
    /// Both.
    Inout,
    /// Not read, and why.
    Unknown(String),
}

/// Range of a port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Range {
    /// One bit without an index.
    Scalar,
    /// `[left:right]`
    Vector {
        /// Index of the first bit.
        left: i64,
        /// Index of the last bit.
        right: i64,
    },
    /// Not read, and why.
    Unknown(String),
}

/// One port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Port {
    /// Name, as written.
    pub name: String,
    /// Direction.
    pub direction: Direction,
    /// Range.
    pub range: Range,
}

impl std::fmt::Display for Port {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.direction {
            Direction::Input => f.write_str("input ")?,
            Direction::Output => f.write_str("output ")?,
            Direction::Inout => f.write_str("inout ")?,
            Direction::Unknown(_) => f.write_str("? ")?,
        }
        match &self.range {
            Range::Scalar => {}
            Range::Vector { left, right } => write!(f, "[{left}:{right}] ")?,
            Range::Unknown(_) => f.write_str("[?] ")?,
        }
        f.write_str(&self.name)
    }
}

/// Ports of a module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Interface {
    /// Module or entity.
    pub module: String,
    /// File that declares it, as the user names it.
    pub file: Utf8PathBuf,
    /// Ports, in order.
    pub ports: Vec<Port>,
    /// True when names are equal whatever their case (VHDL).
    pub any_case: bool,
}

/// Why there is no interface.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HdlError {
    /// No text declares the module.
    #[error("no HDL text of the sources declares `{0}`")]
    NotDeclared(String),
    /// Several do, and not alike.
    #[error("`{module}` is declared in {first} and, with other ports, in {second}")]
    Twice {
        /// The module.
        module: String,
        /// One file.
        first: Utf8PathBuf,
        /// Another.
        second: Utf8PathBuf,
    },
    /// The header is not of a form that is read.
    #[error("{file}: {reason}")]
    Unread {
        /// The file.
        file: Utf8PathBuf,
        /// Why.
        reason: String,
    },
}

/// What the header of a module depends on beside its text.
#[derive(Debug, Clone, Copy)]
pub struct Given<'a> {
    /// Verilog macros: name to text.
    pub defines: &'a IndexMap<String, String>,
    /// Parameters and generics of the top: name to value.
    pub generics: &'a IndexMap<String, String>,
    /// Directories for includes, absolute.
    pub include_dirs: &'a [Utf8PathBuf],
}

/// Reads the interface of `top` from the sources of a module: HDL text, or the port stub of a checkpoint.
pub fn read(sources: &[SourceFile], top: &str, given: Given<'_>) -> Result<Interface, HdlError> {
    let mut texts = Vec::new();
    let mut found: Option<Interface> = None;
    for file in sources {
        if file.kind == SourceKind::Checkpoint {
            let stub = Dcp::read(&file.path).ok().and_then(|d| d.stub);
            if let Some(one) = stub.and_then(|s| of_stub(&s)).filter(|i| i.module == top) {
                keep(&mut found, Interface { file: file.name.clone(), ..one })?;
            }
        } else if file.kind.is_hdl() {
            let Ok(bytes) = fs_err::read(&file.path) else {
                return Err(HdlError::Unread { file: file.name.clone(), reason: "cannot be read".into() });
            };
            texts.push((file, String::from_utf8_lossy(&bytes).into_owned()));
        }
    }
    let macros: Vec<(Utf8PathBuf, Vec<String>)> = texts
        .iter()
        .filter(|(f, _)| f.kind != SourceKind::Vhdl)
        .map(|(f, text)| (f.path.clone(), preprocess::defined_names(text)))
        .collect();
    for (file, text) in &texts {
        let unread = |reason: String| HdlError::Unread { file: file.name.clone(), reason };
        let ports = if file.kind == SourceKind::Vhdl {
            vhdl::ports(text, top, given.generics).map_err(unread)?
        } else {
            // Most files of a module are not its top: what does not name it is not looked at closely.
            if !text.contains(top) {
                continue;
            }
            let elsewhere: Vec<&str> = macros
                .iter()
                .filter(|(path, _)| *path != file.path)
                .flat_map(|(_, names)| names.iter().map(String::as_str))
                .collect();
            let source = preprocess::Source {
                text,
                dir: file.path.parent().unwrap_or(Utf8Path::new("")),
                include_dirs: given.include_dirs,
                defines: given.defines,
                elsewhere: &elsewhere,
            };
            verilog::ports(&preprocess::tokens(&source), top, given.generics).map_err(unread)?
        };
        if let Some(ports) = ports {
            let any_case = file.kind == SourceKind::Vhdl;
            keep(&mut found, Interface { module: top.to_owned(), file: file.name.clone(), ports, any_case })?;
        }
    }
    found.ok_or_else(|| HdlError::NotDeclared(top.to_owned()))
}

fn keep(found: &mut Option<Interface>, one: Interface) -> Result<(), HdlError> {
    match found {
        Some(first) if first.ports != one.ports => {
            Err(HdlError::Twice { module: one.module, first: first.file.clone(), second: one.file })
        }
        Some(_) => Ok(()),
        None => {
            *found = Some(one);
            Ok(())
        }
    }
}

/// Reads a port stub, the Verilog that Vivado puts into checkpoints. None when it holds no module header that is read.
pub fn of_stub(stub: &str) -> Option<Interface> {
    let none = IndexMap::new();
    let source = preprocess::Source {
        text: stub,
        dir: Utf8Path::new(""),
        include_dirs: &[],
        defines: &none,
        elsewhere: &[],
    };
    let tokens = preprocess::tokens(&source);
    let module = verilog::first_module(&tokens)?;
    let ports = verilog::ports(&tokens, &module, &none).ok()??;
    Some(Interface { module, file: Utf8PathBuf::from("port stub"), ports, any_case: false })
}

/// How two interfaces compare.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Comparison {
    /// The same ports, each with the same direction and range.
    Equal,
    /// Not the same, for certain: declarations of the one that the other has not, and the other way round.
    Different {
        /// Only in the first.
        first: Vec<String>,
        /// Only in the second.
        second: Vec<String>,
    },
    /// Nothing differs for certain, but not everything could be read: why.
    Unknown(Vec<String>),
}

/// Compares two interfaces. `[7:0]` and `[0:7]` differ: Vivado would connect them bit by name, which turns the value round.
pub fn compare(first: &Interface, second: &Interface) -> Comparison {
    let any_case = first.any_case || second.any_case;
    let same_name = |a: &Port, b: &Port| {
        if any_case { a.name.eq_ignore_ascii_case(&b.name) } else { a.name == b.name }
    };
    let mut only_first = Vec::new();
    let mut only_second = Vec::new();
    let mut unknown = Vec::new();
    for a in &first.ports {
        let Some(b) = second.ports.iter().find(|b| same_name(a, b)) else {
            only_first.push(a.to_string());
            continue;
        };
        let mut differs = false;
        match (&a.direction, &b.direction) {
            (Direction::Unknown(why), _) | (_, Direction::Unknown(why)) => {
                unknown.push(format!("direction of {}: {why}", a.name));
            }
            (x, y) => differs |= x != y,
        }
        match (&a.range, &b.range) {
            (Range::Unknown(why), _) | (_, Range::Unknown(why)) => {
                unknown.push(format!("range of {}: {why}", a.name));
            }
            (x, y) => differs |= x != y,
        }
        if differs {
            only_first.push(a.to_string());
            only_second.push(b.to_string());
        } else if a.name != b.name {
            unknown.push(format!("{} and {} differ in case only", a.name, b.name));
        }
    }
    for b in &second.ports {
        if !first.ports.iter().any(|a| same_name(a, b)) {
            only_second.push(b.to_string());
        }
    }
    if !only_first.is_empty() || !only_second.is_empty() {
        Comparison::Different { first: only_first, second: only_second }
    } else if unknown.is_empty() {
        Comparison::Equal
    } else {
        Comparison::Unknown(unknown)
    }
}
