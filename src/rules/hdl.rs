// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! A light reading of HDL text: words outside comments and strings, and the names that are declared.
//!
//! Knows neither macros nor includes nor escaped identifiers: what it does not find may still be there, so that it only makes warnings.

use super::bad_identifier;

/// Names after `module`, `macromodule` and `entity`, comments and strings left out.
pub(super) fn declared(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut previous = String::new();
    for word in words(text) {
        if matches!(previous.as_str(), "module" | "macromodule" | "entity")
            && bad_identifier::is_identifier(word)
        {
            // SystemVerilog puts a lifetime between: `module automatic m`.
            if matches!(word, "automatic" | "static") {
                continue;
            }
            names.push(word.to_owned());
        }
        previous = word.to_ascii_lowercase();
    }
    names
}

/// Words of letters, digits, `_`, `$` and `.` outside comments and strings. VHDL's `entity work.x` is one word and no declaration.
pub(super) fn words(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut rest = text;
    let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$' | '.');
    while let Some(c) = rest.chars().next() {
        if rest.starts_with("//") || rest.starts_with("--") {
            rest = rest.find('\n').map_or("", |n| &rest[n..]);
        } else if rest.starts_with("/*") {
            rest = rest.find("*/").map_or("", |n| &rest[n + 2..]);
        } else if c == '"' {
            let end = rest[1..].find(['"', '\n']).map_or(rest.len(), |n| n + 2);
            rest = &rest[end.min(rest.len())..];
        } else if word(c) {
            let end = rest.find(|c| !word(c)).unwrap_or(rest.len());
            out.push(&rest[..end]);
            rest = &rest[end..];
        } else {
            rest = &rest[c.len_utf8()..];
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::declared;

    #[test]
    fn declarations_are_read_from_text() {
        assert_eq!(declared("// module a\n/* module b */ module c(input x); endmodule"), ["c"]);
        assert_eq!(declared("module automatic d #(parameter W = 8) ();"), ["d"]);
        assert_eq!(declared("-- entity e is\nENTITY Top IS\nu: entity work.fir port map"), ["Top"]);
        assert_eq!(declared("initial $display(\"module x\");"), [""; 0]);
    }
}
