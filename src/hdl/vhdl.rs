// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! VHDL entities: generics of whole numbers and ports of `std_logic` and vectors of it.

use indexmap::IndexMap;

use super::expr::{Names, evaluate};
use super::lex::{Language, Token, lex, show};
use super::{Direction, Port, Range};

/// Ports of entity `top`; none when the text does not declare it, an error when the entity is not of a form that is read.
pub(super) fn ports(
    text: &str,
    top: &str,
    generics: &IndexMap<String, String>,
) -> Result<Option<Vec<Port>>, String> {
    let tokens = lex(text, Language::Vhdl);
    let declared = |i: usize| {
        is(tokens.get(i), "entity")
            && tokens.get(i + 1).and_then(Token::word).is_some_and(|w| w.eq_ignore_ascii_case(top))
            && is(tokens.get(i + 2), "is")
    };
    let Some(start) = (0..tokens.len()).find(|i| declared(*i)) else { return Ok(None) };
    let mut names = Names::new();
    let mut ports = Vec::new();
    let mut at = start + 3;
    while let Some(word) = tokens.get(at).and_then(Token::word) {
        let clause = word.to_ascii_lowercase();
        if clause != "generic" && clause != "port" {
            break;
        }
        let inside = group(&tokens, at + 1).ok_or_else(|| format!("the {clause} clause does not end"))?;
        for item in inside.split(|t| t.is(";")).filter(|i| !i.is_empty()) {
            if clause == "generic" {
                generic(item, generics, &mut names);
            } else {
                ports.extend(declaration(item, &names)?);
            }
        }
        at += inside.len() + 4;
    }
    Ok(Some(ports))
}

fn is(token: Option<&Token>, word: &str) -> bool {
    token.and_then(Token::word).is_some_and(|w| w.eq_ignore_ascii_case(word))
}

fn group(tokens: &[Token], open: usize) -> Option<&[Token]> {
    if !tokens.get(open)?.is("(") {
        return None;
    }
    let mut depth = 0_u32;
    for (i, token) in tokens.iter().enumerate().skip(open) {
        if token.is("(") {
            depth += 1;
        } else if token.is(")") {
            depth -= 1;
            if depth == 0 {
                return Some(&tokens[open + 1..i]);
            }
        }
    }
    None
}

/// Names before the colon, words after it.
fn sides(item: &[Token]) -> Option<(Vec<String>, &[Token])> {
    let colon = item.iter().position(|t| t.is(":"))?;
    let names = item[..colon]
        .iter()
        .filter_map(Token::word)
        .filter(|w| !matches!(w.to_ascii_lowercase().as_str(), "signal" | "constant"))
        .map(str::to_owned)
        .collect();
    Some((names, &item[colon + 1..]))
}

fn generic(item: &[Token], given: &IndexMap<String, String>, names: &mut Names) {
    let Some((declared, kind)) = sides(item) else { return };
    let default = kind.iter().position(|t| t.is(":="));
    let whole = kind
        .iter()
        .find_map(Token::word)
        .is_some_and(|w| matches!(w.to_ascii_lowercase().as_str(), "integer" | "natural" | "positive"));
    for name in declared {
        let lower = name.to_ascii_lowercase();
        let given = given.iter().find(|(n, _)| n.eq_ignore_ascii_case(&name)).map(|(_, v)| v);
        let value = if !whole {
            Err("a generic of a type that is not evaluated".to_owned())
        } else if let Some(text) = given {
            evaluate(&lex(text, Language::Vhdl), names, Language::Vhdl)
        } else if let Some(at) = default {
            evaluate(&kind[at + 1..], names, Language::Vhdl)
        } else {
            Err("a generic without a value".into())
        };
        names.insert(lower, value);
    }
}

fn declaration(item: &[Token], names: &Names) -> Result<Vec<Port>, String> {
    let (declared, kind) =
        sides(item).ok_or_else(|| format!("the port `{}` was not understood", show(item)))?;
    let end = kind.iter().position(|t| t.is(":=")).unwrap_or(kind.len());
    let kind = &kind[..end];
    let mode = kind.first().and_then(Token::word).unwrap_or_default().to_ascii_lowercase();
    let (direction, kind) = match mode.as_str() {
        "in" => (Direction::Input, &kind[1..]),
        "out" => (Direction::Output, &kind[1..]),
        "inout" => (Direction::Inout, &kind[1..]),
        "buffer" | "linkage" => (Direction::Unknown(format!("mode {mode}")), &kind[1..]),
        _ => (Direction::Input, kind),
    };
    let range = range(kind, names);
    Ok(declared
        .into_iter()
        .map(|name| Port { name, direction: direction.clone(), range: range.clone() })
        .collect())
}

fn range(kind: &[Token], names: &Names) -> Range {
    // `ieee.std_logic_1164.std_logic_vector` ends in the type's own name.
    let open = kind.iter().position(|t| t.is("("));
    let name = kind[..open.unwrap_or(kind.len())].iter().rev().find_map(Token::word).unwrap_or_default();
    match (name.to_ascii_lowercase().as_str(), open) {
        ("std_logic" | "std_ulogic", None) if !kind.iter().any(|t| is(Some(t), "range")) => Range::Scalar,
        ("std_logic_vector" | "std_ulogic_vector", Some(open)) => {
            let Some(inside) = group(kind, open) else {
                return Range::Unknown("a range does not end".into());
            };
            let Some(at) = inside.iter().position(|t| is(Some(t), "downto") || is(Some(t), "to")) else {
                return Range::Unknown(format!("the range `{}` is not evaluated", show(inside)));
            };
            let side = |part: &[Token]| evaluate(part, names, Language::Vhdl).map(|v| v.number);
            match (side(&inside[..at]), side(&inside[at + 1..])) {
                (Ok(left), Ok(right)) => {
                    let down = is(inside.get(at), "downto");
                    if (down && left < right) || (!down && left > right) {
                        Range::Unknown("an empty range".into())
                    } else {
                        Range::Vector { left, right }
                    }
                }
                (Err(why), _) | (_, Err(why)) => Range::Unknown(why),
            }
        }
        _ => Range::Unknown(format!("type `{}` is not evaluated", show(kind))),
    }
}
