// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! What vhdl_syntax finds.

use vhdl_syntax::parser;
use vhdl_syntax::syntax::node::SyntaxNode;
use vhdl_syntax::syntax::visitor::WalkEvent;
use vhdl_syntax::syntax::{
    ArchitectureBodySyntax, AstNode, ComponentInstantiationStatementSyntax,
    ConcurrentProcedureCallOrComponentInstantiationStatementSyntax, EntityDeclarationSyntax,
    InterfaceDeclarationSyntax,
};

use crate::{Found, Theirs};

pub(crate) fn read(text: &str) -> Theirs {
    let (design, diagnostics) = parser::parse(text);
    if !diagnostics.is_empty() {
        return Theirs::Refused;
    }
    let mut modules: Vec<Found> = Vec::new();
    let mut doubtful = Vec::new();
    let mut of: Option<usize> = None;
    for event in design.walk() {
        let WalkEvent::Enter(node) = event else { continue };
        if let Some(entity) = EntityDeclarationSyntax::cast(node.clone()) {
            modules.push(module(&entity));
        } else if let Some(body) = ArchitectureBodySyntax::cast(node.clone()) {
            of = entity_of(body.raw())
                .and_then(|n| modules.iter().position(|m| m.name.eq_ignore_ascii_case(&n)));
            // The architecture read last counts.
            if let Some(of) = of {
                modules[of].instances.clear();
            }
        } else if let Some(instance) = ComponentInstantiationStatementSyntax::cast(node.clone()) {
            if let (Some(of), Some(label)) = (of, first_word(&instance.raw())) {
                modules[of].instances.push((String::new(), label));
            }
        } else if format!("{:?}", node.kind()).starts_with("IfGenerateStatement")
            || format!("{:?}", node.kind()).starts_with("CaseGenerateStatement")
        {
            // vhdl_syntax 0.2 has no statements in the branches of these: what is in them may be an instance.
            let words = words(&node);
            doubtful.extend(words.windows(2).filter(|w| w[1] == ":").map(|w| w[0].clone()));
        } else if let Some(either) =
            ConcurrentProcedureCallOrComponentInstantiationStatementSyntax::cast(node)
        {
            doubtful.extend(first_word(&either.raw()));
        }
    }
    Theirs::Modules(modules, doubtful)
}

fn words(node: &SyntaxNode) -> Vec<String> {
    let mut out = Vec::new();
    let mut token = node.first_token();
    let end = node.last_token();
    while let Some(found) = token {
        out.push(found.text().to_string());
        if Some(&found) == end.as_ref() {
            break;
        }
        token = found.next_token();
    }
    out
}

fn first_word(node: &SyntaxNode) -> Option<String> {
    node.first_token().map(|t| t.text().to_string())
}

/// `architecture NAME of ENTITY is`
fn entity_of(node: SyntaxNode) -> Option<String> {
    words(&node).into_iter().nth(3)
}

fn module(entity: &EntityDeclarationSyntax) -> Found {
    let name = entity.entity_declaration_preamble().and_then(|p| p.identifier_token());
    let mut out = Found { name: name.map(|t| t.text().to_string()).unwrap_or_default(), ..Found::default() };
    let list = entity.entity_header().and_then(|h| h.port_clause()).and_then(|c| c.port_list());
    for element in list.iter().flat_map(|l| l.interface_elements()) {
        let InterfaceDeclarationSyntax::InterfaceObjectDeclaration(declared) = element else { continue };
        let mode =
            declared.mode().map(|m| m.raw().text().to_string()).unwrap_or_default().to_ascii_lowercase();
        let direction = match mode.as_str() {
            "in" | "" => Some("input"),
            "out" | "buffer" => Some("output"),
            "inout" => Some("inout"),
            _ => None,
        };
        for token in declared.identifier_list().iter().flat_map(|l| l.identifier_token()) {
            out.ports.push((token.text().to_string().trim_matches('\\').to_owned(), direction));
        }
    }
    out
}
