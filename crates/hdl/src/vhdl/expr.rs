// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Expressions and types of VHDL.

use crate::cursor::{Cursor, outside, split};
use crate::expr::Expr;
use crate::token::{Kind, Token, show};
use crate::types::{Dim, TypeExpr};
use crate::value::{Int, Value};

/// Reads all of `tokens`.
pub(super) fn expr(tokens: &[Token]) -> Expr {
    if tokens.is_empty() {
        return Expr::Unknown("an expression is missing".into());
    }
    let mut reader = Reader { c: Cursor::new(tokens), depth: 0 };
    match reader.level(0) {
        Ok(found) if reader.c.done() => found,
        Ok(_) => Expr::Unknown(format!("`{}` was not understood", show(tokens))),
        Err(why) => Expr::Unknown(why),
    }
}

struct Reader<'t> {
    c: Cursor<'t>,
    depth: u32,
}

/// Operators, weakest first: as written, and as evaluated.
const LEVELS: [&[(&str, &str)]; 5] = [
    &[("and", "and"), ("or", "or"), ("xor", "xor"), ("nand", "nand"), ("nor", "nor"), ("xnor", "xnor")],
    &[("=", "=="), ("/=", "!="), ("<", "<"), ("<=", "<="), (">", ">"), (">=", ">=")],
    &[("sll", "sll"), ("srl", "srl"), ("sla", "sla"), ("sra", "sra"), ("rol", "rol"), ("ror", "ror")],
    &[("+", "+"), ("-", "-"), ("&", "&")],
    &[("*", "*"), ("/", "/"), ("mod", "mod"), ("rem", "rem")],
];

impl Reader<'_> {
    fn operator(&self, level: usize) -> Option<&'static str> {
        let token = self.c.peek()?;
        if !matches!(token.kind, Kind::Sign | Kind::Word) {
            return None;
        }
        LEVELS[level].iter().find(|(written, _)| token.text.eq_ignore_ascii_case(written)).map(|(_, op)| *op)
    }

    fn level(&mut self, level: usize) -> Result<Expr, String> {
        if level == LEVELS.len() {
            return self.factor();
        }
        self.depth += 1;
        if self.depth > 300 {
            return Err("the expression is nested too deeply".into());
        }
        // A sign stands before the first term and holds for it as a whole: `-2 ** 2`, `-a * b`.
        let sign = (level == 3).then(|| ["-", "+"].into_iter().find(|s| self.c.is(s))).flatten();
        self.c.at += usize::from(sign.is_some());
        let mut left = self.level(level + 1)?;
        if let Some(sign) = sign {
            left = Expr::Unary(sign, Box::new(left));
        }
        let mut chain = 0;
        while let Some(operator) = self.operator(level) {
            self.c.at += 1;
            chain += 1;
            if chain > 256 {
                return Err("the expression is too long".into());
            }
            let right = self.level(level + 1)?;
            left = Expr::Binary(operator, Box::new(left), Box::new(right));
        }
        self.depth -= 1;
        Ok(left)
    }

    fn factor(&mut self) -> Result<Expr, String> {
        for word in ["not", "abs"] {
            if self.c.eat_vkey(word) {
                let value = self.primary()?;
                return Ok(Expr::Unary(if word == "not" { "not" } else { "abs" }, Box::new(value)));
            }
        }
        let left = self.primary()?;
        if self.c.eat("**") {
            let right = self.primary()?;
            return Ok(Expr::Binary("**", Box::new(left), Box::new(right)));
        }
        Ok(left)
    }

    fn inner(&mut self, tokens: &[Token]) -> Result<Expr, String> {
        let mut reader = Reader { c: Cursor::new(tokens), depth: self.depth + 8 };
        let found = reader.level(0)?;
        if reader.c.done() { Ok(found) } else { Err(format!("`{}` was not understood", show(tokens))) }
    }

    fn primary(&mut self) -> Result<Expr, String> {
        let token = self.c.next().ok_or("an expression ends too early")?;
        match token.kind {
            Kind::Number => Int::vhdl(&token.text).map(|i| Expr::Value(Value::Int(i))),
            Kind::Text => Ok(Expr::Value(Value::Text(token.text.clone().into_owned()))),
            Kind::Char => Ok(Expr::Value(Value::Text(format!("'{}'", token.text)))),
            Kind::Sign if token.text == "(" => {
                self.c.at -= 1;
                let inside = self.c.group().ok_or("a `)` is missing")?;
                self.inner(inside)
            }
            Kind::Word | Kind::Escaped => {
                let mut names = vec![token.text.clone().into_owned()];
                while self.c.eat(".") {
                    names.push(self.c.word().ok_or("a name ends in a dot")?.to_owned());
                }
                let name = names.pop().expect("one name at least");
                let mut value = match names.pop() {
                    Some(package) => Expr::Scoped(format!("vhdl:{}", package.to_ascii_lowercase()), name),
                    None => Expr::Name(name),
                };
                if self.c.is("(") {
                    let inside = self.c.group().ok_or("a `)` is missing")?;
                    let arguments =
                        split(inside, ",").into_iter().map(|p| self.inner(p)).collect::<Result<_, _>>()?;
                    value = Expr::Call(Box::new(value), arguments);
                }
                if self.c.is("'") {
                    return Err(format!("an attribute of `{}` is not evaluated", token.text));
                }
                Ok(value)
            }
            _ => Err(format!("`{}` is not evaluated", show(std::slice::from_ref(token)))),
        }
    }
}

/// The type of a port, generic, member or constant. What stands behind `:=` must be left out.
pub(super) fn subtype(words: &[Token]) -> TypeExpr {
    let not = || TypeExpr::Unknown(format!("type `{}` is not evaluated", show(words)));
    let open = words.iter().position(|t| t.is("("));
    let head = &words[..open.unwrap_or(words.len())];
    if head.iter().any(|t| t.vkey("range")) {
        return TypeExpr::VhdlValue("a number with a range");
    }
    // `lib.package.name`; anything else in front would be a resolution function.
    let names: Vec<&str> = head.iter().filter_map(Token::word).collect();
    let dotted =
        head.iter().enumerate().all(|(i, t)| if i % 2 == 0 { t.word().is_some() } else { t.is(".") });
    let Some(name) = names.last().filter(|_| dotted) else { return not() };
    let package = names.len().checked_sub(2).map(|i| format!("vhdl:{}", names[i].to_ascii_lowercase()));
    let mut dims = Vec::new();
    if let Some(open) = open {
        let mut c = Cursor { tokens: words, at: open };
        let Some(inside) = c.group() else { return not() };
        if !c.done() {
            return if c.vkey("range") { TypeExpr::VhdlValue("a number with a range") } else { not() };
        }
        dims = split(inside, ",").into_iter().map(dim).collect();
    }
    let array = |dims: Vec<Dim>| {
        if dims.is_empty() {
            TypeExpr::Array { dims: vec![Dim::Open], element: Box::new(TypeExpr::BIT) }
        } else {
            TypeExpr::Bits { signed: false, dims }
        }
    };
    match name.to_ascii_lowercase().as_str() {
        "std_logic" | "std_ulogic" | "bit" if dims.is_empty() => TypeExpr::BIT,
        "std_logic_vector"
        | "std_ulogic_vector"
        | "bit_vector"
        | "unsigned"
        | "signed"
        | "u_unsigned"
        | "u_signed"
        | "unresolved_unsigned"
        | "unresolved_signed"
            if dims.len() < 2 =>
        {
            array(dims)
        }
        "integer" => TypeExpr::VhdlValue("integer"),
        "natural" => TypeExpr::VhdlValue("natural"),
        "positive" => TypeExpr::VhdlValue("positive"),
        "boolean" => TypeExpr::VhdlValue("boolean"),
        "real" => TypeExpr::VhdlValue("real"),
        "time" => TypeExpr::VhdlValue("time"),
        "character" => TypeExpr::VhdlValue("character"),
        "string" => TypeExpr::Text,
        _ => TypeExpr::Named { package, name: (*name).to_owned(), dims },
    }
}

/// One range: `7 downto 0`, `natural range <>`.
pub(super) fn dim(words: &[Token]) -> Dim {
    if words.iter().any(|t| t.is("<>")) {
        return Dim::Open;
    }
    // `integer range 0 to 3` and `natural range 0 to 3`
    let words = match outside(words, |t| t.vkey("range")) {
        Some(at) if words.len() > at + 1 && !words[..at].iter().any(|t| t.is("'")) => &words[at + 1..],
        _ => words,
    };
    match outside(words, |t| t.vkey("downto") || t.vkey("to")) {
        Some(at) => Dim::Directed(expr(&words[..at]), expr(&words[at + 1..]), words[at].vkey("downto")),
        None => Dim::Unknown(format!("the range `{}` is not evaluated", show(words))),
    }
}
