// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Words of Verilog and VHDL text with their lines, without comments and attributes.

use std::borrow::Cow;

/// What a word is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Identifier, keyword or system name (`$clog2`).
    Word,
    /// An escaped identifier, without its backslash: never a keyword.
    Escaped,
    /// Number as written, base and digits joined: `8'hff`, `16#ff#`.
    Number,
    /// Operator or punctuation.
    Sign,
    /// A string, its quotes left out.
    Text,
    /// A character literal of VHDL, its quotes left out.
    Char,
    /// `` `name``: only between lexer and preprocessor.
    Directive,
    /// Something that is not known, and why.
    Unknown,
}

/// A word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) text: Cow<'static, str>,
    /// Line in the file that was asked for; words of an include or a macro have the line of its use.
    pub(crate) line: usize,
}

impl Token {
    pub(crate) fn unknown(why: impl Into<String>, line: usize) -> Self {
        Self { kind: Kind::Unknown, text: Cow::Owned(why.into()), line }
    }

    /// True for this operator or punctuation.
    pub(crate) fn is(&self, sign: &str) -> bool {
        self.kind == Kind::Sign && self.text == sign
    }

    /// True for this keyword of Verilog.
    pub(crate) fn key(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text == word
    }

    /// True for this keyword of VHDL, in any case.
    pub(crate) fn vkey(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(word)
    }

    /// The identifier or keyword, when it is one.
    pub(crate) fn word(&self) -> Option<&str> {
        matches!(self.kind, Kind::Word | Kind::Escaped).then_some(&*self.text)
    }
}

/// Words as they were written, for messages.
pub(crate) fn show(tokens: &[Token]) -> String {
    let mut out = String::new();
    for token in tokens.iter().take(24) {
        if !out.is_empty() {
            out.push(' ');
        }
        match token.kind {
            Kind::Text => out.push_str(&format!("{:?}", token.text)),
            Kind::Char => out.push_str(&format!("'{}'", token.text)),
            Kind::Unknown => out.push_str(&format!("<{}>", token.text)),
            _ => out.push_str(&token.text),
        }
    }
    if tokens.len() > 24 {
        out.push_str(" ...");
    }
    out
}

/// Longest first.
const VERILOG_SIGNS: [&str; 48] = [
    "<<<=", ">>>=", "<<<", ">>>", "===", "!==", "==?", "!=?", "<<=", ">>=", "<->", "&&&", "|->", "|=>",
    "->>", "**", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "::", "+:", "-:", "++", "--", "+=", "-=",
    "*=", "/=", "%=", "&=", "|=", "^=", "~&", "~|", "~^", "^~", "->", "=>", "*>", "##", ":=", ":/", ".*",
];
const VHDL_SIGNS: [&str; 9] = ["**", "<=", ">=", "/=", ":=", "=>", "<>", "?=", "?<"];
const SINGLE: &str = "()[]{};:,.#=+-*/%&|^~!<>?@$'";

/// A lexer of either language.
pub(crate) struct Lexer<'a> {
    text: &'a str,
    at: usize,
    pub(crate) line: usize,
}

fn word_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_' || b == b'$' || b >= 0x80
}

impl<'a> Lexer<'a> {
    pub(crate) fn new(text: &'a str, line: usize) -> Self {
        Self { text, at: 0, line }
    }

    pub(crate) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn byte(&self, ahead: usize) -> u8 {
        self.text.as_bytes().get(self.at + ahead).copied().unwrap_or(0)
    }

    /// Goes on by `n` bytes, which must end on a character's boundary, and counts the lines.
    pub(crate) fn skip(&mut self, n: usize) {
        let end = (self.at + n).min(self.text.len());
        self.line += self.text[self.at..end].matches('\n').count();
        self.at = end;
    }

    /// Skips to after `end`, or to the end of the text. True when it was found.
    pub(crate) fn skip_past(&mut self, end: &str) -> bool {
        let found = self.rest().find(end);
        self.skip(found.map_or(self.rest().len(), |n| n + end.len()));
        found.is_some()
    }

    /// The rest of the line; lines that end in a backslash go on. Line comments are left out.
    pub(crate) fn rest_of_line(&mut self) -> String {
        let mut out = String::new();
        loop {
            let rest = self.rest();
            let end = rest.find('\n').unwrap_or(rest.len());
            let mut line = rest[..end].trim_end_matches('\r');
            let more = line.ends_with('\\') && end < rest.len();
            line = line.strip_suffix('\\').filter(|_| more).unwrap_or(line);
            out.push_str(without_line_comment(line));
            if !more {
                self.skip(end);
                return out;
            }
            out.push('\n');
            self.skip(end + 1);
        }
    }

    fn blank(&mut self, vhdl: bool) {
        loop {
            let (a, b) = (self.byte(0), self.byte(1));
            if self.at >= self.text.len() {
                return;
            }
            if a == b'\n' {
                self.line += 1;
                self.at += 1;
            } else if a.is_ascii_whitespace() || a == 0x0b {
                self.at += 1;
            } else if (!vhdl && a == b'/' && b == b'/') || (vhdl && a == b'-' && b == b'-') {
                let n = self.rest().find('\n').unwrap_or(self.rest().len());
                self.skip(n);
            } else if a == b'/' && b == b'*' {
                self.skip(2);
                self.skip_past("*/");
            } else if !vhdl && a == b'(' && b == b'*' && !self.rest()[2..].trim_start().starts_with(')') {
                // An attribute; `(*)` is a sensitivity list. A `*)` inside its strings does not end it.
                self.skip(2);
                while self.at < self.text.len() {
                    if self.rest().starts_with("*)") {
                        self.skip(2);
                        break;
                    }
                    let n =
                        if self.byte(0) == b'"' { string_end(self.rest(), true) } else { self.char_len() };
                    self.skip(n);
                }
            } else {
                return;
            }
        }
    }

    fn char_len(&self) -> usize {
        self.rest().chars().next().map_or(1, char::len_utf8)
    }

    fn take(&mut self, while_true: impl Fn(u8) -> bool) -> &'a str {
        let start = self.at;
        while self.at < self.text.len() && while_true(self.byte(0)) {
            self.at += 1;
        }
        &self.text[start..self.at]
    }

    /// The next word; `after` is the one before it, which tells VHDL's attribute tick from a character.
    pub(crate) fn next(&mut self, vhdl: bool, after: Option<&Token>) -> Option<Token> {
        self.blank(vhdl);
        if self.at >= self.text.len() {
            return None;
        }
        let line = self.line;
        let token = |kind: Kind, text: &str| Some(Token { kind, text: Cow::Owned(text.to_owned()), line });
        let c = self.byte(0);
        let rest = self.rest();
        match c {
            b'"' => {
                let end = string_end(rest, !vhdl);
                let inner = &rest[1..end];
                self.skip(end);
                let inner = inner.strip_suffix('"').unwrap_or(inner);
                return token(Kind::Text, &if vhdl { inner.replace("\"\"", "\"") } else { inner.to_owned() });
            }
            b'\\' if vhdl => {
                let end = rest[1..].find(['\\', '\n']).map_or(rest.len(), |n| n + 1);
                let text = &rest[1..end.max(1)];
                self.skip((end + 1).min(rest.len()));
                return token(Kind::Escaped, text);
            }
            b'\\' => {
                let end = rest.find(|c: char| c.is_ascii_whitespace()).unwrap_or(rest.len());
                self.skip(end);
                return token(Kind::Escaped, &rest[1..end]);
            }
            b'`' if !vhdl => {
                self.at += 1;
                let name = self.take(word_byte);
                return token(Kind::Directive, name);
            }
            b'\'' if vhdl => {
                // `'x'` is a character unless it follows a name or `)`: `a'('1')`.
                let tick = after.is_some_and(|t| t.word().is_some() || t.is(")"));
                let mut chars = rest[1..].chars();
                if let (false, Some(inner), Some('\'')) = (tick, chars.next(), chars.next()) {
                    let text = inner.to_string();
                    self.skip(2 + inner.len_utf8());
                    return token(Kind::Char, &text);
                }
            }
            b'\'' if self.byte(1).is_ascii_alphanumeric() => {
                let text = self.number(false);
                return token(Kind::Number, &text);
            }
            b'0'..=b'9' => {
                let text = self.number(vhdl);
                return token(Kind::Number, &text);
            }
            _ => {}
        }
        if word_byte(c) {
            let word = self.take(word_byte);
            return token(Kind::Word, word);
        }
        let long: &[&'static str] = if vhdl { &VHDL_SIGNS } else { &VERILOG_SIGNS };
        let mut sign = long.iter().find(|s| rest.starts_with(**s)).copied();
        if sign == Some(".*") && !rest[2..].trim_start().starts_with([')', ',']) {
            sign = None;
        }
        let text = if let Some(sign) = sign {
            Cow::Borrowed(sign)
        } else if let Some(i) = SINGLE.find(c as char) {
            Cow::Borrowed(&SINGLE[i..=i])
        } else {
            Cow::Owned(rest[..self.char_len()].to_owned())
        };
        self.skip(text.len());
        Some(Token { kind: Kind::Sign, text, line })
    }

    fn number(&mut self, vhdl: bool) -> String {
        let digit = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'?';
        let mut out = self.take(|b| b.is_ascii_digit() || b == b'_').to_owned();
        if vhdl {
            if self.byte(0) == b'#' {
                self.at += 1;
                out.push('#');
                out.push_str(self.take(digit));
                if self.byte(0) == b'#' {
                    self.at += 1;
                    out.push('#');
                }
                return out;
            }
        } else {
            // `8 'hff` and `8'h ff` are one number each.
            let ahead = self.rest().len() - self.rest().trim_start_matches([' ', '\t']).len();
            let after = &self.rest().as_bytes()[ahead..];
            let base = |b: u8| b"sSbBoOdDhH".contains(&b);
            if after.first() == Some(&b'\'')
                && after.get(1).is_some_and(|b| base(*b) || (out.is_empty() && digit(*b)))
            {
                self.skip(ahead + 1);
                out.push('\'');
                if !base(self.byte(0))
                    || (out.len() == 1 && !self.byte(1).is_ascii_alphanumeric() && self.byte(1) != b' ')
                {
                    // '0, '1, 'x, 'z
                    out.push_str(self.take(digit));
                    return out;
                }
                if matches!(self.byte(0), b's' | b'S') {
                    self.at += 1;
                    out.push('s');
                }
                out.push(char::from(self.byte(0)));
                self.at = (self.at + 1).min(self.text.len());
                let gap = self.rest().len() - self.rest().trim_start_matches([' ', '\t']).len();
                if self.rest().as_bytes().get(gap).is_some_and(|b| digit(*b)) {
                    self.skip(gap);
                }
                out.push_str(self.take(digit));
                return out;
            }
        }
        // A real: its dot is followed by a digit; an exponent.
        if self.byte(0) == b'.' && self.byte(1).is_ascii_digit() {
            self.at += 1;
            out.push('.');
            out.push_str(self.take(|b| b.is_ascii_digit() || b == b'_'));
        }
        if matches!(self.byte(0), b'e' | b'E') {
            let sign = usize::from(matches!(self.byte(1), b'+' | b'-'));
            if self.byte(1 + sign).is_ascii_digit() {
                out.push_str(&self.rest()[..=sign]);
                self.at += 1 + sign;
                out.push_str(self.take(|b| b.is_ascii_digit() || b == b'_'));
            }
        }
        // A letter right behind it: a time (`10ns`), which no width is made of.
        out.push_str(self.take(|b| b.is_ascii_alphabetic()));
        if out.is_empty() {
            // An apostrophe that begins no number.
            out.push('\'');
            self.at += 1;
        }
        out
    }
}

fn without_line_comment(line: &str) -> &str {
    let mut inside = false;
    let mut last = 0;
    for (i, b) in line.bytes().enumerate() {
        match b {
            b'"' if last != b'\\' => inside = !inside,
            b'/' if last == b'/' && !inside => return &line[..i - 1],
            _ => {}
        }
        last = b;
    }
    line
}

/// Where a string that begins here ends, its closing quote included; at the line's end when it does not.
pub(crate) fn string_end(text: &str, backslash: bool) -> usize {
    let mut escaped = false;
    let bytes = text.as_bytes();
    let mut i = 1;
    while i < bytes.len() {
        match bytes[i] {
            _ if escaped => escaped = false,
            b'\\' if backslash => escaped = true,
            b'"' if !backslash && bytes.get(i + 1) == Some(&b'"') => i += 1,
            b'"' => return i + 1,
            b'\n' => return i,
            _ => {}
        }
        i += 1;
    }
    text.len()
}

/// Brackets inside each other beyond this are unknown: no stack is spent on them.
const MOST_BRACKETS: u32 = 100;

/// Makes brackets that are nested too deeply unknown, so that no reader has to count.
pub(crate) fn limit(tokens: &mut [Token]) {
    let mut depth = 0_u32;
    for token in tokens {
        if token.kind != Kind::Sign {
            continue;
        }
        match &*token.text {
            "(" | "[" | "{" => {
                depth += 1;
                if depth > MOST_BRACKETS {
                    *token = Token::unknown("brackets are nested too deeply", token.line);
                }
            }
            ")" | "]" | "}" => {
                if depth > MOST_BRACKETS {
                    *token = Token::unknown("brackets are nested too deeply", token.line);
                }
                depth = depth.saturating_sub(1);
            }
            _ => {}
        }
    }
}

/// All words of a VHDL text.
pub(crate) fn vhdl(text: &str) -> Vec<Token> {
    let mut lexer = Lexer::new(text, 1);
    let mut out: Vec<Token> = Vec::new();
    while let Some(token) = lexer.next(true, out.last()) {
        out.push(token);
    }
    limit(&mut out);
    out
}
