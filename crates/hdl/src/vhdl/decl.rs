// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Declarations of VHDL: ports, generics, constants, types, functions, components.

use std::rc::Rc;

use super::expr::{dim, expr, subtype};
use crate::cursor::{Cursor, outside, split};
use crate::function::{Function, Stmt};
use crate::interface::Direction;
use crate::module::PortDecl;
use crate::scope::{Decl, Param};
use crate::token::{Token, show};
use crate::types::{Field, TypeExpr};

/// What a declarative part holds.
#[derive(Debug, Default)]
pub(super) struct Declared {
    pub(super) decls: Vec<Decl>,
    /// Names of components.
    pub(super) components: Vec<String>,
    /// `for LABELS : COMPONENT use entity LIB.NAME(ARCH)`
    pub(super) bindings: Vec<Binding>,
    pub(super) doubts: Vec<String>,
}

/// A configuration specification.
#[derive(Debug)]
pub(super) struct Binding {
    /// None for `all` and `others`.
    pub(super) labels: Option<Vec<String>>,
    pub(super) component: String,
    pub(super) entity: String,
    pub(super) architecture: Option<String>,
}

/// Names, their type, and their value.
type Named<'t> = (Vec<&'t Token>, &'t [Token], Option<&'t [Token]>);

/// Takes a declaration apart.
fn named(item: &[Token]) -> Option<Named<'_>> {
    let colon = item.iter().position(|t| t.is(":"))?;
    let skip = usize::from(["signal", "constant", "variable", "shared"].iter().any(|k| item[0].vkey(k)));
    let names = item.get(skip..colon)?.iter().filter(|t| t.word().is_some()).collect();
    let rest = &item[colon + 1..];
    let value = outside(rest, |t| t.is(":="));
    Some((names, &rest[..value.unwrap_or(rest.len())], value.map(|v| &rest[v + 1..])))
}

/// Ports of a clause.
pub(super) fn ports_of(inside: &[Token]) -> Result<Vec<PortDecl>, String> {
    let mut out = Vec::new();
    for item in split(inside, ";") {
        let (names, kind, _) =
            named(item).ok_or_else(|| format!("the port `{}` was not understood", show(item)))?;
        let mode = kind.first().and_then(Token::word).unwrap_or_default().to_ascii_lowercase();
        let (direction, kind) = match mode.as_str() {
            "in" => (Direction::Input, &kind[1..]),
            // A netlist knows no `buffer`: it is an output that is read inside.
            "out" | "buffer" => (Direction::Output, &kind[1..]),
            "inout" => (Direction::Inout, &kind[1..]),
            "linkage" | "view" => (Direction::Unknown(format!("mode {mode}")), &kind[1..]),
            _ => (Direction::Input, kind),
        };
        let of = subtype(kind);
        for name in names {
            out.push(PortDecl::Declared {
                name: name.text.clone().into_owned(),
                direction: direction.clone(),
                of: of.clone(),
                dims: Vec::new(),
                line: name.line,
            });
        }
    }
    Ok(out)
}

/// Generics of a clause.
pub(super) fn interface_list(inside: &[Token]) -> Vec<Decl> {
    let mut out = Vec::new();
    for item in split(inside, ";") {
        let Some((names, kind, value)) = named(item) else {
            for name in item.iter().skip(1).filter_map(Token::word).take(1) {
                out.push(Decl::Unknown {
                    name: name.to_owned(),
                    why: "a generic that is no constant".into(),
                });
            }
            continue;
        };
        let kind = if kind.first().is_some_and(|t| t.vkey("in")) { &kind[1..] } else { kind };
        let of = subtype(kind);
        for name in names {
            out.push(Decl::Param(Param {
                name: name.text.clone().into_owned(),
                of: Some(of.clone()),
                value: value.map(expr),
                local: false,
            }));
        }
    }
    out
}

/// Declarations up to a `begin` or an `end` of the part.
pub(super) fn declarations(c: &mut Cursor<'_>, out: &mut Declared) {
    while let Some(token) = c.peek() {
        if token.vkey("begin") || token.vkey("end") {
            return;
        }
        let before = c.at;
        let ok = if token.vkey("constant") {
            c.until(";").map(|words| {
                if let Some((names, kind, value)) = named(words) {
                    let of = subtype(kind);
                    // A constant whose value is in the package's body comes later and wins.
                    out.decls.extend(names.iter().map(|n| {
                        Decl::Param(Param {
                            name: n.text.clone().into_owned(),
                            of: Some(of.clone()),
                            value: value.map(expr),
                            local: true,
                        })
                    }));
                }
            })
        } else if token.vkey("subtype") {
            c.until(";").map(|words| {
                if let Some(name) = words.get(1).and_then(Token::word).filter(|_| words.len() > 3) {
                    out.decls.push(Decl::Typedef { name: name.to_owned(), of: subtype(&words[3..]) });
                }
            })
        } else if token.vkey("type") {
            type_declaration(c, out)
        } else if token.vkey("component") {
            component(c, out)
        } else if ["pure", "impure", "function", "procedure"].iter().any(|k| token.vkey(k)) {
            subprogram(c, out)
        } else if token.vkey("for") {
            binding(c, out)
        } else if token.vkey("use") {
            c.until(";").map(|words| out.decls.extend(super::used(words)))
        } else {
            c.until(";").map(drop)
        };
        if ok.is_none() {
            // Something that is not closed: the rest of the part is not known.
            c.at = before + 1;
            while c.peek().is_some_and(|t| !t.vkey("begin")) {
                c.at += 1;
            }
            out.doubts.push("a declaration was not understood".into());
        }
    }
}

fn type_declaration(c: &mut Cursor<'_>, out: &mut Declared) -> Option<()> {
    let name = c.ahead(1)?.word()?.to_owned();
    let mut ahead = *c;
    ahead.at += 3;
    if ahead.eat_vkey("record") {
        let mut fields = Vec::new();
        while !ahead.vkey("end") {
            let (names, kind, _) = named(ahead.until(";")?)?;
            let of = subtype(kind);
            let all = names.iter().map(|n| Field {
                name: n.text.clone().into_owned(),
                of: of.clone(),
                dims: Vec::new(),
            });
            fields.extend(all);
        }
        ahead.until(";")?;
        *c = ahead;
        let of = TypeExpr::Struct { packed: false, union: false, signed: false, fields, dims: Vec::new() };
        out.decls.push(Decl::Typedef { name, of });
        return Some(());
    }
    if ahead.eat_vkey("protected") {
        while let Some(token) = ahead.next() {
            if token.vkey("end") && ahead.vkey("protected") {
                break;
            }
        }
        ahead.until(";")?;
        *c = ahead;
        return Some(());
    }
    let words = c.until(";")?;
    let rest = words.get(3..).unwrap_or_default();
    let of = match rest.first() {
        Some(t) if t.vkey("array") => {
            let mut inner = Cursor { tokens: rest, at: 1 };
            let dims = split(inner.group()?, ",").into_iter().map(dim).collect();
            if !inner.eat_vkey("of") {
                return Some(());
            }
            TypeExpr::Array { dims, element: Box::new(subtype(inner.rest())) }
        }
        Some(t) if t.is("(") => {
            // The names of an enumeration are compared as they are.
            let mut inner = Cursor { tokens: rest, at: 0 };
            for member in split(inner.group()?, ",") {
                if let Some(member) = member.first().and_then(Token::word) {
                    let text = format!("'{}.{}", name.to_ascii_lowercase(), member.to_ascii_lowercase());
                    let value = crate::expr::Expr::Value(crate::value::Value::Text(text));
                    out.decls.push(Decl::Param(Param {
                        name: member.to_owned(),
                        of: None,
                        value: Some(value),
                        local: true,
                    }));
                }
            }
            TypeExpr::VhdlValue("an enumeration")
        }
        Some(t) if t.vkey("range") => TypeExpr::VhdlValue("a number with a range"),
        _ => TypeExpr::Unknown(format!("type `{name}` is not evaluated")),
    };
    out.decls.push(Decl::Typedef { name, of });
    Some(())
}

fn component(c: &mut Cursor<'_>, out: &mut Declared) -> Option<()> {
    c.at += 1;
    let name = c.word()?.to_owned();
    while !c.vkey("end") {
        if c.group().is_none() {
            c.next()?;
        }
    }
    c.until(";")?;
    out.components.push(name);
    Some(())
}

/// `for all : comp use entity work.other(rtl);`
fn binding(c: &mut Cursor<'_>, out: &mut Declared) -> Option<()> {
    let words = c.until(";")?;
    if c.vkey("end") && c.ahead(1).is_some_and(|t| t.vkey("for")) {
        c.until(";")?;
    }
    let colon = words.iter().position(|t| t.is(":"))?;
    let labels: Vec<String> = words[1..colon].iter().filter_map(Token::word).map(str::to_owned).collect();
    let all = labels.iter().any(|l| l.eq_ignore_ascii_case("all") || l.eq_ignore_ascii_case("others"));
    let rest = &words[colon + 1..];
    let entity = rest.iter().position(|t| t.vkey("entity"));
    let Some(entity) = entity else {
        out.doubts.push("a configuration specification was not understood".into());
        return Some(());
    };
    let mut inner = Cursor { tokens: rest, at: entity + 1 };
    let mut name = inner.word()?;
    if inner.eat(".") {
        name = inner.word()?;
    }
    let architecture = inner.group().and_then(|g| g.first()).and_then(Token::word).map(str::to_owned);
    out.bindings.push(Binding {
        labels: (!all).then_some(labels),
        component: rest.first()?.word()?.to_owned(),
        entity: name.to_owned(),
        architecture,
    });
    Some(())
}

/// A function or procedure: its declaration, or its body.
fn subprogram(c: &mut Cursor<'_>, out: &mut Declared) -> Option<()> {
    while c.vkey("pure") || c.vkey("impure") {
        c.at += 1;
    }
    let is_function = c.vkey("function");
    c.at += 1;
    let name = c.next()?.text.clone().into_owned();
    c.eat_vkey("parameter");
    let arguments = c.group();
    let length = outside(c.rest(), |t| t.is(";") || t.vkey("is"))?;
    c.at += length;
    if c.eat(";") {
        return Some(());
    }
    c.at += 1;
    if c.vkey("new") {
        return c.until(";").map(drop);
    }
    let end = body_end(c)?;
    let mut inner = Cursor { tokens: &c.tokens[..end], at: c.at };
    c.at = end;
    c.until(";")?;
    if !is_function {
        return Some(());
    }
    let mut function = Function {
        name: name.clone(),
        of: TypeExpr::VhdlValue("integer"),
        arguments: Vec::new(),
        locals: Vec::new(),
        body: Vec::new(),
    };
    let read = arguments_of(arguments.unwrap_or_default(), &mut function)
        .and_then(|()| super::body::function(&mut inner, &mut function));
    if let Err(why) = read {
        function.body = vec![Stmt::Unknown(format!("function `{name}`: {why}"))];
    }
    // Functions of one name and other types are told apart by what they are given: not here.
    let twice = out.decls.iter().any(|d| match d {
        Decl::Function(f) => f.name.eq_ignore_ascii_case(&name),
        Decl::Unknown { name: n, .. } => n.eq_ignore_ascii_case(&name),
        _ => false,
    });
    if twice {
        out.decls.push(Decl::Unknown { name, why: "several functions of this name".into() });
    } else {
        out.decls.push(Decl::Function(Rc::new(function)));
    }
    Some(())
}

fn arguments_of(inside: &[Token], function: &mut Function) -> Result<(), String> {
    for item in split(inside, ";") {
        let (names, kind, value) = named(item).ok_or("an argument was not understood")?;
        if value.is_some() {
            return Err("an argument with a default".into());
        }
        let kind = if kind.first().is_some_and(|t| t.vkey("in")) { &kind[1..] } else { kind };
        let of = subtype(kind);
        if !matches!(of, TypeExpr::VhdlValue(_)) {
            return Err("an argument that is no number".into());
        }
        function.arguments.extend(names.iter().map(|n| (n.text.clone().into_owned(), of.clone())));
    }
    Ok(())
}

/// Index of the `end` of a subprogram's body.
pub(super) fn body_end(c: &Cursor<'_>) -> Option<usize> {
    let mut depth = 0_u32;
    let mut at = c.at;
    while let Some(token) = c.tokens.get(at) {
        let after_end = at > 0 && c.tokens[at - 1].vkey("end");
        if token.vkey("end") {
            if depth == 0 {
                return Some(at);
            }
            depth -= 1;
        } else if !after_end
            && (["if", "case", "loop", "record", "protected"].iter().any(|k| token.vkey(k))
                || token.vkey("is") && nested_subprogram(c.tokens, at, c.at))
        {
            depth += 1;
        }
        at += 1;
    }
    None
}

/// Whether the `is` at `at` begins the body of a subprogram inside this one.
fn nested_subprogram(tokens: &[Token], at: usize, from: usize) -> bool {
    let start = tokens[from..at].iter().rposition(|t| t.is(";") || t.vkey("is") || t.vkey("begin"));
    let start = start.map_or(from, |s| from + s + 1);
    let statement = &tokens[start..at];
    // Semicolons inside of the argument list cut the statement: its end tells as well.
    statement.iter().any(|t| t.vkey("function") || t.vkey("procedure") || t.vkey("return"))
        && !statement.iter().any(|t| t.vkey("type") || t.vkey("subtype") || t.vkey("case"))
}
