// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Verilog and SystemVerilog: what a file declares.
//!
//! Reading is tolerant: a fault is kept with its line, and reading goes on behind the module that it is in.

mod body;
mod function;
mod header;

use crate::Language;
use crate::cursor::{Cursor, unknown_in};
use crate::module::{BusInterface, Module, PortDecl, SyntaxError, Unit, digest};
use crate::preprocess::{Context, tokens};
use crate::scope::{Decl, Package};
use crate::token::{Kind, Token};
use crate::types::{TypeExpr, declarator};

/// Reads the text of a file.
pub(crate) fn read(file: &str, text: &str, context: &Context<'_>) -> Unit {
    let tokens = tokens(file, text, context);
    let mut reader = Reader::new(file, &tokens);
    let mut unit = Unit::default();
    while !reader.c.done() {
        reader.outside(&mut unit);
    }
    unit
}

/// The words of a text that stands alone, such as the value of a generic.
pub(crate) fn words(text: &str) -> Vec<Token> {
    tokens("", text, &Context::EMPTY)
}

pub(super) struct Reader<'t> {
    file: &'t str,
    c: Cursor<'t>,
    /// Blocks inside each other.
    depth: u32,
    /// Of the module that is being read: names in its port list, when they are declared in its body.
    wanted: Vec<String>,
    declared: Vec<PortDecl>,
    /// Signals of an interface; none in a module.
    signals: Option<Vec<PortDecl>>,
    modports: String,
}

type Read<T> = Result<T, SyntaxError>;

impl<'t> Reader<'t> {
    fn new(file: &'t str, tokens: &'t [Token]) -> Self {
        Self {
            file,
            c: Cursor::new(tokens),
            depth: 0,
            wanted: Vec::new(),
            declared: Vec::new(),
            signals: None,
            modports: String::new(),
        }
    }

    fn fault(&self) -> SyntaxError {
        let near = self.c.peek().map_or_else(|| "end of file".to_owned(), |t| t.text.clone().into_owned());
        SyntaxError { file: self.file.to_owned(), line: self.c.line(), near }
    }

    /// One thing outside of modules.
    fn outside(&mut self, unit: &mut Unit) {
        let Some(token) = self.c.peek() else { return };
        let word = if token.kind == Kind::Word { &*token.text } else { "" };
        match word {
            "module" | "macromodule" => match self.module("endmodule") {
                Ok((module, fault)) => {
                    unit.modules.push(module);
                    if let Some(fault) = fault {
                        unit.faults.push(fault);
                        self.c.skip_to_key("endmodule");
                    }
                }
                Err(fault) => {
                    unit.faults.push(fault);
                    self.c.skip_to_key("endmodule");
                }
            },
            "interface" if !self.c.ahead(1).is_some_and(|t| t.key("class")) => {
                match self.module("endinterface") {
                    Ok((module, fault)) => {
                        let fault = module.ports_fault.clone().or(fault.map(|f| {
                            unit.faults.push(f);
                            self.c.skip_to_key("endinterface");
                            "its text was not understood".to_owned()
                        }));
                        let mut signals = module.ports;
                        signals.extend(self.signals.take().unwrap_or_default());
                        let modports = std::mem::take(&mut self.modports);
                        unit.interfaces.push(BusInterface {
                            name: module.name,
                            decls: module.decls,
                            signals,
                            modports,
                            fault,
                        });
                    }
                    Err(fault) => {
                        unit.faults.push(fault);
                        self.signals = None;
                        self.c.skip_to_key("endinterface");
                    }
                }
            }
            "package" => self.package(unit),
            "program" => self.c.skip_to_key("endprogram"),
            // `interface class` too: a plain interface was taken above.
            "class" | "interface" => self.c.skip_to_key("endclass"),
            "primitive" => self.c.skip_to_key("endprimitive"),
            "config" => self.c.skip_to_key("endconfig"),
            "checker" => self.c.skip_to_key("endchecker"),
            "endmodule" => {
                unit.faults.push(self.fault());
                self.c.at += 1;
            }
            _ => match self.declaration() {
                Ok(Some(decls)) => unit.decls.extend(decls),
                Ok(None) => {
                    if token.kind == Kind::Unknown {
                        unit.doubts.push(token.text.clone().into_owned());
                    }
                    self.c.at += 1;
                }
                Err(fault) => {
                    unit.faults.push(fault);
                    self.c.at += 1;
                }
            },
        }
    }

    /// A declaration that may stand in packages, modules and outside of both. None when there is none here.
    fn declaration(&mut self) -> Read<Option<Vec<Decl>>> {
        let doubt = self.c.peek().filter(|t| t.kind == Kind::Unknown).map(|t| t.text.clone().into_owned());
        let mut ahead = self.c;
        if doubt.is_some() {
            ahead.at += 1;
        }
        let Some(token) = ahead.peek().filter(|t| t.kind == Kind::Word) else { return Ok(None) };
        let mut decls = match &*token.text {
            "parameter" | "localparam" => {
                self.c = ahead;
                let words = self.statement()?;
                header::parameters(words, false)
            }
            "import" => {
                self.c = ahead;
                let words = self.statement()?;
                header::imports(words)
            }
            "typedef" => {
                self.c = ahead;
                self.c.at += 1;
                let words = self.statement()?;
                header::typedef(words).into_iter().collect()
            }
            "function" => {
                self.c = ahead;
                self.function()?.into_iter().collect()
            }
            _ => return Ok(None),
        };
        if let Some(why) = doubt {
            for decl in &mut decls {
                let name = match decl {
                    Decl::Param(p) => p.name.clone(),
                    Decl::Typedef { name, .. }
                    | Decl::TypeParam { name, .. }
                    | Decl::Unknown { name, .. } => name.clone(),
                    Decl::Function(f) => f.name.clone(),
                    Decl::Import { package, .. } => {
                        // Not taken: what it would bring is not known here.
                        package.push_str(" (doubtful)");
                        continue;
                    }
                };
                *decl = Decl::Unknown { name, why: why.clone() };
            }
        }
        Ok(Some(decls))
    }

    fn package(&mut self, unit: &mut Unit) {
        self.c.at += 1;
        if self.c.key("automatic") || self.c.key("static") {
            self.c.at += 1;
        }
        let Some(name) = self.c.word() else { return };
        let mut package = Package { name: name.to_owned(), language: Language::Verilog, decls: Vec::new() };
        while let Some(token) = self.c.peek() {
            if token.key("endpackage") {
                self.c.at += 1;
                break;
            }
            match &*token.text {
                "class" if token.kind == Kind::Word => self.c.skip_to_key("endclass"),
                "task" if token.kind == Kind::Word => self.c.skip_to_key("endtask"),
                _ => match self.declaration() {
                    Ok(Some(decls)) => package.decls.extend(decls),
                    Ok(None) => {
                        if self.statement().is_err() {
                            self.c.at += 1;
                        }
                    }
                    Err(fault) => {
                        unit.faults.push(fault);
                        self.c.skip_to_key("endpackage");
                        break;
                    }
                },
            }
        }
        unit.packages.push(package);
    }

    /// Words up to the semicolon, which is taken.
    fn statement(&mut self) -> Read<&'t [Token]> {
        let start = self.c.at;
        let mut depth = 0_i32;
        while let Some(token) = self.c.peek() {
            if token.kind == Kind::Word && matches!(&*token.text, "endmodule" | "endpackage" | "endinterface")
            {
                return Err(self.fault());
            }
            self.c.at += 1;
            if token.kind == Kind::Sign {
                match &*token.text {
                    "(" | "[" | "{" => depth += 1,
                    ")" | "]" | "}" => depth -= 1,
                    ";" if depth <= 0 => return Ok(&self.c.tokens[start..self.c.at - 1]),
                    _ => {}
                }
            }
        }
        Err(self.fault())
    }

    /// A bracketed group, which must be there.
    fn group(&mut self) -> Read<&'t [Token]> {
        if let Some(inside) = self.c.group() {
            return Ok(inside);
        }
        // Reading ended where the text or its module does.
        while self.c.peek().is_some_and(|t| !t.key("endmodule")) {
            self.c.at += 1;
        }
        Err(self.fault())
    }

    /// `: name` after begin and end.
    fn label(&mut self) -> String {
        if self.c.eat(":") {
            return self.c.word().unwrap_or_default().to_owned();
        }
        String::new()
    }

    /// A module, and the fault in its body where there is one: its header counts all the same.
    fn module(&mut self, end: &str) -> Read<(Module, Option<SyntaxError>)> {
        let start = self.c.at;
        self.c.at += 1;
        let mut ports_fault = None;
        while let Some(token) = self.c.peek() {
            if token.kind == Kind::Unknown {
                ports_fault = Some(token.text.clone().into_owned());
            } else if !token.key("automatic") && !token.key("static") {
                break;
            }
            self.c.at += 1;
        }
        let line = self.c.line();
        let Some(name) = self.c.word() else { return Err(self.fault()) };
        let mut module = Module::new(name, Language::Verilog, self.file, line);
        self.wanted.clear();
        self.declared.clear();
        self.signals = (end == "endinterface").then(Vec::new);
        self.modports.clear();
        while self.c.key("import") {
            let words = self.statement()?;
            module.decls.extend(header::imports(words));
        }
        let mut list = false;
        if self.c.eat("#") {
            let words = self.group()?;
            list = true;
            module.decls.extend(header::parameters(words, true));
        }
        let (mut ansi, header) = (true, module.decls.len());
        if let Some(why) = self.c.peek().filter(|t| t.kind == Kind::Unknown) {
            ports_fault = Some(why.text.clone().into_owned());
            while self.c.peek().is_some_and(|t| t.kind == Kind::Unknown) {
                self.c.at += 1;
            }
        }
        if self.c.is("(") {
            let words = self.group()?;
            match header::ports(words) {
                Ok(header::Ports::Ansi(ports)) => module.ports = ports,
                Ok(header::Ports::Names(names)) => {
                    ansi = false;
                    self.wanted = names;
                }
                Err(why) => ports_fault = ports_fault.or(Some(why)),
            }
        }
        module.header_decls = module.decls.len();
        if !self.c.eat(";") {
            return Err(self.fault());
        }
        let before = self.c.at;
        let mut fault = None;
        match self.items(&mut module, end) {
            Ok(items) => module.items = items,
            Err(found) => {
                self.depth = 0;
                module.doubts.push("its text was not understood".into());
                fault = Some(found);
            }
        }
        if list {
            // Behind a parameter list a `parameter` of the body cannot be set from outside.
            for decl in &mut module.decls[header..] {
                if let Decl::Param(param) = decl {
                    param.local = true;
                }
            }
        }
        if !ansi {
            module.header_decls = module.decls.len();
            let body = &self.c.tokens[before..self.c.at.min(self.c.tokens.len())];
            for name in &self.wanted {
                let found = self
                    .declared
                    .iter()
                    .rev()
                    .find(|p| matches!(p, PortDecl::Declared { name: n, .. } if n == name));
                if let Some(port) = found {
                    module.ports.push(port.clone());
                } else {
                    let why =
                        unknown_in(body).unwrap_or_else(|| format!("the port `{name}` has no declaration"));
                    ports_fault = ports_fault.or(Some(why));
                }
            }
        }
        module.ports_fault = ports_fault;
        module.digest = digest(&self.c.tokens[start..self.c.at.min(self.c.tokens.len())]);
        module.empty = fault.is_none() && module.items.is_empty() && module.weight == 0;
        Ok((module, fault))
    }

    /// Signals of an interface, from a statement that declares variables.
    fn signals(&mut self, words: &'t [Token]) {
        let Some(signals) = &mut self.signals else { return };
        let mut of: Option<TypeExpr> = None;
        for part in crate::cursor::split(words, ",") {
            let Some(declared) = declarator(part) else { continue };
            let of = of.get_or_insert_with(|| TypeExpr::head(declared.head)).clone();
            signals.push(header::port(
                &declared,
                crate::interface::Direction::Unknown("a signal".into()),
                of,
            ));
        }
    }
}
