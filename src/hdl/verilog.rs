// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Headers of Verilog and SystemVerilog modules: parameters and ports, ANSI and not.

use indexmap::IndexMap;

use super::expr::{Names, Value, evaluate};
use super::lex::{Language, Token, lex, show};
use super::{Direction, Port, Range};

/// The first module that the words declare.
pub(super) fn first_module(tokens: &[Token]) -> Option<String> {
    let at = tokens.iter().position(|t| t.word() == Some("module"))?;
    tokens.get(at + 1)?.word().map(str::to_owned)
}

/// Ports of module `top`; none when the words do not declare it, an error when its header is not of a form that is read.
pub(super) fn ports(
    tokens: &[Token],
    top: &str,
    generics: &IndexMap<String, String>,
) -> Result<Option<Vec<Port>>, String> {
    let Some(mut at) = declaration(tokens, top)? else { return Ok(None) };
    let mut names = Names::new();
    while tokens.get(at).and_then(Token::word) == Some("import") {
        at = tokens[at..].iter().position(|t| t.is(";")).map_or(tokens.len(), |n| at + n + 1);
    }
    if tokens.get(at).is_some_and(|t| t.is("#")) {
        let inside = group(tokens, at + 1).ok_or("the parameter list does not end")?;
        let mut local = false;
        for part in split(inside) {
            if let Some(word) =
                part.first().and_then(Token::word).filter(|w| matches!(*w, "parameter" | "localparam"))
            {
                local = word == "localparam";
            }
            parameter(part, local, generics, &mut names);
        }
        at += inside.len() + 3;
    }
    let list = match tokens.get(at) {
        Some(t) if t.is("(") => group(tokens, at).ok_or("the port list does not end")?,
        Some(t) if t.is(";") => return Ok(Some(Vec::new())),
        Some(Token::Unknown(why)) => return Err(why.clone()),
        _ => return Err(format!("the header of `{top}` was not understood")),
    };
    let parts = split(list);
    let ansi = list.iter().any(|t| t.word().is_some_and(is_direction));
    if ansi || parts.is_empty() {
        return ansi_ports(&parts, &names).map(Some);
    }
    let mut wanted = Vec::new();
    for part in &parts {
        match part {
            [Token::Word(name)] => wanted.push(name.clone()),
            [Token::Unknown(why), ..] => return Err(why.clone()),
            other => return Err(format!("the port `{}` was not understood", show(other))),
        }
    }
    let body = &tokens[(at + list.len() + 2).min(tokens.len())..];
    body_ports(body, &wanted, generics, names).map(Some)
}

/// Index of the word after `module NAME`.
fn declaration(tokens: &[Token], top: &str) -> Result<Option<usize>, String> {
    let mut found = None;
    for (i, token) in tokens.iter().enumerate() {
        if !matches!(token.word(), Some("module" | "macromodule")) {
            continue;
        }
        let lifetime = matches!(tokens.get(i + 1).and_then(Token::word), Some("automatic" | "static"));
        let at = i + 1 + usize::from(lifetime);
        if let (Some(Token::Unknown(why)), Some(name)) = (tokens.get(at), tokens.get(at + 1))
            && name.word() == Some(top)
        {
            return Err(why.clone());
        }
        if tokens.get(at).and_then(Token::word) == Some(top) {
            if found.is_some() {
                return Err(format!("`{top}` is declared twice in this file"));
            }
            found = Some(at + 1);
        }
    }
    Ok(found)
}

fn is_direction(word: &str) -> bool {
    matches!(word, "input" | "output" | "inout" | "ref")
}

/// What is between the parenthesis at `open` and its partner.
fn group(tokens: &[Token], open: usize) -> Option<&[Token]> {
    if !tokens.get(open)?.is("(") {
        return None;
    }
    let mut depth = 0_u32;
    for (i, token) in tokens.iter().enumerate().skip(open) {
        if let Token::Sign(s) = token {
            match s.as_str() {
                "(" | "[" | "{" => depth += 1,
                ")" | "]" | "}" => {
                    depth -= 1;
                    if depth == 0 {
                        return Some(&tokens[open + 1..i]);
                    }
                }
                _ => {}
            }
        }
    }
    None
}

/// Splits at commas outside brackets; empty parts are left out.
fn split(tokens: &[Token]) -> Vec<&[Token]> {
    let mut depth = 0_i32;
    tokens
        .split(|t| {
            if let Token::Sign(s) = t {
                match s.as_str() {
                    "(" | "[" | "{" => depth += 1,
                    ")" | "]" | "}" => depth -= 1,
                    _ => {}
                }
            }
            depth == 0 && t.is(",")
        })
        .filter(|part| !part.is_empty())
        .collect()
}

/// `parameter [7:0] NAME = VALUE`
fn parameter(part: &[Token], local: bool, generics: &IndexMap<String, String>, names: &mut Names) {
    let equals = part.iter().position(|t| t.is("="));
    let head = &part[..equals.unwrap_or(part.len())];
    // A name may have unpacked dimensions after it.
    let Some(name) = head.iter().rev().find_map(Token::word) else { return };
    let of_type = head.iter().any(|t| t.word() == Some("type"));
    let plain_types =
        ["parameter", "localparam", "integer", "int", "signed", "unsigned", "longint", "logic", "reg", "bit"];
    let known_type = head.iter().filter_map(Token::word).all(|w| w == name || plain_types.contains(&w));
    let sized = head.iter().any(|t| t.is("[") || matches!(t.word(), Some("logic" | "reg" | "bit")));
    let value = if of_type || !known_type || head.last().and_then(Token::word) != Some(name) {
        Err("a parameter of a type that is not evaluated".to_owned())
    } else {
        match generics.get(name).filter(|_| !local) {
            Some(text) => evaluate(&lex(text, Language::Verilog), names, Language::Verilog),
            None => match equals {
                Some(e) => evaluate(&part[e + 1..], names, Language::Verilog),
                None => Err("a parameter without a value".into()),
            },
        }
    };
    let value = match value {
        Ok(v) if sized => declared_width(head, names).and_then(|bits| {
            if bits < 63 && (v.number < 0 || v.number >> bits != 0) {
                Err("its value does not fit its declared range".into())
            } else {
                Ok(Value { number: v.number, sized: true })
            }
        }),
        // `parameter W = 8'd4` takes the width of its value; `integer W = 8'd4` has 32 bits.
        Ok(v) if head.iter().any(|t| matches!(t.word(), Some("integer" | "int" | "longint"))) => {
            Ok(Value { sized: false, ..v })
        }
        other => other,
    };
    names.insert(name.to_owned(), value);
}

fn declared_width(head: &[Token], names: &Names) -> Result<u32, String> {
    match dimensions(head, names) {
        Range::Scalar => Ok(1),
        Range::Vector { left, right } => {
            u32::try_from(left.abs_diff(right) + 1).map_err(|_| "too wide".into())
        }
        Range::Unknown(why) => Err(why),
    }
}

/// The range among the words before a name.
fn dimensions(words: &[Token], names: &Names) -> Range {
    let Some(open) = words.iter().position(|t| t.is("[")) else { return Range::Scalar };
    let Some(length) = words[open..].iter().position(|t| t.is("]")) else {
        return Range::Unknown("a `[` without `]`".into());
    };
    let inside = &words[open + 1..open + length];
    if words[open + length + 1..].iter().any(|t| t.is("[")) {
        return Range::Unknown("more than one dimension".into());
    }
    // The colon of the range, not of a `?:`.
    let (mut questions, mut nested, mut colon) = (0, 0, None);
    for (i, token) in inside.iter().enumerate() {
        match token {
            t if t.is("(") => nested += 1,
            t if t.is(")") => nested -= 1,
            t if t.is("?") && nested == 0 => questions += 1,
            t if t.is(":") && nested == 0 && questions > 0 => questions -= 1,
            t if t.is(":") && nested == 0 => {
                colon = Some(i);
                break;
            }
            _ => {}
        }
    }
    let Some(colon) = colon else {
        return Range::Unknown(format!("`[{}]` was not understood", show(inside)));
    };
    let side = |part: &[Token]| evaluate(part, names, Language::Verilog).map(|v| v.number);
    match (side(&inside[..colon]), side(&inside[colon + 1..])) {
        (Ok(left), Ok(right)) => Range::Vector { left, right },
        (Err(why), _) | (_, Err(why)) => Range::Unknown(why),
    }
}

/// Direction, type and range in front of a port's name.
struct Kind {
    direction: Direction,
    range: Range,
}

/// Reads what stands before the name. `before` is the direction that goes on when none stands here.
fn kind(head: &[Token], before: Option<&Direction>, names: &Names) -> Kind {
    let mut direction = before.cloned();
    let mut strange: Option<String> = None;
    let mut nested = 0_i32;
    for token in head {
        match token {
            t if t.is("[") => nested += 1,
            t if t.is("]") => nested -= 1,
            _ if nested > 0 => {}
            Token::Word(w) => match w.as_str() {
                "input" => direction = Some(Direction::Input),
                "output" => direction = Some(Direction::Output),
                "inout" => direction = Some(Direction::Inout),
                "wire" | "reg" | "logic" | "bit" | "tri" | "tri0" | "tri1" | "wand" | "wor" | "var"
                | "signed" | "unsigned" | "uwire" => {}
                other => strange = Some(format!("type `{other}` is not evaluated")),
            },
            Token::Unknown(why) => strange = Some(why.clone()),
            other => strange = Some(format!("`{}` was not understood", show(std::slice::from_ref(other)))),
        }
    }
    let range = match &strange {
        Some(why) => Range::Unknown(why.clone()),
        None => dimensions(head, names),
    };
    let direction =
        direction.unwrap_or_else(|| Direction::Unknown(strange.unwrap_or_else(|| "none is declared".into())));
    Kind { direction, range }
}

/// Name of a declarator, its words before and after: `wire [7:0] a [3:0] = 0`.
fn declarator(part: &[Token]) -> Option<(&[Token], &str, &[Token])> {
    let end = part.iter().position(|t| t.is("=")).unwrap_or(part.len());
    let part = &part[..end];
    // Unpacked dimensions stand behind the name.
    let mut last = part.len();
    while last > 0 && part[last - 1].is("]") {
        last = part[..last].iter().rposition(|t| t.is("["))?;
    }
    let name = part.get(last.checked_sub(1)?)?.word()?;
    Some((&part[..last - 1], name, &part[last..]))
}

fn ansi_ports(parts: &[&[Token]], names: &Names) -> Result<Vec<Port>, String> {
    let mut ports = Vec::new();
    let mut current: Option<Kind> = None;
    for part in parts {
        if let Some(Token::Unknown(why)) = part.iter().find(|t| matches!(t, Token::Unknown(_))) {
            return Err(why.clone());
        }
        let (head, name, after) =
            declarator(part).ok_or_else(|| format!("the port `{}` was not understood", show(part)))?;
        if !head.is_empty() || current.is_none() {
            let before = current.as_ref().map(|k| &k.direction);
            current = Some(kind(head, before, names));
        }
        let kind = current.as_ref().expect("set just above");
        let range =
            if after.is_empty() { kind.range.clone() } else { Range::Unknown("an unpacked array".into()) };
        ports.push(Port { name: name.to_owned(), direction: kind.direction.clone(), range });
    }
    Ok(ports)
}

/// Ports that are declared in the body, in the order of the header's list.
fn body_ports(
    body: &[Token],
    wanted: &[String],
    generics: &IndexMap<String, String>,
    mut names: Names,
) -> Result<Vec<Port>, String> {
    let end = body.iter().position(|t| t.word() == Some("endmodule")).unwrap_or(body.len());
    let mut found: IndexMap<String, Port> = IndexMap::new();
    let mut inside: Option<&str> = None;
    for statement in body[..end].split(|t| t.is(";")) {
        // Functions and tasks declare inputs of their own.
        let mut statement = statement;
        while let Some(first) = statement.first() {
            match (inside, first.word()) {
                (Some(until), Some(word)) if word == until => inside = None,
                (None, Some("function")) => inside = Some("endfunction"),
                (None, Some("task")) => inside = Some("endtask"),
                _ => break,
            }
            statement = &statement[1..];
        }
        let Some(first) = statement.first().and_then(Token::word).filter(|_| inside.is_none()) else {
            continue;
        };
        match first {
            "parameter" | "localparam" => {
                for part in split(statement) {
                    parameter(part, first == "localparam", generics, &mut names);
                }
            }
            word if is_direction(word) => {
                for port in ansi_ports(&split(statement), &names)? {
                    found.insert(port.name.clone(), port);
                }
            }
            _ => {}
        }
    }
    let unknown = body[..end].iter().find_map(|t| match t {
        Token::Unknown(why) => Some(why.clone()),
        _ => None,
    });
    wanted
        .iter()
        .map(|name| match found.get(name) {
            Some(port) => Ok(port.clone()),
            None => Err(unknown.clone().unwrap_or_else(|| format!("the port `{name}` has no declaration"))),
        })
        .collect()
}
