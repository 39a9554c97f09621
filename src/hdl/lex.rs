// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Words of Verilog and VHDL text, without comments, strings kept as such.

/// A word of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// Identifier or keyword; escaped identifiers without backslash.
    Word(String),
    /// Number as written, with base and digits joined: `8'hff`.
    Number(String),
    /// Operator or punctuation.
    Sign(String),
    /// A string.
    Text(String),
    /// Something that could not be read, and why.
    Unknown(String),
}

impl Token {
    /// True for this operator or punctuation.
    pub(super) fn is(&self, sign: &str) -> bool {
        matches!(self, Token::Sign(s) if s == sign)
    }

    /// The word, when it is one.
    pub(super) fn word(&self) -> Option<&str> {
        match self {
            Token::Word(w) => Some(w),
            _ => None,
        }
    }
}

/// As it was written, for messages.
pub(super) fn show(tokens: &[Token]) -> String {
    tokens
        .iter()
        .map(|t| match t {
            Token::Word(s) | Token::Number(s) | Token::Sign(s) => s.clone(),
            Token::Text(s) => format!("{s:?}"),
            Token::Unknown(why) => format!("<{why}>"),
        })
        .collect::<Vec<_>>()
        .join(" ")
}

/// Language of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    /// Verilog and SystemVerilog.
    Verilog,
    /// VHDL.
    Vhdl,
}

const LONG_SIGNS: [&str; 17] = [
    "<<<", ">>>", "===", "!==", "**", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "::", "+:", "-:", ":=",
];

/// Splits a text without preprocessor lines into words.
pub(super) fn lex(text: &str, language: Language) -> Vec<Token> {
    let mut out = Vec::new();
    let mut rest = text;
    let verilog = language == Language::Verilog;
    while let Some(c) = rest.chars().next() {
        let line_comment = if verilog { "//" } else { "--" };
        if rest.starts_with(line_comment) {
            rest = rest.find('\n').map_or("", |n| &rest[n..]);
        } else if rest.starts_with("/*") {
            rest = rest[2..].find("*/").map_or("", |n| &rest[n + 4..]);
        } else if verilog && rest.starts_with("(*") && !rest[2..].trim_start().starts_with(')') {
            // An attribute; `(*)` is a sensitivity list. A `*)` inside its strings does not end it.
            rest = after_attribute(&rest[2..]);
        } else if c.is_whitespace() {
            rest = rest.trim_start();
        } else if c == '"' {
            let end = string_end(rest);
            out.push(Token::Text(rest[1..end].trim_end_matches('"').to_owned()));
            rest = &rest[end..];
        } else if verilog && c == '\\' {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            out.push(Token::Word(rest[1..end].to_owned()));
            rest = &rest[end..];
        } else if c.is_ascii_digit()
            || (verilog && c == '\'' && rest[1..].starts_with(|d: char| d.is_ascii_alphanumeric()))
        {
            let end = number_end(rest, verilog);
            out.push(Token::Number(rest[..end].chars().filter(|c| !c.is_whitespace()).collect()));
            rest = &rest[end..];
        } else if c.is_alphabetic() || matches!(c, '_' | '$') {
            let end =
                rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '$'))).unwrap_or(rest.len());
            // A lone `$` is the unbounded end of a range.
            out.push(Token::Word(rest[..end].to_owned()));
            rest = &rest[end..];
        } else if let Some(sign) = LONG_SIGNS.iter().find(|s| rest.starts_with(**s)) {
            out.push(Token::Sign((*sign).to_owned()));
            rest = &rest[sign.len()..];
        } else {
            out.push(Token::Sign(c.to_string()));
            rest = &rest[c.len_utf8()..];
        }
    }
    out
}

/// Where a string that begins here ends, its closing quote included.
pub(super) fn string_end(text: &str) -> usize {
    let mut escaped = false;
    for (i, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return i + 1,
            '\n' => return i,
            _ => {}
        }
    }
    text.len()
}

fn after_attribute(text: &str) -> &str {
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("*)") {
            return after;
        }
        let step = if c == '"' { string_end(rest) } else { c.len_utf8() };
        rest = &rest[step..];
    }
    rest
}

fn number_end(text: &str, verilog: bool) -> usize {
    let digits = |from: usize, more: fn(char) -> bool| {
        text[from..].find(|c: char| !more(c)).map_or(text.len(), |n| from + n)
    };
    let plain: fn(char) -> bool = |c| c.is_ascii_digit() || c == '_';
    let any: fn(char) -> bool = |c| c.is_ascii_alphanumeric() || matches!(c, '_' | '?');
    let mut end = digits(0, plain);
    if !verilog {
        // `16#ff#`, `1.5`, `1e3`
        if text[end..].starts_with('#') {
            end = digits(end + 1, any);
            return if text[end..].starts_with('#') { end + 1 } else { end };
        }
        return digits(end, |c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'));
    }
    let after = text[end..].trim_start();
    let gap = text.len() - end - after.len();
    if let Some(base) = after.strip_prefix('\'') {
        let signed = usize::from(base.starts_with(['s', 'S']));
        if base[signed..].starts_with(['b', 'B', 'o', 'O', 'd', 'D', 'h', 'H']) {
            let from = end + gap + 2 + signed;
            let blank = text[from..].len() - text[from..].trim_start().len();
            return digits(from + blank, any);
        }
        if end == 0 {
            // `'0`, `'1`
            return digits(1, any);
        }
        return end;
    }
    let real = text[end..].starts_with('.') && text[end + 1..].starts_with(|c: char| c.is_ascii_digit());
    if real {
        end = digits(end + 1, plain);
    }
    digits(end, |c| c.is_ascii_alphanumeric() || c == '_')
}
