// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Constant expressions of ranges and parameters, evaluated where the result is certain.
//!
//! Verilog gives every operand a width, and the width changes results (`4'd15 + 4'd1` is 0). Plain numbers have 32 bits or more: with one of them in an
//! operation the usual integers hold, as long as nothing leaves 32 bits. Everything else is an error with its reason.

use indexmap::IndexMap;

use super::lex::{Language, Token, show};

/// A value; `sized` when only sized numbers went into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) number: i64,
    pub(super) sized: bool,
}

/// Names with their values, or why they have none.
pub(super) type Names = IndexMap<String, Result<Value, String>>;

/// Evaluates all of `tokens`.
pub(super) fn evaluate(tokens: &[Token], names: &Names, language: Language) -> Result<Value, String> {
    let mut reader = Reader { tokens, at: 0, names, language, depth: 0 };
    let value = reader.ternary()?;
    match reader.peek() {
        None => Ok(value),
        Some(_) => Err(format!("`{}` was not understood", show(tokens))),
    }
}

struct Reader<'a> {
    tokens: &'a [Token],
    at: usize,
    names: &'a Names,
    language: Language,
    depth: u32,
}

/// Operators of Verilog, weakest first; the index is the level.
const LEVELS: [&[&str]; 8] = [
    &["||"],
    &["&&"],
    &["==", "!="],
    &["<", "<=", ">", ">="],
    &["<<", ">>", "<<<", ">>>"],
    &["+", "-"],
    &["*", "/", "%", "mod", "rem"],
    &["**"],
];

impl Reader<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn take(&mut self, sign: &str) -> bool {
        let found = self.peek().is_some_and(|t| t.is(sign));
        self.at += usize::from(found);
        found
    }

    fn ternary(&mut self) -> Result<Value, String> {
        self.depth += 1;
        if self.depth > 64 {
            return Err("the expression is nested too deeply".into());
        }
        let condition = self.binary(0)?;
        let value = if self.language == Language::Verilog && self.take("?") {
            let yes = self.ternary()?;
            if !self.take(":") {
                return Err("a `?` without `:`".into());
            }
            let no = self.ternary()?;
            let chosen = if condition.number == 0 { no } else { yes };
            // The other side's width counts too.
            Value { number: chosen.number, sized: yes.sized && no.sized }
        } else {
            condition
        };
        self.depth -= 1;
        Ok(value)
    }

    fn operator(&self, level: usize) -> Option<String> {
        let sign = match self.peek()? {
            Token::Sign(s) => s.clone(),
            Token::Word(w) if self.language == Language::Vhdl => w.to_ascii_lowercase(),
            _ => return None,
        };
        let known = LEVELS[level].contains(&sign.as_str());
        let of_verilog_only =
            matches!(sign.as_str(), "||" | "&&" | "==" | "!=" | "<<" | ">>" | "<<<" | ">>>" | "%");
        let of_vhdl_only = matches!(sign.as_str(), "mod" | "rem");
        let fits = match self.language {
            Language::Verilog => !of_vhdl_only,
            Language::Vhdl => !of_verilog_only,
        };
        (known && fits).then_some(sign)
    }

    fn binary(&mut self, level: usize) -> Result<Value, String> {
        if level == LEVELS.len() {
            return self.unary();
        }
        let mut left = self.binary(level + 1)?;
        while let Some(operator) = self.operator(level) {
            self.at += 1;
            let right = self.binary(level + 1)?;
            left = apply(&operator, left, right)?;
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Value, String> {
        if self.take("-") {
            // `-2 ** 2`: the sign binds stronger in Verilog, weaker in VHDL.
            let value =
                if self.language == Language::Vhdl { self.binary(LEVELS.len() - 1)? } else { self.unary()? };
            if value.sized {
                return Err("the sign of a sized number depends on its width".into());
            }
            return checked(value.number.checked_neg(), false);
        }
        if self.take("+") {
            return self.unary();
        }
        if self.language == Language::Verilog && self.take("!") {
            let value = self.unary()?;
            return Ok(Value { number: i64::from(value.number == 0), sized: true });
        }
        self.primary()
    }

    fn primary(&mut self) -> Result<Value, String> {
        let Some(token) = self.peek().cloned() else { return Err("an expression ends too early".into()) };
        self.at += 1;
        match token {
            Token::Number(text) => number(&text, self.language),
            Token::Sign(s) if s == "(" => {
                let value = self.ternary()?;
                if self.take(")") { Ok(value) } else { Err("a `)` is missing".into()) }
            }
            Token::Word(word) if word == "$clog2" && self.language == Language::Verilog => {
                if !self.take("(") {
                    return Err("`$clog2` without an argument".into());
                }
                let value = self.ternary()?;
                if !self.take(")") || value.number < 0 {
                    return Err("`$clog2` of something that is no natural number".into());
                }
                let n = value.number.cast_unsigned();
                let bits = if n <= 1 { 0 } else { 64 - (n - 1).leading_zeros() };
                Ok(Value { number: i64::from(bits), sized: false })
            }
            Token::Word(word) => {
                if self.peek().is_some_and(|t| t.is("(") || t.is("::") || t.is(".") || t.is("'")) {
                    return Err(format!("`{word}` is not evaluated"));
                }
                let found = if self.language == Language::Vhdl {
                    self.names.get(&word.to_ascii_lowercase())
                } else {
                    self.names.get(&word)
                };
                match found {
                    Some(Ok(value)) => Ok(*value),
                    Some(Err(why)) => Err(format!("`{word}`: {why}")),
                    None => Err(format!("`{word}` is not known here")),
                }
            }
            Token::Unknown(why) => Err(why),
            other => Err(format!("`{}` is not evaluated", show(&[other]))),
        }
    }
}

fn checked(number: Option<i64>, sized: bool) -> Result<Value, String> {
    match number {
        Some(n) if i32::try_from(n).is_ok() => Ok(Value { number: n, sized }),
        _ => Err("a value leaves 32 bits".into()),
    }
}

fn apply(operator: &str, left: Value, right: Value) -> Result<Value, String> {
    let (a, b) = (left.number, right.number);
    let truth = |t: bool| Ok(Value { number: i64::from(t), sized: true });
    // Sized numbers are unsigned: with a negative partner it would be taken as a large one.
    if (left.sized != right.sized) && (a < 0 || b < 0) {
        return Err("a sized number meets a negative one".into());
    }
    match operator {
        "||" => return truth(a != 0 || b != 0),
        "&&" => return truth(a != 0 && b != 0),
        "==" => return truth(a == b),
        "!=" => return truth(a != b),
        "<" => return truth(a < b),
        "<=" => return truth(a <= b),
        ">" => return truth(a > b),
        ">=" => return truth(a >= b),
        _ => {}
    }
    let shift = matches!(operator, "<<" | ">>" | "<<<" | ">>>" | "**");
    if if shift { left.sized } else { left.sized && right.sized } {
        return Err("arithmetic of sized numbers depends on their width".into());
    }
    let mixed = left.sized != right.sized;
    let count = || u32::try_from(b).map_err(|_| "a negative exponent or shift".to_owned());
    let number = match operator {
        "+" => a.checked_add(b),
        "-" => a.checked_sub(b),
        "*" => a.checked_mul(b),
        "/" => a.checked_div(b),
        "%" | "rem" => a.checked_rem(b),
        // The sign of VHDL's `mod` is the divisor's.
        "mod" => (b > 0).then(|| a.rem_euclid(b)),
        "**" => a.checked_pow(count()?),
        "<<" | "<<<" => Some(count()?).filter(|n| *n < 31).and_then(|n| a.checked_mul(1_i64 << n)),
        // The logical shift of a negative number is another thing.
        _ => Some(count()?).filter(|_| a >= 0).map(|n| a.checked_shr(n).unwrap_or(0)),
    };
    match checked(number, false)? {
        value if mixed && !shift && value.number < 0 => {
            Err("a sized number makes the result unsigned".into())
        }
        value => Ok(value),
    }
}

/// A number as written.
fn number(text: &str, language: Language) -> Result<Value, String> {
    let not = || format!("`{text}` is no whole number");
    let parse = |digits: &str, base: u32, sized: bool| {
        let digits: String = digits.chars().filter(|c| *c != '_').collect();
        checked(i64::from_str_radix(&digits, base).ok(), sized).map_err(|_| not())
    };
    if language == Language::Vhdl {
        let Some((base, digits)) = text.split_once('#') else { return parse(text, 10, false) };
        let base: u32 = base.parse().ok().filter(|b| (2..=16).contains(b)).ok_or_else(not)?;
        return parse(digits.trim_end_matches('#'), base, false);
    }
    let Some((size, based)) = text.split_once('\'') else { return parse(text, 10, false) };
    let based = based.trim_start_matches(['s', 'S']);
    let Some(base) = based.chars().next() else { return Err(not()) };
    let base = match base.to_ascii_lowercase() {
        'b' => 2,
        'o' => 8,
        'd' => 10,
        'h' => 16,
        _ => return Err(not()),
    };
    let value = parse(&based[1..], base, !size.is_empty())?;
    if !size.is_empty() {
        let bits: u32 = size.replace('_', "").parse().map_err(|_| not())?;
        if bits < 63 && value.number >> bits != 0 {
            return Err(format!("`{text}` does not fit its size"));
        }
    }
    Ok(value)
}
