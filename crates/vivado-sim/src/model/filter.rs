// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! `-filter` expressions: `==`, `!=`, `=~`, `!~`, comparisons, `&&`, `||`, `!`, parentheses, bare boolean properties.

use crate::util;

/// Evaluates `text` over one object; `property` gives values by name. `None` when the text is no expression.
pub(crate) fn matches(text: &str, property: &mut dyn FnMut(&str) -> Option<String>) -> Option<bool> {
    let tokens = tokens(text);
    let mut reader = Reader { tokens: &tokens, at: 0, property };
    let value = reader.or()?;
    (reader.at == tokens.len()).then_some(value)
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Op(&'static str),
    Word(String),
}

const OPS: [&str; 14] = ["==", "!=", "=~", "!~", "&&", "||", "<=", ">=", "<", ">", "(", ")", "!", "="];

fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let mut out = Vec::new();
    let mut at = 0;
    let mut after_comparison = false;
    while at < chars.len() {
        let rest: String = chars[at..chars.len().min(at + 2)].iter().collect();
        if chars[at].is_whitespace() {
            at += 1;
        } else if let Some(op) =
            OPS.iter().find(|o| rest.starts_with(**o) && !(after_comparison && **o == "("))
        {
            out.push(Token::Op(op));
            at += op.len();
            after_comparison = matches!(*op, "==" | "!=" | "=~" | "!~" | "<=" | ">=" | "<" | ">");
        } else {
            let mut word = String::new();
            match chars[at] {
                quote @ ('"' | '\'') => {
                    at += 1;
                    while at < chars.len() && chars[at] != quote {
                        word.push(chars[at]);
                        at += 1;
                    }
                    at += 1;
                }
                '{' => {
                    let mut depth = 0;
                    while at < chars.len() {
                        match chars[at] {
                            '{' => depth += 1,
                            '}' => depth -= 1,
                            _ => {}
                        }
                        if depth == 0 {
                            break;
                        }
                        word.push(chars[at]);
                        at += 1;
                    }
                    at += 1;
                    word.remove(0);
                }
                _ => {
                    while at < chars.len() && !chars[at].is_whitespace() {
                        let pair: String = chars[at..chars.len().min(at + 2)].iter().collect();
                        let ends = pair == "&&"
                            || pair == "||"
                            || chars[at] == ')'
                            || (!after_comparison && OPS[..10].iter().any(|o| pair.starts_with(o)));
                        if ends {
                            break;
                        }
                        word.push(chars[at]);
                        at += 1;
                    }
                }
            }
            out.push(Token::Word(word));
            after_comparison = false;
        }
    }
    out
}

struct Reader<'a> {
    tokens: &'a [Token],
    at: usize,
    property: &'a mut dyn FnMut(&str) -> Option<String>,
}

impl Reader<'_> {
    fn eat(&mut self, op: &str) -> bool {
        let is = matches!(self.tokens.get(self.at), Some(Token::Op(o)) if *o == op);
        self.at += usize::from(is);
        is
    }

    fn or(&mut self) -> Option<bool> {
        let mut value = self.and()?;
        while self.eat("||") {
            value |= self.and()?;
        }
        Some(value)
    }

    fn and(&mut self) -> Option<bool> {
        let mut value = self.unary()?;
        while self.eat("&&") {
            value &= self.unary()?;
        }
        Some(value)
    }

    fn unary(&mut self) -> Option<bool> {
        if self.eat("!") {
            return Some(!self.unary()?);
        }
        if self.eat("(") {
            let value = self.or()?;
            return self.eat(")").then_some(value);
        }
        let Some(Token::Word(name)) = self.tokens.get(self.at) else { return None };
        let name = name.clone();
        self.at += 1;
        let have = (self.property)(&name);
        let op = match self.tokens.get(self.at) {
            Some(Token::Op(op)) if !matches!(*op, "&&" | "||" | ")" | "(" | "!") => *op,
            _ => return Some(have.is_some_and(|v| super::props::truth(&v))),
        };
        self.at += 1;
        let Some(Token::Word(want)) = self.tokens.get(self.at) else { return None };
        self.at += 1;
        let have = have.unwrap_or_default();
        Some(match op {
            "==" | "=" => same(&have, want),
            "!=" => !same(&have, want),
            "=~" => util::glob(want, &have),
            "!~" => !util::glob(want, &have),
            _ => {
                let (a, b) = (have.parse::<f64>().ok()?, want.parse::<f64>().ok()?);
                match op {
                    "<" => a < b,
                    ">" => a > b,
                    "<=" => a <= b,
                    _ => a >= b,
                }
            }
        })
    }
}

/// Equality with booleans in any spelling.
fn same(have: &str, want: &str) -> bool {
    let boolean = |v: &str| matches!(v.to_ascii_lowercase().as_str(), "0" | "1" | "true" | "false");
    have == want || (boolean(have) && boolean(want) && super::props::truth(have) == super::props::truth(want))
}

#[cfg(test)]
mod tests {
    use super::matches;

    fn check(text: &str) -> Option<bool> {
        matches(text, &mut |name| match name.to_uppercase().as_str() {
            "NAME" => Some("u_top/pr_0".to_owned()),
            "IS_SYNTHESIS" => Some("1".to_owned()),
            "REF_NAME" => Some("count".to_owned()),
            "SLACK" => Some("-0.5".to_owned()),
            _ => None,
        })
    }

    #[test]
    fn the_forms_of_public_scripts_are_read() {
        assert_eq!(check("ORIG_REF_NAME == count || REF_NAME == count"), Some(true));
        assert_eq!(check("NAME =~ *pr_0 && IS_SYNTHESIS == true"), Some(true));
        assert_eq!(check("IS_SYNTHESIS && !(REF_NAME != count)"), Some(true));
        assert_eq!(check("NAME!~\"*pr*\""), Some(false));
        assert_eq!(check("REF_NAME=={count}"), Some(true));
        assert_eq!(check("SLACK < 0"), Some(true));
        assert_eq!(check("(NAME == x"), None);
    }
}
