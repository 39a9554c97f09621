// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Bodies of modules: instances and generate constructs; procedural code is only passed over.

use super::header::ansi_ports;
use super::{Read, Reader};
use crate::cursor::{Cursor, outside, split, unknown_in};
use crate::expr::Expr;
use crate::module::{Block, Instance, Item, Module};
use crate::preprocess::DECLARES;
use crate::scope::Decl;
use crate::token::{Kind, Token};
use crate::types::{TypeExpr, dims};

/// Blocks inside each other beyond this are a fault: no stack is spent on them.
const DEPTH: u32 = 128;

/// Words that can never be a module's name in front of an instance's.
const KEYWORDS: &[&str] = &[
    "let",
    "bind",
    "alias",
    "event",
    "string",
    "shortint",
    "longint",
    "chandle",
    "const",
    "sequence",
    "cover",
    "assume",
    "restrict",
    "global",
    "virtual",
    "nettype",
    "interconnect",
    "rand",
    "extern",
    "timeunit",
    "timeprecision",
    "uwire",
    "wand",
    "wor",
    "realtime",
    "type",
    "input",
    "output",
    "inout",
    "wire",
    "reg",
    "logic",
    "bit",
    "byte",
    "int",
    "integer",
    "real",
    "time",
    "tri",
    "tri0",
    "tri1",
    "supply0",
    "supply1",
    "signed",
    "unsigned",
    "parameter",
    "localparam",
    "assign",
    "always",
    "always_ff",
    "always_comb",
    "always_latch",
    "initial",
    "final",
    "function",
    "endfunction",
    "task",
    "endtask",
    "generate",
    "endgenerate",
    "begin",
    "end",
    "if",
    "else",
    "for",
    "case",
    "casex",
    "casez",
    "endcase",
    "module",
    "endmodule",
    "genvar",
    "typedef",
    "enum",
    "struct",
    "union",
    "import",
    "export",
    "specify",
    "endspecify",
    "defparam",
    "var",
    "automatic",
    "static",
    "assert",
    "property",
    "endproperty",
    "default",
    "return",
    "primitive",
    "trireg",
    "triand",
    "trior",
    "shortreal",
];

/// Gates of the language, whose instances may have no name.
const GATES: [&str; 26] = [
    "and", "or", "nand", "nor", "xor", "xnor", "not", "buf", "bufif0", "bufif1", "notif0", "notif1", "tran",
    "tranif0", "tranif1", "rtran", "rtranif0", "rtranif1", "pullup", "pulldown", "cmos", "rcmos", "nmos",
    "pmos", "rnmos", "rpmos",
];

impl Reader<'_> {
    /// Body items up to (and with) the word `end`.
    pub(super) fn items(&mut self, module: &mut Module, end: &str) -> Read<Vec<Item>> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(self.fault());
        }
        let mut items = Vec::new();
        // Generate constructs of a scope are counted: those without a label are named by it (IEEE 1800-2017, 27.6).
        let mut count = 0;
        loop {
            let Some(token) = self.c.peek() else { return Err(self.fault()) };
            if token.key(end) {
                self.c.at += 1;
                self.label();
                self.depth -= 1;
                return Ok(items);
            }
            self.item(module, &mut items, &mut count, end != "end")?;
        }
    }

    /// `outermost`: declarations are the module's own.
    fn item(
        &mut self,
        module: &mut Module,
        items: &mut Vec<Item>,
        count: &mut u32,
        outermost: bool,
    ) -> Read<()> {
        let Some(token) = self.c.peek() else { return Err(self.fault()) };
        if token.kind == Kind::Unknown {
            return self.unknown(module, items, outermost);
        }
        if let Some(found) = self.declaration()? {
            let place: &mut Vec<Item> = items;
            if outermost {
                module.decls.extend(found);
            } else {
                place.extend(found.into_iter().map(Item::Decl));
            }
            return Ok(());
        }
        let word = if token.kind == Kind::Word { &*token.text } else { "" };
        match word {
            "module" | "macromodule" => self.nested(module)?,
            "endmodule" | "end" | "endinterface" | "endpackage" => return Err(self.fault()),
            "generate" | "endgenerate" => self.c.at += 1,
            "input" | "output" | "inout" => {
                let words = self.statement()?;
                if let Ok(ports) = ansi_ports(&split(words, ",")) {
                    self.declared.extend(ports);
                }
            }
            "task" => self.c.skip_to_key("endtask"),
            "specify" => self.c.skip_to_key("endspecify"),
            "property" => self.c.skip_to_key("endproperty"),
            "covergroup" => self.c.skip_to_key("endgroup"),
            "clocking" => self.c.skip_to_key("endclocking"),
            "sequence" => self.c.skip_to_key("endsequence"),
            "checker" => self.c.skip_to_key("endchecker"),
            "interface" => self.c.skip_to_key("endinterface"),
            "class" => self.c.skip_to_key("endclass"),
            "program" => self.c.skip_to_key("endprogram"),
            "always" | "always_ff" | "always_comb" | "always_latch" | "initial" | "final" => {
                self.c.at += 1;
                let from = self.c.at;
                self.procedural(0)?;
                module.weight += 1 + (self.c.at - from) as u64 / 8;
            }
            "for" => {
                *count += 1;
                let found = self.for_loop(module, *count)?;
                items.push(found);
            }
            "if" => {
                *count += 1;
                let found = self.if_else(module, *count)?;
                items.push(found);
            }
            "case" | "casex" | "casez" => {
                *count += 1;
                let found = self.case(module, *count)?;
                items.push(found);
            }
            "begin" => {
                self.c.at += 1;
                let label = self.label();
                let inner = self.items(module, "end")?;
                items.push(Item::Block(Block { label, items: inner }));
            }
            "defparam" => {
                self.statement()?;
                module.doubts.push("a `defparam` changes parameters of instances".into());
            }
            "bind" => {
                self.statement()?;
                module.doubts.push("a `bind` adds instances".into());
            }
            "modport" => {
                let words = self.statement()?;
                let text: Vec<&str> = words.iter().map(|t| &*t.text).collect();
                self.modports.push_str(&text.join(" "));
            }
            _ => return self.instance_or_other(module, items),
        }
        Ok(())
    }

    /// A module inside a module is passed over; where the outer one has no end of its own left, it is an `endmodule` that is missing before.
    fn nested(&mut self, module: &mut Module) -> Read<()> {
        let mut depth = 0_u32;
        for (i, token) in self.c.rest().iter().enumerate() {
            if token.key("module") || token.key("macromodule") {
                depth += 1;
            } else if token.key("endmodule") {
                depth -= 1;
                if depth == 0 {
                    let next = self.c.at + i + 1;
                    if !self.c.tokens[next..].iter().any(|t| t.key("endmodule")) {
                        break;
                    }
                    self.c.at = next;
                    self.label();
                    module.doubts.push("a module inside a module".into());
                    return Ok(());
                }
            }
        }
        Err(self.fault())
    }

    /// Something unknown among the items: a macro, a doubtful branch, an encrypted region.
    fn unknown(&mut self, module: &mut Module, items: &mut Vec<Item>, outermost: bool) -> Read<()> {
        let why = self.c.peek().map(|t| t.text.clone().into_owned()).unwrap_or_default();
        let next = self.c.ahead(1).filter(|t| t.kind == Kind::Word);
        if next.is_some_and(|t| DECLARES.contains(&&*t.text)) {
            if let Some(found) = self.declaration()? {
                if outermost {
                    module.decls.extend(found);
                } else {
                    items.extend(found.into_iter().map(Item::Decl));
                }
                return Ok(());
            }
            // A port that may not be there: not believed.
            self.c.at += 1;
            self.statement()?;
            return Ok(());
        }
        self.c.at += 1;
        if why == "an encrypted region" {
            module.weight += 1;
        }
        if self.c.is("(") {
            let _ = self.c.group();
        }
        items.push(Item::Doubt(why));
        Ok(())
    }

    /// Passes over one procedural statement.
    fn procedural(&mut self, depth: u32) -> Read<()> {
        if depth > 4 * DEPTH {
            return Err(self.fault());
        }
        loop {
            let Some(token) = self.c.peek() else { return Err(self.fault()) };
            let word = if token.kind == Kind::Word { &*token.text } else { "" };
            match word {
                "begin" | "fork" | "case" | "casex" | "casez" | "randcase" => return self.balanced(),
                "if" => {
                    self.c.at += 1;
                    self.group()?;
                    self.procedural(depth + 1)?;
                    if !self.c.eat_key("else") {
                        return Ok(());
                    }
                }
                "for" | "while" | "repeat" | "foreach" | "wait" => {
                    self.c.at += 1;
                    if !self.c.is("(") {
                        return self.statement().map(drop);
                    }
                    self.group()?;
                }
                "unique" | "unique0" | "priority" | "forever" | "assert" => self.c.at += 1,
                "endmodule" => return Err(self.fault()),
                _ if token.kind == Kind::Unknown => {
                    self.c.at += 1;
                    if self.c.is("(") {
                        let _ = self.c.group();
                    }
                    self.c.eat(";");
                    return Ok(());
                }
                _ if token.is("@") || token.is("#") || token.is("->") => {
                    self.c.at += 1;
                    if self.c.is("(") {
                        self.group()?;
                    } else {
                        self.c.at += 1;
                    }
                }
                // `label : statement`
                _ if token.word().is_some() && self.c.ahead(1).is_some_and(|t| t.is(":")) => self.c.at += 2,
                _ => return self.statement().map(drop),
            }
        }
    }

    /// From a `begin`, `fork` or `case` to its end, nested blocks with it.
    fn balanced(&mut self) -> Read<()> {
        let mut depth = 0_u32;
        while let Some(token) = self.c.peek() {
            let word = if token.kind == Kind::Word { &*token.text } else { "" };
            let before = self.c.at.checked_sub(1).map(|i| &self.c.tokens[i]);
            match word {
                // `disable fork` and `wait fork` open nothing.
                "fork" if before.is_some_and(|t| t.key("disable") || t.key("wait")) => {}
                "begin" | "fork" | "case" | "casex" | "casez" | "randcase" => depth += 1,
                "end" | "join" | "join_any" | "join_none" | "endcase" => depth = depth.saturating_sub(1),
                "endmodule" => return Err(self.fault()),
                _ => {}
            }
            self.c.at += 1;
            if depth == 0 {
                self.label();
                return Ok(());
            }
        }
        Err(self.fault())
    }

    /// A branch of a generate construct, named by the construct's number when it has no label.
    fn branch(&mut self, module: &mut Module, number: u32, of_loop: bool) -> Read<Block> {
        let unnamed = || format!("genblk{number}");
        // `label : begin`, as Verilog 1995 has it.
        let early = match (self.c.peek().and_then(Token::word), self.c.ahead(1), self.c.ahead(2)) {
            (Some(label), Some(colon), Some(begin)) if colon.is(":") && begin.key("begin") => {
                Some(label.to_owned())
            }
            _ => None,
        };
        if early.is_some() {
            self.c.at += 2;
        }
        if self.c.eat_key("begin") {
            let label = self.label();
            let label = early.or(Some(label)).filter(|l| !l.is_empty()).unwrap_or_else(unnamed);
            return Ok(Block { label, items: self.items(module, "end")? });
        }
        let direct = !of_loop && (self.c.key("if") || self.c.key("case"));
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(self.fault());
        }
        let mut items = Vec::new();
        // A condition right in a branch belongs to the construct around it (27.5).
        let mut count = if direct { number - 1 } else { 0 };
        self.item(module, &mut items, &mut count, false)?;
        self.depth -= 1;
        let label = if direct || items.is_empty() { String::new() } else { unnamed() };
        Ok(Block { label, items })
    }

    fn for_loop(&mut self, module: &mut Module, number: u32) -> Read<Item> {
        self.c.at += 1;
        let words = self.group()?;
        let parts: Vec<&[Token]> = words.split(|w| w.is(";")).collect();
        let [init, until, step] = parts.as_slice() else { return Err(self.fault()) };
        let skip = init
            .iter()
            .take_while(|t| ["genvar", "int", "integer", "automatic", "var"].iter().any(|k| t.key(k)))
            .count();
        let init = &init[skip..];
        let Some(var) = init.first().and_then(Token::word).map(str::to_owned) else {
            return Err(self.fault());
        };
        let from = if init.get(1).is_some_and(|t| t.is("=")) {
            Expr::verilog(&init[2..])
        } else {
            Expr::Unknown("a loop without a first value".into())
        };
        let step = step_of(&var, step);
        let until = Expr::verilog(until);
        let block = self.branch(module, number, true)?;
        Ok(Item::For { var, from, until, step, block })
    }

    fn if_else(&mut self, module: &mut Module, number: u32) -> Read<Item> {
        self.c.at += 1;
        let condition = Expr::verilog(self.group()?);
        let then = self.branch(module, number, false)?;
        let other =
            if self.c.eat_key("else") { self.branch(module, number, false)? } else { Block::default() };
        Ok(Item::If { condition, then, other })
    }

    fn case(&mut self, module: &mut Module, number: u32) -> Read<Item> {
        let plain = self.c.key("case");
        self.c.at += 1;
        let words = self.group()?;
        let of = if plain { Expr::verilog(words) } else { Expr::Unknown("a case with wildcards".into()) };
        if self.c.key("inside") {
            return Err(self.fault());
        }
        let (mut arms, mut default) = (Vec::new(), None);
        loop {
            if self.c.eat_key("endcase") {
                return Ok(Item::Case { of, arms, default });
            }
            if self.c.eat_key("default") {
                self.c.eat(":");
                default = Some(self.branch(module, number, false)?);
                continue;
            }
            let rest = self.c.rest();
            let colon = outside(rest, |t| t.is(":") || t.is(";") || t.key("endcase") || t.key("endmodule"));
            let Some(colon) = colon.filter(|c| rest[*c].is(":")) else { return Err(self.fault()) };
            let values = split(&rest[..colon], ",").into_iter().map(Expr::verilog).collect();
            self.c.at += colon + 1;
            let block = self.branch(module, number, false)?;
            arms.push((values, block));
        }
    }

    fn instance_or_other(&mut self, module: &mut Module, items: &mut Vec<Item>) -> Read<()> {
        let start = self.c;
        let Some(token) = self.c.peek() else { return Err(self.fault()) };
        let name = token.text.clone().into_owned();
        let gate = token.kind == Kind::Word && GATES.contains(&&*name);
        let word = |t: Option<&Token>| {
            t.is_some_and(|t| {
                t.kind == Kind::Escaped || t.kind == Kind::Word && !KEYWORDS.contains(&&*t.text)
            })
        };
        let may_be =
            word(Some(token)) && (word(self.c.ahead(1)) || self.c.ahead(1).is_some_and(|t| t.is("#")));
        if may_be && !gate {
            if let Some(found) = self.instances() {
                items.extend(found);
                return Ok(());
            }
            self.c = start;
        }
        let declares = ["wire", "reg", "logic", "genvar", "integer", "int", "bit"].iter().any(|k| *k == name);
        if self.c.eat(";") {
            return Ok(());
        }
        let words = self.statement()?;
        if name == "enum" || name == "struct" || name == "union" {
            // A variable of a type without a name: its members are constants.
            let of = TypeExpr::head(words.get(..enumeration_end(words)).unwrap_or_default());
            module.decls.push(Decl::Typedef { name: format!("{name} at {}", self.c.line()), of });
        }
        if self.signals.is_some() && name != "assign" {
            self.signals(words);
        }
        if name == "genvar" || words.is_empty() {
            return Ok(());
        }
        if let Some(why) = unknown_in(words) {
            // A macro within a statement may be more than a part of it.
            items.push(Item::Doubt(why));
        }
        if !declares || words.iter().any(|w| w.is("=")) {
            module.weight += 1 + words.len() as u64 / 8;
        }
        Ok(())
    }

    /// `module #(parameters) name [range] (connections), ... ;` None when it is something else.
    fn instances(&mut self) -> Option<Vec<Item>> {
        let line = self.c.line();
        let module = self.c.word()?.to_owned();
        let mut params = Vec::new();
        if self.c.eat("#") {
            if self.c.is("(") {
                params = overrides(self.c.group()?);
            } else {
                params = vec![(None, Expr::verilog(std::slice::from_ref(self.c.next()?)))];
            }
        }
        let mut out = Vec::new();
        loop {
            let name = self.c.word()?.to_owned();
            let dims = dims(&mut self.c);
            self.c.is("(").then_some(())?;
            self.c.group()?;
            out.push(Item::Instance(Instance {
                module: module.clone(),
                name,
                line,
                params: params.clone(),
                dims,
                architecture: None,
            }));
            if self.c.eat(";") {
                return Some(out);
            }
            // Anything else here was no instance after all.
            self.c.eat(",").then_some(())?;
        }
    }
}

fn enumeration_end(words: &[Token]) -> usize {
    let mut c = Cursor::new(words);
    while !c.done() && !c.is("{") {
        c.at += 1;
    }
    let _ = c.group();
    c.at
}

/// The value of a loop's variable after a turn.
fn step_of(var: &str, step: &[Token]) -> Expr {
    let name = || Box::new(Expr::Name(var.to_owned()));
    let one = || Box::new(Expr::int(1));
    match step {
        [a, b] if a.is("++") || b.is("++") => Expr::Binary("+", name(), one()),
        [a, b] if a.is("--") || b.is("--") => Expr::Binary("-", name(), one()),
        [_, op, rest @ ..] if op.is("=") => Expr::verilog(rest),
        [_, op, rest @ ..] => match ["+", "-", "*", "<<", ">>"].iter().find(|o| op.is(&format!("{o}="))) {
            Some(operator) => Expr::Binary(operator, name(), Box::new(Expr::verilog(rest))),
            None => Expr::Unknown("a loop's step was not understood".into()),
        },
        _ => Expr::Unknown("a loop's step was not understood".into()),
    }
}

/// Parameters of an instance, by name or by place.
fn overrides(words: &[Token]) -> Vec<(Option<String>, Expr)> {
    split(words, ",")
        .into_iter()
        .map(|part| match part {
            [dot, name, open, value @ .., _close] if dot.is(".") && open.is("(") => {
                (name.word().map(str::to_owned), Expr::verilog(value))
            }
            _ => (None, Expr::verilog(part)),
        })
        .collect()
}
