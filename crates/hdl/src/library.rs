// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! All modules of a design by name, and their ports under given parameters.

use std::collections::BTreeMap;

use crate::eval;
use crate::interface::{Direction, Interface, Port, Range};
use crate::module::{Architecture, BusInterface, Module, PortDecl, Unit};
use crate::resolve::{interface_key, unpacked};
use crate::scope::{Decl, Entry, Packages, Scope};
use crate::types::Resolved;
use crate::value::Value;
use crate::{Context, Language};

/// Values that replace those of parameters and generics.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    values: BTreeMap<String, Result<Value, String>>,
}

impl Overrides {
    /// Names and texts as Vivado's `-generic` and GENERIC property take them: `W` and `16`, `8'h10`, `true`, `"text"`.
    pub fn of_texts<'t>(texts: impl IntoIterator<Item = (&'t str, &'t str)>) -> Self {
        let mut out = Self::default();
        for (name, text) in texts {
            out.values.insert(name.to_owned(), text_value(text));
        }
        out
    }

    pub(crate) fn set(&mut self, name: &str, value: Result<Value, String>) {
        self.values.insert(name.to_owned(), value);
    }

    pub(crate) fn get(&self, name: &str, language: Language) -> Option<&Result<Value, String>> {
        match language {
            Language::Verilog => self.values.get(name),
            Language::Vhdl => self.values.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v),
        }
    }
}

fn text_value(text: &str) -> Result<Value, String> {
    let text = text.trim();
    match text.to_ascii_lowercase().as_str() {
        "true" => return Ok(Value::Int(crate::value::Int::bit(true))),
        "false" => return Ok(Value::Int(crate::value::Int::bit(false))),
        _ => {}
    }
    let words = crate::verilog::words(text);
    eval::value(&crate::expr::Expr::verilog(&words), &Scope::new(Language::Verilog), &Packages::default())
}

/// All modules by name, the later definition of a name winning, as Vivado's compile order has it.
#[derive(Debug, Clone, Default)]
pub struct Library {
    modules: BTreeMap<String, Module>,
    /// Of each entity (in lower case) its architectures, in the order of reading.
    architectures: BTreeMap<String, Vec<Architecture>>,
    interfaces: BTreeMap<String, BusInterface>,
    pub(crate) packages: Packages,
    /// What stands outside of modules, by file.
    outside: BTreeMap<String, Vec<Decl>>,
}

impl Library {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in all that a file declares.
    pub fn add(&mut self, unit: Unit) {
        for module in unit.modules {
            if !unit.decls.is_empty() {
                self.outside.insert(module.file.clone(), unit.decls.clone());
            }
            self.insert(module);
        }
        for architecture in unit.architectures {
            let of = self.architectures.entry(architecture.of.to_ascii_lowercase()).or_default();
            of.retain(|a| !a.name.eq_ignore_ascii_case(&architecture.name));
            of.push(architecture);
        }
        for interface in unit.interfaces {
            self.interfaces.insert(interface.name.clone(), interface);
        }
        for package in unit.packages {
            self.packages.insert(package);
        }
    }

    /// Takes in one module.
    pub fn insert(&mut self, module: Module) {
        // VHDL's names are equal in any case: the newer takes the older's place.
        if module.language == Language::Vhdl
            && let Some(old) =
                self.get(&module.name).filter(|m| m.language == Language::Vhdl).map(|m| m.name.clone())
        {
            self.modules.remove(&old);
        }
        self.modules.insert(module.name.clone(), module);
    }

    /// A module by its name; an entity of VHDL in any case.
    pub fn get(&self, name: &str) -> Option<&Module> {
        self.modules.get(name).or_else(|| {
            self.modules.values().find(|m| m.language == Language::Vhdl && m.name.eq_ignore_ascii_case(name))
        })
    }

    /// Whether a module is there.
    pub fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// True when it holds no module.
    pub fn is_empty(&self) -> bool {
        self.modules.is_empty()
    }

    /// All modules, by name.
    pub fn modules(&self) -> impl Iterator<Item = &Module> {
        self.modules.values()
    }

    /// Takes a module out.
    pub fn remove(&mut self, name: &str) -> Option<Module> {
        let name = self.get(name)?.name.clone();
        self.modules.remove(&name)
    }

    /// The architecture that an instance asks for, or the one read last.
    pub(crate) fn architecture(&self, entity: &Module, asked: Option<&str>) -> Option<&Architecture> {
        let all = self.architectures.get(&entity.name.to_ascii_lowercase())?;
        match asked {
            Some(name) => all.iter().find(|a| a.name.eq_ignore_ascii_case(name)),
            None => all.last(),
        }
    }

    /// Module and name of all instances in a module's text, in any branch; of an entity, in the architecture read last.
    pub fn instances(&self, module: &Module) -> Vec<(String, String)> {
        let own = |m: &Module| -> Vec<(String, String)> {
            m.instances().into_iter().map(|(of, name)| (of.to_owned(), name.to_owned())).collect()
        };
        let mut out = own(module);
        if let Some(architecture) = self.architecture(module, None) {
            let mut body = Module::new(&module.name, Language::Vhdl, &module.file, module.line);
            body.items.clone_from(&architecture.items);
            out.extend(own(&body));
        }
        out
    }

    /// Names of all modules that a module's text instantiates, in any branch.
    pub fn instantiated(&self, module: &Module) -> Vec<String> {
        self.instances(module).into_iter().map(|(of, _)| of).collect()
    }

    /// How many items a module's body has at its outermost level.
    pub fn size(&self, module: &Module) -> usize {
        module.size() + self.architecture(module, None).map_or(0, |a| a.items.len())
    }

    /// Names that a module's text can see before any of its own are declared.
    fn root(&self, module: &Module) -> Scope<'static> {
        let mut root = Scope::new(module.language);
        if let Some(decls) = self.outside.get(&module.file) {
            root.declare(decls, &Overrides::default(), &self.packages);
        }
        if module.language == Language::Verilog {
            for interface in self.interfaces.values() {
                root.set(&interface_key(&interface.name), Entry::Type(self.interface_shape(interface)));
            }
        }
        root
    }

    fn interface_shape(&self, interface: &BusInterface) -> Resolved {
        if let Some(why) = &interface.fault {
            return Resolved::Unknown(why.clone());
        }
        let mut scope = Scope::new(Language::Verilog);
        scope.declare(&interface.decls, &Overrides::default(), &self.packages);
        let mut shape = String::new();
        for signal in &interface.signals {
            let port = self.port(signal, &scope);
            if let Range::Unknown(why) = port.range {
                return Resolved::Unknown(why);
            }
            shape.push_str(&format!("{}; ", Port { direction: Direction::PerSignal, ..port }));
        }
        shape.push_str(&interface.modports);
        Resolved::Composite { width: None, packed: false, signed: false, shape, open: false }
    }

    fn port(&self, decl: &PortDecl, scope: &Scope<'_>) -> Port {
        let (name, direction, of, dims, line) = match decl {
            PortDecl::Fixed(port) => return port.clone(),
            PortDecl::Declared { name, direction, of, dims, line } => (name, direction, of, dims, line),
        };
        let found = unpacked(of, dims, scope, &self.packages);
        let mut direction = direction.clone();
        let range = match found {
            Resolved::Scalar { .. } => Range::Scalar,
            Resolved::Vector { left, right, .. } => Range::Vector { left, right },
            Resolved::Composite { shape, open: true, .. } => {
                Range::Unknown(format!("the range of {shape} is left open"))
            }
            Resolved::Composite { width, shape, .. } => {
                if shape.starts_with("interface ") {
                    direction = Direction::PerSignal;
                }
                Range::Composite { width, shape }
            }
            Resolved::Text => Range::Unknown("a text is no port of hardware".into()),
            Resolved::Value(name) => {
                Range::Unknown(format!("how many bits `{name}` has as a port is not certain"))
            }
            Resolved::Unknown(why) => Range::Unknown(why),
        };
        Port { name: name.clone(), direction, range, line: *line }
    }

    /// Ports of a module, or why they are not known.
    pub fn ports(&self, module: &Module, given: &Overrides) -> Result<Vec<Port>, String> {
        if let Some(why) = &module.ports_fault {
            return Err(why.clone());
        }
        let root = self.root(module);
        let mut scope = Scope::inside(&root);
        scope.declare(&module.decls[..module.header_decls.min(module.decls.len())], given, &self.packages);
        Ok(module.ports.iter().map(|p| self.port(p, &scope)).collect())
    }

    /// Ports as far as they are known: none when the header was not understood.
    pub fn known_ports(&self, module: &Module, given: &Overrides) -> Vec<Port> {
        self.ports(module, given).unwrap_or_default()
    }

    /// The interface of a module, or why it is not known.
    pub fn interface(&self, module: &Module, given: &Overrides) -> Result<Interface, String> {
        Ok(Interface {
            module: module.name.clone(),
            file: module.file.clone(),
            ports: self.ports(module, given)?,
            any_case: module.language == Language::Vhdl,
        })
    }

    /// Calls `with` with the scope of a module's body.
    pub(crate) fn with_scope<T>(
        &self,
        module: &Module,
        more: &[Decl],
        given: &Overrides,
        with: impl FnOnce(&Scope<'_>) -> T,
    ) -> T {
        let root = self.root(module);
        let mut scope = Scope::inside(&root);
        scope.declare(&module.decls, given, &self.packages);
        scope.declare(more, given, &self.packages);
        with(&scope)
    }
}

/// Reads a port stub, the Verilog that Vivado puts into checkpoints. None when it holds no module header that is read.
pub fn of_stub(stub: &str) -> Option<Interface> {
    let unit = crate::verilog::read("port stub", stub, &Context::EMPTY);
    let module = unit.modules.first()?.name.clone();
    let mut library = Library::new();
    library.add(unit);
    let module = library.get(&module)?;
    // A stub whose ports are not all there proves nothing.
    library.interface(module, &Overrides::default()).ok()
}
