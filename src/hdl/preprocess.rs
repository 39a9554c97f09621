// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Verilog's preprocessor, as far as headers of modules need it: macros without arguments, conditions and includes.
//!
//! A condition or macro that hangs on something that cannot be known here (another file defines it; an include was not found; Vivado's own
//! names) leaves an unknown word in its place: harmless in a body, and the reason in the message when it lies in a header.

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::IndexMap;

use super::lex::{Language, Token, lex, string_end};

/// A file's text and what it depends on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) text: &'a str,
    /// Directory of the file: includes are looked for there first.
    pub(super) dir: &'a Utf8Path,
    pub(super) include_dirs: &'a [Utf8PathBuf],
    /// Macros of the description.
    pub(super) defines: &'a IndexMap<String, String>,
    /// Macros that other files define.
    pub(super) elsewhere: &'a [&'a str],
}

/// Names after `` `define `` in a text.
pub(super) fn defined_names(text: &str) -> Vec<String> {
    text.split("`define")
        .skip(1)
        .filter_map(|rest| name(rest.trim_start()).map(|(n, _)| n.to_owned()))
        .collect()
}

/// The words of a text after preprocessing.
pub(super) fn tokens(source: &Source<'_>) -> Vec<Token> {
    let mut macros: IndexMap<String, Option<String>> =
        source.defines.iter().map(|(n, v)| (n.clone(), Some(v.clone()))).collect();
    // The one macro that synthesis defines (IEEE 1364.1; UG901).
    macros.insert("SYNTHESIS".into(), Some("1".into()));
    let mut state = State { source, macros, missing: None, doubtful: false, out: Vec::new() };
    state.text(source.text, source.dir, 0);
    state.out
}

struct State<'a> {
    source: &'a Source<'a>,
    /// None for a macro with arguments.
    macros: IndexMap<String, Option<String>>,
    /// An include that was not found: names may be defined there.
    missing: Option<String>,
    /// The condition that was just read could not be decided.
    doubtful: bool,
    out: Vec<Token>,
}

/// One `ifdef`: does the branch count, and did one count before?
struct Branch {
    active: bool,
    taken: bool,
    /// Everything around it counts.
    outer: bool,
    /// The condition could not be decided, and why: declarations in any of its branches are doubtful.
    doubt: Option<String>,
}

/// Words whose statement must not be believed inside a doubtful branch.
const DECLARES: [&str; 5] = ["input", "output", "inout", "parameter", "localparam"];

const DEPTH: u32 = 16;

impl State<'_> {
    fn text(&mut self, text: &str, dir: &Utf8Path, depth: u32) {
        let mut branches: Vec<Branch> = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let end = next_directive(rest);
            let active = branches.last().is_none_or(|b| b.active);
            if active {
                let doubt = branches.iter().find_map(|b| b.doubt.as_ref());
                for token in lex(&rest[..end], Language::Verilog) {
                    let follows_module = matches!(self.out.last(), Some(Token::Word(w)) if w == "module" || w == "macromodule");
                    if let Some(why) = doubt
                        && (follows_module || token.word().is_some_and(|w| DECLARES.contains(&w)))
                    {
                        self.out.push(Token::Unknown(why.clone()));
                    }
                    self.out.push(token);
                }
            }
            rest = &rest[end..];
            let Some(after) = rest.strip_prefix('`') else { break };
            let Some((word, tail)) = name(after) else {
                rest = after;
                continue;
            };
            rest = tail;
            match word {
                "ifdef" | "ifndef" => {
                    let (condition, tail) = self.condition(tail, active);
                    rest = tail;
                    let holds = condition == (word == "ifdef");
                    let doubt = match self.out.last() {
                        Some(Token::Unknown(why)) if self.doubtful => Some(why.clone()),
                        _ => None,
                    };
                    self.doubtful = false;
                    branches.push(Branch { active: active && holds, taken: holds, outer: active, doubt });
                }
                "elsif" => {
                    let (condition, tail) =
                        self.condition(tail, branches.last().is_some_and(|b| b.outer && !b.taken));
                    rest = tail;
                    let doubt = self.out.last().filter(|_| std::mem::take(&mut self.doubtful)).cloned();
                    if let Some(b) = branches.last_mut() {
                        if let Some(Token::Unknown(why)) = doubt {
                            b.doubt = Some(why);
                        }
                        b.active = b.outer && !b.taken && condition;
                        b.taken |= condition;
                    }
                }
                "else" => {
                    if let Some(b) = branches.last_mut() {
                        b.active = b.outer && !b.taken;
                        b.taken = true;
                    }
                }
                "endif" => drop(branches.pop()),
                "define" => rest = self.define(tail, active),
                "undef" => {
                    if let Some((macro_name, tail)) = name(tail.trim_start()) {
                        rest = tail;
                        if active {
                            self.macros.shift_remove(macro_name);
                        }
                    }
                }
                "include" => rest = self.include(tail, dir, depth, active),
                "timescale" | "default_nettype" | "pragma" | "line" | "begin_keywords"
                | "unconnected_drive" => {
                    rest = tail.find('\n').map_or("", |n| &tail[n..]);
                }
                "resetall"
                | "celldefine"
                | "endcelldefine"
                | "nounconnected_drive"
                | "end_keywords"
                | "undefineall" => {}
                macro_name if active => self.expand(macro_name, dir, depth),
                _ => {}
            }
        }
    }

    fn condition<'t>(&mut self, tail: &'t str, judged: bool) -> (bool, &'t str) {
        let Some((macro_name, rest)) = name(tail.trim_start()) else { return (false, tail) };
        let defined = self.macros.contains_key(macro_name);
        if judged && !defined {
            let own = ["XILINX", "VIVADO", "__"].iter().any(|p| macro_name.starts_with(p));
            if own || self.source.elsewhere.contains(&macro_name) || self.missing.is_some() {
                self.unknown(macro_name);
                self.doubtful = true;
            }
        }
        (defined, rest)
    }

    fn unknown(&mut self, macro_name: &str) {
        let why = match &self.missing {
            Some(include) => format!("`{macro_name} may be defined in {include}, which was not found"),
            None if self.source.elsewhere.contains(&macro_name) => {
                format!("`{macro_name} is defined in another file")
            }
            None => format!("`{macro_name} is not defined here"),
        };
        self.out.push(Token::Unknown(why));
    }

    fn define<'t>(&mut self, tail: &'t str, active: bool) -> &'t str {
        let Some((macro_name, after)) = name(tail.trim_start_matches([' ', '\t'])) else { return tail };
        let arguments = after.starts_with('(');
        let mut value = String::new();
        let mut rest = after;
        loop {
            let end = rest.find('\n').unwrap_or(rest.len());
            let line = rest[..end].trim_end_matches('\r');
            rest = rest.get(end + 1..).unwrap_or("");
            match line.strip_suffix('\\') {
                Some(more) if !rest.is_empty() => {
                    value.push_str(more);
                    value.push('\n');
                }
                _ => {
                    value.push_str(line);
                    break;
                }
            }
        }
        if active {
            self.macros.insert(macro_name.to_owned(), (!arguments).then_some(value));
        }
        rest
    }

    fn include<'t>(&mut self, tail: &'t str, dir: &Utf8Path, depth: u32, active: bool) -> &'t str {
        let start = tail.trim_start();
        let end =
            if start.starts_with('"') { string_end(start) } else { start.find('\n').unwrap_or(start.len()) };
        let file = start[..end].trim_matches(['"', '<', '>', ' ', '\r']);
        if active {
            let places =
                std::iter::once(dir).chain(self.source.include_dirs.iter().map(Utf8PathBuf::as_path));
            let found = places.map(|d| d.join(file)).find(|p| p.is_file());
            match found.as_ref().and_then(|p| fs_err::read(p).ok().map(|bytes| (p, bytes))) {
                Some((path, bytes)) if depth < DEPTH => {
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    let dir = path.parent().unwrap_or(dir).to_owned();
                    self.text(&text, &dir, depth + 1);
                }
                _ => self.missing = Some(file.to_owned()),
            }
        }
        &start[end..]
    }

    fn expand(&mut self, macro_name: &str, dir: &Utf8Path, depth: u32) {
        match self.macros.get(macro_name).cloned() {
            Some(Some(value)) if depth < DEPTH => self.text(&value, dir, depth + 1),
            Some(_) => self.out.push(Token::Unknown(format!("macro `{macro_name} is not expanded"))),
            None => self.unknown(macro_name),
        }
    }
}

/// The identifier that a text begins with, and the rest.
fn name(text: &str) -> Option<(&str, &str)> {
    let end =
        text.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '$'))).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

/// Where the next backquote outside comments and strings is; the end when there is none.
fn next_directive(text: &str) -> usize {
    let mut at = 0;
    while let Some(found) = text[at..].find(['`', '/', '"', '\\']) {
        let here = &text[at + found..];
        at += found;
        if here.starts_with('`') {
            return at;
        }
        at += if here.starts_with("//") {
            here.find('\n').unwrap_or(here.len())
        } else if let Some(comment) = here.strip_prefix("/*") {
            comment.find("*/").map_or(here.len(), |n| n + 4)
        } else if here.starts_with('"') {
            string_end(here)
        } else if here.starts_with('\\') {
            here.find(char::is_whitespace).unwrap_or(here.len())
        } else {
            1
        };
    }
    text.len()
}
