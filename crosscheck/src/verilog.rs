// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! What sv-parser finds.

use std::collections::HashMap;
use std::path::PathBuf;

use sv_parser::{Define, RefNode, SyntaxTree, parse_sv_str, unwrap_node};

use crate::{Found, Theirs};

pub(crate) fn read(text: &str) -> Theirs {
    let defines: HashMap<String, Option<Define>> = HashMap::from([("SYNTHESIS".to_owned(), None)]);
    let includes: [PathBuf; 0] = [];
    let Ok((tree, _)) = parse_sv_str(text, PathBuf::from("case.sv"), &defines, &includes, true, false) else {
        return Theirs::Refused;
    };
    let mut modules = Vec::new();
    // Modules inside modules are passed over by the reader, which says so: not compared.
    let nested = |nodes: Vec<RefNode<'_>>| {
        nodes
            .iter()
            .filter(|n| {
                matches!(
                    n,
                    RefNode::ModuleDeclaration(_)
                        | RefNode::ModuleDeclarationAnsi(_)
                        | RefNode::ModuleDeclarationNonansi(_)
                )
            })
            .count()
            > 1
    };
    for node in &tree {
        match node {
            RefNode::ModuleDeclarationAnsi(m) if nested(m.into_iter().collect()) => return Theirs::Refused,
            RefNode::ModuleDeclarationNonansi(m) if nested(m.into_iter().collect()) => {
                return Theirs::Refused;
            }
            _ => {}
        }
    }
    for node in &tree {
        match node {
            RefNode::ModuleDeclarationAnsi(m) => modules.push(module(&tree, m.into_iter().collect())),
            RefNode::ModuleDeclarationNonansi(m) => modules.push(module(&tree, m.into_iter().collect())),
            _ => {}
        }
    }
    Theirs::Modules(modules, Vec::new())
}

fn identifier(tree: &SyntaxTree, node: RefNode<'_>) -> Option<String> {
    match unwrap_node!(node, SimpleIdentifier, EscapedIdentifier)? {
        RefNode::SimpleIdentifier(x) => tree.get_str(&x.nodes.0).map(str::to_owned),
        RefNode::EscapedIdentifier(x) => {
            tree.get_str(&x.nodes.0).map(|t| t.trim_start_matches('\\').trim().to_owned())
        }
        _ => None,
    }
}

fn direction(node: RefNode<'_>) -> Option<&'static str> {
    match unwrap_node!(node, PortDirection)? {
        RefNode::PortDirection(sv_parser::PortDirection::Input(_)) => Some("input"),
        RefNode::PortDirection(sv_parser::PortDirection::Output(_)) => Some("output"),
        RefNode::PortDirection(sv_parser::PortDirection::Inout(_)) => Some("inout"),
        _ => None,
    }
}

fn module(tree: &SyntaxTree, nodes: Vec<RefNode<'_>>) -> Found {
    let mut out = Found::default();
    let mut declared: HashMap<String, &'static str> = HashMap::new();
    for node in nodes {
        match node.clone() {
            RefNode::ModuleIdentifier(_) if out.name.is_empty() => {
                out.name = identifier(tree, node).unwrap_or_default();
            }
            RefNode::AnsiPortDeclaration(_) => {
                let name = unwrap_node!(node.clone(), PortIdentifier).and_then(|n| identifier(tree, n));
                out.ports.push((name.unwrap_or_default(), direction(node)));
            }
            RefNode::PortReference(_) => {
                out.ports.push((identifier(tree, node).unwrap_or_default(), None));
            }
            RefNode::PortDeclaration(_) => {
                let way = match node.clone() {
                    RefNode::PortDeclaration(sv_parser::PortDeclaration::Input(_)) => "input",
                    RefNode::PortDeclaration(sv_parser::PortDeclaration::Output(_)) => "output",
                    RefNode::PortDeclaration(sv_parser::PortDeclaration::Inout(_)) => "inout",
                    _ => continue,
                };
                for inner in node {
                    if matches!(inner, RefNode::PortIdentifier(_)) {
                        declared.insert(identifier(tree, inner).unwrap_or_default(), way);
                    }
                }
            }
            RefNode::ModuleInstantiation(_)
            | RefNode::InterfaceInstantiation(_)
            | RefNode::ProgramInstantiation(_) => {
                let of = identifier(tree, node.clone()).unwrap_or_default();
                for inner in node {
                    if matches!(inner, RefNode::NameOfInstance(_)) {
                        out.instances.push((of.clone(), identifier(tree, inner).unwrap_or_default()));
                    }
                }
            }
            RefNode::UdpInstantiation(_) => {
                let of = identifier(tree, node.clone()).unwrap_or_default();
                let parts: Vec<RefNode<'_>> = node.into_iter().collect();
                let all = parts.iter().filter(|n| matches!(n, RefNode::UdpInstance(_))).count();
                let named: Vec<_> =
                    parts.into_iter().filter(|n| matches!(n, RefNode::NameOfInstance(_))).collect();
                // Instances of primitives without a name are no cells here.
                if named.len() == all {
                    out.instances.extend(
                        named.into_iter().map(|n| (of.clone(), identifier(tree, n).unwrap_or_default())),
                    );
                }
            }
            _ => {}
        }
    }
    for (name, way) in &mut out.ports {
        if way.is_none() {
            *way = declared.get(name.as_str()).copied();
        }
    }
    out
}
