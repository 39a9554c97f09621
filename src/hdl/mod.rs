// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Ports of a module from the sources of a description, in milliseconds and before any Vivado.
//!
//! The reading itself is [`dfxkit_hdl`]'s. Here: which of a module's files are looked at, what they depend on, and what it means that several
//! files declare one module. Sources are HDL text, checkpoints (their port stub) and block designs (their boundary).
//!
//! Limits: an IP (`.xci`) and a netlist (`.edf`) tell no ports here; a block design that a Tcl script makes is not known before the script has run.

#[cfg(test)]
mod tests;

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::IndexMap;

pub use dfxkit_hdl::{
    Comparison, Difference, Direction, Interface, Port, Range, compare, of_stub, side_by_side,
};
use dfxkit_hdl::{Context, Language, Library, Module, Overrides, Unit, bd, defined_names};

use crate::design::{SourceFile, SourceKind};
use crate::runtree::dcp::Dcp;

/// Why there is no interface.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HdlError {
    /// No source declares the module.
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

/// What the HDL texts among some sources declare.
#[derive(Debug)]
pub struct Read {
    /// One for each text that was read.
    pub units: Vec<Unit>,
    /// Texts that could not be read from the disk.
    pub unreadable: Vec<Utf8PathBuf>,
}

/// Reads the HDL texts among `sources` that `wanted` asks for by their contents; macros are looked for in all of them.
pub fn read_texts(sources: &[SourceFile], given: Given<'_>, wanted: impl Fn(&str) -> bool) -> Read {
    let mut unreadable = Vec::new();
    let mut texts = Vec::new();
    for file in sources.iter().filter(|f| f.kind.is_hdl()) {
        match fs_err::read(&file.path) {
            Ok(bytes) => texts.push((file, String::from_utf8_lossy(&bytes).into_owned())),
            Err(_) => unreadable.push(file.name.clone()),
        }
    }
    let macros: Vec<(&Utf8Path, Vec<String>)> = texts
        .iter()
        .filter(|(f, _)| f.kind != SourceKind::Vhdl)
        .map(|(f, text)| (f.path.as_path(), defined_names(text)))
        .collect();
    let defines: Vec<(String, String)> = given.defines.iter().map(|(n, v)| (n.clone(), v.clone())).collect();
    let mut units = Vec::new();
    for (file, text) in texts.iter().filter(|(_, text)| wanted(text)) {
        let elsewhere: Vec<&str> = macros
            .iter()
            .filter(|(path, _)| *path != file.path)
            .flat_map(|(_, names)| names.iter().map(String::as_str))
            .collect();
        let include = |name: &str, from: &str| {
            // The including file's own directory comes first; the file itself is known by its name in the description.
            let from = if from == file.name { file.path.as_path() } else { Utf8Path::new(from) };
            let places = from.parent().into_iter().chain(given.include_dirs.iter().map(Utf8PathBuf::as_path));
            places.map(|d| d.join(name)).find(|p| p.is_file()).and_then(|p| {
                let bytes = fs_err::read(&p).ok()?;
                Some((p.into_string(), String::from_utf8_lossy(&bytes).into_owned()))
            })
        };
        let context = Context { defines: &defines, include: &include, elsewhere: &elsewhere };
        let language = if file.kind == SourceKind::Vhdl { Language::Vhdl } else { Language::Verilog };
        units.push(dfxkit_hdl::read(file.name.as_str(), text, language, &context));
    }
    Read { units, unreadable }
}

/// Reads the interface of `top` from the sources of a module: HDL text, the port stub of a checkpoint, or a block design.
pub fn read(sources: &[SourceFile], top: &str, given: Given<'_>) -> Result<Interface, HdlError> {
    let mut found: Option<Interface> = None;
    for file in sources {
        let unread = |reason: String| HdlError::Unread { file: file.name.clone(), reason };
        let one = match file.kind {
            SourceKind::Checkpoint => {
                let stub = Dcp::read(&file.path).ok().and_then(|d| d.stub);
                stub.and_then(|s| of_stub(&s)).filter(|i| i.module == top)
            }
            // A block design is a module of its name; its wrapper is a text of its own. The variants of a container are modules `NAME_inst_0` (UG909,
            // block design containers), and a module of the description whose only source is a block design is that one, whatever its partition is called.
            SourceKind::BlockDesign if stands_for(&file.path, top) || sources.len() == 1 => {
                let text = fs_err::read_to_string(&file.path).map_err(|e| unread(e.to_string()))?;
                Some(bd::read(&text).map_err(unread)?.interface(top))
            }
            _ => None,
        };
        if let Some(one) = one {
            keep(&mut found, Interface { file: file.name.to_string(), ..one })?;
        }
    }
    // Most files of a module are not its top: of them only what types and constants come from is looked at closely.
    let names_top = top.to_ascii_lowercase();
    let read = read_texts(sources, given, |text| {
        let lower = text.to_ascii_lowercase();
        lower.contains(&names_top) || lower.contains("package") || lower.contains("interface")
    });
    if let Some(file) = read.unreadable.first() {
        return Err(HdlError::Unread { file: file.clone(), reason: "cannot be read".into() });
    }
    let declares = |m: &&Module| match m.language {
        Language::Verilog => m.name == top,
        Language::Vhdl => m.name.eq_ignore_ascii_case(top),
    };
    let mut library = Library::new();
    let mut tops: Vec<Module> = Vec::new();
    let mut faults = Vec::new();
    for unit in read.units {
        tops.extend(unit.modules.iter().filter(declares).cloned());
        faults.extend(unit.faults.first().cloned());
        library.add(unit);
    }
    let generics = Overrides::of_texts(given.generics.iter().map(|(n, v)| (n.as_str(), v.as_str())));
    for module in &tops {
        let one = library.interface(module, &generics);
        let one = one.map_err(|reason| HdlError::Unread { file: Utf8PathBuf::from(&module.file), reason })?;
        keep(&mut found, Interface { module: top.to_owned(), ..one })?;
    }
    if let (None, Some(fault)) = (&found, faults.first()) {
        let reason = format!("line {}: a syntax error near `{}`", fault.line, fault.near);
        return Err(HdlError::Unread { file: Utf8PathBuf::from(&fault.file), reason });
    }
    found.ok_or_else(|| HdlError::NotDeclared(top.to_owned()))
}

/// Whether a block design is the module of this name.
fn stands_for(path: &Utf8Path, module: &str) -> bool {
    path.file_stem().is_some_and(|stem| {
        stem == module
            || module
                .strip_prefix(stem)
                .and_then(|r| r.strip_prefix("_inst_"))
                .is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit()))
    })
}

fn keep(found: &mut Option<Interface>, one: Interface) -> Result<(), HdlError> {
    match found {
        Some(first) if !first.same(&one) => Err(HdlError::Twice {
            module: one.module,
            first: Utf8PathBuf::from(&first.file),
            second: Utf8PathBuf::from(one.file),
        }),
        Some(_) => Ok(()),
        None => {
            *found = Some(one);
            Ok(())
        }
    }
}
