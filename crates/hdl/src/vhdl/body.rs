// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Statements of VHDL: instances and generates of architectures, and the bodies of functions.

use super::decl::{Declared, declarations};
use super::expr::{dim, expr};
use crate::cursor::{Cursor, outside, split};
use crate::expr::Expr;
use crate::function::{Function, Stmt};
use crate::module::{Block, Instance, Item};
use crate::scope::Decl;
use crate::token::{Token, show};
use crate::types::{Dim, TypeExpr};

/// Generates inside each other.
const DEPTH: u32 = 64;

/// The instances and generates among the concurrent statements of a part.
pub(super) fn statements(
    tokens: &[Token],
    known: &Declared,
    doubts: &mut Vec<String>,
    depth: u32,
) -> Vec<Item> {
    let mut items = Vec::new();
    let mut c = Cursor::new(tokens);
    if depth > DEPTH {
        doubts.push("generates are nested too deeply".into());
        return items;
    }
    while let Some(token) = c.peek() {
        if token.vkey("process") && !before(&c).is_some_and(|t| t.vkey("end")) {
            skip_past(&mut c, "process");
            continue;
        }
        let labelled = token.word().is_some() && c.ahead(1).is_some_and(|t| t.is(":"));
        if !labelled {
            c.at += 1;
            continue;
        }
        let (label, line) = (token.text.clone().into_owned(), token.line);
        c.at += 2;
        if c.vkey("postponed") {
            c.at += 1;
        }
        if c.vkey("process") {
            skip_past(&mut c, "process");
        } else if c.vkey("block") {
            doubts.push(format!("block `{label}`: how its cells are named"));
            let start = c.at;
            skip_past(&mut c, "block");
            let inner = &c.tokens[start + 1..c.at];
            let from = inner.iter().position(|t| t.vkey("begin")).map_or(0, |b| b + 1);
            items.push(Item::Block(Block {
                label,
                items: statements(&inner[from..], known, doubts, depth + 1),
            }));
        } else if (c.vkey("for") || c.vkey("if") || c.vkey("case"))
            && let Some(generate) = outside(c.rest(), |t| t.vkey("generate") || t.is(";"))
            && c.rest()[generate].vkey("generate")
        {
            let head = &c.rest()[1..generate];
            let end = generate_end(c.tokens, c.at + generate + 1);
            let inside = &c.tokens[c.at + generate + 1..end];
            if c.vkey("for") {
                items.push(for_generate(head, label, inside, known, doubts, depth));
            } else if c.vkey("if") {
                items.push(if_generate(head, &label, inside, known, doubts, depth));
            } else {
                items.push(case_generate(head, &label, inside, known, doubts, depth));
            }
            c.at = end + 2;
        } else if let Some(instance) = instance(&mut c, label, line, known) {
            items.push(Item::Instance(instance));
        }
    }
    items
}

fn before<'t>(c: &Cursor<'t>) -> Option<&'t Token> {
    c.at.checked_sub(1).and_then(|i| c.tokens.get(i))
}

/// Goes behind `end WORD`.
fn skip_past(c: &mut Cursor<'_>, word: &str) {
    c.at += 1;
    while let Some(token) = c.next() {
        if token.vkey(word) && c.at >= 2 && c.tokens[c.at - 2].vkey("end")
            || token.vkey("postponed") && c.vkey(word)
        {
            return;
        }
    }
}

/// A declarative part with a `begin` in front of the statements of a generate.
fn part(label: String, inside: &[Token], known: &Declared, doubts: &mut Vec<String>, depth: u32) -> Block {
    const DECLARES: [&str; 12] = [
        "signal",
        "constant",
        "component",
        "attribute",
        "type",
        "subtype",
        "function",
        "file",
        "shared",
        "alias",
        "use",
        "procedure",
    ];
    let mut items = Vec::new();
    let mut rest = inside;
    if inside.first().is_some_and(|t| DECLARES.iter().any(|k| t.vkey(k)) || t.vkey("begin") || t.vkey("for"))
    {
        let mut c = Cursor::new(inside);
        let mut own = Declared::default();
        declarations(&mut c, &mut own);
        c.eat_vkey("begin");
        rest = c.rest();
        items.extend(own.decls.drain(..).map(Item::Decl));
        if !own.bindings.is_empty() {
            doubts.push("a configuration specification inside a generate".into());
        }
        doubts.append(&mut own.doubts);
    }
    items.extend(statements(rest, known, doubts, depth + 1));
    Block { label, items }
}

/// Index of the `end` of a generate.
fn generate_end(tokens: &[Token], from: usize) -> usize {
    let mut depth = 1_u32;
    for at in from..tokens.len() {
        if !tokens[at].vkey("generate") {
            continue;
        }
        if tokens[at - 1].vkey("end") {
            depth -= 1;
            if depth == 0 {
                return at - 1;
            }
        } else if !continues(tokens, at, from) {
            depth += 1;
        }
    }
    tokens.len()
}

/// Whether the `generate` at `at` belongs to an `elsif` or `else` of an `if generate`.
fn continues(tokens: &[Token], at: usize, from: usize) -> bool {
    tokens[from..at]
        .iter()
        .rev()
        .find(|t| {
            t.is(";") || t.vkey("elsif") || t.vkey("else") || t.vkey("if") || t.vkey("for") || t.vkey("case")
        })
        .is_some_and(|t| t.vkey("elsif") || t.vkey("else"))
}

fn for_generate(
    head: &[Token],
    label: String,
    inside: &[Token],
    known: &Declared,
    doubts: &mut Vec<String>,
    depth: u32,
) -> Item {
    let var = head.first().and_then(Token::word).unwrap_or_default().to_owned();
    let (from, until, step) = if let Dim::Directed(left, right, down) = dim(head.get(2..).unwrap_or_default())
    {
        let name = || Box::new(Expr::Name(var.clone()));
        let until = Expr::Binary(if down { ">=" } else { "<=" }, name(), Box::new(right));
        let step = Expr::Binary(if down { "-" } else { "+" }, name(), Box::new(Expr::int(1)));
        (left, until, step)
    } else {
        let why = || Expr::Unknown(format!("the range `{}` is not evaluated", show(head)));
        (why(), why(), why())
    };
    Item::For { var, from, until, step, block: part(label, inside, known, doubts, depth) }
}

/// `if C generate .. elsif D generate .. else generate ..`
fn if_generate(
    head: &[Token],
    label: &str,
    inside: &[Token],
    known: &Declared,
    doubts: &mut Vec<String>,
    depth: u32,
) -> Item {
    // The next branch at this level.
    let mut level = 0_u32;
    let mut next = None;
    for at in 0..inside.len() {
        let after_end = at > 0 && inside[at - 1].vkey("end");
        if inside[at].vkey("generate") {
            if after_end {
                level = level.saturating_sub(1);
            } else if !continues(inside, at, 0) {
                level += 1;
            }
        } else if level == 0
            && (inside[at].vkey("elsif") || inside[at].vkey("else"))
            && let Some(generate) = outside(&inside[at..], |t| t.vkey("generate") || t.is(";"))
            && inside[at + generate].vkey("generate")
        {
            next = Some((at, at + generate));
            break;
        }
    }
    let (own, other) = match next {
        None => (inside, Block::default()),
        Some((at, generate)) => {
            let rest = &inside[generate + 1..];
            let other = if inside[at].vkey("else") {
                part(label.to_owned(), rest, known, doubts, depth)
            } else {
                let nested = if_generate(&inside[at + 1..generate], label, rest, known, doubts, depth + 1);
                Block { label: String::new(), items: vec![nested] }
            };
            (&inside[..at], other)
        }
    };
    // `if label : condition generate`
    let (inner, head) = alternative(head);
    let label = inner.unwrap_or(label).to_owned();
    Item::If { condition: expr(head), then: part(label, own, known, doubts, depth), other }
}

fn alternative(head: &[Token]) -> (Option<&str>, &[Token]) {
    match head {
        [name, colon, rest @ ..] if colon.is(":") => (name.word(), rest),
        other => (None, other),
    }
}

fn case_generate(
    head: &[Token],
    label: &str,
    inside: &[Token],
    known: &Declared,
    doubts: &mut Vec<String>,
    depth: u32,
) -> Item {
    // `when` at the level of this case.
    let mut starts = Vec::new();
    let mut level = 0_u32;
    for at in 0..inside.len() {
        if inside[at].vkey("generate") {
            if at > 0 && inside[at - 1].vkey("end") {
                level = level.saturating_sub(1);
            } else if !continues(inside, at, 0) {
                level += 1;
            }
        } else if inside[at].vkey("when") && level == 0 && (at == 0 || inside[at - 1].is(";")) {
            starts.push(at);
        }
    }
    let (mut arms, mut default) = (Vec::new(), None);
    for (i, start) in starts.iter().enumerate() {
        let end = starts.get(i + 1).copied().unwrap_or(inside.len());
        let arm = &inside[start + 1..end];
        let Some(arrow) = outside(arm, |t| t.is("=>")) else { continue };
        let (inner, choices) = alternative(&arm[..arrow]);
        let block = part(inner.unwrap_or(label).to_owned(), &arm[arrow + 1..], known, doubts, depth);
        if choices.first().is_some_and(|t| t.vkey("others")) {
            default = Some(block);
        } else {
            arms.push((split(choices, "|").into_iter().map(expr).collect(), block));
        }
    }
    Item::Case { of: expr(head), arms, default }
}

/// `[entity lib.]name[(arch)] [generic map (..)] [port map (..)];` The cursor goes behind it, or one word on.
fn instance(c: &mut Cursor<'_>, label: String, line: usize, known: &Declared) -> Option<Instance> {
    let start = c.at;
    let direct = c.eat_vkey("entity");
    let of_configuration = !direct && c.eat_vkey("configuration");
    let as_component = !direct && !of_configuration && c.eat_vkey("component");
    let mut module = c.word()?.to_owned();
    while c.eat(".") {
        c.word()?.clone_into(&mut module);
    }
    let mut architecture = None;
    if direct && c.is("(") {
        architecture = c.group()?.first().and_then(Token::word).map(str::to_owned);
    }
    let mut params = Vec::new();
    let mut maps = false;
    if c.vkey("generic") && c.ahead(1).is_some_and(|t| t.vkey("map")) {
        c.at += 2;
        params = split(c.group()?, ",").into_iter().map(association).collect();
        maps = true;
    }
    maps |= c.vkey("port") && c.ahead(1).is_some_and(|t| t.vkey("map"));
    let declared = known.components.iter().any(|n| n.eq_ignore_ascii_case(&module));
    if !(maps || direct || as_component || of_configuration || declared && c.is(";")) {
        c.at = start;
        return None;
    }
    let _ = c.until(";");
    if !direct
        && let Some(binding) = known.bindings.iter().find(|b| {
            b.component.eq_ignore_ascii_case(&module)
                && b.labels.as_ref().is_none_or(|l| l.iter().any(|l| l.eq_ignore_ascii_case(&label)))
        })
    {
        module.clone_from(&binding.entity);
        architecture.clone_from(&binding.architecture);
    }
    Some(Instance { module, name: label, line, params, dims: Vec::new(), architecture })
}

fn association(words: &[Token]) -> (Option<String>, Expr) {
    match words {
        [name, arrow, value @ ..] if arrow.is("=>") => (name.word().map(str::to_owned), expr(value)),
        value => (None, expr(value)),
    }
}

/// Reads the body of a function: declarations, `begin`, statements.
pub(super) fn function(c: &mut Cursor<'_>, function: &mut Function) -> Result<(), String> {
    let mut found = Declared::default();
    while !c.eat_vkey("begin") {
        if c.vkey("variable") || c.vkey("constant") {
            c.at += 1;
            let words = c.until(";").ok_or("a variable does not end")?;
            let colon = words.iter().position(|t| t.is(":")).ok_or("a variable was not understood")?;
            let rest = &words[colon + 1..];
            let value = outside(rest, |t| t.is(":=")).map(|v| expr(&rest[v + 1..]));
            let of = TypeExpr::VhdlValue("integer");
            for name in words[..colon].iter().filter_map(Token::word) {
                function.locals.push((name.to_owned(), of.clone(), value.clone()));
            }
        } else if c.done() {
            return Err("it has no statements".into());
        } else {
            let before = c.at;
            declarations(c, &mut found);
            if found.decls.iter().any(|d| !matches!(d, Decl::Import { .. })) || c.at == before {
                return Err("declarations of its own".into());
            }
        }
    }
    function.body = block(c, 0)?;
    if c.done() { Ok(()) } else { Err("its statements were not understood".into()) }
}

/// Statements up to a word that ends or splits a block, which is not taken.
fn block(c: &mut Cursor<'_>, depth: u32) -> Result<Vec<Stmt>, String> {
    if depth > 32 {
        return Err("statements are nested too deeply".into());
    }
    let mut out = Vec::new();
    while !c.done() && !["end", "elsif", "else", "when"].iter().any(|k| c.vkey(k)) {
        out.push(statement(c, depth)?);
    }
    Ok(out)
}

fn statement(c: &mut Cursor<'_>, depth: u32) -> Result<Stmt, String> {
    let head = |c: &mut Cursor<'_>, word: &str| -> Result<Expr, String> {
        let length = outside(c.rest(), |t| t.vkey(word)).ok_or_else(|| format!("`{word}` is missing"))?;
        let found = expr(&c.rest()[..length]);
        c.at += length + 1;
        Ok(found)
    };
    let ended = |c: &mut Cursor<'_>, word: &str| -> Result<(), String> {
        if !(c.eat_vkey("end") && c.eat_vkey(word)) {
            return Err(format!("`end {word}` is missing"));
        }
        c.until(";").map(drop).ok_or_else(|| "a `;` is missing".to_owned())
    };
    if c.eat_vkey("if") {
        let condition = head(c, "then")?;
        let yes = Stmt::Block(Vec::new(), block(c, depth + 1)?);
        let mut branches = vec![(condition, yes)];
        let mut no = None;
        loop {
            if c.eat_vkey("elsif") {
                let condition = head(c, "then")?;
                branches.push((condition, Stmt::Block(Vec::new(), block(c, depth + 1)?)));
            } else if c.eat_vkey("else") {
                no = Some(Box::new(Stmt::Block(Vec::new(), block(c, depth + 1)?)));
            } else {
                break;
            }
        }
        ended(c, "if")?;
        for (condition, yes) in branches.into_iter().rev() {
            no = Some(Box::new(Stmt::If(condition, Box::new(yes), no)));
        }
        return no.map(|s| *s).ok_or_else(|| "an `if` without a branch".into());
    }
    if c.eat_vkey("while") {
        let condition = head(c, "loop")?;
        let body = Stmt::Block(Vec::new(), block(c, depth + 1)?);
        ended(c, "loop")?;
        return Ok(Stmt::While(condition, Box::new(body)));
    }
    if c.eat_vkey("for") {
        let name = c.word().ok_or("a loop without a name")?.to_owned();
        let length = outside(c.rest(), |t| t.vkey("loop")).ok_or("`loop` is missing")?;
        let range = dim(c.rest().get(1..length).unwrap_or_default());
        c.at += length + 1;
        let body = Box::new(Stmt::Block(Vec::new(), block(c, depth + 1)?));
        ended(c, "loop")?;
        let Dim::Directed(left, right, down) = range else {
            return Err("a loop's range is not evaluated".into());
        };
        return Ok(Stmt::Count(name, left, right, !down, body));
    }
    if c.eat_vkey("loop") {
        let body = Stmt::Block(Vec::new(), block(c, depth + 1)?);
        ended(c, "loop")?;
        return Ok(Stmt::While(Expr::int(1), Box::new(body)));
    }
    if c.eat_vkey("case") {
        let of = head(c, "is")?;
        let (mut arms, mut default) = (Vec::new(), None);
        while c.eat_vkey("when") {
            let length = outside(c.rest(), |t| t.is("=>")).ok_or("`=>` is missing")?;
            let choices = &c.rest()[..length];
            let others = choices.first().is_some_and(|t| t.vkey("others"));
            let values = split(choices, "|").into_iter().map(expr).collect();
            c.at += length + 1;
            let body = Stmt::Block(Vec::new(), block(c, depth + 1)?);
            if others {
                default = Some(Box::new(body));
            } else {
                arms.push((values, body));
            }
        }
        ended(c, "case")?;
        return Ok(Stmt::Case(of, arms, default));
    }
    let words = c.until(";").ok_or("a statement does not end")?;
    match words {
        [first, rest @ ..] if first.vkey("return") => {
            Ok(Stmt::Return((!rest.is_empty()).then(|| expr(rest))))
        }
        [first] if first.vkey("null") => Ok(Stmt::Empty),
        [first, rest @ ..] if first.vkey("exit") || first.vkey("next") => {
            let leave = if first.vkey("exit") { Stmt::Break } else { Stmt::Continue };
            match rest {
                [] => Ok(leave),
                [when, condition @ ..] if when.vkey("when") => {
                    Ok(Stmt::If(expr(condition), Box::new(leave), None))
                }
                _ => Err("a named loop is left".into()),
            }
        }
        [first, ..] if first.vkey("assert") || first.vkey("report") => Ok(Stmt::Empty),
        [name, assign, value @ ..] if assign.is(":=") && name.word().is_some() => {
            Ok(Stmt::Assign(name.text.clone().into_owned(), expr(value)))
        }
        other => Err(format!("`{}` is not followed", show(other))),
    }
}
