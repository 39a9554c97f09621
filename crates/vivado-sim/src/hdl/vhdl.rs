// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! VHDL entities and the instances in their architectures.
//!
//! Names come out in lower case. `if ... generate` is taken as true, `case ... generate` is not read.

use super::expr::Expr;
use super::lex::{Token, vhdl};
use super::{Dir, Instance, Item, Module, PortDecl, SyntaxError};
use crate::util;

pub(crate) fn read(file: &str, text: &str) -> Result<Vec<Module>, SyntaxError> {
    let tokens = vhdl(text);
    let mut modules: Vec<Module> = Vec::new();
    let mut at = 0;
    let word = |i: usize| tokens.get(i).map_or("", |t| t.text.as_str());
    while at < tokens.len() {
        if word(at) == "entity" && word(at + 2) == "is" {
            let (module, next) = entity(file, &tokens, at)?;
            modules.push(module);
            at = next;
        } else if word(at) == "architecture" && word(at + 2) == "of" {
            let name = word(at + 3).to_owned();
            let end = architecture_end(&tokens, at + 4);
            let body = &tokens[at..end];
            if let Some(module) = modules.iter_mut().find(|m| m.name == name) {
                let begin = body.iter().position(|t| t.text == "begin").map_or(body.len(), |b| b + 1);
                module.items = statements(&body[begin..]);
                module.weight = (body.len() / 16) as u64;
                let words: Vec<&str> = body.iter().map(|t| t.text.as_str()).collect();
                module.digest = util::digest(&[module.digest.clone(), util::digest(&words)]);
                module.empty = false;
            }
            at = end;
        } else {
            at += 1;
        }
    }
    Ok(modules)
}

/// The index after the architecture: where the next design unit starts.
fn architecture_end(tokens: &[Token], from: usize) -> usize {
    let word = |i: usize| tokens.get(i).map_or("", |t| t.text.as_str());
    (from..tokens.len())
        .find(|&i| {
            matches!(word(i), "entity" | "architecture" | "package" | "configuration" | "library")
                && word(i.wrapping_sub(1)) == ";"
                && (word(i + 2) == "is" || word(i + 2) == "of" || word(i) == "library")
        })
        .unwrap_or(tokens.len())
}

fn entity(file: &str, tokens: &[Token], start: usize) -> Result<(Module, usize), SyntaxError> {
    let word = |i: usize| tokens.get(i).map_or("", |t| t.text.as_str());
    let mut module = Module {
        name: word(start + 1).to_owned(),
        ports: Vec::new(),
        params: Vec::new(),
        items: Vec::new(),
        file: file.to_owned(),
        line: tokens[start].line,
        digest: String::new(),
        empty: true,
        weight: 0,
    };
    let mut at = start + 3;
    while at < tokens.len() && word(at) != "end" {
        match word(at) {
            section @ ("generic" | "port") if word(at + 1) == "(" => {
                let Some(close) = closing(tokens, at + 1) else {
                    return Err(SyntaxError {
                        file: file.to_owned(),
                        line: tokens[at].line,
                        near: section.to_owned(),
                    });
                };
                let words: Vec<String> = tokens[at + 2..close].iter().map(|t| t.text.clone()).collect();
                for declaration in words.split(|w| w == ";") {
                    if section == "port" {
                        port(declaration, &mut module);
                    } else {
                        generic(declaration, &mut module);
                    }
                }
                at = close + 1;
            }
            _ => at += 1,
        }
    }
    while at < tokens.len() && word(at) != ";" {
        at += 1;
    }
    let words: Vec<&str> = tokens[start..at].iter().map(|t| t.text.as_str()).collect();
    module.digest = util::digest(&words);
    Ok((module, at + 1))
}

fn closing(tokens: &[Token], open: usize) -> Option<usize> {
    let mut depth = 0;
    for (i, token) in tokens.iter().enumerate().skip(open) {
        match token.text.as_str() {
            "(" => depth += 1,
            ")" => {
                depth -= 1;
                if depth == 0 {
                    return Some(i);
                }
            }
            _ => {}
        }
    }
    None
}

fn names_and_type(words: &[String]) -> Option<(Vec<String>, &[String])> {
    let colon = words.iter().position(|w| w == ":")?;
    let names = words[..colon]
        .iter()
        .filter(|w| !matches!(w.as_str(), "," | "signal" | "constant"))
        .cloned()
        .collect();
    Some((names, &words[colon + 1..]))
}

fn generic(words: &[String], module: &mut Module) {
    let Some((names, rest)) = names_and_type(words) else { return };
    let value = rest.iter().position(|w| w == ":=").map(|i| Expr(rest[i + 1..].to_vec())).unwrap_or_default();
    for name in names {
        module.params.push((name, value.clone(), false));
    }
}

fn port(words: &[String], module: &mut Module) {
    let Some((names, rest)) = names_and_type(words) else { return };
    let dir = match rest.first().map(String::as_str) {
        Some("out" | "buffer") => Dir::Out,
        Some("inout") => Dir::Inout,
        _ => Dir::In,
    };
    let open = rest.iter().position(|w| w == "(");
    let turn = rest.iter().position(|w| w == "downto" || w == "to");
    let range = open.zip(turn).filter(|(o, t)| o < t).map(|(o, t)| {
        let end = rest.iter().position(|w| w == ":=").unwrap_or(rest.len());
        let close = rest[..end].iter().rposition(|w| w == ")").unwrap_or(end);
        (Expr(rest[o + 1..t].to_vec()), Expr(rest[t + 1..close].to_vec()))
    });
    for name in names {
        module.ports.push(PortDecl { name, dir, range: range.clone() });
    }
}

/// The instances and generate loops of an architecture body.
fn statements(tokens: &[Token]) -> Vec<Item> {
    let word = |i: usize| tokens.get(i).map_or("", |t| t.text.as_str());
    let mut items = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if word(at + 1) != ":" || !tokens[at].is_word() {
            at += 1;
            continue;
        }
        let label = word(at).to_owned();
        let line = tokens[at].line;
        let mut from = at + 2;
        if word(from) == "for" || word(from) == "if" {
            let Some(generate) = (from..tokens.len()).find(|&i| word(i) == "generate") else { return items };
            let end = generate_end(tokens, generate + 1);
            let inner = statements(&tokens[generate + 1..end]);
            let head: Vec<String> = tokens[from + 1..generate].iter().map(|t| t.text.clone()).collect();
            items.push(if word(from) == "for" {
                for_generate(&head, label, inner)
            } else {
                Item::Block { label, items: inner }
            });
            at = end + 2;
            continue;
        }
        if word(from) == "entity" {
            // `entity work.name(arch)`: the library is passed over.
            from += 1;
            if word(from + 1) == "." {
                from += 2;
            }
        } else if word(from) == "component" {
            from += 1;
        }
        let module = word(from).to_owned();
        let mut next = from + 1;
        if word(next) == "(" {
            next = closing(tokens, next).map_or(tokens.len(), |c| c + 1);
        }
        let maps = (word(next) == "port" || word(next) == "generic") && word(next + 1) == "map";
        if maps {
            let mut params = Vec::new();
            if word(next) == "generic" {
                let close = closing(tokens, next + 2).unwrap_or(tokens.len());
                let words: Vec<String> =
                    tokens[(next + 3).min(close)..close].iter().map(|t| t.text.clone()).collect();
                params = words.split(|w| w == ",").filter_map(association).collect();
            }
            items.push(Item::Instance(Instance { module, name: label, line, params, range: None }));
            while at < tokens.len() && word(at) != ";" {
                at += 1;
            }
        }
        at += 1;
    }
    items
}

fn association(words: &[String]) -> Option<(Option<String>, Expr)> {
    match words {
        [] => None,
        [name, arrow, value @ ..] if arrow == "=>" => Some((Some(name.clone()), Expr(value.to_vec()))),
        value => Some((None, Expr(value.to_vec()))),
    }
}

fn generate_end(tokens: &[Token], from: usize) -> usize {
    let word = |i: usize| tokens.get(i).map_or("", |t| t.text.as_str());
    let mut depth = 1;
    let mut at = from;
    while at < tokens.len() {
        if word(at) == "generate" {
            if word(at.wrapping_sub(1)) == "end" {
                depth -= 1;
                if depth == 0 {
                    return at - 1;
                }
            } else {
                depth += 1;
            }
        }
        at += 1;
    }
    tokens.len()
}

fn for_generate(head: &[String], label: String, items: Vec<Item>) -> Item {
    let var = head.first().cloned().unwrap_or_default();
    let turn = head.iter().position(|w| w == "to" || w == "downto").unwrap_or(head.len());
    let left = Expr(head.get(2..turn).unwrap_or_default().to_vec());
    let right = Expr(head.get(turn + 1..).unwrap_or_default().to_vec());
    let (from, last) =
        if head.get(turn).is_some_and(|w| w == "downto") { (right, left) } else { (left, right) };
    let mut until = vec![var.clone(), "<=".to_owned(), "(".to_owned()];
    until.extend(last.0);
    until.push(")".to_owned());
    let step = Expr(vec![var.clone(), "+".to_owned(), "1".to_owned()]);
    Item::For { var, from, until: Expr(until), step, label, items }
}
