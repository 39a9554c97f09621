// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Verilog and SystemVerilog modules: header, body items, digest.

mod ports;

use self::ports::{body_ports, header_ports, overrides, parameters, range};
use crate::hdl::expr::Expr;
use crate::hdl::lex::{Token, verilog};
use crate::hdl::{Instance, Item, Module, SyntaxError};
use crate::util;

/// Words that can never be a module name in front of an instance name.
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
];

pub(crate) fn read(
    file: &str,
    text: &str,
    defines: &[(String, String)],
    include: crate::hdl::lex::Include<'_>,
) -> Result<Vec<Module>, SyntaxError> {
    let tokens = verilog(text, defines, include);
    let mut reader = Reader { file, tokens: &tokens, at: 0 };
    let mut modules = Vec::new();
    while let Some(word) = reader.word().map(str::to_owned) {
        match word.as_str() {
            "module" | "macromodule" => modules.push(reader.module()?),
            "package" => reader.skip_to("endpackage"),
            "interface" => reader.skip_to("endinterface"),
            "program" => reader.skip_to("endprogram"),
            "class" => reader.skip_to("endclass"),
            "primitive" => reader.skip_to("endprimitive"),
            "(*" => reader.skip_to("*)"),
            "endmodule" => return Err(reader.fault(reader.at)),
            _ => reader.at += 1,
        }
    }
    Ok(modules)
}

struct Reader<'a> {
    file: &'a str,
    tokens: &'a [Token],
    at: usize,
}

impl Reader<'_> {
    fn word(&self) -> Option<&str> {
        self.peek(0)
    }

    fn peek(&self, ahead: usize) -> Option<&str> {
        self.tokens.get(self.at + ahead).map(|t| t.text.as_str())
    }

    fn line(&self) -> usize {
        self.tokens.get(self.at).or(self.tokens.last()).map_or(1, |t| t.line)
    }

    fn fault(&self, at: usize) -> SyntaxError {
        let token = self.tokens.get(at).or(self.tokens.last());
        SyntaxError {
            file: self.file.to_owned(),
            line: token.map_or(1, |t| t.line),
            near: self.tokens.get(at).map_or_else(|| "end of file".to_owned(), |t| t.text.clone()),
        }
    }

    fn eat(&mut self, text: &str) -> bool {
        let is = self.word() == Some(text);
        self.at += usize::from(is);
        is
    }

    fn skip_to(&mut self, text: &str) {
        while self.word().is_some_and(|w| w != text) {
            self.at += 1;
        }
        self.at += 1;
    }

    /// The tokens of a bracketed group at the cursor, without the brackets.
    fn group(&mut self) -> Result<Vec<String>, SyntaxError> {
        let start = self.at;
        let mut depth = 0;
        let mut inside = Vec::new();
        while let Some(word) = self.word().map(str::to_owned) {
            match word.as_str() {
                "(" | "[" | "{" => depth += 1,
                ")" | "]" | "}" => depth -= 1,
                "endmodule" => return Err(self.fault(self.at)),
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return Ok(inside);
            }
            if self.at - 1 > start {
                inside.push(word);
            }
        }
        Err(self.fault(start))
    }

    fn module(&mut self) -> Result<Module, SyntaxError> {
        let start = self.at;
        self.at += 1;
        while matches!(self.word(), Some("automatic" | "static")) {
            self.at += 1;
        }
        let line = self.line();
        let Some(name) = self.tokens.get(self.at).filter(|t| t.is_word()).map(|t| t.text.clone()) else {
            return Err(self.fault(self.at));
        };
        self.at += 1;
        while self.eat("import") {
            self.skip_to(";");
        }
        let mut module = Module {
            name,
            ports: Vec::new(),
            params: Vec::new(),
            items: Vec::new(),
            file: self.file.to_owned(),
            line,
            digest: String::new(),
            empty: true,
            weight: 0,
        };
        if self.eat("#") {
            let words = self.group()?;
            parameters(&words, false, &mut module);
        }
        let mut order = Vec::new();
        if self.word() == Some("(") {
            let words = self.group()?;
            order = header_ports(&words, &mut module);
        }
        if !self.eat(";") {
            return Err(self.fault(self.at));
        }
        module.items = self.items(&mut module, "endmodule")?;
        if !order.is_empty() {
            // Non-ANSI: the header gives the order, the body the declarations.
            let place = |n: &str| order.iter().position(|o| o == n).unwrap_or(usize::MAX);
            module.ports.sort_by_key(|p| place(&p.name));
        }
        let words: Vec<&str> =
            self.tokens[start..self.at.min(self.tokens.len())].iter().map(|t| t.text.as_str()).collect();
        module.digest = util::digest(&words);
        module.empty = module.items.is_empty() && module.weight == 0;
        Ok(module)
    }

    /// Body items up to (and with) the word `end`.
    fn items(&mut self, module: &mut Module, end: &str) -> Result<Vec<Item>, SyntaxError> {
        let mut items = Vec::new();
        loop {
            let Some(word) = self.word().map(str::to_owned) else { return Err(self.fault(self.at)) };
            if word == end {
                self.at += 1;
                self.label();
                return Ok(items);
            }
            if let Some(found) = self.item(module, &word)? {
                items.push(found);
            }
        }
    }

    fn item(&mut self, module: &mut Module, word: &str) -> Result<Option<Item>, SyntaxError> {
        match word {
            "endmodule" | "end" | "module" => return Err(self.fault(self.at)),
            "(*" => self.skip_to("*)"),
            "generate" | "endgenerate" | ";" => self.at += 1,
            "input" | "output" | "inout" => {
                let words = self.statement_words()?;
                body_ports(&words, module);
            }
            "parameter" | "localparam" => {
                let words = self.statement_words()?;
                parameters(&words, word == "localparam", module);
            }
            "function" => self.skip_to("endfunction"),
            "task" => self.skip_to("endtask"),
            "specify" => self.skip_to("endspecify"),
            "property" => self.skip_to("endproperty"),
            "covergroup" => self.skip_to("endgroup"),
            "clocking" => self.skip_to("endclocking"),
            "sequence" => self.skip_to("endsequence"),
            "checker" => self.skip_to("endchecker"),
            "interface" => self.skip_to("endinterface"),
            "class" => self.skip_to("endclass"),
            "always" | "always_ff" | "always_comb" | "always_latch" | "initial" | "final" => {
                self.at += 1;
                module.weight += 1;
                let from = self.at;
                self.procedural()?;
                module.weight += (self.at - from) as u64 / 8;
            }
            "case" | "casex" | "casez" => self.skip_to("endcase"),
            "for" => return self.for_loop(module).map(Some),
            "if" => return self.if_else(module).map(Some),
            "begin" => {
                self.at += 1;
                let label = self.label();
                let items = self.items(module, "end")?;
                return Ok(Some(Item::Block { label, items }));
            }
            _ => return self.instance_or_other(module),
        }
        Ok(None)
    }

    /// `: name` after begin or end.
    fn label(&mut self) -> String {
        if self.word() == Some(":") {
            self.at += 2;
            return self.tokens.get(self.at - 1).map(|t| t.text.clone()).unwrap_or_default();
        }
        String::new()
    }

    /// Words up to the semicolon, which is taken.
    fn statement_words(&mut self) -> Result<Vec<String>, SyntaxError> {
        let mut words = Vec::new();
        let mut depth = 0_i32;
        while let Some(word) = self.word().map(str::to_owned) {
            if word == "endmodule" {
                return Err(self.fault(self.at));
            }
            self.at += 1;
            match word.as_str() {
                "(" | "[" | "{" => depth += 1,
                ")" | "]" | "}" => depth -= 1,
                ";" if depth <= 0 => return Ok(words),
                _ => {}
            }
            words.push(word);
        }
        Err(self.fault(self.at))
    }

    /// Skips one procedural statement.
    fn procedural(&mut self) -> Result<(), SyntaxError> {
        let Some(word) = self.word().map(str::to_owned) else { return Err(self.fault(self.at)) };
        match word.as_str() {
            "begin" | "fork" => self.balanced(),
            "case" | "casex" | "casez" | "randcase" => {
                self.skip_to("endcase");
                Ok(())
            }
            "if" => {
                self.at += 1;
                self.group()?;
                self.procedural()?;
                if self.eat("else") { self.procedural() } else { Ok(()) }
            }
            "for" | "while" | "repeat" | "foreach" | "wait" => {
                self.at += 1;
                self.group()?;
                self.procedural()
            }
            "unique" | "unique0" | "priority" | "forever" | "assert" => {
                self.at += 1;
                self.procedural()
            }
            "@" | "#" => {
                self.at += 1;
                if self.word() == Some("(") {
                    self.group()?;
                } else {
                    self.at += 1;
                }
                self.procedural()
            }
            "endmodule" => Err(self.fault(self.at)),
            _ => self.statement_words().map(drop),
        }
    }

    /// From a `begin` to its `end`, nested blocks with it.
    fn balanced(&mut self) -> Result<(), SyntaxError> {
        let mut depth = 0;
        while let Some(word) = self.word().map(str::to_owned) {
            match word.as_str() {
                // `disable fork` and `wait fork` open nothing.
                "fork"
                    if matches!(
                        self.at.checked_sub(1).map(|i| self.tokens[i].text.as_str()),
                        Some("disable" | "wait")
                    ) => {}
                "begin" | "fork" => depth += 1,
                "end" | "join" | "join_any" | "join_none" => depth -= 1,
                "endmodule" => return Err(self.fault(self.at)),
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                self.label();
                return Ok(());
            }
        }
        Err(self.fault(self.at))
    }

    fn branch(&mut self, module: &mut Module) -> Result<(String, Vec<Item>), SyntaxError> {
        if self.eat("begin") {
            let label = self.label();
            return Ok((label, self.items(module, "end")?));
        }
        let Some(word) = self.word().map(str::to_owned) else { return Err(self.fault(self.at)) };
        Ok((String::new(), self.item(module, &word)?.into_iter().collect()))
    }

    fn for_loop(&mut self, module: &mut Module) -> Result<Item, SyntaxError> {
        self.at += 1;
        let words = self.group()?;
        let parts: Vec<&[String]> = words.split(|w| w == ";").collect();
        let [init, until, step] = parts.as_slice() else { return Err(self.fault(self.at)) };
        let init: Vec<String> =
            init.iter().filter(|w| !matches!(w.as_str(), "genvar" | "int" | "integer")).cloned().collect();
        let var = init.first().cloned().unwrap_or_default();
        let from = Expr(init.get(2..).unwrap_or_default().to_vec());
        let step = match step {
            [_, op] | [op, _] if op == "++" || op == "--" => {
                Expr(vec![var.clone(), op[..1].to_owned(), "1".to_owned()])
            }
            [_, op, rest @ ..] if op == "+=" => {
                let mut words = vec![var.clone(), "+".to_owned()];
                words.extend(rest.iter().cloned());
                Expr(words)
            }
            [_, _, rest @ ..] => Expr(rest.to_vec()),
            _ => Expr::default(),
        };
        let (label, items) = self.branch(module)?;
        Ok(Item::For { var, from, until: Expr(until.to_vec()), step, label, items })
    }

    fn if_else(&mut self, module: &mut Module) -> Result<Item, SyntaxError> {
        self.at += 1;
        let cond = Expr(self.group()?);
        let (label, then) = self.branch(module)?;
        let (other_label, other) = if self.eat("else") { self.branch(module)? } else { Default::default() };
        Ok(Item::If { cond, label, then, other_label, other })
    }

    fn instance_or_other(&mut self, module: &mut Module) -> Result<Option<Item>, SyntaxError> {
        let start = self.at;
        let token = &self.tokens[self.at];
        let (name, line) = (token.text.clone(), token.line);
        let may_be = token.is_word() && !KEYWORDS.contains(&name.as_str());
        let next_is_name =
            self.tokens.get(self.at + 1).is_some_and(|t| t.is_word() && !KEYWORDS.contains(&t.text.as_str()));
        if may_be && (self.peek(1) == Some("#") || next_is_name) {
            self.at += 1;
            let params = if self.eat("#") {
                if self.word() == Some("(") {
                    overrides(&self.group()?)
                } else {
                    self.at += 1;
                    Vec::new()
                }
            } else {
                Vec::new()
            };
            if let Some(inst) = self.tokens.get(self.at).filter(|t| t.is_word()).map(|t| t.text.clone()) {
                self.at += 1;
                let range = if self.word() == Some("[") { range(&self.group()?) } else { None };
                if self.word() == Some("(") {
                    self.group()?;
                    // `, second (...)` in one statement shares the module and the parameters.
                    let first = Item::Instance(Instance {
                        module: name.clone(),
                        name: inst,
                        line,
                        params: params.clone(),
                        range,
                    });
                    let mut all = vec![first];
                    while self.eat(",") {
                        let Some(inst) = self.tokens.get(self.at).map(|t| t.text.clone()) else { break };
                        self.at += 1;
                        if self.word() == Some("(") {
                            self.group()?;
                        }
                        all.push(Item::Instance(Instance {
                            module: name.clone(),
                            name: inst,
                            line,
                            params: params.clone(),
                            range: None,
                        }));
                    }
                    // Anything else than a semicolon here was no instance after all.
                    if self.eat(";") {
                        if all.len() == 1 {
                            return Ok(all.pop());
                        }
                        return Ok(Some(Item::Block { label: String::new(), items: all }));
                    }
                }
            }
            self.at = start;
        }
        let declaration = matches!(
            name.as_str(),
            "wire" | "reg" | "logic" | "genvar" | "integer" | "typedef" | "int" | "bit"
        );
        let words = self.statement_words()?;
        if !declaration || words.iter().any(|w| w == "=") {
            module.weight += 1 + words.len() as u64 / 8;
        }
        if words.is_empty() && self.at == start {
            self.at += 1;
        }
        Ok(None)
    }
}
