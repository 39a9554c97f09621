// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Constant functions: those that compute widths, such as the `clogb2` of Vivado's own templates.
//!
//! Followed are whole numbers in plain variables, `if`, `case`, loops and `return`. A function that does anything else is unknown where it does it.

use crate::Language;
use crate::eval;
use crate::expr::Expr;
use crate::scope::{Entry, Packages, Scope};
use crate::types::TypeExpr;
use crate::value::{Int, Value};

/// A function as declared.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Function {
    pub(crate) name: String,
    /// What it gives back.
    pub(crate) of: TypeExpr,
    /// Arguments in order, then variables with what they begin as.
    pub(crate) arguments: Vec<(String, TypeExpr)>,
    pub(crate) locals: Vec<(String, TypeExpr, Option<Expr>)>,
    pub(crate) body: Vec<Stmt>,
}

/// A statement of a function.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Stmt {
    Block(Vec<(String, TypeExpr, Option<Expr>)>, Vec<Stmt>),
    Assign(String, Expr),
    If(Expr, Box<Stmt>, Option<Box<Stmt>>),
    /// First statement, condition, last statement of each turn, body.
    For(Box<Stmt>, Expr, Box<Stmt>, Box<Stmt>),
    While(Expr, Box<Stmt>),
    Repeat(Expr, Box<Stmt>),
    Case(Expr, Vec<(Vec<Expr>, Stmt)>, Option<Box<Stmt>>),
    /// VHDL: name, first, last, upwards.
    Count(String, Expr, Expr, bool, Box<Stmt>),
    Return(Option<Expr>),
    Break,
    Continue,
    Empty,
    Unknown(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    On,
    Break,
    Continue,
    Return,
}

impl Function {
    /// Bits of the arguments, 0 where they are not known.
    pub(crate) fn widths(&self, scope: &Scope<'_>, packages: &Packages) -> Vec<u32> {
        let width = |of| eval::resolve(of, scope, packages).width().ok().and_then(|w| u32::try_from(w).ok());
        self.arguments.iter().map(|(_, of)| width(of).unwrap_or(0)).collect()
    }
}

/// Calls a function; `outside` is where it is declared.
pub(crate) fn call(
    function: &Function,
    given: &[Value],
    outside: &Scope<'_>,
    packages: &Packages,
) -> Result<Value, String> {
    if given.len() != function.arguments.len() {
        return Err(format!("`{}` is called with another number of arguments", function.name));
    }
    let mut run = Run { scope: Scope::inside(outside), function, packages, types: Vec::new() };
    // VHDL's functions may call themselves: their name is not a variable.
    let result = if outside.language == Language::Vhdl { "return" } else { function.name.as_str() };
    run.declare(result, &function.of, None)?;
    for ((name, of), value) in function.arguments.iter().zip(given) {
        run.declare(name, of, Some(value.clone()))?;
    }
    for (name, of, value) in &function.locals {
        run.local(name, of, value.as_ref())?;
    }
    for statement in &function.body {
        if run.run(statement)? == Flow::Return {
            break;
        }
    }
    run.value_of(result)
}

struct Run<'a> {
    scope: Scope<'a>,
    function: &'a Function,
    packages: &'a Packages,
    /// Variables with width and sign; what is assigned is cut to them.
    types: Vec<(String, Option<(u32, bool)>)>,
}

impl Run<'_> {
    fn evaluate(&self, expr: &Expr) -> Result<Value, String> {
        self.evaluate_for(expr, None)
    }

    /// Evaluates what a variable is set to: its width counts.
    fn evaluate_for(&self, expr: &Expr, variable: Option<&str>) -> Result<Value, String> {
        let steps = self.packages.steps.get() + 1;
        self.packages.steps.set(steps);
        if steps > 400_000 {
            return Err(format!("function `{}` takes too long", self.function.name));
        }
        let of = variable.and_then(|v| self.types.iter().rev().find(|(n, _)| n == v));
        let width = of.and_then(|(_, of)| *of).map_or(0, |(w, _)| w);
        eval::assigned(expr, width, &self.scope, self.packages)
    }

    fn truth(&self, expr: &Expr) -> Result<bool, String> {
        self.evaluate(expr)?.truth()
    }

    fn value_of(&self, name: &str) -> Result<Value, String> {
        match self.scope.own(name) {
            Some(Entry::Value(value)) => value.clone(),
            _ => Err(format!("`{name}` has no value")),
        }
    }

    fn local(&mut self, name: &str, of: &TypeExpr, value: Option<&Expr>) -> Result<(), String> {
        self.declare(name, of, None)?;
        let Some(value) = value else { return Ok(()) };
        let value = self.evaluate_for(value, Some(name))?;
        self.assign(name, value)
    }

    fn declare(&mut self, name: &str, of: &TypeExpr, value: Option<Value>) -> Result<(), String> {
        let width = if self.scope.language == Language::Vhdl {
            None
        } else {
            let of = eval::resolve(of, &self.scope, self.packages);
            Some((u32::try_from(of.width()?).map_err(|_| "too wide")?, of.signed()))
        };
        self.types.push((name.to_owned(), width));
        let unset = Entry::Value(Err("a variable that was not set".into()));
        self.scope.set(name, unset);
        match value {
            Some(value) => self.assign(name, value),
            None => Ok(()),
        }
    }

    fn assign(&mut self, name: &str, value: Value) -> Result<(), String> {
        let same = |n: &str| match self.scope.language {
            Language::Verilog => n == name,
            Language::Vhdl => n.eq_ignore_ascii_case(name),
        };
        let Some((_, of)) = self.types.iter().rev().find(|(n, _)| same(n)) else {
            return Err(format!("function `{}` sets `{name}`, which is not its own", self.function.name));
        };
        let value = match (of, value) {
            (Some((width, signed)), Value::Int(int)) => Value::Int(Int::wrapped(int.value, *width, *signed)?),
            (_, value) => value,
        };
        self.scope.set(name, Entry::Value(Ok(value)));
        Ok(())
    }

    fn turns(
        &mut self,
        condition: Option<&Expr>,
        last: Option<&Stmt>,
        body: &Stmt,
        most: Option<i128>,
    ) -> Result<Flow, String> {
        let mut count = 0;
        loop {
            let more = match (condition, most) {
                (Some(condition), _) => self.truth(condition)?,
                (None, Some(most)) => count < most,
                (None, None) => true,
            };
            if !more {
                return Ok(Flow::On);
            }
            count += 1;
            let steps = self.packages.steps.get() + 1;
            self.packages.steps.set(steps);
            if steps > 400_000 {
                return Err(format!("function `{}` takes too long", self.function.name));
            }
            match self.run(body)? {
                Flow::Return => return Ok(Flow::Return),
                Flow::Break => return Ok(Flow::On),
                Flow::On | Flow::Continue => {}
            }
            if let Some(last) = last {
                self.run(last)?;
            }
        }
    }

    fn run(&mut self, statement: &Stmt) -> Result<Flow, String> {
        match statement {
            Stmt::Empty => Ok(Flow::On),
            Stmt::Unknown(why) => Err(why.clone()),
            Stmt::Break => Ok(Flow::Break),
            Stmt::Continue => Ok(Flow::Continue),
            Stmt::Return(value) => {
                if let Some(expr) = value {
                    let vhdl = self.scope.language == Language::Vhdl;
                    let name = if vhdl { "return".to_owned() } else { self.function.name.clone() };
                    let value = self.evaluate_for(expr, Some(&name))?;
                    self.assign(&name, value)?;
                }
                Ok(Flow::Return)
            }
            Stmt::Assign(name, value) => {
                let value = self.evaluate_for(value, Some(name))?;
                self.assign(name, value)?;
                Ok(Flow::On)
            }
            Stmt::Block(locals, statements) => {
                for (name, of, value) in locals {
                    self.local(name, of, value.as_ref())?;
                }
                for statement in statements {
                    match self.run(statement)? {
                        Flow::On => {}
                        other => return Ok(other),
                    }
                }
                Ok(Flow::On)
            }
            Stmt::If(condition, yes, no) => match (self.truth(condition)?, no) {
                (true, _) => self.run(yes),
                (false, Some(no)) => self.run(no),
                (false, None) => Ok(Flow::On),
            },
            Stmt::For(first, condition, last, body) => {
                self.run(first)?;
                self.turns(Some(condition), Some(last), body, None)
            }
            Stmt::While(condition, body) => self.turns(Some(condition), None, body, None),
            Stmt::Repeat(count, body) => {
                let count = self.evaluate(count)?.int()?.value;
                self.turns(None, None, body, Some(count))
            }
            Stmt::Count(name, first, last, upwards, body) => {
                let (first, last) = (self.evaluate(first)?.int()?.value, self.evaluate(last)?.int()?.value);
                let mut at = first;
                self.declare(name, &TypeExpr::VhdlValue("integer"), None)?;
                while if *upwards { at <= last } else { at >= last } {
                    self.assign(name, Value::Int(Int::integer(at)))?;
                    match self.turns(None, None, body, Some(1))? {
                        Flow::Return => return Ok(Flow::Return),
                        _ if self.packages.steps.get() > 400_000 => {
                            return Err("a loop takes too long".into());
                        }
                        _ => {}
                    }
                    at += if *upwards { 1 } else { -1 };
                }
                Ok(Flow::On)
            }
            Stmt::Case(of, arms, default) => {
                let values = arms.iter().map(|(v, _)| v.as_slice());
                if let Some(i) = eval::arm(of, values, &self.scope, self.packages)? {
                    return self.run(&arms[i].1);
                }
                default.as_ref().map_or(Ok(Flow::On), |d| self.run(d))
            }
        }
    }
}
