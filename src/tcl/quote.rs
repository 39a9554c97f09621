// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Quoting: any text without NUL becomes exactly one Tcl word that gives the same bytes back, in Tcl 8.5 and 8.6.
//!
//! Three forms, the plainest that is safe: bare (`count_up`), braces (`{a b}`), backslash escapes (`a\{\ b`). All three keep
//! the brace count of a surrounding `{ .. }` block in balance, so that values may stand inside `catch`, `if` and `foreach`.
//!
//! Characters beyond ASCII are written as they are and never as `\uXXXX`, which in a locale without UTF-8 would become other bytes in the
//! file system, and which cannot name characters beyond the basic plane in Tcl 8.6. Measured with 8.6.13: the bytes that come out are those that
//! went in, with locale C and with C.UTF-8. (What Vivado's own commands make of such names in a locale without UTF-8 is another matter: the
//! prelude of every script refuses that combination.)
//! Escaped always: carriage return, since `source` turns it into a line feed, and Ctrl-Z, at which `source` stops reading;
//! and the other control characters, for the reader's sake.
//! Not here: what a Vivado command makes of a word (a leading `-`, a glob pattern): that is the template's affair.

use std::fmt::Write as _;

/// One Tcl word that evaluates to `text`. NUL is not carried (Tcl scripts cannot hold it): callers refuse it before.
///
/// ```
/// use dfxkit::tcl::quote::word;
/// assert_eq!(word("count_up"), "count_up");
/// assert_eq!(word("a b"), "{a b}");
/// assert_eq!(word("$x[y]"), "{$x[y]}");
/// assert_eq!(word("a{b"), "a\\{b");
/// assert_eq!(word(""), "{}");
/// ```
pub fn word(text: &str) -> String {
    if is_bare(text) {
        text.to_owned()
    } else if can_be_braced(text) {
        format!("{{{text}}}")
    } else {
        escaped(text)
    }
}

/// The text of a Tcl list with these elements: one value, not yet one word of a script (see [`list_word`]).
pub fn list<I>(words: I) -> String
where
    I: IntoIterator,
    I::Item: AsRef<str>,
{
    let mut out = String::new();
    for element in words {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(&word(element.as_ref()));
    }
    out
}

/// One word of a script that holds a Tcl list.
pub fn list_word<I>(words: I) -> String
where
    I: IntoIterator,
    I::Item: AsRef<str>,
{
    word(&list(words))
}

/// Characters that mean nothing to the parser, anywhere in a word. `#` and `~` are left out: the first begins a comment where a
/// command may begin, the second is a home directory to file commands of 8.5 either way but should be seen in quotes.
fn is_bare(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|b| {
            b.is_ascii_alphanumeric()
                || matches!(b, b'_' | b'.' | b'/' | b':' | b'-' | b'+' | b'=' | b',' | b'@' | b'%')
        })
}

/// Braces keep everything as it is, except a backslash before a line feed; so none of those, no backslash that would eat the closing
/// brace, no unbalanced brace, and nothing that `source` changes before the parser sees it.
fn can_be_braced(text: &str) -> bool {
    // `{*}` before anything but a blank expands: `[list {*}]`.
    if text == "*" {
        return false;
    }
    let mut depth = 0_i32;
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => match bytes.next() {
                None | Some(b'\n') => return false,
                Some(next) if is_control(next) => return false,
                Some(_) => {}
            },
            b'{' => depth += 1,
            b'}' => {
                depth -= 1;
                if depth < 0 {
                    return false;
                }
            }
            b'\n' | b'\t' => {}
            other if is_control(other) => return false,
            _ => {}
        }
    }
    depth == 0
}

fn is_control(byte: u8) -> bool {
    (byte < 0x20 && byte != b'\n' && byte != b'\t') || byte == 0x7f
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            // Three octal digits always: `\x` of 8.5 eats any number of digits.
            c if c.is_ascii_control() => {
                let _ = write!(out, "\\{:03o}", u32::from(c));
            }
            '{' | '}' | '[' | ']' | '$' | '"' | '\\' | ';' | ' ' | '#' | '*' | '~' | '(' | ')' | '\'' => {
                out.push('\\');
                out.push(c);
            }
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::test_runner::{Config, TestRunner};

    use super::*;

    /// Evaluates every value, in several contexts, in one `tclsh`, as Vivado would source it, and compares the bytes.
    fn through_tclsh(values: &[String], locale: &str) -> Option<()> {
        let dir = tempfile::tempdir().unwrap();
        let mut script = String::from(
            "fconfigure stdout -translation binary\nproc out v {puts -nonewline \"[string length [encoding convertto $v]]:[encoding convertto $v]\"}\n",
        );
        for value in values {
            let word = word(value);
            // A word of a command, the last of a bracketed command, inside nested braces, an element of a list.
            script.push_str(&format!("set v {word}\nout $v\n"));
            script.push_str(&format!("out [lindex [list a {word}] 1]\n"));
            script.push_str(&format!("if {{[catch {{\n  set w {word}\n}} m]}} {{error $m}}\nout $w\n"));
            script.push_str(&format!("out [lindex {} 1]\n", list_word(["{", value])));
        }
        let path = dir.path().join("q.tcl");
        fs_err::write(&path, &script).unwrap();
        let Ok(output) = Command::new("tclsh").arg(&path).env("LC_ALL", locale).output() else {
            eprintln!("SKIPPED: no tclsh on PATH; quoting was not tried on a real Tcl");
            return None;
        };
        assert!(output.status.success(), "{}\n{script}", String::from_utf8_lossy(&output.stderr));
        let mut rest = output.stdout.as_slice();
        for value in values {
            for context in ["word", "bracket", "braces", "list"] {
                let colon = rest.iter().position(|b| *b == b':').unwrap();
                let length: usize = std::str::from_utf8(&rest[..colon]).unwrap().parse().unwrap();
                let got = &rest[colon + 1..colon + 1 + length];
                assert_eq!(
                    got,
                    value.as_bytes(),
                    "{locale} {context}: {value:?} came back as {:?}",
                    String::from_utf8_lossy(got)
                );
                rest = &rest[colon + 1 + length..];
            }
        }
        assert!(rest.is_empty());
        Some(())
    }

    #[test]
    fn known_traps_come_back_unchanged() {
        let traps = [
            "",
            " ",
            "a b",
            "#x",
            "x#",
            "*",
            "{*}",
            "{*}x",
            "{",
            "}",
            "}{",
            "{}",
            "{a}",
            "{a}b",
            "a\\",
            "\\",
            "\\\\",
            "a\\\nb",
            "\\{",
            "{\\}",
            "\\}{",
            "a;b",
            "\"",
            "\"a b\"",
            "[exit 3]",
            "$env(HOME)",
            "${x}",
            "a\nb",
            "\n",
            "\r\n",
            "a\rb",
            "\t",
            "\u{1a}after",
            "\u{7f}",
            "\u{1}",
            "\u{85}",
            "\u{a0}",
            "é",
            "日本",
            "\u{2028}",
            "\u{feff}x",
            "😀",
            "a😀{",
            "-force",
            "~",
            "~root",
            "\\u0041",
            "\\x41",
            "\\101",
            "\\U0001F600",
            "a\\ b",
            "{ }",
            "'",
            "%s",
            "a(b)",
            "C:\\dir\\",
            "it's {one",
            "\\\n",
            "{\\\n}",
            "\u{1}{",
            "\\\r",
            "{\r}",
            "1\u{1a}\\",
        ];
        let values: Vec<String> = traps.iter().map(|s| (*s).to_owned()).collect();
        // Locale C is the contract; UTF-8 is what a user's own tclsh most often has.
        through_tclsh(&values, "C");
        through_tclsh(&values, "C.UTF-8");
    }

    #[test]
    fn any_text_goes_through_a_real_tcl_unchanged() {
        let nasty =
            proptest::string::string_regex("[a-c{}\\[\\]$\";#*\\\\ \\n\\r\\t\u{1a}é😀]{0,12}").unwrap();
        let any = proptest::string::string_regex("[^\\x00]{0,24}").unwrap();
        let mut runner = TestRunner::new(Config { cases: 6, failure_persistence: None, ..Config::default() });
        runner
            .run(&vec(prop_oneof![nasty, any], 300), |values| {
                through_tclsh(&values, "C");
                Ok(())
            })
            .unwrap();
    }

    #[test]
    fn plain_words_stay_readable() {
        assert_eq!(word("/build/rtl/top.v"), "/build/rtl/top.v");
        assert_eq!(word("A=1"), "A=1");
        assert_eq!(word("core[0].pr"), "{core[0].pr}");
        assert_eq!(list_word(["a b", "c"]), "{{a b} c}");
        assert_eq!(list_word(Vec::<String>::new()), "{}");
    }
}
