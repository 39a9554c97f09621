// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! From modules to a tree of cells under a top, with ports and a digest.
//!
//! Paths are Vivado's: `/` between levels, generate blocks in front of the name of an instance in them (`rows[1].cell`). A condition that cannot be worked
//! out is taken as true, so that its cells exist to be found, and leaves a doubt ([`Netlist::doubts`]).

use std::collections::{BTreeMap, BTreeSet};

use crate::eval;
use crate::expr::Expr;
use crate::interface::Port;
use crate::library::{Library, Overrides};
use crate::module::{Block, Instance, Item, Module, digest_texts};
use crate::primitive::is_primitive;
use crate::scope::Scope;
use crate::types::Dim;
use crate::{Language, module};

/// One cell below the top.
#[derive(Debug, Clone)]
pub struct Cell {
    /// Path from the top.
    pub path: String,
    /// Module that it is an instance of.
    pub module: String,
    /// Its ports; none when its module is not known.
    pub ports: Vec<Port>,
    /// Nothing is known of what is in it.
    pub black_box: bool,
    /// A cell of AMD's library.
    pub primitive: bool,
    /// File and line of the instance.
    pub at: (String, usize),
}

/// A place in the sources: name of a module, file, line.
pub type Place = (String, String, usize);

/// The tree under a top.
#[derive(Debug, Clone, Default)]
pub struct Netlist {
    /// Ports of the top.
    pub ports: Vec<Port>,
    /// Cells in the order of the text, each before those below it.
    pub cells: Vec<Cell>,
    /// Hash of all modules reached, with their parameter values.
    pub digest: String,
    /// Rough size of all that was reached.
    pub weight: u64,
    /// Modules reached, in order of first use.
    pub reached: Vec<Place>,
    /// Instances whose module was not found.
    pub missing: Vec<Place>,
    /// What the text leaves open about the cells, and why: with any, a cell that is not there may be there.
    pub doubts: Vec<String>,
}

/// More cells than this means that a loop's bound was misread.
const MOST_CELLS: usize = 50_000;
/// Modules inside each other.
const DEPTH: u32 = 64;
/// Turns of one loop.
const TURNS: u32 = 4096;

/// Elaborates `top`; modules named in `stubs` become black boxes with their ports. None when the top is not there.
pub fn elaborate(
    library: &Library,
    top: &str,
    generics: &Overrides,
    stubs: &BTreeSet<String>,
) -> Option<Netlist> {
    let module = library.get(top)?;
    let mut work = Work {
        library,
        stubs,
        out: Netlist::default(),
        parts: Vec::new(),
        depth: 0,
        known: BTreeSet::new(),
        of: BTreeMap::new(),
    };
    work.out.ports = library.known_ports(module, generics);
    work.enter(module, None, generics, "");
    work.out.digest = digest_texts(&work.parts);
    work.out.doubts.dedup();
    Some(work.out)
}

struct Work<'a> {
    library: &'a Library,
    stubs: &'a BTreeSet<String>,
    out: Netlist,
    parts: Vec<String>,
    depth: u32,
    known: BTreeSet<String>,
    /// Modules by the name of an instance, so that VHDL's are looked for once.
    of: BTreeMap<String, Option<&'a Module>>,
}

impl<'a> Work<'a> {
    fn doubt(&mut self, module: &Module, why: &str) {
        let why = format!("{}: {why}", module.file);
        if self.out.doubts.len() < 64 && !self.out.doubts.contains(&why) {
            self.out.doubts.push(why);
        }
    }

    fn enter(&mut self, module: &'a Module, asked: Option<&str>, given: &Overrides, prefix: &str) {
        let library = self.library;
        let architecture =
            (module.language == Language::Vhdl).then(|| library.architecture(module, asked)).flatten();
        let more = architecture.map_or(&[][..], |a| a.decls.as_slice());
        if self.known.insert(module.name.clone()) {
            self.out.reached.push((module.name.clone(), module.file.clone(), module.line));
        }
        self.out.weight += module.weight + architecture.map_or(0, |a| a.weight);
        for why in module.doubts.iter().chain(architecture.map_or(&[][..], |a| a.doubts.as_slice())) {
            self.doubt(module, why);
        }
        self.depth += 1;
        if self.depth < DEPTH {
            library.with_scope(module, more, given, |scope| {
                let values: Vec<String> = scope.values().map(|(n, v)| format!("{n}={v}")).collect();
                let body = architecture.map_or("", |a| a.digest.as_str());
                self.parts.push(format!(
                    "{prefix} {} {} {body} {}",
                    module.name,
                    module.digest,
                    values.join(" ")
                ));
                let items = architecture.map_or(&module.items, |a| &a.items);
                self.items(module, items, scope, prefix);
            });
        } else {
            self.doubt(module, "modules are nested too deeply");
        }
        self.depth -= 1;
    }

    fn items(&mut self, module: &Module, items: &[Item], scope: &Scope<'_>, prefix: &str) {
        // Declarations inside a generate block count from where they stand.
        let mut own: Option<Scope<'_>> = None;
        for item in items {
            if let Item::Decl(decl) = item {
                let inner = own.get_or_insert_with(|| Scope::inside(scope));
                inner.declare(std::slice::from_ref(decl), &Overrides::default(), &self.library.packages);
                continue;
            }
            let scope = own.as_ref().unwrap_or(scope);
            match item {
                Item::Decl(_) => {}
                Item::Instance(instance) => self.instances(module, instance, scope, prefix),
                Item::Block(block) => self.block(module, block, scope, prefix),
                Item::If { condition, then, other } => {
                    let holds = self.truth(module, condition, scope);
                    self.block(module, if holds { then } else { other }, scope, prefix);
                }
                Item::Case { of, arms, default } => {
                    self.case(module, of, arms, default.as_ref(), scope, prefix);
                }
                Item::For { var, from, until, step, block } => {
                    self.turns(module, (var, from, until, step), block, scope, prefix);
                }
                Item::Doubt(why) => self.doubt(module, why),
            }
        }
    }

    fn block(&mut self, module: &Module, block: &Block, scope: &Scope<'_>, prefix: &str) {
        // A label makes a scope `label.`; Vivado names the cell `label.inst`, in one level of the path.
        let inner =
            if block.label.is_empty() { prefix.to_owned() } else { format!("{prefix}{}.", block.label) };
        self.items(module, &block.items, scope, &inner);
    }

    fn truth(&mut self, module: &Module, condition: &Expr, scope: &Scope<'_>) -> bool {
        match eval::value(condition, scope, &self.library.packages).and_then(|v| v.truth()) {
            Ok(holds) => holds,
            Err(why) => {
                self.doubt(module, &format!("a generate condition: {why}"));
                true
            }
        }
    }

    fn case(
        &mut self,
        module: &Module,
        of: &Expr,
        arms: &[(Vec<Expr>, Block)],
        default: Option<&Block>,
        scope: &Scope<'_>,
        prefix: &str,
    ) {
        let found = eval::arm(of, arms.iter().map(|(v, _)| v.as_slice()), scope, &self.library.packages);
        let block = match found {
            Ok(Some(i)) => Some(&arms[i].1),
            Ok(None) => default,
            Err(why) => {
                self.doubt(module, &format!("a generate case: {why}"));
                arms.first().map(|(_, b)| b).or(default)
            }
        };
        if let Some(block) = block {
            self.block(module, block, scope, prefix);
        }
    }

    fn turns(
        &mut self,
        module: &Module,
        (var, from, until, step): (&str, &Expr, &Expr, &Expr),
        block: &Block,
        scope: &Scope<'_>,
        prefix: &str,
    ) {
        let packages = &self.library.packages;
        let mut inner = Scope::inside(scope);
        let mut value = match eval::number(from, scope, packages) {
            Ok(value) => value,
            Err(why) => return self.doubt(module, &format!("a generate loop: {why}")),
        };
        for turn in 0.. {
            inner.set_int(var, value.into());
            match eval::value(until, &inner, packages).and_then(|v| v.truth()) {
                Ok(true) => {}
                Ok(false) => return,
                Err(why) => return self.doubt(module, &format!("a generate loop: {why}")),
            }
            if turn >= TURNS || self.out.cells.len() > MOST_CELLS {
                return self.doubt(module, "a generate loop is too long");
            }
            let named = format!("{prefix}{}[{value}].", block.label);
            self.items(module, &block.items, &inner, &named);
            match eval::number(step, &inner, packages) {
                Ok(next) if next != value => value = next,
                Ok(_) => return self.doubt(module, "a generate loop does not move"),
                Err(why) => return self.doubt(module, &format!("a generate loop: {why}")),
            }
        }
    }

    fn instances(&mut self, parent: &Module, instance: &Instance, scope: &Scope<'_>, prefix: &str) {
        let path = format!("{prefix}{}", instance.name);
        let Some(dim) = instance.dims.first() else {
            return self.instance(parent, instance, scope, &path);
        };
        let number = |e: &Expr| eval::number(e, scope, &self.library.packages);
        let bounds = match dim {
            Dim::Range(left, right) => number(left).and_then(|l| Ok((l, number(right)?))),
            Dim::Size(size) => number(size).map(|n| (0, n - 1)),
            _ => Err("an array of instances".to_owned()),
        };
        match bounds {
            Ok((left, right)) if instance.dims.len() == 1 => {
                let (low, high) = (left.min(right), left.max(right));
                for i in low..=high.min(low + i64::from(TURNS)) {
                    self.instance(parent, instance, scope, &format!("{path}[{i}]"));
                }
            }
            Ok(_) => self.doubt(parent, "an array of instances with several dimensions"),
            Err(why) => self.doubt(parent, &format!("an array of instances: {why}")),
        }
    }

    fn find(&mut self, name: &str) -> Option<&'a Module> {
        let library = self.library;
        *self.of.entry(name.to_owned()).or_insert_with(|| library.get(name))
    }

    fn instance(&mut self, parent: &Module, instance: &Instance, scope: &Scope<'_>, path: &str) {
        if self.out.cells.len() > MOST_CELLS {
            return self.doubt(parent, "more cells than are read");
        }
        let at = (parent.file.clone(), instance.line);
        let name = &instance.module;
        let Some(module) = self.find(name) else {
            let primitive = is_primitive(name);
            let stub = self.stubs.contains(name);
            if !primitive && !stub {
                self.out.missing.push((name.clone(), at.0.clone(), at.1));
            }
            self.out.cells.push(Cell {
                path: path.to_owned(),
                module: name.clone(),
                ports: Vec::new(),
                black_box: !primitive,
                primitive,
                at,
            });
            return;
        };
        let given = self.given(module, instance, scope);
        let has_body = module.language == Language::Vhdl
            && self.library.architecture(module, instance.architecture.as_deref()).is_some();
        let stub =
            self.stubs.contains(&module.name) || self.stubs.contains(name) || module.empty && !has_body;
        let ports = self.library.known_ports(module, &given);
        self.out.cells.push(Cell {
            path: path.to_owned(),
            module: module.name.clone(),
            ports,
            black_box: stub,
            primitive: false,
            at,
        });
        if stub {
            self.parts.push(format!("{path} {name} black box"));
        } else {
            self.enter(module, instance.architecture.as_deref(), &given, &format!("{path}/"));
        }
    }

    /// The values that an instance gives to the parameters of its module.
    fn given(&self, module: &Module, instance: &Instance, scope: &Scope<'_>) -> Overrides {
        let mut given = Overrides::default();
        let open = module::parameters(module);
        for (i, (key, value)) in instance.params.iter().enumerate() {
            let Some(key) = key.as_deref().or_else(|| open.get(i).copied()) else { continue };
            // `.W()` leaves the default.
            if matches!(value, Expr::Unknown(why) if why == "an expression is missing") {
                continue;
            }
            given.set(key, eval::value(value, scope, &self.library.packages));
        }
        given
    }
}
