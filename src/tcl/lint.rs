// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! What every template must keep to, so that the quoting of [`super::quote`] holds: looked for in the text of all our templates.

use super::templates;

/// A violation: template, line, what.
fn violations(name: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let mut say = |what: &str| found.push(format!("{name}:{}: {what}: {}", number + 1, line.trim()));
        if line.contains("| safe") || line.contains("|safe") {
            say("a value goes out unquoted");
        }
        if !line.contains("{{") {
            continue;
        }
        if line.trim_start().starts_with('#') {
            say("a value in a comment, where a line feed would end it");
        }
        let mut rest = line;
        let mut before = String::new();
        while let Some(start) = rest.find("{{") {
            before.push_str(&rest[..start]);
            let Some(length) = rest[start..].find("}}") else {
                say("a value that does not end on its line");
                break;
            };
            let after = &rest[start + length + 2..];
            // Template tags between words are nothing to Tcl.
            let neighbour =
                before.trim_end_matches(|c| c != '}').strip_suffix("%}").map_or(before.as_str(), |_| {
                    before.rsplit_once("%}").map_or(before.as_str(), |(_, tail)| tail)
                });
            let left_alone = neighbour.is_empty() && before.contains("%}")
                || neighbour.ends_with([' ', '\t'])
                || before.is_empty();
            let right = after.split("{%").next().unwrap_or_default();
            let right_alone = right.is_empty() || right.starts_with([' ', '\t', ']', '\\']);
            if !left_alone || !right_alone {
                say("a value glued to other text");
            }
            if in_quotes(&before) {
                say("a value inside quotes");
            }
            if braced(&before) {
                say("a value inside braces of its line");
            }
            if in_expression(&before) {
                say("a value as an operand of an expression, where a bare word is an error");
            }
            before.push('w');
            rest = after;
        }
    }
    found
}

/// True when an unescaped double quote is open, outside of command substitutions.
fn in_quotes(before: &str) -> bool {
    let mut open = false;
    let mut escaped = false;
    for c in before.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => open = !open,
            _ => {}
        }
    }
    open
}

/// True when a brace opened on this line is still open and no bracket was opened in it: then the value would be text in braces, not a word.
/// The conditions of `if` and `while` are caught by [`in_expression`]; a `[command ..]` in them takes words.
fn braced(before: &str) -> bool {
    let before: String = before.split("{%").map(|s| s.split_once("%}").map_or(s, |(_, tail)| tail)).collect();
    let mut stack = Vec::new();
    for c in before.chars() {
        match c {
            '{' | '[' => stack.push(c),
            '}' | ']' => {
                stack.pop();
            }
            _ => {}
        }
    }
    stack.last() == Some(&'{')
}

/// True right behind an operator of an expression.
fn in_expression(before: &str) -> bool {
    [" eq ", " ne ", " == ", " != ", " && ", " || ", " in ", " ni "].iter().any(|op| before.ends_with(op))
}

#[test]
fn templates_hold_to_the_rules_of_quoting() {
    let found: Vec<String> = templates::ALL.iter().flat_map(|t| violations(t.name, t.text)).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn violations_are_seen() {
    for (line, what) in [
        ("set x \"{{ name }}\"", "quotes"),
        ("set x {{{ name }}}", "glued"),
        ("set x {a {{ name }} }", "braces"),
        ("add_files {{ dir }}/x.v", "glued"),
        ("add_files a{{ dir }}", "glued"),
        ("# made for {{ name }}", "comment"),
        ("set x {{ name | safe }}", "unquoted"),
        ("if {$x eq {{ name }}} {", "operand"),
    ] {
        let found = violations("t", line);
        assert!(found.iter().any(|f| f.contains(what)), "{line}: {found:?}");
    }
    for line in [
        "set x {{ name }}",
        "f [list {{ a }} {{ b }}]",
        "        {{ file }}",
        "{%- for r in runs %} {{ r }}{% endfor %}]",
        "if {[file exists {{ x }}]} {",
        "        {{ file }} \\",
    ] {
        assert!(violations("t", line).is_empty(), "{line}: {:?}", violations("t", line));
    }
}
