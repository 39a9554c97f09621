// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Port and parameter lists: from words to declarations.

use crate::hdl::expr::Expr;
use crate::hdl::{Dir, Module, PortDecl};

/// `[a:b]` tokens without the brackets.
pub(super) fn range(words: &[String]) -> Option<(Expr, Expr)> {
    let mut depth = 0;
    let colon = words.iter().position(|w| {
        match w.as_str() {
            "(" | "[" | "{" | "?" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        depth == 0 && w == ":"
    })?;
    Some((Expr(words[..colon].to_vec()), Expr(words[colon + 1..].to_vec())))
}

/// Splits at commas outside brackets.
pub(super) fn split(words: &[String]) -> Vec<Vec<String>> {
    let mut parts = vec![Vec::new()];
    let mut depth = 0;
    for word in words {
        match word.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 && word == "," {
            parts.push(Vec::new());
        } else if let Some(last) = parts.last_mut() {
            last.push(word.clone());
        }
    }
    parts.retain(|p| !p.is_empty());
    parts
}

pub(super) fn parameters(words: &[String], local: bool, module: &mut Module) {
    for part in split(words) {
        let Some(equals) = part.iter().position(|w| w == "=") else { continue };
        let local = local || part.iter().any(|w| w == "localparam");
        // The name is the last word before the equals sign, ahead of any unpacked range.
        let mut at = equals;
        while at > 0 && part[at - 1] == "]" {
            at = part[..at].iter().rposition(|w| w == "[").unwrap_or(0);
        }
        if at > 0 {
            module.params.push((part[at - 1].clone(), Expr(part[equals + 1..].to_vec()), local));
        }
    }
}

/// ANSI ports go into the module; a non-ANSI header gives back the order of its names.
pub(super) fn header_ports(words: &[String], module: &mut Module) -> Vec<String> {
    let parts = split(&without_attributes(words));
    let ansi = parts
        .iter()
        .any(|p| direction(p).is_some() || p.iter().any(|w| w == ".") || p.len() > 1 && p[0] != ".");
    if !ansi {
        return parts.into_iter().filter_map(|p| p.first().cloned()).collect();
    }
    let mut last: Option<(Dir, Option<(Expr, Expr)>)> = None;
    for part in parts {
        let dir = direction(&part);
        let (name, packed) = declarator(&part);
        // A bare name continues the port before it; an interface port is kept as an input of one bit.
        let (dir, packed) = match (dir, &last, part.len()) {
            (Some(dir), _, _) => (dir, packed),
            (None, Some((dir, range)), 1) => (*dir, range.clone()),
            (None, Some((dir, _)), _) => (*dir, packed),
            (None, None, _) => (Dir::In, packed),
        };
        last = Some((dir, packed.clone()));
        module.ports.push(PortDecl { name, dir, range: packed });
    }
    Vec::new()
}

pub(super) fn without_attributes(words: &[String]) -> Vec<String> {
    let mut inside = false;
    let mut out = Vec::new();
    for word in words {
        match word.as_str() {
            "(*" => inside = true,
            "*)" => inside = false,
            _ if !inside => out.push(word.clone()),
            _ => {}
        }
    }
    out
}

pub(super) fn direction(words: &[String]) -> Option<Dir> {
    words.iter().find_map(|w| match w.as_str() {
        "input" => Some(Dir::In),
        "output" => Some(Dir::Out),
        "inout" => Some(Dir::Inout),
        _ => None,
    })
}

/// Name and packed range of one port declaration.
pub(super) fn declarator(words: &[String]) -> (String, Option<(Expr, Expr)>) {
    let end = words.iter().position(|w| w == "=").unwrap_or(words.len());
    let words = &words[..end];
    let mut name = String::new();
    let mut packed = None;
    let mut at = 0;
    while at < words.len() {
        if words[at] == "[" {
            let close = words[at..].iter().position(|w| w == "]").map_or(words.len(), |c| at + c);
            if name.is_empty() || packed.is_none() && !words[close..].iter().any(|w| w == "[") {
                packed = packed.or_else(|| range(&words[at + 1..close]));
            }
            at = close + 1;
            // What follows the packed range is the name.
            continue;
        }
        name.clone_from(&words[at]);
        at += 1;
    }
    (name, packed)
}

pub(super) fn body_ports(words: &[String], module: &mut Module) {
    let Some(dir) = direction(words) else { return };
    let parts = split(words);
    let mut packed = None;
    for (i, part) in parts.iter().enumerate() {
        let (name, own) = declarator(part);
        if i == 0 {
            packed = own;
        }
        module.ports.push(PortDecl { name, dir, range: packed.clone() });
    }
}

pub(super) fn overrides(words: &[String]) -> Vec<(Option<String>, Expr)> {
    split(words)
        .into_iter()
        .map(|part| match part.as_slice() {
            [dot, name, open, value @ .., _close] if dot == "." && open == "(" => {
                (Some(name.clone()), Expr(value.to_vec()))
            }
            _ => (None, Expr(part)),
        })
        .collect()
}
