// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! A light reading of XDC text: where commands begin, and which Pblock commands name a cell.
//!
//! Knows comments, quotes, braces, brackets and continued lines; knows no variables. That is enough to see which commands stand at the top
//! level of a file. The geometry of Pblocks is read by `dfxkit_fabric::xdc`.

use std::ops::Range;

use super::Cx;
use super::files::ConstraintText;

/// A command of an XDC file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Command {
    /// Its first word.
    pub(super) name: Range<usize>,
    /// The whole command.
    pub(super) span: Range<usize>,
}

/// The commands at the top level of a text.
pub(super) fn commands(text: &str) -> Vec<Command> {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        // To the start of a command.
        while at < bytes.len() && (bytes[at].is_ascii_whitespace() || bytes[at] == b';') {
            at += 1;
        }
        let start = at;
        let comment = bytes.get(at) == Some(&b'#');
        let (mut braces, mut quoted) = (0_usize, false);
        while at < bytes.len() {
            match bytes[at] {
                b'\\' => at += 1,
                b'\n' if braces == 0 && !quoted => break,
                _ if comment => {}
                b';' if braces == 0 && !quoted => break,
                b'"' if braces == 0 => quoted = !quoted,
                b'{' | b'[' if !quoted => braces += 1,
                b'}' | b']' if !quoted => braces = braces.saturating_sub(1),
                _ => {}
            }
            at += 1;
        }
        at = at.min(bytes.len());
        if start < at && !comment {
            let word = bytes[start..at].iter().position(|b| b.is_ascii_whitespace()).unwrap_or(at - start);
            out.push(Command { name: start..start + word, span: start..at });
        }
    }
    out
}

/// The XDC file of the static design, and the place in it, that adds a cell to a Pblock.
pub(super) fn pblock_of<'a>(cx: &Cx<'a>, cell: &str) -> Option<(&'a ConstraintText, Range<usize>)> {
    if cell.is_empty() {
        return None;
    }
    cx.files.static_xdc.iter().find_map(|file| {
        let command = commands(&file.text).into_iter().find(|c| {
            &file.text[c.name.clone()] == "add_cells_to_pblock" && names(&file.text[c.span.clone()], cell)
        })?;
        Some((file, command.span))
    })
}

/// The first command that adds cells to a Pblock without naming them plainly: by a pattern, a variable or a search. Which cells
/// it means is known to Vivado only.
pub(super) fn unclear_pblock<'a>(cx: &Cx<'a>) -> Option<(&'a ConstraintText, Range<usize>)> {
    cx.files.static_xdc.iter().find_map(|file| {
        let command = commands(&file.text).into_iter().find(|c| {
            let text = &file.text[c.span.clone()];
            let searched = ["-hier", "-filter", "-regexp", "-of"].iter().any(|o| text.contains(o));
            &file.text[c.name.clone()] == "add_cells_to_pblock"
                && (text.contains(['*', '?', '$']) || searched)
        })?;
        Some((file, command.span))
    })
}

/// True when the cell stands in the command as a whole path.
fn names(command: &str, cell: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || matches!(c, '_' | '/' | '.' | '-');
    command.match_indices(cell).any(|(at, _)| {
        let before = command[..at].chars().next_back();
        let mut after = command[at + cell.len()..].chars();
        // A closing bracket may end the command substitution around the path; an opening one goes on with an index.
        !before.is_some_and(inside) && !after.next().is_some_and(|c| inside(c) || c == '[')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heads(text: &str) -> Vec<&str> {
        commands(text).into_iter().map(|c| &text[c.name]).collect()
    }

    #[test]
    fn commands_begin_at_the_top_level_only() {
        assert_eq!(
            heads("# if\ncreate_pblock a ; if {1} {\n for\n}\nset x \"\nwhile\"\n"),
            ["create_pblock", "if", "set"]
        );
        assert_eq!(heads("a \\\n if b\nc [d\nif e]"), ["a", "c"]);
        assert_eq!(heads("# a comment with { an open brace\nset_property x"), ["set_property"]);
        assert_eq!(heads(""), [""; 0]);
        assert_eq!(heads("x \\"), ["x"]);
    }

    #[test]
    fn a_cell_is_named_as_a_whole_path() {
        let command = "add_cells_to_pblock [get_pblocks p] [get_cells -quiet [list a/b]]";
        assert!(names(command, "a/b"));
        assert!(!names(command, "b"));
        assert!(!names(command, "a"));
        assert!(names("add_cells_to_pblock p [get_cells {g[0].u}]", "g[0].u"));
        assert!(!names("add_cells_to_pblock p [get_cells {g[0].u}]", "g"));
    }
}
