// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! VHDL: entities, architectures, packages.

mod body;
mod decl;
pub(crate) mod eval;
mod expr;

use self::decl::{interface_list, ports_of};
use crate::Language;
use crate::cursor::Cursor;
use crate::module::{Architecture, Module, SyntaxError, Unit, digest};
use crate::scope::{Decl, Package};
use crate::token::{Token, vhdl};

/// Packages whose names this reader knows by itself, or that declare nothing that widths are made of.
const STANDARD: [&str; 16] = [
    "std_logic_1164",
    "numeric_std",
    "numeric_bit",
    "numeric_std_unsigned",
    "std_logic_arith",
    "std_logic_unsigned",
    "std_logic_signed",
    "std_logic_misc",
    "math_real",
    "textio",
    "std_logic_textio",
    "standard",
    "env",
    "vcomponents",
    "vpkg",
    "numeric_extra",
];

/// Reads the text of a file.
pub(crate) fn read(file: &str, text: &str) -> Unit {
    let tokens = vhdl(text);
    let mut unit = Unit::default();
    let mut context: Vec<Decl> = Vec::new();
    let mut c = Cursor::new(&tokens);
    while let Some(token) = c.peek() {
        let fault = |c: &Cursor<'_>, near: &str| SyntaxError {
            file: file.to_owned(),
            line: c.line(),
            near: near.to_owned(),
        };
        let start = c.at;
        if token.vkey("use") {
            match c.until(";") {
                Some(words) => context.extend(used(words)),
                None => c.at = tokens.len(),
            }
            continue;
        }
        if !starts_unit(&tokens, start) {
            c.at += 1;
            continue;
        }
        let end = unit_end(&tokens, start + 1);
        let words = &tokens[start..end];
        if token.vkey("entity") {
            match entity(file, words, &context) {
                Ok(module) => unit.modules.push(module),
                Err(near) => unit.faults.push(fault(&c, near)),
            }
        } else if token.vkey("architecture") {
            unit.architectures.push(architecture(words, &context));
        } else if token.vkey("package") && !c.ahead(2).is_some_and(|t| t.vkey("is")) {
            // `package body NAME is`
            let name = c.ahead(2).and_then(Token::word).unwrap_or_default();
            unit.packages.push(package(name, words, 4, &context));
        } else if token.vkey("package") {
            let name = c.ahead(1).and_then(Token::word).unwrap_or_default();
            unit.packages.push(package(name, words, 3, &context));
        }
        context.clear();
        c.at = end;
    }
    unit
}

/// `use lib.package.name`: the package as a scope knows it.
fn used(words: &[Token]) -> Vec<Decl> {
    let mut out = Vec::new();
    for part in crate::cursor::split(words, ",") {
        let names: Vec<&str> =
            part.iter().filter_map(Token::word).filter(|w| !w.eq_ignore_ascii_case("use")).collect();
        let [_library, package, name] = names.as_slice() else { continue };
        let package = package.to_ascii_lowercase();
        if STANDARD.contains(&package.as_str()) {
            continue;
        }
        let name = (!name.eq_ignore_ascii_case("all")).then(|| name.to_ascii_lowercase());
        out.push(Decl::Import { package: format!("vhdl:{package}"), name });
    }
    out
}

fn starts_unit(tokens: &[Token], at: usize) -> bool {
    let key = |n: usize, word: &str| tokens.get(at + n).is_some_and(|t| t.vkey(word));
    (at == 0 || tokens[at - 1].is(";"))
        && ((key(0, "entity") || key(0, "package")) && key(2, "is")
            || key(0, "package") && key(1, "body") && key(3, "is")
            || (key(0, "architecture") || key(0, "configuration")) && key(2, "of"))
}

/// Where the next unit or its context clauses begin.
fn unit_end(tokens: &[Token], from: usize) -> usize {
    let next = (from..tokens.len())
        .find(|i| starts_unit(tokens, *i) || (tokens[*i].vkey("library") && tokens[*i - 1].is(";")));
    let Some(mut end) = next else { return tokens.len() };
    // `use` clauses right in front of the next unit are its own.
    loop {
        let before = tokens[from..end.saturating_sub(1).max(from)].iter().rposition(|t| t.is(";"));
        match before.map(|b| from + b + 1) {
            Some(start) if start < end && tokens[start].vkey("use") => end = start,
            _ => return end,
        }
    }
}

fn entity(file: &str, words: &[Token], context: &[Decl]) -> Result<Module, &'static str> {
    let name = words[1].word().unwrap_or_default();
    let mut module = Module::new(name, Language::Vhdl, file, words[1].line);
    module.decls.extend_from_slice(context);
    let mut c = Cursor { tokens: words, at: 3 };
    clauses(&mut c, &mut module)?;
    module.header_decls = module.decls.len();
    let end = crate::cursor::outside(c.rest(), |t| t.is(";")).map_or(words.len(), |n| c.at + n);
    module.digest = digest(&words[..end]);
    Ok(module)
}

/// The generic and port clauses of an entity or component.
fn clauses(c: &mut Cursor<'_>, module: &mut Module) -> Result<(), &'static str> {
    loop {
        let port = c.vkey("port");
        if !port && !c.vkey("generic") {
            return Ok(());
        }
        c.at += 1;
        let clause = if port { "port" } else { "generic" };
        let inside = c.group().ok_or(clause)?;
        c.eat(";");
        if port {
            match ports_of(inside) {
                Ok(ports) => module.ports.extend(ports),
                Err(why) => module.ports_fault = Some(why),
            }
        } else {
            module.decls.extend(interface_list(inside));
        }
    }
}

fn architecture(words: &[Token], context: &[Decl]) -> Architecture {
    let mut out = Architecture {
        name: words[1].word().unwrap_or_default().to_owned(),
        of: words.get(3).and_then(Token::word).unwrap_or_default().to_owned(),
        decls: context.to_vec(),
        items: Vec::new(),
        weight: (words.len() / 16) as u64,
        digest: digest(words),
        doubts: Vec::new(),
    };
    let mut c = Cursor { tokens: words, at: 5.min(words.len()) };
    let mut found = decl::Declared::default();
    decl::declarations(&mut c, &mut found);
    c.eat_vkey("begin");
    out.decls.append(&mut found.decls);
    out.doubts.append(&mut found.doubts);
    out.items = body::statements(c.rest(), &found, &mut out.doubts, 0);
    out
}

fn package(name: &str, words: &[Token], from: usize, context: &[Decl]) -> Package {
    let mut found = decl::Declared { decls: context.to_vec(), ..decl::Declared::default() };
    let mut c = Cursor { tokens: words, at: from.min(words.len()) };
    decl::declarations(&mut c, &mut found);
    Package { name: name.to_owned(), language: Language::Vhdl, decls: found.decls }
}
