// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Headers of modules: imports, parameters and ports, ANSI and not.

use crate::cursor::{Cursor, split, unknown_in};
use crate::expr::Expr;
use crate::interface::Direction;
use crate::module::PortDecl;
use crate::scope::{Decl, Param};
use crate::token::{Token, show};
use crate::types::{Declarator, TypeExpr, declarator, dims};

/// `import a::*, b::c`
pub(super) fn imports(words: &[Token]) -> Vec<Decl> {
    let words = words.strip_prefix_key("import");
    split(words, ",")
        .into_iter()
        .filter_map(|part| {
            let mut c = Cursor::new(part);
            let package = c.word()?.to_owned();
            if !c.eat("::") {
                return None;
            }
            let name = if c.is("*") { None } else { Some(c.word()?.to_owned()) };
            Some(Decl::Import { package, name })
        })
        .collect()
}

trait StripKey {
    fn strip_prefix_key(&self, word: &str) -> &Self;
}

impl StripKey for [Token] {
    fn strip_prefix_key(&self, word: &str) -> &Self {
        if self.first().is_some_and(|t| t.key(word)) { &self[1..] } else { self }
    }
}

/// The parameters of a list or a statement. In a list (`in_header`) a keyword holds until the next.
pub(super) fn parameters(words: &[Token], in_header: bool) -> Vec<Decl> {
    let mut out = Vec::new();
    let mut local = words.first().is_some_and(|t| t.key("localparam"));
    let mut of: Option<TypeExpr> = None;
    let (mut types, mut bit, mut sign) = (false, false, false);
    let mut doubt: Option<String> = None;
    for part in split(words, ",") {
        let mut part = part;
        while let Some(token) = part.first() {
            if token.kind == crate::token::Kind::Unknown {
                doubt = Some(token.text.clone().into_owned());
            } else if token.key("parameter") || token.key("localparam") {
                local = token.key("localparam");
                of = None;
                types = false;
            } else if token.key("type") && part.get(1).is_some_and(|t| t.word().is_some()) {
                types = true;
            } else {
                break;
            }
            part = &part[1..];
        }
        let Some(declared) = declarator(part) else { continue };
        let name = declared.name.to_owned();
        if let Some(why) = doubt.clone().filter(|_| in_header) {
            out.push(Decl::Unknown { name, why });
            continue;
        }
        if types {
            out.push(Decl::TypeParam { name, default: declared.value.map(TypeExpr::head) });
            continue;
        }
        if !declared.head.is_empty() {
            of = Some(TypeExpr::head(declared.head));
            let any = |words: &[&str]| declared.head.iter().any(|t| words.iter().any(|w| t.key(w)));
            (bit, sign) = (any(&["logic", "reg", "bit"]), any(&["signed", "unsigned"]));
        }
        if !declared.after.is_empty() {
            out.push(Decl::Unknown { name, why: "an array of constants is not evaluated".into() });
            continue;
        }
        // `parameter W = 8` has the type of its value, `parameter signed W = 8` its width.
        let known = match &of {
            Some(TypeExpr::Bits { dims, signed }) if dims.is_empty() && !bit => {
                sign.then_some(TypeExpr::Sign(*signed))
            }
            other => other.clone(),
        };
        out.push(Decl::Param(Param { name, of: known, value: declared.value.map(Expr::verilog), local }));
    }
    out
}

/// `TYPE NAME [dims]`, without the keyword.
pub(super) fn typedef(words: &[Token]) -> Option<Decl> {
    let declared = declarator(words)?;
    if declared.head.is_empty() || declared.head[0].key("class") {
        return None;
    }
    let of = if declared.after.is_empty() {
        TypeExpr::head(declared.head)
    } else {
        let mut c = Cursor::new(declared.after);
        TypeExpr::Array { dims: dims(&mut c), element: Box::new(TypeExpr::head(declared.head)) }
    };
    Some(Decl::Typedef { name: declared.name.to_owned(), of })
}

/// A port list.
pub(super) enum Ports {
    Ansi(Vec<PortDecl>),
    /// The body declares them.
    Names(Vec<String>),
}

fn direction(token: &Token) -> Option<Direction> {
    match token.word().filter(|_| token.kind == crate::token::Kind::Word)? {
        "input" => Some(Direction::Input),
        "output" => Some(Direction::Output),
        "inout" => Some(Direction::Inout),
        "ref" => Some(Direction::Unknown("a `ref` port".into())),
        _ => None,
    }
}

pub(super) fn ports(list: &[Token]) -> Result<Ports, String> {
    if let Some(why) = unknown_in(list) {
        return Err(why);
    }
    let parts = split(list, ",");
    let ansi = list.iter().any(|t| direction(t).is_some())
        || parts.iter().any(|p| p.len() > 1 && !p[0].is(".") && !p[0].is("{") && !p[1].is("["));
    if ansi {
        return ansi_ports(&parts).map(Ports::Ansi);
    }
    let mut names = Vec::new();
    for part in parts {
        match part {
            [one] if one.word().is_some() => names.push(one.text.clone().into_owned()),
            other => return Err(format!("the port `{}` was not understood", show(other))),
        }
    }
    Ok(Ports::Names(names))
}

pub(super) fn port(declared: &Declarator<'_>, direction: Direction, of: TypeExpr) -> PortDecl {
    let mut c = Cursor::new(declared.after);
    PortDecl::Declared {
        name: declared.name.to_owned(),
        direction,
        of,
        dims: dims(&mut c),
        line: declared.line,
    }
}

/// Ports with their directions; what a port leaves out goes on from the one before (IEEE 1800-2017, 23.2.2.3).
pub(super) fn ansi_ports(parts: &[&[Token]]) -> Result<Vec<PortDecl>, String> {
    let mut out = Vec::new();
    let mut current: Option<(Direction, TypeExpr)> = None;
    for part in parts {
        if let Some(why) = unknown_in(part) {
            return Err(why);
        }
        let declared =
            declarator(part).ok_or_else(|| format!("the port `{}` was not understood", show(part)))?;
        let mut head = declared.head;
        let own = head.first().and_then(direction);
        if own.is_some() {
            head = &head[1..];
        }
        let own_is_none = own.is_none();
        if own.is_some() || !head.is_empty() || current.is_none() {
            let before = current.as_ref().map(|(d, _)| d.clone());
            let direction = own.or(before).unwrap_or_else(|| Direction::Unknown("none is declared".into()));
            current = Some((direction, TypeExpr::head(head)));
        }
        let (direction, of) = current.clone().expect("set just above");
        out.push(port(&declared, direction, of));
        // A modport has no direction to go on from: slang starts anew with `inout`, what Vivado does is in no source at hand.
        if own_is_none && head.iter().any(|t| t.is(".")) {
            let unknown = Direction::Unknown("none is declared after an interface port".into());
            current = Some((unknown, TypeExpr::head(&[])));
        }
    }
    Ok(out)
}
