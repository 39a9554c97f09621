// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Names in scope: constants, types and functions of packages, modules and generate blocks.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::eval;
use crate::expr::Expr;
use crate::function::Function;
use crate::types::{Resolved, TypeExpr};
use crate::value::{Int, Value};
use crate::{Language, Overrides};

/// What a scope declares, in order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Decl {
    Param(Param),
    /// `parameter type NAME = default`
    TypeParam {
        name: String,
        default: Option<TypeExpr>,
    },
    Typedef {
        name: String,
        of: TypeExpr,
    },
    Function(Rc<Function>),
    /// A package, and the name that is taken; none for all.
    Import {
        package: String,
        name: Option<String>,
    },
    /// Names that certainly exist and certainly have no value here: why.
    Unknown {
        name: String,
        why: String,
    },
}

/// A parameter, constant or generic.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Param {
    pub(crate) name: String,
    /// None when only the value tells.
    pub(crate) of: Option<TypeExpr>,
    pub(crate) value: Option<Expr>,
    /// Cannot be overridden.
    pub(crate) local: bool,
}

#[derive(Debug, Clone)]
pub(crate) enum Entry {
    Value(Result<Value, String>),
    Type(Resolved),
    Function(Rc<Function>),
}

/// Names with what they stand for. Names of VHDL are kept in lower case.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scope<'p> {
    pub(crate) parent: Option<&'p Scope<'p>>,
    entries: BTreeMap<String, Entry>,
    imports: Vec<(Rc<Scope<'static>>, Option<String>)>,
    /// Packages that were not found: a name that is not known may be there.
    pub(crate) missing: Vec<String>,
    pub(crate) language: Language,
}

impl<'p> Scope<'p> {
    pub(crate) fn new(language: Language) -> Self {
        Self { language, ..Self::default() }
    }

    pub(crate) fn inside(parent: &'p Scope<'p>) -> Self {
        Self { parent: Some(parent), language: parent.language, ..Self::default() }
    }

    fn key(&self, name: &str) -> String {
        match self.language {
            Language::Verilog => name.to_owned(),
            Language::Vhdl => name.to_ascii_lowercase(),
        }
    }

    pub(crate) fn set(&mut self, name: &str, entry: Entry) {
        let key = self.key(name);
        self.entries.insert(key, entry);
    }

    pub(crate) fn set_int(&mut self, name: &str, value: i128) {
        self.set(name, Entry::Value(Ok(Value::Int(Int::integer(value)))));
    }

    /// Entries of this scope alone.
    pub(crate) fn values(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.entries.iter().filter_map(|(n, e)| match e {
            Entry::Value(Ok(v)) => Some((n.as_str(), v)),
            _ => None,
        })
    }

    pub(crate) fn own(&self, name: &str) -> Option<&Entry> {
        self.entries.get(&self.key(name))
    }

    /// What a name stands for, and the scope of the package that says so.
    pub(crate) fn find(&self, name: &str) -> Option<(&Entry, &Scope<'_>)> {
        let key = self.key(name);
        let mut scope: &Scope<'_> = self;
        loop {
            if let Some(entry) = scope.entries.get(&key) {
                return Some((entry, scope));
            }
            let named = scope.imports.iter().filter(|(_, n)| n.as_deref() == Some(key.as_str()));
            let all = scope.imports.iter().filter(|(_, n)| n.is_none());
            if let Some(found) = named.chain(all).find_map(|(p, _)| p.entries.get(&key).map(|e| (e, &**p))) {
                return Some(found);
            }
            scope = scope.parent?;
        }
    }

    /// Why a name is not known.
    pub(crate) fn why_not(&self, name: &str) -> String {
        let mut scope: &Scope<'_> = self;
        loop {
            if let Some(package) = scope.missing.first() {
                let package = package.trim_start_matches("vhdl:");
                return format!(
                    "`{name}` may be declared in package {package}, which is not among the sources"
                );
            }
            match scope.parent {
                Some(parent) => scope = parent,
                None => return format!("`{name}` is not known here"),
            }
        }
    }

    /// Takes declarations in, in their order; `given` replaces the values of parameters.
    pub(crate) fn declare(&mut self, decls: &[Decl], given: &Overrides, packages: &Packages) {
        for decl in decls {
            self.declare_one(decl, given, packages);
        }
    }

    fn declare_one(&mut self, decl: &Decl, given: &Overrides, packages: &Packages) {
        match decl {
            Decl::Import { package, name } => match packages.get(package) {
                Some(found) => {
                    let name = name.as_ref().map(|n| self.key(n));
                    self.imports.push((found, name));
                }
                None => self.missing.push(package.clone()),
            },
            Decl::Param(param) => {
                let over = given.get(&param.name, self.language).filter(|_| !param.local);
                let value = eval::parameter(param, over, self, packages);
                self.set(&param.name, Entry::Value(value));
            }
            Decl::TypeParam { name, default } => {
                let found = if given.get(name, self.language).is_some() {
                    Resolved::Unknown(format!("the type `{name}` is given from outside"))
                } else {
                    match default {
                        Some(of) => eval::resolve(of, self, packages),
                        None => Resolved::Unknown(format!("the type `{name}` has no default")),
                    }
                };
                self.set(name, Entry::Type(found));
            }
            Decl::Typedef { name, of } => {
                if let TypeExpr::Enum { base, members, .. } = of {
                    self.enumeration(base.as_deref(), members, packages);
                }
                let found = eval::resolve(of, self, packages);
                self.set(name, Entry::Type(found));
            }
            Decl::Function(function) => self.set(&function.name, Entry::Function(function.clone())),
            Decl::Unknown { name, why } => self.set(name, Entry::Value(Err(why.clone()))),
        }
    }

    pub(crate) fn enumeration(
        &mut self,
        base: Option<&TypeExpr>,
        members: &[(String, Option<Expr>)],
        packages: &Packages,
    ) {
        let (width, signed) = match base.map(|b| eval::resolve(b, self, packages)) {
            None => (32, true),
            Some(of) => (of.width().ok().and_then(|w| u32::try_from(w).ok()).unwrap_or(0), of.signed()),
        };
        let mut next: Result<i128, String> = Ok(0);
        for (name, value) in members {
            if let Some(expr) = value {
                next = eval::value(expr, self, packages).and_then(|v| v.int()).map(|i| i.value);
            }
            let entry = next.clone().and_then(|n| Int::computed(Some(n), width, signed)).map(Value::Int);
            self.set(name, Entry::Value(entry));
            next = next.map(|n| n + 1);
        }
    }
}

/// A package as read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) language: Language,
    pub(crate) decls: Vec<Decl>,
}

/// All packages, worked out when they are first asked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Packages {
    all: BTreeMap<String, Package>,
    /// None while one is being worked out: packages cannot use each other in a circle.
    done: RefCell<BTreeMap<String, Option<Rc<Scope<'static>>>>>,
    /// What evaluation has spent since its outermost beginning.
    pub(crate) steps: Cell<u32>,
    pub(crate) depth: Cell<u32>,
}

impl Packages {
    fn key(name: &str, language: Language) -> String {
        match language {
            Language::Verilog => name.to_owned(),
            Language::Vhdl => format!("vhdl:{}", name.to_ascii_lowercase()),
        }
    }

    /// A package that is there already is added to: VHDL's bodies, and one package read twice.
    pub(crate) fn insert(&mut self, package: Package) {
        self.done.get_mut().clear();
        let key = Self::key(&package.name, package.language);
        match self.all.get_mut(&key) {
            Some(old) if package.language == Language::Vhdl => {
                if !old.decls.ends_with(&package.decls) {
                    old.decls.extend(package.decls);
                }
            }
            _ => drop(self.all.insert(key, package)),
        }
    }

    /// A package by the name that `Decl::Import` has: VHDL ones begin with `vhdl:`.
    pub(crate) fn get(&self, name: &str) -> Option<Rc<Scope<'static>>> {
        let key = name.to_owned();
        if let Some(done) = self.done.borrow().get(&key) {
            return done.clone();
        }
        let package = self.all.get(&key)?;
        self.done.borrow_mut().insert(key.clone(), None);
        let mut scope = Scope::new(package.language);
        scope.declare(&package.decls, &Overrides::default(), self);
        let scope = Rc::new(scope);
        self.done.borrow_mut().insert(key, Some(scope.clone()));
        Some(scope)
    }
}
