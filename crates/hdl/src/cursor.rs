// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! A place among words, and the bracket arithmetic that both languages need.

use crate::token::{Kind, Token};

/// A place among words. Copies are cheap: a try that fails leaves the original where it was.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cursor<'t> {
    pub(crate) tokens: &'t [Token],
    pub(crate) at: usize,
}

impl<'t> Cursor<'t> {
    pub(crate) fn new(tokens: &'t [Token]) -> Self {
        Self { tokens, at: 0 }
    }

    pub(crate) fn peek(&self) -> Option<&'t Token> {
        self.tokens.get(self.at)
    }

    pub(crate) fn ahead(&self, n: usize) -> Option<&'t Token> {
        self.tokens.get(self.at + n)
    }

    pub(crate) fn rest(&self) -> &'t [Token] {
        &self.tokens[self.at.min(self.tokens.len())..]
    }

    pub(crate) fn done(&self) -> bool {
        self.at >= self.tokens.len()
    }

    pub(crate) fn next(&mut self) -> Option<&'t Token> {
        let token = self.tokens.get(self.at);
        self.at += usize::from(token.is_some());
        token
    }

    pub(crate) fn is(&self, sign: &str) -> bool {
        self.peek().is_some_and(|t| t.is(sign))
    }

    pub(crate) fn key(&self, word: &str) -> bool {
        self.peek().is_some_and(|t| t.key(word))
    }

    pub(crate) fn vkey(&self, word: &str) -> bool {
        self.peek().is_some_and(|t| t.vkey(word))
    }

    pub(crate) fn eat(&mut self, sign: &str) -> bool {
        let is = self.is(sign);
        self.at += usize::from(is);
        is
    }

    pub(crate) fn eat_key(&mut self, word: &str) -> bool {
        let is = self.key(word);
        self.at += usize::from(is);
        is
    }

    pub(crate) fn eat_vkey(&mut self, word: &str) -> bool {
        let is = self.vkey(word);
        self.at += usize::from(is);
        is
    }

    /// Line of the word here, or of the last one.
    pub(crate) fn line(&self) -> usize {
        self.tokens.get(self.at).or(self.tokens.last()).map_or(1, |t| t.line)
    }

    /// An identifier here, taken.
    pub(crate) fn word(&mut self) -> Option<&'t str> {
        let word = self.peek()?.word()?;
        self.at += 1;
        Some(word)
    }

    /// The words between the bracket here and its partner; the cursor goes behind it. None without moving when there is none.
    pub(crate) fn group(&mut self) -> Option<&'t [Token]> {
        let inside = group(self.tokens, self.at)?;
        self.at += inside.len() + 2;
        Some(inside)
    }

    /// The words before the next `sign` outside brackets; the cursor goes behind it. None without moving when there is none.
    pub(crate) fn until(&mut self, sign: &str) -> Option<&'t [Token]> {
        let length = outside(self.rest(), |t| t.is(sign))?;
        let inside = &self.tokens[self.at..self.at + length];
        self.at += length + 1;
        Some(inside)
    }

    /// Goes behind the next keyword of Verilog, or to the end.
    pub(crate) fn skip_to_key(&mut self, word: &str) {
        while let Some(token) = self.next() {
            if token.key(word) {
                return;
            }
        }
    }
}

fn opens(token: &Token) -> bool {
    token.kind == Kind::Sign && matches!(&*token.text, "(" | "[" | "{")
}

fn closes(token: &Token) -> bool {
    token.kind == Kind::Sign && matches!(&*token.text, ")" | "]" | "}")
}

/// The words between the bracket at `open` and its partner. A bracket does not reach over the end of its module.
pub(crate) fn group(tokens: &[Token], open: usize) -> Option<&[Token]> {
    if !opens(tokens.get(open)?) {
        return None;
    }
    let mut depth = 0_u32;
    for (i, token) in tokens.iter().enumerate().skip(open) {
        if opens(token) {
            depth += 1;
        } else if closes(token) {
            depth -= 1;
            if depth == 0 {
                return Some(&tokens[open + 1..i]);
            }
        } else if token.key("endmodule") {
            return None;
        }
    }
    None
}

/// Index of the first word outside brackets for which `found` holds.
pub(crate) fn outside(tokens: &[Token], found: impl Fn(&Token) -> bool) -> Option<usize> {
    let mut depth = 0_i32;
    for (i, token) in tokens.iter().enumerate() {
        if depth == 0 && found(token) {
            return Some(i);
        }
        if opens(token) {
            depth += 1;
        } else if closes(token) {
            depth -= 1;
            if depth < 0 {
                return None;
            }
        }
    }
    None
}

/// Splits at a sign outside brackets; empty parts are left out.
pub(crate) fn split<'t>(tokens: &'t [Token], sign: &str) -> Vec<&'t [Token]> {
    let mut depth = 0_i32;
    tokens
        .split(|t| {
            if opens(t) {
                depth += 1;
            } else if closes(t) {
                depth -= 1;
            }
            depth == 0 && t.is(sign)
        })
        .filter(|part| !part.is_empty())
        .collect()
}

/// Why something among these words is not known, when a word says so.
pub(crate) fn unknown_in(tokens: &[Token]) -> Option<String> {
    tokens.iter().find(|t| t.kind == Kind::Unknown).map(|t| t.text.clone().into_owned())
}
