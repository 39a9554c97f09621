// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Verilog's preprocessor (IEEE 1800-2017, clause 22): macros with and without arguments, conditions, includes, encrypted regions.
//!
//! A condition or macro that hangs on something that cannot be known here (another file defines it; an include was not found; Vivado's own
//! names) leaves an unknown word in its place: harmless in a body, and the reason in the message when it lies in a header.

use std::collections::BTreeMap;

use crate::token::{Kind, Lexer, Token, string_end};

/// Gives path and text of an included file: its name, and the path of the file that includes it.
pub type Include<'a> = &'a dyn Fn(&str, &str) -> Option<(String, String)>;

/// What the text of a Verilog file depends on beside itself.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Macros of the description or the project: name and text.
    pub defines: &'a [(String, String)],
    /// Finds includes.
    pub include: Include<'a>,
    /// Names that other files define ([`defined_names`]): undefined here, they leave a doubt.
    pub elsewhere: &'a [&'a str],
}

impl Context<'_> {
    /// Nothing defined, no includes.
    pub const EMPTY: Context<'static> = Context { defines: &[], include: &|_, _| None, elsewhere: &[] };
}

impl std::fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context").field("defines", &self.defines).finish_non_exhaustive()
    }
}

/// Names after `` `define `` in a text.
pub fn defined_names(text: &str) -> Vec<String> {
    text.split("`define")
        .skip(1)
        .filter_map(|rest| name(rest.trim_start()).map(|(n, _)| n.to_owned()))
        .collect()
}

/// The words of a text after preprocessing.
pub(crate) fn tokens(file: &str, text: &str, context: &Context<'_>) -> Vec<Token> {
    let mut macros: BTreeMap<String, Macro> = context
        .defines
        .iter()
        .map(|(n, v)| (n.clone(), Macro { arguments: None, text: v.clone() }))
        .collect();
    // The one macro that synthesis defines (IEEE 1364.1; UG901).
    macros.insert("SYNTHESIS".into(), Macro { arguments: None, text: "1".into() });
    let mut state = State {
        context,
        macros,
        missing: None,
        out: Vec::with_capacity(text.len() / 4),
        branches: Vec::new(),
        spent: 0,
    };
    state.text(text, file, 1, 0);
    crate::token::limit(&mut state.out);
    state.out
}

#[derive(Debug, Clone)]
struct Macro {
    /// Names of the arguments with their defaults; none for a macro without a list.
    arguments: Option<Vec<(String, Option<String>)>>,
    text: String,
}

struct State<'a> {
    context: &'a Context<'a>,
    macros: BTreeMap<String, Macro>,
    /// An include that was not found: names may be defined there.
    missing: Option<String>,
    out: Vec<Token>,
    branches: Vec<Branch>,
    /// Bytes of expanded text so far: macros that double themselves end here.
    spent: usize,
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
pub(crate) const DECLARES: [&str; 8] =
    ["input", "output", "inout", "parameter", "localparam", "typedef", "function", "import"];

/// Includes and macros inside each other.
const DEPTH: u32 = 24;
/// Expanded text of one file.
const MOST_TEXT: usize = 4 << 20;

impl State<'_> {
    /// `fixed`: the line that every word gets, when `depth` is not 0.
    fn text(&mut self, text: &str, file: &str, fixed: usize, depth: u32) {
        let mut lexer = Lexer::new(text, fixed);
        let opened = self.branches.len();
        while let Some(mut token) = lexer.next(false, None) {
            if depth > 0 {
                token.line = fixed;
            }
            if token.kind == Kind::Directive {
                self.directive(&token, &mut lexer, file, depth);
            } else if self.branches.last().is_none_or(|b| b.active) {
                self.push(token);
            }
        }
        if depth > 0 {
            // What a macro or an include leaves open ends with it.
            self.branches.truncate(opened);
        }
    }

    fn push(&mut self, token: Token) {
        let doubt = self.branches.iter().find_map(|b| b.doubt.as_ref());
        if let Some(why) = doubt {
            let after_module = self
                .out
                .last()
                .is_some_and(|t| t.key("module") || t.key("macromodule") || t.key("interface"));
            if after_module || (token.kind == Kind::Word && DECLARES.contains(&&*token.text)) {
                let unknown = Token::unknown(why.clone(), token.line);
                self.out.push(unknown);
            }
        }
        self.out.push(token);
    }

    fn directive(&mut self, token: &Token, lexer: &mut Lexer<'_>, file: &str, depth: u32) {
        let active = self.branches.last().is_none_or(|b| b.active);
        let line = token.line;
        match &*token.text {
            word @ ("ifdef" | "ifndef") => {
                let (condition, doubt) = self.condition(lexer, active, line);
                let holds = condition == (word == "ifdef");
                self.branches.push(Branch { active: active && holds, taken: holds, outer: active, doubt });
            }
            "elsif" => {
                let judged = self.branches.last().is_some_and(|b| b.outer && !b.taken);
                let (condition, doubt) = self.condition(lexer, judged, line);
                if let Some(b) = self.branches.last_mut() {
                    b.doubt = b.doubt.take().or(doubt);
                    b.active = b.outer && !b.taken && condition;
                    b.taken |= condition;
                }
            }
            "else" => {
                if let Some(b) = self.branches.last_mut() {
                    b.active = b.outer && !b.taken;
                    b.taken = true;
                }
            }
            "endif" => drop(self.branches.pop()),
            "define" => self.define(lexer, active),
            "undef" => {
                if let Some((macro_name, _)) = name(lexer.rest_of_line().trim()).filter(|_| active) {
                    self.macros.remove(macro_name);
                }
            }
            "undefineall" if active => self.macros.clear(),
            "include" => self.include(lexer, file, depth, active, line),
            "protected" => {
                lexer.skip_past("`endprotected");
                self.unknown_region("an encrypted region".into(), line);
            }
            "pragma" => {
                let text = lexer.rest_of_line();
                if text.split_whitespace().take(2).eq(["protect", "begin_protected"]) {
                    lexer.skip_past("end_protected");
                    lexer.rest_of_line();
                    self.unknown_region("an encrypted region".into(), line);
                }
            }
            "timescale"
            | "default_nettype"
            | "line"
            | "begin_keywords"
            | "unconnected_drive"
            | "default_decay_time"
            | "default_trireg_strength"
            | "delay_mode_distributed" => {
                lexer.rest_of_line();
            }
            "resetall"
            | "celldefine"
            | "endcelldefine"
            | "nounconnected_drive"
            | "end_keywords"
            | "endprotected"
            | "undefineall"
            | "delay_mode_path"
            | "delay_mode_unit"
            | "delay_mode_zero" => {}
            "__LINE__" | "__FILE__" if active => {
                self.out.push(Token::unknown("`__LINE__ or `__FILE__", line));
            }
            macro_name if active => self.expand(macro_name, lexer, file, depth, line),
            _ => {}
        }
    }

    /// Something that may hold whole statements: closed, so that what follows is not taken for a part of it.
    fn unknown_region(&mut self, why: String, line: usize) {
        self.out.push(Token::unknown(why, line));
        self.out.push(Token { kind: Kind::Sign, text: ";".into(), line });
    }

    /// Whether a name is defined, and why that is not certain.
    fn condition(&mut self, lexer: &mut Lexer<'_>, judged: bool, line: usize) -> (bool, Option<String>) {
        let trimmed = lexer.rest().trim_start_matches([' ', '\t']);
        lexer.skip(lexer.rest().len() - trimmed.len());
        let Some((macro_name, _)) = name(trimmed) else { return (false, None) };
        let macro_name = macro_name.to_owned();
        lexer.skip(macro_name.len());
        if self.macros.contains_key(&macro_name) {
            return (true, None);
        }
        let own = ["XILINX", "VIVADO", "__"].iter().any(|p| macro_name.starts_with(p));
        let doubtful = judged
            && (own || self.context.elsewhere.contains(&macro_name.as_str()) || self.missing.is_some());
        let doubt = doubtful.then(|| {
            let why = self.why_unknown(&macro_name);
            self.out.push(Token::unknown(why.clone(), line));
            why
        });
        (false, doubt)
    }

    fn why_unknown(&self, macro_name: &str) -> String {
        match &self.missing {
            Some(include) => format!("`{macro_name} may be defined in {include}, which was not found"),
            None if self.context.elsewhere.contains(&macro_name) => {
                format!("`{macro_name} is defined in another file")
            }
            None => format!("`{macro_name} is not defined here"),
        }
    }

    fn define(&mut self, lexer: &mut Lexer<'_>, active: bool) {
        let text = lexer.rest_of_line();
        let Some((macro_name, after)) = name(text.trim_start()).filter(|_| active) else { return };
        let mut arguments = None;
        let mut body = after;
        // Only a parenthesis right behind the name begins a list.
        if after.starts_with('(')
            && let Some((inside, rest)) = group(after)
        {
            let list = split(inside).into_iter().filter_map(|a| {
                let (n, default) =
                    a.split_once('=').map_or((a, None), |(n, d)| (n, Some(d.trim().to_owned())));
                name(n.trim()).map(|(n, _)| (n.to_owned(), default))
            });
            arguments = Some(list.collect());
            body = rest;
        }
        self.macros.insert(macro_name.to_owned(), Macro { arguments, text: body.trim().to_owned() });
    }

    fn include(&mut self, lexer: &mut Lexer<'_>, file: &str, depth: u32, active: bool, line: usize) {
        let rest = lexer.rest();
        let start = rest.trim_start_matches([' ', '\t']);
        let quoted = start.starts_with('"');
        let end = if quoted { string_end(start, false) } else { start.find('\n').unwrap_or(start.len()) };
        let named = start[..end].trim_matches(['"', '<', '>', ' ', '\t', '\r']).to_owned();
        lexer.skip(rest.len() - start.len() + end);
        if !active {
            return;
        }
        // `include `MACRO is not looked through.
        let found = if named.starts_with('`') { None } else { (self.context.include)(&named, file) };
        match found {
            Some((path, text)) if depth < DEPTH && self.afford(text.len()) => {
                self.text(&text, &path, line, depth + 1);
            }
            _ => {
                self.unknown_region(format!("include {named} was not found"), line);
                self.missing = Some(named);
            }
        }
    }

    fn afford(&mut self, bytes: usize) -> bool {
        self.spent += bytes;
        self.spent <= MOST_TEXT
    }

    fn expand(&mut self, macro_name: &str, lexer: &mut Lexer<'_>, file: &str, depth: u32, line: usize) {
        let Some(found) = self.macros.get(macro_name).cloned() else {
            let why = self.why_unknown(macro_name);
            self.out.push(Token::unknown(why, line));
            // An unknown macro may have arguments, which mean nothing without it; a `(` that follows is more often part of the text.
            return;
        };
        let refuse = |state: &mut Self, why: &str| {
            state.out.push(Token::unknown(format!("macro `{macro_name} {why}"), line));
        };
        let text = match &found.arguments {
            None => found.text,
            Some(formal) => {
                let rest = lexer.rest();
                let start = rest.trim_start();
                let Some((inside, after)) = group(start) else {
                    return refuse(self, "is used without its arguments");
                };
                let given = split(inside);
                let Some(actual) = actual(formal, &given) else {
                    return refuse(self, "is used with another number of arguments");
                };
                lexer.skip(rest.len() - after.len());
                substitute(&found.text, &actual)
            }
        };
        if depth >= DEPTH || !self.afford(text.len() + 1) {
            return refuse(self, "is not expanded: too deep or too long");
        }
        self.text(&text, file, line, depth + 1);
    }
}

/// Formal names with the text that takes their place.
fn actual<'f>(formal: &'f [(String, Option<String>)], given: &[&str]) -> Option<Vec<(&'f str, String)>> {
    // `M()` of a macro with one argument gives it an empty one.
    if given.len() > formal.len() && !(formal.is_empty() && given.iter().all(|g| g.trim().is_empty())) {
        return None;
    }
    formal
        .iter()
        .enumerate()
        .map(|(i, (name, default))| {
            let text = match (given.get(i).map(|g| g.trim()), default) {
                (Some("") | None, Some(default)) => default.clone(),
                (Some(text), _) => text.to_owned(),
                (None, None) => return None,
            };
            Some((name.as_str(), text))
        })
        .collect()
}

/// The text of a macro with its arguments put in; ` `` ` joins, `` `" `` makes a quote.
fn substitute(text: &str, actual: &[(&str, String)]) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("``") {
            rest = after;
        } else if let Some(after) = rest.strip_prefix("`\\`\"") {
            out.push_str("\\\"");
            rest = after;
        } else if let Some(after) = rest.strip_prefix("`\"") {
            out.push('"');
            rest = after;
        } else if c == '"' {
            let end = string_end(rest, true);
            out.push_str(&rest[..end]);
            rest = &rest[end..];
        } else if let Some((word, after)) = name(rest) {
            match actual.iter().find(|(n, _)| *n == word) {
                Some((_, value)) => out.push_str(value),
                None => out.push_str(word),
            }
            rest = after;
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    out
}

/// The identifier that a text begins with, and the rest.
fn name(text: &str) -> Option<(&str, &str)> {
    let end =
        text.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '$'))).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

/// What is between the bracket that a text begins with and its partner, and what follows.
fn group(text: &str) -> Option<(&str, &str)> {
    if !text.starts_with('(') {
        return None;
    }
    let mut depth = 0_u32;
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => {
                depth -= 1;
                if depth == 0 {
                    return Some((&text[1..at], &text[at + 1..]));
                }
            }
            '"' => {
                at += string_end(&text[at..], true);
                continue;
            }
            _ => {}
        }
        at += c.len_utf8();
    }
    None
}

/// Splits at commas outside brackets and strings.
fn split(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let (mut depth, mut start, mut at) = (0_i32, 0, 0);
    while let Some(c) = text[at..].chars().next() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => {
                out.push(&text[start..at]);
                start = at + 1;
            }
            '"' => {
                at += string_end(&text[at..], true);
                continue;
            }
            _ => {}
        }
        at += c.len_utf8();
    }
    out.push(&text[start..]);
    out
}
