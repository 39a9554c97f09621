// SPDX-FileCopyrightText: dfxkit contributors
// SPDX-License-Identifier: MIT OR Apache-2.0
//! Values of constant expressions of VHDL: integers of 32 bits, booleans, texts.

use crate::expr::Expr;
use crate::function;
use crate::scope::{Entry, Packages, Scope};
use crate::value::{Int, Value};

/// Evaluates an expression.
pub(crate) fn value(expr: &Expr, scope: &Scope<'_>, packages: &Packages) -> Result<Value, String> {
    let steps = packages.steps.get() + 1;
    packages.steps.set(steps);
    if steps > 400_000 {
        return Err("the expression takes too long to work out".into());
    }
    let inner = |e: &Expr| value(e, scope, packages);
    let truth = |t: bool| Ok(Value::Int(Int::bit(t)));
    match expr {
        Expr::Value(value) => Ok(value.clone()),
        Expr::Name(name) => match scope.find(name) {
            Some((Entry::Value(Ok(value)), _)) => Ok(value.clone()),
            Some((Entry::Value(Err(why)), _)) => Err(format!("`{name}`: {why}")),
            Some((Entry::Function(function), outside)) => function::call(function, &[], outside, packages),
            Some((Entry::Type(_), _)) => Err(format!("`{name}` is no constant")),
            None if name.eq_ignore_ascii_case("true") => truth(true),
            None if name.eq_ignore_ascii_case("false") => truth(false),
            None => Err(scope.why_not(name)),
        },
        Expr::Scoped(package, name) => {
            let found = packages.get(package).ok_or_else(|| {
                format!("package {} is not among the sources", package.trim_start_matches("vhdl:"))
            })?;
            match found.own(name) {
                Some(Entry::Value(value)) => value.clone(),
                _ => Err(format!("`{name}` is not evaluated")),
            }
        }
        Expr::Call(callee, arguments) => call(callee, arguments, scope, packages),
        Expr::Unary(operator, of) => {
            let of = inner(of)?.int()?;
            match *operator {
                "not" if of.width == 1 => truth(of.value == 0),
                "-" => number(of.value.checked_neg()),
                "+" => Ok(Value::Int(of)),
                "abs" => number(Some(of.value.abs())),
                other => Err(format!("`{other}` is not evaluated")),
            }
        }
        Expr::Binary(operator, left, right) => binary(operator, left, right, scope, packages),
        Expr::Unknown(why) => Err(why.clone()),
        _ => Err("an expression that is not evaluated".into()),
    }
}

fn number(value: Option<i128>) -> Result<Value, String> {
    Int::computed(Some(value.ok_or("a value that cannot be worked out")?), 32, true).map(Value::Int)
}

fn binary(
    operator: &str,
    left: &Expr,
    right: &Expr,
    scope: &Scope<'_>,
    packages: &Packages,
) -> Result<Value, String> {
    let truth = |t: bool| Ok(Value::Int(Int::bit(t)));
    let (left, right) = (value(left, scope, packages), value(right, scope, packages));
    if matches!(operator, "and" | "or") {
        let short = operator == "or";
        // One side alone can decide; what the other is does not matter then.
        for side in [&left, &right] {
            if let Ok(Value::Int(int)) = side
                && int.width == 1
                && (int.value != 0) == short
            {
                return truth(short);
            }
        }
    }
    let (left, right) = match (left?, right?) {
        (Value::Text(a), Value::Text(b)) => {
            return match operator {
                "==" => truth(a == b),
                "!=" => truth(a != b),
                "&" if !a.starts_with('\'') && !b.starts_with('\'') => Ok(Value::Text(a + &b)),
                other => Err(format!("`{other}` of texts is not evaluated")),
            };
        }
        (a, b) => (a.int()?, b.int()?),
    };
    let (a, b) = (left.value, right.value);
    match operator {
        "==" => truth(a == b),
        "!=" => truth(a != b),
        "<" => truth(a < b),
        "<=" => truth(a <= b),
        ">" => truth(a > b),
        ">=" => truth(a >= b),
        "and" | "or" | "xor" | "nand" | "nor" | "xnor" if left.width == 1 && right.width == 1 => {
            let (a, b) = (a != 0, b != 0);
            truth(match operator {
                "and" => a && b,
                "or" => a || b,
                "xor" => a != b,
                "nand" => !(a && b),
                "nor" => !(a || b),
                _ => a == b,
            })
        }
        "+" => number(a.checked_add(b)),
        "-" => number(a.checked_sub(b)),
        "*" => number(a.checked_mul(b)),
        "/" => number(a.checked_div(b)),
        "rem" => number(a.checked_rem(b)),
        // The sign of `mod` is the divisor's.
        "mod" if b != 0 => number(Some(((a % b) + b) % b)),
        "**" => number(u32::try_from(b).ok().and_then(|b| a.checked_pow(b))),
        other => Err(format!("`{other}` is not evaluated")),
    }
}

fn call(callee: &Expr, arguments: &[Expr], scope: &Scope<'_>, packages: &Packages) -> Result<Value, String> {
    let (entry, package, name) = match callee {
        Expr::Name(name) => (scope.find(name).map(|(e, s)| (e.clone(), s)), None, name),
        Expr::Scoped(package, name) => (None, packages.get(package), name),
        _ => return Err("a call that is not evaluated".into()),
    };
    let given =
        || arguments.iter().map(|a| crate::eval::value(a, scope, packages)).collect::<Result<Vec<_>, _>>();
    match (&entry, &package) {
        (Some((Entry::Function(function), outside)), _) => {
            return function::call(function, &given()?, outside, packages);
        }
        (_, Some(package)) => {
            if let Some(Entry::Function(function)) = package.own(name) {
                return function::call(function, &given()?, package, packages);
            }
        }
        _ => {}
    }
    let [argument] = arguments else { return Err(format!("`{name}` is not evaluated")) };
    if ["integer", "natural", "positive"].iter().any(|n| name.eq_ignore_ascii_case(n)) {
        if let Some(of) = ceil_log2(argument) {
            return log2(crate::eval::value(of, scope, packages)?.int()?.value);
        }
        return Ok(Value::Int(crate::eval::value(argument, scope, packages)?.int()?));
    }
    Err(format!("`{name}` is not evaluated: {}", scope.why_not(name)))
}

/// X of `ceil(log2(real(X)))`, the usual way to a width with `ieee.math_real`.
fn ceil_log2(expr: &Expr) -> Option<&Expr> {
    let mut expr = expr;
    for wanted in ["ceil", "log2", "real"] {
        let Expr::Call(callee, arguments) = expr else { return None };
        let (Expr::Name(name) | Expr::Scoped(_, name)) = &**callee else { return None };
        let [argument] = arguments.as_slice() else { return None };
        if !name.eq_ignore_ascii_case(wanted) {
            return None;
        }
        expr = argument;
    }
    Some(expr)
}

/// The result where every way of computing it in floating point gives the same.
fn log2(of: i128) -> Result<Value, String> {
    let of =
        u32::try_from(of).ok().filter(|n| *n > 0).ok_or("the logarithm of something that is not positive")?;
    let exact = of.next_power_of_two().trailing_zeros();
    let quotient = (f64::from(of).ln() / 2_f64.ln()).ceil();
    if (quotient - f64::from(exact)).abs() < 0.5 {
        number(Some(exact.into()))
    } else {
        Err("a logarithm that hangs on how it is rounded".into())
    }
}
