// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is read from a file: modules with their ports, parameters and instances, before any value is known.

use sha2::{Digest as _, Sha256};

use crate::Language;
use crate::expr::Expr;
use crate::interface::{Direction, Port};
use crate::scope::{Decl, Package};
use crate::token::Token;
use crate::types::{Dim, TypeExpr};

/// A fault that the reader can tell: a text that is no Verilog or VHDL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// File, as it was named.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// The word at which reading ended.
    pub near: String,
}

/// A module or entity.
#[derive(Debug, Clone)]
pub struct Module {
    /// Name, as written.
    pub name: String,
    /// Its language.
    pub language: Language,
    /// File that declares it, as it was named.
    pub file: String,
    /// Line of the declaration, from 1.
    pub line: usize,
    /// Hash of the module's words: comments and blanks do not count.
    pub digest: String,
    /// No logic and no instances: synthesis makes a black box of it.
    pub empty: bool,
    /// Rough size: procedural blocks and assignments.
    pub weight: u64,
    /// What the text leaves open about the instances, and why.
    pub doubts: Vec<String>,
    pub(crate) ports: Vec<PortDecl>,
    /// Why the ports are not known, when they are not.
    pub(crate) ports_fault: Option<String>,
    pub(crate) decls: Vec<Decl>,
    /// Declarations that stand before the ports.
    pub(crate) header_decls: usize,
    pub(crate) items: Vec<Item>,
}

/// A port as declared.
#[derive(Debug, Clone)]
pub(crate) enum PortDecl {
    Declared {
        name: String,
        direction: Direction,
        of: TypeExpr,
        dims: Vec<Dim>,
        line: usize,
    },
    /// Nothing to work out.
    Fixed(Port),
}

/// An instance as declared.
#[derive(Debug, Clone)]
pub(crate) struct Instance {
    pub(crate) module: String,
    pub(crate) name: String,
    pub(crate) line: usize,
    /// Named or positional parameters.
    pub(crate) params: Vec<(Option<String>, Expr)>,
    pub(crate) dims: Vec<Dim>,
    /// VHDL: the architecture that was asked for.
    pub(crate) architecture: Option<String>,
}

/// What a body holds that matters for the hierarchy.
#[derive(Debug, Clone)]
pub(crate) enum Item {
    Instance(Instance),
    Decl(Decl),
    For {
        var: String,
        from: Expr,
        until: Expr,
        step: Expr,
        block: Block,
    },
    If {
        condition: Expr,
        then: Block,
        other: Block,
    },
    Case {
        of: Expr,
        arms: Vec<(Vec<Expr>, Block)>,
        default: Option<Block>,
    },
    Block(Block),
    /// Something that may hold instances and is not read: why.
    Doubt(String),
}

/// Items under a label; an empty one makes no scope.
#[derive(Debug, Clone, Default)]
pub(crate) struct Block {
    pub(crate) label: String,
    pub(crate) items: Vec<Item>,
}

/// A VHDL architecture, until it is joined with its entity.
#[derive(Debug, Clone)]
pub(crate) struct Architecture {
    pub(crate) name: String,
    pub(crate) of: String,
    pub(crate) decls: Vec<Decl>,
    pub(crate) items: Vec<Item>,
    pub(crate) weight: u64,
    pub(crate) digest: String,
    pub(crate) doubts: Vec<String>,
}

/// An interface of SystemVerilog: its signals, and its modports as one text.
#[derive(Debug, Clone)]
pub(crate) struct BusInterface {
    pub(crate) name: String,
    pub(crate) decls: Vec<Decl>,
    pub(crate) signals: Vec<PortDecl>,
    pub(crate) modports: String,
    /// Why it is not known as a whole.
    pub(crate) fault: Option<String>,
}

/// All that one file declares.
#[derive(Debug, Clone, Default)]
pub struct Unit {
    /// Modules and entities.
    pub modules: Vec<Module>,
    /// Faults; reading went on behind each.
    pub faults: Vec<SyntaxError>,
    /// What may declare more than is here, and why: unknown macros and encrypted regions outside of modules.
    pub doubts: Vec<String>,
    pub(crate) architectures: Vec<Architecture>,
    pub(crate) interfaces: Vec<BusInterface>,
    pub(crate) packages: Vec<Package>,
    /// What stands outside of any module.
    pub(crate) decls: Vec<Decl>,
}

impl Module {
    /// A module with nothing in it yet.
    pub(crate) fn new(name: &str, language: Language, file: &str, line: usize) -> Self {
        Self {
            name: name.to_owned(),
            language,
            file: file.to_owned(),
            line,
            digest: String::new(),
            empty: true,
            weight: 0,
            doubts: Vec::new(),
            ports: Vec::new(),
            ports_fault: None,
            decls: Vec::new(),
            header_decls: 0,
            items: Vec::new(),
        }
    }

    /// A module that no text declares: a block design, an IP, a checkpoint. `instances` are pairs of module and name.
    pub fn opaque(name: &str, file: &str, ports: Vec<Port>, instances: Vec<(String, String)>) -> Self {
        let mut out = Self::new(name, Language::Verilog, file, 1);
        out.ports = ports.into_iter().map(PortDecl::Fixed).collect();
        out.items = instances
            .into_iter()
            .map(|(module, name)| {
                Item::Instance(Instance {
                    module,
                    name,
                    line: 1,
                    params: Vec::new(),
                    dims: Vec::new(),
                    architecture: None,
                })
            })
            .collect();
        out
    }

    /// How many items its body has at its outermost level.
    pub fn size(&self) -> usize {
        self.items.len()
    }

    /// Module and name of all instances in its text, in any branch.
    pub(crate) fn instances(&self) -> Vec<(&str, &str)> {
        let mut out = Vec::new();
        instances(&self.items, &mut out);
        out
    }
}

fn blocks(item: &Item) -> Vec<&Block> {
    match item {
        Item::Instance(_) | Item::Decl(_) | Item::Doubt(_) => Vec::new(),
        Item::For { block, .. } | Item::Block(block) => vec![block],
        Item::If { then, other, .. } => vec![then, other],
        Item::Case { arms, default, .. } => arms.iter().map(|(_, b)| b).chain(default).collect(),
    }
}

fn instances<'m>(items: &'m [Item], out: &mut Vec<(&'m str, &'m str)>) {
    for item in items {
        if let Item::Instance(instance) = item {
            out.push((&instance.module, &instance.name));
        }
        for block in blocks(item) {
            instances(&block.items, out);
        }
    }
}

/// Hash of words.
pub(crate) fn digest(tokens: &[Token]) -> String {
    let mut hash = Sha256::new();
    for token in tokens {
        hash.update((token.text.len() as u64).to_le_bytes());
        hash.update(token.text.as_bytes());
    }
    hex(&hash.finalize())
}

/// Hash of texts.
pub(crate) fn digest_texts<T: AsRef<str>>(texts: &[T]) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update((text.as_ref().len() as u64).to_le_bytes());
        hash.update(text.as_ref().as_bytes());
    }
    hex(&hash.finalize())
}

fn hex(bytes: &[u8]) -> String {
    let digit = |n: u8| char::from_digit(u32::from(n), 16).expect("four bits are one digit");
    bytes.iter().flat_map(|b| [digit(b >> 4), digit(b & 15)]).collect()
}

/// Names of the parameters that an instance may set, in order.
pub(crate) fn parameters(module: &Module) -> Vec<&str> {
    module
        .decls
        .iter()
        .filter_map(|d| match d {
            Decl::Param(p) if !p.local => Some(p.name.as_str()),
            Decl::TypeParam { name, .. } => Some(name.as_str()),
            _ => None,
        })
        .collect()
}
