// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tokens of Verilog (with a small preprocessor) and of VHDL.

use std::collections::BTreeMap;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) text: String,
    pub(crate) line: usize,
}

impl Token {
    pub(crate) fn is_word(&self) -> bool {
        self.text.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == '\\' || c == '$')
    }
}

fn word_char(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

/// Verilog tokens after comments, `define`, `ifdef` and `timescale`-like directives are dealt with.
pub(crate) fn verilog(text: &str, defines: &[(String, String)], include: Include<'_>) -> Vec<Token> {
    let mut macros: BTreeMap<String, Vec<String>> =
        defines.iter().map(|(n, v)| (n.clone(), vec![v.clone()])).collect();
    preprocess(text, &mut macros, include, 0)
}

/// Gives the text of an included file by its name.
pub(crate) type Include<'a> = &'a dyn Fn(&str) -> Option<String>;

fn preprocess(
    text: &str,
    macros: &mut BTreeMap<String, Vec<String>>,
    include: Include<'_>,
    depth: u32,
) -> Vec<Token> {
    let mut lexer = Lexer { chars: text.chars().collect(), at: 0, line: 1, tokens: Vec::new() };
    // One entry a nested `ifdef`: (this branch is live, some branch was live).
    let mut live: Vec<(bool, bool)> = Vec::new();
    while let Some(token) = lexer.next(false) {
        let on = live.iter().all(|(l, _)| *l);
        let Some(directive) = token.text.strip_prefix('`') else {
            if on {
                lexer.tokens.push(token);
            }
            continue;
        };
        match directive {
            "ifdef" | "ifndef" | "elsif" => {
                let name = lexer.rest_of_line();
                let known = macros.contains_key(name.trim());
                let taken = if directive == "ifndef" { !known } else { known };
                if directive == "elsif" {
                    if let Some(top) = live.last_mut() {
                        *top = (taken && !top.1, taken || top.1);
                    }
                } else {
                    live.push((taken, taken));
                }
            }
            "else" => {
                if let Some(top) = live.last_mut() {
                    *top = (!top.1, true);
                }
            }
            "endif" => {
                live.pop();
            }
            "define" => {
                let body = lexer.rest_of_line();
                let mut words = body.split_whitespace().map(str::to_owned);
                if let Some(name) = words.next().filter(|_| on) {
                    macros.insert(name, words.collect());
                }
            }
            "include" => {
                let line = token.line;
                let name = lexer.rest_of_line();
                let inner = include(name.trim().trim_matches(['"', '<', '>'])).filter(|_| on && depth < 16);
                if let Some(inner) = inner {
                    let tokens = preprocess(&inner, macros, include, depth + 1);
                    lexer.tokens.extend(tokens.into_iter().map(|t| Token { line, ..t }));
                }
            }
            "undef" | "timescale" | "default_nettype" | "line" | "pragma" | "resetall" | "celldefine"
            | "endcelldefine" | "begin_keywords" | "end_keywords" => {
                lexer.rest_of_line();
            }
            name => {
                if let Some(body) = macros.get(name).filter(|_| on) {
                    let line = token.line;
                    let joined = body.join(" ");
                    let mut inner =
                        Lexer { chars: joined.chars().collect(), at: 0, line, tokens: Vec::new() };
                    while let Some(part) = inner.next(false) {
                        lexer.tokens.push(Token { line, ..part });
                    }
                } else {
                    // A function-like macro is not expanded: its arguments go with it.
                    lexer.skip_arguments();
                }
            }
        }
    }
    lexer.tokens
}

/// VHDL tokens, words in lower case (the language does not tell them apart), strings and characters as one token.
pub(crate) fn vhdl(text: &str) -> Vec<Token> {
    let mut lexer = Lexer { chars: text.chars().collect(), at: 0, line: 1, tokens: Vec::new() };
    while let Some(mut token) = lexer.next(true) {
        token.text = token.text.to_lowercase();
        lexer.tokens.push(token);
    }
    lexer.tokens
}

struct Lexer {
    chars: Vec<char>,
    at: usize,
    line: usize,
    tokens: Vec<Token>,
}

impl Lexer {
    fn peek(&self, ahead: usize) -> char {
        self.chars.get(self.at + ahead).copied().unwrap_or('\0')
    }

    fn bump(&mut self) -> char {
        let c = self.peek(0);
        self.at += 1;
        if c == '\n' {
            self.line += 1;
        }
        c
    }

    fn rest_of_line(&mut self) -> String {
        let mut out = String::new();
        while self.at < self.chars.len() {
            match self.peek(0) {
                '\n' => break,
                '\\' if self.peek(1) == '\n' => {
                    self.bump();
                    self.bump();
                    out.push(' ');
                }
                '/' if self.peek(1) == '/' => {
                    while self.at < self.chars.len() && self.peek(0) != '\n' {
                        self.bump();
                    }
                }
                _ => out.push(self.bump()),
            }
        }
        out
    }

    fn skip_arguments(&mut self) {
        if self.peek(0) != '(' {
            return;
        }
        let mut depth = 0;
        while self.at < self.chars.len() {
            match self.bump() {
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return;
            }
        }
    }

    fn skip_blank(&mut self, vhdl: bool) {
        loop {
            let (a, b) = (self.peek(0), self.peek(1));
            if self.at >= self.chars.len() {
                return;
            }
            if a.is_whitespace() {
                self.bump();
            } else if (!vhdl && a == '/' && b == '/') || (vhdl && a == '-' && b == '-') {
                while self.at < self.chars.len() && self.peek(0) != '\n' {
                    self.bump();
                }
            } else if a == '/' && b == '*' {
                while self.at < self.chars.len() && !(self.peek(0) == '*' && self.peek(1) == '/') {
                    self.bump();
                }
                self.at = (self.at + 2).min(self.chars.len());
            } else {
                return;
            }
        }
    }

    fn take(&mut self, while_true: impl Fn(char) -> bool) -> String {
        let mut out = String::new();
        while self.at < self.chars.len() && while_true(self.peek(0)) {
            out.push(self.bump());
        }
        out
    }

    fn next(&mut self, vhdl: bool) -> Option<Token> {
        self.skip_blank(vhdl);
        if self.at >= self.chars.len() {
            return None;
        }
        let line = self.line;
        let c = self.peek(0);
        let text = if c == '"' {
            self.bump();
            let mut out = String::from('"');
            while self.at < self.chars.len() && self.peek(0) != '"' && self.peek(0) != '\n' {
                if self.peek(0) == '\\' && !vhdl {
                    out.push(self.bump());
                }
                out.push(self.bump());
            }
            self.bump();
            out
        } else if c == '\\' && !vhdl {
            self.take(|c| !c.is_whitespace())
        } else if c == '`' {
            self.bump();
            format!("`{}", self.take(word_char))
        } else if c.is_ascii_digit() || (!vhdl && c == '\'' && self.peek(1).is_ascii_alphanumeric()) {
            self.number(vhdl)
        } else if word_char(c) {
            self.take(word_char)
        } else if vhdl && c == '\'' && self.peek(2) == '\'' {
            let out = format!("'{}'", self.peek(1));
            self.at += 3;
            out
        } else {
            const PAIRS: [&str; 17] = [
                "(*", "*)", "<=", ">=", "==", "!=", "&&", "||", "<<", ">>", "**", ":=", "=>", "::", "++",
                "--", "+=",
            ];
            let pair: String = [c, self.peek(1)].iter().collect();
            // `(*)` is a sensitivity list, not an attribute.
            if PAIRS.contains(&pair.as_str())
                && !(pair == "(*" && (self.peek(2) == ')' || vhdl))
                && !(pair == "*)" && vhdl)
            {
                self.at += 2;
                pair
            } else {
                self.bump();
                c.to_string()
            }
        };
        Some(Token { text, line })
    }

    fn number(&mut self, vhdl: bool) -> String {
        let mut out = self.take(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.');
        if !vhdl && self.peek(0) == '\'' {
            out.push(self.bump());
            out += &self.take(|c| c.is_ascii_alphanumeric() || c == '_' || c == '?');
        } else if vhdl && self.peek(0) == '#' {
            out.push(self.bump());
            out += &self.take(|c| c.is_ascii_alphanumeric() || c == '_' || c == '#');
        }
        out
    }
}
