// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Functions of Verilog, as far as widths are computed with them.

use std::rc::Rc;

use super::{Read, Reader};
use crate::cursor::{Cursor, split};
use crate::expr::Expr;
use crate::function::{Function, Stmt};
use crate::scope::Decl;
use crate::token::{Kind, Token, show};
use crate::types::{Declarator, TypeExpr, declarator};

type Variable = (String, TypeExpr, Option<Expr>);

impl Reader<'_> {
    /// From `function` to `endfunction`. A function that is not followed is declared as unknown.
    pub(super) fn function(&mut self) -> Read<Option<Decl>> {
        let start = self.c.at + 1;
        let mut end = start;
        while let Some(token) = self.c.tokens.get(end) {
            if token.key("endfunction") {
                break;
            }
            if token.key("endmodule") {
                self.c.at = end;
                return Err(self.fault());
            }
            end += 1;
        }
        if end >= self.c.tokens.len() {
            self.c.at = end;
            return Err(self.fault());
        }
        let mut c = Cursor::new(&self.c.tokens[start..end]);
        self.c.at = end + 1;
        self.label();
        Ok(read(&mut c))
    }
}

fn read(c: &mut Cursor<'_>) -> Option<Decl> {
    while c.key("automatic") || c.key("static") {
        c.at += 1;
    }
    // Up to `(` or `;`: type and name.
    let rest = c.rest();
    let length = crate::cursor::outside(rest, |t| t.is(";") || t.is("("))?;
    let declared = declarator(&rest[..length])?;
    let name = declared.name.to_owned();
    let of = TypeExpr::head(declared.head);
    c.at += length;
    let mut function =
        Function { name: name.clone(), of, arguments: Vec::new(), locals: Vec::new(), body: Vec::new() };
    match body(c, &mut function) {
        Ok(()) => Some(Decl::Function(Rc::new(function))),
        Err(why) => {
            function.body = vec![Stmt::Unknown(format!("function `{name}`: {why}"))];
            Some(Decl::Function(Rc::new(function)))
        }
    }
}

fn body(c: &mut Cursor<'_>, function: &mut Function) -> Result<(), String> {
    if c.is("(") {
        let inside = c.group().ok_or("a list of arguments does not end")?;
        let mut of = TypeExpr::BIT;
        for part in split(inside, ",") {
            let declared = declarator(part).ok_or("an argument was not understood")?;
            let mut head = declared.head;
            if head.first().is_some_and(|t| t.key("input") || t.key("const")) {
                head = &head[1..];
                of = TypeExpr::head(head);
            } else if head.first().is_some_and(|t| t.key("output") || t.key("inout") || t.key("ref")) {
                return Err("an argument that is no input".into());
            } else if !head.is_empty() {
                of = TypeExpr::head(head);
            }
            plain(&declared)?;
            function.arguments.push((declared.name.to_owned(), of.clone()));
        }
    }
    if !c.eat(";") {
        return Err("its header was not understood".into());
    }
    while c.key("input") {
        c.at += 1;
        let words = c.until(";").ok_or("an argument does not end")?;
        function.arguments.extend(variables(words, true)?.into_iter().map(|(n, of, _)| (n, of)));
    }
    function.locals = locals(c)?;
    while !c.done() {
        let statement = statement(c, 0)?;
        function.body.push(statement);
    }
    Ok(())
}

fn plain(declared: &Declarator<'_>) -> Result<(), String> {
    if declared.after.is_empty() { Ok(()) } else { Err(format!("`{}` is an array", declared.name)) }
}

/// `inputs`: no type is one bit.
fn variables(words: &[Token], inputs: bool) -> Result<Vec<Variable>, String> {
    let mut of: Option<TypeExpr> = None;
    let mut out = Vec::new();
    for part in split(words, ",") {
        let declared = declarator(part).ok_or("a variable was not understood")?;
        plain(&declared)?;
        if of.is_none() && declared.head.is_empty() && !inputs {
            return Err(format!("`{}` has no type", declared.name));
        }
        let of = of.get_or_insert_with(|| TypeExpr::head(declared.head)).clone();
        out.push((declared.name.to_owned(), of, declared.value.map(Expr::verilog)));
    }
    Ok(out)
}

/// Declarations in front of statements.
fn locals(c: &mut Cursor<'_>) -> Result<Vec<Variable>, String> {
    let mut out = Vec::new();
    loop {
        let mut ahead = *c;
        while ["automatic", "static", "var", "localparam", "parameter"].iter().any(|k| ahead.key(k)) {
            ahead.at += 1;
        }
        let typed = ahead.peek().is_some_and(|t| t.kind == Kind::Word && TypeExpr::atom(&t.text).is_some());
        if !typed && ahead.at == c.at {
            return Ok(out);
        }
        *c = ahead;
        let words = c.until(";").ok_or("a declaration does not end")?;
        out.extend(variables(words, false)?);
    }
}

fn statement(c: &mut Cursor<'_>, depth: u32) -> Result<Stmt, String> {
    if depth > 48 {
        return Err("statements are nested too deeply".into());
    }
    let Some(token) = c.peek() else { return Err("a statement is missing".into()) };
    let word = if token.kind == Kind::Word { &*token.text } else { "" };
    let inner = |c: &mut Cursor<'_>| statement(c, depth + 1).map(Box::new);
    let condition = |c: &mut Cursor<'_>| -> Result<Expr, String> {
        c.at += 1;
        Ok(Expr::verilog(c.group().ok_or("a condition is missing")?))
    };
    match word {
        "begin" => {
            c.at += 1;
            if c.eat(":") {
                c.word();
            }
            let locals = locals(c)?;
            let mut body = Vec::new();
            while !c.eat_key("end") {
                if c.done() {
                    return Err("a block does not end".into());
                }
                body.push(statement(c, depth + 1)?);
            }
            if c.eat(":") {
                c.word();
            }
            Ok(Stmt::Block(locals, body))
        }
        "if" => {
            let condition = condition(c)?;
            let yes = inner(c)?;
            let no = if c.eat_key("else") { Some(inner(c)?) } else { None };
            Ok(Stmt::If(condition, yes, no))
        }
        "unique" | "priority" => {
            c.at += 1;
            statement(c, depth + 1)
        }
        "while" => {
            let condition = condition(c)?;
            Ok(Stmt::While(condition, inner(c)?))
        }
        "repeat" => {
            let condition = condition(c)?;
            Ok(Stmt::Repeat(condition, inner(c)?))
        }
        "for" => {
            c.at += 1;
            let words = c.group().ok_or("a loop without a head")?;
            let parts: Vec<&[Token]> = words.split(|w| w.is(";")).collect();
            let [init, until, step] = parts.as_slice() else { return Err("a loop's head".into()) };
            let typed = init.first().is_some_and(|t| TypeExpr::atom(&t.text).is_some());
            let (locals, first) =
                if typed { (variables(init, false)?, Stmt::Empty) } else { (Vec::new(), assignment(init)?) };
            let (until, step) = (Expr::verilog(until), Box::new(assignment(step)?));
            let looped = Stmt::For(Box::new(first), until, step, inner(c)?);
            Ok(if locals.is_empty() { looped } else { Stmt::Block(locals, vec![looped]) })
        }
        "case" => {
            let of = condition(c)?;
            let (mut arms, mut default) = (Vec::new(), None);
            while !c.eat_key("endcase") {
                if c.eat_key("default") {
                    c.eat(":");
                    default = Some(inner(c)?);
                    continue;
                }
                let words = c.until(":").ok_or("an arm of a case was not understood")?;
                let values = split(words, ",").into_iter().map(Expr::verilog).collect();
                arms.push((values, statement(c, depth + 1)?));
            }
            Ok(Stmt::Case(of, arms, default))
        }
        "return" => {
            c.at += 1;
            let words = c.until(";").ok_or("a `return` does not end")?;
            Ok(Stmt::Return((!words.is_empty()).then(|| Expr::verilog(words))))
        }
        "break" | "continue" => {
            c.at += 1;
            c.eat(";");
            Ok(if word == "break" { Stmt::Break } else { Stmt::Continue })
        }
        _ if token.is(";") => {
            c.at += 1;
            Ok(Stmt::Empty)
        }
        _ => {
            let words = c.until(";").ok_or("a statement does not end")?;
            assignment(words)
        }
    }
}

/// `a = b`, `a += b`, `a++`.
fn assignment(words: &[Token]) -> Result<Stmt, String> {
    let not = || format!("`{}` is not followed", show(words));
    let name = words.iter().find_map(Token::word).ok_or_else(not)?.to_owned();
    let this = || Box::new(Expr::Name(name.clone()));
    let value = match words {
        [a, b] if a.is("++") || b.is("++") => Expr::Binary("+", this(), Box::new(Expr::int(1))),
        [a, b] if a.is("--") || b.is("--") => Expr::Binary("-", this(), Box::new(Expr::int(1))),
        [first, op, rest @ ..] if first.word().is_some() && op.is("=") => Expr::verilog(rest),
        [first, op, rest @ ..] if first.word().is_some() => {
            let operators = ["+", "-", "*", "/", "%", "&", "|", "^", "<<<", ">>>", "<<", ">>"];
            let operator = operators.iter().find(|o| op.is(&format!("{o}="))).ok_or_else(not)?;
            Expr::Binary(operator, this(), Box::new(Expr::verilog(rest)))
        }
        _ => return Err(not()),
    };
    Ok(Stmt::Assign(name, value))
}
