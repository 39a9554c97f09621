// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Constant integer expressions over parameters and generate variables.

use std::collections::BTreeMap;

/// An expression kept as its tokens until the parameters are known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Expr(pub(crate) Vec<String>);

/// Names and values in scope.
pub(crate) type Scope = BTreeMap<String, i64>;

impl Expr {
    /// The value, or `None` when a name is unknown or an operator is not read.
    pub(crate) fn value(&self, scope: &Scope) -> Option<i64> {
        let mut reader = Reader { tokens: &self.0, at: 0, scope, depth: 0 };
        let value = reader.ternary()?;
        (reader.at == self.0.len()).then_some(value)
    }
}

struct Reader<'a> {
    tokens: &'a [String],
    at: usize,
    scope: &'a Scope,
    depth: u32,
}

/// Binary operators by strength, weakest first.
const LEVELS: [&[&str]; 9] = [
    &["||"],
    &["&&"],
    &["|", "^"],
    &["&"],
    &["==", "!="],
    &["<", "<=", ">", ">="],
    &["<<", ">>"],
    &["+", "-"],
    &["*", "/", "%"],
];

impl Reader<'_> {
    fn peek(&self) -> Option<&str> {
        self.tokens.get(self.at).map(String::as_str)
    }

    fn eat(&mut self, token: &str) -> Option<()> {
        (self.peek()? == token).then(|| self.at += 1)
    }

    fn ternary(&mut self) -> Option<i64> {
        self.depth += 1;
        if self.depth > 100 {
            return None;
        }
        let cond = self.binary(0)?;
        let value = if self.eat("?").is_some() {
            let then = self.ternary()?;
            self.eat(":")?;
            let other = self.ternary()?;
            if cond != 0 { then } else { other }
        } else {
            cond
        };
        self.depth -= 1;
        Some(value)
    }

    fn binary(&mut self, level: usize) -> Option<i64> {
        let Some(operators) = LEVELS.get(level) else { return self.unary() };
        let mut left = self.binary(level + 1)?;
        while let Some(op) = self.peek().filter(|t| operators.contains(t)).map(str::to_owned) {
            self.at += 1;
            let right = self.binary(level + 1)?;
            let truth = |b: bool| Some(i64::from(b));
            left = match op.as_str() {
                "||" => truth(left != 0 || right != 0),
                "&&" => truth(left != 0 && right != 0),
                "|" => Some(left | right),
                "^" => Some(left ^ right),
                "&" => Some(left & right),
                "==" => truth(left == right),
                "!=" => truth(left != right),
                "<" => truth(left < right),
                "<=" => truth(left <= right),
                ">" => truth(left > right),
                ">=" => truth(left >= right),
                "<<" => left.checked_shl(u32::try_from(right).ok()?),
                ">>" => left.checked_shr(u32::try_from(right).ok()?),
                "+" => left.checked_add(right),
                "-" => left.checked_sub(right),
                "*" => left.checked_mul(right),
                "/" => left.checked_div(right),
                _ => left.checked_rem(right),
            }?;
        }
        Some(left)
    }

    fn unary(&mut self) -> Option<i64> {
        self.depth += 1;
        if self.depth > 100 {
            return None;
        }
        let token = self.peek()?.to_owned();
        self.at += 1;
        let value = match token.as_str() {
            "-" => self.unary()?.checked_neg()?,
            "+" => self.unary()?,
            "!" => i64::from(self.unary()? == 0),
            "~" => !self.unary()?,
            "(" => {
                let value = self.ternary()?;
                self.eat(")")?;
                value
            }
            "$clog2" => {
                self.eat("(")?;
                let value = self.ternary()?;
                self.eat(")")?;
                i64::from(u64::try_from(value).ok()?.saturating_sub(1).checked_ilog2().map_or(0, |l| l + 1))
            }
            "true" => 1,
            "false" => 0,
            name => match self.scope.get(name) {
                Some(value) => *value,
                None => number(name)?,
            },
        };
        let value = if self.eat("**").is_some() {
            value.checked_pow(u32::try_from(self.unary()?).ok()?)?
        } else {
            value
        };
        self.depth -= 1;
        Some(value)
    }
}

/// `12`, `8'hff`, `'b1`, VHDL `16#ff#`.
fn number(text: &str) -> Option<i64> {
    let text = text.replace('_', "");
    if let Some((_, based)) = text.split_once('\'') {
        let based = based.trim_start_matches(['s', 'S']);
        let radix = match based.chars().next()?.to_ascii_lowercase() {
            'h' => 16,
            'd' => 10,
            'o' => 8,
            'b' => 2,
            '0' => return Some(0),
            '1' => return Some(1),
            _ => return None,
        };
        return i64::from_str_radix(&based[1..], radix).ok();
    }
    if let Some((radix, digits)) = text.trim_end_matches('#').split_once('#') {
        return i64::from_str_radix(digits, radix.parse().ok().filter(|r| (2..=36).contains(r))?).ok();
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{Expr, Scope};

    fn value(text: &str) -> Option<i64> {
        let tokens = crate::hdl::lex::verilog(text, &[], &|_| None).into_iter().map(|t| t.text).collect();
        Expr(tokens).value(&Scope::from([("W".to_owned(), 8)]))
    }

    #[test]
    fn constants_come_out_as_verilog_says() {
        assert_eq!(value("W-1"), Some(7));
        assert_eq!(value("2*W+4'hF"), Some(31));
        assert_eq!(value("$clog2(W)"), Some(3));
        assert_eq!(value("$clog2(9) + 2**3"), Some(12));
        assert_eq!(value("W > 4 ? (1<<2) : 0"), Some(4));
        assert_eq!(value("X"), None);
        assert_eq!(value("1/0"), None);
    }
}
