// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tcl lists: reading and writing, as Tcl 8.6 does for words that hold no command or variable substitution.

/// Splits a Tcl list; `None` when braces or quotes are unbalanced.
pub(crate) fn split(text: &str) -> Option<Vec<String>> {
    let chars: Vec<char> = text.chars().collect();
    let mut words = Vec::new();
    let mut at = 0;
    loop {
        while at < chars.len() && chars[at].is_whitespace() {
            at += 1;
        }
        if at >= chars.len() {
            return Some(words);
        }
        let (word, next) = match chars[at] {
            '{' => braced(&chars, at + 1)?,
            '"' => quoted(&chars, at + 1)?,
            _ => bare(&chars, at),
        };
        // Tcl refuses characters directly after a closing brace or quote.
        if matches!(chars[at], '{' | '"') && next < chars.len() && !chars[next].is_whitespace() {
            return None;
        }
        words.push(word);
        at = next;
    }
}

/// Splits a list, or takes the whole text as words apart by blanks when it is no list.
pub(crate) fn split_loose(text: &str) -> Vec<String> {
    split(text).unwrap_or_else(|| text.split_whitespace().map(str::to_owned).collect())
}

fn braced(chars: &[char], mut at: usize) -> Option<(String, usize)> {
    let mut depth = 1;
    let mut word = String::new();
    while at < chars.len() {
        match chars[at] {
            '\\' if at + 1 < chars.len() => {
                word.push('\\');
                at += 1;
            }
            '{' => depth += 1,
            '}' => {
                depth -= 1;
                if depth == 0 {
                    return Some((word, at + 1));
                }
            }
            _ => {}
        }
        word.push(chars[at]);
        at += 1;
    }
    None
}

fn quoted(chars: &[char], mut at: usize) -> Option<(String, usize)> {
    let mut word = String::new();
    while at < chars.len() {
        match chars[at] {
            '"' => return Some((word, at + 1)),
            '\\' if at + 1 < chars.len() => at = escape(chars, at, &mut word),
            c => {
                word.push(c);
                at += 1;
            }
        }
    }
    None
}

fn bare(chars: &[char], mut at: usize) -> (String, usize) {
    let mut word = String::new();
    while at < chars.len() && !chars[at].is_whitespace() {
        if chars[at] == '\\' && at + 1 < chars.len() {
            at = escape(chars, at, &mut word);
        } else {
            word.push(chars[at]);
            at += 1;
        }
    }
    (word, at)
}

/// One backslash sequence at `at`; returns the place after it.
fn escape(chars: &[char], at: usize, word: &mut String) -> usize {
    let (c, len) = match chars[at + 1] {
        'n' => ('\n', 2),
        't' => ('\t', 2),
        'r' => ('\r', 2),
        'a' => ('\u{7}', 2),
        'b' => ('\u{8}', 2),
        'f' => ('\u{c}', 2),
        'v' => ('\u{b}', 2),
        'u' => {
            let digits: String =
                chars[at + 2..].iter().take(4).take_while(|c| c.is_ascii_hexdigit()).collect();
            match u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32) {
                Some(c) => (c, 2 + digits.len()),
                None => ('u', 2),
            }
        }
        c => (c, 2),
    };
    word.push(c);
    at + len
}

/// Writes one word so that Tcl reads it back unchanged.
pub(crate) fn quote(word: &str) -> String {
    if word.is_empty() {
        return "{}".to_owned();
    }
    let special = |c: char| c.is_whitespace() || matches!(c, '{' | '}' | '"' | '\\' | '[' | ']' | '$' | ';');
    if !word.contains(special) && !word.starts_with('#') {
        return word.to_owned();
    }
    if balanced(word) {
        return format!("{{{word}}}");
    }
    let mut out = String::new();
    for c in word.chars() {
        match c {
            '\n' => out += "\\n",
            '\t' => out += "\\t",
            '\r' => out += "\\r",
            '#' if out.is_empty() => out += "\\#",
            c if special(c) => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

/// Whether braces may go around `word`: they balance and no backslash disturbs them.
fn balanced(word: &str) -> bool {
    let mut depth = 0_i32;
    for c in word.chars() {
        match c {
            '\\' => return false,
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            return false;
        }
    }
    depth == 0
}

/// Writes a list. A list of one word is that word's list form, as Vivado prints a collection of one.
pub(crate) fn join<S: AsRef<str>>(words: impl IntoIterator<Item = S>) -> String {
    words.into_iter().map(|w| quote(w.as_ref())).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{join, quote, split};
    use proptest::prelude::{ProptestConfig, any, prop, proptest};

    #[test]
    fn lists_read_as_tcl_reads_them() {
        assert_eq!(split("a {b c} \"d e\" f\\ g").unwrap(), ["a", "b c", "d e", "f g"]);
        assert_eq!(split("{a{b}c} {}").unwrap(), ["a{b}c", ""]);
        assert_eq!(split("x[0]").unwrap(), ["x[0]"]);
        assert!(split("{a").is_none());
        assert!(split("{a}b").is_none());
        assert_eq!(quote("u[0].x"), "{u[0].x}");
        assert_eq!(quote("a}b"), "a\\}b");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]
        #[test]
        fn what_is_written_is_read_back(words in prop::collection::vec("\\PC*", 0..5)) {
            let read = split(&join(&words)).unwrap();
            assert_eq!(read, words);
        }
        #[test]
        fn nothing_panics(text in any::<String>()) {
            let _ = split(&text);
        }
    }
}
