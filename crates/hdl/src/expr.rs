// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Constant expressions and types as they are declared, before any value is known.

use crate::cursor::{Cursor, split};
use crate::token::{Kind, Token, show};
use crate::types::TypeExpr;
use crate::value::{Int, Value};

/// A constant expression.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Expr {
    Value(Value),
    /// `'0`, `'1`: as many bits as the context has.
    Fill(bool),
    Name(String),
    /// `package::name`, VHDL `package.name`.
    Scoped(String, String),
    Call(Box<Expr>, Vec<Expr>),
    /// `$bits(type)` and its kin.
    TypeQuery(String, Box<TypeExpr>),
    Index(Box<Expr>, Box<Expr>),
    Slice(Box<Expr>, Box<Expr>, &'static str, Box<Expr>),
    Unary(&'static str, Box<Expr>),
    Binary(&'static str, Box<Expr>, Box<Expr>),
    Cond(Box<Expr>, Box<Expr>, Box<Expr>),
    Concat(Vec<Expr>),
    Repeat(Box<Expr>, Vec<Expr>),
    /// `4'(x)`, `signed'(x)`, `type'(x)`.
    Cast(Box<Cast>, Box<Expr>),
    /// Not of a form that is evaluated: why.
    Unknown(String),
}

/// What a cast makes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cast {
    Type(TypeExpr),
    /// A name that may be a type or a constant width.
    Named(Option<String>, String),
    Width(Expr),
    Signed(bool),
}

impl Expr {
    pub(crate) fn int(value: i64) -> Self {
        Self::Value(Value::Int(Int::integer(value.into())))
    }

    /// Reads all of `tokens` as Verilog.
    pub(crate) fn verilog(tokens: &[Token]) -> Self {
        if let Some(why) = crate::cursor::unknown_in(tokens) {
            return Self::Unknown(why);
        }
        if tokens.is_empty() {
            return Self::Unknown("an expression is missing".into());
        }
        let mut reader = Reader { c: Cursor::new(tokens), depth: 0 };
        match reader.ternary() {
            Ok(expr) if reader.c.done() => expr,
            Ok(_) => Self::Unknown(format!("`{}` was not understood", show(tokens))),
            Err(why) => Self::Unknown(why),
        }
    }
}

struct Reader<'t> {
    c: Cursor<'t>,
    depth: u32,
}

/// Deeper expressions are not read: no stack is spent on them.
const DEPTH: u32 = 48;

/// Operators of Verilog, weakest first (IEEE 1800-2017, table 11-2).
const LEVELS: [&[&str]; 10] = [
    &["||"],
    &["&&"],
    &["|"],
    &["^", "~^", "^~"],
    &["&"],
    &["==", "!=", "===", "!=="],
    &["<", "<=", ">", ">="],
    &["<<", ">>", "<<<", ">>>"],
    &["+", "-"],
    &["*", "/", "%"],
];

impl Reader<'_> {
    fn ternary(&mut self) -> Result<Expr, String> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err("the expression is nested too deeply".into());
        }
        let condition = self.binary(0)?;
        let value = if self.c.eat("?") {
            let yes = self.ternary()?;
            if !self.c.eat(":") {
                return Err("a `?` without `:`".into());
            }
            Expr::Cond(Box::new(condition), Box::new(yes), Box::new(self.ternary()?))
        } else {
            condition
        };
        self.depth -= 1;
        Ok(value)
    }

    fn binary(&mut self, level: usize) -> Result<Expr, String> {
        let Some(operators) = LEVELS.get(level) else { return self.power() };
        let mut left = self.binary(level + 1)?;
        let mut chain = 0;
        while let Some(operator) = operators.iter().find(|o| self.c.is(o)) {
            self.c.at += 1;
            chain += 1;
            if chain > 256 {
                return Err("the expression is too long".into());
            }
            let right = self.binary(level + 1)?;
            left = Expr::Binary(operator, Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn power(&mut self) -> Result<Expr, String> {
        let mut left = self.unary()?;
        let mut chain = 0;
        while self.c.eat("**") {
            chain += 1;
            if chain > 64 {
                return Err("the expression is too long".into());
            }
            left = Expr::Binary("**", Box::new(left), Box::new(self.unary()?));
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Expr, String> {
        const UNARY: [&str; 11] = ["-", "+", "!", "~", "&", "|", "^", "~&", "~|", "~^", "^~"];
        if let Some(operator) = UNARY.iter().find(|o| self.c.is(o)) {
            self.c.at += 1;
            self.depth += 1;
            if self.depth > DEPTH {
                return Err("the expression is nested too deeply".into());
            }
            let value = self.unary()?;
            self.depth -= 1;
            return Ok(Expr::Unary(operator, Box::new(value)));
        }
        let mut value = self.primary()?;
        loop {
            if self.c.is("[") {
                let inside = self.c.group().ok_or("a `[` without `]`")?;
                value = self.select(value, inside)?;
            } else if self.c.is("'") && self.c.ahead(1).is_some_and(|t| t.is("(")) {
                self.c.at += 1;
                let inside = self.c.group().ok_or("a `(` without `)`")?;
                let cast = match value {
                    Expr::Name(name) if name == "signed" => Cast::Signed(true),
                    Expr::Name(name) if name == "unsigned" => Cast::Signed(false),
                    Expr::Name(name) => match TypeExpr::atom(&name) {
                        Some(atom) => Cast::Type(atom),
                        None => Cast::Named(None, name),
                    },
                    Expr::Scoped(package, name) => Cast::Named(Some(package), name),
                    width => Cast::Width(width),
                };
                value = Expr::Cast(Box::new(cast), Box::new(self.inner(inside)?));
            } else if self.c.is(".") {
                return Err("a member of a structure is not evaluated".into());
            } else {
                return Ok(value);
            }
        }
    }

    fn inner(&mut self, tokens: &[Token]) -> Result<Expr, String> {
        let mut reader = Reader { c: Cursor::new(tokens), depth: self.depth + 1 };
        let value = reader.ternary()?;
        if reader.c.done() { Ok(value) } else { Err(format!("`{}` was not understood", show(tokens))) }
    }

    fn select(&mut self, value: Expr, inside: &[Token]) -> Result<Expr, String> {
        for operator in [":", "+:", "-:"] {
            // A `?:` inside has its own colon: those are not read here.
            if let Some(at) = crate::cursor::outside(inside, |t| t.is(operator))
                && !inside[..at].iter().any(|t| t.is("?"))
            {
                let (left, right) = (self.inner(&inside[..at])?, self.inner(&inside[at + 1..])?);
                return Ok(Expr::Slice(Box::new(value), Box::new(left), operator, Box::new(right)));
            }
        }
        Ok(Expr::Index(Box::new(value), Box::new(self.inner(inside)?)))
    }

    fn list(&mut self, tokens: &[Token]) -> Result<Vec<Expr>, String> {
        split(tokens, ",").into_iter().map(|part| self.inner(part)).collect()
    }

    fn primary(&mut self) -> Result<Expr, String> {
        let token = self.c.next().ok_or("an expression ends too early")?;
        match token.kind {
            Kind::Number => number(&token.text),
            Kind::Text => Ok(Expr::Value(Value::Text(token.text.clone().into_owned()))),
            Kind::Sign if token.text == "(" => {
                self.c.at -= 1;
                let inside = self.c.group().ok_or("a `)` is missing")?;
                self.inner(inside)
            }
            Kind::Sign if token.text == "{" => {
                self.c.at -= 1;
                let inside = self.c.group().ok_or("a `}` is missing")?;
                // `{N{x}}`
                if let Some(open) = crate::cursor::outside(inside, |t| t.is("{"))
                    && open > 0
                    && crate::cursor::group(inside, open).is_some_and(|g| open + g.len() + 2 == inside.len())
                    && crate::cursor::outside(inside, |t| t.is(",")).is_none()
                {
                    let count = self.inner(&inside[..open])?;
                    let parts = self.list(&inside[open + 1..inside.len() - 1])?;
                    return Ok(Expr::Repeat(Box::new(count), parts));
                }
                Ok(Expr::Concat(self.list(inside)?))
            }
            Kind::Word | Kind::Escaped => self.name(token),
            _ => Err(format!("`{}` is not evaluated", show(std::slice::from_ref(token)))),
        }
    }

    fn name(&mut self, token: &Token) -> Result<Expr, String> {
        let name = token.text.clone().into_owned();
        if let Some(query) =
            ["$bits", "$size", "$left", "$right", "$high", "$low", "$dimensions"].iter().find(|q| name == **q)
        {
            let inside = self.c.group().ok_or("a system function without an argument")?;
            if let Some(atom) = TypeExpr::verilog(inside) {
                return Ok(Expr::TypeQuery((*query).to_owned(), Box::new(atom)));
            }
            let argument = self.inner(inside)?;
            return Ok(Expr::Call(Box::new(Expr::Name(name)), vec![argument]));
        }
        let value = if self.c.is("::") {
            self.c.at += 1;
            let inner = self.c.word().ok_or("a `::` without a name")?;
            Expr::Scoped(name, inner.to_owned())
        } else {
            Expr::Name(name)
        };
        if self.c.is("#") {
            return Err("a parameterised class is not evaluated".into());
        }
        if self.c.is("(") {
            let inside = self.c.group().ok_or("a `(` without `)`")?;
            return Ok(Expr::Call(Box::new(value), self.list(inside)?));
        }
        Ok(value)
    }
}

/// A number of Verilog.
fn number(text: &str) -> Result<Expr, String> {
    if let Some(fill) = text.strip_prefix('\'').filter(|t| t.len() == 1) {
        return match fill {
            "0" => Ok(Expr::Fill(false)),
            "1" => Ok(Expr::Fill(true)),
            _ => Err(format!("`{text}` is no whole number")),
        };
    }
    Int::verilog(text).map(|int| Expr::Value(Value::Int(int)))
}
