// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Black boxes for the synthesis of the static outside of a project: what a project makes itself from its partition definitions.
//!
//! Vivado's synthesis refuses an instance of a module that no source declares ([Synth 8-439]). Where the static's sources do not
//! declare a partition's module themselves (an empty module, or a component in VHDL), its header is written out from the ports that a module of
//! the partition declares. Limits: only ports that are read with certainty; parameters that the static sets on the instance are not known: such a
//! static must declare the empty module itself.

use super::TclError;
use super::context::TextFile;
use crate::design::{Design, SourceKind};
use crate::hdl::{self, Direction, HdlError, Interface, Range};

/// One file for each partition's module that the static does not declare.
pub(super) fn stubs(design: &Design) -> Result<Vec<TextFile>, TclError> {
    let mut out: Vec<TextFile> = Vec::new();
    for partition in design.spec.partitions.values() {
        let name = format!("{}_stub.v", crate::design::names::vivado_name(&partition.module));
        if out.iter().any(|f| f.name == name) || declared_by_static(design, &partition.module) {
            continue;
        }
        out.push(TextFile { name, text: stub(design, &partition.module)? });
    }
    Ok(out)
}

/// The same as one text, for keys; what cannot be made is told when it is needed.
pub(crate) fn stub_texts(design: &Design) -> String {
    stubs(design).map_or_else(|e| e.to_string(), |files| files.into_iter().map(|f| f.text).collect())
}

fn declared_by_static(design: &Design, module: &str) -> bool {
    let s = &design.spec.static_design;
    let include_dirs: Vec<_> = s.include_dirs.iter().map(|d| design.root.join(d)).collect();
    let given = hdl::Given { defines: &s.defines, generics: &s.generics, include_dirs: &include_dirs };
    let declared = !matches!(hdl::read(&design.static_sources, module, given), Err(HdlError::NotDeclared(_)));
    declared
        || design
            .static_sources
            .iter()
            .filter(|f| f.kind == SourceKind::Vhdl)
            .filter_map(|f| fs_err::read(&f.path).ok())
            .any(|bytes| has_component(&String::from_utf8_lossy(&bytes), module))
}

/// True when VHDL text declares a component.
fn has_component(text: &str, name: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let mut words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).filter(|w| !w.is_empty());
    while let Some(word) = words.next() {
        if word == "component" && words.next() == Some(name.to_ascii_lowercase().as_str()) {
            return true;
        }
    }
    false
}

fn stub(design: &Design, module: &str) -> Result<String, TclError> {
    let mut why = "no module of the partition is HDL text".to_owned();
    for (name, m) in &design.spec.modules {
        let interface = &design.spec.partitions[&m.partition].module;
        if m.greybox || interface != module {
            continue;
        }
        let top = m.top.as_deref().unwrap_or(interface);
        let include_dirs: Vec<_> = m.include_dirs.iter().map(|d| design.root.join(d)).collect();
        let given = hdl::Given { defines: &m.defines, generics: &m.generics, include_dirs: &include_dirs };
        let sources = design.modules.get(name).map_or(&[][..], |f| f.sources.as_slice());
        match hdl::read(sources, top, given).map_err(|e| e.to_string()).and_then(|i| text(&i, module)) {
            Ok(text) => return Ok(text),
            Err(e) => why = e,
        }
    }
    Err(TclError::Unsupported {
        what: format!(
            "the static does not declare the module `{module}` of its partition, and its ports are not read from a module ({why}): without a project that"
        ),
        instead: format!(
            "an empty module `{module}` with its ports among the static's sources, or build.flow = \"project\""
        ),
    })
}

fn text(interface: &Interface, module: &str) -> Result<String, String> {
    let mut ports = Vec::new();
    for port in &interface.ports {
        let direction = match &port.direction {
            Direction::Input => "input",
            Direction::Output => "output",
            Direction::Inout => "inout",
            Direction::PerSignal => return Err(format!("port {}: an interface", port.name)),
            Direction::Unknown(why) => return Err(format!("port {}: {why}", port.name)),
        };
        let range = match &port.range {
            Range::Scalar => String::new(),
            Range::Vector { left, right } => format!(" [{left}:{right}]"),
            Range::Composite { .. } => return Err(format!("port {}: more than a vector of bits", port.name)),
            Range::Unknown(why) => return Err(format!("port {}: {why}", port.name)),
        };
        ports.push(format!("  {direction}{range} {}", port.name));
    }
    Ok(format!(
        "// Made by dfxkit: the black box in the place of a reconfigurable module.\n(* black_box *)\nmodule {module} (\n{}\n);\nendmodule\n",
        ports.join(",\n")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hdl::Port;

    #[test]
    fn components_are_found_as_words() {
        assert!(has_component("architecture a of b is\n COMPONENT  Count is port (", "count"));
        assert!(!has_component("-- components of count\nu: count port map", "count"));
    }

    #[test]
    fn a_header_is_written_out_only_when_all_of_it_is_known() {
        let port =
            |name: &str, range| Port { name: name.into(), direction: Direction::Input, range, line: 1 };
        let of = |ports| Interface { module: "m".into(), file: "m.v".into(), ports, any_case: false };
        let known = of(vec![port("a", Range::Scalar), port("b", Range::Vector { left: 7, right: 0 })]);
        let written = text(&known, "count").unwrap();
        assert!(written.contains("module count (\n  input a,\n  input [7:0] b\n);"), "{written}");
        let unknown = of(vec![port("a", Range::Unknown("macro W".into()))]);
        assert_eq!(text(&unknown, "count").unwrap_err(), "port a: macro W");
    }
}
